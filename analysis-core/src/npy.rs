//! `.npy` in and out: arrays made in JAX, PyTorch or numpy, and ours for Python.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use ndarray::{Array2, ArrayD, ArrayView, Axis, Dimension, Ix1, Ix2};
use ndarray_npy::{ReadNpyExt, ReadableElement, WriteNpyExt, npy::header::Header};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::{atomic, checksum, memory};

/// The largest header that is read; numpy's for two dimensions is below 130 bytes.
const LARGEST_HEADER: usize = 4096;

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
    /// Reads an array of one or two dimensions of doubles (`<f8`), singles (`<f4`) or whole numbers (`<i8`, `<i4`,
    /// `<i2`, `|i1`, `|u1`) or booleans, in C or Fortran order.
    ///
    /// The header is held against the file's size before anything is allocated.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] for a header that is not `.npy`'s, another type, another number of dimensions,
    /// or a size that does not fit; [`Error::Memory`].
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
        let mut file = File::open(path).map_err(|e| Error::io(path, "read", &e))?;
        let size = file.metadata().map_err(|e| Error::io(path, "read", &e))?.len();
        let layout = Layout::read(&mut file, path, size)?;
        memory::require(
            &format!("the array in {}", path.display()),
            (8 + layout.element.width()) * layout.entries,
        )?;
        let file = File::open(path).map_err(|e| Error::io(path, "read", &e))?;
        let mut reader = Hashing { inner: BufReader::with_capacity(1 << 20, file), hash: Sha256::new() };
        let values = match layout.element {
            Element::Double => numbers::<f64>(&mut reader, |v| v),
            Element::Single => numbers::<f32>(&mut reader, f64::from),
            Element::Long => numbers::<i64>(&mut reader, |v| v as f64),
            Element::Int => numbers::<i32>(&mut reader, f64::from),
            Element::Byte => numbers::<u8>(&mut reader, f64::from),
            Element::SignedByte => numbers::<i8>(&mut reader, f64::from),
            Element::Short => numbers::<i16>(&mut reader, f64::from),
            Element::Boolean => numbers::<bool>(&mut reader, |v| if v { 1.0 } else { 0.0 }),
        }
        .map_err(|problem| Error::Format { path: path.into(), offset: layout.data, problem })?;
        Ok(NpyArray {
            values,
            epsilon: if layout.element == Element::Single { f64::from(f32::EPSILON) } else { f64::EPSILON },
            sha256: checksum::hex(reader.hash),
        })
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

