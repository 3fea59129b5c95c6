//! Files that are either whole or not there.

use crate::error::{Error, Result};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A name beside `path` that no other thread or process uses.
pub(super) fn temporary(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{count}.tmp", std::process::id()))
}

/// Writes `bytes` to a temporary file and renames it to `path`.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = temporary(path);
    let written = (|| {
        let mut file = fs::File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    })();
    written.map_err(|cause| {
        let _ = fs::remove_file(&partial);
        Error::io(path, "write", &cause)
    })
}
