//! Which indices i a line is fitted over. Indices count from 1, ranges follow Rust.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::text::serde_as_text;

/// The fewest indices a line is fitted to: two determine it, the third gives a residual.
const FEWEST: usize = 3;

/// The window of a log–log fit, as the user names it. What it means for n samples is [`Window::resolve`]'s to say.
///
/// Default `log10<2.7` (i ≤ 501): one of the windows in which the paper's Table 1 reproduces to within 0.03 (those from
/// i ≤ 300 to i ≤ 470 do as well or better). That 2700 stands for 10^2.7 is a guess; the literal `i < 2700` does not give the
/// printed numbers for any target (paper 1, Table 1; see [`Window::PaperLiteral`]).
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// let window: Window = "1..=501".parse()?;
/// assert_eq!(window.resolve(3000)?, Window::Log10Below(2.7).resolve(3000)?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Window {
    /// first ≤ i ≤ last, written `1..=501` or `1..502`.
    Indices {
        /// The first index, from 1.
        first: usize,
        /// The last index, included.
        last: usize,
    },
    /// log₁₀ i < bound, written `log10<2.7`. Refused where it reaches beyond n/2: there the tail sum is bent by its
    /// own end at i = n.
    Log10Below(f64),
    /// The first ⌊fraction·n⌋ indices, written `first:0.1`.
    FirstFraction(f64),
    /// i < 2700, as the paper prints it, written `paper-literal`: for n = 3000 this reaches into the end of the tail,
    /// where even a flat c_k² has slope −0.449, so it cannot give the paper's own 0.40, 0.22 and 0.09.
    PaperLiteral,
}

/// A window resolved for n samples: first ≤ i ≤ last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRange {
    /// The first index, from 1.
    pub first: usize,
    /// The last index, included.
    pub last: usize,
}

/// Which indices of the window enter the fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spacing {
    /// Every index: on a log axis, nine tenths of the weight lie in the last decade. Written `every-index`.
    #[default]
    EveryIndex,
    /// About so many indices, evenly spaced in log i, each at most once. Written `log-spaced:50`.
    LogSpaced {
        /// How many indices are asked for; fewer where neighbours round to the same integer.
        points: usize,
    },
}

impl Default for Window {
    fn default() -> Self {
        Window::Log10Below(2.7)
    }
}

impl Window {
    /// The indices that the window means for n samples.
    ///
    /// # Errors
    /// [`Error::Window`] where it is empty, starts before 1, reaches beyond n (for `log10<b`: beyond n/2) or holds
    /// fewer than three indices.
    pub fn resolve(&self, n: usize) -> Result<IndexRange> {
        let range = match *self {
            Window::Indices { first, last } => IndexRange { first, last },
            Window::Log10Below(bound) => {
                let last =
                    last_below(bound).ok_or_else(|| self.refuse("the bound must be a positive number"))?;
                if last > n / 2 {
                    return Err(self.refuse(format!(
                        "it ends at i = {last}, beyond n/2 = {}, where the tail is bent by its own end; \
                         choose a smaller bound, or first:0.1",
                        n / 2
                    )));
                }
                IndexRange { first: 1, last }
            }
            Window::FirstFraction(fraction) if fraction > 0.0 && fraction <= 1.0 => {
                // 0.29·100 is 28.999…: a product within rounding of a whole number is that number.
                IndexRange {
                    first: 1,
                    last: (fraction * n as f64 * (1.0 + 4.0 * f64::EPSILON)).floor() as usize,
                }
            }
            Window::FirstFraction(_) => return Err(self.refuse("the fraction must be in (0, 1]")),
            Window::PaperLiteral => IndexRange { first: 1, last: 2699 },
        };
        if range.first == 0 {
            return Err(self.refuse("indices count from 1"));
        }
        if range.last > n {
            return Err(self.refuse(format!("it ends at i = {}, beyond n = {n}", range.last)));
        }
        if range.last < range.first || range.last - range.first + 1 < FEWEST {
            return Err(self.refuse(format!(
                "it holds {} indices of n = {n}; a line needs at least {FEWEST}",
                (range.last + 1).saturating_sub(range.first)
            )));
        }
        Ok(range)
    }

