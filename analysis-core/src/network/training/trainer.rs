//! The loop of a training, one epoch at a time.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rayon::ThreadPool;
use serde::{Deserialize, Serialize};

use super::course::{Course, mean_square};
use super::engine::Engine;
use super::engines::{Engines, parts};
use super::hold_out::HoldOut;
use super::params::Training;
use super::result::{Curve, Snapshot, TrainingDiagnostics, TrainingResult, log_spaced_epochs};
use super::stopping::Stopping;
use crate::checkpoint::Checkpoint;
use crate::checksum;
use crate::data::TrainTestView;
use crate::error::{Error, Result};
use crate::network::optimiser::RuleState;
use crate::network::{Model, Parameters};
use crate::origin::{Origin, Origins};
use crate::progress::Epoch;
use crate::store::Key;

/// Raised when the numbers of a training change for the same parameters: older checkpoints are then another training's.
const REVISION: u32 = 1;

/// A training under way, for a loop of one's own: [`Trainer::advance`] runs one epoch, and between epochs everything can
/// be looked at, the tangent kernel of [`Trainer::model`] for instance.
///
/// # Examples
/// ```
/// # use analysis_core::data::{SphereQuadratic, TrainTestView};
/// use analysis_core::network::{Network, Stopping, Trainer, Training};
/// # let data = SphereQuadratic { n: 10, ..Default::default() }.run()?;
/// let training = Training {
///     network: Network { width: 50, ..Network::default() },
///     epochs: 3,
///     stopping: Stopping::Never,
///     ..Training::default()
/// };
/// let mut trainer = Trainer::start(&training, TrainTestView::untested(data.x.view(), data.y.view()))?;
/// let before = trainer.model().tangent(data.x.view(), data.x.view())?;
/// while !trainer.finished() {
///     trainer.advance()?;
/// }
/// let after = trainer.model().tangent(data.x.view(), data.x.view())?;
/// assert_ne!(before, after);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Trainer {
    training: Training,
    engines: Engines,
    pool: ThreadPool,
    split: HoldOut,
    /// The rows trained on, and the test rows with those held out behind them.
    rows: [Array2<f64>; 2],
    y: Array2<f64>,
    held_y: Array2<f64>,
    truth: Array2<f64>,
    /// f of `rows`.
    outputs: [Array2<f64>; 2],
    bound: f64,
    kept: Vec<usize>,
    general: bool,
    /// The training and its data.
    pub(super) key: Key,
    state: State,
    pub(super) computed_by: Origins,
}

/// What, beside the networks' parameters, a training knows at an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    #[serde(flatten)]
    course: Course,
    test_error: Option<f64>,
    hold_out_error: Option<f64>,
    curve: Curve,
    /// The epoch with the least error, where the rule takes that one.
    least: Option<Snapshot>,
}

/// What a checkpoint of a training keeps, beside the numbers of its networks and of their rules.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    state: State,
    /// Steps that each copy's rule has taken.
    pub(super) steps: Vec<u64>,
    /// What has computed it so far.
    #[serde(default = "unknown")]
    computed_by: Origins,
}

fn unknown() -> Origins {
    Origin::unknown().into()
}

impl Trainer {
    /// Before the first step; arguments as [`Training::run`].
    ///
    /// # Errors
    /// As [`Training::run`].
    pub fn start(training: &Training, rows: TrainTestView) -> Result<Trainer> {
        Trainer::begin(training, rows, false)
    }

    /// As [`Trainer::start`]; `general` asks for the general engine where the fused one would do.
    pub(super) fn begin(training: &Training, rows: TrainTestView, general: bool) -> Result<Trainer> {
        training.check()?;
        training.check_rows(rows)?;
        let TrainTestView { x, y, z, truth } = rows;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(training.threads)
            .build()
            .map_err(|e| Error::parameter("threads", training.threads, e.to_string()))?;
        let split = HoldOut::new(training.stopping, x.nrows(), training.seed);
        let select = |a: ArrayView2<f64>, rows: &[usize]| a.select(Axis(0), rows);
        let test = concatenate![Axis(0), z, select(x, &split.held)];
        let rows = [select(x, &split.trained), test];
        let engines = pool.install(|| Engines::new(training, [rows[0].view(), rows[1].view()], general))?;
        let checksum = checksum::numbers_sha256([x, y, z, truth]);
        let mut trainer = Trainer {
            training: training.clone(),
            y: select(y, &split.trained),
            held_y: select(y, &split.held),
            // Not `to_owned`, which keeps the strides that no rows may have.
            truth: Array2::from_shape_fn(truth.dim(), |place| truth[place]),
            outputs: [engines.train_outputs(), engines.test_outputs()],
            engines,
            pool,
            split,
            rows,
            bound: f64::INFINITY,
            kept: log_spaced_epochs(training.epochs, training.curve_points),
            general,
            key: Key::new("training", REVISION, &(general, training, checksum))?,
            state: State {
                course: Course::start(0.0),
                test_error: None,
                hold_out_error: None,
                curve: Curve::default(),
                least: None,
            },
            computed_by: Origins::now(),
        };
        let loss = trainer.measure(0)?;
        let zero = 0.5 * mean_square(trainer.y.view(), Array2::zeros(trainer.y.dim()).view());
        trainer.bound = Course::bound(loss, zero);
        trainer.state.course = Course::start(loss);
        trainer.note();
        Ok(trainer)
    }

