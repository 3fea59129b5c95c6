//! No size asked for on the command line ends in an abort: it is refused with the number, or the command begins.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use analysis_tests::{failure, ntk, ntk_binary};

/// What a command is told it may allocate, and what it cannot exceed without being noticed.
const ALLOWED: &str = "2G";
const LIMIT_KIB: u64 = 8 << 20;
/// Processor time (not time: that depends on what else the machine does) after which a command counts as begun, in seconds; and
/// the signal that ends it then.
const BEGUN: &str = "2";
const SIGXCPU: i32 = 24;
/// A command that neither computes nor ends for so long hangs.
const HANGS: Duration = Duration::from_secs(120);

/// A command that may not allocate more than the limit: beyond it, it aborts. `seconds`: of processor time.
fn limited(folder: &Path, arguments: &[&str], seconds: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -c 0; ulimit -v {LIMIT_KIB}; ulimit -S -t {seconds}; exec \"$0\" \"$@\""))
        .arg(ntk_binary());
    let like = ntk(folder, &[]);
    for (name, value) in like.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(arguments).current_dir(folder).env("NTK_MEMORY_LIMIT", ALLOWED).env_remove("NTK_PROFILE");
    if std::env::var_os("NTK_DATA_DIR").is_none() {
        command.env("NTK_DATA_DIR", analysis_tests::root().join("data"));
    }
    command
}

/// Small commands, one for every mode with sizes of its own.
const COMMANDS: &[&str] = &[
    "dispersion --width=8 --depth=1 --networks=20 --sigma-w2=1 --sigma-b2=1",
    "dispersion --width=8 --depth=1 --networks=20 --sigma-w2=1 --sigma-b2=1 --activation=tanh --cosine=0.5",
    "drift --width=8 --depth=1 --sigma-w2=1 --sigma-b2=1 --n=8 --test=4 --steps=20",
    "output-variance --depth=1 --cosine=0.5 --sigma-w2=1 --sigma-b2=1 --n=3 --test=2",
    "output-variance --depth=1 --cosine=0.5 --sigma-w2=1 --sigma-b2=1 --n=3 --test=2 --width=8 \
     --networks=10 --flow-time=2",
    "phase --sigma-w2=1 --sigma-b2=0.1",
    "learning-curve --finite --n=4,8 --draws=0..2 --test=5",
    "learning-curve --infinite --n=4,8 --draws=0..2 --test=5 --snapshots=5",
    "train --n=6 --dim=3 --test=4 --width=8 --epochs=3",
    "train --dataset=mnist --rows=0..6 --test=0..4 --width=8 --epochs=2",
    "smoothness --dataset=mnist --rows=0..60 --window=1..=20",
    "smoothness --dataset=mnist --rows=0..60 --window=1..=20 --depth=2 --conv=3:zero:flatten",
    "smoothness --dataset=mnist --n=60 --draws=2 --window=1..=20",
    "calibrate --design=sphere:3 --n=200 --r=0.4 --noise=0 --draws=1 --targets=1",
    "labels-against-f0 --dataset=mnist --n=200 --subsets=2 --depth=1 --bias=false --functions=1",
    "forecast --dataset=mnist --n=240 --size=300",
    "table --dataset=mnist --n=60 --draws=2 --window=1..=20",
];

/// Numbers that no machine holds so many of anything of, and the same as ranges.
const HUGE: &[&str] = &["9223372036854775807", "18446744073709551615", "100000000000"];
const HUGE_RANGES: &[&str] = &["0..100000000000", "0..=1:1e-12"];

