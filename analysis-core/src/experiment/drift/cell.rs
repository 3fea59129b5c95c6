//! One training: looked at on the way, compared with its linearisation, kept.

use std::time::Instant;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::linear::Run;
use super::measure::{form, rms, spectrum, target_alignment};
use super::start::{FORMS, Prepared, Start};
use super::{Drift, DriftCell, DriftLook, Ending, KernelChange, Place};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, Result};
use crate::network::{Course, General, Parameters, UpdateRule};
use crate::origin::Origin;
use crate::progress::warn;
use crate::seed::Seed;
use crate::session::Session;
use crate::store::{Kept, Key};

/// Raised when the numbers of a cell change for the same parameters.
///
/// 2: the ending "failed"; other cells have the numbers of revision 1.
const REVISION: u32 = 2;

/// Training outputs of different rows that differ by less than this share of their size are one function's rounding.
const SAME: f64 = 4.0 * f64::EPSILON;

/// The share by which they must have differed at the start for a network to have died.
const DIFFERENT: f64 = 1e-8;

/// A loss below this share of the mean of y² is learnt, whatever it began at.
const LEARNT: f64 = 1e-12;

/// The part of the stable rate that an accelerated step may have.
const SAFE: f64 = 0.25;

/// What, beside the parameters, a training knows at a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// In steps of the rate η, and with the paper's loss.
    #[serde(flatten)]
    pub(super) course: Course,
    /// Gradient steps taken.
    pub(super) taken: usize,
    pub(super) smallest: f64,
    pub(super) looks: Vec<DriftLook>,
    /// Which program began it.
    #[serde(default = "Origin::unknown")]
    pub(super) begun_by: Origin,
}

/// How far a column of outputs goes from one row to another, relative to the largest output: 0 for a network that no longer
/// looks at its input.
fn spread(outputs: ArrayView2<f64>) -> f64 {
    let largest = outputs.iter().fold(0.0f64, |m, f| m.max(f.abs()));
    let first = outputs.row(0);
    let apart = outputs
        .rows()
        .into_iter()
        .flat_map(|row| row.iter().zip(first).map(|(f, g)| (f - g).abs()).collect::<Vec<_>>());
    let apart = apart.fold(0.0f64, f64::max);
    if largest > 0.0 { apart / largest } else { 0.0 }
}

impl DriftCell {
    /// A network that leaves the range of f64 before its first step.
    fn out_of_range(place: Place) -> Self {
        let Place { depth, width, sigma_w2, sigma_b2, trial } = place;
        DriftCell {
            depth,
            width,
            sigma_w2,
            sigma_b2,
            trial,
            acceleration: 1,
            stable_rate: 0.0,
            ending: Ending::Diverged,
            steps: 0,
            taken: 0,
            loss_rises: 0,
            smallest_loss: f64::MAX,
            looks: Vec::new(),
        }
    }
}

/// The mean over samples and outputs of (f − y)².
fn loss(descent: &General, y: ArrayView2<f64>) -> f64 {
    2.0 / y.ncols() as f64 * descent.loss(y)
}

/// Where a cell under way is kept, beside the finished ones; nowhere where the store keeps nothing, or nothing of this key.
fn part(key: &Key, session: &Session) -> Option<Checkpoint> {
    session.results().file(key, "part").map(Checkpoint::at)
}

/// The cell under way that is on disk, and its parameters into `parameters`; a file that cannot be used is left out, which
/// is said.
pub(super) fn kept(part: &Checkpoint, key: &Key, parameters: &mut Parameters) -> Option<State> {
    let again = |why: String| {
        warn(&format!("a cell under way is begun again, its file cannot be used: {why}"));
        None
    };
    let before = parameters.clone();
    match part.read::<State>(key, parameters.slices_mut()) {
        // A stored cell names one program that computed it.
        Ok(Some(state)) if !state.begun_by.is_same_program() => {
            *parameters = before;
            again("another program began it".into())
        }
        Ok(state) => state,
        Err(error) => again(error.to_string()),
    }
}

/// Keeps a cell under way. Where that fails it is said: minutes of work are worth more than their copy on disk.
pub(super) fn keep(part: &Checkpoint, key: &Key, state: &State, parameters: &Parameters) {
    if let Err(error) = part.make_folder().and_then(|()| part.write(key, state, &parameters.slices())) {
        warn(&format!("the cell is not kept for next time: {error}"));
    }
}

