//! What a file or a frame of the user's own holds, and the choice of features and target among it.

use super::columns::Columns;
use crate::error::{Error, Result};
use crate::names::{instead_of, listed, quoted};
use polars::prelude::Column;
use std::collections::HashMap;

/// 2^53: whole numbers from there on are not all f64s.
pub(super) const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The columns that have a meaning of their own, in any capitals.
pub(super) const ID: &str = "id";
pub(super) const SPLIT: &str = "split";
/// The column of images.
pub(super) const PIXELS: &str = "pixels";

/// From so many rows on, a column that numbers them is no feature by accident: of 10 rows, 2 in 10! orders do.
const COUNTED_FROM: usize = 10;

/// What is in a file or a frame.
#[derive(Debug)]
pub(super) struct Table {
    pub found: Vec<Found>,
    pub rows: usize,
    pub notes: Vec<String>,
}

/// A column and what it holds.
#[derive(Debug)]
pub(super) struct Found {
    pub name: String,
    pub contents: Contents,
}

/// What a column holds.
#[derive(Debug)]
pub(super) enum Contents {
    /// Finite numbers, all of them exact.
    Numbers(Vec<f64>),
    /// Plainly text.
    Text {
        /// The first word and its row, for messages.
        example: String,
        /// The cells, of a column `split`.
        cells: Vec<String>,
    },
    /// Bytes, for instance images.
    Bytes(Column),
    /// The index that pandas keeps beside the table, by the file's own word.
    Index(Box<Contents>),
    /// Nothing at all in any row.
    Empty,
    /// Something that is neither all numbers nor plainly text.
    Refused(Error),
    /// Not looked at, since it was not asked for.
    Unread,
}

impl Contents {
    /// What a column is called when it is left aside.
    fn kind(&self) -> &'static str {
        match self {
            Contents::Text { .. } => "text",
            Contents::Bytes(_) => "bytes",
            Contents::Index(_) => "the index of pandas",
            Contents::Empty => "empty",
            Contents::Numbers(_) => "numbers",
            Contents::Refused(_) | Contents::Unread => "not read",
        }
    }
}

