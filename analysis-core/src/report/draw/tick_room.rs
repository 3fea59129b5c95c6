//! What ticks an axis gets in the room it has, and what its label says of them.

use super::font;
use super::ruler::Range;
use super::ticks::{Ticks, chosen, ticks};
use crate::report::axis::Axis;
use crate::report::text::minus;

/// The axis' label, with the power of ten that its tick labels leave out.
pub(crate) fn label(axis_label: &str, ticks: &Ticks) -> String {
    if ticks.power == 0 {
        return axis_label.to_string();
    }
    let power = minus(&ticks.power.to_string());
    let factor = format!("×10^{{{power}}}");
    if axis_label.is_empty() { factor } else { format!("{axis_label} ({factor})") }
}

pub(crate) fn axis_ticks(axis: &Axis, range: &Range, most: usize) -> Ticks {
    if axis.ticks.is_empty() {
        ticks(axis.scale, range.low, range.high, most)
    } else {
        let inside = |v: &f64| (-1e-9..=1.0 + 1e-9).contains(&range.fraction(*v));
        let mut ticks = chosen(axis.scale, &axis.ticks);
        let names = axis.tick_names.iter().cloned();
        ticks.major.iter_mut().zip(names).for_each(|(tick, name)| tick.label = name);
        ticks.major.retain(|tick| inside(&tick.at));
        ticks
    }
}

/// The widest label.
pub(crate) fn widest(ticks: &Ticks, em: f64) -> f64 {
    ticks.major.iter().map(|t| font::width(&t.label, em)).fold(0.0, f64::max)
}

/// The most ticks whose labels stand clear of each other along a horizontal axis of this length.
pub(crate) fn fitting(axis: &Axis, range: &Range, length: f64, em: f64) -> Ticks {
    let mut found = axis_ticks(axis, range, 2);
    for most in (2..=9).rev() {
        found = axis_ticks(axis, range, most);
        let places: Vec<(f64, f64)> = found
            .major
            .iter()
            .map(|t| (range.fraction(t.at) * length, font::width(&t.label, em) / 2.0))
            .collect();
        if places.windows(2).all(|w| (w[1].0 - w[0].0).abs() >= w[0].1 + w[1].1 + 0.7 * em) {
            break;
        }
    }
    thinned(found, range, length, 0.3 * em, |label| font::width(label, em) / 2.0)
}

/// Ticks whose labels would come nearer than `gap` to each other: every second, third, … keeps its label, the others their line.
/// Chosen ticks are as many as the caller says. `half` is half a label's extent along the axis.
pub(crate) fn thinned(
    ticks: Ticks,
    range: &Range,
    length: f64,
    gap: f64,
    half: impl Fn(&str) -> f64,
) -> Ticks {
    let mut kept = Ticks { major: Vec::new(), ..ticks };
    let mut all = ticks.major;
    all.sort_by(|a, b| a.at.total_cmp(&b.at));
    let ends: Vec<(f64, f64)> = all
        .iter()
        .map(|tick| (range.fraction(tick.at) * length, half(&tick.label)))
        .map(|(place, half)| (place - half, place + half))
        .collect();
    let clear = |step: &usize| {
        let shown: Vec<&(f64, f64)> = ends.iter().step_by(*step).collect();
        shown.windows(2).all(|pair| pair[1].0 >= pair[0].1 + gap)
    };
    let step = (1..=all.len()).find(clear).unwrap_or(1);
    for (place, tick) in all.into_iter().enumerate() {
        match place % step {
            0 => kept.major.push(tick),
            _ => kept.minor.push(tick.at),
        }
    }
    kept
}
