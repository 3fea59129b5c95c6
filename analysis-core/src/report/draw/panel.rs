//! One panel: its axes, then its series from back to front.

use super::canvas::UNITS;
use super::check::has_data;
use super::clip::{self, Point, Rect};
use super::layout::{ARROW, Bar, Cell, Sizes};
use super::look::Look;
use super::pen::{Anchor, Pen, solid};
use super::raster::edges;
use super::ruler::Ruler;
use super::tick_room::label;
use super::ticks::Ticks;
use super::{font, thin};
use crate::error::Result;
use crate::report::figure::Panel;
use crate::report::raster::HeatMap;
use crate::report::series::{Dash, Mark, Series, Shape};
use crate::report::style::{Rgb, Style};
use plotters::style::Color;

/// Faint lines across the panel at labelled ticks.
const GRID: Rgb = Rgb::new(0xE4, 0xE4, 0xE4);

/// The series of a panel as points on the canvas, cut at the frame and thinned: what is drawn, and what a legend
/// must not cover.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traced {
    pub lines: Vec<Vec<Point>>,
    pub area: Vec<Point>,
    pub marks: Vec<Point>,
    /// Error bars, without their caps.
    pub bars: Vec<Vec<Point>>,
    /// The caps of error bars at ends that are inside the frame.
    pub caps: Vec<Vec<Point>>,
}

impl Traced {
    /// All of it so many canvas units further to the right.
    fn moved(mut self, by: f64) -> Traced {
        let lines = self.lines.iter_mut().chain(&mut self.bars).chain(&mut self.caps);
        lines.flatten().chain(&mut self.area).chain(&mut self.marks).for_each(|point| point.0 += by);
        self
    }
}

/// Where one series is on the canvas. What stands aside is cut at the frame before it is moved: a mark on the axis stays.
pub(crate) fn trace(series: &Series, cell: &Cell, style: &Style) -> Traced {
    let frame = &cell.frame;
    let points = |ys: &[f64]| -> Vec<Point> {
        series.x.iter().zip(ys).map(|(&x, &y)| (cell.x.at(x), cell.y.at(y))).collect()
    };
    let mut traced = Traced::default();
    match series.mark {
        Mark::Vertical => {
            let xs = series.x.iter().map(|&x| cell.x.at(x)).filter(|x| frame.holds((*x, frame.top)));
            traced.lines = xs.map(|x| vec![(x, frame.bottom), (x, frame.top)]).collect();
        }
        Mark::Horizontal => {
            let ys = series.y.iter().map(|&y| cell.y.at(y)).filter(|y| frame.holds((frame.left, *y)));
            traced.lines = ys.map(|y| vec![(frame.left, y), (frame.right, y)]).collect();
        }
        Mark::Band => {
            let mut edge = thin::line(&points(&series.y));
            edge.extend(thin::line(&points(&series.upper)).into_iter().rev());
            traced.area = clip::polygon(edge, frame);
        }
        Mark::Line | Mark::LinePoints => {
            traced.lines = clip::polyline(&thin::line(&points(&series.y)), frame);
        }
        Mark::Points => {}
    }
    if matches!(series.mark, Mark::Points | Mark::LinePoints) {
        let inside: Vec<Point> = points(&series.y).into_iter().filter(|p| frame.holds(*p)).collect();
        traced.marks = thin::marks(&inside);
    }
    if series.mark != Mark::Band {
        let cap = 0.45 * style.mark * UNITS;
        for ((&x, &low), &high) in series.x.iter().zip(&series.lower).zip(&series.upper) {
            let (x, ends) = (cell.x.at(x), [cell.y.at(low), cell.y.at(high)]);
            traced.bars.extend(clip::polyline(&ends.map(|end| (x, end)), frame));
            let caps =
                ends.into_iter().flat_map(|end| clip::polyline(&[(x - cap, end), (x + cap, end)], frame));
            traced.caps.extend(caps);
        }
    }
    match series.mark {
        Mark::Vertical | Mark::Horizontal => traced,
        _ => traced.moved(series.aside * style.mark * UNITS),
    }
}

