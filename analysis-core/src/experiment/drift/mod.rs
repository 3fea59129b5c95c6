//! The kernel of a finite network in training (Seleznova and Kutyniok 2021, Figs 3, 4, 8 to 11).
//!
//! Over every width, depth, σ_w² and σ_b² one network (or several) is trained by full-batch gradient descent on images with
//! one-hot labels, and looked at on the way: how far Θ_t is from Θ₀, its spectrum, the loss, and the gap between the network
//! and its linearisation about the start, which takes the same steps with Θ₀.
//!
//! **Units.** Losses, rates and steps are the paper's: the loss is the mean over samples *and outputs* of (f − y)², so a
//! network that has learnt nothing but the mean sits near 0.1·0.9 = 0.09. This crate's 1/(2n) Σ ‖f − y‖² is k/2 times it, and
//! a step at the paper's rate η is one of ours at 2η/k.

mod acceleration;
mod cell;
mod data;
mod descent;
mod flow;
mod form;
mod join;
mod linear;
mod look;
mod measure;
mod readings;
mod result;
mod span;
mod start;
mod state;
mod step_length;

#[cfg(test)]
mod ending_tests;
#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod under_way_tests;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::grid::{Places, every};
use super::{Plan, Settings};
use crate::architecture::{Activation, Parametrisation};
use crate::checksum;
use crate::data::{Scaling, Source};
use crate::error::Result;
use crate::experiment::Piece;
use crate::memory::Bytes;
use crate::network::Network;
use crate::seed::Seed;
use crate::session::Session;
use crate::store::Kept;

pub use acceleration::Acceleration;
pub use data::DriftData;
pub use form::KernelForm;
pub use measure::KernelChange;
pub use readings::{PaperReading, paper_readings};
pub use result::{DriftCell, DriftLook, DriftResult, Ending, FlowSteps};

/// A grid of trainings; `Default` is the paper's for ReLU (of Figs 3 and 4): M = 256, H = 3, 10, 20, σ_w² = 0.1, …, 2.5,
/// σ_b² = 0.1, …, 1, the first 128 training images of MNIST, rate 10⁻⁵, at most 10⁵ steps.
///
/// The grid is the product of `widths`, `depths`, `sigma_w2`, `sigma_b2` and `trials`; every cell draws its own network.
///
/// What the paper leaves open is a parameter: how pixels are scaled (`scaling`, `input_factor`), which kernel is meant
/// (`kernel`). The defaults, rows of mean square 1 and the kernel of one output, come nearest to what its heat maps show.
/// Notebook 22 sets the six combinations, at H = 3, 10 and 20 and the paper's own settings, beside its numbers
/// ([`paper_readings`]). One of these, the 1.27 of ReLU with H = 20, is out of reach for all six: of the thirty networks at
/// σ_w² = 2.5 none moves by more than 0.91 at any look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// φ.
    pub activation: Activation,
    /// M, ascending.
    pub widths: Vec<usize>,
    /// H, hidden layers, ascending.
    pub depths: Vec<usize>,
    /// σ_w², ascending.
    pub sigma_w2: Vec<f64>,
    /// σ_b², ascending.
    pub sigma_b2: Vec<f64>,
    /// Networks a cell.
    pub trials: usize,
    /// The images.
    pub source: Source,
    /// Where their files are; `None`: the project's data folder. No part of a stored result's key.
    #[serde(skip)]
    pub folder: Option<PathBuf>,
    /// The first so many training images are trained on.
    pub images: usize,
    /// The first so many test images are looked at; may be 0.
    pub test_images: usize,
    /// How pixels are scaled …
    pub scaling: Scaling,
    /// … and what they are multiplied by afterwards; none: √d with unit-norm rows, whose mean square is then 1 (the setting of
    /// mean-field theory), else 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_factor: Option<f64>,
    /// η, for the mean over samples and outputs of (f − y)².
    pub rate: f64,
    /// At most so many steps.
    pub steps: usize,
    /// Training ends when the loss has not fallen by this much …
    pub plateau_fall: f64,
    /// … over so many steps.
    pub plateau_steps: usize,
    /// The paper's own steps (1), several at once, or gradient flow where that is the same.
    pub acceleration: Acceleration,
    /// A training that has computed so many gradients and is not at its end is [`Ending::Unfinished`]; none: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_gradients: Option<usize>,
    /// Steps at which the network is looked at, ascending; the start and the end always are.
    pub looks: Vec<usize>,
    /// Which kernel figures and tables show.
    pub kernel: KernelForm,
    /// Whether every look keeps all n eigenvalues of Θ_t (summed over outputs, over n).
    pub spectra: bool,
    /// The seed of everything.
    pub seed: Seed,
}

