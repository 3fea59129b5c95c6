//! The exact moments: known values, by hand, their limit, dense networks and samples without matrices.

use super::*;

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
