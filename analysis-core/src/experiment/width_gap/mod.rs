//! How far a finite network is from its limit: sup over epochs and test points of |f_t − f_t^∞|, against the width m.
//!
//! The limit starts from the *same* initial function as the network and takes the same gradient-descent steps with the kernel
//! of infinite width, f_k = f₀ + (1/n) K(·, X) φ_k(K/n)(Y − f₀(X)), φ_k(λ) = (1 − (1 − ηλ)^k)/λ. What is left is the finite
//! kernel's distance from K at the start and its drift in training, both of order 1/√m (Chen, Li and Lin 2024, §3).

mod result;

use std::collections::BTreeMap;
use std::ops::Range;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::grid::refuse_large;
use super::{Task, TrialData, side_by_side};
use crate::architecture::{Activation, Parametrisation};
use crate::check;
use crate::error::{Error, Result};
use crate::experiment::Piece;
use crate::flow::{Filter, StartValues};
use crate::kernel::Kernel;
use crate::memory::Bytes;
use crate::network::{Initialisation, Network, Precision, Stopping, Trainer, Training, log_spaced_epochs};
use crate::numeric::least_squares_slope;
use crate::origin::Origins;
use crate::regression::{MeanInterval, student_quantile};
use crate::seed::Seed;
use crate::session::Session;
use crate::store::Key;

pub use result::{Gap, GapSlope, WidthGapResult};

/// Raised when the numbers of a trial change for the same parameters.
///
/// 3: test rows of images are standardised, and their labels centred, with the training rows' means; all other numbers are
/// those of revision 2.
const REVISION: u32 = 3;

/// The comparison's parameters; `Default`: the paper's task at d = 5, n = 50, widths 64 to 16384.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WidthGap {
    /// What is learnt.
    pub task: Task,
    /// n.
    pub n: usize,
    /// The widths m, ascending.
    pub widths: Vec<usize>,
    /// Which trials, the end left out.
    pub trials: Range<usize>,
    /// What is compared.
    pub initialisations: Vec<Initialisation>,
    /// Whether the first layer has a bias.
    pub bias: bool,
    /// The learning rate η.
    pub rate: f64,
    /// Epochs of training.
    pub epochs: usize,
    /// About how many epochs are looked at, log-spaced, the first and the last among them.
    pub looks: usize,
    /// Test points.
    pub test_points: usize,
    /// The level of the intervals.
    pub level: f64,
    /// The seed of everything.
    pub seed: Seed,
}

impl Default for WidthGap {
    fn default() -> Self {
        WidthGap {
            task: Task::default(),
            n: 50,
            widths: vec![64, 256, 1024, 4096, 16384],
            trials: 0..10,
            initialisations: vec![Initialisation::Standard, Initialisation::Mirrored],
            bias: false,
            rate: 0.6,
            epochs: 500,
            looks: 40,
            test_points: 200,
            level: 0.95,
            seed: Seed(0),
        }
    }
}

