//! `ntk dispersion`: how random the kernel is at initialisation.

use std::path::PathBuf;
use std::time::Instant;

use analysis_core::architecture::Activation;
use analysis_core::error::Result;
use analysis_core::experiment::{Dispersion, DispersionResult, Settings, Shard};
use analysis_core::network::Sampler;
use analysis_core::report::Style;
use analysis_core::seed::Seed;
use clap::Args;

use crate::lists::{Counts, Values};
use crate::modes::Choice;
use crate::output::{self, OUTPUT, Output};
use crate::shards;

/// Dispersion E Θ² / (E Θ)² of the kernel of finite networks at initialisation (Seleznova and Kutyniok 2021, Figs 1, 2, 7).
///
/// Samples Θ(x,x) over independent initialisations at every width, depth, σ_w² and σ_b², without weight matrices, and sets the
/// exact moments beside it (relu). Every point draws its own networks. Lists: 1,2,5 or 1..=99 or 1..=99:4 (every fourth), also
/// 0.2..=5:0.2. Finished parts are written to disk: interrupted, the command goes on from there; shards (--shard 1/4, …, 4/4)
/// add up in one store, or with --merge. With NTK_PROFILE=smoke, what is not told is small.
///
/// Examples:
///   ntk dispersion --width 256 --depth 1..=99 --sigma-w2 2 --sigma-b2 0 --networks 200 --json
///   ntk dispersion --activation tanh --width 50,100,200,500 --depth 1..=99:4 --sigma-w2 0.2..=5:0.2 --sigma-b2 1 --out fig1
///   ntk dispersion --merge first.json --merge second.json --json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct DispersionCommand {
    /// relu, tanh, erf, gelu, sigmoid or relu^K
    #[arg(long, default_value = "relu")]
    activation: Activation,
    /// M, units of every hidden layer [default: 64,128,256,512,1024]
    #[arg(long)]
    width: Option<Counts>,
    /// H, hidden layers [default: 1..=99]
    #[arg(long, alias = "depths")]
    depth: Option<Counts>,
    /// σ_w² [default: 2]
    #[arg(long, allow_hyphen_values = true)]
    sigma_w2: Option<Values>,
    /// σ_b² [default: 0]
    #[arg(long, allow_hyphen_values = true)]
    sigma_b2: Option<Values>,
    /// Networks at every point [default: 200]
    #[arg(long, alias = "inits")]
    networks: Option<usize>,
    /// n₀, the input dimension; unless told the width
    #[arg(long, alias = "input-dimension")]
    dim: Option<usize>,
    /// ‖x‖
    #[arg(long, default_value_t = 1.0, allow_hyphen_values = true)]
    input_norm: f64,
    /// Linear outputs; Θ is the trace over them
    #[arg(long, default_value_t = 1)]
    outputs: usize,
    /// Leave the biases' own share out of Θ
    #[arg(long)]
    fixed_biases: bool,
    /// Θ(x,x') of two inputs with this cosine between them instead of Θ(x,x)
    #[arg(long, allow_hyphen_values = true)]
    cosine: Option<f64>,
    /// automatic, norms (relu), vectors or dense: the same law, at the cost of 4, 2M or M² numbers a layer (one output)
    #[arg(long, default_value = "automatic")]
    sampler: Sampler,
    /// Level of the intervals
    #[arg(long, default_value_t = 0.95)]
    level: f64,
    /// Seed of the initialisations
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Part I of N of the grid, counted from 1: I/N
    #[arg(long)]
    shard: Option<Shard>,
    /// Put together the JSON of all shards instead of computing; what a shard was computed with is in its file
    #[arg(long, value_name = "FILE")]
    merge: Vec<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// What is read when.
pub const CHOICES: &[Choice] = &[&[
    shards::MERGING,
    shards::computing(&[
        &[
            "activation",
            "width",
            "depth",
            "sigma_w2",
            "sigma_b2",
            "networks",
            "dim",
            "input_norm",
            "outputs",
            "fixed_biases",
            "cosine",
            "sampler",
            "level",
            "seed",
            "shard",
        ],
        OUTPUT,
    ]),
]];

impl DispersionCommand {
    fn experiment(&self) -> Result<Dispersion> {
        let default = Dispersion::default().at(Settings::from_environment()?);
        Ok(Dispersion {
            activation: self.activation.clone(),
            widths: self.width.clone().map_or(default.widths, |list| list.0),
            depths: self.depth.clone().map_or(default.depths, |list| list.0),
            sigma_w2: self.sigma_w2.clone().map_or(default.sigma_w2, |list| list.0),
            sigma_b2: self.sigma_b2.clone().map_or(default.sigma_b2, |list| list.0),
            initialisations: self.networks.unwrap_or(default.initialisations),
            input_dimension: self.dim,
            input_norm: self.input_norm,
            outputs: self.outputs,
            trained_biases: !self.fixed_biases,
            cosine: self.cosine,
            sampler: self.sampler,
            level: self.level,
            seed: Seed(self.seed),
        })
    }

    /// Computes, writes and prints.
    pub fn run(&self) -> Result<()> {
        let start = Instant::now();
        self.output.prepare()?;
        let compute =
            || self.experiment()?.run_in(&self.output.session().shard(self.shard.unwrap_or_default()));
        let result =
            shards::merged_or(&self.merge, DispersionResult::read, DispersionResult::merge, compute)?;
        if result.unseen() > 0 {
            output::say(&format!(
                "{} of {} points: {} initialisations cannot see the tail that E[Θ²] lives on (tail_unseen); raise --networks",
                result.unseen(),
                result.points.len(),
                result.parameters.initialisations
            ));
        }
        self.output.finish(
            "figures, table and points",
            |folder| result.export(&Style::neurips(), folder),
            || result.json(start.elapsed().as_secs_f64()),
            || result.table().text(),
        )
    }
}
