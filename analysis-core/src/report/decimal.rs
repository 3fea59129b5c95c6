//! How numbers are written: decimals, significant digits, rounding to an uncertainty.

use serde::{Deserialize, Serialize};

use super::text::minus;
use crate::text::{is_plain, written};

/// How many digits of a number are shown.
///
/// # Examples
/// ```
/// use analysis_core::report::Digits;
/// assert_eq!(Digits::Decimals(2).write(-0.5), "−0.50");
/// assert_eq!(Digits::Significant(4).write(12.345_67), "12.35");
/// assert_eq!(Digits::Scientific(2).write(0.0012), "1.2e−3");
/// assert_eq!(Digits::Shortest.write(0.1), "0.1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Digits {
    /// So many after the point.
    Decimals(usize),
    /// So many in all, with an exponent only below 10⁻³ and from 10⁴ on.
    Significant(usize),
    /// So many in all, always with an exponent.
    Scientific(usize),
    /// As many as it takes to read the same number back.
    Shortest,
}

impl Digits {
    /// The number as text, with a proper minus sign.
    pub fn write(self, value: f64) -> String {
        match self {
            Digits::Decimals(count) => fixed(value, count),
            Digits::Significant(_) if value == 0.0 => "0".into(),
            Digits::Significant(count) if (1e-3..1e4).contains(&value.abs()) => {
                let decimals = (count as i32 - 1 - value.abs().log10().floor() as i32).max(0) as usize;
                minus(&format!("{value:.decimals$}"))
            }
            Digits::Significant(count) | Digits::Scientific(count) => {
                minus(&format!("{value:.*e}", count.saturating_sub(1)))
            }
            Digits::Shortest => minus(&written(value)),
        }
    }

    pub(super) fn count(self) -> usize {
        match self {
            Digits::Decimals(count) | Digits::Significant(count) | Digits::Scientific(count) => count,
            Digits::Shortest => 0,
        }
    }
}

/// Decimals after the point so that `deviation` shows its leading digit, or two where the leading digit is 1: a step
/// of 0.01 in 0.014 would be most of it.
pub(crate) fn decimals(deviation: f64) -> usize {
    if deviation <= 0.0 || !deviation.is_finite() {
        return 2;
    }
    let leading = |v: f64| v.log10().floor() as i32;
    let exponent = leading(deviation);
    // Of the deviation rounded to two digits: 0.0196 is 0.020, whose leading digit is 2.
    let two = round_at(deviation, 1 - exponent);
    let exponent = leading(two * (1.0 + 1e-12));
    let first = (two / 10f64.powi(exponent) + 1e-9).floor();
    let digits = if first < 2.0 { 2 } else { 1 };
    (digits - 1 - exponent).max(0) as usize
}

fn round_at(v: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    (v * scale).round() / scale
}

/// `v` with this many decimals (with an exponent where it is so large that its digits would fill a line), a proper minus sign,
/// and no minus before a rounded zero.
pub(crate) fn fixed(v: f64, decimals: usize) -> String {
    if !is_plain(v) && v != 0.0 && v.abs() >= 1.0 {
        return minus(&format!("{v:.decimals$e}"));
    }
    let text = format!("{v:.decimals$}");
    let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    minus(if zero { text.trim_start_matches('-') } else { &text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_digit_or_two_where_the_first_is_one() {
        for (deviation, expected) in [
            (0.02, 2),
            (0.0213, 2),
            (0.0149, 3),
            (0.01, 3),
            (0.0099, 3),
            (0.00996, 3),
            (0.0196, 2),
            (0.096, 2),
            (0.5, 1),
            (1.4, 1),
            (3.0, 0),
            (12.0, 0),
            (300.0, 0),
            (0.0, 2),
        ] {
            assert_eq!(decimals(deviation), expected, "{deviation}");
        }
    }

    #[test]
    fn what_would_fill_a_line_has_an_exponent() {
        assert_eq!(fixed(1e300, 4), "1.0000e300");
        assert_eq!(fixed(-2.5e15, 1), "−2.5e15");
        assert_eq!(fixed(123_456_789_012.25, 1), "123456789012.2");
        assert_eq!(fixed(1e-300, 4), "0.0000");
    }

    #[test]
    fn numbers_have_four_digits() {
        for (value, text) in
            [(0.123_456, "0.1235"), (12.345_67, "12.35"), (1e-9, "1.000e−9"), (-0.5, "−0.5000"), (0.0, "0")]
        {
            assert_eq!(Digits::Significant(4).write(value), text);
        }
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(-0.4, 2), "−0.40");
    }
}
