//! Paper 1, Fig. 1: test error against n, standard against mirrored initialisation, at finite and infinite width.
//!
//! A **trial** at size n draws training and test data, then trains every initialisation on the same data (a paired
//! design); its error is the smallest mean squared test error over the whole training (oracle stopping, as in the paper).
//! A learning curve is the mean over trials of the logarithm of that error against ln n. Its slope is fitted in every trial
//! on its own: the mean over trials of those slopes is the least-squares slope of the mean curve, and their scatter gives an
//! interval that needs no assumption about how errors at different n depend on each other.

mod contrasts;
mod finite;
mod infinite;
mod levels;
mod summary;
mod task;
mod trial;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::grid::{Places, refuse_large};
use super::{Plan, Settings};
use crate::check;
use crate::error::{Error, Result};
use crate::experiment::Piece;
use crate::kernel::{Kernel, KernelKind, Parametrisation};
use crate::memory::Bytes;
use crate::network::Initialisation;
use crate::seed::Seed;
use crate::session::Session;

pub use contrasts::{PairedCurve, PairedPoint, PooledSlope, SlopeChange};
pub use finite::FiniteWidth;
pub use infinite::InfiniteWidth;
pub use levels::{CurveLevel, SmallestAtEnd, StartTheory, TheorySlope};
pub use summary::{CurvePoint, CurveSlope, LearningCurveResult, LocalSlope, SlopeDifference};
pub use task::{Task, TrialData};
pub use trial::TrialError;

/// How wide the networks are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regime {
    /// Real networks, trained by gradient descent.
    Finite(FiniteWidth),
    /// Their limit: kernel gradient flow from a Gaussian-process start (standard) or from zero (mirrored).
    Infinite(InfiniteWidth),
}

/// A learning curve's parameters; `Default` is paper 1's Fig. 1 at d = 5 with this project's conventions where the paper is
/// silent: n = 50, 100, 200, 400, 1000 test points, no bias, 20 trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearningCurve {
    /// What is learnt.
    pub task: Task,
    /// Finite or infinite width.
    pub regime: Regime,
    /// The sizes n, ascending.
    pub sizes: Vec<usize>,
    /// Which trials, counted from 0, the end left out: shards are ranges, and a shard's trials are those of the whole.
    pub trials: Range<usize>,
    /// What is compared; all meet the same data and, at finite width, the same initial parameters.
    pub initialisations: Vec<Initialisation>,
    /// Whether the first layer has a bias.
    pub bias: bool,
    /// L ≥ 1 hidden ReLU layers.
    pub hidden_layers: usize,
    /// Test points of a trial.
    pub test_points: usize,
    /// The level of the intervals.
    pub level: f64,
    /// The seed of everything.
    pub seed: Seed,
}

impl Default for LearningCurve {
    fn default() -> Self {
        LearningCurve {
            task: Task::default(),
            regime: Regime::Finite(FiniteWidth::default()),
            sizes: vec![50, 100, 200, 400],
            trials: 0..20,
            initialisations: vec![Initialisation::Standard, Initialisation::Mirrored],
            bias: false,
            hidden_layers: 1,
            test_points: 1000,
            level: 0.95,
            seed: Seed(0),
        }
    }
}

