//! One suite that every kernel must pass (after GPyTorch's `base_kernel_test_case.py`).
#![allow(clippy::unwrap_used, clippy::panic)]

use ndarray::{Array2, Axis, concatenate, s};
use ndarray_linalg::{EigValsh, QR, UPLO};
use rand_distr::{Distribution, StandardNormal};

use super::{Activation, Kernel, KernelKind, Parametrisation};
use crate::error::Error;
use crate::seed::Seed;
use crate::session::Session;

const N: usize = 150; // more than one block of 128
const D: usize = 6;

fn normal(n: usize, d: usize, stream: u64) -> Array2<f64> {
    let mut generator = Seed(11).stream("conformance", stream);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut generator))
}

fn unit(mut x: Array2<f64>) -> Array2<f64> {
    for mut row in x.rows_mut() {
        let norm = row.dot(&row).sqrt();
        row.mapv_inplace(|v| v / norm);
    }
    x
}

/// Random rows with, at the end, a duplicate of row 0, the opposite of row 1, and a close neighbour of row 2.
fn rows(normalised: bool) -> Array2<f64> {
    let mut x = normal(N, D, 0);
    if normalised {
        x = unit(x);
    }
    let first = x.row(0).to_owned();
    x.row_mut(N - 3).assign(&first);
    let opposite = x.row(1).mapv(|v| -v);
    x.row_mut(N - 2).assign(&opposite);
    let near = x.row(2).mapv(|v| v * (1.0 + 1e-9) + 1e-10);
    x.row_mut(N - 1).assign(&near);
    x
}

fn conform(kernel: &Kernel, x: &Array2<f64>) {
    let gram = kernel.gram(x.view()).unwrap();
    let k = gram.view();
    let label = format!("{kernel:?}");
    assert_eq!(gram.n(), x.nrows());
    assert_eq!(k, k.t(), "symmetric: {label}");

    // Positive semidefinite: LAPACK's backward error is a small multiple of n·ε·‖K‖; so is the rounding of K's entries.
    let values = k.to_owned().eigvalsh(UPLO::Lower).unwrap();
    let (smallest, largest) = (values[0], values[values.len() - 1]);
    assert!(smallest > -(x.nrows() as f64) * f64::EPSILON * largest, "{smallest:e} of {largest:e}: {label}");

    // The diagonal, computed alone.
    for i in [0, 7, N - 1] {
        let one = kernel.gram(x.slice(s![i..=i, ..])).unwrap();
        assert_eq!(one.view()[[0, 0]], k[[i, i]], "diagonal: {label}");
    }

    // Duplicates: the diagonal's value, to the bit; opposite rows: smaller than the diagonal, but for an even φ.
    assert_eq!(k[[0, N - 3]], k[[0, 0]], "duplicate: {label}");
    let even = kernel.activation == Activation::Cos;
    assert!(even || k[[1, N - 2]] < k[[1, 1]], "opposite: {label}");
    assert!(!even || (k[[1, N - 2]] / k[[1, 1]] - 1.0).abs() < 1e-12, "opposite: {label}");
    assert_eq!(k.slice(s![..N - 3, N - 3]), k.slice(s![..N - 3, 0]), "duplicate's column: {label}");

    // A block is the whole's, and cross_gram(x, x) is gram(x).
    let block = kernel.cross_gram(x.slice(s![3..140, ..]), x.slice(s![129.., ..])).unwrap();
    assert_eq!(block, k.slice(s![3..140, 129..]), "block: {label}");
    assert_eq!(kernel.cross_gram(x.view(), x.view()).unwrap(), k, "cross: {label}");
    let blocks = kernel.gram_blocks(x.view(), &Session::default()).unwrap();
    for (rows, columns) in [(0..37, 0..37), (5..6, 2..N), (131..150, 1..140)] {
        let mut tile = Array2::zeros((rows.len(), columns.len()));
        blocks.fill(rows.clone(), columns.clone(), tile.view_mut(), &|_| ()).unwrap();
        assert_eq!(tile, k.slice(s![rows, columns]), "tile: {label}");
    }
    let origin = blocks.origin(crate::checksum::numbers_sha256([x.view()]));
    assert_eq!((blocks.n(), blocks.epsilon(), &origin), (N, gram.epsilon(), gram.origin()));
    let middle = kernel.gram(x.slice(s![5..139, ..])).unwrap();
    assert_eq!(middle.view(), k.slice(s![5..139, 5..139]), "sub-Gram: {label}");

    // Permutation equivariance.
    let order: Vec<usize> = (0..N).map(|i| (i * 77 + 5) % N).collect();
    let permuted = kernel.gram(x.select(Axis(0), &order).view()).unwrap();
    assert_eq!(permuted.view(), k.select(Axis(0), &order).select(Axis(1), &order), "permutation: {label}");

    // The same bytes for one thread and for two.
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| kernel.gram(x.view())).unwrap().view(), k, "{threads} threads: {label}");
    }

    // Rotation: rotating moves unit rows by a few ε·√d, so angles by that much; K is Lipschitz in the angle with a
    // constant below (L + 1)·L·diagonal for the kernels here, and in the norm below 2(L + 1)^2.
    let (rotation, _) = normal(D, D, 1).qr().unwrap();
    let rotated = kernel.gram(x.dot(&rotation).view()).unwrap();
    let diagonal = k.diag().iter().fold(0.0, |m: f64, v| m.max(*v));
    let depth = (kernel.hidden_layers + 1) as f64;
    let most = (&rotated.view() - &k).iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    assert!(
        most < 32.0 * f64::EPSILON * depth * depth * diagonal,
        "rotation {most:e} of {diagonal:e}: {label}"
    );

    // And the profile is the Gram on unit rows.
    if let Parametrisation::FirstLayerBias { .. } = kernel.parametrisation {
        let u = unit(x.slice(s![..3, ..]).to_owned());
        let profile = kernel.profile().unwrap();
        let k = kernel.gram(u.view()).unwrap();
        let expected = profile.evaluate(u.row(0).dot(&u.row(1))).unwrap();
        assert!((k.view()[[0, 1]] - expected).abs() < 32.0 * f64::EPSILON * depth * depth * depth, "{label}");
    }
}

