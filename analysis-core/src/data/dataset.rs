//! x (n,d) and y (n,k): what every computation starts from.

use super::choices::{Scaling, Split, Target};
use super::origin::{DataOrigin, DatasetOrigin};
use super::rows::Rows;
use crate::error::{Error, Result};
use crate::{check, checksum};
use ndarray::{Array1, Array2, ArrayView1};
use polars::prelude::{Column, DataFrame};
use sha2::{Digest, Sha256};

/// Inputs and targets as finite numbers, with the rows' ids and their origin.
///
/// # Examples
/// ```
/// use analysis_core::data::{Columns, Dataset, Scaling, Target};
/// use polars::prelude::*;
/// let frame = df!("a" => [3.0, 0.0, 1.0], "b" => [4.0, 2.0, 0.0], "price" => [1.5, 2.5, 3.5])?;
/// let data = Dataset::from_frame(&frame, &Columns::target("price"))?.rows(0..2)?.prepare(Scaling::UnitNorm, Target::Numeric)?;
/// assert_eq!(data.x, ndarray::array![[0.6, 0.8], [0.0, 1.0]]);
/// assert_eq!(data.y, ndarray::array![[1.5], [2.5]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// (n,d) inputs, scaled.
    pub x: Array2<f64>,
    /// (n,k) targets, encoded.
    pub y: Array2<f64>,
    /// (n) what each row is called in its set; in a published set its number, training images first.
    pub ids: Vec<u32>,
    /// Where all this comes from.
    pub origin: DatasetOrigin,
}

impl Dataset {
    /// x (n,d) and y (n,k) as they are; ids count from 0.
    ///
    /// # Errors
    /// [`Error::Shape`] if an array is empty or the numbers of rows differ, [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::from_arrays(array![[1.0, 0.0], [0.0, 1.0]], array![[0.5], [0.25]])?;
    /// assert_eq!(data.ids, [0, 1]);
    /// assert!(Dataset::from_arrays(array![[1.0]], array![[f64::NAN]]).is_err());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn from_arrays(x: Array2<f64>, y: Array2<f64>) -> Result<Dataset> {
        let mut hash = Sha256::new();
        x.iter().chain(&y).for_each(|value| hash.update(value.to_le_bytes()));
        Dataset::unsplit(x, y, DataOrigin::Arrays { sha256: checksum::hex(hash) })
    }

    /// Checked arrays without a history of splits and scalings.
    pub(super) fn unsplit(x: Array2<f64>, y: Array2<f64>, data: DataOrigin) -> Result<Dataset> {
        let ((n, d), k) = (x.dim(), y.ncols());
        if n == 0 || d == 0 || k == 0 || y.nrows() != n {
            let expected = "at least one row and column each, and equally many rows";
            let found = format!("x {:?}, y {:?}", x.dim(), y.dim());
            return Err(Error::shape("inputs x (n,d) and targets y (n,k)", expected, found));
        }
        let ids =
            u32::try_from(n).map_err(|_| Error::parameter("n", n, "must be below 2^32: ids are 32-bit"))?;
        check::finite_array("x", x.view())?;
        check::finite_array("y", y.view())?;
        let (split, rows, scaling, target) = (Split::All, Rows::All, Scaling::None, Target::Numeric);
        let (classes, prepared_like) = (Vec::new(), None);
        let origin = DatasetOrigin { data, split, rows, scaling, target, classes, n, d, k, prepared_like };
        Ok(Dataset { x, y, ids: (0..ids).collect(), origin })
    }

    /// Number of rows.
    pub fn n(&self) -> usize {
        self.x.nrows()
    }

    /// Number of inputs of a row.
    pub fn d(&self) -> usize {
        self.x.ncols()
    }

    /// Number of targets of a row.
    pub fn k(&self) -> usize {
        self.y.ncols()
    }

    /// ‖x‖ of each row (n), also where the squares of its entries would over- or underflow.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::from_arrays(array![[3.0, 4.0]], array![[1.0]])?;
    /// assert_eq!(data.row_norms(), array![5.0]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn row_norms(&self) -> Array1<f64> {
        let norm = |row: ArrayView1<f64>| {
            let square = row.dot(&row);
            if (1e-280..=1e280).contains(&square) {
                return square.sqrt();
            }
            let largest = row.iter().fold(0.0_f64, |max, value| max.max(value.abs()));
            if largest == 0.0 {
                return 0.0;
            }
            largest * row.iter().map(|value| (value / largest).powi(2)).sum::<f64>().sqrt()
        };
        self.x.rows().into_iter().map(norm).collect()
    }

    /// The numbers as a polars frame, one row a sample: `id`, the inputs `x_0`, `x_1`, … and the targets `y_0`, …
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::Dataset;
    /// use ndarray::array;
    /// let frame = Dataset::from_arrays(array![[1.0, 0.0], [0.0, 1.0]], array![[0.5], [0.25]])?.frame()?;
    /// assert_eq!(frame.get_column_names(), ["id", "x_0", "x_1", "y_0"]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn frame(&self) -> Result<DataFrame> {
        let mut columns = vec![Column::new("id".into(), &self.ids)];
        for (letter, array) in [("x", &self.x), ("y", &self.y)] {
            let named = array.columns().into_iter().enumerate();
            columns.extend(named.map(|(j, c)| Column::new(format!("{letter}_{j}").into(), c.to_vec())));
        }
        DataFrame::new(self.n(), columns).map_err(Error::polars("the frame of a data set"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ndarray::array;

    #[test]
    fn arrays_are_checked() {
        let bad_y = array![[1.0], [f64::INFINITY]];
        let error = Dataset::from_arrays(array![[1.0], [2.0]], bad_y).unwrap_err();
        assert!(matches!(error, Error::NotFinite { row: 1, column: 0, .. }), "{error}");
        assert!(Dataset::from_arrays(Array2::zeros((0, 3)), Array2::zeros((0, 1))).is_err());
        assert!(Dataset::from_arrays(Array2::zeros((2, 0)), Array2::zeros((2, 1))).is_err());
        assert!(Dataset::from_arrays(Array2::zeros((2, 3)), Array2::zeros((2, 0))).is_err());
        assert!(Dataset::from_arrays(Array2::zeros((2, 3)), Array2::zeros((3, 1))).is_err());
    }

    #[test]
    fn different_arrays_have_different_origins() {
        let one = Dataset::from_arrays(array![[1.0, 2.0]], array![[3.0]]).unwrap();
        let other = Dataset::from_arrays(array![[1.0]], array![[2.0, 3.0]]).unwrap();
        assert_ne!(one.origin, other.origin, "the same bytes in another shape");
    }

    #[test]
    fn norms_neither_over_nor_underflow() {
        let x =
            array![[3e200, -4e200], [3e-200, 4e-200], [0.0, 0.0], [1e-320, 0.0], [3.0, 4.0], [1e308, 1e308]];
        let norms = Dataset::from_arrays(x, ndarray::Array2::zeros((6, 1))).unwrap().row_norms();
        let expected = [5e200, 5e-200, 0.0, 1e-320, 5.0, 2f64.sqrt() * 1e308];
        for (norm, expected) in norms.iter().zip(expected) {
            // A division, a square, a sum, a root and a product.
            assert!((norm - expected).abs() <= 8.0 * f64::EPSILON * expected, "{norm:e} {expected:e}");
        }
    }
}
