//! The user's own data: a frame, a CSV or a Parquet file.

use super::choices::Split;
use super::columns::Columns;
use super::numeric::{self, frame_error};
use super::origin::DataOrigin;
use super::ragged::{self, Ragged};
use super::samples::{Layout, Samples};
use crate::checksum;
use crate::error::{Error, Result};
use polars::prelude::*;
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The columns that have a meaning of their own.
const ID: &str = "id";
const SPLIT: &str = "split";
const PIXELS: &str = "pixels";

pub(super) fn from_frame(frame: &DataFrame, columns: &Columns) -> Result<Samples> {
    let mut samples = build(frame, columns, "the frame")?;
    let (features, target) = names(&samples.layout);
    samples.data = DataOrigin::Frame { sha256: contents(&samples)?, features, target };
    Ok(samples)
}

pub(super) fn from_csv(path: &Path, columns: &Columns) -> Result<Samples> {
    let mut bytes = read(path)?;
    let separator = u8::try_from(columns.separator)
        .ok()
        .filter(u8::is_ascii)
        .ok_or_else(|| Error::parameter("separator", columns.separator, "must be one ASCII character"))?;
    let context = format!("reading {} as CSV", path.display());
    if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let reason =
            "the file is compressed, which is not read here: unpack it first (gunzip, unzstd)".to_string();
        return Err(Error::Frame { context, reason });
    }
    if let Err(bad) = std::str::from_utf8(&bytes) {
        return Err(Error::Format {
            path: path.to_path_buf(),
            offset: bad.valid_up_to() as u64,
            problem: "not UTF-8 text: convert the file first (iconv -t utf-8)".to_string(),
        });
    }
    let sha256 = checksum::sha256(&bytes);
    ragged::without_blank_end(&mut bytes);
    // The whole file decides a column's type: after a sample of rows, a later "2.5" would not fit a column of integers.
    let options = CsvReadOptions::default()
        .with_infer_schema_length(None)
        .map_parse_options(|parse| parse.with_separator(separator));
    let read = guarded(&context, || options.into_reader_with_file_handle(Cursor::new(&bytes[..])).finish());
    // polars does not say where: it tells the reader to cut such lines short, which would hide a shifted cell.
    let frame = read.map_err(|error| match ragged::first_ragged(&bytes, separator) {
        Some(Ragged { line, cells, expected }) => {
            let reason = format!(
                "line {line} has {cells} cells, the header {expected}; mend the line (a text with separators in it \
                 needs double quotes)"
            );
            Error::Frame { context, reason }
        }
        None => error,
    })?;
    if let [only] = frame.get_column_names().as_slice()
        && let Some(found) =
            [';', '\t', '|'].into_iter().find(|c| *c != columns.separator && only.contains(*c))
    {
        let requirement = format!("the header is one column {only:?}: are its cells separated by {found:?}?");
        return Err(Error::parameter("separator", format!("{:?}", columns.separator), requirement));
    }
    from_file(&frame, columns, path, sha256)
}

pub(super) fn from_parquet(path: &Path, columns: &Columns) -> Result<Samples> {
    let bytes = read(path)?;
    let context = format!("reading {} as Parquet", path.display());
    let sha256 = checksum::sha256(&bytes);
    let frame = guarded(&context, || {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let schema = reader.schema()?;
        // Only what can be used is read, so that a column of a kind this build of polars lacks does no harm.
        let wanted = |name: &str, kind: &ArrowDataType| {
            let plain = kind.is_numeric()
                && !matches!(kind, ArrowDataType::Float16)
                && !format!("{kind:?}").starts_with("Decimal");
            let usable = plain
                || matches!(kind, ArrowDataType::Boolean)
                || matches!(kind, ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 | ArrowDataType::Utf8View)
                || (name == PIXELS
                    && matches!(
                        kind,
                        ArrowDataType::Binary | ArrowDataType::LargeBinary | ArrowDataType::BinaryView
                    ));
            let named = name == columns.target
                || columns.features.as_ref().is_some_and(|all| all.iter().any(|f| f == name));
            named || (usable && (columns.features.is_none() || name == ID || name == SPLIT))
        };
        let names: Vec<String> = schema
            .iter()
            .filter(|(name, field)| wanted(name.as_str(), field.dtype()))
            .map(|(name, _)| name.to_string())
            .collect();
        let all: Vec<String> = schema.iter().map(|(name, _)| name.to_string()).collect();
        let frame = reader.with_columns(Some(names)).finish()?;
        Ok((frame, all))
    });
    let (frame, all) = frame?;
    from_file(&frame, columns, path, sha256).map_err(|error| match error {
        Error::MissingColumn { column, .. } => Error::MissingColumn { column, available: all },
        other => other,
    })
}

