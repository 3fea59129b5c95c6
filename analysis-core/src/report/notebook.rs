//! How things show at the end of a notebook cell.
//!
//! evcxr compiles a cell's last expression as `(expression).evcxr_display();` and falls back to Debug when that does
//! not compile. The method prints, on standard output, a line `EVCXR_BEGIN_CONTENT <mime>`, the content, and a line
//! `EVCXR_END_CONTENT`; the last content of each MIME type is shown. [`NotebookDisplay`] brings the method to types
//! that are not ours, and to `Result`, whose `Err` would otherwise show as Debug.

use super::export::Exported;
use super::figure::Figure;
use super::result::Report;
use super::style::Style;
use super::table::Table;
use super::text::escape;
use crate::network::TrainingResult;
use polars::prelude::{AnyValue, DataFrame};
use std::fmt::{Debug, Display, Write};
use std::io::Write as _;

/// Rows of a frame that are shown, from its start and from its end.
const ROWS: (usize, usize) = (10, 5);
/// Columns of a frame that are shown, from its start and from its end.
const COLUMNS: (usize, usize) = (9, 3);
/// Letters of a cell that are shown.
const LETTERS: usize = 60;

/// Shows a value at the end of a notebook cell. In scope through the prelude; call it nowhere else.
///
/// Every [`Report`] has it. `Result<T, E>` shows its value as T shows, where T has it, and any other value as Debug
/// ([`NotebookFallback`]); an error is a red message.
///
/// # Examples
/// ```
/// use analysis_core::report::{Cell, Column, NotebookDisplay, Table};
/// let table = Table::new([Column::text("Data")]).row([Cell::text("MNIST")]);
/// table.evcxr_display();
/// ```
pub trait NotebookDisplay {
    /// Prints the value in the form that evcxr reads.
    fn evcxr_display(&self);
}

/// One piece of content: a MIME type and what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    mime: &'static str,
    body: String,
}

impl Content {
    fn html(body: String) -> Self {
        Content { mime: "text/html", body }
    }

