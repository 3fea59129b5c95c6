//! Killed without warning, a long command goes on from what it had finished, to the same result.

use std::fs;
use std::time::{Duration, Instant};

use analysis_tests::{json, ntk};
use serde_json::Value;

const TABLE: &[&str] =
    &["table", "--datasets", "mnist,fashion-mnist", "--n", "400", "--draws", "4", "--window", "1..=100", "--json"];

fn without_provenance(mut value: Value) -> Value {
    value.as_object_mut().unwrap().remove("provenance");
    value
}

#[test]
fn a_killed_table_resumes_to_equal_results() {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = without_provenance(json(ntk(whole.path(), TABLE)));

    let finished = |folder: &std::path::Path| {
        fs::read_dir(folder).map_or(0, |entries| {
            entries.flatten().filter(|e| e.path().extension().is_some_and(|x| x == "json")).count()
        })
    };
    let mut child = ntk(killed.path(), TABLE)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while finished(killed.path()) < 2 && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    let before = finished(killed.path());
    assert!((2..8).contains(&before), "killed midway: {before} of 8 draws were on disk");
    let kept: Vec<_> = fs::read_dir(killed.path())
        .unwrap()
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "json"))
        .map(|e| (e.path(), e.metadata().unwrap().modified().unwrap()))
        .collect();

    let resumed = without_provenance(json(ntk(killed.path(), TABLE)));
    assert_eq!(resumed, expected);
    assert_eq!(finished(killed.path()), 8);
    for (path, written) in kept {
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written, "a finished draw was computed again");
    }
}
