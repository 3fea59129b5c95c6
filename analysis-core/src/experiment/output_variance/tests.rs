#![allow(clippy::unwrap_used)]
use ndarray::Array2;

use super::*;
use crate::data::Source;
use crate::kernel::Phase;
use crate::prelude::*;
use crate::shard::Shard;
use crate::store::Store;

fn theory(activation: Activation, sigma_w2: Vec<f64>, depths: Vec<usize>) -> OutputVariance {
    OutputVariance { activation, sigma_w2, depths, cosines: vec![0.1, 0.5, 0.9], ..Default::default() }
}

fn run(grid: &OutputVariance) -> OutputVarianceResult {
    grid.run().unwrap()
}

fn small() -> OutputVariance {
    OutputVariance {
        sigma_w2: vec![1.0, 4.0],
        depths: vec![2],
        cosines: vec![0.5],
        samples: 4,
        test_points: 3,
        networks: Some(TrainedNetworks { widths: vec![24], count: 12, time: 20.0, ..Default::default() }),
        ..Default::default()
    }
}

/// Theorem 3 (mean field, differences) against the exact expression (`kernel`, a decomposition): equal for equal cosines.
/// Where Θ is well conditioned, to a few ε.
#[test]
fn theorem_3_is_the_exact_expression_for_equal_cosines() {
    let mut tightest = 0.0f64;
    for (activation, sigma_w2) in [
        (Activation::Erf, vec![1.0, 2.8, 4.0]),
        (Activation::Relu, vec![1.0, 2.0, 3.0]),
        (Activation::Tanh, vec![1.0, 4.0]),
    ] {
        for p in run(&theory(activation.clone(), sigma_w2.clone(), vec![1, 2, 5, 20])).points {
            let Some(exact) = p.exact else { continue };
            let gap = (exact - p.formula).abs();
            assert!(gap <= p.rounding + 1e-10 * f64::from(activation == Activation::Tanh), "{p:?}");
            if activation != Activation::Tanh && p.condition < 100.0 {
                tightest = tightest.max(gap / p.kernel.variance);
            }
        }
    }
    println!("largest |exact − theorem 3|/q̄ at a condition below 100: {tightest:e}");
    assert!(tightest < 100.0 * f64::EPSILON);
}

/// All curves together, from one recursion a σ_w², are to the bit those one by one.
#[test]
fn curves_are_the_same_together_and_one_by_one() {
    for (activation, sigma_w2, depths) in [
        (Activation::Tanh, vec![1.0, 3.0], vec![1, 3]),
        (Activation::Erf, vec![1.0, 4.0], vec![2, 5]),
        (Activation::Relu, vec![1.0, 200.0], vec![2, 14]),
    ] {
        let result =
            run(&OutputVariance { sigma_b2: vec![0.0, 0.5], ..theory(activation, sigma_w2, depths) });
        let together = result.curves();
        assert!(!together.is_empty());
        for curve in &together {
            let alone = result.curve(curve.sigma_b2, curve.depth, curve.cosine).unwrap();
            assert_eq!(*curve, alone);
        }
    }
    // With the last depth the recursion leaves f64's range, without it not: the other curves stay.
    let result = run(&theory(Activation::Relu, vec![1.0, 200.0], vec![2]));
    let mut deeper = result.clone();
    deeper.parameters.depths.push(400);
    assert_eq!(deeper.curves(), result.curves());
}

/// E f_∞ of the exact expression is A times the mean target.
#[test]
fn the_mean_prediction_is_the_weighted_mean_target() {
    let grid = theory(Activation::Erf, vec![1.0, 4.0], vec![1, 4]);
    let inputs = grid.inputs().unwrap();
    for p in run(&grid).points {
        let mean = inputs[0].y.sum() / 10.0;
        assert!((p.exact_mean.unwrap() - p.weight * mean).abs() <= p.rounding * 10.0, "{p:?}");
    }
}

