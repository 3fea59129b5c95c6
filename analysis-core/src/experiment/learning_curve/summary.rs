//! From trials to a curve: means of log errors, slopes with intervals, the paired difference of slopes.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{LearningCurve, TrialError};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::network::Initialisation;
use crate::origin::Origins;
use crate::regression::{MeanInterval, least_squares_slope, quantile};

/// A point of a learning curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// n.
    pub n: usize,
    /// How training started.
    pub initialisation: Initialisation,
    /// Mean over trials of the natural logarithm of the smallest test error.
    pub mean_log_error: f64,
    /// Its standard error over trials; absent with one trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    /// Median over trials of the time of the smallest error.
    pub median_time: f64,
    /// How many trials.
    pub trials: usize,
}

/// The slope of ln(error) against ln(n), fitted in every trial over all sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurveSlope {
    /// How training started.
    pub initialisation: Initialisation,
    /// Mean over trials, equal to the least-squares slope of the mean curve, with its interval.
    pub slope: MeanInterval,
}

/// The slope between two neighbouring sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalSlope {
    /// How training started.
    pub initialisation: Initialisation,
    /// The smaller size.
    pub from: usize,
    /// The larger size.
    pub to: usize,
    /// Mean over trials, with its interval.
    pub slope: MeanInterval,
}

/// A difference of slopes, taken in every trial: both initialisations meet the same data there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlopeDifference {
    /// Whose slope is taken…
    pub of: Initialisation,
    /// …minus this one's.
    pub minus: Initialisation,
    /// Mean over trials, with its interval. Negative: the first is steeper.
    pub difference: MeanInterval,
}

/// A learning curve and the trials behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningCurveResult {
    /// One an initialisation and size.
    pub points: Vec<CurvePoint>,
    /// One an initialisation; empty with one trial or one size.
    pub slopes: Vec<CurveSlope>,
    /// Between neighbouring sizes; empty with one trial.
    pub local_slopes: Vec<LocalSlope>,
    /// Every other initialisation's slope minus the first one's.
    pub differences: Vec<SlopeDifference>,
    /// Every trial.
    pub errors: Vec<TrialError>,
    /// The parameters.
    pub parameters: LearningCurve,
    /// What computed the trials.
    pub computed_by: Origins,
}

impl LearningCurveResult {
    /// Summarises trials: every trial of the parameters at every size for every initialisation, in any order.
    ///
    /// # Errors
    /// [`Error::Parameter`] where one is missing or doubled, or an error has no logarithm.
    pub fn of_trials(
        parameters: LearningCurve,
        mut errors: Vec<TrialError>,
        computed_by: Origins,
    ) -> Result<Self> {
        for &initialisation in &parameters.initialisations {
            for &n in &parameters.sizes {
                for trial in parameters.trials.clone() {
                    let own =
                        |e: &&TrialError| (e.initialisation, e.n, e.trial) == (initialisation, n, trial);
                    let count = errors.iter().filter(own).count();
                    if count != 1 {
                        let what = format!("n = {n}, trial {trial}, {initialisation}: {count} results");
                        return Err(Error::parameter(
                            "trials",
                            what,
                            "each must be there once: give the files of all shards, each once",
                        ));
                    }
                }
            }
        }
        let place = |e: &TrialError| parameters.initialisations.iter().position(|i| *i == e.initialisation);
        errors.sort_by_key(|e| (place(e), e.n, e.trial));
        for e in &errors {
            if !(e.error.is_finite() && e.error > 0.0) {
                let what = format!("n = {}, trial {}, {}: {}", e.n, e.trial, e.initialisation, e.error);
                return Err(Error::parameter("test error", what, "has no logarithm: must be positive"));
            }
        }
        let mut result = LearningCurveResult {
            points: Vec::new(),
            slopes: Vec::new(),
            local_slopes: Vec::new(),
            differences: Vec::new(),
            errors,
            parameters,
            computed_by,
        };
        result.summarise()?;
        Ok(result)
    }

