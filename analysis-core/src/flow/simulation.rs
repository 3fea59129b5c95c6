//! The risk of an ensemble by simulation: what the formula of [`Risk`] is checked against.

use ndarray::{Array2, ArrayView2};
use rand_distr::{Distribution, StandardNormal};

use super::{Filter, KernelFlow, Risk, Start};
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::regression::MeanInterval;
use crate::seed::Seed;

impl Risk {
    /// The mean over `repeats` trainings, each from its own draw of f₀ times `factor` and with its own noise, of the mean
    /// squared error over the test points; x (n,d) with f*(X) (n,1), z (m,d) with f*(Z) (m,1), as in [`Risk::run`].
    ///
    /// Draws of f₀ are those of [`Start::Draw`] of the seed, noise comes from its stream `("simulated-noise", 0)`. The interval
    /// is one of 95 %. All trainings are columns of one prediction.
    ///
    /// # Errors
    /// Those of [`Start::values`] and [`KernelFlow::predict`]; [`Error::Parameter`] for fewer than two repeats;
    /// [`Error::Shape`]; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let data = Task::Sphere { d: 3, noise: 0.0 }.draw(20, 30, Seed(1))?;
    /// let (x, y, z, truth) = (data.x.view(), data.y.view(), data.z.view(), data.truth.view());
    /// let risk = Risk { noise: 0.5, ..Risk::default() };
    /// let formula = risk.run(x, y, z, truth)?.best(1.0)?;
    /// let simulated = risk.simulate([x, y], [z, truth], formula.filter, 1.0, 400, Seed(2))?;
    /// assert!((simulated.mean - formula.risk).abs() < 5.0 * simulated.standard_error);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn simulate(
        &self,
        [x, target]: [ArrayView2<f64>; 2],
        [z, truth]: [ArrayView2<f64>; 2],
        filter: Filter,
        factor: f64,
        repeats: usize,
        seed: Seed,
    ) -> Result<MeanInterval> {
        let (n, m) = (x.nrows(), z.nrows());
        if repeats < 2 {
            return Err(Error::parameter("repeats", repeats, "at least 2: one training has no spread"));
        }
        if target.dim() != (n, 1) || truth.dim() != (m, 1) {
            return Err(Error::shape(
                "targets on x and truth on z",
                format!("({n}, 1) and ({m}, 1)"),
                format!("{:?} and {:?}", target.dim(), truth.dim()),
            ));
        }
        (Bytes::of::<f64>(repeats, n + m) * 6).require(&format!("{repeats} simulated trainings"))?;
        let starts: Vec<Start> =
            (0..repeats as u64).map(|index| Start::Scaled { factor, seed, index }).collect();
        let start = Start::values(&starts, &self.kernel, x, z)?;
        let mut stream = seed.stream("simulated-noise", 0);
        let y = Array2::from_shape_fn((n, repeats), |(i, _)| {
            let noise: f64 = StandardNormal.sample(&mut stream);
            target[[i, 0]] + self.noise * noise
        });
        let cross = self.kernel.cross_gram(z, x)?;
        let prediction =
            KernelFlow::of(&self.kernel, x)?.predict(y.view(), &start, cross.view(), &[filter])?;
        MeanInterval::of(&prediction.test_error(truth)?.row(0).to_vec(), 0.95)
    }
}
