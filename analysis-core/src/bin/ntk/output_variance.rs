//! `ntk output-variance`: how much of a trained network's output is chance.

use analysis_core::architecture::Activation;
use analysis_core::data::Source;
use analysis_core::error::Result;
use analysis_core::experiment::{
    Images, OutputVariance, OutputVarianceResult, Plan, Settings, TrainedNetworks, VarianceTarget,
};
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use clap::Args;

use crate::grid::{Common, Grid, GridExperiment, own_functions};
use crate::input::DataFolder;
use crate::lists::{Counts, Values};
use crate::modes::{Choice, Mode};

/// How much of a trained network's output is due to its random start.
///
/// The variance over initialisations (Seleznova and Kutyniok 2021, §5, Figs 5, 6). At infinite width: the limit kernel's diagonal κ₁ and off-diagonal κ₂ against depth, the variance after training to t → ∞ by
/// theorem 3 and by the exact expression. With --width: ensembles of finite networks at the start, linearised about it, and
/// trained by gradient descent to --flow-time, each beside its value at infinite width at the same time. All inputs have the
/// same cosine with each other, or are images (--dataset). Blocks of 5 networks are written to disk as they are finished: after
/// an interruption the same command goes on from there.
///
/// JSON: points (theory: variance q̄, covariance q̄_sr, diagonal κ₁, off_diagonal κ₂, ratio κ₁/κ₂, weight A, formula, exact,
/// condition and rounding = n ε condition q̄; exact is left out where rounding exceeds a hundredth of it), ensembles (start,
/// linear, linear_limit, linear_zero, linear_zero_limit, limit_weights, trained: variance, interval, mean, …,
/// expected_variance and z where rounding does not decide them; own_over_limit_weights, trained_over_limit, target_spread), limits (in depth).
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk output-variance --activation erf --sigma-w2 1,2.8,4 --out fig5
  ntk output-variance --activation relu --sigma-w2 1,2,3 --depth 5 \\
      --cosine 0.5 --width 128 --networks 200 --json
  ntk output-variance --dataset mnist --depth 1,5 --width 128")]
pub struct OutputVarianceCommand {
    /// relu, tanh, erf, gelu, sigmoid or relu^K
    #[arg(long, default_value = "erf")]
    activation: Activation,
    /// σ_w² [default: 1,2.8,4; of relu 1,2,3]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    sigma_w2: Option<Values>,
    /// σ_b² [default: 1]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    sigma_b2: Option<Values>,
    /// H, hidden layers [default: 1..=100; 5 with --width]
    #[arg(long, value_name = "LIST", alias = "depths")]
    depth: Option<Counts>,
    /// c, the cosine of every two inputs [default: 0.1..=0.9:0.1; 0.5 with --width]
    #[arg(long, value_name = "LIST", alias = "cosines", allow_hyphen_values = true)]
    cosine: Option<Values>,
    /// ‖x‖²/n₀ of every input
    #[arg(long, default_value_t = 1.0, allow_hyphen_values = true)]
    mean_square: f64,
    /// S, training inputs
    #[arg(long, alias = "samples", default_value_t = 10)]
    n: usize,
    /// Test inputs, over which everything is averaged
    #[arg(long, alias = "test-points", default_value_t = 10)]
    test: usize,
    /// What is learnt: noise, parity, linear or constant [default: noise; of images parity]; at infinite width targets do not enter
    /// the variance
    #[arg(long)]
    target: Option<VarianceTarget>,
    /// What targets are multiplied with
    #[arg(long, default_value_t = 1.0, allow_hyphen_values = true)]
    target_scale: f64,
    /// Images instead of inputs with equal cosines: mnist, fashion-mnist or cifar-10, from row 0 on
    #[arg(long)]
    dataset: Option<Source>,
    #[command(flatten)]
    folder: DataFolder,
    /// M, units of every hidden layer, and the input dimension; without it theory alone
    #[arg(long, value_name = "LIST")]
    width: Option<Counts>,
    /// Networks at every point [default: 200]
    #[arg(long)]
    networks: Option<usize>,
    /// Flow time of training in units of 1/λ_1 at infinite width [default: 200]
    #[arg(long, alias = "time", allow_hyphen_values = true)]
    flow_time: Option<f64>,
    /// ηλ_max of every network's Θ₀/S: about time / step steps [default: 0.5]
    #[arg(long, alias = "step", allow_hyphen_values = true)]
    flow_step: Option<f64>,
    /// Networks at the start and linearised only, none trained: a thousandth of the time
    #[arg(long)]
    no_training: bool,
    /// Level of the intervals
    #[arg(long, default_value_t = 0.95)]
    level: f64,
    #[command(flatten)]
    common: Common,
}

impl Grid for OutputVarianceCommand {
    type Experiment = OutputVariance;
    const CHOICES: &'static [Choice] = &[
        &[
            Mode { flag: Some("dataset"), name: "with --dataset", reads: &[&["data_dir"]] },
            Mode { flag: None, name: "without --dataset", reads: &[&["cosine"]] },
        ],
        // At infinite width nothing is drawn: neither targets nor networks, and there is no interval.
        &[
            Mode {
                flag: Some("width"),
                name: "with --width",
                reads: &[&[
                    "networks",
                    "flow_time",
                    "flow_step",
                    "no_training",
                    "target",
                    "target_scale",
                    "level",
                    "seed",
                ]],
            },
            Mode { flag: None, name: "without --width", reads: &[] },
        ],
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn experiment(&self, settings: Settings) -> Result<OutputVariance> {
        let networks = self.width.as_ref().map(|_| TrainedNetworks::default());
        let theory = match self.activation {
            Activation::Relu => OutputVariance::relu(),
            _ => OutputVariance { activation: self.activation.clone(), ..OutputVariance::default() },
        };
        let theory = match &networks {
            Some(_) => OutputVariance { depths: vec![5], cosines: vec![0.5], networks, ..theory },
            None => theory,
        };
        let default = theory.at(settings);
        Ok(OutputVariance {
            sigma_w2: self.sigma_w2.clone().map_or(default.sigma_w2, |list| list.0),
            sigma_b2: self.sigma_b2.clone().map_or(default.sigma_b2, |list| list.0),
            depths: self.depth.clone().map_or(default.depths, |list| list.0),
            cosines: self.cosine.clone().map_or(default.cosines, |list| list.0),
            mean_square: self.mean_square,
            samples: self.n,
            target: self.target,
            target_scale: self.target_scale,
            test_points: self.test,
            images: self.dataset.map(|source| Images { source, folder: self.folder.data_dir.clone() }),
            networks: default.networks.map(|networks| TrainedNetworks {
                widths: self.width.clone().map_or(networks.widths, |list| list.0),
                count: self.networks.unwrap_or(networks.count),
                time: self.flow_time.unwrap_or(networks.time),
                step: self.flow_step.unwrap_or(networks.step),
                descent: !self.no_training,
            }),
            level: self.level,
            seed: Seed(self.common.seed),
            ..default
        })
    }
}

impl GridExperiment for OutputVariance {
    const MARK: &'static str = "ensembles";

    own_functions!(OutputVarianceResult);

    fn plan(&self, session: &Session) -> Result<Plan> {
        self.plan(session)
    }

    fn note(result: &OutputVarianceResult) -> Option<String> {
        let diverged: usize = result.ensembles.iter().map(|e| e.diverged).sum();
        let said = format!("{diverged} trainings diverged and are left out: take a smaller --flow-step");
        (diverged > 0).then_some(said)
    }
}
