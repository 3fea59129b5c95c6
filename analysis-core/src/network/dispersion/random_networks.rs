//! Which networks.

use serde::{Deserialize, Serialize};

use crate::architecture::Activation;
use crate::check;
use crate::error::Result;
use crate::network::check::check_layers;

/// Above this relative error moments are not called exact.
const EXACT: f64 = 1e-6;

/// ‖x‖ whose fourth power is a normal number.
const NORMS: std::ops::RangeInclusive<f64> = 1e-75..=1e75;

/// All initialisations of one fully connected network, but for its depth, which every method asks for.
///
/// `Default` is the set-up that fits Fig. 2 of Seleznova and Kutyniok 2021: ReLU, input dimension equal to the width,
/// ‖x‖ = 1, one output, trained biases; M = 256 at (σ_w², σ_b²) = (2, 0).
///
/// # Examples
/// ```
/// use analysis_core::network::RandomNetworks;
/// let networks = RandomNetworks::square(64).variances(1.5, 1.0);
/// assert_eq!(networks.input_dimension, 64);
/// assert!(RandomNetworks { width: 0, ..networks }.check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomNetworks {
    /// φ.
    pub activation: Activation,
    /// M ≥ 1, units of every hidden layer.
    pub width: usize,
    /// n₀ ≥ 1: the first layer's weights have variance σ_w²/n₀. (An input of any dimension with this variance is the same
    /// networks: only ‖x‖ enters.)
    pub input_dimension: usize,
    /// Linear outputs; Θ is the trace over them.
    pub outputs: usize,
    /// σ_w² > 0.
    pub sigma_w2: f64,
    /// σ_b² ≥ 0.
    pub sigma_b2: f64,
    /// ‖x‖, in \[10⁻⁷⁵, 10⁷⁵\], the same for both of two inputs.
    pub input_norm: f64,
    /// Whether the biases count in Θ (e = 1).
    pub trained_biases: bool,
}

impl Default for RandomNetworks {
    fn default() -> Self {
        RandomNetworks {
            activation: Activation::Relu,
            width: 256,
            input_dimension: 256,
            outputs: 1,
            sigma_w2: 2.0,
            sigma_b2: 0.0,
            input_norm: 1.0,
            trained_biases: true,
        }
    }
}

impl RandomNetworks {
    /// The default with width and input dimension M.
    pub fn square(width: usize) -> Self {
        RandomNetworks { width, input_dimension: width, ..RandomNetworks::default() }
    }

    /// The same at these σ_w² and σ_b².
    pub fn variances(self, sigma_w2: f64, sigma_b2: f64) -> Self {
        RandomNetworks { sigma_w2, sigma_b2, ..self }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) for sizes of 0, a σ_w² that is not positive and finite, a σ_b² that is negative or not finite, an
    /// ‖x‖ outside \[10⁻⁷⁵, 10⁷⁵\].
    pub fn check(&self) -> Result<()> {
        self.activation.check()?;
        let sizes =
            [("width", self.width), ("input_dimension", self.input_dimension), ("outputs", self.outputs)];
        for (name, size) in sizes {
            check::at_least_one(name, size)?;
        }
        check::positive("sigma_w2", self.sigma_w2)?;
        let why = "must lie in [1e-75, 1e75]: its fourth power enters E[Θ²] and must be a number";
        check::that(NORMS.contains(&self.input_norm), "input_norm", format!("{:e}", self.input_norm), why)?;
        check::not_negative("sigma_b2", self.sigma_b2)
    }

    /// e.
    pub(super) fn bias_share(&self) -> f64 {
        f64::from(u8::from(self.trained_biases))
    }

    /// The variance of the weights that act on x^{layer}: layer 0 is the input.
    pub(super) fn weight_variance(&self, layer: usize) -> f64 {
        self.sigma_w2 / if layer == 0 { self.input_dimension } else { self.width } as f64
    }

    pub(crate) fn check_depth(hidden_layers: usize) -> Result<()> {
        check_layers(hidden_layers)
    }

    /// Whether [`RandomNetworks::exact_moments`] is exact to this depth, to 10⁻⁶: with σ_b = 0 and trained biases its error is
    /// of order H·2^{−M}, the probability of a layer without an active unit.
    pub(crate) fn moments_are_exact(&self, hidden_layers: usize) -> bool {
        let dead = hidden_layers as f64 * 0.5f64.powi(self.width.min(1000) as i32);
        self.activation == Activation::Relu && !(self.sigma_b2 == 0.0 && self.trained_biases && dead > EXACT)
    }

    /// Every field, for the names of seeds.
    pub(crate) fn name(&self) -> String {
        format!(
            "{} M={} n0={} k={} w={} b={} x={} e={}",
            self.activation,
            self.width,
            self.input_dimension,
            self.outputs,
            self.sigma_w2,
            self.sigma_b2,
            self.input_norm,
            self.trained_biases
        )
    }
}
