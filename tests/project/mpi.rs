//! `ntk-mpi` under a real MPI, more ranks than processors: the numbers of one machine, a rank that is killed, wrong launches.
//!
//! Run by `scripts/test mpi`, where MPI is installed.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use analysis_core::prelude::*;
use analysis_tests::{json, ntk_binary, ntk_line, numbers, root, stored, without_provenance};
use serde_json::Value;

fn binary() -> PathBuf {
    ntk_binary().with_file_name("ntk-mpi")
}

/// A command with what MPI needs in a container: root is allowed, more ranks than processors are, and messages go through shared
/// memory rather than another process's memory, which containers forbid.
fn quiet(mut command: Command, store: &Path) -> Command {
    command
        .current_dir(root())
        .env("NTK_STORE_DIR", store)
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .env("OMPI_MCA_rmaps_base_oversubscribe", "1")
        .env("OMPI_MCA_btl_vader_single_copy_mechanism", "none")
        // A rank that waits lets others work: there may be more of them than processors.
        .env("OMPI_MCA_mpi_yield_when_idle", "1");
    command
}

/// `ntk-mpi` on so many ranks; alone without a launcher.
fn dealt(ranks: usize, store: &Path, line: &str) -> Command {
    let mut command = Command::new(if ranks == 0 { binary() } else { "mpirun".into() });
    if ranks > 0 {
        command.args(["-n", &ranks.to_string()]).arg(binary());
    }
    command.args(line.split_whitespace());
    quiet(command, store)
}

/// Standard output and error of a command that must fail.
fn refused(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{command:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Eigenvalues within n·ε·‖K‖ (Weyl, for a backward error of that size), and tails: those of the first i − 1 eigenvectors turn by
/// n·ε·‖K‖ over the gap below them (Davis and Kahan), and a tail by twice that part of the whole.
fn same_numbers(found: &Value, expected: &Value, what: &str) {
    let read = |value: &Value, name: &str| numbers(&value["result"][name]);
    let (values, others) = (read(expected, "eigenvalues"), read(found, "eigenvalues"));
    let n = values.len();
    assert_eq!(others.len(), n, "{what}");
    let error = n as f64 * f64::EPSILON * values[0];
    for (i, (a, b)) in values.iter().zip(&others).enumerate() {
        assert!((a - b).abs() <= error, "{what}: λ_{} {a:e} {b:e}", i + 1);
    }
    let (tails, others) = (read(expected, "tail"), read(found, "tail"));
    for i in 0..n {
        let gap = if i == 0 { f64::INFINITY } else { values[i - 1] - values[i] };
        let bound = tails[0] * (n as f64 * f64::EPSILON + 2.0 * error / gap.max(error));
        assert!(
            (tails[i] - others[i]).abs() <= bound,
            "{what}: tail {} {:e} {:e}",
            i + 1,
            tails[i],
            others[i]
        );
    }
    let evidence = &found["result"]["evidence"];
    for name in ["trace", "squares", "energy", "first_moment", "second_moment"] {
        let ratio = evidence[name].as_f64().unwrap();
        assert!(ratio < 60.0, "{what}: {name} {ratio}");
    }
}

/// What a notebook's cell finds in the store: not one machine's numbers, which differ in their last digits.
fn in_a_cell(store: &Path) -> Vec<f64> {
    let mnist = Dataset::load(Source::Mnist).unwrap().split(Split::Train).unwrap().rows(0..2000).unwrap();
    let mnist = mnist.prepare(Scaling::UnitNorm, Target::Integer).unwrap();
    let smoothness = Smoothness { window: "1..=300".parse().unwrap(), ..Default::default() };
    let session = Session::default().store(Store::at(store));
    smoothness.run_in(&mnist, &session).unwrap().curves.eigenvalues
}

const ROWS: &str = "smoothness --dataset mnist --rows 0..2000 --window 1..=300 --json";

#[test]
#[ignore = "needs MPI: scripts/test mpi"]
fn numbers_are_those_of_one_machine() {
    let folder = tempfile::tempdir().unwrap();
    let expected = json(ntk_line(&folder.path().join("one"), ROWS, &[]));
    // Grids of every shape; 2000 is 54·37 + 2, 31·64 + 16, 40·50, 68·29 + 28.
    for (ranks, flags) in [
        (0, ""),
        (2, "--grid 1x2 --block 37"),
        (4, "--grid 2x2"),
        (4, "--grid 1x4 --block 50"),
        (4, "--grid 4x1 --block 29"),
    ] {
        let store = tempfile::tempdir().unwrap();
        let found = json(dealt(ranks, store.path(), &format!("{ROWS} {flags}")));
        same_numbers(&found, &expected, &format!("{ranks} ranks {flags}"));
        assert_eq!(found["parameters"], expected["parameters"]);
        // One machine finds what many have computed, and the other way round.
        assert_eq!(stored(store.path()).len(), 1);
        let name = |path: &Path| stored(path)[0].file_name().unwrap().to_owned();
        assert_eq!(name(store.path()), name(&folder.path().join("one")));
        let read = without_provenance(json(ntk_line(store.path(), ROWS, &[])));
        assert_eq!(read, without_provenance(found), "{flags}");
        assert_eq!(without_provenance(json(dealt(2, store.path(), ROWS))), read);
        assert_eq!(numbers(&read["result"]["eigenvalues"]), in_a_cell(store.path()), "{flags}");
    }
}

/// Other kernels and scalings, rows of many norms; as many ranks as there are blocks.
#[test]
#[ignore = "needs MPI: scripts/test mpi"]
fn other_kernels_and_few_rows() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "smoothness --dataset cifar-10 --rows 0..301 --scaling standardised --labels one-hot --depth 2 --bias --window 1..=50 --json",
        "smoothness --dataset mnist --rows sample:61:3 --activation tanh --window 1..=20 --json",
    ] {
        let expected = json(ntk_line(&folder.path().join("one"), line, &[]));
        for (ranks, flags) in [(3, "--grid 3x1"), (4, "--block 16")] {
            let found =
                json(dealt(ranks, &folder.path().join("many"), &format!("{line} {flags} --no-cache")));
            same_numbers(&found, &expected, &format!("{line} {flags}"));
        }
    }
}

