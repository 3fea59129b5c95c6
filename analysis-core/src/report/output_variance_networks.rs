//! The variance of trained networks: figures of theory and networks against σ_w² and width.

use super::labels::{self, SIGMA_W2, sigmas};
use super::output_variance::{axis, grid};
use super::{Axis, Colour, Dash, Figure, Panel, Series, Shape};
use crate::experiment::{EnsemblePoint, OutputVarianceResult, VarianceEstimate, VariancePoint};

impl OutputVarianceResult {
    /// Var f against σ_w², a panel a σ_b², depth and width (where there are networks); the edge of chaos dashed. Lines are
    /// infinite width: q̄ at the start grey, theorem 3 for t → ∞ coloured, a colour a cosine. Crosses: the exact expression (of
    /// images), and upright ones the value at the networks' time where it is not that of t → ∞. Marks with intervals are
    /// networks: linearised about their start with zero targets and with theirs, trained, and linearised for t → ∞ where that is not where
    /// they are at their time.
    pub fn variance_plot(&self) -> Figure {
        let p = &self.parameters;
        let widths = p.networks.as_ref().map_or(vec![None], |n| n.widths.iter().map(|m| Some(*m)).collect());
        let mut places = Vec::new();
        for &sigma_b2 in &p.sigma_b2 {
            for &depth in &p.depths {
                places.extend(widths.iter().map(|width| (sigma_b2, depth, *width)));
            }
        }
        let single = places.len() == 1;
        let mut panels = Vec::new();
        for (sigma_b2, depth, width) in places {
            // Theory in the first legend, networks in the second: one legend of all covers too much.
            let names = [panels.is_empty(), single || panels.len() == 1];
            panels.extend(self.panel_with(sigma_b2, depth, width, names));
        }
        // One axis for panels that are compared.
        let drawn = |series: &Series| series.y.iter().chain(&series.lower).copied().collect::<Vec<f64>>();
        let all: Vec<f64> = panels.iter().flat_map(|panel| &panel.series).flat_map(drawn).collect();
        let together = match all.iter().all(|v| *v > 0.0) {
            true => axis("Var f", all.into_iter()),
            false => Axis::linear("Var f"),
        };
        panels.iter_mut().for_each(|panel| panel.y = together.clone());
        let count = panels.len();
        let images = match (&p.images, self.cosines().first()) {
            (Some(images), Some(cosine)) => format!(", {}, {}", images.source, self.cosine_label(*cosine)),
            _ => String::new(),
        };
        let targets = match self.ensembles.is_empty() {
            true => String::new(),
            false => format!("; {}", self.targets_shown()),
        };
        grid(panels, count)
            .share_y()
            .title(format!("{}, S = {}{images}{targets}", p.activation, p.samples))
            .caption(format!(
                "Variance over initialisations of the output against {SIGMA_W2}. Lines: infinite width, at the start (grey) and \
                 after training to t → ∞ by theorem 3.{}{}",
                if p.images.is_some() { " Crosses: the exact expression for these images." } else { "" },
                self.networks_caption()
            ))
    }

    /// What marks are, where there are networks.
    fn networks_caption(&self) -> String {
        let Some(networks) = self.parameters.networks.as_ref().filter(|_| !self.ensembles.is_empty()) else {
            return String::new();
        };
        format!(
            " Marks: {} networks each, linearised about their start with zero targets and with their targets, and trained, at the \
             flow time {}/λ_{{1}}; diamonds: linearised, t → ∞, where that is another variance. Bars: {} % intervals \
             (jackknife over networks). {}",
            networks.count,
            networks.time,
            100.0 * self.parameters.level,
            self.targets_note()
        )
    }

    /// One panel of [`OutputVarianceResult::variance_plot`], with a legend of everything; none where this shard of the grid has
    /// no points.
    pub fn variance_panel(&self, sigma_b2: f64, depth: usize, width: Option<usize>) -> Option<Panel> {
        self.panel_with(sigma_b2, depth, width, [true; 2])
    }