/// Axes first (so that data lie over grid lines), then bands, then the rest in the order given.
pub(crate) fn draw(
    pen: &Pen,
    panel: &Panel,
    cell: &Cell,
    traced: &[Traced],
    looks: &[Look],
    style: &Style,
) -> Result<()> {
    if style.grid && panel.heat.is_none() {
        for (xs, across) in [(&cell.x_ticks, false), (&cell.y_ticks, true)] {
            for tick in &xs.major {
                let f = &cell.frame;
                let line = if across {
                    let y = cell.y.at(tick.at);
                    [(f.left, y), (f.right, y)]
                } else {
                    let x = cell.x.at(tick.at);
                    [(x, f.bottom), (x, f.top)]
                };
                pen.line(&line, solid(GRID), style.axis * UNITS, Dash::Solid)?;
            }
        }
    }
    let bands = |band: bool| {
        panel.series.iter().zip(traced).zip(looks).filter(move |((s, _), _)| (s.mark == Mark::Band) == band)
    };
    for ((_, traced), look) in bands(true).chain(bands(false)) {
        if panel.heat.is_some() {
            // A white edge, so that the line is seen on dark and on bright cells.
            for line in &traced.lines {
                let width = 2.2 * style.line * UNITS * look.size;
                pen.line(line, solid(Rgb::new(255, 255, 255)), width, Dash::Solid)?;
            }
        }
        draw_series(pen, traced, look, style)?;
    }
    if let Some(heat) = &panel.heat {
        blanks(pen, panel, heat, cell, style)?;
    }
    let em = Sizes::of(style).legend_em;
    if !has_data(panel) {
        let f = &cell.frame;
        let middle = ((f.left + f.right) / 2.0, (f.top + f.bottom) / 2.0);
        pen.text("no data", middle, em, Anchor::Middle, style.ink, false)?;
    }
    let at = (cell.frame.left, cell.key_y);
    let size = shrunk(&cell.key, em, cell.key_right - cell.frame.left);
    pen.text(&cell.key, at, size, Anchor::Start, style.ink, false)?;
    axes(pen, panel, cell, style)
}

/// A cross in every cell without a value, as large as the cell allows; in cells too small for one the white must do.
fn blanks(pen: &Pen, panel: &Panel, heat: &HeatMap, cell: &Cell, style: &Style) -> Result<()> {
    let x: Vec<f64> = edges(&heat.x, panel.x.scale).into_iter().map(|v| cell.x.at(v)).collect();
    let y: Vec<f64> = edges(&heat.y, panel.y.scale).into_iter().map(|v| cell.y.at(v)).collect();
    for (index, _) in heat.values.iter().enumerate().filter(|(_, value)| value.is_none()) {
        let (i, j) = (index % heat.x.len(), index / heat.x.len());
        let middle = ((x[i] + x[i + 1]) / 2.0, (y[j] + y[j + 1]) / 2.0);
        let room = (x[i + 1] - x[i]).abs().min((y[j + 1] - y[j]).abs());
        if room > 2.0 * UNITS && cell.frame.holds(middle) {
            let size = (0.6 * room).min(1.2 * style.mark * UNITS);
            pen.mark(Shape::Cross, middle, size, solid(style.ink))?;
        }
    }
    Ok(())
}

fn draw_series(pen: &Pen, traced: &Traced, look: &Look, style: &Style) -> Result<()> {
    let colour = solid(look.colour).mix(look.opacity);
    let width = style.line * UNITS * look.size;
    pen.area(&traced.area, colour)?;
    for line in &traced.lines {
        pen.line(line, colour, width, look.dash)?;
    }
    for line in traced.bars.iter().chain(&traced.caps) {
        pen.line(line, colour, 0.7 * width, Dash::Solid)?;
    }
    for &mark in &traced.marks {
        pen.mark(look.shape, mark, style.mark * UNITS * look.size, colour)?;
    }
    Ok(())
}

/// The frame, ticks, tick labels, labels and title. Heat maps have a whole frame, others the left and lower side.
fn axes(pen: &Pen, panel: &Panel, cell: &Cell, style: &Style) -> Result<()> {
    let sizes = Sizes::of(style);
    let (f, ink, width) = (&cell.frame, solid(style.ink), style.axis * UNITS);
    if panel.heat.is_some() {
        pen.line(&corners(f), ink, width, Dash::Solid)?;
    } else {
        let open = [(f.left, f.top), (f.left, f.bottom), (f.right, f.bottom)];
        pen.line(&open, ink, width, Dash::Solid)?;
    }
    for (at, long) in places(&cell.x_ticks, &cell.x) {
        let length = if long { sizes.tick } else { 0.55 * sizes.tick };
        pen.line(&[(at, f.bottom), (at, f.bottom + length)], ink, width, Dash::Solid)?;
    }
    if cell.show_x {
        let y = f.bottom + sizes.tick + sizes.gap + font::CAPITAL * sizes.tick_em;
        for tick in &cell.x_ticks.major {
            let raise = font::ascent(&tick.label) - font::CAPITAL;
            let at = (cell.x.at(tick.at), y + raise * sizes.tick_em);
            pen.text(&tick.label, at, sizes.tick_em, Anchor::Middle, style.ink, false)?;
        }
        let text = label(&panel.x.label, &cell.x_ticks);
        let em = shrunk(&text, sizes.em, 1.15 * f.width());
        let at = ((f.left + f.right) / 2.0, cell.label_y);
        pen.text(&text, at, em, Anchor::Middle, style.ink, false)?;
    }
    vertical_ticks(pen, &cell.y_ticks, &cell.y, f.left, -1.0, cell.show_y, style)?;
    if cell.show_y {
        let text = label(&panel.y.label, &cell.y_ticks);
        let em = shrunk(&text, sizes.em, 1.15 * f.height());
        let at = (cell.label_x, (f.top + f.bottom) / 2.0);
        pen.text(&text, at, em, Anchor::Middle, style.ink, true)?;
    }
    if let (Some(bar), Some(heat)) = (&cell.bar, &panel.heat) {
        colour_bar(pen, heat, bar, sizes.em, style)?;
        vertical_ticks(pen, &bar.ticks, &bar.ruler, bar.place.right, 1.0, true, style)?;
        let text = label(&heat.label, &bar.ticks);
        let b = &bar.place;
        let em = shrunk(&text, sizes.em, 1.15 * b.height());
        let at = (bar.label_x, (b.top + b.bottom) / 2.0);
        pen.text(&text, at, em, Anchor::Middle, style.ink, true)?;
    }
    title(pen, panel, cell, style)
}

