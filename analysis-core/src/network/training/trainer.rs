//! The loop of a training, one epoch at a time.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rayon::ThreadPool;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::engines::{Engines, parts};
use super::hold_out::Split;
use super::result::log_spaced_epochs;
use super::{Curve, Diagnostics, Progress, Snapshot, Stopping, Training, TrainingResult};
use crate::checksum;
use crate::error::{Error, Result};
use crate::network::Model;
use crate::store::Key;

/// Raised when the numbers of a training change for the same parameters: older checkpoints are then another training's.
const REVISION: u32 = 1;

/// A loss beyond so many times its scale, the larger of its start and that of the targets, is a divergence.
pub(crate) const DIVERGED: f64 = 1e6;

/// A training under way, for a loop of one's own: [`Trainer::advance`] runs one epoch, and between epochs everything can
/// be looked at, the tangent kernel of [`Trainer::model`] for instance.
///
/// # Examples
/// ```
/// # use analysis_core::data::SphereQuadratic;
/// use analysis_core::network::{Network, Stopping, Trainer, Training};
/// use ndarray::Array2;
/// # let data = SphereQuadratic { n: 10, ..Default::default() }.run()?;
/// let training = Training {
///     network: Network { width: 50, ..Network::default() },
///     epochs: 3,
///     stopping: Stopping::Never,
///     ..Training::default()
/// };
/// let (z, truth) = (Array2::zeros((0, 5)), Array2::zeros((0, 1)));
/// let mut trainer = Trainer::start(&training, data.x.view(), data.y.view(), z.view(), truth.view())?;
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
    pub(super) engines: Engines,
    pool: ThreadPool,
    split: Split,
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
    pub(super) state: State,
}

/// What, beside the networks' parameters, a training knows at an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) epoch: usize,
    loss: f64,
    test_error: Option<f64>,
    hold_out_error: Option<f64>,
    curve: Curve,
    /// The epoch with the least error, where the rule takes that one.
    least: Option<Snapshot>,
    /// The epoch of the last fall that [`Stopping::Plateau`] counts, and the loss there.
    fall: (usize, f64),
    loss_rises: usize,
}

impl Trainer {
    /// Before the first step; arguments as [`Training::run`].
    ///
    /// # Errors
    /// As [`Training::run`].
    pub fn start(
        training: &Training,
        x: ArrayView2<f64>,
        y: ArrayView2<f64>,
        z: ArrayView2<f64>,
        truth: ArrayView2<f64>,
    ) -> Result<Trainer> {
        Trainer::begin(training, [x, y, z, truth], false)
    }

    /// As [`Trainer::start`]; `general` asks for the general engine where the fused one would do.
    pub(super) fn begin(training: &Training, data: [ArrayView2<f64>; 4], general: bool) -> Result<Trainer> {
        let [x, y, z, truth] = data;
        training.check()?;
        training.check_data(x, y, z, truth)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(training.threads)
            .build()
            .map_err(|e| Error::parameter("threads", training.threads, e.to_string()))?;
        let split = Split::new(training.stopping, x.nrows(), training.seed);
        let select = |a: ArrayView2<f64>, rows: &[usize]| a.select(Axis(0), rows);
        let test = concatenate![Axis(0), z, select(x, &split.held)];
        let rows = [select(x, &split.trained), test];
        let engines = pool.install(|| Engines::new(training, [rows[0].view(), rows[1].view()], general))?;
        let key = Key::new("training", REVISION, &(general, training, checksum::numbers_sha256(data)))?;
        let mut trainer = Trainer {
            training: training.clone(),
            y: select(y, &split.trained),
            held_y: select(y, &split.held),
            truth: truth.to_owned(),
            outputs: [engines.train_outputs(), engines.test_outputs()],
            engines,
            pool,
            split,
            rows,
            bound: f64::INFINITY,
            kept: log_spaced_epochs(training.epochs, training.curve_points),
            general,
            key,
            state: State {
                epoch: 0,
                loss: 0.0,
                test_error: None,
                hold_out_error: None,
                curve: Curve::default(),
                least: None,
                fall: (0, 0.0),
                loss_rises: 0,
            },
        };
        trainer.measure()?;
        let scale = trainer
            .state
            .loss
            .max(0.5 * mean_square(trainer.y.view(), Array2::zeros(trainer.y.dim()).view()));
        trainer.bound = DIVERGED * scale;
        trainer.state.fall = (0, trainer.state.loss);
        trainer.note();
        Ok(trainer)
    }

