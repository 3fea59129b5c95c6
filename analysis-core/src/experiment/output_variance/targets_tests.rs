#![allow(clippy::unwrap_used)]
use ndarray::Array2;

use super::*;
use crate::error::Error;
use crate::seed::Seed;

/// Networks that are not trained.
fn linearised(target: VarianceTarget, target_scale: f64, seed: u64) -> OutputVariance {
    let networks = TrainedNetworks { widths: vec![24], count: 12, descent: false, ..Default::default() };
    OutputVariance {
        sigma_w2: vec![1.0],
        depths: vec![2],
        cosines: vec![0.5],
        samples: 4,
        test_points: 3,
        target: Some(target),
        target_scale,
        networks: Some(networks),
        seed: Seed(seed),
        ..Default::default()
    }
}

/// Of 2000 draws: E y² = 1, E y_i y_j = c for the linear function, 0 for noise. A mean of 45 products of pairs has a standard
/// deviation below 1 each, so five standard errors are below 5/√2000.
#[test]
fn linear_targets_have_the_inputs_correlation() {
    for (target, correlation) in [(VarianceTarget::Linear, 0.3), (VarianceTarget::Noise, 0.0)] {
        let (mut squares, mut pairs) = (0.0, 0.0);
        for seed in 0..2000 {
            let grid = OutputVariance {
                target: Some(target),
                cosines: vec![0.3],
                seed: Seed(seed),
                ..Default::default()
            };
            let y = grid.targets().unwrap();
            let (sum, square) = (y.iter().sum::<f64>(), y.iter().map(|y| y * y).sum::<f64>());
            squares += square / 10.0 / 2000.0;
            pairs += (sum * sum - square) / 90.0 / 2000.0;
        }
        let allowed = 5.0 / 2000f64.sqrt();
        assert!(
            (squares - 1.0).abs() < allowed && (pairs - correlation).abs() < allowed,
            "{squares} {pairs}"
        );
    }
    let spread = |target| targets::spread(ndarray::aview2(&[[1.0], [target]]));
    assert_eq!((spread(1.0), spread(-1.0)), (0.0, 2.0));
}

/// f is linear in y, so with the same networks V̂ is a quadratic in the scale of the targets; the part of zero targets is that of
/// scale 0. To the rounding of sums of twelve numbers through a solve of condition 100.
#[test]
fn linearised_networks_are_linear_in_their_targets() {
    let at = |scale: f64| {
        let result = linearised(VarianceTarget::Noise, scale, 3).run().unwrap();
        result.ensembles.into_iter().next().unwrap()
    };
    let [zero, once, minus, twice] = [0.0, 1.0, -1.0, 2.0].map(at);
    let v = |e: &EnsemblePoint| e.linear_limit.unwrap().variance;
    let (linear, square) = ((v(&once) - v(&minus)) / 2.0, (v(&once) + v(&minus)) / 2.0 - v(&zero));
    let expected = v(&zero) + 2.0 * linear + 4.0 * square;
    assert!((v(&twice) / expected - 1.0).abs() < 1e-10, "{} {expected}", v(&twice));
    assert_eq!(zero.linear_limit.unwrap().variance, once.linear_zero_limit.unwrap().variance);
    assert!(once.trained.is_none() && once.trained_over_limit.is_none() && once.diverged == 0);
    assert_eq!((once.most_steps, once.loss, zero.target_spread), (0, None, Some(0.0)));
    // All that needs no training is, to the bit, what it is beside training.
    let mut trained = linearised(VarianceTarget::Noise, 1.0, 3);
    trained.networks.as_mut().unwrap().descent = true;
    let trained = trained.run().unwrap().ensembles.into_iter().next().unwrap();
    assert_eq!((&trained.linear_limit, &trained.limit_weights), (&once.linear_limit, &once.limit_weights));
    let ratio = trained.trained_over_limit.unwrap();
    assert_eq!(ratio.ratio, trained.trained.unwrap().variance / trained.linear_limit.unwrap().variance);
    assert!(ratio.interval[0] < ratio.ratio && ratio.ratio < ratio.interval[1]);
}

