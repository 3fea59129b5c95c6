//! Equal eigenvalues and numbers at the ends of double precision, as the `ntk` command meets them.

use std::fs;

use analysis_core::rand::seq::SliceRandom;
use analysis_core::seed::Seed;
use analysis_tests::{failure, json, ntk};

/// Rows of a file with columns a, b, … and y.
fn file(rows: &[Vec<f64>]) -> String {
    let line = |row: &Vec<f64>| row.iter().map(|v| format!("{v:e}")).collect::<Vec<_>>().join(",");
    let names: Vec<String> = (1..rows[0].len()).map(|j| format!("x{j}")).collect();
    format!("{},y\n{}\n", names.join(","), rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// {±1}⁸ in four orders of rows and columns, with one and two threads: one number, and a window that ends within an
/// eigenspace is said on standard error and in the result.
#[test]
fn equal_eigenvalues_give_one_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cube.csv");
    let sign = |i: usize, j: usize| if i >> j & 1 == 1 { 1.0 } else { -1.0 };
    let mut found = Vec::new();
    for copy in 0..4 {
        let (mut rows, mut columns) = ((0..256).collect::<Vec<usize>>(), (0..8).collect::<Vec<usize>>());
        if copy > 0 {
            rows.shuffle(&mut Seed(copy).stream("rows", 0));
            columns.shuffle(&mut Seed(copy).stream("columns", 0));
        }
        let target = |i: usize| if (i * i + 3 * i) % 7 < 3 { 1.2 } else { 0.2 };
        let row = |i: &usize| columns.iter().map(|j| sign(*i, *j)).chain([target(*i)]).collect();
        fs::write(&path, file(&rows.iter().map(row).collect::<Vec<Vec<f64>>>())).unwrap();
        for threads in ["1", "2"] {
            let arguments = ["--csv", path.to_str().unwrap(), "--target", "y", "--window", "1..=20"];
            let run = |more: &[&str]| {
                let mut command = ntk(folder.path(), &[&["smoothness"], &arguments[..], more].concat());
                command.env("OPENBLAS_NUM_THREADS", threads);
                command
            };
            let result = json(run(&["--json", "--no-cache"]));
            found.push(result["result"]["r"].as_f64().unwrap());
            assert_eq!(result["result"]["eigenspaces"].as_array().unwrap().len(), 5);
            assert!(
                result["result"]["warnings"][0].as_str().unwrap().contains("i = 10..=37"),
                "{}",
                result["result"]["warnings"]
            );
            if (copy, threads) == (0, "1") {
                let output = run(&[]).output().unwrap();
                let said = [output.stdout, output.stderr].map(|s| String::from_utf8_lossy(&s).into_owned());
                // Once, though both may be on one terminal.
                assert_eq!(said.concat().matches("warning: the window i = 1..=20").count(), 1, "{said:?}");
                assert!(said[0].contains("eigenspaces: 5"), "{}", said[0]);
            }
        }
    }
    // 256·ε over gaps of 4e-4 λ_1 turn an eigenspace by 1e-10.
    assert!(found.iter().all(|r| (r - found[0]).abs() < 1e-8), "{found:?}");
}

/// A column in other units is the same column when standardised; a kernel on rows whose squares are no doubles is refused.
#[test]
fn units_at_the_ends_of_double_precision() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    let run = |scales: [f64; 2], scaling: &str| {
        let row = |i: u32| {
            let (a, b) = ((0.7 * f64::from(i)).sin(), (1.3 * f64::from(i)).cos());
            vec![a * scales[0], b * scales[1], (0.37 * f64::from(i)).sin(), a * b + b]
        };
        fs::write(&path, file(&(0..100).map(row).collect::<Vec<_>>())).unwrap();
        let file = path.to_str().unwrap();
        let arguments =
            ["smoothness", "--csv", file, "--target", "y", "--window", "1..=30", "--scaling", scaling];
        ntk(folder.path(), &[&arguments[..], &["--json", "--no-cache"]].concat())
    };
    let r = |scales| json(run(scales, "standardised"))["result"]["r"].as_f64().unwrap();
    let plain = r([1.0, 1.0]);
    for scales in [[1e160, 1.0], [1.0, 1e-200], [1e300, 1e-300]] {
        // Decimal factors round each entry once.
        assert!((r(scales) - plain).abs() < 1e-9, "{scales:?}: {} {plain}", r(scales));
    }
    assert!(failure(run([1e160, 1.0], "none")).contains("rescale"));
    assert!(failure(run([1e-315, 1.0], "standardised")).contains("fewer digits"));
}

#[test]
fn eigenvalues_that_hardly_decay_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    let row = |i: u32| (0..4).map(|j| (f64::from(i * (2 * j + 3) + j)).sin()).collect();
    fs::write(&path, file(&(0..120).map(row).collect::<Vec<_>>())).unwrap();
    let arguments = ["smoothness", "--csv", path.to_str().unwrap(), "--target", "y", "--window", "1..=30"];
    let deep = ["--activation", "erf", "--depth", "100"];
    let message = failure(ntk(folder.path(), &[&arguments[..], &deep].concat()));
    assert!(message.contains("hardly decay"), "{message}");
}
