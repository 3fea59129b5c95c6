//! What is written under a heat map: why cells are blank, and how many lie beyond the ends of its colours.

use super::ruler::Range;
use super::ticks::number;
use crate::report::raster::HeatMap;

/// How many cells have no colour of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Beyond {
    pub below: usize,
    pub above: usize,
    /// Cells without a value.
    pub absent: usize,
}

/// Counts them. An end that a value meets but for rounding is not passed.
pub(crate) fn beyond(heat: &HeatMap, colour: &Range) -> Beyond {
    const ROUNDING: f64 = 1e-9;
    let fractions = || heat.values.iter().flatten().map(|value| colour.fraction(*value));
    Beyond {
        below: fractions().filter(|f| *f < -ROUNDING).count(),
        above: fractions().filter(|f| *f > 1.0 + ROUNDING).count(),
        absent: heat.values.iter().filter(|value| value.is_none()).count(),
    }
}

/// "×: diverged, 2 cells; > 1: 3 cells"; empty where every cell has its own colour.
pub(crate) fn text(heat: &HeatMap, colour: &Range) -> String {
    let Beyond { below, above, absent } = beyond(heat, colour);
    let why = if heat.without.is_empty() { "no value" } else { &heat.without };
    let all = [
        (absent, format!("×: {why},")),
        (above, format!("> {}:", number(colour.high))),
        (below, format!("< {}:", number(colour.low))),
    ];
    let cells = |count: usize| if count == 1 { "1 cell".to_string() } else { format!("{count} cells") };
    let some = all.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("{what} {}", cells(count))).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cells_are_counted_and_named() {
        let values =
            ndarray::array![[Some(0.01), Some(1.0), Some(1.0 + 1e-12)], [None, Some(30.0), Some(0.001)]];
        let heat = HeatMap::with_gaps([1.0, 2.0, 3.0], [1.0, 2.0], values.view()).unwrap();
        let colour = Range { low: 0.01, high: 1.0, log: true };
        assert_eq!(beyond(&heat, &colour), Beyond { below: 1, above: 1, absent: 1 });
        assert_eq!(text(&heat, &colour), "×: no value, 1 cell; > 1: 1 cell; < 0.01: 1 cell");
        let named = heat.without("diverged");
        assert!(text(&named, &colour).starts_with("×: diverged, 1 cell;"));
        let whole = HeatMap::new([1.0], [1.0], ndarray::array![[0.5]].view()).unwrap();
        assert_eq!(text(&whole, &colour), "");
    }
}
