//! `analysis-core` as a shared library: without it every evcxr cell would carry its own copy of each static
//! (thread pools, caches).
pub use analysis_core::*;
