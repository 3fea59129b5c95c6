//! The initial function f₀ under the estimator of paper 1's Table 1: on the images, rows, kernel and window where the labels
//! are read.
//!
//! The paper compares the labels' empirical number with 3/(d+1), a theorem about f₀ on the uniform sphere. This is the
//! comparison of like with like: f₀ ~ GP(0, NNGP) drawn on the same rows and read by the same line.

use std::time::Instant;

use ndarray::{Array2, Axis, concatenate};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::grid::whole;
use super::{Piece, Settings, SmoothnessTable, side_by_side};
use crate::check;
use crate::checksum;
use crate::data::{Samples, Source};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::flow::Start;
use crate::frame::Frame;
use crate::memory::Bytes;
use crate::origin::{Origin, Origins};
use crate::regression::{MeanSd, Window, fit_decay, quantile};
use crate::seed::Seed;
use crate::session::Session;
use crate::spectrum::{refuse_vanished, tail_sums};
use crate::store::{Kept, Key};

/// Raised when the numbers of [`Tails`] change for the same parameters.
const REVISION: u32 = 2;

/// Readings of f₀ beside those of the labels; `Default` is the table's draws of rows of its three sets, ten f₀ on each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitialFunction {
    /// Data sets, draws of rows, scaling, labels, kernel and spacing. Its windows are not used: see `windows`.
    pub table: SmoothnessTable,
    /// How many f₀ on every draw of rows (default 10).
    pub functions: usize,
    /// The windows (default: i ≤ 300, log₁₀ i < 2.7, i ≤ 1000); the first of them is no more than the others.
    pub windows: Vec<Window>,
    /// The seed of f₀.
    pub seed: Seed,
}

impl Default for InitialFunction {
    fn default() -> Self {
        let until = |last| Window::Indices { first: 1, last };
        InitialFunction {
            table: SmoothnessTable::default(),
            functions: 10,
            windows: vec![until(300), Window::Log10Below(2.7), until(1000)],
            seed: Seed(0),
        }
    }
}

/// The readings of one draw of rows in one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InitialReading {
    /// The data set.
    pub source: Source,
    /// Number of the draw of rows, from 0.
    pub draw: usize,
    /// The window.
    pub window: Window,
    /// r of the labels on these rows.
    pub labels: f64,
    /// r of each f₀ on these rows.
    pub functions: Vec<f64>,
}

/// One data set in one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InitialRow {
    /// The data set.
    pub source: Source,
    /// The window.
    pub window: Window,
    /// r of the labels: mean and standard deviation over draws of rows.
    pub labels: MeanSd,
    /// r of f₀: mean and standard deviation of one reading, over all f₀ on all draws of rows.
    pub functions: MeanSd,
    /// The smallest r of f₀.
    pub lowest: f64,
    /// The largest r of f₀.
    pub highest: f64,
    /// How many f₀ read higher than the labels on the same rows.
    pub above: usize,
}

/// Tails of f₀ on one draw of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InitialTail {
    /// The data set.
    pub source: Source,
    /// The median over f₀ of Σ_{k≥i} c_k²/Σ_k c_k², by i (n).
    pub median: Vec<f64>,
}

/// The readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InitialFunctionResult {
    /// By data set and window.
    pub rows: Vec<InitialRow>,
    /// By data set, draw of rows and window.
    pub readings: Vec<InitialReading>,
    /// f₀ along i on the first draw of rows of each set, for the decay plots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<InitialTail>,
    /// The largest number that was added to the diagonal of the NNGP matrix so that f₀ could be drawn; 0 as a rule.
    pub jitter: f64,
    /// The parameters.
    pub parameters: InitialFunction,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

/// What the lines are fitted to: kept in the store, for any window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tails {
    eigenvalues: Vec<f64>,
    labels: Vec<f64>,
    functions: Vec<Vec<f64>>,
    jitter: f64,
}

impl Tails {
    fn first(&self, source: Source) -> Result<InitialTail> {
        let share = |i: usize| {
            let shares: Vec<f64> = self.functions.iter().map(|tail| tail[i] / tail[0]).collect();
            quantile(&shares, 0.5)
        };
        let median = (0..self.eigenvalues.len()).map(share).collect::<Result<_>>()?;
        Ok(InitialTail { source, median })
    }
}

