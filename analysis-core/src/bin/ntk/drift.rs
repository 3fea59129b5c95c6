//! `ntk drift`: the kernel in training.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use analysis_core::architecture::Activation;
use analysis_core::data::{Scaling, Source};
use analysis_core::error::{Error, Result};
use analysis_core::experiment::{Drift, DriftResult, KernelForm, Settings, Shard};
use analysis_core::network::Stopping;
use analysis_core::report::Style;
use analysis_core::seed::Seed;
use clap::Args;

use crate::lists::{Counts, Values};
use crate::modes::{Choice, Mode};
use crate::output::{OUTPUT, Output};
use crate::shards;

/// The kernel of finite networks in training (Seleznova and Kutyniok 2021, Figs 3, 4, 8 to 11).
///
/// Trains a network at every width, depth, σ_w² and σ_b² by full-batch gradient descent on images with one-hot labels, and
/// notes on the way ‖Θ_t − Θ₀‖/‖Θ₀‖, alignment, spectrum, loss, and the gap to the network linearised about its start. The
/// loss is the paper's, the mean over samples and outputs of (f − y)²; so are rate and steps. --acceleration A lets a step do
/// the work of up to A (less early on, and never beyond a quarter of the stable rate): the same flow at a fraction of the
/// cost. Lists: 3,10,20 or 0.1..=2.5:0.1. Finished cells are written to disk, and one under way now and then: interrupted, the
/// command goes on from there; shards (--shard 1/8, …, 8/8) add up in one store, or with --merge. With NTK_PROFILE=smoke, what
/// is not told is small.
///
/// Examples:
///   ntk drift --activation relu --width 128 --depth 3 --sigma-w2 0.5..=2.5:0.5 --sigma-b2 1 --acceleration 100
///   ntk drift --activation tanh --shard 1/8 --json > shard-1.json
///   ntk drift --merge shard-1.json --merge shard-2.json --out figures
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct DriftCommand {
    /// relu, tanh, erf, gelu, sigmoid or relu^K
    #[arg(long, default_value = "relu")]
    activation: Activation,
    /// M, units of every hidden layer [default: 256]
    #[arg(long)]
    width: Option<Counts>,
    /// H, hidden layers [default: 3,10,20]
    #[arg(long, alias = "depths")]
    depth: Option<Counts>,
    /// σ_w² [default: 0.1..=2.5:0.1, tanh 0.1..=3.5:0.1]
    #[arg(long, allow_hyphen_values = true)]
    sigma_w2: Option<Values>,
    /// σ_b² [default: 0.1..=1:0.1]
    #[arg(long, allow_hyphen_values = true)]
    sigma_b2: Option<Values>,
    /// Networks at every point
    #[arg(long, default_value_t = 1, alias = "trials")]
    networks: usize,
    /// mnist, fashion-mnist or cifar-10
    #[arg(long, default_value = "mnist")]
    dataset: Source,
    /// Where the published sets are; unless told NTK_DATA_DIR or the project's data folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Train on the first so many training images [default: 128]
    #[arg(long, alias = "images")]
    n: Option<usize>,
    /// Look at the first so many test images [default: 128]
    #[arg(long, alias = "test-images")]
    test: Option<usize>,
    /// Scaling of the pixels: unit-norm, unit-interval (values/255), standardised or none
    #[arg(long, default_value_t = Drift::default().scaling)]
    scaling: Scaling,
    /// What the scaled pixels are multiplied by; unless told √d with unit-norm, else 1
    #[arg(long, allow_hyphen_values = true)]
    input_factor: Option<f64>,
    /// Learning rate for the mean over samples and outputs
    #[arg(long, default_value_t = 1e-5, allow_hyphen_values = true)]
    rate: f64,
    /// At most so many steps [default: 100000]
    #[arg(long)]
    steps: Option<usize>,
    /// plateau:FALL:STEPS: stop when the loss has not fallen by FALL over so many steps
    #[arg(long, default_value = "plateau:1e-7:100", value_parser = plateau)]
    stopping: Plateau,
    /// The two numbers of --stopping, as they were once given
    #[arg(long, hide = true, allow_hyphen_values = true, conflicts_with = "stopping")]
    plateau_fall: Option<f64>,
    #[arg(long, hide = true, conflicts_with = "stopping")]
    plateau_steps: Option<usize>,
    /// How many of these steps a step may do at once, at most the STEPS of --stopping [default: 1]
    #[arg(long)]
    acceleration: Option<usize>,
    /// Steps at which the networks are looked at [default: 10,100,1000,10000]
    #[arg(long)]
    looks: Option<Counts>,
    /// Which kernel figures and tables show: full (every pair of outputs), trace (their sum) or one [default: one]
    #[arg(long, alias = "kernel")]
    show: Option<KernelForm>,
    /// Keep all eigenvalues at every look
    #[arg(long)]
    spectra: bool,
    /// Seed of the networks
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Part I of N of the grid, counted from 1: I/N
    #[arg(long)]
    shard: Option<Shard>,
    /// Seconds between two writings of a training under way
    #[arg(long, default_value_t = 20.0, allow_hyphen_values = true)]
    checkpoint_seconds: f64,
    /// Put together the JSON of several shards instead of computing
    #[arg(long, value_name = "FILE")]
    merge: Vec<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// When a training stops, as `plateau:FALL:STEPS`.
#[derive(Debug, Clone, Copy)]
struct Plateau {
    fall: f64,
    steps: usize,
}

fn plateau(text: &str) -> Result<Plateau> {
    match text.parse()? {
        Stopping::Plateau { fall, epochs } => Ok(Plateau { fall, steps: epochs }),
        other => Err(Error::parameter(
            "stopping",
            other,
            "must be plateau:FALL:STEPS here, for instance plateau:1e-7:100",
        )),
    }
}

/// What is read when.
pub const CHOICES: &[Choice] = &[
    &[
        Mode { reads: &[shards::MERGED, &["show"]], ..shards::MERGING },
        shards::computing(&[
            &[
                "activation",
                "width",
                "depth",
                "sigma_w2",
                "sigma_b2",
                "networks",
                "dataset",
                "data_dir",
                "n",
                "test",
                "scaling",
                "input_factor",
                "rate",
                "steps",
                "stopping",
                "plateau_fall",
                "plateau_steps",
                "acceleration",
                "looks",
                "show",
                "spectra",
                "seed",
                "shard",
                "checkpoint_seconds",
            ],
            OUTPUT,
        ]),
    ],
    // Without the store there is nowhere to write a training under way.
    &[
        Mode { flag: Some("no_cache"), name: "with --no-cache", reads: &[&["no_cache"]] },
        Mode { flag: None, name: "without --no-cache", reads: &[&["checkpoint_seconds"]] },
    ],
];

impl DriftCommand {
    fn experiment(&self) -> Result<Drift> {
        let default = Drift::paper(self.activation.clone()).at(Settings::from_environment()?);
        Ok(Drift {
            widths: self.width.clone().map_or(default.widths, |list| list.0),
            depths: self.depth.clone().map_or(default.depths, |list| list.0),
            sigma_w2: self.sigma_w2.clone().map_or(default.sigma_w2, |list| list.0),
            sigma_b2: self.sigma_b2.clone().map_or(default.sigma_b2, |list| list.0),
            trials: self.networks,
            source: self.dataset,
            folder: self.data_dir.clone(),
            images: self.n.unwrap_or(default.images),
            test_images: self.test.unwrap_or(default.test_images),
            scaling: self.scaling,
            input_factor: self.input_factor,
            rate: self.rate,
            steps: self.steps.unwrap_or(default.steps),
            plateau_fall: self.plateau_fall.unwrap_or(self.stopping.fall),
            plateau_steps: self.plateau_steps.unwrap_or(self.stopping.steps),
            acceleration: self.acceleration.unwrap_or(default.acceleration),
            looks: self.looks.clone().map_or(default.looks, |list| list.0),
            kernel: self.show.unwrap_or(default.kernel),
            spectra: self.spectra,
            seed: Seed(self.seed),
            ..default
        })
    }

    /// Computes, writes and prints.
    pub fn run(&self) -> Result<()> {
        let start = Instant::now();
        self.output.prepare()?;
        let compute = || {
            let pause = Duration::try_from_secs_f64(self.checkpoint_seconds).map_err(|_| {
                Error::parameter(
                    "checkpoint_seconds",
                    self.checkpoint_seconds,
                    "must be finite and not negative",
                )
            })?;
            let session = self.output.session().shard(self.shard.unwrap_or_default());
            self.experiment()?.run_in(&session.checkpoint_every(pause))
        };
        let mut result = shards::merged_or(&self.merge, DriftResult::read, DriftResult::merge, compute)?;
        // What is shown of each kernel may be chosen anew.
        result.parameters.kernel = self.show.unwrap_or(result.parameters.kernel);
        self.output.finish(
            "figures, table and looks",
            |folder| result.export(&Style::neurips(), folder),
            || result.json(start.elapsed().as_secs_f64()),
            || result.table().text(),
        )
    }
}
