//! Sizes, limits, and what the system says of them.
#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn sizes_are_read_as_documented() {
    let cases = [
        ("0", 0),
        ("12345", 12345),
        ("512M", 512 << 20),
        (" 2g ", 2 << 30),
        ("3KiB", 3 << 10),
        ("1T", 1 << 40),
    ];
    for (text, bytes) in cases {
        assert_eq!(parse_size(text).unwrap(), bytes, "{text}");
    }
    for text in ["", "M", "-1", "1.5G", "2X", "99999999999999999999", "99999999T"] {
        assert!(matches!(parse_size(text), Err(Error::Parameter { .. })), "{text}");
    }
}

#[test]
fn refuses_exactly_above_what_is_available() {
    assert!(compare("x", 100, 100).is_ok());
    let refused = compare("a Gram matrix", 101, 100).unwrap_err();
    assert_eq!(refused, Error::Memory { what: "a Gram matrix".into(), needed: 101, available: 100 });
}

#[test]
fn sizes_stop_at_the_largest_number() {
    let (most, half) = (Bytes(u64::MAX), Bytes(1 << 63));
    assert_eq!(
        [half + half, half * 2, Bytes::of::<f64>(1 << 61, 1), Bytes::of::<u8>(1 << 40, 1 << 40)],
        [most; 4]
    );
    assert_eq!(Bytes::of::<f64>(1 << 60, 1), half);
    assert_eq!(Bytes::of::<f64>(usize::MAX, 0), Bytes(0));
    assert_eq!([Bytes(1), Bytes(2), Bytes(4)].into_iter().sum::<Bytes>(), Bytes(7));
    let message = most.require("everything").unwrap_err().to_string();
    assert!(message.contains("everything: more bytes than can be counted"), "{message}");
}

#[test]
fn reads_meminfo_and_groups() {
    assert_eq!(mem_available("MemTotal: 9 kB\nMemAvailable:   24 kB\n"), Some(24 * 1024));
    assert_eq!(mem_available("MemTotal: 9 kB\n"), None);
    let folders = group_folders("5:cpu:/a\n4:memory:/b/c\n0::/d\n", Path::new("/g"));
    let expected: Vec<PathBuf> =
        ["/g", "/g/memory", "/g/memory/b/c", "/g/memory/b", "/g/d"].iter().map(PathBuf::from).collect();
    assert_eq!(folders, expected);
}

#[test]
fn both_versions_of_control_groups() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    assert_eq!(group_free(folder.path()), None);
    write("memory.limit_in_bytes", "1000\n");
    write("memory.usage_in_bytes", "700\n");
    write("memory.stat", "cache 5\ntotal_inactive_file 100\ninactive_file 1\n");
    assert_eq!(group_free(folder.path()), Some(400));
    write("memory.limit_in_bytes", "9223372036854771712\n");
    assert_eq!(group_free(folder.path()), None);
    write("memory.max", "max\n");
    assert_eq!(group_free(folder.path()), None);
    write("memory.max", "2000\n");
    write("memory.current", "2500\n");
    assert_eq!(group_free(folder.path()), Some(0));
}

#[test]
fn a_small_limit_refuses_a_gram_matrix() {
    use crate::kernel::Kernel;
    limited("memory::tests::a_small_limit_refuses_a_gram_matrix", "1M", || {
        let refused = Kernel::default().gram(ndarray::Array2::ones((1000, 2)).view()).unwrap_err();
        assert!(
            matches!(refused, Error::Memory { needed: 8_024_000, available: 1_048_576, .. }),
            "{refused}"
        );
        assert!(Kernel::default().gram(ndarray::Array2::ones((100, 2)).view()).is_ok());
        assert!(require("x", SMALL).is_ok() && require("x", SMALL + 1).is_err());
    });
}

/// A limit below what the system is not asked for counts all the same.
#[test]
fn a_limit_is_held_to_however_small() {
    limited("memory::tests::a_limit_is_held_to_however_small", "1K", || {
        assert!(require("x", 1024).is_ok());
        assert!(matches!(require("x", 1025), Err(Error::Memory { available: 1024, .. })));
    });
}

#[test]
fn a_limit_that_is_none_is_refused() {
    limited("memory::tests::a_limit_that_is_none_is_refused", "much", || {
        assert!(matches!(require("x", 1), Err(Error::Parameter { .. })));
    });
}