impl InitialFunction {
    /// At a notebook's settings: as it is, or three f₀ on two draws of 400 rows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{InitialFunction, Settings};
    /// assert_eq!(InitialFunction::at(Settings::Paper), InitialFunction::default());
    /// assert!(InitialFunction::at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(settings: Settings) -> Self {
        let paper = InitialFunction::default();
        match settings {
            Settings::Paper => paper,
            Settings::Smoke => {
                let table = SmoothnessTable::at(settings);
                InitialFunction { windows: vec![table.smoothness.window], functions: 3, table, ..paper }
            }
        }
    }

    /// Refuses parameters that mean nothing, before anything is loaded.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no f₀, no window, and what [`SmoothnessTable::check`] refuses; [`Error::Window`] for a window
    /// that does not fit n; [`Error::Memory`] for more f₀ than there is room for.
    pub fn check(&self) -> Result<()> {
        check::refuse(self.functions == 0, "functions", 0, "at least 1: how many f₀ are drawn on the rows")?;
        check::not_empty("windows", &self.windows)?;
        self.table.check()?;
        // Every draw of rows keeps its eigenvalues, the labels' tail and those of its f₀.
        let (n, draws, functions) = (self.table.n, self.table.draws, self.functions);
        (Bytes::of::<f64>(n, functions.saturating_add(2)) * draws * self.table.sources.len())
            .require(&format!("{functions} f₀ on each of {draws} draws of {n} rows"))?;
        let spacing = self.table.smoothness.spacing;
        self.windows.iter().try_for_each(|w| w.resolve(self.table.n)?.indices(spacing).map(|_| ()))
    }

    /// Draws the table's rows, on each of them f₀ ~ GP(0, NNGP), and fits the same lines to the labels and to every f₀: one
    /// decomposition a draw of rows, kept in the store as it is finished; the session's observer is told of each.
    ///
    /// # Errors
    /// As [`InitialFunction::check`], [`Dataset::load`](crate::data::Dataset::load), [`Start::values`], [`Gram::measure`](crate::kernel::Gram::measure);
    /// [`Error::EigenvalueVanished`] where a window reaches eigenvalues below n·ε·λ_1.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::prelude::*;
    /// let read = InitialFunction::default().run_in(&Session::project())?;
    /// println!("MNIST, i ≤ 300: labels {}, f₀ {}", read.rows[0].labels, read.rows[0].functions);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run(&self) -> Result<InitialFunctionResult> {
        self.run_in(&Session::current())
    }

    /// As [`InitialFunction::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`InitialFunction::run`].
    pub fn run_in(&self, session: &Session) -> Result<InitialFunctionResult> {
        self.check()?;
        let sources = &self.table.sources;
        let samples = sources.iter().map(|source| self.table.load(*source)).collect::<Result<Vec<_>>>()?;
        let jobs = self.table.jobs();
        let d = sources.iter().map(|source| source.d()).max().unwrap_or(0);
        let bytes = self.table.each().memory(d);
        let tails = side_by_side(&jobs, bytes, session, |(set, draw)| {
            let (start, source) = (Instant::now(), sources[set]);
            // Every set and draw has f₀ of its own, so that readings are independent.
            let seed = self.seed.child(&format!("initial-function {source}"), draw as u64);
            let Kept { value, origin, .. } = self.tails(&samples[set], draw, seed, session)?;
            let seconds = start.elapsed().as_secs_f64();
            let line =
                format!("{source}: f₀ on draw {} of {} ({seconds:.1} s)", draw + 1, self.table.count(source));
            Ok(Piece { value, origins: origin.into(), line })
        })?;
        let (tails, mut computed_by) = (tails.values, tails.computed_by);
        // Tails may come from the store; they are fitted now.
        computed_by.unite(&Origins::now());
        let mut readings = Vec::new();
        for (&(set, draw), tails) in jobs.iter().zip(&tails) {
            for &window in &self.windows {
                readings.push(self.read(sources[set], draw, window, tails)?);
            }
        }
        let first = jobs.iter().zip(&tails).filter(|((_, draw), _)| *draw == 0);
        let first = first.map(|((set, _), tails)| tails.first(sources[*set])).collect::<Result<_>>()?;
        let jitter = tails.iter().fold(0.0f64, |most, t| most.max(t.jitter));
        Ok(InitialFunctionResult {
            rows: self.rows(&readings)?,
            readings,
            first,
            jitter,
            parameters: self.clone(),
            computed_by,
        })
    }

    fn tails(&self, samples: &Samples, draw: usize, seed: Seed, session: &Session) -> Result<Kept<Tails>> {
        let table = &self.table;
        let data = samples
            .clone()
            .rows(table.each().rows(draw, samples.n()))?
            .prepare(table.scaling, table.target)?;
        let kernel = &table.smoothness.kernel;
        let compute = || {
            let starts: Vec<Start> =
                (0..self.functions as u64).map(|index| Start::Draw { seed, index }).collect();
            let nowhere = Array2::zeros((0, data.x.ncols()));
            let values = Start::values(&starts, kernel, data.x.view(), nowhere.view())?;
            let both = concatenate![Axis(1), data.y, values.train];
            let measure = kernel.gram_in(data.x.view(), &session.within())?.measure(both.view())?;
            let tail = |first, count| tail_sums(&measure.energy_of(first, count)).to_vec();
            let k = data.y.ncols();
            Ok(Tails {
                eigenvalues: measure.eigenvalues.to_vec(),
                labels: tail(0, k),
                functions: (0..self.functions).map(|j| tail(k + j, 1)).collect(),
                jitter: values.jitter,
            })
        };
        let contents = checksum::numbers_sha256([data.x.view(), data.y.view()]);
        let key =
            Key::new("initial-function", REVISION, &(kernel, self.functions, seed, &data.origin, contents))?;
        let kept = session.keep(&key, compute)?;
        let tails = &kept.value;
        let lengths = || {
            let functions = tails.functions.iter().map(Vec::len);
            functions.chain([tails.eigenvalues.len(), tails.labels.len()])
        };
        // A file that somebody edited is not believed.
        let whole = tails.functions.len() == self.functions && lengths().all(|length| length == table.n);
        if whole { Ok(kept) } else { Ok(Kept { value: compute()?, origin: Origin::now(), seconds: None }) }
    }

    fn read(&self, source: Source, draw: usize, window: Window, tails: &Tails) -> Result<InitialReading> {
        // Where eigenvalues are rounding, so are the eigenvectors.
        refuse_vanished(&tails.eigenvalues, window.resolve(self.table.n)?.last, f64::EPSILON)?;
        let slope = |tail: &Vec<f64>| {
            fit_decay(tail, window, self.table.smoothness.spacing).map(|fit| -fit.line.slope)
        };
        let functions = tails.functions.iter().map(slope).collect::<Result<_>>()?;
        Ok(InitialReading { source, draw, window, labels: slope(&tails.labels)?, functions })
    }

    fn rows(&self, readings: &[InitialReading]) -> Result<Vec<InitialRow>> {
        let mut rows = Vec::new();
        for &source in &self.table.sources {
            for &window in &self.windows {
                let own: Vec<&InitialReading> =
                    readings.iter().filter(|r| (r.source, r.window) == (source, window)).collect();
                let labels: Vec<f64> = own.iter().map(|r| r.labels).collect();
                let all: Vec<f64> = own.iter().flat_map(|r| r.functions.iter().copied()).collect();
                rows.push(InitialRow {
                    source,
                    window,
                    labels: MeanSd::of(&labels)?,
                    functions: MeanSd::of(&all)?,
                    lowest: all.iter().copied().fold(f64::INFINITY, f64::min),
                    highest: all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    above: own.iter().map(|r| r.functions.iter().filter(|f| **f > r.labels).count()).sum(),
                });
            }
        }
        Ok(rows)
    }
}

