//! How figures look: physical sizes of the venues, colours and marks that survive a grey print.

use super::series::{Dash, Shape};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// A colour, 0 to 255 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rgb {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Rgb {
    /// A colour from its three parts.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Rgb { red, green, blue }
    }
}

/// Okabe and Ito's colours in the order used here: distinct for colour-blind readers too.
pub const OKABE_ITO: [Rgb; 6] = [
    Rgb::new(0x00, 0x72, 0xB2),
    Rgb::new(0xD5, 0x5E, 0x00),
    Rgb::new(0x00, 0x9E, 0x73),
    Rgb::new(0xCC, 0x79, 0xA7),
    Rgb::new(0xE6, 0x9F, 0x00),
    Rgb::new(0x56, 0xB4, 0xE9),
];

/// How a figure looks: sizes in inches and points (1/72 in), colours, marks, dashes. Every field may be changed.
///
/// # Examples
/// ```
/// use analysis_core::report::Style;
/// let wide = Style { width: 6.0, ..Style::neurips() };
/// assert_eq!(wide.font, 9.0);
/// assert!((Style::icml_column().width - 3.25).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Style {
    /// Width of the figure, inches.
    pub width: f64,
    /// Height over width of a figure of one panel.
    pub aspect: f64,
    /// Font size of labels and titles, points.
    pub font: f64,
    /// Font size of tick labels, points.
    pub tick_font: f64,
    /// Font size of the legend and of notes, points.
    pub legend_font: f64,
    /// Width of lines, points.
    pub line: f64,
    /// Width of axes and ticks, points.
    pub axis: f64,
    /// Diameter of marks, points.
    pub mark: f64,
    /// Colours of the series, in order.
    pub palette: Vec<Rgb>,
    /// Marks of the series, in order.
    pub shapes: Vec<Shape>,
    /// Dashes of the series' lines, in order.
    pub dashes: Vec<Dash>,
    /// Colour of axes and text.
    pub ink: Rgb,
    /// Colour of nulls and other things that stand back.
    pub grey: Rgb,
    /// Opacity of bands.
    pub band: f64,
    /// Whether faint lines run across at the labelled ticks.
    pub grid: bool,
    /// Pixels to an inch in PNG files.
    pub dpi: f64,
}

impl Default for Style {
    fn default() -> Self {
        Style::neurips()
    }
}

impl Style {
    /// A style of this width (inches) and font size (points), everything else in proportion to the font.
    pub fn sized(width: f64, font: f64) -> Self {
        Style {
            width,
            aspect: 0.618,
            font,
            tick_font: font * 0.84,
            legend_font: font * 0.84,
            line: font * 0.13,
            axis: font * 0.065,
            mark: font * 0.36,
            palette: OKABE_ITO.to_vec(),
            shapes: vec![
                Shape::Circle,
                Shape::Triangle,
                Shape::Square,
                Shape::Cross,
                Shape::Diamond,
                Shape::Plus,
                Shape::Ring,
            ],
            dashes: vec![Dash::Solid, Dash::Dashed, Dash::DashDotted, Dash::Dotted, Dash::LongDashed],
            ink: Rgb::new(0x1A, 0x1A, 0x1A),
            grey: Rgb::new(0x80, 0x80, 0x80),
            band: 0.25,
            grid: false,
            dpi: 300.0,
        }
    }

    /// NeurIPS: 5.5 in wide, 9 pt.
    pub fn neurips() -> Self {
        Style::sized(5.5, 9.0)
    }

    /// ICLR: 5.5 in wide, 9 pt.
    pub fn iclr() -> Self {
        Style::sized(5.5, 9.0)
    }

    /// One column of ICML: 3.25 in wide, 8 pt.
    pub fn icml_column() -> Self {
        Style::sized(3.25, 8.0)
    }

    /// The width of an ICML page: 6.75 in, 8 pt.
    pub fn icml_page() -> Self {
        Style::sized(6.75, 8.0)
    }

    /// A notebook: 7 in wide, 10 pt, with grid lines.
    pub fn notebook() -> Self {
        Style { grid: true, ..Style::sized(7.0, 10.0) }
    }

    /// The one place that refuses bad values.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a size that is not positive and finite or out of proportion, or an empty list.
    pub fn check(&self) -> Result<()> {
        let sizes = [
            ("width", self.width, 0.5, 100.0),
            ("aspect", self.aspect, 0.05, 20.0),
            ("font", self.font, 1.0, 100.0),
            ("tick_font", self.tick_font, 1.0, 100.0),
            ("legend_font", self.legend_font, 1.0, 100.0),
            ("line", self.line, 0.05, 100.0),
            ("axis", self.axis, 0.05, 100.0),
            ("mark", self.mark, 0.2, 100.0),
            ("band", self.band, 0.0, 1.0),
            ("dpi", self.dpi, 10.0, 2400.0),
        ];
        for (name, value, low, high) in sizes {
            if !(low..=high).contains(&value) {
                return Err(Error::parameter(
                    format!("style.{name}"),
                    value,
                    format!("must be between {low} and {high}"),
                ));
            }
        }
        let lists =
            [("palette", self.palette.len()), ("shapes", self.shapes.len()), ("dashes", self.dashes.len())];
        for (name, length) in lists {
            if length == 0 {
                return Err(Error::parameter(format!("style.{name}"), "[]", "must have at least one entry"));
            }
        }
        Ok(())
    }
}
