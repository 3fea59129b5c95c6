//! A table as LaTeX, Markdown, HTML, CSV and polars frame.

use super::decimal::{decimals, fixed};
use super::long::{float, quoted};
use super::table::{Alignment, Cell, Table};
use super::{latex, text};
use crate::error::{Error, Result};
use polars::prelude::{Column as FrameColumn, DataFrame};
use std::fmt::Write;

/// What a cell of numbers shows: the value, and what follows ±.
fn shown(cell: &Cell) -> (String, Option<String>) {
    match cell {
        Cell::Text(text) => (text.clone(), None),
        Cell::Integer(value) => (super::draw::minus(&value.to_string()), None),
        Cell::Number { value, decimals } => (fixed(*value, *decimals), None),
        Cell::Uncertain { value, deviation, decimals: given } => {
            let places = given.unwrap_or_else(|| decimals(*deviation));
            (fixed(*value, places), Some(fixed(*deviation, places)))
        }
        Cell::Absent => ("–".into(), None),
    }
}

/// A cell as a line of text, with markup.
pub(super) fn line(cell: &Cell) -> String {
    match shown(cell) {
        (value, Some(deviation)) => format!("{value} ± {deviation}"),
        (value, None) => value,
    }
}

/// The beginning of a row: the command before it would take [0.1, 0.2] as its own argument, and * as its own star.
fn first(text: String) -> String {
    if text.starts_with(['[', '*']) { format!("{{}}{text}") } else { text }
}

impl Table {
    /// The table for LaTeX with `booktabs`: a `table` float where there is a caption, else a `tabular`.
    ///
    /// # Errors
    /// As for [`Table::check`]; [`Error::Drawing`] naming a character that pdflatex has no sign for.
    pub fn latex(&self) -> Result<String> {
        self.check()?;
        let set = |t: &str, place: &str| {
            latex::text(t).map_err(|c| Error::Drawing {
                what: format!("the LaTeX of a table, {place} {t:?}"),
                reason: format!(
                    "pdflatex has no sign for {c:?} (U+{:04X}); use another one, or the table's Markdown, HTML or CSV",
                    u32::from(c)
                ),
            })
        };
        let number = |text: &str| text.replace('−', "-");
        let cell = |(k, cell): (usize, &Cell)| -> Result<String> {
            let text = match (cell, shown(cell)) {
                (Cell::Text(t), _) => set(t, "the cell")?,
                (Cell::Absent, _) => "--".into(),
                (_, (value, Some(deviation))) => format!("${} \\pm {deviation}$", number(&value)),
                (_, (value, None)) => format!("${}$", number(&value)),
            };
            Ok(if k == 0 { first(text) } else { text })
        };
        let mut out = String::from("% needs \\usepackage{booktabs}\n");
        let float = !self.caption.is_empty();
        if float {
            let caption = set(&self.caption, "the caption")?;
            let _ = write!(out, "\\begin{{table}}\n\\centering\n\\caption{{{caption}}}\n");
            if !self.label.is_empty() {
                let _ = writeln!(out, "\\label{{{}}}", self.label);
            }
        }
        let sides: String = self.columns.iter().map(|c| side(c.alignment, "l", "r")).collect();
        let headers =
            self.columns.iter().map(|c| set(&c.header, "the header")).collect::<Result<Vec<_>>>()?;
        let headers = first(headers.join(" & "));
        let _ = write!(out, "\\begin{{tabular}}{{{sides}}}\n\\toprule\n{headers} \\\\\n\\midrule\n");
        for row in &self.rows {
            let cells = row.iter().enumerate().map(cell).collect::<Result<Vec<_>>>()?;
            let _ = writeln!(out, "{} \\\\", cells.join(" & "));
        }
        out.push_str("\\bottomrule\n\\end{tabular}\n");
        if !self.note.is_empty() {
            let note = set(&self.note, "the note")?;
            let _ = if float {
                write!(out, "\n\\smallskip\n{{\\footnotesize {note}}}\n")
            } else {
                writeln!(out, "% {note}")
            };
        }
        if float {
            out.push_str("\\end{table}\n");
        }
        Ok(out)
    }

