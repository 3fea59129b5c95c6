//! A figure as data: panels, axes, series and notes. Drawing it needs a [`Style`](super::Style) and nothing else.

use super::axis::Axis;
use super::latex;
use super::raster::{HeatMap, Picture, Pictures};
use super::series::Series;
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// Where the legend goes. One that would cover data there is set smaller, down to three quarters of the style's size, and
/// then those of the figure's other panels too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Legend {
    /// Where it covers no data: the corners first, then the edges, then head room is made.
    #[default]
    Best,
    /// No legend.
    Off,
    /// Upper left corner.
    TopLeft,
    /// Upper right corner.
    TopRight,
    /// Lower left corner.
    BottomLeft,
    /// Lower right corner.
    BottomRight,
}

/// A piece of text inside a panel.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// The text; `_{…}` and `^{…}` set indices and exponents.
    pub text: String,
    /// Where its lower left end is: in the axis' values, or as a fraction of the panel's width.
    pub x: f64,
    /// In the axis' values, or as a fraction of the panel's height, from the bottom.
    pub y: f64,
    /// Whether `x` and `y` are fractions of the panel.
    pub fraction: bool,
}

/// One pair of axes and what is drawn on it.
///
/// # Examples
/// ```
/// use analysis_core::report::{Axis, Panel, Series};
/// let panel = Panel::new("Spectrum")
///     .x(Axis::log10("i"))
///     .y(Axis::log10("λ_{i}"))
///     .series(Series::line("NTK", [1.0, 10.0, 100.0], [1.0, 0.06, 0.004]));
/// assert_eq!(panel.series.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Panel {
    /// Its title; may be empty.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, in this order (bands first).
    pub series: Vec<Series>,
    /// A heat map under the series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heat: Option<HeatMap>,
    /// Small images instead of axes and series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pictures: Option<Pictures>,
    /// Text inside the panel.
    pub notes: Vec<Note>,
    /// Where the legend goes.
    pub legend: Legend,
}

impl Panel {
    /// An empty panel with a title (may be empty).
    pub fn new(title: impl Into<String>) -> Self {
        Panel { title: title.into(), ..Panel::default() }
    }

    /// With this horizontal axis.
    pub fn x(self, axis: Axis) -> Self {
        Panel { x: axis, ..self }
    }

    /// With this vertical axis.
    pub fn y(self, axis: Axis) -> Self {
        Panel { y: axis, ..self }
    }

    /// With one more series: several results on one pair of axes are several calls.
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// With this heat map under the series.
    pub fn heat(self, heat: HeatMap) -> Self {
        Panel { heat: Some(heat), ..self }
    }

    /// With these images, `columns` in a row, instead of axes.
    pub fn pictures(self, pictures: impl IntoIterator<Item = Picture>, columns: usize) -> Self {
        Panel { pictures: Some(Pictures { pictures: pictures.into_iter().collect(), columns }), ..self }
    }

    /// With a text whose lower left end is at (x, y), in the axes' values.
    pub fn note(mut self, text: impl Into<String>, x: f64, y: f64) -> Self {
        self.notes.push(Note { text: text.into(), x, y, fraction: false });
        self
    }

    /// With a text whose lower left end is at these fractions of the panel's width and height, from the lower left.
    pub fn note_at_fraction(mut self, text: impl Into<String>, x: f64, y: f64) -> Self {
        self.notes.push(Note { text: text.into(), x, y, fraction: true });
        self
    }

    /// With the legend there.
    pub fn legend(self, legend: Legend) -> Self {
        Panel { legend, ..self }
    }
}

/// A figure: panels in a grid. Pure data: it can be stored, read again and drawn in another [`Style`](super::Style).
///
/// # Examples
/// ```
/// use analysis_core::report::{Axis, Figure, Panel, Series, Style};
/// let panel = Panel::new("").x(Axis::log10("i")).y(Axis::log10("λ_{i}"))
///     .series(Series::points("NTK", [1.0, 10.0, 100.0], [1.0, 0.06, 0.004]));
/// let svg = Figure::single(panel).svg(&Style::neurips())?;
/// assert!(svg.starts_with("<svg"));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Figure {
    /// A title above all panels; may be empty.
    pub title: String,
    /// What a reader needs beside the figure: what is drawn, over how many, what bars and ± are; may be empty. It is not drawn:
    /// it stands in the manifest, and as `\caption` in the LaTeX of an export.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// Panels in a row (at least 1).
    pub columns: usize,
    /// Whether all panels have the same x limits, written only under the last row.
    pub share_x: bool,
    /// Whether all panels have the same y limits, written only left of the first column.
    pub share_y: bool,
    /// Whether the heat maps of all panels have the same colours, with one bar at the right of them all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub share_colours: bool,
    /// Height over width of the whole figure; not given: the style's ratio for one panel, from the grid for more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect: Option<f64>,
}

impl Figure {
    /// One panel.
    pub fn single(panel: Panel) -> Self {
        Figure::grid([panel], 1)
    }

    /// Panels side by side.
    pub fn row(panels: impl IntoIterator<Item = Panel>) -> Self {
        let panels: Vec<Panel> = panels.into_iter().collect();
        let columns = panels.len().max(1);
        Figure { panels, columns, ..Figure::default() }
    }

    /// Panels in rows of `columns`.
    pub fn grid(panels: impl IntoIterator<Item = Panel>, columns: usize) -> Self {
        Figure { panels: panels.into_iter().collect(), columns, ..Figure::default() }
    }

    /// With a title above all panels.
    pub fn title(self, title: impl Into<String>) -> Self {
        Figure { title: title.into(), ..self }
    }

    /// With this caption, which may go on over several sentences.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::{Figure, Panel, Series};
    /// let figure = Figure::single(Panel::new("").series(Series::line("", [0.0, 1.0], [0.0, 1.0])));
    /// let figure = figure.caption("Var f over 200 networks; bars: 95 % intervals, jackknife.");
    /// assert!(figure.latex("variance")?.contains("\\caption{Var f over 200 networks; bars: 95 \\% intervals, jackknife.}"));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn caption(self, caption: impl Into<String>) -> Self {
        Figure { caption: caption.into(), ..self }
    }

    /// What a paper says to show it: a `figure` float with NAME.pdf, which has the style's own size, the caption, and the label
    /// `fig:NAME`. [`Figure::export`] writes it where there is a caption.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::error::Error::Drawing) naming a character of the caption that pdflatex has no sign for.
    pub fn latex(&self, name: &str) -> Result<String> {
        let caption =
            latex::set(&self.caption, "a figure", "the caption", "write the figure's float by hand")?;
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' };
        let label: String = name.chars().map(plain).collect();
        Ok(format!(
            "% needs \\usepackage{{graphicx}}\n\\begin{{figure}}\n\\centering\n\\includegraphics{{{name}.pdf}}\n\
             \\caption{{{caption}}}\n\\label{{fig:{label}}}\n\\end{{figure}}\n"
        ))
    }

    /// With the same x limits in all panels.
    pub fn share_x(self) -> Self {
        Figure { share_x: true, ..self }
    }

    /// With the same y limits in all panels.
    pub fn share_y(self) -> Self {
        Figure { share_y: true, ..self }
    }

    /// With the same colours in all heat maps, and one colour bar.
    pub fn share_colours(self) -> Self {
        Figure { share_colours: true, ..self }
    }

    /// With this height over width of the whole figure.
    pub fn aspect(self, aspect: f64) -> Self {
        Figure { aspect: Some(aspect), ..self }
    }
}
