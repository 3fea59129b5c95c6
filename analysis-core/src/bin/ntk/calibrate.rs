//! `ntk calibrate`: how often intervals for r hold it.

use analysis_core::error::Result;
use analysis_core::experiment::{
    Calibration, CalibrationResult, Coefficients, Design, NoisyRows, Plan, Settings,
};
use analysis_core::kernel::{Kernel, Parametrisation};
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use analysis_core::smoothness::SmoothnessResult;
use clap::Args;

use crate::grid::{Common, Grid, GridExperiment, own_functions};
use crate::lists::{Counts, Values};

/// How well every estimator reads an exponent r that was planted.
///
/// Power laws Σ_{k≥i} θ_k² ~ i^{−r} in populations where they can be planted: independent Gaussian features, spherical harmonics under
/// the kernel, eigenvectors of images under the kernel, and initial functions on spheres, whose r a theorem gives; with shares of noise. Mean, RMSE, how many 95 % intervals hold r, and how often the
/// recommended estimator warns. Samples are written to disk as they are finished: after an interruption the same command goes on
/// from there.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk calibrate --design gaussian,sphere:3 --n 1000,2000 --draws 16 --out calibration
  ntk calibrate --design mnist --n 2000 --r 0.4 --noise 0,0.3 --json
  ntk calibrate --shard 1/4 --json > 1.json     (then 2/4, 3/4, 4/4, and ntk merge)")]
pub struct CalibrateCommand {
    /// gaussian, sphere:D, process:D (f₀ ~ GP(0, NNGP) on S^{D−1}: r = 3/(D − 1)) or a set of images [default: gaussian, spheres, images]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    design: Vec<Design>,
    /// n, rows of a sample, at least 200 [default: 500,1000,2000,4000]
    #[arg(long, value_name = "LIST")]
    n: Option<Counts>,
    /// Exponents [default: 0.1,0.2,0.4,0.8,1.6]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    r: Option<Values>,
    /// Shares of y's mean square that are noise [default: 0,0.1,0.3,0.5]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    noise: Option<Values>,
    /// all, or above-median: noise only where the target lies above its median, with twice the variance
    #[arg(long, default_value = "all")]
    noisy_rows: NoisyRows,
    /// gaussian, or signs: coefficients of one size
    #[arg(long, default_value = "gaussian")]
    coefficients: Coefficients,
    /// Samples of rows [default: 16]
    #[arg(long)]
    draws: Option<usize>,
    /// Targets of each exponent on a sample [default: 4]
    #[arg(long)]
    targets: Option<usize>,
    /// Hidden layers of the kernel of spheres and images
    #[arg(long, default_value_t = 1)]
    depth: usize,
    /// No bias in its first layer: with one hidden layer, odd harmonics from degree 3 on vanish
    #[arg(long)]
    no_bias: bool,
    #[command(flatten)]
    common: Common,
}

impl Grid for CalibrateCommand {
    type Experiment = Calibration;

    fn common(&self) -> &Common {
        &self.common
    }

    fn experiment(&self, settings: Settings) -> Result<Calibration> {
        let default = Calibration::default().at(settings);
        Ok(Calibration {
            designs: if self.design.is_empty() { default.designs } else { self.design.clone() },
            sizes: self.n.clone().map_or(default.sizes, |list| list.0),
            r: self.r.clone().map_or(default.r, |list| list.0),
            noise: self.noise.clone().map_or(default.noise, |list| list.0),
            noisy_rows: self.noisy_rows,
            coefficients: self.coefficients,
            draws: self.draws.unwrap_or(default.draws),
            targets: self.targets.unwrap_or(default.targets),
            kernel: Kernel {
                hidden_layers: self.depth,
                parametrisation: Parametrisation::FirstLayerBias { bias: !self.no_bias },
                ..default.kernel
            },
            seed: Seed(self.common.seed),
        })
    }
}

impl GridExperiment for Calibration {
    const MARK: &'static str = "unwarned_held";

    own_functions!(CalibrationResult);

    fn plan(&self, session: &Session) -> Result<Plan> {
        self.plan(session)
    }

    fn note(result: &CalibrationResult) -> Option<String> {
        let recommended = SmoothnessResult::RECOMMENDED;
        let held = result.unwarned(recommended);
        let all: usize = result.of(recommended).iter().map(|cell| cell.targets).sum();
        let said = format!(
            "{recommended}: no warning for {} of {all} targets, and {} of those intervals hold what was planted",
            held.of, held.held
        );
        (all > 0).then_some(said)
    }
}
