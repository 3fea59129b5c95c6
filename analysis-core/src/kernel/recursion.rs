//! The layer recursion: from two rows and their angle to K(x, y).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::parallel::prelude::*;

use super::{Kernel, KernelKind, Parametrisation};
use crate::error::{Error, Result};
use crate::gaussian::{Angle, Dual, Marginal, QUADRATURE_ERROR};
use crate::memory::Bytes;
use crate::progress::Step;
use crate::session::Session;

/// What depends on one input only: its pre-activations' scale at every layer. Shared by all rows of the same norm.
#[derive(Debug)]
pub(crate) struct RowState {
    /// K is `scale`(x)·`scale`(y) times the kernel of the deviations below (1 but for homogeneous networks).
    pub(crate) scale: f64,
    layers: Vec<Marginal>,
}

impl RowState {
    pub(crate) fn first_deviation(&self) -> f64 {
        self.layers[0].deviation
    }
}

/// A kernel made ready: constants worked out, the dual activation chosen.
#[derive(Debug)]
pub(crate) struct Recursion {
    kind: KernelKind,
    parametrisation: Parametrisation,
    hidden_layers: usize,
    dual: Dual,
    /// Variance of a hidden weight times the width: c_φ or σ_w².
    weight: f64,
    /// Variance of a hidden bias: 0 or σ_b².
    bias: f64,
    /// kᴸ if K(ax, by) = (ab)^(kᴸ) K(x, y).
    homogeneity: Option<i32>,
}

