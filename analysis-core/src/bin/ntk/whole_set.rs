//! `ntk whole-set`: the spectral measure of all training rows of a published set.

use std::time::Instant;

use analysis_core::data::{Rows, Scaling, Source};
use analysis_core::error::Result;
use analysis_core::experiment::WholeSet;
use analysis_core::regression::Window;
use analysis_core::report::{Manifest, Report, Style};
use analysis_core::seed::Seed;
use clap::Args;

use crate::Run;
use crate::input::DataFolder;
use crate::kernel::KernelArguments;
use crate::output::{self, Kept};
use crate::reduction::ReductionArguments;

/// Every eigenvalue of the kernel matrix of a whole published set, and the tails of its labels.
///
/// One decomposition for integer, centred, one-hot and parity labels, permutations of them, and initial functions of wide networks.
/// With --out it writes whole-set-DATASET.json, its eigenvalues and tails (Parquet), the table and the figure. Initial functions
/// and the result are kept in the store as they are finished: after an interruption the same command goes on from there; with --checkpoint also in the middle of the decomposition.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk whole-set --dataset mnist --rows 0..6000 --out results
  ntk whole-set --dataset cifar-10 --checkpoint under-way --out results   (all 50,000 rows: about an hour on two cores)")]
pub struct WholeSetCommand {
    /// A published set: mnist, fashion-mnist or cifar-10 (see `ntk fetch`)
    #[arg(long)]
    dataset: Source,
    /// Training rows: A..B, A..=B, all, sample:N:SEED, stratified:N:SEED or part:K:N:SEED
    #[arg(long, default_value = "all", allow_hyphen_values = true)]
    rows: Rows,
    #[command(flatten)]
    kernel: KernelArguments,
    /// Scaling of the rows: unit-norm, unit-interval, standardised or none
    #[arg(long, default_value = "unit-norm")]
    scaling: Scaling,
    /// Windows of the fits, separated by commas: 1..=501, 'log10<2.7' or first:0.167. What is kept allows others
    /// [default: those of 1..=300,log10<2.7,first:0.167 that fit]
    #[arg(long, value_delimiter = ',', value_name = "WINDOWS")]
    windows: Option<Vec<Window>>,
    /// Permutations of the labels
    #[arg(long, default_value_t = 20)]
    permutations: usize,
    /// Initial functions of wide networks
    #[arg(long, default_value_t = 20)]
    functions: usize,
    /// Hidden units of these networks [default: 16384, with more than one hidden layer 4096]
    #[arg(long)]
    function_width: Option<usize>,
    /// Seed of the permutations and of the functions
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    reduction: ReductionArguments,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    kept: Kept,
}

impl WholeSetCommand {
    fn experiment(&self) -> Result<WholeSet> {
        let (default, kernel) = (WholeSet::default(), self.kernel.kernel()?);
        let width = if kernel.hidden_layers > 1 { 4096 } else { default.function_width };
        let set = WholeSet {
            source: self.dataset,
            folder: self.folder.data_dir.clone(),
            rows: self.rows,
            scaling: self.scaling,
            kernel,
            permutations: self.permutations,
            functions: self.functions,
            function_width: self.function_width.unwrap_or(width),
            windows: self.windows.clone().unwrap_or_default(),
            seed: Seed(self.seed),
            reduction: self.reduction.reduction(),
        };
        if self.windows.is_some() {
            return Ok(set);
        }
        let (fit, left_out): (Vec<Window>, Vec<Window>) =
            default.windows.iter().partition(|window| window.resolve(set.n()).is_ok());
        if !left_out.is_empty() {
            let names: Vec<String> = left_out.iter().map(Window::to_string).collect();
            output::say(&format!(
                "windows that do not fit n = {} are left out: {}",
                set.n(),
                names.join(", ")
            ));
        }
        Ok(WholeSet { windows: fit, ..set })
    }
}

impl Run for WholeSetCommand {
    fn run(&self) -> Result<()> {
        let start = Instant::now();
        let name = format!("whole-set-{}", self.dataset);
        if let Some(folder) = &self.kept.output.out {
            output::prepare_named(folder, &name)?;
        }
        let result = self.experiment()?.run_in(&self.reduction.session(self.kept.session()))?;
        let manifest: Manifest = result.manifest()?;
        self.kept.output.finish(
            &format!("numbers, table and figure {name}.*"),
            |folder| {
                result.write_with(folder, &name, &manifest)?;
                result.export_with(&Style::neurips(), folder, &name, &manifest)
            },
            || result.json(start.elapsed().as_secs_f64()),
            || result.summary(),
        )
    }
}