/// 0.1, 0.2, …, `count`/10.
fn tenths(count: u32) -> Vec<f64> {
    (1..=count).map(|k| f64::from(k) / 10.0).collect()
}

impl Default for Drift {
    fn default() -> Self {
        Drift {
            activation: Activation::Relu,
            widths: vec![256],
            depths: vec![3, 10, 20],
            sigma_w2: tenths(25),
            sigma_b2: tenths(10),
            trials: 1,
            source: Source::Mnist,
            folder: None,
            images: 128,
            test_images: 128,
            scaling: Scaling::UnitNorm,
            input_factor: None,
            rate: 1e-5,
            steps: 100_000,
            plateau_fall: 1e-7,
            plateau_steps: 100,
            acceleration: Acceleration::Steps(1),
            most_gradients: None,
            looks: vec![10, 100, 1000, 10_000],
            kernel: KernelForm::One,
            spectra: false,
            seed: Seed(0),
        }
    }
}

/// One training of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    depth: usize,
    width: usize,
    sigma_w2: f64,
    sigma_b2: f64,
    trial: usize,
}

impl Drift {
    /// The paper's grid for an activation: as `Default`, tanh up to σ_w² = 3.5.
    pub fn paper(activation: Activation) -> Self {
        let count = if activation == Activation::Tanh { 35 } else { 25 };
        Drift { activation, sigma_w2: tenths(count), ..Drift::default() }
    }

