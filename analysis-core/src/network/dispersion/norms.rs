//! Θ(x,x) of a scalar ReLU network from a handful of numbers a layer, whatever the width.
//!
//! Only three numbers a layer matter: u_l = ‖x^l‖², k_l, how many units are active, and, on the way back, ‖b^l‖² of
//! b^l = ∂f/∂h^l with the projection G_l = g^l·b^l of g^l = W^l x^{l−1}.
//!
//! - Forward: h^l ~ N(0, v_l I), v_l = s_l u_{l−1} + σ_b². Signs are fair coins independent of sizes: k_l ~ Bin(M, 1/2) and
//!   u_l = v_l χ²(k_l).
//! - Backward: given W x = g, W = gxᵀ/u + W̃(I − xxᵀ/u) with W̃ a fresh copy, so Wᵀb = x G/u + (I − xxᵀ/u)z with
//!   z ~ N(0, s‖b‖² I). Restricted to the k active units, among which x lies, ‖b^l‖² = G_{l+1}²/u_l + s‖b^{l+1}‖² χ²(k_l − 1).
//! - h^l·b^l = x^l·W^{l+1}ᵀb^{l+1} = G_{l+1}; g^l given h^l is (s_l u_{l−1}/v_l) h^l plus independent normals of variance
//!   s_l u_{l−1} σ_b²/v_l, so G_l = (s_l u_{l−1}/v_l) G_{l+1} + √(s_l u_{l−1} σ_b²/v_l) ‖b^l‖ ζ, ζ ~ N(0, 1).
//!
//! Every step is exact in law.

use rand::Rng;
use rand_distr::{Distribution, Gamma};

use super::draws::{Stream, kept, normal};
use super::random_networks::RandomNetworks;
use crate::error::{Error, Result};

/// What the backward pass needs of one hidden layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer {
    /// k, the active units.
    pub(super) active: u32,
    /// u = ‖x^l‖².
    pub(super) u: f64,
    /// The share of the weights in the pre-activations' variance v.
    pub(super) weights: f64,
    /// v.
    pub(super) variance: f64,
}

/// χ² with k degrees of freedom for every k up to the width: their parameters are worked out once.
#[derive(Debug)]
pub(super) struct ChiSquares(Vec<Gamma<f64>>);

impl ChiSquares {
    pub(super) fn new(width: usize) -> Result<Self> {
        let one = |k: usize| {
            Gamma::new(0.5 * k as f64, 2.0).map_err(|e| Error::parameter("width", width, e.to_string()))
        };
        Ok(ChiSquares((1..=width).map(one).collect::<Result<_>>()?))
    }

    pub(super) fn draw(&self, freedom: u32, stream: &mut Stream) -> f64 {
        // Of k = 0 values the sum of squares is 0.
        freedom.checked_sub(1).map_or(0.0, |place| self.0[place as usize].sample(stream))
    }
}

/// Heads among `coins` fair coins: the ones among as many random bits.
fn heads(mut coins: usize, stream: &mut Stream) -> u32 {
    let mut count = 0;
    while coins >= 64 {
        count += stream.next_u64().count_ones();
        coins -= 64;
    }
    if coins > 0 {
        // The upper bits: those of xoshiro256++ are the better mixed ones.
        count += (stream.next_u64() >> (64 - coins)).count_ones();
    }
    count
}

/// The layers of one network, and ‖x^H‖².
pub(super) fn forward(
    networks: &RandomNetworks,
    hidden_layers: usize,
    squares: &ChiSquares,
    layers: &mut Vec<Layer>,
    stream: &mut Stream,
) -> f64 {
    layers.clear();
    let mut u = networks.input_norm * networks.input_norm;
    for l in 0..hidden_layers {
        let weights = networks.weight_variance(l) * u;
        let variance = weights + networks.sigma_b2;
        let active = heads(networks.width, stream);
        let square = variance * squares.draw(active, stream);
        u = kept(square, active > 0 && (u > 0.0 || networks.sigma_b2 > 0.0 || u.is_nan()));
        // Without variance every h is exactly 0, and φ'(0) = 0: no unit is active.
        let active = if variance > 0.0 { active } else { 0 };
        layers.push(Layer { active, u, weights, variance });
    }
    u
}

/// Θ(x,x) of one initialisation; `layers` is scratch.
pub(super) fn draw(
    networks: &RandomNetworks,
    hidden_layers: usize,
    squares: &ChiSquares,
    layers: &mut Vec<Layer>,
    stream: &mut Stream,
) -> f64 {
    let e = networks.bias_share();
    let (sigma_b2, s) = (networks.sigma_b2, networks.weight_variance(1));
    let u = forward(networks, hidden_layers, squares, layers, stream);
    let mut theta = u + e;
    let mut projection = kept(s * u, u > 0.0).sqrt() * normal(stream);
    let mut norm2 = 1.0;
    for (l, layer) in layers.iter().enumerate().rev() {
        if layer.active == 0 || layer.u == 0.0 {
            // b^l = 0, and so is everything below it.
            break;
        }
        norm2 = projection * projection / layer.u + s * norm2 * squares.draw(layer.active - 1, stream);
        let below = if l == 0 { networks.input_norm * networks.input_norm } else { layers[l - 1].u };
        theta += norm2 * (below + e);
        let share = layer.weights / layer.variance;
        projection *= share;
        if sigma_b2 > 0.0 {
            projection += (share * sigma_b2 * norm2).sqrt() * normal(stream);
        }
    }
    theta
}
