//! What a grid of trainings consists of.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{Drift, KernelChange, KernelForm, Place};
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::{common, union};
use crate::frame::Frame;
use crate::origin::Origins;
use crate::text::{plain_enum, written};

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The loss no longer fell.
    Plateau,
    /// The last step was taken.
    Steps,
    /// The loss exceeded a million times the larger of where it began and the mean of y², or loss, parameters or kernel left
    /// the range of f64; the last step has no look. At step 0: the network leaves that range before any step, and has no look.
    Diverged,
    /// The training ended by its steps or its plateau and is none: the loss ended above where it began (and above 10⁻¹² of
    /// the mean of y²), or the network died on the way, its outputs no longer depending on the inputs, as they did at the
    /// start (by more than 10⁻⁸ of their size). How far such a kernel is from its start is no drift. The looks are kept.
    Failed,
    /// It had computed [`Drift::most_gradients`] gradients and was not at its end. The looks are kept, the last one where it
    /// stood: a change of the kernel at that step, not at the end.
    Unfinished,
}

plain_enum!(
    Ending,
    "ending",
    Plateau = "plateau",
    Steps = "steps",
    Diverged = "diverged",
    Failed = "failed",
    Unfinished = "unfinished"
);

impl Ending {
    /// Whether the training came to an end that its kernel can be read at.
    pub fn is_training(self) -> bool {
        matches!(self, Ending::Plateau | Ending::Steps)
    }
}

/// What is seen of a network and its kernel at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftLook {
    /// The paper's steps done.
    pub step: usize,
    /// Mean over samples and outputs of (f − y)².
    pub loss: f64,
    /// Θ of every pair of outputs against its start.
    pub full: KernelChange,
    /// Θ summed over outputs.
    pub trace: KernelChange,
    /// Θ of the first output.
    pub one: KernelChange,
    /// ⟨Θ, YYᵀ⟩/(‖Θ‖_F ‖YYᵀ‖_F), Θ summed over outputs.
    pub target_alignment: f64,
    /// λ_1 of Θ/n, Θ (n, n) summed over outputs, as all eigenvalues here.
    pub largest_eigenvalue: f64,
    /// Σ λ_i.
    pub eigenvalue_sum: f64,
    /// (Σ λ_i)²/Σ λ_i²: n where all are equal, 1 where there is one.
    pub effective_rank: f64,
    /// RMS over training images and outputs of f_t − f₀.
    pub moved: f64,
    /// The same over test images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_moved: Option<f64>,
    /// RMS over training images and outputs of f_t − f_t^lin; none where the rate is not below 2/λ_max of Θ₀.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<f64>,
    /// The same over test images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_gap: Option<f64>,
    /// λ_1 ≥ λ_2 ≥ …, where they are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub eigenvalues: Vec<f64>,
}

impl DriftLook {
    /// Whether all its numbers are finite.
    pub(super) fn is_finite(&self) -> bool {
        let changes = [self.full, self.trace, self.one].into_iter().flat_map(|c| [c.drift, c.alignment]);
        let numbers = [
            self.loss,
            self.target_alignment,
            self.largest_eigenvalue,
            self.eigenvalue_sum,
            self.effective_rank,
            self.moved,
        ];
        let known = [self.test_moved, self.gap, self.test_gap].into_iter().flatten();
        numbers.into_iter().chain(changes).chain(known).all(f64::is_finite)
    }

    /// The change of one form of the kernel.
    pub fn change(&self, form: KernelForm) -> KernelChange {
        match form {
            KernelForm::Full => self.full,
            KernelForm::Trace => self.trace,
            KernelForm::One => self.one,
        }
    }

    /// RMS |f_t − f_t^lin| over RMS |f_t − f₀| on the training images; none at the start.
    pub fn relative_gap(&self) -> Option<f64> {
        self.gap.filter(|_| self.moved > 0.0).map(|gap| gap / self.moved)
    }

    /// The same on the test images.
    pub fn relative_test_gap(&self) -> Option<f64> {
        let moved = self.test_moved.filter(|moved| *moved > 0.0)?;
        self.test_gap.map(|gap| gap / moved)
    }
}

/// What a training as gradient flow consisted of.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct FlowSteps {
    /// Steps of the paper's that were taken as they are, …
    pub plain: usize,
    /// … and those of the flow, each of many.
    pub steps: usize,
    /// The most of the paper's that one of them did.
    pub longest: usize,
    /// Tried, and tried again shorter.
    pub refused: usize,
    /// The largest η λ_max of Θ_t/n that was met before a long step; 0 where it was never needed.
    pub sharpest: f64,
    /// The sum of the steps' estimated errors, each as a share of the distance from the start.
    pub error: f64,
}