    /// `names`: whether theory and networks have names in the legend.
    fn panel_with(
        &self,
        sigma_b2: f64,
        depth: usize,
        width: Option<usize>,
        [named, networks_named]: [bool; 2],
    ) -> Option<Panel> {
        let mut title = format!("H = {depth}, {}", labels::sigma_b2(sigma_b2));
        if let Some(width) = width {
            title = format!("M = {width}, {title}");
        }
        let name = |text: String| if named { text } else { String::new() };
        let mut panel = Panel::new(title).x(Axis::linear(SIGMA_W2));
        let mut all = Vec::new();
        let mut add = |panel: Panel, series: Series| {
            all.extend(&series.y);
            panel.series(series)
        };
        let cosines = self.cosines();
        for (colour, &cosine) in cosines.iter().enumerate() {
            let own: Vec<&VariancePoint> = self
                .points
                .iter()
                .filter(|p| (p.sigma_b2, p.kernel.depth, p.cosine) == (sigma_b2, depth, cosine))
                .collect();
            let Some(curve) = self.curve(sigma_b2, depth, cosine) else { continue };
            if colour == 0 {
                let start = Series::line(name("at the start".into()), &curve.sigma_w2, &curve.start);
                panel = add(panel, start.colour(Colour::Grey).dash(Dash::Dashed));
            }
            let formula = match &self.parameters.images {
                Some(_) => name("theorem 3".into()),
                None => name(format!("theorem 3, {}", self.cosine_label(cosine))),
            };
            let formula = Series::line(formula, &curve.sigma_w2, &curve.formula);
            panel = add(panel, formula.colour(colour));
            let exact: Vec<(f64, f64)> = own.iter().filter_map(|p| Some((p.sigma_w2, p.exact?))).collect();
            if self.parameters.images.is_some() && !exact.is_empty() {
                let (x, y): (Vec<f64>, Vec<f64>) = exact.into_iter().unzip();
                let series = Series::points(name("exact".into()), x, y).shape(Shape::Cross);
                panel = add(panel, series.colour(Colour::Ink));
            }
            let networks: Vec<&EnsemblePoint> = self
                .ensembles
                .iter()
                .filter(|e| (e.sigma_b2, e.depth, e.cosine) == (sigma_b2, depth, cosine))
                .filter(|e| Some(e.width) == width)
                .collect();
            let colours = if cosines.len() == 1 { [1, 2, 3, 4] } else { [colour; 4] };
            for series in marks(&networks, &own, colours, networks_named && colour == 0) {
                panel = add(panel, series);
            }
        }
        if all.is_empty() {
            return None;
        }
        let edge = |at| Series::vertical(name("χ_{1} = 1".into()), at);
        panel = panel.edge_line(&self.edge(), sigma_b2, &self.parameters.sigma_w2, edge);
        Some(panel.y(axis("Var f", all.into_iter())))
    }

    /// Var f against the width M, a panel a (σ_w², σ_b²), depth and cosine; the value at infinite width dashed. Marks with
    /// intervals: networks linearised about their start with zero targets, with their targets, trained, and linearised for t → ∞
    /// where that is not where they are at their time.
    pub fn width_plot(&self) -> Figure {
        let mut panels: Vec<Panel> = Vec::new();
        let narrowest = self.ensembles.iter().map(|e| e.width).min();
        for first in self.ensembles.iter().filter(|e| Some(e.width) == narrowest) {
            let named = panels.is_empty();
            let place = |e: &EnsemblePoint| (e.sigma_w2, e.sigma_b2, e.depth, e.cosine);
            let own: Vec<&EnsemblePoint> =
                self.ensembles.iter().filter(|e| place(e) == place(first)).collect();
            let title = format!("{}, H = {}", sigmas(first.sigma_w2, first.sigma_b2), first.depth);
            // Named where the networks are.
            let widths = own.iter().map(|e| e.width as f64);
            let x = Axis::log10("width M").ticks(widths.clone());
            // Room for the marks beside the first and the last width.
            let (low, high) =
                widths.fold((f64::INFINITY, 0.0f64), |(low, high), m| (m.min(low), m.max(high)));
            let x = x.limits(low / 1.3, high * 1.3);
            let mut panel = Panel::new(title).x(x).y(Axis::log10("Var f"));
            for (colour, (text, shape, kind)) in KINDS.into_iter().enumerate() {
                // An estimate that underflows has no place on a logarithmic axis.
                let found = own.iter().filter_map(|e| Some((e.width as f64, kind(e)?)));
                let found = found
                    .filter(|(_, v)| v.variance > 0.0 && v.interval[0] > 0.0 && v.interval[1].is_finite());
                let (widths, values): (Vec<f64>, Vec<&VarianceEstimate>) = found.unzip();
                // Beside each other, so that their bars can be told apart.
                if widths.is_empty() {
                    continue;
                }
                let name = if named { text } else { "" };
                let series = estimates(name, widths, &values, colour + 1, shape);
                panel = panel.series(series.beside(colour, KINDS.len()));
            }
            if let Some(expected) = first.linear.expected_variance.filter(|v| *v > 0.0) {
                let name = if named { "M = ∞" } else { "" };
                panel = panel.series(Series::horizontal(name, expected));
            }
            if named {
                // The names fill half of a panel of three.
                let drawn = panel.series.iter().flat_map(|series| &series.y).copied();
                let (low, high) =
                    drawn.fold((f64::INFINITY, 0.0), |(low, high), y| (y.min(low), y.max(high)));
                let top = high * (high / low).powf(1.8);
                panel.y = if top.is_finite() { panel.y.to(top) } else { panel.y };
            }
            panels.push(panel);
        }
        let (count, p) = (panels.len(), &self.parameters);
        grid(panels, count)
            .title(format!("{}, S = {}; {}", p.activation, p.samples, self.targets_shown()))
            .caption(format!(
                "Variance over initialisations of the output against the width M; dashed: infinite width, at the same time. The \
                 panels have axes of their own.{}",
                self.networks_caption()
            ))
    }
}

