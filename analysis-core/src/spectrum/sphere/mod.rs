//! The analytic spectrum of a kernel on the sphere S^{d−1} ⊂ R^d.
//!
//! For x uniform on the sphere and a zonal kernel κ(⟨x, y⟩), the spherical harmonics of degree k are eigenfunctions with
//!
//! λ_k = c_d ∫_{−1}^{1} κ(u) P_k(u) (1 − u²)^{(d−3)/2} du,
//!
//! P_k the Gegenbauer (Legendre) polynomial with P_k(1) = 1, c_d such that the weight integrates to 1, each λ_k
//! N(d, k)-fold ([`multiplicity`]); Σ_k N(d, k) λ_k = κ(1). These are the limits of the eigenvalues of K/n. Sources: Bach
//! 2017 (JMLR 18(19), app. D); Bietti and Mairal 2019 (arXiv 1905.12173), Bietti and Bach 2021 (arXiv 2009.14397).
//!
//! **Dimension.** The papers write S^d for a sphere in R^{d+1}; here d is the number of coordinates. A ReLU network has
//! λ_k ~ k^{−d} (NTK) and k^{−(d+2)} (NNGP), so λ_i ~ i^{−d/(d−1)} and i^{−(d+2)/(d−1)}. The local exponent reaches these
//! only as 1/k; against ln(k + (d − 2)/2) it is right to 0.01 from k ≈ 80 on.
//!
//! **One hidden ReLU layer without bias** has λ_k = 0 exactly at every odd k ≥ 3, for both kernels: those degrees are
//! never learned. They are returned as 0 with error 0.
//!
//! # Accuracy
//! λ_k falls like a power of k under an integrand that does not, so doubles would lose it all (at d = 10 the NNGP
//! kernel's λ_30 already). ReLU kernels are therefore integrated in double-double (32 digits), κ included. Against 25-digit
//! references, the NTK's λ_k is right to the last digits of a double up to degree 1000 at d ≤ 6, the NNGP kernel's up
//! to degree 160, and both to 1e-13 up to degree 1001 at d ≤ 10 (the last ones by the series). At d = 30 it is 1e-10; at
//! d = 50, where N(d, k) grows beyond 10³⁰ before the power law sets in, high degrees are lost, and their errors say so.
//! Other activations have a κ good to about 1e-16·κ(1), which bounds their λ_k absolutely: a smooth activation's
//! eigenvalues sink into that noise at degree 20–40 and then may be negative. Every eigenvalue carries a bound on its
//! error. Beyond the computed degrees (and instead of them, where it is the better of the two) ReLU kernels have their
//! asymptotic series, fitted to the computed eigenvalues, with what its last term still changes as the error;
//! [`EigenvalueOrigin`] says which it is.

mod eigenvalues;
mod levels;
mod multiplicity;
mod parameters;
mod quadrature;
mod relu;
mod tail;
#[cfg(test)]
mod tests;
mod twofold;

pub use eigenvalues::{
    EigenvalueOrigin, LocalExponent, SphereEigenvalue, SphereEigenvalues, SphereGroup, TraceCheck,
};
pub use multiplicity::multiplicity;
pub use parameters::{MAX_SPHERE_DEGREE, SphereSpectrum};

use crate::architecture::Activation;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::kernel::KernelKind;
use quadrature::{Folded, Integral, Source};
use relu::ReluProfile;
use tail::Tail;

impl SphereSpectrum {
    /// λ_0, …, λ_{max_degree} with their errors, and the series beyond.
    ///
    /// # Errors
    /// As [`SphereSpectrum::check`]; [`Error::Parameter`] if κ is too rough to integrate.
    pub fn run(&self) -> Result<SphereEigenvalues> {
        self.check()?;
        let relu = matches!(self.kernel.activation, Activation::Relu).then(|| ReluProfile::new(&self.kernel));
        let even_only = relu.as_ref().is_some_and(ReluProfile::odd_part_is_linear);
        let reach = self.reach();
        let source = match relu {
            Some(profile) => Source::Relu(profile),
            None => Source::Profile(Box::new(self.kernel.profile()?)),
        };
        let trace = source.diagonal()?;
        let folded = Folded::new(&source, self.d, self.kernel.hidden_layers, reach)?;
        let mut integrals = folded.project(self.d, reach);
        if even_only {
            integrals.iter_mut().skip(3).step_by(2).for_each(|i| *i = Integral { value: 0.0, error: 0.0 });
        }
        let first_term = usize::from(self.kernel.kind == KernelKind::Nngp);
        let fit = |parity: usize| {
            let tail = |accuracy: &f64| {
                let data: Vec<(f64, f64, f64)> = (integrals.iter().enumerate().skip(parity).step_by(2))
                    .filter(|(_, i)| i.value > 0.0 && i.error < accuracy * i.value)
                    .map(|(k, i)| (k as f64, i.value, i.error / i.value))
                    .collect();
                Tail::fit(self.d, first_term, &data)
            };
            FIT_ACCURACIES.iter().filter_map(tail).min_by(|a, b| a.uncertainty().total_cmp(&b.uncertainty()))
        };
        let tails = if matches!(source, Source::Relu(_)) {
            [fit(0), if even_only { None } else { fit(1) }]
        } else {
            [None, None]
        };
        let vanishing_from = even_only.then_some(3);
        SphereEigenvalues::assemble(self, trace, &integrals, tails, vanishing_from)
    }
}

/// The series is fitted to eigenvalues of one of these relative accuracies: high degrees make a series of few terms better
/// but are themselves known less well; the surest fit is taken.
const FIT_ACCURACIES: [f64; 4] = [1e-14, 1e-12, 1e-10, 1e-8];