/// One training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftCell {
    /// H, hidden layers.
    pub depth: usize,
    /// M.
    pub width: usize,
    /// σ_w².
    pub sigma_w2: f64,
    /// σ_b².
    pub sigma_b2: f64,
    /// Which of the networks of this cell, from 0.
    pub trial: usize,
    /// The most of the paper's steps that a step might do at once, or of the flow did.
    pub acceleration: usize,
    /// 2/λ_max of Θ₀, as a rate for the paper's loss; 0 where Θ₀ leaves the range of f64.
    pub stable_rate: f64,
    /// How it ended ("plateau", "steps", "diverged", "failed", "unfinished") …
    pub ending: Ending,
    /// … and at which of the paper's steps.
    pub steps: usize,
    /// Gradient steps taken; of a flow, gradients computed.
    pub taken: usize,
    /// At how many of them the loss rose.
    pub loss_rises: usize,
    /// The smallest loss on the way; `f64::MAX` where even the first is beyond it.
    pub smallest_loss: f64,
    /// What a training as gradient flow consisted of ([`Acceleration::Flow`](super::Acceleration::Flow)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowSteps>,
    /// The start, the steps asked for as far as it came, and the end (where it did not diverge); none where it diverged at step
    /// 0.
    pub looks: Vec<DriftLook>,
}

impl DriftCell {
    pub(super) fn place(&self) -> Place {
        let DriftCell { depth, width, sigma_w2, sigma_b2, trial, .. } = *self;
        Place { depth, width, sigma_w2, sigma_b2, trial }
    }

    /// The last look at or before a step: what the kernel is there, if training ended earlier. None for a step after a
    /// divergence or beyond an unfinished training, and for every step but the start of a training that failed.
    pub fn at(&self, step: usize) -> Option<&DriftLook> {
        match self.ending {
            Ending::Diverged if step >= self.steps => return None,
            Ending::Failed if step > 0 => return None,
            Ending::Unfinished if step > self.steps => return None,
            _ => (),
        }
        self.looks.iter().rev().find(|look| look.step <= step)
    }

    /// The last look; none where it diverged, failed or was not at its end.
    pub fn end(&self) -> Option<&DriftLook> {
        self.looks.last().filter(|_| self.ending.is_training())
    }

    /// One line about it.
    pub(super) fn line(&self, form: KernelForm, seconds: f64) -> String {
        let DriftCell { depth, width, sigma_w2, sigma_b2, trial, .. } = self;
        let drift = self.end().map_or("—".into(), |end| format!("{:.3}", end.change(form).drift));
        let (sigma_w2, sigma_b2) = (written(*sigma_w2), written(*sigma_b2));
        let smallest = self.smallest_loss;
        let smallest = if smallest < 1e15 { format!("{smallest:.4}") } else { format!("{smallest:.4e}") };
        format!(
            "M = {width}, H = {depth}, σ_w² = {sigma_w2}, σ_b² = {sigma_b2}, network {trial}: drift {drift}, smallest loss \
             {smallest}, {} at step {} ({} steps taken, {seconds:.1} s)",
            self.ending, self.steps, self.taken
        )
    }
}

/// The cells of a grid, by width, depth, σ_b², σ_w², trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftResult {
    /// The cells.
    pub cells: Vec<DriftCell>,
    /// SHA-256 of x, y and z where they are the user's own ([`Drift::run_on`]); then what the parameters say of images was not
    /// used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_data: Option<String>,
    /// The parameters.
    pub parameters: Drift,
    /// What computed the cells.
    #[serde(default)]
    pub computed_by: Origins,
}

impl Place {
    pub(super) fn name(&self) -> String {
        let Place { width, depth, sigma_w2, sigma_b2, trial } = self;
        format!("M = {width}, H = {depth}, σ_w² = {sigma_w2}, σ_b² = {sigma_b2}, network {trial}")
    }
}

impl DriftResult {
    /// The networks at one point of the grid.
    pub fn networks(&self, width: usize, depth: usize, sigma_w2: f64, sigma_b2: f64) -> Vec<&DriftCell> {
        let own =
            |c: &&DriftCell| (c.width, c.depth, c.sigma_w2, c.sigma_b2) == (width, depth, sigma_w2, sigma_b2);
        self.cells.iter().filter(own).collect()
    }

