//! The decomposition on LAPACK's own kinds of matrices, and coefficients planted in a known eigenbasis.
#![allow(clippy::unwrap_used)]

use ndarray::{Array1, Array2, Axis};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::error::Error;
use crate::kernel::Gram;
use crate::seed::Seed;

/// LAPACK's threshold for both ratios in its own tests.
const THRESHOLD: f64 = 60.0;

/// An orthogonal matrix from Gram–Schmidt, twice for orthogonality to rounding.
fn orthogonal(n: usize, seed: u64) -> Array2<f64> {
    let mut stream = Seed(seed).stream("orthogonal", 0);
    let mut q: Array2<f64> = Array2::from_shape_fn((n, n), |_| stream.sample(StandardNormal));
    for _ in 0..2 {
        for i in 0..n {
            for j in 0..i {
                let overlap = q.row(i).dot(&q.row(j));
                let earlier = q.row(j).to_owned();
                q.row_mut(i).scaled_add(-overlap, &earlier);
            }
            let norm = q.row(i).dot(&q.row(i)).sqrt();
            q.row_mut(i).mapv_inplace(|v| v / norm);
        }
    }
    q.reversed_axes()
}

/// UΛUᵀ, symmetric to the bit.
fn with_spectrum(values: &Array1<f64>, seed: u64) -> Array2<f64> {
    let u = orthogonal(values.len(), seed);
    let a = (&u * &values.view().insert_axis(Axis(0))).dot(&u.t());
    (&a + &a.t()) * 0.5
}

/// LAPACK's matrix types (dchkst): zero, identity, diagonal, and dense with eigenvalues evenly spaced, geometric,
/// clustered, and scaled to near over- and underflow — here the positive semidefinite ones.
fn lapack_types(n: usize) -> Vec<(&'static str, Array2<f64>)> {
    let even = Array1::from_shape_fn(n, |i| 1.0 - i as f64 / n as f64);
    let geometric = Array1::from_shape_fn(n, |i| f64::EPSILON.powf(i as f64 / n as f64));
    let clustered = Array1::from_shape_fn(n, |i| if i == 0 { 1.0 } else { f64::EPSILON });
    vec![
        ("zero", Array2::zeros((n, n))),
        ("identity", Array2::eye(n)),
        ("diagonal, even", Array2::from_diag(&even)),
        ("diagonal, geometric", Array2::from_diag(&geometric)),
        ("ones", Array2::ones((n, n))),
        ("dense, even", with_spectrum(&even, 1)),
        ("dense, geometric", with_spectrum(&geometric, 2)),
        ("dense, clustered", with_spectrum(&clustered, 3)),
        ("dense, even, near overflow", with_spectrum(&even, 1) * 1e280),
        ("dense, even, near underflow", with_spectrum(&even, 1) * 1e-280),
    ]
}

#[test]
fn lapacks_ratios_hold_on_its_matrix_types() {
    for n in [1, 2, 3, 10, 33, 100, 150, 300] {
        for (name, a) in lapack_types(n) {
            let gram = Gram::from_array(a).unwrap();
            let y = Array2::from_shape_fn((n, 1), |(i, _)| (i as f64).sin());
            let measure = gram.measure(y.view()).unwrap();
            assert!(measure.evidence.largest() < 2.0, "{name}, n = {n}: {:?}", measure.evidence);
            let decomposition = gram.decompose().unwrap();
            let d = decomposition.diagnostics;
            assert!(d.residual_ratio < THRESHOLD, "{name}, n = {n}: {d:?}");
            assert!(d.orthogonality_ratio < THRESHOLD, "{name}, n = {n}: {d:?}");
            assert!(measure.eigenvalues.windows(2).into_iter().all(|w| w[0] >= w[1]), "{name}: descending");
            // Parseval: Σ c² = ‖y‖²/n, to the orthogonality just measured.
            let energy = measure.energy().sum();
            let expected = y.iter().map(|v| v * v).sum::<f64>() / n as f64;
            assert!((energy - expected).abs() <= THRESHOLD * n as f64 * f64::EPSILON * expected, "{name}");
            // φφᵀ/n = I and K/n = φΛφᵀ/n, from the returned arrays rather than LAPACK's.
            let phi = decomposition.eigenvectors.reversed_axes() * (n as f64).sqrt();
            let back = (&phi * &measure.eigenvalues.view().insert_axis(Axis(0))).dot(&phi.t());
            let size = gram.view().iter().fold(0.0f64, |m, v| m.max(v.abs()));
            let bound = THRESHOLD * (n * n) as f64 * f64::EPSILON * size;
            assert!((&back - &gram.view()).iter().all(|v| v.abs() <= bound), "{name}, n = {n}");
        }
    }
}

