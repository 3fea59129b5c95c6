//! How commands end: what cannot be written is known before the computing, and what was computed is not lost.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use analysis_tests::{SMALL_RUNS, failure, json, ntk_line, without_provenance};

const SMOOTHNESS: &str = "smoothness --dataset mnist --rows 0..60 --window 1..=20";

fn computed(store: &Path) -> usize {
    fs::read_dir(store).map_or(0, |entries| entries.count())
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_the_computing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    for out in [file.join("below"), file.clone(), "/proc/none".into()] {
        for command in SMALL_RUNS {
            let message = failure(ntk_line(&store, command, &["--out", out.to_str().unwrap()]));
            assert!(message.contains(out.to_str().unwrap()), "{command:?}: {message}");
            assert_eq!(computed(&store), 0, "{command:?}");
        }
    }
}

#[test]
fn names_that_no_file_can_have_are_refused_before_the_computing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, out) = (folder.path().join("store"), folder.path().join("out"));
    let long = "n".repeat(300);
    for name in ["a/b", "..", ".hidden", "", "a\\b", &long, &long[..245]] {
        let named = ["--out", out.to_str().unwrap(), "--name", name];
        let message = failure(ntk_line(&store, SMOOTHNESS, &named));
        assert!(message.contains("name") || message.contains("long"), "{name}: {message}");
        assert_eq!(computed(&store), 0, "{name}");
        // Nothing stays of the trying.
        assert_eq!(fs::read_dir(&out).map_or(0, |entries| entries.count()), 0, "{name}");
    }
    let missing = folder.path().join("nowhere").join("k.npy");
    for file in [missing.as_path(), folder.path()] {
        let message = failure(ntk_line(&store, SMOOTHNESS, &["--save-gram", file.to_str().unwrap()]));
        assert!(message.contains(file.to_str().unwrap()), "{message}");
        assert_eq!(computed(&store), 0);
    }
    // A file that is there stays when the command fails later, and the Gram matrix replaces it when it does not.
    let kept = folder.path().join("k.npy");
    fs::write(&kept, "kept").unwrap();
    let save = ["--save-gram", kept.to_str().unwrap()];
    failure(ntk_line(&store, SMOOTHNESS, &[save[0], save[1], "--permutations", "3"]));
    assert_eq!(fs::read(&kept).unwrap(), b"kept");
    json(ntk_line(&store, SMOOTHNESS, &[save[0], save[1], "--json"]));
    assert!(fs::metadata(&kept).unwrap().len() > 60 * 60 * 8);
}

/// What is on standard output is there even where the export fails.
#[test]
fn results_are_printed_before_they_are_written() {
    for command in SMALL_RUNS {
        let folder = tempfile::tempdir().unwrap();
        let (store, out) = (folder.path().join("store"), folder.path().join("out"));
        let run = || ntk_line(&store, command, &["--out", out.to_str().unwrap(), "--json"]);
        let first = json(run());
        // Where the files of the first run were, folders stand: no file can be renamed to one.
        for entry in fs::read_dir(&out).unwrap() {
            let path = entry.unwrap().path();
            fs::remove_file(&path).unwrap();
            fs::create_dir_all(path.join("in the way")).unwrap();
        }
        let output = run().output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(without_provenance(printed), without_provenance(first), "{command:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr.matches("error:").count(), 1, "{stderr}");
    }
}

/// A full standard output costs what is printed, not what is written.
#[test]
fn files_are_written_where_nothing_can_be_printed() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    for command in SMALL_RUNS {
        for more in [&[][..], &["--json"]] {
            let folder = tempfile::tempdir().unwrap();
            let (store, out) = (folder.path().join("store"), folder.path().join("out"));
            let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let mut run = ntk_line(&store, command, &[&["--out", out.to_str().unwrap()][..], more].concat());
            let output = run.stdout(full).stderr(Stdio::piped()).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{command:?}: {stderr}");
            assert_eq!(stderr.matches("error:").count(), 1, "{command:?}: {stderr}");
            assert!(stderr.contains("standard output"), "{command:?}: {stderr}");
            let names =
                fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let names: Vec<String> = names.collect();
            assert!(names.iter().any(|n| n.ends_with(".tex")), "{command:?}: {names:?}");
            assert!(names.iter().any(|n| n.ends_with(".json")), "{command:?}: {names:?}");
        }
    }
}
