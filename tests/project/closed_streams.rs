//! A reader that leaves, a full disk behind a stream: `ntk … 2>&1 >file | head -1`, `nohup ntk … &` on a full disk.
//!
//! What a command says on its way may get lost; its result may not, and no command dies of it.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Output, Stdio};

use analysis_tests::{SMALL_RUNS, ntk};

/// More than [`SMALL_RUNS`]; OUT stands for an empty folder, CSV for a small file.
const MORE: [&str; 4] = [
    "fetch mnist",
    "smoothness --csv CSV --target y --window 1..=10 --no-cache --out OUT",
    "learning-curve --finite --n 10,20 --draws 0..2 --test 20 --out OUT",
    "output-variance --sigma-w2 1 --depth 1,2 --cosine 0.5 --n 3 --test 2 --width 12 --networks 10 --flow-time 5 --out OUT",
];

/// A small run of every subcommand, each of which says something on standard error.
fn commands() -> Vec<String> {
    let out = SMALL_RUNS.iter().map(|line| format!("{line} --out OUT --json"));
    let train = ["train --n 10 --width 20 --epochs 5 --test 5 --json".to_string()];
    out.chain(MORE.map(|line| format!("{line} --json"))).chain(train).collect()
}

/// A new subcommand comes into a list, or this fails.
#[test]
fn every_subcommand_is_in_a_list() {
    let help = ntk(std::path::Path::new("."), &["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = commands();
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = listed
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() > 10, "{help}");
    for name in names.into_iter().filter(|name| !["merge", "store", "help"].contains(name)) {
        assert!(commands.iter().any(|line| line.split(' ').next() == Some(name)), "no small run of {name}");
    }
}

/// A stream whose reader is gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A stream onto a full disk.
fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

fn run(line: &str, stdout: Stdio, stderr: Stdio) -> Output {
    let (store, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let csv = store.path().join("small.csv");
    let row = |i: u32| format!("{},{},{}", (0.7 * f64::from(i)).sin(), (1.3 * f64::from(i)).sin(), i % 7);
    let rows: Vec<String> = std::iter::once("u,v,y".to_string()).chain((1..=40).map(row)).collect();
    std::fs::write(&csv, rows.join("\n")).unwrap();
    let place = |word: &str| match word {
        "OUT" => out.path().to_string_lossy().into_owned(),
        "CSV" => csv.to_string_lossy().into_owned(),
        _ => word.to_string(),
    };
    let words: Vec<String> = line.split(' ').map(place).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    ntk(store.path(), &words).stdout(stdout).stderr(stderr).spawn().unwrap().wait_with_output().unwrap()
}

/// A result without what differs from run to run: the time it took.
fn result(output: &Output, line: &str) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let mut value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    value.as_object_mut().unwrap().remove("written_by");
    value
}

#[test]
fn a_standard_error_that_cannot_be_written_changes_nothing() {
    for line in &commands() {
        let heard = run(line, Stdio::piped(), Stdio::piped());
        assert!(!heard.stderr.is_empty() || line.starts_with("fetch"), "{line} says something");
        let expected = result(&heard, line);
        assert_eq!(result(&run(line, Stdio::piped(), full()), line), expected, "{line} 2>/dev/full");
        assert_eq!(result(&run(line, Stdio::piped(), closed()), line), expected, "{line} 2>&1 | head -0");
    }
}

/// A result that cannot be written is a failure and says so; one that nobody wants is none.
#[test]
fn a_standard_output_that_is_full_is_an_error_and_a_closed_one_is_not() {
    let others = ["--help", "--version", "help train", "smoothness --help"].map(String::from);
    for line in commands().iter().chain(&others) {
        let lost = run(line, full(), Stdio::piped());
        let said = String::from_utf8_lossy(&lost.stderr).into_owned();
        assert_eq!(lost.status.code(), Some(1), "{line}: {said}");
        assert!(said.contains("error: standard output: write failed: No space left"), "{line}: {said}");
        let unread = run(line, closed(), Stdio::piped());
        let said = String::from_utf8_lossy(&unread.stderr).into_owned();
        assert_eq!(unread.status.code(), Some(0), "{line}: {said}");
        assert!(!said.contains("panicked"), "{line}: {said}");
        // Nothing can be said at all.
        assert_eq!(run(line, full(), full()).status.code(), Some(1), "{line} >/dev/full 2>&1");
        assert_eq!(run(line, closed(), closed()).status.code(), Some(0), "{line} 2>&1 | head -0");
    }
}

/// Text instead of JSON goes the same way.
#[test]
fn text_goes_the_same_way_as_json() {
    let line = "phase --activation tanh --sigma-w2 1,2 --sigma-b2 0.1";
    assert_eq!(run(line, full(), closed()).status.code(), Some(1));
    assert_eq!(run(line, closed(), closed()).status.code(), Some(0));
}

/// An error keeps its status where nobody hears of it: 2 for the command line, 1 for the rest.
#[test]
fn errors_keep_their_status() {
    for (line, status) in [
        ("no-such-command", 2),
        ("train --no-such-flag", 2),
        ("train --n many", 2),
        ("train --n 0", 2),
        ("drift --sigma-w2 2,1", 2),
        ("dispersion --width 8 --depth 1 --shard 0/4", 2),
        ("smoothness --dataset mnist --rows 0..50 --window 1..=60", 2),
        ("learning-curve --profile large", 2),
        ("merge no-such-file.json", 1),
        ("smoothness --csv no-such-file.csv --target y", 1),
        ("phase --activation custom:mine", 2),
    ] {
        for stderr in [full, closed, Stdio::piped] {
            let output = run(line, Stdio::piped(), stderr());
            let code = output.status.code();
            assert_eq!(code, Some(status), "{line}");
            assert!(output.stdout.is_empty());
        }
    }
}

/// The library's own warnings, and a store that cannot be written.
#[test]
fn a_result_that_cannot_be_kept_is_printed_all_the_same() {
    let line = "dispersion --width 8 --depth 1,2 --sigma-w2 2 --networks 20 --json";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    let run = |store: &Path, stderr: Stdio| {
        let child = ntk(store, &words).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        child.wait_with_output().unwrap()
    };
    let heard = run(&file.join("store"), Stdio::piped());
    assert!(String::from_utf8_lossy(&heard.stderr).contains("warning: the result is not kept"), "{heard:?}");
    let expected = result(&heard, line);
    for stderr in [full, closed] {
        assert_eq!(result(&run(&file.join("store"), stderr()), line), expected);
    }
}
