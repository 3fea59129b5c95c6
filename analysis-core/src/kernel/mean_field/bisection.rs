//! Where a condition changes.

use crate::error::Result;

/// The place between `low` and `high` up to which `below` holds, to a relative `tolerance` or the last bit.
pub(super) fn bisect(
    mut low: f64,
    mut high: f64,
    tolerance: f64,
    below: impl Fn(f64) -> Result<bool>,
) -> Result<f64> {
    while high - low > tolerance * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if below(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(0.5 * (low + high))
}
