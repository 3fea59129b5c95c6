#![allow(clippy::unwrap_used)]
use super::*;
use crate::shard::Shard;
use crate::store::Store;

fn small() -> Dispersion {
    Dispersion {
        widths: vec![32, 64],
        depths: (1..=20).collect(),
        sigma_w2: vec![1.0, 2.0],
        sigma_b2: vec![1.0],
        ..Default::default()
    }
}

/// z-scores of 80 independent means: Σz² has mean 80 and standard deviation √160, larger for heavy tails by their kurtosis,
/// below 6 here: 80 ± 4·√(80·5).
#[test]
fn means_agree_with_theory_as_independent_samples_do() {
    let result = small().run().unwrap();
    assert_eq!(result.points.len(), 80);
    let squares: f64 = result.points.iter().map(|p| p.z.unwrap().powi(2)).sum();
    assert!((squares - 80.0).abs() < 4.0 * 400f64.sqrt(), "{squares}");
    for p in &result.points {
        assert!(p.z.unwrap().abs() < 4.5 && p.interval[0] < p.interval[1] && p.ratio < 200.0, "{p:?}");
    }
}

/// Of 1000 intervals at 95 %, from N values each: what `RatioEstimate` says, within 4 standard errors of both experiments.
#[test]
fn intervals_cover_as_often_as_they_say() {
    for (networks, depth, n, said) in [
        (RandomNetworks::square(256).variances(1.0, 1.0), 10, 200, 0.95),
        (RandomNetworks::square(256), 20, 200, 0.92),
        (RandomNetworks::square(256), 50, 200, 0.84),
    ] {
        let repeats = 1000;
        let exact = networks.exact_moments(depth).unwrap()[depth - 1].ratio();
        let theta = networks.sample(depth, 0..n * repeats, Sampler::Norms, Seed(6)).unwrap();
        let held = theta.chunks(n).filter(|values| {
            let [low, high] = RatioEstimate::of(values).unwrap().interval(0.95).unwrap();
            low <= exact && exact <= high
        });
        let share = held.count() as f64 / repeats as f64;
        let error = (said * (1.0 - said) / 1000.0 + said * (1.0 - said) / 2000.0f64).sqrt();
        assert!((share - said).abs() < 4.0 * error, "{exact}: {share}");
    }
}

/// Leaving one out by formula against leaving one out.
#[test]
fn the_jackknife_is_the_jackknife() {
    let values: Vec<f64> = (0..25).map(|i| (f64::from(i) * 0.7).sin().exp() * 1e200).collect();
    let estimate = RatioEstimate::of(&values).unwrap();
    let log_log = |values: &[f64]| {
        let n = values.len() as f64;
        let (s1, s2) = values.iter().fold((0.0, 0.0), |(a, b), v| (a + v / 1e200, b + (v / 1e200).powi(2)));
        (n * s2 / s1 / s1).ln().ln()
    };
    let left_out: Vec<f64> = (0..25)
        .map(|i| {
            let mut rest = values.clone();
            rest.remove(i);
            log_log(&rest)
        })
        .collect();
    let mean = left_out.iter().sum::<f64>() / 25.0;
    let error = (left_out.iter().map(|v| (v - mean).powi(2)).sum::<f64>() * 24.0 / 25.0).sqrt();
    let middle = 25.0 * log_log(&values) - 24.0 * mean;
    let quantile = student_quantile(0.9, 24).unwrap();
    let interval = estimate.interval(0.9).unwrap();
    // ln ln loses the digits that R − 1 ≈ 0.4 leaves; the bias correction multiplies by 25.
    for (end, sign) in interval.into_iter().zip([-1.0, 1.0]) {
        assert!((end / (middle + sign * quantile * error).exp().exp() - 1.0).abs() < 1e-11);
    }
}

#[test]
fn equal_values_have_ratio_1_and_heavy_tails_are_said() {
    let equal = RatioEstimate::of(&[3.0; 20]).unwrap();
    assert_eq!((equal.ratio, equal.interval(0.95).unwrap()), (1.0, [1.0, 20.0]));
    assert!(!equal.tail_unseen(1.0) && equal.decided_by_one());
    assert!(RatioEstimate::of(&[1.0; 9]).is_err() && RatioEstimate::of(&[0.0; 20]).is_err());
    assert!(matches!(RatioEstimate::of(&[f64::NAN; 20]), Err(Error::NotFinite { .. })));
    let one = (0..200).map(|i| if i == 0 { 1e6 } else { 1.0 }).collect::<Vec<_>>();
    let estimate = RatioEstimate::of(&one).unwrap();
    assert!(estimate.largest_share > 0.99 && estimate.ratio < 200.0);
    assert_eq!(estimate.interval(0.95).unwrap(), [1.0, 200.0]);
    // The ceiling of 200 samples: exact 382, which no sample reaches, and the point says so.
    let grid = Dispersion { widths: vec![50], depths: vec![99], sigma_b2: vec![1.0], ..Default::default() };
    let point = grid.run().unwrap().points.remove(0);
    assert!(point.tail_unseen && point.ratio < 200.0 && (point.exact_ratio.unwrap() - 382.0).abs() < 0.5);
}

