//! A published set as Parquet beside its files, so that it loads in tens of milliseconds.
//!
//! `mnist.parquet` comes with `mnist.parquet.json`, which holds its SHA-256, the SHA-256 of the published files it was
//! made of (verified then), and the length and modification time they had. The Parquet file is used only if its own
//! bytes still have that SHA-256, the published files' checksums are those this library knows, and the files have not
//! been touched since. Otherwise the published files are verified and read anew, and the cache is replaced: both files by
//! rename, so that another process sees either the old or the new one, and a mixture of the two fails its checksum.

use super::folder::set_folder;
use super::raw;
use super::source::{RawFile, Source};
use crate::atomic;
use crate::checksum;
use crate::error::{Error, Result};
use polars::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Raised when the frame's columns change.
const FORMAT: u32 = 1;
/// Rows are compressed in groups of this many, which are unpacked in parallel.
const GROUP: usize = 5000;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sidecar {
    format: u32,
    source: Source,
    /// The Parquet file's SHA-256.
    sha256: String,
    /// The published files, by name.
    files: BTreeMap<String, Stamp>,
}

/// What a published file was when it was verified.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stamp {
    sha256: String,
    bytes: u64,
    /// Nanoseconds since 1970; a decimal string, since JSON numbers lose digits in other readers.
    modified: String,
}

/// The frame of a set, and what its user should know about how it was got.
pub(super) fn load(source: Source, folder: &Path) -> Result<(DataFrame, Vec<String>)> {
    load_files(source, folder, source.files())
}

/// The same of other files, for tests.
fn load_files(source: Source, folder: &Path, files: Vec<RawFile>) -> Result<(DataFrame, Vec<String>)> {
    let files = raw::find_all(source, folder, files)?;
    let stamps = stamps(&files)?;
    let parquet = beside(source, folder, &files).join(format!("{source}.parquet"));
    let sidecar = parquet.with_extension("parquet.json");
    let damage = match read(source, &parquet, &sidecar, &stamps) {
        Ok(Some(frame)) => return Ok((frame, Vec::new())),
        Ok(None) => None,
        Err(reason) => Some(reason),
    };
    let mut frame = raw::read(source, &files)?;
    let mut notes = Vec::new();
    if let Some(reason) = damage {
        notes.push(format!("{}: {reason}; made anew from the verified files", parquet.display()));
    }
    if let Err(error) = write(source, &mut frame, stamps, &parquet, &sidecar) {
        notes.push(format!("loading stays slow, the cache could not be written: {error}"));
    }
    Ok((frame, notes))
}

/// Where the cache is kept: in the set's own folder, or beside its files where another tool put them.
fn beside(source: Source, folder: &Path, files: &[(RawFile, PathBuf)]) -> PathBuf {
    let own = set_folder(folder, source);
    match files.first().and_then(|(_, path)| path.parent()) {
        Some(parent) if !own.is_dir() => parent.to_path_buf(),
        _ => own,
    }
}

/// The cached frame; `None` where there is none, the published files were touched, or this library is another version;
/// `Err` says what is damaged.
fn read(
    source: Source,
    parquet: &Path,
    sidecar: &Path,
    stamps: &BTreeMap<String, Stamp>,
) -> Result<Option<DataFrame>, String> {
    if !parquet.exists() || !sidecar.exists() {
        return Ok(None);
    }
    let text = fs::read(sidecar).map_err(|cause| format!("its record cannot be read ({cause})"))?;
    let record: Sidecar = serde_json::from_slice(&text).map_err(|_| "its record was damaged")?;
    if record.format != FORMAT || record.source != source || record.files != *stamps {
        return Ok(None);
    }
    let bytes = fs::read(parquet).map_err(|cause| format!("it cannot be read ({cause})"))?;
    if checksum::sha256(&bytes) != record.sha256 {
        return Err("it was damaged (its SHA-256 is not the recorded one)".to_string());
    }
    let frame = ParquetReader::new(Cursor::new(bytes)).finish();
    frame.map(Some).map_err(|cause| format!("it cannot be parsed ({cause})"))
}

