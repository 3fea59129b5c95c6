//! Kernel ridge regression on the sphere by its deterministic equivalent.
//!
//! For ridge δ on the Gram matrix K of n samples, eigenvalues λ_i, energies v_i = f*_i² + factor² μ_i (μ_i the NNGP
//! kernel's: an initial function is learned away like a part of the target) and noise σ²,
//!
//! n = Σ L_i + δ/κ,  L_i = λ_i/(λ_i + κ),  R = n/(n − Σ L_i²) · (Σ (1 − L_i)² v_i + σ²) − σ²
//!
//! (Simon, Dickens, Karkada and DeWeese 2023, arXiv 2110.03922; Canatar, Bordelon and Pehlevan 2021). The sampling error
//! of K, which [`PopulationCurve`](super::PopulationCurve) leaves out, is in it.
//!
//! **Ridge saturates at s = 2**: however smooth the target, its bias falls no faster than κ², so the mirrored curve of the
//! best ridge has slope −2β/(2β + 1) (−5/7 at d = 5) where early-stopped flow tends to −1. A mirrored *network* is
//! therefore described by the flow, never by ridge; for the standard start (s = 3/d < 2) both have the same exponent.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::sphere_curve::{SphereCurve, SphereRisk, check_sizes, default_sizes};
use super::sphere_task::{Modes, SphereTask};
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::numeric::golden;

/// A learning curve of kernel ridge regression. `Default`: the paper's task, the best ridge, 41 sizes from 100 to 10⁷.
///
/// # Examples
/// ```
/// use analysis_core::flow::EquivalentCurve;
/// let curve = EquivalentCurve::default().run()?;
/// let slope = curve.slope_between(4_000, 10_000)?;
/// assert!((slope + 0.47).abs() < 0.01);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquivalentCurve {
    /// What is learned, and from where.
    pub task: SphereTask,
    /// The sizes n.
    pub sizes: Vec<usize>,
    /// δ ≥ 0 on K (never divided by n), the same at every n; `None` is the best at each n.
    pub ridge: Option<f64>,
}

impl Default for EquivalentCurve {
    fn default() -> Self {
        EquivalentCurve { task: SphereTask::default(), sizes: default_sizes(), ridge: None }
    }
}

impl EquivalentCurve {
    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// Those of [`SphereTask::check`]; [`Error::Parameter`] for no sizes, n = 0, or a ridge that is negative or not
    /// finite.
    pub fn check(&self) -> Result<()> {
        check_sizes(&self.sizes)?;
        check::not_negative("ridge", self.ridge.unwrap_or(0.0))?;
        self.task.check()
    }

    /// The risk at every n.
    ///
    /// # Errors
    /// Those of [`EquivalentCurve::check`]; [`Error::Parameter`] where d is too large for the whole spectrum to
    /// be known.
    pub fn run(&self) -> Result<SphereCurve<EquivalentCurve>> {
        self.check()?;
        let modes = self.task.modes()?;
        let noise = self.task.noise;
        // Central difference in ln n: h² = 1e-4 of the curvature.
        let h = 0.01_f64;
        let points = self
            .sizes
            .iter()
            .map(|&size| {
                let n = size as f64;
                let at = |n: f64| modes.ridge(n, self.ridge, noise);
                let slope = (at(n * h.exp()).total() / at(n * (-h).exp()).total()).ln() / (2.0 * h);
                let at = at(n);
                SphereRisk {
                    n: size,
                    time: None,
                    ridge: Some(at.ridge),
                    kappa: Some(at.kappa),
                    risk: at.total(),
                    bias2: at.bias2,
                    variance_start: at.variance_start,
                    variance_noise: at.variance_noise,
                    slope,
                }
            })
            .collect();
        Ok(SphereCurve { parameters: self.clone(), points, trace_defect: modes.defect })
    }
}

impl SphereCurve<EquivalentCurve> {
    /// One row a size: `n`, `ridge`, `kappa`, `risk`, `bias2`, `variance_start`, `variance_noise`, `slope`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        self.frame_with(&[("ridge", |p| p.ridge), ("kappa", |p| p.kappa)])
    }
}

/// The risk at one κ.
#[derive(Debug, Clone, Copy)]
struct At {
    kappa: f64,
    ridge: f64,
    bias2: f64,
    variance_start: f64,
    variance_noise: f64,
}

impl At {
    fn total(&self) -> f64 {
        self.bias2 + self.variance_start + self.variance_noise
    }
}

impl Modes {
    /// Σ L_i, the effective number of eigenfunctions learned: falls with κ.
    fn learned(&self, kappa: f64) -> f64 {
        self.modes.iter().rev().map(|m| m.multiplicity * m.eigenvalue / (m.eigenvalue + kappa)).sum()
    }

    fn at_kappa(&self, n: f64, kappa: f64, noise: f64) -> At {
        let (mut bias2, mut start, mut squares, mut mixed) = (0.0, 0.0, 0.0, 0.0);
        for mode in self.modes.iter().rev() {
            let sum = mode.eigenvalue + kappa;
            let (kept, learned) = (kappa / sum, mode.eigenvalue / sum);
            bias2 += kept * kept * mode.energy;
            start += kept * kept * mode.start;
            squares += mode.multiplicity * learned * learned;
            mixed += mode.multiplicity * learned * kept;
        }
        // n − ΣL² = (n − ΣL) + ΣL(1 − L), both terms positive; n − ΣL is δ/κ.
        let free = (n - squares - mixed).max(0.0);
        let left = free + mixed;
        At {
            kappa,
            ridge: kappa * free,
            bias2: n / left * bias2,
            variance_start: n / left * start,
            variance_noise: noise * noise * squares / left,
        }
    }

    /// At a given ridge, or at the best.
    fn ridge(&self, n: f64, ridge: Option<f64>, noise: f64) -> At {
        let least = self.kappa(n, ridge.unwrap_or(0.0));
        if let Some(ridge) = ridge {
            return At { ridge, ..self.at_kappa(n, least, noise) };
        }
        const RATIO: f64 = 1.2;
        let largest = self.modes.iter().map(|m| m.eigenvalue).fold(0.0, f64::max);
        let mut best = self.at_kappa(n, least, noise);
        let mut kappa = least;
        while kappa < 1e3 * largest {
            kappa *= RATIO;
            let now = self.at_kappa(n, kappa, noise);
            if now.total() < best.total() {
                best = now;
            }
        }
        let (low, high) = ((best.kappa / RATIO).max(least), best.kappa * RATIO);
        let refined = self.at_kappa(n, golden(low, high, |k| self.at_kappa(n, k, noise).total()), noise);
        if refined.total() <= best.total() { refined } else { best }
    }

    /// κ from n = Σ L_i + δ/κ, by bisection in ln κ: the right-hand side falls with κ.
    fn kappa(&self, n: f64, ridge: f64) -> f64 {
        let trace: f64 = self.modes.iter().rev().map(|m| m.multiplicity * m.eigenvalue).sum();
        // Σ λ/(λ + κ) + δ/κ ≤ (Σ λ + δ)/κ.
        let mut high = (trace + ridge) / n;
        let mut low = high;
        let excess = |kappa: f64| self.learned(kappa) + ridge / kappa - n;
        while excess(low) < 0.0 && low > f64::MIN_POSITIVE {
            high = low;
            low *= 0.25;
        }
        while high / low > 1.0 + 4.0 * f64::EPSILON {
            let middle = (low * high).sqrt();
            if middle <= low || middle >= high {
                break;
            }
            if excess(middle) >= 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}
