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

/// SHA-256 of the arrays, one after the other: the two sides as little-endian u64, then the numbers row by row as
/// little-endian f64. Without the sides, arrays of other shapes but the same numbers would be the same.
pub(crate) fn numbers_sha256<const N: usize>(arrays: [ArrayView2<f64>; N]) -> String {
    let mut numbers = Numbers::default();
    for array in arrays {
        numbers.sides(array.nrows(), array.ncols());
        numbers.rows(array);
    }
    numbers.finish()
}

/// [`numbers_sha256`] of arrays that come some rows at a time.
#[derive(Default)]
pub(crate) struct Numbers(Sha256);

impl Numbers {
    /// An array of these sides begins.
    pub(crate) fn sides(&mut self, rows: usize, columns: usize) {
        [rows, columns].into_iter().for_each(|side| self.0.update((side as u64).to_le_bytes()));
    }

    /// Its next rows.
    pub(crate) fn rows(&mut self, rows: ArrayView2<f64>) {
        let mut bytes = vec![[0_u8; 8]; rows.ncols()];
        for row in rows.rows() {
            bytes.iter_mut().zip(row).for_each(|(to, value)| *to = value.to_le_bytes());
            self.0.update(bytes.as_flattened());
        }
    }

    pub(crate) fn finish(self) -> String {
        hex(self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use std::collections::BTreeSet;

    /// FIPS 180-4's example.
    #[test]
    fn abc() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    /// The same twelve numbers in other shapes are other data. The bytes are those of numpy's
    /// `array([2, 1], '<u8').tobytes() + array([1.0, -2.5], '<f8').tobytes()`.
    #[test]
    fn shapes_count() {
        let numbers: Vec<f64> = (0..12).map(f64::from).collect();
        let (eight, four) = numbers.split_at(8);
        let shaped = |rows: [usize; 2]| {
            let array = |numbers: &[f64], rows: usize| {
                Array2::from_shape_vec((rows, numbers.len() / rows), numbers.to_vec()).unwrap()
            };
            let (a, b) = (array(eight, rows[0]), array(four, rows[1]));
            numbers_sha256([a.view(), b.view()])
        };
        let found: BTreeSet<String> = [[4, 4], [2, 2], [4, 2], [8, 4], [1, 1]].map(shaped).into();
        assert_eq!(found.len(), 5);
        let mut bytes = Vec::new();
        bytes.extend([2u64, 1].iter().flat_map(|side| side.to_le_bytes()));
        bytes.extend([1.0f64, -2.5].iter().flat_map(|number| number.to_le_bytes()));
        assert_eq!(numbers_sha256([ndarray::array![[1.0], [-2.5]].view()]), sha256(&bytes));
    }
}