/// Var f_t and E f_t for equal cosines in closed form: x sees only the common part of the training set, so with
/// v = (1 − e^{−t}) κ₂/(κ₁ + (S − 1)κ₂), t in units of 1/λ_1, V_t = q(1 + S v²) − 2S v q_sr + S(S − 1)v² q_sr.
#[test]
fn flow_stops_where_it_is_told_to() {
    for time in [0.1, 0.7, 3.0] {
        let networks = TrainedNetworks { time, count: 10, ..small().networks.unwrap() };
        let grid = OutputVariance { networks: Some(networks), ..small() };
        let y = grid.inputs().unwrap()[0].y.sum();
        let result = run(&grid);
        for (p, e) in result.points.iter().zip(&result.ensembles) {
            let (k, s) = (p.kernel, 4.0);
            let v = -(-time).exp_m1() * k.off_diagonal / (k.diagonal + (s - 1.0) * k.off_diagonal);
            let expected = k.variance * (1.0 + s * v * v) + s * v * k.covariance * ((s - 1.0) * v - 2.0);
            assert!((e.linear.expected_variance.unwrap() - expected).abs() < 1e-13 * k.variance, "{e:?}");
            assert!((e.trained.unwrap().expected_mean.unwrap() - v * y).abs() < 1e-13, "{e:?}");
        }
    }
}

/// Deep in the ordered phase, where the Gram matrices leave nothing but rounding: all inputs are one there, so flow leaves
/// e^{−2t} of q. Where neither that nor the outputs' own rounding can be told apart, nothing is compared.
#[test]
fn deep_in_the_ordered_phase_nothing_is_compared_with_rounding() {
    let at = |depth: usize, time: f64| {
        let networks = TrainedNetworks { time, count: 10, ..small().networks.unwrap() };
        let grid =
            OutputVariance { sigma_w2: vec![1.0], depths: vec![depth], networks: Some(networks), ..small() };
        let result = run(&grid);
        (result.points[0], result.ensembles.into_iter().next().unwrap())
    };
    // The formula at t → ∞ is of order e^{−2 · 55 · 0.4}.
    let (p, e) = at(55, 5.0);
    assert!(p.exact.is_none() && p.formula < 1e-15 && e.linear_limit.is_none());
    for v in [e.linear, e.linear_zero, e.trained.unwrap()] {
        let expected = v.expected_variance.unwrap();
        assert!((expected / ((-10f64).exp() * p.kernel.variance) - 1.0).abs() < 1e-9, "{e:?}");
        assert!(v.z.is_some() && v.mean_z.is_some());
    }
    assert!(e.gap.unwrap() > 0.0);
    let (p, e) = at(55, 200.0);
    assert!((e.linear.expected_variance.unwrap() / p.formula - 1.0).abs() < 1e-12, "{p:?} {e:?}");
    assert!(e.gap.unwrap() > 0.0 && e.linear_zero.z.is_some());
    // Below 10⁻³⁰ of q the outputs' own digits end.
    let (p, e) = at(100, 200.0);
    assert!(p.formula > 0.0 && p.formula < 1e-30);
    assert!(e.start.z.is_some() && e.gap.is_none() && e.linear_zero.expected_variance.is_none());
    assert!(e.linear.z.is_none() && e.trained.unwrap().z.is_none() && e.linear.mean_z.is_none());
    let figures = OutputVariance {
        sigma_w2: vec![1.0, 1.1],
        depths: vec![100],
        networks: Some(TrainedNetworks { widths: vec![8, 12], count: 10, step: 1.0, ..Default::default() }),
        ..small()
    };
    let (result, folder) = (run(&figures), tempfile::tempdir().unwrap());
    assert!(result.ensembles.iter().all(|e| e.linear.expected_variance.is_none()));
    let files = crate::report::Report::export(&result, &crate::report::Style::neurips(), folder.path())
        .unwrap()
        .files;
    assert!(files.iter().any(|file| file.ends_with("variance-width.svg")), "{files:?}");
}

/// A negative κ₂ makes the common part the slowest mode; the closed form against the Gram matrices' decomposition.
#[test]
fn negative_cosines_have_the_closed_form_too() {
    let networks = TrainedNetworks { time: 0.7, count: 10, ..small().networks.unwrap() };
    let grid = OutputVariance {
        activation: Activation::Erf,
        sigma_b2: vec![0.0],
        sigma_w2: vec![1.5],
        cosines: vec![-0.15],
        networks: Some(networks),
        ..small()
    };
    let (p, e) = {
        let r = run(&grid);
        (r.points[0], r.ensembles[0].clone())
    };
    let k = p.kernel;
    assert!(k.off_diagonal < 0.0);
    let (n, common) = (4.0, k.diagonal + 3.0 * k.off_diagonal);
    // λ_1 is κ₁ − κ₂.
    let v = -(-0.7 * common / (k.diagonal - k.off_diagonal)).exp_m1() * k.off_diagonal / common;
    let expected = k.variance * (1.0 + n * v * v) + n * v * k.covariance * ((n - 1.0) * v - 2.0);
    assert!((e.linear.expected_variance.unwrap() / expected - 1.0).abs() < 1e-13, "{e:?}");
}