    /// One epoch; nothing where it has [`finished`](Trainer::finished).
    ///
    /// # Errors
    /// [`Error::Diverged`], after which there is nothing to go on to; everything is then as it is at that epoch.
    pub fn advance(&mut self) -> Result<()> {
        if self.finished() {
            return Ok(());
        }
        let (engines, training) = (&mut self.engines, &self.training);
        let (epoch, f, y) = (self.state.course.epoch + 1, &self.outputs[0], &self.y);
        self.pool.install(|| engines.epoch(training, epoch, f, y));
        self.outputs = [self.engines.train_outputs(), self.engines.test_outputs()];
        let loss = self.measure(epoch)?;
        let fall = match self.training.stopping {
            Stopping::Plateau { fall, .. } => fall,
            _ => f64::INFINITY,
        };
        self.state.course.step(epoch, loss, fall);
        self.note();
        Ok(())
    }

    /// Whether the stopping rule, or the number of epochs, ends it here.
    pub fn finished(&self) -> bool {
        let state = &self.state;
        let waited = match self.training.stopping {
            Stopping::HoldOut { patience, .. } => {
                state.least.as_ref().is_some_and(|least| state.course.epoch - least.epoch >= patience)
            }
            Stopping::Plateau { epochs, .. } => state.course.waited() >= epochs,
            Stopping::Oracle | Stopping::Never => false,
        };
        waited || state.course.epoch >= self.training.epochs
    }

    /// Where it is.
    pub fn progress(&self) -> Epoch {
        Epoch {
            epoch: self.state.course.epoch,
            epochs: self.training.epochs,
            loss: self.state.course.loss,
            test_error: self.state.test_error,
            hold_out_error: self.state.hold_out_error,
        }
    }

