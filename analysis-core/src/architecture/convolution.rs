//! Convolutional layers as a value: filters, padding, readout, and the images they are laid over.

use std::fmt;
use std::str::FromStr;

use ndarray::{Array2, ArrayView4};
use serde::{Deserialize, Serialize};

use crate::check;
use crate::data::Source;
use crate::error::{Error, Result};
use crate::text::{plain_enum, serde_as_text};

/// Side of the largest image: a bound so that a slip of the keyboard is an error.
const MOST_PIXELS: usize = 4096;

/// What a filter meets beyond the edge of an image. The stride is 1.
///
/// `Display` and `FromStr` speak "zero", "circular" and "valid".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Padding {
    /// Zeros; as many pixels after a layer as before (neural-tangents' `SAME`).
    #[default]
    Zero,
    /// The opposite edge: the image is a torus (`CIRCULAR`).
    Circular,
    /// Nothing: every layer takes filter − 1 pixels from the height and from the width (`VALID`).
    Valid,
}

plain_enum!(Padding, "padding", Zero = "zero" | "same", Circular = "circular", Valid = "valid");

/// How the last convolutional layer becomes one output.
///
/// `Display` and `FromStr` speak "flatten" and "pool".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Readout {
    /// A weight for every pixel and channel: in K only equal positions of two images meet, O(pixels) a pair and layer.
    #[default]
    Flatten,
    /// The mean over all pixels, then a weight for every channel (global average pooling): all pairs of positions meet,
    /// O(pixels²) a pair and layer.
    Pool,
}

plain_enum!(Readout, "readout", Flatten = "flatten", Pool = "pool" | "global-average-pooling");

/// The shape of an image. Its row of numbers is channel by channel, then line by line: h·w numbers of the first channel, then
/// those of the second, as the published sets store them.
///
/// `Display` and `FromStr` speak "28x28x1": height, width, channels.
///
/// # Examples
/// ```
/// use analysis_core::architecture::ImageShape;
/// let cifar: ImageShape = "32x32x3".parse()?;
/// assert_eq!((cifar.pixels(), cifar.d()), (1024, 3072));
/// assert!("32x32".parse::<ImageShape>().is_err());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageShape {
    /// h.
    pub height: usize,
    /// w.
    pub width: usize,
    /// c.
    pub channels: usize,
}

impl ImageShape {
    /// h·w.
    pub fn pixels(self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// h·w·c, the columns of a row.
    pub fn d(self) -> usize {
        self.pixels().saturating_mul(self.channels)
    }

    /// The shape of a published set's images.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{architecture::ImageShape, data::Source};
    /// assert_eq!(ImageShape::of(Source::Cifar10).to_string(), "32x32x3");
    /// ```
    pub fn of(source: Source) -> Self {
        let [channels, height, width] = source.image_shape();
        ImageShape { height, width, channels }
    }

    /// Images (n, h, w, c), as most programs hold them, as rows (n, c·h·w) in this library's order, and their shape.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{architecture::ImageShape, ndarray::{Array4, array}};
    /// // One image of two pixels, each of two channels.
    /// let images = Array4::from_shape_vec((1, 1, 2, 2), vec![1.0, 10.0, 2.0, 20.0]).unwrap();
    /// let (shape, rows) = ImageShape::rows(images.view());
    /// assert_eq!((shape.to_string().as_str(), rows), ("1x2x2", array![[1.0, 2.0, 10.0, 20.0]]));
    /// ```
    pub fn rows(images: ArrayView4<f64>) -> (Self, Array2<f64>) {
        let (n, height, width, channels) = images.dim();
        let shape = ImageShape { height, width, channels };
        let (line, plane) = (width.max(1), shape.pixels().max(1));
        let rows = Array2::from_shape_fn((n, shape.d()), |(i, k)| {
            images[[i, k % plane / line, k % line, k / plane]]
        });
        (shape, rows)
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.height, self.width, self.channels)
    }
}