/// What is drawn of networks, in the order of their colours and shapes.
type Kind = (&'static str, Shape, fn(&EnsemblePoint) -> Option<&VarianceEstimate>);

const KINDS: [Kind; 4] = [
    ("linearised, zero targets", Shape::Ring, |e| Some(&e.linear_zero)),
    ("linearised", Shape::Square, |e| Some(&e.linear)),
    ("trained", Shape::Circle, |e| e.trained.as_ref()),
    ("linearised, t → ∞", Shape::Diamond, unfinished_limit),
];

/// Where the linearised network is not at its end when training stops, what it would come to: trained networks drift, and may
/// be nearer to that than to the linearised network at the same time.
fn unfinished_limit(e: &EnsemblePoint) -> Option<&VarianceEstimate> {
    e.linear_limit.as_ref().filter(|limit| (limit.variance / e.linear.variance - 1.0).abs() > 0.02)
}

/// Marks with intervals at `x`.
fn estimates(label: &str, x: Vec<f64>, values: &[&VarianceEstimate], colour: usize, shape: Shape) -> Series {
    let column = |value: fn(&VarianceEstimate) -> f64| values.iter().map(|v| value(v)).collect::<Vec<f64>>();
    Series::points(label, x, column(|v| v.variance))
        .error_bars(column(|v| v.interval[0]), column(|v| v.interval[1]))
        .colour(colour)
        .shape(shape)
        .size(0.7)
}

/// Networks against σ_w²: the value at infinite width at their time where it is another than at t → ∞, then their marks.
fn marks(
    networks: &[&EnsemblePoint],
    own: &[&VariancePoint],
    colours: [usize; 4],
    named: bool,
) -> Vec<Series> {
    let name = |text: &str| if named { text.to_string() } else { String::new() };
    let limit = |e: &EnsemblePoint| {
        let point = own.iter().find(|p| p.sigma_w2 == e.sigma_w2)?;
        Some(point.exact.unwrap_or(point.formula))
    };
    let unfinished = networks.iter().filter_map(|e| {
        let (now, then) = (e.linear.expected_variance?, limit(e)?);
        ((now / then - 1.0).abs() > 0.02).then_some((e.sigma_w2, now))
    });
    let (x, y): (Vec<f64>, Vec<f64>) = unfinished.unzip();
    let mut all = Vec::new();
    if !x.is_empty() {
        all.push(Series::points(name("M = ∞, same time"), x, y).shape(Shape::Plus).colour(Colour::Ink));
    }
    let finite = |(_, v): &(f64, &VarianceEstimate)| v.variance.is_finite() && v.interval[1].is_finite();
    for (place, ((text, shape, kind), colour)) in KINDS.into_iter().zip(colours).enumerate() {
        let found: Vec<(f64, &VarianceEstimate)> =
            networks.iter().filter_map(|e| Some((e.sigma_w2, kind(e)?))).filter(finite).collect();
        if !found.is_empty() {
            let (mut x, values): (Vec<f64>, Vec<&VarianceEstimate>) = found.into_iter().unzip();
            // Beside each other, so that their bars can be told apart.
            let aside = 0.012 * (x[x.len() - 1] - x[0]);
            x.iter_mut().for_each(|x| *x += aside * (place as f64 - 1.0));
            all.push(estimates(&name(text), x, &values, colour, shape));
        }
    }
    all
}
