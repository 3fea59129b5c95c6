//! `ntk smoothness`: one estimate, on a published set, a file of the user's own, or any Gram matrix.

use std::path::{Path, PathBuf};
use std::time::Instant;

use analysis_core::data::{Columns, Dataset, Rows, Scaling, Source, Split, Target};
use analysis_core::error::{Error, Result};
use analysis_core::kernel::Gram;
use analysis_core::npy::NpyArray;
use analysis_core::regression::{DecayFit, Spacing, Window};
use analysis_core::report::Style;
use analysis_core::seed::Seed;
use analysis_core::smoothness::{Origin, Smoothness, SmoothnessResult};
use analysis_core::spectrum::Spectrum;
use analysis_core::store::Store;
use clap::Args;
use serde_json::json;

use crate::kernel::KernelArguments;
use crate::output;

/// Measure the smoothness of a target under a kernel.
///
/// K/n = UΛUᵀ, c = φᵀY/n with φφᵀ/n = I. A line is fitted to ln Σ_{k≥i} c_k² against ln i over --window,
/// another to ln λ_i. Slopes are signed (a decay is negative): r = −slope is what Chen, Li and Lin (2024)
/// print in Table 1, β = −eigenvalue_slope, smoothness = r/β. null_band: the 5 %, 50 % and 95 % points of
/// the slopes of permuted targets in the same window, signed too (q05 is the steepest).
///
/// Examples:
///   ntk smoothness --dataset mnist --split train --rows 0..3000 --window 1..=501 --json
///   ntk smoothness --csv houses.csv --target price --features rooms,area --bias --window first:0.1
///   ntk smoothness --gram K.npy --target-npy y.npy --window 1..=200
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct SmoothnessCommand {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    kernel: KernelArguments,
    /// Window of the fit: 1..=501, 'log10<2.7' (i ≤ 501; needs n ≥ 1002), first:0.1 (for small n) or paper-literal
    /// (i < 2700; needs n ≥ 2699)
    #[arg(long, default_value = "log10<2.7", allow_hyphen_values = true)]
    window: Window,
    /// Window of the eigenvalues' fit; the same as --window unless told
    #[arg(long)]
    eigenvalue_window: Option<Window>,
    /// Which indices of the window enter the fit: every-index or log-spaced:50
    #[arg(long, default_value = "every-index")]
    spacing: Spacing,
    /// Permutations of the target that make the null band, at least 20
    #[arg(long, default_value_t = 20, allow_hyphen_values = true)]
    permutations: usize,
    /// Seed of the permutations
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Compute even what is already on disk (what comes from --gram is always computed)
    #[arg(long)]
    no_cache: bool,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    json: bool,
    /// Write into this folder: the decay plot (SVG, PDF, PNG), its numbers (CSV, Parquet), the curves (Parquet), the
    /// table (LaTeX, Markdown, HTML, CSV), manifests and BibTeX
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The name of the files in --out [default: smoothness-DATA]
    #[arg(long, requires = "out")]
    name: Option<String>,
    /// Write the Gram matrix K (n,n) as .npy
    #[arg(long, value_name = "FILE")]
    save_gram: Option<PathBuf>,
}

