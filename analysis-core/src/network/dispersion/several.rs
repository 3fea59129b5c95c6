//! Θ(x,x) of a network with k outputs, without weight matrices: what [`norms`](super::norms) and [`vectors`](super::vectors) do for one, in
//! matrices of k.
//!
//! B^l = ∂f/∂h^l is (k, M), G_l = B^l B^lᵀ, and Θ = Σ_l tr G_l (‖x^{l−1}‖² + e). Given W x = g, p = B g and u = ‖x‖²,
//! B W = p xᵀ/u + Z(I − xxᵀ/u), the columns of Z independent N(0, s G):
//!
//! - with every entry drawn, for any activation, k M normals a layer on the way back;
//! - for ReLU, restricted to the active units (among which x lies), G_l = p pᵀ/u_l + s L A Aᵀ Lᵀ with G_{l+1} = L Lᵀ and A Aᵀ a
//!   Wishart matrix of k_l − 1 degrees of freedom, drawn as Bartlett does: A lower triangular, A_ii² ~ χ²(k_l − i), i from
//!   1, standard normals below. Where k_l − 1 < k it has k_l − 1 columns;
//! - p^l = share (h^l's projection) + √(share σ_b²) L_l ζ, ζ ~ N(0, I), as for one output; at the top p ~ N(0, s u_H I).

use super::draws::{Stream, kept, normal};
use super::norms::{self, ChiSquares, Layer};
use super::random_networks::RandomNetworks;
use super::vectors;
use crate::memory::Bytes;

/// Below this share of its diagonal entry a pivot is what rounding leaves of 0.
const ROUNDING: f64 = 1e-12;

/// Matrices of the outputs, row by row, and vectors of as many.
#[derive(Debug)]
struct Outputs {
    k: usize,
    /// G.
    gram: Vec<f64>,
    /// L, lower triangular, G = LLᵀ.
    root: Vec<f64>,
    /// p.
    projection: Vec<f64>,
    /// Scratch.
    work: Vec<f64>,
}

impl Outputs {
    fn new(k: usize) -> Self {
        Outputs {
            k,
            gram: vec![0.0; k * k],
            root: vec![0.0; k * k],
            projection: vec![0.0; k],
            work: vec![0.0; k * k.max(2)],
        }
    }

    /// The output layer: G = I, p ~ N(0, s‖x^H‖² I).
    fn begin(&mut self, variance: f64, stream: &mut Stream) {
        self.gram.fill(0.0);
        for o in 0..self.k {
            self.gram[o * self.k + o] = 1.0;
            self.projection[o] = variance.sqrt() * normal(stream);
        }
        self.root.copy_from_slice(&self.gram);
    }

    fn trace(&self) -> f64 {
        self.gram.iter().step_by(self.k + 1).sum()
    }

    /// L of G, by Cholesky's method; a column whose pivot is 0 is 0, as it must be where G has no full rank.
    fn factor(&mut self) {
        let (k, gram, root) = (self.k, &self.gram, &mut self.root);
        for j in 0..k {
            for i in j..k {
                let rest = gram[i * k + j] - (0..j).map(|m| root[i * k + m] * root[j * k + m]).sum::<f64>();
                root[i * k + j] = match root[j * k + j] {
                    _ if i == j && rest > ROUNDING * gram[j * k + j] => rest.sqrt(),
                    pivot if i > j && pivot > 0.0 => rest / pivot,
                    _ => 0.0,
                };
            }
        }
    }

    /// L times a vector, into `to`.
    fn times(root: &[f64], vector: &[f64], to: &mut [f64]) {
        let k = vector.len();
        for (o, to) in to.iter_mut().enumerate() {
            *to = root[o * k..=o * k + o].iter().zip(vector).map(|(l, v)| l * v).sum();
        }
    }

    /// p := share · p + √(share σ_b²) L ζ, for L of the present G.
    fn add_bias(&mut self, share: f64, sigma_b2: f64, stream: &mut Stream) {
        let k = self.k;
        self.projection.iter_mut().for_each(|p| *p *= share);
        if sigma_b2 > 0.0 {
            let (zeta, image) = self.work.split_at_mut(k);
            zeta.iter_mut().for_each(|z| *z = normal(stream));
            Outputs::times(&self.root, zeta, &mut image[..k]);
            let deviation = (share * sigma_b2).sqrt();
            self.projection.iter_mut().zip(image).for_each(|(p, z)| *p += deviation * *z);
        }
    }

    /// G := p pᵀ/u + s L A Aᵀ Lᵀ, A Aᵀ a Wishart matrix of `freedom` degrees of freedom; L of the new G.
    fn wishart(&mut self, u: f64, s: f64, freedom: u32, squares: &ChiSquares, stream: &mut Stream) {
        let k = self.k;
        let columns = k.min(freedom as usize);
        // `work` holds LA, column by column of A.
        self.work.fill(0.0);
        for column in 0..columns {
            for row in column..k {
                let entry = if row == column {
                    squares.draw(freedom - column as u32, stream).sqrt()
                } else {
                    normal(stream)
                };
                for o in row..k {
                    self.work[o * k + column] += self.root[o * k + row] * entry;
                }
            }
        }
        for a in 0..k {
            for b in 0..=a {
                let rows = self.work[a * k..a * k + columns].iter().zip(&self.work[b * k..b * k + columns]);
                let sum =
                    s * rows.map(|(x, y)| x * y).sum::<f64>() + self.projection[a] * self.projection[b] / u;
                self.gram[a * k + b] = sum;
                self.gram[b * k + a] = sum;
            }
        }
        self.factor();
    }
}

