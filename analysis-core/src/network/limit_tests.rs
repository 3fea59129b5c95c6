//! Finite networks against their infinitely wide limit: the only place where `network` meets [`kernel`](crate::kernel).
#![allow(clippy::unwrap_used)]

use ndarray::{Array2, array};

use super::{
    Activation, Initialisation, Model, Network, Optimiser, Parametrisation, RandomNetworks, Sampler,
    Stopping, Training,
};
use crate::data::TrainTestView;
use crate::kernel::{Kernel, KernelKind, MeanField};
use crate::seed::Seed;

fn points() -> Array2<f64> {
    array![[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [-0.48, 0.6, 0.64], [0.0, -1.2, 0.5]]
}

fn limit(network: &Network, kind: KernelKind, x: &Array2<f64>) -> Array2<f64> {
    let kernel = Kernel {
        kind,
        hidden_layers: network.hidden_layers,
        activation: network.activation.clone(),
        parametrisation: network.parametrisation,
        convolution: None,
    };
    kernel.cross_gram(x.view(), x.view()).unwrap()
}

/// The constant of the paper's normalisation, from this module's quadrature and from `kernel`'s: NNGP(x, x) = 1 at unit x.
#[test]
fn the_normalisation_is_the_kernels() {
    use Activation::*;
    for activation in [Relu, Erf, Tanh, Gelu, Sigmoid, ReluPower(2), ReluPower(3)] {
        let kernel = Kernel {
            kind: KernelKind::Nngp,
            activation: activation.clone(),
            parametrisation: Parametrisation::EveryLayerNtk { sigma_w2: 1.0, sigma_b2: 0.0 },
            ..Kernel::default()
        };
        // E φ(z)² itself: σ_w² = 1 and one input.
        let moment = kernel.gram(array![[1.0]].view()).unwrap().view()[[0, 0]];
        let ratio = activation.mean_square().unwrap() / moment;
        assert!((ratio - 1.0).abs() < 1e-12, "{activation}: {ratio}");
    }
}

/// Means over random networks in units of their standard errors. Upper triangle of 4 points; 10 entries a case and 12
/// cases a test: |z| > 4.5 would be a chance of 10⁻³. And the power: every standard error is at most `power` of
/// √(K(x,x)K(y,y)), so an entry that was wrong by 9·`power` of it would be seen with certainty (4.5 to either side).
fn check(name: &str, samples: &[Array2<f64>], expected: &Array2<f64>, power: f64) {
    let count = samples.len() as f64;
    let mut largest = 0.0_f64;
    for ((i, j), limit) in expected.indexed_iter().filter(|((i, j), _)| i <= j) {
        let mean = samples.iter().map(|s| s[[i, j]]).sum::<f64>() / count;
        let variance = samples.iter().map(|s| (s[[i, j]] - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let error = (variance / count).sqrt();
        assert!((mean - limit).abs() <= 4.5 * error, "{name} [{i}, {j}]: {mean} ± {error}, limit {limit}");
        largest = largest.max(error / (expected[[i, i]] * expected[[j, j]]).sqrt());
    }
    assert!(largest < power, "{name}: standard errors up to {largest} of the diagonal see too little");
}

fn cases() -> Vec<Network> {
    use Parametrisation::*;
    let mut cases = Vec::new();
    for activation in [Activation::Relu, Activation::Tanh] {
        for parametrisation in [
            FirstLayerBias { bias: false },
            FirstLayerBias { bias: true },
            EveryLayerNtk { sigma_w2: 1.5, sigma_b2: 0.4 },
        ] {
            for hidden_layers in [1, 2] {
                let network =
                    Network { inputs: 3, hidden_layers, width: 128, parametrisation, ..Network::default() };
                cases.push(Network { activation: activation.clone(), ..network });
            }
        }
    }
    cases
}

/// E f(x)f(y): one hidden layer is unbiased at any width; with two the bias, of order 1/m, is below the standard error
/// (about 3 % of √(K(x,x)K(y,y)) with 2000 networks).
#[test]
fn outputs_at_the_start_have_the_nngp_covariance() {
    let x = points();
    for network in cases() {
        let products: Vec<Array2<f64>> = (0..2000)
            .map(|index| {
                let parameters = network.draw(Seed(31).child("network", index)).unwrap();
                let f = network.outputs(&parameters, x.view()).unwrap();
                f.dot(&f.t())
            })
            .collect();
        check(&format!("{network:?}"), &products, &limit(&network, KernelKind::Nngp, &x), 0.05);
    }
}

/// E Θ(x, y), likewise: a standard error of about 1.5 % at one network, 0.1 % at 200.
#[test]
fn the_tangent_kernel_has_the_limits_mean() {
    let x = points();
    for network in cases() {
        // Deeper ones have a bias of order 1/m: wide enough that it is below the standard error.
        let (width, count) = if network.hidden_layers == 1 { (256, 200) } else { (512, 20) };
        let network = Network { width, ..network };
        let kernels: Vec<Array2<f64>> = (0..count)
            .map(|index| {
                let parameters = network.draw(Seed(32).child("network", index)).unwrap();
                network.tangent(&parameters, x.view(), x.view()).unwrap()
            })
            .collect();
        check(&format!("{network:?}"), &kernels, &limit(&network, KernelKind::Ntk, &x), 0.03);
    }
}

/// Paper 2's normalisation: Θ/M, all sizes equal. The biases' own share, of order 1/M, is not in the limit and is taken
/// out here: Σ_l ⟨B^l, B'^l⟩ is what the kernel of the same network loses when the bias columns are dropped, here bounded
/// by the standard error of 12 networks at M = 512 (about 2 %, the share 0.4 %).
#[test]
fn standard_parametrisation_tends_to_the_kernel_over_m() {
    let m = 512;
    let mut x = Array2::zeros((4, m));
    x.slice_mut(ndarray::s![.., ..3]).assign(&(points() * (m as f64).sqrt()));
    for hidden_layers in [1, 2] {
        let network = Network {
            inputs: m,
            hidden_layers,
            width: m,
            parametrisation: Parametrisation::EveryLayer { sigma_w2: 1.5, sigma_b2: 0.4 },
            ..Network::default()
        };
        let kernels: Vec<Array2<f64>> = (0..12)
            .map(|index| {
                let parameters = network.draw(Seed(33).child("network", index)).unwrap();
                network.tangent(&parameters, x.view(), x.view()).unwrap() / m as f64
            })
            .collect();
        check(&format!("{network:?}"), &kernels, &limit(&network, KernelKind::Ntk, &x), 0.05);
    }
}

/// The same function at the start, to rounding, in both parametrisations of paper 2's networks.
#[test]
fn both_parametrisations_draw_the_same_function() {
    let x = points();
    let (sigma_w2, sigma_b2) = (1.7, 0.3);
    let outputs = [
        Parametrisation::EveryLayer { sigma_w2, sigma_b2 },
        Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 },
    ]
    .map(|parametrisation| {
        let network =
            Network { inputs: 3, hidden_layers: 3, width: 50, parametrisation, ..Network::default() };
        network.outputs(&network.draw(Seed(8)).unwrap(), x.view()).unwrap()
    });
    assert!((&outputs[0] - &outputs[1]).iter().all(|e| e.abs() < 1e-13), "{outputs:?}");
}

/// Gradient descent on a wide network is the linear recursion f ← f − (η/n) Θ₀ (f − y), on the training rows and, with
/// Θ₀(z, x), on the test rows: (1 − ηλ)^k in Θ₀'s eigenbasis. The gap falls like 1/√m: by 8 from m = 500 to 32,000.
#[test]
fn wide_networks_descend_as_their_first_kernel_says() {
    let x = points();
    let z = array![[0.0, 0.6, 0.8], [0.28, 0.0, -0.96]];
    let y = array![[1.0], [-0.5], [0.25], [2.0]];
    let (rate, epochs, n) = (0.5, 60, 4);
    let gap = |width: usize, initialisation: Initialisation, seed: u64| {
        let network = Network { inputs: 3, width, ..Network::default() };
        let model = Model::draw(&network, initialisation, Seed(seed)).unwrap();
        let (theta, cross) =
            (model.tangent(x.view(), x.view()).unwrap(), model.tangent(z.view(), x.view()).unwrap());
        let (mut f, mut g) = (model.outputs(x.view()).unwrap(), model.outputs(z.view()).unwrap());
        for _ in 0..epochs {
            let force = (&f - &y) * (rate / n as f64);
            f = &f - &theta.dot(&force);
            g = &g - &cross.dot(&force);
        }
        let training = Training {
            network,
            initialisation,
            rate,
            epochs,
            stopping: Stopping::Never,
            optimiser: Optimiser::default(),
            seed: Seed(seed),
            ..Training::default()
        };
        let truth = Array2::zeros((2, 1));
        let result = training
            .run(TrainTestView { x: x.view(), y: y.view(), z: z.view(), truth: truth.view() })
            .unwrap();
        let largest = |a: &Array2<f64>, b: &Array2<f64>| (a - b).iter().fold(0.0_f64, |m, e| m.max(e.abs()));
        largest(&result.last.train_outputs, &f).max(largest(&result.last.test_outputs, &g))
    };
    for initialisation in [Initialisation::Standard, Initialisation::Mirrored, Initialisation::Centred] {
        let mean = |width: usize| (0..6).map(|seed| gap(width, initialisation, seed)).sum::<f64>() / 6.0;
        let (narrow, wide) = (mean(500), mean(32_000));
        assert!(wide < 0.03 && wide < narrow / 4.0, "{initialisation}: {narrow} {wide}");
    }
}

/// Finite networks: E Θ/M and its standard error from 400 networks of width 1000, without the biases' own share (of order
/// 1/M, not in the limit). What is left of order 1/M in E Θ is below the standard error, about H/(2M) of κ.
#[test]
fn wide_networks_have_the_limit_kernels() {
    let at = |activation, sigma_w2, sigma_b2| MeanField { activation, sigma_w2, sigma_b2 };
    for (field, depth) in [
        (at(Activation::Erf, 1.0, 1.0), 5),
        (at(Activation::Erf, 4.0, 1.0), 5),
        (at(Activation::Relu, 2.0, 1.0), 10),
        (at(Activation::Tanh, 3.0, 1.0), 3),
    ] {
        let width = 1000;
        let ensemble = RandomNetworks {
            activation: field.activation.clone(),
            input_norm: (width as f64).sqrt(),
            trained_biases: false,
            ..RandomNetworks::square(width).variances(field.sigma_w2, field.sigma_b2)
        };
        let pairs = ensemble.sample_pairs(depth, 0.5, 0..400, Sampler::Automatic, Seed(5)).unwrap();
        let limit = field.limit_kernels(0.5, 1.0, depth).unwrap()[depth - 1];
        let check = |name: &str, values: Vec<f64>, expected: f64| {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
            let z = (mean - expected) / error;
            println!("{field:?} H = {depth} {name}: {mean:.5} ± {error:.5}, limit {expected:.5}, z = {z:.2}");
            assert!(z.abs() < 4.5, "{field:?} {name}: {mean} ± {error}, {expected}");
        };
        check("κ₁", pairs.iter().map(|p| p.first / width as f64).collect(), limit.diagonal);
        check("κ₂", pairs.iter().map(|p| p.between / width as f64).collect(), limit.off_diagonal);
    }
}
