//! A flag that a mode of a command does not read is refused, as the command line's fault (status 2). Every subcommand, mode and
//! flag is walked through where they are declared (`bin/ntk/modes.rs`); here are the ones that were once ignored, as typed.

use analysis_tests::{json, ntk, ntk_line, without_provenance};

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
    names(&format!("train --scaling none {rest}"), &["--scaling"]);
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
fn what_is_refused_is_named_as_it_is_typed() {
    for (line, said) in [
        ("learning-curve --infinite --depth 0", "--depth = 0"),
        ("learning-curve --infinite --n 40,20", "--n = "),
        ("dispersion --networks 0", "--networks = 0"),
        ("drift --networks 0", "--networks = 0"),
        ("drift --stopping plateau:x:1", "plateau:FALL:STEPS"),
        ("drift --dry-run --out xx", "--out"),
        ("drift --dry-run --checkpoint-seconds 3", "--checkpoint-seconds"),
        ("drift --profile tiny", "profile = \"tiny\""),
        ("width-gap --initialisation standard,standard", "--initialisation = standard: is named twice"),
        ("train --n 20 --test 0 --stopping oracle", "--stopping = oracle"),
        ("store clean", "--older DAYS, or --all"),
    ] {
        let message = refused(&line.split_whitespace().collect::<Vec<_>>());
        assert!(message.contains(said), "{line}: {message}");
    }
    assert!(!refused(&["drift", "--stopping", "plateau:x:1"]).contains("oracle"));
}

#[test]
fn merging_reads_files_only() {
    names("learning-curve --merge f --dim 3 --infinite --no-cache", &["--dim", "--infinite", "--no-cache"]);
    names("learning-curve --merge f --level 0.9 --dataset mnist", &["--level", "--dataset"]);
    names(
        "output-variance --merge f --networks 100 --flow-time 9 --flow-step .1 --data-dir d",
        &["--networks", "--flow-time", "--flow-step", "--data-dir"],
    );
    names("dispersion --merge f --no-cache --networks 30", &["--no-cache", "--networks"]);
    names("drift --merge f --no-cache --networks 3", &["--no-cache", "--networks"]);
}

#[test]
fn what_needs_another_flag_is_refused_without_it() {
    names(
        "output-variance --networks 100 --target-scale 2 --level 0.9",
        &["--networks", "--target-scale", "--level"],
    );
    names("output-variance --width 32 --data-dir d", &["--data-dir"]);
    names("output-variance --dataset mnist --cosine 0.5", &["--cosine"]);
    names("learning-curve --snapshots 5", &["--snapshots"]);
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

/// For one release, what a flag was called before says the same as its new name.
#[test]
fn old_names_are_read_as_the_new_ones() {
    for (new, old) in [
        (
            "dispersion --width 8 --depth 1 --networks 20 --dim 5",
            "dispersion --width 8 --depths 1 --inits 20 --input-dimension 5",
        ),
        (
            "drift --width 8 --depth 1 --networks 2 --n 8 --test 4 --steps 20 --show full --stopping plateau:1e-6:50 \
             --sigma-w2 1 --sigma-b2 1",
            "drift --width 8 --depths 1 --trials 2 --images 8 --test-images 4 --steps 20 --kernel full --plateau-fall 1e-6 \
             --plateau-steps 50 --sigma-w2 1 --sigma-b2 1",
        ),
        (
            "output-variance --depth 1 --cosine 0.5 --n 3 --test 2 --width 8 --networks 10 --flow-time 2 --flow-step 0.4",
            "output-variance --depths 1 --cosines 0.5 --samples 3 --test-points 2 --width 8 --networks 10 --time 2 --step 0.4",
        ),
        (
            "learning-curve --infinite --n 4,8 --draws 2 --test 5 --snapshots 5 --depth 2 --initialisation centred,standard",
            "learning-curve --infinite --n 4,8 --trials 0..2 --test-points 5 --times 5 --hidden-layers 2 --initialisations \
             centred,standard",
        ),
        (
            "train --dataset mnist --rows 0..20 --test 5 --width 8 --depth 2 --epochs 2 --rate 0.01",
            "train --dataset mnist --rows 0..20 --test-rows 0..5 --width 8 --hidden-layers 2 --epochs 2 --rate 0.01",
        ),
        (
            "table --dataset mnist --n 60 --draws 2 --window 1..=20 --depth 2",
            "table --datasets mnist --n 60 --draws 2 --window 1..=20 --hidden-layers 2",
        ),
    ] {
        let result = |line: &str| {
            let store = tempfile::tempdir().unwrap();
            without_provenance(json(ntk_line(store.path(), line, &["--json"])))
        };
        assert_eq!(result(old), result(new), "{old}");
    }
}