/// A target planted on chosen eigenvectors of a matrix with separated eigenvalues comes back: an eigenvector moves by
/// at most ‖E‖/gap (Davis–Kahan), and so does a coefficient, in units of the target's norm.
#[test]
fn planted_coefficients_are_recovered() {
    let n = 120;
    let values = Array1::from_shape_fn(n, |i| (n - i) as f64);
    let u = orthogonal(n, 7);
    let a = (&u * &values.view().insert_axis(Axis(0))).dot(&u.t());
    let gram = Gram::from_array((&a + &a.t()) * 0.5).unwrap();
    let mut planted = Array2::<f64>::zeros((n, 2));
    for (k, row) in planted.axis_iter_mut(Axis(0)).enumerate() {
        let (i, mut row) = ((k + 1) as f64, row);
        row[0] = i.powf(-0.7);
        row[1] = if k == 4 { 2.0 } else { 0.0 };
    }
    // y = φc, φ = √n·U.
    let y = u.dot(&planted) * (n as f64).sqrt();
    let measure = gram.measure(y.view()).unwrap();
    let norm = planted.iter().map(|c| c * c).sum::<f64>().sqrt();
    // Gap 1 between eigenvalues, ‖E‖ ≤ a few n·ε·‖A‖ from forming A and from LAPACK.
    let bound = 8.0 * n as f64 * f64::EPSILON * n as f64 * norm;
    for ((i, j), c) in planted.indexed_iter() {
        let found = measure.coefficients[[i, j]].abs();
        assert!((found - c).abs() <= bound, "c[{i},{j}]: {found} {c} ± {bound:e}");
    }
}

#[test]
fn a_negative_eigenvalue_beyond_rounding_is_an_error() {
    let gram = Gram::from_array(ndarray::array![[1.0, 2.0], [2.0, 1.0]]).unwrap();
    let error = gram.measure(Array2::ones((2, 1)).view()).unwrap_err();
    assert!(
        matches!(error, Error::NotPositiveSemidefinite { smallest, .. } if (smallest + 1.0).abs() < 1e-14)
    );
}

#[test]
fn entries_that_lose_their_digits_are_refused() {
    let at = |size: f64| {
        let gram = Gram::from_array(ndarray::array![[2.0, 1.0], [1.0, 2.0]] * size).unwrap();
        gram.measure(Array2::ones((2, 1)).view()).map(|measure| measure.eigenvalues[0] / size)
    };
    assert!((at(1e-290).unwrap() - 1.5).abs() < 1e-14);
    for size in [1e-293, 1e-310, 1e-323] {
        assert!(matches!(at(size), Err(Error::Parameter { .. })), "{size:e}");
    }
}

#[test]
fn targets_are_checked() {
    let gram = Gram::from_array(Array2::eye(3)).unwrap();
    let run = |y: Array2<f64>| gram.measure(y.view());
    assert!(matches!(run(Array2::ones((2, 1))), Err(Error::Shape { .. })));
    assert!(matches!(run(Array2::ones((3, 0))), Err(Error::Shape { .. })));
    let mut y = Array2::ones((3, 2));
    y[[1, 1]] = f64::NAN;
    assert!(matches!(run(y), Err(Error::NotFinite { row: 1, column: 1, .. })));
}
