//! Learning curves on the sphere: what the flow and the ridge share.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::{Error, Result};
use crate::frame::Frame;

/// The risk at one n, at one time of the flow or for one ridge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SphereRisk {
    /// n.
    pub n: usize,
    /// The flow time t; `None` for a ridge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// The ridge δ; `None` for the flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// κ, the effective regularisation of the ridge: eigenfunctions with λ_i > κ are learned; `None` for the flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kappa: Option<f64>,
    /// The sum of the three parts.
    pub risk: f64,
    /// What is not learned of the target. Flow: Σ f*_i² e^{−2tλ_i}; ridge: n/(n − ΣL²) · Σ (1 − L_i)² f*_i².
    pub bias2: f64,
    /// What is left of the initial function. Flow: factor² Σ μ_i e^{−2tλ_i}; ridge: n/(n − ΣL²) · factor² Σ (1 − L_i)² μ_i.
    pub variance_start: f64,
    /// What the noise adds. Flow: (σ²/n) Σ (1 − e^{−tλ_i})²; ridge: σ² ΣL²/(n − ΣL²).
    pub variance_noise: f64,
    /// d ln R/d ln n along the curve. For the flow it is ∂ ln R/∂ ln n at fixed t, −`variance_noise`/`risk`: at the best time
    /// the curve's own slope, since moving t changes nothing to first order.
    pub slope: f64,
}

/// A learning curve on the sphere; `P` is what was asked for:
/// [`PopulationCurve`](super::PopulationCurve) or [`EquivalentCurve`](super::EquivalentCurve).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SphereCurve<P> {
    /// What was asked for.
    pub parameters: P,
    /// The risk at each n, at the best time or ridge where none was given.
    pub points: Vec<SphereRisk>,
    /// By how much, relatively, the sum of all eigenvalues misses κ(1): the larger of the two kernels. It bounds what the
    /// sums' tails may do to the variance of the start.
    pub trace_defect: f64,
}

/// A column that one kind of curve has: its name and what a point has there.
type OwnColumn = (&'static str, fn(&SphereRisk) -> Option<f64>);

impl<P> SphereCurve<P> {
    /// ln(R₂/R₁)/ln(n₂/n₁) between the curve's sizes nearest to `from` and `to` on a log scale.
    ///
    /// # Errors
    /// [`Error::Parameter`] where both have the same nearest size.
    pub fn slope_between(&self, from: usize, to: usize) -> Result<f64> {
        let nearest = |n: usize| {
            let distance = |p: &&SphereRisk| (p.n as f64 / n.max(1) as f64).ln().abs();
            self.points.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
        };
        match (nearest(from), nearest(to)) {
            (Some(a), Some(b)) if a.n != b.n => Ok((b.risk / a.risk).ln() / (b.n as f64 / a.n as f64).ln()),
            _ => {
                let why = "must have two different sizes of the curve nearest to its ends";
                Err(Error::parameter("slope between", format!("{from} and {to}"), why))
            }
        }
    }

    /// One row a size: `n`, the columns of what was asked for, `risk`, `bias2`, `variance_start`, `variance_noise`, `slope`.
    pub(super) fn frame_with(&self, own: &[OwnColumn]) -> Result<DataFrame> {
        let frame = Frame::of(&self.points).large("n", |p| p.n);
        own.iter()
            .fold(frame, |frame, (name, value)| frame.known(name, value))
            .number("risk", |p| p.risk)
            .number("bias2", |p| p.bias2)
            .number("variance_start", |p| p.variance_start)
            .number("variance_noise", |p| p.variance_noise)
            .number("slope", |p| p.slope)
            .build("the frame of a learning curve")
    }
}

/// Sizes n, log-spaced and rounded: `points` from `from` to `to`, both included; equal ones merged.
///
/// # Errors
/// [`Error::Parameter`] unless 1 ≤ from < to and points ≥ 2.
///
/// # Examples
/// ```
/// assert_eq!(analysis_core::flow::log_spaced_sizes(100, 10_000, 3)?, [100, 1000, 10_000]);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn log_spaced_sizes(from: usize, to: usize, points: usize) -> Result<Vec<usize>> {
    check::refuse(!(1..to).contains(&from), "from", from, format!("must be at least 1 and below to = {to}"))?;
    check::refuse(points < 2, "points", points, "must be at least 2")?;
    let step = (to as f64 / from as f64).ln() / (points - 1) as f64;
    let mut sizes: Vec<usize> =
        (0..points).map(|i| (from as f64 * (step * i as f64).exp()).round() as usize).collect();
    sizes[points - 1] = to;
    sizes.dedup();
    Ok(sizes)
}

/// The default curve's sizes: 41 from 100 to 10⁷.
pub(super) fn default_sizes() -> Vec<usize> {
    // 1 ≤ 100 < 10⁷ and 41 ≥ 2: the sizes exist.
    log_spaced_sizes(100, 10_000_000, 41).unwrap_or_default()
}

pub(super) fn check_sizes(sizes: &[usize]) -> Result<()> {
    check::not_empty("sizes", sizes)?;
    sizes.iter().try_for_each(|n| check::at_least_one("sizes", *n))
}
