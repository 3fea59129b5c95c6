//! The description of a network, and its layers.

use serde::{Deserialize, Serialize};

use crate::architecture::{Activation, Parametrisation};
use crate::error::Result;

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
