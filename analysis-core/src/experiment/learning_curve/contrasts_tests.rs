//! Contrasts of trials whose answers are known.
#![allow(clippy::unwrap_used)]

use super::super::LearningCurve;
use super::*;
use crate::origin::Origins;

/// Trials whose ln(error) is a polynomial in ln n, known exactly.
fn planted(errors: impl Fn(usize, f64, bool) -> f64) -> LearningCurveResult {
    let parameters =
        LearningCurve { sizes: vec![10, 30, 100, 500], trials: 0..3, ..Default::default() }.infinite();
    let mut all = Vec::new();
    for &initialisation in &parameters.initialisations {
        for &n in &parameters.sizes {
            for trial in 0..3 {
                let mirrored = initialisation == Initialisation::Mirrored;
                let error = errors(trial, (n as f64).ln(), mirrored);
                all.push(TrialError {
                    n,
                    trial,
                    initialisation,
                    error,
                    time: 1.0,
                    last_error: error,
                    misclassified: None,
                });
            }
        }
    }
    LearningCurveResult::of_trials(parameters, all, Origins::now()).unwrap()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-10, "{found}, {expected}");
}

/// A parabola's curvature comes back, and a parabola's line has the slope that calculus gives by the divided differences
/// of two sizes: a + b (x₁ + x₂).
#[test]
fn slope_and_curvature_of_a_parabola() {
    let result = planted(|trial, x, mirrored| {
        let (a, b) = if mirrored { (-1.5, 0.1) } else { (-0.5 - 0.01 * trial as f64, 0.02) };
        (1.0 + a * x + b * x * x).exp()
    });
    let all = result.pooled(10).unwrap();
    assert_eq!(all.len(), 3);
    near(all[0].curvature.unwrap().mean, 0.02);
    near(all[1].curvature.unwrap().mean, 0.1);
    near(all[2].curvature.unwrap().mean, 0.08);
    assert_eq!(
        (all[2].initialisation, all[2].minus),
        (Initialisation::Mirrored, Some(Initialisation::Standard))
    );
    let last = result.pooled(100).unwrap();
    let sum = 100f64.ln() + 500f64.ln();
    near(last[0].slope.mean, -0.51 + 0.02 * sum);
    near(last[1].slope.mean, -1.5 + 0.1 * sum);
    assert!(last[0].curvature.is_none() && (last[0].from, last[0].to) == (100, 500));
    // Over all sizes it is the slope of the table.
    near(all[0].slope.mean, result.slopes[0].slope.mean);
    near(all[2].slope.low, result.differences[0].difference.low);
    assert!(result.pooled(500).is_err());
}

#[test]
fn paired_points_and_the_slope_of_the_excess() {
    // The mirrored error is 1/n, the standard one larger by 3/√n (but for a factor a trial).
    let scale = |trial: usize| 1.0 + 0.1 * trial as f64;
    let result = planted(|trial, x, mirrored| {
        scale(trial) * ((-x).exp() + if mirrored { 0.0 } else { 3.0 * (-0.5 * x).exp() })
    });
    let paired = result.paired(Initialisation::Standard, Initialisation::Mirrored).unwrap();
    near(paired.excess_slope.unwrap().mean, -0.5);
    near(paired.excess_slope.unwrap().high, -0.5); // the same in every trial
    let at = &paired.points[2];
    assert_eq!(at.n, 100);
    near(at.excess.mean, 1.1 * 0.3);
    near(at.log_ratio.mean, (1.0f64 + 3.0 * 10.0).ln());
    assert!(at.misclassified.is_none());
    // The other way round the excess is negative and has no logarithm.
    let other = result.paired(Initialisation::Mirrored, Initialisation::Standard).unwrap();
    assert!(other.excess_slope.is_none());
    near(other.slope.unwrap().mean, -paired.slope.unwrap().mean);
    let unknown = result.paired(Initialisation::Centred, Initialisation::Standard).unwrap_err();
    assert!(unknown.to_string().contains("standard, mirrored"), "{unknown}");
}

#[test]
fn changes_are_paired_by_trial() {
    // Slopes scatter by far more than their change, which is 0.2 in every trial.
    let with = |shift: f64| {
        planted(move |trial, x, mirrored| {
            let steeper = if mirrored { 0.5 * shift } else { shift };
            ((trial as f64 - 1.0 + steeper) * x).exp()
        })
    };
    let changes = with(0.2).changes_from(&with(0.0)).unwrap();
    let found: Vec<f64> = changes.iter().map(|c| c.change.mean).collect();
    found.iter().zip([0.2, 0.1, -0.1]).for_each(|(found, expected)| near(*found, expected));
    near(changes[0].change.low, 0.2);
    let mut other = with(0.0);
    other.parameters.seed = crate::seed::Seed(9);
    assert!(with(0.0).changes_from(&other).is_err());
}
