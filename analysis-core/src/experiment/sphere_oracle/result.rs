//! Levels and readings, over samples.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::population::Population;
use super::{SphereOracle, SphereSample};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::whole;
use crate::frame::Frame;
use crate::origin::Origins;
use crate::regression::MeanInterval;
use crate::smoothness::{Estimate, Estimator};

/// The eigenvalues of one degree: exact, and on samples of n points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SphereLevel {
    /// k.
    pub degree: u64,
    /// Its first index, from 1.
    pub first: usize,
    /// Its last, at most n.
    pub last: usize,
    /// λ_k.
    pub eigenvalue: f64,
    /// Where the sample's mean lies in first order in 1/n: λ(1 + (1/n) Σ λ_j/(λ − λ_j)) over the other levels.
    pub expected: f64,
    /// The mean of the sample's eigenvalues number `first` to `last`, over λ: mean and 95 % interval over samples.
    pub relative: MeanInterval,
    /// Their smallest and largest over λ, means over samples: how far a step is smeared.
    pub spread: [f64; 2],
}

/// Up to where a sample shows the population's levels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Resolved {
    /// The last degree such that it, and every level of a larger eigenvalue, has its mean within the tolerance of λ.
    pub degree: u64,
    /// Its last index.
    pub index: usize,
    /// κ at n over its eigenvalue: it is learnt to 1/(1 + this).
    pub kappa: f64,
}

/// What one estimator says of f₀.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SphereReading {
    /// Which.
    pub estimator: Estimator,
    /// s: mean and 95 % interval over independent samples; nothing where fewer than two were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s: Option<MeanInterval>,
    /// r, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r: Option<MeanInterval>,
    /// β, likewise.
    pub beta: MeanInterval,
    /// What it would read of the exact spectra at this n, without chance; for [`Estimator::SoftTail`] and [`Estimator::LeaveOneOut`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
    /// On how many samples it gave a number.
    pub read: usize,
    /// On how many it warned.
    pub warned: usize,
    /// How many of its own intervals hold 3/(d'+1); nothing where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<usize>,
}

/// All samples of one sphere and size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SphereOracleCell {
    /// d, the number of coordinates: the sphere is S^{d−1}.
    pub d: usize,
    /// n.
    pub n: usize,
    /// 3/(d'+1) = 3/d.
    pub theory: f64,
    /// κ at which the exact spectrum resolves n modes.
    pub kappa: f64,
    /// By descending λ, as far as they lie within the first n indices.
    pub levels: Vec<SphereLevel>,
    /// Up to where they are resolved; nothing where not even the first is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
    /// By estimator.
    pub readings: Vec<SphereReading>,
    /// The eigenvalues of K/n of the first sample (n), descending.
    pub eigenvalues: Vec<f64>,
    /// The largest number that was added to the diagonal of the NNGP matrix so that f₀ could be drawn; 0 as a rule.
    pub jitter: f64,
}

/// Cells of every sphere and size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SphereOracleResult {
    /// By sphere and size.
    pub cells: Vec<SphereOracleCell>,
    /// By sphere: (N, d ln B/d ln κ), the smoothness of f₀ around the modes that N points resolve, from the exact spectra.
    pub curves: Vec<Vec<[f64; 2]>>,
    /// The parameters.
    pub parameters: SphereOracle,
    /// What computed the samples.
    #[serde(default)]
    pub computed_by: Origins,
}

impl SphereOracleCell {
    pub(super) fn of(
        population: &Population,
        n: usize,
        samples: &[SphereSample],
        parameters: &SphereOracle,
    ) -> Result<Self> {
        let kappa = population.kappa(n as f64);
        let groups = population.ntk.groups().into_iter().take_while(|group| group.first_index <= n as f64);
        let mut levels = Vec::new();
        for group in groups {
            let (first, last) = (group.first_index as usize, (group.last_index as usize).min(n));
            let part = |sample: &SphereSample| sample.eigenvalues[first - 1..last].to_vec();
            let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
            let relative: Vec<f64> = samples.iter().map(|s| mean(part(s)) / group.eigenvalue).collect();
            let end = |at: usize| {
                let all =
                    samples.iter().map(|sample| sample.eigenvalues[at - 1] / group.eigenvalue).collect();
                mean(all)
            };
            levels.push(SphereLevel {
                degree: group.degree,
                first,
                last,
                eigenvalue: group.eigenvalue,
                expected: population.shifted(group.eigenvalue, n),
                relative: MeanInterval::of(&relative, 0.95)?,
                spread: [end(last), end(first)],
            });
        }
        let close = |level: &&SphereLevel| (level.relative.mean - 1.0).abs() <= parameters.tolerance;
        let resolved = levels.iter().take_while(close).last().map(|level| Resolved {
            degree: level.degree,
            index: level.last,
            kappa: kappa / level.eigenvalue,
        });
        let theory = population.theory();
        let mut readings = Vec::new();
        for (place, estimator) in Estimator::ALL.into_iter().enumerate() {
            let own: Vec<&Estimate> =
                samples.iter().filter_map(|sample| sample.estimates.get(place)).collect();
            readings.push(SphereReading::of(estimator, &own, theory, population.expected(estimator, n))?);
        }
        Ok(SphereOracleCell {
            d: population.d(),
            n,
            theory,
            kappa,
            levels,
            resolved,
            readings,
            eigenvalues: samples.first().map(|sample| sample.eigenvalues.clone()).unwrap_or_default(),
            jitter: samples.iter().fold(0.0f64, |most, sample| most.max(sample.jitter)),
        })
    }
}

