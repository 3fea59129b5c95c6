//! `ntk drift`: the kernel in training.

use analysis_core::architecture::Activation;
use analysis_core::data::{Scaling, Source};
use analysis_core::error::{Error, Result};
use analysis_core::experiment::{Acceleration, Drift, DriftResult, KernelForm, Plan, Settings};
use analysis_core::network::Stopping;
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use clap::Args;

use crate::grid::{Common, Grid, GridExperiment, own_functions};
use crate::input::DataFolder;
use crate::lists::{Counts, Values};
use crate::modes::{Choice, Mode};
use crate::output::{self, pause};

/// How the kernel of finite networks changes in training.
///
/// Seleznova and Kutyniok (2021), Figs 3, 4, 8 to 11. Trains a network at every width, depth, σ_w² and σ_b² by full-batch
/// gradient descent on images with one-hot labels, and notes on the way ‖Θ_t − Θ₀‖/‖Θ₀‖, alignment, spectrum, loss, and the
/// gap to the network linearised about its start. The loss is the paper's, the mean over samples and outputs of (f − y)²; so
/// are rate and steps. --acceleration A lets a step do the work of up to A (less early on, and never beyond a quarter of the
/// stable rate); --acceleration flow:1e-3 follows gradient flow with an estimated error wherever these steps are that flow,
/// and takes them one by one where they are not. Finished cells are written to disk, and one under way now and then: after an
/// interruption the same command goes on from there.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk drift --activation relu --width 128 --depth 3 \\
      --sigma-w2 0.5..=2.5:0.5 --sigma-b2 1 --acceleration 100
  ntk drift --activation tanh --shard 1/8 --json > 1.json     (then 2/8, …, 8/8)
  ntk merge *.json --out figures")]
pub struct DriftCommand {
    /// relu, tanh, erf, gelu, sigmoid or relu^K
    #[arg(long, default_value = "relu")]
    activation: Activation,
    /// M, units of every hidden layer [default: 256]
    #[arg(long, value_name = "LIST")]
    width: Option<Counts>,
    /// H, hidden layers [default: 3,10,20]
    #[arg(long, value_name = "LIST", alias = "depths")]
    depth: Option<Counts>,
    /// σ_w² [default: 0.1..=2.5:0.1; of tanh 0.1..=3.5:0.1]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    sigma_w2: Option<Values>,
    /// σ_b² [default: 0.1..=1:0.1]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    sigma_b2: Option<Values>,
    /// Networks at every point
    #[arg(long, default_value_t = 1, alias = "trials")]
    networks: usize,
    /// mnist, fashion-mnist or cifar-10
    #[arg(long, default_value = "mnist")]
    dataset: Source,
    #[command(flatten)]
    folder: DataFolder,
    /// Train on the first N training images [default: 128]
    #[arg(long, value_name = "N", alias = "images")]
    n: Option<usize>,
    /// Look at the first N test images [default: 128]
    #[arg(long, value_name = "N", alias = "test-images")]
    test: Option<usize>,
    /// Scaling of the pixels: unit-norm, unit-interval (values/255), standardised or none
    #[arg(long, default_value_t = Drift::default().scaling)]
    scaling: Scaling,
    /// What the scaled pixels are multiplied by [default: √d with unit-norm, else 1]
    #[arg(long, allow_hyphen_values = true)]
    input_factor: Option<f64>,
    /// Learning rate; the loss is the mean over samples and outputs of (f − y)²
    #[arg(long, default_value_t = 1e-5, allow_hyphen_values = true)]
    rate: f64,
    /// At most so many steps [default: 100000]
    #[arg(long)]
    steps: Option<usize>,
    /// plateau:FALL:STEPS: stop once the loss has not fallen by FALL over so many steps
    #[arg(long, default_value = "plateau:1e-7:100", value_parser = plateau)]
    stopping: Plateau,
    /// The two numbers of --stopping, as they were once given
    #[arg(long, hide = true, allow_hyphen_values = true, conflicts_with = "stopping")]
    plateau_fall: Option<f64>,
    #[arg(long, hide = true, conflicts_with = "stopping")]
    plateau_steps: Option<usize>,
    /// How many of these steps a step may do at once, at most the STEPS of --stopping; or flow:TOLERANCE or
    /// flow:TOLERANCE:single, long steps of gradient flow where that is the same [default: 1]
    #[arg(long, value_name = "A")]
    acceleration: Option<Acceleration>,
    /// A network that has computed N gradients and is not at its end is called unfinished [default: no limit]
    #[arg(long, value_name = "N")]
    most_gradients: Option<usize>,
    /// Steps at which the networks are looked at [default: 10,100,1000,10000]
    #[arg(long, value_name = "LIST")]
    looks: Option<Counts>,
    /// Which kernel figures and tables show: full (every pair of outputs), trace (their sum) or one [default: one]
    #[arg(long, alias = "kernel")]
    show: Option<KernelForm>,
    /// Keep all eigenvalues at every look
    #[arg(long)]
    spectra: bool,
    /// Seconds between two writings of a training under way
    #[arg(long, default_value_t = 20.0, allow_hyphen_values = true, conflicts_with = "dry_run")]
    checkpoint_seconds: f64,
    #[command(flatten)]
    common: Common,
}

