#![allow(clippy::unwrap_used)]
//! The exact moments against the definition, every sampler against both.

mod laws;
mod moments;

use super::*;
use crate::architecture::Activation;
use crate::error::Error;
use crate::seed::Seed;

/// Mean and its standard error.
fn mean_error(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// |z| of a mean against what it should be, and the relative error that would have been z = 4: the test's power.
fn z(values: &[f64], power: f64, expected: f64) -> (f64, f64) {
    let (mean, error) = mean_error(values.iter().map(|v| v.powf(power)));
    ((mean - expected).abs() / error, 4.0 * error / expected)
}

/// |z| between two samples' means of `f`.
fn two_samples<T>(a: &[T], b: &[T], f: fn(&T) -> f64) -> f64 {
    let ((ma, ea), (mb, eb)) = (mean_error(a.iter().map(f)), mean_error(b.iter().map(f)));
    (ma - mb).abs() / ea.hypot(eb)
}

fn networks(
    width: usize,
    n0: usize,
    outputs: usize,
    sigma_w2: f64,
    sigma_b2: f64,
    e: bool,
) -> RandomNetworks {
    RandomNetworks { width, input_dimension: n0, outputs, trained_biases: e, ..RandomNetworks::default() }
        .variances(sigma_w2, sigma_b2)
}

/// The largest distance of two empirical distribution functions, times √(n/2): 1.95 is exceeded with probability 0.001.
fn kolmogorov_smirnov(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    assert_eq!(a.len(), b.len());
    let n = a.len() as f64;
    let (mut i, mut j, mut distance) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let here = a[i].min(b[j]);
        while i < a.len() && a[i] <= here {
            i += 1;
        }
        while j < b.len() && b[j] <= here {
            j += 1;
        }
        distance = distance.max((i as f64 - j as f64).abs() / n);
    }
    distance * (n / 2.0).sqrt()
}

/// Equal inputs have equal kernels, opposite ones a cosine of −1.
#[test]
fn parallel_inputs_are_one_direction() {
    let net = RandomNetworks { activation: Activation::Tanh, ..networks(20, 20, 1, 1.5, 0.0, true) };
    for k in net.sample_pairs(5, 1.0, 0..50, Sampler::Automatic, Seed(5)).unwrap() {
        // Sums of 20 products in each of 5 layers, some roundings each.
        assert!((k.between / k.first - 1.0).abs() < 1e-12 && (k.second / k.first - 1.0).abs() < 1e-12);
    }
    // tanh is odd: without biases in the forward pass h' = −h, and the weights' parts of Θ(x,x') are −Θ(x,x).
    let net = RandomNetworks { trained_biases: false, ..net };
    for k in net.sample_pairs(5, -1.0, 0..50, Sampler::Automatic, Seed(5)).unwrap() {
        assert!((k.between / k.first + 1.0).abs() < 1e-12 && (k.second / k.first - 1.0).abs() < 1e-12);
    }
}

#[test]
fn thread_count_and_range_do_not_matter() {
    let net = |activation| RandomNetworks { activation, ..networks(9, 9, 1, 2.5, 0.5, true) };
    let pool = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for (activation, sampler) in [
        (Activation::Relu, Sampler::Norms),
        (Activation::Tanh, Sampler::Vectors),
        (Activation::Relu, Sampler::Dense),
    ] {
        let net = net(activation);
        let whole = |threads| pool(threads).install(|| net.sample(4, 0..1500, sampler, Seed(9)).unwrap());
        assert_eq!(whole(1), whole(3));
        assert_eq!(whole(1)[700..900], net.sample(4, 700..900, sampler, Seed(9)).unwrap());
    }
    let three = RandomNetworks { outputs: 3, ..net(Activation::Relu) };
    for sampler in [Sampler::Norms, Sampler::Vectors] {
        let whole = |threads| pool(threads).install(|| three.sample(4, 0..500, sampler, Seed(9)).unwrap());
        assert_eq!(whole(1), whole(3));
    }
    let net = net(Activation::Tanh);
    let pairs = |threads| {
        pool(threads).install(|| net.sample_pairs(4, 0.3, 0..200, Sampler::Automatic, Seed(9)).unwrap())
    };
    assert_eq!(pairs(1), pairs(3));
}

#[test]
fn what_means_nothing_is_refused() {
    let good = RandomNetworks::square(8);
    for (bad, name) in [
        (RandomNetworks { width: 0, ..good.clone() }, "width"),
        (RandomNetworks { input_dimension: 0, ..good.clone() }, "input_dimension"),
        (RandomNetworks { outputs: 0, ..good.clone() }, "outputs"),
        (good.clone().variances(0.0, 1.0), "sigma_w2"),
        (good.clone().variances(f64::NAN, 1.0), "sigma_w2"),
        (good.clone().variances(2.0, -0.1), "sigma_b2"),
        (RandomNetworks { input_norm: f64::INFINITY, ..good.clone() }, "input_norm"),
    ] {
        assert!(matches!(bad.check(), Err(Error::Parameter { name: found, .. }) if found == name), "{name}");
    }
    assert!(good.exact_moments(0).is_err());
    assert!(good.sample(3, 5..5, Sampler::Automatic, Seed(0)).is_err());
    assert!(good.sample(0, 0..5, Sampler::Automatic, Seed(0)).is_err());
    assert!(good.sample_pairs(3, 1.1, 0..5, Sampler::Automatic, Seed(0)).is_err());
    assert!(good.sample_pairs(3, 0.1, 0..5, Sampler::Norms, Seed(0)).is_err());
    let three = RandomNetworks { outputs: 3, ..good.clone() };
    assert!(three.sample_pairs(3, 0.1, 0..5, Sampler::Vectors, Seed(0)).is_err());
    assert!(three.sample_pairs(3, 0.1, 0..5, Sampler::Automatic, Seed(0)).is_ok());
    let tanh = RandomNetworks { activation: Activation::Tanh, ..good.clone() };
    assert!(tanh.exact_moments(3).is_err() && Sampler::Norms.resolve(&tanh).is_err());
    // σ_w^{4H} beyond 10³⁰⁸: said, not infinite.
    let wild = good.clone().variances(50.0, 1.0);
    assert!(wild.exact_moments(50).is_ok());
    assert!(matches!(wild.exact_moments(200), Err(Error::Parameter { .. })));
    assert!(edge_of_chaos_ratio(-1.0).is_err() && edge_of_chaos_ratio(f64::NAN).is_err());
}

