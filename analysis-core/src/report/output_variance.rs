//! The variance of trained networks: figures against depth.

use super::labels::{HIDDEN_LAYERS, sigmas};
use super::ordered::ordered_colour;
use super::{Axis, Colour, Dash, Figure, Legend, Panel, Series};
use crate::experiment::{DepthLimit, OutputVarianceResult, VariancePoint};

/// Panels in a row.
const COLUMNS: usize = 3;

/// Names of cosines in a legend.
const NAMED: usize = 5;

/// Beyond this ratio of largest to smallest an axis is logarithmic.
const WIDE: f64 = 30.0;

/// Linear or logarithmic, as the values ask for.
pub(super) fn axis(label: &str, values: impl Iterator<Item = f64>) -> Axis {
    let (low, high) = values.fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
    if low > 0.0 && high > WIDE * low { Axis::log10(label) } else { Axis::linear(label) }
}

impl OutputVarianceResult {
    pub(super) fn cosine_label(&self, cosine: f64) -> String {
        match &self.parameters.images {
            Some(_) => format!("mean c = {cosine:.2}"),
            None => format!("c = {cosine}"),
        }
    }

    fn phase(limit: &DepthLimit) -> String {
        format!("{}, {}", sigmas(limit.sigma_w2, limit.sigma_b2), limit.fixed_point.phase)
    }

    /// Every cosine has a line, at most `most` of them (3 or more) a name: their order says the rest.
    fn is_named(&self, index: usize, most: usize) -> bool {
        let count = self.cosines().len();
        count <= most || index.is_multiple_of((count - 1).div_ceil(most - 1))
    }

    /// One quantity against depth at one (σ_w², σ_b²), a line a cosine.
    fn depth_panel(
        &self,
        limit: &DepthLimit,
        label: &str,
        names: usize,
        value: impl Fn(&VariancePoint) -> Option<f64>,
    ) -> Panel {
        let mut panel = Panel::new(Self::phase(limit)).x(Axis::linear(HIDDEN_LAYERS));
        let mut all = Vec::new();
        // Values run over powers of ten, where what is not positive has no place; where none is, the axis is linear.
        let own = |p: &&VariancePoint| (p.sigma_w2, p.sigma_b2) == (limit.sigma_w2, limit.sigma_b2);
        let values: Vec<f64> = self.points.iter().filter(own).filter_map(&value).collect();
        let some_positive = values.iter().any(|v| *v > 0.0);
        let left_out = values.iter().filter(|v| **v < 0.0).count();
        let cosines = self.cosines();
        for (place, &cosine) in cosines.iter().enumerate() {
            let line = self.line(limit.sigma_w2, limit.sigma_b2, cosine);
            let points: Vec<(f64, f64)> = line
                .iter()
                .filter_map(|p| Some((p.kernel.depth as f64, value(p).filter(|v| v.is_finite())?)))
                .filter(|(_, v)| *v > 0.0 || !some_positive)
                .collect();
            if points.is_empty() {
                continue;
            }
            let name = if names > 0 && self.is_named(place, names) {
                self.cosine_label(cosine)
            } else {
                String::new()
            };
            let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
            all.extend(&y);
            let series = Series::line(name, x, y).colour(ordered_colour(place, cosines.len()));
            panel = panel.series(series.dash(Dash::Solid));
        }
        if some_positive && left_out > 0 {
            panel = panel.note_at_fraction(format!("{left_out} negative values left out"), 0.02, 0.03);
        }
        panel.y(axis(label, all.into_iter()))
    }

