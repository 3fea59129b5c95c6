//! The text of a file of the user's own, whatever encoding announces itself; or what the file is instead.

use crate::error::{Error, Result};
use std::ffi::OsStr;
use std::path::Path;

/// The text, and what should be said of it.
pub(super) fn text(path: &Path, bytes: Vec<u8>) -> Result<String> {
    if let Some(kind) = other_kind(path, &bytes) {
        return Err(Error::format(path, 0, kind));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return utf8(path, rest.to_vec());
    }
    match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Err(Error::format(path, 0, format!("UTF-32 is not read: {}", iconv(path, "UTF-32"))))
        }
        [0xff, 0xfe, rest @ ..] => utf16(path, rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(path, rest, u16::from_be_bytes),
        _ => utf8(path, bytes),
    }
}

fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String> {
    if let Some(zero) = bytes.iter().position(|byte| *byte == 0) {
        let kind = if zero % 2 == 1 { "UTF-16LE" } else { "UTF-16BE" };
        let problem = format!(
            "a zero byte, so this is no plain text; if it is UTF-16 without its mark: {}",
            iconv(path, kind)
        );
        return Err(Error::format(path, zero as u64, problem));
    }
    String::from_utf8(bytes).map_err(|bad| {
        let at = bad.utf8_error().valid_up_to();
        let line = 1 + bad.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        let problem = format!(
            "line {line} is not UTF-8 text; from Windows or western Europe it is often this: {}",
            iconv(path, "WINDOWS-1252")
        );
        Error::format(path, at as u64, problem)
    })
}

fn utf16(path: &Path, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(Error::format(path, 2 + bytes.len() as u64, "UTF-16 with half a character at its end"));
    }
    let mut place = 2;
    let mut text = String::with_capacity(pairs.len());
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let Ok(character) = decoded else {
            return Err(Error::format(path, place as u64, "half a character of UTF-16: the file is damaged"));
        };
        place += 2 * character.len_utf16();
        text.push(character);
    }
    Ok(text)
}

/// The command that makes UTF-8 of a file, ready to be pasted.
fn iconv(path: &Path, from: &str) -> String {
    let name = path.display().to_string();
    let made = path.with_extension("utf8.csv").display().to_string();
    format!("iconv -f {from} -t UTF-8 {} > {}", for_shell(&name), for_shell(&made))
}

/// A path as a shell takes it for one word.
fn for_shell(path: &str) -> String {
    if path.chars().all(|c| c.is_alphanumeric() || "/._-+".contains(c)) {
        return path.to_string();
    }
    format!("'{}'", path.replace('\'', "'\\''"))
}

/// What a file that is no text is, and what to do.
fn other_kind(path: &Path, bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 10] = [
        (b"\x1f\x8b", "the file is compressed, which is not read here: unpack it first (gunzip)"),
        (b"\x28\xb5\x2f\xfd", "the file is compressed, which is not read here: unpack it first (unzstd)"),
        (b"BZh", "the file is compressed, which is not read here: unpack it first (bunzip2)"),
        (b"\xfd7zXZ\0", "the file is compressed, which is not read here: unpack it first (unxz)"),
        (
            b"\xd0\xcf\x11\xe0",
            "this is a spreadsheet (.xls) or another document of Office: export it as CSV or Parquet",
        ),
        (b"PAR1", "this is a Parquet file: give it as one (--parquet, Dataset::from_parquet)"),
        (b"ARROW1", "this is an Arrow or Feather file, not CSV: write it as Parquet"),
        (
            b"\x93NUMPY",
            "this is a .npy array, not CSV: write a table with a header line (a Gram matrix: give --gram)",
        ),
        (b"\x89HDF", "this is an HDF5 file, not CSV: write the table as CSV or Parquet"),
        (b"%PDF", "this is a PDF document, not CSV"),
    ];
    if bytes.starts_with(b"PK\x03\x04") {
        let holds = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        let named = |extension: &OsStr| {
            ["xlsx", "ods", "xlsm"].iter().any(|kind| extension.eq_ignore_ascii_case(kind))
        };
        let spreadsheet =
            path.extension().is_some_and(named) || holds(b"xl/") || holds(b"opendocument.spreadsheet");
        return Some(if spreadsheet {
            "this is a spreadsheet (.xlsx, .ods), not CSV: export its table as CSV or Parquet"
        } else {
            "this is a zip archive, not CSV: unpack it first"
        });
    }
    KINDS.iter().find(|(beginning, _)| bytes.starts_with(beginning)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(bytes: &[u8]) -> Result<String> {
        text(Path::new("a b.csv"), bytes.to_vec())
    }

    #[test]
    fn marks_of_encodings_are_understood() {
        let wanted = "x,ü\n1,\u{1d54f}\n";
        assert_eq!(read(wanted.as_bytes()).unwrap(), wanted);
        assert_eq!(read(&[b"\xef\xbb\xbf", wanted.as_bytes()].concat()).unwrap(), wanted);
        let units = || wanted.encode_utf16();
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect();
        assert_eq!((read(&little).unwrap(), read(&big).unwrap()), (wanted.to_string(), wanted.to_string()));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let refused = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(refused(b"PK\x03\x04..xl/workbook.xml").contains("spreadsheet"));
        assert!(refused(b"PK\x03\x04..a.csv").contains("zip archive"));
        assert!(refused(b"PAR1").contains("--parquet"));
        assert!(refused(&[0xff, 0xfe, 0, 0, 1]).contains("UTF-32"));
        assert!(refused(&[0xff, 0xfe, b'x']).contains("half a character"));
        assert!(refused(&[0xff, 0xfe, 0, 0xdc]).contains("half a character"));
        assert!(refused(b"x\0,\0").contains("iconv -f UTF-16LE -t UTF-8 'a b.csv' > 'a b.utf8.csv'"));
        let latin = refused(b"a,b\n\xfc,1\n");
        assert!(latin.contains("line 2") && latin.contains("WINDOWS-1252"), "{latin}");
    }
}
