//! One file per table or figure of the papers: parameters → rows of a polars frame, resumable draw by draw.

mod settings;
mod smoothness_table;

pub use settings::Settings;
pub use smoothness_table::{
    Draw, SensitivityRow, SmoothnessTable, SmoothnessTableResult, TableRow, paper_value,
};
