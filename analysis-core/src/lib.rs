//! x
#![allow(missing_docs)]
pub mod error;
pub mod seed;
pub mod prelude {
    pub use crate::data::{
        Columns, DataOrigin, Dataset, DatasetOrigin, Rows, Samples, Scaling, Source, SphereQuadratic, Split,
        Target,
    };
    pub use crate::error::{Error, Result};
    pub use crate::seed::Seed;
}
