//! `ntk train` as a user types it, and after a kill.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use analysis_tests::{failure, json, ntk, numbers, without_provenance};
use serde_json::Value;

const SMALL: &[&str] = &["train", "--n", "30", "--width", "200", "--epochs", "100", "--test", "50"];

fn train(folder: &Path, more: &[&str]) -> Value {
    json(ntk(folder, &[more, &["--json"]].concat()))
}

#[test]
fn the_json_is_complete_and_consistent() {
    let folder = tempfile::tempdir().unwrap();
    let result = train(folder.path(), SMALL);
    assert_eq!((&result["experiment"], &result["result"]["engine"]), (&"train".into(), &"fused".into()));
    let (loss, errors) =
        (numbers(&result["result"]["curve"]["loss"]), numbers(&result["result"]["curve"]["test_error"]));
    assert_eq!((loss.len(), errors.len()), (101, 101));
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(result["result"]["best"]["test_error"], least);
    assert_eq!(result["result"]["last"]["epoch"], 100);
    assert!(result["result"]["stable_rate"].as_f64().unwrap() > 0.6);
    assert_eq!(result["written_by"]["seed"], 0);
    assert_eq!(result["result"]["trained_parameters"], 200 * 6);
    // A mirrored start: the loss before the first step is that of f = 0.
    let mirrored = train(folder.path(), &[SMALL, &["--initialisation", "mirrored"]].concat());
    let centred = train(folder.path(), &[SMALL, &["--initialisation", "scaled:0"]].concat());
    assert_eq!(mirrored["result"]["curve"]["loss"][0], centred["result"]["curve"]["loss"][0]);
    assert_eq!(mirrored["result"]["trained_parameters"], 2 * 200 * 6);
    assert_ne!(mirrored["result"]["curve"]["loss"][0], result["result"]["curve"]["loss"][0]);
}

#[test]
fn every_choice_can_be_made_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    for more in [
        "--dim 3 --noise 0 --bias --precision single --initialisation mirrored-half",
        "--depth 2 --activation tanh --optimiser adam --rate 0.001 --batch 7",
        "--optimiser momentum:0.5 --rate 0.2 --stopping hold-out:0.3:5 --threads 1",
        "--sigma-w2 1.5 --sigma-b2 0.1 --rate 0.001 --stopping plateau:1e-4:5 --seed 3",
        "--test 0",
    ] {
        let more: Vec<&str> = more.split(' ').collect();
        let result = train(folder.path(), &[&SMALL[..7], &more].concat());
        let loss = numbers(&result["result"]["curve"]["loss"]);
        assert!(loss[loss.len() - 1] < loss[0], "{more:?}");
        assert_eq!(result["result"]["curve"].get("test_error").is_none(), more[0] == "--test");
    }
    let images = "train --dataset mnist --rows 0..60 --test 0..20 --labels parity --width 50 --epochs 20";
    let result = train(folder.path(), &images.split(' ').collect::<Vec<_>>());
    assert!(!result["written_by"]["data"].as_array().unwrap().is_empty());
}

#[test]
fn mistakes_are_said_in_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| failure(ntk(folder.path(), &[SMALL, more].concat()));
    assert!(run(&["--rate", "100"]).contains("2/λ_max"));
    assert!(run(&["--rate", "-1"]).contains("rate"));
    assert!(run(&["--initialisation", "scaled:x"]).contains("scaled"));
    assert!(run(&["--depth", "2", "--precision", "single"]).contains("double"));
    let rows = failure(ntk(folder.path(), &["train", "--n", "30", "--test", "0..20"]));
    assert!(rows.contains("a number of points on synthetic data"), "{rows}");
    assert!(run(&["--checkpoint", "/no/such/folder/file"]).contains("/no/such/folder/file"));
    let file = folder.path().join("training");
    let checkpoint = ["--checkpoint", file.to_str().unwrap()];
    json(ntk(folder.path(), &[SMALL, &checkpoint, &["--json"]].concat()));
    assert!(run(&[&checkpoint[..], &["--seed", "1"]].concat()).contains("another computation"));
    fs::write(&file, b"NTKTRAIN and nothing else").unwrap();
    assert!(run(&checkpoint).contains("delete the file"));
}

#[test]
fn a_killed_training_resumes_to_equal_results() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = "train --n 100 --width 1000 --epochs 4000 --initialisation mirrored";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let expected = without_provenance(train(folder.path(), &arguments));
    let file = folder.path().join("training");
    let more = ["--json", "--checkpoint", file.to_str().unwrap(), "--checkpoint-seconds", "0.02"];
    let resumable = [&arguments[..], &more].concat();
    let mut child = ntk(folder.path(), &resumable)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let written = || fs::metadata(&file).and_then(|m| m.modified()).ok();
    // The first file is epoch 0's; two later ones are midway.
    let (start, mut seen) = (Instant::now(), Vec::new());
    while seen.len() < 3 && start.elapsed() < Duration::from_secs(120) {
        let now = written();
        if now.is_some() && seen.last() != Some(&now) {
            seen.push(now);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(child.try_wait().unwrap().is_none(), "killed midway");
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    let left = fs::read(&file).unwrap();
    let resumed = without_provenance(json(ntk(folder.path(), &resumable)));
    assert_eq!(resumed, expected);
    assert_ne!(fs::read(&file).unwrap(), left, "it had not finished");
}

/// Standardised pixels are far too large for the rate that nobody chose: the divergence is how the training ended.
#[test]
fn a_training_that_diverges_at_the_default_rate_ends_as_such_and_names_a_stable_one() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = "train --dataset mnist --rows 0..50 --scaling standardised --width 20 --epochs 2";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let output = ntk(folder.path(), &arguments).output().unwrap();
    let (out, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{said}");
    assert!(said.contains("warning: the training diverged at epoch 2: "), "{said}");
    assert!(out.contains("\ndiverged: epoch 2, loss "), "{out}");
    let result = train(folder.path(), &arguments);
    assert_eq!(
        (&result["result"]["failed"], &result["result"]["diverged"]["epoch"]),
        (&true.into(), &2.into())
    );
    // No outputs that anybody could take for those of a training.
    assert!(result["result"].get("last").is_none() && result["result"].get("best").is_none());
    let stable = result["result"]["stable_rate"].as_f64().unwrap();
    let rate = format!("{:.1e}", 0.5 * stable);
    assert!(out.contains(&format!("2/λ_max = {stable:.4}: take --rate {rate}")), "{out}");
    // The rate that it names is stable.
    let lower = train(folder.path(), &[&arguments[..], &["--rate", &rate]].concat());
    assert_eq!((&lower["result"]["failed"], &lower["result"]["loss_rises"]), (&false.into(), &0.into()));
    // One's own rate that diverges is a mistake.
    assert!(failure(ntk(folder.path(), &[&arguments[..], &["--rate", "0.6"]].concat())).contains("2/λ_max"));
}
