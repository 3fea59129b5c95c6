//! The variance at infinite width: theorem 3 and the exact expression.

use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

use super::estimate::Expected;
use super::inputs::Inputs;
use super::params::OutputVariance;
use crate::error::{Error, Result};
use crate::flow::{Ensemble, Filter, StartGrams};
use crate::kernel::{Gram, GramOrigin, Kernel, KernelKind, LimitKernel, Parametrisation};
use crate::session::Session;

/// Rounding may change this share of a variance before it is left out.
const MEANINGFUL: f64 = 0.01;

/// The limit at one (σ_w², σ_b²), depth and set of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VariancePoint {
    /// σ_w².
    pub sigma_w2: f64,
    /// σ_b².
    pub sigma_b2: f64,
    /// The cosine of every pair of inputs; for images the mean over all pairs with a training image.
    pub cosine: f64,
    /// Depth, q̄, q̄_sr, κ₁, κ₂ at this cosine.
    #[serde(flatten)]
    pub kernel: LimitKernel,
    /// κ₁/κ₂; left out where κ₂ = 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// A of theorem 3.
    pub weight: f64,
    /// Var f_∞(x) by theorem 3, which is about inputs that all have this cosine with each other.
    pub formula: f64,
    /// Var f_∞(x) by the exact expression, averaged over test points; left out where rounding decides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<f64>,
    /// E f_∞(x) = v·y, averaged over test points; left out with `exact`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_mean: Option<f64>,
    /// n ε λ_max/λ_min q̄, what rounding may change `exact` by.
    pub rounding: f64,
    /// λ_max/λ_min of Θ(X); where λ_min is not above rounding, what it is at the least.
    pub condition: f64,
}

/// The limit at one place of the grid.
#[derive(Debug, Clone)]
pub(super) struct Theory {
    pub(super) point: VariancePoint,
    /// λ_1 of Θ(X)/S, Θ the limit of Θ/M.
    pub(super) largest: f64,
    /// Mean and variance after gradient flow for the networks' time; none where there are no networks, and where rounding
    /// decides the variance, that of the limit or that of the networks' outputs.
    pub(super) at: Option<Expected>,
    /// The same at t → ∞.
    pub(super) limit: Option<Expected>,
    /// v = Θ(X)⁻¹Θ(X,x) of every test point (m, S), where there are networks.
    pub(super) weights: Array2<f64>,
}

fn moments(ensemble: &Ensemble, filter: Filter, y: &Array2<f64>) -> Result<Expected> {
    let moments = ensemble.moments(filter, y.view())?;
    let m = moments.mean.nrows() as f64;
    Ok(Expected { mean: moments.mean.sum() / m, variance: moments.covariance.diag().sum() / m })
}

impl OutputVariance {
    fn limit_kernel(&self, kind: KernelKind, sigma_w2: f64, sigma_b2: f64, depth: usize) -> Kernel {
        Kernel {
            kind,
            hidden_layers: depth,
            activation: self.activation.clone(),
            parametrisation: Parametrisation::EveryLayer { sigma_w2, sigma_b2 },
            convolution: None,
        }
    }

