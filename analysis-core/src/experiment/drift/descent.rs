//! How a training goes on: the paper's steps, or some at a time.

use ndarray::Array2;

use super::Drift;
use super::linear::Run;
use super::start::Start;
use super::state::State;
use crate::error::Result;
use crate::network::{Course, General, Parameters, UpdateRule};

/// The part of the stable rate that an accelerated step may have.
const SAFE: f64 = 0.25;

/// A training under way. Losses and steps are the paper's.
pub(super) trait Descent {
    /// On to a later step, not beyond `limit`, noted in `state`; `Err(step)` where a loss beyond `bound` was met.
    fn advance(&mut self, state: &mut State, limit: usize, bound: f64) -> std::result::Result<(), usize>;

    fn parameters(&self) -> &Parameters;

    fn loss(&self) -> f64;

    /// f(X), in double precision.
    fn outputs(&self) -> Result<Array2<f64>>;

    /// The most steps that were, or may be, done at once.
    fn longest(&self, state: &State) -> usize;

    /// What the linearised network has to do to be at `step`.
    fn runs(&self, step: usize) -> Vec<Run>;
}

/// Plain steps, each of up to `most` of the paper's at once.
pub(super) struct StepByStep<'a> {
    grid: &'a Drift,
    start: &'a Start<'a>,
    descent: General,
    most: usize,
}

impl<'a> StepByStep<'a> {
    pub(super) fn new(
        grid: &'a Drift,
        start: &'a Start<'a>,
        parameters: Parameters,
        (most, stable_rate): (usize, f64),
    ) -> Result<Self> {
        let most = ((SAFE * stable_rate / grid.rate) as usize).clamp(1, most);
        let x = start.prepared.rows();
        let (plan, none) = (start.reduced_network.plan()?, Array2::zeros((0, x.ncols())));
        let descent = General::new(plan, UpdateRule::Plain, parameters, [x, none.view()], x.nrows())?;
        Ok(StepByStep { grid, start, descent, most })
    }
}

impl Descent for StepByStep<'_> {
    fn advance(&mut self, state: &mut State, limit: usize, bound: f64) -> std::result::Result<(), usize> {
        let (step, y) = (state.course.epoch, self.start.prepared.data.y.view());
        let stride = stride(step, self.most, limit);
        self.descent.descend(self.grid.rate_of(stride, y.ncols()), y);
        state.taken += 1;
        let loss = self.loss();
        if Course::diverged(loss, bound) {
            return Err(step + stride);
        }
        state.course.step(step + stride, loss, self.grid.plateau_fall);
        state.smallest = state.smallest.min(loss);
        Ok(())
    }

    fn parameters(&self) -> &Parameters {
        self.descent.parameters()
    }

    fn loss(&self) -> f64 {
        let y = self.start.prepared.data.y.view();
        2.0 / y.ncols() as f64 * self.descent.loss(y)
    }

    fn outputs(&self) -> Result<Array2<f64>> {
        Ok(self.descent.train_outputs().clone())
    }

    fn longest(&self, _: &State) -> usize {
        self.most
    }

    fn runs(&self, step: usize) -> Vec<Run> {
        let (mut at, mut runs) = (0, Vec::<Run>::new());
        while at < step {
            let stride = stride(at, self.most, self.grid.next_stop(at));
            let rate = self.grid.rate_of(stride, self.start.prepared.k());
            match runs.last_mut() {
                Some(run) if run.rate == rate => run.steps += 1,
                _ => runs.push(Run { rate, steps: 1 }),
            }
            at += stride;
        }
        runs
    }
}

/// How many of the paper's steps the step from `step` on does at once: a tenth of those done, up to `most`, and not beyond
/// `limit`.
fn stride(step: usize, most: usize, limit: usize) -> usize {
    (step / 10).clamp(1, most).min(limit - step)
}

impl Drift {
    /// This crate's rate for `factor` steps of the paper's at once.
    pub(super) fn rate_of(&self, factor: usize, outputs: usize) -> f64 {
        2.0 * self.rate * factor as f64 / outputs as f64
    }
}
