//! A table in a terminal.

use super::table::{Alignment, Table};
use super::text::plain;
use crate::error::Result;

impl Table {
    /// The table as aligned plain text, for terminals.
    ///
    /// # Errors
    /// As for [`Table::check`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::{Cell, Column, Table};
    /// let table = Table::new([Column::text("data"), Column::number("r")]).row(["MNIST".into(), Cell::number(0.4, 2)]);
    /// assert_eq!(table.text()?, "data      r\n───────────\nMNIST  0.40\n");
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn text(&self) -> Result<String> {
        self.check()?;
        let mut lines = vec![self.columns.iter().map(|c| plain(&c.header)).collect::<Vec<_>>()];
        lines.extend(self.rows.iter().map(|row| row.iter().map(|c| plain(&c.line())).collect()));
        let length = |text: &String| text.chars().count();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|k| lines.iter().map(|line| length(&line[k])).max().unwrap_or(0))
            .collect();
        let draw = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).zip(&self.columns).map(|((cell, width), column)| {
                let space = " ".repeat(width - length(cell));
                match column.alignment {
                    Alignment::Left => format!("{cell}{space}"),
                    Alignment::Right => format!("{space}{cell}"),
                }
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_string() + "\n"
        };
        let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)) + "\n";
        let title = if self.caption.is_empty() { String::new() } else { plain(&self.caption) + "\n\n" };
        let note = if self.note.is_empty() { String::new() } else { format!("\n{}\n", plain(&self.note)) };
        let body: String = lines[1..].iter().map(draw).collect();
        Ok(title + &draw(&lines[0]) + &rule + &body + &note)
    }
}
