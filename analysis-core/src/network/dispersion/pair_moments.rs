//! E\[Θ(x,x')\] and E\[Θ(x,x')²\] of a finite ReLU network with one hidden layer, exactly.
//!
//! With one hidden layer the pre-activations h, h' of a unit are normal with known covariance, so Θ(x,x') is k e plus a sum
//! of M independent terms k φφ' + ρ φ̇φ̇' Σ_o w_o², ρ = ⟨x,x'⟩ + e, w_o ~ N(0, s), k outputs. With v the variance of h and h',
//! θ the angle of their correlation (Cho and Saul 2009):
//!
//! - E φ̇φ̇' = (π − θ)/2π, E φφ' = v (sin θ + (π − θ) cos θ)/2π,
//! - E φ²φ'² = v² (3 sin θ cos θ + (π − θ)(1 + 2 cos² θ))/2π.
//!
//! Beyond one layer no closed form is known to us: E\[φφ'\] of the next layer is a function of the random angle between x¹ and
//! x'¹ that is not linear in their inner products, so the recursion of moments does not close as it does on the diagonal.

use std::f64::consts::PI;

use super::moments::ThetaMoments;
use super::random_networks::RandomNetworks;
use crate::architecture::Activation;
use crate::check;
use crate::error::{Error, Result};

impl RandomNetworks {
    /// E\[Θ(x,x')\] and E\[Θ(x,x')²\] of the ReLU network with one hidden layer at two inputs of norm
    /// [`RandomNetworks::input_norm`] with this cosine between them.
    ///
    /// # Errors
    /// [`Error::Parameter`] for another activation, a cosine outside \[−1, 1\], a moment that leaves the range of `f64`, and as
    /// [`RandomNetworks::check`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::RandomNetworks;
    /// let networks = RandomNetworks::square(64).variances(1.5, 1.0);
    /// let (same, between) = (networks.exact_pair_moments(1.0)?, networks.exact_pair_moments(0.2)?);
    /// let diagonal = networks.exact_moments(1)?[0];
    /// assert!((same.ratio() - diagonal.ratio()).abs() < 1e-14);
    /// assert!(between.mean < same.mean && between.ratio() > same.ratio());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn exact_pair_moments(&self, cosine: f64) -> Result<ThetaMoments> {
        self.check()?;
        if self.activation != Activation::Relu {
            let why = "exact moments are known for relu only; sample the others";
            return Err(Error::parameter("activation", &self.activation, why));
        }
        check::that((-1.0..=1.0).contains(&cosine), "cosine", cosine, "must lie in [−1, 1]")?;
        let (m, k, e, s) =
            (self.width as f64, self.outputs as f64, self.bias_share(), self.weight_variance(1));
        let square = self.input_norm * self.input_norm;
        let weights = self.weight_variance(0) * square;
        let v = weights + self.sigma_b2;
        // Rounding may leave it an ε beyond ±1.
        let correlation = ((weights * cosine + self.sigma_b2) / v).clamp(-1.0, 1.0);
        // 1 − c² = (v − C)(v + C)/v², C the covariance, without cancellation near c = 1.
        let beside = weights * (1.0 - cosine) * (v + weights * cosine + self.sigma_b2) / (v * v);
        let (sine, rest) = (beside.max(0.0).sqrt(), PI - beside.max(0.0).sqrt().atan2(correlation));
        let slopes = rest / (2.0 * PI);
        let values = v * (sine + rest * correlation) / (2.0 * PI);
        let squares =
            v * v * (3.0 * sine * correlation + rest * (1.0 + 2.0 * correlation * correlation)) / (2.0 * PI);
        let rho = square * cosine + e;
        let one = k * values + rho * k * s * slopes;
        let one_squared =
            k * k * squares + 2.0 * k * k * rho * s * values + rho * rho * s * s * k * (k + 2.0) * slopes;
        let mean = k * e + m * one;
        let second_moment = mean * mean + m * (one_squared - one * one);
        if !(second_moment.is_normal() && mean.is_finite()) {
            let found = format!("σ_w² = {}, σ_b² = {}", self.sigma_w2, self.sigma_b2);
            let why = format!("E[Θ²] = {second_moment:e} leaves f64's range: take variances nearer to 1");
            return Err(Error::parameter("networks", found, why));
        }
        Ok(ThetaMoments { hidden_layers: 1, mean, second_moment })
    }
}
