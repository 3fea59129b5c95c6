//! Names that many figures and tables share.

use crate::text::written;

pub(super) const SIGMA_W2: &str = "σ_{w}^{2}";
pub(super) const SIGMA_B2: &str = "σ_{b}^{2}";
pub(super) const HIDDEN_LAYERS: &str = "hidden layers H";

/// "σ_w² = 2", the index and the exponent set.
pub(super) fn sigma_w2(value: f64) -> String {
    format!("{SIGMA_W2} = {}", written(value))
}

/// "σ_b² = 0.1".
pub(super) fn sigma_b2(value: f64) -> String {
    format!("{SIGMA_B2} = {}", written(value))
}

/// "σ_w² = 2, σ_b² = 0.1".
pub(super) fn sigmas(w2: f64, b2: f64) -> String {
    format!("{}, {}", sigma_w2(w2), sigma_b2(b2))
}
