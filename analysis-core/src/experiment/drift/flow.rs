//! A training as gradient flow, where the paper's steps are that to a small error.

use ndarray::Array2;

use super::descent::Descent;
use super::linear::Run;
use super::start::Start;
use super::state::State;
use super::step_length::{FRESH, FlowState, Tries};
use super::{Acceleration, Drift};
use crate::error::Result;
use crate::network::{Attempt, Course, GradientFlow, Number, Parameters};

/// The part of the tolerance that the paper's steps may differ from the flow by.
const APART: f64 = 0.25;

pub(super) struct AsFlow<'a, T> {
    grid: &'a Drift,
    start: &'a Start<'a>,
    tolerance: f64,
    flow: GradientFlow<T>,
    /// The eigenvector of Θ₀ with the largest eigenvalue, as a force on the outputs.
    top: Array2<f64>,
    /// Steps that are taken one by one in any case.
    first: usize,
}

/// The smallest number of steps after which descent and flow differ by at most `apart` of where they began, in every direction
/// with ηλ up to x₀: the largest (1 − x)^s x/(2e), which is at x = 1/(s + 1) or at x₀.
fn steps_apart(x0: f64, apart: f64) -> usize {
    let differ = |s: usize| {
        let x = x0.min(1.0 / (s as f64 + 1.0));
        (1.0 - x).powf(s as f64) * x / (2.0 * std::f64::consts::E)
    };
    // At x = 1/(s + 1) it is below 1/(2e (s + 1)).
    let most = (1.0 / apart) as usize + 1;
    (0..most).find(|s| differ(*s) <= apart).unwrap_or(most)
}

impl<'a, T: Number> AsFlow<'a, T> {
    pub(super) fn new(
        grid: &'a Drift,
        start: &'a Start<'a>,
        parameters: Parameters,
        tolerance: f64,
    ) -> Result<Self> {
        let prepared = start.prepared;
        let rate = grid.rate_of(1, prepared.k());
        let (plan, first) = (start.reduced_network.plan()?, start.reduced.clone());
        let rows = [prepared.rows(), prepared.data.y.view()];
        let mut flow = GradientFlow::new(plan, first, parameters, rows, rate)?;
        flow.evaluations = 0;
        let first = steps_apart(rate * start.linear.largest(), APART * tolerance);
        Ok(AsFlow { grid, start, tolerance, flow, top: start.linear.top(), first })
    }

    /// The paper's loss for this crate's.
    fn scaled(&self, loss: f64) -> f64 {
        2.0 / self.start.prepared.k() as f64 * loss
    }

    fn plain(&mut self, state: &mut State, bound: f64) -> std::result::Result<(), usize> {
        self.flow.descend();
        let (step, loss) = (state.course.epoch + 1, self.loss());
        if let Some(flow) = &mut state.flow {
            flow.taken.plain += 1;
            flow.fresh = flow.fresh.saturating_sub(1);
            flow.plain = flow.plain.saturating_sub(1);
        }
        if Course::diverged(loss, bound) {
            return Err(step);
        }
        state.course.step(step, loss, self.grid.plateau_fall);
        state.smallest = state.smallest.min(loss);
        Ok(())
    }

    /// The course over the `length` steps of an attempt: their losses are those of the cubic through losses and slopes at both
    /// ends. It ends where the plateau rule would.
    fn courses(&self, course: &Course, length: usize, attempt: &Attempt) -> Course {
        let h = length as f64;
        let (from, to) = (self.loss(), self.scaled(attempt.loss));
        // Up to three times the mean slope the cubic has no dip between its ends (Fritsch and Carlson 1980).
        let slope = |fall: f64| (-h * self.scaled(fall)).max(3.0 * (to - from));
        let (first, last) = (slope(self.flow.fall()), slope(attempt.fall));
        let mut next = course.clone();
        for step in 1..=length {
            let t = step as f64 / h;
            let loss = if step == length {
                to
            } else {
                let (left, rest) = (t * t, 1.0 - t);
                from + (to - from) * left * (3.0 - 2.0 * t) + t * rest * (rest * first - t * last)
            };
            next.step(course.epoch + step, loss, self.grid.plateau_fall);
            if next.waited() >= self.grid.plateau_steps {
                break;
            }
        }
        next.loss_rises = course.loss_rises + usize::from(to > from);
        next
    }

