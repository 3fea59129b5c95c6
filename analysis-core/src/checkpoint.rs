//! A computation under way on disk, to go on from after an interrupt.
//!
//! The file: the eight bytes `NTKTRAIN`, the length of a JSON header (u64, little-endian), the header (whose computation it
//! is, and its state), the numbers beside the state (f64, little-endian), SHA-256 of all of that. It appears by an atomic
//! rename, so a killed process leaves a whole one or none.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::atomic;
use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::store::Key;

const MAGIC: &[u8; 8] = b"NTKTRAIN";
const HASH: usize = 32;

/// The file of a computation under way. It belongs to one computation on one set of data; another's is refused, never
/// overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Header<S> {
    fingerprint: String,
    #[serde(flatten)]
    state: S,
    /// How many numbers follow.
    numbers: u64,
}

impl Checkpoint {
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Checkpoint { path: path.into() }
    }

    /// Keeps the state of the computation `key`, and the numbers beside it.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a key that has something [without identity](Key::without_identity); [`Error::Io`];
    /// [`Error::Json`].
    pub(crate) fn write<S: Serialize>(&self, key: &Key, state: &S, numbers: &[&[f64]]) -> Result<()> {
        let count: usize = numbers.iter().map(|part| part.len()).sum();
        self.write_with(key, state, count as u64, |out| numbers.iter().try_for_each(|part| put(out, part)))
    }

    /// The same for numbers that are too many to be held a second time: `fill` writes `words` times eight bytes.
    ///
    /// # Errors
    /// As [`Checkpoint::write`].
    pub(crate) fn write_with<S: Serialize>(
        &self,
        key: &Key,
        state: &S,
        words: u64,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<()> {
        let header = Header { fingerprint: self.fingerprint(key)?, state, numbers: words };
        let header = serde_json::to_vec(&header).map_err(|e| self.json(&e))?;
        atomic::remove_stale(&self.path, atomic::STALE);
        atomic::write_with(&self.path, |file| {
            let mut out = Hashed { inner: file, hash: Sha256::new() };
            out.write_all(MAGIC)?;
            out.write_all(&(header.len() as u64).to_le_bytes())?;
            out.write_all(&header)?;
            fill(&mut out)?;
            let Hashed { inner, hash } = out;
            inner.write_all(&hash.finalize())
        })
    }

    /// The state that is kept, and its numbers into `numbers`, which are of the computation's sizes; none where there is no
    /// file.
    ///
    /// # Errors
    /// As [`Checkpoint::write`]; [`Error::Format`] for a damaged file, [`Error::Parameter`] for another computation's.
    pub(crate) fn read<S: DeserializeOwned>(&self, key: &Key, numbers: Vec<&mut [f64]>) -> Result<Option<S>> {
        let expected = numbers.iter().map(|part| part.len()).sum::<usize>() as u64;
        let read = self.read_with(key, |_: &S, words, input| {
            if words != expected {
                return Err(io::Error::other("it holds another number of values than this computation has"));
            }
            let mut kept = vec![0.0; words as usize];
            get(input, &mut kept)?;
            Ok(kept)
        })?;
        // Only what is whole replaces what is there.
        let Some((state, kept)) = read else { return Ok(None) };
        numbers.into_iter().flatten().zip(kept).for_each(|(place, value)| *place = value);
        Ok(Some(state))
    }

    /// The same for numbers that are too many to be held a second time: `take` is given the state and reads `words` times
    /// eight bytes. What it made is returned only if the file is undamaged.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub(crate) fn read_with<S: DeserializeOwned, T>(
        &self,
        key: &Key,
        take: impl FnOnce(&S, u64, &mut dyn Read) -> io::Result<T>,
    ) -> Result<Option<(S, T)>> {
        let fingerprint = self.fingerprint(key)?;
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(Error::io(&self.path, "read", &cause)),
        };
        let length = file.metadata().map_err(|e| Error::io(&self.path, "read", &e))?.len();
        let mut input = Hashed { inner: BufReader::with_capacity(1 << 20, file), hash: Sha256::new() };
        let (magic, head) = (self.word(&mut input)?, u64::from_le_bytes(self.word(&mut input)?));
        let least = (2 * size_of::<u64>() + HASH) as u64;
        if magic != *MAGIC {
            return Err(self.damaged(0, "not a checkpoint of this version"));
        }
        let Some(body) = length.checked_sub(least).and_then(|room| room.checked_sub(head)) else {
            return Err(self.damaged(MAGIC.len() as u64, "the header is longer than the file"));
        };
        let mut header = vec![0; head as usize];
        input.read_exact(&mut header).map_err(|e| Error::io(&self.path, "read", &e))?;
        // A header with a wrong byte is a damaged file, not a header of another kind.
        let header: Header<S> = serde_json::from_slice(&header)
            .map_err(|e| self.damaged(least - HASH as u64, &format!("its header cannot be read ({e})")))?;
        let start = length - HASH as u64 - body;
        if header.numbers.checked_mul(8) != Some(body) {
            return Err(self.damaged(start, "another number of values than its header says"));
        }
        let other = header.fingerprint != fingerprint;
        let taken = if other {
            io::copy(&mut Read::take(&mut input, body), &mut io::sink()).map(|_| None)
        } else {
            take(&header.state, header.numbers, &mut input).map(Some)
        };
        let taken = taken.map_err(|cause| self.damaged(start, &cause.to_string()))?;
        let mut hash = [0; HASH];
        input.inner.read_exact(&mut hash).map_err(|e| Error::io(&self.path, "read", &e))?;
        if input.hash.finalize()[..] != hash {
            return Err(self.damaged(start + body, "its checksum does not fit what is before it"));
        }
        let Some(taken) = taken else {
            let why =
                "holds another computation (other parameters or other data); name another file, or delete it";
            return Err(Error::parameter("checkpoint", self.path.display(), why));
        };
        Ok(Some((header.state, taken)))
    }

    fn word(&self, input: &mut impl Read) -> Result<[u8; 8]> {
        let mut word = [0; 8];
        input.read_exact(&mut word).map_err(|_| self.damaged(0, "not a checkpoint of this version"))?;
        Ok(word)
    }

    /// Makes the folder that the file is to be in.
    pub(crate) fn make_folder(&self) -> Result<()> {
        let folder = self.path.parent().map_or(Ok(()), fs::create_dir_all);
        folder.map_err(|e| Error::io(&self.path, "create", &e))
    }

    /// Removes the file of a finished computation.
    pub(crate) fn remove(&self) {
        fs::remove_file(&self.path).ok();
    }

    /// SHA-256 of the computation and its data, where they have an identity on disk.
    fn fingerprint(&self, key: &Key) -> Result<String> {
        if let Some(name) = key.without_identity() {
            let why = format!(
                "cannot be kept: {name} is a custom function, which has no identity on disk, so the file could be \
                 another function's; compute without a checkpoint"
            );
            return Err(Error::parameter("checkpoint", self.path.display(), why));
        }
        Ok(key.digest())
    }

    pub(crate) fn damaged(&self, offset: u64, problem: &str) -> Error {
        let problem = format!("{problem}; delete the file to start again");
        Error::Format { path: self.path.clone(), offset, problem }
    }

    fn json(&self, cause: &serde_json::Error) -> Error {
        Error::Json { what: self.path.display().to_string(), reason: cause.to_string() }
    }
}

/// Bytes on their way to or from a file, and the checksum of them.
struct Hashed<I> {
    inner: I,
    hash: Sha256,
}

impl<I: Write> Write for Hashed<I> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<I: Read> Read for Hashed<I> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }
}

/// Writes numbers, little-endian.
pub(crate) fn put<T: Real>(out: &mut dyn Write, numbers: &[T]) -> io::Result<()> {
    let mut bytes = Vec::new();
    for part in numbers.chunks(1 << 16) {
        bytes.resize(size_of_val(part), 0);
        bytes.chunks_exact_mut(size_of::<T>()).zip(part).for_each(|(bytes, number)| number.put(bytes));
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// Reads as many numbers as there are places.
pub(crate) fn get<T: Real>(input: &mut dyn Read, numbers: &mut [T]) -> io::Result<()> {
    let mut bytes = Vec::new();
    for part in numbers.chunks_mut(1 << 16) {
        bytes.resize(size_of_val(part), 0);
        input.read_exact(&mut bytes)?;
        part.iter_mut()
            .zip(bytes.chunks_exact(size_of::<T>()))
            .for_each(|(number, bytes)| *number = T::get(bytes));
    }
    Ok(())
}
