//! `ntk smoothness`: one estimate, on a published set, a file of the user's own, or any Gram matrix.

use std::path::{Path, PathBuf};
use std::time::Instant;

use analysis_core::data::Dataset;
use analysis_core::error::{Error, Result};
use analysis_core::experiment::{SmoothnessDraws, SmoothnessDrawsResult};
use analysis_core::kernel::{Gram, GramOrigin, ImageShape, WideNetwork};
use analysis_core::ndarray::ArrayView2;
use analysis_core::regression::{Spacing, Window};
use analysis_core::report::{Exported, Report, Style};
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use analysis_core::smoothness::{CurvesOrigin, LeaveOneOut, Smoothness, SmoothnessResult};
use clap::Args;

use crate::Run;
use crate::input::{COLUMNS, Input};
use crate::kernel::{CONVOLUTION, ConvolutionArguments, KERNEL, KernelArguments};
use crate::modes::{Choice, Mode};
use crate::output::{self, Kept};
use crate::reduction::ReductionArguments;
use crate::smoothness_text::as_text;

/// Measure the smoothness of a target under a kernel.
///
/// K/n = UΛUᵀ, c = φᵀY/n with φφᵀ/n = I. A line is fitted to ln Σ_{k≥i} c_k² against ln i over --window, another to ln λ_i.
/// Slopes are signed (a decay is negative): r = −slope is what Chen, Li and Lin (2024) print in Table 1, β = −eigenvalue_slope,
/// smoothness = r/β. null_band: the 5 %, 50 % and 95 % points of the slopes of permuted targets in the same window, signed too
/// (q05 is the steepest). What comes from --gram is always computed; everything else is kept in the store.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk smoothness --dataset mnist --rows 0..3000 --window 1..=501 --json
  ntk smoothness --csv houses.csv --target price --features rooms,area \\
      --bias --window first:0.1
  ntk smoothness --gram K.npy --target-npy y.npy --window 1..=200
  ntk smoothness --dataset mnist --rows 0..1000 --depth 5 --conv 3:zero:flatten \\
      --window first:0.1
  ntk smoothness --images x.npy --target-npy y.npy --conv 3 --window first:0.1
  ntk smoothness --dataset mnist --rows 0..1000 --window first:0.1 --network \\
      'dense(2, 0), residual(1: layer-norm, relu, dense(2, 0)), relu, dense(2, 0)'
  ntk smoothness --csv houses.csv --target price --draws 5 --n 1000 \\
      --window first:0.1                    (mean ± sd over draws)")]
pub struct SmoothnessCommand {
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    kernel: KernelArguments,
    #[command(flatten)]
    pub convolution: ConvolutionArguments,
    /// A network that is no plain stack, from the input to the output, with --kernel: dense(σ_w², σ_b²), an activation, layer-norm,
    /// residual(SCALE: LAYERS), separated by commas
    #[arg(long, value_name = "LAYERS")]
    pub network: Option<WideNetwork>,
    /// Window of the fit: 1..=501, 'log10<2.7' (i ≤ 501; needs n ≥ 1002), first:0.1 (for small n) or paper-literal
    /// (i < 2700; needs n ≥ 2699)
    #[arg(long, default_value = "log10<2.7", allow_hyphen_values = true)]
    window: Window,
    /// Window of the eigenvalues' fit [default: as --window]
    #[arg(long)]
    eigenvalue_window: Option<Window>,
    /// Which indices of the window enter the fit: every-index or log-spaced:50
    #[arg(long, default_value = "every-index")]
    spacing: Spacing,
    /// Permutations of the target that make the null band, at least 20
    #[arg(long, default_value_t = 20, allow_hyphen_values = true)]
    permutations: usize,
    /// Seed of the permutations and of the draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Repeat the estimate on at most so many seeded draws of --n rows, at least 2: mean ± standard deviation. They share no row
    /// where there are rows for two or more. The draws of a published set are those of `ntk table`
    #[arg(long, requires = "n")]
    pub draws: Option<usize>,
    /// Rows in a draw, fewer than there are
    #[arg(long)]
    n: Option<usize>,
    /// Also the leave-one-out errors on n/8, n/4, n/2 and n rows, and r by their slope: needs K in memory, 8·n² bytes
    #[arg(long)]
    pub leave_one_out: bool,
    #[command(flatten)]
    pub reduction: ReductionArguments,
    #[command(flatten)]
    pub kept: Kept,
    /// The name of the files in --out [default: smoothness-DATA]
    #[arg(long)]
    name: Option<String>,
    /// Write the Gram matrix K (n,n) as .npy
    #[arg(long, value_name = "FILE")]
    pub save_gram: Option<PathBuf>,
}

