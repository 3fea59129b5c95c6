//! Messages that speak of flags: the library names its own fields, and clap also the old names that it still reads.

use std::ffi::OsString;

use analysis_core::error::Error;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};

/// Fields, and the flags that set them where these are called otherwise. The first that a command has is meant.
const FLAGS: &[(&str, &[&str])] = &[
    ("cosines", &["cosine"]),
    ("count", &["networks"]),
    ("d", &["dim"]),
    ("depths", &["depth"]),
    ("hidden_layers", &["depth"]),
    ("images", &["n"]),
    ("initialisations", &["networks", "initialisation"]),
    ("input_dimension", &["dim"]),
    ("looks", &["looks", "snapshots"]),
    ("plateau_fall", &["stopping"]),
    ("plateau_steps", &["stopping"]),
    ("samples", &["n"]),
    ("sizes", &["n"]),
    ("sources", &["dataset"]),
    ("step", &["flow-step"]),
    ("test_images", &["test"]),
    ("test_points", &["test"]),
    ("time", &["flow-time"]),
    ("trials", &["networks", "draws"]),
    ("widths", &["width"]),
];

fn is_shown(argument: &Arg, long: &str) -> bool {
    argument.get_long() == Some(long) && !argument.is_hide_set()
}

/// The same error with the flag of the subcommand for the field, where there is one.
pub fn as_flag(error: Error, command: &Command, subcommand: &str) -> Error {
    let Error::Parameter { name, value, requirement } = error else { return error };
    let has = |long: &str| {
        command.find_subcommand(subcommand).is_some_and(|own| own.get_arguments().any(|a| is_shown(a, long)))
    };
    let same = name.replace('_', "-");
    let known = FLAGS.iter().find(|(field, _)| *field == name).map_or(&[][..], |(_, flags)| *flags);
    // `target` is also how labels are encoded, which is another flag's.
    let same = [same.as_str()].into_iter().filter(|same| *same != "target");
    let flag = known.iter().copied().chain(same).find(|long| has(long));
    let name = flag.map_or(name, |long| format!("--{long}"));
    Error::Parameter { name, value, requirement }
}

/// A message of clap whose tip names a flag as the help does: an old name that is still read is replaced by today's, and a
/// hidden flag is no tip.
pub fn without_old_names(mut error: clap::Error, command: &Command, line: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(tip)) = error.get(ContextKind::SuggestedArg) else { return error };
    let named = tip.trim_start_matches('-').to_owned();
    let own = line.iter().skip(1).find_map(|word| command.find_subcommand(word));
    let found = own.and_then(|own| {
        own.get_arguments().find(|argument| {
            argument.get_long() == Some(&named)
                || argument.get_all_aliases().is_some_and(|all| all.contains(&named.as_str()))
        })
    });
    let Some(argument) = found else { return error };
    match argument.get_long().filter(|_| !argument.is_hide_set()) {
        Some(long) => error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("--{long}"))),
        None => error.remove(ContextKind::SuggestedArg),
    };
    error
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::Arguments;

    #[test]
    fn a_field_is_named_as_the_flag_that_sets_it() {
        for (subcommand, field, said) in [
            ("learning-curve", "hidden_layers", "--depth = 0: no"),
            ("learning-curve", "trials", "--draws = 0: no"),
            ("learning-curve", "initialisations", "--initialisation = 0: no"),
            ("dispersion", "initialisations", "--networks = 0: no"),
            ("dispersion", "depths", "--depth = 0: no"),
            ("drift", "trials", "--networks = 0: no"),
            ("drift", "plateau_steps", "--stopping = 0: no"),
            ("drift", "sigma_w2", "--sigma-w2 = 0: no"),
            ("table", "sources", "--dataset = 0: no"),
            ("smoothness", "target", "target = 0: no"),
            ("store", "COMPUTATION", "COMPUTATION = 0: no"),
        ] {
            let error = as_flag(Error::parameter(field, 0, "no"), &Arguments::command(), subcommand);
            assert_eq!(error.to_string(), said, "{subcommand} {field}");
        }
    }

    #[test]
    fn every_flag_of_the_table_is_one() {
        let command = Arguments::command();
        for (field, flags) in FLAGS {
            for flag in *flags {
                let found =
                    command.get_subcommands().any(|own| own.get_arguments().any(|a| is_shown(a, flag)));
                assert!(found, "{field}: no --{flag}");
            }
        }
    }

    #[test]
    fn a_tip_names_no_flag_that_the_help_hides() {
        let said = |words: &[&str]| {
            let line = ["ntk"].iter().chain(words).map(OsString::from);
            crate::parse(line).map(|_| ()).unwrap_err().to_string()
        };
        let old = said(&["drift", "--trails", "2"]);
        assert!(old.contains("--networks") && !old.contains("--trials"), "{old}");
        let hidden = said(&["drift", "--plateau-falls", "2"]);
        assert!(!hidden.contains("'--plateau-fall'"), "{hidden}");
    }
}
