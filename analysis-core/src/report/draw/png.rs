//! PNG files and images inside SVG: 8-bit RGB, zlib, the resolution written in. Forty lines instead of a decoder for
//! every image format in each notebook's dependencies.

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

/// A PNG file of `rgb` (3 · columns · rows bytes, row by row from the top).
pub(crate) fn encode(columns: usize, rows: usize, rgb: &[u8], dpi: Option<f64>) -> std::io::Result<Vec<u8>> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::with_capacity(13);
    header.extend((columns as u32).to_be_bytes());
    header.extend((rows as u32).to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut file, b"IHDR", &header);
    if let Some(dpi) = dpi {
        let per_metre = ((dpi / 0.0254).round() as u32).to_be_bytes();
        chunk(&mut file, b"pHYs", &[&per_metre[..], &per_metre[..], &[1]].concat());
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(9));
    let mut above = vec![0u8; 3 * columns];
    for row in rgb.chunks(3 * columns.max(1)) {
        // Filter 2 (difference from the row above): rows of figures and of enlarged cells repeat.
        let difference: Vec<u8> = row.iter().zip(&above).map(|(a, b)| a.wrapping_sub(*b)).collect();
        zlib.write_all(&[2])?;
        zlib.write_all(&difference)?;
        above.copy_from_slice(row);
    }
    chunk(&mut file, b"IDAT", &zlib.finish()?);
    chunk(&mut file, b"IEND", &[]);
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(kind);
    file.extend(data);
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(data);
    file.extend(crc.sum().to_be_bytes());
}

/// Base 64 (RFC 4648) with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let byte = |i: usize| u32::from(part.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= part.len() {
                out.push(char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn base64_of_the_rfc() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn another_decoder_reads_the_same_pixels() {
        let rgb: Vec<u8> = (0..3 * 5 * 4).map(|i| (i * 37 % 256) as u8).collect();
        let pixmap = resvg::tiny_skia::Pixmap::decode_png(&encode(5, 4, &rgb, Some(300.0)).unwrap()).unwrap();
        let back: Vec<u8> = pixmap.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
        assert_eq!(back, rgb);
    }
}
