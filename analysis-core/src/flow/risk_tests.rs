//! The risk's formulas against simulation and against direct linear algebra.
#![allow(clippy::unwrap_used)]

use ndarray::{Array1, Array2, Axis};
use ndarray_linalg::Solve;
use rand_distr::{Distribution, StandardNormal};

use super::tests::{Case, case};
use super::{Ensemble, Filter, GaussianStart, Risk, RiskCurves, Start, Times};
use crate::data::{TrainTestView, quadratic};
use crate::error::Error;
use crate::kernel::{Kernel, KernelKind, Parametrisation};
use crate::seed::Seed;

const NOISE: f64 = 0.2;

fn filters() -> Vec<Filter> {
    let mut filters = [0.0, 0.5, 5.0, 40.0, 300.0].map(|time| Filter::Flow { time }).to_vec();
    filters.extend([
        Filter::GradientDescent { rate: 0.6, steps: 40 },
        Filter::Ridge { delta: 0.5 },
        Filter::Limit,
    ]);
    filters
}

fn nngp(case: &Case) -> Kernel {
    Kernel { kind: KernelKind::Nngp, ..case.kernel.clone() }
}

/// Mean over the test points of (f − f*)² for `count` independent pairs of start and noise, one column each.
fn simulated(case: &Case, count: usize, factor: f64) -> Array2<f64> {
    let (n, truth) = (case.x.nrows(), quadratic(case.z.view()));
    let starts: Vec<Start> =
        (0..count as u64).map(|index| Start::Scaled { factor, seed: Seed(21), index }).collect();
    let start =
        GaussianStart::new(&case.kernel, case.x.view(), case.z.view()).unwrap().draw(&starts).unwrap();
    let mut stream = Seed(22).stream("noise", 0);
    let noise = Array2::from_shape_simple_fn((n, count), || -> f64 { StandardNormal.sample(&mut stream) });
    let y = quadratic(case.x.view()) + noise * NOISE;
    let flow = case.gram.decompose().unwrap();
    flow.predict(y.view(), &start, case.cross.view(), &filters()).unwrap().test_error(truth.view()).unwrap()
}

fn curves(case: &Case) -> RiskCurves {
    let ensemble = Ensemble::new(&case.kernel, case.x.view(), case.z.view()).unwrap();
    let (target, truth) = (quadratic(case.x.view()), quadratic(case.z.view()));
    ensemble.curves(target.view(), truth.view(), NOISE, &filters()).unwrap()
}

/// Standard, mirrored and half-scaled starts: simulated risks against the formulas, by z-scores. The power: what 4 standard
/// errors would let pass is below 12 % of the risk.
#[test]
fn simulated_risk_agrees_with_the_formula() {
    let case = case(40, 30, 5, Kernel::default());
    let curves = curves(&case);
    let count = 1500;
    for factor in [1.0, 0.0, 0.5] {
        let errors = simulated(&case, count, factor);
        let expected = curves.risk(factor);
        for (t, row) in errors.rows().into_iter().enumerate() {
            let mean = row.sum() / count as f64;
            let variance = row.mapv(|e| (e - mean).powi(2)).sum() / (count - 1) as f64;
            let error = (variance / count as f64).sqrt();
            let what = format!("{}, factor {factor}: {mean} against {}", filters()[t], expected[t]);
            // Untrained and mirrored: no randomness at all.
            if t == 0 && factor == 0.0 {
                assert!((mean - expected[t]).abs() < 1e-13, "{what}");
                continue;
            }
            let z = (mean - expected[t]) / error;
            // 23 scores.
            assert!(z.abs() < 4.0, "{what}, z = {z:.2}");
            assert!(4.0 * error < 0.12 * expected[t], "{what}: standard error {error}");
        }
    }
}

/// Each part by itself, from its definition in data space: a_z = φ(A)K(X,z)/n through the predictions of unit targets.
#[test]
fn each_part_equals_its_definition() {
    let kernel =
        Kernel { parametrisation: Parametrisation::FirstLayerBias { bias: true }, ..Kernel::default() };
    let case = case(25, 12, 4, kernel);
    let (n, m) = (25, 12);
    let curves = curves(&case);
    let flow = case.gram.decompose().unwrap();
    let zero = super::StartValues::zero(n, m, 1);
    let unit = flow.predict(Array2::eye(n).view(), &zero, case.cross.view(), &filters()).unwrap();
    let r = nngp(&case);
    let (r_x, r_zx) = (r.gram(case.x.view()).unwrap(), r.cross_gram(case.z.view(), case.x.view()).unwrap());
    let ensemble = Ensemble::new(&case.kernel, case.x.view(), case.z.view()).unwrap();
    let (target, truth) = (quadratic(case.x.view()), quadratic(case.z.view()));
    for (t, filter) in filters().into_iter().enumerate() {
        let a = unit.test.index_axis(Axis(0), t); // (m,n), row z is a_z
        let bias2 = (a.dot(&target) - &truth).mapv(|v| v * v).sum() / m as f64;
        let noise = NOISE * NOISE * a.mapv(|v| v * v).sum() / m as f64;
        let crossed = a.dot(&r_zx.t());
        let covariance = r.gram(case.z.view()).unwrap().into_array() - &crossed - crossed.t()
            + a.dot(&r_x.view()).dot(&a.t());
        let start = covariance.diag().sum() / m as f64;
        // Sums of n² terms of order up to max|a|²; a itself carries n·ε·(largest filter value)·‖K‖/n.
        let size = a.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        let bound = 1e3 * n as f64 * f64::EPSILON * size * size;
        for (found, expected) in
            [(curves.bias2[t], bias2), (curves.variance_noise[t], noise), (curves.variance_start[t], start)]
        {
            assert!((found - expected).abs() <= bound, "{filter}: {found} {expected}, bound {bound:e}");
        }
        let moments = ensemble.moments(filter, case.y.view()).unwrap();
        let off = (&moments.covariance - &covariance).iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let mean_off = (&moments.mean - &a.dot(&case.y)).iter().fold(0.0f64, |m, v| m.max(v.abs()));
        assert!(off <= bound && mean_off <= bound, "{filter}: {off:e} {mean_off:e}");
    }
}

