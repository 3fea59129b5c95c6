//! The risk of the whole ensemble, and its parts.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::ensemble::Ensemble;
use super::risk_curves::RiskCurves;
use super::times::Times;
use crate::error::Result;
use crate::kernel::Kernel;

/// Expected test error over initialisations and noise, given X, as a function of the flow time: bias², variance from
/// initialisation, variance from noise (Chen, Li and Lin 2024, §4: the mechanism behind the slow rate of standard
/// initialisation).
///
/// Other filters, and several targets or noise levels on the same points, go through [`Ensemble::curves`].
///
/// # Examples
/// ```
/// use analysis_core::{data::quadratic, flow::Risk, prelude::*};
/// let x = SphereQuadratic { n: 60, ..Default::default() }.run()?.x;
/// let z = SphereQuadratic { n: 100, seed: Seed(1), ..Default::default() }.run()?.x;
/// let (target, truth) = (quadratic(x.view()), quadratic(z.view()));
/// let curves = Risk::default().run(x.view(), target.view(), z.view(), truth.view())?;
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
    /// The curves for x (n,d) with f*(X) (n,1), averaged over z (m,d) with f*(Z) (m,1); targets without noise.
    ///
    /// # Errors
    /// Those of [`Times::grid`], [`Ensemble::new`] and [`Ensemble::curves`].
    pub fn run(
        &self,
        x: ArrayView2<f64>,
        target: ArrayView2<f64>,
        z: ArrayView2<f64>,
        truth: ArrayView2<f64>,
    ) -> Result<RiskCurves> {
        let filters = self.times.filters(x.nrows())?;
        Ensemble::new(&self.kernel, x, z)?.curves(target, truth, self.noise, &filters)
    }
}
