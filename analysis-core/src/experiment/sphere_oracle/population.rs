//! What the exact spectra say that n points resolve, and what the two estimators that look at a curve would read of f₀ then.

use crate::error::Result;
use crate::kernel::{Kernel, KernelKind};
use crate::numeric::least_squares_slope;
use crate::smoothness::Estimator;
use crate::spectrum::{SphereEigenvalues, SphereSpectrum};

/// One level: N(d, k), λ_k of the kernel, λ_k of the NNGP.
#[derive(Debug, Clone, Copy)]
struct Mode {
    count: f64,
    eigenvalue: f64,
    energy: f64,
}

/// The spectra of the kernel and of f₀ on one sphere.
pub(super) struct Population {
    pub(super) ntk: SphereEigenvalues,
    modes: Vec<Mode>,
}

impl Population {
    pub(super) fn of(spectrum: &SphereSpectrum) -> Result<Population> {
        let nngp = Kernel { kind: KernelKind::Nngp, ..spectrum.kernel.clone() };
        let (ntk, nngp) = (spectrum.run()?, SphereSpectrum { kernel: nngp, ..spectrum.clone() }.run()?);
        // Levels of two kernels on one sphere and table stand at the same places.
        let pairs = ntk.levels()?.into_iter().zip(nngp.levels()?);
        let modes = pairs.filter(|(a, _)| a.eigenvalue > 0.0).map(|(a, b)| Mode {
            count: a.multiplicity,
            eigenvalue: a.eigenvalue,
            energy: b.eigenvalue,
        });
        let modes = modes.collect();
        Ok(Population { ntk, modes })
    }

    pub(super) fn d(&self) -> usize {
        self.ntk.d()
    }

    /// The smoothness of f₀ by the theorem.
    pub(super) fn theory(&self) -> f64 {
        3.0 / self.d() as f64
    }

    fn sum(&self, of: impl Fn(&Mode) -> f64) -> f64 {
        self.modes.iter().rev().map(|mode| mode.count * of(mode)).sum()
    }

    /// N(κ) = Σ λ/(λ + κ).
    fn resolved(&self, kappa: f64) -> f64 {
        self.sum(|mode| mode.eigenvalue / (mode.eigenvalue + kappa))
    }

    /// κ at which N modes are resolved: what n = N points do without a ridge.
    pub(super) fn kappa(&self, modes: f64) -> f64 {
        let trace = self.sum(|mode| mode.eigenvalue);
        let (mut low, mut high) = (1e-18 * trace, 2.0 * trace / modes);
        for _ in 0..80 {
            let middle = (low * high).sqrt();
            if self.resolved(middle) > modes {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low * high).sqrt()
    }

    /// B(κ) = Σ θ² κ²/(λ + κ)², the expected energy of f₀ that is not resolved.
    fn unresolved(&self, kappa: f64) -> f64 {
        self.sum(|mode| mode.energy * (kappa / (mode.eigenvalue + kappa)).powi(2))
    }

    /// B(κ) dκ/dz at z = 0: the expected error of ridgeless regression on n points, as the deterministic equivalent has it.
    fn error(&self, n: f64) -> f64 {
        let kappa = self.kappa(n);
        let squares = self.sum(|mode| (mode.eigenvalue / (mode.eigenvalue + kappa)).powi(2));
        self.unresolved(kappa) / (1.0 - squares / n)
    }

    /// s as the estimator would read it of f₀'s expected energies on this spectrum, without chance; nothing for one that looks at
    /// single eigenvectors.
    pub(super) fn expected(&self, estimator: Estimator, n: usize) -> Option<f64> {
        let n = n as f64;
        let sizes: Vec<f64> = match estimator {
            Estimator::SoftTail => (0..25).map(|step| n * 8f64.powf(-f64::from(step) / 24.0)).collect(),
            Estimator::LeaveOneOut => vec![n / 8.0, n / 4.0, n / 2.0, n],
            _ => return None,
        };
        let value = |size: f64| match estimator {
            Estimator::SoftTail => self.unresolved(self.kappa(size)),
            _ => self.error(size),
        };
        let logs = |of: &dyn Fn(f64) -> f64| sizes.iter().map(|size| of(*size).ln()).collect::<Vec<f64>>();
        let (places, values, kappas) = (logs(&|size| size), logs(&value), logs(&|size| self.kappa(size)));
        // r over β, as the estimators have them.
        Some(least_squares_slope(&places, &values) / least_squares_slope(&places, &kappas))
    }

    /// (N, d ln B/d ln κ) for N from 2 to ten thousand times `n`: the smoothness of f₀ around the modes that N points resolve.
    pub(super) fn curve(&self, n: usize) -> Vec<[f64; 2]> {
        let last = 1e4 * n as f64;
        let points = 160;
        let step = |j: usize| 2.0 * (last / 2.0).powf(j as f64 / (points - 1) as f64);
        let logs: Vec<[f64; 2]> = (0..points)
            .map(|j| {
                let kappa = self.kappa(step(j));
                [kappa.ln(), self.unresolved(kappa).ln()]
            })
            .collect();
        (1..points - 1)
            .map(|j| {
                let slope = (logs[j + 1][1] - logs[j - 1][1]) / (logs[j + 1][0] - logs[j - 1][0]);
                [step(j), slope]
            })
            .collect()
    }

    /// Where the mean of the sample's eigenvalues of a level lies in first order in 1/n: λ(1 + (1/n) Σ λ_j/(λ − λ_j)), the sum over all other
    /// levels' modes.
    pub(super) fn shifted(&self, eigenvalue: f64, n: usize) -> f64 {
        let own = |mode: &Mode| mode.eigenvalue == eigenvalue;
        let others = self.modes.iter().rev().filter(|mode| !own(mode));
        let sum: f64 = others.map(|mode| mode.count * mode.eigenvalue / (eigenvalue - mode.eigenvalue)).sum();
        eigenvalue * (1.0 + sum / n as f64)
    }
}
