#![allow(clippy::unwrap_used)]

use super::result::Known;
use super::*;
use crate::experiment::Shard;
use crate::smoothness::{Estimate, LeaveOneOutCurve};

fn estimate(estimator: Estimator, r: Option<f64>) -> Estimate {
    Estimate {
        estimator,
        r,
        r_interval: None,
        beta: 1.25,
        s: r.map(|r| r / 1.25),
        s_interval: None,
        noise_share: None,
        noise_share_interval: None,
        window: crate::regression::IndexRange { first: 1, last: 50 },
        warnings: if r.is_none() { vec!["not identified".into()] } else { vec![] },
    }
}

fn two_subsets() -> LabelsAgainstF0 {
    LabelsAgainstF0 {
        sources: vec![Source::Mnist],
        most: 3,
        depths: vec![1],
        biases: vec![false],
        encodings: vec![LabelEncoding::Parity],
        ..Default::default()
    }
}

fn known(readings: &[ComparedReading]) -> Known {
    Known { readings: readings.to_vec(), ..Known::default() }
}

/// Made-up readings: r of f₀ 0.5, 0.7 | 0.6, 0.6 | 0.4, 0.6, of the labels 0.2, 0.4, 0.3: pairs differ by 0.4, 0.2, 0.2.
#[test]
fn differences_are_taken_subset_by_subset() {
    let (experiment, labels) = (two_subsets(), ComparedTarget::Labels(LabelEncoding::Parity));
    let mut readings = Vec::new();
    for (subset, (functions, r)) in
        [([0.5, 0.7], 0.2), ([0.6, 0.6], 0.4), ([0.4, 0.6], 0.3)].into_iter().enumerate()
    {
        let mut add = |target, r| {
            let estimate = estimate(Estimator::SoftTail, Some(r));
            readings.push(ComparedReading {
                source: Source::Mnist,
                depth: 1,
                bias: false,
                subset,
                target,
                estimate,
            });
        };
        add(labels, r);
        functions
            .into_iter()
            .enumerate()
            .for_each(|(function, r)| add(ComparedTarget::Function { function }, r));
    }
    let result = experiment.summed_up(vec![known(&readings)], Origins::now()).unwrap();
    assert_eq!(result.rows.len(), 2);
    let row = result.labels(Source::Mnist, 1, false, LabelEncoding::Parity, Estimator::SoftTail).unwrap();
    assert!((row.r.unwrap().mean - 0.3).abs() < 1e-12 && row.estimates == 3 && row.warned == 0);
    let difference = row.f0_minus_this.unwrap();
    assert!((difference.mean - 0.8 / 3.0).abs() < 1e-12 && difference.count == 3);
    // sd 0.2/√3, standard error 0.2/3, t of two degrees of freedom 4.3027: 0.267 ± 0.287 holds 0.
    assert!((difference.high - difference.mean - 4.302_652_729_749_462 * 0.2 / 3.0).abs() < 1e-12);
    assert_eq!(row.f0_is_smoother(), None);
    assert!(row.above_permuted.is_none()); // there are none here
    let function = ComparedTarget::Function { function: 1 };
    let f0 = result.row(Source::Mnist, 1, false, function, Estimator::SoftTail).unwrap();
    assert!(
        f0.f0_minus_this.is_none() && f0.estimates == 6 && (f0.r.unwrap().mean - 3.4 / 6.0).abs() < 1e-12
    );
    // A subset where the labels are not identified counts nowhere.
    readings[0].estimate = estimate(Estimator::SoftTail, None);
    let result = experiment.summed_up(vec![known(&readings)], Origins::now()).unwrap();
    let row = result.labels(Source::Mnist, 1, false, LabelEncoding::Parity, Estimator::SoftTail).unwrap();
    assert_eq!((row.r.unwrap().count, row.f0_minus_this.unwrap().count, row.warned), (2, 2, 1));
}

#[test]
fn what_means_nothing_is_refused() {
    for bad in [
        LabelsAgainstF0 { sources: vec![], ..Default::default() },
        LabelsAgainstF0 { n: 199, ..Default::default() },
        LabelsAgainstF0 { n: 50_001, ..Default::default() },
        LabelsAgainstF0 { most: 0, ..Default::default() },
        LabelsAgainstF0 { depths: vec![1, 1], ..Default::default() },
        LabelsAgainstF0 { depths: vec![0], ..Default::default() },
        LabelsAgainstF0 { biases: vec![], ..Default::default() },
        LabelsAgainstF0 { encodings: vec![], ..Default::default() },
        LabelsAgainstF0 { functions: 0, ..Default::default() },
    ] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
    assert_eq!(LabelsAgainstF0::default().subsets(Source::Cifar10), 16);
    assert_eq!(LabelsAgainstF0::default().subsets(Source::Mnist), 20);
    for target in LabelsAgainstF0::default().targets() {
        assert_eq!(target.to_string().parse::<ComparedTarget>().unwrap(), target);
    }
    assert!("f0:".parse::<ComparedTarget>().is_err() && "f0-drawn".parse::<ComparedTarget>().is_err());
}

