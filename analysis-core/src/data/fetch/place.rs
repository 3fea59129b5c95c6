//! The files of a set that are still missing, and how one is put into its place.

use super::reporter::Reporter;
use crate::atomic;
use crate::data::raw::{self, Mismatch};
use crate::data::source::RawFile;
use flate2::bufread::GzDecoder;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// CIFAR-10's own archive.
const CIFAR_ARCHIVE: &str = "cifar-10-binary.tar.gz";
pub(super) const BY_HAND: &str = "put there by hand";

/// A file that is in place and verified.
///
/// # Examples
/// See [`FetchReport`](super::FetchReport).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedFile {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Where it came from: "already there", a file put there by hand, or a supply.
    pub from: String,
}

/// The files of a set: placed, or still missing.
pub(super) struct Missing {
    own: PathBuf,
    files: Vec<(RawFile, Option<String>)>,
}

impl Missing {
    /// Looks which files are there and right.
    pub(super) fn new(all: &[RawFile], own: &Path, reporter: &mut dyn Reporter) -> Missing {
        let look = |file: &RawFile| {
            let path = own.join(&file.name);
            let is_right = path.is_file()
                && match raw::verified(file, &path) {
                    // A gzipped file under the plain name is right, but still to be unpacked.
                    Ok(_) => fs::metadata(&path).is_ok_and(|found| found.len() == file.bytes),
                    Err(error) => {
                        reporter.line(&format!("{error}; it will be replaced"));
                        false
                    }
                };
            (file.clone(), is_right.then(|| "already there".to_string()))
        };
        Missing { own: own.to_path_buf(), files: all.iter().map(look).collect() }
    }

    /// Removes what killed fetches left. To be called with the lock held: no other fetch is writing.
    pub(super) fn clean(&self) {
        for (file, _) in &self.files {
            atomic::remove_stale(&self.own.join(&file.name), Duration::ZERO);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.iter().all(|(_, from)| from.is_some())
    }

    pub(super) fn files(&self) -> Vec<RawFile> {
        self.files.iter().filter(|(_, from)| from.is_none()).map(|(file, _)| file.clone()).collect()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.files().into_iter().map(|file| file.name).collect()
    }

    /// The length of all files of the set, missing or not.
    pub(super) fn all_bytes(&self) -> u64 {
        self.files.iter().map(|(file, _)| file.bytes).sum()
    }

    pub(super) fn into_placed(self) -> Vec<FetchedFile> {
        let placed = |(file, from): (RawFile, Option<String>)| {
            from.map(|from| FetchedFile { name: file.name, bytes: file.bytes, sha256: file.sha256, from })
        };
        self.files.into_iter().filter_map(placed).collect()
    }

    /// Unpacks and verifies `input`; only the published bytes are put into place.
    pub(super) fn place(&mut self, file: &RawFile, input: impl Read, from: &str) -> Result<(), String> {
        let bytes = raw::unpack(file, input).map_err(|mismatch| describe(file, &mismatch))?;
        atomic::write(&self.own.join(&file.name), &bytes).map_err(|error| error.to_string())?;
        let placed = self.files.iter_mut().filter(|(known, _)| known.name == file.name);
        placed.for_each(|(_, known_from)| *known_from = Some(from.to_string()));
        Ok(())
    }

    /// Takes CIFAR-10's own archive, if the user put it into `folder`.
    pub(super) fn take_archive_by_hand(&mut self, folder: &Path, reporter: &mut dyn Reporter) {
        let archive = folder.join(CIFAR_ARCHIVE);
        let is_cifar = self.files.iter().any(|(file, _)| file.name.ends_with(".bin"));
        if is_cifar
            && !self.is_empty()
            && archive.is_file()
            && let Err(reason) = self.take_from_archive(&archive, &format!("{BY_HAND}: {CIFAR_ARCHIVE}"))
        {
            reporter.line(&format!("{}: {reason}", archive.display()));
        }
    }

    /// Takes missing files that lie in `folder`, plain or gzipped. Wrong ones are named and passed over.
    pub(super) fn take_from(&mut self, folder: &Path, from: &str, reporter: &mut dyn Reporter) {
        for file in self.files() {
            for name in raw::spellings(&file.name) {
                let path = folder.join(&name);
                let Ok(input) = File::open(&path) else { continue };
                match self.place(&file, input, from) {
                    Ok(()) => break,
                    Err(reason) => reporter.line(&format!("{}: {reason}", path.display())),
                }
            }
        }
    }

    /// Takes missing files out of a `.tar.gz`, whatever folder they are in there.
    pub(super) fn take_from_archive(&mut self, archive: &Path, from: &str) -> Result<(), String> {
        let input = File::open(archive).map_err(|cause| cause.to_string())?;
        each_file(GzDecoder::new(BufReader::new(input)), |name, entry| {
            let file = self.files().into_iter().find(|file| name == file.name.as_str());
            file.map_or(Ok(()), |file| self.place(&file, entry, from))
        })?;
        self.all_held("archive")
    }

    /// Refuses a `holder` after which something is still missing.
    pub(super) fn all_held(&self, holder: &str) -> Result<(), String> {
        match self.names() {
            names if names.is_empty() => Ok(()),
            names => Err(format!("the {holder} does not hold {}", names.join(", "))),
        }
    }
}

/// Goes through the files of a tar archive, whatever folders they are in there.
pub(super) fn each_file(
    archive: impl Read,
    mut work: impl FnMut(&OsStr, &mut dyn Read) -> Result<(), String>,
) -> Result<(), String> {
    let damaged = |cause: std::io::Error| format!("the archive is damaged: {cause}");
    for entry in tar::Archive::new(archive).entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        if let (true, Some(name)) = (entry.header().entry_type().is_file(), path.file_name()) {
            work(name, &mut entry)?;
        }
    }
    Ok(())
}

/// What is wrong with bytes that should be `file`.
fn describe(file: &RawFile, mismatch: &Mismatch) -> String {
    let RawFile { name, bytes, sha256, .. } = file;
    match mismatch {
        Mismatch::Short { length } => format!("not {name}: {length} bytes, not {bytes}"),
        Mismatch::Long => format!("not {name}: more than its {bytes} bytes"),
        Mismatch::Others { found } => format!("not {name}: SHA-256 is {found}, expected {sha256}"),
        Mismatch::Damaged { length, cause } => {
            format!("not {name}: cannot be unpacked after {length} bytes ({cause})")
        }
        Mismatch::Unreadable(cause) => format!("{name} cannot be read: {cause}"),
    }
}
