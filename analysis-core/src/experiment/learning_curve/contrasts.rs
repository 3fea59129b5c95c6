//! What a learning curve says beyond its table: slopes over several sizes at once and whether a line fits at all, and two
//! initialisations compared in every trial.

use serde::{Deserialize, Serialize};

use super::{LearningCurveResult, TrialError};
use crate::check;
use crate::error::{Error, Result};
use crate::network::Initialisation;
use crate::numeric::least_squares_slope;
use crate::regression::MeanInterval;

/// A slope over all sizes from one on, fitted in every trial, and the test of the line it belongs to.
///
/// Neighbouring local slopes share a point, so their errors are anticorrelated and four of them are not four independent
/// measurements; the pooled slope is one number with one interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PooledSlope {
    /// Whose slope is taken.
    pub initialisation: Initialisation,
    /// Minus whose, in every trial; `None`: the slope itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minus: Option<Initialisation>,
    /// The smallest size.
    pub from: usize,
    /// The largest size.
    pub to: usize,
    /// Mean over trials of the least-squares slope of ln(error) against ln(n), with its interval.
    pub slope: MeanInterval,
    /// Mean over trials of b in ln(error) ≈ c + a ln n + b (ln n)²; absent with two sizes. An interval that excludes 0 rejects
    /// the line: then the slope is a contrast between small and large n, not an exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curvature: Option<MeanInterval>,
}

/// Two initialisations at one size, compared in every trial: both meet the same data there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairedPoint {
    /// n.
    pub n: usize,
    /// ln(error of the first / error of the second).
    pub log_ratio: MeanInterval,
    /// Error of the first minus error of the second.
    pub excess: MeanInterval,
    /// The same of the share of wrong signs, where targets are classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misclassified: Option<MeanInterval>,
}

/// Two initialisations compared in every trial, size by size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairedCurve {
    /// The first initialisation…
    pub of: Initialisation,
    /// …and the one that is subtracted.
    pub minus: Initialisation,
    /// By size.
    pub points: Vec<PairedPoint>,
    /// The slope of `log_ratio` against ln(n), fitted in every trial; absent with one size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slope: Option<MeanInterval>,
    /// The slope of ln(`excess`) against ln(n), fitted in every trial; absent with one size, and where the excess of one trial
    /// is not positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess_slope: Option<MeanInterval>,
}

/// How a slope differs between two experiments on the same data, taken in every trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlopeChange {
    /// Whose slope is taken.
    pub initialisation: Initialisation,
    /// Minus whose, in every trial; `None`: the slope itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minus: Option<Initialisation>,
    /// The slope here minus the slope there.
    pub change: MeanInterval,
}

impl LearningCurveResult {
    /// The slope of every initialisation over all sizes n ≥ `from`, then every paired difference to the first one, each with
    /// the curvature of its line.
    ///
    /// # Errors
    /// [`Error::Parameter`] where fewer than two sizes or two trials are left.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let curve = LearningCurve { sizes: vec![10, 20, 40], trials: 0..3, ..Default::default() }.infinite();
    /// let result = curve.run()?;
    /// let pooled = result.pooled(20)?;
    /// assert_eq!((pooled[0].from, pooled[0].to), (20, 40));
    /// assert!(pooled[0].curvature.is_none()); // two sizes always lie on a line
    /// # Ok::<(), Error>(())
    /// ```
    pub fn pooled(&self, from: usize) -> Result<Vec<PooledSlope>> {
        let p = &self.parameters;
        let kept: Vec<usize> = (0..p.sizes.len()).filter(|k| p.sizes[*k] >= from).collect();
        let why = format!("a slope needs two sizes: of {:?} at least two must be that large", p.sizes);
        check::refuse(kept.len() < 2, "from", from, why)?;
        let ln_n: Vec<f64> = kept.iter().map(|k| (p.sizes[*k] as f64).ln()).collect();
        let bend = (ln_n.len() >= 3).then(|| curvature_weights(&ln_n));
        let (mut pooled, whole) = (Vec::new(), self.whole_trials());
        let mut first: Option<(Vec<f64>, Vec<f64>)> = None;
        for (place, &initialisation) in p.initialisations.iter().enumerate() {
            let curves: Vec<Vec<f64>> = whole
                .iter()
                .map(|trial| self.log_errors(initialisation, *trial)[kept[0]..].to_vec())
                .collect();
            let slopes: Vec<f64> = curves.iter().map(|curve| least_squares_slope(&ln_n, curve)).collect();
            let bends: Vec<f64> = match &bend {
                Some(weights) => curves.iter().map(|curve| dot(weights, curve)).collect(),
                None => Vec::new(),
            };
            let one = |minus, slopes: &[f64], bends: &[f64]| -> Result<PooledSlope> {
                let curvature = bend.as_ref().map(|_| MeanInterval::of(bends, p.level)).transpose()?;
                let (from, to) = (p.sizes[kept[0]], p.sizes[kept[kept.len() - 1]]);
                let slope = MeanInterval::of(slopes, p.level)?;
                Ok(PooledSlope { initialisation, minus, from, to, slope, curvature })
            };
            pooled.insert(place, one(None, &slopes, &bends)?);
            match &first {
                None => first = Some((slopes, bends)),
                Some((slopes0, bends0)) => {
                    let minus = Some(p.initialisations[0]);
                    pooled.push(one(minus, &less(&slopes, slopes0), &less(&bends, bends0))?);
                }
            }
        }
        Ok(pooled)
    }

