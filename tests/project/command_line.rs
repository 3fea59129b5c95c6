//! The `ntk` command as a user types it.

use std::fs;
use std::path::Path;

use analysis_tests::{failure, json, ntk, ntk_line, numbers};
use serde_json::Value;

const SMALL: &[&str] = &["smoothness", "--dataset", "mnist", "--rows", "0..200", "--window", "1..=60"];

fn small(store: &Path, more: &[&str]) -> Value {
    json(ntk(store, &[SMALL, more, &["--json"]].concat()))
}

#[test]
fn the_json_is_complete_and_consistent() {
    let store = tempfile::tempdir().unwrap();
    let result = small(store.path(), &[]);
    assert_eq!(result["result"]["n"], 200);
    assert_eq!(
        (&result["result"]["window"]["first"], &result["result"]["window"]["last"]),
        (&1.into(), &60.into())
    );
    let (eigenvalues, tail) = (numbers(&result["result"]["eigenvalues"]), numbers(&result["result"]["tail"]));
    assert_eq!((eigenvalues.len(), tail.len()), (200, 200));
    assert!(eigenvalues.windows(2).all(|w| w[0] >= w[1]));
    assert!(tail.windows(2).all(|w| w[0] >= w[1]));
    // A line fitted here, by another formula: slope = Σ(x−x̄)y / Σ(x−x̄)x.
    let line = |values: &[f64]| {
        let x: Vec<f64> = (1..=60).map(|i| f64::from(i).ln()).collect();
        let mean = x.iter().sum::<f64>() / 60.0;
        let top: f64 = x.iter().zip(values).map(|(x, v)| (x - mean) * v.ln()).sum();
        top / x.iter().map(|x| (x - mean) * x).sum::<f64>()
    };
    // 60 points of size ≤ 4 in x and ≤ 10 in y: sums of 60 products round by at most 60·40·ε, over Σ(x−x̄)² > 40.
    assert!((result["result"]["slope"].as_f64().unwrap() - line(&tail)).abs() < 1e-12);
    assert!((result["result"]["eigenvalue_slope"].as_f64().unwrap() - line(&eigenvalues)).abs() < 1e-12);
    let s =
        result["result"]["slope"].as_f64().unwrap() / result["result"]["eigenvalue_slope"].as_f64().unwrap();
    assert!((result["result"]["smoothness"].as_f64().unwrap() - s).abs() < 1e-14);
    let null = &result["result"]["null_band"];
    assert!(null["q05"].as_f64() <= null["q50"].as_f64() && null["q50"].as_f64() <= null["q95"].as_f64());
    // Every estimator, the recommended one with its intervals, the paper's line as it stands beside them.
    let estimates = result["result"]["estimates"].as_array().unwrap();
    let names: Vec<&str> = estimates.iter().map(|e| e["estimator"].as_str().unwrap()).collect();
    assert_eq!(names, ["tail-line", "soft-tail", "likelihood"]);
    assert_eq!(estimates[0]["r"], result["result"]["r"]);
    let recommended = estimates.iter().find(|e| e["estimator"] == result["result"]["recommended"]).unwrap();
    let end = |which: &str, end: usize| recommended[which][end].as_f64().unwrap();
    assert!(end("r_interval", 0) < recommended["r"].as_f64().unwrap());
    assert!(
        (end("s_interval", 1) * recommended["beta"].as_f64().unwrap() - end("r_interval", 1)).abs() < 1e-12
    );
    assert!(end("noise_share_interval", 1) <= 1.0 && recommended["window"]["last"] == 100);
    // ‖y‖²/n of the integers, exactly computed by the labels' own frame.
    let samples = analysis_core::data::Dataset::load(analysis_core::data::Source::Mnist).unwrap();
    let labels = samples.rows(0..200).unwrap().frame().column("label").unwrap().u8().unwrap().clone();
    let energy = labels.iter().flatten().map(|l| f64::from(l) * f64::from(l)).sum::<f64>() / 200.0;
    assert!((tail[0] - energy).abs() <= 60.0 * 200.0 * f64::EPSILON * energy);
}

#[test]
fn the_cache_gives_what_computing_gives() {
    let store = tempfile::tempdir().unwrap();
    let strip = |mut v: Value| {
        v.as_object_mut().unwrap().remove("written_by");
        v
    };
    let computed = strip(small(store.path(), &[]));
    assert_eq!(fs::read_dir(store.path()).unwrap().count(), 1);
    assert_eq!(strip(small(store.path(), &[])), computed);
    assert_eq!(strip(small(store.path(), &["--no-cache"])), computed);
    // Another window is a refit of the same curves; other rows are another result.
    let other = json(ntk(
        store.path(),
        &["smoothness", "--dataset", "mnist", "--rows", "0..200", "--window", "first:0.2", "--json"],
    ));
    assert_eq!(other["result"]["tail"], computed["result"]["tail"]);
    assert_eq!(fs::read_dir(store.path()).unwrap().count(), 1);
}

