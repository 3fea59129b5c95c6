//! `.npy` in and out: a Gram matrix made in JAX or PyTorch, or ours for Python.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use ndarray::Array2;
use ndarray_npy::{ReadNpyExt, WriteNpyExt, npy::header::Header};
use sha2::{Digest, Sha256};

use super::gram_matrix::{Gram, GramOrigin};
use crate::error::{Error, Result};
use crate::memory;

/// What a header may say for an array of two dimensions; numpy's is below 130 bytes.
const LARGEST_HEADER: usize = 4096;

impl Gram {
    /// Reads K from a `.npy` file: shape (n, n), `<f8` or `<f4`, C or Fortran order.
    ///
    /// The checks of [`Gram::from_array`]; for `<f4` with single precision's ε, the numbers then widened. The header is
    /// held against the file's size before anything is allocated. The file's SHA-256 is kept in [`Gram::origin`].
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] for a header that is not `.npy`'s, another type, or a size that does not fit;
    /// [`Error::Memory`]; and those of [`Gram::from_array`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Gram;
    /// use analysis_core::ndarray::array;
    /// let path = std::env::temp_dir().join(format!("gram-{}.npy", std::process::id()));
    /// Gram::from_array(array![[2.0, 1.0], [1.0, 2.0]])?.write_npy(&path)?;
    /// assert_eq!(Gram::read_npy(&path)?.view(), array![[2.0, 1.0], [1.0, 2.0]]);
    /// # std::fs::remove_file(&path).ok();
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Gram> {
        let path = path.as_ref();
        let mut file = File::open(path).map_err(|e| Error::io(path, "read", &e))?;
        let size = file.metadata().map_err(|e| Error::io(path, "read", &e))?.len();
        let layout = Layout::read(&mut file, path, size)?;
        let entries = layout.n * layout.n;
        let narrow = if layout.single { 4 * entries } else { 0 };
        memory::require(&format!("the Gram matrix in {}", path.display()), 8 * entries + narrow)?;
        let file = File::open(path).map_err(|e| Error::io(path, "read", &e))?;
        let mut reader = Hashing { inner: BufReader::with_capacity(1 << 20, file), hash: Sha256::new() };
        let failed = |e: &dyn std::fmt::Display| Error::Format {
            path: path.to_path_buf(),
            offset: layout.data,
            problem: e.to_string(),
        };
        let (k, epsilon) = if layout.single {
            let k = Array2::<f32>::read_npy(&mut reader).map_err(|e| failed(&e))?;
            (k.mapv(f64::from), f64::from(f32::EPSILON))
        } else {
            (Array2::<f64>::read_npy(&mut reader).map_err(|e| failed(&e))?, f64::EPSILON)
        };
        let sha256: String = reader.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        // The spectrum and the views want rows in order.
        let k = if k.is_standard_layout() { k } else { k.as_standard_layout().into_owned() };
        Gram::checked(k, epsilon, GramOrigin::File { path: path.to_path_buf(), sha256 })
    }

    /// Writes K as `.npy`, `<f8`, C order, through a file beside it and a rename: never half a matrix.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_npy(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let written = self
            .write_to(&part)
            .and_then(|()| std::fs::rename(&part, path).map_err(|e| Error::io(path, "rename", &e)));
        if written.is_err() {
            // The first error is the one to tell.
            std::fs::remove_file(&part).ok();
        }
        written
    }

    fn write_to(&self, path: &Path) -> Result<()> {
        let failed = |e: &std::io::Error| Error::io(path, "write", e);
        let mut file = BufWriter::new(File::create(path).map_err(|e| Error::io(path, "create", &e))?);
        self.view().write_npy(&mut file).map_err(|e| failed(&std::io::Error::other(e.to_string())))?;
        file.flush().map_err(|e| failed(&e))?;
        file.get_ref().sync_all().map_err(|e| failed(&e))
    }
}

/// What the header promises, checked against the file's size.
struct Layout {
    n: u64,
    single: bool,
    /// Where the numbers start.
    data: u64,
}

