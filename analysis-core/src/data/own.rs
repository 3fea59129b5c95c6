//! The user's own data: a frame, a CSV or a Parquet file.

use super::choices::Split;
use super::columns::Columns;
use super::found::{self, Contents, Found, ID, SPLIT, Table};
use super::origin::DataOrigin;
use super::samples::{Layout, Samples};
use super::{csv, numeric, parquet};
use crate::checksum;
use crate::error::{Error, Result};
use crate::names::{listed, quoted};
use polars::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::Path;

pub(super) fn from_frame(frame: &DataFrame, columns: &Columns) -> Result<Samples> {
    let what = "the frame";
    let found = frame.columns().iter().enumerate().map(|(place, column)| {
        let name = column.name().to_string();
        let wanted = found::is_wanted(columns, &name);
        let contents = if wanted { numeric::contents(column, place, what) } else { Contents::Unread };
        Found { name, contents }
    });
    let table = Table { found: found.collect(), rows: frame.height(), notes: Vec::new() };
    let taken = take(table, columns, what)?;
    let sha256 = taken.sha256().map_err(Error::polars("hashing the frame"))?;
    Ok(taken.samples(|features, target, left_aside| DataOrigin::Frame {
        sha256,
        features,
        target,
        left_aside,
    }))
}

pub(super) fn from_csv(path: &Path, columns: &Columns) -> Result<Samples> {
    from_file(path, columns, csv::read)
}

pub(super) fn from_parquet(path: &Path, columns: &Columns) -> Result<Samples> {
    from_file(path, columns, parquet::read)
}

fn from_file(
    path: &Path,
    columns: &Columns,
    table: fn(&Path, Vec<u8>, &Columns) -> Result<Table>,
) -> Result<Samples> {
    let bytes = std::fs::read(path).map_err(|cause| Error::io(path, "read", &cause))?;
    if bytes.is_empty() {
        return Err(Error::format(path, 0, "the file is empty"));
    }
    let sha256 = checksum::sha256(&bytes);
    let taken = take(table(path, bytes, columns)?, columns, &path.display().to_string())?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(taken.samples(|features, target, left_aside| DataOrigin::File {
        name,
        sha256,
        features,
        target,
        left_aside,
    }))
}

/// What was taken out of a table: everything of [`Samples`] but where it came from.
struct Taken {
    frame: DataFrame,
    layout: Layout,
    left_aside: Vec<String>,
    notes: Vec<String>,
}

impl Taken {
    /// The origin is made of the names of features and target, and of the columns left aside.
    fn samples(self, origin: impl FnOnce(Vec<String>, String, Vec<String>) -> DataOrigin) -> Samples {
        let Taken { frame, layout, left_aside, notes } = self;
        let data = origin(layout.features.clone(), layout.target.clone(), left_aside);
        Samples { frame, layout, data, split: Split::All, rows: None, notes }
    }

    /// SHA-256 of the features, the target and the ids, one column after the other.
    fn sha256(&self) -> PolarsResult<String> {
        let mut hash = Sha256::new();
        let Layout { features, target, .. } = &self.layout;
        for name in features.iter().chain([target]).map(String::as_str).chain([ID]) {
            let column = self.frame.column(name)?;
            match column.dtype() {
                DataType::Binary => column.binary()?.iter().flatten().for_each(|row| hash.update(row)),
                DataType::UInt32 => {
                    column.u32()?.iter().flatten().for_each(|id| hash.update(id.to_le_bytes()))
                }
                _ => column.f64()?.iter().flatten().for_each(|value| hash.update(value.to_le_bytes())),
            }
        }
        Ok(checksum::hex(hash))
    }
}

