//! `.npy` in and out: arrays made in JAX, PyTorch or numpy, and ours for Python.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use ndarray::{Array2, Array4, ArrayView, Dimension, ShapeBuilder};
use ndarray_npy::{WriteNpyExt, npy::header::Header};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::{atomic, checksum};

/// The largest header that is read; numpy's for two dimensions is below 130 bytes.
const LARGEST_HEADER: usize = 4096;
/// Numbers are read in pieces of so many bytes, a multiple of every width.
const PIECE: usize = 1 << 16;
/// 2^53: whole numbers beyond it are not all f64s.
const LARGEST_EXACT: u64 = 1 << 53;

/// What a `.npy` file holds, as `f64`.
#[derive(Debug, Clone, PartialEq)]
pub struct NpyArray {
    /// The numbers (rows, columns), in row-major order; an array of one dimension is one column.
    pub values: Array2<f64>,
    /// ε of the type they were stored in: 2⁻⁵² for doubles and whole numbers, 2⁻²³ for single precision.
    pub epsilon: f64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl NpyArray {
    /// Reads an array of one or two dimensions of doubles (`f8`), singles (`f4`), whole numbers (`i1` to `i8`, `u1` to
    /// `u8`) or booleans (`b1`), little- or big-endian, in C or Fortran order, written by numpy under Python 2 or 3.
    ///
    /// From a pipe too: the file is read once, from its beginning to its end. A file's header is held against its size
    /// before anything is allocated; of a pipe, whose size nobody knows, memory grows with what arrives.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] for a header that is not `.npy`'s, another type, another number of dimensions,
    /// a size that does not fit, or a whole number beyond 2⁵³, which no `f64` need be; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::npy::NpyArray;
    /// let path = std::env::temp_dir().join(format!("doc-{}.npy", std::process::id()));
    /// ndarray_npy::write_npy(&path, &ndarray::array![1_i64, 2, 3]).unwrap();
    /// assert_eq!(NpyArray::read(&path)?.values, ndarray::array![[1.0], [2.0], [3.0]]);
    /// # std::fs::remove_file(&path).ok();
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<NpyArray> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|e| Error::io(path, "read", &e))?;
        let metadata = file.metadata().map_err(|e| Error::io(path, "read", &e))?;
        let size = metadata.is_file().then_some(metadata.len());
        let mut reader = Hashing { inner: BufReader::with_capacity(1 << 20, file), hash: Sha256::new() };
        let layout = Layout::read(&mut reader, path, size, &mut plain)?;
        let what = format!("the array in {}", path.display());
        (Bytes(layout.entries) * 8).require(&what)?;
        let values = layout.numbers(&mut reader, path)?;
        let (rows, columns) = (layout.rows, layout.columns);
        let shape = if layout.fortran { (rows, columns).f() } else { (rows, columns).set_f(false) };
        let array = Array2::from_shape_vec(shape, values).map_err(|e| layout.fault(path, e.to_string()))?;
        let values = if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() };
        let epsilon = if layout.element == Element::Single { f64::from(f32::EPSILON) } else { f64::EPSILON };
        Ok(NpyArray { values, epsilon, sha256: checksum::hex(reader.hash) })
    }
}

/// Images (n, h, w, c) of a `.npy` file as `f64`, and the SHA-256 of the file; (n, h, w) is read as one channel. Types and checks
/// are those of [`NpyArray::read`].
///
/// # Errors
/// As [`NpyArray::read`]; [`Error::Format`] for another number of dimensions, and for Fortran order.
///
/// # Examples
/// ```
/// use analysis_core::ndarray::Array4;
/// use analysis_core::npy;
/// let path = std::env::temp_dir().join(format!("images-{}.npy", std::process::id()));
/// npy::write(&path, Array4::<f64>::ones((2, 5, 4, 3)).view())?;
/// assert_eq!(npy::read_images(&path)?.0.dim(), (2, 5, 4, 3));
/// # std::fs::remove_file(&path).ok();
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn read_images(path: impl AsRef<Path>) -> Result<(Array4<f64>, String)> {
    let path = path.as_ref();
    let file = File::open(path).map_err(|e| Error::io(path, "read", &e))?;
    let metadata = file.metadata().map_err(|e| Error::io(path, "read", &e))?;
    let size = metadata.is_file().then_some(metadata.len());
    let mut reader = Hashing { inner: BufReader::with_capacity(1 << 20, file), hash: Sha256::new() };
    let mut dim = [0; 4];
    let layout = Layout::read(&mut reader, path, size, &mut |shape: &[usize]| {
        let (n, height, width, channels) = match *shape {
            [n, height, width] => (n, height, width, 1),
            [n, height, width, channels] => (n, height, width, channels),
            _ => return Err("(n, height, width, channels), or three dimensions for one channel"),
        };
        dim = [n, height, width, channels];
        let columns = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels));
        columns.map(|columns| (n, columns)).ok_or("images that fit into memory")
    })?;
    if layout.fortran {
        let problem = "images in Fortran order; save them with numpy.ascontiguousarray".to_string();
        return Err(layout.fault(path, problem));
    }
    (Bytes(layout.entries) * 8).require(&format!("the images in {}", path.display()))?;
    let values = layout.numbers(&mut reader, path)?;
    let images = Array4::from_shape_vec(dim, values).map_err(|e| layout.fault(path, e.to_string()))?;
    Ok((images, checksum::hex(reader.hash)))
}