/// Room for one network of several outputs.
#[derive(Debug)]
pub(super) struct Scratch {
    layers: Vec<Layer>,
    outputs: Outputs,
}

impl Scratch {
    pub(super) fn new(networks: &RandomNetworks) -> Self {
        Scratch { layers: Vec::new(), outputs: Outputs::new(networks.outputs) }
    }

    pub(super) fn memory(networks: &RandomNetworks, hidden_layers: usize) -> Bytes {
        let k = networks.outputs;
        Bytes(64) * networks.width.saturating_add(hidden_layers) + Bytes::of::<f64>(k, k) * 3
    }
}

/// Θ(x,x) of one initialisation of a ReLU network.
pub(super) fn draw_norms(
    networks: &RandomNetworks,
    hidden_layers: usize,
    squares: &ChiSquares,
    scratch: &mut Scratch,
    stream: &mut Stream,
) -> f64 {
    let (e, s) = (networks.bias_share(), networks.weight_variance(1));
    let Scratch { layers, outputs } = scratch;
    let u = norms::forward(networks, hidden_layers, squares, layers, stream);
    outputs.begin(kept(s * u, u > 0.0), stream);
    let mut theta = networks.outputs as f64 * (u + e);
    for (l, layer) in layers.iter().enumerate().rev() {
        if layer.active == 0 || layer.u == 0.0 {
            // B^l = 0, and so is everything below it.
            break;
        }
        outputs.wishart(layer.u, s, layer.active - 1, squares, stream);
        let below = if l == 0 { networks.input_norm * networks.input_norm } else { layers[l - 1].u };
        theta += outputs.trace() * (below + e);
        outputs.add_bias(layer.weights / layer.variance, networks.sigma_b2, stream);
    }
    theta
}

/// Room for one network of several outputs and any activation.
#[derive(Debug)]
pub(super) struct VectorScratch {
    forward: vectors::Scratch,
    outputs: Outputs,
    /// (M, k) entries of Z.
    z: Vec<f64>,
}

impl VectorScratch {
    pub(super) fn new(networks: &RandomNetworks, hidden_layers: usize) -> Self {
        let k = networks.outputs;
        VectorScratch {
            forward: vectors::Scratch::new(networks, hidden_layers),
            outputs: Outputs::new(k),
            z: vec![0.0; networks.width * k],
        }
    }

    pub(super) fn memory(networks: &RandomNetworks, hidden_layers: usize) -> Bytes {
        let (k, m) = (networks.outputs, networks.width);
        let outputs = Bytes::of::<f64>(k, k) * 3 + Bytes::of::<f64>(m, k);
        vectors::Scratch::memory(networks, hidden_layers) + outputs
    }
}

/// Θ(x,x) of one initialisation, any activation.
pub(super) fn draw_vectors(
    networks: &RandomNetworks,
    scratch: &mut VectorScratch,
    stream: &mut Stream,
) -> f64 {
    let (e, s, k) = (networks.bias_share(), networks.weight_variance(1), networks.outputs);
    let VectorScratch { forward, outputs, z } = scratch;
    let layers = vectors::forward(networks, forward, stream);
    outputs.begin(kept(s * forward.norms[layers], forward.norms[layers] > 0.0), stream);
    let mut theta = k as f64 * (forward.norms[layers] + e);
    let (mut normals, mut along, mut b) = (vec![0.0; k], vec![0.0; k], vec![0.0; k]);
    for l in (0..layers).rev() {
        let (h, x, slope) = (forward.h.row(l), forward.x.row(l), forward.slope.row(l));
        along.fill(0.0);
        for (z, x) in z.chunks_exact_mut(k).zip(x) {
            normals.iter_mut().for_each(|n| *n = s.sqrt() * normal(stream));
            Outputs::times(&outputs.root, &normals, z);
            along.iter_mut().zip(&*z).for_each(|(a, z)| *a += z * x);
        }
        let u = forward.norms[l + 1];
        // Without an x there is no direction to correct.
        for (along, p) in along.iter_mut().zip(&outputs.projection) {
            *along = if u > 0.0 { (p - *along) / u } else { 0.0 };
        }
        outputs.gram.fill(0.0);
        outputs.projection.fill(0.0);
        for (((z, x), slope), h) in z.chunks_exact(k).zip(x).zip(slope).zip(h) {
            for o in 0..k {
                b[o] = slope * (along[o] * x + z[o]);
                outputs.projection[o] += h * b[o];
                for (g, other) in outputs.gram[o * k..=o * k + o].iter_mut().zip(&b) {
                    *g += b[o] * other;
                }
            }
        }
        // Only the lower triangle of G is ever read.
        outputs.factor();
        theta += outputs.trace() * (forward.norms[l] + e);
        let weights = networks.weight_variance(l) * forward.norms[l];
        // v = 0 leaves h = 0 and g = 0.
        let share = if weights > 0.0 { weights / (weights + networks.sigma_b2) } else { 0.0 };
        outputs.add_bias(share, networks.sigma_b2, stream);
    }
    theta
}