impl FromStr for ImageShape {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers: Vec<usize> = text.split('x').filter_map(|part| part.parse().ok()).collect();
        match (numbers.as_slice(), text.split('x').count()) {
            (&[height, width, channels], 3) => Ok(ImageShape { height, width, channels }),
            _ => {
                Err(Error::parameter("image", format!("{text:?}"), "must be HEIGHTxWIDTHxCHANNELS: 28x28x1"))
            }
        }
    }
}

serde_as_text!(ImageShape);

/// The filters of every convolutional layer, and how the last layer is read, whatever the image.
///
/// `Display` and `FromStr` speak "3:zero:flatten": filter, padding, readout; what is left out is "zero" and "flatten".
///
/// # Examples
/// ```
/// use analysis_core::architecture::{Filters, Padding, Readout};
/// let filters: Filters = "5:circular:pool".parse()?;
/// assert_eq!(filters, Filters { size: 5, padding: Padding::Circular, readout: Readout::Pool });
/// assert_eq!("3".parse::<Filters>()?, Filters::default());
/// assert!("4".parse::<Filters>().is_err()); // has no pixel in its middle
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Filters {
    /// k of k × k, odd.
    pub size: usize,
    /// What lies beyond the edge.
    pub padding: Padding,
    /// From the last layer to the output.
    pub readout: Readout,
}

impl Default for Filters {
    fn default() -> Self {
        Filters { size: 3, padding: Padding::Zero, readout: Readout::Flatten }
    }
}

impl Filters {
    /// These filters over images of this shape.
    pub fn on(self, image: ImageShape) -> Convolution {
        Convolution { image, filters: self }
    }
}

impl fmt::Display for Filters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.size, self.padding, self.readout)
    }
}

impl FromStr for Filters {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split(':');
        let wrong = || {
            Error::parameter("filters", format!("{text:?}"), "must be SIZE:PADDING:READOUT: 3:zero:flatten")
        };
        let size = parts.next().and_then(|size| size.parse().ok()).ok_or_else(wrong)?;
        let padding = parts.next().map_or(Ok(Padding::default()), str::parse)?;
        let readout = parts.next().map_or(Ok(Readout::default()), str::parse)?;
        if parts.next().is_some() {
            return Err(wrong());
        }
        check_size(size)?;
        Ok(Filters { size, padding, readout })
    }
}

serde_as_text!(Filters);

fn check_size(size: usize) -> Result<()> {
    let why = "must be odd, so that a filter has a pixel in its middle: 1, 3, 5, …";
    check::that(size % 2 == 1, "filter", size, why)
}

/// Convolutional layers over images of one shape: what makes a [`Kernel`](crate::kernel::Kernel) that of a convolutional network.
///
/// With L layers of k × k filters, c channels of input, p a position and p + δ those under the filter at p:
///
/// hˡ(p) = σ_w/√(k²·c_{l−1}) Σ_δ Wˡ_δ φ(h^{l−1}(p + δ)) + σ_b bˡ, φ(h⁰) = x,
///
/// with all entries of W and b standard normal and trained, neural-tangents' `Conv(…, parameterization='ntk')`; the readout is a
/// `Dense` layer in the same parametrisation after `Flatten` or `GlobalAvgPool`.
///
/// # Examples
/// ```
/// use analysis_core::architecture::{Filters, ImageShape};
/// let convolution = Filters::default().on(ImageShape { height: 28, width: 28, channels: 1 });
/// assert_eq!(convolution.to_string(), "3:zero:flatten of 28x28x1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolution {
    /// The images.
    pub image: ImageShape,
    /// The filters.
    pub filters: Filters,
}

impl fmt::Display for Convolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.filters, self.image)
    }
}

impl Convolution {
    /// Pixels of height and width that a layer without padding takes away.
    fn taken(&self) -> usize {
        if self.filters.padding == Padding::Valid { self.filters.size - 1 } else { 0 }
    }