/// Phases: at depth the ordered phase leaves no variance, the chaotic all of it; the exact expression steps aside where
/// rounding decides it, and says so by being absent.
#[test]
fn phases_decide_what_is_left_of_the_variance() {
    let result = run(&theory(Activation::Erf, vec![1.0, 4.0], vec![1, 100]));
    for p in result.points.iter().filter(|p| p.kernel.depth == 100) {
        if p.sigma_w2 == 1.0 {
            assert!(p.formula < 1e-20 * p.kernel.variance && p.exact.is_none() && p.condition > 1e16);
        } else {
            assert!(
                (p.formula / p.kernel.variance - 1.0).abs() < 1e-3 && p.exact.is_some() && p.condition < 2.0
            );
        }
    }
    assert_eq!(result.limits[0].fixed_point.phase, Phase::Ordered);
    assert_eq!((result.limits[0].kernel.ratio, result.limits[1].kernel.ratio), (Some(1.0), None));
}

/// Images: the exact expression from the images' own Gram matrix against v = Θ⁻¹Θ(X,x) solved otherwise (Gauss–Jordan).
#[test]
fn unequal_cosines_are_computed_exactly() {
    let images = Some(Images { source: Source::Mnist, folder: None });
    let grid = OutputVariance { images, test_points: 1, ..theory(Activation::Erf, vec![2.0], vec![3]) };
    let inputs = match grid.inputs() {
        Ok(inputs) => inputs,
        Err(Error::DataMissing { .. }) => {
            println!("MNIST is not here");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let point = run(&grid).points.remove(0);
    let parametrisation = crate::kernel::Parametrisation::EveryLayer { sigma_w2: 2.0, sigma_b2: 1.0 };
    let kernel = |kind| crate::kernel::Kernel {
        kind,
        hidden_layers: 3,
        activation: Activation::Erf,
        parametrisation,
        convolution: None,
    };
    let gram = |kind| {
        let profile = kernel(kind).profile().unwrap();
        inputs[0].cosines.mapv(|u: f64| profile.evaluate(u.min(1.0)).unwrap())
    };
    let (theta, start) = (gram(crate::kernel::KernelKind::Ntk), gram(crate::kernel::KernelKind::Nngp));
    let n = 10;
    let mut work = Array2::from_shape_fn((n, n + 1), |(i, j)| theta[[i, j]]);
    for column in 0..n {
        let pivot = work.row(column).to_owned() / work[[column, column]];
        for row in 0..n {
            let factor = if row == column { 0.0 } else { work[[row, column]] };
            let new = if row == column { pivot.clone() } else { &work.row(row) - &(&pivot * factor) };
            work.row_mut(row).assign(&new);
        }
    }
    let v = work.column(n);
    let expected = start[[n, n]]
        + (0..n)
            .map(|i| v[i] * ((0..n).map(|j| v[j] * start[[i, j]]).sum::<f64>() - 2.0 * start[[i, n]]))
            .sum::<f64>();
    let exact = point.exact.unwrap();
    assert!((exact - expected).abs() <= point.rounding, "{exact} {expected} {point:?}");
    assert!((exact / point.formula - 1.0).abs() > 0.01, "images have unequal cosines: {point:?}");
}

/// Wide, shallow networks in the ordered (σ_w² = 1) and the chaotic phase (4) follow the limit at every stage: 40 networks of
/// width 256, one hidden layer. |z| < 4.5 for 2 × 5 numbers and their means; the kernel's own randomness is of order 1/M.
#[test]
fn wide_networks_have_the_limits_variance() {
    let grid = OutputVariance {
        depths: vec![1],
        networks: Some(TrainedNetworks { widths: vec![256], count: 40, time: 30.0, ..Default::default() }),
        ..small()
    };
    for e in run(&grid).ensembles {
        for (name, v) in e.estimates() {
            println!(
                "σ_w² = {} {name}: {:.4} ({:.4}), z {:?}, mean z {:?}",
                e.sigma_w2,
                v.variance,
                v.expected_variance.unwrap(),
                v.z,
                v.mean_z
            );
            assert!(v.z.unwrap().abs() < 4.5 && v.mean_z.unwrap().abs() < 4.5, "{name} {e:?}");
        }
        // Descent against flow, and what the kernel does in training, on a network this wide: small, not nothing.
        let gap = e.gap.unwrap();
        assert!(gap > 0.0 && gap < 0.1, "{e:?}");
    }
}

#[test]
fn grids_shards_and_the_store_agree() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let whole = run(&small());
    assert_eq!((whole.points.len(), whole.ensembles.len()), (2, 2));
    let shards: Vec<OutputVarianceResult> = (0..2)
        .rev()
        .map(|index| {
            let session = Session::default().store(store.clone()).shard(Shard { index, of: 2 });
            small().run_in(&session).unwrap()
        })
        .collect();
    assert_eq!(OutputVarianceResult::merge(&shards).unwrap(), whole);
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files(), 6);
    // Everything is in the store now: to the bit; another level, and fewer networks in whole blocks, need no training.
    assert_eq!(small().run_in(&Session::default().store(store.clone())).unwrap(), whole);
    let fewer = TrainedNetworks { count: 10, ..small().networks.unwrap() };
    OutputVariance { level: 0.8, networks: Some(fewer), ..small() }
        .run_in(&Session::default().store(store.clone()))
        .unwrap();
    assert_eq!(files(), 6);
    // A point's numbers are its own.
    let alone = run(&OutputVariance { sigma_w2: vec![4.0], ..small() });
    assert_eq!(alone.ensembles[0], whole.ensembles[1]);
    assert_eq!(whole.frame().unwrap().shape(), (2, 17));
    assert_eq!(whole.ensemble_frame().unwrap().shape(), (14, 18));
    // Another grid, other numbers, no file.
    let other = run(&OutputVariance { seed: Seed(1), ..small() });
    let error = OutputVarianceResult::merge(&[whole.clone(), other]).unwrap_err();
    assert!(matches!(&error, Error::Parameter { name, .. } if name == "merge"), "{error}");
    assert!(OutputVarianceResult::merge(&[]).is_err());
    // One shard is a part of the grid and says so, a point needs its ensembles, and a foreign one belongs nowhere.
    let refused = |results: &[OutputVarianceResult], word: &str| {
        let error = OutputVarianceResult::merge(results).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    };
    assert_eq!(OutputVarianceResult::merge(&shards[..1]).unwrap().missing(), 1);
    let mut part = whole.clone();
    part.ensembles.pop();
    assert!(part.checked("part").unwrap_err().to_string().contains("missing"));
    let mut part = whole.clone();
    part.points[0].cosine = 0.4;
    refused(&[part], "none of the grid");
    let mut other = whole.clone();
    other.points[0].formula *= 1.5;
    refused(&[whole, other], "different numbers");
}

