//! Heat maps and small images, as data.

use super::axis::{Limits, Scale};
use crate::error::{Error, Result};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;

/// Which colours a heat map runs through; all have monotone lightness (or lightness symmetric about the middle).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourMap {
    /// Dark violet to yellow, perceptually uniform.
    #[default]
    Viridis,
    /// White to black.
    Greys,
    /// Blue through white to red, for signed values about the middle.
    BlueRed,
}

/// Cells of colour on a panel's axes, with a colour bar.
///
/// # Examples
/// ```
/// use analysis_core::report::HeatMap;
/// let k = ndarray::array![[1.0, 0.5], [0.5, 1.0]];
/// let heat = HeatMap::new([0.0, 1.0], [0.0, 1.0], k.view())?.label("K(x_{i}, x_{j})");
/// assert_eq!(heat.values, [Some(1.0), Some(0.5), Some(0.5), Some(1.0)]);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HeatMap {
    /// Centres of the columns, strictly increasing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub x: Vec<f64>,
    /// Centres of the rows, strictly increasing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub y: Vec<f64>,
    /// The value at (x\[i\], y\[j\]) is `values[j·len(x) + i]`; a cell without one stays white, with a cross in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Option<f64>>,
    /// Why cells have no value; written under the panel where there are such cells. Empty: "no value".
    #[serde(skip_serializing_if = "String::is_empty")]
    pub without: String,
    /// What the colours show, beside the colour bar.
    pub label: String,
    /// Whether the colours follow the values or their logarithms.
    pub scale: Scale,
    /// The values at the ends of the colour bar; values beyond take the end's colour, the bar then ends in an arrow, and the
    /// text under the panel says how many cells they are.
    pub limits: Limits,
    /// The colours.
    pub colours: ColourMap,
}

impl HeatMap {
    /// A heat map with column centres `x` (length a), row centres `y` (length b) and `values` (b, a).
    ///
    /// # Errors
    /// [`Error::Shape`] when the lengths do not fit.
    pub fn new<A: Borrow<f64>, B: Borrow<f64>>(
        x: impl IntoIterator<Item = A>,
        y: impl IntoIterator<Item = B>,
        values: ArrayView2<f64>,
    ) -> Result<Self> {
        HeatMap::with_gaps(x, y, values.mapv(Some).view())
    }

    /// The same where some cells have no value: they stay white, with a cross in them.
    ///
    /// # Errors
    /// [`Error::Shape`] when the lengths do not fit.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::HeatMap;
    /// let drift = ndarray::array![[Some(0.2), None]];
    /// let heat = HeatMap::with_gaps([1.0, 2.0], [0.5], drift.view())?.without("diverged");
    /// assert_eq!((heat.values[1], heat.without.as_str()), (None, "diverged"));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn with_gaps<A: Borrow<f64>, B: Borrow<f64>>(
        x: impl IntoIterator<Item = A>,
        y: impl IntoIterator<Item = B>,
        values: ArrayView2<Option<f64>>,
    ) -> Result<Self> {
        let x: Vec<f64> = x.into_iter().map(|v| *v.borrow()).collect();
        let y: Vec<f64> = y.into_iter().map(|v| *v.borrow()).collect();
        if values.dim() != (y.len(), x.len()) {
            return Err(Error::Shape {
                what: "values of a heat map".into(),
                expected: format!("({}, {}), rows by columns", y.len(), x.len()),
                found: format!("{:?}", values.dim()),
            });
        }
        Ok(HeatMap { x, y, values: values.iter().copied().collect(), ..HeatMap::default() })
    }

    /// With this text beside the colour bar.
    pub fn label(self, label: impl Into<String>) -> Self {
        HeatMap { label: label.into(), ..self }
    }

    /// With this reason why cells have no value.
    pub fn without(self, why: impl Into<String>) -> Self {
        HeatMap { without: why.into(), ..self }
    }

    /// With colours that follow the logarithm of the values.
    pub fn log10(self) -> Self {
        HeatMap { scale: Scale::Log10, ..self }
    }

    /// The same with ticks 2ⁿ on the colour bar.
    pub fn log2(self) -> Self {
        HeatMap { scale: Scale::Log2, ..self }
    }

    /// With these values at the ends of the colour bar.
    pub fn limits(self, low: f64, high: f64) -> Self {
        HeatMap { limits: Limits { low: Some(low), high: Some(high) }, ..self }
    }

    /// With these colours.
    pub fn colours(self, colours: ColourMap) -> Self {
        HeatMap { colours, ..self }
    }
}

/// One small image, grey or RGB.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Picture {
    /// Written above it; may be empty.
    pub caption: String,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// Row by row, the channels of a pixel together: height · width · channels bytes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pixels: Vec<u8>,
}

impl Picture {
    /// A grey image of height · width bytes, row by row.
    ///
    /// # Errors
    /// [`Error::Shape`] when the number of bytes does not fit.
    pub fn grey(caption: impl Into<String>, height: usize, width: usize, pixels: &[u8]) -> Result<Self> {
        Picture { caption: caption.into(), height, width, channels: 1, pixels: pixels.to_vec() }.checked()
    }

    /// A colour image of 3 · height · width bytes in planes (all red, all green, all blue), as CIFAR-10 stores them.
    ///
    /// # Errors
    /// [`Error::Shape`] when the number of bytes does not fit.
    pub fn planes(caption: impl Into<String>, height: usize, width: usize, planes: &[u8]) -> Result<Self> {
        let area = height * width;
        let pixels = if planes.len() == 3 * area {
            (0..area).flat_map(|p| [planes[p], planes[area + p], planes[2 * area + p]]).collect()
        } else {
            planes.to_vec()
        };
        Picture { caption: caption.into(), height, width, channels: 3, pixels }.checked()
    }

    fn checked(self) -> Result<Self> {
        let expected = self.height * self.width * self.channels;
        if expected == 0 || self.pixels.len() != expected {
            return Err(Error::Shape {
                what: format!("pixels of the picture {:?}", self.caption),
                expected: format!("{} × {} × {} bytes", self.height, self.width, self.channels),
                found: format!("{} bytes", self.pixels.len()),
            });
        }
        Ok(self)
    }
}

/// Small images in rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pictures {
    /// The images, row by row.
    pub pictures: Vec<Picture>,
    /// Images in a row.
    pub columns: usize,
}