#[test]
fn every_choice_can_be_made_on_the_command_line() {
    let store = tempfile::tempdir().unwrap();
    for more in [
        &["--bias"][..],
        &["--kernel", "nngp"],
        &["--depth", "3"],
        &["--activation", "erf", "--sigma-w2", "2.0", "--sigma-b2", "0.5"],
        &["--scaling", "unit-interval"],
        &["--labels", "one-hot"],
        &["--labels", "parity", "--spacing", "log-spaced:30"],
        &["--labels", "one-vs-rest:3", "--eigenvalue-window", "1..=40"],
        &["--split", "test", "--permutations", "25"],
    ] {
        let result = small(store.path(), more);
        assert!(result["result"]["slope"].as_f64().unwrap() < 0.0, "{more:?}");
    }
    let sample = |seed: &str| {
        let rows = format!("sample:200:{seed}");
        json(ntk(
            store.path(),
            &["smoothness", "--dataset", "mnist", "--rows", &rows, "--window", "1..=60", "--json"],
        ))
    };
    assert_eq!(sample("1")["result"]["tail"], sample("1")["result"]["tail"]);
    assert_ne!(sample("1")["result"]["tail"], sample("2")["result"]["tail"]);
}

#[test]
fn mistakes_are_said_in_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let rows = |bad: &str| {
        let mut text = String::from("a,b,y\n");
        for i in 0..40 {
            text += &format!("{},{},{}\n", 2 * i + 1, (i * i) % 7, i % 5);
        }
        text + bad
    };
    let run = |arguments: &[&str]| {
        failure(ntk(folder.path(), &[&["smoothness"][..], arguments, &["--json"]].concat()))
    };
    let csv = |text: &str, target: &str| {
        let path = file("data.csv", text);
        run(&["--csv", &path, "--target", target, "--window", "1..=20"])
    };
    let mnist = |more: &[&str]| run(&[&["--dataset", "mnist"][..], more].concat());
    assert!(mnist(&["--rows", "59000..61000"]).contains("60000"));
    assert!(mnist(&["--rows", "5..5"]).contains("5..5"));
    assert!(mnist(&["--rows", "0..200", "--window", "1..=201"]).contains("n = 200"));
    assert!(mnist(&["--rows", "0..200", "--window", "0..=20"]).contains("from 1"));
    assert!(mnist(&["--rows", "0..200"]).contains("first:0.1"), "the default window does not fit n = 200");
    assert!(mnist(&["--rows", "0..200", "--window", "1..=60", "--permutations", "3"]).contains("20"));
    assert!(mnist(&["--rows", "0..200", "--window", "1..=60", "--depth", "0"]).contains("--depth ="));
    assert!(mnist(&["--data-dir", folder.path().to_str().unwrap()]).contains("ntk fetch"));
    assert!(csv(&rows("NaN,1,2\n"), "y").contains("NaN"));
    assert!(csv(&rows("inf,1,2\n"), "y").contains("inf"));
    assert!(csv(&rows("0,0,2\n"), "y").contains("zeros"));
    assert!(csv(&rows(",1,2\n"), "y").contains("row 40"), "an empty cell");
    assert!(csv(&rows(""), "price").contains("price"));
    assert!(csv("a,b,y\n", "y").contains("no rows"), "a header without rows");
    assert!(csv("", "y").contains("empty"), "an empty file");
    let constant: String = (0..40).fold("a,b,y\n".into(), |t, i| t + &format!("{},{},1\n", 2 * i + 1, i % 7));
    assert!(csv(&constant, "y").contains("constant"));
    assert!(run(&["--csv", "no-such-file.csv", "--target", "y"]).contains("no-such-file.csv"));
    let parquet = file("data.parquet", "PAR1 not really");
    assert!(run(&["--parquet", &parquet, "--target", "y"]).contains("data.parquet"));
    assert!(failure(ntk(folder.path(), &["table", "--draws", "1", "--json"])).contains("draws"));
}

#[test]
fn a_small_memory_limit_refuses_before_allocating() {
    let store = tempfile::tempdir().unwrap();
    let mut command = ntk(store.path(), SMALL);
    command.env("NTK_MEMORY_LIMIT", "100000");
    let message = failure(command);
    assert!(message.contains("100000") && message.contains("NTK_MEMORY_LIMIT"), "{message}");
}

