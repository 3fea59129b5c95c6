//! Files that are either whole or not there.

use crate::error::{Error, Result};
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A name beside `path` that no other thread or process uses.
pub(crate) fn temporary(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{count}.tmp", std::process::id()))
}

/// Removes temporary files for `path` that a killed process left behind: those older than `age`.
pub(crate) fn remove_stale(path: &Path, age: Duration) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beginning = format!(".{name}.");
    let entries = path.parent().and_then(|folder| fs::read_dir(folder).ok());
    for entry in entries.into_iter().flatten().flatten() {
        let found = entry.file_name();
        let found = found.to_string_lossy();
        let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        // A time in the future is no age.
        let old = modified.and_then(|time| time.elapsed().ok()).is_some_and(|elapsed| elapsed >= age);
        if old && found.starts_with(&beginning) && found.ends_with(".tmp") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Writes `bytes` to a temporary file and renames it to `path`.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// The same for what is too large to be held as bytes a second time: `fill` writes it piece by piece.
pub(crate) fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<fs::File>) -> std::io::Result<()>,
) -> Result<()> {
    let partial = temporary(path);
    let written = (|| {
        let mut file = BufWriter::new(fs::File::create(&partial)?);
        fill(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&partial, path)
    })();
    written.map_err(|cause| {
        // The first error is the one to tell.
        let _ = fs::remove_file(&partial);
        Error::io(path, "write", &cause)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        let left = temporary(&path);
        let other = temporary(&folder.path().join("b.bin"));
        fs::write(&left, b"half").unwrap();
        fs::write(&other, b"half").unwrap();
        remove_stale(&path, Duration::from_secs(3600));
        assert!(left.exists(), "too young");
        remove_stale(&path, Duration::ZERO);
        assert!(!left.exists() && other.exists());
        write(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn a_write_that_fails_midway_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write(&path, b"before").unwrap();
        let failed = write_with(&path, |file| {
            file.write_all(b"half")?;
            Err(std::io::Error::other("the disk is full"))
        });
        assert!(failed.unwrap_err().to_string().contains("the disk is full"));
        assert_eq!(fs::read(&path).unwrap(), b"before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no half file stays");
    }
}
