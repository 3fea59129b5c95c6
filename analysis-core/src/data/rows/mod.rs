//! Which rows: all, a range, or a seeded sample.

use crate::error::{Error, Result};
use crate::seed::{Seed, Stream};
use crate::text::serde_as_text;
use rand::Rng;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Range, RangeFull, RangeInclusive};
use std::str::FromStr;

/// Which rows of a set, counted from 0 within the split that was chosen.
///
/// Written `all`, `0..3000` (3000 left out), `0..=2999` (2999 included), `sample:N:SEED`, `stratified:N:SEED` or `part:K:N:SEED`.
///
/// A **sample** is N rows without replacement, every subset of N rows equally likely: the first N places of a
/// Fisher–Yates shuffle by the stream `("rows", 0)` of the seed. A **stratified** sample takes from each class its
/// proportional share N·N_c/N_all by the largest-remainder rule: the whole part of every share, then one more to the
/// classes with the largest fractional parts (of equal ones, the smaller label first); within the c-th class, counted
/// from 0 in ascending order of the labels, the rows are drawn by the stream `("stratified-rows", c)`. A **part** is the K-th N
/// places, K from 0, of the shuffle that a sample takes the first N of: parts of one seed share no row. Each way the
/// rows are then sorted, so a sample is in the file's order; only integers are involved, so it is the same on every machine.
///
/// # Examples
/// ```
/// use analysis_core::data::Rows;
/// assert_eq!("0..=2999".parse::<Rows>()?, Rows::from(0..3000));
/// assert_eq!("sample:3000:7".parse::<Rows>()?, Rows::Sample { n: 3000, seed: 7, stratified: false });
/// assert_eq!(Rows::from(5..=9).to_string(), "5..10");
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rows {
    /// Every row.
    #[default]
    All,
    /// The rows `start..end`, `end` left out.
    Range {
        /// The first row.
        start: usize,
        /// One past the last row.
        end: usize,
    },
    /// A sample without replacement.
    Sample {
        /// How many rows.
        n: usize,
        /// The seed of the draw.
        seed: u64,
        /// Whether each class gets its proportional share.
        stratified: bool,
    },
    /// One of the disjoint samples that a shuffle falls into.
    Part {
        /// Which, from 0.
        part: usize,
        /// How many rows.
        n: usize,
        /// The seed of the shuffle.
        seed: u64,
    },
}

impl From<Range<usize>> for Rows {
    fn from(range: Range<usize>) -> Self {
        Rows::Range { start: range.start, end: range.end }
    }
}

impl From<RangeInclusive<usize>> for Rows {
    fn from(range: RangeInclusive<usize>) -> Self {
        // An `end` of usize::MAX stays out of range for any set, as it was.
        Rows::Range { start: *range.start(), end: range.end().saturating_add(1) }
    }
}

impl From<RangeFull> for Rows {
    fn from(_: RangeFull) -> Self {
        Rows::All
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Rows::All => "all".to_string(),
            Rows::Range { start, end } => format!("{start}..{end}"),
            Rows::Sample { n, seed, stratified: false } => format!("sample:{n}:{seed}"),
            Rows::Sample { n, seed, stratified: true } => format!("stratified:{n}:{seed}"),
            Rows::Part { part, n, seed } => format!("part:{part}:{n}:{seed}"),
        })
    }
}

impl FromStr for Rows {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let refuse = |requirement: &str| Error::parameter("rows", format!("{text:?}"), requirement);
        let forms = "must be all, A..B (B left out), A..=B, sample:N:SEED, stratified:N:SEED or part:K:N:SEED, in whole numbers";
        let rows = read(text).ok_or_else(|| refuse(forms))?;
        match rows.check() {
            // Named as it was written: `3..=2` rather than `3..3`.
            Err(Error::Parameter { requirement, .. }) => Err(refuse(&requirement)),
            _ => Ok(rows),
        }
    }
}

fn read(text: &str) -> Option<Rows> {
    let number = |digits: &str| digits.parse::<usize>().ok();
    if text == "all" {
        return Some(Rows::All);
    }
    if let Some((start, end)) = text.split_once("..=") {
        return Some(Rows::from(number(start)?..=number(end)?));
    }
    if let Some((start, end)) = text.split_once("..") {
        return Some(Rows::from(number(start)?..number(end)?));
    }
    match text.split(':').collect::<Vec<_>>()[..] {
        [kind @ ("sample" | "stratified"), n, seed] => {
            Some(Rows::Sample { n: number(n)?, seed: seed.parse().ok()?, stratified: kind == "stratified" })
        }
        ["part", part, n, seed] => {
            Some(Rows::Part { part: number(part)?, n: number(n)?, seed: seed.parse().ok()? })
        }
        _ => None,
    }
}

serde_as_text!(Rows);

