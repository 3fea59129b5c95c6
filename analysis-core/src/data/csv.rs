//! A CSV file of the user's own, read cell by cell.

use super::columns::Columns;
use super::delimited::{Fault, Field, Records};
use super::encoding;
use super::found::{Contents, Found, Table, is_wanted};
use super::text_column::{At, TextColumn};
use crate::error::{Error, Result};
use crate::names::quoted;
use std::path::Path;

/// What separates cells, as far as a header that was not taken apart lets one guess.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// The columns that `columns` asks for; the others only by name.
pub(super) fn read(path: &Path, bytes: Vec<u8>, columns: &Columns) -> Result<Table> {
    let separator = columns.separator;
    if !separator.is_ascii() || separator.is_ascii_alphanumeric() || "\"'\n\r.+-_\0".contains(separator) {
        let requirement =
            "must be one ASCII character that is no part of numbers, names, quotes or line ends";
        return Err(Error::parameter("separator", format!("{separator:?}"), requirement));
    }
    let text = encoding::text(path, bytes)?;
    let what = path.display().to_string();
    let context = format!("reading {what} as CSV");
    let refuse = |reason: String| Error::table(&context, reason);
    let fault = |Fault { line, problem }: Fault| refuse(format!("line {line} {problem}"));
    let mut notes = Vec::new();
    if Records::of_old_macs(&text) {
        notes.push(format!(
            "{what}: its lines end in carriage returns alone, as on Macs before 2001; read as such"
        ));
    }
    let mut records = Records::new(&text, separator);
    let mut fields = Vec::new();
    if records.next(&mut fields).map_err(fault)?.is_none() {
        return Err(refuse("the file is blank".to_string()));
    }
    let names: Vec<String> = fields.iter().map(name).collect();
    if let [only] = names.as_slice()
        && let Some(other) = SEPARATORS.into_iter().find(|c| *c != separator && only.contains(*c))
    {
        let requirement =
            format!("the header is one column {}: are its cells separated by {other:?}?", quoted(only));
        return Err(Error::parameter("separator", format!("{separator:?}"), requirement));
    }
    let mut cells: Vec<Option<TextColumn>> =
        names.iter().map(|name| is_wanted(columns, name).then(|| TextColumn::new(name))).collect();
    let mut rows = 0;
    while let Some(line) = records.next(&mut fields).map_err(fault)? {
        if fields.len() != names.len() {
            return Err(refuse(ragged(line, &fields, &names)));
        }
        let place = At { row: rows, line: Some(line) };
        for (column, field) in cells.iter_mut().zip(&fields) {
            column.iter_mut().for_each(|column| column.push(&field.text, place));
        }
        rows += 1;
    }
    let found = names.into_iter().zip(cells).enumerate().map(|(j, (name, cells))| Found {
        contents: cells.map_or(Contents::Unread, |cells| cells.finish(&name, j, &what)),
        name,
    });
    Ok(Table { found: found.collect(), rows, notes })
}

/// A column's name: without the blanks around it, unless quotes keep them.
fn name(field: &Field<'_>) -> String {
    if field.in_quotes { field.text.to_string() } else { field.text.trim().to_string() }
}

/// What is wrong with a line of another length than the header's.
fn ragged(line: usize, fields: &[Field<'_>], names: &[String]) -> String {
    let (cells, expected) = (fields.len(), names.len());
    let comment = |text: Option<&str>| text.is_some_and(|text| text.trim_start().starts_with('#'));
    let way = if comment(fields.first().map(|field| &*field.text)) {
        "it looks like a comment, which is not read: take it out"
    } else if comment(names.first().map(String::as_str)) {
        "line 1 looks like a comment, which is not read: begin the file with the header"
    } else if cells == expected + 1 && fields.last().is_some_and(|field| field.text.trim().is_empty()) {
        "it ends in a separator, the header does not: take it off, or name the column"
    } else if cells > expected {
        "mend the line (a text with separators in it needs double quotes; a header needs a name for each column)"
    } else {
        "mend the line (an empty cell needs its separator too)"
    };
    format!("line {line} has {cells} cells, the header {expected}; {way}")
}
