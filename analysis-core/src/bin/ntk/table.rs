//! `ntk table`: Table 1 over several draws, with its figures.

use std::time::Instant;

use analysis_core::data::{Scaling, Source, Target};
use analysis_core::error::Result;
use analysis_core::experiment::SmoothnessTable;
use analysis_core::regression::{Spacing, Window};
use analysis_core::seed::Seed;
use analysis_core::smoothness::Smoothness;
use clap::Args;

use crate::Run;
use crate::grid::Profile;
use crate::input::DataFolder;
use crate::kernel::KernelArguments;
use crate::output::{self, Kept};

/// The smoothness table over repeated draws (Chen, Li and Lin 2024, Table 1).
///
/// Each draw is a seeded sample of training rows, and draws share no row; ± is the standard deviation of one draw. A draw is written to disk as
/// soon as it is finished: after an interruption the same command goes on from there. With --profile smoke there are 400 rows and
/// 2 draws instead of 3000 and 20.
#[derive(Args)]
pub struct Table {
    /// The data sets, separated by commas [default: mnist,cifar-10,fashion-mnist]
    #[arg(long, alias = "datasets", value_delimiter = ',')]
    dataset: Option<Vec<Source>>,
    /// Training rows of a draw [default: 3000]
    #[arg(long)]
    n: Option<usize>,
    /// At most so many draws, at least 2; as many as share no row [default: 20, of CIFAR-10 16]
    #[arg(long)]
    draws: Option<usize>,
    #[command(flatten)]
    kernel: KernelArguments,
    /// Window of the fits: 1..=501, 'log10<2.7', first:0.1 or paper-literal [default: log10<2.7]
    #[arg(long)]
    window: Option<Window>,
    /// Window of the eigenvalues' fits [default: as --window]
    #[arg(long)]
    eigenvalue_window: Option<Window>,
    /// Which indices of the window enter the fits: every-index or log-spaced:50
    #[arg(long, default_value = "every-index")]
    spacing: Spacing,
    /// Permutations of the labels in each draw, at least 20
    #[arg(long, default_value_t = 20)]
    permutations: usize,
    /// Scaling of the rows: unit-norm, unit-interval, standardised or none
    #[arg(long, default_value = "unit-norm")]
    scaling: Scaling,
    /// How labels become targets: integer, centred-integer, one-hot, parity or one-vs-rest:CLASS
    #[arg(long, default_value = "integer")]
    labels: Target,
    /// Seed of the draws and of the permutations
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    profile: Profile,
    #[command(flatten)]
    kept: Kept,
}

impl Table {
    fn experiment(&self) -> Result<SmoothnessTable> {
        let default = SmoothnessTable::at(self.profile.said());
        let n = self.n.unwrap_or(default.n);
        // The sensitivity table keeps the windows that mean something for this n.
        let (sensitivity, left_out): (Vec<Window>, Vec<Window>) =
            default.sensitivity.iter().partition(|window| window.resolve(n).is_ok());
        if !left_out.is_empty() {
            let names: Vec<String> = left_out.iter().map(Window::to_string).collect();
            output::say(&format!("windows that do not fit n = {n} are left out: {}", names.join(", ")));
        }
        Ok(SmoothnessTable {
            sources: self.dataset.clone().unwrap_or(default.sources),
            folder: self.folder.data_dir.clone(),
            n,
            draws: self.draws.unwrap_or(default.draws),
            scaling: self.scaling,
            target: self.labels,
            smoothness: Smoothness {
                kernel: self.kernel.kernel()?,
                window: self.window.unwrap_or(default.smoothness.window),
                eigenvalue_window: self.eigenvalue_window,
                spacing: self.spacing,
                permutations: self.permutations,
                seed: Seed(self.seed),
                ..default.smoothness
            },
            sensitivity,
            seed: Seed(self.seed),
        })
    }
}

impl Run for Table {
    fn run(&self) -> Result<()> {
        let start = Instant::now();
        self.kept.output.prepare()?;
        let result = self.experiment()?.run_in(&self.kept.session())?;
        self.kept.output.report(&result, start, Some(self.profile.settings()))
    }
}
