//! The kernel in training as curves: across the edge of chaos, over time, over the spectrum, against the linearised network.

use super::drift_planes::{DRIFT, Shown, mean};
use super::labels::{self, SIGMA_B2, SIGMA_W2, sigmas};
use super::{Axis, Colour, Dash, Figure, Legend, Panel, Series, Shape};
use crate::error::Result;
use crate::experiment::{DriftCell, DriftLook, DriftResult, paper_readings};
use crate::regression::MeanSd;

const STEPS: &str = "gradient steps";

/// What a figure shows of a look.
type Of<'a, T> = &'a dyn Fn(&DriftLook) -> T;

impl DriftResult {
    /// ‖Θ_t − Θ₀‖_F/‖Θ₀‖_F at the end of training against σ_w², a colour a depth, a panel a width and σ_b²; bars are the
    /// standard deviation over networks; those that diverged are left out. The edge of chaos is dashed.
    ///
    /// # Errors
    /// [`Error::NotFinite`](crate::error::Error::NotFinite) for a drift that is no number.
    pub fn transition_plot(&self) -> Result<Figure> {
        let p = &self.parameters;
        let mut panels = Vec::new();
        for &width in &p.widths {
            for &sigma_b2 in &p.sigma_b2 {
                panels.push(self.transition_panel(width, sigma_b2)?);
            }
        }
        let columns = panels.len().clamp(1, 3);
        Ok(Figure::grid(panels, columns).caption(format!(
            "How far the kernel has moved at the end of training, relative to the start, against {SIGMA_W2}: mean over {} networks a cell, \
             bars: their standard deviation. Dashed: the edge of chaos, χ_{{1}} = 1.",
            p.trials
        )))
    }

