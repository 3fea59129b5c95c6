//! One file per table or figure of the papers: parameters → rows of a polars frame, resumable draw by draw.

mod settings;
mod side_by_side;
mod smoothness_table;

pub use settings::Settings;
use side_by_side::side_by_side;
pub use smoothness_table::{
    Draw, RefusedWindow, SensitivityRow, SmoothnessTable, SmoothnessTableResult, TableRow, paper_value,
};