impl Run for SmoothnessCommand {
    const CHOICES: &'static [Choice] = &[
        &[
            Mode {
                flag: Some("dataset"),
                name: "with --dataset",
                reads: &[
                    &["split", "rows", "scaling", "labels", "data_dir", "save_gram", "network"],
                    KERNEL,
                    CONVOLUTION,
                ],
            },
            Mode {
                flag: Some("csv"),
                name: "with --csv",
                reads: &[
                    &["csv", "separator", "save_gram", "image", "network"],
                    KERNEL,
                    CONVOLUTION,
                    COLUMNS,
                ],
            },
            Mode {
                flag: Some("parquet"),
                name: "with --parquet",
                reads: &[&["parquet", "save_gram", "image", "network"], KERNEL, CONVOLUTION, COLUMNS],
            },
            Mode {
                flag: Some("images"),
                name: "with --images",
                reads: &[&["images", "target_npy", "rows", "save_gram", "network"], KERNEL, CONVOLUTION],
            },
            Mode { flag: None, name: "with --gram", reads: &[&["gram", "target_npy", "rows"]] },
        ],
        &[
            Mode { flag: Some("network"), name: "with --network", reads: &[&["network", "kernel"]] },
            Mode {
                flag: None,
                name: "without --network",
                reads: &[KERNEL, CONVOLUTION, &["image", "draws", "n"]],
            },
        ],
        &[
            Mode { flag: Some("draws"), name: "with --draws", reads: &[&["n"]] },
            Mode { flag: None, name: "without --draws", reads: &[&["rows", "save_gram", "leave_one_out"]] },
        ],
        &[
            Mode { flag: Some("out"), name: "with --out", reads: &[&["name"]] },
            Mode { flag: None, name: "without --out", reads: &[] },
        ],
    ];

    fn run(&self) -> Result<()> {
        let start = Instant::now();
        let images = self.input.images.as_deref().map(|file| self.input.images(file)).transpose()?;
        let image = images.as_ref().map(|(shape, _)| *shape).or(self.input.data.image());
        let smoothness = self.parameters(image)?;
        self.prepare()?;
        let session = self.reduction.session(self.kept.session());
        if images.is_some() && self.draws.is_some() {
            let why = "of --images is not drawn from: save K with --save-gram, and draw with --gram";
            return Err(Error::parameter("draws", self.draws.unwrap_or(0), why));
        }
        if let (Some(draws), Some(n)) = (self.draws, self.n) {
            let repeated = SmoothnessDraws {
                n,
                draws,
                scaling: self.input.data.scaling(),
                target: self.input.data.encoding(),
                smoothness,
                seed: Seed(self.seed),
            };
            let result = self.repeated(&repeated, &session)?;
            return self.finish(
                &result.draws[0],
                |folder, name| result.export_as(&Style::neurips(), folder, name),
                || result.json(start.elapsed().as_secs_f64()),
                || result.summary(),
            );
        }
        let result = self.once(&smoothness, images.map(|(_, data)| data), &session).inspect_err(|error| {
            if matches!(error, Error::Memory { .. }) && self.input.gram.is_none() {
                output::say("the first eigenvalues and tails of more rows, with bounds: ntk spectrum-head");
            }
        })?;
        self.show(&result, start)
    }
}

impl SmoothnessCommand {
    /// The estimate that the flags name, of images of this shape if the rows are some.
    pub fn parameters(&self, image: Option<ImageShape>) -> Result<Smoothness> {
        let smoothness = Smoothness {
            kernel: self.kernel.kernel_of(&self.convolution, image)?,
            window: self.window,
            eigenvalue_window: self.eigenvalue_window,
            spacing: self.spacing,
            permutations: self.permutations,
            seed: Seed(self.seed),
            reduction: self.reduction.reduction(),
        };
        smoothness.check()?;
        Ok(smoothness)
    }

    /// Ends with the result.
    pub fn show(&self, result: &SmoothnessResult, start: Instant) -> Result<()> {
        // The text for people ends with them.
        for warning in result.warnings().iter().filter(|_| self.kept.output.json) {
            output::say(&format!("warning: {warning}"));
        }
        self.finish(
            result,
            |folder, name| result.export_as(&Style::neurips(), folder, name),
            || result.json(start.elapsed().as_secs_f64()),
            || as_text(result),
        )
    }

    /// What is written at the end can be written: known before the first second of computing.
    pub fn prepare(&self) -> Result<()> {
        if let Some(folder) = &self.kept.output.out {
            let name = self.name.clone().unwrap_or_else(|| named_after(self.input.stem()));
            output::prepare_named(folder, &name)?;
        }
        self.save_gram.as_deref().map_or(Ok(()), output::probe)
    }

