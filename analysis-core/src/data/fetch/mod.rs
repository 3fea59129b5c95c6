//! Getting the published sets: each supply in turn, resumable, every file verified before it is renamed into place.
//!
//! Only with the feature `cli`; the command is `ntk fetch`.

mod download;
mod packages;
mod place;
mod reporter;

use super::folder::set_folder;
use super::raw;
use super::source::{RawFile, Source, Supply};
use crate::error::{Error, Result};
use download::Downloads;
pub use place::FetchedFile;
use place::Missing;
pub use reporter::{Reporter, Silent, Terminal};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to fetch, whence and whither.
///
/// Files end in a folder of the set's name within `folder`, as [`Dataset::load_from`](super::Dataset::load_from)
/// expects. What is there and right is left alone; files put there by hand are taken: plain, `.gz`, CIFAR-10 also as
/// `cifar-10-binary.tar.gz` or its folder `cifar-10-batches-bin`, in the set's folder or the one above. A download that
/// was cut off goes on where it stopped. Two processes that fetch the same set wait for each other.
///
/// # Examples
/// ```
/// use analysis_core::data::{Source, fetch::Fetch};
/// let fetch = Fetch { supplies: Vec::new(), ..Fetch::new(Source::Mnist, "data") };
/// assert_eq!(fetch.files.len(), 4);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fetch {
    /// The set.
    pub source: Source,
    /// The folder of all sets.
    pub folder: PathBuf,
    /// The set's files; others than [`Source::files`] only in tests.
    pub files: Vec<RawFile>,
    /// The places tried, in this order.
    pub supplies: Vec<Supply>,
    /// How long a server may take to be found and to accept a connection.
    pub connect_timeout: Duration,
    /// How long a server may be silent.
    pub read_timeout: Duration,
}

/// What a fetch did.
///
/// # Examples
/// ```no_run
/// use analysis_core::data::{Source, fetch::{Terminal, fetch}};
/// let report = fetch(Source::Mnist, "data".as_ref(), &mut Terminal::new())?;
/// report.files.iter().for_each(|file| println!("{} from {}", file.name, file.from));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchReport {
    /// The set.
    pub source: Source,
    /// Where its files are now.
    pub folder: PathBuf,
    /// Its files, each with the published SHA-256.
    pub files: Vec<FetchedFile>,
    /// Supplies that did not deliver everything, and why.
    pub failed: Vec<String>,
}

/// Fetches a published set into `folder` from its usual supplies.
///
/// # Errors
/// [`Error::Download`] with what each supply answered, [`Error::Io`] if the folder cannot be written.
///
/// # Examples
/// See [`FetchReport`].
pub fn fetch(source: Source, folder: &Path, reporter: &mut dyn Reporter) -> Result<FetchReport> {
    Fetch::new(source, folder).run(reporter)
}

impl Fetch {
    /// A published set from its usual supplies.
    pub fn new(source: Source, folder: impl Into<PathBuf>) -> Fetch {
        Fetch {
            source,
            folder: folder.into(),
            files: source.files(),
            supplies: source.supplies(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
        }
    }

    /// Refuses file names that are paths: they would leave the set's folder.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(&self) -> Result<()> {
        match self.files.iter().find(|file| Path::new(&file.name).file_name() != Some(file.name.as_ref())) {
            Some(file) => Err(Error::parameter("files", &file.name, "must be a plain file name")),
            None => Ok(()),
        }
    }

    /// Fetches what is missing.
    ///
    /// # Errors
    /// As [`fetch`].
    pub fn run(&self, reporter: &mut dyn Reporter) -> Result<FetchReport> {
        self.check()?;
        let own = set_folder(&self.folder, self.source);
        // Where nothing is missing nothing is written: the folder may be shared, and read-only.
        let there = Missing::new(&self.files, &own, &mut Silent);
        if there.is_empty() {
            let files = there.into_placed();
            return Ok(FetchReport { source: self.source, folder: own, files, failed: Vec::new() });
        }
        let scratch = own.join(".download");
        fs::create_dir_all(&scratch).map_err(|cause| Error::io(&scratch, "create", &cause))?;
        // The packages' clients run in another folder.
        let scratch = scratch.canonicalize().map_err(|cause| Error::io(&scratch, "read", &cause))?;
        let _lock = lock(&own, reporter)?;
        // Another fetch may have come first.
        let mut missing = Missing::new(&self.files, &own, reporter);
        missing.clean();
        for place in raw::places(self.source, &self.folder) {
            missing.take_from(&place, place::BY_HAND, reporter);
            packages::take_pictures(&mut missing, &place, place::BY_HAND, reporter);
        }
        for folder in [&own, &self.folder] {
            missing.take_archive_by_hand(folder, reporter);
        }
        let downloads = Downloads::new(self.connect_timeout, self.read_timeout, &scratch);
        let mut failed = Vec::new();
        for supply in &self.supplies {
            if missing.is_empty() {
                break;
            }
            reporter.line(&format!("{}: trying {supply}", self.source));
            let result = match supply {
                Supply::Gzipped { base } => downloads.gzipped(base, &mut missing, reporter),
                Supply::TarGz { address } => downloads.archive(address, &mut missing, reporter),
                Supply::Npm { .. } | Supply::Debian { .. } => {
                    packages::take(supply, &scratch, &mut missing, reporter)
                }
            };
            if let Err(reason) = result {
                reporter.line(&format!("{}: {supply}: {reason}", self.source));
                failed.push(format!("{supply}: {reason}"));
            }
        }
        if !missing.is_empty() {
            // What has come so far stays in `scratch` for the next attempt.
            failed.push(format!("still missing in {}: {}", own.display(), missing.names().join(", ")));
            return Err(Error::Download { name: self.source.to_string(), tried: failed });
        }
        // Only parts of other supplies are left in there.
        let _ = fs::remove_dir_all(&scratch);
        Ok(FetchReport { source: self.source, folder: own, files: missing.into_placed(), failed })
    }
}

/// Held until dropped, also by a process that dies; another fetch of the set waits. A file system without locks does
/// without: files are renamed into place whole, so two fetches at worst do the same work twice.
fn lock(own: &Path, reporter: &mut dyn Reporter) -> Result<File> {
    let path = own.join(".lock");
    let io = |cause: std::io::Error| Error::io(&path, "lock", &cause);
    let file = File::options().create(true).append(true).open(&path).map_err(io)?;
    let waited = match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::Error(cause)) => Err(cause),
        Err(TryLockError::WouldBlock) => {
            reporter.line(&format!("waiting for another fetch into {}", own.display()));
            file.lock()
        }
    };
    without_locks(waited).map_err(io)?;
    Ok(file)
}

/// A lock that the file system does not have is none that is missed.
fn without_locks(outcome: std::io::Result<()>) -> std::io::Result<()> {
    match outcome {
        Err(cause) if cause.kind() == ErrorKind::Unsupported => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_without_locks_do_without() {
        assert!(without_locks(Err(ErrorKind::Unsupported.into())).is_ok());
        assert!(without_locks(Err(ErrorKind::PermissionDenied.into())).is_err());
        assert!(without_locks(Ok(())).is_ok());
    }
}
