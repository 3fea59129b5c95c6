//! The dispersion of the kernel against depth, sampled and exact.

use super::labels::{HIDDEN_LAYERS, sigmas};
use super::{Axis, Colour, Dash, Digits, Figure, Legend, Panel, Series};
use crate::architecture::Activation;
use crate::error::Result;
use crate::experiment::{DispersionPoint, DispersionResult};
use crate::network::edge_of_chaos_ratio;

pub(super) const RATIO: &str = "E[Θ^{2}] / E[Θ]^{2}";

/// Whether the ratio of a figure is set against H or H/M.
#[derive(Clone, Copy)]
pub(super) enum Against {
    Depth,
    DepthOverWidth,
}

impl Against {
    pub(super) fn axis(self) -> Axis {
        Axis::linear(match self {
            Against::Depth => HIDDEN_LAYERS,
            Against::DepthOverWidth => "H/M",
        })
    }
}

impl DispersionResult {
    /// The ratio against hidden layers H, a panel a pair (σ_w², σ_b²), a colour a width (paper 2, Fig. 2, left). Marks with
    /// intervals are sampled, faint and without interval where the sample cannot see the tail; lines are exact.
    pub fn depth_plot(&self) -> Figure {
        self.curves(Against::Depth)
    }

    /// The same against H/M (paper 2, Fig. 2, right), where widths fall on one curve at the edge and in the chaotic phase; for
    /// networks without any bias with the limit of [`edge_of_chaos_ratio`].
    pub fn lambda_plot(&self) -> Figure {
        self.curves(Against::DepthOverWidth)
    }

    fn curves(&self, against: Against) -> Figure {
        curves(std::slice::from_ref(self), against)
    }

    /// A panel a pair (σ_w², σ_b²).
    pub(super) fn panels(&self, against: Against) -> Vec<Panel> {
        let p = &self.parameters;
        let mut panels = Vec::new();
        for &sigma_b2 in &p.sigma_b2 {
            for &sigma_w2 in &p.sigma_w2 {
                let cosine = p
                    .cosine
                    .map_or(String::new(), |cosine| format!(", cosine {}", Digits::Shortest.write(cosine)));
                let title = format!("{}{cosine}", sigmas(sigma_w2, sigma_b2));
                let mut panel = Panel::new(title).x(against.axis()).y(Axis::log10(RATIO).from(1.0));
                for (colour, &width) in p.widths.iter().enumerate() {
                    let points = self.line(width, sigma_w2, sigma_b2);
                    for series in line(&points, &format!("M = {width}"), colour, against) {
                        panel = panel.series(series);
                    }
                }
                if !panel.series.is_empty() {
                    if let Some(limit) = self.limit(against, sigma_b2) {
                        panel = panel.series(limit);
                    }
                    panel.y.limits.high = Some(highest(self.at(sigma_w2, sigma_b2)));
                    panels.push(panel);
                }
            }
        }
        panels
    }

    /// The limit M → ∞ at λ = H/M, where it applies: ReLU's Θ(x,x) of scalar networks without any bias.
    fn limit(&self, against: Against, sigma_b2: f64) -> Option<Series> {
        let p = &self.parameters;
        let applies = p.activation == Activation::Relu
            && (p.outputs, p.trained_biases, p.cosine, sigma_b2) == (1, false, None, 0.0);
        if !applies || !matches!(against, Against::DepthOverWidth) {
            return None;
        }
        let deepest = self.points.iter().map(DispersionPoint::lambda).fold(0.0, f64::max);
        limit_line(deepest).ok()
    }

    fn at(&self, sigma_w2: f64, sigma_b2: f64) -> impl Iterator<Item = &DispersionPoint> {
        self.points.iter().filter(move |p| (p.sigma_w2, p.sigma_b2) == (sigma_w2, sigma_b2))
    }
}

/// [`edge_of_chaos_ratio`] up to `highest`.
///
/// # Errors
/// As [`edge_of_chaos_ratio`].
pub(super) fn limit_line(highest: f64) -> Result<Series> {
    let x: Vec<f64> = (0..=200).map(|k| highest * f64::from(k) / 200.0).collect();
    let y = x.iter().map(|lambda| edge_of_chaos_ratio(*lambda)).collect::<Result<Vec<f64>>>()?;
    Ok(Series::line("M → ∞", x, y).colour(Colour::Ink).dash(Dash::Dashed))
}