/// The process of a rank below this one.
fn rank(of: u32, rank: &str) -> Option<String> {
    let marked = |pid: &str| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let has = |wanted: &str| environment.split(|byte| *byte == 0).any(|one| one == wanted.as_bytes());
        let parent = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = parent.rsplit(')').next().unwrap_or("").split_whitespace().nth(1).map(str::to_owned);
        has(&format!("OMPI_COMM_WORLD_RANK={rank}")) && parent.as_deref() == Some(&of.to_string())
    };
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    all.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).find(|pid| marked(pid))
}

#[test]
#[ignore = "needs MPI: scripts/test mpi"]
fn a_killed_rank_ends_the_job_and_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let under_way = folder.path().join("under-way");
    let line = "smoothness --dataset mnist --rows 0..2500 --window 1..=300 --json";
    let kept = format!("{line} --checkpoint {} --checkpoint-seconds 0.2", under_way.display());
    let expected = without_provenance(json(dealt(2, &folder.path().join("whole"), line)));

    let store = folder.path().join("killed");
    let mut child = dealt(2, &store, &kept).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("kept at column") {
        assert!(said.read_line(&mut text).unwrap() > 0, "it ended before a checkpoint: {text}");
    }
    let killed = Instant::now();
    let pid = rank(child.id(), "1").expect("rank 1 is below mpirun");
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    said.read_to_string(&mut text).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(killed.elapsed() < Duration::from_secs(20), "it took {:?} to end", killed.elapsed());
    // The launcher names the rank, one process the checkpoint.
    assert!(text.contains("rank 1") && text.contains("signal 9"), "{text}");
    assert_eq!(text.matches("the last checkpoint is column").count(), 1, "{text}");
    assert!(text.contains(&under_way.display().to_string()), "{text}");
    assert!(stored(&store).is_empty());

    let output = dealt(2, &store, &kept).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("going on at column"), "{told}");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(without_provenance(found), expected);
    assert_eq!(
        fs::read_dir(&under_way).unwrap().count(),
        0,
        "what a finished computation has left is removed"
    );
}

