//! Where data come from: the published sets, the user's own files and frames, synthetic tasks.

use super::choices::Split;
use super::columns::Columns;
use super::dataset::Dataset;
use super::folder::data_folder;
use super::origin::DataOrigin;
use super::samples::{Layout, Samples};
use super::source::Source;
use super::synthetic::SphereQuadratic;
use super::{cache, own};
#[allow(unused_imports)] // The documentation links to it.
use crate::error::Error;
use crate::error::Result;
use crate::memory::Bytes;
use polars::prelude::DataFrame;
use std::path::Path;

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
        let data = DataOrigin::Published { source, files: source.checksums() };
        let layout = Layout {
            features: vec!["pixels".to_string()],
            target: "label".to_string(),
            pixels: Some(source.d()),
        };
        Ok(Samples { frame, layout, data, split: Split::All, rows: None, notes })
    }

    /// The same from `folder`, or where there is none from [`data_folder`].
    ///
    /// # Errors
    /// As [`Dataset::load`].
    pub fn load_in(source: Source, folder: Option<&Path>) -> Result<Samples> {
        Dataset::load_from(source, &folder.map_or_else(data_folder, Path::to_path_buf))
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
}

impl SphereQuadratic {
    /// Draws x (n,d) and y (n,1).
    ///
    /// # Errors
    /// Those of [`SphereQuadratic::check`], [`Error::Memory`].
    pub fn run(&self) -> Result<Dataset> {
        self.check()?;
        let (n, d) = (self.n, self.d);
        Bytes::of::<f64>(n, d.saturating_add(1)).require(&format!("{n} points of {d} coordinates"))?;
        let (x, y) = self.draw();
        Dataset::unsplit(x, y, DataOrigin::Synthetic { task: self.clone() })
    }
}
