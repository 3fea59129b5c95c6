//! Lists on the command line: `1,2,5`, `1..=99`, `1..100`, `1..=99:4` (every fourth), `0.2..=5:0.2`, and these joined by commas.

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

fn wrong(text: &str, why: &str) -> Error {
    Error::parameter("list", text, why)
}

impl FromStr for Counts {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let why = "must be whole numbers such as 1,2,5 or 1..=99 or 1..=99:4";
        let number = |part: &str| part.trim().parse::<usize>().map_err(|_| wrong(text, why));
        let mut list = Vec::new();
        for part in text.split(',') {
            let Some((low, rest)) = part.split_once("..") else {
                list.push(number(part)?);
                continue;
            };
            let (high, step) = match rest.split_once(':') {
                Some((high, step)) => (high, number(step)?),
                None => (rest, 1),
            };
            let (low, high) = match high.strip_prefix('=') {
                Some(high) => (number(low)?, number(high)?.saturating_add(1)),
                None => (number(low)?, number(high)?),
            };
            if step == 0 || high <= low || (high - low) / step > LONGEST {
                return Err(wrong(text, "a range holds nothing, has step 0, or is too long"));
            }
            list.extend((low..high).step_by(step));
        }
        Ok(Counts(list))
    }
}

impl FromStr for Values {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let why = "must be numbers such as 1,2.5 or 0.2..=5:0.2";
        let number = |part: &str| match part.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(wrong(text, why)),
        };
        let mut list = Vec::new();
        for part in text.split(',') {
            let Some((low, rest)) = part.split_once("..=") else {
                list.push(number(part)?);
                continue;
            };
            let (high, step) = rest.split_once(':').ok_or_else(|| wrong(text, why))?;
            let (low, high, step) = (number(low)?, number(high)?, number(step)?);
            // A last value that rounding puts an ε beyond the end belongs to the range.
            let count = ((high - low) / step + 1e-9).floor();
            if step <= 0.0 || count.is_nan() || count < 0.0 || count > LONGEST as f64 {
                return Err(wrong(text, "a range holds nothing, has no positive step, or is too long"));
            }
            for k in 0..=count as u32 {
                // 0.1 + 2·0.1 is meant to be 0.3.
                list.push(number(&format!("{:.12}", low + f64::from(k) * step))?);
            }
        }
        Ok(Values(list))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        let counts = |text: &str| text.parse::<Counts>().unwrap().0;
        assert_eq!(counts("1..=99:4").len(), 25);
        assert_eq!((counts("1..4"), counts("2,5..=6,9")), (vec![1, 2, 3], vec![2, 5, 6, 9]));
        let values = |text: &str| text.parse::<Values>().unwrap().0;
        assert_eq!(values("0.1..=0.3:0.1"), [0.1, 0.2, 0.3]);
        assert_eq!(values("0.2..=5:0.2").len(), 25);
        assert_eq!(values("0,1.5,-2"), [0.0, 1.5, -2.0]);
    }

    #[test]
    fn typing_errors_are_refused() {
        for text in ["", "a", "1..", "3..1", "1..=9:0", "1..=99999999999", "1,,2", "1.5", "-1"] {
            assert!(text.parse::<Counts>().is_err(), "{text}");
        }
        for text in ["", "x", "1..=2", "2..=1:0.5", "1..=2:0", "1..=2:-1", "nan", "inf", "0..=1:1e-9"] {
            assert!(text.parse::<Values>().is_err(), "{text}");
        }
    }
}
