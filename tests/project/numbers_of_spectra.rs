//! Numbers that notebooks 05 and 07 show, computed again.

use analysis_core::prelude::*;
use analysis_tests::root;

use crate::notebook_numbers::{kept, rows, shown, shows};

/// The exponents of all images: the notebook's table, and the page's text, show what the kept tails and eigenvalues give; ten subsets of
/// 500 images are measured again.
#[test]
fn of_05_the_exponents_of_all_images() {
    let notebook = "05-all-the-images.ipynb";
    let page = std::fs::read_to_string(root().join("notebooks/README.md")).unwrap();
    let table = shown(notebook, "whole_sets_table(&sets, LabelEncoding::Integer)");
    let windows: [Window; 2] = ["log10<2.7".parse().unwrap(), "first:0.167".parse().unwrap()];
    for (source, name) in
        [(Source::Mnist, "MNIST"), (Source::Cifar10, "CIFAR-10"), (Source::FashionMnist, "Fashion-MNIST")]
    {
        let set: WholeSetResult = kept(WholeSetResult::read, &format!("whole-set-{source}.json"));
        let line = page
            .lines()
            .rfind(|line| line.starts_with(&format!("| {name} | {},000 |", set.n() / 1000)))
            .unwrap();
        // Every tail to i = 2000 is kept: the line over i ≤ 501 made anew from them, by another formula.
        let frame = set.tail_frame().unwrap();
        let kept_tail: Vec<f64> =
            frame.column("integer").unwrap().f64().unwrap().iter().take(501).flatten().collect();
        let x: Vec<f64> = (1..=501).map(|i| f64::from(i).ln()).collect();
        let mean = x.iter().sum::<f64>() / 501.0;
        let top: f64 = x.iter().zip(&kept_tail).map(|(x, tail)| (x - mean) * tail.ln()).sum();
        let r = -top / x.iter().map(|x| (x - mean) * x).sum::<f64>();
        // 501 products of size ≤ 40, each rounding by ε, over Σ(x − x̄)² > 400.
        let run = set.reading.r(WholeTarget::Labels(LabelEncoding::Integer), windows[0]).unwrap();
        assert!(kept_tail.len() == 501 && (r - run).abs() < 1e-12, "{name}: {r} {run}");
        for window in windows {
            let target = WholeTarget::Labels(LabelEncoding::Integer);
            // From the tails as they are kept, log-spaced beyond 2000.
            let spaced = set.fit(target, window, Spacing::LogSpaced { points: 300 }).unwrap();
            let every = set.fit(target, window, Spacing::EveryIndex).unwrap();
            // Weighted towards the head, so another number, but not far off.
            assert!(
                (spaced.line.slope - every.line.slope).abs() < 0.08,
                "{name} {window}: {spaced:?} {every:?}"
            );
            let r = -every.line.slope;
            shows(&table, r, 3);
            shows(line, r, 3);
            let of_functions: Vec<f64> =
                set.reading.all_r(window, |target| matches!(target, WholeTarget::Function { .. }));
            let functions = MeanSd::of(&of_functions).unwrap();
            assert!(line.contains(&functions.to_string()), "{functions} is not in {line}");
            assert!(of_functions.iter().all(|f| *f > r), "{name} {window}");
        }
    }
    let sizes = shown(notebook, "subsets[0].table()");
    let small = Subsets { sizes: vec![500], ..Subsets::default() }.run().unwrap();
    let window = windows[1];
    let r = small
        .readings
        .iter()
        .map(|reading| reading.r(WholeTarget::Labels(LabelEncoding::Integer), window).unwrap());
    let summary = MeanSd::of(&r.collect::<Vec<f64>>()).unwrap();
    assert!(sizes.contains(&summary.to_string()), "{summary} is not in {sizes}");
}

/// One sphere's samples again, the exact degrees of S⁹, and the octaves of MNIST; the predicted eigenvalues also by multiplying, for the constant
/// and the linear functions.
#[test]
fn of_07_the_levels_the_readings_and_the_covariance() {
    let notebook = "07-sphere-oracle.ipynb";
    let small =
        SphereOracle { dimensions: vec![10], sizes: vec![500], ..SphereOracle::default() }.run().unwrap();
    let table = shown(notebook, "measured.table()");
    let row = rows(&table, &["S<sup>9</sup>", ">500<"]).remove(0).join(" ");
    for reading in &small.cells[0].readings {
        let s = reading.s.unwrap();
        assert!((s.low..=s.high).contains(&s.mean));
        shows(&row, s.mean, 3);
        reading.expected.into_iter().for_each(|expected| shows(&row, expected, 3));
    }
    let nine = SphereOracle::default().kernel;
    let nine = SphereSpectrum { kernel: nine, d: 10, max_degree: 200 }.run().unwrap();
    let text = shown(notebook, "nine.frame()");
    nine.local_exponents().iter().take(6).for_each(|local| shows(&text, local.by_index, 4));

    let data = Dataset::load(Source::Mnist)
        .unwrap()
        .rows(0..20_000)
        .unwrap()
        .prepare(Scaling::UnitNorm, Target::Integer)
        .unwrap();
    let ansatz = HermiteSpectrum { count: 20_000, ..Default::default() }.run(data.x.view()).unwrap();
    let rho = ansatz.moments.mean_square;
    // κ(ρ) of κ₁ + uκ₀, and its slope 2κ₀ + u/(π√(1−u²)).
    let (angle, pi) = (rho.acos(), std::f64::consts::PI);
    let (sine, k0) = (angle.sin(), 1.0 - angle / pi);
    let (first, slope) = ((sine + 2.0 * rho * (pi - angle)) / pi, 2.0 * k0 + rho / (pi * sine));
    assert!((ansatz.eigenvalues[0] / first - 1.0).abs() < 1e-12);
    assert!((ansatz.eigenvalues[1] / (slope * ansatz.moments.variances[0]) - 1.0).abs() < 1e-12);
    let text = shown(notebook, "let basis = hermite_table(&predicted)");
    shows(&text, rho, 3);
    shows(&text, ansatz.moments.effective_dimension(), 1);
    let whole: WholeSetResult = kept(WholeSetResult::read, "whole-set-mnist.json");
    let text = shown(notebook, "let octaves = octaves_table(&lists)");
    for octave in ansatz.octaves(&whole.eigenvalues, whole.n() / 20).unwrap() {
        shows(&text, octave.ratio, 2);
    }
}
