//! The files of `--merge`.

use std::path::PathBuf;

use analysis_core::error::{Error, Result};

use crate::modes::Mode;

/// The flags that are read with `--merge`.
pub const MERGED: &[&str] = &["merge", "out", "json"];

/// Files are put together.
pub const MERGING: Mode = Mode { flag: Some("merge"), name: "with --merge", reads: &[MERGED] };

/// Without `--merge` something is computed, of these flags.
pub const fn computing(reads: &'static [&'static [&'static str]]) -> Mode {
    Mode { flag: None, name: "without --merge", reads }
}

/// The results in the files, put together; without a file, what is computed.
pub fn merged_or<T>(
    files: &[PathBuf],
    read: impl Fn(PathBuf) -> Result<T>,
    merge: impl FnOnce(&[T]) -> Result<T>,
    compute: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if files.is_empty() { compute() } else { merge(&read_all(files, read)?) }
}

/// Reads every file; the same file twice is refused, as one of them was meant to be another.
fn read_all<T>(files: &[PathBuf], read: impl Fn(PathBuf) -> Result<T>) -> Result<Vec<T>> {
    // Where a file is not there, reading it says so.
    let places: Vec<PathBuf> =
        files.iter().map(|file| file.canonicalize().unwrap_or_else(|_| file.clone())).collect();
    for (index, place) in places.iter().enumerate() {
        if places[..index].contains(place) {
            return Err(Error::parameter(
                "merge",
                files[index].display(),
                "is named twice: name each file once",
            ));
        }
    }
    files.iter().cloned().map(read).collect()
}
