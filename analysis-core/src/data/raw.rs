//! The published files: found, checked against their SHA-256, read into a frame.

use super::choices::Split;
use super::cifar::CifarBatch;
use super::folder::set_folder;
use super::idx::Idx;
use super::numeric::frame_error;
use super::source::{RawFile, Source};
use crate::checksum;
use crate::error::{Error, Result};
use flate2::bufread::GzDecoder;
use polars::prelude::*;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// The folder in CIFAR-10's own archive.
pub(super) const CIFAR_FOLDER: &str = "cifar-10-batches-bin";

/// How torchvision calls a set's folder.
fn torchvision_folder(source: Source) -> Option<&'static str> {
    match source {
        Source::Mnist => Some("MNIST"),
        Source::FashionMnist => Some("FashionMNIST"),
        Source::Cifar10 => None,
    }
}

/// The folders that may hold a set's files: its own first, then those of other tools (torchvision's `MNIST/raw`), last
/// `folder` itself, which may be any of them.
pub(super) fn places(source: Source, folder: &Path) -> Vec<PathBuf> {
    let own = set_folder(folder, source);
    let mut places = vec![own.clone()];
    match torchvision_folder(source) {
        None => places.extend([own.join(CIFAR_FOLDER), folder.join(CIFAR_FOLDER)]),
        Some(other) => {
            let below = |base: &Path| [base.join("raw"), base.join(other).join("raw"), base.join(other)];
            places.extend(below(&own));
            places.extend(below(folder));
        }
    }
    places.push(folder.to_path_buf());
    places
}

/// How a file may be called: as published, or with a point in place of the hyphen before `idx`; plain or gzipped.
pub(super) fn spellings(name: &str) -> Vec<String> {
    let mut names = vec![name.to_string(), format!("{name}.gz")];
    if let Some((stem, kind)) = name.split_once("-idx") {
        names.extend([format!("{stem}.idx{kind}"), format!("{stem}.idx{kind}.gz")]);
    }
    names
}

/// Where `file` lies, if it is there, under whatever spelling.
pub(super) fn find(source: Source, folder: &Path, file: &RawFile) -> Option<PathBuf> {
    let names = spellings(&file.name);
    places(source, folder)
        .iter()
        .flat_map(|place| names.iter().map(|name| place.join(name)))
        .find(|path| path.is_file())
}

