//! The empirical tangent kernel, drawn.

use super::{Axis, Panel, Series};
use crate::network::LayerTangent;

/// Each layer's share of Σ_i Θ(x_i, x_i), its weights and biases together, against the layer l = 1, …, L+1: a line a network.
///
/// # Examples
/// ```
/// use analysis_core::network::{Network, TangentOutputs};
/// use analysis_core::{ndarray::array, report::layers_panel, seed::Seed};
/// let network = Network { inputs: 2, hidden_layers: 3, width: 20, ..Network::default() };
/// let (x, parameters) = (array![[1.0, 0.0]], network.draw(Seed(0))?);
/// let layers = network.tangent_layers(&parameters, x.view(), x.view(), TangentOutputs::Trace)?;
/// let panel = layers_panel("", &[("no bias".to_string(), layers)]);
/// assert!((panel.series[0].y.iter().sum::<f64>() - 1.0).abs() < 1e-14);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn layers_panel(title: &str, networks: &[(String, Vec<LayerTangent>)]) -> Panel {
    let mut panel =
        Panel::new(title).x(Axis::linear("layer l")).y(Axis::linear("share of Σ_{i} Θ(x_{i}, x_{i})"));
    for (name, layers) in networks {
        let trace = |layer: &LayerTangent| {
            layer.weights.diag().sum() + layer.biases.as_ref().map_or(0.0, |biases| biases.diag().sum())
        };
        let whole: f64 = layers.iter().map(trace).sum();
        let l: Vec<f64> = layers.iter().map(|layer| layer.layer as f64).collect();
        let share: Vec<f64> = layers.iter().map(|layer| trace(layer) / whole).collect();
        // A network whose kernel is 0 (all its units are dead) has no shares.
        panel = panel.series(match whole > 0.0 && whole.is_finite() {
            true => Series::line_points(name, l, share),
            false => Series::line_points(name, [0.0; 0], [0.0; 0]),
        });
    }
    panel
}