/// Makes rows and columns of a shape, or says what it expected.
type Flat<'a> = dyn FnMut(&[usize]) -> std::result::Result<(usize, usize), &'static str> + 'a;

/// Rows and columns of one or two dimensions.
fn plain(shape: &[usize]) -> std::result::Result<(usize, usize), &'static str> {
    match *shape {
        [rows] => Ok((rows, 1)),
        [rows, columns] => Ok((rows, columns)),
        _ => Err("one or two dimensions"),
    }
}

/// Writes an array of doubles of any number of dimensions as `.npy`, through a file beside `path` and a rename: never
/// half an array.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written.
///
/// # Examples
/// ```
/// use analysis_core::ndarray::array;
/// use analysis_core::npy::{self, NpyArray};
/// let path = std::env::temp_dir().join(format!("written-{}.npy", std::process::id()));
/// npy::write(&path, array![[1.0, 0.5], [0.25, 0.125]].view())?;
/// assert_eq!(NpyArray::read(&path)?.values, array![[1.0, 0.5], [0.25, 0.125]]);
/// # std::fs::remove_file(&path).ok();
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn write<D: Dimension>(path: impl AsRef<Path>, values: ArrayView<f64, D>) -> Result<()> {
    atomic::write_with(path.as_ref(), |file| {
        values.write_npy(file).map_err(|e| std::io::Error::other(e.to_string()))
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Double,
    Single,
    Signed(usize),
    Unsigned(usize),
    Boolean,
}

impl Element {
    /// The type that numpy describes as `<f8`, and whether its bytes are big-endian.
    fn of(descriptor: &str) -> Option<(Self, bool)> {
        let (order, kind) = descriptor.split_at_checked(1)?;
        let big = match order {
            "<" | "|" => false,
            ">" => true,
            _ => return None,
        };
        let element = match kind {
            "f8" => Element::Double,
            "f4" => Element::Single,
            "b1" => Element::Boolean,
            "i1" | "i2" | "i4" | "i8" => Element::Signed(kind[1..].parse().ok()?),
            "u1" | "u2" | "u4" | "u8" => Element::Unsigned(kind[1..].parse().ok()?),
            _ => return None,
        };
        Some((element, big))
    }

    fn width(self) -> usize {
        match self {
            Element::Double => 8,
            Element::Single => 4,
            Element::Signed(width) | Element::Unsigned(width) => width,
            Element::Boolean => 1,
        }
    }

    /// The number in its bytes, the least significant first.
    fn number(self, bytes: &[u8]) -> std::result::Result<f64, String> {
        let mut eight = [0; 8];
        for (place, byte) in eight.iter_mut().zip(bytes) {
            *place = *byte;
        }
        let whole = u64::from_le_bytes(eight);
        let exact = |size: u64, number: f64| match size {
            ..=LARGEST_EXACT => Ok(number),
            _ => Err(format!("a whole number beyond 2^53 ({number:e}) cannot be kept exactly")),
        };
        match self {
            Element::Double => Ok(f64::from_bits(whole)),
            Element::Single => Ok(f64::from(f32::from_bits(whole as u32))),
            Element::Boolean if whole > 1 => Err(format!("a boolean is the byte {whole}, not 0 or 1")),
            Element::Boolean => Ok(whole as f64),
            Element::Unsigned(_) => exact(whole, whole as f64),
            Element::Signed(width) => {
                // The sign moves to the top and back.
                let unused = 64 - 8 * width as u32;
                let signed = (whole << unused).cast_signed() >> unused;
                exact(signed.unsigned_abs(), signed as f64)
            }
        }
    }
}

/// What the header promises, checked against the file's size where that is known.
#[derive(Debug)]
struct Layout {
    rows: usize,
    columns: usize,
    entries: u64,
    element: Element,
    big_endian: bool,
    fortran: bool,
    /// Where the numbers start.
    data: u64,
    /// Whether all this was held against a file's size; a pipe has none.
    sized: bool,
}

impl Layout {
    /// `flat` makes rows and columns of a shape, or says what it expected.
    fn read(reader: &mut impl Read, path: &Path, size: Option<u64>, flat: &mut Flat) -> Result<Self> {
        let format = |offset: u64, problem: String| Error::format(path, offset, problem);
        let mut head = Vec::new();
        let mut take = |head: &mut Vec<u8>, count: u64| {
            let found = reader.take(count).read_to_end(head).map_err(|e| Error::io(path, "read", &e))?;
            let ends = || format(head.len() as u64, "the file ends here".into());
            (found as u64 == count).then_some(()).ok_or_else(ends)
        };
        // Magic, version, then the header's length in two or four bytes: bounded before anyone trusts it.
        let begun = take(&mut head, 10);
        if !head.starts_with(b"\x93NUMPY") {
            return Err(format(0, "not a .npy file: it must begin with \\x93NUMPY".to_string()));
        }
        begun?;
        if head[6] > 1 {
            take(&mut head, 2)?;
        }
        let start = head.len() as u64;
        let mut length = [0; 4];
        length.iter_mut().zip(&head[8..]).for_each(|(place, byte)| *place = *byte);
        let length = u64::from(u32::from_le_bytes(length));
        let data = start + length;
        if data > LARGEST_HEADER as u64 || size.is_some_and(|size| data > size) {
            let limits = format!("beyond the file or beyond {LARGEST_HEADER}");
            return Err(format(8, format!("the header's length {length} is {limits}")));
        }
        take(&mut head, length)?;
        without_long_suffixes(&mut head[start as usize..]);
        let header = Header::from_reader(&mut head.as_slice()).map_err(|e| format(0, e.to_string()))?;
        let kind = header.type_descriptor.to_string();
        let (element, big_endian) = Element::of(kind.trim_matches(['\'', '"'])).ok_or_else(|| {
            let read = "f8, f4, i1 to i8, u1 to u8 and b1 are read";
            format(start, format!("the numbers are {kind}; {read}; save the array with .astype('f8')"))
        })?;
        let (rows, columns) = flat(header.shape.as_slice()).map_err(|expected| {
            format(start, format!("the shape is {:?}; expected {expected}", header.shape))
        })?;
        let entries = (rows as u64).checked_mul(columns as u64);
        let end =
            entries.and_then(|e| e.checked_mul(element.width() as u64)).and_then(|b| b.checked_add(data));
        let (shape, fortran, sized) = (&header.shape, header.layout.is_fortran(), size.is_some());
        match (entries, end, size) {
            (Some(entries), Some(end), _) if size.is_none_or(|size| size == end) => {
                Ok(Layout { rows, columns, entries, element, big_endian, fortran, data, sized })
            }
            (.., Some(size)) => {
                let problem = format!("the file has {size} bytes; its header's {shape:?} does not fit");
                Err(format(size, problem))
            }
            (.., None) => Err(format(start, format!("the header's {shape:?} is more than there can be"))),
        }
    }

    fn fault(&self, path: &Path, problem: String) -> Error {
        Error::format(path, self.data, problem)
    }

    /// The numbers in the file's order, all of them, and nothing behind them.
    fn numbers(&self, reader: &mut impl Read, path: &Path) -> Result<Vec<f64>> {
        let width = self.element.width();
        // Grown by doubling, a list takes up to three times the memory that was announced.
        let room = if self.sized { usize::try_from(self.entries).unwrap_or(0) } else { 0 };
        let mut values = Vec::with_capacity(room);
        let mut piece = vec![0; PIECE];
        let mut left = self.entries.saturating_mul(width as u64);
        while left > 0 {
            let part = &mut piece[..usize::try_from(left).unwrap_or(PIECE).min(PIECE)];
            reader.read_exact(part).map_err(|cause| match cause.kind() {
                ErrorKind::UnexpectedEof => {
                    self.fault(path, format!("the file ends before its {} numbers do", self.entries))
                }
                _ => Error::io(path, "read", &cause),
            })?;
            for bytes in part.chunks_exact_mut(width) {
                if self.big_endian {
                    bytes.reverse();
                }
                let at = self.data + width as u64 * values.len() as u64;
                values.push(self.element.number(bytes).map_err(|problem| Error::format(path, at, problem))?);
            }
            left -= part.len() as u64;
        }
        match reader.read(&mut piece[..1]) {
            Ok(0) => Ok(values),
            Ok(_) => Err(self.fault(path, format!("the file goes on after its {} numbers", self.entries))),
            Err(cause) => Err(Error::io(path, "read", &cause)),
        }
    }
}

/// Blanks out the `L` that Python 2 writes after a whole number of its kind `long`: `(40L, 40L)`.
fn without_long_suffixes(header: &mut [u8]) {
    for i in 1..header.len() {
        let ends = header.get(i + 1).is_none_or(|next| !next.is_ascii_alphanumeric());
        if header[i] == b'L' && header[i - 1].is_ascii_digit() && ends {
            header[i] = b' ';
        }
    }
}

/// Hashes what is read through it.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
#[path = "npy_tests.rs"]
mod tests;
