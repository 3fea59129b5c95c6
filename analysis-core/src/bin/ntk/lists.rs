//! Lists on the command line: `1,2,5`, `1..=99`, `1..100`, `1..=99:4` (every fourth), `0.2..=5:0.2`, and these joined by commas.
//!
//! A range ends at the last value that is not beyond its end: `1..=99:4` ends with 97.

use std::fmt::Display;
use std::str::FromStr;

use analysis_core::error::{Error, Result};

/// Longest list: beyond it a typing error is likelier than a wish.
const LONGEST: usize = 100_000;

/// Whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts(pub Vec<usize>);

/// Real numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(pub Vec<f64>);

fn wrong(text: &str, why: impl Into<String>) -> Error {
    Error::parameter("list", format!("{text:?}"), why)
}

/// The list so far with `more` values behind it must not be too long.
fn refuse_long(text: &str, so_far: usize, more: u128) -> Result<()> {
    if more > (LONGEST - so_far.min(LONGEST)) as u128 {
        let before = if so_far > 0 { format!(" behind {so_far} others") } else { String::new() };
        return Err(wrong(text, format!("holds {more} values{before}, a list at most {LONGEST}")));
    }
    Ok(())
}

/// Refuses a value that is there twice: which one was meant instead is not known.
fn refuse_twice<T: Copy + PartialOrd + Display>(text: &str, list: &[T]) -> Result<()> {
    let mut sorted = list.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(wrong(text, format!("{} is in it twice: name each value once", pair[0]))),
        None => Ok(()),
    }
}

impl FromStr for Counts {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let why = "must be whole numbers such as 1,2,5 or 1..=99 or 1..=99:4";
        let number = |part: &str| part.trim().parse::<usize>().map_err(|_| wrong(text, why));
        let mut list = Vec::new();
        for part in text.split(',') {
            let Some((low, rest)) = part.split_once("..") else {
                refuse_long(text, list.len(), 1)?;
                list.push(number(part)?);
                continue;
            };
            let (high, step) = match rest.split_once(':') {
                Some((high, step)) => (high, number(step)?),
                None => (rest, 1),
            };
            let low = number(low)?;
            let last = match high.strip_prefix('=') {
                Some(high) => Some(number(high)?),
                None => number(high)?.checked_sub(1),
            };
            let Some(last) = last.filter(|last| *last >= low) else {
                return Err(wrong(text, format!("the range {} holds nothing", part.trim())));
            };
            if step == 0 {
                return Err(wrong(text, "the step must be at least 1"));
            }
            refuse_long(text, list.len(), ((last - low) / step) as u128 + 1)?;
            list.extend((low..=last).step_by(step));
        }
        refuse_twice(text, &list)?;
        Ok(Counts(list))
    }
}

impl FromStr for Values {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let why = "must be numbers such as 1,2.5 or 0.2..=5:0.2";
        let number = |part: &str| match part.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(_) => Err(wrong(text, format!("{} is not finite", part.trim()))),
            Err(_) => Err(wrong(text, why)),
        };
        let mut list = Vec::new();
        for part in text.split(',') {
            let Some((low, rest)) = part.split_once("..") else {
                refuse_long(text, list.len(), 1)?;
                list.push(number(part)?);
                continue;
            };
            let Some((high, step)) = rest.strip_prefix('=').and_then(|rest| rest.split_once(':')) else {
                let why =
                    "a range of numbers names its end and its step: A..=B:STEP, for instance 0.2..=5:0.2";
                return Err(wrong(text, why));
            };
            number(low)?;
            number(high)?;
            if number(step)? <= 0.0 {
                return Err(wrong(text, "the step must be positive: write the range upwards"));
            }
            let (Some(low), Some(high), Some(step)) = (decimal(low), decimal(high), decimal(step)) else {
                return Err(wrong(
                    text,
                    "a range has at most 30 digits to a number: list the values instead",
                ));
            };
            let Some([low, high, step, exponent]) = aligned([low, high, step]) else {
                let why = "the step is too small beside the ends of the range: list the values instead";
                return Err(wrong(text, why));
            };
            if high < low {
                return Err(wrong(text, format!("the range {} holds nothing", part.trim())));
            }
            let steps = (high - low) / step;
            refuse_long(text, list.len(), steps.unsigned_abs() + 1)?;
            for k in 0..=steps {
                // 0.1 + 2·0.1 is meant to be 0.3: whole numbers of the last digit, not sums of rounded ones.
                list.push(number(&format!("{}e{exponent}", low + k * step))?);
            }
        }
        refuse_twice(text, &list)?;
        Ok(Values(list))
    }
}

/// A number as it is written: `digits` · 10^`exponent`. None where the digits do not fit.
fn decimal(text: &str) -> Option<(i128, i128)> {
    let text = text.trim();
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    if digits.len() > 30 {
        return None;
    }
    let digits = if matches!(digits.as_str(), "" | "-" | "+") { 0 } else { digits.parse().ok()? };
    Some((digits, exponent.parse::<i128>().ok()?.checked_sub(fraction.len() as i128)?))
}

