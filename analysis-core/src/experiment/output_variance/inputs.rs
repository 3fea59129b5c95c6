//! The inputs of the networks: only their Gram matrix matters.

use ndarray::{Array2, ArrayView2, s};

use super::params::OutputVariance;
use crate::data::{Dataset, Rows, Scaling, Split, Target};
use crate::error::{Error, Result};
use crate::linalg::cholesky;
use crate::memory::Bytes;

/// S training inputs and the test inputs behind them, of equal norm.
///
/// First-layer weights are Gaussian and gradient steps stay in the span of the inputs, so a network sees nothing of the inputs
/// but their Gram matrix: they are represented by the rows of its Cholesky factor, in any dimension that holds them. So the
/// input dimension n₀ can be the width M, as the limit Θ/M wants it, for images too.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    /// The cosine of every pair, or the mean cosine of a training input with the others and the test inputs.
    pub(super) cosine: f64,
    /// Whether it is that of every pair.
    pub(super) equal: bool,
    /// Cosines of all pairs (S + m, S + m).
    pub(super) cosines: Array2<f64>,
    /// L with LLᵀ = the cosines.
    factor: Array2<f64>,
    /// Targets (S, 1).
    pub(super) y: Array2<f64>,
}

impl Inputs {
    fn new(
        grid: &OutputVariance,
        cosines: Array2<f64>,
        labels: Option<ArrayView2<f64>>,
        cosine: f64,
    ) -> Result<Inputs> {
        let Some(factor) = cholesky(cosines.clone())? else {
            let why = "the inputs are linearly dependent: take other rows, fewer of them, or another cosine";
            return Err(Error::parameter("inputs", format!("cosine {cosine}"), why));
        };
        let factor = factor.lower();
        let (y, equal) = (grid.draw_targets(factor.view(), labels), labels.is_none());
        Ok(Inputs { cosine, equal, cosines, factor, y })
    }

    /// Rows of norm² `square` · `dimension`, padded with zeros to `dimension` columns.
    pub(super) fn rows(&self, square: f64, dimension: usize) -> Array2<f64> {
        let n = self.factor.nrows();
        let mut rows = Array2::zeros((n, dimension));
        rows.slice_mut(s![.., ..n]).assign(&(&self.factor * (square * dimension as f64).sqrt()));
        rows
    }

    /// S.
    pub(super) fn samples(&self) -> usize {
        self.y.nrows()
    }
}

impl OutputVariance {
    /// What the networks are trained on (S): `target_scale` times what [`VarianceTarget`](super::VarianceTarget) says, of the
    /// first set of inputs ([`VarianceTarget::Linear`](super::VarianceTarget::Linear) depends on their cosine).
    ///
    /// # Errors
    /// Of images [`Error::DataMissing`] and those of [`Dataset::load`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::OutputVariance;
    /// let y = OutputVariance::default().targets()?;
    /// assert_eq!(y.len(), 10);
    /// let twice = OutputVariance { target_scale: 2.0, ..Default::default() }.targets()?;
    /// assert_eq!(twice[3], 2.0 * y[3]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn targets(&self) -> Result<Vec<f64>> {
        self.check()?;
        Ok(self.inputs()?.into_iter().next().map_or_else(Vec::new, |inputs| inputs.y.into_iter().collect()))
    }

    /// Every set of inputs of the grid: one a cosine, or the images.
    pub(super) fn inputs(&self) -> Result<Vec<Inputs>> {
        let (s, total) = (self.samples, self.samples + self.test_points);
        let sets = if self.images.is_some() { 1 } else { self.cosines.len() };
        let matrices = Bytes::of::<f64>(total, total) * 2 * sets;
        matrices.require(&format!("{sets} times {total} inputs"))?;
        if let Some(images) = &self.images {
            let samples = Dataset::load_in(images.source, images.folder.as_deref())?;
            let rows = samples.split(Split::Train)?.rows(Rows::from(0..total))?;
            let data = rows.prepare(Scaling::UnitNorm, Target::Parity)?;
            let mut cosines = data.x.dot(&data.x.t());
            cosines.diag_mut().fill(1.0);
            let pairs = (0..total).flat_map(|i| (0..i.min(s)).map(move |j| (i, j)));
            let mean = pairs.clone().map(|pair| cosines[pair]).sum::<f64>() / pairs.count() as f64;
            return Ok(vec![Inputs::new(self, cosines, Some(data.y.view()), mean)?]);
        }
        let equal = |cosine: &f64| {
            let cosines = Array2::from_shape_fn((total, total), |(i, j)| if i == j { 1.0 } else { *cosine });
            Inputs::new(self, cosines, None, *cosine)
        };
        self.cosines.iter().map(equal).collect()
    }
}