    /// Height and width after `layers` layers.
    pub(crate) fn shape_after(&self, layers: usize) -> (usize, usize) {
        let gone = self.taken().saturating_mul(layers);
        (self.image.height.saturating_sub(gone), self.image.width.saturating_sub(gone))
    }

    /// How many times a layer is evaluated for a pair of images: once for each of its positions, or pairs of positions.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::architecture::{Filters, ImageShape};
    /// let mnist = ImageShape { height: 28, width: 28, channels: 1 };
    /// assert_eq!(Filters::default().on(mnist).evaluations(5), 5.0 * 784.0);
    /// ```
    pub fn evaluations(&self, layers: usize) -> f64 {
        let of = |layer: usize| {
            let (height, width) = self.shape_after(layer);
            (height * width) as f64
        };
        let power = if self.filters.readout == Readout::Pool { 2 } else { 1 };
        if self.taken() == 0 {
            return layers as f64 * of(0).powi(power);
        }
        (1..=layers).map(of).take_while(|pixels| *pixels > 0.0).map(|pixels| pixels.powi(power)).sum()
    }

    /// Refuses what leaves no layer.
    pub(crate) fn check(&self, layers: usize) -> Result<()> {
        let (ImageShape { height, width, channels }, Filters { size, .. }) = (self.image, self.filters);
        check_size(size)?;
        for (name, count) in [("height", height), ("width", width), ("channels", channels)] {
            check::at_least_one(name, count)?;
            check::that(count <= MOST_PIXELS, name, count, format!("must be at most {MOST_PIXELS}"))?;
        }
        let why = format!("is larger than the image of {height} by {width} pixels");
        check::that(size <= height.min(width), "filter", size, why)?;
        let (least, taken) = (height.min(width), self.taken());
        let left = least.saturating_sub(taken.saturating_mul(layers));
        let why = format!(
            "leaves nothing of an image of {height} by {width} after {layers} layers of {size} by {size} filters, each of which \
             takes {taken} pixels: take fewer layers, or zero or circular padding"
        );
        check::that(left > 0, "padding", self.filters.padding, why)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_wrong_ones_are_refused() {
        for filters in ["1:zero:flatten", "3:circular:pool", "5:valid:flatten"] {
            assert_eq!(filters.parse::<Filters>().unwrap().to_string(), filters);
        }
        for wrong in ["", "x", "2", "3:same:mean", "3:none", "3:zero:flatten:4", "0"] {
            assert!(wrong.parse::<Filters>().is_err(), "{wrong}");
        }
        for wrong in ["", "3x3", "3x3x", "3x3x1x1", "ax3x1"] {
            assert!(wrong.parse::<ImageShape>().is_err(), "{wrong}");
        }
        let convolution = Filters::default().on("4x5x2".parse().unwrap());
        let json = serde_json::to_string(&convolution).unwrap();
        assert_eq!(json, r#"{"image":"4x5x2","filters":"3:zero:flatten"}"#);
        assert_eq!(serde_json::from_str::<Convolution>(&json).unwrap(), convolution);
    }

    #[test]
    fn what_leaves_nothing_is_refused_in_words() {
        let refused = |filters: &str, image: &str, layers: usize| {
            filters
                .parse::<Filters>()
                .unwrap()
                .on(image.parse().unwrap())
                .check(layers)
                .unwrap_err()
                .to_string()
        };
        assert!(refused("5", "4x9x1", 1).contains("larger than the image of 4 by 9"));
        assert!(refused("3:valid", "6x8x1", 3).contains("leaves nothing of an image of 6 by 8"));
        assert!(refused("1", "0x8x1", 1).contains("height"));
        assert!(refused("1", "8x8x0", 1).contains("channels"));
        assert!("3:valid".parse::<Filters>().unwrap().on("6x8x1".parse().unwrap()).check(2).is_ok());
    }
}
