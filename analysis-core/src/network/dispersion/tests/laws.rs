//! Samples without matrices have the law of dense networks.

use super::*;

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