    /// κ₂ and below it κ₁/κ₂ against hidden layers, a column a pair (σ_w², σ_b²), a line a cosine (paper 2, Figs 5 and 6). Dashed: what
    /// mean-field theory says they tend to, where they tend to anything.
    pub fn kernel_plot(&self) -> Figure {
        let reference = |panel: Panel, value: Option<f64>| match value {
            Some(value) if value > 0.0 || !panel.y.scale.is_log() => {
                panel.series(Series::horizontal("", value))
            }
            _ => panel,
        };
        let mut panels = Vec::new();
        for limits in self.limits.chunks(COLUMNS) {
            let start = panels.len();
            for limit in limits {
                let panel = self.depth_panel(limit, "κ_{2}", 0, |p| Some(p.kernel.off_diagonal));
                panels.push(reference(panel, limit.kernel.off_diagonal.filter(|v| *v > 0.0)));
            }
            same_axis(&mut panels[start..]);
            for limit in limits {
                let names = if *limit == self.limits[0] { NAMED } else { 0 };
                let panel = self.depth_panel(limit, "κ_{1} / κ_{2}", names, |p| p.ratio);
                panels.push(reference(panel, limit.kernel.ratio));
            }
        }
        grid(panels, self.limits.len())
            .title(format!("limit kernel of {} networks", self.parameters.activation))
            .caption(
                "The limit of Θ/M for two inputs of cosine c against hidden layers: its off-diagonal κ_{2} and the ratio \
                 κ_{1}/κ_{2} of diagonal to off-diagonal. A line a cosine, from small (dark) to large (light); dashed: what \
                 mean-field theory says they tend to. Nothing is sampled.",
            )
    }

    /// Var f_∞ by theorem 3 against hidden layers, a panel a pair (σ_w², σ_b²), a line a cosine; grey: q̄, the variance at the
    /// start, which is also what the chaotic phase keeps.
    pub fn depth_plot(&self) -> Figure {
        let panels: Vec<Panel> = self
            .limits
            .iter()
            .enumerate()
            .map(|(column, limit)| {
                let names = if column == 0 { 3 } else { 0 };
                let panel = self.depth_panel(limit, "Var f_{∞}", names, |p| Some(p.formula));
                let Some(cosine) = self.cosines().first().copied() else { return panel };
                let line = self.line(limit.sigma_w2, limit.sigma_b2, cosine);
                let (x, y): (Vec<f64>, Vec<f64>) =
                    line.iter().map(|p| (p.kernel.depth as f64, p.kernel.variance)).unzip();
                let name = if column == 0 { "start" } else { "" };
                let start = Series::line(name, x, y).colour(Colour::Grey).dash(Dash::Dashed);
                let panel = panel.series(start);
                let values: Vec<f64> = panel.series.iter().flat_map(|series| series.y.clone()).collect();
                let falls = values.iter().any(|v| *v < 1e-6);
                // Lines fall from the upper left to the lower right there.
                let panel = if falls { panel.legend(Legend::BottomLeft) } else { panel };
                panel.y(axis("Var f_{∞}", values.into_iter()))
            })
            .collect();
        grid(panels, self.limits.len()).caption(format!(
            "Variance over initialisations of the output at infinite width, trained to t → ∞ on S = {} inputs of cosine c, by theorem \
             3; a line a cosine, from small (dark) to large (light). Dashed grey: the variance at the start. Nothing is sampled.",
            self.parameters.samples
        ))
    }
}

/// One y axis for a row, where all of it is positive.
fn same_axis(panels: &mut [Panel]) {
    let values = || panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.y);
    let (low, high) = values().fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(*v), high.max(*v)));
    if low > 0.0 && high.is_finite() && low < high {
        for panel in panels {
            let label = panel.y.label.clone();
            panel.y = axis(&label, [low, high].into_iter()).limits(low / 1.2, high * 1.2);
        }
    }
}

/// Panels in rows of three at most, as high as the rows need.
pub(super) fn grid(panels: Vec<Panel>, columns: usize) -> Figure {
    let columns = columns.clamp(1, COLUMNS);
    let rows = panels.len().div_ceil(columns);
    let figure = Figure::grid(panels, columns);
    if rows > 2 { figure.aspect(0.32 * rows as f64) } else { figure }
}
