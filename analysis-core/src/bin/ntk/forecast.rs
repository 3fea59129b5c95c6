//! `ntk forecast`: a learning curve foretold from one sample, and measured on other rows.

use analysis_core::data::{Scaling, Source, Target};
use analysis_core::error::Result;
use analysis_core::experiment::{Forecast, ForecastResult, Plan, Settings};
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use clap::Args;

use crate::grid::{Common, Grid, GridExperiment, own_functions};
use crate::kernel::KernelArguments;
use crate::lists::{Counts, Values};

/// What every estimator of r foretells of the error at more rows, and the error there, on other rows.
///
/// The first rows of a set are read by all estimators; error(n') = error(n)·(n'/n)^{−r} is compared with the leave-one-out error of n' rows
/// that follow. Errors and estimates are written to disk as they are finished: after an interruption the same command goes on from
/// there. A size of 27,000 needs 12 GB and some ten minutes of one processor for each ridge.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk forecast --size 9000 --out forecast
  ntk forecast --dataset mnist --n 1000 --size 2000,4000,8000 --json
  ntk forecast --shard 1/3 --json > 1.json     (then 2/3, 3/3, and ntk merge)")]
pub struct ForecastCommand {
    /// The data sets, separated by commas [default: mnist,cifar-10,fashion-mnist]
    #[arg(long, value_delimiter = ',')]
    dataset: Option<Vec<Source>>,
    /// n, the first rows, at least 200 [default: 3000]
    #[arg(long)]
    n: Option<usize>,
    /// n', ascending: as many of the rows that follow [default: 9000,27000]
    #[arg(long, value_name = "LIST")]
    size: Option<Counts>,
    /// Up to this size every sample is read by all estimators [default: 9000]
    #[arg(long)]
    estimated: Option<usize>,
    /// Ridges at larger sizes, in units of the mean eigenvalue, the first of them 0 [default: 0]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    far_ridges: Option<Values>,
    #[command(flatten)]
    kernel: KernelArguments,
    /// Scaling of the rows: unit-norm, unit-interval, standardised or none
    #[arg(long, default_value = "unit-norm")]
    scaling: Scaling,
    /// How labels become targets: integer, centred-integer, one-hot, parity or one-vs-rest:CLASS
    #[arg(long, default_value = "centred-integer")]
    labels: Target,
    #[command(flatten)]
    common: Common,
}

impl Grid for ForecastCommand {
    type Experiment = Forecast;

    fn common(&self) -> &Common {
        &self.common
    }

    fn experiment(&self, settings: Settings) -> Result<Forecast> {
        let default = Forecast::default().at(settings);
        Ok(Forecast {
            sources: self.dataset.clone().unwrap_or(default.sources),
            n: self.n.unwrap_or(default.n),
            sizes: self.size.clone().map_or(default.sizes, |list| list.0),
            estimated: self.estimated.unwrap_or(default.estimated),
            scaling: self.scaling,
            target: self.labels,
            kernel: self.kernel.kernel()?,
            leave_one_out: default.leave_one_out,
            far_ridges: self.far_ridges.clone().map_or(default.far_ridges, |list| list.0),
            seed: Seed(self.common.seed),
        })
    }
}

impl GridExperiment for Forecast {
    const MARK: &'static str = "with_noise";

    own_functions!(ForecastResult);

    fn plan(&self, session: &Session) -> Result<Plan> {
        self.plan(session)
    }
}
