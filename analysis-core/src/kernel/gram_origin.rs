//! Where a Gram matrix came from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Composed, Kernel, KernelKind, WideNetwork};
use crate::data::Rows;

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
    /// Computed by [`WideNetwork::gram`].
    Network {
        /// The network.
        network: WideNetwork,
        /// Which of its kernels.
        kind: KernelKind,
        /// Rows.
        n: usize,
        /// Columns of the rows.
        d: usize,
        /// As of [`GramOrigin::Kernel`].
        x_sha256: String,
    },
    /// Computed by [`Composed::gram`].
    Composed {
        /// The sum, product or multiple.
        kernel: Composed,
        /// Rows.
        n: usize,
        /// Columns of the rows.
        d: usize,
        /// As of [`GramOrigin::Kernel`].
        x_sha256: String,
    },
    /// Computed by [`Gram::from_function`](super::Gram::from_function).
    Function {
        /// What its maker called it; no identity, since the function may change.
        name: String,
        /// Rows.
        n: usize,
        /// Columns of the rows.
        d: usize,
        /// As of [`GramOrigin::Kernel`].
        x_sha256: String,
    },
    /// Read by [`Gram::read_npy`](super::Gram::read_npy).
    File {
        /// The file's name, without its folder: the same file in another folder has the same origin.
        path: PathBuf,
        /// SHA-256 of its bytes, in hexadecimal.
        sha256: String,
    },
    /// Handed over by [`Gram::from_array`](super::Gram::from_array).
    Array,
    /// Some rows and the same columns of another one, by [`Gram::rows`](super::Gram::rows).
    Part {
        /// Where that came from.
        of: Box<GramOrigin>,
        /// Which rows.
        rows: Rows,
    },
}

impl GramOrigin {
    /// Whether it was computed on rows of this checksum, by something else than a [`Kernel`].
    pub(crate) fn is_of_rows(&self, rows_sha256: &str) -> bool {
        match self {
            GramOrigin::Network { x_sha256, .. }
            | GramOrigin::Composed { x_sha256, .. }
            | GramOrigin::Function { x_sha256, .. } => x_sha256 == rows_sha256,
            GramOrigin::Kernel { .. }
            | GramOrigin::File { .. }
            | GramOrigin::Array
            | GramOrigin::Part { .. } => false,
        }
    }
}
