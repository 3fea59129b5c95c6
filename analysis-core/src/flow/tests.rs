//! The flow on data: against direct linear algebra, step by step training, and its own symmetries.
#![allow(clippy::unwrap_used)]

use ndarray::{Array2, ArrayView2, Axis, s};
use ndarray_linalg::Solve;

use super::{Filter, GaussianStart, Krylov, Method, Prediction, Start, StartValues, Times, Trial};
use crate::data::{SphereQuadratic, TrainTestView, quadratic};
use crate::error::Error;
use crate::kernel::{Gram, Kernel, KernelKind, Parametrisation};
use crate::seed::Seed;

pub(super) struct Case {
    pub(super) kernel: Kernel,
    pub(super) x: Array2<f64>,
    pub(super) y: Array2<f64>,
    pub(super) z: Array2<f64>,
    pub(super) gram: Gram,
    pub(super) cross: Array2<f64>,
}

pub(super) fn case(n: usize, m: usize, d: usize, kernel: Kernel) -> Case {
    let data = SphereQuadratic { n, d, seed: Seed(11), ..Default::default() }.run().unwrap();
    let z = SphereQuadratic { n: m, d, seed: Seed(12), ..Default::default() }.run().unwrap().x;
    let gram = kernel.gram(data.x.view()).unwrap();
    let cross = kernel.cross_gram(z.view(), data.x.view()).unwrap();
    Case { kernel, x: data.x, y: data.y, z, gram, cross }
}

fn largest(a: impl IntoIterator<Item = f64>) -> f64 {
    a.into_iter().fold(0.0, |m, v| m.max(v.abs()))
}

fn draws(count: u64) -> Vec<Start> {
    (0..count).map(|index| Start::Draw { seed: Seed(3), index }).collect()
}

/// Gradient descent in function space, one step after the other: f ← f − (η/n) K(·,X)(f(X) − Y), test points alongside.
fn trained(case: &Case, start: &StartValues, rate: f64, steps: usize) -> StartValues {
    let n = case.x.nrows() as f64;
    let (mut train, mut test) = (start.train.clone(), start.test.clone());
    for _ in 0..steps {
        let gradient = (&train - &case.y) * (rate / n);
        test = test - case.cross.dot(&gradient);
        train = train - case.gram.view().dot(&gradient);
    }
    StartValues { train, test, jitter: 0.0 }
}

#[test]
fn descent_equals_training_step_by_step() {
    let case = case(40, 15, 4, Kernel::default());
    let start = Start::values(&draws(3), &case.kernel, case.x.view(), case.z.view()).unwrap();
    let flow = case.gram.decompose().unwrap();
    let filters = [1, 2, 57, 400].map(|steps| Filter::GradientDescent { rate: 0.6, steps });
    let path = flow.predict(case.y.view(), &start, case.cross.view(), &filters).unwrap();
    for (t, steps) in [1, 2, 57, 400].into_iter().enumerate() {
        let expected = trained(&case, &start, 0.6, steps);
        // Each step rounds values of order 4 in sums of n terms; errors do not grow (|1 − ηλ| ≤ 1).
        let bound = 4.0 * steps as f64 * 4.0 * f64::EPSILON + 40.0 * 60.0 * f64::EPSILON;
        let train = largest(&path.train.index_axis(Axis(0), t) - &expected.train);
        let test = largest(&path.test.index_axis(Axis(0), t) - &expected.test);
        assert!(train <= bound && test <= bound, "{steps} steps: {train:e} {test:e}, bound {bound:e}");
    }
}

