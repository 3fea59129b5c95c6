//! Table 1 of paper 1 over draws of rows, with other windows beside it.

mod params;
mod result;
mod run;

pub use params::{SmoothnessTable, paper_value};
pub use result::{Draw, RefusedWindow, SensitivityRow, SmoothnessTableResult, TableRow};
