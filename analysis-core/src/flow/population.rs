//! The population model of early-stopped gradient flow on the sphere.
//!
//! With the kernel's sampling error left out, every eigenfunction is learned on its own: from f₀ = factor·GP(0, NNGP), with
//! NTK eigenvalues λ_i, NNGP eigenvalues μ_i, coefficients f*_i and noise σ² at n samples, the expected risk at time t is
//!
//! R(t) = Σ f*_i² e^{−2tλ_i} + factor² Σ μ_i e^{−2tλ_i} + (σ²/n) Σ (1 − e^{−tλ_i})²
//!
//! (bias², variance of the start, variance of the noise), and the learning curve is its minimum over t. The sums run over
//! all degrees. On S^{d−1} the standard curve tends to slope −3/(d + 2) and the mirrored one, for a target of finitely many
//! degrees, to −1 ([`SphereRates`]). A real sample is worse, most at small n.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::SphereRates;
use super::sphere_curve::{SphereCurve, SphereRisk, check_sizes, default_sizes};
use super::sphere_task::{Modes, SphereTask};
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::numeric::golden;

/// A learning curve of the population model. `Default`: the paper's task at 41 sizes from 100 to 10⁷.
///
/// # Examples
/// ```
/// use analysis_core::flow::{PopulationCurve, SphereTask};
/// let standard = PopulationCurve::default().run()?;
/// let mirrored = PopulationCurve {
///     task: SphereTask { factor: 0.0, ..Default::default() },
///     ..Default::default()
/// }.run()?;
/// // At d = 5 the limits are −3/7 and −1, the latter up to 1/ln n: the best time grows like ln n.
/// assert!((standard.points[40].slope + 0.429).abs() < 0.005);
/// let last = mirrored.points[40].slope;
/// assert!(-1.0 < last && last < -1.0 + 1.0 / 1e7_f64.ln());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationCurve {
    /// What is learned, and from where.
    pub task: SphereTask,
    /// The sizes n.
    pub sizes: Vec<usize>,
}

impl Default for PopulationCurve {
    fn default() -> Self {
        PopulationCurve { task: SphereTask::default(), sizes: default_sizes() }
    }
}

impl PopulationCurve {
    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// Those of [`SphereTask::check`]; [`Error::Parameter`] for no sizes or n = 0.
    pub fn check(&self) -> Result<()> {
        check_sizes(&self.sizes)?;
        self.task.check()
    }

    /// The least risk over t at every n.
    ///
    /// # Errors
    /// Those of [`PopulationCurve::check`]; [`Error::Parameter`] where d is too large for the whole spectrum to
    /// be known.
    pub fn run(&self) -> Result<SphereCurve<PopulationCurve>> {
        self.check()?;
        let modes = self.task.modes()?;
        let points = self.sizes.iter().map(|&n| modes.best(n, self.task.noise)).collect();
        Ok(SphereCurve { parameters: self.clone(), points, trace_defect: modes.defect })
    }

    /// The risk in time at every n of the curve and every t of `times`, sizes outermost.
    ///
    /// # Errors
    /// As [`PopulationCurve::run`], and [`Error::Parameter`] for a time that is negative or not finite.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::flow::PopulationCurve;
    /// let curve = PopulationCurve { sizes: vec![1000], ..Default::default() };
    /// let risks = curve.in_time(&[0.0, 10.0])?;
    /// // At t = 0: E f*² = 1 + 8/7, and the diagonal of the NNGP kernel.
    /// assert!((risks[0].bias2 - 15.0 / 7.0).abs() < 1e-12);
    /// assert!((risks[0].variance_start - 1.0).abs() < 1e-9);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn in_time(&self, times: &[f64]) -> Result<Vec<SphereRisk>> {
        self.check()?;
        times.iter().try_for_each(|t| check::not_negative("times", *t))?;
        let modes = self.task.modes()?;
        let risk = |n| times.iter().map(move |&t| (n, t));
        Ok(self.sizes.iter().flat_map(|&n| risk(n)).map(|(n, t)| modes.at(n, t, self.task.noise)).collect())
    }
}

impl SphereCurve<PopulationCurve> {
    /// One row a size: `n`, `time`, `risk`, `bias2`, `variance_start`, `variance_noise`, `slope`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        self.frame_with(&[("time", |p| p.time)])
    }
}

impl Modes {
    /// R(t), summed from the far tail inwards.
    fn at(&self, n: usize, time: f64, noise: f64) -> SphereRisk {
        let (mut bias2, mut variance_start, mut learned) = (0.0, 0.0, 0.0);
        for mode in self.modes.iter().rev() {
            let exponent = -time * mode.eigenvalue;
            let kept = exponent.exp();
            let gone = exponent.exp_m1();
            bias2 += mode.energy * kept * kept;
            variance_start += mode.start * kept * kept;
            learned += mode.multiplicity * gone * gone;
        }
        let variance_noise = noise * noise / n as f64 * learned;
        let risk = bias2 + variance_start + variance_noise;
        SphereRisk {
            n,
            time: Some(time),
            ridge: None,
            kappa: None,
            risk,
            bias2,
            variance_start,
            variance_noise,
            slope: -variance_noise / risk,
        }
    }

    /// The least risk: on a grid of times first, since f*'s and f₀'s parts may each have a minimum of their own.
    fn best(&self, n: usize, noise: f64) -> SphereRisk {
        const RATIO: f64 = 1.2;
        let largest = self.modes.iter().map(|m| m.eigenvalue).fold(0.0, f64::max);
        let mut time = 1e-3 / largest;
        let (mut best, mut best_time) = (self.at(n, time, noise), time);
        loop {
            time *= RATIO;
            let now = self.at(n, time, noise);
            // The noise's part grows with t: nothing later is better.
            if now.variance_noise >= best.risk || !time.is_finite() {
                break;
            }
            if now.risk < best.risk {
                (best, best_time) = (now, time);
            }
        }
        let t = golden(best_time / RATIO, best_time * RATIO, |t| self.at(n, t, noise).risk);
        let refined = self.at(n, t, noise);
        if refined.risk <= best.risk { refined } else { best }
    }
}
