//! Learning curves on the sphere against the project's recorded values, against sums without a series, and against real
//! kernel regression.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::{quadratic, sphere_points};
use crate::kernel::{Kernel, KernelKind};
use crate::linalg::symmetric_eigen;
use crate::seed::Seed;
use crate::spectrum::SphereSpectrum;
use rand_distr::{Distribution, StandardNormal};

fn task(d: usize, factor: f64) -> SphereTask {
    SphereTask { d, factor, ..SphereTask::default() }
}

fn flow(d: usize, factor: f64, sizes: &[usize]) -> SphereCurve<PopulationCurve> {
    PopulationCurve { task: task(d, factor), sizes: sizes.to_vec() }.run().unwrap()
}

fn ridge(d: usize, factor: f64, sizes: &[usize]) -> SphereCurve<EquivalentCurve> {
    EquivalentCurve { task: task(d, factor), sizes: sizes.to_vec(), ridge: None }.run().unwrap()
}

/// Slopes of the standard curve from `tests/reference/learning_curves.py`, an independent program: other eigenvalues, no
/// series, grid searches. A grid's step of 5e-4 decades leaves 1e-6 of a risk at its minimum, so 4e-6 of a slope over
/// 0.4 decades. (The project's notes have them to two digits: −0.46, −0.44, −0.33, −0.30; −0.58, −0.46, −0.435, −0.37,
/// −0.27. There −0.46 is the local slope at n = 10⁴, the upper end of its range.)
const SAME: f64 = 4e-6;

#[test]
fn the_flows_slopes_are_those_of_an_independent_program() {
    for (d, expected) in [(5, [-0.462957, -0.443462]), (10, [-0.328603, -0.296522])] {
        let sizes = [1_000, 10_000, 100_000, 10_usize.pow(15)];
        let standard = flow(d, 1.0, &sizes);
        for (from, expected) in [1_000, 10_000].into_iter().zip(expected) {
            let slope = standard.slope_between(from, 10 * from).unwrap();
            assert!((slope - expected).abs() < SAME, "d = {d}, from {from}: {slope} {expected}");
        }
        // In the end −3/(d + 2), not the printed −3/(d + 3).
        let rates = SphereRates::new(d).unwrap();
        let last = standard.points[3].slope;
        println!("d = {d}, standard: at n = 1e15 {last}, limit {}", rates.standard);
        assert!((last - rates.standard).abs() < 0.003, "{:?}", standard.points[3]);
        assert!((last - rates.standard_as_printed).abs() > 0.01);
        let mirrored = flow(d, 0.0, &sizes);
        println!("d = {d}, mirrored: {:?}", mirrored.slope_between(1_000, 10_000));
        for point in &mirrored.points[..2] {
            // The project's notes: −0.98 / −0.99.
            assert!((point.slope + 0.985).abs() < 0.01, "{point:?}");
        }
        // σ²/n times how many functions are learned by a time ~ ln n: −1 up to 1/ln n.
        let last = mirrored.points[3].slope;
        assert!(-1.0 < last && last < -1.0 + 1.0 / 1e15_f64.ln(), "{last}");
    }
}

#[test]
fn the_ridges_slopes_are_those_of_an_independent_program() {
    let sizes = [400, 1_000, 4_000, 10_000, 100_000, 400_000, 1_000_000, 10_000_000, 10_usize.pow(15)];
    let (five, ten) = (ridge(5, 1.0, &sizes), ridge(10, 1.0, &sizes));
    for (curve, from, to, expected) in [
        (&five, 400, 1_000, -0.583207),
        (&five, 4_000, 10_000, -0.471276),
        (&five, 100_000, 400_000, -0.438395),
        (&ten, 4_000, 10_000, -0.366418),
        (&ten, 1_000_000, 10_000_000, -0.273117),
    ] {
        let slope = curve.slope_between(from, to).unwrap();
        assert!((slope - expected).abs() < SAME, "{from}..{to}: {slope} {expected}");
    }
    for (curve, limit) in [(&five, -3.0 / 7.0), (&ten, -0.25)] {
        println!("ridge, standard: {:?}", curve.points[8]);
        assert!((curve.points[8].slope - limit).abs() < 0.003, "{:?}", curve.points[8]);
    }
    // Saturation: the best ridge cannot use what is smooth beyond s = 2. (The project's notes: −0.73 at d = 5.)
    let mirrored = ridge(5, 0.0, &sizes);
    for (from, to, expected) in
        [(400, 1_000, -0.822346), (4_000, 10_000, -0.764160), (100_000, 400_000, -0.738898)]
    {
        let slope = mirrored.slope_between(from, to).unwrap();
        assert!((slope - expected).abs() < SAME, "{from}..{to}: {slope} {expected}");
    }
    let limit = SphereRates::new(5).unwrap().mirrored_ridge;
    assert!((mirrored.points[8].slope - limit).abs() < 0.003, "{:?}", mirrored.points[8]);
}

