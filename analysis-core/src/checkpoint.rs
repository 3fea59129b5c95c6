//! A computation under way on disk, to go on from after an interrupt.
//!
//! The file: the eight bytes `NTKTRAIN`, the length of a JSON header (u64, little-endian), the header (whose computation it
//! is, and its state), the numbers beside the state (f64, little-endian), SHA-256 of all of that. It appears by an atomic
//! rename, so a killed process leaves a whole one or none.

use std::fs;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::atomic;
use crate::error::{Error, Result};
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
        let count = numbers.iter().map(|part| part.len() as u64).sum();
        let header = Header { fingerprint: self.fingerprint(key)?, state, numbers: count };
        let header = serde_json::to_vec(&header).map_err(|e| self.json(&e))?;
        let mut bytes = [MAGIC, &(header.len() as u64).to_le_bytes()[..], &header].concat();
        bytes.extend(numbers.iter().copied().flatten().flat_map(|value| value.to_le_bytes()));
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        atomic::remove_stale(&self.path, atomic::STALE);
        atomic::write(&self.path, &bytes)
    }

    /// The state that is kept, and its numbers into `numbers`, which are of the computation's sizes; none where there is no
    /// file.
    ///
    /// # Errors
    /// As [`Checkpoint::write`]; [`Error::Format`] for a damaged file, [`Error::Parameter`] for another computation's.
    pub(crate) fn read<S: DeserializeOwned>(&self, key: &Key, numbers: Vec<&mut [f64]>) -> Result<Option<S>> {
        let fingerprint = self.fingerprint(key)?;
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(Error::io(&self.path, "read", &cause)),
        };
        let (header, words) = self.parse::<S>(&bytes)?;
        if header.fingerprint != fingerprint {
            let why =
                "holds another computation (other parameters or other data); name another file, or delete it";
            return Err(Error::parameter("checkpoint", self.path.display(), why));
        }
        if words.len() != numbers.iter().map(|part| part.len()).sum::<usize>() {
            return Err(self.damaged(0, "it holds another number of values than this computation has"));
        }
        for (place, word) in numbers.into_iter().flatten().zip(words) {
            *place = f64::from_le_bytes(*word);
        }
        Ok(Some(header.state))
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

    /// Header and numbers of an undamaged file.
    fn parse<'a, S: DeserializeOwned>(&self, bytes: &'a [u8]) -> Result<(Header<S>, &'a [[u8; 8]])> {
        let start = MAGIC.len() + 8;
        if bytes.len() < start + HASH || bytes[..MAGIC.len()] != MAGIC[..] {
            return Err(self.damaged(0, "not a checkpoint of this version"));
        }
        let (body, hash) = bytes.split_at(bytes.len() - HASH);
        if Sha256::digest(body)[..] != *hash {
            return Err(self.damaged(body.len(), "its checksum does not fit what is before it"));
        }
        let mut word = [0u8; 8];
        word.copy_from_slice(&body[MAGIC.len()..start]);
        let length = usize::try_from(u64::from_le_bytes(word)).ok();
        let parts = length.and_then(|length| body[start..].split_at_checked(length));
        let (header, numbers) =
            parts.ok_or_else(|| self.damaged(MAGIC.len(), "the header is longer than the file"))?;
        let header: Header<S> = serde_json::from_slice(header).map_err(|e| self.json(&e))?;
        if header.numbers.checked_mul(8) != Some(numbers.len() as u64) {
            let problem = "another number of values than its header says";
            return Err(self.damaged(body.len() - numbers.len(), problem));
        }
        Ok((header, numbers.as_chunks().0))
    }

    pub(crate) fn damaged(&self, offset: usize, problem: &str) -> Error {
        let problem = format!("{problem}; delete the file to start again");
        Error::Format { path: self.path.clone(), offset: offset as u64, problem }
    }

    fn json(&self, cause: &serde_json::Error) -> Error {
        Error::Json { what: self.path.display().to_string(), reason: cause.to_string() }
    }
}