    /// The table as Markdown (indices and exponents as HTML, which Markdown takes).
    ///
    /// # Errors
    /// As for [`Table::check`].
    pub fn markdown(&self) -> Result<String> {
        self.check()?;
        let cell = |t: &str| text::html(t).replace('|', "\\|").replace('*', "\\*");
        let mut out = String::new();
        if !self.caption.is_empty() {
            let _ = write!(out, "**{}**\n\n", cell(&self.caption));
        }
        let headers: Vec<String> = self.columns.iter().map(|c| cell(&c.header)).collect();
        let rules: Vec<&str> = self.columns.iter().map(|c| side(c.alignment, ":---", "---:")).collect();
        let _ = write!(out, "| {} |\n| {} |\n", headers.join(" | "), rules.join(" | "));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|c| cell(&line(c))).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        if !self.note.is_empty() {
            let _ = write!(out, "\n{}\n", cell(&self.note));
        }
        Ok(out)
    }

    /// The table as HTML, as notebooks show it.
    ///
    /// # Errors
    /// As for [`Table::check`].
    pub fn html(&self) -> Result<String> {
        self.check()?;
        let align = |a: Alignment| side(a, "left", "right");
        let mut out = String::from("<table style=\"border-collapse:collapse;white-space:nowrap\">\n");
        if !self.caption.is_empty() {
            let _ = writeln!(
                out,
                "<caption style=\"text-align:left;white-space:normal\">{}</caption>",
                text::html(&self.caption)
            );
        }
        out.push_str("<thead><tr style=\"border-bottom:1px solid\">");
        for c in &self.columns {
            let (side, header) = (align(c.alignment), text::html(&c.header));
            let _ = write!(out, "<th style=\"text-align:{side};padding:0 .6em\">{header}</th>");
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            out.push_str("<tr>");
            for (cell, c) in row.iter().zip(&self.columns) {
                let (side, shown) = (align(c.alignment), text::html(&line(cell)));
                let _ = write!(out, "<td style=\"text-align:{side};padding:0 .6em\">{shown}</td>");
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table>\n");
        if !self.note.is_empty() {
            let _ = writeln!(out, "<p><small>{}</small></p>", text::html(&self.note));
        }
        Ok(out)
    }

    /// The table as CSV at full precision. A column with ± becomes two: the value, and `… ±`.
    ///
    /// # Errors
    /// As for [`Table::check`].
    pub fn csv(&self) -> Result<String> {
        self.check()?;
        let columns = self.plain_columns();
        let headers: Vec<String> = columns.iter().map(|c| quoted(&c.name)).collect();
        let mut out = headers.join(",");
        out.push('\n');
        for i in 0..self.rows.len() {
            let fields: Vec<String> = columns
                .iter()
                .map(|c| match &c.values {
                    Values::Text(v) => v[i].as_deref().map(quoted).unwrap_or_default(),
                    Values::Whole(v) => v[i].map(|v| v.to_string()).unwrap_or_default(),
                    Values::Real(v) => v[i].map(float).unwrap_or_default(),
                })
                .collect();
            out.push_str(&fields.join(","));
            out.push('\n');
        }
        Ok(out)
    }

    /// The table as a polars frame at full precision. A column with ± becomes two: the value, and `… ±`. Columns that
    /// mix text and numbers are text.
    ///
    /// # Errors
    /// As for [`Table::check`]; [`Error::Frame`] if polars refuses.
    pub fn frame(&self) -> Result<DataFrame> {
        self.check()?;
        let columns = self
            .plain_columns()
            .into_iter()
            .map(|c| match c.values {
                Values::Text(v) => FrameColumn::new(c.name.into(), v),
                Values::Whole(v) => FrameColumn::new(c.name.into(), v),
                Values::Real(v) => FrameColumn::new(c.name.into(), v),
            })
            .collect();
        DataFrame::new_infer_height(columns).map_err(|e| Error::frame("a table as a frame", &e))
    }

    fn plain_columns(&self) -> Vec<PlainColumn> {
        let mut columns = Vec::new();
        for (k, column) in self.columns.iter().enumerate() {
            let cells: Vec<&Cell> = self.rows.iter().map(|row| &row[k]).collect();
            let name = text::plain(&column.header);
            let any = |test: fn(&Cell) -> bool| cells.iter().any(|c| test(c));
            let real = any(|c| matches!(c, Cell::Number { .. } | Cell::Uncertain { .. }));
            let values = if any(|c| matches!(c, Cell::Text(_))) || cells.is_empty() {
                let text = |c: &&Cell| (**c != Cell::Absent).then(|| text::plain(&line(c)));
                Values::Text(cells.iter().map(text).collect())
            } else if real {
                Values::Real(cells.iter().map(|c| value(c)).collect())
            } else {
                let whole = |c: &&Cell| if let Cell::Integer(v) = c { Some(*v) } else { None };
                Values::Whole(cells.iter().map(whole).collect())
            };
            let numbers = !matches!(values, Values::Text(_));
            columns.push(PlainColumn { name: name.clone(), values });
            if numbers && any(|c| matches!(c, Cell::Uncertain { .. })) {
                let deviation = |c: &&Cell| {
                    if let Cell::Uncertain { deviation, .. } = c { Some(*deviation) } else { None }
                };
                let values = Values::Real(cells.iter().map(deviation).collect());
                columns.push(PlainColumn { name: format!("{name} ±"), values });
            }
        }
        columns
    }
}

/// A column for machines.
struct PlainColumn {
    name: String,
    values: Values,
}

enum Values {
    Text(Vec<Option<String>>),
    Whole(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
}

fn value(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number { value, .. } | Cell::Uncertain { value, .. } => Some(*value),
        Cell::Integer(value) => Some(*value as f64),
        Cell::Text(_) | Cell::Absent => None,
    }
}

fn side<'a>(alignment: Alignment, left: &'a str, right: &'a str) -> &'a str {
    match alignment {
        Alignment::Left => left,
        Alignment::Right => right,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::Column;

    fn table() -> Table {
        Table::new([Column::text("Data_set"), Column::number("s = r/β_{x}"), Column::number("n")])
            .row([Cell::text("MNIST & co"), Cell::uncertain(0.4012, 0.0213), Cell::Integer(3000)])
            .row([Cell::text("CIFAR|10"), Cell::uncertain_fixed(-0.09123, 0.0049, 3), Cell::Absent])
            .caption("Smoothness <s>")
            .label("tab:s")
            .note("mean ± standard deviation over 5 draws")
    }

    #[test]
    fn latex_is_what_booktabs_expects() {
        let expected = r"% needs \usepackage{booktabs}
\begin{table}
\centering
\caption{Smoothness $<$s$>$}
\label{tab:s}
\begin{tabular}{lrr}
\toprule
Data\_set & s = r/$\beta_{x}$ & n \\
\midrule
MNIST \& co & $0.40 \pm 0.02$ & $3000$ \\
CIFAR$|$10 & $-0.091 \pm 0.005$ & -- \\
\bottomrule
\end{tabular}

\smallskip
{\footnotesize mean $\pm$ standard deviation over 5 draws}
\end{table}
";
        assert_eq!(table().latex().unwrap(), expected);
        let bare = table().caption("").note("± is the deviation").latex().unwrap();
        assert!(bare.contains("\n% $\\pm$ is the deviation") && !bare.contains("begin{table}"), "{bare}");
    }

    #[test]
    fn markdown_and_html() {
        let expected = "**Smoothness &lt;s&gt;**

| Data_set | s = r/β<sub>x</sub> | n |
| :--- | ---: | ---: |
| MNIST &amp; co | 0.40 ± 0.02 | 3000 |
| CIFAR\\|10 | −0.091 ± 0.005 | – |

mean ± standard deviation over 5 draws
";
        assert_eq!(table().markdown().unwrap(), expected);
        let html = table().html().unwrap();
        assert!(html.contains("<td style=\"text-align:right;padding:0 .6em\">0.40 ± 0.02</td>"), "{html}");
        assert!(html.contains("<td style=\"text-align:left;padding:0 .6em\">MNIST &amp; co</td>"), "{html}");
        assert!(html.contains("<small>mean ± standard deviation over 5 draws</small>"), "{html}");
    }

    #[test]
    fn csv_and_frame_keep_full_precision() {
        let expected =
            "Data_set,s = r/β_x,s = r/β_x ±,n\nMNIST & co,0.4012,0.0213,3000\nCIFAR|10,-0.09123,0.0049,\n";
        assert_eq!(table().csv().unwrap(), expected);
        let frame = table().frame().unwrap();
        assert_eq!(frame.shape(), (2, 4));
        let deviation = frame.column("s = r/β_x ±").unwrap().f64().unwrap().get(1);
        assert_eq!(deviation, Some(0.0049));
    }

    #[test]
    fn what_cannot_be_shown_is_refused_by_place() {
        let problem = |t: Table| t.markdown().unwrap_err().to_string();
        assert!(problem(table().note("")).contains("row 0, column \"s = r/β_{x}\" has a ±"));
        assert!(problem(table().row([Cell::Absent])).contains("row 2 has 1 cells for 3 columns"));
        let nan = [Cell::Absent, Cell::number(f64::NAN, 2), Cell::Absent];
        assert!(problem(table().row(nan)).contains("row 2"));
        assert!(problem(Table::default()).contains("no columns"));
        let twice = Table::new([Column::text("a"), Column::number("a")]);
        assert!(problem(twice).contains("two columns"));
    }
}
