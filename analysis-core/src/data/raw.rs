//! The published files: found, checked against their SHA-256, read into a frame.

use super::choices::Split;
use super::cifar::CifarBatch;
use super::folder::set_folder;
use super::idx::Idx;
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

/// The folders that may hold a set's files: its own first, then those of other tools (torchvision's `MNIST/raw`), last
/// `folder` itself, which may be any of them.
pub(super) fn places(source: Source, folder: &Path) -> Vec<PathBuf> {
    let own = set_folder(folder, source);
    let torchvision = match source {
        Source::Mnist => "MNIST",
        Source::FashionMnist => "FashionMNIST",
        Source::Cifar10 => {
            return vec![own.clone(), own.join(CIFAR_FOLDER), folder.join(CIFAR_FOLDER), folder.into()];
        }
    };
    let below =
        |base: &Path| ["raw", &format!("{torchvision}/raw"), torchvision].map(|inner| base.join(inner));
    [&[own.clone()][..], &below(&own), &below(folder), &[folder.to_path_buf()]].concat()
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
    let (count, all) = (missing.len(), missing.len() + found.len());
    let detail = format!("{count} of {all} files missing ({})", missing.join(", "));
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
    let result = match packed {
        true => GzDecoder::new(input).take(limit).read_to_end(&mut bytes),
        false => input.take(limit).read_to_end(&mut bytes),
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
    let (offset, problem) = match unpack(file, input) {
        Ok(bytes) => return Ok(bytes),
        Err(Mismatch::Unreadable(cause)) => return Err(Error::io(path, "read", &cause)),
        Err(Mismatch::Others { found }) => {
            return Err(Error::Checksum { path: path.to_path_buf(), expected: file.sha256.clone(), found });
        }
        Err(Mismatch::Short { length }) => (length, format!("the file ends here; {name} has {bytes} bytes")),
        Err(Mismatch::Long) => (*bytes, format!("the file goes on here; {name} has {bytes} bytes")),
        Err(Mismatch::Damaged { length, cause }) => (length, format!("the gzip stream is damaged: {cause}")),
    };
    Err(Error::format(path, offset, format!("{problem}; delete the file and run `ntk fetch` again")))
}

/// The same, where a file that is not `source`'s may be another set's by right: MNIST and Fashion-MNIST use the same names.
fn verified_of(source: Source, file: &RawFile, path: &Path) -> Result<Vec<u8>> {
    verified(file, path).map_err(|error| {
        let Error::Checksum { found, .. } = &error else { return error };
        let holds = |other: &Source| other.files().iter().any(|known| known.sha256 == *found);
        let Some(other) = Source::ALL.into_iter().find(|other| *other != source && holds(other)) else {
            return error;
        };
        let folder = path.parent().unwrap_or(path).to_path_buf();
        let detail = format!("{} there is a file of {other}", file.name);
        Error::DataMissing { name: source.to_string(), folder, detail }
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
        let mut taken = Vec::new();
        if source == Source::Cifar10 {
            let batch = CifarBatch::parse(&bytes, path)?;
            taken = batch.labels;
            batches.push(batch.pixels);
        } else {
            let idx = Idx::parse(&bytes, path)?;
            if idx.dimensions.len() == 1 { taken = idx.values } else { batches.push(idx.values) }
        }
        splits.resize(splits.len() + taken.len(), split);
        labels.append(&mut taken);
    }
    let (d, n) = (source.d(), labels.len());
    let images: usize = batches.iter().map(|batch| batch.len() / d).sum();
    if images != n || batches.iter().any(|batch| batch.len() % d != 0) {
        let expected = format!("{n} images of {d} bytes");
        return Err(Error::shape(
            format!("{source}: images and labels"),
            expected,
            format!("{images} images"),
        ));
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
    DataFrame::new(n, columns).map_err(Error::polars("making the frame"))
}
