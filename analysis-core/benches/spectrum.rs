//! Decompositions: `cargo bench --features cli --bench spectrum`. ndarray-linalg's `eigh` (LAPACK's dsyev) stands beside
//! ours (dsyevd, with its residuals measured): compare the two within one run, not across machines.

use analysis_core::kernel::Kernel;
use analysis_core::linalg::symmetric_eigen;
use analysis_core::ndarray::Array2;
use analysis_core::prelude::{Gram, Seed};
use ndarray_linalg::{Eigh, UPLO};
use rand::RngExt;

fn main() {
    divan::main();
}

fn gram(n: usize) -> Option<Gram> {
    let mut generator = Seed(1).stream("bench", 0);
    let x = Array2::from_shape_simple_fn((n, 100), || generator.random::<f64>() - 0.3);
    Kernel::default().gram(x.view()).ok()
}

#[divan::bench(args = [500, 1000, 2000], sample_count = 3)]
fn dsyevd(bencher: divan::Bencher, n: usize) {
    let Some(gram) = gram(n) else { return };
    bencher.bench(|| symmetric_eigen(gram.view().to_owned()).map(|e| e.values[0]));
}

#[divan::bench(args = [500, 1000], sample_count = 3)]
fn ndarray_linalg_eigh(bencher: divan::Bencher, n: usize) {
    let Some(gram) = gram(n) else { return };
    bencher.bench(|| gram.view().eigh(UPLO::Lower).map(|(values, _)| values[0]));
}

#[divan::bench(args = [500, 1000, 2000], sample_count = 3)]
fn spectral_measure_of_21_targets(bencher: divan::Bencher, n: usize) {
    let Some(gram) = gram(n) else { return };
    let y = Array2::from_shape_fn((n, 21), |(i, j)| ((i * (j + 1)) as f64).sin());
    bencher.bench(|| gram.measure(y.view()).map(|m| m.eigenvalues[0]));
}
