//! From values to canvas units along one axis.

use crate::report::axis::Scale;

/// The ends of an axis, resolved: finite, low < high, positive on logarithmic axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub low: f64,
    pub high: f64,
    pub log: bool,
}

impl Range {
    /// A value as the axis sees it.
    pub fn seen(&self, v: f64) -> f64 {
        if self.log { v.log10() } else { v }
    }

    /// Back from what the axis sees.
    pub fn natural(&self, seen: f64) -> f64 {
        if self.log { 10f64.powf(seen) } else { seen }
    }

    /// Where `v` is between the ends: 0 at low, 1 at high.
    pub fn fraction(&self, v: f64) -> f64 {
        let (low, high) = (self.seen(self.low), self.seen(self.high));
        (self.seen(v) - low) / (high - low)
    }

    /// Wider by `below` and `above` times its length.
    pub fn padded(&self, below: f64, above: f64) -> Range {
        let (low, high) = (self.seen(self.low), self.seen(self.high));
        let length = high - low;
        // What lies beyond the numbers there are ends at the last one.
        let smallest = if self.log { f64::from_bits(1) } else { f64::MIN };
        Range {
            low: self.natural(low - below * length).max(smallest),
            high: self.natural(high + above * length).min(f64::MAX),
            log: self.log,
        }
    }

    /// From the smaller low end to the larger high end.
    pub fn union(&self, other: &Range) -> Range {
        Range { low: self.low.min(other.low), high: self.high.max(other.high), log: self.log }
    }
}

/// A range with ends that can be told apart: ends that agree to ten digits are moved apart.
pub(crate) fn opened(low: f64, high: f64, scale: Scale) -> Range {
    let log = scale.is_log();
    let size = low.abs().max(high.abs());
    let same = if log { (high / low).ln().abs() < 1e-10 } else { (high - low).abs() <= 1e-10 * size };
    match (same, log) {
        (false, _) => Range { low, high, log },
        (true, true) => Range { low: low / 2.0, high: high * 2.0, log },
        (true, false) if size == 0.0 => Range { low: -1.0, high: 1.0, log },
        (true, false) => Range { low: low - 0.1 * size, high: high + 0.1 * size, log },
    }
}

/// An axis on the canvas: `start` is where its low end is, `end` where its high end is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ruler {
    pub range: Range,
    pub start: f64,
    pub end: f64,
}

impl Ruler {
    /// Where the value `v` is on the canvas; far outside values end at a distance where nothing overflows.
    pub fn at(&self, v: f64) -> f64 {
        let fraction = self.range.fraction(v).clamp(-1e4, 1e4);
        self.start + (self.end - self.start) * fraction
    }
}
