//! `ntk width-gap`: how far networks of finite width are from their limit.

use std::ops::Range;
use std::time::Instant;

use analysis_core::error::Result;
use analysis_core::experiment::WidthGap;
use analysis_core::network::Initialisation;
use analysis_core::seed::Seed;
use clap::Args;

use crate::Run;
use crate::lists::Counts;
use crate::modes::Choice;
use crate::output::Kept;
use crate::task::{TASK, TaskArguments, draws};

/// How far networks of finite width are from their limit.
///
/// At every width m the largest difference, over epochs and test points, between a network in training and the limit that starts
/// from the same initial function: it falls as 1/√m (Chen, Li and Lin 2024, §3). A draw is written to disk as soon as it is
/// finished: after an interruption the same command goes on from there.
#[derive(Args)]
#[command(after_long_help = "Example:\n  ntk width-gap --width 64,256,1024 --draws 5 --out gap")]
pub struct WidthGapCommand {
    #[command(flatten)]
    task: TaskArguments,
    /// Training points
    #[arg(long, default_value_t = 50)]
    n: usize,
    /// m, units of the hidden layer [default: 64,256,1024,4096,16384]
    #[arg(long, value_name = "LIST")]
    width: Option<Counts>,
    /// How many draws of data, or which: 20, or 20..40 (40 left out) [default: 10]
    #[arg(long, value_parser = draws)]
    draws: Option<Range<usize>>,
    /// What is compared: standard, mirrored, mirrored-half, centred, scaled:A
    #[arg(long, value_delimiter = ',', default_value = "standard,mirrored")]
    initialisation: Vec<Initialisation>,
    /// A bias in the first layer
    #[arg(long)]
    bias: bool,
    /// Learning rate; the loss is 1/(2n) Σ (f − y)²
    #[arg(long, default_value_t = 0.6)]
    rate: f64,
    /// Epochs of training
    #[arg(long, default_value_t = 500)]
    epochs: usize,
    /// About how many epochs are looked at, equally spaced in ln(epoch)
    #[arg(long, default_value_t = 40)]
    snapshots: usize,
    /// Test points of a draw
    #[arg(long, default_value_t = 200)]
    test: usize,
    /// Level of the intervals
    #[arg(long, default_value_t = 0.95)]
    level: f64,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    kept: Kept,
}

impl Run for WidthGapCommand {
    const CHOICES: &'static [Choice] = &[TASK];

    fn run(&self) -> Result<()> {
        let start = Instant::now();
        self.kept.output.prepare()?;
        let default = WidthGap::default();
        let experiment = WidthGap {
            task: self.task.task(),
            n: self.n,
            widths: self.width.clone().map_or(default.widths, |list| list.0),
            trials: self.draws.clone().unwrap_or(default.trials),
            initialisations: self.initialisation.clone(),
            bias: self.bias,
            rate: self.rate,
            epochs: self.epochs,
            looks: self.snapshots,
            test_points: self.test,
            level: self.level,
            seed: Seed(self.seed),
        };
        self.kept.output.report(&experiment.run_in(&self.kept.session())?, start, None)
    }
}
