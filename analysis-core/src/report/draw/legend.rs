//! The legend: where it covers nothing, if there is such a place at a size that can be read.

use super::canvas::UNITS;
use super::clip::{Point, Rect};
use super::font;
use super::layout::{Cell, Sizes};
use super::look::Look;
use super::panel::Traced;
use super::pen::{Anchor, Pen, solid};
use crate::error::Result;
use crate::report::figure::{Legend, Panel};
use crate::report::series::{Dash, Mark, Series};
use crate::report::style::{Rgb, Style};
use plotters::style::Color;
use std::borrow::Cow;

/// A legend placed in its panel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub area: Rect,
    pub em: f64,
    /// How much data lies under it, in points of the traced series.
    pub covered: usize,
}

/// Length of a sample line and the gap to its text, in em.
const SAMPLE: f64 = 1.9;
const GAP: f64 = 0.55;
/// Distance of base lines, in em.
const LEADING: f64 = 1.42;

/// What the legend calls a series; one without a point says so.
fn name(series: &Series) -> Cow<'_, str> {
    let reference = matches!(series.mark, Mark::Vertical | Mark::Horizontal);
    if series.x.is_empty() && !reference {
        Cow::Owned(format!("{} (no data)", series.label))
    } else {
        Cow::Borrowed(&series.label)
    }
}

/// The size of the legend's box at `em`, or nothing if no series has a label.
fn extent(panel: &Panel, em: f64) -> Option<(f64, f64)> {
    let labels: Vec<Cow<str>> = panel.series.iter().filter(|s| !s.label.is_empty()).map(name).collect();
    if labels.is_empty() {
        return None;
    }
    let text = labels.iter().map(|l| font::width(l, em)).fold(0.0, f64::max);
    Some((text + (SAMPLE + GAP + 0.8) * em, (labels.len() as f64 * LEADING + 0.3) * em))
}

/// Points that a legend should not cover: marks, points along lines and error bars a few units apart, a lattice in areas.
fn obstacles(traced: &[Traced], spacing: f64) -> Vec<Point> {
    let mut found = Vec::new();
    for series in traced {
        found.extend(&series.marks);
        for line in series.lines.iter().chain(&series.bars) {
            for pair in line.windows(2) {
                let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                let steps = (dx.hypot(dy) / spacing).ceil().clamp(1.0, 2000.0);
                found.extend((0..=steps as usize).map(|k| {
                    let t = k as f64 / steps;
                    (pair[0].0 + t * dx, pair[0].1 + t * dy)
                }));
            }
        }
        // The vertices of an area run along both of its edges; between neighbours, points along them.
        for pair in series.area.windows(2) {
            let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
            let steps = (dx.hypot(dy) / spacing).ceil().clamp(1.0, 2000.0);
            found.extend((0..=steps as usize).map(|k| {
                let t = k as f64 / steps;
                (pair[0].0 + t * dx, pair[0].1 + t * dy)
            }));
        }
    }
    found
}

/// Font sizes that are tried in turn where a legend would cover data, in parts of the style's.
pub(crate) const SCALES: [f64; 5] = [1.0, 0.94, 0.88, 0.82, 0.76];

