//! The estimator where eigenvalues are equal, hardly decay, or where numbers are at the ends of double precision.

use analysis_core::kernel::Kernel;
use analysis_core::ndarray::{Array1, Array2, Axis};
use analysis_core::prelude::*;
use analysis_core::regression::{IndexRange, fit_decay};
use analysis_core::smoothness::DecayCurves;
use analysis_core::spectrum::Eigenspace;

fn within(window: &str) -> Smoothness {
    Smoothness { window: window.parse().unwrap(), ..Default::default() }
}

/// {±1}⁸ and a target on it without any symmetry.
fn cube() -> (Array2<f64>, Array2<f64>) {
    let x = Array2::from_shape_fn((256, 8), |(i, j)| if i >> j & 1 == 1 { 1.0 } else { -1.0 });
    let y = Array2::from_shape_fn((256, 1), |(i, _)| if (i * i + 3 * i) % 7 < 3 { 1.2 } else { 0.2 });
    (x, y)
}

/// The tail on the cube, from the Walsh transform of y: the energy of level k is that of its C(8, k) functions, the levels
/// are in the order of their eigenvalues under the kernel without bias (the odd ones from 3 on are 0 together).
fn walsh_tail(x: &Array2<f64>, y: &Array2<f64>) -> Vec<f64> {
    let first = Kernel::default().gram(x.view()).unwrap().view().row(0).to_owned();
    let mut levels = [(0.0, 0.0, 0); 9];
    for subset in 0..256_usize {
        let function: Array1<f64> =
            x.map_axis(Axis(1), |row| (0..8).filter(|j| subset >> j & 1 == 1).map(|j| row[j]).product());
        let level = &mut levels[subset.count_ones() as usize];
        level.0 = first.dot(&function) / function[0];
        level.1 += (y.column(0).dot(&function) / 256.0).powi(2);
        level.2 += 1;
    }
    let zero = levels[3].1 + levels[5].1 + levels[7].1;
    let mut levels: Vec<(f64, f64, usize)> =
        levels.into_iter().filter(|level| level.0.abs() > 1e-10).chain([(0.0, zero, 120)]).collect();
    levels.sort_by(|a, b| b.0.total_cmp(&a.0));
    let energy = levels.into_iter().flat_map(|(_, e, m)| std::iter::repeat_n(e / m as f64, m));
    let mut tail: Vec<f64> = energy.collect();
    let mut sum = 0.0;
    tail.iter_mut().rev().for_each(|value| {
        sum += *value;
        *value = sum;
    });
    tail
}

