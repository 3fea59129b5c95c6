//! The CIFAR-10 binary format: records of 1 label byte, 1024 red, 1024 green and 1024 blue bytes, nothing else.
//! Source: Krizhevsky, "The CIFAR-10 dataset", section "Binary version".

use crate::error::{Error, Result};
use std::path::Path;

/// Bytes of one record.
pub const RECORD: usize = 1 + 3 * 1024;

/// The images of one CIFAR-10 file.
///
/// # Examples
/// ```
/// use analysis_core::data::cifar::{CifarBatch, RECORD};
/// let mut record = vec![7_u8; RECORD];
/// record[1] = 255;
/// let batch = CifarBatch::parse(&record, "two-images.bin".as_ref())?;
/// assert_eq!((batch.labels.as_slice(), batch.image(0)[0]), (&[7_u8][..], 255));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CifarBatch {
    /// (n) labels, 0 to 9.
    pub labels: Vec<u8>,
    /// (n × 3072) pixels: for each image red, green, blue, each 32 rows of 32.
    pub pixels: Vec<u8>,
}

impl CifarBatch {
    /// Reads `bytes`; `path` is only named in errors. Allocates no more than the bytes' length.
    ///
    /// # Errors
    /// [`Error::Format`] with the offset, when the length is not a positive multiple of 3073 or a label is above 9.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<CifarBatch> {
        let format = |offset: usize, problem: String| Err(Error::format(path, offset as u64, problem));
        if bytes.is_empty() {
            let problem = format!("the file is empty; a CIFAR-10 file is a number of {RECORD}-byte records");
            return format(0, problem);
        }
        let cut = bytes.len() % RECORD;
        if cut != 0 {
            let whole = bytes.len() - cut;
            return format(whole, format!("the last record has {cut} bytes of {RECORD}"));
        }
        let n = bytes.len() / RECORD;
        // Labels first: a damaged file is refused before anything is allocated.
        for (i, record) in bytes.chunks_exact(RECORD).enumerate() {
            if record[0] > 9 {
                return format(i * RECORD, format!("the label of image {i} is {}, above 9", record[0]));
            }
        }
        let mut batch =
            CifarBatch { labels: Vec::with_capacity(n), pixels: Vec::with_capacity(bytes.len() - n) };
        for record in bytes.chunks_exact(RECORD) {
            batch.labels.push(record[0]);
            batch.pixels.extend_from_slice(&record[1..]);
        }
        Ok(batch)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`], and those of [`CifarBatch::parse`].
    pub fn read(path: &Path) -> Result<CifarBatch> {
        CifarBatch::parse(&std::fs::read(path).map_err(|cause| Error::io(path, "read", &cause))?, path)
    }

    /// The number of images.
    pub fn n(&self) -> usize {
        self.labels.len()
    }

    /// The 3072 pixels of image `i`, which must be below [`CifarBatch::n`].
    pub fn image(&self, i: usize) -> &[u8] {
        &self.pixels[i * (RECORD - 1)..(i + 1) * (RECORD - 1)]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn records_are_taken_apart() {
        let bytes: Vec<u8> = (0..3 * RECORD)
            .map(|i| if i % RECORD == 0 { (i / RECORD) as u8 } else { (i % 251) as u8 })
            .collect();
        let batch = CifarBatch::parse(&bytes, Path::new("b")).unwrap();
        assert_eq!(batch.labels, [0, 1, 2]);
        for i in 0..3 {
            assert_eq!(batch.image(i), &bytes[i * RECORD + 1..(i + 1) * RECORD]);
        }
    }

    #[test]
    fn wrong_lengths_and_labels_name_file_and_offset() {
        for length in [0, 1, RECORD - 1, RECORD + 1] {
            let error = CifarBatch::parse(&vec![0; length], Path::new("x.bin")).unwrap_err();
            assert!(
                matches!(error, Error::Format { .. }) && error.to_string().starts_with("x.bin: at byte"),
                "{error}"
            );
        }
        let mut bytes = vec![0; 2 * RECORD];
        bytes[RECORD] = 10;
        let error = CifarBatch::parse(&bytes, Path::new("x.bin")).unwrap_err();
        assert!(matches!(error, Error::Format { offset: 3073, .. }), "{error}");
    }
}
