//! Columns of a polars frame: finite numbers, text, bytes, or an error that names the row.

use super::found::{Contents, LARGEST_EXACT};
use super::text_column::{Place, TextColumn};
use crate::error::{Error, Result};
use crate::text::quoted;
use polars::prelude::*;

pub(super) fn frame_error(context: &str) -> impl Fn(PolarsError) -> Error + '_ {
    move |cause| Error::frame(context, &cause)
}

/// What a column of a frame holds; `place` is its number, `what` the frame, for messages.
pub(super) fn contents(column: &Column, place: usize, what: &str) -> Contents {
    let name = quoted(column.name());
    let refuse = |reason: String| Contents::Refused(Error::Frame { context: what.to_string(), reason });
    match column.dtype() {
        DataType::String => text(column, place, what),
        DataType::Binary => Contents::Bytes(column.clone()),
        kind if kind.is_primitive_numeric() || kind == &DataType::Boolean => {
            numbers(column, place, what).map_or_else(Contents::Refused, Contents::Numbers)
        }
        DataType::Null => refuse(format!("column {name} is empty in every row")),
        kind => refuse(format!(
            "column {name} holds {kind}, which is neither numbers nor text: make numbers of it"
        )),
    }
}

fn text(column: &Column, place: usize, what: &str) -> Contents {
    let cells = match column.str() {
        Ok(cells) => cells,
        Err(cause) => return Contents::Refused(Error::frame(what, &cause)),
    };
    let mut texts = TextColumn::new(column.name());
    for (row, cell) in cells.iter().enumerate() {
        texts.push(cell.unwrap_or(""), Place { row, line: None });
    }
    match texts.finish(column.name(), place, what) {
        Contents::Numbers(_) => Contents::Refused(Error::Frame {
            context: what.to_string(),
            reason: format!("column {} holds numbers as text: make numbers of it", quoted(column.name())),
        }),
        other => other,
    }
}

/// A column of numbers or booleans as f64, every value there, finite and exact.
fn numbers(column: &Column, place: usize, what: &str) -> Result<Vec<f64>> {
    let name = quoted(column.name());
    let refuse = |reason: String| Err(Error::Frame { context: what.to_string(), reason });
    if let Some(row) = column.is_null().iter().position(|empty| empty == Some(true)) {
        let count = column.null_count();
        return refuse(format!(
            "column {name} is empty at row {row} ({count} such cells); fill or drop these rows"
        ));
    }
    let cast = column.cast(&DataType::Float64).map_err(frame_error(what))?;
    let values: Vec<f64> =
        cast.f64().map_err(frame_error(what))?.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    if let Some((row, &value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        return Err(Error::NotFinite { what: format!("{what}, column {name}"), row, column: place, value });
    }
    if column.dtype().is_integer()
        && let Some(row) = values.iter().position(|value| value.abs() >= LARGEST_EXACT)
    {
        return refuse(format!(
            "column {name}, row {row}: whole numbers beyond 2^53 cannot be kept exactly (is it an identifier?)"
        ));
    }
    Ok(values)
}

/// The length of the equally long rows of a binary column.
pub(super) fn pixels(column: &Column, what: &str) -> Result<usize> {
    let rows = column.binary().map_err(frame_error(what))?;
    let mut d = None;
    for (row, bytes) in rows.iter().enumerate() {
        let length = bytes.map_or(0, <[u8]>::len);
        let expected = *d.get_or_insert(length);
        if length == 0 || length != expected {
            let name = quoted(column.name());
            let reason = format!("column {name}, row {row} has {length} bytes, not {}", expected.max(1));
            return Err(Error::Frame { context: what.to_string(), reason });
        }
    }
    Ok(d.unwrap_or_default())
}