    fn refuse(&self, problem: impl Into<String>) -> Error {
        Error::Window { window: self.to_string(), problem: problem.into() }
    }
}

/// The largest i with log₁₀ i < bound. 10^bound is rounded, so its neighbours are tried by the definition itself.
fn last_below(bound: f64) -> Option<usize> {
    let power = 10f64.powf(bound);
    if !(bound > 0.0 && power < 1e15) {
        return None;
    }
    let near = power as usize;
    (near.saturating_sub(1)..=near + 1).rev().find(|i| *i > 0 && (*i as f64).log10() < bound)
}

impl IndexRange {
    /// The indices that `spacing` takes from the range, ascending.
    ///
    /// # Errors
    /// [`Error::Window`] for a range that starts before 1 or ends before it starts, [`Error::Memory`] for one that is too
    /// long to list, [`Error::Parameter`] where fewer than three distinct indices are left.
    pub fn indices(&self, spacing: Spacing) -> Result<Vec<usize>> {
        if self.first == 0 || self.last < self.first {
            let problem = "indices count from 1, and a window ends where it starts or later".into();
            return Err(Error::Window { window: self.to_string(), problem });
        }
        let every = (self.last - self.first).saturating_add(1);
        Bytes::of::<usize>(every, 1).require(&format!("the {every} indices of the window {self}"))?;
        let indices: Vec<usize> = match spacing {
            Spacing::EveryIndex => (self.first..=self.last).collect(),
            Spacing::LogSpaced { points } => {
                let why = format!("{self} holds only {every} indices");
                check::refuse(points > every, "spacing", spacing, why)?;
                let (from, to) = ((self.first as f64).ln(), (self.last as f64).ln());
                let step = (to - from) / (points.max(2) - 1) as f64;
                let mut spaced: Vec<usize> = (0..points)
                    .map(|j| (from + step * j as f64).exp().round() as usize)
                    .map(|i| i.clamp(self.first, self.last))
                    .collect();
                spaced.dedup();
                spaced
            }
        };
        let why = format!("leaves {} distinct indices of {self}; a line needs {FEWEST}", indices.len());
        check::refuse(indices.len() < FEWEST, "spacing", spacing, why)?;
        Ok(indices)
    }
}

impl fmt::Display for IndexRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..={}", self.first, self.last)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Window::Indices { first, last } => write!(f, "{first}..={last}"),
            Window::Log10Below(bound) => write!(f, "log10<{bound}"),
            Window::FirstFraction(fraction) => write!(f, "first:{fraction}"),
            Window::PaperLiteral => f.write_str("paper-literal"),
        }
    }
}

impl FromStr for Window {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::Window {
            window: text.into(),
            problem: "not understood; write 1..=501, 1..502, log10<2.7, first:0.1 or paper-literal".into(),
        };
        if text == "paper-literal" {
            return Ok(Window::PaperLiteral);
        }
        if let Some(bound) = text.strip_prefix("log10<") {
            return bound.parse().map(Window::Log10Below).map_err(|_| unknown());
        }
        if let Some(fraction) = text.strip_prefix("first:") {
            return fraction.parse().map(Window::FirstFraction).map_err(|_| unknown());
        }
        let (first, rest) = text.split_once("..").ok_or_else(unknown)?;
        let (last, included) = match rest.strip_prefix('=') {
            Some(last) => (last, true),
            None => (rest, false),
        };
        let first = first.trim().parse().map_err(|_| unknown())?;
        let end: usize = last.trim().parse().map_err(|_| unknown())?;
        let last = if included { Some(end) } else { end.checked_sub(1) };
        Ok(Window::Indices { first, last: last.ok_or_else(unknown)? })
    }
}

impl fmt::Display for Spacing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spacing::EveryIndex => f.write_str("every-index"),
            Spacing::LogSpaced { points } => write!(f, "log-spaced:{points}"),
        }
    }
}

