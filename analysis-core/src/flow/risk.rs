//! The risk of the whole ensemble, and its parts.

use ndarray::Array2;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::ensemble::Ensemble;
use super::filter::Filter;
use super::risk_curves::RiskCurves;
use super::start::Start;
use super::times::Times;
use crate::check;
use crate::data::TrainTestView;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::memory::Bytes;
use crate::regression::MeanInterval;
use crate::seed::Seed;
use crate::session::Session;

/// Expected test error over initialisations and noise, given X, as a function of the flow time: bias², variance from
/// initialisation, variance from noise (Chen, Li and Lin 2024, §4: the mechanism behind the slow rate of standard
/// initialisation).
///
/// **`y` and `truth` must be f\* without noise**: `noise` is added by the formula. With noise in `y` as well it is counted
/// twice, once as variance and once as a part of f\* that no function explains, and every risk is too large, without an error.
///
/// Other filters, and several targets or noise levels on the same points, go through [`Ensemble::curves`].
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// let data = Task::Sphere { d: 5, noise: 0.0 }.draw(60, 100, Seed(1))?;
/// let curves = Risk::default().run(data.view())?;
/// let (mirrored, standard) = (curves.best(0.0)?, curves.best(1.0)?);
/// assert!(mirrored.risk < standard.risk);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// The NTK; f₀ has the NNGP kernel of the same network.
    pub kernel: Kernel,
    /// σ, the noise's standard deviation (default: the paper's 0.2).
    pub noise: f64,
    /// The grid of times.
    pub times: Times,
}

impl Default for Risk {
    fn default() -> Self {
        Risk { kernel: Kernel::default(), noise: 0.2, times: Times::default() }
    }
}

impl Risk {
    /// The curves for x (n,d) with y = f\*(X) (n,1), averaged over z (m,d) with truth = f\*(Z) (m,1): **without noise**, which
    /// [`Risk::noise`] adds; noise in `y` too would be counted twice.
    ///
    /// # Errors
    /// Those of [`Times::grid`], [`Ensemble::new`] and [`Ensemble::curves`].
    pub fn run(&self, rows: TrainTestView) -> Result<RiskCurves> {
        let filters = self.times.filters(rows.x.nrows())?;
        Ensemble::new(&self.kernel, rows.x, rows.z)?.curves(rows.y, rows.truth, self.noise, &filters)
    }

    /// The mean over `repeats` trainings, each from its own draw of f₀ times `factor` and with its own noise, of the mean
    /// squared error over the test points; the rows are as in [`Risk::run`], **without noise**. What the formula is checked against.
    ///
    /// Draws of f₀ are those of [`Start::Draw`] of the seed, noise comes from its stream `("simulated-noise", 0)`. The interval
    /// is one of 95 %. All trainings are columns of one prediction.
    ///
    /// # Errors
    /// Those of [`Start::values`] and [`Decomposition::predict`](crate::spectrum::Decomposition::predict); [`Error::Parameter`] for fewer than two repeats;
    /// [`Error::Shape`]; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let data = Task::Sphere { d: 3, noise: 0.0 }.draw(20, 30, Seed(1))?;
    /// let risk = Risk { noise: 0.5, ..Risk::default() };
    /// let formula = risk.run(data.view())?.best(1.0)?;
    /// let simulated = risk.simulate(data.view(), formula.filter, 1.0, 400, Seed(2))?;
    /// assert!((simulated.mean - formula.risk).abs() < 5.0 * simulated.standard_error);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn simulate(
        &self,
        rows: TrainTestView,
        filter: Filter,
        factor: f64,
        repeats: usize,
        seed: Seed,
    ) -> Result<MeanInterval> {
        let TrainTestView { x, y: target, z, truth } = rows;
        let (n, m) = (x.nrows(), z.nrows());
        check::refuse(repeats < 2, "repeats", repeats, "at least 2: one training has no spread")?;
        check::shape("the targets on x", (n, 1), target.dim())?;
        check::shape("the truth on z", (m, 1), truth.dim())?;
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
        let prediction = self.kernel.gram_in(x, &Session::default())?.decompose()?.predict(
            y.view(),
            &start,
            cross.view(),
            &[filter],
        )?;
        MeanInterval::of(&prediction.test_error(truth)?.row(0).to_vec(), 0.95)
    }
}
