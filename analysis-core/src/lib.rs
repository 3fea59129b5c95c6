//! x
#![allow(missing_docs)]
pub mod error;
pub mod seed;
pub mod prelude {
    pub use crate::error::{Error, Result};
    pub use crate::seed::Seed;
}
