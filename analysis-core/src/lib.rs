//! Spectral analysis of Neural Tangent Kernel (NTK) Gram matrices.

pub mod data;
pub mod error;
pub mod experiment;
pub mod kernel;
pub mod memory;
pub mod regression;
pub mod report;
pub mod seed;
pub mod smoothness;
pub mod spectrum;
pub mod store;

pub use ndarray;
pub use plotters;
pub use polars;
pub use rand;
pub use serde;
pub use serde_json;

/// What a notebook cell needs, in one `use`.
pub mod prelude {
    pub use crate::data::{
        Columns, DataOrigin, Dataset, DatasetOrigin, Rows, Samples, Scaling, Source, SphereQuadratic, Split,
        Target,
    };
    pub use crate::error::{Error, Result};
    pub use crate::seed::Seed;
}
