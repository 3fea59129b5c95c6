//! `ntk`: the project's experiments without Jupyter. Results on standard output, progress on standard error.

mod dispersion;
mod drift;
mod fetch;
mod input;
mod kernel;
mod learning_curve;
mod lists;
mod output;
mod output_variance;
mod phase;
mod progress;
mod smoothness;
mod table;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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

fn main() -> ExitCode {
    analysis_core::data::silence_guarded_panics();
    let outcome = match Arguments::parse().command {
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
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
