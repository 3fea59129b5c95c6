//! The variance of trained networks: figures against depth, σ_w² and width.

use super::{Axis, Colour, Dash, Figure, Panel, Series, Shape};
use crate::experiment::{DepthLimit, EnsemblePoint, OutputVarianceResult, VarianceEstimate, VariancePoint};
use crate::network::edge_of_chaos;

/// Panels in a row.
const COLUMNS: usize = 3;

/// Names of cosines in a legend.
const NAMED: usize = 5;

/// Beyond this ratio of largest to smallest an axis is logarithmic.
const WIDE: f64 = 30.0;

fn place(sigma_w2: f64, sigma_b2: f64) -> String {
    format!("σ_{{w}}^{{2}} = {sigma_w2}, σ_{{b}}^{{2}} = {sigma_b2}")
}

/// Linear or logarithmic, as the values ask for.
fn axis(label: &str, values: impl Iterator<Item = f64>) -> Axis {
    let (low, high) = values.fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
    if low > 0.0 && high > WIDE * low { Axis::log10(label) } else { Axis::linear(label) }
}

impl OutputVarianceResult {
    fn cosine_label(&self, cosine: f64) -> String {
        match &self.parameters.images {
            Some(images) => format!("{}, mean cosine {cosine:.3}", images.source),
            None => format!("c = {cosine}"),
        }
    }

    fn phase(limit: &DepthLimit) -> String {
        format!("{}, {}", place(limit.sigma_w2, limit.sigma_b2), limit.fixed_point.phase)
    }

    /// Every cosine has a line, every second one a name where there are many: their order says the rest.
    fn is_named(&self, index: usize) -> bool {
        self.cosines().len() <= NAMED || index.is_multiple_of(2)
    }

    /// One quantity against depth at one (σ_w², σ_b²), a line a cosine.
    fn depth_panel(
        &self,
        limit: &DepthLimit,
        label: &str,
        named: bool,
        value: impl Fn(&VariancePoint) -> Option<f64>,
    ) -> Panel {
        let mut panel = Panel::new(Self::phase(limit)).x(Axis::linear("hidden layers H"));
        let mut all = Vec::new();
        for (colour, cosine) in self.cosines().into_iter().enumerate() {
            let line = self.line(limit.sigma_w2, limit.sigma_b2, cosine);
            let points: Vec<(f64, f64)> = line
                .iter()
                .filter_map(|p| Some((p.kernel.depth as f64, value(p).filter(|v| *v > 0.0)?)))
                .collect();
            if points.is_empty() {
                continue;
            }
            let named = named && self.is_named(colour);
            let name = if named { self.cosine_label(cosine) } else { String::new() };
            let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
            all.extend(&y);
            panel = panel.series(Series::line(name, x, y).colour(colour));
        }
        panel.y(axis(label, all.into_iter()))
    }

    /// κ₂ and below it κ₁/κ₂ against hidden layers, a column a pair (σ_w², σ_b²), a line a cosine (paper 2, Figs 5 and 6). Dashed: what
    /// mean-field theory says they tend to, where they tend to anything.
    pub fn kernel_plot(&self) -> Figure {
        let reference = |panel: Panel, value: Option<f64>| match value {
            Some(value) => panel.series(Series::horizontal("", value)),
            None => panel,
        };
        let mut panels = Vec::new();
        for limits in self.limits.chunks(COLUMNS) {
            for limit in limits {
                let panel = self.depth_panel(limit, "κ_{2}", false, |p| Some(p.kernel.off_diagonal));
                panels.push(reference(panel, limit.kernel.off_diagonal));
            }
            for limit in limits {
                let named = *limit == self.limits[0];
                let panel = self.depth_panel(limit, "κ_{1} / κ_{2}", named, |p| p.ratio);
                panels.push(reference(panel, limit.kernel.ratio));
            }
        }
        grid(panels, self.limits.len())
            .title(format!("limit kernel of {} networks", self.parameters.activation))
    }

    /// Var f_∞ by theorem 3 against hidden layers, a panel a pair (σ_w², σ_b²), a line a cosine; grey: q̄, the variance at the
    /// start, which is also what the chaotic phase keeps.
    pub fn depth_plot(&self) -> Figure {
        let panels: Vec<Panel> = self
            .limits
            .iter()
            .enumerate()
            .map(|(column, limit)| {
                let named = column == 1.min(self.limits.len() - 1);
                let panel = self.depth_panel(limit, "Var f_{∞}", named, |p| Some(p.formula));
                let Some(cosine) = self.cosines().first().copied() else { return panel };
                let line = self.line(limit.sigma_w2, limit.sigma_b2, cosine);
                let (x, y): (Vec<f64>, Vec<f64>) =
                    line.iter().map(|p| (p.kernel.depth as f64, p.kernel.variance)).unzip();
                let name = if named { "at the start" } else { "" };
                panel.series(Series::line(name, x, y).colour(Colour::Grey).dash(Dash::Dashed))
            })
            .collect();
        grid(panels, self.limits.len())
    }

