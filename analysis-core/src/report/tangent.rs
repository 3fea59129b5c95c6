//! The empirical tangent kernel, drawn.

use super::{Axis, Panel, Series};
use crate::network::LayerTangent;
use crate::regression::MeanSd;

/// Each layer's share of Σ_i Θ(x_i, x_i), its weights and biases together, against the layer l = 1, …, L+1: a line a name. Of several networks
/// with one name (draws of one kind of network) the mean is drawn; bars: ± one standard deviation over them.
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
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in networks {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for (place, name) in names.iter().enumerate() {
        let own = networks.iter().filter(|(other, _)| other == *name);
        // A network whose kernel is 0 (all its units are dead) has no shares.
        let shares: Vec<Vec<f64>> = own.filter_map(|(_, layers)| shares(layers)).collect();
        let deepest = shares.iter().map(Vec::len).min().unwrap_or(0);
        let at = |k: usize| shares.iter().map(|share| share[k]).collect::<Vec<f64>>();
        let mean = |k: usize| at(k).iter().sum::<f64>() / shares.len() as f64;
        // Beside each other, so that their bars can be told apart.
        let aside =
            if shares.len() > 1 { 0.12 * (place as f64 - 0.5 * (names.len() as f64 - 1.0)) } else { 0.0 };
        let l = (0..deepest).map(|k| (k + 1) as f64 + aside);
        let series = Series::line_points(name.as_str(), l, (0..deepest).map(mean));
        let sd = |k: usize| MeanSd::of(&at(k)).ok().map(|of| of.sd);
        let sds: Option<Vec<f64>> = (0..deepest).map(sd).collect();
        panel = panel.series(match sds.filter(|_| shares.len() > 1) {
            Some(sds) => {
                let end = |sign: f64| (0..deepest).map(|k| mean(k) + sign * sds[k]).collect::<Vec<f64>>();
                series.error_bars(end(-1.0), end(1.0))
            }
            None => series,
        });
    }
    panel
}

/// Every layer's share of the trace; none where there is no trace.
fn shares(layers: &[LayerTangent]) -> Option<Vec<f64>> {
    let trace = |layer: &LayerTangent| {
        layer.weights.diag().sum() + layer.biases.as_ref().map_or(0.0, |biases| biases.diag().sum())
    };
    let whole: f64 = layers.iter().map(trace).sum();
    (whole > 0.0 && whole.is_finite()).then(|| layers.iter().map(|layer| trace(layer) / whole).collect())
}