    /// η times the largest eigenvalue, where it has to be known anew.
    fn look_at_sharpness(&mut self, flow: &mut FlowState) {
        if flow.fresh == 0 {
            flow.sharpness = self.flow.sharpness(self.top.view());
            flow.taken.sharpest = flow.taken.sharpest.max(flow.sharpness);
            flow.fresh = FRESH;
        }
    }

    /// A step of the flow, or the decision for plain ones; `false` where nothing was done.
    fn long(&mut self, state: &mut State, flow: &mut FlowState, mut limit: usize) -> bool {
        let (step, mut tries) = (state.course.epoch, Tries::default());
        loop {
            self.look_at_sharpness(flow);
            let stages = GradientFlow::<T>::stages;
            let longest = GradientFlow::<T>::longest(flow.sharpness);
            let Some(trial) = flow.propose(limit - step, [longest, Acceleration::SHARPEST], stages, &tries)
            else {
                return false;
            };
            let attempt = self.flow.attempt(trial.length, trial.stages);
            tries.gradients += trial.stages;
            let share = attempt.error / (self.tolerance * attempt.distance);
            // A flow does not climb.
            let climbs = self.scaled(attempt.loss) > self.loss();
            // Also where it is NaN.
            let near = share <= 1.0;
            if climbs || !near {
                flow.refuse(&trial, share, climbs, &mut tries);
                continue;
            }
            flow.lengthen(&trial, share);
            let course = self.courses(&state.course, trial.length as usize, &attempt);
            if course.waited() >= self.grid.plateau_steps {
                // The rule is about the paper's own steps, which decide: from as many before the end as it looks over.
                let before = (course.epoch - step).saturating_sub(self.grid.plateau_steps);
                if before <= self.grid.plateau_steps {
                    flow.plain = self.grid.plateau_steps;
                    state.course.wait_anew();
                    return false;
                }
                limit = step + before;
                continue;
            }
            self.flow.accept();
            flow.accept(&trial, &attempt, &tries);
            state.course = course;
            state.smallest = state.smallest.min(state.course.loss);
            return true;
        }
    }
}

impl<T: Number> Descent for AsFlow<'_, T> {
    fn advance(&mut self, state: &mut State, limit: usize, bound: f64) -> std::result::Result<(), usize> {
        let before = self.flow.evaluations;
        let mut flow = state.flow.unwrap_or_default();
        let waits = state.course.epoch < self.first || flow.plain > 0;
        let done = !waits && self.long(state, &mut flow, limit);
        state.flow = Some(flow);
        let gone = if done { Ok(()) } else { self.plain(state, bound) };
        state.taken += self.flow.evaluations - before;
        gone
    }

    fn parameters(&self) -> &Parameters {
        self.flow.parameters()
    }

    fn loss(&self) -> f64 {
        self.scaled(self.flow.loss())
    }

    fn outputs(&self) -> Result<Array2<f64>> {
        self.start.reduced_network.outputs(self.parameters(), self.start.prepared.rows())
    }

    fn longest(&self, state: &State) -> usize {
        state.flow.map_or(1, |flow| flow.taken.longest.max(1))
    }

    fn runs(&self, step: usize) -> Vec<Run> {
        vec![Run { rate: self.grid.rate_of(1, self.start.prepared.k()), steps: step as u64 }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against both counted out: no direction up to x₀ is ever further apart than what is said (to the second order in x).
    #[test]
    fn after_the_first_steps_descent_is_the_flow() {
        for (x0, apart) in [(0.5, 1e-2), (0.9, 2.5e-4), (0.01, 2.5e-4), (1e-3, 2.5e-4), (1e-4, 1e-3)] {
            let first = steps_apart(x0, apart);
            let mut largest = 0.0f64;
            for part in 1..=400 {
                let x = x0 * f64::from(part) / 400.0;
                let begun = (1.0 - x).powf(first as f64);
                for later in (0..60).map(|i| 1.3f64.powi(i).floor()) {
                    largest = largest.max(begun * ((-x * later).exp() - (1.0 - x).powf(later)).abs());
                }
            }
            assert!(largest < 1.2 * apart, "{x0}, {apart}: {first} steps, {largest}");
        }
        assert_eq!(steps_apart(1e-3, 2.5e-4), 0);
        // 1/(2e² · 2.5e-4), as (1 + 1/s)^{−s} tends to 1/e.
        assert!((268..=272).contains(&steps_apart(3.0, 2.5e-4)));
    }
}