/// Which of the columns become x and y, by their places.
#[derive(Debug)]
pub(super) struct Choice {
    pub features: Vec<usize>,
    pub target: usize,
    /// Names of columns that are neither, though nobody asked to leave them out, and what they hold.
    pub left_aside: Vec<(String, &'static str)>,
    /// What is to be said of the features.
    pub notes: Vec<String>,
}

/// Whether a column of this name is read at all, as far as the choice of columns tells.
pub(super) fn is_wanted(columns: &Columns, name: &str) -> bool {
    is_named(&columns.target, name)
        || is_reserved(name)
        || match &columns.features {
            Some(features) => features.iter().any(|asked| is_named(asked, name)),
            None => !is_left_out(columns, name),
        }
}

/// Whether a name that was asked for is that of a column. Blanks around a name in a file do not count.
fn is_named(asked: &str, name: &str) -> bool {
    asked == name || asked.trim() == name
}

/// Whether the user asked to leave this column out.
pub(super) fn is_left_out(columns: &Columns, name: &str) -> bool {
    columns.left_out.iter().any(|asked| is_named(asked, name))
}

fn is_reserved(name: &str) -> bool {
    [ID, SPLIT].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// The choice, checked; no feature but numbers, no target but numbers, nothing that matters named twice.
pub(super) fn choose(found: &[Found], columns: &Columns, rows: usize, what: &str) -> Result<Choice> {
    let refuse = |reason: String| Error::table(what, reason);
    let is_left_out = |name: &str| is_left_out(columns, name);
    let reserved = |name: &str, role: &str| {
        let name = quoted(name);
        refuse(format!("a column called {name} says which row is which; rename it to make it {role}"))
    };
    let twice = |name: &str, first: usize, second: usize, way: &str| {
        let (name, first, second) = (quoted(name), first + 1, second + 1);
        refuse(format!("two columns are called {name}, number {first} and number {second}: {way}"))
    };
    let place = |asked: &str| {
        let exact = found.iter().any(|column| column.name == asked);
        let name = if exact { asked } else { asked.trim() };
        let mut places = (0..found.len()).filter(|&j| found[j].name == name);
        match (places.next(), places.next()) {
            (Some(only), None) => Ok(only),
            (Some(first), Some(second)) => Err(twice(asked, first, second, "rename one")),
            (None, _) => {
                let available = found.iter().map(|column| column.name.clone()).collect();
                Err(Error::MissingColumn { column: asked.to_string(), available })
            }
        }
    };
    let unknown = |asked: &&String| !found.iter().any(|column| is_named(asked, &column.name));
    if let Some(asked) = columns.left_out.iter().find(unknown) {
        let names: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
        let instead = instead_of(asked, &names);
        return Err(refuse(format!("there is no column {} to leave out; {instead}", quoted(asked))));
    }

    let target = place(&columns.target)?;
    if is_reserved(&columns.target) {
        return Err(reserved(&columns.target, "the target"));
    }
    if is_left_out(&found[target].name) {
        let name = quoted(&columns.target);
        return Err(refuse(format!("column {name} is the target and cannot be left out")));
    }
    target_is_numbers(&found[target], what)?;

    let mut choice = Choice { features: Vec::new(), target, left_aside: Vec::new(), notes: Vec::new() };
    if let Some(asked) = &columns.features {
        if !columns.left_out.is_empty() {
            return Err(refuse("name the features, or the columns to leave out, not both".to_string()));
        }
        for name in asked {
            let j = place(name)?;
            if j == target {
                let name = quoted(name);
                return Err(refuse(format!("column {name} is the target and cannot be a feature too")));
            }
            if choice.features.contains(&j) {
                return Err(refuse(format!("feature {} is named twice", quoted(name))));
            }
            if is_reserved(name) {
                return Err(reserved(name, "a feature"));
            }
            choice.features.push(j);
        }
    } else {
        for own in [ID, SPLIT] {
            let mut same = found.iter().filter(|c| c.name.eq_ignore_ascii_case(own) && !is_left_out(&c.name));
            if let (Some(one), Some(other)) = (same.next(), same.next()) {
                return Err(refuse(format!(
                    "columns {} and {} both say which row is which: rename one, or leave it out (--leave-out)",
                    quoted(&one.name),
                    quoted(&other.name)
                )));
            }
        }
        let is_images = |c: &Found| c.name == PIXELS && matches!(c.contents, Contents::Bytes(_));
        let only_images = found.iter().any(is_images);
        let mut seen = HashMap::new();
        for (j, column) in found.iter().enumerate().filter(|(j, _)| *j != target) {
            let name = &column.name;
            if only_images && is_images(column) {
                choice.features.push(j);
                continue;
            }
            if is_reserved(name) || is_left_out(name) {
                continue;
            }
            if !only_images
                && !name.is_empty()
                && let Some(first) = seen.insert(name.as_str(), j)
            {
                return Err(twice(name, first, j, "rename one, or leave them out"));
            }
            match &column.contents {
                Contents::Numbers(values) if !only_images => {
                    if let Some(reason) = is_counter(name, values, rows) {
                        return Err(refuse(reason));
                    }
                    choice.notes.extend(counts_on(name, values));
                    choice.features.push(j);
                }
                Contents::Refused(error) if !only_images => return Err(or_left_out(error.clone())),
                Contents::Empty if !only_images && !name.is_empty() => {
                    let name = quoted(name);
                    return Err(refuse(format!(
                        "column {name} is empty in every row: fill it, or leave it out"
                    )));
                }
                other => choice.left_aside.push((name.clone(), other.kind())),
            }
        }
    }
    if choice.features.is_empty() {
        let aside: Vec<&str> = choice.left_aside.iter().map(|(name, _)| name.as_str()).collect();
        let aside =
            if aside.is_empty() { String::new() } else { format!(" (left aside: {})", listed(&aside)) };
        return Err(refuse(format!("there is no feature: no numeric column beside the target{aside}")));
    }
    Ok(choice)
}

/// The numbers of a column that was asked for.
pub(super) fn numbers(column: Found, what: &str) -> Result<Vec<f64>> {
    let name = quoted(&column.name);
    let reason = match column.contents {
        Contents::Numbers(values) => return Ok(values),
        Contents::Index(contents) => return numbers(Found { name: column.name, contents: *contents }, what),
        Contents::Refused(error) => return Err(error),
        Contents::Text { example, .. } => format!("column {name} is text, not numbers: {example}"),
        Contents::Bytes(_) => format!("column {name} holds bytes, not numbers"),
        Contents::Empty => format!("column {name} is empty in every row"),
        Contents::Unread => format!("column {name} was not read"),
    };
    Err(Error::table(what, reason))
}

fn target_is_numbers(column: &Found, what: &str) -> Result<()> {
    let reason = match &column.contents {
        Contents::Text { example, .. } => format!(
            "the target column {} is text ({example}), not numbers; give each class a whole number first, in an order you choose: integer labels depend on it",
            quoted(&column.name)
        ),
        Contents::Refused(error) => return Err(error.clone()),
        _ => return Ok(()),
    };
    Err(Error::table(what, reason))
}

/// An error that ends in the way out for columns that are no features.
fn or_left_out(error: Error) -> Error {
    match error {
        Error::Frame { context, reason } => {
            Error::table(context, format!("{reason}; or leave the column out (--leave-out)"))
        }
        other => other,
    }
}

/// What is said of a feature that counts the rows from elsewhere: years do, and so do the row numbers of a part of a longer
/// table.
fn counts_on(name: &str, values: &[f64]) -> Option<String> {
    let counts_by = |step: f64| values.windows(2).all(|pair| pair[1] - pair[0] == step);
    let (first, last) = (*values.first()?, *values.last()?);
    let counts = values.len() >= COUNTED_FROM && first.fract() == 0.0 && (counts_by(1.0) || counts_by(-1.0));
    let name = quoted(name);
    counts.then(|| {
        format!(
            "feature {name} counts the rows from {first} to {last}, one by one: if it is no measurement (nor a time), leave it \
             out (--leave-out)"
        )
    })
}

/// Why a column of numbers is no feature unless it is named as one: it says which row is which.
fn is_counter(name: &str, values: &[f64], rows: usize) -> Option<String> {
    let way = "leave it out (--leave-out), or name the features if it is one";
    if name.is_empty() {
        let reason = "a column of numbers has no name: an index that pandas wrote? Write the file without it (index=False), \
                      or name the features";
        return Some(reason.to_string());
    }
    let digits = |rest: Option<&str>| {
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    if digits(name.strip_prefix("Unnamed: ")) {
        let what = "is what pandas calls a column without a name, mostly its index";
        return Some(format!("column {} {what}: {way}", quoted(name)));
    }
    if digits(name.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"))) {
        return Some(format!("column {} is an index of pandas: {way}", quoted(name)));
    }
    let numbers_rows = |first: f64| {
        let mut seen = vec![false; rows];
        values.iter().all(|value| {
            let place = value - first;
            let counts = place >= 0.0 && place < rows as f64 && place.fract() == 0.0;
            counts && !std::mem::replace(&mut seen[place as usize], true)
        })
    };
    if values.len() != rows || rows < COUNTED_FROM {
        return None;
    }
    let first = [0.0, 1.0].into_iter().find(|first| numbers_rows(*first))?;
    Some(format!(
        "column {} numbers the rows ({first} to {}, each once), and so is no measurement: {way}",
        quoted(name),
        first + rows as f64 - 1.0
    ))
}