#[test]
fn ridge_and_limit_equal_a_linear_solve() {
    let case = case(
        40,
        15,
        4,
        Kernel { parametrisation: Parametrisation::FirstLayerBias { bias: true }, ..Kernel::default() },
    );
    let start = StartValues::zero(40, 15, 1);
    let flow = case.gram.decompose().unwrap();
    let filters = [Filter::Ridge { delta: 0.3 }, Filter::Limit];
    let path = flow.predict(case.y.view(), &start, case.cross.view(), &filters).unwrap();
    for (t, delta) in [0.3, 0.0].into_iter().enumerate() {
        let shifted = &case.gram.view() + &(Array2::<f64>::eye(40) * delta);
        let alpha = shifted.solve(&case.y.column(0)).unwrap();
        let expected = case.cross.dot(&alpha);
        // Both solves are backward stable: n·ε·condition·‖α‖, with a factor for the entries' sums.
        let condition = 40.0 * (flow.eigenvalues[0] + delta / 40.0) / (40.0 * flow.eigenvalues[39] + delta);
        let size = alpha.iter().map(|a| a.abs()).sum::<f64>();
        let bound = 40.0 * f64::EPSILON * condition * size * 4.0;
        let error = largest(&path.test.index_axis(Axis(0), t).column(0) - &expected);
        assert!(error <= bound, "δ = {delta}: {error:e}, bound {bound:e}");
        assert!(bound < 1e-6, "the bound says something: {bound:e}");
    }
    // Interpolation: the limit reproduces Y.
    let residual = largest(&path.train.index_axis(Axis(0), 1) - &case.y);
    assert!(residual < 1e-13, "{residual:e}");
}

#[test]
fn no_time_leaves_the_start_and_halves_make_a_whole() {
    let case = case(30, 10, 3, Kernel { hidden_layers: 2, ..Kernel::default() });
    let start = Start::values(&draws(2), &case.kernel, case.x.view(), case.z.view()).unwrap();
    let flow = case.gram.decompose().unwrap();
    let filters = [0.0, 12.5, 7.0, 19.5].map(|time| Filter::Flow { time });
    let path = flow.predict(case.y.view(), &start, case.cross.view(), &filters).unwrap();
    assert_eq!(path.test.index_axis(Axis(0), 0), start.test);
    assert!(largest(&path.train.index_axis(Axis(0), 0) - &start.train) < 30.0 * 60.0 * f64::EPSILON);
    // Training on from where it stood after 12.5 for another 7.
    let on = |array: &ndarray::Array3<f64>| array.index_axis(Axis(0), 1).to_owned();
    let middle = StartValues { train: on(&path.train), test: on(&path.test), jitter: 0.0 };
    let rest = flow.predict(case.y.view(), &middle, case.cross.view(), &filters[2..3]).unwrap();
    let bound = 30.0 * 60.0 * f64::EPSILON * 4.0;
    for (two, one) in [(&rest.train, &path.train), (&rest.test, &path.test)] {
        let error = largest(&two.index_axis(Axis(0), 0) - &one.index_axis(Axis(0), 3));
        assert!(error < bound, "{error:e}");
    }
}

/// Proposition 4.1 of Chen, Li and Lin 2024: training from f₀ is f₀ plus training from 0 on Y − f₀(X), to rounding, by either
/// method.
#[test]
fn a_start_is_a_shift_of_the_target() {
    let case = case(50, 20, 5, Kernel::default());
    let start = Start::values(&draws(2), &case.kernel, case.x.view(), case.z.view()).unwrap();
    let filters = Times { points: 9, ..Times::default() }.filters(50).unwrap();
    let shifted = &case.y - &start.train;
    let zero = StartValues::zero(50, 20, 2);
    type Predict<'a> = &'a dyn Fn(ArrayView2<f64>, &StartValues) -> Prediction;
    let methods: [Predict; 2] = [
        &|y, start| case.gram.decompose().unwrap().predict(y, start, case.cross.view(), &filters).unwrap(),
        &|y, start| Krylov::default().predict(&case.gram, y, start, case.cross.view(), &filters).unwrap(),
    ];
    for method in methods {
        let (from_start, from_zero) = (method(case.y.view(), &start), method(shifted.view(), &zero));
        // The residuals have the same bytes, so only the last addition rounds.
        for (a, (b, f0)) in [
            (&from_start.test, (&from_zero.test, &start.test)),
            (&from_start.train, (&from_zero.train, &start.train)),
        ] {
            let error = largest(a - &(b + f0));
            assert!(error <= 8.0 * f64::EPSILON * largest(a.iter().copied()).max(1.0), "{error:e}");
        }
    }
}

