//! Where panels, tick labels, axis labels and colour bars stand, so that nothing overlaps or is cut off.

use super::canvas::UNITS;
use super::check::Ranges;
use super::clip::Rect;
use super::ruler::{Range, Ruler};
use super::tick_room::{axis_ticks, fitting, label, thinned, widest};
use super::ticks::Ticks;
use super::{font, key};
use crate::error::{Error, Result};
use crate::report::axis::{Axis, Scale};
use crate::report::figure::{Figure, Panel};
use crate::report::style::Style;

/// Sizes in canvas units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub em: f64,
    pub tick_em: f64,
    pub legend_em: f64,
    pub tick: f64,
    pub gap: f64,
    pub pad: f64,
}

impl Sizes {
    pub fn of(style: &Style) -> Self {
        let (em, tick_em) = (style.font * UNITS, style.tick_font * UNITS);
        Sizes {
            em,
            tick_em,
            legend_em: style.legend_font * UNITS,
            tick: 0.36 * tick_em,
            gap: 0.34 * tick_em,
            pad: 0.3 * em,
        }
    }
}

/// A colour bar: where it is, and its ticks.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub place: Rect,
    pub ruler: Ruler,
    pub ticks: Ticks,
    /// The base line of its label, which reads upwards.
    pub label_x: f64,
    /// Whether values lie above and below its ends: an arrow points there.
    pub above: bool,
    pub below: bool,
}

/// Height of a colour bar's arrow, in em.
pub(crate) const ARROW: f64 = 0.6;

/// One panel on the canvas.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub frame: Rect,
    pub x: Ruler,
    pub y: Ruler,
    pub x_ticks: Ticks,
    pub y_ticks: Ticks,
    /// Whether tick labels and the axis' label are written.
    pub show_x: bool,
    pub show_y: bool,
    /// The base line of the y label.
    pub label_x: f64,
    /// The base line of the x label.
    pub label_y: f64,
    pub bar: Option<Bar>,
    /// What is written under a heat map, its base line, and its right end.
    pub key: String,
    pub key_y: f64,
    pub key_right: f64,
}

/// The whole figure on the canvas.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub width: f64,
    pub height: f64,
    pub cells: Vec<Cell>,
}

/// Height over width of a figure that does not say.
fn aspect(figure: &Figure, style: &Style, rows: usize) -> f64 {
    if let Some(aspect) = figure.aspect {
        return aspect;
    }
    let columns = figure.columns.min(figure.panels.len());
    if let [Panel { pictures: Some(p), .. }] = &figure.panels[..] {
        let across = p.columns.min(p.pictures.len()).max(1) as f64;
        let down = p.pictures.len().div_ceil(p.columns.max(1)) as f64;
        let shape = p.pictures.first().map_or(1.0, |p| p.height as f64 / p.width as f64);
        let caption = if p.pictures.iter().any(|p| !p.caption.is_empty()) { 1.5 } else { 0.3 };
        return (down / across * shape) + (down * caption + 1.6) * style.legend_font / (72.0 * style.width);
    }
    let each = match columns {
        1 => style.aspect,
        2 => style.aspect * 1.3,
        _ => style.aspect * 1.5,
    };
    each * rows as f64 / columns as f64
}

/// Space around the frames, by row and by column, in units.
struct Margins {
    left: Vec<f64>,
    right: Vec<f64>,
    top: Vec<f64>,
    bottom: Vec<f64>,
}