fn kernels(activation: Activation) -> Vec<Kernel> {
    let mut all = Vec::new();
    for kind in [KernelKind::Ntk, KernelKind::Nngp] {
        for parametrisation in [
            Parametrisation::FirstLayerBias { bias: false },
            Parametrisation::FirstLayerBias { bias: true },
            Parametrisation::EveryLayer { sigma_w2: 1.5, sigma_b2: 0.1 },
            Parametrisation::EveryLayerNtk { sigma_w2: 2.0, sigma_b2: 0.0 },
        ] {
            for hidden_layers in [1, 3] {
                all.push(Kernel {
                    kind,
                    hidden_layers,
                    activation: activation.clone(),
                    parametrisation,
                    convolution: None,
                });
            }
        }
    }
    all
}

#[test]
fn relu_conforms() {
    for kernel in kernels(Activation::Relu) {
        conform(&kernel, &rows(true));
        conform(&kernel, &rows(false));
    }
}

#[test]
fn erf_and_relu_powers_conform() {
    for kernel in kernels(Activation::Erf) {
        conform(&kernel, &rows(true));
        conform(&kernel, &rows(false));
    }
    for kernel in kernels(Activation::ReluPower(2)).into_iter().filter(|k| k.hidden_layers == 1) {
        conform(&kernel, &rows(true));
    }
}

#[test]
fn smooth_activations_conform() {
    for activation in [Activation::Tanh, Activation::Gelu] {
        let deep_tangent = |k: &Kernel| k.kind == KernelKind::Ntk && k.hidden_layers == 3;
        for kernel in kernels(activation).into_iter().filter(deep_tangent) {
            conform(&kernel, &rows(true));
        }
    }
    // A norm for every row, and a series for every norm.
    use Activation::{Cos, Sigmoid, Silu, Sin, Softplus};
    for activation in [Sigmoid, Silu, Softplus, Sin, Cos] {
        conform(&Kernel { activation, ..Kernel::default() }, &(0.3 * rows(false)));
    }
}

