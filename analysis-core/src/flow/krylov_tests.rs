//! The Krylov path against the full decomposition: errors, and whether the bounds hold and are not empty.
#![allow(clippy::unwrap_used)]

use ndarray::{Array1, Array2, Axis, s};

use super::tests::case;
use super::{Accuracy, Filter, Krylov, KrylovReport, Prediction, Start, StartValues, Times};
use crate::error::Error;
use crate::kernel::{Gram, Kernel};
use crate::seed::Seed;

fn report(prediction: &Prediction) -> &KrylovReport {
    match &prediction.accuracy {
        Accuracy::Krylov(report) => report,
        Accuracy::Decomposition(_) => unreachable!("made by Krylov"),
    }
}

fn filters(n: usize) -> Vec<Filter> {
    let mut filters = Times { points: 25, ..Times::default() }.filters(n).unwrap();
    filters.extend([1, 2, 30, 2000].map(|steps| Filter::GradientDescent { rate: 0.6, steps }));
    // ηλ_1 is near 1.5: the regime in which the theory only promises an estimate.
    filters.extend([1, 2, 31, 2000].map(|steps| Filter::GradientDescent { rate: 2.0, steps }));
    filters.extend([1e-2, 1.0, 100.0].map(|delta| Filter::Ridge { delta }));
    filters
}

