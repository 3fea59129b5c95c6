//! The readers of published formats under mutation: no panic, no memory beyond the file, every refusal names file and offset.

use crate::counting::peak;
use analysis_core::data::cifar::{CifarBatch, RECORD};
use analysis_core::data::idx::Idx;
use analysis_core::error::Error;
use analysis_core::prelude::Seed;
use analysis_core::seed::Stream;
use flate2::{Compression, write::GzEncoder};
use rand::RngExt;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

const INPUTS: usize = 100_000;
/// An error's path and text, where the mutated file is smaller than those.
const TEXT: usize = 1024;
/// What unpacking needs whatever the file: flate2's state and window, two buffers of 8 kB.
const INFLATE: usize = 96 * 1024;

/// One to three mutations: bits, bytes, truncations, insertions, removals, and extremes in any 4-byte field of the head.
fn mutate(bytes: &[u8], head: usize, stream: &mut Stream) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..stream.random_range(1..=3) {
        let length = bytes.len();
        if length < 2 {
            break;
        }
        // Half of all places lie in the head, where the format is.
        let reach = if stream.random() { head.min(length) } else { length };
        let place = stream.random_range(0..reach);
        match stream.random_range(0..8) {
            0 => bytes[place] ^= 1 << stream.random_range(0..8),
            1 => bytes[place] = stream.random(),
            2 => bytes.truncate(place),
            3 => bytes.insert(place, stream.random()),
            4 => drop(bytes.remove(place)),
            5 => bytes.extend((0..stream.random_range(1..100)).map(|_| stream.random::<u8>())),
            6 => drop(bytes.drain(place..length.min(place + stream.random_range(1..200)))),
            _ => {
                let extremes =
                    [0, 1, 0x7f, 0xff, 0x100, 0xffff, 1 << 24, 1 << 30, i32::MAX as u32, 1 << 31, u32::MAX];
                let value = extremes[stream.random_range(0..extremes.len())];
                let start = place / 4 * 4;
                for (byte, new) in bytes[start..].iter_mut().zip(value.to_be_bytes()) {
                    *byte = new;
                }
            }
        }
    }
    bytes
}

#[derive(Default)]
struct Tally {
    inputs: usize,
    refused: usize,
    read: usize,
    panics: usize,
    /// The largest (peak − allowance) / file.
    worst: f64,
}

impl Tally {
    /// Reads `bytes`, counting memory beyond `allowance` against `size` bytes of file.
    fn take<T>(
        &mut self,
        bytes: &[u8],
        size: usize,
        allowance: usize,
        read: impl Fn(&[u8], &Path) -> Result<T, Error>,
    ) {
        self.inputs += 1;
        let path = Path::new("mutated");
        let (outcome, held) = peak(|| catch_unwind(AssertUnwindSafe(|| read(bytes, path))));
        let worst = held.saturating_sub(allowance) as f64 / size.max(1) as f64;
        self.worst = self.worst.max(worst);
        match outcome {
            Ok(Ok(_)) => self.read += 1,
            Ok(Err(Error::Format { path: named, offset, problem })) => {
                assert!(named == path && !problem.is_empty());
                assert!(offset <= size as u64 + 16, "offset {offset} of {size} bytes: {problem}");
                self.refused += 1;
            }
            Ok(Err(other)) => panic!("not a format error: {other}"),
            Err(_) => self.panics += 1,
        }
    }

    fn report(&self, reader: &str) {
        let Tally { inputs, refused, read, panics, worst } = self;
        println!(
            "{reader}: {inputs} mutated inputs, {panics} panics, {refused} refused, {read} still well-formed, peak memory {worst:.2} x file"
        );
        assert_eq!(*panics, 0, "{reader}");
        assert!(*inputs >= INPUTS && *worst <= 2.0, "{reader}");
        // A mutation that nothing notices would test nothing.
        assert!(*refused > inputs / 4, "{reader}");
    }
}

fn idx_file(dimensions: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
    dimensions.iter().for_each(|d| bytes.extend(d.to_be_bytes()));
    let count: u32 = dimensions.iter().product();
    // Compressible, as images are.
    bytes.extend((0..count).map(|i| if i % 7 < 4 { 0 } else { (i / 5 % 256) as u8 }));
    bytes
}

#[test]
fn idx_survives_mutation() {
    let mut stream = Seed(2026).stream("mutations", 0);
    let files = [idx_file(&[6, 28, 28]), idx_file(&[3000]), idx_file(&[2, 3, 4, 50])];
    let mut tally = Tally::default();
    for i in 0..INPUTS {
        let bytes = mutate(&files[i % files.len()], 20, &mut stream);
        tally.take(&bytes, bytes.len(), TEXT, Idx::parse);
    }
    tally.report("IDX");
}

/// How many bytes a damaged gzip file unpacks to, the checksum at its end apart.
fn unpacked_length(bytes: &[u8]) -> usize {
    let mut decoder = flate2::bufread::GzDecoder::new(bytes);
    let mut scratch = [0; 4096];
    let mut length = 0;
    while let Ok(count) = decoder.read(&mut scratch) {
        if count == 0 {
            break;
        }
        length += count;
    }
    length
}

/// Here "the file" is the larger of the gzipped file and what it unpacks to.
#[test]
fn gzipped_idx_survives_mutation() {
    let mut stream = Seed(2026).stream("mutations", 1);
    let gzipped = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let files = [idx_file(&[6, 28, 28]), idx_file(&[3000])];
    let packed: Vec<Vec<u8>> = files.iter().map(|file| gzipped(file)).collect();
    let mut tally = Tally::default();
    for i in 0..INPUTS {
        // Every other input is damaged before it is gzipped: the stream is sound, and what it says is not.
        let bytes = if i % 4 < 2 {
            mutate(&packed[i % 2], 20, &mut stream)
        } else {
            gzipped(&mutate(&files[i % 2], 20, &mut stream))
        };
        let size = bytes.len().max(unpacked_length(&bytes));
        tally.take(&bytes, size, TEXT + INFLATE, Idx::parse);
    }
    tally.report("IDX, gzipped");
}

#[test]
fn cifar_survives_mutation() {
    let mut stream = Seed(2026).stream("mutations", 2);
    let file: Vec<u8> =
        (0..3 * RECORD).map(|i| if i % RECORD == 0 { (i / RECORD) as u8 } else { (i % 251) as u8 }).collect();
    let mut tally = Tally::default();
    for i in 0..INPUTS {
        let mut bytes = mutate(&file, 20, &mut stream);
        // Most lengths are wrong at once; every other input keeps a right one, and a label is damaged instead.
        if i % 2 == 0 {
            bytes = file.clone();
            bytes[stream.random_range(0..3) * RECORD] = stream.random();
            let place = stream.random_range(0..bytes.len());
            bytes[place] ^= 1 << stream.random_range(0..8);
        }
        tally.take(&bytes, bytes.len(), TEXT, CifarBatch::parse);
    }
    tally.report("CIFAR-10");
}

/// From a file on disk: a header that announces 4 GB must not be believed, and nothing but the file may be held.
#[test]
fn a_lying_header_allocates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lying");
    let mut bytes = idx_file(&[6, 28, 28]);
    bytes[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let (result, held) = peak(|| Idx::read(&path));
    assert!(matches!(result, Err(Error::Format { .. })) && held < TEXT, "{held} bytes");
    let good = idx_file(&[6, 28, 28]);
    std::fs::write(&path, &good).unwrap();
    let (result, held) = peak(|| Idx::read(&path));
    assert_eq!(result.unwrap().values, good[16..]);
    assert!(held < good.len() + TEXT, "{held} bytes");
}
