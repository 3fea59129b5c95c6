//! A table as LaTeX, Markdown and HTML.

use super::cell::Cell;
use super::table::{Alignment, Table};
use super::{latex, text};
use crate::error::Result;
use std::fmt::Write;

/// The beginning of a row: the command before it would take [0.1, 0.2] as its own argument, and * as its own star.
fn first(text: String) -> String {
    if text.starts_with(['[', '*']) { format!("{{}}{text}") } else { text }
}

/// Rows of a table that fit on a page.
const LONG: usize = 40;

impl Table {
    /// The table for LaTeX with `booktabs`: a `table` float where there is a caption, else a `tabular`; above 40 rows a
    /// `longtable`, which goes on over pages.
    ///
    /// # Errors
    /// As for [`Table::check`]; [`Error::Drawing`](crate::error::Error::Drawing) naming a character that pdflatex has no sign for.
    pub fn latex(&self) -> Result<String> {
        self.check()?;
        let set = |t: &str, place: &str| latex::set(t, "a table", place, "the table's Markdown, HTML or CSV");
        let number = |text: &str| text.replace('−', "-");
        let cell = |(k, cell): (usize, &Cell)| -> Result<String> {
            let text = match (cell, cell.shown()) {
                (Cell::Absent, _) => "--".into(),
                (_, (value, Some(deviation))) => format!("${} \\pm {deviation}$", number(&value)),
                (Cell::Integer(_) | Cell::Number { .. }, (value, None)) => format!("${}$", number(&value)),
                (_, (text, None)) => set(&text, "the cell")?,
            };
            Ok(if k == 0 { first(text) } else { text })
        };
        let sides: String = self.columns.iter().map(|c| side(c.alignment, "l", "r")).collect();
        let headers =
            self.columns.iter().map(|c| set(&c.header, "the header")).collect::<Result<Vec<_>>>()?;
        let head = format!("\\toprule\n{} \\\\\n\\midrule\n", first(headers.join(" & ")));
        let caption = match (self.caption.is_empty(), self.label.is_empty()) {
            (true, _) => String::new(),
            (false, true) => format!("\\caption{{{}}}", set(&self.caption, "the caption")?),
            (false, false) => {
                format!("\\caption{{{}}}\n\\label{{{}}}", set(&self.caption, "the caption")?, self.label)
            }
        };
        let captioned = !self.caption.is_empty();
        // A float cannot be broken over pages.
        let long = self.rows.len() > LONG;
        let (mut out, end) = if long {
            let caption = if captioned { format!("{caption}\\\\\n") } else { String::new() };
            let start = "% needs \\usepackage{booktabs,longtable}\n\\begin{longtable}";
            let heads = format!("{head}\\endfirsthead\n{head}\\endhead\n");
            (format!("{start}{{{sides}}}\n{caption}{heads}"), "\\end{longtable}\n")
        } else {
            let float =
                if captioned { format!("\\begin{{table}}\n\\centering\n{caption}\n") } else { String::new() };
            let start = format!("% needs \\usepackage{{booktabs}}\n{float}\\begin{{tabular}}{{{sides}}}\n");
            (start + &head, "\\end{tabular}\n")
        };
        for row in &self.rows {
            let cells = row.iter().enumerate().map(cell).collect::<Result<Vec<_>>>()?;
            let _ = writeln!(out, "{} \\\\", cells.join(" & "));
        }
        let _ = write!(out, "\\bottomrule\n{end}");
        if !self.note.is_empty() {
            let note = set(&self.note, "the note")?;
            let _ = match captioned {
                true => write!(out, "\n\\smallskip\n{{\\footnotesize {note}}}\n"),
                false => writeln!(out, "% {note}"),
            };
        }
        if captioned && !long {
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
            let cells: Vec<String> = row.iter().map(|c| cell(&c.line())).collect();
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
                let (side, shown) = (align(c.alignment), text::html(&cell.line()));
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
}

fn side<'a>(alignment: Alignment, left: &'a str, right: &'a str) -> &'a str {
    match alignment {
        Alignment::Left => left,
        Alignment::Right => right,
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::Column;

    pub(crate) fn table() -> Table {
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
    fn a_long_table_goes_on_over_pages() {
        let row = table().rows[0].clone();
        let long = Table { rows: vec![row; LONG + 1], ..table() };
        let head = "\\toprule\nData\\_set & s = r/$\\beta_{x}$ & n \\\\\n\\midrule\n";
        let start = "% needs \\usepackage{booktabs,longtable}\n\\begin{longtable}{lrr}\n\\caption{Smoothness $<$s$>$}\n\
                     \\label{tab:s}\\\\\n";
        let latex = long.latex().unwrap();
        assert!(latex.starts_with(&format!("{start}{head}\\endfirsthead\n{head}\\endhead\n")), "{latex}");
        assert!(
            latex.contains("\\bottomrule\n\\end{longtable}\n\n\\smallskip\n") && !latex.contains("tabular")
        );
        let bare = Table { caption: String::new(), ..long }.latex().unwrap();
        assert!(
            !bare.contains("\\caption") && bare.contains("longtable") && bare.contains("\n% mean"),
            "{bare}"
        );
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
