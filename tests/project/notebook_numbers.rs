//! Numbers that the committed notebooks show, computed again. Those of 03 are in `paper_numbers.rs`.

use analysis_core::ndarray::{Axis as Direction, concatenate};
use analysis_core::prelude::*;
use analysis_tests::root;
use serde_json::Value;

/// Texts and tables that the cell of a notebook with `marker` in its source put out.
fn shown(notebook: &str, marker: &str) -> String {
    let text = std::fs::read_to_string(root().join("notebooks").join(notebook)).unwrap();
    let notebook: Value = serde_json::from_str(&text).unwrap();
    let joined = |lines: &Value| match lines {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect::<String>(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let cells = notebook["cells"].as_array().unwrap();
    let cell = cells.iter().find(|c| c["cell_type"] == "code" && joined(&c["source"]).contains(marker));
    let cell = cell.unwrap_or_else(|| panic!("no cell of the notebook reads {marker:?}"));
    let outputs = cell["outputs"].as_array().unwrap();
    let parts = outputs.iter().flat_map(|o| [&o["text"], &o["data"]["text/plain"], &o["data"]["text/html"]]);
    parts.map(joined).collect::<Vec<_>>().join("\n")
}

/// Asserts that one of the numbers in `text` is `value` to the last of `places` decimals.
fn shows(text: &str, value: f64, places: i32) {
    let numbers =
        text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'))).filter_map(|w| w.parse().ok());
    // Half a unit of the last place, and a hundredth for rounding that falls the other way on another machine.
    let allowed = 0.51 * 10f64.powi(-places);
    assert!(
        numbers.clone().any(|n: f64| (n - value).abs() < allowed),
        "{value} is not among {:?}",
        numbers.collect::<Vec<_>>()
    );
}

/// The rows of a smoothness table with four decimals.
fn shows_result(text: &str, result: &SmoothnessResult) {
    for value in [result.r(), result.beta(), result.s(), -result.null_band.q95, -result.null_band.q05] {
        shows(text, value, 4);
    }
    shows(text, result.fit.line.r_squared, 4);
}

fn train(source: Source) -> Samples {
    Dataset::load(source).unwrap().split(Split::Train).unwrap()
}

#[test]
fn a_number_that_is_not_there_is_noticed() {
    shows("r = 0.4349, and 12", 0.434_93, 4);
    assert!(std::panic::catch_unwind(|| shows("r = 0.4349", 0.4351, 4)).is_err());
    assert!(std::panic::catch_unwind(|| shown("00-tour.ipynb", "no such cell")).is_err());
}

#[test]
fn of_00_the_exponents_in_both_windows() {
    let mnist =
        train(Source::Mnist).rows(0..3000).unwrap().prepare(Scaling::UnitNorm, Target::Integer).unwrap();
    let result = Smoothness::default().run(&mnist).unwrap();
    shows_result(&shown("00-tour.ipynb", "let result = smoothness.run_stored(&mnist"), &result);
    let short = result.refit("1..=100".parse().unwrap(), Spacing::EveryIndex).unwrap();
    shows_result(&shown("00-tour.ipynb", "let short = result.refit"), &short);
}

#[test]
fn of_01_pixel_statistics_and_the_stratified_sample() {
    for (source, marker) in [
        (Source::Mnist, "mnist.clone().split(Split::Train)?.pixel_statistics()"),
        (Source::FashionMnist, "fashion.clone().split(Split::Train)?.pixel_statistics()"),
        (Source::Cifar10, "cifar.clone().split(Split::Train)?.pixel_statistics()"),
    ] {
        let (statistics, text) = (train(source).pixel_statistics().unwrap(), shown("01-data.ipynb", marker));
        for name in ["mean", "std"] {
            let column = statistics.column(name).unwrap().f64().unwrap();
            column.iter().flatten().for_each(|value| shows(&text, value, 6));
        }
    }
    let ten = train(Source::Mnist).rows("stratified:10:7".parse::<Rows>().unwrap()).unwrap();
    let small = ten.prepare(Scaling::UnitNorm, Target::Integer).unwrap();
    let text = shown("01-data.ipynb", "println!(\"ids    {:?}\", small.ids)");
    assert!(
        text.contains(&format!("ids    {:?}\nlabels {:?}", small.ids, small.y.column(0).to_vec())),
        "{text}"
    );
}

#[test]
fn of_02_the_profile_the_spectrum_and_the_sphere() {
    let notebook = "02-kernel-and-spectrum.ipynb";
    let profile = Kernel::default().profile().unwrap();
    let text = shown(notebook, "let profile = Kernel::default().profile()");
    [-1.0, 0.0, 1.0].iter().for_each(|u| shows(&text, profile.evaluate(*u).unwrap(), 4));

    // The notebook sorts the rows by class; eigenvalues and energies do not depend on the order.
    let sample = Rows::Sample { n: 200, seed: 0, stratified: true };
    let digits =
        train(Source::Mnist).rows(sample).unwrap().prepare(Scaling::UnitNorm, Target::Integer).unwrap();
    let gram = Kernel::default().gram(digits.x.view()).unwrap();
    let measure = Spectrum::default().run(&gram, digits.y.view()).unwrap();
    let text = shown(notebook, "measure.frame()?.head(Some(8))");
    for i in 0..8 {
        shows(&text, measure.eigenvalues[i], 6);
        shows(&text, measure.energy()[i], 6);
    }

    let half = analysis_core::data::sphere_points(100, 5, &mut Seed(0).stream("points", 0));
    let points = concatenate(Direction(0), &[half.view(), half.mapv(|v| -v).view()]).unwrap();
    let bias = Parametrisation::FirstLayerBias { bias: true };
    let kernels = [Kernel::default(), Kernel { parametrisation: bias, ..Kernel::default() }];
    let text = shown(notebook, "eigenvalues above rounding");
    for (name, kernel) in ["no bias", "first-layer bias"].into_iter().zip(kernels) {
        let m = Spectrum::default().run(&kernel.gram(points.view()).unwrap(), points.view()).unwrap();
        let rounding = m.n() as f64 * f64::EPSILON * m.eigenvalues[0];
        let above = m.eigenvalues.iter().filter(|v| **v > rounding).count();
        assert!(text.contains(&format!("{name}: {above} of 200")), "{name}: {above}; the notebook: {text}");
    }
}

#[test]
fn of_04_the_exponents_of_a_kink_and_a_step() {
    let points = analysis_core::data::sphere_points(1500, 3, &mut Seed(0).stream("points", 0));
    let bias = Parametrisation::FirstLayerBias { bias: true };
    let kernel = Kernel { parametrisation: bias, ..Kernel::default() };
    let smoothness = Smoothness { kernel, window: "10..=300".parse().unwrap(), ..Default::default() };
    let text = shown("04-your-own-data.ipynb", "(theory 1.5, 1.5, 1)");
    for (name, target) in [("kink", f64::abs as fn(f64) -> f64), ("step", f64::signum)] {
        let y = points.column(0).mapv(target).insert_axis(Direction(1));
        let result = smoothness.run(&Dataset::from_arrays(points.clone(), y).unwrap()).unwrap();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        [result.r(), result.beta(), result.s()].iter().for_each(|value| shows(line, *value, 2));
        if name == "kink" {
            shows_result(&shown("04-your-own-data.ipynb", "from_file.table()"), &result);
        }
    }
}
