//! What a result is exported as.

use polars::prelude::DataFrame;

use super::figure::Figure;
use super::table::Table;
use crate::error::Result;

/// What a result is exported as, each part under its name.
///
/// A name that is empty or begins with `-` follows the name of the export: `-table` becomes `dispersion-table`. A part that
/// cannot be made does not stop the others.
#[derive(Debug, Default)]
pub struct Parts {
    pub(super) frames: Vec<(String, Result<DataFrame>)>,
    pub(super) tables: Vec<(String, Table)>,
    pub(super) figures: Vec<(String, Result<Figure>)>,
}

impl Parts {
    /// With numbers as Parquet.
    pub fn frame(mut self, name: impl Into<String>, frame: Result<DataFrame>) -> Self {
        self.frames.push((name.into(), frame));
        self
    }

    /// With a table, where there is one.
    pub fn table(mut self, name: impl Into<String>, table: impl Into<Option<Table>>) -> Self {
        self.tables.extend(table.into().map(|table| (name.into(), table)));
        self
    }

    /// With a figure, where there is one.
    pub fn figure(mut self, name: impl Into<String>, figure: impl Into<Option<Result<Figure>>>) -> Self {
        self.figures.extend(figure.into().map(|figure| (name.into(), figure)));
        self
    }

    /// The names of all parts, in the order of writing, for an export of this name.
    pub fn names(&self, export: &str) -> Vec<String> {
        let frames = self.frames.iter().map(|part| &part.0);
        let all = frames.chain(self.tables.iter().map(|part| &part.0));
        all.chain(self.figures.iter().map(|part| &part.0)).map(|name| full(export, name)).collect()
    }
}

/// The name of a part's files.
pub(super) fn full(export: &str, name: &str) -> String {
    if name.is_empty() || name.starts_with('-') { format!("{export}{name}") } else { name.to_string() }
}