    /// f of the rows trained on, in their order (without those held out).
    pub fn train_outputs(&self) -> ArrayView2<'_, f64> {
        self.outputs[0].view()
    }

    /// f(z) (p, k).
    pub fn test_outputs(&self) -> ArrayView2<'_, f64> {
        parts(&self.outputs[1], self.truth.nrows())[0]
    }

    /// The network as it is now.
    pub fn model(&self) -> Model {
        Model {
            network: self.training.network.clone(),
            initialisation: self.training.initialisation,
            seed: self.training.seed,
            copies: self.engines.copies.iter().map(|copy| copy.parameters()).collect(),
        }
    }

    /// What there is to say after the epochs run so far.
    pub fn result(&self) -> TrainingResult {
        let state = &self.state;
        let last = self.snapshot();
        let mut curve = state.curve.clone();
        if curve.epoch.last() != Some(&last.epoch) {
            curve.push(last.epoch, last.loss, last.test_error, last.hold_out_error);
        }
        TrainingResult {
            curve,
            best: state.least.clone().unwrap_or_else(|| last.clone()),
            last,
            diagnostics: TrainingDiagnostics {
                engine: self.engines.copies[0].name().into(),
                trained: self.engines.copies.iter().map(|copy| copy.parameters().count()).sum(),
                loss_rises: state.course.loss_rises,
            },
            parameters: self.training.clone(),
            computed_by: self.computed_by.clone(),
        }
    }

    /// Keeps it as it is.
    pub(super) fn save(&self, checkpoint: &Checkpoint) -> Result<()> {
        let copies = &self.engines.copies;
        let parameters: Vec<Parameters> = copies.iter().map(Engine::parameters).collect();
        let mut numbers = Vec::new();
        for (copy, parameters) in copies.iter().zip(&parameters) {
            numbers.extend(parameters.slices());
            numbers.extend(copy.state().iter().flat_map(|state| &state.moments).flat_map(Parameters::slices));
        }
        let steps = copies.iter().map(|copy| copy.state().map_or(0, |state| state.steps)).collect();
        let (state, computed_by) = (self.state.clone(), self.computed_by.clone());
        checkpoint.write(&self.key, &Kept { state, steps, computed_by }, &numbers)
    }

    /// Goes to where the file is; false where there is no file.
    pub(super) fn resume(&mut self, checkpoint: &Checkpoint) -> Result<bool> {
        let copies = self.engines.copies.iter();
        let mut copies: Vec<_> = copies.map(|copy| (copy.parameters(), copy.state().cloned())).collect();
        let mut numbers = Vec::new();
        for (parameters, state) in &mut copies {
            numbers.extend(parameters.slices_mut());
            numbers.extend(state.iter_mut().flat_map(|s| &mut s.moments).flat_map(Parameters::slices_mut));
        }
        let Some(Kept { state, steps, computed_by }) = checkpoint.read(&self.key, numbers)? else {
            return Ok(false);
        };
        if steps.len() != copies.len() {
            let problem = format!("steps of {} networks, the training has {}", steps.len(), copies.len());
            return Err(checkpoint.damaged(0, &problem));
        }
        let (training, general, rows) =
            (&self.training, self.general, self.rows.each_ref().map(|rows| rows.view()));
        for ((copy, (parameters, state)), steps) in self.engines.copies.iter_mut().zip(copies).zip(steps) {
            *copy = self.pool.install(|| Engine::new(training, parameters, rows, general))?;
            if let (Some(place), Some(state)) = (copy.state_mut(), state) {
                *place = RuleState { steps, ..state };
            }
        }
        self.outputs = [self.engines.train_outputs(), self.engines.test_outputs()];
        self.state = state;
        self.computed_by = computed_by;
        if !self.finished() {
            self.computed_by.unite(&Origins::now());
        }
        Ok(true)
    }

    /// The loss of the outputs as they are, at this epoch, and their errors.
    fn measure(&mut self, epoch: usize) -> Result<f64> {
        let [tested, held] = parts(&self.outputs[1], self.truth.nrows());
        let error = |f: ArrayView2<f64>, y: &Array2<f64>| (y.nrows() > 0).then(|| mean_square(f, y.view()));
        let errors = [error(tested, &self.truth), error(held, &self.held_y)];
        let loss = 0.5 * mean_square(self.outputs[0].view(), self.y.view());
        [self.state.test_error, self.state.hold_out_error] = errors;
        if !Course::diverged(loss, self.bound)
            && errors.iter().flatten().all(|e| e.is_finite())
            && self.engines.copies.iter().all(Engine::finite)
        {
            return Ok(loss);
        }
        (self.state.course.epoch, self.state.course.loss) = (epoch, loss);
        Err(Error::Diverged {
            epoch,
            loss,
            rate: self.training.rate,
            stable_rate: self.training.stable_rate(self.rows[0].view()).ok(),
        })
    }

    /// Adds the epoch to the curve, and keeps it if it is the least so far.
    fn note(&mut self) {
        let Course { epoch, loss, .. } = self.state.course;
        let (test, held) = (self.state.test_error, self.state.hold_out_error);
        if self.kept.binary_search(&epoch).is_ok() {
            self.state.curve.push(epoch, loss, test, held);
        }
        let watched = |test: Option<f64>, held: Option<f64>| match self.training.stopping {
            Stopping::Oracle => test,
            Stopping::HoldOut { .. } => held,
            Stopping::Never | Stopping::Plateau { .. } => None,
        };
        if let Some(value) = watched(test, held) {
            let least = self.state.least.as_ref().and_then(|l| watched(l.test_error, l.hold_out_error));
            if least.is_none_or(|least| value < least) {
                self.state.least = Some(self.snapshot());
            }
        }
    }

    fn snapshot(&self) -> Snapshot {
        let [tested, held] = parts(&self.outputs[1], self.truth.nrows());
        let mut train_outputs =
            Array2::zeros((self.split.trained.len() + self.split.held.len(), self.y.ncols()));
        for (rows, outputs) in [(&self.split.trained, self.outputs[0].view()), (&self.split.held, held)] {
            for (row, output) in rows.iter().zip(outputs.rows()) {
                train_outputs.row_mut(*row).assign(&output);
            }
        }
        Snapshot {
            epoch: self.state.course.epoch,
            loss: self.state.course.loss,
            test_error: self.state.test_error,
            hold_out_error: self.state.hold_out_error,
            train_outputs,
            test_outputs: tested.to_owned(),
        }
    }
}
