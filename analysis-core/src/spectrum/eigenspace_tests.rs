//! Eigenvalues of several dimensions: the energy on each eigenspace against closed forms, for any order of the rows.
#![allow(clippy::unwrap_used)]

use ndarray::{Array1, Array2, Axis};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;

use super::eigenspace::share;
use super::*;
use crate::architecture::{Activation, Parametrisation};
use crate::kernel::{Gram, Kernel};
use crate::seed::Seed;

/// The rows of {±1}^d.
fn cube(d: usize) -> Array2<f64> {
    Array2::from_shape_fn((1 << d, d), |(i, j)| if i >> j & 1 == 1 { 1.0 } else { -1.0 })
}

/// χ_S(x) = Π_{j∈S} x_j.
fn walsh(x: &Array2<f64>, subset: usize) -> Array1<f64> {
    x.map_axis(Axis(1), |row| (0..row.len()).filter(|j| subset >> j & 1 == 1).map(|j| row[j]).product())
}

fn random(shape: (usize, usize), name: &str) -> Array2<f64> {
    let mut stream = Seed(3).stream(name, 0);
    Array2::from_shape_simple_fn(shape, || stream.sample(StandardNormal))
}

/// Energies (n) from eigenvalues with the energy and dimension of each: in descending order, each shared evenly.
fn shared(mut levels: Vec<(f64, f64, usize)>) -> Array1<f64> {
    levels.sort_by(|a, b| b.0.total_cmp(&a.0));
    levels.into_iter().flat_map(|(_, energy, m)| std::iter::repeat_n(energy / m as f64, m)).collect()
}

fn shuffled(n: usize, copy: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut Seed(5).stream("order", copy));
    order
}

/// On the cube K(x, x') depends on the Hamming distance alone: its eigenspaces are the Walsh functions χ_S of |S| = k, of
/// C(d, k) dimensions, and the energy on each is Σ_{|S|=k} ŷ(S)². Some levels have one eigenvalue.
#[test]
fn the_cubes_energies_are_those_of_the_walsh_transform() {
    let d = 6;
    let (x, n) = (cube(d), 1 << d);
    let y = random((n, 2), "y");
    for bias in [false, true] {
        let kernel =
            Kernel { parametrisation: Parametrisation::FirstLayerBias { bias }, ..Kernel::default() };
        let first = kernel.gram(x.view()).unwrap().view().row(0).to_owned();
        let mut levels = vec![(0.0_f64, 0.0, 0); d + 1];
        for subset in 0..n {
            let (function, level) = (walsh(&x, subset), &mut levels[subset.count_ones() as usize]);
            level.0 = first.dot(&function) / function[0] / n as f64;
            level.1 += (0..2).map(|j| (y.column(j).dot(&function) / n as f64).powi(2)).sum::<f64>();
            level.2 += 1;
        }
        levels.sort_by(|a, b| b.0.total_cmp(&a.0));
        let largest = levels[0].0;
        // Levels of one eigenvalue are one eigenspace: 3 and 5 at 0 without bias; 3 and 4, 5 and 6 with it.
        levels.dedup_by(|own, before| {
            let same = (own.0 - before.0).abs() < 1e-12 * largest;
            if same {
                *before = (before.0, before.1 + own.1, before.2 + own.2);
            }
            same
        });
        assert_eq!(levels.len(), if bias { 5 } else { 6 });
        let several = levels.iter().filter(|level| level.2 > 1).count();
        let gap = levels.windows(2).map(|pair| pair[0].0 - pair[1].0).fold(f64::INFINITY, f64::min);
        let expected = shared(levels);
        // An eigenspace turns by ‖E‖/gap at most (Davis–Kahan), with ‖E‖ a few n·ε·λ_1.
        let bound = 4.0 * n as f64 * f64::EPSILON * largest / gap * expected.sum();
        assert!(bound < 1e-9);
        for copy in 0..6 {
            let order = shuffled(n, copy);
            let (rows, targets) = (x.select(Axis(0), &order), y.select(Axis(0), &order));
            let rows = rows.select(Axis(1), &shuffled(d, copy + 100));
            let gram = kernel.gram(rows.view()).unwrap();
            let measure = gram.measure(targets.view()).unwrap();
            assert_eq!(measure.eigenspaces.len(), several, "bias {bias}: {:?}", measure.eigenspaces);
            let off = (&measure.energy() - &expected).iter().fold(0.0_f64, |m, e| m.max(e.abs()));
            assert!(off <= bound, "bias {bias}, order {copy}: {off:e}, allowed {bound:e}");
            // Targets apart: their sum is the energy.
            let apart = measure.energies().sum_axis(Axis(1));
            assert!((&apart - &expected).iter().all(|e| e.abs() <= bound));
            // The eigenvectors of a decomposition tell the same energies.
            let decomposition = gram.decompose().unwrap();
            let coefficients = decomposition.coefficients(targets.view()).unwrap();
            let mut own = coefficients.mapv(|c| c * c).sum_axis(Axis(1));
            share(&measure.eigenspaces, &mut own);
            assert!((&own - &expected).iter().all(|e| e.abs() <= bound));
            // Its coefficients and eigenvectors belong together: Y = φc with φ = √n times them, arbitrary as both are.
            let back = decomposition.eigenvectors.t().dot(&coefficients) * (n as f64).sqrt();
            assert!((&back - &targets).iter().all(|e| e.abs() < 1e-12));
        }
    }
}

