//! Lines, areas, marks and text in canvas units, drawn by plotters.

use super::canvas::{Canvas, Sheet, UNITS};
use super::clip::Point;
use super::font;
use crate::error::{Error, Result};
use crate::report::series::{Dash, Shape};
use crate::report::style::Rgb;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBAColor, RGBColor, ShapeStyle, TextStyle};
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

/// Where a text's given point is on its base line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing in progress.
pub(crate) struct Pen {
    area: DrawingArea<Canvas, Shift>,
    sheet: Rc<RefCell<Sheet>>,
}

impl Pen {
    pub fn new(width: f64, height: f64) -> Self {
        let sheet = Rc::new(RefCell::new(Sheet::default()));
        let canvas = Canvas { size: (width as u32, height as u32), sheet: sheet.clone() };
        Pen { area: canvas.into_drawing_area(), sheet }
    }

    /// The finished SVG elements.
    pub fn take(self) -> String {
        self.sheet.borrow_mut().take()
    }

    /// A polyline `width` units wide.
    pub fn line(&self, points: &[Point], colour: RGBAColor, width: f64, dash: Dash) -> Result<()> {
        self.sheet.borrow_mut().dashes = dashes(dash, width);
        let style = ShapeStyle { color: colour, filled: false, stroke_width: whole(width) };
        let drawn = self.area.draw(&PathElement::new(rounded(points), style)).map_err(failed);
        self.sheet.borrow_mut().dashes.clear();
        drawn
    }

    /// A filled polygon.
    pub fn area(&self, points: &[Point], colour: RGBAColor) -> Result<()> {
        if points.len() < 3 {
            return Ok(());
        }
        self.area.draw(&Polygon::new(rounded(points), colour)).map_err(failed)
    }

    /// A text with its anchor at `at` on the base line, `em` units large; `up`: reading upwards.
    pub fn text(&self, text: &str, at: Point, em: f64, anchor: Anchor, colour: Rgb, up: bool) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let turn = if up { FontTransform::Rotate270 } else { FontTransform::None };
        let style = TextStyle {
            font: font::font(em).transform(turn),
            color: solid(colour).to_backend_color(),
            pos: Pos::new(h_pos, VPos::Bottom),
        };
        self.area.draw(&Text::new(text.to_string(), pixel(at), style)).map_err(failed)
    }

    /// A mark of diameter `size` units. The shapes are scaled so that all look equally large.
    pub fn mark(&self, shape: Shape, (x, y): Point, size: f64, colour: RGBAColor) -> Result<()> {
        let r = size / 2.0;
        let thin = (0.28 * size).max(4.0);
        match shape {
            Shape::Automatic | Shape::Circle => self.circle((x, y), r, colour, None),
            Shape::Ring => self.circle((x, y), r - 0.1 * size, colour, Some(0.22 * size)),
            Shape::Triangle => {
                let h = 1.15 * r;
                self.area(&[(x, y - 1.1 * h), (x + h, y + 0.8 * h), (x - h, y + 0.8 * h)], colour)
            }
            Shape::Square => {
                let h = 0.89 * r;
                self.area(&[(x - h, y - h), (x + h, y - h), (x + h, y + h), (x - h, y + h)], colour)
            }
            Shape::Diamond => {
                let h = 1.25 * r;
                self.area(&[(x, y - h), (x + h, y), (x, y + h), (x - h, y)], colour)
            }
            Shape::Cross => {
                let h = 0.95 * r;
                self.line(&[(x - h, y - h), (x + h, y + h)], colour, thin, Dash::Solid)?;
                self.line(&[(x - h, y + h), (x + h, y - h)], colour, thin, Dash::Solid)
            }
            Shape::Plus => {
                let h = 1.2 * r;
                self.line(&[(x - h, y), (x + h, y)], colour, thin, Dash::Solid)?;
                self.line(&[(x, y - h), (x, y + h)], colour, thin, Dash::Solid)
            }
        }
    }

    fn circle(&self, at: Point, radius: f64, colour: RGBAColor, outline: Option<f64>) -> Result<()> {
        let style = match outline {
            None => colour.filled(),
            Some(width) => ShapeStyle { color: colour, filled: false, stroke_width: whole(width) },
        };
        self.area.draw(&Circle::new(pixel(at), whole(radius), style)).map_err(failed)
    }
}

/// Dashes and gaps in units, in proportion to the line's width.
fn dashes(dash: Dash, width: f64) -> Vec<u32> {
    let pattern: &[f64] = match dash {
        Dash::Automatic | Dash::Solid => &[],
        Dash::Dashed => &[4.0, 2.0],
        Dash::Dotted => &[1.2, 1.6],
        Dash::DashDotted => &[5.0, 1.6, 1.2, 1.6],
        Dash::LongDashed => &[8.0, 2.5],
    };
    // Thin lines keep dashes that can be told apart.
    let unit = width.max(0.8 * UNITS);
    pattern.iter().map(|part| whole(part * unit)).collect()
}

fn whole(v: f64) -> u32 {
    v.round().max(1.0) as u32
}

fn pixel((x, y): Point) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}

/// Whole units; neighbours that fall together are one.
fn rounded(points: &[Point]) -> Vec<(i32, i32)> {
    let mut whole: Vec<(i32, i32)> = points.iter().copied().map(pixel).collect();
    let first = whole.first().copied();
    whole.dedup();
    // A line of one point would draw nothing: keep two.
    if let (1, Some(first)) = (whole.len(), first) {
        whole.push((first.0 + 1, first.1));
    }
    whole
}

/// An opaque colour for plotters.
pub(crate) fn solid(colour: Rgb) -> RGBAColor {
    RGBColor(colour.red, colour.green, colour.blue).to_rgba()
}

fn failed(error: DrawingAreaErrorKind<Infallible>) -> Error {
    Error::Drawing { what: "a figure".into(), reason: error.to_string() }
}