/// Three numbers as whole multiples of one power of ten, and its exponent. None where they are too far apart.
fn aligned(numbers: [(i128, i128); 3]) -> Option<[i128; 4]> {
    let least = numbers.iter().filter(|(digits, _)| *digits != 0).map(|(_, exponent)| *exponent).min()?;
    let mut whole = [0, 0, 0, least];
    for (place, (digits, exponent)) in numbers.into_iter().enumerate() {
        if digits != 0 {
            let power = u32::try_from(exponent.checked_sub(least)?).ok()?;
            // Room for the sums of a range.
            whole[place] =
                digits.checked_mul(10i128.checked_pow(power)?).filter(|d| d.abs() < i128::MAX / 4)?;
        }
    }
    Some(whole)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<f64> {
        text.parse::<Values>().unwrap().0
    }

    #[test]
    fn lists_are_read() {
        let counts = |text: &str| text.parse::<Counts>().unwrap().0;
        assert_eq!(counts("1..=99:4").len(), 25);
        assert_eq!((counts("1..4"), counts("2,5..=6,9")), (vec![1, 2, 3], vec![2, 5, 6, 9]));
        assert_eq!(counts("18446744073709551615..=18446744073709551615"), [usize::MAX]);
        assert_eq!(values("0.1..=0.3:0.1"), [0.1, 0.2, 0.3]);
        assert_eq!(values("0.2..=5:0.2").len(), 25);
        assert_eq!(values("0,1.5,-2"), [0.0, 1.5, -2.0]);
    }

    /// Each value of a range is the number nearest to the decimal that is meant, however small.
    #[test]
    fn ranges_hold_the_decimals_that_are_meant() {
        assert_eq!(values("1e-14..=3e-14:1e-14"), [1e-14, 2e-14, 3e-14]);
        assert_eq!(values("1e-14..=1:0.5"), [1e-14, 0.50000000000001]);
        assert_eq!(values("-0.2..=0.2:0.1"), [-0.2, -0.1, 0.0, 0.1, 0.2]);
        assert_eq!(values("1e300..=3e300:1E300"), [1e300, 2e300, 3e300]);
        assert_eq!(values(".5..=1.:+.25"), [0.5, 0.75, 1.0]);
        assert_eq!(values("1..=1.0000000000001:0.0000000000001"), [1.0, 1.0000000000001]);
        // A step that does not divide ends before the end, as of whole numbers.
        assert_eq!(values("0..=1:0.3"), [0.0, 0.3, 0.6, 0.9]);
        // Every value of the papers' ranges is the decimal itself.
        for (k, value) in values("0.1..=2.5:0.1").into_iter().enumerate() {
            assert_eq!(value, (k + 1) as f64 / 10.0);
        }
    }

    #[test]
    fn typing_errors_are_refused() {
        for (text, word) in [
            ("", "whole numbers"),
            ("a", "whole numbers"),
            ("1..", "whole numbers"),
            ("3..1", "holds nothing"),
            ("3..3", "holds nothing"),
            ("0..0", "holds nothing"),
            ("1..=9:0", "step"),
            ("1..=99999999999", "99999999999 values"),
            ("0..18446744073709551615", "18446744073709551615 values"),
            ("0..=60000,100000..=160000", "behind 60001 others"),
            ("1,,2", "whole numbers"),
            ("1.5", "whole numbers"),
            ("-1", "whole numbers"),
            ("8,8", "8 is in it twice"),
            ("1..=5,3", "3 is in it twice"),
        ] {
            let message = text.parse::<Counts>().unwrap_err().to_string();
            assert!(message.contains(word) && message.contains(text), "{text}: {message}");
        }
        for (text, word) in [
            ("", "numbers such as"),
            ("x", "numbers such as"),
            ("1..3", "A..=B:STEP"),
            ("1..=2", "A..=B:STEP"),
            ("1..3:1", "A..=B:STEP"),
            ("2..=1:0.5", "holds nothing"),
            ("1..=2:0", "positive"),
            ("1..=2:-1", "positive"),
            ("nan", "not finite"),
            ("inf", "not finite"),
            ("1e999", "not finite"),
            ("0..=inf:1", "not finite"),
            ("0..=1:1e-12", "1000000000001 values"),
            ("0..=1:1e-300", "too small"),
            ("1e-170141183460469231731687303715884105728..=1:1", "too small"),
            ("0..=1:1e-99999999999999999999999999999999999999999", "positive"),
            ("0.5,0.50", "0.5 is in it twice"),
        ] {
            let message = text.parse::<Values>().unwrap_err().to_string();
            assert!(message.contains(word) && message.contains(text), "{text}: {message}");
        }
    }
}
