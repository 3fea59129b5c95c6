//! What κ₁/κ₂ and κ₂ tend to with depth.

use serde::{Deserialize, Serialize};

use super::{FixedPoint, MeanField, Phase};
use crate::error::Result;
use crate::gaussian::moment;

/// The limits in depth of the [`LimitKernel`](super::LimitKernel)s of two different inputs, whatever their cosine in (−1, 1).
///
/// With d = 1 − c and e = C'(1) − C'(1 − d) small, κ₂ ← E φφ' + (C'(1) − e)κ₂:
///
/// | phase | κ₁/κ₂ → | as |
/// |---|---|---|
/// | ordered, q* > 0 | 1 | κ₁/κ₂ − 1 ~ l χ₁^l |
/// | edge, smooth φ | 3 | d ~ 2/(C''(1) l), so e ~ 2/l, κ₁ ~ E φ² l, κ₂ ~ E φ² l/3 |
/// | ReLU, σ_b² = 0 and every unbounded chaotic (σ_w² > 2) | 4 | d ~ 9π²/(2l²), so e/C'(1) ~ 3/l, κ₂ ~ κ₁/4; other σ_w² scale (2, 0) |
/// | ReLU, (2, σ_b² > 0) | 7/4 | q ~ σ_b² l, d ~ 9π²/(8l²), e ~ 3/(2l), κ₁ ~ σ_b² l²/4, κ₂ ~ σ_b² l²/7 |
/// | leaky ReLU | 4 and 7/4 | as ReLU: its bend scales d and e alike |
/// | chaotic, bounded q | ∞ | κ₁ ~ χ₁^l, κ₂ stays |
///
/// At q* = 0 smooth φ become linear before the inputs become one: κ₁/κ₂ keeps a value that depends on where they began.
/// The edge is approached like 1/l or ln l/l: a hundred layers are not the limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DeepKernel {
    /// What κ₁/κ₂ tends to; none where it grows without bound or is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// What κ₂ tends to; none where it grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_diagonal: Option<f64>,
    /// 1/|ln χ₁| in layers: in the ordered phase κ₁/κ₂ − 1 falls, in the chaotic phase of a bounded q the ratio grows by e in
    /// so many; none where it does so algebraically.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<f64>,
}

impl MeanField {
    /// The limits in depth of κ₁/κ₂ and κ₂.
    ///
    /// # Errors
    /// As [`MeanField::fixed_point`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::MeanField;
    /// let limit = MeanField { sigma_w2: 1.0, sigma_b2: 1.0, ..Default::default() }.deep_kernel()?;
    /// // q* = 2, E φ² = 1, χ₁ = 1/2: κ₁ = κ₂ = 1/(1 − 1/2).
    /// assert_eq!((limit.ratio, limit.off_diagonal), (Some(1.0), Some(2.0)));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn deep_kernel(&self) -> Result<DeepKernel> {
        let point = self.fixed_point()?;
        let FixedPoint { chi1, phase, correlation, correlation_slope, .. } = point;
        // ReLU and its leaky kin: linear on either side of a kink at 0.
        let slopes = self.activation.slopes();
        let relu = slopes.is_some_and(|slopes| slopes.bent());
        let Some(q) = point.variance.filter(|q| *q > 0.0) else {
            let ratio = match phase {
                Phase::Edge if relu => Some(1.75),
                Phase::Ordered | Phase::Chaotic if relu => Some(4.0),
                _ => None,
            };
            // q* = 0: E φ² vanishes, and so does what χ₁ < 1 leaves of κ₂.
            let off_diagonal = (phase == Phase::Ordered).then_some(0.0);
            return Ok(DeepKernel { ratio, off_diagonal, length: None });
        };
        let square = moment::square(&self.activation, q)?;
        Ok(match phase {
            Phase::Ordered => DeepKernel {
                ratio: Some(1.0),
                off_diagonal: chi1.map(|chi1| square / (1.0 - chi1)),
                length: point.correlation_length,
            },
            Phase::Edge => {
                // A linear φ has no C'': its correlations stay where they are.
                let smooth = self.activation.kinks().is_empty() && slopes.is_none();
                let ratio = if relu { Some(4.0) } else { smooth.then_some(3.0) };
                DeepKernel { ratio, off_diagonal: None, length: None }
            }
            Phase::Chaotic => {
                // C(c*) = c* says E φφ' = (c* q* − σ_b²)/σ_w².
                let off_diagonal = correlation.zip(correlation_slope).map(|(correlation, slope)| {
                    (correlation * q - self.sigma_b2) / self.sigma_w2 / (1.0 - slope)
                });
                DeepKernel { ratio: None, off_diagonal, length: chi1.map(|chi1| 1.0 / chi1.ln()) }
            }
        })
    }
}
