//! Where plotters draws: a backend that writes compact SVG.
//!
//! plotters' own SVG backend writes one element of 110 bytes for every mark, knows no dashes, no exponents and sizes
//! text by a factor that fits another font. This one collects neighbours of one look into one path, and writes text
//! as text. Coordinates are whole units of 1/20 pt.

use super::font::{self, RAISE_SUB, RAISE_SUPER, SMALL};
use crate::report::text::{Place, drawn, escape, pieces};
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write;
use std::rc::Rc;

/// Canvas units in a point.
pub(crate) const UNITS: f64 = 20.0;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// What has been drawn so far.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// Finished elements.
    body: String,
    /// The look (attributes) of the path being collected.
    look: String,
    /// Its data, and where its pen stands.
    data: String,
    pen: BackendCoord,
    /// Lengths of dashes and gaps of lines drawn from now on, in units; empty: unbroken.
    pub dashes: Vec<u32>,
}

impl Sheet {
    /// Goes on with the path of this look, finishing the one before if it looks otherwise.
    fn path(&mut self, look: String) {
        if look != self.look {
            self.finish();
            self.look = look;
        }
    }

    /// Ends the path being collected.
    fn finish(&mut self) {
        if !self.data.is_empty() {
            let _ = writeln!(self.body, "<path {} d=\"{}\"/>", self.look, self.data);
        }
        self.data.clear();
        self.look.clear();
        self.pen = (0, 0);
    }

    /// Moves the pen without drawing; relative coordinates are shorter.
    fn go(&mut self, to: BackendCoord) {
        let command = if self.data.is_empty() { 'M' } else { 'm' };
        let step = (to.0 - self.pen.0, to.1 - self.pen.1);
        self.data.push(command);
        push_pair(&mut self.data, step);
        self.pen = to;
    }

    fn lines(&mut self, points: impl Iterator<Item = BackendCoord>) {
        let mut command = Some('l');
        for to in points {
            if let Some(command) = command.take() {
                self.data.push(command);
            } else {
                self.data.push(' ');
            }
            push_pair(&mut self.data, (to.0 - self.pen.0, to.1 - self.pen.1));
            self.pen = to;
        }
    }

    fn stroke_look(&self, style: &impl BackendStyle) -> String {
        let mut look = stroke(style.color(), style.stroke_width(), "linejoin");
        if !self.dashes.is_empty() {
            let list: Vec<String> = self.dashes.iter().map(u32::to_string).collect();
            let _ = write!(look, " stroke-dasharray=\"{}\"", list.join(" "));
        }
        look
    }

    fn fill_look(&self, style: &impl BackendStyle) -> String {
        let mut look = format!("fill=\"{}\"", colour(style.color()));
        if style.color().alpha < 1.0 {
            let _ = write!(look, " fill-opacity=\"{}\"", alpha(style.color()));
        }
        look
    }

    /// Goes on with the path of a filled or of a stroked shape.
    fn shape(&mut self, style: &impl BackendStyle, fill: bool) {
        let look = if fill { self.fill_look(style) } else { self.stroke_look(style) };
        self.path(look);
    }

    /// Goes on with the path of round marks of this diameter.
    fn dot(&mut self, style: &impl BackendStyle, diameter: u32) {
        self.path(stroke(style.color(), diameter, "linecap"));
    }

    /// A run of straight lines from point to point, closed or open.
    fn run(&mut self, points: impl IntoIterator<Item = BackendCoord>, close: bool) {
        let mut points = points.into_iter();
        if let Some(first) = points.next() {
            self.go(first);
            self.lines(points);
            if close {
                self.data.push('z');
                self.pen = first;
            }
        }
    }

    /// Everything drawn, as SVG elements.
    pub fn take(&mut self) -> String {
        self.finish();
        std::mem::take(&mut self.body)
    }
}

/// `x,y` in the fewest characters: a minus sign separates by itself.
fn push_pair(data: &mut String, (x, y): BackendCoord) {
    let _ = if y < 0 { write!(data, "{x}{y}") } else { write!(data, "{x} {y}") };
}

