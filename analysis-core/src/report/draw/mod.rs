//! Figures drawn: by plotters, on a canvas of 1/20 pt, into SVG, PDF and PNG.
//!
//! `check` → `layout` → `panel` and `legend` on a `pen` → SVG; `files` makes PDF and PNG of it. Text stays text, set
//! in the one bundled font.

mod canvas;
mod check;
mod clip;
mod colours;
mod describe;
mod files;
mod font;
#[cfg(test)]
mod gallery;
mod key;
mod layout;
mod legend;
mod look;
mod panel;
mod pen;
mod pictures;
mod png;
mod raster;
mod ruler;
#[cfg(test)]
mod tests;
mod thin;
mod tick_room;
mod ticks;

pub(super) use colours::at as colour_at;

use super::figure::{Figure, Legend};
use super::style::Style;
use super::text::escape;
use crate::error::Result;
use check::Ranges;
use clip::Rect;
use layout::{Layout, Sizes, arrange};
use legend::Placed;
use panel::Traced;
use pen::{Anchor, Pen};
use raster::Raster;
use std::fmt::Write;

/// A finished drawing: rasters below, SVG elements above.
struct Drawing {
    width: f64,
    height: f64,
    rasters: Vec<Raster>,
    body: String,
    /// The figure in words.
    title: String,
    description: String,
}

/// One round of layout: where everything is, what is drawn there, and where the legends are.
struct Round {
    layout: Layout,
    traced: Vec<Vec<Traced>>,
    legends: Vec<Option<Placed>>,
}

fn round(figure: &Figure, style: &Style, ranges: &[Ranges], scale: f64) -> Result<Round> {
    let layout = arrange(figure, style, ranges)?;
    let traced: Vec<Vec<Traced>> = figure
        .panels
        .iter()
        .zip(&layout.cells)
        .map(|(panel, cell)| panel.series.iter().map(|s| panel::trace(s, cell, style)).collect())
        .collect();
    let legends = (figure.panels.iter().zip(&layout.cells).zip(&traced))
        .map(|((panel, cell), traced)| legend::place(panel, cell, traced, style, scale))
        .collect();
    Ok(Round { layout, traced, legends })
}

/// Whether a legend covers data though its place is free to choose and the y axis' upper end follows the data.
fn cramped(figure: &Figure, round: &Round, index: usize) -> bool {
    let panel = &figure.panels[index];
    let free = panel.legend == Legend::Best && panel.y.limits.high.is_none() && !panel.y.reversed;
    let covers = round.legends[index].as_ref().is_some_and(|placed| placed.covered > 0);
    covers && free && panel.heat.is_none()
}

/// The ranges and the layout to draw. Where a legend would cover data, its panel gets head room; where that is not to
/// be had or not enough, all legends are set smaller, the same size in every panel.
fn settled(figure: &Figure, style: &Style) -> Result<(Vec<Ranges>, Round)> {
    let first = check::ranges(figure)?;
    let covered = |round: &Round| round.legends.iter().flatten().map(|placed| placed.covered).sum::<usize>();
    let mut chosen = with_head_room(figure, style, &first, legend::SCALES[0])?;
    for scale in &legend::SCALES[1..] {
        if covered(&chosen.1) == 0 {
            break;
        }
        let smaller = with_head_room(figure, style, &first, *scale)?;
        if covered(&smaller.1) < covered(&chosen.1) {
            chosen = smaller;
        }
    }
    Ok(chosen)
}

/// Head room for the legends that would cover data, an eighth of the legend's height at a time, until they cover
/// nothing.
fn with_head_room(
    figure: &Figure,
    style: &Style,
    first: &[Ranges],
    scale: f64,
) -> Result<(Vec<Ranges>, Round)> {
    let mut ranges = first.to_vec();
    let mut chosen = round(figure, style, &ranges, scale)?;
    for step in 1..=8 {
        let mut changed = false;
        for index in 0..figure.panels.len() {
            let (true, Some(placed)) = (cramped(figure, &chosen, index), &chosen.legends[index]) else {
                continue;
            };
            let frame = chosen.layout.cells[index].frame.height();
            let part = ((placed.area.height() + placed.em) / frame).min(0.5) * f64::from(step) / 8.0;
            ranges[index].y = first[index].y.padded(0.0, part / (1.0 - part));
            changed = true;
        }
        if !changed {
            break;
        }
        if figure.share_y
            && let Some(all) = ranges.iter().map(|r| r.y).reduce(|a, b| a.union(&b))
        {
            ranges.iter_mut().for_each(|r| r.y = all);
        }
        chosen = round(figure, style, &ranges, scale)?;
    }
    Ok((ranges, chosen))
}