impl SphereReading {
    fn of(estimator: Estimator, own: &[&Estimate], theory: f64, expected: Option<f64>) -> Result<Self> {
        let over = |of: fn(&Estimate) -> Option<f64>| -> Result<Option<MeanInterval>> {
            let values: Vec<f64> = own.iter().filter_map(|estimate| of(estimate)).collect();
            if values.len() < 2 { Ok(None) } else { MeanInterval::of(&values, 0.95).map(Some) }
        };
        let betas: Vec<f64> = own.iter().map(|estimate| estimate.beta).collect();
        let intervals: Vec<_> = own.iter().filter_map(|estimate| estimate.s_interval).collect();
        Ok(SphereReading {
            estimator,
            s: over(|estimate| estimate.s)?,
            r: over(|estimate| estimate.r)?,
            beta: MeanInterval::of(&betas, 0.95)?,
            expected,
            read: own.iter().filter(|estimate| estimate.s.is_some()).count(),
            warned: own.iter().filter(|estimate| !estimate.warnings.is_empty()).count(),
            held: (!intervals.is_empty()).then(|| intervals.iter().filter(|i| i.holds(theory)).count()),
        })
    }
}

impl SphereOracleResult {
    /// The cell of a sphere and a size.
    pub fn cell(&self, d: usize, n: usize) -> Option<&SphereOracleCell> {
        self.cells.iter().find(|cell| (cell.d, cell.n) == (d, n))
    }

    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let p = &self.parameters;
        let name = |d: usize, n: usize| format!("d = {d}, n = {n}");
        let expected = p.dimensions.iter().flat_map(|d| p.sizes.iter().map(move |n| name(*d, *n)));
        whole("cell", expected, self.cells.iter().map(|cell| name(cell.d, cell.n)))?;
        Ok(self)
    }

    /// One row a sphere, size and estimator: `d`, `n`, `theory`, `estimator`, `s`, `s_low`, `s_high`, `r`, `beta`, `expected`, `read`, `warned`;
    /// empty where there is no number.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let rows =
            self.cells.iter().flat_map(|cell| cell.readings.iter().map(move |reading| (cell, reading)));
        Frame::of(rows)
            .whole("d", |(c, _)| c.d)
            .whole("n", |(c, _)| c.n)
            .number("theory", |(c, _)| c.theory)
            .text("estimator", |(_, r)| r.estimator)
            .known("s", |(_, r)| r.s.map(|s| s.mean))
            .known("s_low", |(_, r)| r.s.map(|s| s.low))
            .known("s_high", |(_, r)| r.s.map(|s| s.high))
            .known("r", |(_, r)| r.r.map(|r| r.mean))
            .number("beta", |(_, r)| r.beta.mean)
            .known("expected", |(_, r)| r.expected)
            .whole("read", |(_, r)| r.read)
            .whole("warned", |(_, r)| r.warned)
            .build("the readings of f₀ on spheres")
    }

    /// One row a sphere, size and level: `d`, `n`, `degree`, `first`, `last`, `eigenvalue`, `expected` and `relative` (both over λ), `relative_low`,
    /// `relative_high`, `smallest`, `largest`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn levels_frame(&self) -> Result<DataFrame> {
        let rows = self.cells.iter().flat_map(|cell| cell.levels.iter().map(move |level| (cell, level)));
        Frame::of(rows)
            .whole("d", |(c, _)| c.d)
            .whole("n", |(c, _)| c.n)
            .whole("degree", |(_, l)| l.degree as usize)
            .whole("first", |(_, l)| l.first)
            .whole("last", |(_, l)| l.last)
            .number("eigenvalue", |(_, l)| l.eigenvalue)
            .number("expected", |(_, l)| l.expected / l.eigenvalue)
            .number("relative", |(_, l)| l.relative.mean)
            .number("relative_low", |(_, l)| l.relative.low)
            .number("relative_high", |(_, l)| l.relative.high)
            .number("smallest", |(_, l)| l.spread[0])
            .number("largest", |(_, l)| l.spread[1])
            .build("the levels of spheres")
    }
}
