//! The parameters of a grid of output variances.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::estimate::VarianceEstimate;
use crate::architecture::Activation;
use crate::check;
use crate::data::Source;
use crate::error::{Error, Result};
use crate::experiment::Settings;
use crate::experiment::grid::{ascending, every, refuse_large};
use crate::kernel::{LimitKernel, MeanField};
use crate::memory::Bytes;
use crate::regression::student_quantile;
use crate::seed::Seed;
use crate::text::plain_enum;

/// A grid of networks; `Default` is Fig. 5: erf at (σ_w², σ_b²) = (1, 1), (2.8, 1), (4, 1), H = 1, …, 100, c = 0.1, …, 0.9, theory
/// alone. The paper does not say S: 10 here.
///
/// The grid is the product of `sigma_w2`, `sigma_b2`, `depths`, `cosines` (or the images) and the networks' widths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputVariance {
    /// φ.
    pub activation: Activation,
    /// σ_w², ascending.
    pub sigma_w2: Vec<f64>,
    /// σ_b², ascending.
    pub sigma_b2: Vec<f64>,
    /// H, hidden layers, ascending.
    pub depths: Vec<usize>,
    /// c, the cosine of every two inputs, ascending; not looked at where there are images.
    pub cosines: Vec<f64>,
    /// ‖x‖²/n₀ of every input.
    pub mean_square: f64,
    /// S: training inputs.
    pub samples: usize,
    /// What is learnt; not given: [`VarianceTarget::Noise`], of images [`VarianceTarget::Parity`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<VarianceTarget>,
    /// What the targets are multiplied with. At infinite width they do not enter the variance.
    pub target_scale: f64,
    /// Test inputs, over which everything is averaged.
    pub test_points: usize,
    /// Images instead of inputs with equal cosines: the first S rows, the next ones for the test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Images>,
    /// Ensembles of real networks; none: theory alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<TrainedNetworks>,
    /// The level of the intervals.
    pub level: f64,
    /// The seed of everything.
    pub seed: Seed,
}

impl Default for OutputVariance {
    fn default() -> Self {
        OutputVariance {
            activation: Activation::Erf,
            sigma_w2: vec![1.0, 2.8, 4.0],
            sigma_b2: vec![1.0],
            depths: (1..=100).collect(),
            cosines: (1..=9).map(|k| f64::from(k) / 10.0).collect(),
            mean_square: 1.0,
            samples: 10,
            target: None,
            target_scale: 1.0,
            test_points: 10,
            images: None,
            networks: None,
            level: 0.95,
            seed: Seed(0),
        }
    }
}

/// One (σ_w², σ_b²) and depth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) sigma_w2: f64,
    pub(super) sigma_b2: f64,
    pub(super) depth: usize,
    /// Where its depth stands among the computed ones: the line of its (σ_w², σ_b²).
    pub(super) line: usize,
}

impl OutputVariance {
    /// Fig. 6: ReLU at (1, 1), (2, 1), (3, 1).
    pub fn relu() -> Self {
        OutputVariance {
            activation: Activation::Relu,
            sigma_w2: vec![1.0, 2.0, 3.0],
            ..OutputVariance::default()
        }
    }

    /// The same grid at a notebook's settings: as it is, or every tenth depth, three cosines and 20 narrow networks.
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => OutputVariance {
                depths: every(&self.depths, 10),
                cosines: every(&self.cosines, 4),
                networks: self.networks.map(|networks| TrainedNetworks {
                    widths: vec![32],
                    count: 20,
                    time: 50.0,
                    ..networks
                }),
                ..self
            },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for empty or unordered lists, no sample or test point, more than 10⁶ layers, a mean square that is
    /// not positive and finite, cosines that so many inputs cannot have, a
    /// level outside (0, 1), too few networks, too small a width, and what [`MeanField::check`] refuses;
    /// [`Error::Memory`] for more points or networks than there is room for.
    pub fn check(&self) -> Result<()> {
        ascending("sigma_w2", &self.sigma_w2)?;
        ascending("sigma_b2", &self.sigma_b2)?;
        ascending("depths", &self.depths)?;
        if self.depths[0] == 0 {
            return Err(Error::parameter("depths", 0, "counts hidden layers: at least 1"));
        }
        if let Some(depth) = self.depths.last().filter(|depth| **depth > LimitKernel::MOST_LAYERS) {
            let why = format!("at most {} hidden layers", LimitKernel::MOST_LAYERS);
            return Err(Error::parameter("depths", depth, why));
        }
        check::positive("mean_square", self.mean_square)?;
        for (name, value) in [("samples", self.samples), ("test_points", self.test_points)] {
            if !(1..=MOST_INPUTS).contains(&value) {
                return Err(Error::parameter(name, value, format!("must lie between 1 and {MOST_INPUTS}")));
            }
        }
        check::finite("target_scale", self.target_scale)?;
        let total = self.samples + self.test_points;
        if self.images.is_none() {
            ascending("cosines", &self.cosines)?;
            let least = -1.0 / (total - 1) as f64;
            if let Some(cosine) = self.cosines.iter().find(|c| !(**c > least && **c < 1.0)) {
                let why = format!(
                    "{total} inputs can have it with each other between {least:.4} and 1, ends excluded"
                );
                return Err(Error::parameter("cosine", cosine, why));
            }
        }
        if let Some(networks) = &self.networks {
            networks.check(total)?;
        }
        student_quantile(self.level, 1)?;
        let sets = if self.images.is_some() { 1 } else { self.cosines.len() };
        let axes = [self.sigma_w2.len(), self.sigma_b2.len(), self.depths.len(), sets];
        refuse_large("points", &axes, Bytes::of::<Place>(1, 1))?;
        if let Some(networks) = &self.networks {
            // Five lists of outputs, and a few numbers.
            let one = Bytes::of::<f64>(self.test_points + 5, 5);
            let axes = [&axes[..], &[networks.widths.len(), networks.count]].concat();
            refuse_large("networks", &axes, one)?;
        }
        for &sigma_w2 in &self.sigma_w2 {
            for &sigma_b2 in &self.sigma_b2 {
                self.field(sigma_w2, sigma_b2).check()?;
            }
        }
        Ok(())
    }

