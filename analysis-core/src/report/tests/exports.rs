//! A second export into a folder, and files that are read back.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use super::instances;
use crate::experiment::{DriftResult, LearningCurveResult};
use crate::report::{Axis, Cell, Column, Figure, Manifest, Panel, Report, Series, Style, Table};
use crate::spectrum::SpectrumHeadResult;

fn names(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_second_export_leaves_nothing_of_the_first() {
    let (folder, style) = (tempfile::tempdir().unwrap(), Style::neurips());
    let path = folder.path();
    let mut result = instances::drift();
    result.export(&style, path).unwrap();
    let first = names(path);
    assert!(first.contains("drift-plane-10.svg") && first.contains("drift-plane-10.json"), "{first:?}");
    // A user's files: one of his own, one that he changed, one that looks like ours.
    std::fs::write(path.join("drift-plane-10.csv"), "edited").unwrap();
    std::fs::write(path.join("drift-plane-99.svg"), "mine").unwrap();
    std::fs::write(path.join("notes.txt"), "mine").unwrap();
    result.parameters.looks.clear();
    let listed: BTreeSet<String> = result
        .export(&style, path)
        .unwrap()
        .files
        .iter()
        .map(|f| f.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let mut expected = listed.clone();
    expected.extend(["drift-plane-10.csv", "drift-plane-99.svg", "notes.txt"].map(String::from));
    assert_eq!(names(path), expected);
    // The list names every file with its checksum, but for itself.
    let list = Manifest::read(path, "drift-export").unwrap();
    let mut in_list: BTreeSet<String> = list.files.iter().map(|f| f.name.clone()).collect();
    for file in &list.files {
        let bytes = std::fs::read(path.join(&file.name)).unwrap();
        assert_eq!(crate::checksum::sha256(&bytes), file.sha256, "{}", file.name);
    }
    in_list.extend(["drift-export.json", "references.bib"].map(String::from));
    assert_eq!(in_list, listed);
    // Another kind of result of the same name removes nothing.
    let before = names(path);
    instances::smoothness().export_as(&style, path, "drift").unwrap();
    assert!(names(path).is_superset(&before));
}

#[test]
fn a_table_where_a_figure_was_removes_what_the_figure_left() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = Manifest::new(&serde_json::json!({})).unwrap();
    let line = Series::line("", [1.0, 2.0], [1.0, 2.0]);
    let figure = Figure::single(Panel::new("").x(Axis::linear("x")).series(line));
    figure.export(&Style::neurips(), folder.path(), "a", &manifest).unwrap();
    let table = Table::new([Column::text("a")]).row([Cell::text("b")]);
    table.export(folder.path(), "a", &manifest).unwrap();
    let expected =
        ["a.tex", "a.md", "a.html", "a.csv", "a.parquet", "references.bib", "a.json"].map(String::from);
    assert_eq!(names(folder.path()), BTreeSet::from(expected));
    // A manifest without a list, as former versions wrote it, removes nothing.
    let path = folder.path().join("a.json");
    let mut json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    json.as_object_mut().unwrap().remove("files");
    std::fs::write(&path, json.to_string()).unwrap();
    figure.export(&Style::neurips(), folder.path(), "a", &manifest).unwrap();
    assert!(folder.path().join("a.tex").exists());
}

#[test]
fn while_files_are_written_there_is_no_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = Manifest::new(&serde_json::json!({})).unwrap();
    let table = Table::new([Column::text("a")]).row([Cell::text("b")]);
    table.export(folder.path(), "a", &manifest).unwrap();
    // A folder stands where a file should: the export stops in the middle.
    std::fs::remove_file(folder.path().join("a.csv")).unwrap();
    std::fs::create_dir(folder.path().join("a.csv")).unwrap();
    assert!(table.export(folder.path(), "a", &manifest).is_err());
    assert!(!folder.path().join("a.json").exists());
}

#[test]
fn a_kept_file_of_another_schema_or_another_grid_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.json");
    let result = instances::drift();
    let json = result.json(1.0).unwrap();
    let read = |json: &serde_json::Value| {
        std::fs::write(&path, json.to_string()).unwrap();
        DriftResult::read(&path)
    };
    assert_eq!(read(&json).unwrap().cells, result.cells);
    let mut later = json.clone();
    later["schema"] = 3.into();
    let error = read(&later).unwrap_err().to_string();
    assert!(
        error.contains("kept.json") && error.contains("schema is 3") && error.contains("reads 1 and 2"),
        "{error}"
    );
    let error = read(&serde_json::json!({})).unwrap_err().to_string();
    assert!(error.contains("missing field") && error.contains("ntk drift --json"), "{error}");
    let error = read(&instances::dispersion().json(1.0).unwrap()).unwrap_err().to_string();
    assert!(error.contains("the result of \"dispersion\", not of \"drift\""), "{error}");
    for missing in ["result", "parameters", "computed_by"] {
        let mut part = json.clone();
        part.as_object_mut().unwrap().remove(missing);
        assert!(read(&part).unwrap_err().to_string().contains(&format!("holds no {missing}")), "{missing}");
    }
    // Half of the cells: a part of the plane, which says so.
    let mut half = json.clone();
    half["result"]["cells"].as_array_mut().unwrap().truncate(16);
    let part = read(&half).unwrap();
    assert_eq!((part.cells.len(), part.missing()), (16, 16));
    assert_eq!(part.json(1.0).unwrap()["result"]["missing"], 16);
    assert!(result.json(1.0).unwrap()["result"].get("missing").is_none());
    // The order of a file does not matter, a foreign cell does.
    let mut swapped = json;
    swapped["result"]["cells"].as_array_mut().unwrap().swap(0, 1);
    assert_eq!(read(&swapped).unwrap().cells, result.cells);
    swapped["result"]["cells"][0]["depth"] = 77.into();
    assert!(read(&swapped).unwrap_err().to_string().contains("none of the grid"));
}

