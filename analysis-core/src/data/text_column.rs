//! A column of text cells: numbers, plainly text, or something that would be lost if it were taken for text.
//!
//! Plainly text is a column with at least one word and no cell that is a number, true or false, or begins like a number.
//! A column of numbers has nothing else. Every other column is refused by its first cell that does not fit.

use super::cell::{TextCell, advice};
use super::found::{Contents, LARGEST_EXACT, SPLIT};
use crate::error::Error;
use crate::names::quoted;
use std::mem::discriminant;

/// Where a cell is.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    /// The row, from 0.
    pub row: usize,
    /// The line of the file, from 1, if there are lines.
    pub line: Option<usize>,
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "row {} (line {line})", self.row),
            None => write!(f, "row {}", self.row),
        }
    }
}

/// The first cell of a kind, and how many there are.
#[derive(Debug)]
struct Seen {
    at: At,
    cell: TextCell,
    text: String,
    count: usize,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is {}", self.at, quoted(&self.text))
    }
}

/// What has been seen of a column so far.
#[derive(Debug, Default)]
pub(super) struct TextColumn {
    /// Whether the cells themselves are kept.
    keep: bool,
    cells: Vec<String>,
    numbers: Vec<f64>,
    /// The kinds of cells, in the order in which they came.
    seen: Vec<Seen>,
    /// The first whole number beyond 2⁵³, written without a point or an exponent.
    beyond: Option<At>,
}

impl TextColumn {
    /// A column yet without cells; `split` keeps its own.
    pub(super) fn new(name: &str) -> TextColumn {
        TextColumn { keep: name.eq_ignore_ascii_case(SPLIT), ..TextColumn::default() }
    }

    pub(super) fn push(&mut self, text: &str, at: At) {
        if self.keep {
            self.cells.push(text.to_string());
        }
        let cell = TextCell::of(text);
        match cell {
            TextCell::Number(value) => {
                let is_whole = |byte| matches!(byte, b'0'..=b'9' | b'-' | b'+');
                if value.abs() >= LARGEST_EXACT && text.trim().bytes().all(is_whole) {
                    self.beyond = self.beyond.or(Some(at));
                }
                self.numbers.push(value);
            }
            TextCell::Truth(value) => self.numbers.push(f64::from(u8::from(value))),
            _ => {}
        }
        match self.seen.iter_mut().find(|seen| discriminant(&seen.cell) == discriminant(&cell)) {
            Some(seen) => seen.count += 1,
            None => self.seen.push(Seen { at, cell, text: text.to_string(), count: 1 }),
        }
    }

    /// What the column holds; `name` and `what` (the file) are for messages.
    pub(super) fn finish(self, name: &str, column: usize, what: &str) -> Contents {
        let refuse = |reason: String| Contents::Refused(Error::table(what, reason));
        let name = quoted(name);
        let first = |is: fn(&TextCell) -> bool| self.seen.iter().find(|seen| is(&seen.cell));
        let number = first(|cell| matches!(cell, TextCell::Number(_)));
        let truth = first(|cell| matches!(cell, TextCell::Truth(_)));
        let like = first(|cell| *cell == TextCell::NumberLike);
        let Some(bad) = first(|cell| !matches!(cell, TextCell::Number(_) | TextCell::Truth(_))) else {
            if let (Some(number), Some(truth)) = (number, truth) {
                let later = if number.at.row > truth.at.row { number } else { truth };
                return refuse(format!(
                    "column {name} mixes numbers with true and false, first at {later}: write 1 and 0"
                ));
            }
            if let Some(at) = self.beyond {
                return Contents::Refused(inexact(what, &format!("column {name}, {at}")));
            }
            return Contents::Numbers(self.numbers);
        };
        if number.is_none() && truth.is_none() && like.is_none() {
            if let Some(text) = first(|cell| *cell == TextCell::Text) {
                return Contents::Text { example: text.to_string(), cells: self.cells };
            }
            if let Some(word) = first(|cell| *cell == TextCell::TruthLike) {
                let way = "only true and false are read, or numbers: write 1 and 0";
                return refuse(format!("column {name}, {word}: {way}"));
            }
            if first(|cell| matches!(cell, TextCell::NotFinite(_))).is_none() {
                return Contents::Empty;
            }
        }
        match bad.cell {
            TextCell::NotFinite(value) => {
                let line = bad.at.line.map_or(String::new(), |line| format!(", line {line}"));
                let what = format!("{what}, column {name}{line}");
                Contents::Refused(Error::NotFinite { what, row: bad.at.row, column, value })
            }
            TextCell::Missing => {
                let says = if bad.text.trim().is_empty() {
                    format!("is empty at {}", bad.at)
                } else {
                    format!("has no number at {}, {},", bad.at, quoted(&bad.text))
                };
                refuse(format!("column {name} {says} ({} such cells); fill or drop these rows", bad.count))
            }
            TextCell::NumberLike => {
                refuse(format!("column {name}, {bad}, not a number: {}", advice(&bad.text)))
            }
            _ => {
                // What speaks against plain text.
                let others = match (number, truth, like) {
                    (Some(number), ..) => format!("{} is a number", number.at),
                    (None, Some(truth), _) => truth.to_string(),
                    (None, None, Some(like)) => format!("{like}, which begins like one"),
                    (None, None, None) => "no cell is a number".to_string(),
                };
                refuse(format!("column {name}, {bad}, not a number, while {others}; mend the cell"))
            }
        }
    }
}

/// Whole numbers that f64 does not hold.
pub(super) fn inexact(what: &str, place: &str) -> Error {
    let reason = "whole numbers beyond 2^53 cannot be kept exactly (is it an identifier?)";
    Error::table(what, format!("{place}: {reason}"))
}
