//! Several phase diagrams in one figure: what mean-field theory says of activations.

use super::labels::{self, SIGMA_B2, SIGMA_W2};
use super::{Axis, Figure, Legend, Panel, Series};
use crate::experiment::{PhaseDiagramResult, PhasePoint};
use crate::kernel::FixedPoint;

/// The edges of chaos of several activations: σ_b² against σ_w², ordered to the left, chaotic to the right.
pub fn edges_panel(results: &[PhaseDiagramResult]) -> Panel {
    let panel = Panel::new("χ_{1} = 1").x(Axis::linear(SIGMA_W2)).y(Axis::linear(SIGMA_B2));
    results.iter().enumerate().fold(panel, |panel, (colour, result)| {
        let (x, y): (Vec<f64>, Vec<f64>) = result.edge.iter().map(|e| (e.sigma_w2, e.sigma_b2)).unzip();
        panel.series(Series::line(result.parameters.activation.to_string(), x, y).colour(colour))
    })
}

/// A line through the points that have a value, broken where there is none; the name once.
fn lines(
    points: &[&PhasePoint],
    name: &str,
    colour: usize,
    value: fn(&FixedPoint) -> Option<f64>,
) -> Vec<Series> {
    let values: Vec<(f64, Option<f64>)> =
        points.iter().map(|p| (p.sigma_w2, value(&p.fixed_point))).collect();
    let mut series = Vec::new();
    for part in values.split(|(_, value)| value.is_none()).filter(|part| !part.is_empty()) {
        let (x, y): (Vec<f64>, Vec<f64>) = part.iter().filter_map(|(x, y)| Some((*x, (*y)?))).unzip();
        let label = if series.is_empty() { name } else { "" };
        series.push(Series::line(label, x, y).colour(colour));
    }
    series
}

/// q*, χ₁, c* and ξ_c against σ_w², a line an activation and σ_b². A line breaks where the quantity does not exist: q* grows without
/// bound, ξ_c is infinite.
///
/// # Examples
/// ```
/// use analysis_core::experiment::PhaseDiagram;
/// use analysis_core::report::phases_plot;
/// let tanh = PhaseDiagram { sigma_b2: vec![1.0], ..Default::default() }.run()?;
/// let relu = PhaseDiagram { activation: "relu".parse()?, ..tanh.parameters.clone() }.run()?;
/// assert_eq!(phases_plot(&[tanh, relu]).panels.len(), 4);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn phases_plot(results: &[PhaseDiagramResult]) -> Figure {
    type Quantity = (&'static str, bool, fn(&FixedPoint) -> Option<f64>);
    let quantities: [Quantity; 4] = [
        ("q*", true, |f| f.variance.filter(|q| *q > 0.0 && q.is_finite())),
        ("χ_{1}", false, |f| f.chi1.filter(|chi| chi.is_finite())),
        ("c*", false, |f| f.correlation.filter(|c| c.is_finite())),
        ("ξ_{c}, layers", true, |f| f.correlation_length.filter(|l| *l > 0.0 && l.is_finite())),
    ];
    let panels = quantities.into_iter().enumerate().map(|(place, (name, log, value))| {
        let y = if log { Axis::log10(name) } else { Axis::linear(name) };
        let mut panel = Panel::new("").x(Axis::linear(SIGMA_W2)).y(y);
        if place > 0 {
            panel = panel.legend(Legend::Off);
        }
        let mut colour = 0;
        for result in results {
            let p = &result.parameters;
            for &sigma_b2 in &p.sigma_b2 {
                let own: Vec<&PhasePoint> = result.points.iter().filter(|p| p.sigma_b2 == sigma_b2).collect();
                let name = format!("{}, {}", p.activation, labels::sigma_b2(sigma_b2));
                for series in lines(&own, &name, colour, value) {
                    panel = panel.series(series);
                }
                colour += 1;
            }
        }
        if name.starts_with('χ') {
            panel = panel.series(Series::horizontal("", 1.0));
        }
        panel
    });
    Figure::grid(panels, 2).share_x().caption(
        "Mean-field theory of infinitely wide networks against σ_{w}^{2}: variance of deep pre-activations, slope χ_{1} of the map of \
         correlations, the correlation that all inputs tend to, and the depth in layers over which they do. A line breaks where the \
         quantity does not exist.",
    )
}
