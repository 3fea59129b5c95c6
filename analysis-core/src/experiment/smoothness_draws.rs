//! One smoothness estimate over repeated draws of rows: where the ± comes from.

use std::time::Instant;

use ndarray::{ArrayView2, Axis};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{Piece, session_of_each, side_by_side};
use crate::check;
use crate::data::{Rows, Samples, Scaling, Target};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::kernel::Gram;
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::regression::{MeanInterval, MeanSd, quantile};
use crate::seed::Seed;
use crate::session::Session;
use crate::smoothness::{Smoothness, SmoothnessResult};

/// Target columns that the estimate of a draw's memory allows for.
const CLASSES: usize = 10;

/// The exponents over draws of rows. ± is the standard deviation over draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverDraws {
    /// r = −slope, what paper 1 prints.
    pub r: MeanSd,
    /// β, the eigenvalues' exponent.
    pub beta: MeanSd,
    /// s = r/β.
    pub s: MeanSd,
    /// 5 % point of −slope over all permutations of all draws.
    pub null_q05: f64,
    /// Its median.
    pub null_q50: f64,
    /// Its 95 % point.
    pub null_q95: f64,
}

impl OverDraws {
    /// The summary of at least two estimates in one window.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a SmoothnessResult>) -> Result<Self> {
        let results: Vec<&SmoothnessResult> = results.into_iter().collect();
        let over = |value: fn(&SmoothnessResult) -> f64| {
            MeanSd::of(&results.iter().map(|result| value(result)).collect::<Vec<_>>())
        };
        let (r, beta, s) =
            (over(SmoothnessResult::r)?, over(SmoothnessResult::beta)?, over(SmoothnessResult::s)?);
        let null: Vec<f64> = results.iter().flat_map(|r| r.null_band.slopes.iter().map(|s| -s)).collect();
        let at = |p| quantile(&null, p);
        Ok(OverDraws { r, beta, s, null_q05: at(0.05)?, null_q50: at(0.5)?, null_q95: at(0.95)? })
    }

    /// Student's 95 % interval of the mean r, from what the draws differ by. It holds for draws that share no row.
    ///
    /// # Errors
    /// As [`MeanSd::interval`].
    pub fn r_interval(&self) -> Result<MeanInterval> {
        self.r.interval(0.95)
    }
}

/// Smoothness over repeated draws of n rows: of a published set, of a file of one's own, or of a Gram matrix.
///
/// Where N rows hold two draws of n or more, the draws share no row: they are the parts of one shuffle ([`Rows::Part`]), as many as were
/// asked for or as there are. Else they are samples that share a part n/N of their rows, and ± is too small by a factor of about
/// √(1 − n/N).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmoothnessDraws {
    /// n, rows in a draw (default 3000, the paper's).
    pub n: usize,
    /// At most so many draws (default 20; at least 2).
    pub draws: usize,
    /// How rows are scaled (default: unit norm).
    pub scaling: Scaling,
    /// How labels become numbers (default: the integers 0–9).
    pub target: Target,
    /// Kernel, window, permutations.
    pub smoothness: Smoothness,
    /// The seed of the draws of rows.
    pub seed: Seed,
}

impl Default for SmoothnessDraws {
    fn default() -> Self {
        SmoothnessDraws {
            n: 3000,
            draws: 20,
            scaling: Scaling::UnitNorm,
            target: Target::Integer,
            smoothness: Smoothness::default(),
            seed: Seed(0),
        }
    }
}

/// The estimates of every draw, and their summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmoothnessDrawsResult {
    /// Mean ± standard deviation over the draws, and the null.
    pub over_draws: OverDraws,
    /// The estimates, draw by draw.
    pub draws: Vec<SmoothnessResult>,
    /// N, the rows that were drawn from.
    pub available: usize,
    /// Whether the draws share no row.
    #[serde(default)]
    pub disjoint: bool,
    /// The parameters.
    pub parameters: SmoothnessDraws,
    /// What computed the draws.
    #[serde(default)]
    pub computed_by: Origins,
}

/// What rows are drawn from.
#[derive(Debug, Clone, Copy)]
pub enum DrawnFrom<'a> {
    /// A data set.
    Samples(&'a Samples),
    /// A Gram matrix of any origin.
    Gram {
        /// K (N,N).
        gram: &'a Gram,
        /// y (N,k).
        y: ArrayView2<'a, f64>,
    },
}

impl DrawnFrom<'_> {
    fn n(&self) -> usize {
        match self {
            DrawnFrom::Samples(samples) => samples.n(),
            DrawnFrom::Gram { gram, .. } => gram.n(),
        }
    }
}

impl<'a> From<&'a Samples> for DrawnFrom<'a> {
    fn from(samples: &'a Samples) -> Self {
        DrawnFrom::Samples(samples)
    }
}

impl<'a> From<(&'a Gram, ArrayView2<'a, f64>)> for DrawnFrom<'a> {
    fn from((gram, y): (&'a Gram, ArrayView2<'a, f64>)) -> Self {
        DrawnFrom::Gram { gram, y }
    }
}