/// K = I + a·vvᵀ: eigenvalue 1 + a‖v‖² on v, and 1 on all the rest.
#[test]
fn identity_and_rank_one() {
    let n = 40;
    let (v, y) = (random((n, 1), "v"), random((n, 1), "y"));
    let gram = Gram::from_array(Array2::eye(n) + v.dot(&v.t())).unwrap();
    let measure = gram.measure(y.view()).unwrap();
    assert_eq!(measure.eigenspaces, [Eigenspace { first: 2, last: n }]);
    let (along, all) = (
        v.column(0).dot(&y.column(0)).powi(2) / v.column(0).dot(&v.column(0)),
        y.column(0).dot(&y.column(0)),
    );
    let expected = shared(vec![(2.0, along / n as f64, 1), (1.0, (all - along) / n as f64, n - 1)]);
    assert!((&measure.energy() - &expected).iter().all(|e| e.abs() < 1e-13), "{:?}", measure.energy());
    let tail = measure.tail();
    assert!((tail[1] - (all - along) / n as f64).abs() < 1e-13 && (tail[0] - all / n as f64).abs() < 1e-13);
}

/// A circulant K has the Fourier modes for eigenvectors, sine and cosine of a frequency with one eigenvalue.
#[test]
fn circulant_matrices_have_pairs() {
    for n in [5, 8, 33] {
        let row = |j: usize| (-(j.min(n - j) as f64) / 3.0).exp();
        let gram = Gram::from_array(Array2::from_shape_fn((n, n), |(i, j)| row((i + n - j) % n))).unwrap();
        let y = random((n, 1), "y");
        let levels: Vec<(f64, f64, usize)> = (0..=n / 2)
            .map(|k| {
                let angle = |j: usize| std::f64::consts::TAU * (j * k % n) as f64 / n as f64;
                let value: f64 = (0..n).map(|j| row(j) * angle(j).cos()).sum();
                let (re, im) = (0..n).fold((0.0, 0.0), |(re, im), j| {
                    (re + y[[j, 0]] * angle(j).cos(), im + y[[j, 0]] * angle(j).sin())
                });
                let m = if 2 * k % n == 0 { 1 } else { 2 };
                (value, m as f64 * (re * re + im * im) / (n * n) as f64, m)
            })
            .collect();
        let pairs = levels.iter().filter(|level| level.2 == 2).count();
        let measure = gram.measure(y.view()).unwrap();
        assert_eq!(measure.eigenspaces.len(), pairs, "n = {n}: {:?}", measure.eigenvalues);
        // Gaps of the eigenvalues are above 1e-3 of the largest at these n.
        assert!((&measure.energy() - &shared(levels)).iter().all(|e| e.abs() < 1e-10), "n = {n}");
    }
}

/// Every row twice: on the null space, of half the dimensions, lies what differs between the two.
#[test]
fn rows_that_stand_twice() {
    let n = 60;
    let x = random((n / 2, 4), "x");
    let twice = Array2::from_shape_fn((n, 4), |(i, j)| x[[i / 2, j]]);
    let y = random((n, 1), "y");
    let gram = Kernel::default().gram(twice.view()).unwrap();
    let measure = gram.measure(y.view()).unwrap();
    assert_eq!(measure.eigenspaces, [Eigenspace { first: n / 2 + 1, last: n }]);
    let differences: f64 = (0..n / 2).map(|i| (y[[2 * i, 0]] - y[[2 * i + 1, 0]]).powi(2) / 2.0).sum();
    let expected = differences / n as f64 / (n / 2) as f64;
    assert!(measure.energy().iter().skip(n / 2).all(|e| (e - expected).abs() < 1e-10));
}

