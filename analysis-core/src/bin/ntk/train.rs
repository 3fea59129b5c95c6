//! `ntk train`: one network of finite width, on synthetic data, a published set or a file of the user's own.

use std::path::PathBuf;
use std::time::Instant;

use analysis_core::data::{Dataset, SphereQuadratic, TrainTestView};
use analysis_core::error::{Error, Result};
use analysis_core::network::{
    Initialisation, Network, Optimiser, Precision, Stopping, Trainer, Training, UpdateRule,
};
use analysis_core::progress::Lines;
use analysis_core::report::{Report, Trained};
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use clap::Args;

use crate::Run;
use crate::input::{COLUMNS, DataArguments, TestRows};
use crate::kernel::NetworkArguments;
use crate::modes::{Choice, Mode};
use crate::output;
use crate::training_text::as_text;

/// The paper's rate.
const RATE: f64 = 0.6;

/// Train one network of finite width.
///
/// Without --dataset, --csv or --parquet the data are those of Chen, Li and Lin (2024, Fig. 1): x uniform on the unit sphere,
/// f*(x) = (Σ x_j)², y = f* + noise, and the test error is against f*. Full-batch gradient descent at rate 0.6 for 10n epochs on
/// a network of width 20n is theirs too. The loss is 1/(2n) Σ (f − y)².
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk train --dim 5 --n 200 --initialisation mirrored --json
  ntk train --dataset mnist --rows 0..500 --labels parity --width 2000 \\
      --epochs 500 --rate 0.5
  ntk train --csv houses.csv --target price --stopping hold-out:0.2:100")]
pub struct Train {
    /// Synthetic data: coordinates of a point [default: 5]
    #[arg(long)]
    dim: Option<usize>,
    /// Synthetic data: training points [default: 200]
    #[arg(long)]
    n: Option<usize>,
    /// Synthetic data: the noise's standard deviation [default: 0.2]
    #[arg(long, allow_hyphen_values = true)]
    noise: Option<f64>,
    #[command(flatten)]
    data: DataArguments,
    /// Test points: how many, or which rows of the test split, as --rows; 0 for none [default: 1000, of a file 0]
    #[arg(long, alias = "test-rows", allow_hyphen_values = true)]
    test: Option<TestRows>,
    #[command(flatten)]
    network: NetworkArguments,
    /// Units of every hidden layer [default: 20n]
    #[arg(long)]
    width: Option<usize>,
    /// Where it starts: standard, mirrored (two copies of that width), mirrored-half, centred or scaled:A
    #[arg(long, default_value = "standard")]
    initialisation: Initialisation,
    /// gd, momentum:M or adam
    #[arg(long, default_value = "gd")]
    optimiser: UpdateRule,
    /// Rows a step [default: all]
    #[arg(long)]
    batch: Option<usize>,
    /// Learning rate; the loss is 1/(2n) Σ (f − y)². A rate of your own that diverges is an error; where the default does, the
    /// result says so, with a rate that is stable [default: 0.6]
    #[arg(long, allow_hyphen_values = true)]
    rate: Option<f64>,
    /// Passes over the rows [default: 10n]
    #[arg(long)]
    epochs: Option<usize>,
    /// Which epoch counts: oracle (least test error), hold-out:FRACTION:PATIENCE, plateau:FALL:EPOCHS or never
    /// [default: oracle with test rows, never without]
    #[arg(long)]
    stopping: Option<Stopping>,
    /// single (one hidden relu layer, one output, gd on all rows) or double
    #[arg(long, default_value = "double")]
    precision: Precision,
    /// Seed of the synthetic data, the network, shuffles and the rows held out
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads; 0 for all. The result does not depend on it
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Keep the training in this file while it runs; interrupted, the same command goes on from there
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Seconds between two writings of --checkpoint
    #[arg(long, default_value_t = 10.0, allow_hyphen_values = true)]
    checkpoint_seconds: f64,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    json: bool,
}