/// The panels of all results; the widths are named in the highest one, whose curves leave its upper left corner free.
pub(super) fn curves(results: &[DispersionResult], against: Against) -> Figure {
    let mut panels: Vec<Panel> = results.iter().flat_map(|result| result.panels(against)).collect();
    let series = |panel: &Panel| panel.series.iter().map(|s| s.label.clone()).collect::<Vec<_>>();
    // Panels of a row are compared: one axis.
    for row in panels.chunks_mut(2) {
        let high = row.iter().filter_map(|panel| panel.y.limits.high).fold(1.0, f64::max);
        row.iter_mut().for_each(|panel| panel.y.limits.high = Some(high));
    }
    let high = |panel: &Panel| panel.y.limits.high.unwrap_or(1.0);
    let top = panels.iter().map(high).fold(1.0, f64::max);
    let named = panels.iter().position(|panel| high(panel) == top).unwrap_or(0);
    let names = panels.get(named).map(series).unwrap_or_default();
    for (place, panel) in panels.iter_mut().enumerate() {
        if place != named && series(panel).iter().all(|label| names.contains(label)) {
            panel.legend = Legend::Off;
        }
    }
    let mut sizes: Vec<usize> = results.iter().map(|r| r.parameters.initialisations).collect();
    sizes.dedup();
    let sizes = sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let exact = results.iter().flat_map(|r| &r.points).any(|p| p.exact_ratio.is_some());
    let activations: Vec<String> = results.iter().map(|r| r.parameters.activation.to_string()).collect();
    let same = activations.windows(2).all(|pair| pair[0] == pair[1]);
    let activation = activations.first().filter(|_| same).map_or(String::new(), |name| format!("{name}; "));
    let lines = if exact { "; lines: exact" } else { "" };
    let title = format!("{activation}marks: {sizes} initialisations, faint where these are too few{lines}");
    let columns = panels.len().clamp(1, 2);
    let level = results.first().map_or(0.95, |r| r.parameters.level);
    Figure::grid(panels, columns).title(title).caption(format!(
        "Dispersion E[Θ^{{2}}]/E[Θ]^{{2}} of the kernel at initialisation, {sizes} independent initialisations a mark; bars: {} % intervals \
         (jackknife); of many depths one in so many is marked, another one for every width. Faint marks without bars: the sample cannot see the rare large values that E[Θ^{{2}}] lives on.{}",
        100.0 * level,
        if exact { " Lines: exact, from a recursion over layers." } else { "" }
    ))
}

/// The top of a panel: above its ratios, sampled and exact, and the intervals that are drawn.
pub(super) fn highest<'a>(points: impl Iterator<Item = &'a DispersionPoint>) -> f64 {
    let largest = points.fold(1.0f64, |top, p| {
        let shown = if p.tail_unseen { p.ratio } else { p.interval[1] };
        [shown, p.exact_ratio.unwrap_or(1.0)].into_iter().filter(|v| v.is_finite()).fold(top, f64::max)
    });
    (1.1 * largest.ln()).max(1e-3).exp()
}

/// Marks of a line at most.
const MARKED: usize = 33;

/// One width: marks with intervals, faint and without where the tail is not seen (there an interval means little, and may reach to
/// e³⁰⁰), and the exact curve.
pub(super) fn line(points: &[DispersionPoint], name: &str, colour: usize, against: Against) -> Vec<Series> {
    let at = |p: &DispersionPoint| match against {
        Against::Depth => p.depth as f64,
        Against::DepthOverWidth => p.lambda(),
    };
    let mut series = Vec::new();
    // Of many depths every second, third, … is marked, another one in every colour, so that bars do not run together.
    let step = points.len().div_ceil(MARKED).max(1);
    let marked = |(place, _): &(usize, &DispersionPoint)| place % step == colour % step;
    for unseen in [false, true] {
        let finite = |p: &&DispersionPoint| {
            let bars = p.interval[0] > 0.0 && p.interval[1].is_finite();
            p.ratio.is_finite() && (unseen || bars)
        };
        let own = points.iter().enumerate().filter(marked).map(|(_, p)| p);
        let own = own.filter(|p| p.tail_unseen == unseen).filter(finite);
        let own: Vec<&DispersionPoint> = own.collect();
        if own.is_empty() {
            continue;
        }
        // The name once, on the first marks there are.
        let label = if series.is_empty() { name } else { "" };
        let column = |f: &dyn Fn(&DispersionPoint) -> f64| own.iter().map(|p| f(p)).collect::<Vec<f64>>();
        let marks = Series::points(label, column(&at), column(&|p| p.ratio)).colour(colour).size(0.6);
        series.push(if unseen {
            marks.opacity(0.3)
        } else {
            marks.error_bars(column(&|p| p.interval[0]), column(&|p| p.interval[1]))
        });
    }
    let exact: Vec<(f64, f64)> =
        points.iter().filter_map(|p| Some((at(p), p.exact_ratio.filter(|v| v.is_finite())?))).collect();
    if exact.len() > 1 {
        let (x, y): (Vec<f64>, Vec<f64>) = exact.into_iter().unzip();
        series.push(Series::line("", x, y).colour(colour).dash(Dash::Solid));
    }
    series
}
