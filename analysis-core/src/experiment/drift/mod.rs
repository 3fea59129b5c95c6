//! The kernel of a finite network in training (Seleznova and Kutyniok 2021, Figs 3, 4, 8 to 11).
//!
//! Over every width, depth, σ_w² and σ_b² one network (or several) is trained by full-batch gradient descent on images with
//! one-hot labels, and looked at on the way: how far Θ_t is from Θ₀, its spectrum, the loss, and the gap between the network
//! and its linearisation about the start, which takes the same steps with Θ₀.
//!
//! **Units.** Losses, rates and steps are the paper's: the loss is the mean over samples *and outputs* of (f − y)², so a
//! network that has learnt nothing but the mean sits near 0.1·0.9 = 0.09. This crate's 1/(2n) Σ ‖f − y‖² is k/2 times it, and
//! a step at the paper's rate η is one of ours at 2η/k.

mod cell;
mod linear;
mod measure;
mod partial;
mod readings;
mod result;
mod span;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::grid::{ascending, every};
use super::{Settings, Shard, side_by_side};
use crate::architecture::{Activation, Parametrisation};
use crate::data::{Dataset, Rows, Scaling, Source, Split, Target};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::seed::Seed;
use crate::store::Store;
use crate::text::{one_of, serde_as_text};

pub use measure::KernelChange;
pub use readings::{PaperReading, paper_readings};
pub use result::{DriftCell, DriftLook, DriftResult, Ending};

/// Which kernel of a network with k outputs its change is measured on; the paper does not say. All three are recorded.
///
/// `Display` and `FromStr` speak "full", "trace", "one".
///
/// # Examples
/// ```
/// use analysis_core::experiment::KernelForm;
/// assert_eq!("trace".parse::<KernelForm>()?, KernelForm::Trace);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KernelForm {
    /// Every pair of outputs, (n·k, n·k): the matrix that acts in gradient descent.
    Full,
    /// Summed over outputs, (n, n).
    Trace,
    /// The first output alone, (n, n).
    #[default]
    One,
}

impl fmt::Display for KernelForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            KernelForm::Full => "full",
            KernelForm::Trace => "trace",
            KernelForm::One => "one",
        })
    }
}

impl FromStr for KernelForm {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        one_of("kernel", text, &[KernelForm::Full, KernelForm::Trace, KernelForm::One])
    }
}

serde_as_text!(KernelForm);

/// A grid of trainings; `Default` is Fig. 4's: ReLU, M = 256, H = 3, 10, 20, σ_w² = 0.1, …, 2.5, σ_b² = 0.1, …, 1, the first
/// 128 training images of MNIST, rate 10⁻⁵, at most 10⁵ steps.
///
/// The grid is the product of `widths`, `depths`, `sigma_w2`, `sigma_b2` and `trials`; every cell draws its own network.
///
/// What the paper leaves open is a parameter: how pixels are scaled (`scaling`, `input_factor`), which kernel is meant
/// (`kernel`). The defaults, rows of mean square 1 and the kernel of one output, come nearest to what its heat maps show at
/// M = 256 (σ_b² = 0.5 here, medians over σ_b² there), H = 3 / 10 / 20: ReLU, σ_w² = 2.5: 0.35 / 0.55 / 0.83 for 0.30 / 0.60 /
/// 1.27 (ours to 10⁴ steps at H = 20); tanh, σ_w² = 3.5: 0.20 / 0.34 / 0.61 for 0.15 / 0.42 / 0.73. Pixels in \[0, 1\] give 0.11 / 0.38 and 0.09 / 0.38 at
/// H = 3 / 10, unit-norm rows 0.02 and 0.03 at H = 3. The kernel of every pair of outputs changes more (tanh: 0.34 / 0.64 / 1.04).
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
    /// A descent step may do the work of up to so many: of min(a, s/10) at step s, a the largest that keeps the rate below a
    /// quarter of the stable one of Θ₀, 2/λ_max. 1: the paper's own steps.
    pub acceleration: usize,
    /// Steps at which the network is looked at, ascending; the start and the end always are.
    pub looks: Vec<usize>,
    /// Which kernel figures and tables show.
    pub kernel: KernelForm,
    /// Whether every look keeps all n eigenvalues of Θ_t (summed over outputs, over n).
    pub spectra: bool,
    /// The seed of everything.
    pub seed: Seed,
    /// Which part of the grid.
    #[serde(default)]
    pub shard: Shard,
    /// A cell under way is written to the store so often: what an interrupt may cost. No part of a result.
    #[serde(skip, default = "checkpoint_seconds")]
    pub checkpoint_seconds: f64,
}

fn checkpoint_seconds() -> f64 {
    20.0
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
            acceleration: 1,
            looks: vec![10, 100, 1000, 10_000],
            kernel: KernelForm::One,
            spectra: false,
            seed: Seed(0),
            shard: Shard::default(),
            checkpoint_seconds: checkpoint_seconds(),
        }
    }
}

