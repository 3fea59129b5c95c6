//! Norms of the inputs.

use super::dataset::Dataset;
use ndarray::{Array1, ArrayView1};

impl Dataset {
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
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ndarray::array;

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
