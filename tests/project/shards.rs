//! `ntk merge`, and `--merge` as it was: shards are put together, what is missing is counted, and what is no shard is said in one
//! message.

use std::fs;

use analysis_tests::{failure, json, ntk, ntk_line, root, without_provenance};
use serde_json::Value;

/// Three cells each.
const GRIDS: &[&str] = &[
    "dispersion --width 8 --depth 1 --networks 20 --sigma-w2 1,1.5,2 --sigma-b2 1",
    "drift --width 8 --depth 1 --sigma-w2 1,1.5,2 --sigma-b2 1 --n 8 --test 4 --steps 20",
    "output-variance --depth 1,2,3 --cosine 0.5 --sigma-w2 1",
];

#[test]
fn shards_with_nothing_to_do_say_so_and_merge() {
    let folder = tempfile::tempdir().unwrap();
    for line in GRIDS {
        let name = line.split(' ').next().unwrap();
        let command = |more: &[&str]| ntk_line(folder.path(), line, more);
        let mut files = Vec::new();
        for index in 0..5 {
            let shard = format!("{}/5", index + 1);
            let output = command(&["--json", "--shard", &shard]).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{name} {shard}: {stderr}");
            let empty = stderr.contains(&format!("shard {shard} has none of the grid's"));
            assert_eq!(empty, index >= 3, "{name} {shard}: {stderr}");
            assert!(stderr.contains(&format!("this is shard {shard}, without ")), "{name}: {stderr}");
            let file = folder.path().join(format!("{name}-{index}.json"));
            fs::write(&file, output.stdout).unwrap();
            files.push(file.to_str().unwrap().to_owned());
        }
        let merge = |files: &[&str]| ntk(folder.path(), &[&["merge"], files, &["--json"]].concat());
        let all: Vec<&str> = files.iter().map(String::as_str).collect();
        let whole = without_provenance(json(command(&["--json"])));
        assert_eq!(without_provenance(json(merge(&all))), whole, "{name}");

        let old = all.iter().flat_map(|file| ["--merge", file]).collect::<Vec<_>>();
        let old = ntk_line(folder.path(), name, &[&old[..], &["--json"]].concat());
        assert_eq!(without_provenance(json(old)), whole, "{name} --merge");
        if name != "drift" {
            let show = failure(ntk(folder.path(), &[&["merge", "--show", "trace"], &all[..]].concat()));
            assert!(show.contains("leave --show out"), "{show}");
        }

        let twice = failure(merge(&[all[0], all[1], all[0]]));
        assert!(twice.contains("is named twice") && twice.contains(all[0]), "{twice}");
        let part = merge(&[all[0], all[2]]).output().unwrap();
        let stderr = String::from_utf8_lossy(&part.stderr);
        assert!(stderr.contains("the files are without 1 of the grid's cells"), "{name}: {stderr}");
        let mut part: Value = serde_json::from_slice(&part.stdout).unwrap();
        assert_eq!(part["result"]["missing"], 1, "{name}");
        assert_eq!(part["written_by"]["profile"], "paper", "{name}");
        // A part of a quick check makes the whole one.
        part["written_by"]["profile"] = "smoke".into();
        let smoke = folder.path().join("smoke.json");
        fs::write(&smoke, part.to_string()).unwrap();
        let out = folder.path().join("out");
        let more = ["--out", out.to_str().unwrap(), "--json"];
        let merged =
            json(ntk(folder.path(), &[&["merge", smoke.to_str().unwrap(), all[1]], &more[..]].concat()));
        assert_eq!(merged["written_by"]["profile"], "smoke", "{name}");
        let list = fs::read_to_string(out.join(format!("{name}-export.json"))).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&list).unwrap()["profile"], "smoke", "{name}");
    }
}

/// What a run would have to do is known before it, and the store says what it holds.
#[test]
fn a_dry_run_computes_nothing_and_counts_what_is_stored() {
    for (line, cells, of_shard) in [
        (GRIDS[0], 3, 1),
        (GRIDS[1], 3, 1),
        (
            "output-variance --depth 1 --cosine 0.5 --sigma-w2 1,2,3 --width 8 --networks 10 --flow-time 1 --n 3 --test 2",
            6,
            2,
        ),
        ("learning-curve --infinite --n 4,8 --draws 0..2 --test 5 --snapshots 5", 4, 2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let plan = |more: &[&str]| {
            json(ntk_line(folder.path(), line, &[&["--dry-run", "--json"], more].concat()))["result"].take()
        };
        let before = plan(&[]);
        assert_eq!((&before["cells"], &before["stored"]), (&cells.into(), &0.into()), "{line}");
        assert!(before.get("seconds").is_none() && before["bytes"].as_u64().unwrap() > 0, "{before}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{line}: something was computed");
        assert_eq!(plan(&["--shard", "1/3"])["cells"].as_u64().unwrap(), of_shard, "{line}");
        json(ntk_line(folder.path(), line, &["--shard", "1/3", "--json"]));
        let after = plan(&[]);
        assert_eq!(after["stored"].as_u64().unwrap(), of_shard, "{line}: {after}");
        assert!(after["seconds"].as_f64().unwrap() > 0.0, "{line}: {after}");
        let text = ntk_line(folder.path(), line, &["--dry-run"]).output().unwrap();
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains(&format!("{of_shard} of them in the store")), "{text}");
    }
}

