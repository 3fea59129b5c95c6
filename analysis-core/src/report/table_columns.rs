//! A table for machines: CSV and a polars frame, numbers at full precision.

use polars::prelude::{Column, DataFrame};

use super::cell::{Cell, Part};
use super::long::{float, quoted};
use super::table::{ColumnKind, Table};
use super::text;
use crate::error::{Error, Result};

/// The endings of the columns that one column of a table may become, in their order.
const ENDINGS: [&str; 5] = ["", " ±", " low", " high", " *"];

impl Table {
    /// The table as CSV at full precision. A column with ± becomes two, `NAME` and `NAME ±`; intervals become `NAME low`
    /// and `NAME high`, with their mean as `NAME`; stars become `NAME *`, true or false. What a column declares
    /// ([`ColumnKind`]) is there for any rows, none too; what cells have beyond it is added.
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
            let fields: Vec<String> = columns.iter().map(|c| c.values.field(i)).collect();
            out.push_str(&fields.join(","));
            out.push('\n');
        }
        Ok(out)
    }

    /// The table as a polars frame, with the columns of [`Table::csv`]. Columns that mix text and numbers are text.
    ///
    /// # Errors
    /// As for [`Table::check`]; [`Error::Frame`] if polars refuses.
    pub fn frame(&self) -> Result<DataFrame> {
        self.check()?;
        let columns = self.plain_columns().into_iter().map(|PlainColumn { name, values }| match values {
            Values::Text(v) => Column::new(name.into(), v),
            Values::Whole(v) => Column::new(name.into(), v),
            Values::Real(v) => Column::new(name.into(), v),
            Values::Flag(v) => Column::new(name.into(), v),
        });
        DataFrame::new_infer_height(columns.collect()).map_err(|e| Error::frame("a table as a frame", &e))
    }

    fn plain_columns(&self) -> Vec<PlainColumn> {
        let mut columns = Vec::new();
        for (k, column) in self.columns.iter().enumerate() {
            let cells: Vec<&Cell> = self.rows.iter().map(|row| &row[k]).collect();
            let header = text::plain(&column.header);
            let parts: Vec<_> = cells.iter().map(|cell| cell.parts()).collect();
            let nothing = parts.iter().all(Vec::is_empty);
            let words = column.kind == ColumnKind::Text && nothing;
            if words || cells.iter().any(|cell| matches!(cell, Cell::Text(_))) {
                let text = |cell: &&Cell| (**cell != Cell::Absent).then(|| text::plain(&cell.line()));
                columns.push(PlainColumn {
                    name: header,
                    values: Values::Text(cells.iter().map(text).collect()),
                });
                continue;
            }
            let name = header.strip_suffix(" [interval]").unwrap_or(&header);
            let declared = match column.kind {
                ColumnKind::Text => &[],
                kind => kind.endings(),
            };
            let has = |ending: &str| parts.iter().flatten().any(|(own, _)| *own == ending);
            for ending in ENDINGS {
                if has(ending) || declared.contains(&ending) {
                    let own =
                        |parts: &Vec<(&str, Part)>| parts.iter().find(|(own, _)| *own == ending).map(|p| p.1);
                    let own: Vec<Option<Part>> = parts.iter().map(own).collect();
                    let values = match own.iter().all(Option::is_none) {
                        true if ending == " *" => Values::Flag(vec![None; own.len()]),
                        true => Values::Real(vec![None; own.len()]),
                        false => Values::of(&own),
                    };
                    columns.push(PlainColumn { name: format!("{name}{ending}"), values });
                }
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
    Flag(Vec<Option<bool>>),
}

impl Values {
    /// Whole numbers where all are, flags where one is a flag, else numbers.
    fn of(parts: &[Option<Part>]) -> Self {
        let any = |test: fn(&Part) -> bool| parts.iter().flatten().any(test);
        if any(|part| matches!(part, Part::Real(_))) {
            return Values::Real(parts.iter().map(|part| part.and_then(Part::real)).collect());
        }
        if any(|part| matches!(part, Part::Flag(_))) {
            let flag =
                |part: &Option<Part>| if let Some(Part::Flag(flag)) = part { Some(*flag) } else { None };
            return Values::Flag(parts.iter().map(flag).collect());
        }
        let whole = |part: &Option<Part>| if let Some(Part::Whole(v)) = part { Some(*v) } else { None };
        Values::Whole(parts.iter().map(whole).collect())
    }

    /// A field of a CSV file; empty where nothing is known.
    fn field(&self, row: usize) -> String {
        match self {
            Values::Text(v) => v[row].as_deref().map(quoted),
            Values::Whole(v) => v[row].map(|v| v.to_string()),
            Values::Real(v) => v[row].map(float),
            Values::Flag(v) => v[row].map(|v| v.to_string()),
        }
        .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::decimal::Digits;
    use super::super::table::Column;
    use super::super::table_forms::tests::table;
    use super::*;

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
    fn intervals_and_stars_are_columns_of_numbers() {
        let mean = crate::regression::MeanInterval { mean: -0.5, low: -0.75, high: -0.25, ..interval() };
        let columns = [
            Column::mean_interval("slope [interval]"),
            Column::flagged("ratio"),
            Column::interval("null"),
            Column::number("share"),
        ];
        let table = Table::new(columns.clone())
            .row([
                Cell::mean_interval(&mean, 3),
                Cell::flagged(1.5, 3, true),
                Cell::Range { low: 0.1, high: 0.2, decimals: 3 },
                Cell::Percent { share: 0.931, decimals: 1 },
            ])
            .row([Cell::Absent, Cell::flagged(2.0, 3, false), Cell::Absent, Cell::Absent])
            .row([Cell::Absent, Cell::flagged(f64::NAN, 3, true), Cell::Absent, Cell::Absent]);
        let expected = "slope,slope low,slope high,ratio,ratio *,null low,null high,share\n\
                        -0.5,-0.75,-0.25,1.5,true,0.1,0.2,0.931\n,,,2.0,false,,,\n,,,,,,,\n";
        assert_eq!(table.csv().unwrap(), expected);
        let frame = table.frame().unwrap();
        assert!(
            frame.column("slope low").unwrap().f64().is_ok()
                && frame.column("ratio *").unwrap().bool().is_ok()
        );
        // The same columns of the same types without a row, and where nothing is known.
        let absent =
            Table::new(columns.clone()).row([Cell::Absent, Cell::Absent, Cell::Absent, Cell::Absent]);
        for bare in [Table::new(columns).frame().unwrap(), absent.frame().unwrap()] {
            assert_eq!(bare.schema(), frame.schema());
        }
        let shown = table.markdown().unwrap();
        assert!(shown.contains("| −0.500 [−0.750, −0.250] | 1.500\\* | 0.100–0.200 | 93.1 % |"), "{shown}");
        let bad = Cell::Interval { mean: None, low: f64::NAN, high: 1.0, digits: Digits::Decimals(2) };
        assert!(
            Table::new([Column::number("a")]).row([bad]).csv().unwrap_err().to_string().contains("row 0")
        );
    }

    fn interval() -> crate::regression::MeanInterval {
        crate::regression::MeanInterval::of(&[1.0, 2.0], 0.95).unwrap()
    }
}