/// At every number of steps, for every filter and start: the true errors lie below the bounds, and where the error is above
/// rounding the bound on the training points is within a factor of it that says something.
#[test]
fn bounds_hold_and_are_not_empty() {
    let (n, m) = (300, 200);
    let case = case(n, m, 5, Kernel::default());
    let starts = [Start::Zero, Start::Draw { seed: Seed(8), index: 0 }];
    let start = Start::values(&starts, &case.kernel, case.x.view(), case.z.view()).unwrap();
    let filters = filters(n);
    let full = case.gram.decompose().unwrap();
    let exact = full.predict(case.y.view(), &start, case.cross.view(), &filters).unwrap();
    // What both ways of computing round, in units of values of order 4.
    let floor = 4.0 * n as f64 * 60.0 * f64::EPSILON;
    let (mut looseness, mut loose_test) = (Vec::new(), Vec::new());
    for max_steps in [3, 10, 20, 40, 80, 120] {
        let krylov = Krylov { tolerance: 1e-13, max_steps };
        let found = krylov.predict(&case.gram, case.y.view(), &start, case.cross.view(), &filters).unwrap();
        let report = report(&found);
        for (t, filter) in filters.iter().enumerate() {
            for j in 0..2 {
                let difference: Array1<f64> =
                    &found.train.slice(s![t, .., j]) - &exact.train.slice(s![t, .., j]);
                let train = (difference.dot(&difference) / n as f64).sqrt();
                let test = &found.test.slice(s![t, .., j]) - &exact.test.slice(s![t, .., j]);
                let test = test.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                let what = format!("{filter} after {max_steps} steps, start {j}");
                let (on_train, anywhere) = (report.train_bound[[t, j]], report.bound[[t, j]]);
                assert!(train <= on_train + floor, "{what}: train {train:e}, bound {on_train:e}");
                assert!(test <= anywhere + floor, "{what}: test {test:e}, bound {anywhere:e}");
                if train > 10.0 * floor {
                    looseness.push(on_train / train);
                }
                if test > 10.0 * floor {
                    loose_test.push(anywhere / test);
                }
            }
        }
    }
    for (name, loose, most) in [("training points", looseness, 3.0), ("any point", loose_test, 30.0)] {
        let (seen, median) = (loose.len(), middle(loose));
        println!("{name}: {seen} errors above rounding, median of bound/error {median:.2}");
        assert!(seen > 100, "{name}: {seen} errors above rounding");
        assert!(median < most, "{name}: a bound {median} times the error says little");
    }
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn the_tolerance_is_met_and_failure_is_said() {
    let (n, m) = (300, 100);
    let case = case(n, m, 5, Kernel::default());
    let start = StartValues::zero(n, m, 1);
    let filters = filters(n);
    let exact =
        case.gram.decompose().unwrap().predict(case.y.view(), &start, case.cross.view(), &filters).unwrap();
    let scale = (case.y.mapv(|v| v * v).sum() / n as f64).sqrt();
    for tolerance in [1e-3, 1e-6, 1e-9] {
        let krylov = Krylov { tolerance, ..Krylov::default() };
        let found = krylov.predict(&case.gram, case.y.view(), &start, case.cross.view(), &filters).unwrap();
        assert_eq!(found.accuracy.warning(), None);
        let steps = report(&found).steps[0];
        assert!(steps < n, "{steps} steps");
        let error = (&found.test - &exact.test).iter().fold(0.0f64, |m, v| m.max(v.abs()));
        assert!(error <= tolerance * scale, "{error:e} at tolerance {tolerance:e}");
    }
    let short = Krylov { tolerance: 1e-9, max_steps: 5 };
    let found = short.predict(&case.gram, case.y.view(), &start, case.cross.view(), &filters).unwrap();
    assert!(!report(&found).converged());
    let warning = found.accuracy.warning().unwrap();
    assert!(warning.contains("after 5 steps") && warning.contains("max_steps"), "{warning}");
}

/// The limit's bound takes the smallest Ritz value for the smallest eigenvalue: where it has decided, that is said; where the
/// space is the whole one there is nothing to estimate.
#[test]
fn a_limit_is_said_to_be_estimated() {
    let (n, m) = (60, 20);
    let case = case(n, m, 5, Kernel::default());
    let start = StartValues::zero(n, m, 1);
    let filters = [Filter::Flow { time: 1.0 }, Filter::Limit];
    let krylov = Krylov { tolerance: 0.5, ..Krylov::default() };
    let found = krylov.predict(&case.gram, case.y.view(), &start, case.cross.view(), &filters).unwrap();
    let early = report(&found);
    assert!(early.converged() && early.steps[0] < n && early.estimated, "{early:?}");
    assert!(found.accuracy.warning().unwrap().contains("smallest Ritz value"));
    let found = krylov.predict(&case.gram, case.y.view(), &start, case.cross.view(), &filters[..1]).unwrap();
    assert_eq!((report(&found).estimated, found.accuracy.warning()), (false, None));
    // Descent has a bound up to 1/λ_1.
    let largest = case.gram.decompose().unwrap().eigenvalues[0];
    for (rate, estimated) in [(0.9 / largest, false), (1.1 / largest, true)] {
        let descent = [Filter::GradientDescent { rate, steps: 3 }];
        let found = krylov.predict(&case.gram, case.y.view(), &start, case.cross.view(), &descent).unwrap();
        assert_eq!((report(&found).estimated, found.accuracy.warning().is_some()), (estimated, estimated));
    }
    let found = krylov.predict(&case.gram, case.y.view(), &start, case.cross.view(), &filters[..1]).unwrap();
    // Reports written before there was such a field are read.
    let mut old = serde_json::to_value(report(&found)).unwrap();
    old.as_object_mut().unwrap().remove("estimated");
    assert_eq!(&serde_json::from_value::<KrylovReport>(old).unwrap(), report(&found));
}

/// Spaces that end early: K = I (one step), a residual of zero, a residual on two eigenvectors, n = 1.
#[test]
fn invariant_spaces_end_the_iteration() {
    let n = 20;
    let k = Array2::from_diag(&Array1::from_shape_fn(n, |i| (i + 1) as f64));
    let gram = Gram::from_array(k).unwrap();
    let mut y = Array2::zeros((n, 3));
    y[[4, 1]] = 2.0;
    y[[4, 2]] = 1.0;
    y[[9, 2]] = -1.0;
    let filters = [Filter::Flow { time: 5.0 }, Filter::Limit];
    let start = StartValues::zero(n, n, 3);
    let found = Krylov::default().predict(&gram, y.view(), &start, gram.view(), &filters).unwrap();
    let report = report(&found);
    assert_eq!(report.steps, [0, 1, 2]);
    assert!(report.converged() && report.largest < 1e-14 && !report.estimated, "{report:?}");
    for ((t, i, j), value) in found.test.indexed_iter() {
        let expected = y[[i, j]] * if t == 1 { 1.0 } else { -(-5.0 * (i + 1) as f64 / n as f64).exp_m1() };
        assert!((value - expected).abs() < 1e-14, "{t} {i} {j}: {value} {expected}");
    }
    let one = Gram::from_array(Array2::eye(1)).unwrap();
    let start = StartValues::zero(1, 1, 1);
    let found =
        Krylov::default().predict(&one, Array2::ones((1, 1)).view(), &start, one.view(), &filters).unwrap();
    assert!((found.train[[0, 0, 0]] - (1.0 - (-5f64).exp())).abs() < 1e-15);
}

#[test]
fn threads_do_not_change_a_byte_of_the_basis() {
    let case = case(150, 10, 5, Kernel::default());
    let starts = [Start::Zero, Start::Draw { seed: Seed(8), index: 0 }];
    let start = Start::values(&starts, &case.kernel, case.x.view(), case.z.view()).unwrap();
    let filters = [Filter::Flow { time: 50.0 }];
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let run =
            || Krylov::default().predict(&case.gram, case.y.view(), &start, case.cross.view(), &filters);
        pool.install(run).unwrap()
    };
    let (one, three) = (on(1), on(3));
    // The bounds depend on T alone, which no BLAS touches.
    assert_eq!(report(&one).bound, report(&three).bound);
    assert_eq!(report(&one).steps, report(&three).steps);
    let difference = (&one.test - &three.test).iter().fold(0.0f64, |m, v| m.max(v.abs()));
    assert!(difference < 1e-13, "{difference:e}");
}

