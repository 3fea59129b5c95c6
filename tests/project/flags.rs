//! A flag that a mode of a command does not read is refused, as the command line's fault (status 2). Every subcommand, mode and
//! flag is walked through where they are declared (`bin/ntk/modes.rs`); here are the ones that were once ignored, as typed.

use analysis_tests::ntk;

/// The message of a command that must end with 2 before it has begun.
fn refused(arguments: &[&str]) -> String {
    let store = tempfile::tempdir().unwrap();
    let output = ntk(store.path(), arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(stderr.matches("error:").count(), 1, "{arguments:?}: {stderr}");
    assert_eq!(std::fs::read_dir(store.path()).unwrap().count(), 0, "{arguments:?}: something was computed");
    stderr
}

/// Each flag of `flags` is named in the message.
fn names(line: &str, flags: &[&str]) {
    let message = refused(&line.split_whitespace().collect::<Vec<_>>());
    for flag in flags {
        assert!(message.contains(&format!("{flag} is not read")), "{line}: {message}");
    }
}

#[test]
fn training_reads_the_flags_of_its_data_only() {
    let rest = "--width 50 --epochs 5";
    names(
        &format!("train --rows 0..10 --split test --labels integer --n 20 {rest}"),
        &["--rows", "--split", "--labels"],
    );
    names(&format!("train --scaling none --test-rows 0..5 {rest}"), &["--scaling", "--test-rows"]);
    names(&format!("train --csv a.csv --parquet b.parquet --target y {rest}"), &["--parquet"]);
    names(&format!("train --dataset mnist --csv own.csv --target y {rest}"), &["--csv", "--target"]);
    names(
        &format!("train --dataset mnist --n 10 --dim 3 --noise 0 --test 4 {rest}"),
        &["--n", "--dim", "--noise"],
    );
    names(&format!("train --checkpoint-seconds 5 {rest}"), &["--checkpoint-seconds"]);
    names(&format!("train --parquet a.parquet --target y --separator ; {rest}"), &["--separator"]);
}

#[test]
fn merging_reads_files_only() {
    names("learning-curve --merge f --dim 3 --infinite --no-cache", &["--dim", "--infinite", "--no-cache"]);
    names("learning-curve --merge f --level 0.9 --dataset mnist", &["--level", "--dataset"]);
    names(
        "output-variance --merge f --networks 100 --time 9 --step .1 --data-dir d",
        &["--networks", "--time", "--step", "--data-dir"],
    );
    names("dispersion --merge f --no-cache --inits 30", &["--no-cache", "--inits"]);
    names("drift --merge f --no-cache --trials 3", &["--no-cache", "--trials"]);
}

#[test]
fn what_needs_another_flag_is_refused_without_it() {
    names(
        "output-variance --networks 100 --target-scale 2 --level 0.9",
        &["--networks", "--target-scale", "--level"],
    );
    names("output-variance --width 32 --data-dir d", &["--data-dir"]);
    names("output-variance --dataset mnist --cosines 0.5", &["--cosines"]);
    names("learning-curve --times 5", &["--times"]);
    names("learning-curve --infinite --rate 0.5 --finite", &["--rate", "--finite"]);
    names("learning-curve --labels parity", &["--labels"]);
    names("drift --no-cache --checkpoint-seconds 3", &["--checkpoint-seconds"]);
    let mnist = "smoothness --dataset mnist --window 1..=20";
    names(&format!("{mnist} --name x"), &["--name"]);
    names(&format!("{mnist} --n 50"), &["--n"]);
    names(&format!("{mnist} --n 50 --draws 2 --rows 0..90 --save-gram k.npy"), &["--rows", "--save-gram"]);
    names(&format!("{mnist} --target-npy y.npy"), &["--target-npy"]);
    let gram = "smoothness --gram k.npy --target-npy y.npy --window 1..=20";
    names(&format!("{gram} --kernel nngp --bias --scaling none"), &["--kernel", "--bias", "--scaling"]);
    names(&format!("{gram} --save-gram other.npy"), &["--save-gram"]);
}

/// What comes from the environment is not named on the command line.
#[test]
fn the_environment_is_no_flag() {
    let store = tempfile::tempdir().unwrap();
    let mut command = ntk(store.path(), &["phase", "--sigma-w2", "1", "--sigma-b2", "0.1"]);
    command.env("NTK_PROFILE", "smoke").env("NTK_DATA_DIR", "/nowhere").env("NTK_MEMORY_LIMIT", "1G");
    assert!(command.output().unwrap().status.success());
}