    /// One epoch; nothing where it has [`finished`](Trainer::finished).
    ///
    /// # Errors
    /// [`Error::Diverged`], after which there is nothing to go on to.
    pub fn advance(&mut self) -> Result<()> {
        if self.finished() {
            return Ok(());
        }
        let before = self.state.loss;
        let (engines, training) = (&mut self.engines, &self.training);
        let (epoch, f, y) = (self.state.epoch + 1, &self.outputs[0], &self.y);
        self.pool.install(|| engines.epoch(training, epoch, f, y));
        self.outputs = [self.engines.train_outputs(), self.engines.test_outputs()];
        self.state.epoch = epoch;
        self.measure()?;
        self.state.loss_rises += usize::from(self.state.loss > before);
        if let Stopping::Plateau { fall, .. } = self.training.stopping
            && self.state.loss < self.state.fall.1 - fall
        {
            self.state.fall = (epoch, self.state.loss);
        }
        self.note();
        Ok(())
    }

    /// Whether the stopping rule, or the number of epochs, ends it here.
    pub fn finished(&self) -> bool {
        let state = &self.state;
        let waited = match self.training.stopping {
            Stopping::HoldOut { patience, .. } => {
                state.least.as_ref().is_some_and(|least| state.epoch - least.epoch >= patience)
            }
            Stopping::Plateau { epochs, .. } => state.epoch - state.fall.0 >= epochs,
            Stopping::Oracle | Stopping::Never => false,
        };
        waited || state.epoch >= self.training.epochs
    }

    /// Where it is.
    pub fn progress(&self) -> Progress<'_> {
        Progress {
            epoch: self.state.epoch,
            epochs: self.training.epochs,
            loss: self.state.loss,
            test_error: self.state.test_error,
            hold_out_error: self.state.hold_out_error,
            train_outputs: self.outputs[0].view(),
            test_outputs: parts(&self.outputs[1], self.truth.nrows())[0],
        }
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
        if curve.epoch.last() != Some(&state.epoch) {
            curve.push(state.epoch, state.loss, state.test_error, state.hold_out_error);
        }
        TrainingResult {
            curve,
            best: state.least.clone().unwrap_or_else(|| last.clone()),
            last,
            diagnostics: Diagnostics {
                engine: self.engines.copies[0].name().into(),
                trained: self.engines.copies.iter().map(|copy| copy.parameters().count()).sum(),
                loss_rises: state.loss_rises,
            },
            parameters: self.training.clone(),
        }
    }

    /// Goes to another epoch of the same training: its state and its networks' parameters.
    pub(super) fn jump(&mut self, state: State, parameters: Vec<crate::network::Parameters>) -> Result<()> {
        let (engines, training, general) = (&mut self.engines, &self.training, self.general);
        let rows = [self.rows[0].view(), self.rows[1].view()];
        self.pool.install(|| engines.set(parameters, training, rows, general))?;
        self.outputs = [self.engines.train_outputs(), self.engines.test_outputs()];
        self.state = state;
        Ok(())
    }

    /// Loss and errors of the outputs as they are.
    fn measure(&mut self) -> Result<()> {
        let [tested, held] = parts(&self.outputs[1], self.truth.nrows());
        let error = |f: ArrayView2<f64>, y: &Array2<f64>| (y.nrows() > 0).then(|| mean_square(f, y.view()));
        let (test_error, hold_out_error) = (error(tested, &self.truth), error(held, &self.held_y));
        let state = &mut self.state;
        state.loss = 0.5 * mean_square(self.outputs[0].view(), self.y.view());
        (state.test_error, state.hold_out_error) = (test_error, hold_out_error);
        let errors = [test_error, hold_out_error];
        if state.loss <= self.bound
            && errors.iter().flatten().all(|e| e.is_finite())
            && state.loss.is_finite()
            && self.engines.copies.iter().all(Engine::finite)
        {
            return Ok(());
        }
        Err(Error::Diverged {
            epoch: state.epoch,
            loss: state.loss,
            rate: self.training.rate,
            stable_rate: self.training.stable_rate(self.rows[0].view()).ok(),
        })
    }

    /// Adds the epoch to the curve, and keeps it if it is the least so far.
    fn note(&mut self) {
        let (epoch, loss) = (self.state.epoch, self.state.loss);
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
            epoch: self.state.epoch,
            loss: self.state.loss,
            test_error: self.state.test_error,
            hold_out_error: self.state.hold_out_error,
            train_outputs,
            test_outputs: tested.to_owned(),
        }
    }
}

/// The mean over rows of ‖f − y‖², summed in the order of the rows.
fn mean_square(f: ArrayView2<f64>, y: ArrayView2<f64>) -> f64 {
    f.iter().zip(y.iter()).map(|(f, y)| (f - y) * (f - y)).sum::<f64>() / f.nrows() as f64
}
