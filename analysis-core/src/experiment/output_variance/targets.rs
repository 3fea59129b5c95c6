//! What the networks learn.

use ndarray::{Array2, ArrayView2};
use rand_distr::{Distribution, StandardNormal};

use super::params::{OutputVariance, VarianceTarget};

impl OutputVariance {
    /// What is learnt: [`OutputVariance::target`], by default noise, and of images the parity of their labels.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{OutputVariance, VarianceTarget};
    /// assert_eq!(OutputVariance::default().learnt(), VarianceTarget::Noise);
    /// let signs = OutputVariance { target: Some(VarianceTarget::Parity), ..Default::default() };
    /// assert_eq!(signs.targets()?[..3], [1.0, -1.0, 1.0]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn learnt(&self) -> VarianceTarget {
        self.target.unwrap_or(match self.images {
            Some(_) => VarianceTarget::Parity,
            None => VarianceTarget::Noise,
        })
    }

    /// Targets (S, 1); `factor` is L with LLᵀ = the cosines of all inputs, `labels` the parity of the images.
    pub(super) fn draw_targets(
        &self,
        factor: ArrayView2<f64>,
        labels: Option<ArrayView2<f64>>,
    ) -> Array2<f64> {
        let s = self.samples;
        let mut stream = self.seed.stream("targets", 0);
        let mut normal = || -> Vec<f64> { (0..s).map(|_| StandardNormal.sample(&mut stream)).collect() };
        let unit = |value: &dyn Fn(usize) -> f64| {
            Array2::from_shape_fn((s, 1), |(i, _)| self.target_scale * value(i))
        };
        match self.learnt() {
            VarianceTarget::Noise => {
                let z = normal();
                unit(&|i| z[i])
            }
            VarianceTarget::Linear => {
                // Row i of L is the input itself in other axes.
                let z = normal();
                unit(&|i| (0..=i).map(|j| factor[[i, j]] * z[j]).sum())
            }
            VarianceTarget::Constant => unit(&|_| 1.0),
            VarianceTarget::Parity => match labels {
                Some(labels) => unit(&|i| labels[[i, 0]]),
                None => unit(&|i| if i % 2 == 0 { 1.0 } else { -1.0 }),
            },
        }
    }
}

/// Σ (y − ȳ)².
pub(super) fn spread(y: ArrayView2<f64>) -> f64 {
    let mean = y.sum() / y.len().max(1) as f64;
    y.iter().map(|y| (y - mean).powi(2)).sum()
}
