//! A panel of small images with captions.

use super::canvas::UNITS;
use super::clip::Rect;
use super::layout::{Cell, Sizes};
use super::panel::shrunk;
use super::pen::{Anchor, Pen, solid};
use super::raster::{self, Raster};
use crate::error::Result;
use crate::report::raster::Pictures;
use crate::report::series::Dash;
use crate::report::style::Style;

/// Lays the pictures in rows as large as the frame allows, captions above them.
pub(crate) fn draw(
    pen: &Pen,
    shown: &Pictures,
    cell: &Cell,
    style: &Style,
    rasters: &mut Vec<Raster>,
) -> Result<()> {
    let em = Sizes::of(style).legend_em;
    let f = &cell.frame;
    let columns = shown.columns.min(shown.pictures.len());
    let rows = shown.pictures.len().div_ceil(columns);
    let captioned = shown.pictures.iter().any(|p| !p.caption.is_empty());
    let caption = if captioned { 1.35 * em } else { 0.0 };
    let gap = 0.3 * em;
    let room = (
        (f.width() - gap * (columns - 1) as f64) / columns as f64,
        (f.height() - gap * (rows - 1) as f64) / rows as f64 - caption,
    );
    let largest = |size: fn(&crate::report::raster::Picture) -> usize| {
        shown.pictures.iter().map(size).max().unwrap_or(1) as f64
    };
    let (wide, high) = (largest(|p| p.width), largest(|p| p.height));
    // One scale for all, so that pixels are equally large everywhere.
    let pixel = (room.0 / wide).min(room.1.max(1.0) / high);
    let step = (pixel * wide + gap, pixel * high + gap + caption);
    let left = f.left + (f.width() - (step.0 * columns as f64 - gap)) / 2.0;
    for (i, picture) in shown.pictures.iter().enumerate() {
        let x = left + step.0 * (i % columns) as f64;
        let y = f.top + step.1 * (i / columns) as f64 + caption;
        let (w, h) = (pixel * picture.width as f64, pixel * picture.height as f64);
        let place = Rect { left: x, top: y, right: x + w, bottom: y + h };
        rasters.push(raster::picture(picture, place));
        let corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)];
        pen.line(&corners, solid(style.grey), 0.5 * style.axis * UNITS, Dash::Solid)?;
        let size = shrunk(&picture.caption, em, step.0);
        let at = (x + w / 2.0, y - 0.4 * em);
        pen.text(&picture.caption, at, size, Anchor::Middle, style.ink, false)?;
    }
    Ok(())
}