impl LearningCurve {
    /// The same curve at a notebook's settings: as it is, or three trials at n = 20, 40, 80.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{LearningCurve, Settings};
    /// assert_eq!(LearningCurve::default().at(Settings::Smoke).sizes, [20, 40, 80]);
    /// assert_eq!(LearningCurve::default().at(Settings::Paper), LearningCurve::default());
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => LearningCurve { sizes: vec![20, 40, 80], trials: 0..3, ..self },
        }
    }

    /// The same curve of infinitely wide networks.
    pub fn infinite(self) -> Self {
        LearningCurve { regime: Regime::Infinite(InfiniteWidth::default()), ..self }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no or unordered sizes, no trial, no or repeated initialisations, no test point, a level
    /// outside (0, 1), and what the task, the regime and the kernel refuse; [`Error::Memory`] for more trials than there is
    /// room for.
    pub fn check(&self) -> Result<()> {
        let sizes = || format!("{:?}", self.sizes);
        let why = "name at least one n ≥ 1";
        check::refuse(self.sizes.is_empty() || self.sizes[0] == 0, "sizes", sizes(), why)?;
        let why = "must ascend, each n once";
        check::refuse(self.sizes.windows(2).any(|pair| pair[0] >= pair[1]), "sizes", sizes(), why)?;
        if self.trials.is_empty() {
            let trials = format!("{}..{}", self.trials.start, self.trials.end);
            return Err(Error::parameter("trials", trials, "holds no trial: A..B leaves B out"));
        }
        check::not_empty("initialisations", &self.initialisations)?;
        for (place, initialisation) in self.initialisations.iter().enumerate() {
            initialisation.check()?;
            if self.initialisations[..place].contains(initialisation) {
                return Err(Error::parameter("initialisations", initialisation, "is named twice"));
            }
        }
        check::refuse(self.test_points == 0, "test_points", 0, "at least 1: the error is a mean over them")?;
        let why = "must lie between 0 and 1, for instance 0.95";
        check::refuse(!(self.level > 0.0 && self.level < 1.0), "level", self.level, why)?;
        self.task.check()?;
        let axes = [self.sizes.len(), self.trials.len()];
        let place = Bytes::of::<(usize, usize)>(1, 1);
        let errors = Bytes::of::<TrialError>(self.initialisations.len(), 1);
        refuse_large("trials", &axes, place + errors)?;
        self.kernel(KernelKind::Ntk).check()?;
        match &self.regime {
            Regime::Finite(finite) => finite.check(self),
            Regime::Infinite(infinite) => infinite.check(self),
        }
    }

    /// The kernel of the infinitely wide network.
    pub fn kernel(&self, kind: KernelKind) -> Kernel {
        let parametrisation = Parametrisation::FirstLayerBias { bias: self.bias };
        Kernel { kind, hidden_layers: self.hidden_layers, parametrisation, ..Kernel::default() }
    }

    /// The seed of trial `trial` at size n, from which data, noise and initial parameters derive.
    pub fn trial_seed(&self, trial: usize, n: usize) -> Seed {
        self.seed.child("trial", trial as u64).child("n", n as u64)
    }

    /// Computes the curve. Each trial is kept in the store as it is finished, and taken from there when it is asked for
    /// again, so an interrupted run goes on, and shards in one store add up; the session's observer is told of each.
    ///
    /// # Errors
    /// As [`LearningCurve::check`] and the training: [`Error::Memory`], [`Error::DataMissing`], and a divergence with the
    /// rate that would be stable.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let curve = LearningCurve { sizes: vec![10, 20], trials: 0..2, ..Default::default() }.infinite();
    /// let result = curve.run()?;
    /// assert_eq!(result.errors.len(), 2 * 2 * 2); // sizes × trials × initialisations
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run(&self) -> Result<LearningCurveResult> {
        self.run_in(&Session::current())
    }

    /// As [`LearningCurve::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`LearningCurve::run`].
    pub fn run_in(&self, session: &Session) -> Result<LearningCurveResult> {
        self.check()?;
        let largest = self.sizes.last().copied().unwrap_or(1);
        let (d, p) = (self.task.d(), self.test_points);
        let points = Bytes::of::<f64>(largest.saturating_add(p), d.saturating_add(1));
        points.require(&format!("{largest} training and {p} test points of {d} coordinates"))?;
        let places = self.work()?;
        let loaded = self.task.load()?;
        session.note(&format!("a trial of n = {largest} needs {}", places.work));
        let total = places.all.len();
        let errors = places.run(session, |(n, trial)| {
            let start = std::time::Instant::now();
            let (errors, origins) = self.trial(&loaded, n, trial, session, total > 1)?;
            let found: Vec<String> =
                errors.iter().map(|e| format!("{} {:.3e}", e.initialisation, e.error)).collect();
            let seconds = start.elapsed().as_secs_f64();
            let line = format!("n = {n}, trial {trial}: {} ({seconds:.1} s)", found.join(", "));
            Ok(Piece { value: errors, origins, line })
        })?;
        let trials = errors.values.into_iter().flatten().collect();
        LearningCurveResult::of_trials(self.clone(), trials, errors.computed_by)
    }

    /// What [`LearningCurve::run_in`] would have to do in this session.
    ///
    /// # Errors
    /// As [`LearningCurve::check`].
    pub fn plan(&self, session: &Session) -> Result<Plan> {
        self.check()?;
        self.work()?
            .plan(session, |(n, trial)| self.initialisations.iter().map(|i| self.key(n, trial, *i)).collect())
    }

    fn work(&self) -> Result<Places<(usize, usize)>> {
        let largest = self.sizes.last().copied().unwrap_or(1);
        let work = match &self.regime {
            Regime::Finite(finite) => finite.memory(self, largest),
            Regime::Infinite(infinite) => infinite.memory(self, largest),
        };
        work.require(&format!("a trial of n = {largest} with {} test points", self.test_points))?;
        // The largest first: they take longest, and the small ones fill the end.
        let all =
            self.sizes.iter().rev().flat_map(|n| self.trials.clone().map(move |trial| (*n, trial))).collect();
        Ok(Places {
            what: "trials",
            all,
            work,
            result: Bytes::of::<TrialError>(self.initialisations.len(), 1),
        })
    }
}