#[test]
fn the_cubes_exponent_is_that_of_its_walsh_transform_in_any_order() {
    use analysis_core::rand::seq::SliceRandom;
    let (x, y) = cube();
    let expected = walsh_tail(&x, &y);
    for window in ["1..=37", "1..=20", "10..=100"] {
        let line = fit_decay(&expected, window.parse().unwrap(), Spacing::EveryIndex).unwrap().line;
        for copy in 0..4 {
            let (mut order, mut columns) = ((0..256).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
            order.shuffle(&mut Seed(copy).stream("rows", 0));
            columns.shuffle(&mut Seed(copy).stream("columns", 0));
            let data = Dataset::from_arrays(
                x.select(Axis(0), &order).select(Axis(1), &columns),
                y.select(Axis(0), &order),
            );
            let result = within(window).run(&data.unwrap()).unwrap();
            // Gaps between levels are above 1e-4 of λ_1, so an eigenspace turns by 256·ε/1e-4 < 1e-9.
            assert!((result.r() + line.slope).abs() < 1e-8, "{window}: {} {}", result.r(), line.slope);
            assert_eq!(result.curves.eigenspaces.len(), 5, "levels 1, 2, 4, 6 and those of eigenvalue 0");
            assert_eq!(result.curves.eigenspaces[0], Eigenspace { first: 2, last: 9 });
        }
    }
}

#[test]
fn a_window_that_cuts_an_eigenspace_says_so_wherever_it_is_shown() {
    let (x, y) = cube();
    let result = within("1..=20").run(&Dataset::from_arrays(x, y).unwrap()).unwrap();
    let warnings = result.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("i = 10..=37") && warnings[0].contains("i = 9 or i = 37"), "{warnings:?}");
    assert!(result.table().text().unwrap().contains("eigenspace i = 10..=37"));
    let manifest = serde_json::to_string(&result.manifest().unwrap()).unwrap();
    assert!(manifest.contains("eigenspaces") && manifest.contains("i = 10..=37"), "{manifest}");
    let cases: [(&str, &[&str]); 4] = [
        ("1..=37", &[]),
        ("1..=9", &[]),
        ("3..=37", &["i = 2 or i = 10"]),
        ("12..=50", &["i = 10 or i = 38", "i = 37 or i = 107"]),
    ];
    for (window, told) in cases {
        let warnings = result.refit(window.parse().unwrap(), Spacing::EveryIndex).unwrap().warnings();
        assert_eq!(warnings.len(), told.len(), "{window}: {warnings:?}");
        assert!(warnings.iter().zip(told).all(|(w, told)| w.contains(told)), "{window}: {warnings:?}");
    }
    // Within an eigenspace nothing decays.
    let within_one = result.refit("12..=30".parse().unwrap(), Spacing::EveryIndex).map(|r| r.beta());
    assert!(within_one.unwrap_err().to_string().contains("hardly decay"));
    let text = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<SmoothnessResult>(&text).unwrap(), result);
}

