//! A learning curve foretold from one sample, and measured on other rows.

mod predict;
mod result;
mod sample;
#[cfg(test)]
mod tests;

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::grid::{Places, ascending, refuse_large};
use super::whole_set::training_rows;
use super::{Piece, Plan, Settings};
use crate::check;
use crate::data::{Rows, Scaling, Source, Target};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::memory::Bytes;
use crate::seed::Seed;
use crate::session::Session;
use crate::smoothness::LeaveOneOut;
use crate::spectrum::Reduction;
use crate::store::Key;

pub use predict::ForecastRow;
pub use result::{EffectiveExponent, ForecastResult};
pub use sample::{ForecastSample, RidgeError};

/// Raised when the errors of a sample change for the same parameters.
const REVISION: u32 = 1;

/// The same of its estimates.
///
/// 2: intervals that reach above r = 1.2 are warned of; numbers as in revision 1.
/// 3: the likelihood's r, noise and interval lie between the exponents and ratios tried; the other estimators as in revision 2.
const READING_REVISION: u32 = 3;

/// What every estimator foretells of the error at more rows, from the first `n` rows of a set, and the error that other rows have.
///
/// Rows 0..n are read by all estimators. The sizes n' follow, each on the rows after those before it, so no row counts twice. What an
/// exponent r foretells is error(n') = error(n)·(n'/n)^{−r}; with noise of energy σ² beside it
///
/// error(n') = g·σ² + (error(n) − g·σ²)·(n'/n)^{−r},
///
/// g·σ² the part of the error that noise alone has: ridgeless regression has the error ≈ β·B(κ), B = σ² + the soft tail of what is not
/// resolved, and the second falls like n^{−r} while β stays. Errors are leave-one-out errors in closed form
/// ([`Gram::leave_one_out`](crate::kernel::Gram::leave_one_out)), of all rows of a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// The data sets (default: MNIST, CIFAR-10, Fashion-MNIST).
    pub sources: Vec<Source>,
    /// n, the first rows, from which is foretold (default 3000).
    pub n: usize,
    /// n', ascending, larger than n (default 9000, 27,000).
    pub sizes: Vec<usize>,
    /// Up to this size every sample is read by all estimators, and its error is taken at all ridges of `leave_one_out`
    /// (default 9000).
    pub estimated: usize,
    /// How rows are scaled (default: unit norm).
    pub scaling: Scaling,
    /// How labels become numbers (default: integers, their mean subtracted).
    pub target: Target,
    /// The kernel (default: one hidden ReLU layer, no bias).
    pub kernel: Kernel,
    /// Parts and ridges of the samples that are read; the largest part is left to all rows.
    pub leave_one_out: LeaveOneOut,
    /// The ridges at larger sizes, in the same units; the first should be that of `leave_one_out` (default 0: a size of 27,000 takes
    /// ten minutes of one processor a ridge).
    pub far_ridges: Vec<f64>,
    /// The seed of the noise that g is measured with.
    pub seed: Seed,
}

impl Default for Forecast {
    fn default() -> Self {
        Forecast {
            sources: vec![Source::Mnist, Source::Cifar10, Source::FashionMnist],
            n: 3000,
            sizes: vec![9000, 27_000],
            estimated: 9000,
            scaling: Scaling::UnitNorm,
            target: Target::CentredInteger,
            kernel: Kernel::default(),
            leave_one_out: LeaveOneOut::default(),
            far_ridges: vec![0.0],
            seed: Seed(0),
        }
    }
}

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    source: Source,
    n: usize,
}

impl Forecast {
    /// The same at a notebook's settings: as it is, or from 240 rows to 480.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Forecast, Settings};
    /// assert!(Forecast::default().at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => Forecast { n: 240, sizes: vec![480], estimated: 480, ..self },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no data set or size, sizes that do not ascend from n on, fewer than 200 rows, more rows than a set has,
    /// no ridge, a first ridge that is not the same at all sizes; as [`LeaveOneOut::check`]; [`Error::Memory`].
    pub fn check(&self) -> Result<()> {
        check::not_empty("sources", &self.sources)?;
        check::not_empty("sizes", &self.sizes)?;
        let twice = self.sources.iter().enumerate().find(|(place, s)| self.sources[..*place].contains(s));
        check::refuse(twice.is_some(), "sources", format!("{:?}", self.sources), "a set is named twice")?;
        ascending("n, sizes", &self.all_sizes())?;
        check::refuse(self.n < 200, "n", self.n, "at least 200 rows: fewer say nothing of an exponent")?;
        check::refuse(
            self.estimated < self.n,
            "estimated",
            self.estimated,
            format!("at least n = {}", self.n),
        )?;
        let rows = self.all_sizes().iter().fold(0usize, |all, size| all.saturating_add(*size));
        for source in &self.sources {
            let all = training_rows(*source);
            let why = format!("n and the sizes need {rows} rows, and {source} has {all} to train on");
            check::refuse(rows > all, "sizes", format!("{:?}", self.sizes), why)?;
        }
        self.leave_one_out.check()?;
        self.parts().check()?;
        check::not_empty("far_ridges", &self.far_ridges)?;
        self.far_ridges.iter().try_for_each(|ridge| check::not_negative("far_ridges", *ridge))?;
        let (own, far) = (self.leave_one_out.ridges[0], self.far_ridges[0]);
        check::refuse(own != far, "far_ridges", far, format!("the first ridge must be {own} at every size"))?;
        self.kernel.check()?;
        let axes = [self.sources.len(), self.sizes.len().saturating_add(1)];
        refuse_large("samples", &axes, Bytes::of::<ForecastSample>(1, 1))
    }

