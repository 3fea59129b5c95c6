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
//! references, the NTK's λ_k is right to the last digits of a double up to degree 1000 at d ≤ 6 and to 1e-13 there at
//! d = 10; the NNGP kernel's to the last digits up to degree 160, and at degree 1000 to 1e-13, 1e-11 and 1e-10 at d = 5, 6
//! and 10.
//! Other activations have a κ good to about 1e-16·κ(1), which bounds their λ_k absolutely: a smooth activation's
//! eigenvalues sink into that noise at degree 20–40 and then may be negative. Every eigenvalue carries a bound on its
//! error. Beyond the computed degrees (and instead of them, where it is the better of the two) ReLU kernels have their
//! asymptotic series, fitted to the computed eigenvalues, with what its last term still changes as the error;
//! [`Origin`] says which it is.

mod eigenvalues;
mod levels;
mod multiplicity;
mod quadrature;
mod relu;
mod tail;
#[cfg(test)]
mod tests;
mod twofold;

use serde::{Deserialize, Serialize};

pub use eigenvalues::{LocalExponent, Origin, SphereEigenvalue, SphereEigenvalues, SphereGroup, TraceCheck};
pub use multiplicity::multiplicity;

use crate::architecture::Activation;
use crate::error::{Error, Result};
use crate::kernel::{Kernel, KernelKind};
use quadrature::{Folded, Integral, Source};
use relu::ReluProfile;
use tail::Tail;

/// The largest degree that is computed one by one; the asymptotic series goes on from there.
pub const MAX_SPHERE_DEGREE: usize = 4096;

/// The eigenvalues on S^{d−1} that are wanted; `Default` is paper 1's NTK at d = 5.
///
/// The inputs have norm 1, or √d in paper 2's parametrisations, as in [`Profile`](crate::kernel::Profile).
///
/// # Examples
/// ```
/// use analysis_core::spectrum::SphereSpectrum;
/// let spectrum = SphereSpectrum::default().run()?;
/// assert_eq!(spectrum.eigenvalues[3], 0.0); // odd, one hidden layer, no bias
/// // λ_1 of κ₁ + uκ₀, whose odd part is u: ∫ u·u = 1/d.
/// assert!((spectrum.eigenvalues[1] - 0.2).abs() < 1e-15);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SphereSpectrum {
    /// The kernel.
    pub kernel: Kernel,
    /// d ≥ 2, the number of coordinates: the sphere is S^{d−1}.
    pub d: usize,
    /// The largest degree of the table, at most [`MAX_SPHERE_DEGREE`]; time grows with its square (about 0.1 s at 1000).
    /// The table never ends before degree 128, which the series beyond is fitted to.
    pub max_degree: usize,
}

impl Default for SphereSpectrum {
    fn default() -> Self {
        SphereSpectrum { kernel: Kernel::default(), d: 5, max_degree: 200 }
    }
}

impl SphereSpectrum {
    /// Refuses parameters outside their domain.
    ///
    /// # Errors
    /// [`Error::Parameter`] for d < 2, `max_degree` beyond its bound or with a multiplicity beyond floating point, or a
    /// kernel out of its domain.
    pub fn check(&self) -> Result<()> {
        if self.max_degree > MAX_SPHERE_DEGREE {
            let most = format!(
                "must be at most {MAX_SPHERE_DEGREE}; eigenvalues of higher degrees come from \
                 SphereEigenvalues::degree"
            );
            return Err(Error::parameter("max_degree", self.max_degree, most));
        }
        multiplicity(self.d, self.reach() as u64)?;
        self.kernel.check()
    }

    fn reach(&self) -> usize {
        self.max_degree.max(LEAST_DEGREE)
    }

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
            None => Source::Profile(self.kernel.profile()?),
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

/// The table's least last degree.
const LEAST_DEGREE: usize = 128;
/// The series is fitted to eigenvalues of one of these relative accuracies: high degrees make a series of few terms better
/// but are themselves known less well; the surest fit is taken.
const FIT_ACCURACIES: [f64; 4] = [1e-14, 1e-12, 1e-10, 1e-8];
