//! Kernels against random networks, by z-scores, each with the relative error that it excludes.
#![allow(clippy::unwrap_used)]

use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, array};
use rand_distr::{Distribution, StandardNormal};

use super::{Activation, Kernel, KernelKind, Parametrisation};
use crate::seed::Seed;

/// What one network gives for a pair of inputs: unbiased for E f(x)f(y) and E⟨∇f(x), ∇f(y)⟩/scale at its width, and with
/// less noise than a sample of these.
#[derive(Clone, Copy)]
struct Sample {
    /// The mean of f(x)f(y) over the last layer, given the others: s/m ⟨φ(x), φ(y)⟩ + b.
    product: f64,
    /// ⟨∇f(x), ∇f(y)⟩, with the last layer's own mean in the last hidden layer's share, and the mean over [`HEADS`]
    /// random last layers in those below.
    tangent: f64,
}

/// Last layers per network.
const HEADS: usize = 8;

/// A random network of width m: hidden pre-activations and activations of both inputs at every layer, then
/// backpropagation by hand.
struct Net {
    kernel: Kernel,
    m: usize,
}

impl Net {
    fn sample(&self, x: &Array1<f64>, y: &Array1<f64>, index: u64) -> Sample {
        let mut generator = Seed(3).stream("monte carlo", index);
        let mut normal = |rows: usize, columns: usize| -> Array2<f64> {
            Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(&mut generator))
        };
        let (m, depth) = (self.m as f64, self.kernel.hidden_layers);
        // h¹ = √first·W x + √bias·β; hˡ = √(weight/m) W φ + √bias β; f likewise: entries of W, β standard normal.
        let (first, weight, first_bias, bias, standard) = match self.kernel.parametrisation {
            Parametrisation::FirstLayerBias { bias } => (1.0, 2.0, f64::from(bias), 0.0, false),
            Parametrisation::EveryLayer { sigma_w2, sigma_b2 } => {
                (sigma_w2 / x.len() as f64, sigma_w2, sigma_b2, sigma_b2, true)
            }
            Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 } => {
                (sigma_w2 / x.len() as f64, sigma_w2, sigma_b2, sigma_b2, false)
            }
        };
        let phi = |h: &Array1<f64>| h.mapv(|v| self.kernel.activation.value(v));
        let slope = |h: &Array1<f64>| h.mapv(|v| self.kernel.activation.derivative(v).unwrap());
        let (mut inputs, mut hidden, mut matrices) = (vec![[x.clone(), y.clone()]], Vec::new(), Vec::new());
        for layer in 0..depth {
            let w =
                normal(self.m, inputs[layer][0].len()) * if layer == 0 { first } else { weight / m }.sqrt();
            let b = normal(1, self.m).row(0).mapv(|v| v * if layer == 0 { first_bias } else { bias }.sqrt());
            let h = inputs[layer].clone().map(|a| w.dot(&a) + &b);
            inputs.push([phi(&h[0]), phi(&h[1])]);
            hidden.push(h);
            matrices.push(w);
        }
        // Squared factor between a parameter and the standard normal (NTK), or 1 (standard parametrisation), over the
        // normalisation of Θ (M in the standard one, 1 otherwise); bias shares likewise.
        let share = |layer: usize| match (standard, layer) {
            (true, 0) => 1.0 / x.len() as f64, // n₀ counted as M
            (true, _) => 1.0 / m,
            (false, 0) => first,
            (false, _) => weight / m,
        };
        let bias_share = |layer: usize| match (standard, layer) {
            (true, _) => 0.0, // O(1/M): not in the limit
            (false, 0) => first_bias,
            (false, _) => bias,
        };
        let mut tangent = share(depth) * inputs[depth][0].dot(&inputs[depth][1]) + bias_share(depth);
        // Backwards: δ (HEADS, m) for each input; the mean over the heads of ⟨δ(x), δ(y)⟩.
        let heads = normal(HEADS, self.m) * (weight / m).sqrt();
        let mut delta = [0, 1].map(|i| &heads * &slope(&hidden[depth - 1][i]));
        for layer in (0..depth).rev() {
            let backward = if layer == depth - 1 {
                weight / m * slope(&hidden[layer][0]).dot(&slope(&hidden[layer][1]))
            } else {
                (&delta[0] * &delta[1]).sum() / HEADS as f64
            };
            let product = inputs[layer][0].dot(&inputs[layer][1]);
            tangent += backward * (share(layer) * product + bias_share(layer));
            if layer > 0 {
                delta = [0, 1].map(|i| delta[i].dot(&matrices[layer]) * slope(&hidden[layer - 1][i]));
            }
        }
        Sample { product: weight / m * inputs[depth][0].dot(&inputs[depth][1]) + bias, tangent }
    }

    /// The means of `nets` networks against the kernels: z-scores below `SIGMAS`, and that many standard errors (what the
    /// test would let pass) below `power` of the kernel's value.
    fn check(&self, nets: u64, power: f64) {
        let x = array![0.5, -0.4, 0.3, 0.9];
        let y = array![0.7, 0.2, -0.6, 0.4];
        let samples: Vec<Sample> = (0..nets).into_par_iter().map(|i| self.sample(&x, &y, i)).collect();
        let rows = |v: &Array1<f64>| v.clone().insert_axis(ndarray::Axis(0));
        type Estimate = (KernelKind, fn(&Sample) -> f64);
        let estimates: [Estimate; 2] = [(KernelKind::Nngp, |s| s.product), (KernelKind::Ntk, |s| s.tangent)];
        for (kind, value) in estimates {
            let kernel = Kernel { kind, ..self.kernel.clone() };
            let expected = kernel.cross_gram(rows(&x).view(), rows(&y).view()).unwrap()[[0, 0]];
            let n = samples.len() as f64;
            let mean = samples.iter().map(value).sum::<f64>() / n;
            let variance = samples.iter().map(|s| (value(s) - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let error = (variance / n).sqrt();
            let (z, excluded) = ((mean - expected) / error, SIGMAS * error / expected.abs());
            let message = format!(
                "{kernel:?}, width {}: {mean} against {expected}, z = {z:.2}; a relative error of {excluded:.4} would be seen",
                self.m
            );
            println!("{message}");
            assert!(z.abs() < SIGMAS, "{message}");
            assert!(excluded < power, "{message}, not {power}");
        }
    }
}

/// Twenty-odd comparisons with fixed seeds: a right kernel exceeds this once in 10⁴ choices of them.
const SIGMAS: f64 = 4.5;

fn parametrisations() -> [Parametrisation; 4] {
    [
        Parametrisation::FirstLayerBias { bias: false },
        Parametrisation::FirstLayerBias { bias: true },
        Parametrisation::EveryLayer { sigma_w2: 1.7, sigma_b2: 0.3 },
        Parametrisation::EveryLayerNtk { sigma_w2: 1.7, sigma_b2: 0.3 },
    ]
}

/// With one hidden layer both expectations are exact at every width, so narrow nets and many of them.
#[test]
fn one_hidden_layer_is_exact_at_any_width() {
    for parametrisation in parametrisations() {
        use Activation::{Cos, Elu, Erf, Gelu, LeakyRelu, Relu, Silu, Sin, Softplus, Tanh};
        for activation in [Relu, Erf, Tanh, Gelu, LeakyRelu(-0.3), Silu, Softplus, Elu, Sin, Cos] {
            // The test's nets have the constant 2 of ReLU in paper 1's parametrisation.
            let paper1 = matches!(parametrisation, Parametrisation::FirstLayerBias { .. });
            if paper1 && activation != Activation::Relu {
                continue;
            }
            let kernel = Kernel { parametrisation, activation, ..Kernel::default() };
            Net { kernel, m: 6 }.check(20_000, 0.04);
        }
    }
}

/// Deeper nets: the expectations are off by O(1/m) (0.55/m measured at m = 8 for ReLU's NNGP, so 0.4 % here), so wide
/// nets, not so many that their standard error (0.6 %) falls below that.
#[test]
fn three_hidden_layers_at_width_128() {
    for parametrisation in parametrisations() {
        let kernel = Kernel { parametrisation, hidden_layers: 3, ..Kernel::default() };
        Net { kernel, m: 128 }.check(2500, 0.035);
    }
    let parametrisation = Parametrisation::EveryLayer { sigma_w2: 2.5, sigma_b2: 0.3 };
    let kernel =
        Kernel { parametrisation, hidden_layers: 2, activation: Activation::Tanh, ..Kernel::default() };
    Net { kernel, m: 128 }.check(2500, 0.035);
}
