#![allow(clippy::unwrap_used)]

use super::*;
use crate::origin::Origins;
use crate::smoothness::{AllowedNoise, Estimate, Estimator, Interval};

/// A sample of a set whose error is `noise` times g = 1.2 and a power law n^{−r} beside it.
fn sample(n: usize, r: f64, noise: f64) -> ForecastSample {
    let p = Forecast::default();
    let error = 1.2 * noise + (n as f64 / 3000.0).powf(-r);
    let at = |ridge: f64| RidgeError {
        ridge,
        error,
        standard_error: 0.01 * error,
        gcv: error,
        noise_gain: 1.2,
        kappa: 1.0 / n as f64,
    };
    let estimate = Estimate {
        estimator: Estimator::Likelihood,
        r: Some(r),
        r_interval: Some(Interval { low: r - 0.1, high: r + 0.1 }),
        beta: 1.2,
        s: Some(r / 1.2),
        s_interval: None,
        noise_share: Some(noise / 4.0),
        noise_share_interval: None,
        window: crate::regression::IndexRange { first: 10, last: 1500 },
        warnings: vec![],
    };
    ForecastSample {
        source: Source::Mnist,
        n,
        rows: p.rows(n),
        variance: 4.0,
        mean_square: 4.0,
        errors: p.ridges(n).iter().map(|ridge| at(*ridge)).collect(),
        parts: vec![],
        estimates: if n <= 9000 { vec![estimate] } else { vec![] },
        allowed: vec![AllowedNoise { r, noise: Interval { low: noise, high: noise } }],
    }
}

fn made(r: f64, noise: f64) -> ForecastResult {
    let parameters = Forecast { sources: vec![Source::Mnist], ..Forecast::default() };
    let samples = [3000, 9000, 27_000].map(|n| sample(n, r, noise)).to_vec();
    ForecastResult::of(samples, parameters, Origins::now())
}

/// Of a power law the forecast is what comes; of one with noise, only where noise is kept apart.
#[test]
fn a_power_law_is_foretold() {
    let clean = made(0.3, 0.0);
    assert_eq!(clean.rows.len(), 4);
    for row in &clean.rows {
        assert!((row.predicted / row.measured - 1.0).abs() < 1e-12 && row.holds, "{row:?}");
    }
    // An interval ±0.1 of r and 1 % of either error.
    let (row, wider) = (clean.rows[0], (1.959_963_984_540_054 * 0.01 * 2f64.sqrt()).exp());
    assert!((row.interval.high / (row.predicted * 3f64.powf(0.1) * wider) - 1.0).abs() < 1e-12);
    let noisy = made(0.3, 0.8);
    for row in &noisy.rows {
        assert_eq!(row.holds, row.with_noise, "{row:?}");
        assert!(!row.with_noise || (row.predicted / row.measured - 1.0).abs() < 1e-12, "{row:?}");
    }
    for exponent in clean.exponents() {
        assert!((exponent.r - 0.3).abs() < 1e-12 && exponent.interval.holds(0.3), "{exponent:?}");
    }
    assert!(noisy.exponents()[1].r < noisy.exponents()[0].r);
}

#[test]
fn samples_share_no_row() {
    let p = Forecast::default();
    let rows = [3000, 9000, 27_000].map(|n| p.rows(n).to_string());
    assert_eq!(rows, ["0..3000", "3000..12000", "12000..39000"]);
}

#[test]
fn parts_are_put_together_and_wrong_ones_refused() {
    let whole = made(0.2, 0.1);
    let part = |places: &[usize]| {
        let samples = places.iter().map(|place| whole.samples[*place].clone()).collect();
        ForecastResult::of(samples, whole.parameters.clone(), Origins::now())
    };
    assert_eq!(part(&[1]).missing(), 2);
    assert!(part(&[1, 2]).rows.is_empty());
    let together = ForecastResult::merge(&[part(&[2]), part(&[0, 1])]).unwrap();
    assert_eq!((&together.samples, &together.rows), (&whole.samples, &whole.rows));
    assert_eq!(together.frame().unwrap().height(), together.rows.len());
    assert_eq!(together.errors_frame().unwrap().height(), 6 + 6 + 1);
    let mut edited = whole.clone();
    edited.samples[0].errors.clear();
    assert!(edited.checked().is_err());
    let mut foreign = whole;
    foreign.samples[0].n = 4000;
    assert!(foreign.checked().is_err());
}

#[test]
fn what_means_nothing_is_refused() {
    for bad in [
        Forecast { sources: vec![], ..Forecast::default() },
        Forecast { sources: vec![Source::Mnist; 2], ..Forecast::default() },
        Forecast { sizes: vec![], ..Forecast::default() },
        Forecast { sizes: vec![2000], ..Forecast::default() },
        Forecast { sizes: vec![60_000], ..Forecast::default() },
        Forecast { n: 199, ..Forecast::default() },
        Forecast { estimated: 100, ..Forecast::default() },
        Forecast { far_ridges: vec![], ..Forecast::default() },
        Forecast { far_ridges: vec![1.0], ..Forecast::default() },
    ] {
        assert!(bad.run().is_err(), "{bad:?}");
    }
}
