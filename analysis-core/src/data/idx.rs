//! The IDX format of MNIST: two zero bytes, the element type, the number of dimensions, each dimension as a big-endian
//! 32-bit number, then the elements, the last dimension fastest. Here: unsigned bytes, 1 to 4 dimensions, plain or gzipped.
//! Source: LeCun, Cortes, Burges, "The MNIST database", section "The IDX file format".

use crate::error::{Error, Result};
use flate2::bufread::GzDecoder;
use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

const UNSIGNED_BYTE: u8 = 0x08;
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Deflate's best ratio: 258 bytes for 2 bits, and a little more at the ends.
const MOST_PER_COMPRESSED_BYTE: u64 = 1032;

/// The contents of an IDX file of unsigned bytes.
///
/// # Examples
/// ```
/// use analysis_core::data::idx::Idx;
/// let bytes = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
/// let idx = Idx::parse(&bytes, "a-2-by-3-array".as_ref())?;
/// assert_eq!((idx.dimensions, idx.values), (vec![2, 3], vec![1, 2, 3, 4, 5, 6]));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idx {
    /// The dimensions; images have (n, height, width), labels (n).
    pub dimensions: Vec<usize>,
    /// As many values as the dimensions' product, the last dimension fastest.
    pub values: Vec<u8>,
}

impl Idx {
    /// Reads a file, plain or gzipped (recognised by its first two bytes).
    ///
    /// Nothing is allocated before the number of values announced in the header is known to be there: of a plain file
    /// the length tells; a gzipped one is refused when it announces more than deflate can hold (1032 bytes a byte),
    /// and is otherwise unpacked twice, first only counting.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] with the offset in the unpacked file when a header field is wrong, or when
    /// bytes are missing, left over or damaged.
    pub fn read(path: &Path) -> Result<Idx> {
        let io = |cause: std::io::Error| Error::io(path, "read", &cause);
        let mut file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        decode(&mut file, length, path)
    }

    /// Reads `bytes` likewise; `path` is only named in errors.
    ///
    /// # Errors
    /// [`Error::Format`], as [`Idx::read`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Idx> {
        decode(&mut Cursor::new(bytes), bytes.len() as u64, path)
    }
}

/// Reads the file of `length` bytes behind `input`.
fn decode<R: Read + Seek>(input: &mut R, length: u64, path: &Path) -> Result<Idx> {
    let io = |cause: std::io::Error| Error::io(path, "read", &cause);
    let mut magic = Vec::with_capacity(2);
    input.by_ref().take(2).read_to_end(&mut magic).map_err(io)?;
    input.seek(SeekFrom::Start(0)).map_err(io)?;
    if magic != GZIP {
        let mut plain = Unpacked { input, offset: 0, path };
        let header = plain.header()?;
        header.expect_length(length, path)?;
        return plain.values(header);
    }
    let mut counted = Unpacked { input: GzDecoder::new(BufReader::new(&mut *input)), offset: 0, path };
    let header = counted.header()?;
    if header.end / MOST_PER_COMPRESSED_BYTE > length {
        let announced = &header.dimensions;
        let problem =
            format!("the header announces {announced:?} values, more than {length} gzipped bytes can hold");
        return Err(Error::format(path, 4, problem));
    }
    header.expect_length(counted.count_to(header.end)?, path)?;
    let mut packed = counted.input.into_inner();
    if !packed.fill_buf().map_err(io)?.is_empty() {
        return Err(Error::format(path, header.end, "there are bytes after the end of the gzip stream"));
    }
    input.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut unpacked = Unpacked { input: GzDecoder::new(BufReader::new(input)), offset: 0, path };
    unpacked.header()?;
    unpacked.values(header)
}

struct Header {
    dimensions: Vec<usize>,
    /// The unpacked file's length as announced.
    end: u64,
}

impl Header {
    fn expect_length(&self, found: u64, path: &Path) -> Result<()> {
        let Header { dimensions, end } = self;
        let but = match found.cmp(end) {
            Ordering::Equal => return Ok(()),
            Ordering::Less => "it ends here",
            Ordering::Greater => "there are more",
        };
        let problem = format!("the header announces {dimensions:?} values, a file of {end} bytes, but {but}");
        Err(Error::format(path, found.min(*end), problem))
    }
}

/// The unpacked bytes of a file, with the place reached.
struct Unpacked<'a, R> {
    input: R,
    offset: u64,
    path: &'a Path,
}

