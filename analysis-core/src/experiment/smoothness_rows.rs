//! What the smoothness table consists of: draws, rows, windows.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::SmoothnessTable;
use crate::data::Source;
use crate::error::{Error, Result};
use crate::regression::{MeanSd, Window};
use crate::smoothness::SmoothnessResult;

/// One draw of one data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// The data set.
    pub source: Source,
    /// Number of the draw, from 0.
    pub draw: usize,
    /// Input dimension d.
    pub d: usize,
    /// The estimate.
    pub result: SmoothnessResult,
}

/// A row of Table 1. ± is the standard deviation over draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// The data set.
    pub source: Source,
    /// r = −slope, what the paper prints.
    pub r: MeanSd,
    /// β, the eigenvalues' exponent in the same window.
    pub beta: MeanSd,
    /// s = r/β.
    pub s: MeanSd,
    /// 5 % point of −slope over all permutations of all draws.
    pub null_q05: f64,
    /// Its median.
    pub null_q50: f64,
    /// Its 95 % point.
    pub null_q95: f64,
    /// What the paper prints, where it has the data set.
    pub paper: Option<f64>,
    /// 3/(d+1), the smoothness of a standard start in the paper's theory, to which its table compares.
    pub initial_function: f64,
}

/// r of one data set in one window. ± is the standard deviation over draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensitivityRow {
    /// The data set.
    pub source: Source,
    /// The window.
    pub window: Window,
    /// r = −slope.
    pub r: MeanSd,
    /// β in the same window.
    pub beta: MeanSd,
    /// s = r/β.
    pub s: MeanSd,
    /// 5 % point of −slope over all permutations of all draws.
    pub null_q05: f64,
    /// Its median.
    pub null_q50: f64,
    /// Its 95 % point.
    pub null_q95: f64,
}

/// A window in which nothing could be fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedWindow {
    /// The data set.
    pub source: Source,
    /// The window.
    pub window: Window,
    /// Why.
    pub reason: String,
}

/// The table with the draws behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmoothnessTableResult {
    /// A row a data set.
    pub rows: Vec<TableRow>,
    /// A row a data set and window.
    pub sensitivity: Vec<SensitivityRow>,
    /// The windows that could not be fitted (an eigenvalue that is rounding, for instance), with the reason.
    pub refused: Vec<RefusedWindow>,
    /// Every draw, data set by data set.
    pub draws: Vec<Draw>,
    /// The parameters.
    pub parameters: SmoothnessTable,
}

impl SmoothnessTableResult {
    /// One row a draw: `source`, `draw`, `r`, `beta`, `s`, `null_q05`, `null_q50`, `null_q95` (of −slope),
    /// `residual_ratio`, `negative_eigenvalues`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let column = |name: &str, value: fn(&Draw) -> f64| {
            Column::new(name.into(), self.draws.iter().map(value).collect::<Vec<f64>>())
        };
        let columns = vec![
            Column::new("source".into(), self.draws.iter().map(|d| d.source.to_string()).collect::<Vec<_>>()),
            Column::new("draw".into(), self.draws.iter().map(|d| d.draw as u32).collect::<Vec<_>>()),
            column("r", |d| d.result.r()),
            column("beta", |d| d.result.beta()),
            column("s", |d| d.result.s()),
            // −slope turns the band around.
            column("null_q05", |d| -d.result.null_band.q95),
            column("null_q50", |d| -d.result.null_band.q50),
            column("null_q95", |d| -d.result.null_band.q05),
            column("residual_ratio", |d| d.result.curves.diagnostics.residual_ratio),
            column("negative_eigenvalues", |d| d.result.curves.diagnostics.negative_eigenvalues as f64),
        ];
        DataFrame::new(self.draws.len(), columns).map_err(|e| Error::frame("the frame of the table", &e))
    }
}
