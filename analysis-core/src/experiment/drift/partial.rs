//! A cell under way, on disk.
//!
//! The file: the length of a JSON header (u64, little-endian), the header, the parameters (f64, little-endian), SHA-256 of
//! all of that. It appears by an atomic rename and goes when the cell is finished.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::DriftLook;
use crate::atomic;
use crate::error::{Error, Result};
use crate::network::Parameters;
use crate::progress::warn;
use crate::store::Key;
use crate::store::Store;

const HASH: usize = 32;

/// What, beside the parameters, a training knows at a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// In steps of the rate η.
    pub(super) step: usize,
    /// Gradient steps taken.
    pub(super) taken: usize,
    pub(super) loss: f64,
    /// Step and loss of the last fall that the plateau rule counts.
    pub(super) fall: (usize, f64),
    pub(super) smallest: f64,
    pub(super) rises: usize,
    pub(super) looks: Vec<DriftLook>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    digest: String,
    state: State,
}

pub(super) struct Partial {
    path: Option<PathBuf>,
    digest: String,
    written: Instant,
    every: Duration,
}

impl Partial {
    /// Beside the finished cells, written at most so often; nowhere where the store keeps nothing, or nothing of this key.
    pub(super) fn new(store: &Store, key: &Key, every: Duration) -> Self {
        let digest = key.digest();
        Partial { path: store.file(key, "part"), digest, written: Instant::now(), every }
    }

    /// Writes, where it is time to.
    pub(super) fn tick(&mut self, state: &State, parameters: &Parameters) {
        if self.written.elapsed() < self.every {
            return;
        }
        if let Err(error) = self.write(state, parameters) {
            // Minutes of work are worth more than their copy on disk.
            warn(&format!("the cell is not kept for next time: {error}"));
        }
        self.written = Instant::now();
    }

    fn write(&self, state: &State, parameters: &Parameters) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let header = Header { digest: self.digest.clone(), state: state.clone() };
        let header = serde_json::to_vec(&header)
            .map_err(|e| Error::Json { what: "a cell under way".into(), reason: e.to_string() })?;
        let mut bytes = [&(header.len() as u64).to_le_bytes()[..], &header].concat();
        for slice in parameters.slices() {
            bytes.extend(slice.iter().flat_map(|value| value.to_le_bytes()));
        }
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        }
        atomic::remove_stale(path, atomic::STALE);
        atomic::write(path, &bytes)
    }

    /// The state on disk, and its parameters into `parameters`; none where there is no whole file of this cell.
    pub(super) fn read(&self, parameters: &mut Parameters) -> Option<State> {
        let bytes = fs::read(self.path.as_ref()?).ok()?;
        let (body, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
        if Sha256::digest(body)[..] != *hash {
            return None;
        }
        let (length, rest) = body.split_first_chunk::<8>()?;
        let (header, numbers) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let header: Header = serde_json::from_slice(header).ok()?;
        let count = parameters.count();
        if header.digest != self.digest || numbers.len() != 8 * count {
            return None;
        }
        let mut numbers = numbers.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word));
        for value in parameters.slices_mut().into_iter().flatten() {
            *value = numbers.next()?;
        }
        Some(header.state)
    }

    /// Removes the file of a finished cell.
    pub(super) fn remove(&self) {
        if let Some(path) = &self.path {
            fs::remove_file(path).ok();
        }
    }
}
