//! Levels and ends of curves, computed another way.
#![allow(clippy::unwrap_used)]

use super::super::LearningCurve;
use super::*;

/// The population model's risk at time t: a sum over degrees (how many, NTK, NNGP, the target's energy), written out here.
fn risk(eigenvalues: &[(f64, f64, f64, f64)], n: f64, noise: f64, t: f64) -> f64 {
    let term = |(count, ntk, nngp, energy): &(f64, f64, f64, f64)| {
        let left = (-2.0 * t * ntk).exp();
        let learnt = 1.0 - (-t * ntk).exp();
        energy * left + count * nngp * left + noise * noise / n * count * learnt * learnt
    };
    eigenvalues.iter().map(term).sum()
}

/// The level of the population model is the smallest value of its formula, here on a fine grid of times and from the spectra
/// of both kernels degree by degree; degrees beyond 400, left out here, hold less than 1e-5 of the risk.
#[test]
fn levels_are_those_of_the_formula() {
    use crate::spectrum::SphereSpectrum;
    let curve = LearningCurve { sizes: vec![400, 4000], ..LearningCurve::default() }.infinite();
    let spectrum = |kind| SphereSpectrum { kernel: curve.kernel(kind), d: 5, max_degree: 400 }.run().unwrap();
    let (ntk, nngp) = (spectrum(KernelKind::Ntk), spectrum(KernelKind::Nngp));
    for (start, factor) in curve.theory_at(&curve.sizes).unwrap().iter().zip([1.0, 0.0]) {
        let rows: Vec<(f64, f64, f64, f64)> = (0..=400)
            .map(|k| {
                let energy = [1.0, 0.0, 8.0 / 7.0].get(k).copied().unwrap_or(0.0);
                let start = factor * nngp.eigenvalues[k];
                (ntk.multiplicities[k], ntk.eigenvalues[k], start, energy)
            })
            .collect();
        for ((n, found), best) in curve.sizes.iter().zip(&start.population).zip(&start.times) {
            let times = (0..4000).map(|k| 10f64 * 1.003f64.powi(k));
            let risks = times.map(|t| (risk(&rows, *n as f64, 0.2, t), t));
            let (least, at) = risks.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
            assert!((best / at - 1.0).abs() < 0.003, "{best}, {at}");
            // Beside a minimum a step of 0.15 % of t costs 1e-6 and less.
            assert!(
                (found / least - 1.0).abs() < 2e-5,
                "{}, n = {n}: {found}, {least}",
                start.initialisation
            );
        }
    }
}

/// The deterministic equivalent is a statement about ridge regression on samples: solved here on twelve samples, the ridge
/// that it names has the risk that it names. Twelve samples know their mean to about 2 %, and the equivalent is one for n → ∞.
#[test]
fn the_ridge_of_the_equivalent_has_its_risk_on_samples() {
    use crate::flow::{Filter, Risk};
    use crate::seed::Seed;
    let curve = LearningCurve { sizes: vec![300], ..LearningCurve::default() }.infinite();
    let task = curve.sphere_task(1.0).unwrap();
    let equivalent = EquivalentCurve { task, sizes: vec![300], ridge: None }.run().unwrap();
    let ridge = Filter::Ridge { delta: equivalent.points[0].ridge.unwrap() };
    let risks: Vec<f64> = (0..12)
        .map(|draw| {
            let data = Task::Sphere { d: 5, noise: 0.0 }.draw(300, 500, Seed(7).child("draw", draw)).unwrap();
            let x =
                crate::flow::Ensemble::new(&Risk::default().kernel, data.x.view(), data.z.view()).unwrap();
            x.curves(data.y.view(), data.truth.view(), 0.2, &[ridge]).unwrap().risk(1.0)[0]
        })
        .collect();
    let mean = crate::regression::MeanInterval::of(&risks, 0.999).unwrap();
    let level = curve.theory_at(&[300]).unwrap()[0].ridge.as_ref().unwrap()[0];
    let reach = (mean.high - mean.mean) + 0.05 * level;
    assert!((mean.mean - level).abs() < reach, "{mean:?}, {level}");
}

/// Trials with errors n^a, where a differs by trial: means and slopes are known.
#[test]
fn means_intervals_and_ends() {
    let parameters =
        LearningCurve { sizes: vec![10, 100], trials: 0..2, ..LearningCurve::default() }.infinite();
    let mut all = Vec::new();
    for &initialisation in &parameters.initialisations {
        for n in [10, 100] {
            for trial in 0..2 {
                let error = (n as f64).powf(-1.0 - trial as f64);
                // Trial 1 at n = 100 had its smallest error before the end.
                let last_error = if (n, trial) == (100, 1) { 2.0 * error } else { error };
                let (time, misclassified) = (1.0, None);
                all.push(super::super::TrialError {
                    n,
                    trial,
                    initialisation,
                    error,
                    time,
                    last_error,
                    misclassified,
                });
            }
        }
    }
    let result = LearningCurveResult::of_trials(parameters, all, crate::origin::Origins::now()).unwrap();
    let levels = result.levels().unwrap();
    assert!((levels[1].error - 1e-3).abs() < 1e-15 && (levels[1].mean - 0.5 * (1e-2 + 1e-4)).abs() < 1e-15);
    // Two values, x ± a: Student's 97.5 % point with one degree of freedom times a/√2·√2/… is tan(0.475 π) a.
    let reach = (0.475 * std::f64::consts::PI).tan() * 100f64.ln() / 2.0;
    let [low, high] = levels[1].interval.unwrap();
    assert!(
        (low.ln() - (1e-3f64.ln() - reach)).abs() < 1e-8 && (high.ln() - (1e-3f64.ln() + reach)).abs() < 1e-8
    );
    let ends = result.smallest_at_end();
    assert_eq!((ends[0].at_end, ends[1].at_end, ends[1].trials), (2, 1, 2));
    // Two sizes: the theory's slope is a quotient of differences.
    let theory = result.parameters.theory_at(&[10, 100]).unwrap();
    let by_hand = (theory[0].population[1] / theory[0].population[0]).log10();
    assert!((result.theory_slopes(10).unwrap()[0].population - by_hand).abs() < 1e-12);
    assert!(result.theory_slopes(100).is_err());
}
