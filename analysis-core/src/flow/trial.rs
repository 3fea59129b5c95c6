//! One point of a learning curve: test errors of several starts under several filters.

use ndarray::Array2;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::accuracy::Accuracy;
use super::filter::Filter;
use super::krylov::Krylov;
use super::start::Start;
use crate::check;
use crate::data::TrainTestView;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::frame::Frame;
use crate::kernel::Kernel;
use crate::session::Session;

/// How the predictions are computed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The full decomposition of K/n: n³.
    #[default]
    Decomposition,
    /// Lanczos: n² a step. At n = 3000, d = 5 a quarter of a second on two cores where the decomposition takes seven.
    Krylov(Krylov),
}

/// Training at infinite width from several starts, and its error on fresh points.
///
/// # Examples
/// ```
/// use analysis_core::{data::quadratic, prelude::*};
/// let data = SphereQuadratic { n: 40, ..Default::default() }.run()?;
/// let z = SphereQuadratic { n: 100, seed: Seed(1), ..Default::default() }.run()?.x;
/// let truth = quadratic(z.view());
/// let trial = Trial {
///     starts: vec![Start::Zero, Start::Draw { seed: Seed(2), index: 0 }],
///     filters: Times::default().filters(40)?,
///     ..Trial::default()
/// };
/// let rows = TrainTestView { x: data.x.view(), y: data.y.view(), z: z.view(), truth: truth.view() };
/// let best = trial.run(rows)?.best();
/// assert!(best[0].error < best[1].error); // on these data the mirrored start beats this standard one
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The NTK; starts are drawn with the NNGP kernel of the same network.
    pub kernel: Kernel,
    /// Starts (default: zero).
    pub starts: Vec<Start>,
    /// Filters (default: none; [`Times::filters`](super::Times::filters) makes the paper's).
    pub filters: Vec<Filter>,
    /// How.
    pub method: Method,
}

impl Default for Trial {
    fn default() -> Self {
        Trial {
            kernel: Kernel::default(),
            starts: vec![Start::Zero],
            filters: vec![],
            method: Method::default(),
        }
    }
}

/// Test errors of one trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialResult {
    /// The starts, in the order of the rows of `errors`.
    pub starts: Vec<Start>,
    /// The filters, in the order of its columns.
    pub filters: Vec<Filter>,
    /// (starts, filters): mean over the test points of (f(z) − f*(z))².
    pub errors: Array2<f64>,
    /// (starts, filters): share of the test points where f(z) has not the sign of the truth, the misclassification rate for
    /// targets ±1.
    pub sign_errors: Array2<f64>,
    /// What was added to the NNGP Gram matrix before starts could be drawn (0 unless it was singular to rounding).
    pub jitter: f64,
    /// How far to trust the predictions.
    pub accuracy: Accuracy,
}

/// The smallest error over the filters: the paper's oracle stopping.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestError {
    /// The start.
    pub start: Start,
    /// The best filter.
    pub filter: Filter,
    /// Its error.
    pub error: f64,
    /// Its misclassification rate, for targets ±1 (see [`TrialResult::sign_errors`]).
    pub sign_error: f64,
    /// Whether it is the first or last filter of the list, where the true optimum may lie outside.
    pub at_edge: bool,
}

impl Trial {
    /// Trains on x (n,d), y (n,1) from every start and compares with `truth` (m,1) on z (m,d).
    ///
    /// # Errors
    /// [`Error::Parameter`] without starts or filters, [`Error::Shape`] where arrays do not fit, and those of [`Kernel::gram`],
    /// [`Start::values`], [`Decomposition::predict`](crate::spectrum::Decomposition::predict) and [`Krylov::predict`].
    pub fn run(&self, rows: TrainTestView) -> Result<TrialResult> {
        let TrainTestView { x, y, z, truth } = rows;
        check::not_empty("starts", &self.starts)?;
        check::not_empty("filters", &self.filters)?;
        check::shape("targets y", (x.nrows(), 1), y.dim())?;
        check::shape("the truth on z", (z.nrows(), 1), truth.dim())?;
        // The starts first: their Gram matrix is gone before the next one comes.
        let start = Start::values(&self.starts, &self.kernel, x, z)?;
        let cross = self.kernel.cross_gram(z, x)?;
        let gram = self.kernel.gram_in(x, &Session::default())?;
        let prediction = match &self.method {
            Method::Decomposition => gram.decompose()?.predict(y, &start, cross.view(), &self.filters)?,
            Method::Krylov(krylov) => krylov.predict(&gram, y, &start, cross.view(), &self.filters)?,
        };
        let by_start = |errors: Array2<f64>| errors.reversed_axes().as_standard_layout().into_owned();
        Ok(TrialResult {
            starts: self.starts.clone(),
            filters: self.filters.clone(),
            errors: by_start(prediction.test_error(truth)?),
            sign_errors: by_start(prediction.sign_error(truth)?),
            jitter: start.jitter,
            accuracy: prediction.accuracy,
        })
    }
}

impl TrialResult {
    /// The smallest error of each start.
    pub fn best(&self) -> Vec<BestError> {
        let last = self.filters.len().saturating_sub(1);
        let best_of = |(row, (start, errors)): (usize, (&Start, ndarray::ArrayView1<f64>))| {
            let (index, error) = smallest(errors)?;
            let sign_error = self.sign_errors[[row, index]];
            let at_edge = index == 0 || index == last;
            Some(BestError { start: *start, filter: self.filters[index], error, sign_error, at_edge })
        };
        self.starts.iter().zip(self.errors.rows()).enumerate().filter_map(best_of).collect()
    }

    /// One row a start and filter: `start`, `filter`, `time` (null for ridge and the limit), `error`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let starts = self.starts.iter().zip(self.errors.rows());
        let rows = starts.flat_map(|(start, errors)| {
            self.filters.iter().zip(errors.to_vec()).map(move |(filter, error)| (start, filter, error))
        });
        Frame::of(rows)
            .text("start", |(start, ..)| start)
            .text("filter", |(_, filter, _)| filter)
            .known("time", |(_, filter, _)| filter.time())
            .number("error", |(.., error)| error)
            .build("the frame of a trial")
    }
}

/// The smallest value and where it stands; the first of equals.
pub(super) fn smallest(values: ndarray::ArrayView1<f64>) -> Option<(usize, f64)> {
    values.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1))
}