    /// The same grid at a notebook's settings: as it is, or H = 3, M = 32, a few cells of 32 images and 10³ steps.
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => Drift {
                widths: vec![32],
                depths: vec![3],
                sigma_w2: every(&self.sigma_w2, 10),
                sigma_b2: every(&self.sigma_b2, 5),
                images: 32,
                test_images: 16,
                steps: 1000,
                looks: vec![10, 100],
                acceleration: match self.acceleration {
                    Acceleration::Steps(most) => Acceleration::Steps(most.max(20).min(self.plateau_steps)),
                    flow => flow,
                },
                ..self
            },
        }
    }

    fn network(&self, place: Place, inputs: usize, outputs: usize) -> Network {
        Network {
            inputs,
            hidden_layers: place.depth,
            width: place.width,
            outputs,
            activation: self.activation.clone(),
            parametrisation: Parametrisation::EveryLayer {
                sigma_w2: place.sigma_w2,
                sigma_b2: place.sigma_b2,
            },
        }
    }

    /// Trains the grid, or the session's shard of it, on [`Drift::data`].
    ///
    /// Every finished cell is kept in the store, one under way every
    /// [`Session::checkpoint_every`]; both are taken up again.
    /// The numbers of a cell depend on the seed, the data and the cell's own parameters alone: a grid within a larger one has
    /// the same, for any number of processors. The session's observer is told of every cell.
    ///
    /// # Errors
    /// As [`Drift::check`], [`Drift::data`] and [`Drift::run_on`]. A training that diverges or fails is a result
    /// ([`Ending::Diverged`], [`Ending::Failed`]), no error; so is one that was cut off ([`Ending::Unfinished`]).
    pub fn run(&self) -> Result<DriftResult> {
        self.run_in(&Session::current())
    }

    /// As [`Drift::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`Drift::run`].
    pub fn run_in(&self, session: &Session) -> Result<DriftResult> {
        self.check()?;
        self.trained(&self.data()?, session)
    }

    /// As [`Drift::run`], on data of one's own; `source`, `images`, `test_images`, `scaling` and `input_factor` are then not
    /// looked at.
    ///
    /// # Errors
    /// As [`Drift::check`]; [`Error::Shape`](crate::error::Error::Shape) and
    /// [`Error::NotFinite`](crate::error::Error::NotFinite) for data that do not fit;
    /// [`Error::Memory`](crate::error::Error::Memory).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Drift, DriftData};
    /// use ndarray::Array2;
    /// let x = Array2::from_shape_fn((6, 4), |(i, j)| ((3 * i + j) as f64).sin());
    /// let y = Array2::from_shape_fn((6, 2), |(i, o)| f64::from(i % 2 == o));
    /// let data = DriftData { z: x.clone(), x, y };
    /// let grid = Drift {
    ///     widths: vec![32],
    ///     depths: vec![2],
    ///     sigma_w2: vec![2.0],
    ///     sigma_b2: vec![0.1],
    ///     rate: 1e-3,
    ///     steps: 300,
    ///     ..Drift::default()
    /// };
    /// let cell = grid.run_on(&data)?.cells.remove(0);
    /// let (start, end) = (&cell.looks[0], &cell.looks[cell.looks.len() - 1]);
    /// assert!(start.full.drift == 0.0 && end.full.drift > 0.0 && end.loss < start.loss);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run_on(&self, data: &DriftData) -> Result<DriftResult> {
        self.run_on_in(data, &Session::current())
    }

    /// As [`Drift::run_on`], in a session of one's own.
    ///
    /// # Errors
    /// As [`Drift::run_on`].
    pub fn run_on_in(&self, data: &DriftData, session: &Session) -> Result<DriftResult> {
        let own_data = Some(checksum::numbers_sha256([data.x.view(), data.y.view(), data.z.view()]));
        Ok(DriftResult { own_data, ..self.trained(data, session)? })
    }

    fn trained(&self, data: &DriftData, session: &Session) -> Result<DriftResult> {
        self.check()?;
        let prepared = start::Prepared::new(data)?;
        let cells = self.work(data)?.run(session, |place| {
            let start = std::time::Instant::now();
            let Kept { value, origin, .. } = self.cell(place, &prepared, session)?;
            let line = value.line(self.kernel, start.elapsed().as_secs_f64());
            Ok(Piece { value, origins: origin.into(), line })
        })?;
        let (parameters, computed_by) = (self.clone(), cells.computed_by);
        Ok(DriftResult { cells: cells.values, own_data: None, parameters, computed_by })
    }

    /// What [`Drift::run_on_in`] would have to do in this session; [`Drift::data`] are the data of [`Drift::run_in`].
    ///
    /// # Errors
    /// As [`Drift::run_on`].
    pub fn plan(&self, data: &DriftData, session: &Session) -> Result<Plan> {
        self.check()?;
        let prepared = start::Prepared::new(data)?;
        self.work(data)?.plan(session, |place| Ok(vec![self.key(place, &prepared)?]))
    }

    fn work(&self, data: &DriftData) -> Result<Places<Place>> {
        let work = self.memory(data);
        work.require("one training with its kernels")?;
        Ok(Places { what: "trainings", all: self.places(), work, result: self.result_bytes() })
    }

    fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for &width in &self.widths {
            for &depth in &self.depths {
                for &sigma_b2 in &self.sigma_b2 {
                    for &sigma_w2 in &self.sigma_w2 {
                        let place = |trial| Place { depth, width, sigma_w2, sigma_b2, trial };
                        places.extend((0..self.trials).map(place));
                    }
                }
            }
        }
        places
    }

    /// Bytes of one cell: parameters four times over, and Θ of all outputs as often as it is held at once (start, now,
    /// eigenvectors and LAPACK's workspace).
    fn memory(&self, data: &DriftData) -> Bytes {
        let ((n, d), k, p) = (data.x.dim(), data.y.ncols(), data.z.nrows());
        let (m, h) = (self.widths.iter().max(), self.depths.iter().max());
        let (m, h) = (m.copied().unwrap_or(1), h.copied().unwrap_or(1));
        let parameters = Bytes::of::<f64>(m, d) + Bytes::of::<f64>(m, m) * h + Bytes::of::<f64>(m, k);
        let units = Bytes::of::<f64>(n + p, m) * h;
        let theta = Bytes::of::<f64>(n * k, n * k) * 7 + Bytes::of::<f64>(n * k, p * k) * 2;
        parameters * 5 + units * (2 * k + 4) + theta
    }
}
