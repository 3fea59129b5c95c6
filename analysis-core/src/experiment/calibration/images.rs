//! Power laws on the eigenvectors of images.

use ndarray::{Array2, Axis};
use rand::seq::SliceRandom;

use super::planted::{Planted, Sample};
use crate::data::{Dataset, Rows, Scaling, Source, Target};
use crate::error::Result;
use crate::kernel::{Gram, Kernel};
use crate::linalg::{OneThread, gemm};
use crate::memory::Bytes;
use crate::seed::Seed;
use crate::session::Session;
use crate::spectrum::Decomposition;

/// Images of the population.
pub(super) const IMAGES: usize = 8000;

/// The kernel of a set's first images, and its eigenvectors.
pub(super) struct Population {
    /// K (IMAGES, IMAGES).
    k: Array2<f64>,
    /// Eigenfunctions at the images, row i that of number i, with mean square 1.
    functions: Array2<f64>,
}

impl Population {
    pub(super) fn of(source: Source, kernel: &Kernel, session: &Session) -> Result<Population> {
        let rows = Rows::from(0..IMAGES);
        let data = Dataset::load(source)?.rows(rows)?.prepare(Scaling::UnitNorm, Target::Integer)?;
        let gram = kernel.gram_in(data.x.view(), session)?;
        let mut functions = gram.decompose()?.eigenvectors;
        functions *= (IMAGES as f64).sqrt();
        Ok(Population { k: gram.into_array(), functions })
    }

    pub(super) fn memory() -> Bytes {
        Decomposition::memory(IMAGES) + Bytes::of::<f64>(IMAGES, IMAGES)
    }

    /// n of the images without repetition.
    pub(super) fn sample(&self, n: usize, planted: Planted, seed: Seed) -> Result<Sample> {
        let mut rows: Vec<usize> = (0..IMAGES).collect();
        rows.shuffle(&mut seed.stream("rows", 0));
        rows.truncate(n);
        let theta = planted.theta(1, IMAGES, &mut seed.stream("theta", 0));
        let functions = self.functions.select(Axis(1), &rows);
        let mut targets = Array2::zeros((n, planted.columns()));
        gemm(&OneThread::new(), 1.0, functions.t(), theta.view(), 0.0, targets.view_mut());
        planted.add_rest(&mut targets, IMAGES, &mut seed.stream("beyond", 0));
        let k = Array2::from_shape_fn((n, n), |(a, b)| self.k[[rows[a], rows[b]]]);
        Ok(Sample { gram: Gram::from_array(k)?, targets })
    }
}
