//! The fixed point that deep networks reach.

use serde::{Deserialize, Serialize};

use super::MeanField;
use super::bisection::bisect;
use crate::error::Result;
use crate::gaussian::moment;

/// |χ₁ − 1| up to which a point lies on the edge: what quadrature and root finding leave.
const EDGE: f64 = 1e-9;

/// From this variance on it grows without bound.
const UNBOUNDED: f64 = 1e12;

/// Below this variance it vanishes where there are no biases; with them q* ≥ σ_b².
const VANISHED: f64 = 1e-14;

/// Where a φ without closed form is looked at for its correlation map as q → 0: small enough that only φ's leading term is
/// left, large enough for that of x⁸ to be a normal number.
const NEAR_ZERO: f64 = 1e-12;

/// How far q E φ'²/E φ² or the ratio of φ's slopes on the two sides may be from 1 and count as 1, as q → 0 or ∞.
const SAME: f64 = 1e-3;

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
    /// biases; relu^K from some σ_w² and σ_b² on).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
    /// χ₁ = σ_w² E φ'(√q* z)² (its limit where q grows without bound, and the limit q → 0⁺ at q* = 0, where a kink at 0 is
    /// seen from both sides); none where it grows with q without bound, as relu^K's does, K ≥ 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chi1: Option<f64>,
    /// The phase.
    pub phase: Phase,
    /// c*, the correlation that all pairs of inputs tend to; where q grows without bound or vanishes, that of the limit of C
    /// (for relu^K, K ≥ 2, there is c* < 1 although χ₁ → 0 as q → 0: C'(1) is K²/(2K − 1), whatever q). None where correlations
    /// settle where they are (a φ that is linear in the limit: q* = 0 and no kink at 0, say), and where φ is too
    /// steep for any quadrature (tanh from q* of some 10⁶ on with c* near 1).
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
    /// use analysis_core::kernel::{MeanField, Phase};
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
        let variance_length = length(self.sigma_w2 * moment::square_derivative(&self.activation, q)?);
        let stable = match phase {
            // At q* = 0 the layers are what φ's leading term makes of them, whatever χ₁.
            _ if q == 0.0 => self.limit_correlation(NEAR_ZERO)?,
            Phase::Chaotic => self.stable_correlation(q)?,
            _ => Some(Stable { correlation: 1.0, slope: chi1 }),
        };
        let (correlation, correlation_slope) = stable.map(|s| (s.correlation, s.slope)).unzip();
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
        if let Some(slopes) = self.activation.slopes() {
            let rest = 1.0 - slopes.mean_square() * self.sigma_w2;
            return Ok(match rest {
                // Every q is a fixed point. (A σ_w² of 2/(1 + 0.1²) is 1/E φ'² up to its rounding.)
                rest if rest.abs() <= 2.0 * f64::EPSILON => (self.sigma_b2 == 0.0).then_some(start),
                rest if rest > 0.0 => Some(self.sigma_b2 / rest),
                _ => None,
            });
        }
        let gap = |q: f64| -> Result<f64> { Ok(self.variance_at(q)? - q) };
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
                if low < VANISHED && self.sigma_b2 == 0.0 {
                    return Ok(Some(0.0));
                }
            }
        }
        bisect(low, high, f64::EPSILON, |q| Ok(gap(q)? >= 0.0)).map(Some)
    }

    /// q → ∞: biases no longer matter.
    fn unbounded(&self) -> Result<FixedPoint> {
        let far = if self.activation.slopes().is_some() { 1.0 } else { UNBOUNDED };
        let chi1 = self.chi1(far)?;
        // A limit is the same a thousand times nearer, but for what falls like 1/√q.
        let limit = (chi1 / self.chi1(1e-3 * far)? - 1.0).abs() < SAME;
        let phase = phase(chi1);
        let stable = match self.activation.slopes() {
            // q grows by σ_b² a layer and so does the covariance: 1 − c falls like 1/l.
            Some(slopes) if !slopes.bent() && phase == Phase::Edge => {
                Some(Stable { correlation: 1.0, slope: 1.0 })
            }
            _ => self.limit_correlation(far)?,
        };
        let (correlation, correlation_slope) = stable.map(|s| (s.correlation, s.slope)).unzip();
        Ok(FixedPoint {
            variance: None,
            chi1: limit.then_some(chi1),
            phase,
            correlation,
            correlation_slope,
            correlation_length: correlation_slope.and_then(length),
            variance_length: None,
        })
    }

    /// The stable fixed point of the limit of C as q goes to 0 or ∞, taken at `q`, where φ is its leading term, homogeneous
    /// of some degree p on either side of 0, and biases do not matter: C(c) = E φφ'/E φ². Its slope at 1 is q E φ'²/E φ² =
    /// p²/(2p − 1).
    ///
    /// p = 1: C is that of slopes s₋, s₊. If they differ, 1 − C(1 − d) = d − O(d^{3/2}), so c* = 1, approached algebraically;
    /// if not, C(c) = c, and correlations stay: none. p > 1: C'(1) > 1, and c* is the other fixed point.
    fn limit_correlation(&self, q: f64) -> Result<Option<Stable>> {
        let one = Some(Stable { correlation: 1.0, slope: 1.0 });
        if let Some(slopes) = self.activation.slopes() {
            return Ok(one.filter(|_| slopes.bent()));
        }
        // The map of relu^K is the same at every q.
        let q = if self.activation.homogeneous_degree().is_some() { 1.0 } else { q };
        let square = moment::square(&self.activation, q)?;
        let slope = q * (moment::slope_square(&self.activation, q)? / square);
        if !(square.is_normal() && slope.is_finite()) {
            return Ok(None);
        }
        if slope > 1.0 + SAME {
            let scaled =
                MeanField { activation: self.activation.clone(), sigma_w2: q / square, sigma_b2: 0.0 };
            return scaled.stable_correlation(q);
        }
        let side = |u: f64| self.activation.value(u) / u;
        let (left, right) = (side(-q.sqrt()), side(q.sqrt()));
        let bent = (left - right).abs() > SAME * left.abs().max(right.abs());
        Ok(one.filter(|_| bent && (slope - 1.0).abs() <= SAME))
    }

    /// The fixed point of C in [0, 1) where C'(1) > 1, with its slope: C is convex, so C(c) > c below it and C(c) < c from it
    /// to 1. None where the map is not known at c.
    fn stable_correlation(&self, q: f64) -> Result<Option<Stable>> {
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
        Ok(map.slope(low).ok().map(|slope| Stable { correlation: low, slope }))
    }
}

/// A fixed point of a correlation map.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stable {
    correlation: f64,
    slope: f64,
}
