//! A sampled dispersion with its interval.

use serde::{Deserialize, Serialize};

use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::regression::student_quantile;

/// Beyond this relative standard error of E\[Θ²\] a sample does not see the tail that the moment lives on.
const SEEN: f64 = 0.25;

/// What a sample says of E\[Θ²\]/E\[Θ\]².
///
/// The interval is the jackknife's on the scale of ln ln R, where the sampling distribution of a heavy-tailed ratio is
/// nearest to a normal one, with the jackknife's correction for bias and Student's quantile. A sample of N cannot give a
/// ratio above N, and misses a tail that it has not met: of 95 % intervals from N = 200 ReLU networks (M = 256 at
/// (2, 0), 2000 repeats each), 94 % held the exact ratio at R = 1.03, 93 % at 1.2, 84 % at 1.6, 80 % at 2.0, 71 % at 2.9, and
/// nearly all of those that missed lay below it ([`Coverage`](super::super::Coverage)). So [`RatioEstimate::tail_unseen`] says when not to believe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatioEstimate {
    /// How many values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Its standard error.
    pub mean_error: f64,
    /// E\[Θ²\]/E\[Θ\]² of the sample.
    pub ratio: f64,
    /// ln ln R, corrected for bias; none where all values, or all but one, are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log_log: Option<f64>,
    /// Its standard error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log_log_error: Option<f64>,
    /// The largest value's share of Σ Θ²: 1/N for equal values, near 1 where one network decides.
    pub largest_share: f64,
}

impl RatioEstimate {
    /// From independent values, at least 10.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer values or a mean of zero; [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::RatioEstimate;
    /// let values: Vec<f64> = (1..=100).map(f64::from).collect();
    /// let estimate = RatioEstimate::of(&values)?;
    /// assert!((estimate.ratio - 338_350.0 * 100.0 / 5050f64.powi(2)).abs() < 1e-12);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn of(values: &[f64]) -> Result<RatioEstimate> {
        let count = values.len();
        check::refuse(count < 10, "values", count, "at least 10: an interval needs a spread")?;
        check::finite_values("values", values)?;
        let n = count as f64;
        // In units of the largest, so that squares neither overflow nor vanish.
        let unit = values.iter().fold(0.0f64, |largest, v| largest.max(v.abs()));
        let mean = values.iter().map(|v| v / unit).sum::<f64>() / n;
        check::refuse(unit == 0.0 || mean == 0.0, "values", mean, "have mean zero: the ratio is infinite")?;
        // Through the variance: R − 1 = Var/mean² keeps its digits where R is near 1.
        let variance = values.iter().map(|v| (v / unit - mean).powi(2)).sum::<f64>() / n;
        let excess = variance / mean / mean;
        // The same without one value that lies d from the mean.
        let without = |v: &f64| {
            let d = v / unit - mean;
            let rest = mean - d / (n - 1.0);
            let squares = n * variance - d * d * n / (n - 1.0);
            // What n sums of n terms leave by rounding is no spread: all the others are equal.
            let squares = if squares > n * f64::EPSILON * n * variance { squares } else { 0.0 };
            (squares / (n - 1.0) / rest / rest).ln_1p().ln()
        };
        let left_out: Vec<f64> = values.iter().map(without).collect();
        let whole = excess.ln_1p().ln();
        let jackknife = left_out.iter().all(|v| v.is_finite()).then(|| {
            let average = left_out.iter().sum::<f64>() / n;
            let spread = left_out.iter().map(|v| (v - average).powi(2)).sum::<f64>() * (n - 1.0) / n;
            (n * whole - (n - 1.0) * average, spread.sqrt())
        });
        Ok(RatioEstimate {
            count,
            mean: mean * unit,
            mean_error: unit * (variance / (n - 1.0)).sqrt(),
            ratio: 1.0 + excess,
            log_log: jackknife.map(|j| j.0),
            log_log_error: jackknife.map(|j| j.1),
            largest_share: 1.0 / (n * (variance + mean * mean)),
        })
    }

    /// The interval \[low, high\] for R at `level`. Where all values are equal (networks that died, as a rule), or all but one
    /// are, the sample says no more than \[1, N\].
    ///
    /// # Errors
    /// [`Error::Parameter`] for a level outside (0, 1).
    pub fn interval(&self, level: f64) -> Result<[f64; 2]> {
        let quantile = student_quantile(level, self.count - 1)?;
        let (Some(middle), Some(error)) = (self.log_log, self.log_log_error) else {
            return Ok([1.0, self.count as f64]);
        };
        // No sample of N has a ratio above N; an interval that claims more than e^300 says nothing either.
        Ok([middle - quantile * error, middle + quantile * error].map(|end| end.exp().min(300.0).exp()))
    }

    /// Whether the sample itself says that it knows too little: all values, or all but one, are equal, or one of them holds
    /// more than a quarter of Σ Θ² (no estimate of E\[Θ²\] has a smaller relative error than its largest term's share).
    pub fn decided_by_one(&self) -> bool {
        self.log_log.is_none() || self.largest_share > SEEN
    }

    /// Whether this many values cannot see the tail on which E\[Θ²\] lives, given what R is or may be: the relative standard
    /// error of E\[Θ²\] of a log-normal variable, √((R⁴ − 1)/N), exceeds 1/4 (N = 200: from R = 1.9 on; N = 10⁴: from 5 on).
    pub fn tail_unseen(&self, ratio: f64) -> bool {
        let error2 = (ratio.powi(4) - 1.0) / self.count as f64;
        error2.is_nan() || error2 > SEEN * SEEN
    }
}
