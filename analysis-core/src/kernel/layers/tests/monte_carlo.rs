//! Against random networks of finite width, whose tangent kernel is had by backpropagation, by z-scores.

use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, array};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{network, residual_network, scaled};
use crate::architecture::Activation::{Erf, Relu, Tanh};
use crate::kernel::{KernelKind, Layer, WideNetwork};
use crate::seed::Seed;

/// Of every layer, the output too: LayerNorm's mean and sums over units are off by O(1/M).
const WIDTH: usize = 256;
/// Outputs whose gradients are taken.
const OUTPUTS: usize = 8;
const NETWORKS: u64 = 400;
/// Eight comparisons with fixed seeds: a right kernel exceeds this once in 10⁴ choices of them.
const SIGMAS: f64 = 4.5;
/// What 4.5 standard errors may be of the kernel's value.
const POWER: f64 = 0.06;

/// The numbers of both inputs.
type Both = [Array1<f64>; 2];

/// What a layer leaves for the way back.
enum Trace {
    /// σ_w W/√m, the inputs, σ_w²/m and σ_b².
    Dense(Array2<f64>, Both, f64, f64),
    /// φ'.
    Activation(Both),
    Residual(Vec<Trace>, f64),
    /// The outputs, and the standard deviations they were divided by.
    LayerNorm(Both, [f64; 2]),
}

fn forward(layers: &[Layer], mut h: Both, random: &mut ChaCha8Rng) -> (Vec<Trace>, Both) {
    let mut traces = Vec::new();
    for layer in layers {
        let (trace, next) = match layer {
            Layer::Dense { sigma_w2, sigma_b2 } => {
                let mut normal =
                    |m: usize| Array2::from_shape_simple_fn((WIDTH, m), || StandardNormal.sample(random));
                let share = sigma_w2 / h[0].len() as f64;
                let w = normal(h[0].len()) * share.sqrt();
                let b: Array1<f64> = normal(1).column(0).to_owned() * sigma_b2.sqrt();
                let next = h.clone().map(|h| w.dot(&h) + &b);
                (Trace::Dense(w, h, share, *sigma_b2), next)
            }
            Layer::Activation(phi) => {
                let slopes = h.clone().map(|h| h.mapv(|v| phi.derivative(v).unwrap()));
                (Trace::Activation(slopes), h.map(|h| h.mapv(|v| phi.value(v))))
            }
            Layer::Residual { block, scale } => {
                let (inside, out) = forward(block, h.clone(), random);
                let next = [0, 1].map(|i| &h[i] + &(&out[i] * *scale));
                (Trace::Residual(inside, *scale), next)
            }
            Layer::LayerNorm => {
                let deviations = [0, 1].map(|i| h[i].std(0.0));
                let next = [0, 1].map(|i| (&h[i] - h[i].mean().unwrap()) / deviations[i]);
                (Trace::LayerNorm(next.clone(), deviations), next)
            }
        };
        traces.push(trace);
        h = next;
    }
    (traces, h)
}

/// From ∂f/∂output to ∂f/∂input; ⟨∇f(x), ∇f(y)⟩ of the parameters on the way joins `tangent`.
fn backward(traces: &[Trace], mut delta: Both, tangent: &mut f64) -> Both {
    for trace in traces.iter().rev() {
        delta = match trace {
            Trace::Dense(w, inputs, share, bias) => {
                *tangent += delta[0].dot(&delta[1]) * (share * inputs[0].dot(&inputs[1]) + bias);
                delta.map(|delta| w.t().dot(&delta))
            }
            Trace::Activation(slopes) => [0, 1].map(|i| &delta[i] * &slopes[i]),
            Trace::Residual(block, scale) => {
                let inside = backward(block, delta.clone().map(|delta| delta * *scale), tangent);
                [0, 1].map(|i| &delta[i] + &inside[i])
            }
            Trace::LayerNorm(out, deviations) => [0, 1].map(|i| {
                let (delta, out) = (&delta[i], &out[i]);
                let along = delta.dot(out) / WIDTH as f64;
                (delta - delta.mean().unwrap() - out * along) / deviations[i]
            }),
        };
    }
    delta
}

/// The means over outputs of f(x)f(y) and ⟨∇f(x), ∇f(y)⟩.
fn sample(network: &WideNetwork, inputs: &Both, index: u64) -> [f64; 2] {
    let mut random = Seed(14).stream("layers monte carlo", index);
    let (traces, out) = forward(&network.layers, inputs.clone(), &mut random);
    let mut tangent = 0.0;
    for output in 0..OUTPUTS {
        let mut one = Array1::zeros(WIDTH);
        one[output] = 1.0;
        backward(&traces, [one.clone(), one], &mut tangent);
    }
    [out[0].dot(&out[1]) / WIDTH as f64, tangent / OUTPUTS as f64]
}

#[test]
fn random_networks_have_these_kernels() {
    let (dense, relu) = (Layer::dense(1.5, 0.1), Layer::from(Relu));
    let behind_relu = network([
        dense.clone(),
        relu.clone(),
        scaled(0.8, [dense.clone(), Layer::residual([relu.clone(), dense.clone()]), Layer::LayerNorm]),
        dense,
    ]);
    let inputs = [array![0.5, -0.4, 0.3, 0.9], array![0.7, 0.2, -0.6, 0.4]];
    for network in [residual_network(Relu), residual_network(Erf), residual_network(Tanh), behind_relu] {
        let samples: Vec<[f64; 2]> =
            (0..NETWORKS).into_par_iter().map(|index| sample(&network, &inputs, index)).collect();
        for (which, kind) in [KernelKind::Nngp, KernelKind::Ntk].into_iter().enumerate() {
            let [x, y] = inputs.clone().map(|v| v.insert_axis(ndarray::Axis(0)));
            let expected = network.cross_gram(kind, x.view(), y.view()).unwrap()[[0, 0]];
            let values = Array1::from_iter(samples.iter().map(|sample| sample[which]));
            let (mean, error) = (values.mean().unwrap(), values.std(1.0) / (NETWORKS as f64).sqrt());
            let (z, excluded) = ((mean - expected) / error, SIGMAS * error / expected.abs());
            let message = format!(
                "{kind} {network}: {mean:.5} against {expected:.5}, z = {z:.2}; {excluded:.4} would be seen"
            );
            println!("{message}");
            assert!(z.abs() < SIGMAS, "{message}");
            assert!(excluded < POWER, "{message}");
        }
    }
}
