//! Phase planes of trained networks: one heat map a width and depth (paper 2, Figs 3, 4, 8 to 11).

use std::collections::BTreeSet;

use super::labels::{SIGMA_B2, SIGMA_W2};
use super::plane::Plane;
use super::{ColourMap, Figure, HeatMap, Legend, Panel};
use crate::error::Result;
use crate::experiment::{DriftCell, DriftResult};

/// What a plane shows.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    /// ‖Θ_t − Θ₀‖/‖Θ₀‖ after so many steps, or at the end.
    Drift(Option<usize>),
    SmallestLoss,
}

impl DriftResult {
    /// ‖Θ_t − Θ₀‖_F/‖Θ₀‖_F over (σ_w², σ_b²) after `step` steps (where training ended earlier, at its end), or at the end; a
    /// panel a width and depth, the mean over the networks that have one by then. The edge of chaos of mean-field
    /// theory is dashed; small crosses are cells of which some networks diverged, failed or were cut off. A cell whose networks
    /// all did, or whose mean is exactly 0, stays white with a cross; the text under the panel says why.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::error::Error::Shape) where the grid is not whole (a shard of it).
    pub fn plane_plot(&self, step: Option<usize>) -> Result<Figure> {
        let ended = |step: &usize| self.cells.iter().any(|cell| cell.steps < *step);
        let when = match step {
            None => self.end(),
            Some(step) if ended(&step) => format!("after {step} steps, or at the end of training before"),
            Some(step) => format!("after {step} steps"),
        };
        self.planes(Shown::Drift(step), &format!(", {when}"))
    }

    /// The same after each of these numbers of steps: a row a number, a column a width and depth, one colour bar.
    ///
    /// # Errors
    /// As [`DriftResult::plane_plot`].
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::{experiment::DriftResult, report::Report};
    /// let planes = DriftResult::read("drift-relu.json")?;
    /// planes.planes_in_time_plot(&[10, 100, 1000, 10_000])?; // Figs 8 and 9
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn planes_in_time_plot(&self, steps: &[usize]) -> Result<Figure> {
        let p = &self.parameters;
        // One width is named once, above all panels: these stand close together.
        let (named, of_width): (String, fn(usize) -> String) = match p.widths[..] {
            [width] => (format!(", M = {width}"), |_| String::new()),
            _ => (String::new(), |width| format!("M = {width}, ")),
        };
        let mut panels = Vec::new();
        for &step in steps {
            let title = |width, depth| format!("{}H = {depth}, step {step}", of_width(width));
            panels.extend(self.row_of_planes(Shown::Drift(Some(step)), title)?);
        }
        let columns = p.widths.len() * p.depths.len();
        let caption = "Relative change of the kernel in the course of training";
        let ended = "a network whose training ended before is shown at its end";
        Ok(self.of_planes(panels, columns, &format!("{named}; {ended}"), caption).share_x())
    }

    /// The smallest loss of training over (σ_w², σ_b²), as [`DriftResult::plane_plot`]. On images of ten classes white is 0.09,
    /// the loss of the mean class (0.1 · 0.9 for equally frequent ones): what is red never got there, what is blue went below,
    /// the darkest blue to a tenth of it or less.
    ///
    /// # Errors
    /// As [`DriftResult::plane_plot`].
    pub fn smallest_loss_plot(&self) -> Result<Figure> {
        self.planes(Shown::SmallestLoss, "")
    }

    /// `what`: what the title says after the activation.
    fn planes(&self, shown: Shown, what: &str) -> Result<Figure> {
        let caption = match shown {
            Shown::Drift(_) => "Relative change of the kernel",
            Shown::SmallestLoss => "The smallest loss of training",
        };
        let columns = self.parameters.depths.len().clamp(1, 4);
        let title = |width, depth| format!("M = {width}, H = {depth}");
        Ok(self.of_planes(self.row_of_planes(shown, title)?, columns, what, caption))
    }

    /// A panel a width and depth, with its title.
    fn row_of_planes(&self, shown: Shown, title: impl Fn(usize, usize) -> String) -> Result<Vec<Panel>> {
        let p = &self.parameters;
        let places = p.widths.iter().flat_map(|width| p.depths.iter().map(move |depth| (*width, *depth)));
        places.map(|(width, depth)| self.plane(width, depth, shown, &title(width, depth))).collect()
    }

