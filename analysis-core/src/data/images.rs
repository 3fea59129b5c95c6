//! Rows of a published set as images.

use super::origin::DataOrigin;
use super::samples::Samples;
use super::source::Source;
use crate::error::{Error, Result};

/// One image of a published set.
///
/// # Examples
/// ```
/// use analysis_core::data::Image;
/// let image = Image { id: 0, label: 5, pixels: vec![0; 784] };
/// assert_eq!(image.pixels.len(), 28 * 28);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its number in the set.
    pub id: u32,
    /// Its label, 0 to 9.
    pub label: u8,
    /// (d) its bytes: channel by channel, row by row (see [`Source::image_shape`]).
    pub pixels: Vec<u8>,
}

impl Samples {
    /// The published set that these rows are of, if they are of one.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::{Columns, Dataset};
    /// use polars::prelude::*;
    /// let frame = df!("u" => [1.0], "v" => [2.0])?;
    /// assert_eq!(Dataset::from_frame(&frame, &Columns::target("v"))?.source(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn source(&self) -> Option<Source> {
        match &self.data {
            DataOrigin::Published { source, .. } => Some(*source),
            _ => None,
        }
    }

    /// The rows chosen, as images, in the frame's order.
    ///
    /// # Errors
    /// [`Error::Frame`] for rows that are not of a published set.
    pub fn images(&self) -> Result<Vec<Image>> {
        let context = "images of these rows";
        if self.source().is_none() {
            let reason =
                "only rows of a published set, taken by Dataset::load, have a known image shape".to_string();
            return Err(Error::Frame { context: context.to_string(), reason });
        }
        let frame_error = |cause: polars::prelude::PolarsError| Error::frame(context, &cause);
        let ids = self.frame.column("id").and_then(|c| c.u32()).map_err(frame_error)?;
        let labels = self.frame.column("label").and_then(|c| c.u8()).map_err(frame_error)?;
        let pixels = self.frame.column("pixels").and_then(|c| c.binary()).map_err(frame_error)?;
        let rows = ids.iter().zip(labels.iter()).zip(pixels.iter());
        Ok(rows
            .filter_map(|((id, label), pixels)| {
                Some(Image { id: id?, label: label?, pixels: pixels?.to_vec() })
            })
            .collect())
    }
}