impl Recursion {
    pub(crate) fn new(kernel: &Kernel) -> Result<Self> {
        kernel.check()?;
        let dual = Dual::new(&kernel.activation)?;
        let (weight, bias) = match kernel.parametrisation {
            Parametrisation::FirstLayerBias { .. } => {
                let moment = dual.marginal(1.0, false)?.moment;
                if !(moment.is_normal() && moment > 0.0) {
                    return Err(Error::parameter(
                        "activation",
                        &kernel.activation,
                        format!("E[φ(z)²] = {moment} has no inverse, which the paper's normalisation needs"),
                    ));
                }
                (moment.recip(), 0.0)
            }
            Parametrisation::EveryLayer { sigma_w2, sigma_b2 }
            | Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 } => (sigma_w2, sigma_b2),
        };
        let homogeneity = match kernel.activation.homogeneous_degree() {
            Some(degree) if bias == 0.0 => {
                let depth = u32::try_from(kernel.hidden_layers).unwrap_or(u32::MAX);
                Some((degree as i32).checked_pow(depth).ok_or_else(|| {
                    Error::parameter(
                        "hidden_layers",
                        kernel.hidden_layers,
                        "the degree kᴸ of the network overflows",
                    )
                })?)
            }
            _ => None,
        };
        Ok(Recursion {
            kind: kernel.kind,
            parametrisation: kernel.parametrisation,
            hidden_layers: kernel.hidden_layers,
            dual,
            weight,
            bias,
            homogeneity,
        })
    }

    /// The variance of the first layer's pre-activations is `weight`·‖x‖² + `bias`: (1, 0 or 1) in paper 1's
    /// parametrisation, (σ_w²/d, σ_b²) in paper 2's.
    pub(crate) fn first_layer(&self, features: usize) -> (f64, f64) {
        match self.parametrisation {
            Parametrisation::FirstLayerBias { bias } => (1.0, f64::from(bias)),
            Parametrisation::EveryLayer { sigma_w2, sigma_b2 }
            | Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 } => {
                (sigma_w2 / features.max(1) as f64, sigma_b2)
            }
        }
    }

    /// The state of an input whose first pre-activations have standard deviation `deviation`.
    pub(crate) fn row(&self, deviation: f64) -> Result<RowState> {
        let (scale, mut deviation) = match self.homogeneity {
            Some(degree) => (deviation.powi(degree), 1.0),
            None => (1.0, deviation),
        };
        let mut layers = Vec::with_capacity(self.hidden_layers);
        for layer in 1..=self.hidden_layers {
            let marginal = self.dual.marginal(deviation, self.kind == KernelKind::Ntk)?;
            let variance = self.weight * marginal.moment + self.bias;
            if !(variance.is_normal() && scale.is_normal() && (scale * scale).is_normal()) {
                return Err(Error::parameter(
                    "kernel",
                    format!("variance {variance:e}, scale {scale:e} at hidden layer {layer}"),
                    "must stay within floating point: rescale the rows, take fewer layers or another σ_w²",
                ));
            }
            layers.push(marginal);
            deviation = variance.sqrt();
        }
        Ok(RowState { scale, layers })
    }

    /// One state for each entry of `deviations`, equal ones shared.
    pub(crate) fn rows(&self, deviations: &[f64], session: &Session) -> Result<Vec<Arc<RowState>>> {
        let mut seen = HashSet::new();
        let distinct: Vec<(usize, f64)> =
            deviations.iter().copied().enumerate().filter(|(_, r)| seen.insert(r.to_bits())).collect();
        let state = |&(index, deviation): &(usize, f64)| {
            self.row(deviation).map(|s| (deviation.to_bits(), Arc::new(s))).map_err(|e| at_row(e, index))
        };
        if let Some(first) = distinct.first() {
            let bytes: u64 = state(first)?.1.layers.iter().map(Marginal::bytes).sum();
            (Bytes(bytes) * distinct.len()).require("the tables of the rows' norms")?;
        }
        let done = AtomicUsize::new(0);
        let watched = |row: &(usize, f64)| {
            let found = state(row);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            session.step(Step::Rows { done: done as f64 / distinct.len() as f64 });
            found
        };
        let known: HashMap<u64, Arc<RowState>> = distinct.par_iter().map(watched).collect::<Result<_>>()?;
        Ok(deviations.iter().filter_map(|r| known.get(&r.to_bits()).cloned()).collect())
    }

    /// Whether K(ax, by) is a power of ab times K(x, y).
    pub(crate) fn homogeneous(&self) -> bool {
        self.homogeneity.is_some()
    }

    /// How far [`Recursion::pair`] may be from K(x, y), over √(K(x,x)K(y,y)): the rounding unit for closed forms, what a
    /// quadrature leaves in every layer otherwise.
    pub(crate) fn epsilon(&self) -> f64 {
        match self.dual {
            Dual::Quadrature { .. } => QUADRATURE_ERROR * self.hidden_layers as f64,
            _ => f64::EPSILON,
        }
    }

    /// Whether a table over the angle may pay.
    pub(crate) fn tabulated(&self) -> bool {
        !matches!(self.dual, Dual::Relu | Dual::Erf)
    }

    /// Whether a pair of such rows costs more than looking it up in a table.
    pub(crate) fn costly(&self, row: &RowState) -> bool {
        matches!(self.dual, Dual::ReluPower { .. }) || row.layers.iter().any(Marginal::costly)
    }

    /// K(x, y) from the two states and the angle between the first layer's pre-activations.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a quadrature does not converge.
    pub(crate) fn pair(&self, x: &RowState, y: &RowState, first: Angle) -> Result<f64> {
        Ok(x.scale * y.scale * self.core(x, y, first)?)
    }

    /// [`Recursion::pair`] without the two scales.
    pub(crate) fn core(&self, x: &RowState, y: &RowState, first: Angle) -> Result<f64> {
        let ntk = self.kind == KernelKind::Ntk;
        let mut angle = first;
        let mut tangent = self.input_term(x, y, first);
        let mut covariance = 0.0;
        let last = x.layers.len() - 1;
        for (layer, (a, b)) in x.layers.iter().zip(&y.layers).enumerate() {
            let moments = self.dual.pair(a, b, angle, ntk)?;
            covariance = self.weight * moments.value + self.bias;
            if ntk {
                let own = match self.parametrisation {
                    Parametrisation::EveryLayer { .. } => moments.value,
                    _ => covariance,
                };
                tangent = own + self.weight * moments.derivative * tangent;
            }
            if layer == last {
                break;
            }
            // The next angle: r₁r₂ ∓ (sE[φφ] + b) as sums of positive terms. r₁r₂ − (sρ₁ρ₂ + b) is
            // sb(ρ₁−ρ₂)²/(r₁r₂ + sρ₁ρ₂ + b) because rᵢ² = sρᵢ² + b.
            let product = x.layers[layer + 1].deviation * y.layers[layer + 1].deviation;
            let mut excess = 0.0;
            if self.bias > 0.0 {
                let difference = (a.moment - b.moment) / (a.moment.sqrt() + b.moment.sqrt());
                let straight = product + self.weight * (a.moment * b.moment).sqrt() + self.bias;
                excess = self.weight * self.bias * difference * difference / straight;
            }
            let below = (excess + self.weight * moments.gap) / product;
            let above = (excess + 2.0 * self.bias + self.weight * moments.sum) / product;
            angle = Angle::from_versines(below, above);
        }
        Ok(if ntk { tangent } else { covariance })
    }

    /// The first layer's weights' share of the tangent kernel, before it is carried through the layers above.
    fn input_term(&self, x: &RowState, y: &RowState, angle: Angle) -> f64 {
        let covariance = x.layers[0].deviation * y.layers[0].deviation * angle.cosine();
        match self.parametrisation {
            Parametrisation::EveryLayer { sigma_w2, sigma_b2 } => (covariance - sigma_b2) / sigma_w2,
            _ => covariance,
        }
    }
}

fn at_row(error: Error, row: usize) -> Error {
    match error {
        Error::Parameter { name, value, requirement } => {
            Error::Parameter { name, value: format!("row {row}: {value}"), requirement }
        }
        other => other,
    }
}
