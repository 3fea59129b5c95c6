//! Killed without warning, a long command goes on from what it had finished, to the same result.

use std::fs;

use analysis_core::prelude::*;
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

/// A table with a custom activation whose function changes: what an empty store gives, and nothing is kept.
#[test]
fn a_table_of_a_function_that_changed_is_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = |store: &Store, function: fn(f64) -> f64, named: Option<Activation>| {
        let custom = Activation::Custom { name: "mine".into(), function, derivative: None, kinks: vec![] };
        let kernel = Kernel { activation: named.unwrap_or(custom), ..Kernel::default() };
        let window: Window = "1..=20".parse().unwrap();
        let smoothness = Smoothness { kernel, window, ..Smoothness::default() };
        let sensitivity = vec![window];
        let sources = vec![Source::Mnist];
        let table =
            SmoothnessTable { sources, n: 60, draws: 2, smoothness, sensitivity, ..Default::default() };
        serde_json::to_value(table.run(store, &mut |_| ()).unwrap().rows).unwrap()
    };
    let store = Store::at(folder.path());
    let (before, after) = (run(&store, f64::tanh, None), run(&store, f64::sin, None));
    assert_ne!(before, after);
    assert_eq!(after, run(&Store::none(), f64::sin, None));
    assert_eq!(stored(folder.path()).len(), 0);
    run(&store, f64::tanh, Some(Activation::Tanh));
    assert_eq!(stored(folder.path()).len(), 2, "a named one is kept");
}
