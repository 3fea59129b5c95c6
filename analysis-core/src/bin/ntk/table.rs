//! `ntk table`: Table 1 over several draws, with its figures.

use std::path::PathBuf;
use std::time::Instant;

use analysis_core::data::{Scaling, Source, Target};
use analysis_core::error::Result;
use analysis_core::experiment::SmoothnessTable;
use analysis_core::kernel::{Kernel, KernelKind};
use analysis_core::regression::Window;
use analysis_core::report::Style;
use analysis_core::seed::Seed;
use analysis_core::smoothness::Smoothness;
use analysis_core::store::Store;
use clap::Args;
use serde_json::json;

use crate::output;

/// The smoothness table (Chen, Li and Lin 2024, Table 1) over repeated draws, and its figures.
///
/// Each draw is a seeded sample of training rows; ± is the standard deviation over draws. A draw is written to disk as
/// soon as it is finished: interrupted, the command goes on from there.
#[derive(Args)]
pub struct Table {
    /// The data sets
    #[arg(long, value_delimiter = ',', default_value = "mnist,cifar-10,fashion-mnist")]
    datasets: Vec<Source>,
    /// Training rows of a draw
    #[arg(long, default_value_t = 3000)]
    n: usize,
    /// How many draws, at least 2
    #[arg(long, default_value_t = 5)]
    draws: usize,
    /// Window of the fits: 1..=501, 'log10<2.7', first:0.1 or paper-literal
    #[arg(long, default_value = "log10<2.7")]
    window: Window,
    /// The kernel: ntk or nngp
    #[arg(long, default_value = "ntk")]
    kernel: KernelKind,
    /// Hidden layers
    #[arg(long, default_value_t = 1)]
    hidden_layers: usize,
    /// Scaling of the rows: unit-norm, unit-interval, standardised or none
    #[arg(long, default_value = "unit-norm")]
    scaling: Scaling,
    /// How labels become targets: integer, centred-integer, one-hot, parity or one-vs-rest:CLASS
    #[arg(long, default_value = "integer")]
    labels: Target,
    /// Seed of the draws and of the permutations
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Write table and figures into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where the published sets are; unless told NTK_DATA_DIR or the project's data folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Compute even what is already on disk
    #[arg(long)]
    no_cache: bool,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    json: bool,
}

impl Table {
    /// Computes, writes and prints.
    pub fn run(&self) -> Result<()> {
        let start = Instant::now();
        let default = SmoothnessTable::default();
        // The sensitivity table keeps the windows that mean something for this n.
        let sensitivity = default.sensitivity.iter().copied().filter(|w| w.resolve(self.n).is_ok()).collect();
        let experiment = SmoothnessTable {
            sources: self.datasets.clone(),
            folder: self.data_dir.clone(),
            n: self.n,
            draws: self.draws,
            scaling: self.scaling,
            target: self.labels,
            smoothness: Smoothness {
                kernel: Kernel { kind: self.kernel, hidden_layers: self.hidden_layers, ..Kernel::default() },
                window: self.window,
                seed: Seed(self.seed),
                ..Smoothness::default()
            },
            sensitivity,
            seed: Seed(self.seed),
        };
        let store = if self.no_cache { Store::none() } else { Store::project() };
        let result = experiment.run(&store, &mut |line| output::say(line))?;
        if let Some(folder) = &self.out {
            result.export(&Style::neurips(), folder)?;
            output::say(&format!("table and figures: {}", folder.display()));
        }
        if self.json {
            return output::json(&json!({
                "schema": 1,
                "rows": result.rows,
                "sensitivity": result.sensitivity,
                "draws": result.draws.iter().map(|d| json!({
                    "source": d.source, "draw": d.draw, "r": d.result.r(), "beta": d.result.beta(), "s": d.result.s(),
                })).collect::<Vec<_>>(),
                "provenance": result.manifest()?.seconds(start.elapsed().as_secs_f64()),
            }));
        }
        output::text(&format!("{}\n{}", result.table().text()?, result.sensitivity_table().text()?))
    }
}