#[test]
fn a_csv_of_ones_own_gives_an_exponent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    let mut text = String::from("u,v,w,target\n");
    for i in 0..300 {
        let t = f64::from(i) * 0.7;
        text +=
            &format!("{},{},{},{}\n", t.sin(), (1.3 * t).cos(), (0.3 * t).sin() + 0.1, (t.sin() * 2.0).exp());
    }
    fs::write(&path, text).unwrap();
    let result = json(ntk(
        folder.path(),
        &[
            "smoothness",
            "--csv",
            path.to_str().unwrap(),
            "--target",
            "target",
            "--bias",
            "--window",
            "1..=50",
            "--json",
        ],
    ));
    // A smooth target lies far below its permutations.
    assert!(
        result["result"]["slope"].as_f64().unwrap() < result["result"]["null_band"]["q05"].as_f64().unwrap()
    );
}

/// Draws of a published set are those of the table; a file's columns may have commas in their names.
#[test]
fn repeated_draws_of_any_rows() {
    let folder = tempfile::tempdir().unwrap();
    let few = ["--n", "300", "--draws", "2", "--window", "1..=60", "--json"];
    let draws = json(ntk(folder.path(), &[&["smoothness", "--dataset", "mnist"], &few[..]].concat()));
    let table = json(ntk(folder.path(), &[&["table", "--dataset", "mnist"], &few[..]].concat()));
    // What a reader must know is in the result, also where there is nothing: as of one estimate and of repeated draws.
    assert_eq!(table["result"]["warnings"], serde_json::json!([]));
    for quantity in ["r", "beta", "s", "null_q05", "null_q95"] {
        assert_eq!(
            draws["result"]["over_draws"][quantity], table["result"]["rows"][0][quantity],
            "{quantity}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the table found the draws in the store");

    let path = folder.path().join("own.csv");
    let lines =
        (0..200).map(f64::from).map(|t| format!("{},{},{}\n", t.sin(), (1.3 * t).cos(), (0.1 * t).exp()));
    fs::write(&path, format!("\"u,1\",v,y\n{}", lines.collect::<String>())).unwrap();
    let own = [
        "smoothness",
        "--csv",
        path.to_str().unwrap(),
        "--target",
        "y",
        "--feature",
        "u,1",
        "--feature",
        "v",
        "--bias",
    ];
    let few = ["--n", "80", "--draws", "3", "--window", "1..=10", "--json"];
    let result = json(ntk(folder.path(), &[&own[..], &few[..]].concat()));
    // 200 rows hold two draws of 80 that share none.
    assert_eq!(
        (&result["result"]["available"], result["result"]["draws"].as_array().unwrap().len()),
        (&200.into(), 2)
    );
    assert_eq!(result["result"]["disjoint"], true);
    assert!(failure(ntk(folder.path(), &[&own[..], &["--draws", "3"]].concat())).contains("--n"));
}

/// A profile is said, and --profile wins over the variable.
#[test]
fn a_small_profile_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str], variable: &str| {
        let line = "output-variance --depth 1 --sigma-w2 1 --n 3 --test 2";
        let output = ntk_line(folder.path(), line, more).env("NTK_PROFILE", variable).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap().contains("profile smoke")
    };
    let small = ["table", "--profile", "smoke", "--dataset", "mnist", "--json"];
    assert_eq!(json(ntk(folder.path(), &small))["written_by"]["profile"], "smoke");
    assert!(run(&[], "smoke") && run(&["--profile", "smoke"], "paper"));
    assert!(!run(&[], "paper") && !run(&["--profile", "paper"], "smoke"));
    // A variable that is set to nothing is not set.
    assert!(!run(&[], ""));
}

/// 200 rows are not printed, but can be had.
#[test]
fn a_terminal_shows_a_summary_of_a_long_table() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let lines = |more: &[&str]| {
        let output = ntk(folder.path(), &[&["phase"], more].concat()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let short = lines(&[]);
    assert!(short.contains("36 of 200 points, evenly over the grid; an export has them all"), "{short}");
    lines(&["--out", out.to_str().unwrap()]);
    let file = std::fs::read_to_string(out.join("phases-table.csv")).unwrap();
    assert_eq!(file.lines().count(), 201);
    assert!(!lines(&["--sigma-w2", "1,2", "--sigma-b2", "1"]).contains("evenly over"));
}

#[test]
fn help_teaches() {
    let output = ntk(Path::new("unused"), &["smoothness", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for word in ["--window", "A..=B", "sample:N:SEED", "first:0.1", "Examples", "ntk fetch"] {
        assert!(help.contains(word), "{word} is not in the help");
    }
}