/// When a training stops, as `plateau:FALL:STEPS`.
#[derive(Debug, Clone, Copy)]
struct Plateau {
    fall: f64,
    steps: usize,
}

fn plateau(text: &str) -> Result<Plateau> {
    match text.parse() {
        Ok(Stopping::Plateau { fall, epochs }) => Ok(Plateau { fall, steps: epochs }),
        // The parser's own message names rules that no network here can stop by.
        _ => {
            let requirement = "must be plateau:FALL:STEPS here, for instance plateau:1e-7:100";
            Err(Error::parameter("stopping", format!("{text:?}"), requirement))
        }
    }
}

impl Grid for DriftCommand {
    type Experiment = Drift;
    // Without the store there is nowhere to write a training under way.
    const CHOICES: &'static [Choice] = &[&[
        Mode { flag: Some("no_cache"), name: "with --no-cache", reads: &[] },
        Mode { flag: None, name: "without --no-cache", reads: &[&["checkpoint_seconds"]] },
    ]];

    fn common(&self) -> &Common {
        &self.common
    }

    fn session(&self, session: Session) -> Result<Session> {
        Ok(session.checkpoint_every(pause(self.checkpoint_seconds)?))
    }

    fn show(&self) -> Option<KernelForm> {
        self.show
    }

    fn experiment(&self, settings: Settings) -> Result<Drift> {
        let default = Drift::paper(self.activation.clone()).at(settings);
        let plateau_steps = self.plateau_steps.unwrap_or(self.stopping.steps);
        let acceleration = match (self.acceleration, default.acceleration) {
            (None, Acceleration::Steps(most)) if most > plateau_steps => {
                output::say(&format!(
                    "profile {settings}: --acceleration {plateau_steps} instead of {most}, as --stopping looks over so many \
                     steps"
                ));
                Acceleration::Steps(plateau_steps)
            }
            (own, default) => own.unwrap_or(default),
        };
        Ok(Drift {
            widths: self.width.clone().map_or(default.widths, |list| list.0),
            depths: self.depth.clone().map_or(default.depths, |list| list.0),
            sigma_w2: self.sigma_w2.clone().map_or(default.sigma_w2, |list| list.0),
            sigma_b2: self.sigma_b2.clone().map_or(default.sigma_b2, |list| list.0),
            trials: self.networks,
            source: self.dataset,
            folder: self.folder.data_dir.clone(),
            images: self.n.unwrap_or(default.images),
            test_images: self.test.unwrap_or(default.test_images),
            scaling: self.scaling,
            input_factor: self.input_factor,
            rate: self.rate,
            steps: self.steps.unwrap_or(default.steps),
            plateau_fall: self.plateau_fall.unwrap_or(self.stopping.fall),
            plateau_steps,
            acceleration,
            most_gradients: self.most_gradients,
            looks: self.looks.clone().map_or(default.looks, |list| list.0),
            kernel: self.show.unwrap_or(default.kernel),
            spectra: self.spectra,
            seed: Seed(self.common.seed),
            ..default
        })
    }
}

impl GridExperiment for Drift {
    const MARK: &'static str = "cells";

    own_functions!(DriftResult);

    fn plan(&self, session: &Session) -> Result<Plan> {
        self.plan(&self.data()?, session)
    }

    fn show(result: &mut DriftResult, form: KernelForm) -> Result<()> {
        result.parameters.kernel = form;
        Ok(())
    }
}
