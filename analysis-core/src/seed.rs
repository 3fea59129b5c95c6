//! A seed and its named streams: no randomness without a seed, and the same numbers for any thread count.

use rand::SeedableRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The generator of one stream: ChaCha with 8 rounds, the same numbers on every machine.
pub type Stream = rand_chacha::ChaCha8Rng;

/// A seed from which every random number of a computation is derived, through named streams.
///
/// A stream's 256-bit key is SHA-256 of the seed, the stream's name and its index, so streams with different names
/// or indices are independent, and work that is split over threads draws the same numbers however it is split.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use rand::RngExt;
/// let a: u64 = Seed(7).stream("permutation", 0).random();
/// assert_eq!(a, Seed(7).stream("permutation", 0).random::<u64>());
/// assert_ne!(a, Seed(7).stream("permutation", 1).random::<u64>());
/// assert_ne!(a, Seed(7).stream("rows", 0).random::<u64>());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream `name`, number `index`.
    ///
    /// # Examples
    /// ```
    /// use rand::RngExt;
    /// let x: f64 = analysis_core::seed::Seed(1).stream("noise", 0).random();
    /// assert!((0.0..1.0).contains(&x));
    /// ```
    pub fn stream(self, name: &str, index: u64) -> Stream {
        Stream::from_seed(self.key(name, index))
    }

    /// A seed of its own for part `index` of a computation (a draw, a trial), from which that part derives streams.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::seed::Seed;
    /// assert_ne!(Seed(1).child("draw", 0), Seed(1).child("draw", 1));
    /// ```
    pub fn child(self, name: &str, index: u64) -> Seed {
        let key = self.key(name, index);
        let mut first = [0u8; 8];
        first.copy_from_slice(&key[..8]);
        Seed(u64::from_le_bytes(first))
    }

    /// SHA-256 of a version tag, the seed, the name's length and bytes, and the index: injective, so no two
    /// (name, index) pairs share a key by construction.
    fn key(self, name: &str, index: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"ntk-stream-1");
        hash.update(self.0.to_le_bytes());
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update(index.to_le_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// The streams are part of every published number: this value may change only with a new version tag.
    #[test]
    fn stream_values_are_pinned() {
        let mut stream = Seed(20_260_101).stream("permutation", 3);
        let drawn: Vec<u64> = (0..2).map(|_| stream.random()).collect();
        assert_eq!(drawn, PINNED);
    }

    // Computed apart from this crate: SHA-256 of Python's hashlib, and ChaCha's block function with 8 rounds written out
    // after RFC 8439 (64-bit counter and stream number 0).
    const PINNED: [u64; 2] = [12_646_956_674_337_624_340, 272_531_080_842_010_655];
}