/// The flags of a subcommand that take a value but for files and folders, from its own help.
fn flags(subcommand: &str) -> Vec<String> {
    let output = ntk(Path::new("unused"), &[subcommand, "-h"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with("--"));
    let valued =
        lines.filter(|line| line.contains('<') && !line.contains("<DIR>") && !line.contains("<FILE>"));
    valued.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

/// Runs to the end (true), or for a while (false): what a huge value may do.
fn survives(folder: &Path, words: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = limited(folder, &words, BEGUN);
    let said = folder.join("said");
    let mut child = command
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&said).unwrap())
        .spawn()
        .map_err(|e| e.to_string())?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > HANGS {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err(format!("{words:?} hangs"));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let stderr = std::fs::read_to_string(&said).unwrap();
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(true),
        (None, Some(SIGXCPU)) => Ok(false),
        (Some(1 | 2), _) if stderr.matches("error:").count() == 1 && !stderr.contains("panicked") => Ok(true),
        (code, signal) => Err(format!("{words:?}: status {code:?}, signal {signal:?}: {stderr}")),
    }
}

/// Every flag of every subcommand, at values beyond any machine: refused in one message, or begun.
#[test]
fn no_huge_value_of_any_flag_aborts() {
    let mut jobs: Vec<Vec<String>> = Vec::new();
    for line in COMMANDS {
        let base: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        for flag in flags(&base[0]) {
            let own = format!("{flag}=");
            for value in HUGE.iter().chain(HUGE_RANGES) {
                let mut words: Vec<String> = base.iter().filter(|w| !w.starts_with(&own)).cloned().collect();
                words.push(format!("{own}{value}"));
                jobs.push(words);
            }
        }
    }
    assert!(jobs.len() > 1000, "{} commands", jobs.len());
    let next = std::sync::atomic::AtomicUsize::new(0);
    let (mut faults, mut unfinished) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let work = || {
            let folder = tempfile::tempdir().unwrap();
            let mut own = Vec::new();
            while let Some(words) = jobs.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                own.push((words, survives(folder.path(), words)));
            }
            own
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        for (words, outcome) in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
            match outcome {
                Ok(true) => {}
                Ok(false) => unfinished.push(words.join(" ")),
                Err(fault) => faults.push(fault),
            }
        }
    });
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    // Long work is not refused, but it is the exception: steps, epochs, permutations of time.
    assert!(unfinished.len() < 60, "{} went on:\n{}", unfinished.len(), unfinished.join("\n"));
}

/// The refusal says how many were asked for, what they would take, and what there is.
#[test]
fn refusals_name_the_numbers() {
    for (line, number) in [
        (
            "drift --networks 4000000000 --width 8 --depth 1 --sigma-w2 1 --sigma-b2 1",
            "a grid of 4000000000 trainings",
        ),
        ("train --n 1000000 --dim 100000 --width 10 --epochs 1", "1000000 points of 100000 coordinates"),
        ("train --n 18446744073709551615", "18446744073709551615 points"),
        ("train --test 100000000000 --n 5", "100000000000 points"),
        ("learning-curve --draws 0..100000000000", "a grid of 400000000000 trials"),
        ("learning-curve --test 100000000000", "100000000000 test points"),
        ("learning-curve --dim 100000000000", "100000000000 coordinates"),
        ("learning-curve --infinite --snapshots 100000000000", "100000000000 times"),
        ("learning-curve --infinite --n 100000000000", "100000000000 training"),
        (
            "smoothness --dataset mnist --n 50 --draws 1000000000000 --window 1..=20",
            "1000000000000 draws of 50 rows",
        ),
        (
            "smoothness --dataset mnist --rows 0..60 --permutations 100000000000 --window 1..=20",
            "100000000000 permutations",
        ),
        ("table --n 60 --window 1..=20 --draws 100000000000", "100000000000 draws"),
        ("dispersion --networks 100000000000 --width 8 --depth 1", "a sample of 100000000000 networks"),
        ("output-variance --width 32 --networks 100000000000", "a grid of 300000000000 networks"),
        ("phase --sigma-w2 0.001..=50:0.001 --sigma-b2 0.001..=50:0.001", "a grid of 2500000000 points"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let message = failure(limited(folder.path(), &words, "unlimited"));
        assert!(message.contains(number), "{line}: {message}");
        assert!(
            message.contains("bytes") && message.contains("2147483648 are available"),
            "{line}: {message}"
        );
    }
}
