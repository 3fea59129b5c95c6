//! smoothness
