//! `ntk spectrum-head`: the first eigenvalues and the targets' tails of more rows than a whole decomposition has memory for.

use std::path::PathBuf;
use std::time::Instant;

use analysis_core::data::{Dataset, with_shifts};
use analysis_core::error::Result;
use analysis_core::progress::Lines;
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use analysis_core::spectrum::{SpectrumHead, SpectrumHeadResult};
use clap::Args;

use crate::Run;
use crate::input::{COLUMNS, DataArguments};
use crate::kernel::{KERNEL, KernelArguments};
use crate::modes::{Choice, Mode};
use crate::output::{self, Output};

/// The first eigenvalues of K/n and a target's tail, with bounds, without K.
///
/// For more rows than `ntk smoothness` has memory for: K is computed anew in every pass, tile by tile, and nothing of size n² is
/// kept. A block Krylov method from the targets and random vectors gives the first eigenvalues and the tails Σ_{k≥i} c_k², each
/// with a lower and an upper bound, and ends as soon as the tails are known to --tolerance.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("head-rows").required(true).args(["dataset", "csv", "parquet"]))]
#[command(after_long_help = "\
Examples:
  ntk spectrum-head --dataset mnist --rows 0..60000 --components 500 \\
      --checkpoint head.run --out results
  ntk spectrum-head --dataset mnist --rows 0..50000 --shifts --components 300
  ntk spectrum-head --csv houses.csv --target price --bias --json")]
pub struct SpectrumHeadCommand {
    #[command(flatten)]
    data: DataArguments,
    /// Every image four times: as it is, and moved by one pixel to the right, down, and both
    #[arg(long)]
    shifts: bool,
    #[command(flatten)]
    kernel: KernelArguments,
    /// p, how many eigenvalues
    #[arg(long, default_value_t = 500)]
    components: usize,
    /// Vectors that go through a pass together; memory is about 8 n (passes + 7) times as many bytes
    #[arg(long, default_value_t = 256)]
    block: usize,
    /// Passes over K at most
    #[arg(long, default_value_t = 12)]
    passes: usize,
    /// Stop when every tail up to p + 1 is known to this part of itself
    #[arg(long, default_value_t = 0.01, allow_hyphen_values = true)]
    tolerance: f64,
    /// Seed of the random vectors
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Keep what every pass computed in FILE.pass-1, FILE.pass-2, … until the end; interrupted, the same command goes on from
    /// there
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

impl Run for SpectrumHeadCommand {
    const CHOICES: &'static [Choice] = &[&[
        Mode {
            flag: Some("dataset"),
            name: "with --dataset",
            reads: &[&["split", "rows", "scaling", "labels", "data_dir", "shifts"], KERNEL],
        },
        Mode { flag: Some("csv"), name: "with --csv", reads: &[&["csv", "separator"], KERNEL, COLUMNS] },
        Mode { flag: Some("parquet"), name: "with --parquet", reads: &[&["parquet"], KERNEL, COLUMNS] },
        // clap refuses it: one of the three must be there.
        Mode { flag: None, name: "without rows", reads: &[] },
    ]];

    fn run(&self) -> Result<()> {
        let start = Instant::now();
        let head = SpectrumHead {
            kernel: self.kernel.kernel()?,
            components: self.components,
            block: self.block,
            passes: self.passes,
            tolerance: self.tolerance,
            seed: Seed(self.seed),
        };
        head.check()?;
        self.output.prepare()?;
        let data = self.rows()?;
        let memory = head.memory(data.n(), data.d());
        output::say(&format!(
            "n = {}, d = {}: at most {} passes, {memory} …",
            data.n(),
            data.d(),
            self.passes
        ));
        let session = Session::default().lines(Lines::on_stderr());
        let session = match &self.checkpoint {
            Some(path) => session.checkpoint(path),
            None => session,
        };
        let result = head.run_in(data.x.view(), data.y.view(), &session)?;
        if result.known < result.components() + 1 {
            output::say(&format!(
                "warning: after {} passes tails are known to {} % up to i = {} only: more --passes or a larger --block \
                 lead further",
                result.passes,
                100.0 * self.tolerance,
                result.known
            ));
        }
        let result = SpectrumHeadResult { data: Some(data.origin), ..result };
        self.output.report(&result, start, None)
    }
}

impl SpectrumHeadCommand {
    fn rows(&self) -> Result<Dataset> {
        let data = self.data.dataset()?;
        match self.data.dataset {
            Some(source) if self.shifts => with_shifts(&data, source),
            _ => Ok(data),
        }
    }
}
