//! Θ(x,x) of one initialisation, M = 256, 20 hidden layers: `cargo bench --features cli --bench dispersion`. Each figure is for
//! the number of networks named; `scripts/bench/dispersion.py` times the same with JAX.

use analysis_core::network::{RandomNetworks, Sampler};
use analysis_core::prelude::Seed;

fn main() {
    divan::main();
}

fn sample(bencher: divan::Bencher, activation: &str, sampler: Sampler, networks: usize) {
    let Ok(activation) = activation.parse() else { return };
    let ensemble = RandomNetworks { activation, ..RandomNetworks::square(256) };
    bencher
        .counter(divan::counter::ItemsCount::new(networks))
        .bench(|| ensemble.sample(20, 0..networks, sampler, Seed(1)));
}

#[divan::bench(sample_count = 10)]
fn relu_norms(bencher: divan::Bencher) {
    sample(bencher, "relu", Sampler::Norms, 100_000);
}

#[divan::bench(args = ["relu", "tanh", "erf"], sample_count = 5)]
fn vectors(bencher: divan::Bencher, activation: &str) {
    sample(bencher, activation, Sampler::Vectors, 1000);
}

#[divan::bench(sample_count = 3)]
fn relu_dense(bencher: divan::Bencher) {
    sample(bencher, "relu", Sampler::Dense, 20);
}

#[divan::bench(sample_count = 10)]
fn exact_moments_of_99_depths(bencher: divan::Bencher) {
    bencher.bench(|| RandomNetworks::square(256).exact_moments(99));
}
