#![allow(clippy::unwrap_used)]
//! The exact moments against the definition, every sampler against both.

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

/// From an implementation apart from this one, at H = 1, 10, 20, 50; printed to three digits.
#[test]
fn ratios_of_figure_2_are_the_known_ones() {
    for (width, sigma_w2, sigma_b2, expected) in [
        (64, 1.0, 1.0, [1.070, 1.101, 1.101, 1.101]),
        (64, 1.5, 1.0, [1.069, 1.206, 1.259, 1.266]),
        (256, 2.0, 0.0, [1.007, 1.090, 1.196, 1.619]),
        (256, 3.0, 1.0, [1.019, 1.116, 1.280, 2.007]),
    ] {
        let moments = RandomNetworks::square(width).variances(sigma_w2, sigma_b2).exact_moments(50).unwrap();
        for (depth, expected) in [1, 10, 20, 50].into_iter().zip(expected) {
            let ratio = moments[depth - 1].ratio();
            assert!((ratio - expected).abs() <= 5.001e-4, "{width} {sigma_w2} H={depth}: {ratio}");
        }
    }
    for (sigma_w2, expected) in [(2.0, 382.0), (3.0, 4253.0)] {
        let ratio =
            RandomNetworks::square(50).variances(sigma_w2, 1.0).exact_moments(99).unwrap()[98].ratio();
        assert!((ratio - expected).abs() <= 0.5, "{sigma_w2}: {ratio}");
    }
}

/// One hidden layer by hand: Θ = u + e + ‖b‖²(u₀ + e), u = v Σ_{active} n², ‖b‖² = s Σ_{active} n'²; no bias, e = 0, u₀ = 1, n₀ = M:
/// E Θ = σ_w², E Θ² = 2 s² E[χ⁴] + 2 s² E[k²], E χ⁴ = E k(k+2).
#[test]
fn one_hidden_layer_by_hand() {
    for m in [1, 2, 7, 300] {
        let moments = networks(m, m, 1, 1.7, 0.0, false).exact_moments(1).unwrap()[0];
        let (m, s) = (m as f64, 1.7 / m as f64);
        let k2 = m / 4.0 + m * m / 4.0;
        let second = 2.0 * s * s * (k2 + m) + 2.0 * s * s * k2;
        assert!((moments.mean - 1.7).abs() < 1e-14);
        assert!((moments.second_moment / second - 1.0).abs() < 1e-14, "{m}");
    }
}

/// Networks without any bias: σ_w drops out of the ratio, and H/M → λ leads to the limit from below, 9 / 2.5 / 0.6 / 0.2 %.
#[test]
fn the_limit_at_the_edge_is_approached() {
    let limit = edge_of_chaos_ratio(0.4).unwrap();
    for (m, missing, digits) in [(50, 9.0, 0.5), (200, 2.5, 0.05), (800, 0.6, 0.05), (3200, 0.2, 0.05)] {
        let ratio = |sigma_w2: f64| {
            networks(m, m, 1, sigma_w2, 0.0, false).exact_moments(m * 2 / 5).unwrap().last().unwrap().ratio()
        };
        let percent = 100.0 * (1.0 - ratio(2.0) / limit);
        assert!((percent - missing).abs() <= digits, "M = {m}: {percent} %");
        if m <= 800 {
            // 320 layers of a few roundings each, twice.
            assert!((ratio(2.0) / ratio(0.9) - 1.0).abs() < 1e-12);
        }
    }
    for (lambda, expected) in [(0.1, 1.458), (0.2, 2.168), (0.8, 30.23)] {
        assert!((edge_of_chaos_ratio(lambda).unwrap() / expected - 1.0).abs() < 4e-4);
    }
    // The series and the closed form meet at λ = 1/6; slope 11/3 at 0.
    let (below, above) = (1.0 / 6.0 - 1e-9, 1.0 / 6.0 + 1e-9);
    let jump = edge_of_chaos_ratio(above).unwrap() / edge_of_chaos_ratio(below).unwrap() - 1.0;
    assert!(jump.abs() < 2e-8, "{jump}");
    assert!(((edge_of_chaos_ratio(1e-7).unwrap() - 1.0) / 1e-7 - 11.0 / 3.0).abs() < 1e-5);
}

