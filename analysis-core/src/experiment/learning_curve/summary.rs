//! From trials to a curve: means of log errors, slopes with intervals, the paired difference of slopes.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{LearningCurve, TrialError};
use crate::error::{Error, Result};
use crate::experiment::grid::{common, union};
use crate::frame::Frame;
use crate::network::Initialisation;
use crate::numeric::least_squares_slope;
use crate::origin::Origins;
use crate::regression::{MeanInterval, quantile};

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
    /// What computed the trials, and the means and slopes over them.
    pub computed_by: Origins,
}

fn named(n: usize, trial: usize, initialisation: Initialisation) -> String {
    format!("n = {n}, trial {trial}, {initialisation}")
}

impl TrialError {
    fn name(&self) -> String {
        named(self.n, self.trial, self.initialisation)
    }
}

impl LearningCurve {
    /// The names of all trials.
    fn names(&self) -> Vec<String> {
        let at = |i: Initialisation| {
            let sizes = self.sizes.iter();
            sizes.flat_map(move |n| self.trials.clone().map(move |trial| named(*n, trial, i)))
        };
        self.initialisations.iter().flat_map(|i| at(*i)).collect()
    }
}

impl LearningCurveResult {
    /// Summarises trials, in any order. Those that are there at every size for every initialisation enter the summary; how many
    /// results are missing is [`LearningCurveResult::missing`]. To what computed the trials, `computed_by`, the running program is
    /// added, which computes the means and slopes.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a trial that is none of the parameters', one with two different results, and an error that has no
    /// logarithm.
    pub fn of_trials(
        parameters: LearningCurve,
        errors: Vec<TrialError>,
        mut computed_by: Origins,
    ) -> Result<Self> {
        computed_by.unite(&Origins::now());
        let mut errors = union(&parameters.names(), &errors, TrialError::name)?;
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
        let whole = self.whole_trials();
        if whole.is_empty() {
            return Ok(());
        }
        let enough = whole.len() >= 2 && p.sizes.len() >= 2;
        let mut first: Option<Vec<f64>> = None;
        for &initialisation in &p.initialisations {
            // curves[trial][size]
            let curves: Vec<Vec<f64>> =
                whole.iter().map(|trial| self.log_errors(initialisation, *trial)).collect();
            for (k, &n) in p.sizes.iter().enumerate() {
                let logs: Vec<f64> = curves.iter().map(|curve| curve[k]).collect();
                let own = |e: &&TrialError| {
                    e.n == n && e.initialisation == initialisation && whole.binary_search(&e.trial).is_ok()
                };
                let times = self.errors.iter().filter(own);
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

    /// How many results of the parameters' trials are not there.
    pub fn missing(&self) -> usize {
        self.parameters.names().len().saturating_sub(self.errors.len())
    }

    /// The trials that are there at every size for every initialisation, ascending.
    pub(crate) fn whole_trials(&self) -> Vec<usize> {
        let p = &self.parameters;
        let each = p.sizes.len() * p.initialisations.len();
        let count = |trial: &usize| self.errors.iter().filter(|e| e.trial == *trial).count() == each;
        p.trials.clone().filter(count).collect()
    }

    /// Results of one experiment, put together: shards of it, or results whose trials differ. A trial that several have must be
    /// the same in all of them.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no result, parameters that differ in more than the trials, and as [`LearningCurve::check`] of
    /// all trials from the first to the last, and [`LearningCurveResult::of_trials`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let whole = LearningCurve { sizes: vec![10, 20], trials: 0..4, ..Default::default() }.infinite();
    /// let run = |trials| LearningCurve { trials, ..whole.clone() }.run();
    /// assert_eq!(LearningCurveResult::merge(&[run(2..4)?, run(0..2)?])?, run(0..4)?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn merge(parts: &[LearningCurveResult]) -> Result<LearningCurveResult> {
        let trials = || parts.iter().map(|part| &part.parameters.trials);
        let (start, end) = (trials().map(|t| t.start).min(), trials().map(|t| t.end).max());
        let trials = start.unwrap_or(0)..end.unwrap_or(0);
        let all: Vec<LearningCurve> =
            parts.iter().map(|p| LearningCurve { trials: trials.clone(), ..p.parameters.clone() }).collect();
        let parameters = common(&all)?.clone();
        // The range that spans all of theirs may have more trials than there is room for.
        parameters.check()?;
        let errors =
            union(&parameters.names(), parts.iter().flat_map(|part| &part.errors), TrialError::name)?;
        let computed_by = parts.iter().flat_map(|part| part.computed_by.iter().cloned()).collect();
        LearningCurveResult::of_trials(parameters, errors, computed_by)
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