    /// Results of one grid, put together in its order: shards of it, for instance. A cell that several have must be the same in
    /// all of them; which kernel a result shows may differ.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) for no result, parameters that differ, a cell with different numbers
    /// in two results, and one that is none of the grid's.
    pub fn merge(parts: &[DriftResult]) -> Result<DriftResult> {
        // What changes no number.
        let numbers = |p: &Drift| Drift { folder: None, kernel: KernelForm::One, ..p.clone() };
        let all: Vec<Drift> = parts.iter().map(|part| numbers(&part.parameters)).collect();
        let parameters = Drift {
            kernel: parts.first().map_or(KernelForm::One, |p| p.parameters.kernel),
            ..common(&all)?.clone()
        };
        let names: Vec<String> = parameters.places().iter().map(Place::name).collect();
        let cells = union(&names, parts.iter().flat_map(|part| &part.cells), |cell| cell.place().name())?;
        let computed_by = parts.iter().flat_map(|part| part.computed_by.iter().cloned()).collect();
        let own_data = common(parts.iter().map(|part| &part.own_data))?.clone();
        Ok(DriftResult { cells, own_data, parameters, computed_by })
    }

    /// How many cells of the grid are not there.
    pub fn missing(&self) -> usize {
        self.parameters.places().len().saturating_sub(self.cells.len())
    }

    /// Its cells in the grid's order; those that are none of the parameters' grid are refused.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        for cell in &self.cells {
            let started = !cell.looks.is_empty() || (cell.ending == Ending::Diverged && cell.steps == 0);
            let why = "has no look, and did not diverge at step 0: part of it is missing";
            check::refuse(!started, "cell", cell.place().name(), why)?;
        }
        DriftResult::merge(&[self])
    }

    /// One row a look: the cell (`width`, `depth`, `sigma_w2`, `sigma_b2`, `trial`, `acceleration`, `stable_rate`, `ending`,
    /// `steps`, `taken`, `loss_rises`, `smallest_loss`), then `step`, `loss`, `drift_full`, `drift_trace`, `drift_one`,
    /// `alignment_full`, `alignment_trace`, `alignment_one`, `target_alignment`, `largest_eigenvalue`, `eigenvalue_sum`,
    /// `effective_rank`, `moved`, `test_moved`, `gap`, `test_gap`.
    ///
    /// # Errors
    /// [`Error::Frame`](crate::error::Error::Frame) if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(self.cells.iter().flat_map(|cell| cell.looks.iter().map(move |look| (cell, look))))
            .whole("width", |(c, _)| c.width)
            .whole("depth", |(c, _)| c.depth)
            .number("sigma_w2", |(c, _)| c.sigma_w2)
            .number("sigma_b2", |(c, _)| c.sigma_b2)
            .whole("trial", |(c, _)| c.trial)
            .whole("acceleration", |(c, _)| c.acceleration)
            .number("stable_rate", |(c, _)| c.stable_rate)
            .text("ending", |(c, _)| c.ending)
            .whole("steps", |(c, _)| c.steps)
            .whole("taken", |(c, _)| c.taken)
            .whole("loss_rises", |(c, _)| c.loss_rises)
            .number("smallest_loss", |(c, _)| c.smallest_loss)
            .whole("step", |(_, l)| l.step)
            .number("loss", |(_, l)| l.loss)
            .number("drift_full", |(_, l)| l.full.drift)
            .number("drift_trace", |(_, l)| l.trace.drift)
            .number("drift_one", |(_, l)| l.one.drift)
            .number("alignment_full", |(_, l)| l.full.alignment)
            .number("alignment_trace", |(_, l)| l.trace.alignment)
            .number("alignment_one", |(_, l)| l.one.alignment)
            .number("target_alignment", |(_, l)| l.target_alignment)
            .number("largest_eigenvalue", |(_, l)| l.largest_eigenvalue)
            .number("eigenvalue_sum", |(_, l)| l.eigenvalue_sum)
            .number("effective_rank", |(_, l)| l.effective_rank)
            .number("moved", |(_, l)| l.moved)
            .known("test_moved", |(_, l)| l.test_moved)
            .known("gap", |(_, l)| l.gap)
            .known("test_gap", |(_, l)| l.test_gap)
            .build("the looks of a drift grid")
    }
}