    /// One panel of [`DriftResult::transition_plot`].
    ///
    /// # Errors
    /// As [`DriftResult::transition_plot`].
    pub fn transition_panel(&self, width: usize, sigma_b2: f64) -> Result<Panel> {
        let p = &self.parameters;
        let title = format!("{}, M = {width}, {}", p.activation, labels::sigma_b2(sigma_b2));
        let mut panel = Panel::new(title).x(Axis::linear(SIGMA_W2)).y(Axis::linear(DRIFT).from(0.0));
        for (colour, &depth) in p.depths.iter().enumerate() {
            let (mut x, mut y, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for &sigma_w2 in &p.sigma_w2 {
                let cells = self.networks(width, depth, sigma_w2, sigma_b2);
                let drifts = self.shown(&cells, Shown::Drift(None));
                let Some(mean) = mean(&drifts) else { continue };
                let sd = if drifts.len() > 1 { MeanSd::of(&drifts)?.sd } else { 0.0 };
                x.push(sigma_w2);
                y.push(mean);
                low.push((mean - sd).max(0.0));
                high.push(mean + sd);
            }
            if x.is_empty() {
                continue;
            }
            let mut series = Series::line_points(format!("H = {depth}"), x, y).colour(colour).size(0.8);
            if p.trials > 1 {
                series = series.error_bars(low, high);
            }
            panel = panel.series(series);
        }
        Ok(panel.edge_line(&self.edge(), sigma_b2, &p.sigma_w2, |at| {
            Series::vertical("χ_{1} = 1", at).dash(Dash::Dashed).size(1.0)
        }))
    }

    /// ‖Θ_t − Θ₀‖_F/‖Θ₀‖_F at the end of training against σ_b² at one σ_w², a colour a depth, every network a mark; networks
    /// without an end are left out. The median over σ_b² that the paper's heat map shows there
    /// ([`paper_readings`](crate::experiment::paper_readings)) is dashed.
    pub fn bias_panel(&self, width: usize, sigma_w2: f64) -> Panel {
        let p = &self.parameters;
        let title = format!("{}, M = {width}, {}", p.activation, labels::sigma_w2(sigma_w2));
        let mut panel = Panel::new(title).x(Axis::linear(SIGMA_B2)).y(Axis::linear(DRIFT).from(0.0));
        for (colour, &depth) in p.depths.iter().enumerate() {
            let own = |c: &&DriftCell| (c.width, c.depth, c.sigma_w2) == (width, depth, sigma_w2);
            let ends = self.cells.iter().filter(own).filter_map(|c| Some((c.sigma_b2, c.end()?)));
            let (x, y): (Vec<f64>, Vec<f64>) =
                ends.map(|(sigma_b2, end)| (sigma_b2, end.change(p.kernel).drift)).unzip();
            if !x.is_empty() {
                panel = panel.series(Series::points(format!("H = {depth}"), x, y).colour(colour).size(0.8));
            }
            let readings = paper_readings(&p.activation);
            let read = readings.iter().find(|r| (r.depth, r.sigma_w2) == (depth, sigma_w2));
            if let (Some(read), [first, .., last]) = (read, &p.sigma_b2[..]) {
                let line = Series::line("", [*first, *last], [read.drift, read.drift]);
                panel = panel.series(line.colour(colour).dash(Dash::Dashed));
            }
        }
        panel
    }

    /// Loss, drift and 1 − alignment of Θ_t with Θ₀ against the step, a colour a σ_w² of `sigma_w2`, every network a line.
    pub fn time_plot(&self, width: usize, depth: usize, sigma_b2: f64, sigma_w2: &[f64]) -> Figure {
        let form = self.parameters.kernel;
        let quantities: [(&str, Of<f64>); 3] = [
            ("loss", &|look| look.loss),
            (DRIFT, &|look| look.change(form).drift),
            ("1 − alignment", &|look| 1.0 - look.change(form).alignment),
        ];
        let mut legend = Legend::Best;
        let panels = quantities.map(|(name, value)| {
            // One legend serves all three.
            let legend = std::mem::replace(&mut legend, Legend::Off);
            let mut panel = Panel::new("").x(Axis::log10(STEPS)).y(Axis::log10(name)).legend(legend);
            for (colour, &sigma_w2) in sigma_w2.iter().enumerate() {
                for (place, cell) in self.networks(width, depth, sigma_w2, sigma_b2).into_iter().enumerate() {
                    let label = if place == 0 { labels::sigma_w2(sigma_w2) } else { String::new() };
                    panel = panel.series(over_time(cell, value, label).colour(colour));
                }
            }
            panel
        });
        let figure = Figure::row(panels);
        let figure = figure.title(format!("M = {width}, H = {depth}, {}", labels::sigma_b2(sigma_b2)));
        figure.caption("Loss, relative change of the kernel and 1 − its alignment with the start against the step; a line a network.")
    }

    /// The eigenvalues λ_i of Θ_t/n (summed over outputs) of one network, where they are kept
    /// ([`Drift::spectra`](crate::experiment::Drift::spectra)): at the start and the end, and over their start at every look.
    /// What is negative or zero to rounding is left out.
    pub fn spectrum_plot(&self, cell: &DriftCell) -> Figure {
        let mut values = Panel::new("").x(Axis::log10("i")).y(Axis::log10("λ_{i} of Θ_{t}/n"));
        let mut changes = Panel::new("").x(Axis::log10("i")).y(Axis::linear("λ_{i}(t) / λ_{i}(0)"));
        let start = cell.looks.first().map_or(&[][..], |look| &look.eigenvalues);
        for (place, look) in cell.looks.iter().enumerate() {
            let pairs = look.eigenvalues.iter().zip(start).enumerate();
            let positive = pairs.filter(|(_, (now, start))| drawable(**now) && drawable(**start));
            let points: Vec<(f64, f64, f64)> =
                positive.map(|(i, (now, start))| ((i + 1) as f64, *now, now / start)).collect();
            if points.is_empty() {
                continue;
            }
            let column = |f: fn(&(f64, f64, f64)) -> f64| points.iter().map(f).collect::<Vec<f64>>();
            let label = format!("t = {}", look.step);
            if place == 0 || place + 1 == cell.looks.len() {
                let series = Series::line(&label, column(|p| p.0), column(|p| p.1)).colour(place);
                values = values.series(series);
            }
            if place > 0 {
                changes = changes.series(Series::line(label, column(|p| p.0), column(|p| p.2)).colour(place));
            }
        }
        let DriftCell { width, depth, sigma_w2, sigma_b2, .. } = cell;
        Figure::row([values, changes])
            .title(format!("M = {width}, H = {depth}, {}", sigmas(*sigma_w2, *sigma_b2)))
            .caption("Eigenvalues of the empirical kernel of one network at the start and the end of training, and over their start at steps t.")
    }

    /// RMS |f_t − f_t^lin| over RMS |f_t − f₀| at the end of training against the drift of the full kernel (every pair of
    /// outputs: the one that acts in the descent), a mark a network, a colour a depth: on the training images, and on the test
    /// images where there are some. Equal numbers are dashed.
    pub fn gap_plot(&self) -> Figure {
        let sides: [(&str, Of<Option<f64>>); 2] =
            [("training images", &DriftLook::relative_gap), ("test images", &DriftLook::relative_test_gap)];
        let mut panels = Vec::new();
        for (title, gap) in sides {
            let mut panel = Panel::new(title)
                .x(Axis::log10(format!("{DRIFT}, full kernel")))
                .y(Axis::log10("‖f_{t} − f_{t}^{lin}‖ / ‖f_{t} − f_{0}‖"));
            let mut ends = [f64::INFINITY, 0.0f64];
            for (colour, &depth) in self.parameters.depths.iter().enumerate() {
                let own = self.cells.iter().filter(|cell| cell.depth == depth);
                let pairs = own.filter_map(|cell| {
                    let end = cell.end()?;
                    let drift = end.full.drift;
                    gap(end).filter(|gap| drawable(*gap) && drawable(drift)).map(|gap| (drift, gap))
                });
                let (x, y): (Vec<f64>, Vec<f64>) = pairs.unzip();
                ends = x.iter().fold(ends, |[low, high], v| [low.min(*v), high.max(*v)]);
                if !x.is_empty() {
                    panel =
                        panel.series(Series::points(format!("H = {depth}"), x, y).colour(colour).size(0.6));
                }
            }
            if ends[0] < ends[1] {
                let line = Series::line("", ends, ends).colour(Colour::Grey).dash(Dash::Dashed);
                panels.push(panel.series(line));
            }
        }
        Figure::row(panels).caption(
            "Distance of trained networks from their linearisation over the distance that they moved, against the relative change of the \
             full kernel, at the end of training; a mark a network. Dashed: equal.",
        )
    }

    /// Drift and relative linearisation gap (on the test images, where there are some) at the end of training against the
    /// width, a colour a depth, a mark a network, at one (σ_w², σ_b²); M^{−1/2} is dashed, M^{−1} dotted.
    pub fn width_plot(&self, sigma_w2: f64, sigma_b2: f64) -> Figure {
        let p = &self.parameters;
        // On the training images both functions may have reached the targets.
        let tested = self.cells.iter().flat_map(|c| &c.looks).any(|look| look.test_gap.is_some());
        let gap: Of<Option<f64>> =
            if tested { &DriftLook::relative_test_gap } else { &DriftLook::relative_gap };
        let quantities: [(&str, Of<Option<f64>>); 2] = [
            (DRIFT, &|look| Some(look.change(p.kernel).drift)),
            ("‖f_{t} − f_{t}^{lin}‖ / ‖f_{t} − f_{0}‖", gap),
        ];
        let m: Vec<f64> = p.widths.iter().map(|m| *m as f64).collect();
        let panels = quantities.map(|(name, value)| {
            let mut panel =
                Panel::new("").x(Axis::log10("width M").ticks(m.iter().copied())).y(Axis::log10(name));
            let mut first = 0.0f64;
            for (colour, &depth) in p.depths.iter().enumerate() {
                let (mut x, mut y) = (Vec::new(), Vec::new());
                for &width in &p.widths {
                    for cell in self.networks(width, depth, sigma_w2, sigma_b2) {
                        if let Some(value) = cell.end().and_then(value).filter(|value| drawable(*value)) {
                            x.push(width as f64);
                            y.push(value);
                        }
                    }
                }
                let at_first = x.iter().zip(&y).filter(|(x, _)| **x == p.widths[0] as f64);
                first = at_first.fold(first, |most, (_, y)| most.max(*y));
                if !x.is_empty() {
                    panel =
                        panel.series(Series::points(format!("H = {depth}"), x, y).colour(colour).size(0.7));
                }
            }
            if m.len() > 1 && first > 0.0 {
                for (label, power, dash) in [("M^{−1/2}", -0.5, Dash::Dashed), ("M^{−1}", -1.0, Dash::Dotted)]
                {
                    let guide: Vec<f64> =
                        m.iter().map(|width| 1.3 * first * (width / m[0]).powf(power)).collect();
                    panel = panel.series(Series::line(label, &m, guide).colour(Colour::Grey).dash(dash));
                }
            }
            panel
        });
        let figure = Figure::row(panels).title(format!("{}, {}", p.activation, sigmas(sigma_w2, sigma_b2)));
        figure.caption(
            "Relative change of the kernel and relative distance from the linearised network at the end of training against the width M; a \
             mark a network. Dashed: M^{−1/2}; dotted: M^{−1}.",
        )
    }
}

/// Whether a logarithmic axis has a place for it.
fn drawable(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

/// A quantity of one network over the looks after the start, as far as it is positive.
fn over_time(cell: &DriftCell, value: &dyn Fn(&DriftLook) -> f64, label: String) -> Series {
    let points = cell.looks.iter().filter(|look| look.step > 0 && drawable(value(look)));
    let (x, y): (Vec<f64>, Vec<f64>) = points.map(|look| (look.step as f64, value(look))).unzip();
    Series::line_points(label, x, y).shape(Shape::Automatic).size(0.8)
}