#[test]
fn what_means_nothing_is_refused() {
    let networks = |change: fn(&mut TrainedNetworks)| {
        let mut networks = small().networks.unwrap();
        change(&mut networks);
        OutputVariance { networks: Some(networks), ..small() }
    };
    for (bad, named) in [
        (OutputVariance { sigma_w2: vec![], ..small() }, "sigma_w2"),
        (OutputVariance { sigma_b2: vec![-1.0], ..small() }, "sigma_b2"),
        (OutputVariance { depths: vec![0, 1], ..small() }, "depths"),
        (OutputVariance { depths: vec![2, 1], ..small() }, "depths"),
        (OutputVariance { depths: vec![usize::MAX], ..small() }, "depths"),
        (OutputVariance { mean_square: -1.0, ..small() }, "mean_square"),
        (OutputVariance { cosines: vec![1.0], ..small() }, "cosine"),
        (OutputVariance { cosines: vec![-0.5], ..small() }, "cosine"),
        (OutputVariance { samples: 0, ..small() }, "samples"),
        (OutputVariance { test_points: 0, ..small() }, "test_points"),
        (OutputVariance { target_scale: f64::NAN, ..small() }, "target_scale"),
        (OutputVariance { level: 0.0, ..small() }, "level"),
        (networks(|n| n.widths = vec![6]), "width"),
        (networks(|n| n.count = 9), "networks"),
        (networks(|n| n.time = 0.0), "time"),
        (networks(|n| n.step = 1.5), "step"),
        (networks(|n| n.time = 1e8), "steps"),
    ] {
        let error = bad.check().unwrap_err();
        assert!(matches!(&error, Error::Parameter { name, .. } if name == named), "{named}: {error}");
    }
    // What no machine holds, said before it is asked for.
    for wide in [networks(|n| n.widths = vec![10_000_000_000]), networks(|n| n.count = usize::MAX)] {
        let error = wide.run().unwrap_err();
        assert!(matches!(error, Error::Memory { .. }), "{error}");
    }
}