/// The array as (rows, columns) in row-major order.
fn numbers<T: ReadableElement + Clone>(
    reader: &mut impl Read,
    widen: fn(T) -> f64,
) -> std::result::Result<Array2<f64>, String> {
    let array = ArrayD::<T>::read_npy(reader).map_err(|e| e.to_string())?.mapv(widen);
    let array = if array.ndim() == 1 {
        array.into_dimensionality::<Ix1>().map_err(|e| e.to_string())?.insert_axis(Axis(1))
    } else {
        array.into_dimensionality::<Ix2>().map_err(|e| e.to_string())?
    };
    Ok(if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Double,
    Single,
    Long,
    Int,
    Byte,
    SignedByte,
    Short,
    Boolean,
}

impl Element {
    fn of(descriptor: &str) -> Option<Self> {
        Some(match descriptor.trim_matches(['\'', '"']) {
            "<f8" => Element::Double,
            "<f4" => Element::Single,
            "<i8" => Element::Long,
            "<i4" => Element::Int,
            "|u1" => Element::Byte,
            "|i1" => Element::SignedByte,
            "<i2" => Element::Short,
            "|b1" => Element::Boolean,
            _ => return None,
        })
    }

    fn width(self) -> u64 {
        match self {
            Element::Double | Element::Long => 8,
            Element::Single | Element::Int => 4,
            Element::Short => 2,
            Element::Byte | Element::SignedByte | Element::Boolean => 1,
        }
    }
}

/// What the header promises, checked against the file's size.
struct Layout {
    entries: u64,
    element: Element,
    /// Where the numbers start.
    data: u64,
}

impl Layout {
    fn read(file: &mut File, path: &Path, size: u64) -> Result<Self> {
        let format = |offset: u64, problem: String| Error::Format { path: path.into(), offset, problem };
        let mut head = Vec::new();
        file.take(LARGEST_HEADER as u64).read_to_end(&mut head).map_err(|e| Error::io(path, "read", &e))?;
        // Magic, version, then the header's length in two or four bytes: bounded before anyone trusts it.
        if head.len() < 12 || !head.starts_with(b"\x93NUMPY") {
            return Err(format(0, "not a .npy file: it must begin with \\x93NUMPY".to_string()));
        }
        let (length, start) = match head[6] {
            1 => (u64::from(u16::from_le_bytes([head[8], head[9]])), 10),
            _ => (u64::from(u32::from_le_bytes([head[8], head[9], head[10], head[11]])), 12),
        };
        let data = start + length;
        if data > head.len() as u64 {
            let problem =
                format!("the header's length {length} is beyond the file or beyond {LARGEST_HEADER}");
            return Err(format(8, problem));
        }
        let header = Header::from_reader(&mut head.as_slice()).map_err(|e| format(0, e.to_string()))?;
        let kind = header.type_descriptor.to_string();
        let element = Element::of(&kind).ok_or_else(|| {
            format(start, format!("the numbers are {kind}; not one of <f8, <f4, <i8, <i4, <i2, |i1, |u1, |b1; save the array with .astype('f8')"))
        })?;
        if !(1..=2).contains(&header.shape.len()) {
            let problem = format!("the shape is {:?}; expected one or two dimensions", header.shape);
            return Err(format(start, problem));
        }
        let entries = header.shape.iter().try_fold(1_u64, |product, side| product.checked_mul(*side as u64));
        let expected = entries.and_then(|e| e.checked_mul(element.width())).and_then(|b| b.checked_add(data));
        match entries {
            Some(entries) if expected == Some(size) => Ok(Layout { entries, element, data }),
            _ => {
                let problem =
                    format!("the file has {size} bytes; its header's {:?} does not fit", header.shape);
                Err(format(size, problem))
            }
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ndarray::{Array1, ShapeBuilder};

    #[test]
    fn types_orders_and_dimensions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let wanted = Array2::from_shape_fn((3, 2), |(i, j)| (i * 2 + j) as f64);
        let mut fortran = Array2::zeros((3, 2).f());
        fortran.assign(&wanted);
        ndarray_npy::write_npy(&path, &fortran).unwrap();
        assert_eq!(NpyArray::read(&path).unwrap().values, wanted);
        ndarray_npy::write_npy(&path, &wanted.mapv(|v| v as f32)).unwrap();
        let single = NpyArray::read(&path).unwrap();
        assert_eq!((single.values, single.epsilon), (wanted.clone(), f64::from(f32::EPSILON)));
        ndarray_npy::write_npy(&path, &wanted.mapv(|v| v as u8)).unwrap();
        assert_eq!(NpyArray::read(&path).unwrap().values, wanted);
        ndarray_npy::write_npy(&path, &wanted.mapv(|v| v > 2.0)).unwrap();
        assert_eq!(NpyArray::read(&path).unwrap().values, wanted.mapv(|v| f64::from(u8::from(v > 2.0))));
        ndarray_npy::write_npy(&path, &wanted.mapv(|v| -(v as i16))).unwrap();
        assert_eq!(NpyArray::read(&path).unwrap().values, -&wanted);
        ndarray_npy::write_npy(&path, &Array1::from_vec(vec![1_i32, -2])).unwrap();
        assert_eq!(NpyArray::read(&path).unwrap().values, ndarray::array![[1.0], [-2.0]]);
        write(&path, wanted.view()).unwrap();
        let back = NpyArray::read(&path).unwrap();
        assert_eq!(back.values, wanted);
        assert_eq!(back.sha256, checksum::sha256(&std::fs::read(&path).unwrap()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no part file is left");
    }

    #[test]
    fn wrong_files_are_refused_before_anything_is_allocated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.npy");
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            NpyArray::read(&path).unwrap_err()
        };
        write(&path, Array2::<f64>::ones((4, 4)).view()).unwrap();
        let good = std::fs::read(&path).unwrap();
        for cut in [0, 5, 11, 40, good.len() - 1] {
            assert!(matches!(refused(&good[..cut]), Error::Format { .. }), "{cut}");
        }
        assert!(matches!(refused(&[&good[..], &[0]].concat()), Error::Format { .. }));
        let text = String::from_utf8_lossy(&good[..128]).into_owned();
        for (from, to) in [("(4, 4)", "(9999999, 9999999)"), ("(4, 4)", "(2, 2, 4)"), ("<f8", "<c8")] {
            assert!(text.contains(from));
            let mut header = text[10..].trim_end().replace(from, to);
            header.push_str(&" ".repeat(117_usize.saturating_sub(header.len())));
            header.push('\n');
            let mut bytes = good[..8].to_vec();
            bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
            bytes.extend(header.as_bytes());
            bytes.extend(&good[128..]);
            assert!(matches!(refused(&bytes), Error::Format { .. }), "{to}");
        }
        // A header that claims four gigabytes of itself.
        let mut huge = good.clone();
        huge[6] = 2;
        huge[8..12].fill(0xff);
        assert!(matches!(refused(&huge), Error::Format { offset: 8, .. }));
        assert!(matches!(NpyArray::read(folder.path().join("none.npy")), Err(Error::Io { .. })));
    }
}