fn from_file(frame: &DataFrame, columns: &Columns, path: &Path, sha256: String) -> Result<Samples> {
    let mut samples = build(frame, columns, &path.display().to_string())?;
    let (features, target) = names(&samples.layout);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    samples.data = DataOrigin::File { name, sha256, features, target };
    Ok(samples)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).map_err(|cause| Error::io(path, "read", &cause))?;
    if bytes.is_empty() {
        return Err(Error::Format {
            path: path.to_path_buf(),
            offset: 0,
            problem: "the file is empty".to_string(),
        });
    }
    Ok(bytes)
}

/// How many guarded reads are under way.
static GUARDED: AtomicUsize = AtomicUsize::new(0);

/// Makes the panics that [`Dataset::from_csv`](super::Dataset::from_csv) and
/// [`Dataset::from_parquet`](super::Dataset::from_parquet) turn into errors silent; every other panic is printed as
/// before. For programs, which own standard error (the `ntk` command calls it first); a library must not change the
/// panic hook by itself.
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

/// polars' readers panic on some damaged files; a user's file must not end the program.
fn guarded<T>(context: &str, work: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
    GUARDED.fetch_add(1, Ordering::Relaxed);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.fetch_sub(1, Ordering::Relaxed);
    match outcome {
        Ok(result) => result.map_err(frame_error(context)),
        Err(_) => Err(Error::Frame {
            context: context.to_string(),
            reason: "polars gave up on the file: it is damaged, or of a kind that is not read here"
                .to_string(),
        }),
    }
}

fn names(layout: &Layout) -> (Vec<String>, String) {
    match layout {
        Layout::Pixels { pixels, label, .. } => (vec![pixels.clone()], label.clone()),
        Layout::Numbers { features, target } => (features.clone(), target.clone()),
    }
}

/// Samples of a frame, every value checked; the origin is still to be filled in.
fn build(frame: &DataFrame, columns: &Columns, what: &str) -> Result<Samples> {
    if frame.height() == 0 {
        return Err(Error::Frame { context: what.to_string(), reason: "there are no rows".to_string() });
    }
    let target = numeric::target(frame, &columns.target, what)?;
    let mut kept = vec![row_ids(frame)?];
    if let Some(split) = frame.column(SPLIT).ok().filter(|split| split.dtype() == &DataType::String) {
        kept.push(split.clone());
    }
    let is_pixels = |name: &str| frame.column(name).is_ok_and(|column| column.dtype() == &DataType::Binary);
    let pixels_asked = match &columns.features {
        None => is_pixels(PIXELS),
        Some(features) => features.len() == 1 && is_pixels(&features[0]),
    };
    let layout = if pixels_asked {
        let name = columns.features.as_ref().map_or(PIXELS, |features| features[0].as_str());
        let (column, d) = numeric::pixels(frame, name, what)?;
        kept.push(column);
        Layout::Pixels { d, pixels: name.to_string(), label: columns.target.clone() }
    } else {
        let features = numeric::feature_names(frame, columns, &[ID, SPLIT], what)?;
        for feature in &features {
            kept.push(numeric::column(frame, feature, what)?);
        }
        Layout::Numbers { features, target: columns.target.clone() }
    };
    kept.push(target);
    let context = format!("taking the columns of {what}");
    let frame = DataFrame::new(frame.height(), kept).map_err(frame_error(&context))?;
    let data = DataOrigin::Frame { sha256: String::new(), features: Vec::new(), target: String::new() };
    Ok(Samples { frame, layout, data, split: Split::All, rows: None, notes: Vec::new() })
}

/// The column `id` if it can be one, else the rows' numbers.
fn row_ids(frame: &DataFrame) -> Result<Column> {
    let n = u32::try_from(frame.height())
        .map_err(|_| Error::parameter("rows", frame.height(), "must be below 2^32: ids are 32-bit"))?;
    let given =
        frame.column(ID).ok().filter(|column| column.dtype().is_integer() && column.null_count() == 0);
    // A strict cast fails when a value does not fit.
    let given = given.and_then(|column| column.strict_cast(&DataType::UInt32).ok());
    let distinct = given.filter(|column| column.n_unique().is_ok_and(|distinct| distinct == frame.height()));
    Ok(distinct.unwrap_or_else(|| Column::new(ID.into(), (0..n).collect::<Vec<u32>>())))
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