/// Places the legend of a panel, set in `scale` of the style's size.
pub(crate) fn place(
    panel: &Panel,
    cell: &Cell,
    traced: &[Traced],
    style: &Style,
    scale: f64,
) -> Option<Placed> {
    if panel.legend == Legend::Off {
        return None;
    }
    let sizes = Sizes::of(style);
    let em = scale * sizes.legend_em;
    let (width, height) = extent(panel, em)?;
    let f = &cell.frame;
    // A legend wider or higher than its panel is set smaller.
    let shrink = (0.96 * f.width() / width).min(0.96 * f.height() / height).min(1.0);
    let (em, width, height) = (em * shrink, width * shrink, height * shrink);
    let inset = 0.35 * em;
    let room = (f.width() - width - 2.0 * inset, f.height() - height - 2.0 * inset);
    let at = |across: f64, down: f64| {
        let left = f.left + inset + across * room.0.max(0.0);
        let top = f.top + inset + down * room.1.max(0.0);
        Rect { left, top, right: left + width, bottom: top + height }
    };
    let fixed = match panel.legend {
        Legend::TopLeft => Some((0.0, 0.0)),
        Legend::TopRight => Some((1.0, 0.0)),
        Legend::BottomLeft => Some((0.0, 1.0)),
        Legend::BottomRight => Some((1.0, 1.0)),
        Legend::Best | Legend::Off => None,
    };
    let points = obstacles(traced, 0.3 * em);
    let notes = note_areas(panel, cell, &sizes);
    let mark = 0.6 * style.mark * UNITS;
    let cost = |area: &Rect| {
        let hit = points.iter().filter(|p| area.grown(mark).holds(**p)).count();
        let overlaps = |n: &Rect| {
            n.left < area.right && n.right > area.left && n.top < area.bottom && n.bottom > area.top
        };
        hit + 1000 * notes.iter().filter(|n| overlaps(n)).count()
    };
    let mut places = vec![(1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
    places.extend([(1.0, 0.5), (0.5, 0.0), (0.0, 0.5), (0.5, 1.0)]);
    places.extend((0..=8).flat_map(|i| (0..=8).map(move |j| (f64::from(i) / 8.0, f64::from(j) / 8.0))));
    if let Some(fixed) = fixed {
        places = vec![fixed];
    }
    let mut best: Option<Placed> = None;
    for (across, down) in places {
        let area = at(across, down);
        let covered = cost(&area);
        if best.as_ref().is_none_or(|b| covered < b.covered) {
            best = Some(Placed { area, em, covered });
        }
        if covered == 0 {
            break;
        }
    }
    best
}

/// Where the notes of a panel are.
fn note_areas(panel: &Panel, cell: &Cell, sizes: &Sizes) -> Vec<Rect> {
    let em = sizes.legend_em;
    let areas = panel.notes.iter().map(|note| {
        let (x, y) = note_place(note, cell);
        Rect { left: x, right: x + font::width(&note.text, em), top: y - 0.9 * em, bottom: y + 0.3 * em }
    });
    areas.collect()
}

fn note_place(note: &crate::report::figure::Note, cell: &Cell) -> Point {
    let f = &cell.frame;
    if note.fraction {
        (f.left + note.x * f.width(), f.bottom - note.y * f.height())
    } else {
        (cell.x.at(note.x), cell.y.at(note.y))
    }
}

/// Draws the notes of a panel; one that would run out of the frame on the right is moved left.
pub(crate) fn notes(pen: &Pen, panel: &Panel, cell: &Cell, style: &Style) -> Result<()> {
    let em = Sizes::of(style).legend_em;
    for note in &panel.notes {
        let (x, y) = note_place(note, cell);
        let room = cell.frame.right - font::width(&note.text, em);
        let at = (x.min(room).max(cell.frame.left), y.clamp(cell.frame.top + em, cell.frame.bottom));
        pen.text(&note.text, at, em, Anchor::Start, style.ink, false)?;
    }
    Ok(())
}

/// Draws the legend: samples and texts on a nearly opaque ground.
pub(crate) fn draw(pen: &Pen, panel: &Panel, placed: &Placed, looks: &[Look], style: &Style) -> Result<()> {
    let (a, em) = (&placed.area, placed.em);
    let ground = [(a.left, a.top), (a.right, a.top), (a.right, a.bottom), (a.left, a.bottom)];
    pen.area(&ground, solid(Rgb::new(255, 255, 255)).mix(0.8))?;
    let entries = panel.series.iter().zip(looks).filter(|(s, _)| !s.label.is_empty());
    for (row, (series, look)) in entries.enumerate() {
        let base = a.top + (1.15 + row as f64 * LEADING) * em;
        let middle = base - 0.5 * font::CAPITAL * em;
        let (from, to) = (a.left + 0.3 * em, a.left + (0.3 + SAMPLE) * em);
        let colour = solid(look.colour).mix(look.opacity);
        let line = style.line * UNITS * look.size;
        match series.mark {
            Mark::Band => {
                let (top, bottom) = (middle - 0.36 * em, middle + 0.36 * em);
                pen.area(&[(from, top), (to, top), (to, bottom), (from, bottom)], colour)?;
            }
            Mark::Points => {}
            _ => pen.line(&[(from, middle), (to, middle)], colour, line, look.dash)?,
        }
        if matches!(series.mark, Mark::Points | Mark::LinePoints) {
            let centre = ((from + to) / 2.0, middle);
            if !series.lower.is_empty() {
                let bar = [(centre.0, middle - 0.45 * em), (centre.0, middle + 0.45 * em)];
                pen.line(&bar, colour, 0.7 * line, Dash::Solid)?;
            }
            // Small marks are enlarged in the legend, so that their shapes can be told apart.
            let size = (style.mark * UNITS * look.size).max(0.4 * em);
            pen.mark(look.shape, centre, size, colour)?;
        }
        let text = (to + GAP * em, base);
        pen.text(&name(series), text, em, Anchor::Start, style.ink, false)?;
    }
    Ok(())
}
