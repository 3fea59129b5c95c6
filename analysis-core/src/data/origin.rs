//! Where the numbers of a [`Dataset`](super::Dataset) come from: all that is needed to get them again.

use super::choices::{Scaling, Split, Target};
use super::rows::Rows;
use super::source::Source;
use super::synthetic::SphereQuadratic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the rows were taken from. No path is kept: the same data in another folder has the same origin.
///
/// # Examples
/// ```
/// use analysis_core::data::{DataOrigin, Source};
/// let origin = DataOrigin::Published { source: Source::Mnist, files: Source::Mnist.checksums() };
/// assert_eq!(origin.name(), "mnist");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DataOrigin {
    /// A published set.
    Published {
        /// Which one.
        source: Source,
        /// File name → SHA-256 of the unpacked file.
        files: BTreeMap<String, String>,
    },
    /// A CSV or Parquet file of the user's own.
    File {
        /// Its name, without folders.
        name: String,
        /// The SHA-256 of its bytes.
        sha256: String,
        /// The feature columns, in the order of x.
        features: Vec<String>,
        /// The target column.
        target: String,
        /// Columns that are neither, though nobody asked to leave them out: text, for instance.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_aside: Vec<String>,
    },
    /// A polars frame made in a program.
    Frame {
        /// The SHA-256 of features, target and ids (see [`Dataset::from_frame`](super::Dataset::from_frame)).
        sha256: String,
        /// The feature columns, in the order of x.
        features: Vec<String>,
        /// The target column.
        target: String,
        /// Columns that are neither, though nobody asked to leave them out: text, for instance.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_aside: Vec<String>,
    },
    /// Arrays made in a program.
    Arrays {
        /// The SHA-256 of x and y, row by row, as little-endian f64.
        sha256: String,
    },
    /// A synthetic task.
    Synthetic {
        /// Its parameters, seed included.
        task: SphereQuadratic,
    },
}

impl DataOrigin {
    /// A short name for tables and file names.
    pub fn name(&self) -> String {
        match self {
            DataOrigin::Published { source, .. } => source.to_string(),
            DataOrigin::File { name, .. } => name.clone(),
            DataOrigin::Frame { .. } => "frame".to_string(),
            DataOrigin::Arrays { .. } => "arrays".to_string(),
            DataOrigin::Synthetic { .. } => "sphere-quadratic".to_string(),
        }
    }
}

/// Everything that determines a [`Dataset`](super::Dataset): equal origins mean equal x, y and ids.
///
/// # Examples
/// ```
/// use analysis_core::data::{Dataset, DatasetOrigin};
/// use ndarray::array;
/// let data = Dataset::from_arrays(array![[1.0, 0.0], [0.0, 1.0]], array![[0.0], [1.0]])?;
/// let json = serde_json::to_string(&data.origin)?;
/// assert_eq!(serde_json::from_str::<DatasetOrigin>(&json)?, data.origin);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetOrigin {
    /// What the rows were taken from, with checksums.
    pub data: DataOrigin,
    /// The split.
    pub split: Split,
    /// The rows within the split.
    pub rows: Rows,
    /// The scaling of x.
    pub scaling: Scaling,
    /// The encoding of y.
    pub target: Target,
    /// The label of each column of y under [`Target::OneHot`]; empty otherwise.
    pub classes: Vec<i64>,
    /// Rows of x and y.
    pub n: usize,
    /// Columns of x.
    pub d: usize,
    /// Columns of y.
    pub k: usize,
    /// Of test rows: the training rows whose means, deviations and classes they were prepared with, see
    /// [`Samples::prepare_with_test`](super::Samples::prepare_with_test).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared_like: Option<Box<DatasetOrigin>>,
}
