//! What an estimate says.

use polars::prelude::{Column, DataFrame};

use super::{Smoothness, SmoothnessResult};
use crate::error::{Error, Result};
use crate::regression::{Spacing, Window, quantile};

impl SmoothnessResult {
    /// n, the number of samples.
    pub fn n(&self) -> usize {
        self.curves.tail.len()
    }

    /// r = −slope of the tail: what paper 1's Table 1 prints.
    pub fn r(&self) -> f64 {
        -self.fit.line.slope
    }

    /// β = −slope of the eigenvalues.
    pub fn beta(&self) -> f64 {
        -self.eigenvalue_fit.line.slope
    }

    /// s = r/β, the smoothness in the paper's definition.
    pub fn s(&self) -> f64 {
        self.r() / self.beta()
    }

    /// The same curves in another window (or with another spacing), without recomputing them. The eigenvalues are
    /// fitted in the same window, whatever theirs was before.
    ///
    /// # Errors
    /// As [`DecayCurves::fit`](super::DecayCurves::fit).
    pub fn refit(&self, window: Window, spacing: Spacing) -> Result<SmoothnessResult> {
        let parameters = Smoothness { window, eigenvalue_window: None, spacing, ..self.parameters.clone() };
        self.curves.clone().fit(&parameters)
    }

    /// One row an index: `i`, `eigenvalue`, `tail`, and the 5 %, 50 % and 95 % points of the permuted tails
    /// (`null_q05`, `null_q50`, `null_q95`).
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let n = self.n();
        let mut columns = vec![
            Column::new("i".into(), (1..=n as u32).collect::<Vec<_>>()),
            Column::new("eigenvalue".into(), &self.curves.eigenvalues),
            Column::new("tail".into(), &self.curves.tail),
        ];
        for (name, p) in [("null_q05", 0.05), ("null_q50", 0.5), ("null_q95", 0.95)] {
            columns.push(Column::new(name.into(), self.null_tail(p)?));
        }
        DataFrame::new(n, columns).map_err(|e| Error::frame("the frame of a smoothness result", &e))
    }

    /// The p-quantile over the permutations of the tail at each i (n).
    ///
    /// # Errors
    /// [`Error::Parameter`] for p outside [0, 1].
    pub fn null_tail(&self, p: f64) -> Result<Vec<f64>> {
        (0..self.n())
            .map(|i| {
                let values: Vec<f64> = self.curves.null_tails.iter().map(|tail| tail[i]).collect();
                quantile(&values, p)
            })
            .collect()
    }
}