/// A result is written and read back; one by another program keeps that program as its origin.
fn comes_back<R: Report + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(result: &R) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.json");
    let json = result.json(1.0).unwrap();
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["computed_by", "experiment", "parameters", "result", "schema", "written_by"]);
    assert_eq!(json["written_by"]["seconds"], 1.0);
    std::fs::write(&path, json.to_string()).unwrap();
    assert_eq!(&R::read(&path).unwrap(), result, "{}", R::NAME);
    let mut other = json;
    other["computed_by"][0]["revision"] = "another".into();
    std::fs::write(&path, other.to_string()).unwrap();
    let read = R::read(&path).unwrap();
    assert!(read.computed_by().iter().any(|origin| origin.revision == "another"), "{}", R::NAME);
    assert_eq!(read.manifest().unwrap().computed_by, *read.computed_by());
    assert_ne!(read.json(1.0).unwrap()["written_by"]["software"]["git_revision"], "another");
    // As version 1 had it: fields and parameters at the top, the program that wrote it in the provenance.
    let mut first = other["result"].clone();
    first["schema"] = 1.into();
    first["parameters"] = other["parameters"].clone();
    // Once a parameter of grids.
    if ["dispersion", "drift", "output-variance"].contains(&R::NAME) {
        first["parameters"]["shard"] = serde_json::json!({"index": 0, "of": 1});
    }
    let made_by = serde_json::json!({"git_revision": "first", "git_state": "modified", "platform": "a b", "openblas": "c"});
    first["provenance"] = serde_json::json!({"schema": 1, "parameters": {}, "provenance": made_by});
    std::fs::write(&path, first.to_string()).unwrap();
    let read = R::read(&path).unwrap();
    let origin = read.computed_by().iter().find(|origin| origin.revision == "first").unwrap();
    assert_eq!((origin.revision.as_str(), origin.tree.as_str()), ("first", "modified"), "{}", R::NAME);
    assert_eq!((origin.machine.as_str(), origin.rustc.as_str()), ("a b, c", "unknown"), "{}", R::NAME);
    assert_eq!(read.result().unwrap(), result.result().unwrap(), "{}", R::NAME);
}

#[test]
fn results_come_back_from_both_versions_of_their_files() {
    comes_back(&instances::dispersion());
    comes_back(&instances::drift());
    comes_back(&instances::output_variance());
    comes_back(&instances::phases(crate::architecture::Activation::Tanh));
    comes_back(&instances::learning_curve());
    comes_back(&instances::width_gap());
    comes_back(&instances::coverage());
    comes_back(&instances::calibration());
    comes_back(&instances::forecast());
    comes_back(&instances::bootstrap());
    comes_back(&instances::noisy_functions());
    comes_back(&instances::sphere_oracle());
    comes_back(&instances::risk_in_time());
    comes_back(&instances::planted_decay());
    comes_back(&instances::initial_function());
    comes_back(&instances::spectrum_head());
    comes_back(&instances::whole_subsets());
}

#[test]
fn a_part_that_cannot_be_made_stops_no_other_and_names_follow_the_export() {
    let parts = instances::drift().parts();
    let names = parts.names("mine");
    assert!(names.starts_with(&["mine".into(), "mine-table".into()]), "{names:?}");
    assert!(names.contains(&"mine-plane-10".into()), "{names:?}");
    assert_eq!(instances::smoothness_table().parts().names("mine")[..2], ["draws", "smoothness-table"]);
}

/// The computed results of several parts name all programs that had a share in them.
#[test]
fn a_merge_keeps_the_origins_of_its_parts() {
    let whole = instances::drift();
    let part = |index: usize| {
        let mut part = whole.clone();
        part.cells = whole.cells.iter().skip(index).step_by(2).cloned().collect();
        let revision = format!("revision {index}");
        part.computed_by = crate::origin::Origin { revision, ..crate::origin::Origin::now() }.into();
        part
    };
    let merged = DriftResult::merge(&[part(0), part(1)]).unwrap();
    let revisions: Vec<&str> = merged.computed_by.iter().map(|origin| origin.revision.as_str()).collect();
    assert_eq!((merged.cells, revisions), (whole.cells.clone(), vec!["revision 0", "revision 1"]));
}

