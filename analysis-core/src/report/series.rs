//! What is drawn in a panel: series of points, lines, bands and reference lines, as data.

use serde::{Deserialize, Serialize};
use std::borrow::Borrow;

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// One mark at each (x, y).
    Points,
    /// Straight lines from point to point.
    #[default]
    Line,
    /// A line with a mark at each point.
    LinePoints,
    /// The region between `y` (lower edge) and `upper`.
    Band,
    /// A vertical reference line at each x, across the whole panel.
    Vertical,
    /// A horizontal reference line at each y, across the whole panel.
    Horizontal,
}

/// The shape of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// The style's shape for the series' place in the panel.
    #[default]
    Automatic,
    /// A filled circle.
    Circle,
    /// A filled triangle, point up.
    Triangle,
    /// A filled square.
    Square,
    /// A filled diamond.
    Diamond,
    /// A diagonal cross, ×.
    Cross,
    /// An upright cross, +.
    Plus,
    /// A circle's outline.
    Ring,
}

/// The colour of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// The palette's colour for the series' place among the automatic ones of its panel.
    #[default]
    Automatic,
    /// The palette's colour number `index` (from 0, wrapping round).
    Index(usize),
    /// This colour.
    Rgb {
        /// Red, 0 to 255.
        red: u8,
        /// Green, 0 to 255.
        green: u8,
        /// Blue, 0 to 255.
        blue: u8,
    },
    /// Mid grey: nulls, references, what the eye should pass over.
    Grey,
    /// The colour of axes and text.
    Ink,
}

impl From<usize> for Colour {
    fn from(index: usize) -> Self {
        Colour::Index(index)
    }
}

/// How a line is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dash {
    /// The style's dash for the series' colour index; reference lines are dashed.
    #[default]
    Automatic,
    /// Unbroken.
    Solid,
    /// Dashes.
    Dashed,
    /// Dots.
    Dotted,
    /// Dash, dot, dash, dot.
    DashDotted,
    /// Long dashes.
    LongDashed,
}

/// One series: numbers, and how they are drawn. Values are natural ones also on logarithmic axes.
///
/// # Examples
/// ```
/// use analysis_core::report::{Colour, Series, Shape};
/// let points = Series::points("MNIST", [1.0, 2.0, 3.0], [0.9, 0.7, 0.5]).shape(Shape::Square);
/// let fit = Series::line("slope −0.40", [1.0, 3.0], [0.9, 0.5]).colour(0);
/// assert_eq!(fit.colour, Colour::Index(0));
/// assert_eq!(points.x.len(), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Series {
    /// Its name in the legend; empty: not in the legend. `_{…}` and `^{…}` set indices and exponents.
    pub label: String,
    /// Abscissae. Empty for [`Mark::Horizontal`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub x: Vec<f64>,
    /// Ordinates, as many as `x`; the lower edge of a band. Empty for [`Mark::Vertical`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub y: Vec<f64>,
    /// Lower ends of error bars (values, not lengths), as many as `x`, or empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lower: Vec<f64>,
    /// Upper ends of error bars (values, not lengths), or the upper edge of a band; as many as `x`, or empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub upper: Vec<f64>,
    /// How it is drawn.
    pub mark: Mark,
    /// The shape of its marks.
    pub shape: Shape,
    /// Its colour.
    pub colour: Colour,
    /// How its line is broken.
    pub dash: Dash,
    /// Line width and mark size relative to the style's; 0 stands for 1.
    pub size: f64,
    /// From 0 (invisible) to 1; nothing stands for 1, and for the style's value in bands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opacity: Option<f64>,
    /// How far beside its place it is drawn, in marks of the style's size to the right: so that error bars at one abscissa do not
    /// cover each other. The drawing's alone: x and the numbers beside the figure are as they were.
    #[serde(skip_serializing_if = "in_place")]
    pub aside: f64,
}

fn in_place(aside: &f64) -> bool {
    *aside == 0.0
}

/// Anything that gives floats, owned or borrowed: `Vec<f64>`, `&Array1<f64>`, an iterator.
fn collect<T: Borrow<f64>>(values: impl IntoIterator<Item = T>) -> Vec<f64> {
    values.into_iter().map(|v| *v.borrow()).collect()
}

