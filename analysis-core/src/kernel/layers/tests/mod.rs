//! Networks of residual connections and LayerNorm.
#![allow(clippy::unwrap_used)]

mod closed_forms;
mod monte_carlo;
mod refused;
mod structure;

use ndarray::Array2;
use rand_distr::{Distribution, StandardNormal};

use super::{Layer, WideNetwork};
use crate::architecture::Activation;
use crate::kernel::KernelKind;
use crate::seed::Seed;

const KINDS: [KernelKind; 2] = [KernelKind::Ntk, KernelKind::Nngp];

fn network(layers: impl Into<Vec<Layer>>) -> WideNetwork {
    WideNetwork { layers: layers.into() }
}

/// L hidden layers of one activation.
fn plain(hidden_layers: usize, activation: &Activation, (sigma_w2, sigma_b2): (f64, f64)) -> WideNetwork {
    let dense = Layer::dense(sigma_w2, sigma_b2);
    let mut layers = vec![dense.clone()];
    layers.extend((0..hidden_layers).flat_map(|_| [activation.clone().into(), dense.clone()]));
    network(layers)
}

/// c in h + c·B(h).
fn scaled(scale: f64, block: impl Into<Vec<Layer>>) -> Layer {
    Layer::Residual { block: block.into(), scale }
}

/// Residual blocks with LayerNorm, of different scales, and a linear output.
fn residual_network(activation: Activation) -> WideNetwork {
    let phi = Layer::from(activation);
    network([
        Layer::dense(1.5, 0.2),
        scaled(
            0.7,
            [Layer::LayerNorm, phi.clone(), Layer::dense(1.6, 0.1), phi.clone(), Layer::dense(1.8, 0.0)],
        ),
        scaled(0.5, [phi.clone(), Layer::dense(1.2, 0.3)]),
        Layer::LayerNorm,
        phi,
        Layer::dense(1.0, 0.1),
    ])
}

/// Random rows; the last three are a duplicate of row 0, the opposite of row 1, and a close neighbour of row 2.
fn rows(n: usize, d: usize) -> Array2<f64> {
    let mut generator = Seed(14).stream("layers", 0);
    let mut x: Array2<f64> = Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut generator));
    let (first, opposite) = (x.row(0).to_owned(), x.row(1).mapv(|v| -v));
    let near = x.row(2).mapv(|v| v * (1.0 + 1e-9) + 1e-10);
    x.row_mut(n - 3).assign(&first);
    x.row_mut(n - 2).assign(&opposite);
    x.row_mut(n - 1).assign(&near);
    x
}
