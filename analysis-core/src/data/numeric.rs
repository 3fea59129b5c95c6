//! Columns of a user's data as finite numbers, or an error that names the row.

use super::columns::Columns;
use crate::error::{Error, Result};
use polars::prelude::*;

/// 2^53: whole numbers beyond it are not all f64s.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn frame_error(context: &str) -> impl Fn(PolarsError) -> Error + '_ {
    move |cause| Error::frame(context, &cause)
}

fn refuse<T>(what: &str, reason: String) -> Result<T> {
    Err(Error::Frame { context: what.to_string(), reason })
}

fn is_number(kind: &DataType) -> bool {
    kind.is_primitive_numeric() || kind == &DataType::Boolean
}

fn find<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column> {
    frame.column(name).map_err(|_| Error::MissingColumn {
        column: name.to_string(),
        available: frame.get_column_names().iter().map(ToString::to_string).collect(),
    })
}

/// The features' names: those asked for, or all numeric columns but the target and `reserved`.
pub(super) fn feature_names(
    frame: &DataFrame,
    columns: &Columns,
    reserved: &[&str],
    what: &str,
) -> Result<Vec<String>> {
    let names = match &columns.features {
        Some(features) => {
            for (i, feature) in features.iter().enumerate() {
                if *feature == columns.target {
                    return refuse(
                        what,
                        format!("column {feature:?} is the target and cannot be a feature too"),
                    );
                }
                if features[..i].contains(feature) {
                    return refuse(what, format!("feature {feature:?} is named twice"));
                }
                if reserved.contains(&feature.as_str()) {
                    return refuse(
                        what,
                        format!(
                            "a column called {feature:?} says which row is which; rename it to make it a feature"
                        ),
                    );
                }
            }
            features.clone()
        }
        None => {
            let mut names = Vec::new();
            for column in frame.columns() {
                let name = column.name().as_str();
                if name == columns.target || reserved.contains(&name) {
                    continue;
                }
                if column.dtype() == &DataType::String {
                    not_spoilt_numbers(column, what)?;
                } else if is_number(column.dtype()) {
                    if name.is_empty() {
                        return refuse(
                            what,
                            "a column of numbers has no name: an index that pandas wrote? Write the file without it (index=False), or name the features".to_string(),
                        );
                    }
                    names.push(name.to_string());
                }
            }
            names
        }
    };
    if names.is_empty() {
        return refuse(what, "there is no feature: no numeric column beside the target".to_string());
    }
    Ok(names)
}

/// The first row of a text column that is no number.
fn first_text(column: &Column, what: &str) -> Result<Option<(usize, String)>> {
    let cells = column.str().map_err(frame_error(what))?;
    let text = cells.iter().enumerate().filter_map(|(row, cell)| cell.map(|cell| (row, cell)));
    Ok(text
        .filter(|(_, cell)| cell.trim().parse::<f64>().is_err())
        .map(|(row, cell)| (row, cell.to_string()))
        .next())
}

/// A text column most of whose cells are numbers is a numeric column with a few bad cells: to leave it aside would
/// silently drop a feature.
fn not_spoilt_numbers(column: &Column, what: &str) -> Result<()> {
    let cells = column.str().map_err(frame_error(what))?;
    let filled = cells.iter().flatten().count();
    let numbers = cells.iter().flatten().filter(|cell| cell.trim().parse::<f64>().is_ok()).count();
    match first_text(column, what)? {
        Some((row, text)) if 2 * numbers > filled => refuse(
            what,
            format!(
                "column {:?} is text only because of cells such as row {row}, {text:?}; mend them, or name the features without it",
                column.name().as_str()
            ),
        ),
        _ => Ok(()),
    }
}

/// The target as Float64, every value finite.
pub(super) fn target(frame: &DataFrame, name: &str, what: &str) -> Result<Column> {
    let found = find(frame, name)?;
    if found.dtype() == &DataType::String {
        let example =
            first_text(found, what)?.map_or(String::new(), |(row, text)| format!(" (row {row} is {text:?})"));
        return refuse(
            what,
            format!(
                "the target column {name:?} is text{example}, not numbers; give each class a whole number first, in an order you choose: integer labels depend on it"
            ),
        );
    }
    column(frame, name, what)
}

/// A column as Float64, every value finite.
pub(super) fn column(frame: &DataFrame, name: &str, what: &str) -> Result<Column> {
    let column = find(frame, name)?;
    if column.dtype() == &DataType::String {
        let row =
            first_text(column, what)?.map_or(String::new(), |(row, text)| format!(": row {row} is {text:?}"));
        return refuse(what, format!("column {name:?} is text, not numbers{row}"));
    }
    if !is_number(column.dtype()) {
        return refuse(what, format!("column {name:?} holds {}, not numbers", column.dtype()));
    }
    let missing = column.is_null();
    if let Some(row) = missing.iter().position(|empty| empty == Some(true)) {
        let count = column.null_count();
        return refuse(
            what,
            format!("column {name:?} is empty at row {row} ({count} such cells); fill or drop these rows"),
        );
    }
    let numbers = column.cast(&DataType::Float64).map_err(frame_error(what))?;
    let values = numbers.f64().map_err(frame_error(what))?;
    let place = frame.get_column_index(name).unwrap_or_default();
    for (row, value) in values.iter().enumerate() {
        let value = value.unwrap_or(f64::NAN);
        if !value.is_finite() {
            return Err(Error::NotFinite {
                what: format!("{what}, column {name:?}"),
                row,
                column: place,
                value,
            });
        }
        if column.dtype().is_integer() && value.abs() > LARGEST_EXACT {
            return refuse(
                what,
                format!(
                    "column {name:?}, row {row}: whole numbers beyond 2^53 cannot be kept exactly (is it an identifier?)"
                ),
            );
        }
    }
    Ok(numbers)
}

/// A binary column of equally long rows, and their length.
pub(super) fn pixels(frame: &DataFrame, name: &str, what: &str) -> Result<(Column, usize)> {
    let column = find(frame, name)?;
    let rows = column.binary().map_err(frame_error(what))?;
    let mut d = None;
    for (row, bytes) in rows.iter().enumerate() {
        let length = bytes.map_or(0, <[u8]>::len);
        let expected = *d.get_or_insert(length);
        if length == 0 || length != expected {
            return refuse(
                what,
                format!("column {name:?}, row {row} has {length} bytes, not {}", expected.max(1)),
            );
        }
    }
    Ok((column.clone(), d.unwrap_or_default()))
}
