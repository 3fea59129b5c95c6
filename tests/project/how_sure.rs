//! Forecasts, the bootstrap and noise on f₀, on real rows, against the same computed another way.

use analysis_core::experiment::{ComparedReading, ComparedRow, Design, Held};
use analysis_core::flow::Start;
use analysis_core::ndarray::Array2;
use analysis_core::prelude::*;
use analysis_tests::{json, ntk, root};

use crate::notebook_numbers::kept as kept_result;

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

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// What the pages say of the kept calibration, and what is claimed of it: where the recommended estimator does not warn, nine of ten
/// intervals hold r in every cell that has twenty of them.
#[test]
fn the_kept_calibration_is_as_good_as_the_pages_say() {
    let kept = kept_result(CalibrationResult::read, "calibration.json");
    assert_eq!((kept.parameters.clone(), kept.missing()), (Calibration::default(), 0));
    let Held { held, of } = kept.unwarned(SmoothnessResult::RECOMMENDED);
    let text = page("notebooks/README.md").replace('\n', " ");
    assert!(
        text.contains(&format!("in {held} of the {of} cases in which it does not warn")),
        "{held} of {of}"
    );
    for cell in kept.of(SmoothnessResult::RECOMMENDED) {
        let share = cell.unwarned_held as f64 / cell.unwarned as f64;
        assert!(cell.unwarned < 20 || share >= 0.9, "{cell:?}");
        // Spectra in steps, and exponents above 1.2.
        let always = matches!(cell.design, Design::Sphere(5 | 10)) || cell.r > 1.2;
        assert!(!always || cell.unwarned == 0, "{cell:?}");
    }
    // Initial functions on spheres: nothing is claimed of any.
    let process = kept_result(CalibrationResult::read, "calibration-process.json");
    assert_eq!((process.missing(), process.unwarned(SmoothnessResult::RECOMMENDED).of), (0, 0));
}

/// The tables of both pages, the verdict, and one subset measured again: other last digits of LAPACK move r by far less than 1e-6.
#[test]
fn labels_against_f0_is_what_the_pages_say() {
    let kept = kept_result(LabelsAgainstF0Result::read, "labels-against-f0.json");
    assert_eq!(kept.missing(), 0);
    let labels = ComparedTarget::Labels(LabelEncoding::CentredInteger);
    let function = ComparedTarget::Function { function: 0 };
    let (long, short) = (page("notebooks/README.md"), page("README.md"));
    let interval = |row: &ComparedRow, places: usize| {
        let r = row.r.unwrap();
        format!("{:.places$} [{:.places$}, {:.places$}]", r.mean, r.low, r.high)
    };
    for source in Source::ALL {
        for (estimator, identified) in [
            (Estimator::TailLine, true),
            (Estimator::Likelihood, source != Source::Cifar10),
            (Estimator::LeaveOneOut, true),
        ] {
            for target in [labels, function] {
                let row = kept.row(source, 1, false, target, estimator).unwrap();
                if target == function || identified {
                    assert!(long.contains(&interval(row, 3)), "{}", interval(row, 3));
                    let there = short.contains(&interval(row, 2));
                    assert!(there || estimator == Estimator::LeaveOneOut, "{}", interval(row, 2));
                } else {
                    assert_eq!(row.warned, row.estimates, "{source} is said not to be identified");
                }
            }
        }
    }
    let of_labels = kept.rows.iter().filter(|row| row.target.encoding().is_some());
    assert!(
        of_labels.clone().count() == 90 && of_labels.clone().all(|row| row.f0_is_smoother() == Some(true))
    );

    // The paper's kernel from 500 images to 6000; of CIFAR-10 the likelihood warns of every subset.
    for n in [500, 1000, 2000, 6000] {
        let other = kept_result(LabelsAgainstF0Result::read, &format!("labels-against-f0-{n}.json"));
        let drawn = [Estimator::TailLine, Estimator::Likelihood, Estimator::LeaveOneOut];
        for row in other.rows.iter().filter(|row| row.target == labels && drawn.contains(&row.estimator)) {
            assert!(row.f0_is_smoother() == Some(true) || row.warned == row.estimates, "{n} {row:?}");
        }
    }

    // Three hidden layers: on MNIST the other way round.
    let deep = kept_result(LabelsAgainstF0Result::read, "labels-against-f0-depth-3.json");
    let of_labels = deep.rows.iter().filter(|row| row.target.encoding().is_some());
    assert_eq!((deep.missing(), of_labels.clone().count()), (0, 45));
    for row in of_labels {
        assert_eq!(row.f0_is_smoother(), Some(row.source != Source::Mnist), "{row:?}");
    }
    // With a bias MNIST is a draw.
    let biased = kept_result(LabelsAgainstF0Result::read, "labels-against-f0-depth-3-bias.json");
    let of_labels = biased.rows.iter().filter(|row| row.target.encoding().is_some());
    let (mnist, others): (Vec<&ComparedRow>, Vec<_>) = of_labels.partition(|row| row.source == Source::Mnist);
    let decided = |wanted| mnist.iter().filter(|row| row.f0_is_smoother() == wanted).count();
    assert_eq!([Some(true), Some(false), None].map(decided), [3, 3, 9]);
    assert!(others.len() == 30 && others.iter().all(|row| row.f0_is_smoother() == Some(true)));

    let one = LabelsAgainstF0 {
        sources: vec![Source::Mnist],
        most: 1,
        depths: vec![1],
        biases: vec![false],
        ..kept.parameters.clone()
    };
    let again = one.run().unwrap();
    assert!(again.readings.len() > 20);
    for reading in &again.readings {
        let same = |other: &&ComparedReading| {
            (other.source, other.depth, other.bias, other.subset) == (Source::Mnist, 1, false, 0)
                && (other.target, other.estimate.estimator) == (reading.target, reading.estimate.estimator)
        };
        let before = kept.readings.iter().find(same).unwrap();
        let (now, then) = (reading.estimate.r.unwrap(), before.estimate.r.unwrap());
        assert!((now - then).abs() < 1e-6 * then.abs().max(1.0), "{reading:?} {then}");
    }
}

/// `ntk smoothness --leave-one-out` says of 300 images what [`LeaveOneOut`] says of their Gram matrix, also where K comes from a file.
#[test]
fn leave_one_out_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = rows(0..300);
    let gram = Kernel::default().gram(data.x.view()).unwrap();
    let expected = LeaveOneOut::default().run(&gram, data.y.view()).unwrap().estimates().unwrap();
    let saved = folder.path().join("K.npy");
    let targets = folder.path().join("y.npy");
    analysis_core::npy::write(&targets, data.y.view()).unwrap();
    let (saved, targets) = (saved.to_str().unwrap(), targets.to_str().unwrap());
    let flags = ["--window", "first:0.1", "--leave-one-out", "--json"];
    let images = [
        "smoothness",
        "--dataset",
        "mnist",
        "--rows",
        "0..300",
        "--labels",
        "centred-integer",
        "--save-gram",
        saved,
    ];
    let own = ["smoothness", "--gram", saved, "--target-npy", targets];
    for from in [&images[..], &own] {
        let found = json(ntk(folder.path(), &[from, &flags].concat()));
        let estimates = found["result"]["estimates"].as_array().unwrap();
        assert_eq!(estimates.len(), 5);
        for (found, expected) in estimates[3..].iter().zip(&expected) {
            assert_eq!(found["estimator"], expected.estimator.to_string());
            // cond(K)·ε of the errors.
            assert!(
                (found["r"].as_f64().unwrap() - expected.r.unwrap()).abs() < 1e-8,
                "{found} {expected:?}"
            );
        }
    }
}