fn compose(figure: &Figure, style: &Style) -> Result<Drawing> {
    style.check()?;
    font::prepare()?;
    let (ranges, chosen) = settled(figure, style)?;
    let Layout { width, height, cells } = &chosen.layout;
    let pen = Pen::new(*width, *height);
    let mut rasters = Vec::new();
    for (i, (panel, cell)) in figure.panels.iter().zip(cells).enumerate() {
        if let Some(shown) = &panel.pictures {
            pictures::draw(&pen, shown, cell, style, &mut rasters)?;
            panel::title(&pen, panel, cell, style)?;
            continue;
        }
        if let (Some(heat), Some(colour)) = (&panel.heat, ranges[i].colour) {
            let scales = (panel.x.scale, panel.y.scale);
            rasters.push(raster::heat(heat, scales, &cell.x, &cell.y, &colour, cell.frame));
            rasters.extend(cell.bar.iter().map(|bar| raster::bar(heat.colours, bar.place)));
        }
        let looks = look::looks(panel, style);
        panel::draw(&pen, panel, cell, &chosen.traced[i], &looks, style)?;
        if let Some(placed) = &chosen.legends[i] {
            legend::draw(&pen, panel, placed, &looks, style)?;
        }
        legend::notes(&pen, panel, cell, style)?;
    }
    let sizes = Sizes::of(style);
    let em = panel::shrunk(&figure.title, 1.1 * sizes.em, 0.98 * width);
    let at = (width / 2.0, sizes.pad + 1.05 * sizes.em);
    pen.text(&figure.title, at, em, Anchor::Middle, style.ink, false)?;
    let (title, description) = (describe::title(figure), describe::description(figure, &ranges));
    Ok(Drawing { width: *width, height: *height, rasters, body: pen.take(), title, description })
}

impl Drawing {
    /// The whole SVG, or (for PDF and PNG, which lay the rasters themselves) the lines and texts alone.
    fn svg(&self, whole: bool) -> Result<String> {
        let (w, h) = (self.width, self.height);
        let inches = |units: f64| format!("{}in", (units / (72.0 * canvas::UNITS) * 1e4).round() / 1e4);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {w} {h}\" font-family=\"{}, Verdana, sans-serif\">\n",
            inches(w),
            inches(h),
            font::FAMILY
        );
        if whole {
            let (title, description) = (escape(&self.title), escape(&self.description));
            let _ = writeln!(out, "<title>{title}</title>\n<desc>{description}</desc>");
            let _ = writeln!(out, "<rect width=\"{w}\" height=\"{h}\" fill=\"#FFFFFF\"/>");
            for raster in &self.rasters {
                let Rect { left, top, .. } = raster.place;
                let _ = writeln!(
                    out,
                    "<image x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>",
                    left,
                    top,
                    raster.place.width(),
                    raster.place.height(),
                    png::base64(&files::raster_png(raster)?)
                );
            }
        }
        out.push_str(&self.body);
        out.push_str("</svg>\n");
        Ok(out)
    }
}

impl Figure {
    /// The figure as SVG: lines as lines, text as text (in DejaVu Sans where the viewer has it, else Verdana, whose
    /// widths are nearly the same, else the viewer's sans-serif). Marks and line points that fall into one cell of
    /// 0.24 pt (a pixel at 300 dpi) are drawn once. Equal figures and styles give equal bytes. Its `<title>` and `<desc>`
    /// say the figure in words, for readers who cannot see it.
    ///
    /// A panel without data shows its frame and "no data"; a series without points is called so in the legend; cells of a
    /// heat map without a value stay white and get a cross, which the text under the panel explains.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::error::Error::Drawing) naming the panel and the series: no panel, lengths
    /// that do not fit, values that are NaN, infinite or, on a logarithmic axis, not positive; labels that leave no
    /// room. [`Error::Parameter`](crate::error::Error::Parameter) for a style out of its domain.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::{Axis, Figure, Panel, Series, Style};
    /// let line = Series::line("i^{−1}", [1.0, 10.0, 100.0], [1.0, 0.1, 0.01]);
    /// let figure = Figure::single(Panel::new("").x(Axis::log10("i")).y(Axis::log10("λ_{i}")).series(line));
    /// assert!(figure.svg(&Style::icml_column())?.contains("width=\"3.25in\""));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn svg(&self, style: &Style) -> Result<String> {
        compose(self, style)?.svg(true)
    }

    /// The figure as PDF: vectors, text as text with the used part of the font embedded, no time stamps.
    ///
    /// # Errors
    /// As for [`Figure::svg`].
    pub fn pdf(&self, style: &Style) -> Result<Vec<u8>> {
        files::pdf(&compose(self, style)?)
    }

    /// The figure as PNG at the style's resolution.
    ///
    /// # Errors
    /// As for [`Figure::svg`].
    pub fn png(&self, style: &Style) -> Result<Vec<u8>> {
        files::png(&compose(self, style)?, style.dpi)
    }
}
