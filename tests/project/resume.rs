//! Killed without warning, a long command goes on from what it had finished, to the same result.

use std::fs;

use analysis_core::experiment::InitialFunction;
use analysis_core::prelude::*;
use analysis_tests::{json, kill_midway, ntk, stored, without_provenance};

const TABLE: &[&str] = &[
    "table",
    "--dataset",
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

/// What needs a published set: the table, and f₀ read as the labels are.
fn readings(activation: Activation, store: &Store) -> [serde_json::Value; 2] {
    let window: Window = "1..=20".parse().unwrap();
    let kernel = Kernel { activation, ..Kernel::default() };
    let table = SmoothnessTable {
        sources: vec![Source::Mnist],
        n: 60,
        draws: 2,
        smoothness: Smoothness { kernel, window, ..Smoothness::default() },
        sensitivity: vec![window],
        ..Default::default()
    };
    let initial =
        InitialFunction { table: table.clone(), functions: 2, windows: vec![window], ..Default::default() };
    let session = Session::default().store(store.clone());
    let rows = serde_json::to_value(table.run_in(&session).unwrap().rows).unwrap();
    [rows, serde_json::to_value(initial.run_in(&session).unwrap().rows).unwrap()]
}

/// A custom activation whose function changes: what an empty store gives, and nothing is kept.
#[test]
fn readings_of_a_function_that_changed_are_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let mine = |function: fn(f64) -> f64| Activation::Custom {
        name: "mine".into(),
        function,
        derivative: None,
        kinks: vec![],
    };
    let (before, after) = (readings(mine(f64::tanh), &store), readings(mine(f64::sin), &store));
    assert!(before[0] != after[0] && before[1] != after[1]);
    assert_eq!(after, readings(mine(f64::sin), &Store::none()));
    assert_eq!(stored(folder.path()).len(), 0);
    readings(Activation::Tanh, &store);
    assert_eq!(stored(folder.path()).len(), 4, "two draws of each with a named one are kept");
}