    pub(super) fn field(&self, sigma_w2: f64, sigma_b2: f64) -> MeanField {
        MeanField { activation: self.activation.clone(), sigma_w2, sigma_b2 }
    }

    pub(super) fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        let mut line = 0;
        for &sigma_b2 in &self.sigma_b2 {
            for &sigma_w2 in &self.sigma_w2 {
                places.extend(self.depths.iter().map(|&depth| Place { sigma_w2, sigma_b2, depth, line }));
                line += 1;
            }
        }
        places
    }
}

/// Training or test inputs at most: Θ of all is decomposed for every network.
const MOST_INPUTS: usize = 1000;

/// What the networks learn, times [`OutputVariance::target_scale`]. All kinds have E y² = 1 at a scale of 1.
///
/// At infinite width targets do not enter the variance. At finite width they do, through their spread ‖y − ȳ‖² = Σ (y − ȳ)²
/// alone where all inputs have the same cosine and networks are linearised: f = f₀(x) − w·f₀(X) + w·y with w = Θ₀(X)⁻¹Θ₀(X,x);
/// Θ₀ does not change when the last layer's sign does, so the two parts are uncorrelated, and the S inputs are exchangeable, so
/// Cov w = a I + b 11ᵀ. Hence Var f = Var f (zero targets) + a ‖y − ȳ‖² + (a + S b) S ȳ², a and b of order 1/M.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VarianceTarget {
    /// Independent N(0, 1) numbers, one seeded draw.
    Noise,
    /// The parity ±1: of the labels where there are images, else of the row's number, so that signs take turns.
    Parity,
    /// A smooth function: linear in the input, Σ_j g_j x_j with independent normal g_j, one seeded draw, E y² = 1. Of inputs
    /// with cosine c the targets have the correlation c.
    Linear,
    /// The same number for all: no spread.
    Constant,
}

plain_enum!(
    VarianceTarget,
    "target",
    Noise = "noise",
    Parity = "parity",
    Linear = "linear",
    Constant = "constant"
);

/// Rows of a published set, in their order, scaled to unit norm; targets are the labels' parities ±1, where nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// The set.
    pub source: Source,
    /// Where its files are; `None`: the project's data folder. No part of a stored result's key.
    #[serde(skip)]
    pub folder: Option<PathBuf>,
}

/// Ensembles of real networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedNetworks {
    /// M, units of every hidden layer and the input dimension, ascending.
    pub widths: Vec<usize>,
    /// Networks at every point.
    pub count: usize,
    /// How long they are trained, in units of 1/λ_1, λ_1 the largest eigenvalue of MΘ(X)/S at infinite width, M included: the
    /// same flow time for every network of a point, and at infinite width. e^{−time/condition} of the slowest part is left.
    pub time: f64,
    /// η λ_max of each network's own Θ₀(X)/S, in (0, 1]: from it the rate, rounded down so that a whole number of steps makes
    /// the time. Descent then differs from flow by at most ηλ e^{−λt} λt/2 in a mode λ.
    pub step: f64,
    /// Whether networks are trained at all; not: only started and linearised, which takes a thousandth of the time.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub descent: bool,
}

fn yes() -> bool {
    true
}

/// By reference: serde asks so.
fn is_yes(value: &bool) -> bool {
    *value
}

impl Default for TrainedNetworks {
    /// 200 networks of width 128, 200/λ_1, ηλ_max = 1/2: about 400 steps.
    fn default() -> Self {
        TrainedNetworks { widths: vec![128], count: 200, time: 200.0, step: 0.5, descent: true }
    }
}

impl TrainedNetworks {
    /// Refuses parameters that mean nothing, for inputs of which there are `inputs`.
    pub(super) fn check(&self, inputs: usize) -> Result<()> {
        ascending("widths", &self.widths)?;
        if self.widths[0] < inputs {
            let why = format!("at least {inputs}: training and test inputs must fit into M dimensions");
            return Err(Error::parameter("width", self.widths[0], why));
        }
        if self.count < VarianceEstimate::FEWEST {
            return Err(Error::parameter("networks", self.count, "at least 10: an interval needs a spread"));
        }
        check::positive("time", self.time)?;
        if !(self.step > 0.0 && self.step <= 1.0) {
            return Err(Error::parameter("step", self.step, "η λ_max, must lie in (0, 1]"));
        }
        if self.descent && self.time / self.step > MOST_STEPS {
            return Err(too_many(self.time / self.step));
        }
        Ok(())
    }
}

/// Descent steps at most.
pub(super) const MOST_STEPS: f64 = 1e7;

pub(super) fn too_many(steps: f64) -> Error {
    let why = "descent steps of a training, at most 10⁷: take a shorter time or a larger step";
    Error::parameter("steps", format!("{steps:.2e}"), why)
}
