//! A cell of a table: what is known, and how it is written.
//!
//! The number itself goes into CSV and Parquet, at full precision; what is rounded, bracketed or starred is what people read.

use serde::{Deserialize, Serialize};

use super::decimal::{Digits, decimals};
use super::text::minus;
use crate::error::Result;
use crate::regression::{MeanInterval, MedianInterval, quantile};

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Text; `_{…}` and `^{…}` set indices and exponents.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fixed count of decimals.
    Number {
        /// The number.
        value: f64,
        /// Decimals shown.
        decimals: usize,
    },
    /// A number written in another way than with a fixed count of decimals.
    Written {
        /// The number.
        value: f64,
        /// How it is written.
        digits: Digits,
    },
    /// A share between 0 and 1, shown in per cent.
    Percent {
        /// The share.
        share: f64,
        /// Decimals of the per cents.
        decimals: usize,
    },
    /// value ± deviation; the table's note must say what the deviation is.
    Uncertain {
        /// The value.
        value: f64,
        /// What follows ±; at least 0.
        deviation: f64,
        /// Decimals shown of both; not given: the deviation's leading digit, two where that is 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decimals: Option<usize>,
    },
    /// `mean [low, high]`, or `[low, high]` alone. In CSV and Parquet the columns `NAME` (the mean), `NAME low` and
    /// `NAME high`; a header that ends in `[interval]` loses that ending there.
    Interval {
        /// What the interval is about, where the same cell shows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mean: Option<f64>,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
        /// How the numbers are written.
        digits: Digits,
    },
    /// `low–high`: from the smallest to the largest. In CSV and Parquet the columns `NAME low` and `NAME high`.
    Range {
        /// The smallest.
        low: f64,
        /// The largest.
        high: f64,
        /// Decimals shown of both.
        decimals: usize,
    },
    /// A number, with a star where `mark` is true; the table's note must say what the star means. In CSV and Parquet the
    /// columns `NAME` and `NAME *`, which is true or false.
    Flagged {
        /// The number.
        value: f64,
        /// How it is written.
        digits: Digits,
        /// Whether there is a star.
        mark: bool,
    },
    /// Nothing to show: a dash.
    Absent,
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    /// A whole number.
    pub fn count(value: usize) -> Self {
        i64::try_from(value).map_or_else(|_| Cell::text(value.to_string()), Cell::Integer)
    }

    /// A number with this many decimals.
    pub fn number(value: f64, decimals: usize) -> Self {
        Cell::Number { value, decimals }
    }

    /// A number with this many decimals where there is one that can be shown, else a dash.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::Cell;
    /// assert_eq!(Cell::known(Some(0.5), 2), Cell::number(0.5, 2));
    /// assert_eq!(Cell::known(None, 2), Cell::Absent);
    /// assert_eq!(Cell::known(Some(f64::NAN), 2), Cell::Absent);
    /// ```
    pub fn known(value: Option<f64>, decimals: usize) -> Self {
        value.filter(|value| value.is_finite()).map_or(Cell::Absent, |value| Cell::number(value, decimals))
    }

    fn written(value: f64, digits: Digits) -> Self {
        if value.is_finite() { Cell::Written { value, digits } } else { Cell::Absent }
    }

    /// A parameter as a person writes it: the shortest text that reads back to the same number.
    pub fn parameter(value: f64) -> Self {
        Cell::written(value, Digits::Shortest)
    }

    /// A number with this many significant digits, with an exponent only where it is very small or large; a dash for what
    /// is not finite.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::{Cell, Column, Table};
    /// let table = Table::new([Column::number("a"), Column::number("b")])
    ///     .row([Cell::significant(-0.123_456, 3), Cell::significant(2e-9, 3)]);
    /// assert!(table.markdown()?.contains("| −0.123 | 2.00e−9 |"));
    /// assert_eq!(table.csv()?, "a,b\n-0.123456,2e-9\n");
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn significant(value: f64, digits: usize) -> Self {
        Cell::written(value, Digits::Significant(digits))
    }

    /// The same, always with an exponent.
    pub fn scientific(value: f64, digits: usize) -> Self {
        Cell::written(value, Digits::Scientific(digits))
    }

    /// value ± deviation, rounded to the deviation's leading digit (two digits where that is 1).
    pub fn uncertain(value: f64, deviation: f64) -> Self {
        Cell::Uncertain { value, deviation, decimals: None }
    }

    /// value ± deviation with this many decimals.
    pub fn uncertain_fixed(value: f64, deviation: f64, decimals: usize) -> Self {
        Cell::Uncertain { value, deviation, decimals: Some(decimals) }
    }

    /// `[low, high]`; a dash where an end is not finite.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::{Cell, Column, Digits, Table};
    /// let interval = Cell::interval([-1.04, -0.9], Digits::Decimals(2));
    /// let table = Table::new([Column::interval("slope")]).row([interval]);
    /// assert!(table.markdown()?.contains("[−1.04, −0.90]"));
    /// assert_eq!(table.csv()?, "slope low,slope high\n-1.04,-0.9\n");
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn interval([low, high]: [f64; 2], digits: Digits) -> Self {
        match low.is_finite() && high.is_finite() {
            true => Cell::Interval { mean: None, low, high, digits },
            false => Cell::Absent,
        }
    }

    /// `mean [low, high]` with this many decimals.
    pub fn mean_interval(value: &MeanInterval, decimals: usize) -> Self {
        let MeanInterval { mean, low, high, .. } = *value;
        Cell::Interval { mean: Some(mean), low, high, digits: Digits::Decimals(decimals) }
    }

    /// `median [low, high]` with this many decimals; the median alone where there are too few values for an interval.
    pub fn median_interval(median: Option<f64>, interval: Option<&MedianInterval>, decimals: usize) -> Self {
        match (median, interval) {
            (_, Some(&MedianInterval { median, low, high, .. })) => {
                Cell::Interval { mean: Some(median), low, high, digits: Digits::Decimals(decimals) }
            }
            (median, None) => Cell::known(median, decimals),
        }
    }

    /// [`Cell::median_interval`] of these values, with the 95 % interval that assumes no distribution.
    pub(super) fn median_of(values: &[f64], decimals: usize) -> Result<Self> {
        let (median, interval) = (quantile(values, 0.5)?, MedianInterval::of(values, 0.95)?);
        Ok(Cell::median_interval(Some(median), interval.as_ref(), decimals))
    }

    /// A number with this many decimals and, where `mark`, a star; a dash for what is not finite.
    pub fn flagged(value: f64, decimals: usize, mark: bool) -> Self {
        let digits = Digits::Decimals(decimals);
        if value.is_finite() { Cell::Flagged { value, digits, mark } } else { Cell::Absent }
    }

    /// What a cell of numbers shows: the value, and what follows ±.
    pub(super) fn shown(&self) -> (String, Option<String>) {
        let value = match self {
            Cell::Text(text) => text.clone(),
            Cell::Integer(value) => minus(&value.to_string()),
            Cell::Number { value, decimals } => Digits::Decimals(*decimals).write(*value),
            Cell::Written { value, digits } => digits.write(*value),
            Cell::Percent { share, decimals } => {
                format!("{} %", Digits::Decimals(*decimals).write(100.0 * share))
            }
            Cell::Uncertain { value, deviation, decimals: given } => {
                let digits = Digits::Decimals(given.unwrap_or_else(|| decimals(*deviation)));
                return (digits.write(*value), Some(digits.write(*deviation)));
            }
            Cell::Interval { mean, low, high, digits } => {
                let mean = mean.map_or(String::new(), |mean| format!("{} ", digits.write(mean)));
                format!("{mean}[{}, {}]", digits.write(*low), digits.write(*high))
            }
            Cell::Range { low, high, decimals } => {
                let digits = Digits::Decimals(*decimals);
                format!("{}–{}", digits.write(*low), digits.write(*high))
            }
            Cell::Flagged { value, digits, mark } => {
                format!("{}{}", digits.write(*value), if *mark { "*" } else { "" })
            }
            Cell::Absent => "–".into(),
        };
        (value, None)
    }

    /// A cell as a line of text, with markup.
    pub(super) fn line(&self) -> String {
        match self.shown() {
            (value, Some(deviation)) => format!("{value} ± {deviation}"),
            (value, None) => value,
        }
    }

    /// What machines read of it: the endings of the columns' names, and what stands there. Nothing for an absent cell.
    pub(super) fn parts(&self) -> Vec<(&'static str, Part)> {
        use Part::{Flag, Real, Whole};
        match self {
            Cell::Text(_) | Cell::Absent => vec![],
            Cell::Integer(value) => vec![("", Whole(*value))],
            Cell::Number { value, .. } | Cell::Written { value, .. } => vec![("", Real(*value))],
            Cell::Percent { share, .. } => vec![("", Real(*share))],
            Cell::Uncertain { value, deviation, .. } => vec![("", Real(*value)), (" ±", Real(*deviation))],
            Cell::Interval { mean, low, high, .. } => {
                let mean = mean.map(|mean| ("", Real(mean)));
                mean.into_iter().chain([(" low", Real(*low)), (" high", Real(*high))]).collect()
            }
            Cell::Range { low, high, .. } => vec![(" low", Real(*low)), (" high", Real(*high))],
            Cell::Flagged { value, mark, .. } => vec![("", Real(*value)), (" *", Flag(*mark))],
        }
    }

    /// The most digits that are asked for.
    pub(super) fn most_digits(&self) -> usize {
        match self {
            Cell::Number { decimals, .. } | Cell::Percent { decimals, .. } | Cell::Range { decimals, .. } => {
                *decimals
            }
            Cell::Uncertain { decimals, .. } => decimals.unwrap_or(0),
            Cell::Written { digits, .. } | Cell::Interval { digits, .. } | Cell::Flagged { digits, .. } => {
                digits.count()
            }
            Cell::Text(_) | Cell::Integer(_) | Cell::Absent => 0,
        }
    }
}

/// One value for machines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    Whole(i64),
    Real(f64),
    Flag(bool),
}

impl Part {
    /// The number, for a column that mixes whole numbers with others.
    pub(super) fn real(self) -> Option<f64> {
        match self {
            Part::Whole(value) => Some(value as f64),
            Part::Real(value) => Some(value),
            Part::Flag(_) => None,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Cell::Integer(value)
    }
}

impl From<Option<Cell>> for Cell {
    fn from(cell: Option<Cell>) -> Self {
        cell.unwrap_or(Cell::Absent)
    }
}
