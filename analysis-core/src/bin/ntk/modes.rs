//! Which flags a mode of a command reads. A flag that it does not read, and that the command line names, is refused.
//!
//! Most flags are read always. The others depend on a *choice*: where rows come from, how wide the network is. Each choice has
//! some *modes*, and the flags on the command line decide which one applies. A flag that no choice names is read always.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// One way to use a command.
#[derive(Debug)]
pub struct Mode {
    /// The flag that chooses it. None: it applies where no other mode of its choice is chosen.
    pub flag: Option<&'static str>,
    /// What it is called in a message: "with --dataset", "on synthetic data".
    pub name: &'static str,
    /// The flags that it reads, in groups, as clap names them (`sigma_w2` for `--sigma-w2`).
    pub reads: &'static [&'static [&'static str]],
}

impl Mode {
    fn has(&self, id: &str) -> bool {
        self.reads.iter().any(|group| group.contains(&id))
    }
}

/// The modes of which exactly one applies. The first whose flag is there is chosen; the last one has none.
pub type Choice = &'static [Mode];

/// The flags that are read where results from files are put together with `--merge`.
const MERGED: &[&str] = &["merge", "out", "json", "show"];

/// Refuses, with exit status 2, flags of the command line that the chosen modes do not read.
///
/// What comes from the environment or is a default is not named on the command line.
pub fn check(command: &Command, matches: &ArgMatches, choices: &[Choice]) -> Result<(), clap::Error> {
    let named: Vec<_> = command
        .get_arguments()
        .map(|argument| (argument.get_id().as_str(), argument))
        .filter(|(id, _)| matches.value_source(id) == Some(ValueSource::CommandLine))
        .collect();
    let merging = named.iter().any(|(id, _)| *id == "merge");
    let complaints: Vec<String> = named
        .iter()
        .filter_map(|(id, argument)| {
            let (mode, others) = if merging && !MERGED.contains(id) {
                ("with --merge", "without it".to_string())
            } else {
                unread(id, matches, choices)?
            };
            let flag = argument.get_long().map_or(format!("{id:?}"), |long| format!("--{long}"));
            Some(format!("{flag} is not read {mode}, only {others}: leave it out, or choose that"))
        })
        .collect();
    if complaints.is_empty() {
        return Ok(());
    }
    Err(command.clone().error(ErrorKind::ArgumentConflict, complaints.join("\n       ")))
}

/// The chosen mode that does not read a flag, and those of the same choice that do.
fn unread(id: &str, matches: &ArgMatches, choices: &[Choice]) -> Option<(&'static str, String)> {
    choices.iter().filter(|modes| modes.iter().any(|mode| mode.has(id))).find_map(|modes| {
        let chosen = chosen(modes, matches).filter(|mode| !mode.has(id))?;
        let others: Vec<&str> = modes.iter().filter(|mode| mode.has(id)).map(|mode| mode.name).collect();
        Some((chosen.name, others.join(" or ")))
    })
}

/// The mode that applies.
fn chosen(modes: Choice, matches: &ArgMatches) -> Option<&'static Mode> {
    let is_given = |id: &str| {
        matches!(matches.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    modes.iter().find(|mode| mode.flag.is_none_or(is_given))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Arg, ArgAction, CommandFactory};

    use super::*;
    use crate::{Arguments, Command as Ours, parse};

    fn line(words: &[&str]) -> Result<Arguments, clap::Error> {
        parse(["ntk"].iter().chain(words).map(std::ffi::OsString::from))
    }

    /// A value that the argument takes: found by trying, so that a new flag needs no line here.
    fn words(argument: &Arg) -> Vec<String> {
        let long = argument.get_long().map(|long| format!("--{long}"));
        if matches!(argument.get_action(), ArgAction::SetTrue) {
            return vec![long.unwrap()];
        }
        let values = ["1", "0.5", "mnist", "one", "1/2", "1..=3", "relu", "double", "krylov", "never", "x"];
        let named = argument.get_possible_values();
        let named = named.iter().map(|value| value.get_name().to_owned());
        let defaults = argument.get_default_values().iter().map(|value| value.to_str().unwrap().to_owned());
        let more = [
            "ntk",
            "adam",
            "standard",
            "unit-norm",
            "parity",
            "train",
            "every-index",
            "first:0.1",
            "0..5",
            "8x8x1",
        ];
        let candidates = defaults.chain(named).chain(values.into_iter().chain(more).map(str::to_owned));
        let own = argument.clone().required(false);
        for value in candidates {
            // Alone in a command of its own: what it takes, not what it goes with.
            let bare = clap::Command::new("x").arg(
                Arg::new("own")
                    .long("own")
                    .allow_hyphen_values(true)
                    .value_parser(own.get_value_parser().clone()),
            );
            if bare.try_get_matches_from(["x", &format!("--own={value}")]).is_ok() {
                return match &long {
                    Some(long) => vec![format!("{long}={value}")],
                    None => vec![value],
                };
            }
        }
        panic!("no value that {} takes: add one to this test", argument.get_id())
    }

    /// The words that choose each combination of modes of a command.
    fn combinations(subcommand: &Command, choices: &[Choice]) -> Vec<Vec<String>> {
        // Where there is --merge, there are two modes that no choice has to name.
        let merge = subcommand.get_arguments().find(|a| a.get_id() == "merge");
        let mut all: Vec<Vec<String>> = vec![Vec::new()];
        all.extend(merge.map(words));
        for modes in choices {
            let choosing = |mode: &Mode| {
                let argument = subcommand.get_arguments().find(|a| mode.flag == Some(a.get_id().as_str()));
                argument.map(words).unwrap_or_default()
            };
            all = all
                .iter()
                .flat_map(|before: &Vec<String>| {
                    modes.iter().map(move |mode| before.iter().cloned().chain(choosing(mode)).collect())
                })
                .collect();
        }
        all
    }

    /// What a source of rows cannot be without.
    fn needed(subcommand: &str, words: &[String]) -> Vec<String> {
        let given = |flag: &str| words.iter().any(|word| word.starts_with(flag));
        let mut more: Vec<&str> = if subcommand == "merge" { vec!["x"] } else { Vec::new() };
        if given("--csv=") || given("--parquet=") {
            more.push("--target=y");
        } else if given("--images=") {
            more.push("--target-npy=y.npy");
        } else if subcommand == "smoothness" && !given("--dataset=") {
            more.extend(["--gram=k.npy", "--target-npy=y.npy"]);
        }
        if given("--draws=") {
            more.push("--n=1");
        }
        if subcommand == "whole-set" {
            more.push("--dataset=mnist");
        }
        more.into_iter().map(str::to_owned).collect()
    }

    /// Every subcommand, every combination of its modes, every flag: read, or refused with a message that names it.
    #[test]
    fn every_flag_is_read_or_refused_in_every_mode() {
        let root = Arguments::command();
        let (mut accepted, mut refused) = (0, 0);
        assert_eq!(root.get_subcommands().count(), Ours::CHOICES.len(), "each subcommand declares its modes");
        for (name, choices) in Ours::CHOICES {
            let subcommand = root.find_subcommand(name).unwrap();
            let arguments: Vec<&Arg> = subcommand.get_arguments().filter(|a| a.get_id() != "help").collect();
            let mut read_somewhere = BTreeSet::new();
            for mut base in combinations(subcommand, choices) {
                base.extend(needed(name, &base));
                let run = |more: &[String]| {
                    let own: Vec<&str> = base.iter().chain(more).map(String::as_str).collect();
                    line(&[&[*name], &own[..]].concat())
                };
                // Two modes may exclude each other: then that combination is refused as a whole.
                if run(&[]).is_err() {
                    continue;
                }
                for argument in &arguments {
                    let mut words = words(argument);
                    // What a flag cannot be without.
                    let pairs = [
                        ("--sigma-w2=", "--sigma-b2=1"),
                        ("--sigma-b2=", "--sigma-w2=1"),
                        ("--image=", "--conv=1"),
                    ];
                    for (one, other) in pairs {
                        if words[0].starts_with(one) {
                            words.push(other.into());
                        }
                    }
                    let id = argument.get_id().as_str();
                    if base.iter().any(|word| word.split('=').next() == words[0].split('=').next()) {
                        read_somewhere.insert(id);
                        continue;
                    }
                    match run(&words) {
                        Ok(_) => {
                            accepted += 1;
                            read_somewhere.insert(id);
                        }
                        Err(error) => {
                            refused += 1;
                            assert_eq!(error.exit_code(), 2, "{name} {base:?} {words:?}");
                            let kinds = [ErrorKind::ArgumentConflict, ErrorKind::MissingRequiredArgument];
                            assert!(kinds.contains(&error.kind()), "{name} {base:?} {words:?}: {error}");
                        }
                    }
                }
            }
            // A flag that no mode reads would be one that nothing can be done with.
            for argument in &arguments {
                assert!(read_somewhere.contains(argument.get_id().as_str()), "{name}: {}", argument.get_id());
            }
        }
        assert!(accepted > 300 && refused > 300, "{accepted} accepted, {refused} refused");
    }

    /// The sets name flags that exist, and the last mode of a choice is the one without a flag.
    #[test]
    fn choices_name_flags_that_exist() {
        let root = Arguments::command();
        for (name, choices) in Ours::CHOICES {
            let subcommand = root.find_subcommand(name).unwrap();
            let ids: Vec<&str> = subcommand.get_arguments().map(|a| a.get_id().as_str()).collect();
            for modes in *choices {
                let without: Vec<bool> = modes.iter().map(|mode| mode.flag.is_none()).collect();
                assert_eq!(without.iter().position(|none| *none), Some(modes.len() - 1), "{name}: {modes:?}");
                for mode in *modes {
                    for id in mode.reads.iter().copied().flatten().chain(mode.flag.as_ref()) {
                        assert!(ids.contains(id), "{name} {}: there is no flag {id}", mode.name);
                    }
                }
            }
        }
    }

    #[test]
    fn a_refusal_names_flag_mode_and_way_out() {
        let said = |words: &[&str]| line(words).map(|_| ()).unwrap_err().to_string();
        let train =
            said(&["train", "--rows", "0..10", "--split", "test", "--labels", "integer", "--n", "20"]);
        for flag in ["--rows", "--split", "--labels"] {
            let sentence = format!(
                "{flag} is not read on synthetic data, only with --dataset or with --csv or with --parquet"
            );
            assert!(train.contains(&sentence), "{train}");
        }
        assert!(!train.contains("--n "), "{train}");
        let merge = said(&["drift", "--merge", "f", "--networks-of-nobody", "3"]);
        assert!(merge.contains("unexpected argument"), "{merge}");
        let merge = said(&["output-variance", "--merge", "f", "--networks", "100", "--no-cache"]);
        assert!(merge.contains("--networks is not read with --merge"), "{merge}");
        assert!(merge.contains("--no-cache is not read with --merge"), "{merge}");
    }
}