impl Layout {
    fn read(file: &mut File, path: &Path, size: u64) -> Result<Self> {
        let format =
            |offset: u64, problem: String| Error::Format { path: path.to_path_buf(), offset, problem };
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
            return Err(format(
                8,
                format!("the header's length {length} is beyond the file or beyond {LARGEST_HEADER}"),
            ));
        }
        let header = Header::from_reader(&mut head.as_slice()).map_err(|e| format(0, e.to_string()))?;
        let kind = header.type_descriptor.to_string();
        let single = match kind.trim_matches(['\'', '"']) {
            "<f8" => false,
            "<f4" => true,
            _ => return Err(format(start, format!("the numbers are {kind}; expected '<f8' or '<f4'"))),
        };
        let &[rows, columns] = header.shape.as_slice() else {
            return Err(format(start, format!("the shape is {:?}; expected (n, n)", header.shape)));
        };
        if rows != columns {
            return Err(Error::Shape {
                what: format!("the Gram matrix in {}", path.display()),
                expected: "(n, n)".to_string(),
                found: format!("({rows}, {columns})"),
            });
        }
        let width = if single { 4 } else { 8 };
        let n = rows as u64;
        let expected = n.checked_mul(n).and_then(|e| e.checked_mul(width)).and_then(|b| b.checked_add(data));
        if expected != Some(size) {
            return Err(format(
                size,
                format!("the file has {size} bytes; its header's ({rows}, {columns}) does not fit"),
            ));
        }
        Ok(Layout { n, single, data })
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
    use ndarray::{ShapeBuilder, array};

    fn symmetric(n: usize) -> Array2<f64> {
        Array2::from_shape_fn((n, n), |(i, j)| 1.0 / (1.0 + (i + j) as f64))
    }

    #[test]
    fn round_trips_in_both_precisions_and_orders() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.npy");
        let gram = Gram::from_array(symmetric(7)).unwrap();
        gram.write_npy(&path).unwrap();
        let back = Gram::read_npy(&path).unwrap();
        assert_eq!(back.view(), gram.view());
        let GramOrigin::File { sha256, .. } = back.origin() else { unreachable!() };
        let digest = Sha256::digest(std::fs::read(&path).unwrap());
        assert_eq!(*sha256, digest.iter().map(|b| format!("{b:02x}")).collect::<String>());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no part file is left");

        let mut fortran = Array2::zeros((7, 7).f());
        fortran.assign(&symmetric(7));
        ndarray_npy::write_npy(&path, &fortran).unwrap();
        assert_eq!(Gram::read_npy(&path).unwrap().view(), gram.view());

        // Single precision: asymmetric by one of its roundings is still symmetric.
        let mut single = symmetric(7).mapv(|v| v as f32);
        single[[0, 1]] *= 1.0 + f32::EPSILON;
        ndarray_npy::write_npy(&path, &single).unwrap();
        let widened = Gram::read_npy(&path).unwrap();
        assert!((&widened.view() - &gram.view()).iter().all(|d| d.abs() < 2e-7));
        assert_eq!(widened.view(), widened.view().t());
    }

    #[test]
    fn wrong_files_are_refused_before_anything_is_allocated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.npy");
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            Gram::read_npy(&path).unwrap_err()
        };
        Gram::from_array(symmetric(4)).unwrap().write_npy(&path).unwrap();
        let good = std::fs::read(&path).unwrap();
        for cut in [0, 5, 11, 40, good.len() - 1] {
            assert!(matches!(refused(&good[..cut]), Error::Format { .. }), "{cut}");
        }
        assert!(matches!(refused(&[&good[..], &[0]].concat()), Error::Format { .. }));
        let text = String::from_utf8_lossy(&good[..128]).into_owned();
        for (from, to) in
            [("(4, 4)", "(9999999, 9999999)"), ("(4, 4)", "(16,)"), ("(4, 4)", "(2, 8)"), ("<f8", "<i8")]
        {
            assert!(text.contains(from));
            let mut header = text[10..].trim_end().replace(from, to);
            header.push_str(&" ".repeat(117_usize.saturating_sub(header.len())));
            header.push('\n');
            let mut bytes = good[..8].to_vec();
            bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
            bytes.extend(header.as_bytes());
            bytes.extend(&good[128..]);
            assert!(matches!(refused(&bytes), Error::Format { .. } | Error::Shape { .. }), "{to}");
        }
        // A header that claims four gigabytes of itself.
        let mut huge = good.clone();
        huge[6] = 2;
        huge[8..12].fill(0xff);
        assert!(matches!(refused(&huge), Error::Format { offset: 8, .. }));
        ndarray_npy::write_npy(&path, &array![[1.0, f64::NAN], [f64::NAN, 1.0]]).unwrap();
        assert!(matches!(Gram::read_npy(&path), Err(Error::NotFinite { row: 0, column: 1, .. })));
        assert!(matches!(Gram::read_npy(folder.path().join("none.npy")), Err(Error::Io { .. })));
    }
}