#[test]
fn divergence_and_bad_parameters_are_refused() {
    let case = case(30, 5, 5, Kernel::default());
    let start = StartValues::zero(30, 5, 1);
    let run = |krylov: Krylov, filter: Filter| {
        krylov.predict(&case.gram, case.y.view(), &start, case.cross.view(), &[filter])
    };
    let fast = run(Krylov::default(), Filter::GradientDescent { rate: 100.0, steps: 1 }).unwrap_err();
    assert!(fast.to_string().contains("2/λ_1"), "{fast}");
    let flow = Filter::Flow { time: 1.0 };
    for krylov in [
        Krylov { tolerance: 0.0, ..Krylov::default() },
        Krylov { tolerance: f64::NAN, ..Krylov::default() },
        Krylov { max_steps: 0, ..Krylov::default() },
    ] {
        assert!(matches!(run(krylov, flow), Err(Error::Parameter { .. })));
    }
    assert!(run(Krylov::default(), Filter::Flow { time: f64::NAN }).is_err());
    assert_eq!(run(Krylov::default(), flow).unwrap().train.len_of(Axis(1)), 30);
}

/// 40 columns of n = 500: 40·500·500 numbers are 80 MB, 32 vectors a column and the answers 7 MB.
#[test]
fn only_the_basis_that_is_used_must_fit() {
    crate::memory::limited("flow::krylov_tests::only_the_basis_that_is_used_must_fit", "16M", || {
        let n = 500;
        let data = crate::data::SphereQuadratic { n, ..Default::default() }.run().unwrap();
        let gram = Kernel::default().gram(data.x.view()).unwrap();
        let run = |columns: usize| {
            let y = Array2::from_shape_fn((n, columns), |(i, j)| ((i + 1) as f64 * (j + 1) as f64).sin());
            let (start, cross) = (StartValues::zero(n, 1, columns), Array2::zeros((1, n)));
            let filters = [Filter::Flow { time: 1.0 }];
            Krylov::default().predict(&gram, y.view(), &start, cross.view(), &filters)
        };
        run(40).unwrap();
        assert!(matches!(run(200), Err(Error::Memory { .. })));
    });
}