/// With infinite width's weights the variance is off by the covariance of f₀ alone: at a width of 400 within 4.5 standard errors.
#[test]
fn the_starts_alone_have_the_variance_of_infinite_width() {
    let mut grid = linearised(VarianceTarget::Constant, 1.0, 0);
    grid.networks =
        Some(TrainedNetworks { widths: vec![400], count: 60, descent: false, ..Default::default() });
    let e = grid.run().unwrap().ensembles.into_iter().next().unwrap();
    let weights = e.limit_weights.unwrap();
    assert!(weights.z.unwrap().abs() < 4.5 && weights.mean_z.unwrap().abs() < 4.5, "{weights:?}");
    assert_eq!(weights.expected_variance, e.linear_limit.unwrap().expected_variance);
}

/// The jackknife of a ratio against leaving every network out in turn.
#[test]
fn a_ratio_is_paired() {
    let of = Array2::from_shape_fn((12, 2), |(i, j)| ((7 * i + 3 * j) as f64).sin());
    let over = Array2::from_shape_fn((12, 2), |(i, j)| {
        ((7 * i + 3 * j) as f64).sin() + 0.1 * ((i + j) as f64).cos()
    });
    let ratio = VarianceRatio::of(of.view(), over.view(), 0.95).unwrap();
    let v = |outputs: &Array2<f64>| VarianceEstimate::of(outputs.view(), None, 0.95).unwrap().variance;
    let left: Vec<f64> = (0..12)
        .map(|out| {
            let rows: Vec<usize> = (0..12).filter(|row| *row != out).collect();
            let part = |all: &Array2<f64>| v(&all.select(ndarray::Axis(0), &rows));
            (part(&of) / part(&over)).ln()
        })
        .collect();
    let mean = left.iter().sum::<f64>() / 12.0;
    let error = (left.iter().map(|l| (l - mean).powi(2)).sum::<f64>() * 11.0 / 12.0).sqrt();
    let t = crate::regression::student_quantile(0.95, 11).unwrap();
    assert!((ratio.ratio / (v(&of) / v(&over)) - 1.0).abs() < 1e-14);
    assert!(((ratio.interval[1] / ratio.ratio).ln() - t * error).abs() < 1e-12, "{ratio:?}");
    assert!(VarianceRatio::of(of.view(), over.slice(ndarray::s![..11, ..]), 0.95).is_err());
}

/// A line that is there is found, and what cannot be compared is refused.
#[test]
fn an_excess_is_fitted_where_targets_alone_differ() {
    let mut results: Vec<OutputVarianceResult> = [0.0, 1.0, 2.0, 3.0]
        .into_iter()
        .enumerate()
        .map(|(seed, scale)| linearised(VarianceTarget::Parity, scale, seed as u64).run().unwrap())
        .collect();
    for result in &mut results {
        let e = &mut result.ensembles[0];
        let v = 0.5 + 0.25 * e.target_spread.unwrap();
        let limit = e.linear_limit.as_mut().unwrap();
        (limit.variance, limit.interval) = (v, [v / 1.2, v * 1.2]);
    }
    let excess = TargetExcess::of(&results).unwrap();
    let line = &excess.lines[0];
    assert!((line.slope - 0.25).abs() < 1e-12 && (line.intercept - 0.5).abs() < 1e-12, "{line:?}");
    assert!(line.slope_interval[0] < 0.25 && 0.25 < line.slope_interval[1] && line.chi_square < 1e-20);
    assert_eq!((excess.lines.len(), excess.rows.len(), excess.width), (1, 4, 24));
    assert_eq!(excess.rows[3].spread, 36.0);
    assert!(TargetExcess::of(&[]).is_err());
    let refused = |results: &[OutputVarianceResult], named: &str| {
        let error = TargetExcess::of(results).unwrap_err();
        assert!(matches!(&error, Error::Parameter { name, .. } if name == named), "{named}: {error}");
    };
    refused(&[results[0].clone(), results[0].clone()], "seed");
    let mut other = results[1].clone();
    other.ensembles[0].width = 32;
    refused(&[results[0].clone(), other], "results");
    let mut old = results[1].clone();
    old.ensembles[0].target_spread = None;
    refused(&[results[0].clone(), old], "target_spread");
    results[2].ensembles.clear();
    refused(&results, "ensembles");
}
