//! What the bootstrap over rows says of an exponent, beside what other rows say.

use ndarray::Axis;
use polars::prelude::DataFrame;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::grid::whole;
use super::whole_set::training_rows;
use super::{Piece, Settings, side_by_side};
use crate::check;
use crate::data::{Dataset, Samples, Scaling, Source, Split, Target};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::frame::Frame;
use crate::kernel::Kernel;
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::regression::{MeanInterval, MeanSd, quantile};
use crate::seed::Seed;
use crate::session::Session;
use crate::smoothness::{Estimate, Estimator, estimates_of};
use crate::spectrum::Reduction;

/// Estimates on resamples of one sample of rows (n drawn from n with replacement), and on disjoint samples.
///
/// The bootstrap stands in for new samples where a statistic is a mean, or nearly so. A spectrum is none: a resample holds only 63 % of the
/// rows, and those that it holds twice make eigenvalues 0 of K and take energy from the tail of no one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// The data set (default: MNIST).
    pub source: Source,
    /// n (default 1000).
    pub n: usize,
    /// Disjoint samples: rows 0..n, n..2n, … (default 40). The first is the one that is resampled.
    pub subsets: usize,
    /// Resamples of the first rows (default 100).
    pub resamples: usize,
    /// How labels become numbers (default: integers, their mean subtracted).
    pub target: Target,
    /// The kernel (default: one hidden ReLU layer, no bias).
    pub kernel: Kernel,
    /// The seed of the resamples.
    pub seed: Seed,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Bootstrap {
            source: Source::Mnist,
            n: 1000,
            subsets: 40,
            resamples: 100,
            target: Target::CentredInteger,
            kernel: Kernel::default(),
            seed: Seed(0),
        }
    }
}

/// What the estimators say of one sample of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BootstrapReading {
    /// Whether it is a resample of the first rows, or n rows of its own.
    pub resampled: bool,
    /// Its number, from 0.
    pub number: usize,
    /// How many different rows it has.
    pub distinct: usize,
    /// By estimator: those that need no leave-one-out error, of which repeated rows make nonsense.
    pub estimates: Vec<Estimate>,
}

/// Readings of disjoint samples, then of resamples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BootstrapResult {
    /// By kind and number.
    pub readings: Vec<BootstrapReading>,
    /// The parameters.
    pub parameters: Bootstrap,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

/// One estimator: other rows beside the bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapRow {
    /// Which estimator.
    pub estimator: Estimator,
    /// r on the first rows.
    pub first: f64,
    /// Mean over disjoint samples, with Student's 95 % interval.
    pub disjoint: MeanInterval,
    /// Mean and standard deviation of one disjoint sample.
    pub spread: MeanSd,
    /// Mean and standard deviation of one resample.
    pub resampled: MeanSd,
    /// From the 2.5 % to the 97.5 % point of the resamples: the bootstrap's interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Bootstrap {
    /// At a notebook's settings: as it is, or four samples of 240 rows and six resamples.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Bootstrap, Settings};
    /// assert!(Bootstrap::default().at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => Bootstrap { n: 240, subsets: 4, resamples: 6, ..self },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than 200 rows, fewer than two samples or resamples, and more rows than the set has.
    pub fn check(&self) -> Result<()> {
        check::refuse(self.n < 200, "n", self.n, "at least 200 rows: fewer say nothing of an exponent")?;
        check::refuse(self.subsets < 2, "subsets", self.subsets, "at least 2")?;
        check::refuse(self.resamples < 2, "resamples", self.resamples, "at least 2")?;
        let (all, rows) = (training_rows(self.source), self.subsets.saturating_mul(self.n));
        let why =
            format!("{} samples of {} rows are {rows}, and {} has {all}", self.subsets, self.n, self.source);
        check::refuse(rows > all, "subsets", self.subsets, why)?;
        (Bytes::of::<BootstrapReading>(1, 1) * self.resamples).require("so many resamples")?;
        self.kernel.check()
    }

    /// Reads every sample; nothing is kept in a store.
    ///
    /// # Errors
    /// As [`Bootstrap::check`], [`Dataset::load`] and [`Gram::measure`](crate::kernel::Gram::measure).
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::experiment::Bootstrap;
    /// let result = Bootstrap { resamples: 20, ..Default::default() }.run()?;
    /// assert_eq!(result.readings.len(), 40 + 20);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<BootstrapResult> {
        self.run_in(&Session::current())
    }

    /// As [`Bootstrap::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`Bootstrap::run`].
    pub fn run_in(&self, session: &Session) -> Result<BootstrapResult> {
        self.check()?;
        let samples = Dataset::load(self.source)?.split(Split::Train)?;
        let bytes = Bytes::of::<f64>(self.n, self.n) * 2 + Reduction::default().memory(self.n, 1);
        let pieces = side_by_side(&self.places(), bytes.0, &session.silent(), |(resampled, number)| {
            let value = self.reading(&samples, resampled, number)?;
            Ok(Piece { value, origins: Origins::now(), line: String::new() })
        })?;
        let (readings, parameters, computed_by) = (pieces.values, self.clone(), pieces.computed_by);
        Ok(BootstrapResult { readings, parameters, computed_by })
    }

    fn places(&self) -> Vec<(bool, usize)> {
        let of = |resampled: bool, count: usize| (0..count).map(move |number| (resampled, number));
        of(false, self.subsets).chain(of(true, self.resamples)).collect()
    }

    fn reading(&self, samples: &Samples, resampled: bool, number: usize) -> Result<BootstrapReading> {
        let start = if resampled { 0 } else { number * self.n };
        let data = samples.rows(start..start + self.n)?.prepare(Scaling::UnitNorm, self.target)?;
        let mut rows: Vec<usize> = (0..self.n).collect();
        if resampled {
            let mut stream = self.seed.stream("resample", number as u64);
            rows.iter_mut().for_each(|row| *row = stream.random_range(0..self.n));
            rows.sort_unstable();
        }
        let gram = self.kernel.gram(data.x.select(Axis(0), &rows).view())?;
        let estimates = estimates_of(&gram.measure(data.y.select(Axis(0), &rows).view())?)?;
        rows.dedup();
        Ok(BootstrapReading { resampled, number, distinct: rows.len(), estimates: estimates.concat() })
    }
}