#[test]
#[ignore = "needs MPI: scripts/test mpi"]
fn wrong_launches_are_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let small = "smoothness --dataset mnist --rows 0..60 --window 1..=20 --json";
    for (ranks, flags, expected) in [
        (4, "--block 40 --grid 4x1", "has only 2 by 2 blocks"),
        (3, "--grid 2x2", "as many places as there are ranks, 3"),
        (2, "--window 1..=900", "900"),
        (2, "--gard 1x2", "--gard"),
        (2, "--precision single", "double precision"),
        (2, "--leave-one-out", "ntk smoothness"),
        (2, "--conv 3", "one machine: ntk smoothness"),
        (2, "--network relu", "one machine: ntk smoothness"),
        (2, "--data-dir /nowhere", "ntk fetch"),
    ] {
        let line =
            if flags.contains("window") { small.replace("--window 1..=20 ", "") } else { small.into() };
        let text = refused(dealt(ranks, folder.path(), &format!("{line} {flags}")));
        assert!(text.contains(expected), "{flags}: {text}");
        assert_eq!(text.matches("error:").count(), 1, "{flags}: {text}");
        assert!(!text.contains("panicked"), "{flags}: {text}");
    }
    let images = "smoothness --images x.npy --target-npy y.npy --conv 3 --window first:0.1";
    let text = refused(dealt(2, folder.path(), images));
    assert!(text.contains("--dataset, --csv or --parquet") && text.matches("error:").count() == 1, "{text}");
    // The same name, other bytes: on two machines, say.
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    for (index, place) in [&one, &other].into_iter().enumerate() {
        fs::create_dir(place).unwrap();
        let rows: String =
            (0..60).map(|i| format!("{},{},{}\n", 1 + i % 7, (i * i) % (11 + index), i)).collect();
        fs::write(place.join("rows.csv"), format!("a,b,y\n{rows}")).unwrap();
    }
    let words = "smoothness --csv rows.csv --target y --bias --window 1..=20";
    let mut command = Command::new("mpirun");
    for (place, separator) in [(&one, None), (&other, Some(":"))] {
        command.args(separator).args(["-n", "1", "-wdir"]).arg(place).arg(binary()).args(words.split(' '));
    }
    let text = refused(quiet(command, folder.path()));
    assert!(text.contains("every rank must read the same data") && text.contains("rank 1"), "{text}");
    assert_eq!(text.matches("error:").count(), 1, "{text}");
}

/// ELPA's eigenvalues of the same matrix: other people's algorithm (two stages) and code, on four ranks.
#[test]
#[ignore = "needs MPI: scripts/test mpi"]
fn eigenvalues_are_elpas() {
    let flags = Command::new("pkg-config").args(["--cflags", "--libs", "elpa"]).output().unwrap();
    if !flags.status.success() {
        println!("ELPA is not installed: skipped");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [program, gram, out] = ["elpa", "k.npy", "values"].map(|name| folder.path().join(name));
    let built = Command::new("mpicc")
        .args(["-O1", "-o"])
        .arg(&program)
        .arg(root().join("tests/project/elpa.c"))
        .args(String::from_utf8(flags.stdout).unwrap().split_whitespace())
        .status();
    assert!(built.unwrap().success());
    let n = 1500;
    let line = format!("smoothness --dataset fashion-mnist --rows 0..{n} --window 1..=300 --json --no-cache");
    json(ntk_line(folder.path(), &line, &["--save-gram", gram.to_str().unwrap()]));
    let mut command = Command::new("mpirun");
    command.args(["-n", "4"]).arg(&program).arg(n.to_string()).args([&gram, &out]);
    assert!(quiet(command, folder.path()).status().unwrap().success());
    let bytes = fs::read(&out).unwrap();
    let theirs: Vec<f64> = bytes
        .chunks_exact(8)
        .map(|eight| f64::from_le_bytes(eight.try_into().unwrap()) / f64::from(n))
        .collect();
    let ours = numbers(&json(dealt(4, folder.path(), &line))["result"]["eigenvalues"]);
    let error = f64::from(n) * f64::EPSILON * ours[0];
    for (i, (a, b)) in ours.iter().zip(theirs.iter().rev()).enumerate() {
        // Either may be off by that.
        assert!((a - b).abs() <= 2.0 * error, "λ_{} {a:e} {b:e}", i + 1);
    }
}
