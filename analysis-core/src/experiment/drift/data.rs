//! What a grid is trained on, and what it refuses.

use ndarray::Array2;

use super::{Drift, DriftCell, DriftLook, Place};
use crate::check;
use crate::data::{Dataset, Rows, Scaling, Split, Target};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::{ascending, refuse_large};
use crate::memory::Bytes;

/// The arrays that a grid is trained on and looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftData {
    /// (n, d).
    pub x: Array2<f64>,
    /// (n, k).
    pub y: Array2<f64>,
    /// (p, d), p may be 0.
    pub z: Array2<f64>,
}

impl Drift {
    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty or unordered list, a size or limit of 0, a rate or factor that is not positive, an
    /// acceleration beyond the steps of the plateau rule, more steps than 2³² − 1, and what the network
    /// refuses; [`Error::Memory`] for more cells than there is room for.
    pub fn check(&self) -> Result<()> {
        ascending("widths", &self.widths)?;
        ascending("depths", &self.depths)?;
        ascending("sigma_w2", &self.sigma_w2)?;
        ascending("sigma_b2", &self.sigma_b2)?;
        if !self.looks.is_empty() {
            ascending("looks", &self.looks)?;
        }
        for (name, value) in [
            ("trials", self.trials),
            ("images", self.images),
            ("steps", self.steps),
            ("plateau_steps", self.plateau_steps),
            ("most_gradients", self.most_gradients.unwrap_or(1)),
            ("looks", self.looks.first().copied().unwrap_or(1)),
        ] {
            check::at_least_one(name, value)?;
        }
        for (name, value) in [("rate", self.rate), ("input_factor", self.input_factor.unwrap_or(1.0))] {
            check::positive(name, value)?;
        }
        check::not_negative("plateau_fall", self.plateau_fall)?;
        self.acceleration.check(self.plateau_steps)?;
        // Steps are columns of whole numbers of 32 bits.
        for (name, count) in [("steps", self.steps), ("trials", self.trials)] {
            check::refuse(u32::try_from(count).is_err(), name, count, format!("at most {}", u32::MAX))?;
        }
        let axes =
            [self.widths.len(), self.depths.len(), self.sigma_w2.len(), self.sigma_b2.len(), self.trials];
        refuse_large("trainings", &axes, Bytes::of::<Place>(1, 1))?;
        // Sizes and variances are refused on their own, so not every pair of them has to be tried.
        let place = |width: usize, depth: usize, sigma_w2: f64, sigma_b2: f64| {
            let network =
                self.network(Place { depth, width, sigma_w2, sigma_b2, trial: 0 }, self.source.d(), 10);
            network.check()?;
            network.check_differentiable()
        };
        let (w2, b2) = (self.sigma_w2[0], self.sigma_b2[0]);
        for &width in &self.widths {
            self.depths.iter().try_for_each(|depth| place(width, *depth, w2, b2))?;
        }
        let (width, depth) = (self.widths[0], self.depths[0]);
        self.sigma_w2.iter().try_for_each(|w2| place(width, depth, *w2, b2))?;
        self.sigma_b2.iter().try_for_each(|b2| place(width, depth, w2, *b2))
    }

    /// Bytes of what comes out of one training.
    pub(super) fn result_bytes(&self) -> Bytes {
        let spectrum = Bytes::of::<f64>(if self.spectra { self.images } else { 0 }, 1);
        let looks = (Bytes::of::<DriftLook>(1, 1) + spectrum) * self.looks.len().saturating_add(2);
        Bytes::of::<DriftCell>(1, 1) + looks
    }

    /// The images, scaled, with one-hot labels; test images are standardised with the training images' means and deviations.
    ///
    /// # Errors
    /// As [`Dataset::load`], [`Samples::rows`](crate::data::Samples::rows) and
    /// [`Samples::prepare_with_test`](crate::data::Samples::prepare_with_test).
    pub fn data(&self) -> Result<DriftData> {
        let samples = Dataset::load_in(self.source, self.folder.as_deref())?;
        let part = |split: Split, count: usize| samples.split(split)?.rows(Rows::from(0..count));
        let train = part(Split::Train, self.images)?;
        let (train, test) = if self.test_images == 0 {
            let train = train.prepare(self.scaling, Target::OneHot)?;
            let none = Array2::zeros((0, train.d()));
            (train, none)
        } else {
            let test = part(Split::Test, self.test_images)?;
            let both = train.prepare_with_test(&test, self.scaling, Target::OneHot)?;
            (both.training, both.test.x)
        };
        let factor = self.input_factor.unwrap_or(match self.scaling {
            Scaling::UnitNorm => (train.d() as f64).sqrt(),
            _ => 1.0,
        });
        Ok(DriftData { x: train.x * factor, y: train.y, z: test * factor })
    }
}
