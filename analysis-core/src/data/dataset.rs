//! x (n,d) and y (n,k): what every computation starts from.

use super::choices::{Scaling, Split, Target};
use super::columns::Columns;
use super::folder::data_folder;
use super::origin::{DataOrigin, DatasetOrigin};
use super::rows::Rows;
use super::samples::Samples;
use super::source::Source;
use super::{cache, own};
use crate::checksum;
use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView2};
use polars::prelude::{Column, DataFrame};
use sha2::{Digest, Sha256};
use std::path::Path;

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
    /// The rows of a published set, from [`data_folder`]. Never downloads.
    ///
    /// The frame has the columns `id` (u32, from 0, training images first), `split` ("train" or "test"), `label` (u8)
    /// and `pixels` (binary, d bytes). It comes from a Parquet file kept beside the published files, which is made at
    /// the first use. Neither is trusted: see [`Samples::notes`].
    ///
    /// # Errors
    /// [`Error::DataMissing`] if a file is not there, [`Error::Checksum`] if it is not the published one,
    /// [`Error::Io`] if it cannot be read.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::data::{Dataset, Scaling, Source, Target};
    /// let mnist = Dataset::load(Source::Mnist)?.rows(0..3000)?.prepare(Scaling::UnitNorm, Target::Integer)?;
    /// assert_eq!(mnist.x.dim(), (3000, 784));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn load(source: Source) -> Result<Samples> {
        Dataset::load_from(source, &data_folder())
    }

    /// The same from another folder, in which the set has its own (`mnist`, `fashion-mnist` or `cifar-10`).
    ///
    /// # Errors
    /// As [`Dataset::load`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::{Dataset, Source};
    /// let error = Dataset::load_from(Source::Mnist, "no-such-folder".as_ref()).unwrap_err();
    /// assert!(error.to_string().contains("ntk fetch mnist"));
    /// ```
    pub fn load_from(source: Source, folder: &Path) -> Result<Samples> {
        let (frame, notes) = cache::load(source, folder)?;
        Ok(Samples::published(source, frame, notes))
    }

    /// The rows of a frame: which columns are features and which is the target, see [`Columns`].
    ///
    /// A frame that was filtered out of a published set works too: its `pixels` are the features, and `id` and `split`
    /// are kept. The origin's SHA-256 is that of the features, the target (f64; pixels as bytes) and the ids (u32),
    /// column after column, little-endian.
    ///
    /// # Errors
    /// [`Error::MissingColumn`]; [`Error::NotFinite`] for NaN and infinite values; [`Error::Frame`] for empty cells,
    /// text, an empty frame, and no or repeated features.
    pub fn from_frame(frame: &DataFrame, columns: &Columns) -> Result<Samples> {
        own::from_frame(frame, columns)
    }

    /// The rows of a CSV file with a header line.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] for an empty file; [`Error::Frame`] for what is not CSV; those of
    /// [`Dataset::from_frame`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::{Columns, Dataset, Scaling, Target};
    /// let file = std::env::temp_dir().join(format!("doc-{}.csv", std::process::id()));
    /// std::fs::write(&file, "height,weight,note,age\n1.7,60,a,30\n1.8,75,b,40\n").unwrap();
    /// let rows = Dataset::from_csv(&file, &Columns::target("age"))?;
    /// let data = rows.prepare(Scaling::None, Target::Numeric)?;
    /// assert_eq!(data.x, ndarray::array![[1.7, 60.0], [1.8, 75.0]]);
    /// # std::fs::remove_file(file).unwrap();
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn from_csv(path: impl AsRef<Path>, columns: &Columns) -> Result<Samples> {
        own::from_csv(path.as_ref(), columns)
    }

    /// The rows of a Parquet file; only the columns needed are read.
    ///
    /// # Errors
    /// As [`Dataset::from_csv`].
    pub fn from_parquet(path: impl AsRef<Path>, columns: &Columns) -> Result<Samples> {
        own::from_parquet(path.as_ref(), columns)
    }

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
            return Err(Error::Shape {
                what: "inputs x (n,d) and targets y (n,k)".to_string(),
                expected: "at least one row and column each, and equally many rows".to_string(),
                found: format!("x {:?}, y {:?}", x.dim(), y.dim()),
            });
        }
        let ids =
            u32::try_from(n).map_err(|_| Error::parameter("n", n, "must be below 2^32: ids are 32-bit"))?;
        all_finite("x", x.view())?;
        all_finite("y", y.view())?;
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
        DataFrame::new(self.n(), columns).map_err(|cause| Error::frame("the frame of a data set", &cause))
    }
}

/// Refuses NaN and infinities.
pub(super) fn all_finite(what: &str, values: ArrayView2<f64>) -> Result<()> {
    match values.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some(((row, column), &value)) => Err(Error::NotFinite { what: what.to_string(), row, column, value }),
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
}
