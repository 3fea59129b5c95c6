//! The layer recursion: from two rows and their angle to K(x, y).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ndarray::parallel::prelude::*;

use super::{Kernel, KernelKind, Parametrisation};
use crate::error::{Error, Result};
use crate::gaussian::{Angle, Dual, Marginal, PairMoments, QUADRATURE_ERROR};
use crate::memory::Bytes;
use crate::progress::{Share, Step};
use crate::session::Session;

/// What depends on one input only: its pre-activations' scale at every layer. Shared by all rows of the same norm.
#[derive(Debug)]
pub(crate) struct RowState {
    /// K is `scale`(x)·`scale`(y) times the kernel of the deviations below (1 but for homogeneous networks).
    pub(crate) scale: f64,
    pub(super) layers: Vec<Marginal>,
}

impl RowState {
    pub(crate) fn first_deviation(&self) -> f64 {
        self.layers[0].deviation
    }
}

/// What a layer does besides its activation: Σ = s E[φφ] + b, Θ = T + s E[φ'φ'] Θ with T = s' E[φφ] + b', from
/// Θ¹ = (Σ¹ − b₁)/s₁.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerMap {
    kind: KernelKind,
    /// s, the variance of a hidden weight times the width: c_φ or σ_w².
    weight: f64,
    /// b, the variance of a hidden bias: 0 or σ_b².
    bias: f64,
    /// (s', b') and (s₁, b₁).
    own: [f64; 2],
    input: [f64; 2],
}

impl LayerMap {
    /// Whether rows of different norms differ in more than their scale.
    pub(super) fn biased(&self) -> bool {
        self.bias > 0.0
    }

    pub(super) fn ntk(&self) -> bool {
        self.kind == KernelKind::Ntk
    }

    /// The first layer's weights' share of the tangent kernel, before it is carried through the layers above.
    #[inline(always)]
    pub(super) fn input(&self, covariance: f64) -> f64 {
        (covariance - self.input[1]) / self.input[0]
    }

    #[inline(always)]
    pub(super) fn covariance(&self, moments: &PairMoments) -> f64 {
        self.weight * moments.value + self.bias
    }

    #[inline(always)]
    pub(super) fn tangent(&self, moments: &PairMoments, below: f64) -> f64 {
        (self.own[0] * moments.value + self.own[1]) + self.weight * moments.derivative * below
    }

    /// 1 ∓ cos of the next angle without a bias: `product` is the next r₁r₂.
    #[inline(always)]
    pub(super) fn next(&self, product: f64, moments: &PairMoments) -> (f64, f64) {
        (self.weight * moments.gap / product, self.weight * moments.sum / product)
    }

    /// 1 ∓ cos of the next angle: r₁r₂ ∓ (sE[φφ] + b) as sums of positive terms, over r₁r₂ = `product`. r₁r₂ − (sρ₁ρ₂ + b)
    /// is sb(ρ₁−ρ₂)²/(r₁r₂ + sρ₁ρ₂ + b) because rᵢ² = sρᵢ² + b. `x` and `y` are ρ₁² and ρ₂².
    #[inline(always)]
    pub(super) fn next_biased(&self, product: f64, x: f64, y: f64, moments: &PairMoments) -> (f64, f64) {
        let difference = (x - y) / (x.sqrt() + y.sqrt());
        let straight = product + self.weight * (x * y).sqrt() + self.bias;
        let excess = self.weight * self.bias * difference * difference / straight;
        let below = (excess + self.weight * moments.gap) / product;
        let above = (excess + 2.0 * self.bias + self.weight * moments.sum) / product;
        (below, above)
    }
}

/// A kernel made ready: constants worked out, the dual activation chosen.
#[derive(Debug)]
pub(crate) struct Recursion {
    map: LayerMap,
    parametrisation: Parametrisation,
    hidden_layers: usize,
    dual: Dual,
    /// kᴸ if K(ax, by) = (ab)^(kᴸ) K(x, y).
    homogeneity: Option<i32>,
}

impl Recursion {
    pub(crate) fn new(kernel: &Kernel) -> Result<Self> {
        kernel.check()?;
        kernel.check_fully_connected("what is a function of the angle between two rows")?;
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
        let (own, input) = match kernel.parametrisation {
            Parametrisation::EveryLayer { sigma_w2, sigma_b2 } => ([1.0, 0.0], [sigma_w2, sigma_b2]),
            _ => ([weight, bias], [1.0, 0.0]),
        };
        Ok(Recursion {
            map: LayerMap { kind: kernel.kind, weight, bias, own, input },
            parametrisation: kernel.parametrisation,
            hidden_layers: kernel.hidden_layers,
            dual,
            homogeneity,
        })
    }

    pub(super) fn map(&self) -> &LayerMap {
        &self.map
    }

    /// Whether pairs are evaluated by [`super::lines`].
    pub(super) fn in_lines(&self) -> bool {
        matches!(self.dual, Dual::Relu)
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
            let marginal = self.dual.marginal(deviation, self.map.ntk())?;
            let variance = self.map.weight * marginal.moment + self.map.bias;
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
        let told = |done| session.step(Step::Rows { done });
        let share = Share::new(distinct.len(), &told);
        let watched = |row: &(usize, f64)| {
            let found = state(row);
            share.add(1);
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
        let map = &self.map;
        let mut angle = first;
        let mut tangent = map.input(x.layers[0].deviation * y.layers[0].deviation * first.cosine());
        let mut covariance = 0.0;
        let last = x.layers.len() - 1;
        for (layer, (a, b)) in x.layers.iter().zip(&y.layers).enumerate() {
            let moments = self.dual.pair(a, b, angle, map.ntk())?;
            covariance = map.covariance(&moments);
            tangent = map.tangent(&moments, tangent);
            if layer == last {
                break;
            }
            let product = x.layers[layer + 1].deviation * y.layers[layer + 1].deviation;
            let (below, above) = if map.biased() {
                map.next_biased(product, a.moment, b.moment, &moments)
            } else {
                map.next(product, &moments)
            };
            angle = Angle::from_versines(below, above);
        }
        Ok(if map.ntk() { tangent } else { covariance })
    }
}

/// The same error, naming the row.
pub(super) fn at_row(error: Error, row: usize) -> Error {
    match error {
        Error::Parameter { name, value, requirement } => {
            Error::Parameter { name, value: format!("row {row}: {value}"), requirement }
        }
        other => other,
    }
}
