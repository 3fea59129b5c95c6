//! SHA-256 in hexadecimal.

use ndarray::ArrayView2;
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// A finished hash in hexadecimal.
pub(crate) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of the numbers, array after array and row by row, as little-endian f64.
pub(crate) fn numbers_sha256<const N: usize>(arrays: [ArrayView2<f64>; N]) -> String {
    let mut hash = Sha256::new();
    for array in arrays {
        for row in array.rows() {
            let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
            hash.update(bytes);
        }
    }
    hex(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's example.
    #[test]
    fn abc() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
