//! Several dispersions in one figure: pairs (σ_w², σ_b²), cosines, numbers of initialisations, the limit at the edge.

use super::dispersion_curves::{Against, RATIO, curves, highest, limit_line, line};
use super::{Axis, Colour, Dash, Digits, Figure, Legend, Mark, Panel, Series};
use crate::error::Result;
use crate::experiment::DispersionResult;
use crate::network::RandomNetworks;

/// The ratio against hidden layers H, a panel a pair (σ_w², σ_b²) of each result (paper 2, Fig. 2, left). Marks with intervals are
/// sampled, faint and without interval where the sample cannot see the tail; lines are exact.
///
/// # Examples
/// ```
/// use analysis_core::experiment::{Dispersion, Settings};
/// use analysis_core::report::dispersion_depth_plot;
/// let pairs = Dispersion::scaling().map(|grid| grid.at(Settings::Smoke));
/// let results = pairs.iter().map(|grid| grid.run()).collect::<Result<Vec<_>, _>>()?;
/// let figure = dispersion_depth_plot(&results);
/// assert_eq!((figure.panels.len(), figure.columns), (4, 2));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn dispersion_depth_plot(results: &[DispersionResult]) -> Figure {
    curves(results, Against::Depth)
}

/// The same against H/M (paper 2, Fig. 2, right).
pub fn dispersion_lambda_plot(results: &[DispersionResult]) -> Figure {
    curves(results, Against::DepthOverWidth)
}

/// Θ(x,x') beside Θ(x,x): the ratio against H at every result's first width, σ_w² and σ_b², a colour a result.
pub fn dispersion_cosines_panel(title: &str, results: &[DispersionResult]) -> Panel {
    let mut panel = Panel::new(title).x(Against::Depth.axis()).y(Axis::log10(RATIO).from(1.0));
    let mut top = 1.0f64;
    for (colour, result) in results.iter().enumerate() {
        let p = &result.parameters;
        let name =
            p.cosine.map_or("Θ(x,x)".into(), |cosine| format!("cosine {}", Digits::Shortest.write(cosine)));
        let points = result.line(p.widths[0], p.sigma_w2[0], p.sigma_b2[0]);
        top = top.max(highest(points.iter()));
        // Beside each other, so that their bars can be told apart.
        let reach = p.depths.last().map_or(0.0, |last| (last - p.depths[0]) as f64);
        let aside = 0.012 * reach * (colour as f64 - 0.5 * (results.len() as f64 - 1.0));
        for mut series in line(&points, &name, colour, Against::Depth) {
            if series.mark == Mark::Points {
                series.x.iter_mut().for_each(|x| *x += aside);
            }
            panel = panel.series(series);
        }
    }
    panel.y.limits.high = Some(top);
    panel
}

/// What samples see: the sampled ratio of every point against its exact one, a colour a result (a number of initialisations N),
/// the line where they are equal, and the ceilings N that no sample of N can exceed (where they are in sight).
pub fn dispersion_seen_panel(title: &str, results: &[DispersionResult]) -> Panel {
    let exact = "exact E[Θ^{2}] / E[Θ]^{2}";
    let mut panel = Panel::new(title)
        .x(Axis::log10(exact))
        .y(Axis::log10("sampled ratio").from(1.0))
        .legend(Legend::TopLeft);
    let points = |result: &DispersionResult| -> Vec<(f64, f64)> {
        let pairs = result.points.iter().filter_map(|p| Some((p.exact_ratio?, p.ratio)));
        pairs.filter(|(exact, ratio)| exact.is_finite() && ratio.is_finite()).collect()
    };
    let largest = results.iter().flat_map(points).fold(1.0f64, |top, (exact, _)| top.max(exact));
    for (colour, result) in results.iter().enumerate() {
        let (x, y): (Vec<f64>, Vec<f64>) = points(result).into_iter().unzip();
        let n = result.parameters.initialisations;
        panel = panel.series(Series::points(format!("N = {n}"), x, y).colour(colour).size(0.5).opacity(0.6));
        if (n as f64) < largest {
            let name = format!("most that {n} can show");
            let ceiling = Series::line(name, [1.0, largest], [n as f64, n as f64]).colour(colour);
            panel = panel.series(ceiling.dash(Dash::Dotted));
        }
    }
    panel.series(
        Series::line("sampled = exact", [1.0, largest], [1.0, largest]).colour(Colour::Ink).dash(Dash::Solid),
    )
}

/// The exact ratio of ReLU networks without any bias (σ_b = 0, fixed biases) against λ = H/M up to `highest`, a line a width, and the
/// limit M → ∞ of [`edge_of_chaos_ratio`](crate::network::edge_of_chaos_ratio) that they tend to from below.
///
/// # Errors
/// As [`RandomNetworks::exact_moments`].
///
/// # Examples
/// ```
/// use analysis_core::report::dispersion_limit_panel;
/// assert_eq!(dispersion_limit_panel("", &[50, 200], 0.8)?.series.len(), 3);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn dispersion_limit_panel(title: &str, widths: &[usize], highest: f64) -> Result<Panel> {
    let mut panel = Panel::new(title)
        .x(Against::DepthOverWidth.axis())
        .y(Axis::log10(RATIO).from(1.0))
        .legend(Legend::TopLeft);
    for (colour, &width) in widths.iter().enumerate() {
        let deepest = ((highest * width as f64) as usize).max(1);
        let ensemble = RandomNetworks { trained_biases: false, ..RandomNetworks::square(width) };
        // 200 points are a smooth line.
        let step = deepest.div_ceil(200);
        let moments = ensemble.exact_moments(deepest)?;
        let shown = moments.iter().rev().step_by(step).rev();
        let (x, y): (Vec<f64>, Vec<f64>) =
            shown.map(|m| (m.hidden_layers as f64 / width as f64, m.ratio())).unzip();
        panel = panel.series(Series::line(format!("M = {width}"), x, y).colour(colour));
    }
    Ok(panel.series(limit_line(highest)?))
}