/// A shard without any of the places is no error, and merging gives the order of the whole.
#[test]
fn an_empty_shard_merges() {
    let empty = two_subsets().summed_up(vec![], Origins::now()).unwrap();
    assert!(empty.missing() > 0 && empty.rows.is_empty());
    assert_eq!(LabelsAgainstF0Result::merge(&[empty.clone(), empty]).unwrap().readings.len(), 0);
    let shard = Shard { index: 1, of: 2 };
    assert_eq!(two_subsets().plan(&Session::default().shard(shard)).unwrap().cells, 1);
}

fn curve(subset: usize, target: ComparedTarget, variance: f64, errors: [f64; 2]) -> ComparedCurve {
    let points = [(100, 1.0), (200, 0.5)].map(|(n, factor)| LeaveOneOutPoint {
        n,
        parts: 1,
        error: factor * errors[0],
        gcv: factor * errors[0],
        ridged: factor * errors[1],
        ridge: 0.1,
        kappa: 1.0,
    });
    let curve = LeaveOneOutCurve { points: points.to_vec(), variance };
    ComparedCurve { source: Source::Mnist, depth: 1, bias: false, subset, target, curve }
}

/// Made-up curves: shares of the variance, means of draws first, then over subsets; differences subset by subset.
#[test]
fn errors_are_shares_of_the_variance_and_are_subtracted_subset_by_subset() {
    let (labels, f0) =
        (ComparedTarget::Labels(LabelEncoding::Parity), |function| ComparedTarget::Function { function });
    let one = vec![
        curve(0, labels, 2.0, [1.0, 0.8]),
        curve(0, f0(0), 1.0, [0.2, 0.2]),
        curve(0, f0(1), 4.0, [1.6, 0.4]),
        curve(1, labels, 4.0, [2.8, 2.0]),
        curve(1, f0(0), 1.0, [0.4, 0.3]),
        curve(1, f0(1), 1.0, [0.6, 0.5]),
        curve(2, labels, 1.0, [0.9, 0.6]),
    ];
    let summed = |curves: &[ComparedCurve]| {
        two_subsets()
            .summed_up(vec![Known { curves: curves.to_vec(), ..Known::default() }], Origins::now())
            .unwrap()
    };
    let result = summed(&one);
    let errors = result.errors().unwrap();
    let of = |target, n| errors.iter().find(|e| (e.target, e.n) == (target, n)).unwrap();
    // Labels 0.5, 0.7, 0.9 and 0.4, 0.5, 0.6; f₀ (0.2 + 0.4)/2 and (0.4 + 0.6)/2, (0.2 + 0.1)/2 and (0.3 + 0.5)/2.
    let means = |e: &ComparedError| [e.error.unwrap().mean, e.ridged.unwrap().mean];
    let near =
        |found: [f64; 2], expected: [f64; 2]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(near(means(of(labels, 100)), [0.7, 0.5]), "{errors:?}");
    assert!(near(means(of(labels, 200)), [0.35, 0.25]) && of(labels, 200).error.unwrap().count == 3);
    assert!(near(means(of(f0(0), 100)), [0.4, 0.275]) && of(f0(0), 100).error.unwrap().count == 2);
    assert_eq!(errors.len(), 4);

    // The other lacks a subset: two pairs, 0.5 − 0.25 and 0.7 − 0.5.
    let other = summed(&[curve(0, labels, 4.0, [1.0, 1.0]), curve(1, labels, 2.0, [1.0, 1.0])]);
    let minus = result.errors_minus(&other).unwrap();
    assert_eq!((minus.len(), minus[0].n, minus[1].n), (2, 100, 200));
    assert!((minus[0].error.mean - 0.225).abs() < 1e-12 && minus[0].error.count == 2, "{minus:?}");
    let elsewhere = LabelsAgainstF0 { seed: Seed(1), ..two_subsets() };
    assert!(result.errors_minus(&elsewhere.summed_up(vec![], Origins::now()).unwrap()).is_err());

    // Shards come together, a curve of another grid is refused, and a result from before there were curves has none.
    let (left, right) = (summed(&one[..3]), summed(&one[3..]));
    assert_eq!(LabelsAgainstF0Result::merge(&[right, left]).unwrap().errors().unwrap(), errors);
    assert!(LabelsAgainstF0Result::merge(&[summed(&[curve(3, labels, 1.0, [1.0, 1.0])])]).is_err());
    let text = serde_json::to_string(&summed(&[])).unwrap();
    assert!(!text.contains("curves"));
    assert!(serde_json::from_str::<LabelsAgainstF0Result>(&text).unwrap().errors().unwrap().is_empty());
}
