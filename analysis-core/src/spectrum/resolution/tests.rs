#![allow(clippy::unwrap_used)]

use std::f64::consts::PI;

use super::*;

/// κ at z = −x − i0 for n samples of 2n uncorrelated features of variance 1: 1 = 2/(1 + κ) + z/κ, the root with Im κ < 0.
fn marchenko_pastur(x: f64) -> (f64, f64) {
    // κ² + (x − 1)κ + x = 0.
    let (b, c) = (x - 1.0, x);
    let discriminant = b * b - 4.0 * c;
    assert!(discriminant < 0.0, "{x} lies outside the spectrum");
    (-0.5 * b, -0.5 * (-discriminant).sqrt())
}

/// n eigenvalues at the quantiles of the density that this κ has, Im(1/κ)/π.
fn quantiles(n: usize) -> Vec<f64> {
    // The roots of the discriminant: (√2 ± 1)².
    let (low, high) = ((2f64.sqrt() - 1.0).powi(2), (2f64.sqrt() + 1.0).powi(2));
    let steps = 200_000;
    // x = middle + half·cos θ: the density vanishes at both ends like a root, and so does dx.
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    let mut count = 0.0;
    let mut found = Vec::new();
    for step in 0..steps {
        let theta = PI * (f64::from(step) + 0.5) / f64::from(steps);
        let x = middle + half * theta.cos();
        let (real, imaginary) = marchenko_pastur(x);
        let density = -imaginary / (real * real + imaginary * imaginary) / PI;
        count += density * half * theta.sin() * PI / f64::from(steps) * n as f64;
        while count > found.len() as f64 + 0.5 && found.len() < n {
            found.push(x);
        }
    }
    assert!((count - n as f64).abs() < 1e-3 * n as f64, "the density's integral: {count}");
    found
}

#[test]
fn kappa_on_the_cut_is_that_of_marchenko_and_pastur() {
    let eigenvalues = quantiles(4000);
    assert_eq!(eigenvalues.len(), 4000);
    for (x, allowed) in [(0.6, 0.01), (1.0, 0.01), (2.0, 0.01), (3.0, 0.01), (4.5, 0.03)] {
        let OnCut { modulus, angle } = on_cut(&eigenvalues, x);
        let (real, imaginary) = marchenko_pastur(x);
        // The kernel is 0.05x wide: its bias is half its square times the curvature of a density of width 5; the first forty
        // eigenvalues, near the upper edge, are spread three times as far.
        assert!((modulus / real.hypot(imaginary) - 1.0).abs() < allowed, "{x}: {modulus}");
        assert!((angle - (-imaginary).atan2(real)).abs() < 2.0 * allowed, "{x}: {angle}");
    }
}

#[test]
fn kappa_and_modes_are_two_forms_of_one_sum() {
    let eigenvalues: Vec<f64> = (1..=500).map(|i| f64::from(i).powf(-1.2)).collect();
    let resolution = Resolution::of(&eigenvalues, f64::EPSILON).unwrap();
    for ridge in [0.0, 1e-6, 1e-3, 1.0] {
        let n = 500.0;
        let expected = n * (1.0 - ridge / resolution.kappa(ridge));
        assert!((resolution.modes(ridge) - expected).abs() < 1e-11 * n, "{ridge}");
        let step = 1e-6 * ridge.max(1e-6);
        let slope = (resolution.kappa(ridge + step) - resolution.kappa(ridge)) / step;
        assert!((slope / resolution.kappa_slope(ridge) - 1.0).abs() < 1e-3, "{ridge}");
    }
    for modes in [1.0, 17.5, 499.0] {
        assert!((resolution.modes(resolution.ridge(modes)) / modes - 1.0).abs() < 1e-12, "{modes}");
    }
    assert_eq!(resolution.ridge(501.0), 0.0);
}

/// Noise is the same at every ridge; energies on one eigenvector are weighed as the formula says.
#[test]
fn the_soft_mean_is_a_mean() {
    let eigenvalues: Vec<f64> = (1..=50).map(|i| 1.0 / f64::from(i)).collect();
    let resolution = Resolution::of(&eigenvalues, f64::EPSILON).unwrap();
    for ridge in [0.0, 0.1, 10.0] {
        assert!((resolution.soft_mean(ridge, &[3.0; 50]).unwrap() - 3.0).abs() < 1e-13);
    }
    let mut one = [0.0; 50];
    one[9] = 1.0;
    let all: f64 = (1..=50).map(|i| (1.0 / f64::from(i) + 0.2).powi(-2)).sum();
    assert!((resolution.soft_mean(0.2, &one).unwrap() - 0.3f64.powi(-2) / all).abs() < 1e-14);
    assert!(resolution.soft_mean(0.2, &one[1..]).is_err());
}

/// A sample that resolves much more than it is asked for shows its population: the counting function of the first indices is theirs.
#[test]
fn the_count_of_a_resolved_population_is_its_own() {
    let eigenvalues: Vec<f64> = (1..=3000).map(|i| f64::from(i).powf(-1.5)).collect();
    let counting = Counting::of(&Resolution::of(&eigenvalues, f64::EPSILON).unwrap()).unwrap();
    for i in [20.0f64, 60.0, 200.0] {
        // λ_i with the shift that the sample's other modes add, of order i/n of it.
        let found = counting.at((eigenvalues[i as usize - 1]).ln()).exp();
        assert!((found / i - 1.0).abs() < 0.1, "{i}: {found}");
    }
}

#[test]
fn eigenvalues_that_are_rounding_set_the_least_ridge() {
    let mut eigenvalues: Vec<f64> = (1..=300).map(|i| f64::from(i).powf(-2.0)).collect();
    eigenvalues[299] = -1e-19;
    let resolution = Resolution::of(&eigenvalues, f64::EPSILON).unwrap();
    assert_eq!(resolution.least_ridge(), 300.0 * f64::EPSILON);
    assert!(resolution.kappa(0.0) > 0.0 && resolution.decay().unwrap().is_finite());
    assert!(matches!(Resolution::of(&[0.0, 0.0, 0.0], 1e-16), Err(Error::NonPositiveEigenvalue { .. })));
    assert!(matches!(Resolution::of(&[1.0, f64::NAN, 0.0], 1e-16), Err(Error::NotFinite { .. })));
    assert!(matches!(Resolution::of(&[1.0, 0.5], 1e-16), Err(Error::Shape { .. })));
}