#[test]
fn the_store_is_listed_and_cleaned() {
    let folder = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str]| {
        let output = ntk(folder.path(), &[&["store"], arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(said(&["list"]), "the store is empty\n");
    assert_eq!(said(&["dir"]).trim(), folder.path().to_str().unwrap());
    for grid in &GRIDS[..2] {
        json(ntk_line(folder.path(), grid, &["--json"]));
    }
    fs::write(folder.path().join("mine.json"), "{}").unwrap();
    let list = json(ntk(folder.path(), &["store", "list", "--json"]));
    let counts: Vec<_> =
        list["result"]["computations"].as_array().unwrap().iter().map(|row| row["files"].clone()).collect();
    assert_eq!(counts, [3, 3]);
    assert!(said(&["list"]).contains("drift"));
    assert!(failure(ntk(folder.path(), &["store", "clean"])).contains("--older DAYS, or --all"));
    assert!(said(&["clean", "no-such", "dri"]).contains("removed 0 of 6 files"));
    assert!(said(&["clean", "--older", "1"]).contains("removed 0 of 6 files"));
    assert!(said(&["clean", "drift", "learning-curve"]).contains("removed 3 of 6 files"));
    assert!(said(&["clean", "--all"]).contains("removed 3 of 3 files"));
    assert!(folder.path().join("mine.json").is_file(), "what the store has not written stays");
}

#[test]
fn what_is_no_shard_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let phase =
        ntk(folder.path(), &["phase", "--sigma-w2", "1", "--sigma-b2", "0.1", "--json"]).output().unwrap();
    let foreign = file("phase.json", &String::from_utf8(phase.stdout).unwrap());
    let others = [file("empty.json", ""), file("text.json", "not JSON"), file("list.json", "[1]"), foreign];
    for other in &others {
        let message = failure(ntk(folder.path(), &["merge", other]));
        assert!(message.contains(other) && message.contains("give the output of ntk"), "{message}");
    }
    for name in ["dispersion", "drift", "output-variance", "learning-curve"] {
        for other in &others {
            let message = failure(ntk(folder.path(), &[name, "--merge", other]));
            assert!(message.contains(other), "{message}");
            let words =
                [format!("give the output of ntk {name} --json"), format!("\"phase\", not of \"{name}\"")];
            assert!(words.iter().any(|words| message.contains(words)), "{message}");
        }
        let absent = folder.path().join("absent.json");
        let message = failure(ntk(folder.path(), &[name, "--merge", absent.to_str().unwrap()]));
        assert!(message.contains("absent.json: read failed"), "{message}");
        let message = failure(ntk(folder.path(), &[name, "--merge", folder.path().to_str().unwrap()]));
        assert!(message.contains("read failed"), "{message}");
    }
}

/// A file of schema 1 says by its fields of which experiment it is; what is shown may be chosen anew.
#[test]
fn kept_files_of_every_experiment_merge_with_themselves() {
    let folder = tempfile::tempdir().unwrap();
    for (name, cells) in [
        ("dispersion-tanh", "points"),
        ("drift-widths-relu", "cells"),
        ("output-variance-relu", "points"),
        ("learning-curve-d5-large", "trials"),
    ] {
        let kept = format!("notebooks/results/{name}.json");
        let file: Value = serde_json::from_str(&fs::read_to_string(root().join(&kept)).unwrap()).unwrap();
        let merged = json(ntk(folder.path(), &["merge", &kept, "--json"]));
        assert_eq!(merged["schema"], 2);
        let before = file.get("result").unwrap_or(&file);
        assert_eq!(merged["result"][cells], before[cells], "{name}");
        let again = folder.path().join("again.json");
        fs::write(&again, merged.to_string()).unwrap();
        let again = json(ntk(folder.path(), &["merge", again.to_str().unwrap(), "--json"]));
        assert_eq!(
            (&again["result"], &again["computed_by"]),
            (&merged["result"], &merged["computed_by"]),
            "{name}"
        );
    }
    let drift = "notebooks/results/drift-widths-relu.json";
    let two = failure(ntk(folder.path(), &["merge", drift, "notebooks/results/dispersion-tanh.json"]));
    assert!(two.contains("the result of dispersion") && two.contains("that of drift"), "{two}");
    let shown = json(ntk(folder.path(), &["merge", drift, "--show", "trace", "--json"]));
    assert_eq!(shown["parameters"]["kernel"], "trace");
}
