//! Mean and spread over repeated draws.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

/// Mean and standard deviation over draws: what stands around ± in this project's tables.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanSd {
    /// The mean.
    pub mean: f64,
    /// The standard deviation of one draw (divisor count − 1), not of the mean.
    pub sd: f64,
    /// How many draws.
    pub count: usize,
}

impl MeanSd {
    /// Mean and standard deviation of at least two values.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two values: one has no spread. [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::regression::MeanSd;
    /// let summary = MeanSd::of(&[0.40, 0.42])?;
    /// assert!((summary.mean - 0.41).abs() < 1e-15);
    /// assert_eq!(summary.to_string(), "0.410 ± 0.014");
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn of(values: &[f64]) -> Result<Self> {
        check::refuse(values.len() < 2, "draws", values.len(), "at least 2: one value has no spread")?;
        check::finite_values("a mean over draws", values)?;
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Ok(MeanSd { mean, sd: (squares / (count - 1.0)).sqrt(), count: values.len() })
    }
}

impl fmt::Display for MeanSd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ± {:.3}", self.mean, self.sd)
    }
}