fn write(
    source: Source,
    frame: &mut DataFrame,
    files: BTreeMap<String, Stamp>,
    parquet: &Path,
    sidecar: &Path,
) -> Result<()> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Snappy)
        .with_statistics(StatisticsOptions::empty())
        .with_row_group_size(Some(GROUP))
        .finish(frame)
        .map_err(Error::polars("writing the cache"))?;
    let record = Sidecar { format: FORMAT, source, sha256: checksum::sha256(&bytes), files };
    let json = serde_json::to_vec_pretty(&record)
        .map_err(|cause| Error::Json { what: "the cache's record".to_string(), reason: cause.to_string() })?;
    for file in [parquet, sidecar] {
        atomic::remove_stale(file, atomic::STALE);
    }
    // Checked against its SHA-256 when it is read, and made again where it is damaged.
    atomic::write_quickly(parquet, &bytes)?;
    atomic::write_quickly(sidecar, &json)
}

fn stamps(files: &[(RawFile, PathBuf)]) -> Result<BTreeMap<String, Stamp>> {
    let stamp = |(file, path): &(RawFile, PathBuf)| {
        let io = |cause: std::io::Error| Error::io(path, "read", &cause);
        let metadata = fs::metadata(path).map_err(io)?;
        let modified = metadata.modified().map_err(io)?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (sha256, modified) = (file.sha256.clone(), modified.as_nanos().to_string());
        Ok((file.name.clone(), Stamp { sha256, bytes: metadata.len(), modified }))
    };
    files.iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A set of MNIST's shape with 30 + 10 images in `folder`, and its table.
    fn small_set(folder: &Path, gzipped: bool) -> Vec<RawFile> {
        let own = set_folder(folder, Source::Mnist);
        fs::create_dir_all(&own).unwrap();
        let mut files = Vec::new();
        for (mut file, n) in Source::Mnist.files().into_iter().zip([30_u32, 30, 10, 10]) {
            let images = file.name.contains("images");
            let mut bytes = vec![0, 0, 8, if images { 3 } else { 1 }];
            bytes.extend(n.to_be_bytes());
            if images {
                [28_u32, 28].iter().for_each(|side| bytes.extend(side.to_be_bytes()));
            }
            let values = if images { n * 784 } else { n };
            bytes.extend((0..values).map(|i| if images { (i % 251) as u8 } else { (i % 10) as u8 }));
            file.bytes = bytes.len() as u64;
            file.sha256 = checksum::sha256(&bytes);
            if gzipped {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                std::io::Write::write_all(&mut encoder, &bytes).unwrap();
                fs::write(own.join(format!("{}.gz", file.name)), encoder.finish().unwrap()).unwrap();
            } else {
                fs::write(own.join(&file.name), &bytes).unwrap();
            }
            files.push(file);
        }
        files
    }

    fn load(folder: &Path, files: &[RawFile]) -> Result<(DataFrame, Vec<String>)> {
        load_files(Source::Mnist, folder, files.to_vec())
    }

    #[test]
    fn the_cache_gives_the_frame_that_the_files_give() {
        for gzipped in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let files = small_set(folder.path(), gzipped);
            let (fresh, notes) = load(folder.path(), &files).unwrap();
            assert!(notes.is_empty() && folder.path().join("mnist/mnist.parquet").is_file());
            assert_eq!(fresh.shape(), (40, 4));
            let (cached, notes) = load(folder.path(), &files).unwrap();
            assert!(notes.is_empty() && cached.equals(&fresh) && cached.schema() == fresh.schema());
            // Row 33 is test image 3: its first pixel is number 3·784 of its file.
            let pixels = cached.column("pixels").unwrap().binary().unwrap().get(33).unwrap().to_vec();
            assert_eq!((pixels.len(), pixels[0]), (784, (3 * 784 % 251) as u8));
            assert_eq!(cached.column("split").unwrap().str().unwrap().get(33), Some("test"));
            assert_eq!(cached.column("label").unwrap().u8().unwrap().get(33), Some(3));
            assert_eq!(cached.column("id").unwrap().u32().unwrap().get(33), Some(33));
        }
    }

    /// Every byte of the cache in turn, and truncations: the right frame comes back each time, and it is said.
    #[test]
    fn a_damaged_cache_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let files = small_set(folder.path(), false);
        let (fresh, _) = load(folder.path(), &files).unwrap();
        let parquet = folder.path().join("mnist/mnist.parquet");
        let good = fs::read(&parquet).unwrap();
        for place in (0..good.len()).step_by(good.len() / 50) {
            let mut bytes = good.clone();
            bytes[place] ^= 1;
            fs::write(&parquet, if place % 2 == 0 { &bytes } else { &good[..place] }).unwrap();
            let (frame, notes) = load(folder.path(), &files).unwrap();
            assert!(frame.equals(&fresh), "byte {place}");
            assert!(notes.len() == 1 && notes[0].contains("made anew"), "{notes:?}");
            assert_eq!(load(folder.path(), &files).unwrap().1, Vec::<String>::new());
        }
        let sidecar = folder.path().join("mnist/mnist.parquet.json");
        let text = fs::read_to_string(&sidecar).unwrap();
        for damaged in
            [text[..text.len() / 2].to_string(), text.replace(&checksum::sha256(&good), &"0".repeat(64))]
        {
            fs::write(&sidecar, damaged).unwrap();
            let (frame, notes) = load(folder.path(), &files).unwrap();
            assert!(frame.equals(&fresh) && notes.len() == 1, "{notes:?}");
        }
    }

    /// A published file that is damaged after the cache was made is not covered up by the cache.
    #[test]
    fn a_damaged_file_is_refused_also_behind_a_good_cache() {
        let folder = tempfile::tempdir().unwrap();
        let files = small_set(folder.path(), false);
        load(folder.path(), &files).unwrap();
        let images = folder.path().join("mnist").join(&files[0].name);
        let good = fs::read(&images).unwrap();
        let mut bytes = good.clone();
        bytes[5000] ^= 1;
        fs::write(&images, &bytes).unwrap();
        assert!(matches!(load(folder.path(), &files), Err(Error::Checksum { .. })));
        fs::write(&images, &good[..5000]).unwrap();
        assert!(matches!(load(folder.path(), &files), Err(Error::Format { offset: 5000, .. })));
        fs::write(&images, [&good[..], b"x"].concat()).unwrap();
        assert!(matches!(load(folder.path(), &files), Err(Error::Format { .. })));
        fs::write(&images, &good).unwrap();
        assert!(load(folder.path(), &files).is_ok());
        fs::remove_file(&images).unwrap();
        let error = load(folder.path(), &files).unwrap_err().to_string();
        assert!(error.contains("ntk fetch mnist") && error.contains(&files[0].name), "{error}");
    }

    /// The layouts and spellings of other tools give the same frame; `folder` may itself hold the files.
    #[test]
    fn files_are_found_where_other_tools_put_them() {
        let folder = tempfile::tempdir().unwrap();
        let files = small_set(folder.path(), false);
        let (wanted, _) = load(folder.path(), &files).unwrap();
        let places = ["", "MNIST/raw", "raw", "MNIST", "mnist/MNIST/raw", "mnist/raw"];
        for (i, place) in places.into_iter().enumerate() {
            let other = tempfile::tempdir().unwrap();
            fs::create_dir_all(other.path().join(place)).unwrap();
            for file in &files {
                let name = if i % 2 == 0 { file.name.replace("-idx", ".idx") } else { file.name.clone() };
                let from = folder.path().join("mnist").join(&file.name);
                fs::copy(from, other.path().join(place).join(name)).unwrap();
            }
            for round in 0..2 {
                let (frame, notes) = load(other.path(), &files).unwrap();
                assert!(frame.equals(&wanted) && notes.is_empty(), "{place}, round {round}: {notes:?}");
            }
            assert!(load_files(Source::Cifar10, other.path(), Source::Cifar10.files()).is_err());
        }
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let files = small_set(folder.path(), false);
        // A folder in the file's place: the rename fails, also for root.
        fs::create_dir_all(folder.path().join("mnist/mnist.parquet/x")).unwrap();
        let (frame, notes) = load(folder.path(), &files).unwrap();
        assert_eq!(frame.height(), 40);
        assert!(notes[0].contains("could not be written"), "{notes:?}");
    }

    /// Eight threads, each as another process would: some find no cache, some half of one, some a whole one.
    #[test]
    fn several_may_load_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let files = small_set(folder.path(), false);
        let frames: Vec<DataFrame> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..10).fold(DataFrame::empty(), |_, _| load(folder.path(), &files).unwrap().0)
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        assert!(frames.iter().all(|frame| frame.equals(&frames[0]) && frame.height() == 40));
        let left: Vec<_> =
            fs::read_dir(folder.path().join("mnist")).unwrap().flatten().map(|e| e.file_name()).collect();
        assert_eq!(left.len(), 6, "4 files, the cache and its record: {left:?}");
    }
}
