//! `ntk learning-curve`: test error against n, standard against mirrored initialisation.

use std::ops::Range;

use analysis_core::error::Result;
use analysis_core::experiment::{
    FiniteWidth, InfiniteWidth, LearningCurve, LearningCurveResult, Plan, Regime, Settings,
};
use analysis_core::flow::{Krylov, Method, Times};
use analysis_core::network::{Initialisation, Precision};
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use clap::{Args, ValueEnum};

use crate::grid::{Common, Grid, GridExperiment, own_functions};
use crate::modes::{Choice, Mode};
use crate::task::{TASK, TaskArguments, draws};

/// Test error against n at finite or infinite width (Chen, Li and Lin 2024, Fig. 1).
///
/// Every draw takes x uniform on the sphere S^{d−1} and y = (Σ x_j)² + noise, trains every initialisation on the same data, and
/// notes the smallest test error of the whole training (oracle stopping). Slopes of ln(error) against ln(n) are fitted in every
/// draw; intervals are Student's over draws, and the difference of slopes is paired. A draw is written to disk as soon as it is
/// finished: after an interruption the same command goes on from there.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk learning-curve --infinite --dim 5 --n 50,100,200,400 --draws 20 --json
  ntk learning-curve --finite --dim 10 --draws 20 --out fig1
  ntk learning-curve --draws 0..10 --json > 1.json     (then --draws 10..20)
  ntk merge 1.json 2.json --out fig1")]
pub struct LearningCurveCommand {
    /// Networks of width --width-per-sample × n, trained by gradient descent: what is done without --infinite, too
    #[arg(long)]
    finite: bool,
    /// Their limit at infinite width: kernel gradient flow
    #[arg(long)]
    infinite: bool,
    #[command(flatten)]
    task: TaskArguments,
    /// The sizes n, ascending [default: 50,100,200,400]
    #[arg(long, value_delimiter = ',')]
    n: Option<Vec<usize>>,
    /// How many draws of data, or which: 20, or 20..40 (40 left out) [default: 20]
    #[arg(long, alias = "trials", value_parser = draws)]
    draws: Option<Range<usize>>,
    /// What is compared: standard, mirrored (two copies of width m), mirrored-half (two of m/2), centred, scaled:A (starts at
    /// A times f₀); slopes are subtracted from the first one's
    #[arg(long, alias = "initialisations", value_delimiter = ',', default_value = "standard,mirrored")]
    initialisation: Vec<Initialisation>,
    /// A bias in the first layer
    #[arg(long)]
    bias: bool,
    /// Hidden ReLU layers
    #[arg(long, alias = "hidden-layers", default_value_t = 1)]
    depth: usize,
    /// Test points of a trial
    #[arg(long, alias = "test-points", default_value_t = 1000)]
    test: usize,
    /// m/n, units per training sample (finite width) [default: 20]
    #[arg(long)]
    width_per_sample: Option<usize>,
    /// Epochs per training sample (finite width) [default: 10]
    #[arg(long)]
    epochs_per_sample: Option<usize>,
    /// Learning rate (finite width); the loss is 1/(2n) Σ (f − y)² [default: 0.6]
    #[arg(long)]
    rate: Option<f64>,
    /// Arithmetic of one-hidden-layer training: single or double (finite width) [default: single]
    #[arg(long)]
    precision: Option<Precision>,
    /// Times from 0.5 to 6n at which the flow is looked at (infinite width) [default: 121]
    #[arg(long, alias = "times")]
    snapshots: Option<usize>,
    /// How the flow is computed (infinite width) [default: krylov from n = 2000 on, else decomposition]
    #[arg(long, value_enum)]
    method: Option<MethodName>,
    /// Level of the intervals
    #[arg(long, default_value_t = 0.95)]
    level: f64,
    #[command(flatten)]
    common: Common,
}

/// The two methods, as the command line names them.
#[derive(Clone, Copy, ValueEnum)]
enum MethodName {
    /// The full decomposition of K/n
    Decomposition,
    /// Lanczos, to 1e-6 of the residual
    Krylov,
}

impl MethodName {
    fn method(self) -> Method {
        match self {
            MethodName::Decomposition => Method::Decomposition,
            MethodName::Krylov => Method::Krylov(Krylov::default()),
        }
    }
}

impl Grid for LearningCurveCommand {
    type Experiment = LearningCurve;
    const CHOICES: &'static [Choice] = &[
        &[
            Mode { flag: Some("infinite"), name: "with --infinite", reads: &[&["snapshots", "method"]] },
            Mode {
                flag: None,
                name: "at finite width",
                reads: &[&["finite", "width_per_sample", "epochs_per_sample", "rate", "precision"]],
            },
        ],
        TASK,
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn experiment(&self, settings: Settings) -> Result<LearningCurve> {
        let default = LearningCurve::default().at(settings);
        let regime = if self.infinite {
            let default = InfiniteWidth::default();
            Regime::Infinite(InfiniteWidth {
                times: Times { points: self.snapshots.unwrap_or(default.times.points), ..default.times },
                method: self.method.map(MethodName::method).or(default.method),
            })
        } else {
            let default = FiniteWidth::default();
            Regime::Finite(FiniteWidth {
                width_per_sample: self.width_per_sample.unwrap_or(default.width_per_sample),
                epochs_per_sample: self.epochs_per_sample.unwrap_or(default.epochs_per_sample),
                rate: self.rate.unwrap_or(default.rate),
                precision: self.precision.unwrap_or(default.precision),
            })
        };
        Ok(LearningCurve {
            task: self.task.task(),
            regime,
            sizes: self.n.clone().unwrap_or(default.sizes),
            trials: self.draws.clone().unwrap_or(default.trials),
            initialisations: self.initialisation.clone(),
            bias: self.bias,
            hidden_layers: self.depth,
            test_points: self.test,
            level: self.level,
            seed: Seed(self.common.seed),
        })
    }
}

impl GridExperiment for LearningCurve {
    const MARK: &'static str = "slopes";

    own_functions!(LearningCurveResult);

    fn plan(&self, session: &Session) -> Result<Plan> {
        self.plan(session)
    }
}
