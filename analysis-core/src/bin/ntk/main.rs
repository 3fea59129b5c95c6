//! `ntk`: the project's experiments without Jupyter. Results on standard output, progress on standard error.

mod calibrate;
mod dispersion;
mod drift;
mod fetch;
mod flag_names;
mod forecast;
mod grid;
mod input;
mod kernel;
mod labels_against_f0;
mod learning_curve;
mod lists;
mod merge;
mod modes;
mod output;
mod output_variance;
mod phase;
mod reduction;
#[cfg(test)]
mod reference_tests;
mod smoothness;
mod smoothness_text;
mod spectrum_head;
mod store;
mod table;
mod task;
mod train;
mod training_text;
mod whole_set;
mod width_gap;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use analysis_core::error::{Error, Result};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::grid::Merger;
use crate::modes::Choice;

/// Spectral analysis of Neural Tangent Kernel Gram matrices: from real data to a measured exponent.
///
/// A first session: `ntk fetch mnist`, then `ntk smoothness --dataset mnist --window 1..=501`.
///
/// Results go to standard output, progress and warnings to standard error. The exit status is 0 for a success, 2 where the
/// command line is wrong, and 1 where a run failed.
///
/// Ranges are written as in Rust: A..B leaves B out, A..=B includes it. Rows and draws count from 0; indices, depths and shards
/// from 1. A LIST is 1,2,5 or 1..=99 or 1..=99:4 (every fourth); of real numbers 0.5,1 or 0.2..=5:0.2.
#[derive(Parser)]
#[command(name = "ntk", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// A subcommand.
trait Run {
    /// Which flags are read only beside others.
    const CHOICES: &'static [Choice] = &[];
    /// How its results are put together, where that can be done.
    const MERGER: Option<Merger> = None;

    /// Does what the flags say.
    fn run(&self) -> Result<()>;
}

/// The subcommands by name, in the order of the help. Everything that has to know all of them is made of this list.
macro_rules! subcommands {
    ($($name:literal $variant:ident($arguments:ty),)*) => {
        #[derive(Subcommand)]
        enum Command {
            $(#[command(name = $name)] $variant(Box<$arguments>),)*
        }

        impl Command {
            /// The choices of every subcommand.
            const CHOICES: &[(&str, &[Choice])] = &[$(($name, <$arguments as Run>::CHOICES)),*];
            /// Everything that `ntk merge` can put together.
            const MERGERS: &[Option<Merger>] = &[$(<$arguments as Run>::MERGER),*];

            /// The name on the command line.
            fn name(&self) -> &'static str {
                match self { $(Command::$variant(_) => $name,)* }
            }

            fn run(&self) -> Result<()> {
                match self { $(Command::$variant(command) => command.run(),)* }
            }
        }
    };
}

subcommands! {
    "fetch" Fetch(fetch::Fetch),
    "smoothness" Smoothness(smoothness::SmoothnessCommand),
    "spectrum-head" SpectrumHead(spectrum_head::SpectrumHeadCommand),
    "calibrate" Calibrate(calibrate::CalibrateCommand),
    "labels-against-f0" LabelsAgainstF0(labels_against_f0::LabelsAgainstF0Command),
    "forecast" Forecast(forecast::ForecastCommand),
    "table" Table(table::Table),
    "whole-set" WholeSet(whole_set::WholeSetCommand),
    "learning-curve" LearningCurve(learning_curve::LearningCurveCommand),
    "width-gap" WidthGap(width_gap::WidthGapCommand),
    "phase" Phase(phase::PhaseCommand),
    "dispersion" Dispersion(dispersion::DispersionCommand),
    "drift" Drift(drift::DriftCommand),
    "output-variance" OutputVariance(output_variance::OutputVarianceCommand),
    "train" Train(train::Train),
    "merge" Merge(merge::Merge),
    "store" Store(store::StoreCommand),
}

/// The arguments, without a flag that nothing would read.
fn parse(line: impl IntoIterator<Item = OsString>) -> std::result::Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    let line: Vec<OsString> = line.into_iter().collect();
    let matches = command
        .try_get_matches_from_mut(&line)
        .map_err(|error| flag_names::without_old_names(error, &command, &line))?;
    if let Some((name, own)) = matches.subcommand()
        && let Some(subcommand) = command.find_subcommand(name)
    {
        let choices = Command::CHOICES.iter().find(|(known, _)| *known == name);
        modes::check(subcommand, own, choices.map_or(&[], |(_, choices)| choices))?;
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
    match arguments.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error = flag_names::as_flag(error, &Arguments::command(), arguments.command.name());
            output::say(&format!("error: {error}"));
            status(&error)
        }
    }
}

/// 2 where the command line asks for something that cannot be: computing anything would not have helped.
fn status(error: &Error) -> ExitCode {
    match error {
        Error::Parameter { .. } | Error::Window { .. } | Error::MissingColumn { .. } => ExitCode::from(2),
        _ => ExitCode::FAILURE,
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