impl FromStr for Spacing {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::parameter("spacing", text, "write every-index or log-spaced:50");
        match text.strip_prefix("log-spaced:") {
            Some(points) => points.parse().map(|points| Spacing::LogSpaced { points }).map_err(|_| unknown()),
            None if text == "every-index" => Ok(Spacing::EveryIndex),
            None => Err(unknown()),
        }
    }
}

serde_as_text!(Window);
serde_as_text!(Spacing);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn resolved(text: &str, n: usize) -> Result<IndexRange> {
        text.parse::<Window>()?.resolve(n)
    }

    #[test]
    fn windows_mean_what_they_say() {
        assert_eq!(resolved("log10<2.7", 3000).unwrap(), IndexRange { first: 1, last: 501 });
        // log₁₀ 1000 = 3 is not below 3.
        assert_eq!(resolved("log10<3", 3000).unwrap().last, 999);
        assert_eq!(resolved("first:0.1", 3000).unwrap().last, 300);
        for (percent, n) in (1..=100).flat_map(|p| [100, 200, 300, 3000].map(|n| (p, n))) {
            let last = Window::FirstFraction(f64::from(percent) / 100.0).resolve(n).map(|r| r.last);
            assert!(last.is_err() || last == Ok(percent as usize * n / 100), "{percent} % of {n}: {last:?}");
        }
        assert_eq!(resolved("paper-literal", 3000).unwrap().last, 2699);
        assert_eq!(resolved("1..502", 3000).unwrap(), resolved("1..=501", 3000).unwrap());
        assert_eq!(resolved("10..=1000", 3000).unwrap(), IndexRange { first: 10, last: 1000 });
    }

    #[test]
    fn windows_that_do_not_fit_are_refused() {
        for (text, n) in [
            ("log10<2.7", 1000),
            ("0..=10", 100),
            ("5..=4", 100),
            ("1..=2", 100),
            ("1..=101", 100),
            ("paper-literal", 2000),
            ("first:0", 100),
            ("first:1.5", 100),
            ("first:0.01", 100),
            ("first:NaN", 100),
            ("log10<-1", 100),
            ("log10<NaN", 100),
            ("log10<inf", 100),
            ("1..0", 100),
            ("abc", 100),
            ("1..=x", 100),
            ("18446744073709551615..=18446744073709551615", 100),
            ("18446744073709551615..=50", 100),
            ("18446744073709551615..50", 100),
        ] {
            assert!(matches!(resolved(text, n), Err(Error::Window { .. })), "{text}");
        }
        let refusal = resolved("log10<2.7", 1000).unwrap_err().to_string();
        assert!(refusal.contains("first:0.1") && refusal.contains("n/2 = 500"), "{refusal}");
    }

    #[test]
    fn text_goes_both_ways() {
        for text in ["1..=501", "log10<2.7", "first:0.1", "paper-literal"] {
            let window: Window = text.parse().unwrap();
            assert_eq!(window.to_string(), text);
            let json = serde_json::to_string(&window).unwrap();
            assert_eq!(serde_json::from_str::<Window>(&json).unwrap(), window);
        }
        for text in ["every-index", "log-spaced:50"] {
            assert_eq!(text.parse::<Spacing>().unwrap().to_string(), text);
        }
        assert!("log-spaced:x".parse::<Spacing>().is_err());
    }

    #[test]
    fn log_spacing_is_distinct_and_keeps_the_ends() {
        let range = IndexRange { first: 1, last: 501 };
        let indices = range.indices(Spacing::LogSpaced { points: 40 }).unwrap();
        assert!(indices.windows(2).all(|w| w[0] < w[1]));
        assert_eq!((indices[0], indices[indices.len() - 1]), (1, 501));
        assert!(range.indices(Spacing::LogSpaced { points: 2 }).is_err());
        assert!(range.indices(Spacing::LogSpaced { points: 0 }).is_err());
        assert!(range.indices(Spacing::LogSpaced { points: usize::MAX }).is_err());
    }
}
