//! The user's own data: a frame, a CSV or a Parquet file.

use super::choices::Split;
use super::columns::Columns;
use super::csv::{self, Table};
use super::found::{self, Contents, Found, ID, SPLIT};
use super::numeric::{self, frame_error};
use super::origin::DataOrigin;
use super::parquet;
use super::samples::{Layout, Samples};
use crate::checksum;
use crate::error::{Error, Result};
use crate::text::{listed, quoted};
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
    let (mut samples, left_aside) = build(table, columns, what)?;
    let (features, target) = names(&samples.layout);
    samples.data = DataOrigin::Frame { sha256: contents(&samples)?, features, target, left_aside };
    Ok(samples)
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
        let problem = "the file is empty".to_string();
        return Err(Error::Format { path: path.to_path_buf(), offset: 0, problem });
    }
    let sha256 = checksum::sha256(&bytes);
    let (mut samples, left_aside) =
        build(table(path, bytes, columns)?, columns, &path.display().to_string())?;
    let (features, target) = names(&samples.layout);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    samples.data = DataOrigin::File { name, sha256, features, target, left_aside };
    Ok(samples)
}

fn names(layout: &Layout) -> (Vec<String>, String) {
    match layout {
        Layout::Pixels { pixels, label, .. } => (vec![pixels.clone()], label.clone()),
        Layout::Numbers { features, target } => (features.clone(), target.clone()),
    }
}

/// Samples of a table, every value checked, and the names of the columns left aside; the origin is still to be filled in.
fn build(table: Table, columns: &Columns, what: &str) -> Result<(Samples, Vec<String>)> {
    let Table { found, rows, mut notes } = table;
    if rows == 0 {
        return Err(Error::Frame { context: what.to_string(), reason: "there are no rows".to_string() });
    }
    let choice = found::choose(&found, columns, rows, what)?;
    let mut left_aside = choice.left_aside;
    let is_left_out = |column: &&Found| found::is_left_out(columns, &column.name);
    let is_ids = |column: &&Found| column.name.eq_ignore_ascii_case(ID);
    // One that was left out is still that of the rows where there is no other.
    let ids = match found.iter().filter(is_ids).min_by_key(is_left_out) {
        None => None,
        Some(column) => {
            let ids = ids(&column.contents, rows);
            if columns.features.is_none() && !found::is_left_out(columns, &column.name) {
                let kind = match ids {
                    Some(_) => "the rows' ids",
                    None => "no distinct whole numbers below 2^32, so no ids",
                };
                left_aside.push((column.name.clone(), kind));
            }
            ids
        }
    };
    let n = u32::try_from(rows)
        .map_err(|_| Error::parameter("rows", rows, "must be below 2^32: ids are 32-bit"))?;
    let mut kept = vec![Column::new(ID.into(), ids.unwrap_or_else(|| (0..n).collect()))];
    let splits = split(&found, columns, what)?;
    if splits.is_some() && columns.features.is_none() {
        let own = named_split(&found, columns).filter(|column| !is_left_out(column));
        left_aside.extend(own.map(|column| (column.name.clone(), "the rows' splits")));
    }
    kept.extend(splits);
    let mut found: Vec<Option<Found>> = found.into_iter().map(Some).collect();
    let mut take = |place: usize| found[place].take().map(|column| (column.name.clone(), column));
    let mut named = Vec::new();
    let mut d = None;
    for &place in &choice.features {
        let Some((name, column)) = take(place) else { continue };
        match column.contents {
            Contents::Bytes(bytes) if choice.features.len() == 1 => {
                d = Some(numeric::pixels(&bytes, what)?);
                kept.push(bytes);
            }
            _ => kept.push(Column::new(name.as_str().into(), found::numbers(column, what)?)),
        }
        named.push(name);
    }
    let Some((target, column)) = take(choice.target) else {
        return Err(Error::MissingColumn { column: columns.target.clone(), available: named });
    };
    kept.push(Column::new(target.as_str().into(), found::numbers(column, what)?));
    notes.push(used(&named, &target, &left_aside));
    notes.extend(choice.notes);
    let layout = match d {
        Some(d) => Layout::Pixels { d, pixels: named.swap_remove(0), label: target },
        None => Layout::Numbers { features: named, target },
    };
    let context = format!("taking the columns of {what}");
    let frame = DataFrame::new(rows, kept).map_err(frame_error(&context))?;
    let data = DataOrigin::Frame {
        sha256: String::new(),
        features: Vec::new(),
        target: String::new(),
        left_aside: Vec::new(),
    };
    let samples = Samples { frame, layout, data, split: Split::All, rows: None, notes };
    Ok((samples, left_aside.into_iter().map(|(name, _)| name).collect()))
}

/// What x and y are made of, in a line.
fn used(features: &[String], target: &str, left_aside: &[(String, &str)]) -> String {
    let (d, y) = (features.len(), quoted(target));
    let aside = match left_aside {
        [] => String::new(),
        aside => {
            let each: Vec<String> =
                aside.iter().map(|(name, kind)| format!("{} ({kind})", quoted(name))).collect();
            format!("; left aside: {}", each.join(", "))
        }
    };
    let plural = if d == 1 { "" } else { "s" };
    format!("y is {y}, x has {d} feature{plural}: {}{aside}", listed(features))
}

/// The ids that a column holds, if it can be one of ids.
fn ids(contents: &Contents, rows: usize) -> Option<Vec<u32>> {
    let Contents::Numbers(values) = contents else { return None };
    let fits = |value: &f64| value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(value);
    if !values.iter().all(fits) {
        return None;
    }
    let ids: Vec<u32> = values.iter().map(|value| *value as u32).collect();
    let distinct: HashSet<u32> = ids.iter().copied().collect();
    (distinct.len() == rows).then_some(ids)
}

/// The column called `split`: the exact name before other capitals, and one that was left out last.
fn named_split<'a>(found: &'a [Found], columns: &Columns) -> Option<&'a Found> {
    let same = found.iter().filter(|column| column.name.eq_ignore_ascii_case(SPLIT));
    same.min_by_key(|column| (found::is_left_out(columns, &column.name), column.name != SPLIT))
}

/// The column of splits, if there is one: `train` and `test` in any capitals.
fn split(found: &[Found], columns: &Columns, what: &str) -> Result<Option<Column>> {
    let Some(column) = named_split(found, columns) else { return Ok(None) };
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
        _ => Err(Error::Frame {
            context: what.to_string(),
            reason: format!(
                "column {} says which row is of which split, in words (train, test): rename it, or leave it out \
                 (--leave-out)",
                quoted(&column.name)
            ),
        }),
    }
}

/// SHA-256 of the ids, the features and the target, one column after the other.
fn contents(samples: &Samples) -> Result<String> {
    let mut hash = Sha256::new();
    let context = "hashing the frame";
    let (features, target) = names(&samples.layout);
    for name in features.iter().chain([&target]).map(String::as_str).chain([ID]) {
        let column = samples.frame.column(name).map_err(frame_error(context))?;
        match column.dtype() {
            DataType::Binary => {
                column
                    .binary()
                    .map_err(frame_error(context))?
                    .iter()
                    .flatten()
                    .for_each(|row| hash.update(row));
            }
            DataType::UInt32 => {
                column
                    .u32()
                    .map_err(frame_error(context))?
                    .iter()
                    .flatten()
                    .for_each(|id| hash.update(id.to_le_bytes()));
            }
            _ => {
                let values = column.f64().map_err(frame_error(context))?;
                values.iter().flatten().for_each(|value| hash.update(value.to_le_bytes()));
            }
        }
    }
    Ok(checksum::hex(hash))
}
