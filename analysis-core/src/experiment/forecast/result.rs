//! Forecasts beside measurements.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::predict::{ForecastRow, rows};
use super::sample::ForecastSample;
use super::{Forecast, Place};
use crate::check;
use crate::data::Source;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::{common, union};
use crate::frame::Frame;
use crate::origin::Origins;
use crate::smoothness::Interval;

/// What was foretold and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastResult {
    /// By set and size.
    pub samples: Vec<ForecastSample>,
    /// By set, size and estimator; made of the samples.
    pub rows: Vec<ForecastRow>,
    /// The parameters.
    pub parameters: Forecast,
    /// What computed the samples.
    #[serde(default)]
    pub computed_by: Origins,
}

/// How fast the error falls between two sizes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EffectiveExponent {
    /// The set.
    pub source: Source,
    /// The smaller size.
    pub from: usize,
    /// The larger one.
    pub to: usize,
    /// −ln(error(to)/error(from)) / ln(to/from), of errors at the first ridge as shares of the variance.
    pub r: f64,
    /// Its 95 % interval, by the standard errors of the two errors, which are of different rows.
    pub interval: Interval,
}

impl ForecastResult {
    pub(super) fn of(samples: Vec<ForecastSample>, parameters: Forecast, computed_by: Origins) -> Self {
        let start = |source: Source| samples.iter().find(|s| (s.source, s.n) == (source, parameters.n));
        let ends = samples.iter().filter(|sample| sample.n != parameters.n);
        let rows = ends.filter_map(|end| Some(rows(start(end.source)?, end))).flatten().collect();
        ForecastResult { samples, rows, parameters, computed_by }
    }

    /// Results of one forecast, put together in its order: shards of it, for instance. A sample that several have must be the same in
    /// all of them.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no result, parameters that differ, a sample with different numbers in two results, and one that is
    /// none of the forecast's.
    pub fn merge(parts: &[ForecastResult]) -> Result<ForecastResult> {
        let parameters = common(parts.iter().map(|part| &part.parameters))?.clone();
        let names: Vec<String> = parameters.work().all.into_iter().map(named).collect();
        let name = |sample: &ForecastSample| named(Place { source: sample.source, n: sample.n });
        let samples = union(&names, parts.iter().flat_map(|part| &part.samples), name)?;
        for sample in &samples {
            let why = "must hold the error at the first ridge of the parameters";
            let own = sample.errors.first().map(|error| error.ridge);
            check::refuse(own != parameters.ridges(sample.n).first().copied(), "errors", name(sample), why)?;
        }
        let computed_by = parts.iter().flat_map(|part| part.computed_by.iter().cloned()).collect();
        Ok(ForecastResult::of(samples, parameters, computed_by))
    }

    /// How many samples are not there.
    pub fn missing(&self) -> usize {
        self.parameters.work().all.len().saturating_sub(self.samples.len())
    }

    /// Its samples in the parameters' order, and what they foretell made anew.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        ForecastResult::merge(&[self])
    }

    /// The samples of one set, by n.
    pub fn of_source(&self, source: Source) -> Vec<&ForecastSample> {
        self.samples.iter().filter(|sample| sample.source == source).collect()
    }

    /// The exponent between every two sizes that follow each other: by how much it moves.
    pub fn exponents(&self) -> Vec<EffectiveExponent> {
        let pairs = self.samples.windows(2).filter(|pair| pair[0].source == pair[1].source);
        let of = |pair: &[ForecastSample]| {
            let (one, other) = (&pair[0], &pair[1]);
            let span = (other.n as f64 / one.n as f64).ln();
            let relative = |sample: &ForecastSample| sample.first().standard_error / sample.first().error;
            let reach = 1.959_963_984_540_054 * relative(one).hypot(relative(other)) / span;
            let r = (one.share(one.first()) / other.share(other.first())).ln() / span;
            let interval = Interval { low: r - reach, high: r + reach };
            EffectiveExponent { source: one.source, from: one.n, to: other.n, r, interval }
        };
        pairs.map(of).collect()
    }

    /// One row a forecast: `source`, `from`, `n`, `estimator`, `with_noise`, `r`, `predicted`, `low`, `high`, `measured`, `standard_error`,
    /// `holds`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.rows)
            .text("source", |row| row.source)
            .whole("from", |row| row.from)
            .whole("n", |row| row.n)
            .text("estimator", |row| row.estimator)
            .flag("with_noise", |row| row.with_noise)
            .number("r", |row| row.r)
            .number("predicted", |row| row.predicted)
            .number("low", |row| row.interval.low)
            .number("high", |row| row.interval.high)
            .number("measured", |row| row.measured)
            .number("standard_error", |row| row.standard_error)
            .flag("holds", |row| row.holds)
            .build("the frame of a forecast")
    }

    /// One row an error: `source`, `n`, `first_row`, `ridge`, `error`, `standard_error` and `gcv` as shares of the variance, `variance`,
    /// `noise_gain`, `kappa`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn errors_frame(&self) -> Result<DataFrame> {
        let all: Vec<_> = self
            .samples
            .iter()
            .flat_map(|sample| sample.errors.iter().map(move |error| (sample, error)))
            .collect();
        Frame::of(&all)
            .text("source", |(sample, _)| sample.source)
            .whole("n", |(sample, _)| sample.n)
            .text("rows", |(sample, _)| sample.rows)
            .number("ridge", |(_, error)| error.ridge)
            .number("error", |(sample, error)| sample.share(error))
            .number("standard_error", |(sample, error)| error.standard_error / sample.variance)
            .number("gcv", |(sample, error)| error.gcv / sample.variance)
            .number("variance", |(sample, _)| sample.variance)
            .number("noise_gain", |(_, error)| error.noise_gain)
            .number("kappa", |(_, error)| error.kappa)
            .build("the frame of a forecast's errors")
    }
}

fn named(place: Place) -> String {
    format!("{}, n = {}", place.source, place.n)
}
