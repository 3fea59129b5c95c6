//! Norms of the inputs.

use super::dataset::Dataset;
use ndarray::Array1;

impl Dataset {
    /// ‖x‖ of each row (n).
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
        self.x.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect()
    }
}