#[test]
fn grids_shards_and_the_store_agree() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let whole = small().run().unwrap();
    let mut points = Vec::new();
    for index in 0..3 {
        let session = Session::default().store(store.clone()).shard(Shard { index, of: 3 });
        points.extend(small().run_in(&session).unwrap().points);
        let plan = small().plan(&session).unwrap();
        assert_eq!((plan.stored, plan.seconds), (plan.cells, Some(0.0)));
    }
    assert_eq!(points.len(), whole.points.len());
    // Half of a wider grid: what is missing takes as long as what is there.
    let half = Dispersion { widths: [small().widths, vec![256, 512]].concat(), ..small() };
    let plan = half.plan(&Session::default().store(store.clone())).unwrap();
    assert_eq!((plan.cells, plan.stored), (16, 8));
    assert!(plan.seconds.unwrap() > 0.0 && plan.to_string().contains("8 of them in the store"), "{plan}");
    assert_eq!(half.plan(&Session::default()).unwrap().seconds, None);
    let none = Session::default().shard(Shard { index: 2, of: 2 });
    assert!(matches!(small().run_in(&none), Err(Error::Parameter { name, .. }) if name == "shard"));
    assert!(whole.points.iter().all(|p| points.contains(p)));
    // Everything is in the store now: to the bit, and another level needs no sampling.
    assert_eq!(small().run_in(&Session::default().store(store.clone())).unwrap(), whole);
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files(), 8);
    let wider =
        Dispersion { level: 0.99, ..small() }.run_in(&Session::default().store(store.clone())).unwrap();
    assert_eq!(files(), 8);
    assert!(wider.points.iter().zip(&whole.points).all(|(a, b)| a.interval[1] > b.interval[1]));
    // A point's numbers are its own.
    let alone = Dispersion { widths: vec![64], depths: vec![7], sigma_w2: vec![2.0], ..small() };
    let alone = alone.run().unwrap().points.remove(0);
    assert!(whole.points.contains(&alone));
    assert_eq!(whole.frame().unwrap().shape(), (80, 15));
}

#[test]
fn other_activations_and_two_inputs_run_without_theory() {
    let grid = Dispersion { depths: vec![2], initialisations: 30, ..small() };
    let tanh = Dispersion { activation: Activation::Tanh, ..grid.clone() };
    let between = Dispersion { cosine: Some(0.5), ..grid.clone() };
    let ten = Dispersion { outputs: 10, ..grid.clone() };
    for (grid, exact) in [(tanh, false), (between, false), (ten, true)] {
        let points = grid.run().unwrap().points;
        assert!(points.iter().all(|p| p.exact_ratio.is_some() == exact && p.ratio > 1.0), "{grid:?}");
    }
    // Too narrow for the formulas at σ_b = 0.
    let narrow = Dispersion { widths: vec![4], sigma_b2: vec![0.0], ..grid };
    assert!(narrow.run().unwrap().points[0].exact_ratio.is_none());
}

#[test]
fn what_means_nothing_is_refused() {
    for (bad, named) in [
        (Dispersion { widths: vec![], ..small() }, "widths"),
        (Dispersion { depths: vec![3, 3], ..small() }, "depths"),
        (Dispersion { depths: vec![0, 3], ..small() }, "depths"),
        (Dispersion { sigma_w2: vec![2.0, 1.0], ..small() }, "sigma_w2"),
        (Dispersion { sigma_b2: vec![f64::NAN], ..small() }, "sigma_b2"),
        (Dispersion { initialisations: 9, ..small() }, "initialisations"),
        (Dispersion { level: 1.0, ..small() }, "level"),
        (Dispersion { cosine: Some(2.0), ..small() }, "cosine"),
        (Dispersion { sampler: Sampler::Norms, activation: Activation::Tanh, ..small() }, "sampler"),
    ] {
        let error = bad.check().unwrap_err();
        assert!(matches!(&error, Error::Parameter { name, .. } if name == named), "{named}: {error}");
    }
}