impl SmoothnessDraws {
    /// Refuses parameters that mean nothing, before anything is computed.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than 2 draws, or what [`Smoothness::check`] refuses; [`Error::Window`] for a window
    /// that does not fit n; [`Error::Memory`] for more draws or permutations than there is room for.
    pub fn check(&self) -> Result<()> {
        check::refuse(self.draws < 2, "draws", self.draws, "at least 2: one draw has no spread")?;
        let smoothness = &self.smoothness;
        smoothness.check()?;
        // Every draw keeps its eigenvalues, its tail and those of its permutations.
        let (n, draws, permutations) = (self.n, self.draws, smoothness.permutations);
        (Bytes::of::<f64>(n, permutations.saturating_add(2)) * draws)
            .require(&format!("{draws} draws of {n} rows with {permutations} permutations each"))?;
        for window in [smoothness.window, smoothness.eigenvalue_window.unwrap_or(smoothness.window)] {
            window.resolve(self.n)?.indices(smoothness.spacing)?;
        }
        Ok(())
    }

    /// Whether draws out of `available` rows share none.
    pub fn disjoint(&self, available: usize) -> bool {
        available / self.n.max(1) >= 2
    }

    /// How many draws are made out of `available` rows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::SmoothnessDraws;
    /// let draws = SmoothnessDraws::default(); // at most 20, of 3000 rows
    /// assert_eq!([60_000, 50_000, 5000].map(|rows| draws.count(rows)), [20, 16, 20]);
    /// assert_eq!([60_000, 50_000, 5000].map(|rows| draws.disjoint(rows)), [true, true, false]);
    /// ```
    pub fn count(&self, available: usize) -> usize {
        if self.disjoint(available) { self.draws.min(available / self.n.max(1)) } else { self.draws }
    }

    /// The rows of one draw out of `available`.
    pub fn rows(&self, draw: usize, available: usize) -> Rows {
        let n = self.n;
        if self.disjoint(available) {
            return Rows::Part { part: draw, n, seed: self.seed.child("draws", 0).0 };
        }
        Rows::Sample { n, seed: self.seed.child("draw", draw as u64).0, stratified: false }
    }

