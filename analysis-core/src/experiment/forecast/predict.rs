//! What an exponent foretells.

use serde::{Deserialize, Serialize};

use super::sample::{ForecastSample, RidgeError};
use crate::data::Source;
use crate::smoothness::{Estimator, Interval};

/// Half the width of a normal 95 % interval.
const NORMAL: f64 = 1.959_963_984_540_054;

/// What one estimator foretells of one size, and what was measured. Errors are shares of the variance of their own sample's target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForecastRow {
    /// The set.
    pub source: Source,
    /// The size n from which.
    pub from: usize,
    /// The size n' of which.
    pub n: usize,
    /// The estimator of r. The ridged one foretells the error at the ridge that is best at n, the others that at the first ridge.
    pub estimator: Estimator,
    /// Whether noise of the likelihood's σ² is kept apart.
    pub with_noise: bool,
    /// r.
    pub r: f64,
    /// The error that is foretold.
    pub predicted: f64,
    /// What the estimator's interval allows, widened by 1.96 standard errors of the ratio of the two errors, whose rows are others.
    pub interval: Interval,
    /// The error that was measured.
    pub measured: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Whether it lies in the interval.
    pub holds: bool,
}

/// Two samples of one set at one ridge.
struct Pair<'a> {
    start: &'a ForecastSample,
    end: &'a ForecastSample,
    first: &'a RidgeError,
    last: &'a RidgeError,
}

impl Pair<'_> {
    /// Standard error of ln of the ratio of the two errors.
    fn scatter(&self) -> f64 {
        let relative = |error: &RidgeError| error.standard_error / error.error;
        relative(self.first).hypot(relative(self.last))
    }

    /// g·σ² + (error − g·σ²)·(n'/n)^{−r} as a share; noise that would be more than the error counts as all of it.
    fn predicted(&self, r: f64, noise: f64) -> f64 {
        let kept = (self.first.noise_gain * noise).min(self.first.error);
        let fall = (self.end.n as f64 / self.start.n as f64).powf(-r);
        (kept + (self.first.error - kept) * fall) / self.start.variance
    }

    fn row(
        &self,
        estimator: Estimator,
        with_noise: bool,
        r: f64,
        predicted: f64,
        by_r: Interval,
    ) -> ForecastRow {
        let wider = (NORMAL * self.scatter()).exp();
        let interval = Interval { low: by_r.low / wider, high: by_r.high * wider };
        let measured = self.end.share(self.last);
        ForecastRow {
            source: self.start.source,
            from: self.start.n,
            n: self.end.n,
            estimator,
            with_noise,
            r,
            predicted,
            interval,
            measured,
            standard_error: self.last.standard_error / self.end.variance,
            holds: interval.holds(measured),
        }
    }
}

/// Everything that `start` foretells of `end`.
pub(super) fn rows(start: &ForecastSample, end: &ForecastSample) -> Vec<ForecastRow> {
    let mut rows = Vec::new();
    for estimate in &start.estimates {
        let estimator = estimate.estimator;
        let first = if estimator == Estimator::RidgedLeaveOneOut { start.best() } else { start.first() };
        let last = end.errors.iter().find(|error| error.ridge == first.ridge);
        let (Some(r), Some(last)) = (estimate.r, last) else { continue };
        let pair = Pair { start, end, first, last };
        let by = |r: f64| pair.predicted(r, 0.0);
        let ends = estimate.r_interval.unwrap_or(Interval { low: r, high: r });
        rows.push(pair.row(estimator, false, r, by(r), Interval { low: by(ends.high), high: by(ends.low) }));
        if let (Estimator::Likelihood, Some(share)) = (estimator, estimate.noise_share) {
            let predicted = pair.predicted(r, share * start.mean_square);
            // The errors of all that is allowed; noise of more than the whole error is refuted by that error.
            let possible = start.allowed.iter().filter(|a| first.noise_gain * a.noise.low <= first.error);
            let all =
                possible.flat_map(|a| [a.noise.low, a.noise.high].map(|noise| pair.predicted(a.r, noise)));
            let (low, high) =
                all.fold((predicted, predicted), |(low, high), error| (low.min(error), high.max(error)));
            rows.push(pair.row(estimator, true, r, predicted, Interval { low, high }));
        }
    }
    rows
}
