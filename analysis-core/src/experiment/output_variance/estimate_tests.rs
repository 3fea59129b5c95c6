#![allow(clippy::unwrap_used)]
use ndarray::Array2;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::prelude::*;

/// Of 1000 intervals at 95 %: what `VarianceEstimate` says, within 4 standard errors of both experiments.
#[test]
fn intervals_cover_as_often_as_they_say() {
    let mut stream = Seed(3).stream("coverage", 0);
    let mut normal = move || -> f64 { StandardNormal.sample(&mut stream) };
    let repeats = 1000;
    for (n, heavy, said) in [(100, false, 0.95), (20, false, 0.93), (100, true, 0.92)] {
        let mut held = 0;
        for _ in 0..repeats {
            // A product of two normals: variance 1, kurtosis 9.
            let values =
                Array2::from_shape_simple_fn((n, 1), || normal() * if heavy { normal() } else { 1.0 });
            let expected = Some(Expected { mean: 0.0, variance: 1.0 });
            let estimate = VarianceEstimate::of(values.view(), expected, 0.95).unwrap();
            held += usize::from(estimate.interval[0] <= 1.0 && 1.0 <= estimate.interval[1]);
        }
        let share = held as f64 / repeats as f64;
        println!("N = {n}, heavy {heavy}: {share}");
        let error = (said * (1.0 - said) / repeats as f64).sqrt() * 2f64.sqrt();
        assert!((share - said).abs() < 4.0 * error, "{n} {heavy}: {share}");
    }
}

/// Leaving one network out by formula against leaving it out.
#[test]
fn the_jackknife_is_the_jackknife() {
    let values = Array2::from_shape_fn((12, 3), |(i, j)| ((7 * i + 3 * j) as f64).sin().exp());
    let estimate = VarianceEstimate::of(values.view(), None, 0.9).unwrap();
    let variance = |values: &Array2<f64>| {
        values.columns().into_iter().map(|c| c.var(1.0)).sum::<f64>() / values.ncols() as f64
    };
    assert!((estimate.variance / variance(&values) - 1.0).abs() < 1e-13);
    let left_out: Vec<f64> = (0..12)
        .map(|i| {
            let rest: Vec<usize> = (0..12).filter(|k| *k != i).collect();
            variance(&values.select(ndarray::Axis(0), &rest)).ln()
        })
        .collect();
    let average = left_out.iter().sum::<f64>() / 12.0;
    let error = (left_out.iter().map(|v| (v - average).powi(2)).sum::<f64>() * 11.0 / 12.0).sqrt();
    let reach = crate::regression::student_quantile(0.9, 11).unwrap() * error;
    for (end, sign) in estimate.interval.into_iter().zip([-1.0, 1.0]) {
        assert!((end.ln() - estimate.variance.ln() - sign * reach).abs() < 1e-11);
    }
    let refused = |values: Array2<f64>| VarianceEstimate::of(values.view(), None, 0.9).is_err();
    assert!(refused(Array2::zeros((9, 1))) && refused(Array2::zeros((20, 1))));
    assert!(refused(Array2::from_elem((20, 1), f64::NAN)) && refused(Array2::zeros((20, 0))));
}
