//! Training at finite width: fully connected networks, their initialisation, gradient descent, empirical NTK.
//!
//! With x⁰ = x and L hidden layers of width m, layer l = 1..L+1 is
//!
//! h^l = g_l W^l x^{l−1} + r_l b^l,  x^l = φ(h^l),  f(x) = h^{L+1},
//!
//! and the [`Parametrisation`] says what g_l, r_l and the variances of W^l and b^l are:
//!
//! | | W^l | b^l | g_l | r_l |
//! |---|---|---|---|---|
//! | [`FirstLayerBias`](Parametrisation::FirstLayerBias) (paper 1) | N(0, 1) | l = 1 only, or none: N(0, 1) | 1, then √(c_φ/m) | 1 |
//! | [`EveryLayer`](Parametrisation::EveryLayer) (paper 2) | N(0, σ_w²/fan-in) | N(0, σ_b²) | 1 | 1 |
//! | [`EveryLayerNtk`](Parametrisation::EveryLayerNtk) | N(0, 1) | N(0, 1) | σ_w/√fan-in | σ_b |
//!
//! with c_φ = 1/E\[φ(z)²\] (2 for ReLU). All of W and b are trained, on 1/(2n) Σ_i ‖f(x_i) − y_i‖². The description is a
//! [`Network`], its numbers are [`Parameters`], a network with its [`Initialisation`] is a [`Model`], and [`Training`]
//! trains one.
//!
//! Knows nothing of [`kernel`](crate::kernel) but in its tests, where the two meet.
//!
//! **Precision and threads.** One hidden ReLU layer with one output, trained by full-batch gradient descent in paper 1's
//! parametrisation, runs in the [`FusedEngine`], in single or double precision. Everything else is matrix products, which go through `matrixmultiply` in fixed panels: the same bytes for any number of
//! threads. Activations are libm's, so another machine agrees to rounding.

mod backward;
mod check;
mod descent;
mod forward;
mod fused;
mod initialisation;
mod model;
mod optimiser;
mod parameters;
mod precision;
mod tangent;
mod training;

#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod limit_tests;

use serde::{Deserialize, Serialize};

use crate::error::Result;

pub use crate::architecture::{Activation, Parametrisation};
pub(crate) use descent::Descent;
pub use fused::{FusedEngine, FusedParameters};
pub use initialisation::Initialisation;
pub use model::Model;
pub use optimiser::{Optimiser, UpdateRule};
pub use parameters::Parameters;
pub use precision::Precision;
pub use tangent::{LayerTangent, TangentOutputs};
pub use training::{
    Checkpoint, Curve, Diagnostics, Progress, Snapshot, Stopping, Trainer, Training, TrainingResult,
};
pub(crate) use training::{DIVERGED, log_spaced_epochs};

/// A fully connected network of finite width: its shape, not its numbers.
///
/// The default is the one of paper 1's Fig. 1 at d = 5, n = 200: one hidden ReLU layer of width 20n, one output, no bias.
///
/// # Examples
/// ```
/// use analysis_core::network::Network;
/// use analysis_core::seed::Seed;
/// use ndarray::array;
/// let network = Network { inputs: 2, width: 100, ..Network::default() };
/// let parameters = network.draw(Seed(1))?;
/// assert_eq!((parameters.weights[0].dim(), parameters.weights[1].dim()), ((100, 2), (1, 100)));
/// assert_eq!(network.outputs(&parameters, array![[1.0, 0.0], [0.6, 0.8]].view())?.dim(), (2, 1));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// d ≥ 1, the columns of x.
    pub inputs: usize,
    /// L ≥ 1.
    pub hidden_layers: usize,
    /// m ≥ 1, the units of every hidden layer.
    pub width: usize,
    /// k ≥ 1, the columns of y.
    pub outputs: usize,
    /// φ.
    pub activation: Activation,
    /// Scales and biases.
    pub parametrisation: Parametrisation,
}

impl Default for Network {
    fn default() -> Self {
        Network {
            inputs: 5,
            hidden_layers: 1,
            width: 4000,
            outputs: 1,
            activation: Activation::Relu,
            parametrisation: Parametrisation::default(),
        }
    }
}

/// One layer's shape and scales.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Layer {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// g_l.
    pub(crate) weight: f64,
    /// r_l, where the layer has a bias.
    pub(crate) bias: Option<f64>,
    /// Standard deviation of an entry of W^l at the start.
    pub(crate) weight_deviation: f64,
    /// Standard deviation of an entry of b^l at the start.
    pub(crate) bias_deviation: f64,
}

/// A network made ready: φ and the layers l = 1..L+1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub(crate) activation: Activation,
    pub(crate) layers: Vec<Layer>,
}

impl Network {
    pub(crate) fn plan(&self) -> Result<Plan> {
        let constant = match self.parametrisation {
            Parametrisation::FirstLayerBias { .. } => self.activation.mean_square()?.recip(),
            _ => 0.0,
        };
        let layer = |index: usize| {
            let inputs = if index == 0 { self.inputs } else { self.width };
            let outputs = if index == self.hidden_layers { self.outputs } else { self.width };
            let fan_in = inputs as f64;
            let (weight, bias, weight_deviation, bias_deviation) = match self.parametrisation {
                Parametrisation::FirstLayerBias { bias } if index == 0 => {
                    (1.0, bias.then_some(1.0), 1.0, 1.0)
                }
                Parametrisation::FirstLayerBias { .. } => ((constant / fan_in).sqrt(), None, 1.0, 0.0),
                Parametrisation::EveryLayer { sigma_w2, sigma_b2 } => {
                    (1.0, Some(1.0), (sigma_w2 / fan_in).sqrt(), sigma_b2.sqrt())
                }
                // With σ_b = 0 a bias would have no effect and no gradient.
                Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 } => {
                    ((sigma_w2 / fan_in).sqrt(), (sigma_b2 > 0.0).then_some(sigma_b2.sqrt()), 1.0, 1.0)
                }
            };
            Layer { inputs, outputs, weight, bias, weight_deviation, bias_deviation }
        };
        let layers = (0..=self.hidden_layers).map(layer).collect();
        Ok(Plan { activation: self.activation.clone(), layers })
    }
}

mod dispersion;

pub use dispersion::{RandomNetworks, Sampler, ThetaMoments, ThetaPair, edge_of_chaos_ratio};