impl InitialFunctionResult {
    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let p = &self.parameters;
        let row = |source: Source, window: Window| format!("{source}, window {window}");
        let rows = p.table.sources.iter().flat_map(|source| p.windows.iter().map(|w| row(*source, *w)));
        whole("row", rows, self.rows.iter().map(|r| row(r.source, r.window)))?;
        let name = |source: Source, draw: usize, window: Window, functions: usize| {
            format!("{source}, draw {draw}, window {window}, {functions} functions")
        };
        let draws = p.table.jobs().into_iter().map(|(set, draw)| (p.table.sources[set], draw));
        let readings =
            draws.flat_map(|(source, d)| p.windows.iter().map(move |w| name(source, d, *w, p.functions)));
        let found = self.readings.iter().map(|r| name(r.source, r.draw, r.window, r.functions.len()));
        whole("reading", readings, found)?;
        Ok(self)
    }

    /// One row a data set, draw of rows, window and f₀: `source`, `draw`, `window`, `labels`, `function` (from 0), `r`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let rows =
            self.readings.iter().flat_map(|r| (0..r.functions.len()).map(move |function| (r, function)));
        Frame::of(rows)
            .text("source", |(r, _)| r.source)
            .whole("draw", |(r, _)| r.draw)
            .text("window", |(r, _)| r.window)
            .number("labels", |(r, _)| r.labels)
            .whole("function", |(_, function)| function)
            .number("r", |(r, function)| r.functions[function])
            .build("the readings of f₀")
    }
}
