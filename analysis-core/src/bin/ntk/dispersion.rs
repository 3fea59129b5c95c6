//! `ntk dispersion`: how random the kernel is at initialisation.

use analysis_core::architecture::Activation;
use analysis_core::error::Result;
use analysis_core::experiment::{Dispersion, DispersionResult, Plan, Settings};
use analysis_core::network::Sampler;
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use clap::Args;

use crate::grid::{Common, Grid, GridExperiment, own_functions};
use crate::lists::{Counts, Values};

/// How random the kernel of finite networks is at initialisation.
///
/// Its dispersion E Θ² / (E Θ)² (Seleznova and Kutyniok 2021, Figs 1, 2, 7): samples Θ(x,x) over independent initialisations at every width, depth, σ_w² and σ_b², without weight matrices, and sets the
/// exact moments beside it (relu). Every point draws its own networks. Finished parts are written to disk: after an interruption
/// the same command goes on from there.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk dispersion --width 256 --depth 1..=99 --networks 200 --json
  ntk dispersion --activation tanh --width 50,100 --depth 1..=97:4 \\
      --sigma-w2 0.2..=5:0.2 --sigma-b2 1 --out fig1
  ntk dispersion --shard 1/4 --json > 1.json     (then 2/4, 3/4, 4/4)
  ntk merge 1.json 2.json 3.json 4.json --out fig2")]
pub struct DispersionCommand {
    /// relu, tanh, erf, gelu, sigmoid or relu^K
    #[arg(long, default_value = "relu")]
    activation: Activation,
    /// M, units of every hidden layer [default: 64,128,256,512,1024]
    #[arg(long, value_name = "LIST")]
    width: Option<Counts>,
    /// H, hidden layers [default: 1..=99]
    #[arg(long, value_name = "LIST", alias = "depths")]
    depth: Option<Counts>,
    /// σ_w² [default: 2]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    sigma_w2: Option<Values>,
    /// σ_b² [default: 0]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    sigma_b2: Option<Values>,
    /// Networks at every point [default: 200]
    #[arg(long, alias = "inits")]
    networks: Option<usize>,
    /// n₀, the input dimension [default: the width]
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
    #[command(flatten)]
    common: Common,
}

impl Grid for DispersionCommand {
    type Experiment = Dispersion;

    fn common(&self) -> &Common {
        &self.common
    }

    fn experiment(&self, settings: Settings) -> Result<Dispersion> {
        let default = Dispersion::default().at(settings);
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
            seed: Seed(self.common.seed),
        })
    }
}

impl GridExperiment for Dispersion {
    const MARK: &'static str = "tail_unseen";

    own_functions!(DispersionResult);

    fn plan(&self, session: &Session) -> Result<Plan> {
        self.plan(session)
    }

    fn note(result: &DispersionResult) -> Option<String> {
        let said = format!(
            "{} of {} points: {} networks cannot see the tail that E[Θ²] lives on (tail_unseen); raise --networks",
            result.unseen(),
            result.points.len(),
            result.parameters.initialisations
        );
        (result.unseen() > 0).then_some(said)
    }
}