    /// Draws rows and measures each draw: of [`Samples`], whose rows must not have been chosen from before; or of a Gram matrix
    /// K (N,N) of any origin with its targets y (N,k), where a draw is of n rows and the same columns of K, and scaling, target
    /// and kernel among the parameters are not used.
    ///
    /// # Errors
    /// As [`SmoothnessDraws::check`], [`Samples::rows`], [`Samples::prepare`] and [`Smoothness::run`];
    /// [`Error::Parameter`] where n is every row there is; [`Error::Shape`] where y has not one row for each of K's.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::SmoothnessDraws;
    /// use analysis_core::prelude::*;
    /// use polars::df;
    /// let u: Vec<f64> = (0..200).map(|i| (0.7 * i as f64).sin()).collect();
    /// let v: Vec<f64> = (0..200).map(|i| (0.3 * i as f64).cos()).collect();
    /// let y: Vec<f64> = u.iter().map(|u| u.exp()).collect();
    /// let samples = Dataset::from_frame(&df!("u" => u, "v" => v, "y" => y).unwrap(), &Columns::target("y"))?;
    /// let smoothness = Smoothness { window: "1..=8".parse()?, ..Default::default() };
    /// let draws = SmoothnessDraws { n: 40, draws: 3, target: Target::Numeric, smoothness, ..Default::default() };
    /// let result = draws.run(&samples)?;
    /// println!("r = {}", result.over_draws.r); // mean ± standard deviation
    ///
    /// let k = ndarray::Array2::from_diag(&ndarray::Array1::from_shape_fn(200, |i| (i as f64 + 1.0).powf(-1.5)));
    /// let y = ndarray::Array2::from_shape_fn((200, 1), |(i, _)| (i as f64 + 1.0).powf(-1.0));
    /// assert_eq!(draws.run((&Gram::from_array(k)?, y.view()))?.draws.len(), 3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run<'a>(&self, from: impl Into<DrawnFrom<'a>>) -> Result<SmoothnessDrawsResult> {
        self.run_in(from, &Session::current())
    }

    /// As [`SmoothnessDraws::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`SmoothnessDraws::run`].
    pub fn run_in<'a>(
        &self,
        from: impl Into<DrawnFrom<'a>>,
        session: &Session,
    ) -> Result<SmoothnessDrawsResult> {
        let from = from.into();
        self.check()?;
        let available = from.n();
        if self.n >= available {
            let requirement = format!(
                "must be below the {available} rows there are: draws of all of them are the same rows each time"
            );
            return Err(Error::parameter("n", self.n, requirement));
        }
        let d = match from {
            DrawnFrom::Samples(samples) => samples.d(),
            DrawnFrom::Gram { gram, y } => {
                crate::smoothness::fits(gram, y)?;
                0
            }
        };
        let count = self.count(available);
        if count < self.draws {
            let (draws, n) = (self.draws, self.n);
            session.note(&format!(
                "{available} rows hold {count} draws of {n} that share none: {count} instead of {draws}"
            ));
        }
        let jobs: Vec<usize> = (0..count).collect();
        let own = session_of_each(jobs.len(), self.memory(d), session)?;
        let draws = side_by_side(&jobs, self.memory(d), session, |draw| {
            let start = Instant::now();
            let value = match from {
                DrawnFrom::Samples(samples) => self.one(samples, draw, &own)?,
                DrawnFrom::Gram { gram, y } => {
                    let rows = self.rows(draw, available);
                    let targets = y.select(Axis(0), &rows.positions(gram.n())?);
                    self.smoothness(draw).run_in((&gram.rows(rows)?, targets.view()), &own)?
                }
            };
            let line = self.line([draw, count], &value, start);
            Ok(Piece { origins: value.computed_by.clone(), value, line })
        })?;
        let over_draws = OverDraws::of(&draws.values)?;
        Ok(SmoothnessDrawsResult {
            over_draws,
            draws: draws.values,
            available,
            disjoint: self.disjoint(available),
            parameters: self.clone(),
            computed_by: draws.computed_by,
        })
    }

    /// One draw.
    pub(super) fn one(&self, samples: &Samples, draw: usize, session: &Session) -> Result<SmoothnessResult> {
        let data = samples.rows(self.rows(draw, samples.n()))?.prepare(self.scaling, self.target)?;
        self.smoothness(draw).run_in(&data, session)
    }

    /// Each draw permutes in its own way: pooled over draws, the null is of that many permutations.
    fn smoothness(&self, draw: usize) -> Smoothness {
        let seed = self.smoothness.seed.child("null", draw as u64);
        Smoothness { seed, ..self.smoothness.clone() }
    }

    /// Bytes that one draw of rows of d columns needs.
    pub(super) fn memory(&self, d: usize) -> u64 {
        let columns = self.smoothness.permutations.saturating_add(1).saturating_mul(CLASSES);
        (Bytes::of::<f64>(self.n, d.saturating_add(1)) + self.smoothness.reduction.memory(self.n, columns)).0
    }

    /// What a finished draw, one of so many, says.
    pub(super) fn line(
        &self,
        [draw, count]: [usize; 2],
        result: &SmoothnessResult,
        start: Instant,
    ) -> String {
        let line = format!(
            "draw {} of {}: r = {:.3}, β = {:.3}, s = {:.3} ({:.1} s)",
            draw + 1,
            count,
            result.r(),
            result.beta(),
            result.s(),
            start.elapsed().as_secs_f64()
        );
        result.warnings().into_iter().fold(line, |line, warning| line + "\nwarning: " + &warning)
    }
}

/// The warnings of all draws, those of one kind of draw together: "draws 1, 3: …".
pub(super) fn draw_warnings<'a>(draws: impl IntoIterator<Item = &'a SmoothnessResult>) -> Vec<String> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (draw, result) in (1..).zip(draws) {
        for warning in result.warnings() {
            match found.iter_mut().find(|(known, _)| *known == warning) {
                Some((_, draws)) => draws.push(draw.to_string()),
                None => found.push((warning, vec![draw.to_string()])),
            }
        }
    }
    found.into_iter().map(|(warning, draws)| format!("draw {}: {warning}", draws.join(", "))).collect()
}

impl SmoothnessDrawsResult {
    /// What a reader of the numbers must know, see [`SmoothnessResult::warnings`]; each with the draws (from 1) that it
    /// is true of.
    pub fn warnings(&self) -> Vec<String> {
        draw_warnings(&self.draws)
    }

    /// One row a draw: `draw`, `r`, `beta`, `s`, `null_q05`, `null_q50`, `null_q95` (of −slope), `residual_ratio`,
    /// `negative_eigenvalues`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let frame = Frame::of(self.draws.iter().enumerate()).whole("draw", |(draw, _)| draw);
        draw_columns(frame, |(_, result)| result).build("the frame of the draws")
    }
}

/// What a frame says of each draw; `result` is a row's.
pub(super) fn draw_columns<'a, R: Copy + 'a>(
    frame: Frame<R>,
    result: impl Fn(R) -> &'a SmoothnessResult,
) -> Frame<R> {
    frame
        .number("r", |row| result(row).r())
        .number("beta", |row| result(row).beta())
        .number("s", |row| result(row).s())
        // −slope turns the band around.
        .number("null_q05", |row| -result(row).null_band.q95)
        .number("null_q50", |row| -result(row).null_band.q50)
        .number("null_q95", |row| -result(row).null_band.q05)
        .number("evidence", |row| result(row).curves.evidence.largest())
        .number("negative_eigenvalues", |row| result(row).curves.evidence.negative_eigenvalues as f64)
}
