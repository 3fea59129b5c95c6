//! A column of text cells: numbers, plainly text, or something that would be lost if it were taken for text.
//!
//! Plainly text is a column with at least one word and no cell that is a number, true or false, or begins like a number.
//! A column of numbers has nothing else. Every other column is refused by its first cell that does not fit.

use super::cell::{TextCell, advice};
use super::found::{Contents, LARGEST_EXACT, SPLIT};
use crate::error::Error;
use crate::names::quoted;

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
#[derive(Debug, Default)]
struct Seen {
    first: Option<(At, TextCell, String)>,
    count: usize,
}

/// What has been seen of a column so far.
#[derive(Debug, Default)]
pub(super) struct TextColumn {
    /// Whether the cells themselves are kept.
    keep: bool,
    cells: Vec<String>,
    numbers: Vec<f64>,
    number: Seen,
    truth: Seen,
    not_finite: Seen,
    missing: Seen,
    number_like: Seen,
    truth_like: Seen,
    text: Seen,
    /// A whole number beyond 2⁵³, written without a point or an exponent.
    beyond: Seen,
}

impl TextColumn {
    /// A column yet without cells; `split` keeps its own.
    pub(super) fn new(name: &str) -> TextColumn {
        TextColumn { keep: name.eq_ignore_ascii_case(SPLIT), ..TextColumn::default() }
    }

    pub(super) fn push(&mut self, text: &str, place: At) {
        if self.keep {
            self.cells.push(text.to_string());
        }
        let cell = TextCell::of(text);
        let seen = match cell {
            TextCell::Number(value) => {
                self.numbers.push(value);
                if value.abs() >= LARGEST_EXACT
                    && text.trim().bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'+')
                {
                    self.beyond.add(text, cell, place);
                }
                &mut self.number
            }
            TextCell::Truth(value) => {
                self.numbers.push(f64::from(u8::from(value)));
                &mut self.truth
            }
            TextCell::NotFinite(_) => &mut self.not_finite,
            TextCell::Missing => &mut self.missing,
            TextCell::NumberLike => &mut self.number_like,
            TextCell::TruthLike => &mut self.truth_like,
            TextCell::Text => &mut self.text,
        };
        seen.add(text, cell, place);
    }

    /// What the column holds; `name` and `what` (the file) are for messages.
    pub(super) fn finish(self, name: &str, column: usize, what: &str) -> Contents {
        let refuse = |reason: String| Contents::Refused(Error::table(what, reason));
        let name = quoted(name);
        let bad = [&self.not_finite, &self.missing, &self.number_like, &self.truth_like, &self.text];
        let first_bad = bad.into_iter().filter(|seen| seen.count > 0).min_by_key(|seen| seen.row());
        let (numbers, truths) = (self.number.count, self.truth.count);
        let Some(bad) = first_bad else {
            if numbers > 0 && truths > 0 {
                let later = if self.number.row() > self.truth.row() { &self.number } else { &self.truth };
                return refuse(format!(
                    "column {name} mixes numbers with true and false, first at {later}: write 1 and 0"
                ));
            }
            if let Some((place, ..)) = &self.beyond.first {
                return Contents::Refused(inexact(what, &format!("column {name}, {place}")));
            }
            return Contents::Numbers(self.numbers);
        };
        if numbers + truths + self.number_like.count == 0 {
            if self.text.count > 0 {
                return Contents::Text { example: self.text.to_string(), cells: self.cells };
            }
            if self.truth_like.count > 0 {
                let seen = &self.truth_like;
                return refuse(format!(
                    "column {name}, {seen}: only true and false are read, or numbers: write 1 and 0"
                ));
            }
            if self.not_finite.count == 0 {
                return Contents::Empty;
            }
        }
        let Some((place, cell, text)) = &bad.first else { return Contents::Empty };
        // The first of what speaks against plain text.
        let others = match (&self.number.first, self.truth.count, self.number_like.count) {
            (Some((place, ..)), ..) => format!("{place} is a number"),
            (None, 1.., _) => self.truth.to_string(),
            (None, 0, 1..) => format!("{}, which begins like one", self.number_like),
            (None, 0, 0) => "no cell is a number".to_string(),
        };
        match cell {
            TextCell::NotFinite(value) => Contents::Refused(Error::NotFinite {
                what: match place.line {
                    Some(line) => format!("{what}, column {name}, line {line}"),
                    None => format!("{what}, column {name}"),
                },
                row: place.row,
                column,
                value: *value,
            }),
            TextCell::Missing => {
                let says = if text.trim().is_empty() {
                    format!("is empty at {place}")
                } else {
                    format!("has no number at {place}, {},", quoted(text))
                };
                refuse(format!("column {name} {says} ({} such cells); fill or drop these rows", bad.count))
            }
            TextCell::NumberLike => refuse(format!("column {name}, {bad}, not a number: {}", advice(text))),
            _ => refuse(format!("column {name}, {bad}, not a number, while {others}; mend the cell")),
        }
    }
}

/// Whole numbers that f64 does not hold.
pub(super) fn inexact(what: &str, place: &str) -> Error {
    let reason = "whole numbers beyond 2^53 cannot be kept exactly (is it an identifier?)";
    Error::table(what, format!("{place}: {reason}"))
}

impl Seen {
    fn add(&mut self, text: &str, cell: TextCell, place: At) {
        self.count += 1;
        if self.first.is_none() {
            // The beginning is all that a message shows; its length is told.
            self.first = Some((place, cell, text.to_string()));
        }
    }

    fn row(&self) -> usize {
        self.first.as_ref().map_or(usize::MAX, |(place, ..)| place.row)
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.first {
            Some((place, _, text)) => write!(f, "{place} is {}", quoted(text)),
            None => Ok(()),
        }
    }
}
