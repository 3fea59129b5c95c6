//! Killed without warning, a long command goes on from what it had finished, to the same result.

use std::fs;

use analysis_tests::{json, kill_midway, ntk, stored, without_provenance};

const TABLE: &[&str] = &[
    "table",
    "--datasets",
    "mnist,fashion-mnist",
    "--n",
    "400",
    "--draws",
    "4",
    "--window",
    "1..=100",
    "--json",
];

#[test]
fn a_killed_table_resumes_to_equal_results() {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = without_provenance(json(ntk(whole.path(), TABLE)));

    let before = kill_midway(ntk(killed.path(), TABLE), killed.path());
    assert!((2..8).contains(&before.len()), "killed midway: {} of 8 draws were on disk", before.len());
    let written = |path: &std::path::Path| fs::metadata(path).unwrap().modified().unwrap();
    let kept: Vec<_> = before.into_iter().map(|path| (written(&path), path)).collect();

    let resumed = without_provenance(json(ntk(killed.path(), TABLE)));
    assert_eq!(resumed, expected);
    assert_eq!(stored(killed.path()).len(), 8);
    for (before, path) in kept {
        assert_eq!(written(&path), before, "a finished draw was computed again");
    }
}
