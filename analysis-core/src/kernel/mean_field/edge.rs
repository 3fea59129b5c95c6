//! The edge of chaos as a curve σ_w²(σ_b²).

use serde::{Deserialize, Serialize};

use super::MeanField;
use super::bisection::bisect;
use crate::architecture::Activation;
use crate::error::{Error, Result};
use crate::gaussian::moment;

/// A point of the curve χ₁ = 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EdgePoint {
    /// σ_w².
    pub sigma_w2: f64,
    /// σ_b².
    pub sigma_b2: f64,
    /// q*; none where it grows without bound (ReLU, leaky ReLU with biases).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
}

/// The σ_w² at which χ₁ = 1 for a given σ_b².
///
/// Along the edge q* determines both: σ_w² = 1/E φ'(u)² and σ_b² = q* − σ_w² E φ(u)², u = √q* z; the root of the second in q*
/// gives the first. A φ of slopes s₋ and s₊ on the two sides of 0: 2/(s₋² + s₊²) for every σ_b²; ReLU: 2.
///
/// # Errors
/// [`Error::Parameter`] for a σ_b² that is negative or not finite, an activation without a derivative, and where there is no
/// edge.
///
/// # Examples
/// ```
/// use analysis_core::architecture::Activation;
/// use analysis_core::kernel::edge_of_chaos;
/// let edge = edge_of_chaos(&Activation::Tanh, 0.5)?;
/// assert!((edge.sigma_w2 - 2.843).abs() < 5e-4);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn edge_of_chaos(activation: &Activation, sigma_b2: f64) -> Result<EdgePoint> {
    MeanField { activation: activation.clone(), sigma_w2: 1.0, sigma_b2 }.check()?;
    if let Some(slopes) = activation.slopes().filter(|slopes| slopes.mean_square() > 0.0) {
        let sigma_w2 = 1.0 / slopes.mean_square();
        return Ok(EdgePoint { sigma_w2, sigma_b2, variance: (sigma_b2 == 0.0).then_some(sigma_w2) });
    }
    let none = || {
        let why = format!("found no edge of chaos for {activation}: χ₁ does not cross 1 at a fixed point");
        Error::parameter("sigma_b2", sigma_b2, why)
    };
    let weights = |q: f64| Ok::<f64, Error>(1.0 / moment::slope_square(activation, q)?);
    let biases = |q: f64| Ok::<f64, Error>(q - weights(q)? * moment::square(activation, q)?);
    // φ(0) = 0 without biases has its edge at q = 0, if inputs get there.
    if sigma_b2 == 0.0 && activation.value(0.0) == 0.0 {
        let sigma_w2 = weights(0.0)?;
        if !sigma_w2.is_finite() {
            return Err(none());
        }
        let field = MeanField { activation: activation.clone(), sigma_w2, sigma_b2 };
        // V(q) − q is of order q² there: quadrature loses sight of it at √ε.
        return match field.fixed_variance()? {
            Some(reached) if reached < 1e-6 => Ok(EdgePoint { sigma_w2, sigma_b2, variance: Some(0.0) }),
            _ => Err(none()),
        };
    }
    let (mut low, mut high) = (0.0, 1e-6);
    while biases(high)? < sigma_b2 {
        low = high;
        high *= 2.0;
        if high > 1e6 {
            return Err(none());
        }
    }
    let q = bisect(low, high, 2.0 * f64::EPSILON, |q| Ok(biases(q)? < sigma_b2))?;
    let point = EdgePoint { sigma_w2: weights(q)?, sigma_b2, variance: Some(q) };
    // The root may belong to a fixed point that no input reaches.
    let reached =
        MeanField { activation: activation.clone(), sigma_w2: point.sigma_w2, sigma_b2 }.fixed_variance()?;
    // The root of a difference of size q, taken to ε, moves by ε over the slope 1 − V'(q).
    match reached {
        Some(reached) if (reached / q - 1.0).abs() < 1e-6 => Ok(point),
        _ => Err(none()),
    }
}
