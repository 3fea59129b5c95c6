//! How random the kernel of a finite network is at initialisation (Seleznova and Kutyniok 2021, Figs 1, 2 and 7).
//!
//! Over every width, depth, σ_w² and σ_b²: the dispersion E\[Θ²\]/E\[Θ\]² of the kernel over independent initialisations, with
//! an interval, and beside it the exact value where theory has it (ReLU). Every point of the grid draws its own networks:
//! curves over depth have independent errors.

mod cell;
mod ratio;
mod result;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::grid::{Places, ascending, every, refuse_large};
use super::{Plan, Settings};
use crate::architecture::Activation;
use crate::check;
use crate::error::{Error, Result};
use crate::experiment::Piece;
use crate::memory::Bytes;
use crate::network::{RandomNetworks, Sampler};
use crate::origin::Origins;
use crate::regression::student_quantile;
use crate::seed::Seed;
use crate::session::Session;
use crate::text::written;

pub use ratio::RatioEstimate;
pub use result::{DispersionPoint, DispersionResult};

/// Depths that are stored together.
const BLOCK: usize = 16;

/// A grid of random networks; `Default` is Fig. 2's: ReLU, (σ_w², σ_b²) = (2, 0), M = 64, …, 1024, H = 1, …, 99, 200
/// initialisations.
///
/// The grid is the product of `widths`, `sigma_w2`, `sigma_b2` and `depths`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispersion {
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
    /// Initialisations at each point, at least [`Dispersion::FEWEST`].
    pub initialisations: usize,
    /// n₀; none: the width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_dimension: Option<usize>,
    /// ‖x‖.
    pub input_norm: f64,
    /// Outputs; Θ is the trace over them.
    pub outputs: usize,
    /// Whether the biases are trained (count in Θ).
    pub trained_biases: bool,
    /// With a cosine: the dispersion of Θ(x,x') at two inputs with this cosine between them instead of Θ(x,x).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f64>,
    /// How networks are sampled.
    pub sampler: Sampler,
    /// The level of the intervals.
    pub level: f64,
    /// The seed of everything.
    pub seed: Seed,
}

impl Default for Dispersion {
    fn default() -> Self {
        Dispersion {
            activation: Activation::Relu,
            widths: vec![64, 128, 256, 512, 1024],
            depths: (1..=99).collect(),
            sigma_w2: vec![2.0],
            sigma_b2: vec![0.0],
            initialisations: 200,
            input_dimension: None,
            input_norm: 1.0,
            outputs: 1,
            trained_biases: true,
            cosine: None,
            sampler: Sampler::Automatic,
            level: 0.95,
            seed: Seed(0),
        }
    }
}

/// One line of the grid in one block of depths: what is computed and stored at a time.
#[derive(Debug, Clone, Copy)]
struct Place {
    width: usize,
    sigma_w2: f64,
    sigma_b2: f64,
    /// Where its depths begin in the list of depths.
    start: usize,
}

impl Dispersion {
    /// Below this many values the jackknife means little.
    pub const FEWEST: usize = 10;

    /// Fig. 1 (one of its panels is one width): σ_w² = 0.2, 0.4, …, 5 at σ_b² = 1, every fourth depth from 1 to 97; M = 50,
    /// 100, 200, 500.
    pub fn phase_plane(activation: Activation) -> Self {
        Dispersion {
            activation,
            widths: vec![50, 100, 200, 500],
            depths: (0..25).map(|k| 1 + 4 * k).collect(),
            sigma_w2: (1..=25).map(|k| f64::from(k) / 5.0).collect(),
            sigma_b2: vec![1.0],
            ..Dispersion::default()
        }
    }

    /// Fig. 2: its four pairs (σ_w², σ_b²) = (1, 1), (1.5, 1), (2, 0), (3, 1), a grid each; M = 64, …, 1024, H = 1, …, 99.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::Dispersion;
    /// let pairs = Dispersion::scaling().map(|grid| (grid.sigma_w2[0], grid.sigma_b2[0]));
    /// assert_eq!(pairs, [(1.0, 1.0), (1.5, 1.0), (2.0, 0.0), (3.0, 1.0)]);
    /// ```
    pub fn scaling() -> [Self; 4] {
        [(1.0, 1.0), (1.5, 1.0), (2.0, 0.0), (3.0, 1.0)].map(|(sigma_w2, sigma_b2)| Dispersion {
            sigma_w2: vec![sigma_w2],
            sigma_b2: vec![sigma_b2],
            ..Dispersion::default()
        })
    }

