//! What a training looks like, and how it came about.

use super::axis::Axis;
use super::bibliography::Reference;
use super::figure::{Figure, Panel};
use super::provenance::Manifest;
use super::series::Series;
use super::smoothness::with_data;
use crate::data::Dataset;
use crate::error::Result;
use crate::network::TrainingResult;

impl TrainingResult {
    /// Loss and errors against the epoch, both logarithmic (so without epoch 0), and the epoch that was taken.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::SphereQuadratic;
    /// use analysis_core::network::{Network, Training};
    /// let data = SphereQuadratic { n: 20, ..Default::default() }.run()?;
    /// let training = Training { network: Network { width: 50, ..Network::default() }, epochs: 20, ..Training::default() };
    /// let (x, y) = (data.x.view(), data.y.view());
    /// let figure = training.run(x, y, x, y)?.curve_plot();
    /// assert_eq!(figure.panels[0].series.len(), 2); // loss and test error; the epoch taken is the last one: no line
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn curve_plot(&self) -> Figure {
        let curve = &self.curve;
        let mut panel = Panel::new("").x(Axis::log10("epoch")).y(Axis::log10("loss, mean squared error"));
        for (label, values) in [
            ("training loss", &curve.loss),
            ("test error", &curve.test_error),
            ("hold-out error", &curve.hold_out_error),
        ] {
            // What is exactly zero has no place on a logarithmic axis.
            let drawn = || {
                let pairs = curve.epoch.iter().zip(values);
                pairs.filter(|(epoch, value)| **epoch > 0 && **value > 0.0 && value.is_finite())
            };
            if drawn().next().is_some() {
                panel =
                    panel.series(Series::line(label, drawn().map(|p| *p.0 as f64), drawn().map(|p| *p.1)));
            }
        }
        if self.best.epoch > 0 && self.best.epoch < self.last.epoch {
            panel = panel.series(Series::vertical("taken", self.best.epoch as f64));
        }
        Figure::single(panel)
    }

    /// The manifest: parameters, seed, the data's origin and checksums, versions.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where the parameters cannot be written.
    pub fn manifest(&self, data: &Dataset, test: Option<&Dataset>) -> Result<Manifest> {
        let mut parameters = serde_json::json!({"training": self.parameters, "data": data.origin});
        if let Some(test) = test {
            parameters["test"] = serde_json::json!(test.origin);
        }
        let manifest = Manifest::new(&parameters)?
            .seed(self.parameters.seed.0)
            .cite(Reference::ChenLiLin2024)
            .cite(Reference::Software);
        Ok(with_data(manifest, &data.origin.data))
    }
}
