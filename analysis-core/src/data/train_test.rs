//! The rows that a network is trained on and those that it is tested on, as one argument.

use ndarray::ArrayView2;

use super::dataset::Dataset;
use super::prepare::TrainTest;

/// Rows to train on, and rows to test on, with the targets of both; nothing is copied.
///
/// Its fields have names because all four are arrays of one type: given one after the other, two of them could be swapped
/// without anybody noticing.
///
/// # Examples
/// ```
/// use analysis_core::data::TrainTestView;
/// use ndarray::array;
/// let (x, y) = (array![[1.0, 0.0], [0.0, 1.0]], array![[1.0], [-1.0]]);
/// let rows = TrainTestView { x: x.view(), y: y.view(), z: x.view(), truth: y.view() };
/// assert_eq!(rows.z.nrows(), 2);
/// assert_eq!(TrainTestView::untested(x.view(), y.view()).z.dim(), (0, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainTestView<'a> {
    /// The training rows (n, d).
    pub x: ArrayView2<'a, f64>,
    /// Their targets (n, k).
    pub y: ArrayView2<'a, f64>,
    /// The test rows (p, d); p may be 0.
    pub z: ArrayView2<'a, f64>,
    /// What the outputs at the test rows are compared with (p, k).
    pub truth: ArrayView2<'a, f64>,
}

impl<'a> TrainTestView<'a> {
    /// One set to train on and one to test on.
    pub fn of(training: &'a Dataset, test: &'a Dataset) -> Self {
        TrainTestView {
            z: test.x.view(),
            truth: test.y.view(),
            ..Self::untested(training.x.view(), training.y.view())
        }
    }

    /// Training rows without any test rows.
    pub fn untested(x: ArrayView2<'a, f64>, y: ArrayView2<'a, f64>) -> Self {
        let none = |like: ArrayView2<'a, f64>| {
            ArrayView2::from_shape((0, like.ncols()), &[]).unwrap_or(like.split_at(ndarray::Axis(0), 0).0)
        };
        TrainTestView { x, y, z: none(x), truth: none(y) }
    }
}

impl<'a> From<&'a TrainTest> for TrainTestView<'a> {
    fn from(both: &'a TrainTest) -> Self {
        TrainTestView::of(&both.training, &both.test)
    }
}
