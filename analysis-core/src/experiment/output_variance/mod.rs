//! How much of a trained network's output is chance (Seleznova and Kutyniok 2021, §5, Figs 5 and 6).
//!
//! At infinite width, trained to t → ∞ on S samples, Var f_∞(x) over initialisations has a formula for inputs that all have the
//! same cosine with each other (theorem 3), and an exact expression for any inputs; what decides both are κ₁ and κ₂, the
//! diagonal and off-diagonal of the limit NTK, against depth. Beside them, where widths are named: ensembles of real networks
//! at the start, linearised about it, and trained, each compared with its value at infinite width at the same flow time.

mod ensembles;
mod estimate;
mod inputs;
mod result;
mod theory;
mod trained;

#[cfg(test)]
mod estimate_tests;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::Settings;
use super::grid::{Places, ascending, every, refuse_large};
use crate::architecture::Activation;
use crate::check;
use crate::error::{Error, Result};
use crate::experiment::{Piece, Pieces, Plan};
use crate::flow::Ensemble;
use crate::kernel::{LimitKernel, MeanField};
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::regression::student_quantile;
use crate::seed::Seed;
use crate::session::Session;

pub use estimate::{Expected, VarianceEstimate};
pub use inputs::Images;
pub use result::{DepthLimit, OutputVarianceResult};
pub use theory::VariancePoint;
pub use trained::{EnsemblePoint, TrainedNetworks};

use inputs::Inputs;
use theory::Theory;

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
    /// Targets are this times independent N(0, 1) numbers, of images this times the labels' parity ±1. At infinite width they
    /// do not enter the variance.
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
struct Place {
    sigma_w2: f64,
    sigma_b2: f64,
    depth: usize,
    /// Where its depth stands among the computed ones: the line of its (σ_w², σ_b²).
    line: usize,
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

    fn field(&self, sigma_w2: f64, sigma_b2: f64) -> MeanField {
        MeanField { activation: self.activation.clone(), sigma_w2, sigma_b2 }
    }

    /// Computes the grid, or the session's shard of its σ_b², σ_w² and depths. Blocks of five networks are kept in the store as they are finished, and taken from
    /// there when they are asked for again; `say` is told of every tenth. A network depends on the seed and on the parameters of its
    /// own point alone: a grid within a larger one has the same, more networks begin with the fewer ones.
    ///
    /// # Errors
    /// As [`OutputVariance::check`], [`MeanField::limit_kernels`], the kernels, [`Error::Memory`], and of images
    /// [`Error::DataMissing`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::OutputVariance;
    /// let grid = OutputVariance { depths: vec![1, 5], cosines: vec![0.5], ..Default::default() };
    /// let result = grid.run()?;
    /// assert_eq!(result.points.len(), 6);
    /// for p in &result.points {
    ///     // Theorem 3 is exact for equal cosines.
    ///     assert!((p.exact.unwrap() - p.formula).abs() <= p.rounding);
    /// }
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<OutputVarianceResult> {
        self.run_in(&Session::current())
    }

    /// As [`OutputVariance::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`OutputVariance::run`].
    pub fn run_in(&self, session: &Session) -> Result<OutputVarianceResult> {
        self.check()?;
        let inputs = self.inputs()?;
        let theory = self.theory_in(&inputs, session)?;
        let (theory, mut computed_by) = (theory.values, theory.computed_by);
        let ensembles = match &self.networks {
            Some(setting) => {
                let pieces = self.ensembles(setting, &theory, &inputs, session)?;
                computed_by.unite(&pieces.computed_by);
                pieces.values
            }
            None => Vec::new(),
        };
        Ok(OutputVarianceResult {
            points: theory.iter().map(|t| t.point).collect(),
            ensembles,
            limits: self.depth_limits()?,
            parameters: self.clone(),
            computed_by,
        })
    }

    /// What [`OutputVariance::run_in`] would have to do in this session: of finite networks, since theory alone is never kept.
    /// Theory is computed to say so.
    ///
    /// # Errors
    /// As [`OutputVariance::run_in`].
    pub fn plan(&self, session: &Session) -> Result<Plan> {
        self.check()?;
        let inputs = self.inputs()?;
        match &self.networks {
            Some(setting) => {
                let theory = self.theory_in(&inputs, session)?.values;
                self.plan_ensembles(setting, &theory, &inputs, session)
            }
            None => self.theory_places()?.plan_unkept(session),
        }
    }

    /// The points of theory, and what one takes: the Gram matrices of one set of inputs, and what is made of them.
    fn theory_places(&self) -> Result<Places<Place>> {
        let total = self.samples + self.test_points;
        let gram = Bytes::of::<f64>(total, total);
        let work = gram * 3 + Ensemble::bytes(self.samples, self.test_points);
        work.require(&format!(
            "the limit on {} training and {} test inputs",
            self.samples, self.test_points
        ))?;
        Ok(Places { what: "points", all: self.places(), work, result: Bytes::of::<Theory>(2, 1) })
    }

    fn theory_in(&self, inputs: &[Inputs], session: &Session) -> Result<Pieces<Theory>> {
        let lines = self.lines(inputs)?;
        let pieces = self.theory_places()?.run(session, |place| {
            let kernels: Vec<LimitKernel> =
                lines[place.line].iter().map(|line| line[place.depth - 1]).collect();
            let value = self.theory(place.sigma_w2, place.sigma_b2, &kernels, inputs)?;
            Ok(Piece { value, origins: Origins::now(), line: String::new() })
        })?;
        let values = pieces.values.into_iter().flatten().collect();
        Ok(Pieces { values, computed_by: pieces.computed_by })
    }

    /// Kernels by (σ_b², σ_w²), input, depth.
    fn lines(&self, inputs: &[Inputs]) -> Result<Vec<Vec<Vec<LimitKernel>>>> {
        let cosines: Vec<f64> = inputs.iter().map(|i| i.cosine).collect();
        let deepest = self.depths.last().copied().unwrap_or(1);
        let lines = self.sigma_w2.len().saturating_mul(self.sigma_b2.len());
        let kernels = lines.saturating_mul(cosines.len());
        Bytes::of::<LimitKernel>(kernels, deepest)
            .require(&format!("{kernels} lines of limit kernels, {deepest} layers each"))?;
        let mut lines = Vec::new();
        for &sigma_b2 in &self.sigma_b2 {
            for &sigma_w2 in &self.sigma_w2 {
                lines.push(self.field(sigma_w2, sigma_b2).limit_kernels_at(
                    &cosines,
                    self.mean_square,
                    deepest,
                )?);
            }
        }
        Ok(lines)
    }

    fn places(&self) -> Vec<Place> {
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