/// Arranges the panels of a figure. Widths of labels and places of ticks depend on each other: three rounds settle it.
///
/// # Errors
/// [`Error::Drawing`] when labels leave no room for the axes.
pub(crate) fn arrange(figure: &Figure, style: &Style, ranges: &[Ranges]) -> Result<Layout> {
    let sizes = Sizes::of(style);
    let count = figure.panels.len();
    let columns = figure.columns.min(count);
    let rows = count.div_ceil(columns);
    let width = (style.width * 72.0 * UNITS).round();
    let height = (width * aspect(figure, style, rows)).round();
    let title = if figure.title.is_empty() { 0.0 } else { 1.7 * sizes.em };
    let shows: Vec<(bool, bool)> = (0..count)
        .map(|i| (!figure.share_x || i + columns >= count, !figure.share_y || i % columns == 0))
        .collect();
    let mut margins = Margins {
        left: vec![3.0 * sizes.em; columns],
        right: vec![sizes.em; columns],
        top: vec![0.0; rows],
        bottom: vec![0.0; rows],
    };
    for (i, panel) in figure.panels.iter().enumerate() {
        let (top, bottom) = vertical_margins(panel, &ranges[i], shows[i].0, &sizes);
        let row = i / columns;
        margins.top[row] = margins.top[row].max(top);
        margins.bottom[row] = margins.bottom[row].max(bottom);
    }
    let between = (0.5 * sizes.em, 0.9 * sizes.em);
    let heats = figure.panels.iter().zip(ranges).filter_map(|(panel, r)| panel.heat.as_ref().zip(r.colour));
    let all = heats.map(|(heat, colour)| key::beyond(heat, &colour)).reduce(|a, b| key::Beyond {
        below: a.below + b.below,
        above: a.above + b.above,
        absent: a.absent + b.absent,
    });
    let used: f64 = margins.top.iter().chain(&margins.bottom).sum();
    let high = (height - 2.0 * sizes.pad - title - used - between.0 * (rows - 1) as f64) / rows as f64;
    let mut cells = Vec::new();
    for _ in 0..3 {
        let used: f64 = margins.left.iter().chain(&margins.right).sum();
        let wide = (width - 2.0 * sizes.pad - used - between.1 * (columns - 1) as f64) / columns as f64;
        if high < 2.0 * sizes.em || wide < 2.0 * sizes.em {
            return Err(Error::Drawing {
                what: format!("a figure of {rows} × {columns} panels"),
                reason: format!(
                    "labels leave {:.0} × {:.0} pt for each panel; make it wider or higher (Figure::aspect), the font smaller, or the labels shorter",
                    wide / UNITS,
                    high / UNITS
                ),
            });
        }
        let mut next = Margins { left: vec![0.0; columns], right: vec![0.0; columns], ..margins };
        cells.clear();
        let mut top = sizes.pad + title;
        for row in 0..rows {
            top += next.top[row];
            let mut left = sizes.pad;
            for column in 0..columns {
                let index = row * columns + column;
                left += margins.left[column];
                if index < count {
                    let frame = Rect { left, top, right: left + wide, bottom: top + high };
                    let panel = &figure.panels[index];
                    let mut extent = BarExtent::own(panel, &ranges[index], &frame);
                    if figure.share_colours {
                        // One bar beside the whole grid: that of the last panel of the first row.
                        let last = index + 1 == columns.min(count);
                        let rest = (rows - 1 - row) as f64 * (high + between.0);
                        let below: f64 = next.bottom[row..rows - 1].iter().sum();
                        let above: f64 = next.top[row + 1..].iter().sum();
                        extent = all.filter(|_| last).map(|beyond| BarExtent {
                            top: frame.top,
                            bottom: frame.bottom + rest + below + above,
                            beyond,
                        });
                    }
                    let (cell, before, after) =
                        place(panel, &ranges[index], frame, shows[index], &sizes, extent);
                    next.left[column] = next.left[column].max(before);
                    next.right[column] = next.right[column].max(after);
                    cells.push(cell);
                }
                left += wide + margins.right[column] + between.1;
            }
            top += high + next.bottom[row] + between.0;
        }
        margins = next;
    }
    Ok(Layout { width, height, cells })
}

/// What is written under a heat map.
fn key(panel: &Panel, ranges: &Ranges) -> String {
    panel.heat.as_ref().zip(ranges.colour).map_or(String::new(), |(heat, colour)| key::text(heat, &colour))
}

/// Space above and below a frame; it depends on font sizes and on which labels there are, not on where the data are.
fn vertical_margins(panel: &Panel, ranges: &Ranges, show_x: bool, sizes: &Sizes) -> (f64, f64) {
    let key = if key(panel, ranges).is_empty() { 0.0 } else { 1.3 * sizes.legend_em };
    let top = if panel.title.is_empty() { 0.45 * sizes.tick_em } else { 1.55 * sizes.em };
    if panel.pictures.is_some() {
        return (top, 0.0);
    }
    if !show_x {
        return (top, 0.5 * sizes.tick_em + key);
    }
    let ticks = sizes.tick + sizes.gap + 1.15 * sizes.tick_em;
    // A power of ten taken out of the tick labels may put a label where none was asked for.
    let spare = panel.x.scale == Scale::Linear || !panel.x.label.is_empty();
    (top, ticks + if spare { 1.45 * sizes.em } else { 0.0 } + key)
}

/// From where to where a colour bar goes, and what lies beyond its ends.
#[derive(Debug, Clone, Copy)]
struct BarExtent {
    top: f64,
    bottom: f64,
    beyond: key::Beyond,
}

impl BarExtent {
    /// Beside the panel itself.
    fn own(panel: &Panel, ranges: &Ranges, frame: &Rect) -> Option<BarExtent> {
        let (heat, colour) = panel.heat.as_ref().zip(ranges.colour)?;
        Some(BarExtent { top: frame.top, bottom: frame.bottom, beyond: key::beyond(heat, &colour) })
    }
}