impl Drift {
    pub(super) fn cell(
        &self,
        place: Place,
        prepared: &Prepared,
        session: &Session,
    ) -> Result<Kept<DriftCell>> {
        let key = self.key(place, prepared)?;
        let cell = session.keep(&key, || {
            // The cells are side by side: one thread each.
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(1)
                .build()
                .map_err(|e| Error::parameter("threads", 1, e.to_string()))?;
            pool.install(|| self.train(place, prepared, &key, session))
        })?;
        // Only now: a kill between the last step and the store must not lose the cell.
        if let Some(part) = part(&key, session).filter(|_| session.results().get::<DriftCell>(&key).is_some())
        {
            part.remove();
        }
        Ok(cell)
    }

    /// Everything that decides a cell's numbers, and nothing else: shards and larger grids share their cells.
    pub(super) fn key(&self, place: Place, prepared: &Prepared) -> Result<Key> {
        let network = self.network(place, prepared.data.x.ncols(), prepared.k());
        let how = (self.rate, self.steps, self.plateau_fall, self.plateau_steps, self.acceleration);
        let parameters =
            (network, place.trial, self.seed, &prepared.checksum, how, &self.looks, self.spectra);
        Key::new("drift", REVISION, &parameters)
    }

    /// A seed for every cell of every grid, from what the cell is.
    pub(super) fn cell_seed(&self, place: Place) -> Seed {
        let Place { depth, width, sigma_w2, sigma_b2, trial } = place;
        let name = format!("drift {} H={depth} M={width} w={sigma_w2} b={sigma_b2}", self.activation);
        self.seed.child(&name, trial as u64)
    }

    /// This crate's rate for `factor` steps of the paper's at once.
    fn rate(&self, factor: usize, outputs: usize) -> f64 {
        2.0 * self.rate * factor as f64 / outputs as f64
    }

    fn train(&self, place: Place, prepared: &Prepared, key: &Key, session: &Session) -> Result<DriftCell> {
        let k = prepared.k();
        let network = self.network(place, prepared.data.x.ncols(), k);
        let start = match Start::new(network, prepared, self.cell_seed(place)) {
            // One cell out of range is a result; the others of the grid are not lost with it.
            Err(Error::NotFinite { .. }) => return Ok(DriftCell::out_of_range(place)),
            start => start?,
        };
        let (x, y) = (prepared.rows(), prepared.data.y.view());
        // In the paper's units, as every loss and rate from here on.
        let stable_rate = k as f64 / start.linear.largest();
        let most = ((SAFE * stable_rate / self.rate) as usize).clamp(1, self.acceleration);
        let mut parameters = start.reduced.clone();
        let part = part(key, session);
        let kept = part.as_ref().and_then(|part| kept(part, key, &mut parameters));
        let (plan, none) = (start.reduced_network.plan()?, Array2::zeros((0, x.ncols())));
        let mut descent = General::new(plan, UpdateRule::Plain, parameters, [x, none.view()], x.nrows())?;
        let mut state = match kept {
            Some(state) => state,
            None => {
                let Some(look) = self.look_at(0, &start, &descent, most)? else {
                    return Ok(DriftCell::out_of_range(place));
                };
                let first = loss(&descent, y);
                let (course, begun_by) = (Course::start(first), Origin::now());
                State { course, taken: 0, smallest: first, looks: vec![look], begun_by }
            }
        };
        let mut written = Instant::now();
        let mean_square = y.iter().map(|y| y * y).sum::<f64>() / y.len() as f64;
        let bound = Course::bound(state.looks[0].loss, mean_square);
        let mut step = state.course.epoch;
        let mut ending = loop {
            if step >= self.steps {
                break Ending::Steps;
            }
            if state.course.waited() >= self.plateau_steps {
                break Ending::Plateau;
            }
            let stride = self.stride(step, most);
            descent.descend(self.rate(stride, k), y);
            let loss = loss(&descent, y);
            step += stride;
            state.taken += 1;
            if Course::diverged(loss, bound) {
                break Ending::Diverged;
            }
            state.course.step(step, loss, self.plateau_fall);
            state.smallest = state.smallest.min(loss);
            if self.looks.binary_search(&step).is_ok() {
                match self.look_at(step, &start, &descent, most)? {
                    Some(look) => state.looks.push(look),
                    None => break Ending::Diverged,
                }
            }
            let cancelled = session.check_cancelled();
            if cancelled.is_err() || written.elapsed() >= session.checkpoint_pause() {
                part.iter().for_each(|part| keep(part, key, &state, descent.parameters()));
                written = Instant::now();
            }
            cancelled?;
        };
        let seen = state.looks.last().is_some_and(|look| look.step == step);
        if ending != Ending::Diverged && !seen {
            match self.look_at(step, &start, &descent, most)? {
                Some(look) => state.looks.push(look),
                None => ending = Ending::Diverged,
            }
        }
        let began = state.looks[0].loss;
        let worse = state.course.loss > began && state.course.loss > LEARNT * mean_square;
        let died = spread(start.outputs.view()) > DIFFERENT && spread(descent.train_outputs().view()) <= SAME;
        if ending.is_training() && step > 0 && (worse || died) {
            ending = Ending::Failed;
        }
        let Place { depth, width, sigma_w2, sigma_b2, trial } = place;
        Ok(DriftCell {
            depth,
            width,
            sigma_w2,
            sigma_b2,
            trial,
            acceleration: most,
            stable_rate,
            ending,
            steps: step,
            taken: state.taken,
            loss_rises: state.course.loss_rises,
            smallest_loss: state.smallest,
            looks: state.looks,
        })
    }