/// All files of a set, or which are missing.
pub(super) fn find_all(
    source: Source,
    folder: &Path,
    files: Vec<RawFile>,
) -> Result<Vec<(RawFile, PathBuf)>> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for file in files {
        match find(source, folder, &file) {
            Some(path) => found.push((file, path)),
            None => missing.push(file.name),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let detail = format!(
        "{} of {} files missing ({})",
        missing.len(),
        missing.len() + found.len(),
        missing.join(", ")
    );
    Err(Error::DataMissing { name: source.to_string(), folder: set_folder(folder, source), detail })
}

/// How bytes differ from a published file.
#[derive(Debug)]
pub(super) enum Mismatch {
    /// They end too early.
    Short { length: u64 },
    /// They go on.
    Long,
    /// As many, but others.
    Others { found: String },
    /// Not to be unpacked after `length` bytes.
    Damaged { length: u64, cause: String },
    /// Not to be read at all.
    Unreadable(std::io::Error),
}

/// The bytes of `input`, unpacked if they are gzipped, if they are the published ones. Keeps no more than those.
pub(super) fn unpack(file: &RawFile, input: impl Read) -> std::result::Result<Vec<u8>, Mismatch> {
    let mut input = BufReader::new(input);
    let packed = input.fill_buf().map_err(Mismatch::Unreadable)?.starts_with(&[0x1f, 0x8b]);
    let mut bytes = Vec::new();
    let limit = file.bytes + 1;
    let result = if packed {
        GzDecoder::new(input).take(limit).read_to_end(&mut bytes)
    } else {
        input.take(limit).read_to_end(&mut bytes)
    };
    let length = bytes.len() as u64;
    match result {
        Err(cause) if packed => return Err(Mismatch::Damaged { length, cause: cause.to_string() }),
        Err(cause) => return Err(Mismatch::Unreadable(cause)),
        Ok(_) if length < file.bytes => return Err(Mismatch::Short { length }),
        Ok(_) if length > file.bytes => return Err(Mismatch::Long),
        Ok(_) => {}
    }
    let found = checksum::sha256(&bytes);
    if found == file.sha256 { Ok(bytes) } else { Err(Mismatch::Others { found }) }
}

/// The unpacked bytes of a plain or gzipped file on disk, if they are the published ones.
pub(super) fn verified(file: &RawFile, path: &Path) -> Result<Vec<u8>> {
    let input = File::open(path).map_err(|cause| Error::io(path, "read", &cause))?;
    let RawFile { name, bytes, .. } = file;
    let format = |offset: u64, problem: String| {
        let problem = format!("{problem}; delete the file and run `ntk fetch` again");
        Error::Format { path: path.to_path_buf(), offset, problem }
    };
    unpack(file, input).map_err(|mismatch| match mismatch {
        Mismatch::Short { length } => format(length, format!("the file ends here; {name} has {bytes} bytes")),
        Mismatch::Long => format(*bytes, format!("the file goes on here; {name} has {bytes} bytes")),
        Mismatch::Others { found } => {
            Error::Checksum { path: path.to_path_buf(), expected: file.sha256.clone(), found }
        }
        Mismatch::Damaged { length, cause } => format(length, format!("the gzip stream is damaged: {cause}")),
        Mismatch::Unreadable(cause) => Error::io(path, "read", &cause),
    })
}

/// The same, where a file that is not `source`'s may be another set's by right: MNIST and Fashion-MNIST use the same names.
fn verified_of(source: Source, file: &RawFile, path: &Path) -> Result<Vec<u8>> {
    verified(file, path).map_err(|error| {
        let other = Source::ALL.into_iter().find(|other| {
            let is_file =
                |known: &RawFile| matches!(&error, Error::Checksum { found, .. } if *found == known.sha256);
            *other != source && other.files().iter().any(is_file)
        });
        match other {
            None => error,
            Some(other) => Error::DataMissing {
                name: source.to_string(),
                folder: path.parent().unwrap_or(path).to_path_buf(),
                detail: format!("{} there is a file of {other}", file.name),
            },
        }
    })
}

/// The frame of a set from its files, each verified first.
pub(super) fn read(source: Source, files: &[(RawFile, PathBuf)]) -> Result<DataFrame> {
    let mut labels: Vec<u8> = Vec::new();
    let mut splits: Vec<&str> = Vec::new();
    let mut batches: Vec<Vec<u8>> = Vec::new();
    for (file, path) in files {
        let bytes = verified_of(source, file, path)?;
        let split = if file.split == Split::Test { "test" } else { "train" };
        if source == Source::Cifar10 {
            let batch = CifarBatch::parse(&bytes, path)?;
            splits.resize(splits.len() + batch.n(), split);
            labels.extend(batch.labels);
            batches.push(batch.pixels);
            continue;
        }
        let idx = Idx::parse(&bytes, path)?;
        if idx.dimensions.len() == 1 {
            splits.resize(splits.len() + idx.values.len(), split);
            labels.extend(idx.values);
        } else {
            batches.push(idx.values);
        }
    }
    let d = source.d();
    let n = labels.len();
    let images: usize = batches.iter().map(|batch| batch.len() / d).sum();
    if images != n || batches.iter().any(|batch| batch.len() % d != 0) {
        return Err(Error::Shape {
            what: format!("{source}: images and labels"),
            expected: format!("{n} images of {d} bytes"),
            found: format!("{images} images"),
        });
    }
    let pixels = BinaryChunked::from_iter_values(
        "pixels".into(),
        batches.iter().flat_map(|batch| batch.chunks_exact(d)),
    );
    let columns = vec![
        Column::new("id".into(), (0..n as u32).collect::<Vec<u32>>()),
        Column::new("split".into(), splits),
        Column::new("label".into(), labels),
        pixels.into_column(),
    ];
    DataFrame::new(n, columns).map_err(frame_error("making the frame"))
}