    /// Var f against σ_w², a panel a σ_b², depth and width (where there are networks), a colour a cosine; the edge of chaos
    /// dashed. Lines are theory: q̄ grey, theorem 3 for t → ∞ (solid); crosses the exact expression where it differs (images);
    /// the infinite-width value at the time of the networks dotted. Marks with intervals are networks, linearised about their
    /// start (rings) and trained (discs).
    pub fn variance_plot(&self) -> Figure {
        let p = &self.parameters;
        let widths = p.networks.as_ref().map_or(vec![None], |n| n.widths.iter().map(|m| Some(*m)).collect());
        let mut panels = Vec::new();
        for &sigma_b2 in &p.sigma_b2 {
            for &depth in &p.depths {
                for &width in &widths {
                    let named = panels.is_empty();
                    if let Some(panel) = self.variance_panel(sigma_b2, depth, width, named) {
                        panels.push(panel);
                    }
                }
            }
        }
        let count = panels.len();
        grid(panels, count).title(format!("{}, S = {}", p.activation, p.samples))
    }

    /// One panel of [`OutputVarianceResult::variance_plot`]; none where this shard of the grid has no points. `named`: with
    /// entries for the legend.
    pub fn variance_panel(
        &self,
        sigma_b2: f64,
        depth: usize,
        width: Option<usize>,
        named: bool,
    ) -> Option<Panel> {
        let mut title = format!("H = {depth}, σ_{{b}}^{{2}} = {sigma_b2}");
        if let Some(width) = width {
            title = format!("M = {width}, {title}");
        }
        let name = |text: String| if named { text } else { String::new() };
        let mut panel = Panel::new(title).x(Axis::linear("σ_{w}^{2}"));
        let mut all = Vec::new();
        for (colour, cosine) in self.cosines().into_iter().enumerate() {
            let own: Vec<&VariancePoint> = self
                .points
                .iter()
                .filter(|p| (p.sigma_b2, p.kernel.depth, p.cosine) == (sigma_b2, depth, cosine))
                .collect();
            let x = || own.iter().map(|p| p.sigma_w2).collect::<Vec<f64>>();
            let line = |label: String, value: fn(&VariancePoint) -> f64| {
                Series::line(label, x(), own.iter().map(|p| value(p)).collect::<Vec<f64>>())
            };
            if own.is_empty() {
                continue;
            }
            if colour == 0 {
                let start = line(name("at the start".into()), |p| p.kernel.variance);
                all.extend(&start.y);
                panel = panel.series(start.colour(Colour::Grey).dash(Dash::Dashed));
            }
            let formula = line(name(format!("theorem 3, {}", self.cosine_label(cosine))), |p| p.formula)
                .dash(Dash::Solid);
            all.extend(&formula.y);
            panel = panel.series(formula.colour(colour));
            let exact: Vec<(f64, f64)> = own.iter().filter_map(|p| Some((p.sigma_w2, p.exact?))).collect();
            if self.parameters.images.is_some() && !exact.is_empty() {
                let (x, y): (Vec<f64>, Vec<f64>) = exact.into_iter().unzip();
                all.extend(&y);
                let series = Series::line_points(name("exact".into()), x, y).shape(Shape::Cross);
                panel = panel.series(series.colour(colour + 1).dash(Dash::Dashed).size(0.7));
            }
            let networks: Vec<&EnsemblePoint> = self
                .ensembles
                .iter()
                .filter(|e| (e.sigma_b2, e.depth, e.cosine) == (sigma_b2, depth, cosine))
                .filter(|e| Some(e.width) == width)
                .collect();
            for series in marks(&networks, colour, named) {
                all.extend(&series.y);
                panel = panel.series(series);
            }
        }
        if all.is_empty() {
            return None;
        }
        let (low, high) = self
            .parameters
            .sigma_w2
            .iter()
            .fold((f64::INFINITY, 0.0f64), |(low, high), w| (low.min(*w), high.max(*w)));
        if let Ok(edge) = edge_of_chaos(&self.parameters.activation, sigma_b2)
            && (low..=high).contains(&edge.sigma_w2)
        {
            panel = panel.series(Series::vertical(name("χ_{1} = 1".into()), edge.sigma_w2));
        }
        Some(panel.y(axis("Var f", all.into_iter())))
    }