impl WidthGap {
    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no or unordered widths, no trial, no initialisation or one named twice, no epoch, fewer than two looks, no test
    /// point, a level outside (0, 1), and what the task and the networks refuse; [`Error::Memory`].
    pub fn check(&self) -> Result<()> {
        if self.widths.is_empty() || self.widths.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Error::parameter("widths", format!("{:?}", self.widths), "name widths, ascending"));
        }
        if self.trials.is_empty() || self.initialisations.is_empty() {
            let what = format!("{:?}, {} initialisations", self.trials, self.initialisations.len());
            return Err(Error::parameter("trials", what, "at least one trial and one initialisation"));
        }
        for (name, value, least) in [
            ("n", self.n, 1),
            ("epochs", self.epochs, 1),
            ("looks", self.looks, 2),
            ("test_points", self.test_points, 1),
        ] {
            check::refuse(value < least, name, value, format!("must be at least {least}"))?;
        }
        self.task.check()?;
        student_quantile(self.level, 1)?;
        for (place, &initialisation) in self.initialisations.iter().enumerate() {
            let twice = self.initialisations[..place].contains(&initialisation);
            check::refuse(twice, "initialisations", initialisation, "is named twice")?;
            for &width in &self.widths {
                self.training(width, initialisation, Seed(0)).check()?;
            }
        }
        let axes = [self.widths.len(), self.trials.len()];
        let place = Bytes::of::<(usize, usize)>(1, 1);
        let gaps = Bytes::of::<Gap>(self.initialisations.len(), 1);
        refuse_large("trials", &axes, place + gaps)?;
        let (n, p, d) = (self.n, self.test_points, self.task.d());
        Bytes::of::<f64>(n.saturating_add(p), d.saturating_add(1))
            .require(&format!("{n} training and {p} test points of {d} coordinates"))
    }

    fn training(&self, width: usize, initialisation: Initialisation, seed: Seed) -> Training {
        Training {
            network: Network {
                inputs: self.task.d(),
                hidden_layers: 1,
                width,
                outputs: 1,
                activation: Activation::Relu,
                parametrisation: self.parametrisation(),
            },
            initialisation,
            rate: self.rate,
            epochs: self.epochs,
            stopping: Stopping::Never,
            // Single precision's own error would show at the largest widths.
            precision: Precision::Double,
            seed,
            threads: 1,
            ..Training::default()
        }
    }

    fn parametrisation(&self) -> Parametrisation {
        Parametrisation::FirstLayerBias { bias: self.bias }
    }

    /// Trains and compares; every network's gap is kept in the store as it is finished, and the session's observer is told of each trial.
    ///
    /// # Errors
    /// As [`WidthGap::check`], [`Training::run`] and [`Decomposition::predict`](crate::spectrum::Decomposition::predict).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use analysis_core::experiment::WidthGap;
    /// let small = WidthGap { n: 10, widths: vec![50, 800], trials: 0..3, epochs: 20, ..WidthGap::default() };
    /// let result = small.run()?;
    /// assert_eq!(result.gaps.len(), 3 * 2 * 2);
    /// assert!(result.slopes[0].slope.mean < 0.0); // wider is nearer
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run(&self) -> Result<WidthGapResult> {
        self.run_in(&Session::current())
    }

    /// As [`WidthGap::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`WidthGap::run`].
    pub fn run_in(&self, session: &Session) -> Result<WidthGapResult> {
        self.check()?;
        let jobs: Vec<(usize, usize)> = self
            .widths
            .iter()
            .rev()
            .flat_map(|m| self.trials.clone().map(move |trial| (*m, trial)))
            .collect();
        let widest = self.widths.last().copied().unwrap_or(1);
        let bytes =
            Bytes::of::<[f64; 8]>(widest, self.task.d().saturating_add(2)) + Bytes::of::<u8>(widest, self.n);
        bytes.require(&format!("a network of width {widest}"))?;
        let gaps = side_by_side(&jobs, bytes.0, session, |(width, trial)| {
            let (gaps, origins) = self.trial(width, trial, session)?;
            let found: Vec<String> =
                gaps.iter().map(|g| format!("{} {:.3e}", g.initialisation, g.gap)).collect();
            let line = format!("m = {width}, trial {trial}: {}", found.join(", "));
            Ok(Piece { value: gaps, origins, line })
        })?;
        self.summarise(gaps.values.into_iter().flatten().collect(), gaps.computed_by)
    }

    fn trial(&self, width: usize, trial: usize, session: &Session) -> Result<(Vec<Gap>, Origins)> {
        // The same data at every width; a network of its own.
        let seed = self.seed.child("trial", trial as u64);
        // Drawn where a gap is not stored yet: images take their time.
        let mut drawn: Option<TrialData> = None;
        let kernel = Kernel { parametrisation: self.parametrisation(), ..Kernel::default() };
        let mut limit = None;
        let (mut gaps, mut origins) = (Vec::new(), Origins::default());
        for &initialisation in &self.initialisations {
            let own = WidthGap {
                widths: vec![width],
                trials: trial..trial + 1,
                initialisations: vec![initialisation],
                level: 0.0,
                ..self.clone()
            };
            let key = Key::new("width-gap", REVISION, &(own, self.task.checksums()))?;
            let kept = session.keep(&key, || {
                let data = match drawn.take() {
                    Some(data) => data,
                    None => self.task.draw(self.n, self.test_points, seed)?,
                };
                let (flow, cross) = match limit.take() {
                    Some(known) => known,
                    None => {
                        let cross = kernel.cross_gram(data.z.view(), data.x.view())?;
                        (kernel.gram_in(data.x.view(), &session.within())?.decompose()?, cross)
                    }
                };
                let training = self.training(width, initialisation, seed.child("width", width as u64));
                let looked_at = log_spaced_epochs(self.epochs, self.looks + 1);
                let mut seen: BTreeMap<usize, Array2<f64>> = BTreeMap::new();
                let mut start = StartValues::zero(self.n, self.test_points, 1);
                let mut trainer = Trainer::start(&training, data.view())?;
                start.train.assign(&trainer.train_outputs());
                start.test.assign(&trainer.test_outputs());
                for epoch in 0..=self.epochs {
                    if looked_at.binary_search(&epoch).is_ok() {
                        seen.insert(epoch, trainer.test_outputs().to_owned());
                    }
                    session.check_cancelled()?;
                    trainer.advance()?;
                }
                let filters: Vec<Filter> = seen
                    .keys()
                    .map(|epoch| Filter::GradientDescent { rate: self.rate, steps: *epoch as u64 })
                    .collect();
                let prediction = flow.predict(data.y.view(), &start, cross.view(), &filters)?;
                limit = Some((flow, cross));
                drawn = Some(data);
                let (mut gap, mut at) = (0.0, 0);
                for ((epoch, outputs), limit) in seen.iter().zip(prediction.test.outer_iter()) {
                    let distance = (outputs - &limit).iter().fold(0.0f64, |most, v| most.max(v.abs()));
                    if distance > gap {
                        (gap, at) = (distance, *epoch);
                    }
                }
                Ok(Gap { width, trial, initialisation, gap, epoch: at })
            })?;
            gaps.push(kept.value);
            origins.insert(kept.origin);
        }
        Ok((gaps, origins))
    }

    fn summarise(&self, mut gaps: Vec<Gap>, mut computed_by: Origins) -> Result<WidthGapResult> {
        // Gaps may come from the store; the slopes are fitted now.
        computed_by.unite(&Origins::now());
        let place = |g: &Gap| self.initialisations.iter().position(|i| *i == g.initialisation);
        gaps.sort_by_key(|g| (place(g), g.trial, g.width));
        let mut slopes = Vec::new();
        if self.trials.len() >= 2 && self.widths.len() >= 2 {
            let ln_m: Vec<f64> = self.widths.iter().map(|m| (*m as f64).ln()).collect();
            for (own, &initialisation) in
                gaps.chunks(self.trials.len() * self.widths.len()).zip(&self.initialisations)
            {
                let of_trial = |gaps: &[Gap]| {
                    least_squares_slope(&ln_m, &gaps.iter().map(|g| g.gap.ln()).collect::<Vec<_>>())
                };
                let each: Vec<f64> = own.chunks(self.widths.len()).map(of_trial).collect();
                slopes.push(GapSlope { initialisation, slope: MeanInterval::of(&each, self.level)? });
            }
        }
        Ok(WidthGapResult { gaps, slopes, parameters: self.clone(), computed_by })
    }
}