/// The columns that become ids, splits, x and y, every value checked.
fn take(table: Table, columns: &Columns, what: &str) -> Result<Taken> {
    let Table { found, rows, mut notes } = table;
    if rows == 0 {
        return Err(Error::table(what, "there are no rows"));
    }
    let choice = found::choose(&found, columns, rows, what)?;
    let mut left_aside = choice.left_aside;
    // Of a column left out on purpose nothing is said, nor where the features are named.
    let is_said = |column: &Found| columns.features.is_none() && !found::is_left_out(columns, &column.name);
    let id_column = special(&found, columns, ID);
    let ids = id_column.and_then(|column| ids(&column.contents, rows));
    if let Some(column) = id_column.filter(|column| is_said(column)) {
        let kind = match ids {
            Some(_) => "the rows' ids",
            None => "no distinct whole numbers below 2^32, so no ids",
        };
        left_aside.push((column.name.clone(), kind));
    }
    let n = u32::try_from(rows)
        .map_err(|_| Error::parameter("rows", rows, "must be below 2^32: ids are 32-bit"))?;
    let mut kept = vec![Column::new(ID.into(), ids.unwrap_or_else(|| (0..n).collect()))];
    if let Some(column) = special(&found, columns, SPLIT)
        && let Some(splits) = split(column, columns, what)?
    {
        kept.push(splits);
        left_aside.extend(is_said(column).then(|| (column.name.clone(), "the rows' splits")));
    }
    let mut found: Vec<Option<Found>> = found.into_iter().map(Some).collect();
    let mut layout = Layout { features: Vec::new(), target: String::new(), pixels: None };
    for &place in choice.features.iter().chain([&choice.target]) {
        let Some(column) = found[place].take() else { continue };
        layout.features.push(column.name.clone());
        kept.push(match column.contents {
            Contents::Bytes(bytes) if choice.features == [place] => {
                layout.pixels = Some(numeric::pixels(&bytes, what)?);
                bytes
            }
            _ => Column::new(column.name.as_str().into(), found::numbers(column, what)?),
        });
    }
    layout.target = layout.features.pop().unwrap_or_default();
    notes.push(used(&layout, &left_aside));
    notes.extend(choice.notes);
    let frame =
        DataFrame::new(rows, kept).map_err(Error::polars(&format!("taking the columns of {what}")))?;
    let left_aside = left_aside.into_iter().map(|(name, _)| name).collect();
    Ok(Taken { frame, layout, left_aside, notes })
}

/// What x and y are made of, in a line.
fn used(layout: &Layout, left_aside: &[(String, &str)]) -> String {
    let each: Vec<String> =
        left_aside.iter().map(|(name, kind)| format!("{} ({kind})", quoted(name))).collect();
    let aside = if each.is_empty() { String::new() } else { format!("; left aside: {}", each.join(", ")) };
    let (d, y) = (layout.features.len(), quoted(&layout.target));
    let plural = if d == 1 { "" } else { "s" };
    format!("y is {y}, x has {d} feature{plural}: {}{aside}", listed(&layout.features))
}

/// The column called `name` in any capitals: one that was left out only where there is no other, and of `split` and `Split`
/// the one in small letters.
fn special<'a>(found: &'a [Found], columns: &Columns, name: &str) -> Option<&'a Found> {
    let same = found.iter().filter(|column| column.name.eq_ignore_ascii_case(name));
    same.min_by_key(|column| (found::is_left_out(columns, &column.name), column.name != name))
}

/// The ids that a column holds, if it can be one of ids.
fn ids(contents: &Contents, rows: usize) -> Option<Vec<u32>> {
    let Contents::Numbers(values) = contents else { return None };
    let fits = |value: &f64| value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(value);
    let ids: Vec<u32> = values.iter().filter(|value| fits(value)).map(|value| *value as u32).collect();
    let distinct: HashSet<u32> = ids.iter().copied().collect();
    (values.len() == rows && distinct.len() == rows).then_some(ids)
}

/// The column of splits, if it can be one: `train` and `test` in any capitals.
fn split(column: &Found, columns: &Columns, what: &str) -> Result<Option<Column>> {
    match &column.contents {
        Contents::Text { cells, .. } if !cells.is_empty() => {
            let plain = |cell: &String| match cell.trim().to_lowercase() {
                known if known == "train" || known == "test" => known,
                _ => cell.clone(),
            };
            let cells: Vec<String> = cells.iter().map(plain).collect();
            Ok(Some(Column::new(SPLIT.into(), cells)))
        }
        _ if columns.left_out.contains(&column.name) || columns.features.is_some() => Ok(None),
        _ => {
            let reason = format!(
                "column {} says which row is of which split, in words (train, test): rename it, or leave it out \
                 (--leave-out)",
                quoted(&column.name)
            );
            Err(Error::table(what, reason))
        }
    }
}
