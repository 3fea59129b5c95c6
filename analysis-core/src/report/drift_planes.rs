//! Phase planes of trained networks: one heat map a width and depth (paper 2, Figs 3, 4, 8 to 11).

use std::collections::BTreeSet;

use ndarray::Array2;

use super::labels::{SIGMA_B2, SIGMA_W2};
use super::{Axis, Colour, Dash, Figure, HeatMap, Legend, Panel, Series, Shape};
use crate::error::{Error, Result};
use crate::experiment::{DriftCell, DriftResult};
use crate::kernel::edge_of_chaos;

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
    /// theory is dashed; small crosses are cells of which some networks diverged or failed. A cell whose networks
    /// all did, or whose mean is exactly 0, stays white with a cross; the text under the panel says why.
    ///
    /// # Errors
    /// [`Error::Shape`] where the grid is not whole (a shard of it).
    pub fn plane_plot(&self, step: Option<usize>) -> Result<Figure> {
        let ended = |step: &usize| self.cells.iter().any(|cell| cell.steps < *step);
        let when = match step {
            None => self.end(),
            Some(step) if ended(&step) => format!("after {step} steps, or at the end of training before"),
            Some(step) => format!("after {step} steps"),
        };
        self.planes(Shown::Drift(step), &format!(", {when}"))
    }

    /// The smallest loss of training over (σ_w², σ_b²), as [`DriftResult::plane_plot`].
    ///
    /// # Errors
    /// As [`DriftResult::plane_plot`].
    pub fn smallest_loss_plot(&self) -> Result<Figure> {
        self.planes(Shown::SmallestLoss, "")
    }

    /// `what`: what the title says after the activation.
    fn planes(&self, shown: Shown, what: &str) -> Result<Figure> {
        let p = &self.parameters;
        let mut panels = Vec::new();
        for &width in &p.widths {
            for &depth in &p.depths {
                panels.push(self.plane(width, depth, shown)?);
            }
        }
        let marked = |panel: &Panel| panel.series.iter().any(|series| series.label == SOME_WITHOUT);
        let marks = if panels.iter().any(marked) { "; small ×: a network diverged or failed" } else { "" };
        let title = format!("{}{what}; dashed: χ_{{1}} = 1{marks}", self.parameters.activation);
        Ok(Figure::grid(panels, p.depths.len().clamp(1, 4)).share_y().title(title))
    }

    /// One panel of them.
    fn plane(&self, width: usize, depth: usize, shown: Shown) -> Result<Panel> {
        let p = &self.parameters;
        let mut values = Vec::new();
        let mut why = BTreeSet::new();
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for &sigma_b2 in &p.sigma_b2 {
            for &sigma_w2 in &p.sigma_w2 {
                let cells = self.networks(width, depth, sigma_w2, sigma_b2);
                let found = self.shown(&cells, shown);
                let value = mean(&found);
                // The logarithm of 0 has no colour.
                let drawn = value.filter(|value| *value > 0.0);
                let without = cells.iter().filter(|cell| self.shown(&[cell], shown).is_empty());
                let reason = |cell: &&DriftCell| match cell.ending.is_training() {
                    true => "not a number".to_string(),
                    false => cell.ending.to_string(),
                };
                let reasons: BTreeSet<String> = without.map(reason).collect();
                if drawn.is_some() && cells.iter().any(|cell| !cell.ending.is_training()) {
                    x.push(sigma_w2);
                    y.push(sigma_b2);
                }
                if !cells.is_empty() {
                    values.push(drawn);
                    if drawn.is_none() {
                        why.extend(reasons);
                        why.extend(value.map(|_| "exactly 0".to_string()));
                    }
                }
            }
        }
        let (shape, count) = ((p.sigma_b2.len(), p.sigma_w2.len()), values.len());
        let values = Array2::from_shape_vec(shape, values).map_err(|_| Error::Shape {
            what: format!("the grid at M = {width}, H = {depth} (a shard? merge them)"),
            expected: format!("{} cells", shape.0 * shape.1),
            found: format!("{count}"),
        })?;
        let why = why.into_iter().collect::<Vec<_>>().join(" or ");
        let heat = HeatMap::with_gaps(&p.sigma_w2, &p.sigma_b2, values.view())?.without(why);
        let heat = match shown {
            Shown::Drift(_) => heat.label(DRIFT).log10().limits(0.01, 1.0),
            Shown::SmallestLoss => heat.label("smallest loss").log10().limits(1e-3, 1.0),
        };
        let mut panel = Panel::new(format!("M = {width}, H = {depth}"))
            .x(Axis::linear(SIGMA_W2))
            .y(Axis::linear(SIGMA_B2))
            // It would cover cells; the title says what the dashes are.
            .legend(Legend::Off)
            .heat(heat);
        let edge = self.edge();
        if edge.len() > 1 {
            let (x, y): (Vec<f64>, Vec<f64>) = edge.into_iter().unzip();
            let line = Series::line("χ_{1} = 1", x, y).colour(Colour::Ink).dash(Dash::Dashed);
            panel = panel.series(line);
        }
        if !x.is_empty() {
            panel = panel
                .series(Series::points(SOME_WITHOUT, x, y).colour(Colour::Ink).shape(Shape::Cross).size(0.5));
        }
        Ok(panel)
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

    /// The edge of chaos within the grid, (σ_w², σ_b²).
    fn edge(&self) -> Vec<(f64, f64)> {
        let p = &self.parameters;
        let (low, high) = (p.sigma_w2[0], p.sigma_w2[p.sigma_w2.len() - 1]);
        let (first, last) = (p.sigma_b2[0], p.sigma_b2[p.sigma_b2.len() - 1]);
        // To the planes' edges: half a cell beyond the outer centres.
        let half = if p.sigma_b2.len() > 1 { 0.5 * (p.sigma_b2[1] - first) } else { 0.0 };
        let (first, last) = ((first - half).max(0.0), last + half);
        let at = |k: i32| {
            let sigma_b2 = first + (last - first) * f64::from(k) / 40.0;
            let edge = edge_of_chaos(&p.activation, sigma_b2).ok()?;
            (low..=high).contains(&edge.sigma_w2).then_some((edge.sigma_w2, sigma_b2))
        };
        (0..=40).filter_map(at).collect()
    }
}

/// Cells that have a value although a network's training is none.
const SOME_WITHOUT: &str = "a network diverged or failed";

pub(super) const DRIFT: &str = "‖Θ_{t} − Θ_{0}‖ / ‖Θ_{0}‖";

/// None of no values.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
