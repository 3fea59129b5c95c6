//! A Parquet file of the user's own: the columns asked for, and what its writer says of them.

use super::columns::Columns;
use super::found::{Contents, Found, PIXELS, Table, is_wanted};
use super::numeric;
use crate::error::{Error, Result};
use crate::names::quoted;
use polars::prelude::*;
use std::collections::BTreeSet;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The columns that `columns` asks for, as far as their types are read here; the others only by name.
pub(super) fn read(path: &Path, bytes: Vec<u8>, columns: &Columns) -> Result<Table> {
    let what = path.display().to_string();
    let context = format!("reading {what} as Parquet");
    if !bytes.starts_with(b"PAR1") {
        let problem =
            "a Parquet file begins with PAR1, this does not: is it CSV (--csv), or of another kind?";
        return Err(Error::format(path, 0, problem));
    }
    // A second reader of the same bytes takes the columns, once it is known which can be read.
    let bytes: std::sync::Arc<[u8]> = bytes.into();
    let (kinds, index) = guarded(&context, || {
        let mut reader = ParquetReader::new(Cursor::new(bytes.clone()));
        let metadata = reader.get_metadata()?;
        let pandas = metadata.key_value_metadata().iter().flatten().find(|pair| pair.key == "pandas");
        let index = pandas.and_then(|pair| pair.value.as_deref()).map(index_columns).unwrap_or_default();
        let mut seen = BTreeSet::new();
        let mut names = metadata.schema().fields().iter().map(|field| field.name());
        if let Some(name) = names.find(|name| !seen.insert(*name)) {
            let reason = format!("two columns are called {}: rename one", quoted(name));
            return Ok(Err(Error::table(&context, reason)));
        }
        let schema = reader.schema()?;
        let kinds: Vec<(String, Kind)> =
            schema.iter().map(|(name, field)| (name.to_string(), Kind::of(field.dtype()))).collect();
        Ok(Ok((kinds, index)))
    })??;
    let is_read = |name: &str, kind: &Kind| {
        let bytes_asked = name == PIXELS || columns.features.is_some();
        is_wanted(columns, name)
            && (matches!(kind, Kind::Read) || (matches!(kind, Kind::Bytes) && bytes_asked))
    };
    let names: Vec<String> =
        kinds.iter().filter(|(name, kind)| is_read(name, kind)).map(|(name, _)| name.clone()).collect();
    let (frame, rows) = guarded(&context, || {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        // Without a column there are no rows: then those of the metadata count.
        let rows = reader.num_rows()?;
        let frame =
            if names.is_empty() { DataFrame::empty() } else { reader.with_columns(Some(names)).finish()? };
        Ok((frame, rows))
    })?;
    let mut found = Vec::new();
    for (place, (name, kind)) in kinds.into_iter().enumerate() {
        let contents = match kind {
            _ if !is_wanted(columns, &name) => Contents::Unread,
            Kind::Text => Contents::Text { example: "categories".to_string(), cells: Vec::new() },
            Kind::Other(kind) => {
                let (name, advice) = (quoted(&name), advice(&kind));
                let reason = format!("column {name} is of the type {kind}, which is not read: {advice}");
                Contents::Refused(Error::table(&what, reason))
            }
            Kind::Read | Kind::Bytes => match frame.column(&name) {
                Ok(column) => numeric::contents(column, place, &what),
                Err(_) => Contents::Bytes(Column::new_empty(name.as_str().into(), &DataType::Binary)),
            },
        };
        let contents = if index.contains(&name) { Contents::Index(Box::new(contents)) } else { contents };
        found.push(Found { name, contents });
    }
    Ok(Table { found, rows, notes: Vec::new() })
}

/// What this build of polars does with a type.
#[derive(Debug)]
enum Kind {
    /// Numbers, booleans, text.
    Read,
    Bytes,
    /// Categories that are words.
    Text,
    /// Its name.
    Other(String),
}

impl Kind {
    fn of(kind: &ArrowDataType) -> Kind {
        use ArrowDataType as T;
        match kind {
            T::Boolean | T::Int8 | T::Int16 | T::Int32 | T::Int64 => Kind::Read,
            T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 | T::Float32 | T::Float64 => Kind::Read,
            T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Null => Kind::Read,
            T::Binary | T::LargeBinary | T::BinaryView => Kind::Bytes,
            T::Dictionary(_, values, _) if matches!(Kind::of(values), Kind::Read) && !values.is_numeric() => {
                Kind::Text
            }
            // Of a nested type the outer name says enough.
            T::List(_) | T::LargeList(_) | T::FixedSizeList(..) => Kind::Other("List".to_string()),
            T::Struct(_) => Kind::Other("Struct".to_string()),
            other => Kind::Other(format!("{other:?}")),
        }
    }
}

/// What to do about a type that is not read.
fn advice(kind: &str) -> &'static str {
    if kind.starts_with("Decimal") || kind.starts_with("Float16") || kind.contains("Int128") {
        "write it as float64 (in pandas: frame.astype({column: float}))"
    } else if ["Date", "Time", "Duration", "Interval"].iter().any(|start| kind.starts_with(start)) {
        "write a number, days since the first one for instance"
    } else if kind.contains("List") || kind.starts_with("Struct") {
        "write one column for each of its numbers"
    } else {
        "write it as float64"
    }
}

/// The columns that hold pandas' index, of what pandas writes into the file beside the table.
fn index_columns(json: &str) -> BTreeSet<String> {
    let parsed: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let named = parsed["index_columns"].as_array().into_iter().flatten();
    // An index that only counts is an object there, and no column.
    named.filter_map(|name| name.as_str().map(str::to_string)).collect()
}

/// How many guarded reads are under way.
static GUARDED: AtomicUsize = AtomicUsize::new(0);

/// Makes the panics that [`Dataset::from_parquet`](super::Dataset::from_parquet) turns into errors silent; every other
/// panic is printed as before. For programs, which own standard error (the `ntk` command calls it first); a library must
/// not change the panic hook by itself.
///
/// # Examples
/// ```
/// analysis_core::data::silence_guarded_panics();
/// ```
pub fn silence_guarded_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if GUARDED.load(Ordering::Relaxed) == 0 {
            before(panic);
        }
    }));
}

/// All columns of a Parquet file that this project wrote; a damaged one is an error.
pub(crate) fn read_parquet(path: &Path) -> Result<DataFrame> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, "read", &e))?;
    let context = format!("reading {} as Parquet", path.display());
    guarded(&context, || ParquetReader::new(Cursor::new(bytes)).finish())
}

/// polars' reader panics on some damaged files; a user's file must not end the program.
fn guarded<T>(context: &str, work: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
    GUARDED.fetch_add(1, Ordering::Relaxed);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.fetch_sub(1, Ordering::Relaxed);
    match outcome {
        Ok(result) => result.map_err(Error::polars(context)),
        Err(_) => {
            let reason = "polars gave up on the file: it is damaged, or of a kind that is not read here";
            Err(Error::table(context, reason))
        }
    }
}
