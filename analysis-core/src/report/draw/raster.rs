//! Heat maps and pictures as pixels: they lie under everything that is drawn with lines.

use super::clip::Rect;
use super::colours;
use super::ruler::{Range, Ruler};
use crate::report::axis::Scale;
use crate::report::raster::{ColourMap, HeatMap, Picture};

/// Pixels and where they lie.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Raster {
    /// On the canvas, in units.
    pub place: Rect,
    pub columns: usize,
    pub rows: usize,
    /// Red, green, blue; row by row from the top.
    pub rgb: Vec<u8>,
}

/// Viewers smooth small images; with so many pixels on a side the smoothing cannot be seen.
const FINE: usize = 480;

/// The edges of cells with these centres: midway, as the axis sees it; one more than centres.
pub(crate) fn edges(centres: &[f64], scale: Scale) -> Vec<f64> {
    let range = Range { low: 1.0, high: 2.0, log: scale.is_log() };
    let seen: Vec<f64> = centres.iter().map(|&c| range.seen(c)).collect();
    let n = seen.len();
    let half = |i: usize, j: usize| (seen[j] - seen[i]) / 2.0;
    let (first, last) = if n > 1 { (half(0, 1), half(n - 2, n - 1)) } else { (0.5, 0.5) };
    let mut edges = vec![seen.first().copied().unwrap_or(0.0) - first];
    edges.extend(seen.windows(2).map(|w| 0.5 * (w[0] + w[1])));
    edges.push(seen.last().copied().unwrap_or(0.0) + last);
    edges.into_iter().map(|e| range.natural(e)).collect()
}

/// For each of `pixels` along a ruler (from its smaller canvas coordinate), the cell whose edges hold its middle.
fn cells(ruler: &Ruler, edges: &[f64], from: f64, to: f64, pixels: usize) -> Vec<Option<usize>> {
    let at: Vec<f64> = edges.iter().map(|&e| ruler.at(e)).collect();
    (0..pixels)
        .map(|p| {
            let middle = from + (to - from) * (p as f64 + 0.5) / pixels as f64;
            at.windows(2).position(|w| middle >= w[0].min(w[1]) && middle < w[0].max(w[1]))
        })
        .collect()
}

/// As many pixels as cells where they are even and many, enough to look even otherwise.
fn resolution(cells: usize) -> usize {
    if cells >= FINE { cells.min(2048) } else { cells * FINE.div_ceil(cells.max(1)) }
}

/// A heat map over `frame`; cells beyond the axes' limits are cut, pixels without a cell or a value stay white.
pub(crate) fn heat(
    heat: &HeatMap,
    scales: (Scale, Scale),
    x: &Ruler,
    y: &Ruler,
    colour: &Range,
    frame: Rect,
) -> Raster {
    let (columns, rows) = (resolution(heat.x.len()), resolution(heat.y.len()));
    let across = cells(x, &edges(&heat.x, scales.0), frame.left, frame.right, columns);
    let down = cells(y, &edges(&heat.y, scales.1), frame.top, frame.bottom, rows);
    let mut rgb = Vec::with_capacity(3 * columns * rows);
    for &j in &down {
        for &i in &across {
            match i.zip(j).and_then(|(i, j)| heat.values[j * heat.x.len() + i]) {
                Some(value) => {
                    let c = colours::at(heat.colours, colour.fraction(value));
                    rgb.extend([c.red, c.green, c.blue]);
                }
                None => rgb.extend([255; 3]),
            }
        }
    }
    Raster { place: frame, columns, rows, rgb }
}

/// The colour bar, its high end on top.
pub(crate) fn bar(map: ColourMap, place: Rect) -> Raster {
    let rows = 256;
    let mut rgb = Vec::with_capacity(3 * rows);
    for row in 0..rows {
        let c = colours::at(map, 1.0 - (row as f64 + 0.5) / rows as f64);
        rgb.extend([c.red, c.green, c.blue]);
    }
    Raster { place, columns: 1, rows, rgb }
}

/// One picture, its pixels repeated so that viewers do not smooth them.
pub(crate) fn picture(picture: &Picture, place: Rect) -> Raster {
    let times = (96 / picture.width.max(picture.height).max(1)).clamp(1, 8);
    let (columns, rows) = (picture.width * times, picture.height * times);
    let mut rgb = Vec::with_capacity(3 * columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let p = (row / times * picture.width + column / times) * picture.channels;
            match picture.channels {
                3 => rgb.extend(&picture.pixels[p..p + 3]),
                _ => rgb.extend([picture.pixels[p]; 3]),
            }
        }
    }
    Raster { place, columns, rows, rgb }
}
