//! Bias, spread and coverage of every estimator.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{Calibration, Design, Reading};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::{common, union};
use crate::frame::Frame;
use crate::origin::Origins;
use crate::regression::quantile;
use crate::smoothness::{Estimate, Estimator, Interval};

/// One estimator on the targets of one exponent and share of noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationCell {
    /// Where the samples came from.
    pub design: Design,
    /// n.
    pub n: usize,
    /// The share of noise.
    pub noise: f64,
    /// r, as it was planted.
    pub r: f64,
    /// Which estimator.
    pub estimator: Estimator,
    /// Targets that were read, on all samples.
    pub targets: usize,
    /// Of those, the ones that it gave a number for.
    pub read: usize,
    /// Mean of the numbers; nothing where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Their standard deviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// Root mean square of number − r.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rmse: Option<f64>,
    /// Intervals that hold r, of all that were given; nothing where the estimator gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<usize>,
    /// The intervals' median width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Targets of which it did not warn.
    pub unwarned: usize,
    /// Intervals that hold r among those.
    pub unwarned_held: usize,
}

impl CalibrationCell {
    fn of(design: Design, n: usize, noise: f64, r: f64, estimates: &[&Estimate]) -> Option<CalibrationCell> {
        let estimator = estimates.first()?.estimator;
        let numbers: Vec<f64> = estimates.iter().filter_map(|e| e.r).collect();
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let about = |centre: f64| numbers.iter().map(|v| (v - centre).powi(2)).sum::<f64>();
        let some = |value: f64| (!numbers.is_empty() && value.is_finite()).then_some(value);
        let intervals: Vec<Interval> = estimates.iter().filter_map(|e| e.r_interval).collect();
        let widths: Vec<f64> = intervals.iter().map(Interval::width).collect();
        let quiet = || estimates.iter().filter(|e| e.warnings.is_empty());
        Some(CalibrationCell {
            design,
            n,
            noise,
            r,
            estimator,
            targets: estimates.len(),
            read: numbers.len(),
            mean: some(mean),
            sd: some((about(mean) / (count - 1.0)).sqrt()),
            rmse: some((about(r) / count).sqrt()),
            held: (!intervals.is_empty()).then(|| intervals.iter().filter(|i| i.holds(r)).count()),
            width: quantile(&widths, 0.5).ok(),
            unwarned: quiet().count(),
            unwarned_held: quiet().filter(|e| e.r_interval.is_some_and(|i| i.holds(r))).count(),
        })
    }

    fn name(&self) -> String {
        named(self.design, self.n, self.noise, self.r, self.estimator)
    }
}

fn named(design: Design, n: usize, noise: f64, r: f64, estimator: Estimator) -> String {
    format!("{design}, n = {n}, noise {noise}, r = {r}, {estimator}")
}

/// Cells of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationResult {
    /// By design, n, share of noise, r and estimator.
    pub cells: Vec<CalibrationCell>,
    /// The parameters.
    pub parameters: Calibration,
    /// What computed the samples.
    #[serde(default)]
    pub computed_by: Origins,
}

impl Calibration {
    /// The cells of one design and size.
    pub(super) fn cells(&self, design: Design, n: usize, readings: &[Reading]) -> Vec<CalibrationCell> {
        let mut cells = Vec::new();
        for &noise in &self.noise {
            for r in design.exponents(&self.r) {
                let own: Vec<&Reading> = readings.iter().filter(|q| (q.noise, q.r) == (noise, r)).collect();
                for place in 0..Estimator::ALL.len() {
                    let estimates: Vec<&Estimate> =
                        own.iter().filter_map(|q| q.estimates.get(place)).collect();
                    cells.extend(CalibrationCell::of(design, n, noise, r, &estimates));
                }
            }
        }
        cells
    }

    /// The names of all cells, in their order.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for &design in &self.designs {
            for &n in &self.sizes {
                for &noise in &self.noise {
                    for r in design.exponents(&self.r) {
                        names.extend(Estimator::ALL.map(|estimator| named(design, n, noise, r, estimator)));
                    }
                }
            }
        }
        names
    }
}

impl CalibrationResult {
    /// Results of one calibration, put together in its order: shards of it, for instance. A cell that several have must be the same in
    /// all of them.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no result, parameters that differ, a cell with different numbers in two results, and one that is
    /// none of the calibration's.
    pub fn merge(parts: &[CalibrationResult]) -> Result<CalibrationResult> {
        let parameters = common(parts.iter().map(|part| &part.parameters))?.clone();
        let cells =
            union(&parameters.names(), parts.iter().flat_map(|part| &part.cells), CalibrationCell::name)?;
        let computed_by = parts.iter().flat_map(|part| part.computed_by.iter().cloned()).collect();
        Ok(CalibrationResult { cells, parameters, computed_by })
    }

    /// How many cells are not there.
    pub fn missing(&self) -> usize {
        self.parameters.names().len().saturating_sub(self.cells.len())
    }

    /// Its cells in the calibration's order; those that are none of its own are refused.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        CalibrationResult::merge(&[self])
    }

    /// Every r of a cell, in rising order.
    pub fn exponents(&self) -> Vec<f64> {
        let mut all: Vec<f64> = self.cells.iter().map(|cell| cell.r).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    }

    /// The cells of one estimator.
    pub fn of(&self, estimator: Estimator) -> Vec<&CalibrationCell> {
        self.cells.iter().filter(|cell| cell.estimator == estimator).collect()
    }

    /// Where the estimator does not warn: its intervals that hold r, and all of them.
    pub fn unwarned(&self, estimator: Estimator) -> Held {
        let cells = self.of(estimator);
        let sum = |of: fn(&CalibrationCell) -> usize| cells.iter().map(|cell| of(cell)).sum();
        Held { held: sum(|cell| cell.unwarned_held), of: sum(|cell| cell.unwarned) }
    }

    /// One row a cell: `design`, `n`, `noise`, `r`, `estimator`, `targets`, `read`, `mean`, `sd`, `rmse`, `held`, `width`, `unwarned`,
    /// `unwarned_held`; empty where there is no number.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.cells)
            .text("design", |c| c.design.to_string())
            .whole("n", |c| c.n)
            .number("noise", |c| c.noise)
            .number("r", |c| c.r)
            .text("estimator", |c| c.estimator.to_string())
            .whole("targets", |c| c.targets)
            .whole("read", |c| c.read)
            .known("mean", |c| c.mean)
            .known("sd", |c| c.sd)
            .known("rmse", |c| c.rmse)
            .known("held", |c| c.held.map(|held| held as f64 / c.read as f64))
            .known("width", |c| c.width)
            .whole("unwarned", |c| c.unwarned)
            .whole("unwarned_held", |c| c.unwarned_held)
            .build("the frame of a calibration")
    }
}

/// Intervals that hold what they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// How many do.
    pub held: usize,
    /// Of so many.
    pub of: usize,
}