/// The look of a line with round joins, or round ends.
fn stroke(color: BackendColor, width: u32, round: &str) -> String {
    let mut look = format!(
        "fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" stroke-{round}=\"round\"",
        colour(color)
    );
    if color.alpha < 1.0 {
        let _ = write!(look, " stroke-opacity=\"{}\"", alpha(color));
    }
    look
}

fn colour(c: BackendColor) -> String {
    let (red, green, blue) = c.rgb;
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// Opacity to three places.
fn alpha(c: BackendColor) -> f64 {
    (c.alpha * 1000.0).round() / 1000.0
}

/// The backend that plotters draws on; the sheet is shared, so that dashes can be set between two elements.
pub(crate) struct Canvas {
    pub size: (u32, u32),
    pub sheet: Rc<RefCell<Sheet>>,
}

impl DrawingBackend for Canvas {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let mut sheet = self.sheet.borrow_mut();
        sheet.shape(style, fill);
        sheet.go((left, top));
        let (w, h) = (right - left, bottom - top);
        let _ = write!(sheet.data, "h{w}v{h}h{}z", -w);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let mut sheet = self.sheet.borrow_mut();
        sheet.shape(style, false);
        sheet.run(path, false);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let mut sheet = self.sheet.borrow_mut();
        sheet.shape(style, true);
        sheet.run(path, true);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let mut sheet = self.sheet.borrow_mut();
        if fill {
            // A line of no length with round ends: a fifth of the bytes of a circle's two arcs.
            sheet.dot(style, 2 * radius);
            sheet.go((x, y));
            sheet.data.push_str("h0");
            return Ok(());
        }
        sheet.shape(style, false);
        let r = radius as i32;
        sheet.go((x - r, y));
        let _ = writeln!(sheet.data, "a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0-{} 0", 2 * r, 2 * r);
        Ok(())
    }

    /// `pos` is on the base line, left, middle or right as the style's anchor says.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let mut sheet = self.sheet.borrow_mut();
        sheet.finish();
        let em = style.size() / font::HEIGHT;
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        let turn = match style.transform() {
            FontTransform::None => String::new(),
            FontTransform::Rotate90 => format!(" transform=\"rotate(90 {x} {y})\""),
            FontTransform::Rotate180 => format!(" transform=\"rotate(180 {x} {y})\""),
            FontTransform::Rotate270 => format!(" transform=\"rotate(-90 {x} {y})\""),
        };
        let fill = colour(style.color());
        let _ = writeln!(
            sheet.body,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{fill}\"{anchor}{turn}>{}</text>",
            em.round(),
            spans(text, em)
        );
        Ok(())
    }
}

/// Text with its indices and exponents as `tspan`s, each shift taken back by the piece after it. An exponent right
/// after an index stands above it.
fn spans(text: &str, em: f64) -> String {
    let mut out = String::new();
    let mut raised = 0;
    // The width of the index just written, and how far the next piece must go right to clear it.
    let (mut index, mut clear): (Option<i32>, i32) = (None, 0);
    for piece in pieces(text) {
        let (height, size) = match piece.place {
            Place::Base => (0, None),
            Place::Sub => (-(RAISE_SUB * em).round() as i32, Some((SMALL * em).round())),
            Place::Super => ((RAISE_SUPER * em).round() as i32, Some((SMALL * em).round())),
        };
        let down = raised - height;
        raised = height;
        let wide = font::piece_width(&piece, em).round() as i32;
        let mut right = std::mem::take(&mut clear);
        if let (Place::Super, Some(below)) = (piece.place, index) {
            right -= below;
            clear = (below - wide).max(0);
        }
        index = (piece.place == Place::Sub).then_some(wide);
        let shown = escape(&drawn(&piece));
        if down == 0 && right == 0 && size.is_none() {
            out.push_str(&shown);
            continue;
        }
        out.push_str("<tspan");
        for (name, shift) in [("dx", right), ("dy", down)] {
            if shift != 0 {
                let _ = write!(out, " {name}=\"{shift}\"");
            }
        }
        if let Some(size) = size {
            let _ = write!(out, " font-size=\"{size}\"");
        }
        let _ = write!(out, ">{shown}</tspan>");
    }
    out
}
