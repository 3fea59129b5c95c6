//! A Gram matrix: ours, or one brought along.

use std::path::PathBuf;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::Kernel;
use crate::data::Rows;
use crate::error::{Error, Result};
use crate::memory;

/// Where a Gram matrix came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GramOrigin {
    /// Computed by [`Kernel::gram`].
    Kernel {
        /// The kernel.
        kernel: Kernel,
        /// Rows.
        n: usize,
        /// Columns of the rows.
        d: usize,
        /// SHA-256 of the rows: n and d as little-endian u64, then x (n,d) row by row as little-endian f64. Older files do
        /// not have it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        x_sha256: Option<String>,
    },
    /// Read by [`Gram::read_npy`].
    File {
        /// The file's name, without its folder: the same file in another folder has the same origin.
        path: PathBuf,
        /// SHA-256 of its bytes, in hexadecimal.
        sha256: String,
    },
    /// Handed over by [`Gram::from_array`].
    Array,
    /// Some rows and the same columns of another one, by [`Gram::rows`].
    Part {
        /// Where that came from.
        of: Box<GramOrigin>,
        /// Which rows.
        rows: Rows,
    },
}

/// A symmetric Gram matrix K of shape (n, n), never divided by n.
///
/// Positive semidefiniteness is checked where the spectrum is computed.
///
/// # Examples
/// ```
/// use analysis_core::kernel::Gram;
/// use analysis_core::ndarray::array;
/// let gram = Gram::from_array(array![[2.0, 1.0], [1.0, 2.0]])?;
/// assert_eq!(gram.n(), 2);
/// assert!(Gram::from_array(array![[2.0, 1.0], [0.5, 2.0]]).is_err());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gram {
    k: Array2<f64>,
    origin: GramOrigin,
    epsilon: f64,
}

impl Gram {
    /// Takes K of shape (n, n), made anywhere.
    ///
    /// Entries may differ from their mirror by n·ε·max|K| (rounding); they are then replaced by the average of the two.
    ///
    /// # Errors
    /// [`Error::Shape`] if K is empty or not square, [`Error::NotFinite`], [`Error::NotSymmetric`] naming the largest
    /// difference.
    pub fn from_array(k: Array2<f64>) -> Result<Self> {
        Self::checked(k, f64::EPSILON, GramOrigin::Array)
    }

    /// As [`Gram::from_array`], with the precision the numbers were made in.
    pub(crate) fn checked(mut k: Array2<f64>, epsilon: f64, origin: GramOrigin) -> Result<Self> {
        let (rows, columns) = k.dim();
        if rows != columns || rows == 0 {
            return Err(Error::Shape {
                what: "a Gram matrix".to_string(),
                expected: "square, at least 1 by 1".to_string(),
                found: format!("({rows}, {columns})"),
            });
        }
        let mut largest = 0.0_f64;
        for ((row, column), &value) in k.indexed_iter() {
            if !value.is_finite() {
                return Err(Error::NotFinite { what: "the Gram matrix".to_string(), row, column, value });
            }
            largest = largest.max(value.abs());
        }
        let tolerance = rows as f64 * epsilon * largest;
        let (mut worst, mut place) = (0.0, (0, 0));
        for row in 0..rows {
            for column in row + 1..rows {
                let difference = (k[[row, column]] - k[[column, row]]).abs();
                if difference > worst {
                    (worst, place) = (difference, (row, column));
                }
            }
        }
        if worst > tolerance {
            let (row, column) = place;
            let (upper, lower) = (k[[row, column]], k[[column, row]]);
            return Err(Error::NotSymmetric { row, column, upper, lower, tolerance });
        }
        if worst > 0.0 {
            for row in 0..rows {
                for column in row + 1..rows {
                    // Halves first: the sum of two large entries might overflow.
                    let mean = 0.5 * k[[row, column]] + 0.5 * k[[column, row]];
                    k[[row, column]] = mean;
                    k[[column, row]] = mean;
                }
            }
        }
        Ok(Gram { k, origin, epsilon })
    }

    /// One that is symmetric and finite by construction, with entries right to `epsilon`·√(K_ii K_jj).
    pub(super) fn trusted(k: Array2<f64>, epsilon: f64, origin: GramOrigin) -> Self {
        Gram { k, origin, epsilon }
    }

    /// The Gram matrix of some of the rows: K_ij for i and j among them, in ascending order. The targets' rows that go
    /// with it are those at [`Rows::positions`].
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`Rows::positions`]; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Gram;
    /// use analysis_core::ndarray::array;
    /// let gram = Gram::from_array(array![[3.0, 2.0, 1.0], [2.0, 5.0, 4.0], [1.0, 4.0, 6.0]])?;
    /// assert_eq!(gram.rows((1..3).into())?.view(), array![[5.0, 4.0], [4.0, 6.0]]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn rows(&self, rows: Rows) -> Result<Gram> {
        let positions = rows.positions(self.n())?;
        let n = positions.len();
        memory::require(&format!("{n} rows of a Gram matrix"), 8 * (n as u64).saturating_mul(n as u64))?;
        let k = Array2::from_shape_fn((n, n), |(i, j)| self.k[[positions[i], positions[j]]]);
        let origin = GramOrigin::Part { of: Box::new(self.origin.clone()), rows };
        Ok(Gram { k, origin, epsilon: self.epsilon })
    }

    /// K, shape (n, n).
    pub fn view(&self) -> ArrayView2<'_, f64> {
        self.k.view()
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        self.k.nrows()
    }

    /// K itself, without a copy.
    pub fn into_array(self) -> Array2<f64> {
        self.k
    }

    /// ε of the numbers K was made in: 2⁻⁵², 2⁻²³ where it was read from single precision, and, for an activation by
    /// quadrature, 1e-13 for every hidden layer, and 2e-13 more where K was read from a table over the angle.
    ///
    /// |δK_ij| ≤ ε√(K_ii K_jj) moves eigenvalues by at most ε·tr K ≤ n·ε·λ_1: what lies within that of 0 may be rounding.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// Where K came from.
    pub fn origin(&self) -> &GramOrigin {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ndarray::array;

    #[test]
    fn asymmetry_is_named_and_rounding_is_averaged_away() {
        let refused =
            Gram::from_array(array![[1.0, 2.0, 3.0], [2.0, 1.0, 5.0], [3.0, 4.0, 1.0]]).unwrap_err();
        let Error::NotSymmetric { row, column, upper, lower, tolerance } = refused else { unreachable!() };
        assert_eq!((row, column, upper, lower), (1, 2, 5.0, 4.0));
        assert_eq!(tolerance, 3.0 * f64::EPSILON * 5.0);
        let up = 1.0 + 2.0 * f64::EPSILON;
        let gram = Gram::from_array(array![[2.0, 1.0], [up, 2.0]]).unwrap();
        assert_eq!(gram.view(), array![[2.0, 1.0 + f64::EPSILON], [1.0 + f64::EPSILON, 2.0]]);
        assert!(matches!(Gram::from_array(Array2::zeros((2, 3))), Err(Error::Shape { .. })));
        assert!(matches!(Gram::from_array(Array2::zeros((0, 0))), Err(Error::Shape { .. })));
        let infinite = array![[1.0, 0.0], [0.0, f64::INFINITY]];
        assert!(matches!(Gram::from_array(infinite), Err(Error::NotFinite { row: 1, column: 1, .. })));
    }
}