#[test]
fn columns_do_not_see_each_other() {
    let case = case(25, 8, 3, Kernel::default());
    let start = Start::values(&draws(2), &case.kernel, case.x.view(), case.z.view()).unwrap();
    let y = ndarray::concatenate![Axis(1), case.y, case.y.mapv(|v| v.sin())];
    let flow = case.gram.decompose().unwrap();
    let filters = [Filter::Flow { time: 3.0 }, Filter::Ridge { delta: 1.0 }];
    let both = flow.predict(y.view(), &start, case.cross.view(), &filters).unwrap();
    for j in 0..2 {
        let one = |a: &Array2<f64>| a.slice(s![.., j..j + 1]).to_owned();
        let start = StartValues { train: one(&start.train), test: one(&start.test), jitter: 0.0 };
        let alone = flow.predict(one(&y).view(), &start, case.cross.view(), &filters).unwrap();
        assert!(largest(&alone.test - &both.test.slice(s![.., .., j..j + 1])) < 1e-13);
        assert!(largest(&alone.train - &both.train.slice(s![.., .., j..j + 1])) < 1e-13);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let case = case(12, 5, 3, Kernel::default());
    let flow = case.gram.decompose().unwrap();
    let filters = [Filter::Flow { time: 1.0 }];
    let run = |y: &Array2<f64>, start: StartValues, cross: &Array2<f64>, filters: &[Filter]| {
        flow.predict(y.view(), &start, cross.view(), filters).unwrap_err()
    };
    let zero = || StartValues::zero(12, 5, 1);
    assert!(matches!(run(&Array2::ones((11, 1)), zero(), &case.cross, &filters), Error::Shape { .. }));
    assert!(matches!(run(&case.y, StartValues::zero(12, 4, 1), &case.cross, &filters), Error::Shape { .. }));
    assert!(matches!(
        run(&Array2::ones((12, 3)), StartValues::zero(12, 5, 2), &case.cross, &filters),
        Error::Shape { .. }
    ));
    assert!(matches!(run(&Array2::ones((12, 0)), zero(), &case.cross, &filters), Error::Shape { .. }));
    assert!(matches!(run(&case.y, zero(), &Array2::ones((5, 11)), &filters), Error::Shape { .. }));
    assert!(matches!(run(&case.y, zero(), &case.cross, &[]), Error::Parameter { .. }));
    let mut bad = case.y.clone();
    bad[[3, 0]] = f64::NAN;
    assert!(matches!(run(&bad, zero(), &case.cross, &filters), Error::NotFinite { row: 3, .. }));
}

/// Covariances of 4000 draws, train and test jointly, against the NNGP kernel; a sample covariance of two Gaussians has
/// variance (R_ii R_jj + R_ij²)/N.
#[test]
fn draws_have_the_covariance_of_the_kernel() {
    let case = case(6, 4, 5, Kernel::default());
    let process = GaussianStart::new(&case.kernel, case.x.view(), case.z.view()).unwrap();
    assert_eq!(process.jitter, 0.0);
    let count = 4000;
    let values = process.draw(&draws(count)).unwrap();
    let f = ndarray::concatenate![Axis(0), values.train, values.test];
    let points = ndarray::concatenate![Axis(0), case.x, case.z];
    let r = Kernel { kind: KernelKind::Nngp, ..case.kernel }.gram(points.view()).unwrap().into_array();
    let n = count as f64;
    let sample = f.dot(&f.t()) / n;
    let mut chi = 0.0;
    for i in 0..10 {
        let mean = f.row(i).sum() / n;
        assert!(mean.abs() < 4.5 * (r[[i, i]] / n).sqrt(), "mean of f₀ at point {i}: {mean}");
        for j in 0..=i {
            let error = ((r[[i, i]] * r[[j, j]] + r[[i, j]].powi(2)) / n).sqrt();
            let score = (sample[[i, j]] - r[[i, j]]) / error;
            // 55 scores: a right sampler exceeds 4.5 once in 3000 seeds.
            assert!(score.abs() < 4.5, "covariance of points {i}, {j}: z = {score:.2}");
            chi += score * score;
        }
    }
    // The scores are dependent; their mean square is 1 all the same. A covariance 8 % too large would give more than 2.
    assert!((0.3..2.0).contains(&(chi / 55.0)), "mean square score {}", chi / 55.0);
    let scaled = Start::Scaled { factor: 0.5, seed: Seed(3), index: 7 };
    let half = process.draw(&[scaled, Start::Zero]).unwrap();
    assert!(largest(&half.train.column(0) * 2.0 - values.train.column(7)) < 1e-14);
    assert!(half.test.column(1).iter().all(|v| *v == 0.0));
}

#[test]
fn a_start_does_not_depend_on_the_test_points() {
    let case = case(6, 4, 5, Kernel::default());
    let of = |z: ArrayView2<f64>| Start::values(&draws(2), &case.kernel, case.x.view(), z).unwrap();
    let (all, few) = (of(case.z.view()), of(case.z.slice(s![..2, ..])));
    assert!(largest(&all.train - &few.train) < 1e-14);
    assert!(largest(&all.test.slice(s![..2, ..]) - &few.test) < 1e-14);
}

#[test]
fn jitter_is_added_only_where_needed_and_named() {
    let case = case(6, 4, 5, Kernel::default());
    // The training points again as test points: R is singular.
    let process = GaussianStart::new(&case.kernel, case.x.view(), case.x.view()).unwrap();
    assert!(process.jitter > 0.0 && process.jitter < 1e-9, "{:e}", process.jitter);
    let values = process.draw(&draws(3)).unwrap();
    assert_eq!(values.jitter, process.jitter);
    // The copies differ by the jitter's noise: standard deviation √(2·jitter), some sigmas, plus what conditioning adds.
    assert!(largest(&values.train - &values.test) < 10.0 * (2.0 * process.jitter).sqrt());
}

#[test]
fn starts_are_written_and_read() {
    for text in ["zero", "draw:7:0", "scaled:0.5:7:12"] {
        let start: Start = text.parse().unwrap();
        assert_eq!(start.to_string(), text);
        let json = serde_json::to_string(&start).unwrap();
        assert_eq!(serde_json::from_str::<Start>(&json).unwrap(), start);
    }
    for text in ["", "zero:1", "draw:7", "draw:x:0", "scaled:nan:1:2", "scaled:1:2"] {
        assert!(matches!(text.parse::<Start>(), Err(Error::Parameter { .. })), "{text}");
    }
}

/// Both methods give the same trial; and the mirrored start wins, as in the paper's Fig. 1.
#[test]
fn a_trial_by_either_method() {
    let case = case(120, 200, 5, Kernel::default());
    let truth = quadratic(case.z.view());
    let run = |method: Method| {
        let starts = vec![Start::Zero, Start::Draw { seed: Seed(4), index: 0 }];
        let filters = Times::default().filters(120).unwrap();
        Trial { kernel: case.kernel.clone(), starts, filters, method }
            .run(TrainTestView { x: case.x.view(), y: case.y.view(), z: case.z.view(), truth: truth.view() })
            .unwrap()
    };
    let (full, krylov) = (run(Method::Decomposition), run(Method::Krylov(Krylov::default())));
    assert_eq!(krylov.accuracy.warning(), None);
    // Predictions differ by 1e-6 of the residual's root mean square (below 3 here); |a² − b²| ≤ |a − b||a + b|.
    for (a, b) in full.errors.iter().zip(&krylov.errors) {
        assert!((a - b).abs() <= 3e-6 * 2.0 * (a.sqrt() + 3e-6), "{a} {b}");
    }
    let best = full.best();
    assert!(best[0].error < best[1].error, "{best:?}");
    assert!(!best[0].at_edge);
    assert_eq!(full.frame().unwrap().shape(), (242, 4));
    let json = serde_json::to_string(&full).unwrap();
    assert_eq!(serde_json::from_str::<super::TrialResult>(&json).unwrap(), full);
}
