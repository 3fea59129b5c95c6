//! A second export into a folder, and files that are read back.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use super::instances;
use crate::experiment::DriftResult;
use crate::report::{Axis, Cell, Column, Figure, Manifest, Panel, Series, Style, Table};

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
    in_list.insert("drift-export.json".into());
    assert_eq!(in_list, listed);
    // Another kind of result of the same name removes nothing.
    let before = names(path);
    instances::smoothness().export(&style, path, "drift").unwrap();
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
    let expected = ["a.tex", "a.md", "a.html", "a.csv", "a.parquet", "a.bib", "a.json"].map(String::from);
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
    later["schema"] = 2.into();
    let error = read(&later).unwrap_err().to_string();
    assert!(
        error.contains("kept.json") && error.contains("schema is 2") && error.contains("reads 1"),
        "{error}"
    );
    assert!(read(&serde_json::json!({})).unwrap_err().to_string().contains("holds no cells"));
    // Half of the cells: a part of the plane, which says so.
    let mut half = json.clone();
    half["cells"].as_array_mut().unwrap().truncate(16);
    let part = read(&half).unwrap();
    assert_eq!((part.cells.len(), part.missing()), (16, 16));
    assert_eq!(part.json(1.0).unwrap()["missing"], 16);
    assert!(result.json(1.0).unwrap().get("missing").is_none());
    // The order of a file does not matter, a foreign cell does.
    let mut swapped = json;
    swapped["cells"].as_array_mut().unwrap().swap(0, 1);
    assert_eq!(read(&swapped).unwrap().cells, result.cells);
    swapped["cells"][0]["depth"] = 77.into();
    assert!(read(&swapped).unwrap_err().to_string().contains("none of the grid"));
}