/// The flow's slope (by what does not change at an optimum) against a difference of two curves.
#[test]
fn the_slope_is_the_curves_derivative() {
    for factor in [0.0, 0.5, 1.0] {
        let curve = flow(5, factor, &[9_990, 10_000, 10_010]);
        let difference = curve.slope_between(9_990, 10_010).unwrap();
        // Rounding of two risks over ln(n₂/n₁) = 2e-3; the curvature over 1e-3 is far below.
        assert!(
            (curve.points[1].slope - difference).abs() < 1e-7,
            "{factor}: {:?} {difference}",
            curve.points[1]
        );
    }
}

/// Sums over 2000 degrees one by one, without a series: what they lack of μ is what they lack of the trace.
#[test]
fn the_sums_are_the_plain_sums() {
    let (d, n, noise) = (5, 3_000, 0.2);
    let curve = PopulationCurve { task: task(d, 1.0), sizes: vec![n] };
    let [ntk, nngp] = [KernelKind::Ntk, KernelKind::Nngp].map(|kind| {
        let kernel = Kernel { kind, ..Kernel::default() };
        SphereSpectrum { kernel, d, max_degree: 2000 }.run().unwrap()
    });
    let table: f64 = nngp.eigenvalues.iter().zip(&nngp.multiplicities).map(|(mu, count)| mu * count).sum();
    let beyond = nngp.trace - table;
    assert!(beyond > 0.0 && beyond < 1e-9, "{beyond:e}");
    let plain = |t: f64| -> f64 {
        (0..=2000)
            .map(|k| {
                let (lambda, count) = (ntk.eigenvalues[k], ntk.multiplicities[k]);
                let energy = [1.0, 0.0, 8.0 / 7.0].get(k).copied().unwrap_or(0.0);
                (energy + count * nngp.eigenvalues[k]) * (-2.0 * t * lambda).exp()
                    + noise * noise / n as f64 * count * (1.0 - (-t * lambda).exp()).powi(2)
            })
            .sum::<f64>()
            + beyond
    };
    for risk in curve.in_time(&[0.0, 1.0, 30.0, 1e3, 1e5]).unwrap() {
        assert!(
            (risk.risk / plain(risk.time.unwrap()) - 1.0).abs() < 1e-9,
            "{risk:?} {}",
            plain(risk.time.unwrap())
        );
    }
    let best = curve.run().unwrap().points[0];
    for step in [0.5, 0.9, 0.99, 1.01, 1.1, 2.0] {
        assert!(plain(best.time.unwrap() * step) > best.risk, "{step}");
    }
}

/// On the circle the learned degrees run far beyond the table: F(λ) over the series' nodes against one degree at a time.
#[test]
fn the_tail_is_summed_where_it_matters() {
    let spectrum = SphereSpectrum { d: 2, ..Default::default() }.run().unwrap();
    let levels = spectrum.levels().unwrap();
    for scale in [1e4, 1e6, 1e8] {
        let flow = |lambda: f64| (-scale * lambda).exp_m1().powi(2);
        let ridge = |lambda: f64| (scale * lambda / (1.0 + scale * lambda)).powi(2);
        // Even degrees to 10⁶; beyond, F ~ (scale·λ)² ~ k^{−4}, 1e-18·scale² in all.
        let eigenvalues: Vec<f64> =
            (0..=500_000).map(|k| spectrum.degree(2 * k).unwrap().eigenvalue).collect();
        for (name, f) in [("flow", &flow as &dyn Fn(f64) -> f64), ("ridge", &ridge)] {
            let nodes: f64 = levels.iter().map(|l| l.multiplicity * f(l.eigenvalue)).sum();
            let plain: f64 = eigenvalues.iter().map(|v| 2.0 * f(*v)).sum::<f64>() - f(eigenvalues[0])
                + 2.0 * f(spectrum.eigenvalues[1]);
            let off = (nodes / plain - 1.0).abs();
            println!("{name} {scale:e}: {plain} {off:e}");
            assert!(off < 1e-6, "{name} {scale:e}: {nodes} {plain}");
        }
    }
}

/// The equation for κ holds, and a given ridge near the best one gives nearly the best risk, never a better one.
#[test]
fn kappa_solves_its_equation() {
    let best = ridge(5, 1.0, &[100, 10_000]);
    let ntk = SphereSpectrum { max_degree: 2000, ..Default::default() }.run().unwrap();
    for point in &best.points {
        let learned: f64 = (ntk.eigenvalues.iter().zip(&ntk.multiplicities))
            .map(|(l, count)| count * l / (l + point.kappa.unwrap()))
            .sum();
        // Σ λ over the degrees beyond 2000 is 3e-4 of κ(1).
        let beyond = (ntk.trace - ntk.trace_check().table) / point.kappa.unwrap();
        let n = learned + beyond + point.ridge.unwrap() / point.kappa.unwrap();
        assert!((n / point.n as f64 - 1.0).abs() < 1e-6, "{point:?}: {n}");
        for factor in [0.8, 1.0, 1.25] {
            let sizes = vec![point.n];
            let given =
                EquivalentCurve { task: task(5, 1.0), sizes, ridge: Some(point.ridge.unwrap() * factor) };
            let risk = given.run().unwrap().points[0].risk;
            assert!(
                risk >= point.risk * (1.0 - 1e-12) && risk < point.risk * 1.01,
                "{factor}: {risk} {point:?}"
            );
        }
    }
}

