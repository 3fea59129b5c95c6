//! Θ(x,x) of a scalar network of any activation from 2M normals a layer instead of M².
//!
//! Given g = Wx, W = gxᵀ/‖x‖² + W̃(I − xxᵀ/‖x‖²) with W̃ a fresh copy of W, independent of g and of every other layer. So
//! the forward pass needs h^l ~ N(0, v_l I), v_l = s_l‖x^{l−1}‖² + σ_b², and the backward pass
//! Wᵀb = x(g·b − x·z)/‖x‖² + z, z ~ N(0, s‖b‖² I): exact in law.
//!
//! Of g^l = h^l − (bias) only g^l·b^l is asked for, after h^l and b^l are known: given h^l it is (s_l‖x^{l−1}‖²/v_l) h^l·b^l plus
//! one normal of variance (s_l‖x^{l−1}‖²σ_b²/v_l)‖b^l‖², so the biases cost no vector of their own.

use ndarray::Array2;

use super::draws::{Stream, alive, kept, normal, value_and_slope, variance};
use super::random_networks::RandomNetworks;
use crate::memory::Bytes;

/// Room for one network's layers, used again for the next.
#[derive(Debug)]
pub(super) struct Scratch {
    /// (H, M) pre-activations.
    pub(super) h: Array2<f64>,
    /// (H, M) φ(h).
    pub(super) x: Array2<f64>,
    /// (H, M) φ'(h).
    pub(super) slope: Array2<f64>,
    /// M normals.
    z: Vec<f64>,
    /// ‖x^l‖², l = 0..=H.
    pub(super) norms: Vec<f64>,
}

impl Scratch {
    pub(super) fn new(networks: &RandomNetworks, hidden_layers: usize) -> Self {
        let empty = || Array2::zeros((hidden_layers, networks.width));
        Scratch {
            h: empty(),
            x: empty(),
            slope: empty(),
            z: vec![0.0; networks.width],
            norms: vec![0.0; hidden_layers + 1],
        }
    }

    pub(super) fn memory(networks: &RandomNetworks, hidden_layers: usize) -> Bytes {
        Bytes::of::<f64>(hidden_layers.saturating_add(1), networks.width.saturating_add(1)) * 3
    }
}

/// Draws every layer's pre-activations; returns how many layers there are.
pub(super) fn forward(networks: &RandomNetworks, scratch: &mut Scratch, stream: &mut Stream) -> usize {
    let Scratch { h, x, slope, norms, .. } = scratch;
    let layers = h.nrows();
    norms[0] = networks.input_norm * networks.input_norm;
    for l in 0..layers {
        let deviation = variance(networks, l, norms[l]).sqrt();
        let (mut u, mut any) = (0.0, false);
        for ((h, x), slope) in h.row_mut(l).iter_mut().zip(x.row_mut(l)).zip(slope.row_mut(l)) {
            *h = deviation * normal(stream);
            (*x, *slope) = value_and_slope(&networks.activation, *h);
            u += *x * *x;
            any |= alive(&networks.activation, *h, *x);
        }
        norms[l + 1] = kept(u, any);
    }
    layers
}

/// Θ(x,x) of one initialisation; `scratch` is for as many layers.
pub(super) fn draw(networks: &RandomNetworks, scratch: &mut Scratch, stream: &mut Stream) -> f64 {
    let e = networks.bias_share();
    let (sigma_b2, s) = (networks.sigma_b2, networks.weight_variance(1));
    let layers = forward(networks, scratch, stream);
    let Scratch { h, x, slope, z, norms } = scratch;
    let mut projection = kept(s * norms[layers], norms[layers] > 0.0).sqrt() * normal(stream);
    let mut norm2 = 1.0;
    let mut theta = norms[layers] + e;
    for l in (0..layers).rev() {
        let deviation = (s * norm2).sqrt();
        let x = x.row(l);
        let mut along = 0.0;
        for (z, x) in z.iter_mut().zip(x) {
            *z = deviation * normal(stream);
            along += *z * x;
        }
        // Without an x there is no direction to correct.
        let factor = if norms[l + 1] > 0.0 { (projection - along) / norms[l + 1] } else { 0.0 };
        let mut with_h = 0.0;
        norm2 = 0.0;
        for (((z, x), slope), h) in z.iter().zip(x).zip(slope.row(l)).zip(h.row(l)) {
            let b = slope * (factor * x + z);
            norm2 += b * b;
            with_h += h * b;
        }
        theta += norm2 * (norms[l] + e);
        let weights = networks.weight_variance(l) * norms[l];
        // v = 0 leaves h = 0 and g = 0.
        let share = if weights > 0.0 { weights / (weights + sigma_b2) } else { 0.0 };
        projection = share * with_h;
        if sigma_b2 > 0.0 {
            projection += (share * sigma_b2 * norm2).sqrt() * normal(stream);
        }
    }
    theta
}