/// Where the rows come from: exactly one of four.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("input").required(true).args(["dataset", "csv", "parquet", "gram"]))]
struct Input {
    /// A published set: mnist, fashion-mnist or cifar-10 (see `ntk fetch`)
    #[arg(long)]
    dataset: Option<Source>,
    /// A CSV file with a header line
    #[arg(long, value_name = "FILE", requires = "target")]
    csv: Option<PathBuf>,
    /// A Parquet file
    #[arg(long, value_name = "FILE", requires = "target")]
    parquet: Option<PathBuf>,
    /// A Gram matrix K (n,n) as .npy, for instance an empirical NTK
    #[arg(long, value_name = "FILE", requires = "target_npy", conflicts_with_all = ["kernel", "hidden_layers", "activation", "bias", "sigma_w2", "sigma_b2", "scaling", "rows", "split", "save_gram"])]
    gram: Option<PathBuf>,
    /// Targets y (n) or (n,k) as .npy, with --gram
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dataset", "csv", "parquet"])]
    target_npy: Option<PathBuf>,
    /// The target column of --csv or --parquet
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["dataset", "gram"])]
    target: Option<String>,
    /// The feature columns, separated by commas; unless told all numeric and boolean ones but the target and `id`
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS", conflicts_with_all = ["dataset", "gram"])]
    features: Option<Vec<String>>,
    /// What separates the cells of a --csv file
    #[arg(long, value_name = "CHARACTER", conflicts_with_all = ["dataset", "parquet", "gram"])]
    separator: Option<char>,
    /// The split of a published set, train unless told, or of a file with a text column `split`
    #[arg(long)]
    split: Option<Split>,
    /// Rows: A..B, A..=B, all, sample:N:SEED or stratified:N:SEED; unless told 0..3000 of a published set, all of a file
    #[arg(long, allow_hyphen_values = true)]
    rows: Option<Rows>,
    /// Scaling of the rows: unit-norm, unit-interval (values/255), standardised or none [default: unit-norm]
    #[arg(long)]
    scaling: Option<Scaling>,
    /// How labels become targets: integer, centred-integer, one-hot, parity, one-vs-rest:CLASS or numeric; unless told
    /// integer for a published set, numeric for a file
    #[arg(long, conflicts_with = "gram")]
    labels: Option<Target>,
    /// Where the published sets are; unless told NTK_DATA_DIR or the project's data folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["csv", "parquet", "gram"])]
    data_dir: Option<PathBuf>,
}

impl Input {
    /// The rows as numbers.
    fn dataset(&self) -> Result<Dataset> {
        let published = self.dataset.is_some();
        let samples = if let Some(source) = self.dataset {
            match &self.data_dir {
                Some(folder) => Dataset::load_from(source, folder)?,
                None => Dataset::load(source)?,
            }
        } else {
            let target = self.target.clone().unwrap_or_default();
            let default = Columns::target(target);
            let columns = Columns {
                features: self.features.as_ref().map(|f| f.iter().map(|name| name.trim().into()).collect()),
                separator: self.separator.unwrap_or(default.separator),
                ..default
            };
            match (&self.csv, &self.parquet) {
                (Some(file), _) => Dataset::from_csv(file, &columns)?,
                (_, Some(file)) => Dataset::from_parquet(file, &columns)?,
                _ => {
                    return Err(Error::parameter(
                        "input",
                        "none",
                        "name --dataset, --csv, --parquet or --gram",
                    ));
                }
            }
        };
        for note in samples.notes() {
            output::say(note);
        }
        let samples = match self.split {
            Some(split) => samples.split(split)?,
            None if published => samples.split(Split::Train)?,
            None => samples,
        };
        let rows =
            self.rows.unwrap_or(if published { Rows::Range { start: 0, end: 3000 } } else { Rows::All });
        let target = self.labels.unwrap_or(if published { Target::Integer } else { Target::Numeric });
        samples.rows(rows)?.prepare(self.scaling.unwrap_or(Scaling::UnitNorm), target)
    }
}

