//! Means of what is known, and their intervals.

use crate::error::Result;
use crate::regression::MeanInterval;

/// The mean of what is known; nothing where any of it is not, or there is none.
pub(super) fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let all: Vec<f64> = values.collect::<Option<_>>()?;
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// Student's interval; nothing for fewer than two values.
pub(super) fn interval(values: Vec<f64>) -> Result<Option<MeanInterval>> {
    if values.len() < 2 { Ok(None) } else { MeanInterval::of(&values, 0.95).map(Some) }
}
