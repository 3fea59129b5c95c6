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
        let tables: Vec<String> = self.headline().iter().map(|table| table_content(table).body).collect();
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::Error;
    use crate::report::{Axis, Cell, Column as TableColumn, Panel, Series};
    use polars::prelude::Column;

    fn frame(rows: usize, columns: usize) -> DataFrame {
        let column = |k: usize| {
            Column::new(format!("c<{k}>").into(), (0..rows).map(|i| (i * k) as f64).collect::<Vec<f64>>())
        };
        DataFrame::new_infer_height((0..columns).map(column).collect()).unwrap()
    }

    #[test]
    fn a_frame_shows_its_shape_types_and_ends() {
        let html = frame_content(&frame(3000, 785)).body;
        assert!(html.contains("3000 rows × 785 columns"));
        assert_eq!(html.matches("<tr>").count(), 1 + 10 + 1 + 5);
        assert_eq!(html.matches("<th ").count(), 12);
        assert!(html.contains("c&lt;784&gt;<br><small>f64</small>"));
        assert!(html.len() < 30_000, "{}", html.len());
        let words = Column::new("w".into(), ["<b>", "\"x\" & y"]);
        let html = frame_content(&DataFrame::new_infer_height(vec![words]).unwrap()).body;
        assert!(html.contains("&lt;b&gt;</td>") && html.contains("&quot;x&quot; &amp; y</td>"), "{html}");
        assert!(frame_content(&DataFrame::empty()).body.contains("0 rows × 0 columns"));
    }

    #[test]
    fn an_error_is_red_and_readable_and_a_value_shows_as_itself() {
        let failed: Result<f64, Error> = Err(Error::parameter("n", "<0>", "must be positive"));
        let content = debug_content(&failed);
        assert_eq!(content.mime, "text/html");
        assert!(content.body.contains("ntk-error") && content.body.contains("n = &lt;0&gt;: must be"));
        assert_eq!(debug_content(&Ok::<f64, Error>(0.5)).body, "0.5");
        let line = Series::line("", [1.0, 2.0], [1.0, 2.0]);
        let figure = Figure::single(Panel::new("").x(Axis::linear("x")).series(line));
        let svg = figure_content(&figure);
        assert!(svg.mime == "image/svg+xml" && svg.body.starts_with("<svg"));
        assert!(figure_content(&Figure::default()).body.contains("ntk-error"));
        let table = Table::new([TableColumn::text("a")]).row([Cell::text("b")]);
        assert!(table_content(&table).body.contains("<table"));
    }

    #[test]
    fn no_content_holds_the_line_that_ends_it() {
        // A cell of a frame that says so would cut the output short: line breaks inside cells become spaces.
        let words = Column::new("w".into(), ["a\nEVCXR_END_CONTENT\nb"]);
        let html = frame_content(&DataFrame::new_infer_height(vec![words]).unwrap()).body;
        assert!(html.lines().all(|line| line != "EVCXR_END_CONTENT"));
    }

    /// As where a notebook's kernel is gone: in a process of its own, which notes that it has survived.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_standard_output_that_is_full_is_no_reason_to_panic() {
        const CHILD: &str = "NTK_NOTEBOOK_TEST_CHILD";
        if let Some(file) = std::env::var_os(CHILD) {
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            rustix::stdio::dup2_stdout(&full).unwrap();
            (Ok::<f64, Error>(0.5)).evcxr_display();
            Table::default().evcxr_display();
            std::fs::write(file, "alive").unwrap();
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("note");
        // The test harness itself fails where it cannot print its last line, so its status says nothing.
        let name = "report::notebook::tests::a_standard_output_that_is_full_is_no_reason_to_panic";
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, &file)
            .output()
            .unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), "alive");
    }

    /// Every kind of expression that evcxr compiles, as it compiles it: values, references and results of all types that
    /// show themselves. A type that has lost its display would show as Debug, or not compile. What is printed is caught in a
    /// process of its own.
    #[test]
    #[allow(clippy::needless_borrow)]
    fn the_method_is_found_on_every_kind_of_expression() {
        use crate::report::tests::instances as of;
        const CHILD: &str = "NTK_NOTEBOOK_TEST_EXPRESSIONS";
        macro_rules! show {
            ($($value:expr),* $(,)?) => {
                $(
                    println!("=== {}", stringify!($value));
                    let value = $value;
                    (&value).evcxr_display();
                    (Ok::<_, Error>(value.clone())).evcxr_display();
                    (&Ok::<_, Error>(value.clone())).evcxr_display();
                    (value).evcxr_display();
                )*
            };
        }
        if std::env::var_os(CHILD).is_some() {
            show! {
                Figure::default(),
                Table::new([TableColumn::text("a")]),
                frame(1, 1),
                Exported { files: Vec::new() },
                of::dispersion(),
                of::drift(),
                of::output_variance(),
                of::phases(crate::architecture::Activation::Tanh),
                of::learning_curve(),
                of::smoothness(),
                of::smoothness_draws(),
                of::smoothness_table(),
                of::width_gap(),
                of::coverage(),
                of::planted_decay(),
                of::initial_function(),
                of::training().0,
                of::training().1,
            }
            println!("=== error");
            (Err::<f64, Error>(Error::parameter("a", 1, "b"))).evcxr_display();
            (&Err::<f64, Error>(Error::parameter("a", 1, "b"))).evcxr_display();
            (Err::<Figure, Error>(Error::parameter("a", 1, "b"))).evcxr_display();
            (&Err::<Figure, Error>(Error::parameter("a", 1, "b"))).evcxr_display();
            println!("=== debug");
            (Ok::<f64, Error>(0.5)).evcxr_display();
            (&Ok::<Vec<f64>, std::io::Error>(vec![0.5])).evcxr_display();
            println!("=== nothing");
            (Ok::<(), Error>(())).evcxr_display();
            return;
        }
        let name = "report::notebook::tests::the_method_is_found_on_every_kind_of_expression";
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let parts: Vec<&str> = printed.split("=== ").skip(1).collect();
        assert_eq!(parts.len(), 18 + 3, "{printed}");
        let count = |part: &str, kind: &str| part.matches(&format!("EVCXR_BEGIN_CONTENT {kind}\n")).count();
        for part in &parts[..19] {
            assert_eq!((count(part, "text/html"), count(part, "text/plain")), (4, 0), "{part}");
        }
        assert_eq!(parts[18].matches("ntk-error").count(), 4, "{}", parts[18]);
        assert!(parts[19].contains("text/plain\n0.5\n") && parts[19].contains("text/plain\n[0.5]\n"));
        assert!(!parts[20].contains("EVCXR"));
    }
}
