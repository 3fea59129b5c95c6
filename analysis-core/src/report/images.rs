//! Rows of a published set, drawn.

use super::figure::Panel;
use super::raster::Picture;
use crate::data::Samples;
use crate::error::{Error, Result};

impl Samples {
    /// A panel of the rows' images in their order, `columns` in a row, each with its class above it. Choose few rows.
    ///
    /// # Errors
    /// As [`Samples::images`]; [`Error::Parameter`] for more than 400 images.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::data::{Dataset, Source};
    /// use analysis_core::report::Figure;
    /// let first = Dataset::load(Source::FashionMnist)?.rows(0..10)?;
    /// Figure::single(first.picture_panel("Fashion-MNIST", 5)?).evcxr_display();
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn picture_panel(&self, title: &str, columns: usize) -> Result<Panel> {
        const MOST: usize = 400;
        if self.n() > MOST {
            let requirement = format!("at most {MOST} images in a panel: choose fewer rows");
            return Err(Error::parameter("rows", self.n(), requirement));
        }
        let images = self.images()?;
        let Some(source) = self.source() else { return Ok(Panel::new(title)) };
        let [channels, height, width] = source.image_shape();
        let names = source.class_names();
        let pictures = images.iter().map(|image| {
            let caption = names.get(usize::from(image.label)).copied().unwrap_or_default();
            match channels {
                1 => Picture::grey(caption, height, width, &image.pixels),
                _ => Picture::planes(caption, height, width, &image.pixels),
            }
        });
        Ok(Panel::new(title).pictures(pictures.collect::<Result<Vec<_>>>()?, columns.max(1)))
    }
}
