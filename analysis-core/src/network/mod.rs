//! Training at finite width: fully connected networks, their initialisation, gradient descent, empirical NTK.
//!
//! Knows nothing of [`kernel`](crate::kernel) but in its tests, where the two meet.

mod fused;
mod precision;

pub use fused::{FusedEngine, FusedParameters};
pub use precision::Precision;