/// z-scores of E Θ and E Θ² of dense networks: several outputs, n₀ ≠ M, e = 0 and 1, all three phases.
#[test]
fn dense_networks_have_the_exact_moments() {
    for (place, (net, layers, power)) in [
        (networks(6, 6, 1, 3.0, 1.0, true), 3, 0.08),
        (networks(4, 9, 3, 2.0, 0.5, true), 2, 0.05),
        (networks(3, 2, 2, 1.2, 0.0, false), 4, 0.27),
        (networks(8, 5, 10, 1.5, 0.3, false), 3, 0.06),
        (networks(5, 5, 1, 1.0, 1.0, true), 1, 0.03),
    ]
    .into_iter()
    .enumerate()
    {
        let theta = net.sample(layers, 0..60_000, Sampler::Dense, Seed(100 + place as u64)).unwrap();
        let exact = net.exact_moments(layers).unwrap()[layers - 1];
        for (moment, expected) in [(1.0, exact.mean), (2.0, exact.second_moment)] {
            let (score, seen) = z(&theta, moment, expected);
            assert!(score < 4.0, "{place} E Θ^{moment}: z = {score}");
            assert!(seen < power, "{place} E Θ^{moment}: errors below {seen} go unseen");
        }
    }
}

/// The samplers without matrices against the exact moments.
#[test]
fn matrix_free_samples_have_the_exact_moments() {
    for (place, (net, layers, sampler, draws, power)) in [
        (networks(6, 6, 1, 3.0, 1.0, true), 3, Sampler::Norms, 400_000, 0.035),
        (networks(6, 6, 1, 3.0, 1.0, true), 3, Sampler::Vectors, 100_000, 0.07),
        (networks(70, 20, 1, 2.0, 0.3, true), 12, Sampler::Norms, 100_000, 0.025),
        (networks(70, 20, 1, 2.0, 0.3, true), 12, Sampler::Vectors, 10_000, 0.07),
        (networks(5, 3, 1, 1.3, 0.0, false), 2, Sampler::Norms, 400_000, 0.025),
        (networks(5, 3, 1, 1.3, 0.0, false), 2, Sampler::Vectors, 100_000, 0.055),
        (networks(64, 64, 1, 1.0, 1.0, true), 20, Sampler::Norms, 100_000, 0.01),
        (networks(6, 6, 2, 3.0, 1.0, true), 3, Sampler::Norms, 200_000, 0.06),
        (networks(6, 6, 2, 3.0, 1.0, true), 3, Sampler::Vectors, 60_000, 0.1),
        (networks(5, 9, 3, 2.0, 0.5, true), 4, Sampler::Norms, 200_000, 0.1),
        (networks(5, 9, 3, 2.0, 0.5, true), 4, Sampler::Vectors, 60_000, 0.2),
        // Fewer units than outputs: matrices without full rank.
        (networks(4, 5, 10, 1.5, 0.3, false), 3, Sampler::Norms, 100_000, 0.1),
        (networks(4, 5, 10, 1.5, 0.3, false), 3, Sampler::Vectors, 60_000, 0.18),
        (networks(70, 20, 10, 2.0, 0.3, true), 12, Sampler::Norms, 30_000, 0.06),
    ]
    .into_iter()
    .enumerate()
    {
        let theta = net.sample(layers, 0..draws, sampler, Seed(200 + place as u64)).unwrap();
        let exact = net.exact_moments(layers).unwrap()[layers - 1];
        for (moment, expected) in [(1.0, exact.mean), (2.0, exact.second_moment)] {
            let (score, seen) = z(&theta, moment, expected);
            assert!(score < 4.0, "{place} E Θ^{moment}: z = {score}");
            assert!(seen < power, "{place} E Θ^{moment}: errors below {seen} go unseen");
        }
    }
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

/// In law, not in moments only, and for activations without exact moments; at M = 3 one network in 8 a layer has no active
/// ReLU unit, which the formulas do not know and the samplers must.
#[test]
fn matrix_free_samples_have_the_law_of_dense_networks() {
    let draws = 30_000;
    let with = |activation: &str, net: RandomNetworks| RandomNetworks {
        activation: activation.parse().unwrap(),
        ..net
    };
    for (place, (net, layers)) in [
        (networks(3, 4, 1, 2.0, 0.0, true), 3),
        (networks(5, 3, 1, 2.5, 0.7, true), 4),
        (with("tanh", networks(5, 3, 1, 3.0, 0.5, true)), 4),
        (with("erf", networks(4, 7, 1, 2.0, 0.0, false)), 3),
        (with("gelu", networks(6, 6, 1, 1.5, 0.2, true)), 2),
        (networks(3, 4, 2, 2.0, 0.0, true), 3),
        (networks(5, 3, 10, 2.5, 0.7, true), 4),
        (with("tanh", networks(5, 3, 3, 3.0, 0.5, true)), 4),
        (with("erf", networks(3, 6, 10, 2.0, 0.4, true)), 3),
    ]
    .into_iter()
    .enumerate()
    {
        let seed = |which: u64| Seed(300 + 10 * place as u64 + which);
        let dense = net.sample(layers, 0..draws, Sampler::Dense, seed(0)).unwrap();
        for sampler in [Sampler::Vectors, Sampler::Norms] {
            if sampler.resolve(&net).is_err() {
                continue;
            }
            let free = net.sample(layers, 0..draws, sampler, seed(1)).unwrap();
            let score = two_samples(&dense, &free, |theta| theta.ln());
            assert!(score < 4.0, "{place} {sampler}: E ln Θ: z = {score}");
            let distance = kolmogorov_smirnov(dense.clone(), free);
            assert!(distance < 1.95, "{place} {sampler}: Kolmogorov–Smirnov {distance}");
        }
    }
}

/// Two inputs: all three entries and how they hang together.
#[test]
fn matrix_free_pairs_have_the_law_of_dense_pairs() {
    let draws = 30_000;
    for (place, (activation, sigma_w2, sigma_b2, cosine, layers)) in
        [("relu", 2.0, 0.3, 0.6, 3), ("tanh", 3.0, 0.5, -0.4, 4), ("relu", 1.5, 0.0, 0.9, 2)]
            .into_iter()
            .enumerate()
    {
        let activation = activation.parse().unwrap();
        let net = RandomNetworks { activation, ..networks(5, 4, 1, sigma_w2, sigma_b2, true) };
        let seed = |which: u64| Seed(400 + 10 * place as u64 + which);
        let dense = net.sample_pairs(layers, cosine, 0..draws, Sampler::Dense, seed(0)).unwrap();
        let free = net.sample_pairs(layers, cosine, 0..draws, Sampler::Automatic, seed(1)).unwrap();
        let statistics: [fn(&ThetaPair) -> f64; 7] = [
            |k| k.first.ln(),
            |k| k.second.ln(),
            |k| k.between,
            |k| k.between.powi(2),
            |k| k.first * k.between,
            |k| k.second * k.between,
            |k| (k.between / (k.first * k.second).sqrt()).powi(3),
        ];
        for (which, statistic) in statistics.into_iter().enumerate() {
            let score = two_samples(&dense, &free, statistic);
            assert!(score < 4.0, "{place}, statistic {which}: z = {score}");
        }
        let parts = |pairs: &[ThetaPair]| pairs.iter().map(|k| k.between).collect::<Vec<f64>>();
        let distance = kolmogorov_smirnov(parts(&dense), parts(&free));
        assert!(distance < 1.95, "{place}: Kolmogorov–Smirnov {distance}");
        let single = net.sample(layers, 0..draws, Sampler::Vectors, seed(2)).unwrap();
        let distance = kolmogorov_smirnov(single, free.iter().map(|k| k.second).collect());
        assert!(distance < 1.95, "{place}: Θ(x',x') against one input: {distance}");
    }
}

/// One hidden layer, two inputs: exact moments, several outputs, negative cosines, n₀ ≠ M; at cosine 1 those of one input.
#[test]
fn pairs_have_the_exact_moments_of_one_layer() {
    for (place, (net, cosine, sampler, draws)) in [
        (networks(6, 4, 1, 3.0, 1.0, true), 0.3, Sampler::Automatic, 200_000),
        (networks(6, 4, 1, 3.0, 1.0, true), 0.3, Sampler::Dense, 100_000),
        (networks(5, 9, 3, 2.0, 0.0, false), 0.8, Sampler::Dense, 100_000),
        (
            RandomNetworks { input_norm: 2.0, ..networks(8, 3, 1, 1.5, 0.4, true) },
            -0.7,
            Sampler::Automatic,
            200_000,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let pairs = net.sample_pairs(1, cosine, 0..draws, sampler, Seed(600 + place as u64)).unwrap();
        let between: Vec<f64> = pairs.iter().map(|k| k.between).collect();
        let exact = net.exact_pair_moments(cosine).unwrap();
        for (moment, expected) in [(1, exact.mean), (2, exact.second_moment)] {
            let (mean, error) = mean_error(between.iter().map(|v| v.powi(moment)));
            assert!(
                (mean - expected).abs() < 4.0 * error,
                "{place} E Θ^{moment}: {mean} ± {error}, {expected}"
            );
            assert!(error < 0.02 * expected.abs(), "{place} E Θ^{moment}: {error} of {expected}");
        }
        // Some roundings each.
        let (same, one) = (net.exact_pair_moments(1.0).unwrap(), net.exact_moments(1).unwrap()[0]);
        assert!((same.mean / one.mean - 1.0).abs() < 1e-14);
        assert!((same.second_moment / one.second_moment - 1.0).abs() < 1e-13);
    }
    assert!(networks(5, 5, 1, 2.0, 1.0, true).exact_pair_moments(-1.01).is_err());
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
                let stream = &mut sampler::stream(Seed(510 + place as u64), i);
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