/// The outline of a colour bar, with an arrow where values lie beyond its end.
fn colour_bar(pen: &Pen, heat: &HeatMap, bar: &Bar, em: f64, style: &Style) -> Result<()> {
    let (b, middle) = (&bar.place, (bar.place.left + bar.place.right) / 2.0);
    let (top, bottom) = ((middle, b.top - ARROW * em), (middle, b.bottom + ARROW * em));
    let ends = [(bar.above, top, b.top, 1.0), (bar.below, bottom, b.bottom, 0.0)];
    for (_, tip, base, fraction) in ends.into_iter().filter(|(points, ..)| *points) {
        let colour = super::colours::at(heat.colours, fraction);
        // A little into the bar, so that no line of the ground is left between them.
        let base = base + 0.05 * (base - tip.1);
        pen.area(&[(b.left, base), tip, (b.right, base)], solid(colour))?;
    }
    let mut outline = vec![(b.left, b.bottom), (b.left, b.top)];
    outline.extend(bar.above.then_some(top));
    outline.extend([(b.right, b.top), (b.right, b.bottom)]);
    outline.extend(bar.below.then_some(bottom));
    outline.push((b.left, b.bottom));
    pen.line(&outline, solid(style.ink), style.axis * UNITS, Dash::Solid)
}

/// The title, above the frame and centred on it.
pub(crate) fn title(pen: &Pen, panel: &Panel, cell: &Cell, style: &Style) -> Result<()> {
    let sizes = Sizes::of(style);
    let f = &cell.frame;
    let em = shrunk(&panel.title, sizes.em, 1.1 * f.width());
    let at = ((f.left + f.right) / 2.0, f.top - 0.6 * sizes.em);
    pen.text(&panel.title, at, em, Anchor::Middle, style.ink, false)
}

/// Ticks on a vertical axis at `x`, to the left (side −1) or right (side 1).
fn vertical_ticks(
    pen: &Pen,
    ticks: &Ticks,
    ruler: &Ruler,
    x: f64,
    side: f64,
    labels: bool,
    style: &Style,
) -> Result<()> {
    let sizes = Sizes::of(style);
    for (at, long) in places(ticks, ruler) {
        let length = side * if long { sizes.tick } else { 0.55 * sizes.tick };
        pen.line(&[(x, at), (x + length, at)], solid(style.ink), style.axis * UNITS, Dash::Solid)?;
    }
    if labels {
        let anchor = if side < 0.0 { Anchor::End } else { Anchor::Start };
        for tick in &ticks.major {
            let y = ruler.at(tick.at) + 0.5 * font::CAPITAL * sizes.tick_em;
            let at = (x + side * (sizes.tick + sizes.gap), y);
            pen.text(&tick.label, at, sizes.tick_em, anchor, style.ink, false)?;
        }
    }
    Ok(())
}

/// Where ticks are, and whether they are labelled ones.
fn places(ticks: &Ticks, ruler: &Ruler) -> Vec<(f64, bool)> {
    let inside = |v: &f64| (-1e-6..=1.0 + 1e-6).contains(&ruler.range.fraction(*v));
    let minor = ticks.minor.iter().copied().filter(inside).map(|v| (ruler.at(v), false));
    ticks.major.iter().map(|t| (ruler.at(t.at), true)).chain(minor).collect()
}

fn corners(r: &Rect) -> [Point; 5] {
    [(r.left, r.top), (r.right, r.top), (r.right, r.bottom), (r.left, r.bottom), (r.left, r.top)]
}

/// The font size at which `text` is no wider than `room`.
pub(crate) fn shrunk(text: &str, em: f64, room: f64) -> f64 {
    let width = font::width(text, em);
    if width > room { em * room / width } else { em }
}
