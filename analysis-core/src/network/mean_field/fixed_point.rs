//! The fixed point that deep networks reach.

use serde::{Deserialize, Serialize};

use super::{MeanField, expectation};
use crate::architecture::Activation;
use crate::error::Result;

/// |χ₁ − 1| up to which a point lies on the edge: what quadrature and root finding leave.
const EDGE: f64 = 1e-9;

/// From this variance on it grows without bound.
const UNBOUNDED: f64 = 1e12;

/// Below this variance it vanishes.
const VANISHED: f64 = 1e-14;

/// What happens to small differences between inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// χ₁ < 1: they shrink, and so do gradients.
    Ordered,
    /// χ₁ = 1 within 10⁻⁹.
    Edge,
    /// χ₁ > 1: they grow, and so do gradients.
    Chaotic,
}

/// Where infinitely wide networks of great depth end up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixedPoint {
    /// q*, the variance of pre-activations; none where it grows without bound (ReLU with σ_w² > 2, or with σ_w² = 2 and
    /// biases).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
    /// χ₁ = σ_w² E φ'(√q* z)² (its limit where q grows without bound); none where it grows with q without bound, as relu^K's
    /// does, K ≥ 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chi1: Option<f64>,
    /// The phase.
    pub phase: Phase,
    /// c*, the correlation that all pairs of inputs tend to; none where q* is 0 and φ not ReLU (correlations then settle where they
    /// are), and where the Hermite series of an activation
    /// without closed form has not converged there (q* in the hundreds with c* near 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<f64>,
    /// C'(c*), the factor by which c − c* shrinks a layer; none where c* is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_slope: Option<f64>,
    /// ξ_c = −1/ln C'(c*), in layers; none where the approach is slower than exponential, and where c* is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_length: Option<f64>,
    /// ξ_q = −1/ln V'(q*), in layers; none where q grows or the approach is slower than exponential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance_length: Option<f64>,
}

fn phase(chi1: f64) -> Phase {
    match chi1 - 1.0 {
        gap if gap.abs() <= EDGE => Phase::Edge,
        gap if gap < 0.0 => Phase::Ordered,
        _ => Phase::Chaotic,
    }
}

/// −1/ln of a factor below 1; a factor of 0 has length 0.
fn length(factor: f64) -> Option<f64> {
    (factor < 1.0 - EDGE).then(|| if factor > 0.0 { -1.0 / factor.ln() } else { 0.0 })
}

impl MeanField {
    /// The fixed point that inputs of mean square 1 reach, q¹ = σ_w² + σ_b² (V increases, so q^l is monotone and ends at the
    /// nearest fixed point on its way).
    ///
    /// # Errors
    /// As [`MeanField::variance_map`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{MeanField, Phase};
    /// let point = MeanField { sigma_w2: 1.0, sigma_b2: 1.0, ..Default::default() }.fixed_point()?;
    /// assert_eq!((point.variance, point.chi1, point.phase), (Some(2.0), Some(0.5), Phase::Ordered));
    /// assert!((point.correlation_length.unwrap() - 1.0 / 2f64.ln()).abs() < 1e-15);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn fixed_point(&self) -> Result<FixedPoint> {
        let variance = self.fixed_variance()?;
        let Some(q) = variance else {
            return self.unbounded();
        };
        let chi1 = self.chi1(q)?;
        let phase = phase(chi1);
        let variance_length = length(self.sigma_w2 * expectation::square_derivative(&self.activation, q)?);
        let stable = match phase {
            Phase::Chaotic if q > 0.0 => self.stable_correlation(q)?,
            _ if q > 0.0 => Some((1.0, chi1)),
            // At q* = 0 the layers are linear in the end: ReLU's angles close algebraically, others' settle where they are.
            _ if self.activation == Activation::Relu => Some((1.0, 1.0)),
            _ => None,
        };
        let (correlation, correlation_slope) = stable.unzip();
        let correlation_length = correlation_slope.and_then(length);
        Ok(FixedPoint {
            variance,
            chi1: Some(chi1),
            phase,
            correlation,
            correlation_slope,
            correlation_length,
            variance_length,
        })
    }

    /// q*, none where q grows without bound.
    ///
    /// # Errors
    /// As [`MeanField::variance_map`].
    pub fn fixed_variance(&self) -> Result<Option<f64>> {
        self.check()?;
        let start = self.sigma_w2 + self.sigma_b2;
        if self.activation == Activation::Relu {
            let rest = 1.0 - 0.5 * self.sigma_w2;
            return Ok(match rest {
                rest if rest > 0.0 => Some(self.sigma_b2 / rest),
                // Every q is a fixed point.
                0.0 if self.sigma_b2 == 0.0 => Some(start),
                _ => None,
            });
        }
        let gap = |q: f64| -> Result<f64> { Ok(self.variance_map(q)? - q) };
        // A bracket [low, high] with V(low) ≥ low and V(high) < high, on the side to which q¹ moves.
        let (mut low, mut high) = (start, start);
        if gap(start)? > 0.0 {
            while gap(high)? > 0.0 {
                low = high;
                high *= 2.0;
                if high > UNBOUNDED {
                    return Ok(None);
                }
            }
        } else {
            while gap(low)? < 0.0 {
                high = low;
                low *= 0.5;
                if low < VANISHED {
                    return Ok(Some(0.0));
                }
            }
        }
        while high - low > f64::EPSILON * high {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if gap(middle)? >= 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(Some(0.5 * (low + high)))
    }

    /// q → ∞: biases no longer matter. For a φ that is ReLU far out, C → κ₁, whose fixed point 1 is approached
    /// algebraically.
    fn unbounded(&self) -> Result<FixedPoint> {
        let far = if self.activation == Activation::Relu { 1.0 } else { UNBOUNDED };
        let chi1 = self.chi1(far)?;
        // A limit is the same a thousand times nearer, but for what falls like 1/√q.
        let limit = (chi1 / self.chi1(1e-3 * far)? - 1.0).abs() < 1e-3;
        Ok(FixedPoint {
            variance: None,
            chi1: limit.then_some(chi1),
            phase: phase(chi1),
            correlation: Some(1.0),
            correlation_slope: Some(1.0),
            correlation_length: None,
            variance_length: None,
        })
    }

    /// The fixed point of C in [0, 1) where C'(1) > 1, with its slope: C is convex, so C(c) > c below it and C(c) < c from it
    /// to 1. None where the map's series has not converged at c.
    fn stable_correlation(&self, q: f64) -> Result<Option<(f64, f64)>> {
        let map = self.correlation_map(q)?;
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            let Ok(value) = map.at(middle) else { return Ok(None) };
            if value > middle {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(map.slope(low).ok().map(|slope| (low, slope)))
    }
}
