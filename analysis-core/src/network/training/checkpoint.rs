//! A training on disk, to go on from after an interrupt.
//!
//! The file: the eight bytes `NTKTRAIN`, the length of a JSON header (u64, little-endian), the header, every parameter
//! of every copy and of its optimiser's memory (f64, little-endian), SHA-256 of all of that. It appears by an atomic
//! rename, so a killed process leaves a whole one or none.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::trainer::{State, Trainer};
use crate::atomic;
use crate::error::{Error, Result};
use crate::network::Parameters;

const MAGIC: &[u8; 8] = b"NTKTRAIN";
const HASH: usize = 32;

/// Where a training is kept while it runs, and how often.
///
/// The file belongs to one training on one set of data; another's is refused, never overwritten. After the last epoch it
/// stays, so running the same training again only reads the result. A network with an activation of the user's own
/// ([`Activation::Custom`](crate::architecture::Activation::Custom)) is refused: its function is known by name only, so the
/// training could go on from another function's weights.
///
/// # Examples
/// ```
/// # use analysis_core::data::SphereQuadratic;
/// use analysis_core::network::{Checkpoint, Network, Training};
/// # let data = SphereQuadratic { n: 10, ..Default::default() }.run()?;
/// # let folder = tempfile::tempdir().unwrap();
/// let training = Training { network: Network { width: 20, ..Network::default() }, epochs: 5, ..Training::default() };
/// let checkpoint = Checkpoint::at(folder.path().join("training.bin"));
/// let (x, y) = (data.x.view(), data.y.view());
/// let first = training.run_observed(x, y, x, y, Some(&checkpoint), &mut |_| ())?;
/// let again = training.run_observed(x, y, x, y, Some(&checkpoint), &mut |_| panic!("nothing is left to do"))?;
/// assert_eq!(first, again);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The file.
    pub path: PathBuf,
    /// It is written after the first epoch that ends so long after the last time, and after the last epoch. How often does
    /// not change the result.
    pub every: Duration,
}

#[derive(Serialize, Deserialize)]
struct Header {
    fingerprint: String,
    state: State,
    /// Steps that each copy's rule has taken.
    steps: Vec<u64>,
    /// How many numbers follow.
    numbers: u64,
}

impl Checkpoint {
    /// A checkpoint written every ten seconds.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Checkpoint { path: path.into(), every: Duration::from_secs(10) }
    }

    /// SHA-256 of the training and its data, where they have an identity on disk.
    fn fingerprint(&self, trainer: &Trainer) -> Result<String> {
        if let Some(name) = trainer.key.without_identity() {
            let why = format!(
                "cannot be kept: {name} is a custom function, which has no identity on disk, so the file could be \
                 another function's; train without a checkpoint"
            );
            return Err(Error::parameter("checkpoint", self.path.display(), why));
        }
        Ok(trainer.key.digest())
    }

    pub(super) fn write(&self, trainer: &Trainer) -> Result<()> {
        let fingerprint = self.fingerprint(trainer)?;
        let copies = &trainer.engines.copies;
        let mut numbers = Vec::new();
        let mut append = |p: &Parameters| {
            p.slices().iter().for_each(|s| numbers.extend(s.iter().flat_map(|v| v.to_le_bytes())));
        };
        for copy in copies {
            append(&copy.parameters());
            copy.state().iter().flat_map(|state| &state.moments).for_each(&mut append);
        }
        let header = Header {
            fingerprint,
            state: trainer.state.clone(),
            steps: copies.iter().map(|copy| copy.state().map_or(0, |state| state.steps)).collect(),
            numbers: numbers.len() as u64 / 8,
        };
        let header = serde_json::to_vec(&header).map_err(|e| self.json(&e))?;
        let length = (header.len() as u64).to_le_bytes();
        let mut bytes = [MAGIC, &length[..], &header, &numbers].concat();
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        atomic::remove_stale(&self.path, atomic::STALE);
        atomic::write(&self.path, &bytes)
    }

    /// Takes the trainer to where the file is; false where there is no file.
    pub(super) fn resume(&self, trainer: &mut Trainer) -> Result<bool> {
        let fingerprint = self.fingerprint(trainer)?;
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(cause) => return Err(Error::io(&self.path, "read", &cause)),
        };
        let (header, numbers) = self.parse(&bytes)?;
        if header.fingerprint != fingerprint {
            let why =
                "holds another training (other parameters or other data); name another file, or delete it";
            return Err(Error::parameter("checkpoint", self.path.display(), why));
        }
        let mut numbers = numbers.chunks_exact(8).map(|b| {
            let mut word = [0u8; 8];
            word.copy_from_slice(b);
            f64::from_le_bytes(word)
        });
        let mut short = false;
        let mut fill = |p: &mut Parameters| {
            for value in p.slices_mut().into_iter().flatten() {
                match numbers.next() {
                    Some(number) => *value = number,
                    None => short = true,
                }
            }
        };
        let (mut parameters, mut states) = (Vec::new(), Vec::new());
        for copy in &trainer.engines.copies {
            let mut p = copy.parameters();
            fill(&mut p);
            parameters.push(p);
            let mut state = copy.state().cloned();
            state.iter_mut().flat_map(|state| &mut state.moments).for_each(&mut fill);
            states.push(state);
        }
        if short || numbers.next().is_some() || header.steps.len() != states.len() {
            return Err(self.damaged(0, "its numbers are not those of the training"));
        }
        trainer.jump(header.state, parameters)?;
        for ((copy, state), steps) in trainer.engines.copies.iter_mut().zip(states).zip(header.steps) {
            if let (Some(place), Some(state)) = (copy.state_mut(), state) {
                *place = state;
                place.steps = steps;
            }
        }
        Ok(true)
    }

    /// Header and numbers of an undamaged file.
    fn parse<'a>(&self, bytes: &'a [u8]) -> Result<(Header, &'a [u8])> {
        let start = MAGIC.len() + 8;
        if bytes.len() < start + HASH || bytes[..MAGIC.len()] != MAGIC[..] {
            return Err(self.damaged(0, "not a checkpoint of a training"));
        }
        let (body, hash) = bytes.split_at(bytes.len() - HASH);
        if Sha256::digest(body)[..] != *hash {
            return Err(self.damaged(body.len(), "its checksum does not fit what is before it"));
        }
        let mut word = [0u8; 8];
        word.copy_from_slice(&body[MAGIC.len()..start]);
        let header =
            usize::try_from(u64::from_le_bytes(word)).ok().and_then(|length| start.checked_add(length));
        let header = header.filter(|end| *end <= body.len());
        let end = header.ok_or_else(|| self.damaged(MAGIC.len(), "the header is longer than the file"))?;
        let header: Header = serde_json::from_slice(&body[start..end]).map_err(|e| self.json(&e))?;
        if header.numbers.checked_mul(8) != Some((body.len() - end) as u64) {
            return Err(self.damaged(end, "another number of parameters than its header says"));
        }
        Ok((header, &body[end..]))
    }

    fn damaged(&self, offset: usize, problem: &str) -> Error {
        let problem = format!("{problem}; delete the file to start again");
        Error::Format { path: self.path.clone(), offset: offset as u64, problem }
    }

    fn json(&self, cause: &serde_json::Error) -> Error {
        Error::Json { what: self.path.display().to_string(), reason: cause.to_string() }
    }
}