#[test]
fn a_simple_spectrum_says_nothing() {
    let x = analysis_core::data::sphere_points(150, 4, &mut Seed(1).stream("x", 0));
    let y = Array2::from_shape_fn((150, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
    let result = within("1..=40").run(&Dataset::from_arrays(x, y).unwrap()).unwrap();
    assert!(result.curves.eigenspaces.is_empty() && result.warnings().is_empty());
    let manifest = serde_json::to_string(&result.manifest().unwrap()).unwrap();
    assert!(!manifest.contains("eigenspaces") && !manifest.contains("warnings"));
}

/// K = a·I and a little: eigenvalues that fall by 1e-8 of their size, or by 1 %, over the window are sorted noise, not a
/// power law, and s = r/β is no number.
#[test]
fn eigenvalues_that_hardly_decay_are_refused() {
    let n = 200;
    let y = Array2::from_shape_fn((n, 1), |(i, _)| (1.0 + i as f64).powf(-0.5));
    let fit = |beta: f64| {
        let values = Array1::from_shape_fn(n, |i| (1.0 + i as f64).powf(-beta));
        within("1..=30").run((&Gram::from_array(Array2::from_diag(&values)).unwrap(), y.view()))
    };
    // Two standard errors of 200 rows: 2/√(200·Σ(ln i − mean)²) = 0.0309 over 1..=30.
    for beta in [1e-9, 1e-3, 0.0308] {
        let error = fit(beta).map(|r| r.beta()).unwrap_err();
        assert!(
            matches!(&error, Error::Window { problem, .. } if problem.contains("hardly decay")),
            "{error}"
        );
    }
    assert!((fit(0.031).unwrap().beta() - 0.031).abs() < 1e-12);
    // The kernel in which this was found: a hundred layers of a chaotic activation leave all λ_i equal to a few parts in 1e8.
    let x = analysis_core::data::sphere_points(n, 4, &mut Seed(1).stream("x", 0));
    let kernel = Kernel { activation: "erf".parse().unwrap(), hidden_layers: 100, ..Kernel::default() };
    let data = Dataset::from_arrays(x, y.clone()).unwrap();
    let error = Smoothness { kernel, ..within("1..=30") }.run(&data).map(|r| r.beta()).unwrap_err();
    assert!(error.to_string().contains("hardly decay"), "{error}");
}

#[test]
fn curves_that_no_run_has_made_are_refused() {
    let (x, y) = cube();
    let good = within("1..=37").run(&Dataset::from_arrays(x, y).unwrap()).unwrap();
    let break_it: [fn(&mut DecayCurves); 9] = [
        |c| c.eigenvalues.truncate(1),
        |c| c.tail.truncate(40),
        |c| c.tail.clear(),
        |c| c.null_tails[3].truncate(5),
        |c| c.null_tails[3][5] = f64::NAN,
        |c| c.eigenvalues[0] = f64::INFINITY,
        |c| c.eigenspaces[0].last = 1000,
        |c| c.eigenspaces.swap(0, 1),
        |c| c.epsilon = f64::NAN,
    ];
    for (case, break_it) in break_it.into_iter().enumerate() {
        let mut bad = good.clone();
        break_it(&mut bad.curves);
        assert!(bad.curves.clone().fit(&bad.parameters).is_err(), "case {case}");
        assert!(bad.refit("1..=37".parse().unwrap(), Spacing::EveryIndex).is_err(), "case {case}");
        assert!(
            bad.decay_plot().is_err() && bad.null_tail(0.5).is_err() && bad.frame().is_err(),
            "case {case}"
        );
        bad.warnings();
        bad.table();
    }
    for range in [IndexRange { first: 0, last: 9 }, IndexRange { first: 9, last: 2 }] {
        for spacing in [Spacing::EveryIndex, Spacing::LogSpaced { points: 3 }] {
            assert!(matches!(range.indices(spacing), Err(Error::Window { .. })), "{range}");
        }
    }
    let endless = IndexRange { first: 1, last: usize::MAX };
    assert!(matches!(endless.indices(Spacing::EveryIndex), Err(Error::Memory { .. })));
}

/// Powers of two change no digit of r; beyond them the squares of small coefficients would lose theirs, and it is said.
#[test]
fn a_target_at_the_ends_of_double_precision_is_right_or_refused() {
    let gram =
        Gram::from_array(Array2::from_diag(&Array1::from_shape_fn(60, |i| (1.0 + i as f64).powf(-1.3))));
    let gram = gram.unwrap();
    let y = Array2::from_shape_fn((60, 1), |(i, _)| (1.0 + i as f64).powf(-0.8));
    let r = |exponent: i32| within("1..=30").run((&gram, (&y * 2f64.powi(exponent)).view()));
    let plain = r(0).unwrap().r();
    for exponent in [-450, -300, 300, 450] {
        // ln(c·2^e) rounds otherwise: 1e3·ε over the points' spread.
        assert!((r(exponent).unwrap().r() - plain).abs() < 1e-12, "2^{exponent}");
    }
    for exponent in [-1000, -530, -500, 500, 530, 1000] {
        assert!(matches!(r(exponent), Err(Error::Parameter { .. })), "2^{exponent}");
    }
}

#[test]
fn a_target_that_is_all_mean_is_refused_or_said() {
    let gram =
        Gram::from_array(Array2::from_diag(&Array1::from_shape_fn(60, |i| (1.0 + i as f64).powf(-1.3))));
    let run = |y: Array2<f64>| within("1..=30").run((gram.as_ref().unwrap(), y.view()));
    let vary = |mean: f64, size: f64| Array2::from_shape_fn((60, 1), |(i, _)| mean + size * (i as f64).sin());
    // 60·ε = 1.3e-14.
    assert!(matches!(run(vary(1.0, 2e-15)), Err(Error::Parameter { .. })));
    let warned = |y: Array2<f64>| run(y).unwrap().warnings().iter().any(|w| w.contains("subtract its mean"));
    assert!(warned(vary(1e9, 1.0)) && !warned(vary(0.0, 1.0)) && !warned(vary(1.0, 1.0)));
}