    fn once(
        &self,
        smoothness: &Smoothness,
        images: Option<Dataset>,
        session: &Session,
    ) -> Result<SmoothnessResult> {
        if let Some(file) = &self.input.gram {
            let (gram, y) = self.input.gram(file)?;
            fits(smoothness, gram.n())?;
            let memory = smoothness
                .reduction
                .memory(gram.n(), y.ncols().saturating_mul(self.permutations.saturating_add(1)));
            output::say(&format!("n = {}: eigenvalues and coefficients, {memory} beside K …", gram.n()));
            let result = smoothness.run_in((&gram, y.view()), session)?;
            return self.left_out(result, &gram, y.view());
        }
        let data = images.map_or_else(|| self.input.data.dataset(), Ok)?;
        fits(smoothness, data.n())?;
        if let Some(network) = &self.network {
            output::say(&format!("n = {}, d = {}: K of {network} …", data.n(), data.d()));
            let gram = network.gram_in(self.kernel.kind(), data.x.view(), session)?;
            self.save(&gram)?;
            let result = smoothness.run_in((&data, &gram), session)?;
            return self.left_out(result, &gram, data.y.view());
        }
        let (n, d) = data.x.dim();
        let mut bytes = smoothness
            .reduction
            .memory(n, data.y.ncols().saturating_mul(self.permutations.saturating_add(1)));
        if self.save_gram.is_some() || self.leave_one_out || self.reduction.verify {
            bytes = bytes + smoothness.kernel.gram_memory(n, d);
        }
        let cost = smoothness.kernel.convolution.map_or_else(String::new, |convolution| {
            let each = convolution.evaluations(smoothness.kernel.hidden_layers);
            let all = 0.5 * (n as f64).powi(2) * each;
            format!(", {all:.1e} evaluations of a layer (5 to 10 ns each on one core)")
        });
        output::say(&format!(
            "n = {n}, d = {d}: kernel matrix, eigenvalues and coefficients, {bytes}{cost} …"
        ));
        if self.save_gram.is_none() && !self.leave_one_out {
            return smoothness.run_in(&data, session);
        }
        let gram = smoothness.kernel.gram_in(data.x.view(), session)?;
        self.save(&gram)?;
        let result = smoothness.run_in((&data, &gram), session)?;
        self.left_out(result, &gram, data.y.view())
    }

    /// Writes K where that was asked for.
    fn save(&self, gram: &Gram) -> Result<()> {
        let Some(file) = &self.save_gram else { return Ok(()) };
        gram.write_npy(file)?;
        output::say(&format!("K: {}", file.display()));
        Ok(())
    }

    /// The result with what leave-one-out says, where that was asked for.
    fn left_out(
        &self,
        result: SmoothnessResult,
        gram: &Gram,
        y: ArrayView2<f64>,
    ) -> Result<SmoothnessResult> {
        if !self.leave_one_out {
            return Ok(result);
        }
        output::say("leave-one-out errors on n/8, n/4, n/2 and n rows …");
        result.with_leave_one_out(LeaveOneOut::default().run(gram, y)?)
    }

    fn repeated(&self, repeated: &SmoothnessDraws, session: &Session) -> Result<SmoothnessDrawsResult> {
        match &self.input.gram {
            Some(file) => {
                let (gram, y) = self.input.gram(file)?;
                repeated.run_in((&gram, y.view()), session)
            }
            None => repeated.run_in(&self.input.data.samples()?, session),
        }
    }

    /// Prints, and writes the files of a result where that was asked for.
    fn finish(
        &self,
        one: &SmoothnessResult,
        export: impl FnOnce(&Path, &str) -> Result<Exported>,
        as_json: impl FnOnce() -> Result<serde_json::Value>,
        lines: impl FnOnce() -> Result<String>,
    ) -> Result<()> {
        let name = self.name.clone().unwrap_or_else(|| file_stem(one));
        let write = |folder: &Path| {
            if folder.join(format!("{name}.json")).exists() {
                output::say(&format!("{name} in {} is replaced (--name gives another)", folder.display()));
            }
            export(folder, &name)
        };
        let files = format!("figure, numbers and manifest {name}.*");
        self.kept.output.finish(&files, write, as_json, lines)
    }
}

/// Refuses windows that n rows do not have, before anything is said of the work.
fn fits(smoothness: &Smoothness, n: usize) -> Result<()> {
    for window in [smoothness.window, smoothness.eigenvalue_window.unwrap_or(smoothness.window)] {
        window.resolve(n)?.indices(smoothness.spacing)?;
    }
    Ok(())
}

/// A name for the files of a result: what was measured, under which kernel.
fn file_stem(result: &SmoothnessResult) -> String {
    let what = match &result.curves.origin {
        CurvesOrigin::Data(origin) => {
            let name = origin.data.name();
            Path::new(&name).file_stem().map_or(name.clone(), |stem| stem.to_string_lossy().into_owned())
        }
        CurvesOrigin::Gram { gram: GramOrigin::Network { .. }, .. } => "network".into(),
        CurvesOrigin::Gram { .. } => "gram".into(),
    };
    named_after(what)
}

fn named_after(what: impl std::fmt::Display) -> String {
    format!("smoothness-{what}")
}