impl SmoothnessCommand {
    /// Measures, and prints.
    pub fn run(&self) -> Result<()> {
        let start = Instant::now();
        let smoothness = Smoothness {
            kernel: self.kernel.kernel(),
            window: self.window,
            eigenvalue_window: self.eigenvalue_window,
            spacing: self.spacing,
            permutations: self.permutations,
            seed: Seed(self.seed),
        };
        smoothness.check()?;
        let store = if self.no_cache { Store::none() } else { Store::project() };
        let result = match &self.input.gram {
            Some(file) => {
                let gram = Gram::read_npy(file)?;
                let gigabytes = Spectrum::memory(gram.n()) as f64 / 1e9;
                output::say(&format!("n = {}: decomposition, {gigabytes:.2} GB …", gram.n()));
                let y = NpyArray::read(self.input.target_npy.as_deref().unwrap_or(Path::new("")))?.values;
                smoothness.run_gram(&gram, y.view())?
            }
            None => {
                let data = self.input.dataset()?;
                let bytes = smoothness.kernel.gram_memory(data.n(), data.d()) + Spectrum::memory(data.n());
                output::say(&format!(
                    "n = {}, d = {}: kernel matrix and its decomposition, {:.2} GB …",
                    data.n(),
                    data.d(),
                    bytes as f64 / 1e9
                ));
                if let Some(file) = &self.save_gram {
                    smoothness.kernel.gram(data.x.view())?.write_npy(file)?;
                    output::say(&format!("K: {}", file.display()));
                }
                smoothness.run_stored(&data, &store)?
            }
        };
        if let Some(folder) = &self.out {
            let name = self.name.clone().unwrap_or_else(|| file_stem(&result));
            if folder.join(format!("{name}.json")).exists() {
                output::say(&format!("{name} in {} is replaced (--name gives another)", folder.display()));
            }
            result.export(&Style::neurips(), folder, &name)?;
            output::say(&format!("figure, numbers and manifest: {}", folder.join(name).display()));
        }
        if self.json { output::json(&as_json(&result, start)?) } else { output::text(&as_text(&result)) }
    }
}

/// A name for the files of a result: what was measured, under which kernel.
fn file_stem(result: &SmoothnessResult) -> String {
    let what = match &result.curves.origin {
        Origin::Data(origin) => {
            let name = origin.data.name();
            Path::new(&name).file_stem().map_or(name.clone(), |stem| stem.to_string_lossy().into_owned())
        }
        Origin::Gram { .. } => "gram".into(),
    };
    format!("smoothness-{what}")
}

fn as_json(result: &SmoothnessResult, start: Instant) -> Result<serde_json::Value> {
    let curves = &result.curves;
    let window = |fit: &DecayFit| json!({"text": fit.window.to_string(), "first": fit.range.first, "last": fit.range.last});
    Ok(json!({
        "schema": 1,
        "slope": result.fit.line.slope,
        "eigenvalue_slope": result.eigenvalue_fit.line.slope,
        "r": result.r(),
        "beta": result.beta(),
        "smoothness": result.s(),
        "null_band": {
            "q05": result.null_band.q05,
            "q50": result.null_band.q50,
            "q95": result.null_band.q95,
            "permutations": result.null_band.slopes.len(),
        },
        "n": result.n(),
        "window": window(&result.fit),
        "eigenvalue_window": window(&result.eigenvalue_fit),
        "fit": result.fit.line,
        "eigenvalue_fit": result.eigenvalue_fit.line,
        "eigenvalues": curves.eigenvalues,
        "tail": curves.tail,
        "residual_ratio": curves.diagnostics.residual_ratio,
        "orthogonality_ratio": curves.diagnostics.orthogonality_ratio,
        "negative_eigenvalues": curves.diagnostics.negative_eigenvalues,
        "provenance": result.manifest()?.seconds(start.elapsed().as_secs_f64()),
    }))
}

fn as_text(result: &SmoothnessResult) -> String {
    let (fit, eigen, null) = (&result.fit, &result.eigenvalue_fit, &result.null_band);
    let d = &result.curves.diagnostics;
    format!(
        "n = {}, window i = {} ({}), {}\n\
         r = −slope            {:.4}   (R² {:.4}; what the paper prints)\n\
         β = −eigenvalue slope {:.4}   (R² {:.4}; window i = {})\n\
         s = r/β               {:.4}\n\
         permuted target: −slope between {:.4} and {:.4} (5 % and 95 % of {} permutations)\n\
         one sample has no spread: repeat with --rows sample:N:SEED for several seeds, or see `ntk table`\n\
         decomposition: residual ratio {:.2}, orthogonality ratio {:.2} (LAPACK passes below 60), {} negative eigenvalues\n",
        result.n(),
        fit.range,
        fit.window,
        fit.spacing,
        result.r(),
        fit.line.r_squared,
        result.beta(),
        eigen.line.r_squared,
        eigen.range,
        result.s(),
        -null.q95,
        -null.q05,
        null.slopes.len(),
        d.residual_ratio,
        d.orthogonality_ratio,
        d.negative_eigenvalues,
    )
}