/// Real kernel ridge regression on points of the sphere, mirrored start, against its equivalent: within 4 standard errors
/// of the mean over draws. The equivalent is a limit, but at n = 250 its own error lies below that.
#[test]
fn real_ridge_regression_has_the_equivalents_risk() {
    let (d, n, m, draws, delta) = (5, 250, 500, 48, 0.3);
    let curve = EquivalentCurve { task: task(d, 0.0), sizes: vec![n], ridge: Some(delta) };
    let expected = curve.run().unwrap().points[0];
    let kernel = Kernel::default();
    let errors: Vec<f64> = (0..draws)
        .map(|draw| {
            let mut stream = Seed(11).stream("ridge-test", draw);
            let x = sphere_points(n, d, &mut stream);
            let z = sphere_points(m, d, &mut stream);
            let noise = |_: f64| -> f64 { 0.2 * Distribution::<f64>::sample(&StandardNormal, &mut stream) };
            let y = quadratic(x.view()) + ndarray::Array2::zeros((n, 1)).mapv_into(noise);
            let eigen = symmetric_eigen(kernel.gram(x.view()).unwrap().into_array()).unwrap();
            let mut coefficients = eigen.vectors.dot(&y);
            for (mut row, value) in coefficients.rows_mut().into_iter().zip(&eigen.values) {
                row /= value + delta;
            }
            let alpha = eigen.vectors.t().dot(&coefficients);
            let fitted = kernel.cross_gram(z.view(), x.view()).unwrap().dot(&alpha);
            (fitted - quadratic(z.view())).mapv(|e| e * e).mean().unwrap()
        })
        .collect();
    let mean = errors.iter().sum::<f64>() / draws as f64;
    let variance = errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (draws - 1) as f64;
    let error = (variance / draws as f64).sqrt();
    let z = (mean - expected.risk) / error;
    println!("risk {mean} ± {error}, equivalent {}, z = {z}", expected.risk);
    assert!(z.abs() < 4.0, "{mean} ± {error}, {expected:?}");
    assert!(error < 0.05 * mean, "the test excludes errors beyond 20 %");
}

#[test]
fn bad_parameters_are_refused() {
    let refused = |task: SphereTask| PopulationCurve { task, sizes: vec![100] }.run().is_err();
    assert!(refused(SphereTask { noise: 0.0, ..Default::default() }));
    assert!(refused(SphereTask { factor: -1.0, ..Default::default() }));
    assert!(refused(SphereTask { factor: f64::NAN, ..Default::default() }));
    assert!(refused(SphereTask { d: 1, ..Default::default() }));
    let nngp = Kernel { kind: KernelKind::Nngp, ..Kernel::default() };
    assert!(refused(SphereTask { kernel: nngp, ..Default::default() }));
    let tanh = Kernel { activation: crate::kernel::Activation::Tanh, ..Kernel::default() };
    assert!(refused(SphereTask { kernel: tanh, ..Default::default() }));
    let negative = SphereTarget::Energies(vec![1.0, -1.0]);
    assert!(refused(SphereTask { target: negative, ..Default::default() }));
    let nothing = SphereTarget::Energies(vec![]);
    assert!(refused(SphereTask { target: nothing, factor: 0.0, ..Default::default() }));
    // Its high degrees are lost to rounding.
    assert!(refused(SphereTask { d: 200, ..Default::default() }));
    assert!(PopulationCurve { sizes: vec![], ..Default::default() }.run().is_err());
    assert!(PopulationCurve { sizes: vec![0], ..Default::default() }.run().is_err());
    assert!(PopulationCurve::default().in_time(&[-1.0]).is_err());
    assert!(EquivalentCurve { ridge: Some(-1.0), ..Default::default() }.run().is_err());
    assert!(log_spaced_sizes(10, 10, 3).is_err());
}

#[test]
fn a_curve_without_points_has_its_columns() {
    let mut curve = flow(5, 1.0, &[100]);
    let names = curve.frame().unwrap().get_column_names_owned();
    assert_eq!(names[1], "time");
    curve.points.clear();
    assert_eq!(curve.frame().unwrap().get_column_names_owned(), names);
    let mut curve = ridge(5, 1.0, &[100]);
    let names = curve.frame().unwrap().get_column_names_owned();
    assert_eq!(names[1..3], ["ridge", "kappa"]);
    curve.points.clear();
    assert_eq!(curve.frame().unwrap().get_column_names_owned(), names);
}
