//! Paper 2, Figs 3, 4 and 8 to 11, through the command: numbers, shards, interruption in the middle of a cell.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use analysis_tests::{failure, json, kept, ntk, numbers, stored, without_provenance};
use serde_json::Value;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

const SMALL: &[&str] = &[
    "drift",
    "--width",
    "16",
    "--depth",
    "2",
    "--sigma-w2",
    "1,2",
    "--sigma-b2",
    "0.5",
    "--n",
    "20",
    "--test",
    "10",
    "--networks",
    "2",
    "--rate",
    "1e-3",
    "--steps",
    "200",
    "--looks",
    "10,100",
    "--json",
];

#[test]
fn the_json_holds_every_look_of_every_network() {
    let store = tempfile::tempdir().unwrap();
    let result = json(ntk(store.path(), SMALL));
    assert_eq!(result["parameters"]["kernel"], "one");
    assert_eq!(result["written_by"]["seed"], 0);
    let cells = result["result"]["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 4);
    for cell in cells {
        let looks = cell["looks"].as_array().unwrap();
        let steps: Vec<u64> = looks.iter().map(|look| look["step"].as_u64().unwrap()).collect();
        assert_eq!(steps, [0, 10, 100, 200]);
        assert_eq!((cell["ending"].as_str(), cell["taken"].as_u64()), (Some("steps"), Some(200)));
        // Towards the targets, away from Θ₀ and from the linearised network.
        for pair in looks.windows(2) {
            assert!(number(&pair[1]["loss"]) < number(&pair[0]["loss"]));
            for name in ["moved", "test_moved"] {
                assert!(number(&pair[1][name]) > number(&pair[0][name]), "{name}: {pair:?}");
            }
            for value in [&pair[1]["gap"], &pair[1]["test_gap"], &pair[1]["full"]["drift"]] {
                assert!(number(value) > 0.0);
            }
        }
        assert!(looks[3].get("eigenvalues").is_none());
    }
    let spectra = json(ntk(store.path(), &[SMALL, &["--spectra"]].concat()));
    assert_eq!(spectra["result"]["cells"][0]["looks"][0]["eigenvalues"].as_array().unwrap().len(), 20);
}

#[test]
fn shards_merge_to_the_whole_and_figures_are_written() {
    let (store, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let grid: &[&str] = &[&SMALL[..7], &["--sigma-b2", "0.5,1"], &SMALL[9..]].concat();
    let whole = without_provenance(json(ntk(store.path(), grid)));
    let files = ["1/3", "2/3", "3/3"].map(|shard| {
        let file = other.path().join(format!("shard-{}.json", &shard[..1]));
        let result = json(ntk(other.path(), &[grid, &["--shard", shard]].concat()));
        fs::write(&file, result.to_string()).unwrap();
        file.to_string_lossy().into_owned()
    });
    let out = other.path().join("figures");
    let merge =
        ["drift", "--merge", &files[1], "--merge", &files[2], "--merge", &files[0], "--json", "--out"];
    let merged = json(ntk(store.path(), &[&merge[..], &[&out.to_string_lossy()]].concat()));
    assert_eq!(without_provenance(merged), whole);
    for name in [
        "drift-table.tex",
        "drift-transition.pdf",
        "drift-plane.svg",
        "drift-plane-100.svg",
        "drift-gap.svg",
        "drift.parquet",
    ] {
        assert!(out.join(name).is_file(), "{name}");
    }
    let part = json(ntk(store.path(), &["drift", "--merge", &files[0], "--merge", &files[1], "--json"]));
    let cells = |result: &Value| result["result"]["cells"].as_array().unwrap().len();
    assert_eq!(part["result"]["missing"], cells(&whole) - cells(&part));
}

#[test]
fn wrong_arguments_are_refused_in_one_line() {
    let store = tempfile::tempdir().unwrap();
    for (arguments, word) in [
        (vec!["--depth", "0"], "--depth ="),
        (vec!["--sigma-w2", "2,1"], "ascend"),
        (vec!["--rate", "-1"], "rate"),
        (vec!["--acceleration", "1000"], "plateau"),
        (vec!["--show", "half"], "trace"),
        (vec!["--stopping", "never"], "plateau:FALL:STEPS"),
        (vec!["--stopping", "plateau:0:100", "--plateau-steps", "5"], "cannot be used with"),
        (vec!["--n", "70000"], "60000"),
        (vec!["--shard", "4/3"], "shard"),
        (vec!["--merge", "no-such-file"], "no-such-file"),
    ] {
        let message = failure(ntk(store.path(), &[&["drift"], &arguments[..]].concat()));
        assert!(message.contains(word), "{arguments:?}: {message}");
    }
}

/// Files of cells under way.
fn parts(folder: &Path) -> usize {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    names.filter(|path| path.extension().is_some_and(|e| e == "part")).count()
}

#[test]
fn killed_in_the_middle_of_a_cell_it_goes_on_from_there() {
    const LONG: &[&str] = &[
        "drift",
        "--width",
        "64",
        "--depth",
        "6",
        "--sigma-w2",
        "2",
        "--sigma-b2",
        "0.5",
        "--n",
        "32",
        "--test",
        "10",
        "--steps",
        "6000",
        "--stopping",
        "plateau:0:100",
        "--checkpoint-seconds",
        "0.05",
        "--json",
    ];
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = without_provenance(json(ntk(whole.path(), LONG)));
    assert_eq!((stored(whole.path()).len(), parts(whole.path())), (1, 0));
    let mut command = ntk(killed.path(), LONG);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while parts(killed.path()) == 0 && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    // In the midst of it, and some writings later.
    std::thread::sleep(Duration::from_millis(200));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((stored(killed.path()).len(), parts(killed.path())), (0, 1), "killed under way");
    assert_eq!(without_provenance(json(ntk(killed.path(), LONG))), expected);
    assert_eq!((stored(killed.path()).len(), parts(killed.path())), (1, 0));
}

/// The kept grids show the transition, and are what the command computes today: their cheapest network again. Gradient descent
/// of some hundred stable steps repeats to rounding; initial parameters and tanh pass through libm.
#[test]
fn kept_grids_show_the_transition_and_are_recomputed() {
    let store = tempfile::tempdir().unwrap();
    for name in ["relu", "tanh"] {
        let kept = kept(&format!("drift-{name}"));
        let (p, cells) = (&kept["parameters"], kept["result"]["cells"].as_array().unwrap());
        let values = |name: &str| numbers(&p[name]);
        let ends = |name: &str| (values(name)[0], *values(name).last().unwrap());
        let drift = |depth: f64, sigma_w2: f64, sigma_b2: f64| {
            let own = cells.iter().filter(|c| {
                (number(&c["depth"]), number(&c["sigma_w2"]), number(&c["sigma_b2"]))
                    == (depth, sigma_w2, sigma_b2)
            });
            let drifts: Vec<f64> = own
                .map(|c| number(&c["looks"].as_array().unwrap().last().unwrap()["full"]["drift"]))
                .collect();
            drifts.iter().sum::<f64>() / drifts.len() as f64
        };
        let ((ordered, chaotic), (shallow, deep)) = (ends("sigma_w2"), ends("depths"));
        for sigma_b2 in values("sigma_b2") {
            let [low, high] = [ordered, chaotic].map(|sigma_w2| drift(deep, sigma_w2, sigma_b2));
            assert!(low < 0.3 * high, "{name}, σ_b² = {sigma_b2}: {low} ordered, {high} chaotic");
            assert!(high > drift(shallow, chaotic, sigma_b2), "{name}, σ_b² = {sigma_b2}: grows with depth");
        }
        let first = &cells[0];
        let text = |value: &Value| value.to_string().trim_matches('"').to_string();
        let mut arguments: Vec<String> = vec!["drift".into(), "--json".into()];
        for (flag, value) in [
            ("--activation", &p["activation"]),
            ("--width", &first["width"]),
            ("--depth", &first["depth"]),
            ("--sigma-w2", &first["sigma_w2"]),
            ("--sigma-b2", &first["sigma_b2"]),
            ("--n", &p["images"]),
            ("--test", &p["test_images"]),
            ("--scaling", &p["scaling"]),
            ("--steps", &p["steps"]),
            ("--acceleration", &p["acceleration"]),
            ("--seed", &p["seed"]),
        ] {
            arguments.extend([flag.into(), text(value)]);
        }
        let looks = values("looks").iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        arguments.extend(["--looks".into(), looks]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let now = json(ntk(store.path(), &arguments));
        let (before, now) = (&first["looks"], &now["result"]["cells"][0]["looks"]);
        assert_eq!(before.as_array().unwrap().len(), now.as_array().unwrap().len());
        for (before, now) in before.as_array().unwrap().iter().zip(now.as_array().unwrap()).skip(1) {
            for field in ["loss", "moved", "gap", "test_gap", "effective_rank", "target_alignment"] {
                let (before, now) = (number(&before[field]), number(&now[field]));
                assert!((now / before - 1.0).abs() < 1e-6, "{name}, {field}: {before} kept, {now} now");
            }
            let (before, now) = (number(&before["full"]["drift"]), number(&now["full"]["drift"]));
            assert!((now / before - 1.0).abs() < 1e-6, "{name}: {before} kept, {now} now");
        }
    }
}
