//! A table as data: columns with headers, rows of cells, a note that says what ± is.

use super::cell::{Cell, Part};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// On which side a column's cells are aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alignment {
    /// Left: text.
    #[default]
    Left,
    /// Right: numbers.
    Right,
}

/// What a column becomes for machines, whatever its rows hold ([`Table::csv`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// `NAME`, of text.
    #[default]
    Text,
    /// `NAME`, of numbers.
    Number,
    /// `NAME` and `NAME ±`.
    Uncertain,
    /// `NAME low` and `NAME high`.
    Interval,
    /// `NAME`, `NAME low` and `NAME high`.
    MeanInterval,
    /// `NAME` and `NAME *`.
    Flagged,
}

impl ColumnKind {
    /// The endings of the columns' names.
    pub(super) fn endings(self) -> &'static [&'static str] {
        match self {
            ColumnKind::Text | ColumnKind::Number => &[""],
            ColumnKind::Uncertain => &["", " ±"],
            ColumnKind::Interval => &[" low", " high"],
            ColumnKind::MeanInterval => &["", " low", " high"],
            ColumnKind::Flagged => &["", " *"],
        }
    }
}

/// A column: its header, its alignment, and what it becomes for machines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Column {
    /// What it shows; `_{…}` and `^{…}` set indices and exponents.
    pub header: String,
    /// On which side its cells are aligned.
    pub alignment: Alignment,
    /// What it becomes in CSV and Parquet.
    pub kind: ColumnKind,
}

impl Column {
    /// A column of text.
    pub fn text(header: impl Into<String>) -> Self {
        Column { header: header.into(), alignment: Alignment::Left, kind: ColumnKind::Text }
    }

    /// A column of numbers.
    pub fn number(header: impl Into<String>) -> Self {
        Column::aligned(header, ColumnKind::Number)
    }

    /// A column of values with what follows ± ([`Cell::uncertain`]).
    pub fn uncertain(header: impl Into<String>) -> Self {
        Column::aligned(header, ColumnKind::Uncertain)
    }

    /// A column of intervals or ranges ([`Cell::interval`], [`Cell::Range`]).
    pub fn interval(header: impl Into<String>) -> Self {
        Column::aligned(header, ColumnKind::Interval)
    }

    /// A column of means with their intervals ([`Cell::mean_interval`]).
    pub fn mean_interval(header: impl Into<String>) -> Self {
        Column::aligned(header, ColumnKind::MeanInterval)
    }

    /// A column of numbers of which some have a star ([`Cell::flagged`]).
    pub fn flagged(header: impl Into<String>) -> Self {
        Column::aligned(header, ColumnKind::Flagged)
    }

    fn aligned(header: impl Into<String>, kind: ColumnKind) -> Self {
        Column { header: header.into(), alignment: Alignment::Right, kind }
    }
}

/// A table: it becomes LaTeX (booktabs), Markdown, HTML, CSV and a polars frame.
///
/// # Examples
/// ```
/// use analysis_core::report::{Cell, Column, Table};
/// let table = Table::new([Column::text("Data"), Column::number("r")])
///     .row([Cell::text("MNIST"), Cell::uncertain(0.4012, 0.0213)])
///     .note("mean ± standard deviation over 5 draws");
/// assert!(table.markdown()?.contains("0.40 ± 0.02"));
/// assert!(table.latex()?.contains("$0.40 \\pm 0.02$"));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// What the table shows; may be empty. With a caption the LaTeX is a whole `table` float, without a `tabular`.
    pub caption: String,
    /// The LaTeX label, for `\ref`; may be empty.
    pub label: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, as many cells each as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// What stands under the table; it must say what ± is where there is one.
    pub note: String,
}

impl Table {
    /// A table of these columns without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Table { columns: columns.into_iter().collect(), ..Table::default() }
    }

    /// With one more row.
    pub fn row(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.rows.push(cells.into_iter().collect());
        self
    }

    /// With this caption.
    pub fn caption(self, caption: impl Into<String>) -> Self {
        Table { caption: caption.into(), ..self }
    }

    /// With this LaTeX label.
    pub fn label(self, label: impl Into<String>) -> Self {
        Table { label: label.into(), ..self }
    }

    /// With this note under the table.
    pub fn note(self, note: impl Into<String>) -> Self {
        Table { note: note.into(), ..self }
    }

    /// Of many rows at most `most`, one in so many, so that all of their range is seen; the note then says so.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::{Cell, Column, Table};
    /// let table = (0..100).fold(Table::new([Column::number("n")]), |table, n| table.row([Cell::count(n)]));
    /// let thin = table.thinned(40);
    /// assert_eq!((thin.rows.len(), &thin.rows[1][0]), (34, &Cell::count(3)));
    /// assert_eq!(thin.note, "34 of 100 rows, one in 3; an export has them all.");
    /// ```
    pub fn thinned(mut self, most: usize) -> Self {
        let (count, step) = (self.rows.len(), self.rows.len().div_ceil(most.max(1)).max(1));
        if step > 1 {
            self.rows = self.rows.into_iter().step_by(step).collect();
            let shown =
                format!("{} of {count} rows, one in {step}; an export has them all. ", self.rows.len());
            self.note = (shown + &self.note).trim_end().to_string();
        }
        self
    }

    /// The one place that refuses what cannot be shown.
    ///
    /// # Errors
    /// [`Error::Drawing`] naming the row (from 0) and the column: no columns, equal headers, a row of another length,
    /// a number that is not finite, a negative deviation, a ± without a note that says what it is.
    pub fn check(&self) -> Result<()> {
        let what =
            if self.caption.is_empty() { "a table".into() } else { format!("table {:?}", self.caption) };
        let refuse = |reason: String| Err(Error::Drawing { what: what.clone(), reason });
        if self.columns.is_empty() {
            return refuse("it has no columns".into());
        }
        for (k, column) in self.columns.iter().enumerate() {
            if self.columns[..k].iter().any(|c| c.header == column.header) {
                return refuse(format!("two columns are called {:?}", column.header));
            }
        }
        for (i, row) in self.rows.iter().enumerate() {
            if row.len() != self.columns.len() {
                return refuse(format!("row {i} has {} cells for {} columns", row.len(), self.columns.len()));
            }
            for (cell, column) in row.iter().zip(&self.columns) {
                let place = format!("row {i}, column {:?}", column.header);
                for (part, value) in cell.parts() {
                    let Part::Real(value) = value else { continue };
                    if !value.is_finite() || (part == " ±" && value < 0.0) {
                        let shown = cell.line();
                        return refuse(format!(
                            "{place}: {shown}; numbers must be finite, and what follows ± at least 0; use Cell::Absent for what is not known"
                        ));
                    }
                }
                if cell.most_digits() > 30 {
                    return refuse(format!("{place}: more than 30 decimals"));
                }
                if matches!(cell, Cell::Uncertain { .. }) && self.note.is_empty() {
                    return refuse(format!("{place} has a ±: the note must say what it is (Table::note)"));
                }
            }
        }
        Ok(())
    }
}