    /// The figure of such panels.
    fn of_planes(&self, panels: Vec<Panel>, columns: usize, what: &str, caption: &str) -> Figure {
        let marked = |panel: &Panel| panel.series.iter().any(|series| series.label == SOME_WITHOUT);
        let marks = if panels.iter().any(marked) {
            "; small ×: a network diverged, failed or was cut off"
        } else {
            ""
        };
        let p = &self.parameters;
        let title = format!("{}{what}; dashed: χ_{{1}} = 1{marks}", p.activation);
        let caption =
            format!("{caption} over ({SIGMA_W2}, {SIGMA_B2}), mean over {} networks a cell.", p.trials);
        let figure = Figure::grid(panels, columns).share_y().share_colours().title(title);
        figure.caption(format!("{caption} Dashed: the edge of chaos, χ_{{1}} = 1.{marks}"))
    }

    /// One panel of them.
    fn plane(&self, width: usize, depth: usize, shown: Shown, title: &str) -> Result<Panel> {
        let p = &self.parameters;
        let (mut why, mut partly) = (BTreeSet::new(), Vec::new());
        let plane = Plane::of_sigmas(&p.sigma_w2, &p.sigma_b2, |sigma_w2, sigma_b2| {
            let cells = self.networks(width, depth, sigma_w2, sigma_b2);
            let value = mean(&self.shown(&cells, shown));
            // The logarithm of 0 has no colour.
            let drawn = value.filter(|value| *value > 0.0);
            if drawn.is_none() {
                let without = cells.iter().filter(|cell| self.shown(&[cell], shown).is_empty());
                why.extend(without.map(|cell| match cell.ending.is_training() {
                    true => "not a number".to_string(),
                    false => cell.ending.to_string(),
                }));
                why.extend(value.map(|_| "exactly 0".to_string()));
            } else if cells.iter().any(|cell| !cell.ending.is_training()) {
                partly.push((sigma_w2, sigma_b2));
            }
            (!cells.is_empty()).then_some(drawn)
        });
        let why = why.into_iter().collect::<Vec<_>>().join(" or ");
        let published = self.own_data.is_none();
        let look = |heat: HeatMap| match shown {
            Shown::Drift(_) => heat.without(why).label(DRIFT).log10().limits(0.01, 1.0),
            Shown::SmallestLoss if published => heat
                .without(why)
                .label("smallest loss (white: 0.09)")
                .log10()
                .limits(LEARNT, UNLEARNT)
                .colours(ColourMap::BlueRed),
            Shown::SmallestLoss => heat.without(why).label("smallest loss").log10().limits(1e-3, 1.0),
        };
        let what = format!("the grid at M = {width}, H = {depth} (a shard? merge them)");
        let panel = plane.panel(title, &what, look)?;
        // A legend would cover cells; the title says what the dashes are.
        let panel = panel.legend(Legend::Off).edge_curve(&self.edge_curve());
        Ok(panel.crosses(SOME_WITHOUT, &partly))
    }

    /// What is shown of each of the networks that have it: those that diverged, or died, have no change of the kernel.
    pub(super) fn shown(&self, cells: &[&DriftCell], shown: Shown) -> Vec<f64> {
        let of = |cell: &&DriftCell| match shown {
            // A network out of range before its first step has no loss.
            Shown::SmallestLoss => Some(cell.smallest_loss).filter(|loss| *loss < f64::MAX),
            Shown::Drift(step) => {
                let look = step.map_or(cell.end(), |step| cell.at(step));
                look.map(|look| look.change(self.parameters.kernel).drift)
            }
        };
        cells.iter().filter_map(of).filter(|value| value.is_finite()).collect()
    }
}

/// Cells that have a value although a network's training is none.
const SOME_WITHOUT: &str = "a network diverged, failed or was cut off";

/// A tenth of 0.1 · 0.9, the loss of a network that has learnt how frequent ten equally frequent classes are, and nothing else …
const LEARNT: f64 = 0.009;

/// … and ten times it: between the two is white.
const UNLEARNT: f64 = 0.9;

pub(super) const DRIFT: &str = "‖Θ_{t} − Θ_{0}‖ / ‖Θ_{0}‖";

/// None of no values.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