/// The code for several outputs, at one, against the code for one.
#[test]
fn one_output_is_a_case_of_several() {
    let draws = 30_000;
    for (place, (activation, layers)) in
        [(Activation::Relu, 3), (Activation::Tanh, 2)].into_iter().enumerate()
    {
        let net = RandomNetworks { activation, ..networks(5, 4, 1, 2.5, 0.7, true) };
        let relu = net.activation == Activation::Relu;
        let one = net.sample(layers, 0..draws, Sampler::Automatic, Seed(500 + place as u64)).unwrap();
        let squares = norms::ChiSquares::new(net.width).unwrap();
        let mut scratch = (several::Scratch::new(&net), several::VectorScratch::new(&net, layers));
        let other: Vec<f64> = (0..draws)
            .map(|i| {
                let stream = &mut draws::stream(Seed(510 + place as u64), i);
                if relu {
                    several::draw_norms(&net, layers, &squares, &mut scratch.0, stream)
                } else {
                    several::draw_vectors(&net, &mut scratch.1, stream)
                }
            })
            .collect();
        let distance = kolmogorov_smirnov(one, other);
        assert!(distance < 1.95, "{}: Kolmogorov–Smirnov {distance}", net.activation);
    }
}

/// Θ with trained biases is at least 1: without an input's share its mean is H + 1 at (2, 0), for ‖x‖ so small that ‖x‖⁴ is
/// still a number, for every sampler. What no longer is one is refused.
#[test]
fn norms_and_variances_out_of_range_are_right_or_refused() {
    for depth in 1..=3 {
        let tiny = RandomNetworks { input_norm: 1e-70, ..RandomNetworks::square(64).variances(2.0, 0.0) };
        let exact = tiny.exact_moments(depth).unwrap()[depth - 1];
        assert!((exact.mean - (depth + 1) as f64).abs() < 1e-12, "{exact:?}");
        for sampler in [Sampler::Norms, Sampler::Vectors, Sampler::Dense] {
            let (z, power) = z(&tiny.sample(depth, 0..2000, sampler, Seed(3)).unwrap(), 1.0, exact.mean);
            assert!(z < 4.0 && power < 0.1, "{sampler} {depth}: {z} {power}");
        }
    }
    for input_norm in [1e-200, 1e-76, 1e76, 1e200, f64::NAN] {
        let networks = RandomNetworks { input_norm, ..RandomNetworks::square(64) };
        let refused = networks.check().unwrap_err();
        assert!(matches!(&refused, Error::Parameter { name, .. } if name == "input_norm"), "{refused}");
    }
    // (σ_w²/2)^H = 10⁻³⁹⁶ in the middle of the network, where Θ itself is near 1; and the same above.
    for sigma_w2 in [1e-3, 1e-300, 1e4, 1e300] {
        let networks = RandomNetworks::square(16).variances(sigma_w2, 0.0);
        for activation in [Activation::Relu, Activation::ReluPower(2), Activation::Gelu] {
            let networks = RandomNetworks { activation, ..networks.clone() };
            for sampler in [Sampler::Vectors, Sampler::Dense, Sampler::Automatic] {
                let found = networks.sample(120, 0..20, sampler, Seed(3));
                assert!(matches!(found, Err(Error::NotFinite { .. })), "{sampler} {sigma_w2}: {found:?}");
                let found = networks.sample_pairs(
                    120,
                    0.5,
                    0..10,
                    if sampler == Sampler::Dense { sampler } else { Sampler::Vectors },
                    Seed(3),
                );
                assert!(matches!(found, Err(Error::NotFinite { .. })), "{sampler} {sigma_w2}: {found:?}");
            }
        }
        assert!(
            RandomNetworks { outputs: 3, ..networks.clone() }
                .sample(120, 0..20, Sampler::Norms, Seed(3))
                .is_err()
        );
    }
    for sigma_w2 in [1e-300, 1e300] {
        let pair =
            RandomNetworks { trained_biases: false, ..RandomNetworks::square(16).variances(sigma_w2, 0.0) };
        assert!(pair.exact_pair_moments(0.5).is_err() && pair.exact_moments(3).is_err());
    }
    assert!(edge_of_chaos_ratio(1e3).is_err() && edge_of_chaos_ratio(140.0).unwrap().is_finite());
    // A network whose units are all off in one layer is no underflow.
    let narrow = RandomNetworks::square(1).variances(2.0, 0.0);
    assert!(narrow.sample(6, 0..200, Sampler::Vectors, Seed(1)).unwrap().contains(&1.0));
}