impl BootstrapResult {
    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let name = |(resampled, number): (bool, usize)| format!("resampled {resampled}, {number}");
        let found = self.readings.iter().map(|reading| name((reading.resampled, reading.number)));
        whole("reading", self.parameters.places().into_iter().map(name), found)?;
        Ok(self)
    }

    /// r of one estimator, where it has one, of resamples or of disjoint samples.
    pub fn exponents(&self, estimator: Estimator, resampled: bool) -> Vec<f64> {
        let own = self.readings.iter().filter(|reading| reading.resampled == resampled);
        own.flat_map(|reading| &reading.estimates)
            .filter(|e| e.estimator == estimator)
            .filter_map(|e| e.r)
            .collect()
    }

    /// Other rows beside the bootstrap, by estimator.
    ///
    /// # Errors
    /// [`Error::Parameter`] where an estimator has fewer than two numbers of a kind.
    pub fn rows(&self) -> Result<Vec<BootstrapRow>> {
        let of = |estimator: Estimator| {
            let (disjoint, resampled) = (self.exponents(estimator, false), self.exponents(estimator, true));
            Ok(BootstrapRow {
                estimator,
                first: disjoint.first().copied().unwrap_or(f64::NAN),
                disjoint: MeanInterval::of(&disjoint, 0.95)?,
                spread: MeanSd::of(&disjoint)?,
                resampled: MeanSd::of(&resampled)?,
                low: quantile(&resampled, 0.025)?,
                high: quantile(&resampled, 0.975)?,
            })
        };
        Estimator::ALL[..3].iter().map(|estimator| of(*estimator)).collect()
    }

    /// One row a reading and estimator: `resampled`, `number`, `distinct`, `estimator`, `r`, `low`, `high`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let all: Vec<(&BootstrapReading, &Estimate)> = self
            .readings
            .iter()
            .flat_map(|reading| reading.estimates.iter().map(move |e| (reading, e)))
            .collect();
        Frame::of(&all)
            .flag("resampled", |(reading, _)| reading.resampled)
            .whole("number", |(reading, _)| reading.number)
            .whole("distinct", |(reading, _)| reading.distinct)
            .text("estimator", |(_, e)| e.estimator)
            .known("r", |(_, e)| e.r)
            .known("low", |(_, e)| e.r_interval.map(|interval| interval.low))
            .known("high", |(_, e)| e.r_interval.map(|interval| interval.high))
            .build("the frame of a bootstrap")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_refused() {
        for bad in [
            Bootstrap { n: 199, ..Bootstrap::default() },
            Bootstrap { subsets: 1, ..Bootstrap::default() },
            Bootstrap { subsets: 61, ..Bootstrap::default() },
            Bootstrap { resamples: 1, ..Bootstrap::default() },
        ] {
            assert!(bad.run().is_err(), "{bad:?}");
        }
    }
}