/// One panel in its frame, with the space it needs left and right of the frame; `extent`: where it has a colour bar.
fn place(
    panel: &Panel,
    ranges: &Ranges,
    frame: Rect,
    (show_x, show_y): (bool, bool),
    sizes: &Sizes,
    extent: Option<BarExtent>,
) -> (Cell, f64, f64) {
    let ruler = |range: Range, a: f64, b: f64, reversed: bool| {
        if reversed { Ruler { range, start: b, end: a } } else { Ruler { range, start: a, end: b } }
    };
    let x = ruler(ranges.x, frame.left, frame.right, panel.x.reversed);
    let y = ruler(ranges.y, frame.bottom, frame.top, panel.y.reversed);
    let most = ((frame.height() / (2.1 * sizes.tick_em)) as usize).clamp(2, 8);
    let none = |bare: bool, ticks: Ticks| if bare { Ticks::default() } else { ticks };
    let x_ticks = none(ranges.bare.x, fitting(&panel.x, &ranges.x, frame.width(), sizes.tick_em));
    let upright = |ticks: Ticks, range: &Range, length: f64| {
        thinned(ticks, range, length, 0.1 * sizes.tick_em, |_| 0.5 * sizes.tick_em)
    };
    let y_ticks = upright(axis_ticks(&panel.y, &ranges.y, most), &ranges.y, frame.height());
    let y_ticks = none(ranges.bare.y, y_ticks);
    let drawn = panel.pictures.is_none();
    let (mut before, mut after) = (0.0f64, 0.0f64);
    let mut label_x = frame.left;
    if drawn && show_x {
        for tick in &x_ticks.major {
            let half = font::width(&tick.label, sizes.tick_em) / 2.0;
            before = before.max(half - (x.at(tick.at) - frame.left));
            after = after.max(half - (frame.right - x.at(tick.at)));
        }
    }
    if drawn && show_y {
        let ticks = sizes.tick + sizes.gap + widest(&y_ticks, sizes.tick_em);
        let text = label(&panel.y.label, &y_ticks);
        label_x = frame.left - ticks - (0.45 + font::descent(&text)) * sizes.em;
        let label = if text.is_empty() { 0.0 } else { frame.left - label_x + font::ascent(&text) * sizes.em };
        before = before.max(ticks).max(label);
    }
    let mut bar = None;
    if let (Some(heat), Some(colour), Some(extent)) = (&panel.heat, ranges.colour, extent) {
        let left = frame.right + 0.7 * sizes.em;
        let beyond = extent.beyond;
        let arrow = |points: bool| if points { ARROW * sizes.em } else { 0.0 };
        let (top, bottom) = (extent.top + arrow(beyond.above > 0), extent.bottom - arrow(beyond.below > 0));
        let place = Rect { left, right: left + 0.9 * sizes.em, top, bottom };
        let axis = Axis { label: heat.label.clone(), scale: heat.scale, ..Axis::default() };
        // Powers of two are few and short: each is named where their lines fit.
        let dense = ((place.height() / (1.3 * sizes.tick_em)) as usize).clamp(2, 10);
        let most = if heat.scale == Scale::Log2 { dense } else { most };
        let unknown = heat.values.iter().all(Option::is_none)
            && (heat.limits.low.is_none() || heat.limits.high.is_none());
        let ticks = none(unknown, axis_ticks(&axis, &colour, most));
        let text = label(&heat.label, &ticks);
        let end = place.right + sizes.tick + sizes.gap + widest(&ticks, sizes.tick_em);
        let label_x = end + (0.45 + font::ascent(&text)) * sizes.em;
        let right = if text.is_empty() { end } else { label_x + font::descent(&text) * sizes.em };
        after = after.max(right - frame.right);
        bar = Some(Bar {
            place,
            ruler: Ruler { range: colour, start: place.bottom, end: place.top },
            ticks,
            label_x,
            above: beyond.above > 0,
            below: beyond.below > 0,
        });
    }
    let label_y = frame.bottom + sizes.tick + sizes.gap + 1.15 * sizes.tick_em + 1.1 * sizes.em;
    let key_y = match show_x {
        true => label_y + 0.35 * sizes.em + sizes.legend_em,
        false => frame.bottom + sizes.tick + 1.1 * sizes.legend_em,
    };
    let (key, key_right) = (key(panel, ranges), frame.right + after);
    let cell =
        Cell { frame, x, y, x_ticks, y_ticks, show_x, show_y, label_x, label_y, bar, key, key_y, key_right };
    (cell, before, after)
}