impl Series {
    fn new(mark: Mark, label: impl Into<String>) -> Self {
        Series { label: label.into(), mark, size: 1.0, ..Series::default() }
    }

    /// A mark at each (x, y).
    pub fn points<A: Borrow<f64>, B: Borrow<f64>>(
        label: impl Into<String>,
        x: impl IntoIterator<Item = A>,
        y: impl IntoIterator<Item = B>,
    ) -> Self {
        Series { x: collect(x), y: collect(y), ..Series::new(Mark::Points, label) }
    }

    /// A line through the (x, y) in their order.
    pub fn line<A: Borrow<f64>, B: Borrow<f64>>(
        label: impl Into<String>,
        x: impl IntoIterator<Item = A>,
        y: impl IntoIterator<Item = B>,
    ) -> Self {
        Series { x: collect(x), y: collect(y), ..Series::new(Mark::Line, label) }
    }

    /// A line with marks.
    pub fn line_points<A: Borrow<f64>, B: Borrow<f64>>(
        label: impl Into<String>,
        x: impl IntoIterator<Item = A>,
        y: impl IntoIterator<Item = B>,
    ) -> Self {
        Series { x: collect(x), y: collect(y), ..Series::new(Mark::LinePoints, label) }
    }

    /// The region between `lower` and `upper` over x; grey unless a colour is given.
    pub fn band<A: Borrow<f64>, B: Borrow<f64>, C: Borrow<f64>>(
        label: impl Into<String>,
        x: impl IntoIterator<Item = A>,
        lower: impl IntoIterator<Item = B>,
        upper: impl IntoIterator<Item = C>,
    ) -> Self {
        Series {
            x: collect(x),
            y: collect(lower),
            upper: collect(upper),
            colour: Colour::Grey,
            ..Series::new(Mark::Band, label)
        }
    }

    /// A vertical reference line at `x`, ink-coloured and dashed unless said otherwise.
    pub fn vertical(label: impl Into<String>, x: f64) -> Self {
        Series { x: vec![x], colour: Colour::Ink, size: 0.7, ..Series::new(Mark::Vertical, label) }
    }

    /// A horizontal reference line at `y`, ink-coloured and dashed unless said otherwise.
    pub fn horizontal(label: impl Into<String>, y: f64) -> Self {
        Series { y: vec![y], colour: Colour::Ink, size: 0.7, ..Series::new(Mark::Horizontal, label) }
    }

    /// With error bars from `lower` to `upper` (values, not lengths).
    pub fn error_bars<A: Borrow<f64>, B: Borrow<f64>>(
        mut self,
        lower: impl IntoIterator<Item = A>,
        upper: impl IntoIterator<Item = B>,
    ) -> Self {
        self.lower = collect(lower);
        self.upper = collect(upper);
        self
    }

    /// With this shape of marks.
    pub fn shape(self, shape: Shape) -> Self {
        Series { shape, ..self }
    }

    /// With this colour: an index into the palette, or a [`Colour`].
    pub fn colour(self, colour: impl Into<Colour>) -> Self {
        Series { colour: colour.into(), ..self }
    }

    /// With this dash.
    pub fn dash(self, dash: Dash) -> Self {
        Series { dash, ..self }
    }

    /// With lines and marks `size` times the style's.
    pub fn size(self, size: f64) -> Self {
        Series { size, ..self }
    }

    /// With this opacity, 0 to 1.
    pub fn opacity(self, opacity: f64) -> Self {
        Series { opacity: Some(opacity), ..self }
    }

    /// As one, `place` from 0, of `count` series whose marks stand beside each other at the same abscissae, not on top of each
    /// other; the numbers do not move ([`Series::aside`]).
    ///
    /// ```
    /// use analysis_core::report::Series;
    /// let [left, right] = [0, 1].map(|place| Series::points("", [100.0], [0.3]).beside(place, 2));
    /// assert!(left.aside == -right.aside && right.aside > 0.0);
    /// assert_eq!(left.x, right.x);
    /// ```
    pub fn beside(self, place: usize, count: usize) -> Self {
        // A fifth of a mark between two.
        let aside = 1.2 * (place as f64 - 0.5 * (count as f64 - 1.0));
        Series { aside, ..self }
    }
}
