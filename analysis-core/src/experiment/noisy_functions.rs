//! Noise planted on initial functions of images: what every estimator then says.

use ndarray::{Array2, Axis, concatenate};
use polars::prelude::DataFrame;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::grid::whole;
use super::whole_set::training_rows;
use super::{Piece, Settings, side_by_side};
use crate::check;
use crate::data::{Dataset, Rows, Scaling, Source, Split, Target};
use crate::error::{Error, Result};
use crate::flow::Start;
use crate::frame::Frame;
use crate::kernel::Kernel;
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::regression::MeanSd;
use crate::seed::Seed;
use crate::session::Session;
use crate::smoothness::{Estimate, Estimator, LeaveOneOut, estimates_of};
use crate::spectrum::Decomposition;

/// f₀ ~ GP(0, NNGP) on images, with and without noise: a target whose smoothness without noise can be read, where no theorem gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoisyFunctions {
    /// Data sets (default: all three).
    pub sources: Vec<Source>,
    /// n, the first rows (default 3000).
    pub n: usize,
    /// How many f₀ on each set (default 20).
    pub functions: usize,
    /// The share of y's mean square that is noise (default 0.3).
    pub noise: f64,
    /// The kernel (default: one hidden ReLU layer, no bias).
    pub kernel: Kernel,
    /// The seed of f₀ and of the noise.
    pub seed: Seed,
}

impl Default for NoisyFunctions {
    fn default() -> Self {
        NoisyFunctions {
            sources: Source::ALL.to_vec(),
            n: 3000,
            functions: 20,
            noise: 0.3,
            kernel: Kernel::default(),
            seed: Seed(0),
        }
    }
}

/// What the estimators say of one f₀.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoisyReading {
    /// The set.
    pub source: Source,
    /// The number of f₀, from 0.
    pub function: usize,
    /// Of f₀ alone, by estimator.
    pub clean: Vec<Estimate>,
    /// Of f₀ and noise.
    pub noisy: Vec<Estimate>,
}

/// Readings of all f₀.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoisyFunctionsResult {
    /// By set and number.
    pub readings: Vec<NoisyReading>,
    /// The parameters.
    pub parameters: NoisyFunctions,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

/// One estimator on one set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NoisyRow {
    /// The set.
    pub source: Source,
    /// Which estimator.
    pub estimator: Estimator,
    /// r of f₀ alone: mean and standard deviation over f₀.
    pub clean: MeanSd,
    /// r of f₀ and noise.
    pub noisy: MeanSd,
    /// Intervals of f₀ and noise.
    pub intervals: usize,
    /// Of those, the ones that hold the leave-one-out slope of the same f₀ without noise.
    pub held: usize,
    /// Estimates of f₀ and noise without a warning.
    pub unwarned: usize,
}

impl NoisyFunctions {
    /// At a notebook's settings: as it is, or three f₀ on 240 rows of MNIST.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{NoisyFunctions, Settings};
    /// assert!(NoisyFunctions::default().at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => NoisyFunctions { sources: vec![Source::Mnist], n: 240, functions: 3, ..self },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no set, one named twice, fewer than 200 rows or more than a set has, fewer than two f₀, and a share of noise
    /// outside [0, 1).
    pub fn check(&self) -> Result<()> {
        check::once("sources", &self.sources)?;
        check::refuse(self.n < 200, "n", self.n, "at least 200 rows: fewer say nothing of an exponent")?;
        for source in &self.sources {
            let all = training_rows(*source);
            check::refuse(self.n > all, "n", self.n, format!("{source} has {all} training rows"))?;
        }
        check::refuse(self.functions < 2, "functions", self.functions, "at least 2")?;
        let why = "a share of y's mean square, from 0 to below 1";
        check::refuse(!(0.0..1.0).contains(&self.noise), "noise", self.noise, why)?;
        self.kernel.check()
    }