    fn summarise(&mut self) -> Result<()> {
        let p = self.parameters.clone();
        let ln_n: Vec<f64> = p.sizes.iter().map(|n| (*n as f64).ln()).collect();
        let enough = p.trials.len() >= 2 && p.sizes.len() >= 2;
        let mut first: Option<Vec<f64>> = None;
        for &initialisation in &p.initialisations {
            // curves[trial][size]
            let curves: Vec<Vec<f64>> =
                p.trials.clone().map(|trial| self.log_errors(initialisation, trial)).collect();
            for (k, &n) in p.sizes.iter().enumerate() {
                let logs: Vec<f64> = curves.iter().map(|curve| curve[k]).collect();
                let times = self.errors.iter().filter(|e| e.n == n && e.initialisation == initialisation);
                let times: Vec<f64> = times.map(|e| e.time).collect();
                let count = logs.len() as f64;
                let interval = (logs.len() >= 2).then(|| MeanInterval::of(&logs, p.level)).transpose()?;
                self.points.push(CurvePoint {
                    n,
                    initialisation,
                    mean_log_error: logs.iter().sum::<f64>() / count,
                    standard_error: interval.map(|i| i.standard_error),
                    median_time: quantile(&times, 0.5)?,
                    trials: logs.len(),
                });
            }
            if !enough {
                continue;
            }
            for k in 1..p.sizes.len() {
                let rise = |curve: &Vec<f64>| (curve[k] - curve[k - 1]) / (ln_n[k] - ln_n[k - 1]);
                let slope = MeanInterval::of(&curves.iter().map(rise).collect::<Vec<_>>(), p.level)?;
                let (from, to) = (p.sizes[k - 1], p.sizes[k]);
                self.local_slopes.push(LocalSlope { initialisation, from, to, slope });
            }
            let slopes: Vec<f64> = curves.iter().map(|curve| least_squares_slope(&ln_n, curve)).collect();
            self.slopes.push(CurveSlope { initialisation, slope: MeanInterval::of(&slopes, p.level)? });
            match &first {
                None => first = Some(slopes),
                Some(reference) => {
                    let paired: Vec<f64> = slopes.iter().zip(reference).map(|(a, b)| a - b).collect();
                    let difference = MeanInterval::of(&paired, p.level)?;
                    let minus = p.initialisations[0];
                    self.differences.push(SlopeDifference { of: initialisation, minus, difference });
                }
            }
        }
        Ok(())
    }

    /// ln(error) at every size, ascending, of one trial.
    pub(super) fn log_errors(&self, initialisation: Initialisation, trial: usize) -> Vec<f64> {
        let own = |e: &&TrialError| e.initialisation == initialisation && e.trial == trial;
        self.errors.iter().filter(own).map(|e| e.error.ln()).collect()
    }

    /// The points of one initialisation, by size.
    pub fn curve(&self, initialisation: Initialisation) -> Vec<CurvePoint> {
        self.points.iter().filter(|p| p.initialisation == initialisation).cloned().collect()
    }

    /// The slope of one initialisation, where there is one.
    pub fn slope(&self, initialisation: Initialisation) -> Option<MeanInterval> {
        self.slopes.iter().find(|s| s.initialisation == initialisation).map(|s| s.slope)
    }

    /// Shards of one experiment, put together: results that differ in their trials only.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no shard, parameters that differ in more than the trials, a trial that two shards have with
    /// different numbers, and as [`LearningCurveResult::of_trials`] for one that is missing between two shards.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let whole = LearningCurve { sizes: vec![10, 20], trials: 0..4, ..Default::default() }.infinite();
    /// let run = |trials| LearningCurve { trials, ..whole.clone() }.run();
    /// assert_eq!(LearningCurveResult::merge(&[run(2..4)?, run(0..2)?])?, run(0..4)?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn merge(shards: &[LearningCurveResult]) -> Result<LearningCurveResult> {
        let Some(first) = shards.first() else {
            return Err(Error::parameter("shards", "[]", "name at least one result"));
        };
        let start = shards.iter().map(|s| s.parameters.trials.start).min().unwrap_or(0);
        let end = shards.iter().map(|s| s.parameters.trials.end).max().unwrap_or(0);
        let whole = LearningCurve { trials: start..end, ..first.parameters.clone() };
        let mut errors: Vec<TrialError> = Vec::new();
        let mut computed_by = Origins::default();
        for shard in shards {
            computed_by.unite(&shard.computed_by);
            if (LearningCurve { trials: start..end, ..shard.parameters.clone() }) != whole {
                let trials = format!("{:?}", shard.parameters.trials);
                return Err(Error::parameter(
                    "shard",
                    trials,
                    "its parameters are not those of the first one",
                ));
            }
            for new in &shard.errors {
                let same = |e: &&TrialError| {
                    (e.n, e.trial, e.initialisation) == (new.n, new.trial, new.initialisation)
                };
                match errors.iter().find(same) {
                    None => errors.push(new.clone()),
                    Some(old) if old == new => {}
                    Some(old) => {
                        let what =
                            format!("n = {}, trial {}: {} and {}", new.n, new.trial, old.error, new.error);
                        return Err(Error::parameter("shard", what, "two shards differ in the same trial"));
                    }
                }
            }
        }
        LearningCurveResult::of_trials(whole, errors, computed_by)
    }

    /// One row a trial, size and initialisation: `n`, `trial`, `initialisation`, `error`, `time`, `last_error`, and
    /// `misclassified` where targets are classes.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let frame = Frame::of(&self.errors)
            .whole("n", |e| e.n)
            .whole("trial", |e| e.trial)
            .text("initialisation", |e| e.initialisation)
            .number("error", |e| e.error)
            .number("time", |e| e.time)
            .number("last_error", |e| e.last_error);
        match self.parameters.task.is_classification() {
            true => frame.known("misclassified", |e| e.misclassified),
            false => frame,
        }
        .build("the trials of a learning curve")
    }
}
