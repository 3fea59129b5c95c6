//! Nothing that a command prints or writes says in which folders of this machine it ran: it is meant for publication.

use std::fs;
use std::path::{Path, PathBuf};

use analysis_tests::{SMALL_RUNS, json, ntk};

/// What no output may contain.
const SECRET: &str = "folder-of-nobody-else";

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
}

/// Runs with `--json --out` and looks at everything that came out.
fn check(place: &Path, arguments: &[&str], takes_out: bool) {
    let (store, out) = (place.join("store"), place.join("out"));
    let out_flag: &[&str] = if takes_out { &["--out", out.to_str().unwrap()] } else { &[] };
    let printed = json(ntk(&store, &[arguments, &["--json"][..], out_flag].concat()));
    assert!(!has_secret(printed.to_string().as_bytes()), "{arguments:?} prints a folder: {printed}");
    let text = ntk(&store, &[arguments, out_flag].concat()).output().unwrap();
    assert!(text.status.success() && !has_secret(&text.stdout), "{arguments:?} prints a folder");
    for file in files(&out).into_iter().chain(files(&store)) {
        assert!(!has_secret(&fs::read(&file).unwrap()), "{arguments:?}: {} names a folder", file.display());
    }
    assert!(!takes_out || files(&out).len() > 5);
    for folder in [&out, &store] {
        fs::remove_dir_all(folder).ok();
    }
}

#[test]
fn no_output_names_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(SECRET);
    fs::create_dir_all(&place).unwrap();
    let data = place.join("data");
    std::os::unix::fs::symlink(analysis_core::data::data_folder(), &data).unwrap();
    let data_flag = ["--data-dir", data.to_str().unwrap()];
    for command in SMALL_RUNS {
        let words: Vec<&str> = command.split(' ').collect();
        let takes_data = matches!(words[0], "drift" | "smoothness" | "table");
        let data_flag: &[&str] = if takes_data { &data_flag } else { &[] };
        check(&place, &[&words[..], data_flag].concat(), true);
    }
    let images = ["learning-curve", "--infinite", "--n", "5,10", "--draws", "0..2", "--test", "10"];
    check(&place, &[&images[..], &["--dataset", "mnist"], &data_flag].concat(), true);
    let variance = ["output-variance", "--depth", "1,2", "--sigma-w2", "1", "--dataset", "mnist"];
    check(&place, &[&variance[..], &data_flag].concat(), true);
    let train = ["train", "--rows", "0..10", "--test", "0..5", "--width", "8", "--epochs", "2"];
    check(&place, &[&train[..], &["--dataset", "mnist"], &data_flag].concat(), false);

    let csv = place.join("own.csv");
    let lines =
        (0..80).map(f64::from).map(|t| format!("{},{},{}\n", t.sin(), (1.3 * t).cos(), (0.1 * t).exp()));
    fs::write(&csv, format!("u,v,y\n{}", lines.collect::<String>())).unwrap();
    let own = ["--csv", csv.to_str().unwrap(), "--target", "y"];
    check(&place, &[&["train", "--width", "8", "--epochs", "2", "--rate", "0.01"][..], &own].concat(), false);
    let window = ["smoothness", "--window", "1..=12", "--bias"];
    check(&place, &[&window[..], &own].concat(), true);
    check(&place, &[&window[..], &own, &["--draws", "2", "--n", "60"]].concat(), true);

    let (gram, targets) = (place.join("k.npy"), place.join("y.npy"));
    let k = ndarray::Array2::from_diag(&ndarray::Array1::from_shape_fn(60, |i| (i as f64 + 1.0).powf(-1.5)));
    analysis_core::kernel::Gram::from_array(k).unwrap().write_npy(&gram).unwrap();
    let y = ndarray::Array2::from_shape_fn((60, 1), |(i, _)| (i as f64 + 1.0).powf(-1.0));
    analysis_core::npy::write(&targets, y.view()).unwrap();
    let own = ["--gram", gram.to_str().unwrap(), "--target-npy", targets.to_str().unwrap()];
    let window = ["smoothness", "--window", "1..=12"];
    check(&place, &[&window[..], &own].concat(), true);
    check(&place, &[&window[..], &own, &["--draws", "2", "--n", "40"]].concat(), true);
    let result = json(ntk(&place.join("store"), &[&window[..], &own, &["--json"]].concat()));
    let files = result["written_by"]["data"].as_array().unwrap();
    let file = files.iter().find(|file| file["name"] == "k.npy").expect("the Gram file by its name");
    assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
}

/// Older manifests wrote the folder of the sets into a table's parameters: they are still read.
#[test]
fn parameters_with_a_folder_are_still_read() {
    use analysis_core::experiment::SmoothnessTable;
    let mut old = serde_json::to_value(SmoothnessTable::default()).unwrap();
    assert!(old.get("folder").is_none());
    old["folder"] = "/home/somebody/data".into();
    let read: SmoothnessTable = serde_json::from_value(old).unwrap();
    assert_eq!(read.folder, Some("/home/somebody/data".into()));
}