impl Rows {
    /// Refuses rows that are none in any set.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty or backward range, and for a sample of 0 rows.
    pub fn check(&self) -> Result<()> {
        match *self {
            Rows::Range { start, end } if start >= end => {
                Err(Error::parameter("rows", self, "holds no row: the start must lie before the end"))
            }
            Rows::Sample { n: 0, .. } | Rows::Part { n: 0, .. } => {
                Err(Error::parameter("rows", self, "a sample needs at least 1 row"))
            }
            _ => Ok(()),
        }
    }

    /// The positions of these rows among `available`, ascending: for rows that are not [`Samples`](super::Samples), such
    /// as those of a Gram matrix and its targets ([`Gram::rows`](crate::kernel::Gram::rows)).
    ///
    /// # Errors
    /// [`Error::Parameter`] for rows that are not there or none, and for a stratified sample, which needs labels.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::Rows;
    /// assert_eq!(Rows::from(2..4).positions(10)?, [2, 3]);
    /// assert_eq!("sample:4:7".parse::<Rows>()?.positions(10)?.len(), 4);
    /// assert!(Rows::from(2..11).positions(10).is_err());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn positions(&self, available: usize) -> Result<Vec<usize>> {
        self.positions_by(available, || {
            Err(Error::parameter("rows", self, "a stratified sample needs labels, and there are none here"))
        })
    }

    /// The same, with labels, which are asked for a stratified sample only.
    pub(super) fn positions_by(
        &self,
        available: usize,
        labels: impl FnOnce() -> Result<Vec<i64>>,
    ) -> Result<Vec<usize>> {
        self.check()?;
        let refuse = |requirement: String| Err(Error::parameter("rows", self, requirement));
        match *self {
            Rows::All => Ok((0..available).collect()),
            Rows::Range { end, .. } if end > available => {
                refuse(format!("there are {available} rows, numbered 0..{available}"))
            }
            Rows::Range { start, end } => Ok((start..end).collect()),
            Rows::Sample { n, .. } if n > available => {
                refuse(format!("there are only {available} rows to draw from"))
            }
            Rows::Sample { n, seed, stratified: false } => {
                let mut drawn = draw(available, n, Seed(seed).stream("rows", 0));
                drawn.sort_unstable();
                Ok(drawn)
            }
            Rows::Sample { n, seed, stratified: true } => Ok(stratified(&labels()?, n, Seed(seed))),
            Rows::Part { part, n, .. } if part >= available / n => {
                refuse(format!("{available} rows fall into {} parts of {n}, numbered from 0", available / n))
            }
            Rows::Part { part, n, seed } => {
                let mut drawn =
                    draw(available, (part + 1) * n, Seed(seed).stream("rows", 0)).split_off(part * n);
                drawn.sort_unstable();
                Ok(drawn)
            }
        }
    }
}

/// `n` of `0..available` without replacement: the first n places of a Fisher–Yates shuffle.
fn draw(available: usize, n: usize, mut stream: Stream) -> Vec<usize> {
    let mut places: Vec<usize> = (0..available).collect();
    for i in 0..n {
        let j = i + below((available - i) as u64, &mut stream) as usize;
        places.swap(i, j);
    }
    places.truncate(n);
    places
}

/// A number in `0..bound`, each equally likely. Our own four lines rather than a library's: a sample is part of a
/// published number, and libraries change how they draw.
fn below(bound: u64, stream: &mut Stream) -> u64 {
    let zone = u64::MAX - u64::MAX % bound;
    loop {
        let value = stream.next_u64();
        if value < zone {
            return value % bound;
        }
    }
}

/// The largest-remainder sample described at [`Rows`]; `n` must not exceed `labels.len()`.
fn stratified(labels: &[i64], n: usize, seed: Seed) -> Vec<usize> {
    let mut classes: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (row, &label) in labels.iter().enumerate() {
        classes.entry(label).or_default().push(row);
    }
    // u128: n·N_c must not overflow whatever the set's size.
    let all = labels.len() as u128;
    let shares: Vec<u128> = classes.values().map(|rows| n as u128 * rows.len() as u128).collect();
    let mut quotas: Vec<usize> = shares.iter().map(|share| (share / all) as usize).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|&c| (std::cmp::Reverse(shares[c] % all), c));
    let rest = n - quotas.iter().sum::<usize>();
    for &c in order.iter().take(rest) {
        quotas[c] += 1;
    }
    let mut chosen: Vec<usize> = Vec::with_capacity(n);
    for (c, (rows, &quota)) in classes.values().zip(&quotas).enumerate() {
        let drawn = draw(rows.len(), quota, seed.stream("stratified-rows", c as u64));
        chosen.extend(drawn.into_iter().map(|place| rows[place]));
    }
    chosen.sort_unstable();
    chosen
}

/// A row among those chosen, and what it is called in its set where that is something else.
pub(super) fn named(row: usize, ids: &[u32]) -> String {
    match ids.get(row) {
        Some(&id) if id as usize != row => format!("{row} of the chosen (its id is {id})"),
        _ => row.to_string(),
    }
}

#[cfg(test)]
mod tests;
