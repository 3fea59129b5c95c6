//! What the smoothness table consists of: draws, rows, windows.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::params::SmoothnessTable;
use crate::data::Source;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::smoothness_draws::{OverDraws, draw_columns, draw_warnings};
use crate::frame::Frame;
use crate::origin::Origins;
use crate::regression::Window;
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

/// A row of Table 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// The data set.
    pub source: Source,
    /// r, β and s over the draws, and the null.
    #[serde(flatten)]
    pub exponents: OverDraws,
    /// What the paper prints, where it has the data set.
    pub paper: Option<f64>,
    /// 3/(d+1), the smoothness of a standard start in the paper's theory, to which its table compares.
    pub initial_function: f64,
}

/// One data set in one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensitivityRow {
    /// The data set.
    pub source: Source,
    /// The window, of both fits.
    pub window: Window,
    /// r, β and s over the draws, and the null.
    #[serde(flatten)]
    pub exponents: OverDraws,
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
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

impl SmoothnessTableResult {
    /// The same draws with other windows in the sensitivity table; nothing is decomposed again.
    ///
    /// # Errors
    /// [`Error::Window`](crate::error::Error::Window) for a window that does not fit n.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::prelude::*;
    /// let table = SmoothnessTable::default().run_in(&Session::project())?;
    /// let ends = [300, 361, 470, 501].map(|last| Window::Indices { first: 1, last });
    /// println!("{}", table.in_windows(ends)?.sensitivity_table().markdown()?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn in_windows(&self, windows: impl IntoIterator<Item = Window>) -> Result<SmoothnessTableResult> {
        let parameters =
            SmoothnessTable { sensitivity: windows.into_iter().collect(), ..self.parameters.clone() };
        parameters.check()?;
        parameters.summarise(self.draws.clone())
    }

    /// What a reader of the numbers must know, see [`SmoothnessResult::warnings`]; each with the data set and the draws
    /// (from 1) that it is true of.
    pub fn warnings(&self) -> Vec<String> {
        let of = |source: Source| self.draws.iter().filter(move |d| d.source == source).map(|d| &d.result);
        let named = |source: Source| {
            draw_warnings(of(source)).into_iter().map(move |warning| format!("{source}, {warning}"))
        };
        self.rows.iter().flat_map(|row| named(row.source)).collect()
    }

    /// One row a draw: `source`, `draw`, `r`, `beta`, `s`, `null_q05`, `null_q50`, `null_q95` (of −slope),
    /// `evidence`, `negative_eigenvalues`.
    ///
    /// # Errors
    /// [`Error::Frame`](crate::error::Error::Frame) if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let frame = Frame::of(&self.draws).text("source", |d| d.source).whole("draw", |d| d.draw);
        draw_columns(frame, |d| &d.result).build("the frame of the table")
    }
}
