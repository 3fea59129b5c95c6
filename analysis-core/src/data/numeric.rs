//! Columns of a polars frame: finite numbers, text, bytes, or an error that names the row.

use super::found::{Contents, LARGEST_EXACT};
use super::text_column::{At, TextColumn, inexact};
use crate::error::{Error, Result};
use crate::names::quoted;
use polars::prelude::*;

/// What a column of a frame holds; `place` is its number, `what` the frame, for messages.
pub(super) fn contents(column: &Column, place: usize, what: &str) -> Contents {
    let name = quoted(column.name());
    let found = match column.dtype() {
        DataType::String => text(column, place, what),
        DataType::Binary => Ok(Contents::Bytes(column.clone())),
        kind if kind.is_primitive_numeric() || kind == &DataType::Boolean => {
            numbers(column, place, what).map(Contents::Numbers)
        }
        DataType::Null => Err(Error::table(what, format!("column {name} is empty in every row"))),
        kind => {
            let reason =
                format!("column {name} holds {kind}, which is neither numbers nor text: make numbers of it");
            Err(Error::table(what, reason))
        }
    };
    found.unwrap_or_else(Contents::Refused)
}

fn text(column: &Column, place: usize, what: &str) -> Result<Contents> {
    let mut texts = TextColumn::new(column.name());
    for (row, cell) in column.str().map_err(Error::polars(what))?.iter().enumerate() {
        texts.push(cell.unwrap_or(""), At { row, line: None });
    }
    match texts.finish(column.name(), place, what) {
        Contents::Numbers(_) => {
            let name = quoted(column.name());
            Err(Error::table(what, format!("column {name} holds numbers as text: make numbers of it")))
        }
        other => Ok(other),
    }
}

/// A column of numbers or booleans as f64, every value there, finite and exact.
fn numbers(column: &Column, place: usize, what: &str) -> Result<Vec<f64>> {
    let name = quoted(column.name());
    if let Some(row) = column.is_null().iter().position(|empty| empty == Some(true)) {
        let count = column.null_count();
        let reason =
            format!("column {name} is empty at row {row} ({count} such cells); fill or drop these rows");
        return Err(Error::table(what, reason));
    }
    let read = |cast: &Column| Ok(cast.f64()?.iter().map(|value| value.unwrap_or(f64::NAN)).collect());
    let values = column.cast(&DataType::Float64).and_then(|cast| read(&cast));
    let values: Vec<f64> = values.map_err(Error::polars(what))?;
    if let Some((row, &value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        return Err(Error::NotFinite { what: format!("{what}, column {name}"), row, column: place, value });
    }
    if column.dtype().is_integer()
        && let Some(row) = values.iter().position(|value| value.abs() >= LARGEST_EXACT)
    {
        return Err(inexact(what, &format!("column {name}, row {row}")));
    }
    Ok(values)
}

/// The length of the equally long rows of a binary column.
pub(super) fn pixels(column: &Column, what: &str) -> Result<usize> {
    let rows = column.binary().map_err(Error::polars(what))?;
    let d = rows.get(0).map_or(0, <[u8]>::len);
    let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
    match rows.iter().map(length).enumerate().find(|(_, length)| *length == 0 || *length != d) {
        None => Ok(d),
        Some((row, length)) => {
            let (name, expected) = (quoted(column.name()), d.max(1));
            Err(Error::table(what, format!("column {name}, row {row} has {length} bytes, not {expected}")))
        }
    }
}