    /// The limit for every set of inputs; `kernels` are those of mean-field theory, one a set. The exact expression takes
    /// its own from the module `kernel`.
    pub(super) fn theory(
        &self,
        sigma_w2: f64,
        sigma_b2: f64,
        kernels: &[LimitKernel],
        inputs: &[Inputs],
        session: &Session,
    ) -> Result<Vec<Theory>> {
        let Some(first) = kernels.first() else { return Ok(Vec::new()) };
        let kernel = |kind| self.limit_kernel(kind, sigma_w2, sigma_b2, first.depth);
        let (ntk, nngp) = (kernel(KernelKind::Ntk), kernel(KernelKind::Nngp));
        let profiles = match inputs.iter().any(|i| i.equal) {
            true => Some([ntk.profile_at(self.mean_square)?, nngp.profile_at(self.mean_square)?]),
            false => None,
        };
        // Both Gram matrices of all inputs, and the precision of the NTK's.
        let matrices = |inputs: &Inputs| -> Result<([Array2<f64>; 2], f64)> {
            match &profiles {
                Some(profiles) if inputs.equal => {
                    let n = inputs.cosines.nrows();
                    let mut both = [Array2::zeros((n, n)), Array2::zeros((n, n))];
                    for (profile, matrix) in profiles.iter().zip(&mut both) {
                        matrix.fill(profile.evaluate(inputs.cosine)?);
                        matrix.diag_mut().fill(profile.evaluate(1.0)?);
                    }
                    Ok((both, profiles[0].epsilon()))
                }
                _ => {
                    let rows = inputs.rows(self.mean_square, inputs.cosines.nrows());
                    let theta = ntk.gram_in(rows.view(), session)?;
                    let epsilon = theta.epsilon();
                    Ok(([theta.into_array(), nngp.gram_in(rows.view(), session)?.into_array()], epsilon))
                }
            }
        };
        let mut found = Vec::with_capacity(inputs.len());
        for (kernel, inputs) in kernels.iter().zip(inputs) {
            let ([theta, start], epsilon) = matrices(inputs)?;
            let n = inputs.samples();
            let ensemble = Ensemble::from_grams(
                &Gram::checked(theta.slice(s![..n, ..n]).to_owned(), epsilon, GramOrigin::Array)?,
                theta.slice(s![n.., ..n]),
                StartGrams {
                    train: start.slice(s![..n, ..n]),
                    cross: start.slice(s![n.., ..n]),
                    test: start.slice(s![n.., n..]).to_owned(),
                },
            )?;
            found.push(self.point(sigma_w2, sigma_b2, kernel, inputs, ensemble)?);
        }
        Ok(found)
    }

    fn point(
        &self,
        sigma_w2: f64,
        sigma_b2: f64,
        kernel: &LimitKernel,
        inputs: &Inputs,
        ensemble: Ensemble,
    ) -> Result<Theory> {
        let (n, y) = (inputs.samples(), &inputs.y);
        let formula = kernel.trained_variance(n)?;
        let eigenvalues = &ensemble.decomposition.eigenvalues;
        let (largest, smallest) = (eigenvalues[0], eigenvalues[n - 1]);
        let unit = n as f64 * ensemble.decomposition.epsilon;
        let condition = if inputs.equal { formula.condition } else { largest / smallest.max(unit * largest) };
        let rounding = unit * condition * kernel.variance;
        let exact = moments(&ensemble, Filter::Limit, y)?;
        if !(exact.variance.is_finite() && exact.mean.is_finite()) {
            let what = format!("the exact variance at H = {}", kernel.depth);
            return Err(Error::NotFinite { what, row: 0, column: 0, value: exact.variance });
        }
        let known = Some(exact).filter(|exact| rounding <= MEANINGFUL * exact.variance);
        let mean = |weight: f64| weight * y.sum() / n as f64;
        let at = match &self.networks {
            Some(networks) => {
                let time = networks.time;
                // The filter (1 − e^{−tλ})/λ is at most 1/λ_min and at most t.
                let growth = condition.min(time).max(1.0);
                let now = if inputs.equal {
                    let now = kernel.trained_variance_at(n, time)?;
                    Some(Expected { mean: mean(now.weight), variance: now.variance })
                } else {
                    let now = moments(&ensemble, Filter::Flow { time: time / largest }, y)?;
                    Some(now).filter(|now| unit * growth * kernel.variance <= MEANINGFUL * now.variance)
                };
                // The outputs that are measured are sums of terms of this size squared.
                let size = kernel.variance + y.iter().map(|y| y * y).sum::<f64>() / n as f64;
                let noise = (unit * growth).powi(2) * size;
                now.filter(|now| noise <= MEANINGFUL * now.variance)
            }
            None => None,
        };
        let weights = match (&self.networks, inputs.equal) {
            (None, _) => Array2::zeros((0, n)),
            (Some(_), true) => Array2::from_elem((self.test_points, n), formula.weight / n as f64),
            // Means for unit vectors as targets.
            (Some(_), false) => ensemble.moments(Filter::Limit, Array2::eye(n).view())?.mean,
        };
        let limit = match inputs.equal {
            true => known.map(|_| Expected { mean: mean(formula.weight), variance: formula.variance }),
            false => known,
        };
        let point = VariancePoint {
            sigma_w2,
            sigma_b2,
            cosine: inputs.cosine,
            kernel: *kernel,
            ratio: Some(kernel.ratio()).filter(|ratio| ratio.is_finite()),
            weight: formula.weight,
            formula: formula.variance,
            exact: known.map(|exact| exact.variance),
            exact_mean: known.map(|exact| exact.mean),
            rounding,
            condition,
        };
        Ok(Theory { point, largest, at, limit, weights })
    }
}
