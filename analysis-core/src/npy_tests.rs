//! What `.npy` files are read, and which are refused.
#![allow(clippy::unwrap_used)]
use super::*;
use ndarray::Array1;

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

/// A file as numpy writes it: this header, these bytes.
fn file(descriptor: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descriptor}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
    header.push_str(&" ".repeat(117 - header.len()));
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), data].concat()
}

fn read(bytes: &[u8]) -> Result<NpyArray> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    std::fs::write(&path, bytes).unwrap();
    NpyArray::read(&path)
}

/// 3 and −2 (or 254, …) in every type that numpy has for them, in both orders of bytes.
#[test]
fn every_width_and_both_orders_of_bytes() {
    macro_rules! both {
        ($type:ty, $name:literal, $second:expr) => {
            for big in [false, true] {
                let bytes: Vec<u8> = [3 as $type, $second]
                    .iter()
                    .flat_map(|v| if big { v.to_be_bytes().to_vec() } else { v.to_le_bytes().to_vec() })
                    .collect();
                let order = if big { ">" } else { "<" };
                let found = read(&file(&format!("{order}{}", $name), "False", "(2,)", &bytes)).unwrap();
                assert_eq!(found.values, ndarray::array![[3.0], [$second as f64]], "{order}{}", $name);
            }
        };
    }
    both!(i8, "i1", -2);
    both!(i16, "i2", -2);
    both!(i32, "i4", -2);
    both!(i64, "i8", -2);
    both!(u8, "u1", 254);
    both!(u16, "u2", 65534);
    both!(u32, "u4", u32::MAX);
    both!(u64, "u8", 1_u64 << 53);
    both!(f32, "f4", -0.5);
    both!(f64, "f8", -0.1);
    assert_eq!(read(&file("|b1", "False", "(2,)", &[1, 0])).unwrap().values, ndarray::array![[1.0], [0.0]]);
}

#[test]
fn whole_numbers_that_no_double_is_are_refused() {
    for (kind, bytes) in
        [("<u8", ((1_u64 << 53) + 1).to_le_bytes()), (">i8", (-(1_i64 << 53) - 1).to_be_bytes())]
    {
        let error = read(&file(kind, "False", "(1,)", &bytes)).unwrap_err().to_string();
        assert!(error.contains("2^53"), "{error}");
    }
    assert!(read(&file("|b1", "False", "(1,)", &[2])).unwrap_err().to_string().contains("byte 2"));
}

/// What is announced is what is taken: of a file, whose size is known, no more room than its numbers need.
#[test]
fn a_file_takes_the_room_of_its_numbers() {
    let numbers = vec![0; 8 * 9000];
    for (size, most) in [(Some(()), 9000), (None, usize::MAX)] {
        let bytes = file("<f8", "False", "(9000,)", &numbers);
        let (path, mut reader) = (Path::new("a.npy"), bytes.as_slice());
        let layout = Layout::read(&mut reader, path, size.map(|()| bytes.len() as u64), &mut plain).unwrap();
        let values = layout.numbers(&mut reader, path).unwrap();
        assert!(values.len() == 9000 && values.capacity() <= most, "{}", values.capacity());
    }
}

#[test]
fn headers_of_python_2_and_fortran_order() {
    let numbers: Vec<u8> = (1..=6).flat_map(|v| f64::from(v).to_le_bytes()).collect();
    let two = read(&file("<f8", "False", "(2L, 3L)", &numbers)).unwrap().values;
    assert_eq!(two, ndarray::array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let fortran = read(&file("<f8", "True", "(2L, 3L)", &numbers)).unwrap().values;
    assert_eq!(fortran, ndarray::array![[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]);
    assert!(fortran.is_standard_layout());
}

/// A pipe has no size and cannot be read twice.
#[cfg(unix)]
#[test]
fn pipes_are_read_to_their_end() {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    let numbers: Vec<u8> = (0..40_000).flat_map(|v| f64::from(v).to_le_bytes()).collect();
    let good = file("<f8", "False", "(200, 200)", &numbers);
    let through = |bytes: Vec<u8>| {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        let sending = std::thread::spawn(move || writer.write_all(&bytes));
        let found = NpyArray::read(path);
        drop(reader);
        let _ = sending.join().unwrap();
        found
    };
    let found = through(good.clone()).unwrap();
    assert_eq!((found.values.dim(), found.values[[199, 199]]), ((200, 200), 39_999.0));
    assert_eq!(found.sha256, checksum::sha256(&good));
    assert!(through(good[..good.len() - 1].to_vec()).unwrap_err().to_string().contains("ends before"));
    assert!(through([&good[..], b"x"].concat()).unwrap_err().to_string().contains("goes on"));
    let huge = through(file("<f8", "False", "(9999999999, 9999999999)", b"")).unwrap_err().to_string();
    assert!(huge.contains("more than there can be") && !huge.contains("0 bytes"), "{huge}");
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
