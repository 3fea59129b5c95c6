//! Θ at two inputs.

use serde::{Deserialize, Serialize};

/// The kernel of one network at two inputs of equal norm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThetaPair {
    /// Θ(x,x).
    pub first: f64,
    /// Θ(x,x').
    pub between: f64,
    /// Θ(x',x').
    pub second: f64,
}
