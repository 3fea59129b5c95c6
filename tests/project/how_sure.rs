//! Forecasts, the bootstrap and noise on f₀, on real rows, against the same computed another way.

use analysis_core::flow::Start;
use analysis_core::ndarray::Array2;
use analysis_core::prelude::*;

fn rows(range: std::ops::Range<usize>) -> Dataset {
    let train = Dataset::load(Source::Mnist).unwrap().split(Split::Train).unwrap();
    train.rows(range).unwrap().prepare(Scaling::UnitNorm, Target::CentredInteger).unwrap()
}

/// The errors of a forecast are those of [`LeaveOneOut`] on the same rows, whose decompositions are the same but for the noise beside y: to
/// rounding, which is cond(K)·ε of them, 1e6·1e-16.
#[test]
fn a_forecast_measures_what_leave_one_out_does() {
    let forecast = Forecast { sources: vec![Source::Mnist], ..Forecast::default().at(Settings::Smoke) };
    let result = forecast.run().unwrap();
    for (sample, range) in result.samples.iter().zip([0..240, 240..720]) {
        let data = rows(range);
        let gram = Kernel::default().gram(data.x.view()).unwrap();
        let curve = LeaveOneOut::default().run(&gram, data.y.view()).unwrap();
        let (whole, parts) = curve.points.split_last().unwrap();
        assert_eq!(sample.parts, parts);
        assert!((sample.first().error / whole.error - 1.0).abs() < 1e-8, "{sample:?}");
        assert!(
            (sample.best().error / whole.ridged - 1.0).abs() < 1e-8 && sample.best().ridge == whole.ridge
        );
        assert!((sample.variance / curve.variance - 1.0).abs() < 1e-12);
        // g ≥ 1: what is left out is not known to the others, and noise least of all.
        assert!(sample.first().noise_gain > 1.0, "{sample:?}");
    }
    // By hand, from the first sample's line.
    let (row, start) = (&result.rows[0], &result.samples[0]);
    let by_hand = start.first().error / start.variance * 2f64.powf(-start.estimates[0].r.unwrap());
    assert!((row.predicted / by_hand - 1.0).abs() < 1e-12 && row.estimator == Estimator::TailLine);
}

/// n draws from n hold n(1 − (1 − 1/n)ⁿ) different rows, ± √(n(e⁻¹ − 2e⁻²)): four standard errors of the mean of twenty. A sample that is
/// not resampled reads what [`Smoothness`] does.
#[test]
fn resamples_are_drawn_with_replacement() {
    let bootstrap = Bootstrap { n: 240, subsets: 2, resamples: 20, ..Bootstrap::default() };
    let result = bootstrap.run().unwrap();
    let resampled = result.readings.iter().filter(|reading| reading.resampled);
    let mean = resampled.map(|reading| reading.distinct as f64).sum::<f64>() / 20.0;
    let (expected, sd) = (240.0 * (1.0 - (1.0 - 1.0 / 240.0f64).powi(240)), (240.0f64 * 0.0972).sqrt());
    assert!((mean - expected).abs() < 4.0 * sd / 20f64.sqrt(), "{mean} {expected}");
    let smoothness = Smoothness { window: Window::FirstFraction(501.0 / 3000.0), ..Smoothness::default() };
    for (reading, range) in result.readings.iter().zip([0..240, 240..480]) {
        let estimates = smoothness.run(&rows(range)).unwrap().estimates().unwrap();
        for (found, expected) in reading.estimates.iter().zip(&estimates) {
            assert!((found.r.unwrap() - expected.r.unwrap()).abs() < 1e-6, "{found:?} {expected:?}");
        }
        assert_eq!(reading.distinct, 240);
    }
}

/// f₀ of the same seed, drawn by itself, reads the same; and noise lowers what the line reads.
#[test]
fn noisy_functions_are_functions_and_noise() {
    let parameters = NoisyFunctions::default().at(Settings::Smoke);
    let result = parameters.run().unwrap();
    let x = rows(0..240).x;
    let seed = parameters.seed.child("noisy-functions mnist", 0);
    let start = [Start::Draw { seed, index: 0 }];
    let nowhere = Array2::zeros((0, x.ncols()));
    let f = Start::values(&start, &Kernel::default(), x.view(), nowhere.view()).unwrap().train;
    let gram = Kernel::default().gram(x.view()).unwrap();
    let alone = LeaveOneOut::default().run(&gram, f.view()).unwrap().estimates().unwrap();
    let same = &result.readings[0].clean[3];
    assert!((same.r.unwrap() - alone[0].r.unwrap()).abs() < 1e-6, "{same:?} {alone:?}");
    for row in result.rows().unwrap() {
        assert!(row.estimator == Estimator::Likelihood || row.noisy.mean < row.clean.mean, "{row:?}");
    }
}
