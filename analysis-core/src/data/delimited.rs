//! The cells of a text in which a character separates them (RFC 4180: commas, double quotes), one record after the other,
//! each with the line it begins on. What a more lenient reader would guess at is refused with its line.

use crate::names::quoted;
use std::borrow::Cow;

/// One cell as it stands in the file, quotes taken off.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field<'a> {
    pub text: Cow<'a, str>,
    pub in_quotes: bool,
}

/// What a text cannot be taken apart for, and where.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    /// The line, from 1, on which the record or the quote begins.
    pub line: usize,
    pub problem: String,
}

/// Goes through a text record by record.
pub(super) struct Records<'a> {
    rest: &'a str,
    separator: char,
    line_end: char,
    /// The line that `rest` begins on.
    line: usize,
}

impl<'a> Records<'a> {
    /// Lines end in `\n` or `\r\n`; in a text without any `\n`, in `\r`.
    pub(super) fn new(text: &'a str, separator: char) -> Records<'a> {
        let line_end = if text.contains('\n') { '\n' } else { '\r' };
        Records { rest: text, separator, line_end, line: 1 }
    }

    /// Whether the lines end as those of Macs before 2001 did.
    pub(super) fn of_old_macs(text: &str) -> bool {
        !text.contains('\n') && text.contains('\r')
    }

    /// The next record's cells into `fields`, and the line it begins on; `None` at the end. Blank lines at the end are no
    /// records, others a fault.
    pub(super) fn next(&mut self, fields: &mut Vec<Field<'a>>) -> Result<Option<usize>, Fault> {
        let mut blank = None;
        loop {
            fields.clear();
            if self.rest.is_empty() {
                return Ok(None);
            }
            let line = self.line;
            while self.field(fields)? {}
            let is_blank =
                matches!(fields.as_slice(), [only] if !only.in_quotes && only.text.trim().is_empty());
            match blank {
                _ if is_blank => blank = blank.or(Some(line)),
                None => return Ok(Some(line)),
                Some(line) => {
                    let problem = "is blank: take it out, or write its cells".to_string();
                    return Err(Fault { line, problem });
                }
            }
        }
    }

    /// One cell; whether another one follows in this record.
    fn field(&mut self, fields: &mut Vec<Field<'a>>) -> Result<bool, Fault> {
        let start = self.rest.trim_start_matches([' ', '\t']);
        let skipped = &self.rest[..self.rest.len() - start.len()];
        if start.starts_with('"') && !skipped.contains(self.separator) {
            self.rest = &start[1..];
            return self.quoted_field(fields);
        }
        let (text, more) = self.unquoted();
        fields.push(Field { text: Cow::Borrowed(text), in_quotes: false });
        Ok(more)
    }

    /// What stands before the next separator or line end, and whether it was a separator.
    fn unquoted(&mut self) -> (&'a str, bool) {
        let (separator, line_end) = (self.separator, self.line_end);
        match self.rest.find([separator, line_end]) {
            None => (std::mem::take(&mut self.rest).trim_end_matches('\r'), false),
            Some(end) => {
                let text = &self.rest[..end];
                let more = self.rest[end..].starts_with(separator);
                // Both are one byte long.
                self.rest = &self.rest[end + 1..];
                self.line += usize::from(!more);
                (if more { text } else { text.trim_end_matches('\r') }, more)
            }
        }
    }

    /// What follows an opening quote.
    fn quoted_field(&mut self, fields: &mut Vec<Field<'a>>) -> Result<bool, Fault> {
        let (line, whole) = (self.line, self.rest);
        let mut text = Cow::Borrowed("");
        loop {
            let Some(end) = self.rest.find('"') else {
                let shown = quoted(whole);
                let problem = format!(
                    "opens a double quote that is never closed, before {shown}; take it out or close it"
                );
                return Err(Fault { line, problem });
            };
            let part = &self.rest[..end];
            self.line += part.matches(self.line_end).count();
            self.rest = &self.rest[end + 1..];
            if text.is_empty() {
                text = Cow::Borrowed(part)
            } else {
                text.to_mut().push_str(part)
            }
            if !self.rest.starts_with('"') {
                break;
            }
            text.to_mut().push('"');
            self.rest = &self.rest[1..];
        }
        let closed = self.line;
        let (after, more) = self.unquoted();
        if !after.trim().is_empty() {
            let until = if closed > line { format!(" and ends on line {closed}") } else { String::new() };
            let problem = format!(
                "has a cell in double quotes, {}{until}, with {} after the closing quote; a quote inside a cell is \
                 written twice",
                quoted(&text),
                quoted(after)
            );
            return Err(Fault { line, problem });
        }
        fields.push(Field { text, in_quotes: true });
        Ok(more)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn records(text: &str, separator: char) -> Result<Vec<(usize, Vec<String>)>, Fault> {
        let (mut records, mut fields, mut all) = (Records::new(text, separator), Vec::new(), Vec::new());
        while let Some(line) = records.next(&mut fields)? {
            all.push((line, fields.iter().map(|field| field.text.to_string()).collect()));
        }
        Ok(all)
    }

    fn cells(text: &str) -> Vec<(usize, Vec<String>)> {
        records(text, ',').unwrap()
    }

    fn row(line: usize, cells: &[&str]) -> (usize, Vec<String>) {
        (line, cells.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn cells_are_found() {
        let two = [row(1, &["a", "b"]), row(2, &["1", " 2"])];
        for text in [
            "a,b\n1, 2\n",
            "a,b\r\n1, 2\r\n",
            "a,b\r1, 2\r",
            "a,b\n1, 2",
            "a,b\n1, 2\n\n \n\r\n",
            "a,b\r\n1, 2\r\r\n",
        ] {
            assert_eq!(cells(text), two, "{text:?}");
        }
        assert_eq!(cells(",\n,"), [row(1, &["", ""]), row(2, &["", ""])]);
        assert_eq!(cells(""), []);
        assert_eq!(cells("\n\n"), []);
        assert_eq!(records("a\tb\n\t\n", '\t').unwrap(), [row(1, &["a", "b"]), row(2, &["", ""])]);
    }

    #[test]
    fn quotes_hold_separators_line_ends_and_doubled_quotes() {
        assert_eq!(
            cells("\"a,b\",\"c \"\"q\"\"\",e\n1,2,3"),
            [row(1, &["a,b", "c \"q\"", "e"]), row(2, &["1", "2", "3"])]
        );
        assert_eq!(cells("\"1,\n5\" , \"\"\nx,y"), [row(1, &["1,\n5", ""]), row(3, &["x", "y"])]);
        assert_eq!(cells("5\" pipe,\"\"\"\"\n"), [row(1, &["5\" pipe", "\""])]);
        assert_eq!(records("a;\"b;c\"\n", ';').unwrap(), [row(1, &["a", "b;c"])]);
        assert_eq!(records("a\t\"b\"\n", '\t').unwrap(), [row(1, &["a", "b"])]);
    }

    #[test]
    fn faults_name_their_line() {
        let fault = |text: &str| records(text, ',').unwrap_err();
        let open = fault(&format!("a,b\n1,2\n\"5 pipe,3\n{}", "7,8\n".repeat(1000)));
        assert_eq!(open.line, 3);
        assert!(
            open.problem.contains("never closed, before \"5 pipe,3") && open.problem.len() < 200,
            "{open:?}"
        );
        let after = fault("a,b\n\"x\ny\" z,3\n");
        assert_eq!(after.line, 2);
        assert!(after.problem.contains("ends on line 3, with \" z\" after the closing quote"), "{after:?}");
        assert_eq!(fault("a,b\n1,2\n\n3,4\n").line, 3);
    }
}
