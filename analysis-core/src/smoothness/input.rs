//! What a smoothness is measured of.

use ndarray::ArrayView2;

use crate::data::Dataset;
use crate::kernel::Gram;

/// The input of [`Smoothness::run`](super::Smoothness::run): `&data`, `(&data, &gram)` or `(&gram, y)`.
#[derive(Debug, Clone, Copy)]
pub enum SmoothnessInput<'a> {
    /// A data set; its Gram matrix is computed.
    Data(&'a Dataset),
    /// A data set whose Gram matrix is known.
    Known {
        /// The data set.
        data: &'a Dataset,
        /// K (n,n) on its rows: of the parameters' kernel, of a network, of a sum or product of kernels, or of a function.
        gram: &'a Gram,
    },
    /// A Gram matrix of any origin.
    Gram {
        /// K (n,n).
        gram: &'a Gram,
        /// y (n,k).
        y: ArrayView2<'a, f64>,
    },
}

impl<'a> From<&'a Dataset> for SmoothnessInput<'a> {
    fn from(data: &'a Dataset) -> Self {
        SmoothnessInput::Data(data)
    }
}

impl<'a> From<(&'a Dataset, &'a Gram)> for SmoothnessInput<'a> {
    fn from((data, gram): (&'a Dataset, &'a Gram)) -> Self {
        SmoothnessInput::Known { data, gram }
    }
}

impl<'a> From<(&'a Gram, ArrayView2<'a, f64>)> for SmoothnessInput<'a> {
    fn from((gram, y): (&'a Gram, ArrayView2<'a, f64>)) -> Self {
        SmoothnessInput::Gram { gram, y }
    }
}