/// Few points on a circle: the pairs are found although n·ε is hardly more than one rounding there, under deep kernels and
/// those of quadrature too.
#[test]
fn few_points_have_their_pairs() {
    for n in 3..=9 {
        let x = Array2::from_shape_fn((n, 2), |(i, j)| {
            let angle = std::f64::consts::TAU * (i as f64 + 0.3) / n as f64;
            if j == 0 { angle.cos() } else { angle.sin() }
        });
        for (activation, hidden_layers) in
            [(Activation::Relu, 1), (Activation::Relu, 5), (Activation::Erf, 20), (Activation::Tanh, 3)]
        {
            let kernel = Kernel {
                activation,
                hidden_layers,
                parametrisation: Parametrisation::EveryLayerNtk { sigma_w2: 1.5, sigma_b2: 0.2 },
                ..Kernel::default()
            };
            let gram = kernel.gram(x.view()).unwrap();
            let measure = gram.measure(random((n, 1), "y").view()).unwrap();
            let pairs = measure.eigenspaces.iter().filter(|space| space.dimension() == 2).count();
            assert_eq!(pairs, (n - 1) / 2, "{kernel:?}, n = {n}: {:?}", measure.eigenvalues);
        }
    }
}

/// Where no two eigenvalues are one, nothing is shared, and the energies are c² to the bit.
#[test]
fn a_simple_spectrum_is_not_touched() {
    let x = random((80, 3), "x");
    let measure = Kernel::default().gram(x.view()).unwrap().measure(random((80, 2), "y").view());
    let measure = measure.unwrap();
    assert!(measure.eigenspaces.is_empty());
    let squares: Array1<f64> =
        measure.coefficients.rows().into_iter().map(|c| c[0] * c[0] + c[1] * c[1]).collect();
    assert_eq!(measure.energy(), squares);
    assert_eq!(measure.energies().column(1), measure.coefficients.column(1).mapv(|c| c * c));
    assert!(measure.frame().unwrap().columns().iter().all(|column| column.null_count() == 0));
}

/// In single precision n·ε is far above the gaps of a large matrix: a dense spectrum, whose tail must stay what it is in
/// double precision, to the rounding of K.
#[test]
fn a_dense_spectrum_is_no_eigenspace() {
    let n = 400;
    let (x, y) = (crate::data::sphere_points(n, 3, &mut Seed(2).stream("x", 0)), random((n, 1), "y"));
    let double = Kernel::default().gram(x.view()).unwrap();
    let single = double.view().mapv(|v| f64::from(v as f32));
    let single = Gram::checked(single, f64::from(f32::EPSILON), crate::kernel::GramOrigin::Array).unwrap();
    let gaps = n as f64 * single.epsilon();
    let [double, single] = [double, single].map(|gram| gram.measure(y.view()).unwrap());
    let values = &double.eigenvalues;
    let close = (1..n).filter(|i| values[i - 1] - values[*i] < gaps * values[0]).count();
    assert!(close > n / 2, "{close}: not dense at all");
    let inside: usize = single.eigenspaces.iter().map(Eigenspace::dimension).sum();
    assert!(inside < n / 10, "{:?}", single.eigenspaces);
    // Up to i = 60 eigenvalues are well above the rounding.
    for i in 0..60 {
        let (a, b) = (double.tail()[i], single.tail()[i]);
        assert!((a / b - 1.0).abs() < 1e-2, "{i}: {a} {b}");
    }
}

/// What is printed or written of an eigenspace is its energy; no single coefficient, which another order would change.
#[test]
fn no_arbitrary_coefficient_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let gram = Gram::from_array(Array2::eye(4) + Array2::<f64>::ones((4, 4))).unwrap();
    let y = ndarray::array![[1.0], [2.0], [3.0], [5.0]];
    let measure = gram.measure(y.view()).unwrap();
    assert_eq!(measure.eigenspaces, [Eigenspace { first: 2, last: 4 }]);
    assert_eq!(measure.frame().unwrap().column("c_0").unwrap().null_count(), 3);
    measure.write_npy(folder.path(), "m").unwrap();
    let read = |what: &str| -> Array2<f64> {
        ndarray_npy::read_npy(folder.path().join(format!("m.{what}.npy"))).unwrap()
    };
    let (coefficients, energies) = (read("coefficients"), read("energies"));
    assert!(coefficients[[0, 0]].is_finite() && coefficients.iter().skip(1).all(|c| c.is_nan()));
    // On the constant 11²/4/4, and of Σy²/4 the rest on three.
    let expected = [121.0 / 16.0, 35.0 / 48.0, 35.0 / 48.0, 35.0 / 48.0];
    assert!(energies.iter().zip(expected).all(|(e, expected)| (e - expected).abs() < 1e-13), "{energies}");
}

#[test]
fn windows_that_cut_are_known() {
    let space = Eigenspace { first: 10, last: 37 };
    for (first, last, cut) in [
        (1, 9, false),
        (1, 10, true),
        (1, 36, true),
        (1, 37, false),
        (10, 37, false),
        (11, 50, true),
        (38, 50, false),
    ] {
        assert_eq!(space.is_cut_by(first, last), cut, "{first}..={last}");
    }
    assert!(Eigenspace::find(&[], f64::EPSILON).is_empty());
    assert_eq!(Eigenspace::find(&[0.0; 3], f64::EPSILON), [Eigenspace { first: 1, last: 3 }]);
}