    /// Draws and reads; nothing is kept in a store.
    ///
    /// # Errors
    /// As [`NoisyFunctions::check`], [`Dataset::load`], [`Start::values`], [`Gram::measure`](crate::kernel::Gram::measure) and
    /// [`LeaveOneOut::run`]; [`Error::Memory`].
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::experiment::NoisyFunctions;
    /// let result = NoisyFunctions { n: 1000, functions: 4, ..Default::default() }.run()?;
    /// assert_eq!(result.readings.len(), 3 * 4);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<NoisyFunctionsResult> {
        self.run_in(&Session::current())
    }

    /// As [`NoisyFunctions::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`NoisyFunctions::run`].
    pub fn run_in(&self, session: &Session) -> Result<NoisyFunctionsResult> {
        self.check()?;
        let bytes = Decomposition::memory(self.n) + Bytes::of::<f64>(self.n, 4 * self.functions);
        bytes.require(&format!("{} functions on {} rows", self.functions, self.n))?;
        let pieces = side_by_side(&self.sources, bytes.0, session, |source| {
            let line = format!("{source}: {} functions", self.functions);
            Ok(Piece { value: self.of(source)?, origins: Origins::now(), line })
        })?;
        let (readings, computed_by) = (pieces.values.concat(), pieces.computed_by);
        Ok(NoisyFunctionsResult { readings, parameters: self.clone(), computed_by })
    }

    fn of(&self, source: Source) -> Result<Vec<NoisyReading>> {
        let rows = Rows::from(0..self.n);
        let data = Dataset::load(source)?.split(Split::Train)?.rows(rows)?;
        let x = data.prepare(Scaling::UnitNorm, Target::Integer)?.x;
        let seed = self.seed.child(&format!("noisy-functions {source}"), 0);
        let starts: Vec<Start> =
            (0..self.functions as u64).map(|index| Start::Draw { seed, index }).collect();
        let nowhere = Array2::zeros((0, x.ncols()));
        let clean = Start::values(&starts, &self.kernel, x.view(), nowhere.view())?.train;
        let mut noisy = clean.clone();
        for (place, mut column) in noisy.axis_iter_mut(Axis(1)).enumerate() {
            let square = column.dot(&column) / self.n as f64;
            let sd = (square * self.noise / (1.0 - self.noise)).sqrt();
            let mut stream = seed.stream("noise", place as u64);
            column.mapv_inplace(|f| {
                let z: f64 = StandardNormal.sample(&mut stream);
                f + sd * z
            });
        }
        let y = concatenate(Axis(1), &[clean.view(), noisy.view()])
            .map_err(|error| Error::shape("functions beside noisy ones", "as many rows", error))?;
        let gram = self.kernel.gram(x.view())?;
        let groups: Vec<_> = (0..y.ncols()).map(|j| j..j + 1).collect();
        let mut estimates = estimates_of(&gram.measure(y.view())?)?;
        LeaveOneOut::default().add_to(&mut estimates, &gram, y.view(), &groups)?;
        let noisy = estimates.split_off(self.functions);
        let pairs = estimates.into_iter().zip(noisy).enumerate();
        Ok(pairs.map(|(function, (clean, noisy))| NoisyReading { source, function, clean, noisy }).collect())
    }
}

impl NoisyFunctionsResult {
    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let name = |source: Source, function: usize| format!("{source}, {function}");
        let p = &self.parameters;
        let places =
            p.sources.iter().flat_map(|source| (0..p.functions).map(move |place| name(*source, place)));
        whole("reading", places, self.readings.iter().map(|reading| name(reading.source, reading.function)))?;
        Ok(self)
    }

    /// Every estimator on every set.
    ///
    /// # Errors
    /// [`Error::Parameter`] where an estimator has fewer than two numbers.
    pub fn rows(&self) -> Result<Vec<NoisyRow>> {
        let mut rows = Vec::new();
        for &source in &self.parameters.sources {
            let own: Vec<&NoisyReading> =
                self.readings.iter().filter(|reading| reading.source == source).collect();
            for estimator in Estimator::ALL {
                let find = |all: &[Estimate], which| all.iter().find(|e| e.estimator == which).cloned();
                let clean: Vec<f64> = own.iter().filter_map(|q| find(&q.clean, estimator)?.r).collect();
                let noisy: Vec<(Estimate, f64)> = own
                    .iter()
                    .filter_map(|q| {
                        Some((find(&q.noisy, estimator)?, find(&q.clean, Estimator::LeaveOneOut)?.r?))
                    })
                    .collect();
                let numbers: Vec<f64> = noisy.iter().filter_map(|(e, _)| e.r).collect();
                let intervals: Vec<bool> =
                    noisy.iter().filter_map(|(e, r)| Some(e.r_interval?.holds(*r))).collect();
                rows.push(NoisyRow {
                    source,
                    estimator,
                    clean: MeanSd::of(&clean)?,
                    noisy: MeanSd::of(&numbers)?,
                    intervals: intervals.len(),
                    held: intervals.iter().filter(|held| **held).count(),
                    unwarned: noisy.iter().filter(|(e, _)| e.warnings.is_empty()).count(),
                });
            }
        }
        Ok(rows)
    }

    /// One row a function and estimator: `source`, `function`, `estimator`, `clean`, `noisy`, `low`, `high` (of the noisy one), `warnings`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let all: Vec<(&NoisyReading, &Estimate, &Estimate)> = self
            .readings
            .iter()
            .flat_map(|q| q.clean.iter().zip(&q.noisy).map(move |(c, n)| (q, c, n)))
            .collect();
        Frame::of(&all)
            .text("source", |(q, _, _)| q.source)
            .whole("function", |(q, _, _)| q.function)
            .text("estimator", |(_, clean, _)| clean.estimator)
            .known("clean", |(_, clean, _)| clean.r)
            .known("noisy", |(_, _, noisy)| noisy.r)
            .known("low", |(_, _, noisy)| noisy.r_interval.map(|interval| interval.low))
            .known("high", |(_, _, noisy)| noisy.r_interval.map(|interval| interval.high))
            .whole("warnings", |(_, _, noisy)| noisy.warnings.len())
            .build("the frame of noisy functions")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_refused() {
        for bad in [
            NoisyFunctions { sources: vec![], ..NoisyFunctions::default() },
            NoisyFunctions { n: 199, ..NoisyFunctions::default() },
            NoisyFunctions { n: 60_001, ..NoisyFunctions::default() },
            NoisyFunctions { functions: 1, ..NoisyFunctions::default() },
            NoisyFunctions { noise: 1.0, ..NoisyFunctions::default() },
        ] {
            assert!(bad.run().is_err(), "{bad:?}");
        }
    }
}
