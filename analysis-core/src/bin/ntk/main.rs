//! `ntk`: the project's experiments without Jupyter. Results on standard output, progress on standard error.

mod dispersion;
mod drift;
mod fetch;
mod input;
mod kernel;
mod learning_curve;
mod lists;
mod modes;
mod output;
mod output_variance;
mod phase;
mod shards;
mod smoothness;
mod table;
mod train;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use analysis_core::error::Error;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// Spectral analysis of Neural Tangent Kernel Gram matrices: from real data to a measured exponent.
///
/// A first session: `ntk fetch mnist`, then
/// `ntk smoothness --dataset mnist --rows 0..3000 --window 1..=501`.
///
/// Ranges follow Rust: A..B leaves B out, A..=B includes it. Rows and draws count from 0, indices i and depths from 1.
/// Every error exits with a status other than 0 and one message on standard error.
#[derive(Parser)]
#[command(name = "ntk", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dispersion(Box<dispersion::DispersionCommand>),
    Drift(Box<drift::DriftCommand>),
    Fetch(fetch::Fetch),
    OutputVariance(Box<output_variance::OutputVarianceCommand>),
    Phase(phase::PhaseCommand),
    Smoothness(Box<smoothness::SmoothnessCommand>),
    Table(Box<table::Table>),
    LearningCurve(Box<learning_curve::LearningCurveCommand>),
    Train(Box<train::Train>),
}

/// What the flags of every subcommand need, by its name.
const CHOICES: &[(&str, &[modes::Choice])] = &[
    ("dispersion", dispersion::CHOICES),
    ("drift", drift::CHOICES),
    ("fetch", fetch::CHOICES),
    ("output-variance", output_variance::CHOICES),
    ("phase", phase::CHOICES),
    ("smoothness", smoothness::CHOICES),
    ("table", table::CHOICES),
    ("learning-curve", learning_curve::CHOICES),
    ("train", train::CHOICES),
];

/// The arguments, without a flag that nothing would read.
fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    let matches = command.try_get_matches_from_mut(line)?;
    if let Some((name, own)) = matches.subcommand()
        && let Some(subcommand) = command.find_subcommand(name)
    {
        let choices =
            CHOICES.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, choices)| choices);
        modes::check(subcommand, own, choices)?;
    }
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn main() -> ExitCode {
    analysis_core::data::silence_guarded_panics();
    let arguments = match parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        // Help and the version are "errors" too: they end with 0, on standard output.
        Err(error) => return usage(&error),
    };
    let outcome = match arguments.command {
        Command::Dispersion(command) => command.run(),
        Command::Drift(command) => command.run(),
        Command::Fetch(command) => command.run(),
        Command::OutputVariance(command) => command.run(),
        Command::Phase(command) => command.run(),
        Command::Smoothness(command) => command.run(),
        Command::Table(command) => command.run(),
        Command::LearningCurve(command) => command.run(),
        Command::Train(command) => command.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints clap's help, version or message, and says how to exit: as for results, help that cannot be written is a failure,
/// and a closed pipe is the reader's choice.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    match printed {
        Err(cause) if !error.use_stderr() && cause.kind() != ErrorKind::BrokenPipe => {
            output::say(&format!("error: {}", Error::io("standard output", "write", &cause)));
            ExitCode::FAILURE
        }
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}