    /// [`Drift::look`]; none where parameters, kernel or a number of the look leave the range of f64.
    fn look_at(
        &self,
        step: usize,
        start: &Start,
        descent: &General,
        most: usize,
    ) -> Result<Option<DriftLook>> {
        match self.look(step, start, descent, most) {
            Err(Error::NotFinite { .. }) => Ok(None),
            look => Ok(Some(look?).filter(DriftLook::is_finite)),
        }
    }

    /// How many of the paper's steps the step from `step` on does at once: a tenth of those done, up to `most`, and not
    /// beyond the next look.
    fn stride(&self, step: usize, most: usize) -> usize {
        let next = self.looks.iter().find(|look| **look > step).copied().unwrap_or(self.steps);
        (step / 10).clamp(1, most).min(next.min(self.steps) - step)
    }

    /// The steps taken up to `step`, as runs of equal ones.
    pub(super) fn runs(&self, step: usize, most: usize, outputs: usize) -> Vec<Run> {
        let (mut at, mut runs) = (0, Vec::<Run>::new());
        while at < step {
            let stride = self.stride(at, most);
            let rate = self.rate(stride, outputs);
            match runs.last_mut() {
                Some(run) if run.rate == rate => run.steps += 1,
                _ => runs.push(Run { rate, steps: 1 }),
            }
            at += stride;
        }
        runs
    }

    /// # Errors
    /// [`Error::NotFinite`] where parameters or kernel leave the range of f64.
    fn look(&self, step: usize, start: &Start, descent: &General, most: usize) -> Result<DriftLook> {
        let prepared = start.prepared;
        let (k, now) = (prepared.k(), descent.parameters());
        let [full, trace, one] = match step {
            0 => start.theta.clone(),
            _ => {
                let theta = start.reduced_network.tangent_full(now, prepared.rows(), prepared.rows())?;
                FORMS.map(|f| form(theta.view(), k, f))
            }
        };
        let square: f64 = full.iter().map(|v| v * v).sum();
        if !square.is_finite() {
            return Err(Error::NotFinite { what: "‖Θ_t‖²".into(), row: 0, column: 0, value: square });
        }
        let change =
            |now: &Array2<f64>, place: usize| KernelChange::between(now.view(), start.theta[place].view());
        let eigenvalues = spectrum(&trace)?;
        let sum = eigenvalues.sum();
        let test = start.test_outputs(now)?;
        // Plain steps at or beyond the stable rate: the linearised network has no limit, and its outputs may overflow.
        let stable = self.rate(1, k) * start.linear.largest() < 2.0;
        let linear = match stable {
            true => Some(start.linear.after(&self.runs(step, most, k))?),
            false => None,
        };
        let tested = !test.is_empty();
        Ok(DriftLook {
            step,
            loss: loss(descent, prepared.data.y.view()),
            full: change(&full, 0),
            trace: change(&trace, 1),
            one: change(&one, 2),
            target_alignment: target_alignment(trace.view(), prepared.data.y.view()),
            largest_eigenvalue: eigenvalues[0],
            eigenvalue_sum: sum,
            effective_rank: sum * sum / eigenvalues.dot(&eigenvalues),
            moved: rms(descent.train_outputs().view(), start.outputs.view()),
            test_moved: tested.then(|| rms(test.view(), start.test.view())),
            gap: linear.as_ref().map(|linear| rms(descent.train_outputs().view(), linear.train.view())),
            test_gap: linear.filter(|_| tested).map(|linear| rms(test.view(), linear.test.view())),
            eigenvalues: if self.spectra { eigenvalues.to_vec() } else { Vec::new() },
        })
    }
}