    /// The same grid at a notebook's settings: as it is, or three depths at the first two widths with 50 initialisations.
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => Dispersion {
                widths: self.widths.iter().copied().take(2).collect(),
                depths: vec![1, 4, 16],
                sigma_w2: every(&self.sigma_w2, 5),
                initialisations: 50,
                ..self
            },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty or unordered list, too few initialisations, a level outside (0, 1), and
    /// what [`RandomNetworks::check`] and [`Sampler::resolve`] refuse; [`Error::Memory`] for more cells than there is
    /// room for.
    pub fn check(&self) -> Result<()> {
        ascending("widths", &self.widths)?;
        ascending("depths", &self.depths)?;
        ascending("sigma_w2", &self.sigma_w2)?;
        ascending("sigma_b2", &self.sigma_b2)?;
        check::refuse(self.depths[0] == 0, "depths", 0, "counts hidden layers: at least 1")?;
        self.depths.last().map_or(Ok(()), |deepest| RandomNetworks::check_depth(*deepest))?;
        let why = format!("at least {}: an interval needs a spread", Self::FEWEST);
        check::refuse(self.initialisations < Self::FEWEST, "initialisations", self.initialisations, why)?;
        student_quantile(self.level, 1)?;
        let blocks = self.depths.len().div_ceil(BLOCK);
        let axes = [self.widths.len(), self.sigma_w2.len(), self.sigma_b2.len(), blocks];
        refuse_large("blocks of depths", &axes, Bytes::of::<Place>(1, 1))?;
        for &width in &self.widths {
            for &sigma_w2 in &self.sigma_w2 {
                for &sigma_b2 in &self.sigma_b2 {
                    let networks = self.networks(width, sigma_w2, sigma_b2);
                    networks.check()?;
                    if self.cosine.is_none() {
                        self.sampler.resolve(&networks)?;
                    }
                }
            }
        }
        if let Some(cosine) = self.cosine
            && !(-1.0..=1.0).contains(&cosine)
        {
            return Err(Error::parameter("cosine", cosine, "must lie in [−1, 1]"));
        }
        Ok(())
    }

    /// The networks at one place of the grid.
    pub fn networks(&self, width: usize, sigma_w2: f64, sigma_b2: f64) -> RandomNetworks {
        RandomNetworks {
            activation: self.activation.clone(),
            width,
            input_dimension: self.input_dimension.unwrap_or(width),
            outputs: self.outputs,
            sigma_w2,
            sigma_b2,
            input_norm: self.input_norm,
            trained_biases: self.trained_biases,
        }
    }

    /// Samples the grid, or the session's shard of it. Blocks of 16 depths are kept in the store as they are finished, and taken from
    /// there when they are asked for again; the session's observer is told of each. The numbers of a point depend on the seed and on the
    /// point's own parameters alone: a grid within a larger one has the same.
    ///
    /// # Errors
    /// As [`Dispersion::check`], [`RandomNetworks::sample`], [`RandomNetworks::exact_moments`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::Dispersion;
    /// let grid = Dispersion { widths: vec![64], depths: vec![1, 10], ..Default::default() };
    /// let result = grid.run()?;
    /// let point = &result.points[1];
    /// assert_eq!((point.depth, point.width, point.initialisations), (10, 64, 200));
    /// assert!(point.z.unwrap().abs() < 4.0);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<DispersionResult> {
        self.run_in(&Session::current())
    }

    /// As [`Dispersion::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`Dispersion::run`].
    pub fn run_in(&self, session: &Session) -> Result<DispersionResult> {
        self.check()?;
        let mut blocks = self.work().run(session, |place| {
            let start = std::time::Instant::now();
            let (points, origin) = self.block(place, session)?;
            let Place { width, sigma_w2, sigma_b2, .. } = place;
            let depths = self.block_depths(place);
            let line = format!(
                "M = {width}, σ_w² = {}, σ_b² = {}, H = {}..={}: ratio {:.3} to {:.3} ({:.1} s)",
                written(sigma_w2),
                written(sigma_b2),
                depths[0],
                depths[depths.len() - 1],
                points[0].ratio,
                points[points.len() - 1].ratio,
                start.elapsed().as_secs_f64()
            );
            Ok(Piece { value: points, origins: origin.into(), line })
        })?;
        // The intervals of samples from the store, and theory beside them, are made now.
        blocks.computed_by.unite(&Origins::now());
        Ok(DispersionResult {
            points: blocks.values.into_iter().flatten().collect(),
            parameters: self.clone(),
            computed_by: blocks.computed_by,
        })
    }

    /// What [`Dispersion::run_in`] would have to do in this session.
    ///
    /// # Errors
    /// As [`Dispersion::check`].
    pub fn plan(&self, session: &Session) -> Result<Plan> {
        self.check()?;
        self.work().plan(session, |place| {
            let networks = self.networks(place.width, place.sigma_w2, place.sigma_b2);
            Ok(vec![self.key(&networks, self.block_depths(place))?])
        })
    }

    fn work(&self) -> Places<Place> {
        let result = Bytes::of::<DispersionPoint>(BLOCK.min(self.depths.len()), 1);
        Places { what: "blocks of depths", all: self.places(), work: self.memory(), result }
    }

    fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for &width in &self.widths {
            for &sigma_b2 in &self.sigma_b2 {
                for &sigma_w2 in &self.sigma_w2 {
                    let starts = (0..self.depths.len()).step_by(BLOCK);
                    places.extend(starts.map(|start| Place { width, sigma_w2, sigma_b2, start }));
                }
            }
        }
        places
    }

    fn block_depths(&self, place: Place) -> &[usize] {
        let end = (place.start + BLOCK).min(self.depths.len());
        &self.depths[place.start..end]
    }

    /// Bytes of one block: the samples of one point, a few times over.
    fn memory(&self) -> Bytes {
        let largest = |list: &[usize]| list.iter().max().map_or(1, |most| most.saturating_add(1));
        Bytes(64) * largest(&self.widths) * largest(&self.depths) + Bytes(64) * self.initialisations
    }
}
