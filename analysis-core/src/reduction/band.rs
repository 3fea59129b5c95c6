//! What a symmetric matrix becomes on its way.

use ndarray::Array2;

/// A symmetric band matrix of half-width `width`: row j of `values` (n, width + 1) holds A_jj, A_{j+1,j}, …,
/// A_{j+width,j}; zero where the row is beyond n.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Band {
    pub(crate) width: usize,
    pub(crate) values: Array2<f64>,
}

/// A symmetric tridiagonal matrix: its diagonal (n) and what is beside it (n − 1).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tridiagonal {
    pub(crate) diagonal: Vec<f64>,
    pub(crate) off_diagonal: Vec<f64>,
}