/// The arrays that a grid is trained on and looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftData {
    /// (n, d).
    pub x: Array2<f64>,
    /// (n, k).
    pub y: Array2<f64>,
    /// (p, d), p may be 0.
    pub z: Array2<f64>,
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
    /// The paper's grid for an activation: as `Default`, tanh (Fig. 3) up to σ_w² = 3.5.
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
                acceleration: self.acceleration.max(20).min(self.plateau_steps),
                ..self
            },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty or unordered list, a size of 0, a rate or factor that is not positive, an
    /// acceleration beyond the steps of the plateau rule, a shard that is none, and what the network refuses.
    pub fn check(&self) -> Result<()> {
        ascending("widths", &self.widths)?;
        ascending("depths", &self.depths)?;
        ascending("sigma_w2", &self.sigma_w2)?;
        ascending("sigma_b2", &self.sigma_b2)?;
        if !self.looks.is_empty() {
            ascending("looks", &self.looks)?;
        }
        for (name, value) in [
            ("trials", self.trials),
            ("images", self.images),
            ("steps", self.steps),
            ("plateau_steps", self.plateau_steps),
            ("acceleration", self.acceleration),
            ("looks", self.looks.first().copied().unwrap_or(1)),
        ] {
            if value == 0 {
                return Err(Error::parameter(name, 0, "must be at least 1"));
            }
        }
        for (name, value) in [("rate", self.rate), ("input_factor", self.input_factor.unwrap_or(1.0))] {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::parameter(name, value, "must be positive and finite"));
            }
        }
        for (name, value) in
            [("plateau_fall", self.plateau_fall), ("checkpoint_seconds", self.checkpoint_seconds)]
        {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::parameter(name, value, "must be finite and not negative"));
            }
        }
        if self.acceleration > self.plateau_steps {
            let why = format!("one step would jump the plateau rule's {} steps", self.plateau_steps);
            return Err(Error::parameter("acceleration", self.acceleration, why));
        }
        self.shard.check()?;
        for place in self.places() {
            let network = self.network(place, self.source.d(), 10);
            network.check()?;
            network.check_differentiable()?;
        }
        Ok(())
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

    /// The images, scaled, with one-hot labels.
    ///
    /// # Errors
    /// As [`Dataset::load`], [`Samples::rows`](crate::data::Samples::rows) and
    /// [`Samples::prepare`](crate::data::Samples::prepare); [`Error::Parameter`] for standardised test images, which would be
    /// scaled by other means than the training images.
    pub fn data(&self) -> Result<DriftData> {
        if self.scaling == Scaling::Standardised && self.test_images > 0 {
            let why = "would take the test images' own means: choose another, or no test images";
            return Err(Error::parameter("scaling", self.scaling, why));
        }
        let samples = match &self.folder {
            Some(folder) => Dataset::load_from(self.source, folder)?,
            None => Dataset::load(self.source)?,
        };
        let part = |split: Split, count: usize| {
            let rows = samples.clone().split(split)?.rows(Rows::from(0..count))?;
            rows.prepare(self.scaling, Target::OneHot)
        };
        let train = part(Split::Train, self.images)?;
        let test = match self.test_images {
            0 => Array2::zeros((0, train.d())),
            count => part(Split::Test, count)?.x,
        };
        let factor = self.input_factor.unwrap_or(match self.scaling {
            Scaling::UnitNorm => (train.d() as f64).sqrt(),
            _ => 1.0,
        });
        Ok(DriftData { x: train.x * factor, y: train.y, z: test * factor })
    }

    /// Trains the grid (this shard of it) on [`Drift::data`].
    ///
    /// Every finished cell is kept in the store, one under way every [`Drift::checkpoint_seconds`]; both are taken up again.
    /// The numbers of a cell depend on the seed, the data and the cell's own parameters alone: a grid within a larger one has
    /// the same, for any number of processors. `say` is told of every cell.
    ///
    /// # Errors
    /// As [`Drift::check`], [`Drift::data`] and [`Drift::run_on`]. A training that diverges is a result
    /// ([`Ending::Diverged`]), no error.
    pub fn run(&self, store: &Store, say: &mut dyn FnMut(&str)) -> Result<DriftResult> {
        self.check()?;
        self.run_on(&self.data()?, store, say)
    }

    /// As [`Drift::run`], on data of one's own; `source`, `images`, `test_images`, `scaling` and `input_factor` are then not
    /// looked at.
    ///
    /// # Errors
    /// As [`Drift::check`]; [`Error::Shape`] and [`Error::NotFinite`] for data that do not fit;
    /// [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Drift, DriftData};
    /// use analysis_core::store::Store;
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
    /// let cell = grid.run_on(&data, &Store::none(), &mut |_| ())?.cells.remove(0);
    /// let (start, end) = (&cell.looks[0], &cell.looks[cell.looks.len() - 1]);
    /// assert!(start.full.drift == 0.0 && end.full.drift > 0.0 && end.loss < start.loss);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run_on(&self, data: &DriftData, store: &Store, say: &mut dyn FnMut(&str)) -> Result<DriftResult> {
        self.check()?;
        let prepared = cell::Prepared::new(data)?;
        let places = self.shard.part(self.places());
        let cells = side_by_side(&places, self.memory(data), say, |place| {
            let start = std::time::Instant::now();
            let cell = self.cell(place, &prepared, store)?;
            let line = cell.line(self.kernel, start.elapsed().as_secs_f64());
            Ok((cell, line))
        })?;
        Ok(DriftResult { cells, parameters: self.clone() })
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
    fn memory(&self, data: &DriftData) -> u64 {
        let (n, d, k) = (data.x.nrows() as u64, data.x.ncols() as u64, data.y.ncols() as u64);
        let p = data.z.nrows() as u64;
        let (m, h) = (self.widths.iter().max(), self.depths.iter().max());
        let (m, h) = (m.copied().unwrap_or(1) as u64, h.copied().unwrap_or(1) as u64);
        let parameters = 8 * m * (d + h * m + k) * 5;
        let units = 8 * (n + p) * h * m * (2 * k + 4);
        parameters + units + 8 * n * k * (7 * n * k + 2 * p * k)
    }
}