    fn print(&self) {
        let body = self.body.trim_end();
        let text = format!("EVCXR_BEGIN_CONTENT {}\n{body}\nEVCXR_END_CONTENT\n", self.mime);
        // In one call, so that no other thread's line comes between. Where nobody reads it there is nobody to tell.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// A red message that reads, with the class by which a runner finds it.
fn error_html(error: &impl Display) -> Content {
    let text = escape_lines(&error.to_string());
    Content::html(format!(
        "<div class=\"ntk-error\" style=\"color:#B00020;white-space:pre-wrap\"><b>Error:</b> {text}</div>"
    ))
}

/// Escaped for HTML, line breaks kept.
fn escape_lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

fn figure_content(figure: &Figure) -> Content {
    match figure.svg(&Style::notebook()) {
        Ok(svg) => Content { mime: "image/svg+xml", body: svg },
        Err(error) => error_html(&error),
    }
}

fn table_content(table: &Table) -> Content {
    match table.html() {
        Ok(html) => Content::html(html),
        Err(error) => error_html(&error),
    }
}

fn exported_content(exported: &Exported) -> Content {
    let items: String =
        exported.files.iter().map(|f| format!("<li>{}</li>", escape(&f.display().to_string()))).collect();
    Content::html(format!("<ul>{items}</ul>"))
}

/// The first `from.0` and the last `from.1` of `n`, with `None` for those between.
fn ends(n: usize, from: (usize, usize)) -> Vec<Option<usize>> {
    if n <= from.0 + from.1 + 1 {
        return (0..n).map(Some).collect();
    }
    (0..from.0).map(Some).chain([None]).chain((n - from.1..n).map(Some)).collect()
}

fn cell(value: &AnyValue) -> String {
    let text = match value {
        AnyValue::Null => "null".to_string(),
        AnyValue::String(s) => (*s).to_string(),
        AnyValue::StringOwned(s) => s.to_string(),
        AnyValue::Binary(bytes) => format!("{} bytes", bytes.len()),
        AnyValue::BinaryOwned(bytes) => format!("{} bytes", bytes.len()),
        other => other.to_string(),
    };
    if text.chars().count() > LETTERS {
        return escape(&text.chars().take(LETTERS).chain(['…']).collect::<String>());
    }
    escape(&text)
}

/// A frame as an HTML table: shape, names, types, the first and the last rows and columns.
fn frame_content(frame: &DataFrame) -> Content {
    let (rows, columns) = (ends(frame.height(), ROWS), ends(frame.width(), COLUMNS));
    let shown: Vec<_> = columns.iter().map(|k| k.map(|k| &frame.columns()[k])).collect();
    let mut out = format!(
        "<p><small>{} rows × {} columns</small></p>\n<table>\n<thead><tr>",
        frame.height(),
        frame.width()
    );
    for column in &shown {
        let _ = match column {
            Some(c) => write!(
                out,
                "<th style=\"text-align:{}\">{}<br><small>{}</small></th>",
                side(c.dtype().is_numeric()),
                escape(c.name()),
                escape(&c.dtype().to_string())
            ),
            None => write!(out, "<th>…</th>"),
        };
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for column in &shown {
            let _ = match (row, column) {
                (Some(i), Some(c)) => {
                    let text = c.get(i).map_or_else(|e| escape(&e.to_string()), |v| cell(&v));
                    write!(out, "<td style=\"text-align:{}\">{text}</td>", side(c.dtype().is_numeric()))
                }
                _ => write!(out, "<td>…</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>");
    Content::html(out)
}

fn side(number: bool) -> &'static str {
    if number { "right" } else { "left" }
}

impl Figure {
    /// Shows the figure in a notebook, in [`Style::notebook`].
    pub fn evcxr_display(&self) {
        figure_content(self).print();
    }
}

impl Table {
    /// Shows the table in a notebook.
    pub fn evcxr_display(&self) {
        table_content(self).print();
    }
}

impl NotebookDisplay for Figure {
    fn evcxr_display(&self) {
        figure_content(self).print();
    }
}

impl NotebookDisplay for Table {
    fn evcxr_display(&self) {
        table_content(self).print();
    }
}

impl NotebookDisplay for DataFrame {
    fn evcxr_display(&self) {
        frame_content(self).print();
    }
}

impl NotebookDisplay for TrainingResult {
    fn evcxr_display(&self) {
        table_content(&self.table()).print();
    }
}

impl NotebookDisplay for () {
    /// Nothing: a cell that ends in a loop has nothing to show.
    fn evcxr_display(&self) {}
}

impl NotebookDisplay for Exported {
    fn evcxr_display(&self) {
        exported_content(self).print();
    }
}

/// Every result: its headline tables.
impl<T: Report> NotebookDisplay for T {
    fn evcxr_display(&self) {
        let tables: Vec<String> = self.shown().iter().map(|table| table_content(table).body).collect();
        Content::html(tables.join("\n")).print();
    }
}

/// The value as it shows by itself, or the error in red.
impl<T: NotebookDisplay, E: Display> NotebookDisplay for Result<T, E> {
    fn evcxr_display(&self) {
        match self {
            Ok(value) => value.evcxr_display(),
            Err(error) => error_html(error).print(),
        }
    }
}

/// Shows a `Result` whose value has no form of its own in a notebook: the value as Debug, an error in red. In scope through
/// the prelude; call it nowhere else.
///
/// Rust looks for a method with `&self` before one with `&mut self`, so [`NotebookDisplay`] comes first wherever it applies.
pub trait NotebookFallback {
    /// Prints the value in the form that evcxr reads.
    fn evcxr_display(&mut self);
}

impl<T: Debug, E: Display> NotebookFallback for Result<T, E> {
    fn evcxr_display(&mut self) {
        debug_content(self).print();
    }
}

impl<T: Debug, E: Display> NotebookFallback for &Result<T, E> {
    fn evcxr_display(&mut self) {
        debug_content(self).print();
    }
}

fn debug_content<T: Debug, E: Display>(result: &Result<T, E>) -> Content {
    match result {
        Ok(value) => Content { mime: "text/plain", body: format!("{value:?}") },
        Err(error) => error_html(error),
    }
}

#[cfg(test)]
#[path = "notebook_tests.rs"]
mod tests;
