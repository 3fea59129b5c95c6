//! Rows of a published set as images.

use super::samples::Samples;
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
    /// (d) its bytes: channel by channel, row by row (see [`Source::image_shape`](super::Source::image_shape)).
    pub pixels: Vec<u8>,
}

impl Samples {
    /// The rows chosen, as images, in the frame's order.
    ///
    /// # Errors
    /// [`Error::Frame`] for rows that are not of a published set.
    pub fn images(&self) -> Result<Vec<Image>> {
        if self.source().is_none() {
            let reason = "only rows of a published set, taken by Dataset::load, have a known image shape";
            return Err(Error::table("images of these rows", reason));
        }
        let labels = self.values("label", |column| Ok(column.u8()?.iter().collect()))?;
        let owned = |pixels: Option<&[u8]>| pixels.map(<[u8]>::to_vec);
        let pixels = self.values("pixels", |column| Ok(column.binary()?.iter().map(owned).collect()))?;
        let rows = self.ids()?.into_iter().zip(labels).zip(pixels);
        Ok(rows.map(|((id, label), pixels)| Image { id, label, pixels }).collect())
    }
}