/// t → ∞: Seleznova and Kutyniok 2021, §5, V = K(x,x) − 2vᵀK(X,x) + vᵀK(X,X)v, v = Θ(X)⁻¹Θ(X,x), by a linear solve.
#[test]
fn the_trained_variance_is_that_of_paper_2() {
    let kernel =
        Kernel { parametrisation: Parametrisation::FirstLayerBias { bias: true }, ..Kernel::default() };
    let case = case(20, 5, 4, kernel);
    let ensemble = Ensemble::new(&case.kernel, case.x.view(), case.z.view()).unwrap();
    let moments = ensemble.moments(Filter::Limit, case.y.view()).unwrap();
    let r = nngp(&case);
    let r_x = r.gram(case.x.view()).unwrap();
    for z in 0..5 {
        let v = case.gram.view().to_owned().solve(&case.cross.row(z)).unwrap();
        let point = case.z.slice(ndarray::s![z..z + 1, ..]);
        let r_xz: Array1<f64> = r.cross_gram(case.x.view(), point).unwrap().column(0).to_owned();
        let expected =
            r.gram(point).unwrap().view()[[0, 0]] - 2.0 * v.dot(&r_xz) + v.dot(&r_x.view().dot(&v));
        let found = moments.covariance[[z, z]];
        assert!((found - expected).abs() < 1e-11, "{found} {expected}");
    }
}

#[test]
fn roughness_adds_up_and_agrees_with_draws() {
    let case = case(30, 5, 5, Kernel::default());
    let ensemble = Ensemble::new(&case.kernel, case.x.view(), case.z.view()).unwrap();
    let target = quadratic(case.x.view());
    let roughness = ensemble.roughness(target.view()).unwrap();
    // Trace and Parseval: R_xx = 1 on the sphere.
    assert!((roughness.start.sum() - 1.0).abs() < 30.0 * 60.0 * f64::EPSILON);
    let energy = target.mapv(|v| v * v).sum() / 30.0;
    assert!((roughness.target.sum() - energy).abs() < 30.0 * 60.0 * f64::EPSILON * energy);
    let count = 2000;
    let starts: Vec<Start> = (0..count).map(|index| Start::Draw { seed: Seed(5), index }).collect();
    let values = Start::values(&starts, &case.kernel, case.x.view(), case.z.view()).unwrap();
    let coefficients = ensemble.decomposition.eigenvectors.dot(&values.train);
    for (i, row) in coefficients.rows().into_iter().enumerate() {
        let mean = row.mapv(|c| c * c).sum() / count as f64 / 30.0;
        // A squared Gaussian has standard deviation √2 times its mean.
        let z = (mean / roughness.start[i] - 1.0) / (2.0 / count as f64).sqrt();
        assert!(z.abs() < 4.5, "index {}: z = {z:.2}", i + 1);
    }
    assert_eq!(roughness.frame().unwrap().shape(), (30, 4));
}

#[test]
fn optimal_stopping_is_inside_the_grid_and_earlier_for_mirrored() {
    let case = case(100, 200, 5, Kernel::default());
    let (target, truth) = (quadratic(case.x.view()), quadratic(case.z.view()));
    let curves = Risk::default()
        .run(TrainTestView { x: case.x.view(), y: target.view(), z: case.z.view(), truth: truth.view() })
        .unwrap();
    assert_eq!(curves.filters, Times::default().filters(100).unwrap());
    let (mirrored, standard) = (curves.best(0.0).unwrap(), curves.best(1.0).unwrap());
    assert!(!mirrored.at_edge && !standard.at_edge, "{mirrored:?} {standard:?}");
    assert!(mirrored.risk < standard.risk);
    // f₀ must be unlearned before it stops hurting: the longer training is the standard one's.
    assert!(mirrored.filter.time() < standard.filter.time());
    assert!(
        (standard.bias2 + standard.variance_start + standard.variance_noise - standard.risk).abs() < 1e-15
    );
    assert_eq!(curves.frame().unwrap().shape(), (121, 7));
    assert!(matches!(curves.best(f64::NAN), Err(Error::Parameter { .. })));
}

#[test]
fn what_does_not_fit_is_refused() {
    let case = case(10, 4, 5, Kernel::default());
    let ensemble = Ensemble::new(&case.kernel, case.x.view(), case.z.view()).unwrap();
    let (target, truth) = (quadratic(case.x.view()), quadratic(case.z.view()));
    let flow = [Filter::Flow { time: 1.0 }];
    assert!(matches!(ensemble.curves(truth.view(), truth.view(), 0.2, &flow), Err(Error::Shape { .. })));
    assert!(matches!(ensemble.curves(target.view(), target.view(), 0.2, &flow), Err(Error::Shape { .. })));
    assert!(matches!(
        ensemble.curves(target.view(), truth.view(), -0.2, &flow),
        Err(Error::Parameter { .. })
    ));
    assert!(matches!(ensemble.curves(target.view(), truth.view(), 0.2, &[]), Err(Error::Parameter { .. })));
    assert!(matches!(ensemble.moments(flow[0], truth.view()), Err(Error::Shape { .. })));
    assert!(matches!(ensemble.roughness(truth.view()), Err(Error::Shape { .. })));
}
