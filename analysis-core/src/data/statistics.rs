//! What is in a set: class counts and pixel means.

use super::samples::Samples;
use crate::error::{Error, Result};
use crate::frame::Frame;
use polars::prelude::*;

impl Samples {
    /// How often each label occurs among the rows chosen: a frame with `label` and `count`, ascending.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::{Columns, Dataset};
    /// use polars::prelude::*;
    /// let frame = df!("u" => [1.0, 2.0, 3.0], "label" => [1, 0, 1])?;
    /// let counts = Dataset::from_frame(&frame, &Columns::target("label"))?.class_counts()?;
    /// assert_eq!(counts.column("count")?.u32()?.get(1), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn class_counts(&self) -> Result<DataFrame> {
        let label = col(&self.layout.target).alias("label");
        self.frame
            .clone()
            .lazy()
            .group_by([label])
            .agg([len().cast(DataType::UInt32).alias("count")])
            .sort(["label"], SortMultipleOptions::default())
            .collect()
            .map_err(Error::polars("counting classes"))
    }

    /// Mean and standard deviation (1/n) of the pixels / 255 of the rows chosen: a frame with `channel` (from 0),
    /// `mean` and `std`. Sums are of whole numbers, so exact.
    ///
    /// # Errors
    /// [`Error::Frame`] for data without pixels.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::data::{Dataset, Source, Split};
    /// let statistics = Dataset::load(Source::Mnist)?.split(Split::Train)?.pixel_statistics()?;
    /// println!("{statistics}"); // 0.1307 and 0.3081
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn pixel_statistics(&self) -> Result<DataFrame> {
        let context = "pixel statistics";
        let Some(d) = self.layout.pixels else {
            return Err(Error::table(context, "this data has no pixels"));
        };
        let channels = self.source().map_or(1, |source| source.image_shape()[0]);
        let mut sums = vec![(0_u64, 0_u64); channels];
        let pixels = self.frame.column(&self.layout.features[0]).and_then(|column| column.binary());
        for image in pixels.map_err(Error::polars(context))?.iter().flatten() {
            for (sum, channel) in sums.iter_mut().zip(image.chunks(d / channels)) {
                for &pixel in channel {
                    sum.0 += u64::from(pixel);
                    sum.1 += u64::from(pixel) * u64::from(pixel);
                }
            }
        }
        let pixels = self.n() * (d / channels);
        let count = pixels as f64;
        // (count·Σp² − (Σp)²) / count²: of whole numbers the difference is exact, and 0 for a constant image. Both sums
        // fit 64 bits below 2^48 pixels, more than any machine holds, and both products then fit 128.
        let spread = |channel: usize| {
            let (first, second) = (u128::from(sums[channel].0), u128::from(sums[channel].1));
            (pixels as u128 * second - first * first) as f64
        };
        Frame::of(0..channels)
            .whole("channel", |channel| channel)
            .number("mean", |channel| sums[channel].0 as f64 / count / 255.0)
            .number("std", |channel| spread(channel).sqrt() / count / 255.0)
            .build(context)
    }
}