/// Writes a JSON object and reads it as a result.
fn read_back<R: Report + serde::de::DeserializeOwned>(json: &serde_json::Value) -> crate::error::Result<R> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.json");
    std::fs::write(&path, json.to_string()).unwrap();
    R::read(&path)
}

#[test]
fn a_learning_curve_with_parameters_that_mean_nothing_is_refused_when_it_is_read_or_merged() {
    let whole = instances::learning_curve();
    let json = whole.json(1.0).unwrap();
    let refused = |name: &str, value: serde_json::Value| {
        let mut json = json.clone();
        json["parameters"][name] = value;
        read_back::<LearningCurveResult>(&json).unwrap_err().to_string()
    };
    let mut turned = json["parameters"]["sizes"].clone();
    turned.as_array_mut().unwrap().reverse();
    assert!(refused("sizes", turned).contains("must ascend"));
    assert!(refused("sizes", serde_json::json!([])).contains("at least one n"));
    assert!(refused("initialisations", serde_json::json!(["standard", "standard"])).contains("named twice"));
    assert!(refused("trials", serde_json::json!({"start": 0, "end": 0})).contains("no trial"));
    let far = 10_000_000_000_000_usize;
    assert!(refused("trials", serde_json::json!({"start": 0, "end": far})).contains("trials"));
    let mut other = whole.clone();
    other.parameters.trials = far..far + 1;
    other.errors.clear();
    assert!(matches!(
        LearningCurveResult::merge(&[whole.clone(), other]),
        Err(crate::error::Error::Memory { .. })
    ));
    let mut other = whole.clone();
    other.parameters.test_points += 1;
    let error = LearningCurveResult::merge(&[whole, other]).unwrap_err().to_string();
    assert!(error.contains("result 2") && error.contains("test_points is "), "{error}");
}

#[test]
fn numbers_of_nobody_are_of_an_unknown_program() {
    let unknown = crate::origin::Origins::from(crate::origin::Origin::unknown());
    let mut json = instances::drift().json(1.0).unwrap();
    for nobody in [serde_json::json!([]), serde_json::json!([{}])] {
        json["computed_by"] = nobody;
        assert_eq!(read_back::<DriftResult>(&json).unwrap().computed_by, unknown);
    }
    // A part without a cell was computed by nobody.
    json["computed_by"] = serde_json::json!([]);
    json["result"]["cells"] = serde_json::json!([]);
    assert!(read_back::<DriftResult>(&json).unwrap().computed_by.is_empty());
    // Of version 1, without a provenance.
    let mut first = instances::drift().json(1.0).unwrap()["result"].clone();
    first["parameters"] = json["parameters"].clone();
    assert_eq!(read_back::<DriftResult>(&first).unwrap().computed_by, unknown);
}

#[test]
fn a_part_says_so_in_its_tables_and_manifests() {
    let mut part = instances::drift();
    part.cells.truncate(16);
    assert!(part.summary().unwrap().contains("Incomplete: 16 cells of the grid are missing."));
    let folder = tempfile::tempdir().unwrap();
    part.export(&Style::neurips(), folder.path()).unwrap();
    let manifest = Manifest::read(folder.path(), "drift-table").unwrap();
    assert_eq!(manifest.missing, Some(16));
    assert!(manifest.table.unwrap().note.starts_with("Incomplete: 16 cells"));
    assert!(!instances::drift().summary().unwrap().contains("Incomplete"));
    assert_eq!(instances::drift().manifest().unwrap().missing, None);
}

#[test]
fn what_its_parameters_do_not_describe_is_refused() {
    fn refused<R: Report + serde::de::DeserializeOwned + std::fmt::Debug>(result: &R, list: &str) {
        let mut json = result.json(1.0).unwrap();
        json["result"][list].as_array_mut().unwrap().reverse();
        let error = read_back::<R>(&json).unwrap_err().to_string();
        assert!(error.contains("at this place"), "{}: {error}", R::NAME);
        json["result"][list] = serde_json::json!([]);
        let error = read_back::<R>(&json).unwrap_err().to_string();
        assert!(error.contains("nothing"), "{}: {error}", R::NAME);
    }
    refused(&instances::phases(crate::architecture::Activation::Tanh), "points");
    refused(&instances::width_gap(), "gaps");
    refused(&instances::coverage(), "points");
    refused(&instances::planted_decay(), "rows");
    refused(&instances::initial_function(), "readings");
    refused(&instances::whole_subsets(), "readings");
    let mut json = instances::spectrum_head().json(1.0).unwrap();
    json["result"]["targets"][0]["tail"] = serde_json::json!([]);
    assert!(read_back::<SpectrumHeadResult>(&json).unwrap_err().to_string().contains("a list in"));
    let mut json = instances::drift().json(1.0).unwrap();
    json["result"]["cells"][0]["looks"] = serde_json::json!([]);
    assert!(read_back::<DriftResult>(&json).unwrap_err().to_string().contains("has no look"));
    let draws = instances::smoothness_draws();
    let error = read_back::<crate::experiment::SmoothnessDrawsResult>(&draws.json(1.0).unwrap()).unwrap_err();
    assert!(error.to_string().contains("cannot be read back"), "{error}");
}
