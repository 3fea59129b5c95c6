//! `.npy` in and out: a Gram matrix made in JAX or PyTorch, or ours for Python.

use std::path::{Path, PathBuf};

use super::gram_matrix::{Gram, GramOrigin};
use crate::error::Result;
use crate::npy::{self, NpyArray};

impl Gram {
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
    /// [`Error::Io`](crate::error::Error::Io).
    pub fn write_npy(&self, path: impl AsRef<Path>) -> Result<()> {
        npy::write(path, self.view())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::Error;
    use ndarray::{Array2, array};

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
    fn what_is_no_gram_matrix_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.npy");
        ndarray_npy::write_npy(&path, &Array2::<f64>::zeros((2, 3))).unwrap();
        assert!(matches!(Gram::read_npy(&path), Err(Error::Shape { .. })));
        ndarray_npy::write_npy(&path, &array![[1.0, f64::NAN], [f64::NAN, 1.0]]).unwrap();
        assert!(matches!(Gram::read_npy(&path), Err(Error::NotFinite { row: 0, column: 1, .. })));
    }
}
