//! Running the `ntk` command from tests.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is a folder of the project")
}

/// Every command that takes `--out`, as small as it can be.
pub const SMALL_RUNS: &[&str] = &[
    "calibrate --design sphere:3 --n 200 --r 0.4 --noise 0 --draws 1 --targets 1",
    "dispersion --width 8 --depth 1,2 --networks 20 --sigma-w2 1,2 --sigma-b2 1",
    "drift --width 8 --depth 1 --sigma-w2 1 --sigma-b2 1 --n 8 --test 4 --steps 20",
    "labels-against-f0 --dataset mnist --n 200 --subsets 2 --depth 1 --bias false --labels parity --functions 1",
    "labels-against-f0 --dataset mnist --n 200 --subsets 2 --depth 1 --conv 3:zero:flatten --labels parity --functions 1",
    "forecast --dataset mnist --n 240 --size 480 --estimated 240",
    "output-variance --depth 1,2 --cosine 0.5 --sigma-w2 1",
    "phase --sigma-w2 1,2 --sigma-b2 0.1,0.2",
    "width-gap --n 5 --width 8,16 --draws 2 --epochs 5 --test 10",
    "learning-curve --infinite --n 5,10 --draws 0..2 --test 10",
    "smoothness --dataset mnist --rows 0..60 --window 1..=20",
    "smoothness --dataset mnist --rows 0..60 --window 1..=20 --depth 2 --conv 3:circular:flatten",
    "spectrum-head --dataset mnist --rows 0..300 --components 5 --block 16 --passes 5",
    "table --dataset mnist --n 60 --draws 2 --window 1..=20",
    "whole-set --dataset mnist --rows 0..60 --windows 1..=20 --functions 2 --function-width 64",
];

/// The `ntk` binary beside the test binary.
///
/// # Panics
/// Where it has not been built: a test of the command line without the command is a failure.
pub fn ntk_binary() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let ntk = test.ancestors().nth(2).expect("…/release/deps/test").join("ntk");
    assert!(
        ntk.is_file(),
        "build it first: cargo build --release -p analysis-core --features cli (scripts/test does)"
    );
    ntk
}

/// `ntk` with arguments, in a folder of its own for stored results.
pub fn ntk(store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(ntk_binary());
    command
        .args(arguments)
        .current_dir(root())
        .env("NTK_STORE_DIR", store)
        .env_remove("NTK_MEMORY_LIMIT")
        .env("OPENBLAS_NUM_THREADS", "1");
    command
}

/// As [`ntk`], with the words of a line and more arguments behind them.
pub fn ntk_line(store: &Path, line: &str, more: &[&str]) -> Command {
    ntk(store, &line.split_whitespace().chain(more.iter().copied()).collect::<Vec<_>>())
}

/// What a command that must succeed with `--json` prints, parsed.
///
/// # Panics
/// Where it fails, or prints anything else than one JSON object with the frame that all of them have.
pub fn json(mut command: Command) -> Value {
    let output = command.output().expect("ntk starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let value = serde_json::from_slice(&output.stdout).expect("one JSON object and nothing else");
    check_frame(&value);
    value
}

/// Every subcommand's JSON has this frame, and nothing else beside it.
///
/// # Panics
/// Where it has not.
pub fn check_frame(value: &Value) {
    let names: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    // In the order of the alphabet, as serde_json keeps them.
    assert_eq!(names, ["computed_by", "experiment", "parameters", "result", "schema", "written_by"]);
    assert_eq!(value["schema"], 2);
    assert!(
        value["experiment"].is_string() && value["parameters"].is_object() && value["result"].is_object()
    );
    let origins = value["computed_by"].as_array().expect("a list of origins");
    assert!(!origins.is_empty());
    for origin in origins {
        for name in ["analysis_core", "revision", "tree", "sources", "rustc", "machine"] {
            assert!(origin[name].is_string(), "{name} of {origin}");
        }
    }
    assert!(value["written_by"]["software"]["dependencies"].is_object(), "{}", value["written_by"]);
    for twice in ["schema", "parameters", "provenance"] {
        assert!(value["written_by"].get(twice).is_none(), "{twice} stands once");
    }
}

/// A kept file of `notebooks/results`, its fields where the newest layout has them.
///
/// # Panics
/// Where it cannot be read.
pub fn kept(name: &str) -> Value {
    let path = root().join("notebooks/results").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let value: Value = serde_json::from_str(&text).expect("JSON");
    match value["schema"].as_u64() {
        Some(1) => serde_json::json!({"parameters": value["parameters"], "result": value}),
        _ => value,
    }
}

/// The message of a command that must fail: one `error:` line, and nothing on standard output.
///
/// # Panics
/// Where it succeeds, prints on standard output, panics, or says nothing.
pub fn failure(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("ntk starts");
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    assert!(!status.success(), "{command:?} succeeded: {}", String::from_utf8_lossy(&stdout));
    assert!(stdout.is_empty(), "{command:?} printed {}", String::from_utf8_lossy(&stdout));
    assert!(!stderr.contains("panicked"), "{command:?}: {stderr}");
    assert_eq!(stderr.matches("error:").count(), 1, "{command:?}: one clear message, found {stderr}");
    stderr
}

/// An array of numbers in a JSON object.
///
/// # Panics
/// Where it is none.
pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// A result without what wrote it, which holds wall times.
///
/// # Panics
/// Where it is no object.
pub fn without_provenance(mut value: Value) -> Value {
    value.as_object_mut().expect("a JSON object").remove("written_by");
    value
}

/// The finished results in a store.
pub fn stored(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "json")).collect()
}

/// Starts a command and kills it (SIGKILL) as soon as two results are in its store; returns what is there then.
///
/// # Panics
/// Where it cannot be started or killed.
pub fn kill_midway(mut command: Command, store: &Path) -> Vec<PathBuf> {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("ntk starts");
    let start = Instant::now();
    while stored(store).len() < 2 && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("ntk can be killed");
    child.wait().expect("ntk has ended");
    stored(store)
}