impl Run for Train {
    const CHOICES: &'static [Choice] = &[
        &[
            Mode {
                flag: Some("dataset"),
                name: "with --dataset",
                reads: &[&["split", "rows", "scaling", "labels", "data_dir"]],
            },
            Mode { flag: Some("csv"), name: "with --csv", reads: &[&["csv", "separator"], COLUMNS] },
            Mode { flag: Some("parquet"), name: "with --parquet", reads: &[&["parquet"], COLUMNS] },
            Mode { flag: None, name: "on synthetic data", reads: &[&["dim", "n", "noise"]] },
        ],
        &[
            Mode { flag: Some("checkpoint"), name: "with --checkpoint", reads: &[&["checkpoint_seconds"]] },
            Mode { flag: None, name: "without --checkpoint", reads: &[] },
        ],
    ];

    fn run(&self) -> Result<()> {
        let start = Instant::now();
        let (data, test) = if self.data.given() { self.rows()? } else { self.synthetic()? };
        let training = self.training(&data, test.is_some())?;
        training.check()?;
        if test.is_none() && training.stopping == Stopping::Oracle {
            let requirement = "needs test rows: give some with --test, or stop by hold-out or never";
            return Err(Error::parameter("stopping", training.stopping, requirement));
        }
        let session = Session::default().lines(Lines::on_stderr());
        let session = session.checkpoint_every(output::pause(self.checkpoint_seconds)?);
        let session = match &self.checkpoint {
            Some(path) => session.checkpoint(path),
            None => session,
        };
        let copies = if training.initialisation.copies() == 2 { " (two copies)" } else { "" };
        output::say(&format!(
            "n = {}, d = {}, width {}{copies}, {} start: {} epochs …",
            data.n(),
            data.d(),
            training.network.width,
            training.initialisation,
            training.epochs
        ));
        let x = data.x.view();
        let rows = match &test {
            Some(test) => TrainTestView::of(&data, test),
            None => TrainTestView::untested(x, data.y.view()),
        };
        let run = training.run_in(rows, &session);
        if let (None, Err(Error::Diverged { epoch, loss, stable_rate, .. })) = (self.rate, &run) {
            // Nobody chose the rate: that it is too large for these data is what was found out.
            let first = Trainer::start(&training, rows).ok().map(|start| start.progress().loss);
            let end = (*epoch, *loss);
            let report = Trained::diverged(training.clone(), end, &data, test.as_ref(), *stable_rate);
            return self.diverged(&report, end, first, start);
        }
        let result = run?;
        if result.failed() {
            output::say(&format!(
                "warning: the training failed: its loss began at {:.6} and ended at {:.6}; lower the rate",
                result.curve.loss[0], result.last.loss
            ));
        }
        // Where the kernel does not fit into memory, the training may have gone well all the same.
        let stable = training.stable_rate(x).ok();
        if !self.json {
            return output::text(&as_text(&result, stable));
        }
        let report = Trained::ended(result, &data, test.as_ref(), stable);
        output::json(&report.json(start.elapsed().as_secs_f64())?)
    }
}

impl Train {
    /// Says that and where the training diverged, and at which rates it would not have at once.
    fn diverged(
        &self,
        report: &Trained,
        (epoch, loss): (usize, f64),
        first: Option<f64>,
        start: Instant,
    ) -> Result<()> {
        let training = &report.training;
        let lower = match report.stable_rate {
            Some(stable) => format!(
                "at the start gradient descent is stable below 2/λ_max = {stable:.4}: take --rate {:.1e}",
                0.5 * stable
            ),
            None => "take a smaller --rate".to_string(),
        };
        output::say(&format!(
            "warning: the training diverged at epoch {epoch}: its loss is {loss:e} at rate {}; {lower}",
            training.rate
        ));
        if self.json {
            return output::json(&report.json(start.elapsed().as_secs_f64())?);
        }
        // The loss before the first step.
        let first = first.map_or(String::new(), |loss| format!(", from {loss:.6} at the start"));
        output::text(&format!(
            "{} start, width {}\ndiverged: epoch {epoch}, loss {loss:.3e}{first}\nrate {}; {lower}\n",
            training.initialisation, training.network.width, training.rate
        ))
    }

    fn training(&self, data: &Dataset, tested: bool) -> Result<Training> {
        let n = data.n();
        Ok(Training {
            network: Network {
                inputs: data.d(),
                hidden_layers: self.network.hidden_layers(),
                width: self.width.unwrap_or(n.saturating_mul(20)),
                outputs: data.k(),
                activation: self.network.activation(),
                parametrisation: self.network.parametrisation()?,
            },
            initialisation: self.initialisation,
            optimiser: Optimiser { rule: self.optimiser, batch: self.batch },
            rate: self.rate.unwrap_or(RATE),
            epochs: self.epochs.unwrap_or(n.saturating_mul(10)),
            stopping: self.stopping.unwrap_or(if tested { Stopping::Oracle } else { Stopping::Never }),
            precision: self.precision,
            seed: Seed(self.seed),
            threads: self.threads,
            ..Training::default()
        })
    }

    fn synthetic(&self) -> Result<(Dataset, Option<Dataset>)> {
        let default = SphereQuadratic::default();
        let task = SphereQuadratic {
            n: self.n.unwrap_or(default.n),
            d: self.dim.unwrap_or(default.d),
            noise: self.noise.unwrap_or(default.noise),
            seed: Seed(self.seed).child("train-points", 0),
        };
        let count = match self.test.unwrap_or(TestRows::First(1000)) {
            TestRows::First(count) => count,
            TestRows::Those(rows) => {
                let requirement = "must be a number of points on synthetic data, for instance 1000";
                return Err(Error::parameter("test", rows, requirement));
            }
        };
        let test =
            SphereQuadratic { n: count, noise: 0.0, seed: Seed(self.seed).child("test-points", 0), ..task };
        Ok((task.run()?, if count == 0 { None } else { Some(test.run()?) }))
    }

    fn rows(&self) -> Result<(Dataset, Option<Dataset>)> {
        let default = self.data.dataset.map(|_| TestRows::First(1000));
        self.data.with_test(self.test.or(default).and_then(TestRows::rows))
    }
}
