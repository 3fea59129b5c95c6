//! Any Gram matrix, from `.npy`, gets the same report.

use analysis_tests::{failure, json, ntk};
use ndarray::{Array1, Array2};

fn files(k: &Array2<f64>, y: &Array1<f64>) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let (gram, target) = (folder.path().join("K.npy"), folder.path().join("y.npy"));
    ndarray_npy::write_npy(&gram, k).unwrap();
    ndarray_npy::write_npy(&target, y).unwrap();
    let (gram, target) = (gram.to_str().unwrap().to_owned(), target.to_str().unwrap().to_owned());
    (folder, gram, target)
}

/// A Householder reflection I − 2vvᵀ/‖v‖²: an orthogonal matrix with nothing to compute but v.
fn reflection(n: usize) -> Array2<f64> {
    let v = Array1::from_shape_fn(n, |i| 1.0 + (i as f64).sin());
    let scale = 2.0 / v.dot(&v);
    Array2::from_shape_fn((n, n), |(i, j)| f64::from(i == j) - scale * v[i] * v[j])
}

/// λ_i ∝ i^−1.5 and c_i² the differences of i^−0.6: the tail is i^−0.6 exactly, and so are both slopes.
#[test]
fn planted_exponents_come_back() {
    let n = 400;
    let u = reflection(n);
    let lambda = Array1::from_shape_fn(n, |i| ((i + 1) as f64).powf(-1.5));
    let k = (&u * &lambda).dot(&u.t());
    let tail = |i: usize| if i > n { 0.0 } else { (i as f64).powf(-0.6) };
    let c = Array1::from_shape_fn(n, |i| (tail(i + 1) - tail(i + 2)).sqrt());
    let (folder, gram, target) = files(&((&k + &k.t()) * 0.5), &u.dot(&c));
    let result = json(ntk(
        folder.path(),
        &["smoothness", "--gram", &gram, "--target-npy", &target, "--window", "1..=200", "--json"],
    ));
    // Eigenvalue gaps at i = 200 are 1.5·i^−2.5 ≈ 3e-6 of λ_1, so coefficients are known to n·ε/3e-6 ≈ 3e-8.
    assert!(
        (result["result"]["slope"].as_f64().unwrap() + 0.6).abs() < 1e-6,
        "{}",
        result["result"]["slope"]
    );
    assert!((result["result"]["eigenvalue_slope"].as_f64().unwrap() + 1.5).abs() < 1e-8);
    assert!((result["result"]["smoothness"].as_f64().unwrap() - 0.4).abs() < 1e-6);
}

#[test]
fn matrices_that_are_no_gram_matrices_are_refused() {
    let n = 50;
    let y = Array1::from_shape_fn(n, |i| (i as f64).cos());
    let run = |k: &Array2<f64>, y: &Array1<f64>| {
        let (folder, gram, target) = files(k, y);
        failure(ntk(
            folder.path(),
            &["smoothness", "--gram", &gram, "--target-npy", &target, "--window", "1..=20"],
        ))
    };
    let good = Array2::from_diag(&Array1::from_shape_fn(n, |i| 1.0 / (i + 1) as f64));
    let mut skew = good.clone();
    skew[[3, 7]] = 0.1;
    assert!(run(&skew, &y).contains("K[3,7]"));
    let mut indefinite = good.clone();
    indefinite[[49, 49]] = -0.5;
    assert!(run(&indefinite, &y).contains("semidefinite"));
    let mut holed = good.clone();
    holed[[2, 2]] = f64::NAN;
    assert!(run(&holed, &y).contains("NaN"));
    assert!(run(&Array2::zeros((n, n + 1)), &y).contains("(50, 51)"));
    assert!(run(&good, &Array1::zeros(n + 1)).contains("51"));
    assert!(run(&good, &Array1::ones(n)).contains("constant"));
}

#[test]
fn targets_in_a_row_are_refused_for_their_shape() {
    let folder = tempfile::tempdir().unwrap();
    let (k, y) = (Array2::<f64>::eye(12), Array2::<f64>::from_shape_fn((1, 12), |(_, j)| j as f64));
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (gram, target) = (path("k.npy"), path("y.npy"));
    ndarray_npy::write_npy(&gram, &k).unwrap();
    ndarray_npy::write_npy(&target, &y).unwrap();
    let arguments = ["smoothness", "--gram", &gram, "--target-npy", &target, "--window", "1..=5"];
    let refused = failure(ntk(folder.path(), &arguments));
    assert!(refused.contains("expected (12, k), k ≥ 1, found (1, 12)"), "{refused}");
}
