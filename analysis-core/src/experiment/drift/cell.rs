//! One training: looked at on the way, compared with its linearisation, kept.

use std::time::Instant;

use ndarray::ArrayView2;

use super::descent::{Descent, StepByStep};
use super::flow::AsFlow;
use super::start::{Prepared, Start};
use super::state::State;
use super::{Acceleration, Drift, DriftCell, Ending, Place};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, Result};
use crate::network::{Course, Parameters, Precision};
use crate::origin::Origin;
use crate::progress::warn;
use crate::seed::Seed;
use crate::session::Session;
use crate::store::{Kept, Key};

/// Raised when the numbers of a cell change for the same parameters.
///
/// 2: the ending "failed"; other cells have the numbers of revision 1.
const REVISION: u32 = 2;

/// The same for cells that go as gradient flow.
const FLOW_REVISION: u32 = 1;

/// Training outputs of different rows that differ by less than this share of their size are one function's rounding.
const SAME: f64 = 4.0 * f64::EPSILON;

/// The share by which they must have differed at the start for a network to have died.
const DIFFERENT: f64 = 1e-8;

/// A loss below this share of the mean of y² is learnt, whatever it began at.
const LEARNT: f64 = 1e-12;

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
            flow: None,
            looks: Vec::new(),
        }
    }
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
        // A training that ended within the limit is the one without a limit.
        if let Some(most) = self.most_gradients {
            let free = Drift { most_gradients: None, ..self.clone() }.key(place, prepared)?;
            let whole = session.results().kept::<DriftCell>(&free);
            if let Some(whole) = whole.filter(|kept| kept.value.taken < most) {
                return Ok(whole);
            }
        }
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
        // A limit that was not set is in no key: what was kept before there were limits stays known.
        match (self.acceleration, self.most_gradients) {
            (Acceleration::Steps(_), None) => Key::new("drift", REVISION, &parameters),
            (Acceleration::Steps(_), most) => Key::new("drift", REVISION, &(parameters, most)),
            (Acceleration::Flow { .. }, None) => Key::new("drift-flow", FLOW_REVISION, &parameters),
            (Acceleration::Flow { .. }, most) => Key::new("drift-flow", FLOW_REVISION, &(parameters, most)),
        }
    }

    /// A seed for every cell of every grid, from what the cell is.
    pub(super) fn cell_seed(&self, place: Place) -> Seed {
        let Place { depth, width, sigma_w2, sigma_b2, trial } = place;
        let name = format!("drift {} H={depth} M={width} w={sigma_w2} b={sigma_b2}", self.activation);
        self.seed.child(&name, trial as u64)
    }

    fn train(&self, place: Place, prepared: &Prepared, key: &Key, session: &Session) -> Result<DriftCell> {
        let network = self.network(place, prepared.data.x.ncols(), prepared.k());
        let start = match Start::new(network, prepared, self.cell_seed(place)) {
            // One cell out of range is a result; the others of the grid are not lost with it.
            Err(Error::NotFinite { .. }) => return Ok(DriftCell::out_of_range(place)),
            start => start?,
        };
        let y = prepared.data.y.view();
        // In the paper's units, as every loss and rate from here on.
        let stable_rate = prepared.k() as f64 / start.linear.largest();
        let mut parameters = start.reduced.clone();
        let part = part(key, session);
        let kept = part.as_ref().and_then(|part| kept(part, key, &mut parameters));
        let mut descent = self.descent(&start, parameters, stable_rate)?;
        let mut state = match kept {
            Some(state) => state,
            None => {
                let Some(look) = self.look_at(0, &start, descent.as_ref())? else {
                    return Ok(DriftCell::out_of_range(place));
                };
                let first = descent.loss();
                let (course, begun_by) = (Course::start(first), Origin::now());
                State { course, taken: 0, smallest: first, looks: vec![look], flow: None, begun_by }
            }
        };
        let mut written = Instant::now();
        let mean_square = y.iter().map(|y| y * y).sum::<f64>() / y.len() as f64;
        let bound = Course::bound(state.looks[0].loss, mean_square);
        let mut diverged_at = None;
        let mut ending = loop {
            if state.course.epoch >= self.steps {
                break Ending::Steps;
            }
            if state.course.waited() >= self.plateau_steps {
                break Ending::Plateau;
            }
            if self.most_gradients.is_some_and(|most| state.taken >= most) {
                break Ending::Unfinished;
            }
            let limit = self.next_stop(state.course.epoch);
            diverged_at = descent.advance(&mut state, limit, bound).err();
            if diverged_at.is_some() {
                break Ending::Diverged;
            }
            let step = state.course.epoch;
            if self.looks.binary_search(&step).is_ok() {
                match self.look_at(step, &start, descent.as_ref())? {
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
        let step = diverged_at.unwrap_or(state.course.epoch);
        let seen = state.looks.last().is_some_and(|look| look.step == step);
        if ending != Ending::Diverged && !seen {
            match self.look_at(step, &start, descent.as_ref())? {
                Some(look) => state.looks.push(look),
                None => ending = Ending::Diverged,
            }
        }
        let began = state.looks[0].loss;
        let worse = state.course.loss > began && state.course.loss > LEARNT * mean_square;
        if ending.is_training() && step > 0 {
            let died = spread(start.outputs.view()) > DIFFERENT && spread(descent.outputs()?.view()) <= SAME;
            if worse || died {
                ending = Ending::Failed;
            }
        }
        let Place { depth, width, sigma_w2, sigma_b2, trial } = place;
        Ok(DriftCell {
            depth,
            width,
            sigma_w2,
            sigma_b2,
            trial,
            acceleration: descent.longest(&state),
            stable_rate,
            ending,
            steps: step,
            taken: state.taken,
            loss_rises: state.course.loss_rises,
            smallest_loss: state.smallest,
            flow: state.flow.map(|flow| flow.taken),
            looks: state.looks,
        })
    }

    fn descent<'a>(
        &'a self,
        start: &'a Start<'a>,
        parameters: Parameters,
        stable_rate: f64,
    ) -> Result<Box<dyn Descent + 'a>> {
        Ok(match self.acceleration {
            Acceleration::Steps(most) => {
                Box::new(StepByStep::new(self, start, parameters, (most, stable_rate))?)
            }
            Acceleration::Flow { tolerance, precision: Precision::Double } => {
                Box::new(AsFlow::<f64>::new(self, start, parameters, tolerance)?)
            }
            Acceleration::Flow { tolerance, precision: Precision::Single } => {
                Box::new(AsFlow::<f32>::new(self, start, parameters, tolerance)?)
            }
        })
    }

    /// The next step at which the training is looked at or ends.
    pub(super) fn next_stop(&self, step: usize) -> usize {
        let next = self.looks.iter().find(|look| **look > step).copied().unwrap_or(self.steps);
        next.min(self.steps)
    }
}