    /// Reads the first rows, and measures the error at every size; the error at each ridge and the estimates of each sample are kept in the
    /// store as they are finished.
    ///
    /// # Errors
    /// As [`Forecast::check`], [`Dataset::load`](crate::data::Dataset::load), [`Gram::leave_one_out`](crate::kernel::Gram::leave_one_out) and
    /// [`SmoothnessResult::estimates`](crate::smoothness::SmoothnessResult::estimates).
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::experiment::Forecast;
    /// use analysis_core::prelude::*;
    /// let forecast = Forecast { sizes: vec![9000], ..Default::default() }.run_in(&Session::project())?;
    /// for row in &forecast.rows {
    ///     println!("{}: foretold {:.3}, measured {:.3}", row.source, row.predicted, row.measured);
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run(&self) -> Result<ForecastResult> {
        self.run_in(&Session::current())
    }

    /// As [`Forecast::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`Forecast::run`].
    pub fn run_in(&self, session: &Session) -> Result<ForecastResult> {
        self.check()?;
        let work = self.work();
        work.work.require("a sample of the largest size")?;
        let pieces = work.run(session, |place| {
            let start = Instant::now();
            let (sample, origins) = self.sample(place, session)?;
            let (error, seconds) = (sample.share(sample.first()), start.elapsed().as_secs_f64());
            let line = format!(
                "{}, n = {}: error {error:.4} of the variance ({seconds:.1} s)",
                place.source, place.n
            );
            Ok(Piece { value: sample, origins, line })
        })?;
        Ok(ForecastResult::of(pieces.values, self.clone(), pieces.computed_by))
    }

    /// What [`Forecast::run_in`] would have to do in this session.
    ///
    /// # Errors
    /// As [`Forecast::check`].
    pub fn plan(&self, session: &Session) -> Result<Plan> {
        self.check()?;
        self.work().plan(session, |place| self.keys(place))
    }

    fn work(&self) -> Places<Place> {
        let sizes = self.all_sizes();
        let of = |source: &Source| {
            let source = *source;
            sizes.iter().map(move |n| Place { source, n: *n }).collect::<Vec<_>>()
        };
        let columns = self.sources.iter().map(|source| source.d()).max().unwrap_or(0);
        let largest = sizes.last().copied().unwrap_or(0);
        let read = sizes.iter().copied().filter(|n| *n <= self.estimated).max().unwrap_or(0);
        // K beside its factor, or beside what its reduction needs; the rows twice while they are scaled.
        let factor = Bytes::of::<f64>(largest, largest) * 2;
        let reduced = Bytes::of::<f64>(read, read) + Reduction::default().memory(read, 30);
        Places {
            what: "samples",
            all: self.sources.iter().flat_map(of).collect(),
            work: factor.max(reduced) + Bytes::of::<f64>(largest, columns),
            result: Bytes::of::<ForecastSample>(1, 1),
        }
    }

    /// n and the sizes.
    fn all_sizes(&self) -> Vec<usize> {
        std::iter::once(self.n).chain(self.sizes.iter().copied()).collect()
    }

    /// The rows of a sample: those after all smaller samples.
    fn rows(&self, n: usize) -> Rows {
        let start = self.all_sizes().into_iter().take_while(|size| *size < n).sum::<usize>();
        Rows::Range { start, end: start + n }
    }

    /// The parts of a sample that is read but for all of its rows.
    fn parts(&self) -> LeaveOneOut {
        let parts = self.leave_one_out.parts.iter().copied().filter(|part| *part > 1).collect();
        LeaveOneOut { parts, ..self.leave_one_out.clone() }
    }

    fn ridges(&self, n: usize) -> &[f64] {
        if n <= self.estimated { &self.leave_one_out.ridges } else { &self.far_ridges }
    }

    /// What decides the numbers of a sample, and `more`.
    fn decides<'a, M: Serialize + 'a>(&'a self, place: Place, more: M) -> impl Serialize + 'a {
        ((place.source, self.rows(place.n), self.scaling, &self.target, &self.kernel), more)
    }

    fn error_key(&self, place: Place, ridge: f64) -> Result<Key> {
        Key::new("forecast-error", REVISION, &self.decides(place, (ridge, self.seed)))
    }

    fn reading_key(&self, place: Place) -> Result<Key> {
        Key::new("forecast-reading", READING_REVISION, &self.decides(place, self.parts()))
    }

    fn keys(&self, place: Place) -> Result<Vec<Key>> {
        let errors = self.ridges(place.n).iter().map(|ridge| self.error_key(place, *ridge));
        let reading = (place.n <= self.estimated).then(|| self.reading_key(place));
        errors.chain(reading).collect()
    }
}