    /// Var f against the width M, a panel a (σ_w², σ_b²), depth and cosine; the value at infinite width dashed. Marks with
    /// intervals: networks linearised about their start with zero targets, with their targets, and trained.
    pub fn width_plot(&self) -> Figure {
        let kinds: [(&str, Shape, fn(&EnsemblePoint) -> Option<&VarianceEstimate>); 3] = [
            ("linearised, zero targets", Shape::Ring, |e| Some(&e.linear_zero)),
            ("linearised", Shape::Square, |e| Some(&e.linear)),
            ("trained", Shape::Circle, |e| e.trained.as_ref()),
        ];
        let mut panels: Vec<Panel> = Vec::new();
        let narrowest = self.ensembles.iter().map(|e| e.width).min();
        for first in self.ensembles.iter().filter(|e| Some(e.width) == narrowest) {
            let named = panels.is_empty();
            let place = |e: &EnsemblePoint| (e.sigma_w2, e.sigma_b2, e.depth, e.cosine);
            let own: Vec<&EnsemblePoint> =
                self.ensembles.iter().filter(|e| place(e) == place(first)).collect();
            let title = format!(
                "σ_{{w}}^{{2}} = {}, σ_{{b}}^{{2}} = {}, H = {}",
                first.sigma_w2, first.sigma_b2, first.depth
            );
            let mut panel = Panel::new(title).x(Axis::log10("width M")).y(Axis::log10("Var f"));
            for (colour, (text, shape, kind)) in kinds.iter().enumerate() {
                let found: Vec<(f64, &VarianceEstimate)> =
                    own.iter().filter_map(|e| Some((e.width as f64, kind(e)?))).collect();
                let column = |value: fn(&VarianceEstimate) -> f64| {
                    found.iter().map(|(_, v)| value(v)).collect::<Vec<_>>()
                };
                // Beside each other, so that their bars can be told apart.
                let x = found
                    .iter()
                    .map(|(width, _)| width * 1.08f64.powi(colour as i32 - 1))
                    .collect::<Vec<f64>>();
                panel = panel.series(
                    Series::points(if named { *text } else { "" }, x, column(|v| v.variance))
                        .error_bars(column(|v| v.interval[0]), column(|v| v.interval[1]))
                        .colour(colour)
                        .shape(*shape)
                        .size(0.7),
                );
            }
            if let Some(expected) = first.linear.expected_variance.filter(|v| *v > 0.0) {
                let name = if named { "M = ∞" } else { "" };
                panel = panel.series(Series::horizontal(name, expected));
            }
            panels.push(panel);
        }
        let count = panels.len();
        grid(panels, count)
    }
}

/// Panels in rows of three at most, as high as the rows need.
fn grid(panels: Vec<Panel>, columns: usize) -> Figure {
    let columns = columns.clamp(1, COLUMNS);
    let rows = panels.len().div_ceil(columns);
    let figure = Figure::grid(panels, columns);
    if rows > 2 { figure.aspect(0.32 * rows as f64) } else { figure }
}

/// Networks of one colour: the infinite-width value at their time, then marks with intervals.
fn marks(networks: &[&EnsemblePoint], colour: usize, named: bool) -> Vec<Series> {
    let kinds: [(&str, Shape, fn(&EnsemblePoint) -> Option<&VarianceEstimate>); 2] = [
        ("networks, linearised", Shape::Ring, |e| Some(&e.linear)),
        ("networks, trained", Shape::Circle, |e| e.trained.as_ref()),
    ];
    let mut all = Vec::new();
    let expected: Vec<(f64, f64)> =
        networks.iter().filter_map(|e| Some((e.sigma_w2, e.linear.expected_variance?))).collect();
    let name = |text: &str| if named && colour == 0 { text.to_string() } else { String::new() };
    if expected.len() > 1 {
        let (x, y): (Vec<f64>, Vec<f64>) = expected.into_iter().unzip();
        all.push(Series::line(name("M = ∞, same time"), x, y).colour(colour).dash(Dash::Dotted));
    }
    for (text, shape, kind) in kinds {
        let own: Vec<(f64, &VarianceEstimate)> =
            networks.iter().filter_map(|e| Some((e.sigma_w2, kind(e)?))).collect();
        if own.is_empty() {
            continue;
        }
        let column =
            |value: fn(&VarianceEstimate) -> f64| own.iter().map(|(_, v)| value(v)).collect::<Vec<_>>();
        let x: Vec<f64> = own.iter().map(|(x, _)| *x).collect();
        all.push(
            Series::points(name(text), x, column(|v| v.variance))
                .error_bars(column(|v| v.interval[0]), column(|v| v.interval[1]))
                .colour(colour)
                .shape(shape)
                .size(0.7),
        );
    }
    all
}
