//! Lines of a CSV file that a reader stumbles over.

/// The bytes without blank lines at their end, which would count as rows of empty cells.
pub(super) fn without_blank_end(bytes: &mut Vec<u8>) {
    let kept = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    // One line end stays as it was.
    let end = if bytes[kept..].starts_with(b"\r\n") { kept + 2 } else { bytes.len().min(kept + 1) };
    bytes.truncate(end);
}

/// A line with more cells than the header has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ragged {
    /// Its number in the file, from 1: where it begins, if a quoted cell spans several.
    pub line: usize,
    pub cells: usize,
    pub expected: usize,
}

/// The first line with more cells than the header. Separators and line ends inside double quotes do not count.
pub(super) fn first_ragged(bytes: &[u8], separator: u8) -> Option<Ragged> {
    let (mut quoted, mut cells, mut line, mut begin) = (false, 1, 1, 1);
    let mut expected = None;
    for &byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' => {
                line += 1;
                if !quoted {
                    if cells > *expected.get_or_insert(cells) {
                        break;
                    }
                    (cells, begin) = (1, line);
                }
            }
            _ if byte == separator && !quoted => cells += 1,
            _ => {}
        }
    }
    expected.filter(|expected| cells > *expected).map(|expected| Ragged { line: begin, cells, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_with_too_many_cells_is_found() {
        let at = |text: &str| first_ragged(text.as_bytes(), b',').map(|r| (r.line, r.cells, r.expected));
        assert_eq!(at("a,b\n1,2\n1,2,3\n1,2,3,4\n"), Some((3, 3, 2)));
        assert_eq!(at("a,b\n1,2\n1,2,3"), Some((3, 3, 2)), "without a last line end");
        assert_eq!(at("a,b\n\"1,\n5\",2\n\"x\"\"y\",2,3\n"), Some((4, 3, 2)));
        assert_eq!(at("a,b\n1\n\"1,2\",3\n"), None);
        assert_eq!(at(""), None);
    }

    #[test]
    fn blank_lines_at_the_end_are_dropped() {
        for (text, kept) in [
            ("a\n1\n\n", "a\n1\n"),
            ("a\r\n1\r\n\r\n\r\n", "a\r\n1\r\n"),
            ("a\n1", "a\n1"),
            ("a\n1\n", "a\n1\n"),
            ("a\n\n1\n", "a\n\n1\n"),
            ("\n\n", "\n"),
            ("", ""),
        ] {
            let mut bytes = text.as_bytes().to_vec();
            without_blank_end(&mut bytes);
            assert_eq!(bytes, kept.as_bytes(), "{text:?}");
        }
    }
}