impl<R: Read> Unpacked<'_, R> {
    fn failure(&self, cause: &std::io::Error) -> Error {
        let problem = match cause.kind() {
            ErrorKind::UnexpectedEof => "the file ends here".to_string(),
            // What flate2 says of a damaged stream.
            ErrorKind::InvalidData | ErrorKind::InvalidInput => {
                format!("the gzip stream is damaged: {cause}")
            }
            _ => return Error::io(self.path, "read", cause),
        };
        Error::format(self.path, self.offset, problem)
    }

    fn four(&mut self) -> Result<[u8; 4]> {
        let mut bytes = [0; 4];
        for byte in &mut bytes {
            self.input.read_exact(std::slice::from_mut(byte)).map_err(|cause| self.failure(&cause))?;
            self.offset += 1;
        }
        Ok(bytes)
    }

    fn header(&mut self) -> Result<Header> {
        let path = self.path;
        let refuse = |offset: u64, problem: String| Err(Error::format(path, offset, problem));
        let [zero, another, kind, count] = self.four()?;
        for (offset, byte) in [(0, zero), (1, another)] {
            if byte != 0 {
                return refuse(offset, format!("an IDX file begins with two zero bytes, found {byte:#04x}"));
            }
        }
        if kind != UNSIGNED_BYTE {
            return refuse(
                2,
                format!("the element type is {kind:#04x}, only 0x08 (unsigned byte) is read here"),
            );
        }
        if !(1..=4).contains(&count) {
            return refuse(3, format!("{count} dimensions; 1 to 4 are read here"));
        }
        let (mut dimensions, mut values) = (Vec::with_capacity(usize::from(count)), 1_u64);
        for _ in 0..count {
            let start = self.offset;
            let dimension = u32::from_be_bytes(self.four()?);
            values = match values.checked_mul(u64::from(dimension)) {
                Some(0) => return refuse(start, "a dimension is 0".to_string()),
                Some(product) => product,
                None => return refuse(start, "the dimensions' product is beyond 64 bits".to_string()),
            };
            dimensions.push(dimension as usize);
        }
        Ok(Header { dimensions, end: values.saturating_add(self.offset) })
    }

    /// Reads on without keeping anything and returns the unpacked length, or some length beyond `end` once past it.
    fn count_to(&mut self, end: u64) -> Result<u64> {
        let mut scratch = [0_u8; 16 * 1024];
        while self.offset <= end {
            match self.input.read(&mut scratch) {
                Ok(0) => break,
                Ok(count) => self.offset += count as u64,
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(cause) => return Err(self.failure(&cause)),
            }
        }
        Ok(self.offset)
    }

    /// The values, which are known to be there.
    fn values(&mut self, header: Header) -> Result<Idx> {
        let count = usize::try_from(header.end - self.offset)
            .map_err(|_| Error::format(self.path, 4, "more values than this machine can address"))?;
        let mut values = vec![0; count];
        self.input.read_exact(&mut values).map_err(|cause| self.failure(&cause))?;
        Ok(Idx { dimensions: header.dimensions, values })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn file(dimensions: &[u32], values: usize) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
        dimensions.iter().for_each(|d| bytes.extend(d.to_be_bytes()));
        bytes.extend((0..values).map(|i| (i % 253) as u8));
        bytes
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn offset(bytes: &[u8]) -> u64 {
        match Idx::parse(bytes, Path::new("x")).unwrap_err() {
            Error::Format { offset, .. } => offset,
            other => unreachable!("{other}"),
        }
    }

    #[test]
    fn plain_and_gzipped_are_the_same_to_us() {
        let bytes = file(&[5, 4, 3], 60);
        let plain = Idx::parse(&bytes, Path::new("x")).unwrap();
        assert_eq!(plain.dimensions, [5, 4, 3]);
        assert_eq!(plain.values, bytes[16..]);
        assert_eq!(Idx::parse(&gzipped(&bytes), Path::new("x")).unwrap(), plain);
    }

    #[test]
    fn each_wrong_field_is_named_by_its_offset() {
        let good = file(&[5, 4], 20);
        for (place, value) in [(0, 1), (1, 1), (2, 9), (3, 0), (3, 5)] {
            let mut bytes = good.clone();
            bytes[place] = value;
            assert_eq!(offset(&bytes), place as u64);
            assert_eq!(offset(&gzipped(&bytes)), place as u64);
        }
        assert_eq!(offset(&file(&[5, 0], 0)), 8);
        assert_eq!(offset(&file(&[u32::MAX; 4], 0)), 12, "the product overflows at the third dimension");
        assert_eq!(offset(&file(&[5, 4], 19)), 31);
        assert_eq!(offset(&file(&[5, 4], 21)), 32);
        assert_eq!(offset(&gzipped(&file(&[5, 4], 19))), 31);
        assert_eq!(offset(&gzipped(&file(&[5, 4], 21))), 32);
        for length in 0..12 {
            assert_eq!(offset(&good[..length]), length as u64);
        }
        let mut trailing = gzipped(&good);
        trailing.push(0);
        assert_eq!(offset(&trailing), 32);
    }

    /// 4 GiB announced by a few dozen bytes, and a real bomb (64 MiB of zeros in 64 kB) behind a small announcement.
    #[test]
    fn bombs_are_refused() {
        assert_eq!(offset(&gzipped(&file(&[u32::MAX], 100))), 4);
        assert_eq!(offset(&file(&[u32::MAX], 100)), 108);
        let mut bomb = file(&[100], 0);
        bomb.resize(64 << 20, 0);
        assert_eq!(offset(&gzipped(&bomb)), 108);
    }
}
