//! The variance at infinite width: theorem 3 and the exact expression.

use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

use super::OutputVariance;
use super::estimate::Expected;
use super::inputs::Inputs;
use crate::error::{Error, Result};
use crate::flow::{Ensemble, Filter, StartGrams};
use crate::kernel::{Gram, GramOrigin, Kernel, KernelKind, Parametrisation};
use crate::network::LimitKernel;

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

/// The limit at one place of the grid, ready for any time of training.
pub(super) struct Theory {
    pub(super) point: VariancePoint,
    ensemble: Ensemble,
    y: Array2<f64>,
}

impl Theory {
    /// λ_1 of Θ(X)/S, Θ the limit of Θ/M.
    pub(super) fn largest(&self) -> f64 {
        self.ensemble.flow.eigenvalues[0]
    }

    /// Mean and variance after gradient flow up to `time` · λ_1⁻¹.
    pub(super) fn at(&self, time: f64) -> Result<Expected> {
        self.moments(Filter::Flow { time: time / self.largest() })
    }

    /// Mean and variance at t → ∞: the exact expression, or theorem 3 where rounding decides that and the theorem is exact.
    pub(super) fn limit(&self, inputs: &Inputs) -> Option<Expected> {
        let p = &self.point;
        match (p.exact, p.exact_mean) {
            (Some(variance), Some(mean)) => Some(Expected { mean, variance }),
            _ if inputs.equal => {
                let mean = p.weight * inputs.y.sum() / inputs.samples() as f64;
                Some(Expected { mean, variance: p.formula })
            }
            _ => None,
        }
    }

    fn moments(&self, filter: Filter) -> Result<Expected> {
        let moments = self.ensemble.moments(filter, self.y.view())?;
        let m = moments.mean.nrows() as f64;
        Ok(Expected { mean: moments.mean.sum() / m, variance: moments.covariance.diag().sum() / m })
    }
}

impl OutputVariance {
    fn limit_kernel(&self, kind: KernelKind, sigma_w2: f64, sigma_b2: f64, depth: usize) -> Kernel {
        Kernel {
            kind,
            hidden_layers: depth,
            activation: self.activation.clone(),
            parametrisation: Parametrisation::EveryLayer { sigma_w2, sigma_b2 },
        }
    }

    /// The limit for every set of inputs; `kernels` are those of mean-field theory, one a set. The exact expression takes
    /// its own from the kernel room.
    pub(super) fn theory(
        &self,
        sigma_w2: f64,
        sigma_b2: f64,
        kernels: &[LimitKernel],
        inputs: &[Inputs],
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
                    let theta = ntk.gram(rows.view())?;
                    let epsilon = theta.epsilon();
                    Ok(([theta.into_array(), nngp.gram(rows.view())?.into_array()], epsilon))
                }
            }
        };
        let mut found = Vec::with_capacity(inputs.len());
        for (kernel, inputs) in kernels.iter().zip(inputs) {
            let ([theta, start], epsilon) = matrices(inputs)?;
            let n = inputs.samples();
            let ensemble = Ensemble::of_grams(
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
        let n = inputs.samples();
        let formula = kernel.trained_variance(n)?;
        let (largest, smallest) = (ensemble.flow.eigenvalues[0], ensemble.flow.eigenvalues[n - 1]);
        let unit = n as f64 * ensemble.flow.epsilon;
        let condition = if inputs.equal { formula.condition } else { largest / smallest.max(unit * largest) };
        let rounding = unit * condition * kernel.variance;
        let mut theory = Theory {
            point: VariancePoint {
                sigma_w2,
                sigma_b2,
                cosine: inputs.cosine,
                kernel: *kernel,
                ratio: Some(kernel.ratio()).filter(|ratio| ratio.is_finite()),
                weight: formula.weight,
                formula: formula.variance,
                exact: None,
                exact_mean: None,
                rounding,
                condition,
            },
            ensemble,
            y: inputs.y.clone(),
        };
        let exact = theory.moments(Filter::Limit)?;
        if !(exact.variance.is_finite() && exact.mean.is_finite()) {
            let what = format!("the exact variance at H = {}", kernel.depth);
            return Err(Error::NotFinite { what, row: 0, column: 0, value: exact.variance });
        }
        if rounding <= MEANINGFUL * exact.variance {
            theory.point.exact = Some(exact.variance);
            theory.point.exact_mean = Some(exact.mean);
        }
        Ok(theory)
    }
}