/// By quadrature and a table over the angle. Rows of one norm: pair by pair would take minutes.
#[test]
fn an_activation_with_a_kink_conforms() {
    let activation = Activation::Custom {
        name: "leaky".into(),
        function: |x| if x > 0.0 { x } else { 0.1 * x },
        derivative: Some(|x| if x > 0.0 { 1.0 } else { 0.1 }),
        kinks: vec![0.0],
    };
    conform(&Kernel { activation, ..Kernel::default() }, &unit(rows(true)));
}

#[test]
fn bad_rows_are_refused() {
    let kernel = Kernel::default();
    let mut x = rows(true);
    x[[4, 2]] = f64::NAN;
    assert!(matches!(kernel.gram(x.view()), Err(Error::NotFinite { row: 4, column: 2, .. })));
    x[[4, 2]] = f64::INFINITY;
    assert!(matches!(kernel.gram(x.view()), Err(Error::NotFinite { row: 4, column: 2, .. })));
    x.row_mut(4).fill(0.0);
    assert!(matches!(kernel.gram(x.view()), Err(Error::ZeroRow { row: 4, .. })));
    let with_bias =
        Kernel { parametrisation: Parametrisation::FirstLayerBias { bias: true }, ..Kernel::default() };
    assert_eq!(with_bias.gram(x.view()).unwrap().view()[[4, 4]], 2.0); // x̃ = (0, 1)
    x.row_mut(4).fill(1e200);
    assert!(matches!(kernel.gram(x.view()), Err(Error::Parameter { .. })));
    assert!(matches!(kernel.gram(Array2::zeros((0, 3)).view()), Err(Error::Shape { .. })));
    assert!(matches!(kernel.gram(Array2::zeros((3, 0)).view()), Err(Error::Shape { .. })));
    let blocks = kernel.gram_blocks(rows(true).view(), &Session::default()).unwrap();
    let mut tile = Array2::zeros((2, 3));
    assert!(blocks.fill(N - 1..N + 1, 0..3, tile.view_mut(), &|_| ()).is_err());
    assert!(blocks.fill(0..2, 0..2, tile.view_mut(), &|_| ()).is_err());
    let other = Array2::ones((2, D + 1));
    assert!(matches!(kernel.cross_gram(rows(true).view(), other.view()), Err(Error::Shape { .. })));
}

#[test]
fn parameters_are_checked() {
    let every = |sigma_w2, sigma_b2| Parametrisation::EveryLayer { sigma_w2, sigma_b2 };
    for parametrisation in
        [every(0.0, 0.0), every(-1.0, 0.0), every(f64::NAN, 0.0), every(1.0, -0.1), every(1.0, f64::INFINITY)]
    {
        assert!(Kernel { parametrisation, ..Kernel::default() }.check().is_err(), "{parametrisation:?}");
    }
    for hidden_layers in [0, 1_000_000] {
        assert!(Kernel { hidden_layers, ..Kernel::default() }.check().is_err());
    }
    let step = Kernel { activation: Activation::ReluPower(0), ..Kernel::default() };
    assert!(step.check().is_err());
    assert!(Kernel { kind: KernelKind::Nngp, ..step }.check().is_ok());
    let json = serde_json::to_string(&Kernel::default()).unwrap();
    assert_eq!(serde_json::from_str::<Kernel>(&json).unwrap(), Kernel::default());
}

#[test]
fn rows_in_any_layout_and_multiples_agree() {
    let x = unit(normal(40, D, 2));
    let kernel = Kernel { hidden_layers: 2, ..Kernel::default() };
    let k = kernel.gram(x.view()).unwrap();
    let columns = x.t().as_standard_layout().reversed_axes().to_owned();
    assert_eq!(kernel.gram(columns.view()).unwrap().view(), k.view());
    // K is homogeneous of degree 1 in each row: exactly so for powers of two.
    let both = concatenate![Axis(0), x, x.mapv(|v| 4.0 * v)];
    let scaled = kernel.gram(both.view()).unwrap();
    assert_eq!(scaled.view().slice(s![..40, 40..]), k.view().mapv(|v| 4.0 * v));
}
