//! Gram matrices of images: `cargo bench --features cli --bench gram`.

use analysis_core::kernel::{Activation, Kernel};
use analysis_core::ndarray::Array2;
use analysis_core::prelude::Seed;
use rand::RngExt;

fn main() {
    divan::main();
}

/// Rows like an image's: four fifths zeros.
fn rows(n: usize, d: usize) -> Array2<f64> {
    let mut generator = Seed(1).stream("bench", 0);
    Array2::from_shape_simple_fn((n, d), || (generator.random::<f64>() - 0.8).max(0.0))
}

/// Columns, hidden layers.
#[divan::bench(args = [(784, 1), (784, 3), (3072, 1), (3072, 3)], sample_count = 7)]
fn relu_3000(bencher: divan::Bencher, (columns, hidden_layers): (usize, usize)) {
    let x = rows(3000, columns);
    let kernel = Kernel { hidden_layers, ..Kernel::default() };
    bencher.bench(|| kernel.gram(x.view()).map(|g| g.n()));
}

#[divan::bench(args = ["erf", "tanh", "gelu", "relu^2"], sample_count = 3)]
fn others_3000(bencher: divan::Bencher, name: &str) {
    let x = rows(3000, 784);
    let x = &x
        / &x.map_axis(analysis_core::ndarray::Axis(1), |r| r.dot(&r).sqrt())
            .insert_axis(analysis_core::ndarray::Axis(1));
    let Ok(activation) = name.parse::<Activation>() else { return };
    let kernel = Kernel { activation, ..Kernel::default() };
    bencher.bench(|| kernel.gram(x.view()).map(|g| g.n()));
}

#[divan::bench(sample_count = 3)]
fn a_kink_3000(bencher: divan::Bencher) {
    let x = rows(3000, 784);
    let x = &x
        / &x.map_axis(analysis_core::ndarray::Axis(1), |r| r.dot(&r).sqrt())
            .insert_axis(analysis_core::ndarray::Axis(1));
    let activation = Activation::Custom {
        name: "leaky".into(),
        function: |x| if x > 0.0 { x } else { 0.1 * x },
        derivative: Some(|x| if x > 0.0 { 1.0 } else { 0.1 }),
        kinks: vec![0.0],
    };
    let kernel = Kernel { activation, ..Kernel::default() };
    bencher.bench(|| kernel.gram(x.view()).map(|g| g.n()));
}
