//! `ntk-mpi`: what does not fit into one machine. Started by mpirun or srun; results on standard output, progress on standard error,
//! both of rank 0.

// The files that it shares with `ntk` have more than it needs.
#![allow(dead_code)]

mod flag_names;
mod input;
mod kernel;
mod modes;
mod output;
mod reduction;
mod smoothness;
mod smoothness_text;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use analysis_core::distributed::{Distribution, Grid, World, say_what_is_kept};
use analysis_core::error::{Error, Result};
use analysis_core::session::Session;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::modes::Choice;
use crate::smoothness::SmoothnessCommand;

/// Smoothness where the kernel matrix does not fit into one machine: the flags and the result of `ntk smoothness`.
///
/// Each process holds its own blocks of the kernel matrix, 8·n² bytes for all of them together. Results are those of one machine
/// to rounding, and are kept in the same store. One process alone works too, without mpirun.
#[derive(Parser)]
#[command(name = "ntk-mpi", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_long_help = "\
Examples:
  mpirun -n 4 ntk-mpi smoothness --dataset mnist --rows all --window first:0.1
  srun --ntasks 512 ntk-mpi smoothness --parquet houses.parquet --target price \\
      --window first:0.1 --checkpoint /shared/under-way --out results")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure the smoothness of a target under a kernel, on all processes together
    Smoothness(Box<Dealt>),
}

#[derive(Args)]
struct Dealt {
    #[command(flatten)]
    smoothness: SmoothnessCommand,
    /// The grid of processes, ROWSxCOLUMNS [default: the squarest one]
    #[arg(long)]
    grid: Option<Grid>,
    /// Rows and columns of the blocks in which the matrix is dealt [default: 64, or fewer so that each process has one]
    #[arg(long)]
    block: Option<usize>,
    /// The time between two writings of --checkpoint; writing takes at most a twentieth of the time
    #[arg(long, value_name = "SECONDS", default_value_t = 20.0, requires = "checkpoint")]
    checkpoint_seconds: f64,
}

/// What the shared files ask of a command.
trait Run {
    const CHOICES: &'static [Choice] = &[];

    fn run(&self) -> Result<()>;
}

impl Dealt {
    /// Every process runs it; what only one machine can do is refused.
    fn run(&self, world: &World) -> Result<()> {
        let start = Instant::now();
        let command = &self.smoothness;
        let refused = [
            (
                "gram",
                command.input.gram.is_some(),
                "the kernel matrix is computed from rows here: give these",
            ),
            (
                "images",
                command.input.images.is_some(),
                "each process reads its own rows of a table or a published set: give --dataset, --csv or --parquet",
            ),
            (
                "conv",
                command.convolution.conv.is_some(),
                "a kernel of convolutional layers is computed on one machine: ntk smoothness",
            ),
            (
                "network",
                command.network.is_some(),
                "the kernel of a network that is no plain stack is computed on one machine: ntk smoothness",
            ),
            ("draws", command.draws.is_some(), "many small estimates need no MPI: ntk smoothness --draws"),
            (
                "leave-one-out",
                command.leave_one_out,
                "it needs the kernel matrix in one memory: ntk smoothness",
            ),
            ("save-gram", command.save_gram.is_some(), "no process has the whole matrix: ntk smoothness"),
        ];
        for (flag, given, why) in refused {
            if given {
                return Err(Error::parameter(flag, "given", why));
            }
        }
        let smoothness = command.parameters(command.input.data.image())?;
        let prepared = if world.is_first() { command.prepare() } else { Ok(()) };
        world.agree(prepared)?;
        let data = &command.input.data;
        let samples = world.agree(data.chosen())?;
        let session = if world.is_first() { command.kept.session() } else { Session::default() };
        let session =
            command.reduction.session(session).checkpoint_every(output::pause(self.checkpoint_seconds)?);
        if world.is_first() {
            output::say(&format!(
                "n = {}, d = {}: kernel matrix on {} processes, eigenvalues and coefficients …",
                samples.n(),
                samples.d(),
                world.size()
            ));
        }
        let distribution = Distribution { grid: self.grid, block: self.block };
        let data = (samples, data.scaling(), data.encoding());
        match smoothness.run_on(data, world, &distribution, &session)? {
            Some(result) => command.show(&result, start),
            None => Ok(()),
        }
    }
}

fn main() -> ExitCode {
    say_what_is_kept();
    analysis_core::data::silence_guarded_panics();
    let world = match World::join() {
        Ok(world) => world,
        Err(error) => {
            output::say(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    // A rank that panics would leave the others waiting.
    catch_unwind(AssertUnwindSafe(|| run(&world))).unwrap_or_else(|_| world.abort())
}

/// One message, and one status that is not 0, whatever happens on however many ranks: rank 0's.
fn run(world: &World) -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(_) if !world.is_first() => return ExitCode::SUCCESS,
        Err(error) => {
            // A stream that is closed is the reader's choice.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let Command::Smoothness(command) = &arguments.command;
    match command.run(world) {
        Err(error) if world.is_first() => {
            let error = flag_names::as_flag(error, &Arguments::command(), "smoothness");
            output::say(&format!("error: {error}"));
            match error {
                Error::Parameter { .. } | Error::Window { .. } | Error::MissingColumn { .. } => {
                    ExitCode::from(2)
                }
                _ => ExitCode::FAILURE,
            }
        }
        _ => ExitCode::SUCCESS,
    }
}

fn parse() -> std::result::Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    if let Some((name, own)) = matches.subcommand()
        && let Some(subcommand) = command.find_subcommand(name)
    {
        modes::check(subcommand, own, SmoothnessCommand::CHOICES)?;
    }
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}
