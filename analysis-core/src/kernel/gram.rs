//! A Gram matrix: ours, or one brought along.

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};

use super::gram_origin::GramOrigin;
use crate::check;
use crate::data::Rows;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::npy::{self, NpyArray};

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
            let found = format!("({rows}, {columns})");
            return Err(Error::shape("a Gram matrix", "square, at least 1 by 1", found));
        }
        check::finite_array("the Gram matrix", k.view())?;
        let largest = k.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
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
        self.at(&positions, GramOrigin::Part { of: Box::new(self.origin.clone()), rows })
    }

    /// The rows and the same columns at these positions, each below n, right to as many digits as K is.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub(crate) fn at(&self, positions: &[usize], origin: GramOrigin) -> Result<Gram> {
        let n = positions.len();
        Bytes::of::<f64>(n, n).require(&format!("{n} rows of a Gram matrix"))?;
        let k = Array2::from_shape_fn((n, n), |(i, j)| self.k[[positions[i], positions[j]]]);
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

    /// Reads K (n,n) from a `.npy` file, see [`NpyArray::read`].
    ///
    /// The checks of [`Gram::from_array`]; for single precision with its ε, the numbers then widened. The file's SHA-256
    /// is kept in [`Gram::origin`].
    ///
    /// # Errors
    /// Those of [`NpyArray::read`] and of [`Gram::from_array`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Gram;
    /// use analysis_core::ndarray::array;
    /// let path = std::env::temp_dir().join(format!("gram-{}.npy", std::process::id()));
    /// Gram::from_array(array![[2.0, 1.0], [1.0, 2.0]])?.write_npy(&path)?;
    /// assert_eq!(Gram::read_npy(&path)?.view(), array![[2.0, 1.0], [1.0, 2.0]]);
    /// # std::fs::remove_file(&path).ok();
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Gram> {
        let path = path.as_ref();
        let NpyArray { values, epsilon, sha256 } = NpyArray::read(path)?;
        let name = path.file_name().map_or_else(|| path.to_path_buf(), PathBuf::from);
        Gram::checked(values, epsilon, GramOrigin::File { path: name, sha256 })
    }

    /// Writes K as `.npy`, doubles in C order, through a file beside it and a rename: never half a matrix.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_npy(&self, path: impl AsRef<Path>) -> Result<()> {
        npy::write(path, self.view())
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

    fn symmetric(n: usize) -> Array2<f64> {
        Array2::from_shape_fn((n, n), |(i, j)| 1.0 / (1.0 + (i + j) as f64))
    }

    #[test]
    fn round_trips_in_both_precisions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.npy");
        let gram = Gram::from_array(symmetric(7)).unwrap();
        gram.write_npy(&path).unwrap();
        let again = Gram::read_npy(&path).unwrap();
        assert_eq!(again.view(), gram.view());
        assert!(matches!(again.origin(), GramOrigin::File { path, .. } if path == Path::new("k.npy")));

        // Single precision: asymmetric by one of its roundings is still symmetric.
        let mut single = symmetric(7).mapv(|v| v as f32);
        single[[0, 1]] *= 1.0 + f32::EPSILON;
        ndarray_npy::write_npy(&path, &single).unwrap();
        let widened = Gram::read_npy(&path).unwrap();
        // 1/(1+i+j) ≤ 1 rounds by at most 2⁻²⁴, and the one entry above moved by 2⁻²³ of 1/2.
        assert!((&widened.view() - &gram.view()).iter().all(|d| d.abs() < f64::from(f32::EPSILON)));
        assert_eq!(widened.view(), widened.view().t());
        assert_eq!(widened.epsilon(), f64::from(f32::EPSILON));
    }

    #[test]
    fn what_is_no_gram_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.npy");
        ndarray_npy::write_npy(&path, &Array2::<f64>::zeros((2, 3))).unwrap();
        assert!(matches!(Gram::read_npy(&path), Err(Error::Shape { .. })));
        ndarray_npy::write_npy(&path, &array![[1.0, f64::NAN], [f64::NAN, 1.0]]).unwrap();
        assert!(matches!(Gram::read_npy(&path), Err(Error::NotFinite { row: 0, column: 1, .. })));
    }
}