    /// Two initialisations of the parameters, compared in every trial at every size.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an initialisation that was not run, or fewer than two trials.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let curve = LearningCurve { sizes: vec![10, 20], trials: 0..3, ..Default::default() }.infinite();
    /// let result = curve.run()?;
    /// let paired = result.paired(Initialisation::Mirrored, Initialisation::Standard)?;
    /// let difference = result.differences[0].difference.mean; // of the slopes, as in the table
    /// assert!((paired.slope.unwrap().mean - difference).abs() < 1e-12);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn paired(&self, of: Initialisation, minus: Initialisation) -> Result<PairedCurve> {
        let p = &self.parameters;
        for initialisation in [of, minus] {
            if !p.initialisations.contains(&initialisation) {
                let why = format!("was not run; there are {}", names(&p.initialisations));
                return Err(Error::parameter("initialisation", initialisation, why));
            }
        }
        let mut points = Vec::new();
        let whole = self.whole_trials();
        let (mut log_ratios, mut excesses) = (vec![Vec::new(); whole.len()], vec![Vec::new(); whole.len()]);
        for &n in &p.sizes {
            let at = |initialisation| -> Vec<&TrialError> {
                let own = |e: &&TrialError| {
                    e.n == n && e.initialisation == initialisation && whole.binary_search(&e.trial).is_ok()
                };
                self.errors.iter().filter(own).collect()
            };
            let pairs: Vec<(&TrialError, &TrialError)> = at(of).into_iter().zip(at(minus)).collect();
            let over = |value: &dyn Fn(&TrialError, &TrialError) -> f64| -> Vec<f64> {
                pairs.iter().map(|(a, b)| value(a, b)).collect()
            };
            let (log_ratio, excess) =
                (over(&|a, b| (a.error / b.error).ln()), over(&|a, b| a.error - b.error));
            let shares: Option<Vec<f64>> =
                pairs.iter().map(|(a, b)| Some(a.misclassified? - b.misclassified?)).collect();
            points.push(PairedPoint {
                n,
                log_ratio: MeanInterval::of(&log_ratio, p.level)?,
                excess: MeanInterval::of(&excess, p.level)?,
                misclassified: shares.map(|shares| MeanInterval::of(&shares, p.level)).transpose()?,
            });
            log_ratios.iter_mut().zip(log_ratio).for_each(|(trial, value)| trial.push(value));
            excesses.iter_mut().zip(excess).for_each(|(trial, value)| trial.push(value));
        }
        let ln_n: Vec<f64> = p.sizes.iter().map(|n| (*n as f64).ln()).collect();
        let slope = |curves: &[Vec<f64>]| {
            let slopes: Vec<f64> = curves.iter().map(|curve| least_squares_slope(&ln_n, curve)).collect();
            (ln_n.len() >= 2).then(|| MeanInterval::of(&slopes, p.level)).transpose()
        };
        let positive = excesses.iter().flatten().all(|value| *value > 0.0);
        let logs: Vec<Vec<f64>> = excesses.iter().map(|c| c.iter().map(|v| v.ln()).collect()).collect();
        let excess_slope = if positive { slope(&logs)? } else { None };
        Ok(PairedCurve { of, minus, points, slope: slope(&log_ratios)?, excess_slope })
    }

    /// How the slopes and their paired differences change from another experiment to this one, in every trial: both must have
    /// the same task, sizes, trials, seed and initialisations, so that a trial is the same data in both.
    ///
    /// # Errors
    /// [`Error::Parameter`] where one of these differs, or there are fewer than two sizes or trials.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let curve = LearningCurve { sizes: vec![10, 20], trials: 0..3, ..Default::default() }.infinite();
    /// let run = |curve: &LearningCurve| curve.run();
    /// let (plain, biased) = (run(&curve)?, run(&LearningCurve { bias: true, ..curve.clone() })?);
    /// let changes = biased.changes_from(&plain)?;
    /// assert!((changes[0].change.mean - (biased.slopes[0].slope.mean - plain.slopes[0].slope.mean)).abs() < 1e-12);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn changes_from(&self, other: &LearningCurveResult) -> Result<Vec<SlopeChange>> {
        let what = |result: &LearningCurveResult| {
            let (p, trials) = (&result.parameters, result.whole_trials());
            (p.task.clone(), p.sizes.clone(), trials, p.seed, p.test_points, names(&p.initialisations))
        };
        let why = "must have the same task, sizes, trials, seed, test points and initialisations: trials are paired";
        check::refuse(what(self) != what(other), "other", format!("{:?}", what(other)), why)?;
        let (here, there) = (self.trial_slopes()?, other.trial_slopes()?);
        let change = |minus: Option<usize>, k: usize| -> Result<SlopeChange> {
            let own = |slopes: &[Vec<f64>]| match minus {
                Some(first) => less(&slopes[k], &slopes[first]),
                None => slopes[k].clone(),
            };
            let starts = &self.parameters.initialisations;
            let change = MeanInterval::of(&less(&own(&here), &own(&there)), self.parameters.level)?;
            Ok(SlopeChange { initialisation: starts[k], minus: minus.map(|first| starts[first]), change })
        };
        let slopes = (0..here.len()).map(|k| change(None, k));
        slopes.chain((1..here.len()).map(|k| change(Some(0), k))).collect()
    }

    /// The slope over all sizes of every trial, one list an initialisation.
    fn trial_slopes(&self) -> Result<Vec<Vec<f64>>> {
        let p = &self.parameters;
        check::refuse(p.sizes.len() < 2, "sizes", format!("{:?}", p.sizes), "a slope needs two sizes")?;
        let ln_n: Vec<f64> = p.sizes.iter().map(|n| (*n as f64).ln()).collect();
        let slope =
            |initialisation, trial| least_squares_slope(&ln_n, &self.log_errors(initialisation, trial));
        let whole = self.whole_trials();
        Ok(p.initialisations.iter().map(|i| whole.iter().map(|t| slope(*i, *t)).collect()).collect())
    }
}

/// w with Σ w_k y_k = b of the least-squares parabola c + a x + b x²: x² made orthogonal to 1 and x, over its square.
fn curvature_weights(x: &[f64]) -> Vec<f64> {
    let count = x.len() as f64;
    let mean = x.iter().sum::<f64>() / count;
    let square: Vec<f64> = x.iter().map(|x| (x - mean) * (x - mean)).collect();
    let slope = least_squares_slope(x, &square);
    let height = square.iter().sum::<f64>() / count;
    let left: Vec<f64> = x.iter().zip(&square).map(|(x, s)| s - height - slope * (x - mean)).collect();
    let norm = dot(&left, &left);
    left.into_iter().map(|v| v / norm).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn less(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn names(initialisations: &[Initialisation]) -> String {
    initialisations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "contrasts_tests.rs"]
mod tests;
