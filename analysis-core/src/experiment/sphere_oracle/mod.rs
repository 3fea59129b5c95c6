//! Where every answer is known: a kernel's spectrum and the smoothness of its initial function on the uniform sphere, measured on
//! samples and beside the exact ones.

mod population;
mod result;
#[cfg(test)]
mod tests;

use std::time::Instant;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{Piece, Settings, side_by_side};
use crate::check;
use crate::data::sphere_points;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::flow::Start;
use crate::kernel::{Kernel, Parametrisation};
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::seed::Seed;
use crate::session::Session;
use crate::smoothness::{Estimate, LeaveOneOut, estimates_of};
use crate::spectrum::{MAX_SPHERE_DEGREE, Reduction, SphereSpectrum};
use crate::store::{Kept, Key};
use population::Population;

pub use result::{Resolved, SphereLevel, SphereOracleCell, SphereOracleResult, SphereReading};

/// Raised when a sample's numbers change for the same parameters.
///
/// 2: intervals that reach above r = 1.2 are warned of; numbers as in revision 1.
/// 3: the likelihood's r, noise and interval lie between the exponents and ratios tried; the other estimators as in revision 2.
const REVISION: u32 = 3;

/// Degrees that are computed one by one; the series goes on from there.
const DEGREES: usize = 400;

/// Samples of uniform points, with an f₀ ~ GP(0, NNGP) on each; `Default` is what notebook 07 shows, up to n = 2000.
///
/// By theorem 4.2 of Chen, Li and Lin (2024) f₀ has the smoothness 3/(d'+1) in the NTK's scale on S^{d'}: its energies are the NNGP's
/// eigenvalues ~ i^{−(d'+3)/d'}, so r = 3/d', and the NTK's fall with β = (d'+1)/d'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SphereOracle {
    /// The network's NTK (default: one hidden ReLU layer with a bias, under which no harmonic vanishes).
    pub kernel: Kernel,
    /// d of each sphere S^{d−1}, the number of coordinates (default 2, 3, 5, 10): the paper's d' + 1.
    pub dimensions: Vec<usize>,
    /// n (default 500, 1000, 2000).
    pub sizes: Vec<usize>,
    /// Samples of every size, independent of each other, with one f₀ each (default 10).
    pub draws: usize,
    /// How far, relative, a level's mean eigenvalue may be from the exact one where it is called resolved (default 0.1).
    pub tolerance: f64,
    /// The learning curves of the leave-one-out estimators.
    pub leave_one_out: LeaveOneOut,
    /// The seed.
    pub seed: Seed,
}

impl Default for SphereOracle {
    fn default() -> Self {
        SphereOracle {
            kernel: Kernel {
                parametrisation: Parametrisation::FirstLayerBias { bias: true },
                ..Kernel::default()
            },
            dimensions: vec![2, 3, 5, 10],
            sizes: vec![500, 1000, 2000],
            draws: 10,
            tolerance: 0.1,
            leave_one_out: LeaveOneOut { ridges: vec![0.0, 0.1, 1.0], ..LeaveOneOut::default() },
            seed: Seed(0),
        }
    }
}

/// What one sample gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SphereSample {
    eigenvalues: Vec<f64>,
    estimates: Vec<Estimate>,
    jitter: f64,
}

#[derive(Debug, Clone, Copy)]
struct Job {
    d: usize,
    n: usize,
    draw: usize,
}

impl SphereOracle {
    /// The same at a notebook's settings: as it is, or three samples of 300 points on at most two spheres.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Settings, SphereOracle};
    /// assert!(SphereOracle::default().at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => {
                let dimensions = self.dimensions.iter().copied().take(2).collect();
                SphereOracle { dimensions, sizes: vec![200, 300], draws: 3, ..self }
            }
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no sphere, size, or fewer than two draws, fewer than 200 points, a tolerance that is not positive, and
    /// what [`SphereSpectrum::check`] and [`LeaveOneOut::check`] refuse; [`Error::Memory`] for a matrix that does not fit.
    pub fn check(&self) -> Result<()> {
        check::not_empty("dimensions", &self.dimensions)?;
        check::not_empty("sizes", &self.sizes)?;
        for n in &self.sizes {
            check::refuse(*n < 200, "sizes", n, "at least 200 points: fewer say nothing of an exponent")?;
        }
        check::refuse(self.draws < 2, "draws", self.draws, "an interval needs two independent samples")?;
        check::positive("tolerance", self.tolerance)?;
        self.leave_one_out.check()?;
        let most = self.sizes.iter().copied().max().unwrap_or(0);
        (self.memory(most) + Bytes::of::<f64>(most, self.draws) * (self.dimensions.len() * self.sizes.len()))
            .require("a sample of the largest size")?;
        self.dimensions.iter().try_for_each(|d| self.spectrum(*d).check())
    }

    /// What the exact eigenvalues on S^{d−1} are taken from.
    pub(crate) fn spectrum(&self, d: usize) -> SphereSpectrum {
        // The circle has two indices a degree, and every level of a sample is wanted.
        let most = self.sizes.iter().copied().max().unwrap_or(0) / 2 + 1;
        let max_degree = if d == 2 { most.clamp(DEGREES, MAX_SPHERE_DEGREE) } else { DEGREES };
        SphereSpectrum { kernel: self.kernel.clone(), d, max_degree }
    }

    /// Points, the two Gram matrices, a factor of one and a copy of the other.
    fn memory(&self, n: usize) -> Bytes {
        let d = self.dimensions.iter().copied().max().unwrap_or(0);
        Bytes::of::<f64>(n, n) * 3 + Reduction::default().memory(n, 1) + Bytes::of::<f64>(n, d)
    }

    /// Draws, decomposes and estimates; every sample is kept in the store as it is finished.
    ///
    /// # Errors
    /// As [`SphereOracle::check`], [`SphereSpectrum::run`], [`Start::values`], [`Gram::measure`](crate::kernel::Gram::measure),
    /// [`SmoothnessResult::estimates`](crate::smoothness::SmoothnessResult::estimates) and [`LeaveOneOut::run`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::SphereOracle;
    /// let small = SphereOracle { dimensions: vec![3], sizes: vec![200], draws: 2, ..Default::default() };
    /// let result = small.run()?;
    /// assert_eq!(result.cells[0].theory, 1.0); // 3/(d' + 1) on S²
    /// assert_eq!(result.cells[0].readings.len(), 5); // estimators
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<SphereOracleResult> {
        self.run_in(&Session::current())
    }

    /// As [`SphereOracle::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`SphereOracle::run`].
    pub fn run_in(&self, session: &Session) -> Result<SphereOracleResult> {
        self.check()?;
        let populations =
            self.dimensions.iter().map(|d| Population::of(&self.spectrum(*d))).collect::<Result<Vec<_>>>()?;
        let jobs: Vec<Job> = (self.dimensions.iter())
            .flat_map(|d| self.sizes.iter().map(move |n| (*d, *n)))
            .flat_map(|(d, n)| (0..self.draws).map(move |draw| Job { d, n, draw }))
            .collect();
        let most = self.sizes.iter().copied().max().unwrap_or(0);
        let samples = side_by_side(&jobs, self.memory(most).0, session, |job| {
            let start = Instant::now();
            let Kept { value, origin, .. } = session.results().keep(&self.key(job)?, || self.sample(job))?;
            let Job { d, n, draw } = job;
            let seconds = start.elapsed().as_secs_f64();
            let line =
                format!("S^{}, n = {n}: sample {} of {} ({seconds:.1} s)", d - 1, draw + 1, self.draws);
            Ok(Piece { value, origins: origin.into(), line })
        })?;
        let mut computed_by = samples.computed_by;
        computed_by.unite(&Origins::now());
        let mut cells = Vec::new();
        for (group, own) in samples.values.chunks(self.draws).enumerate() {
            let population = &populations[group / self.sizes.len()];
            cells.push(SphereOracleCell::of(population, self.sizes[group % self.sizes.len()], own, self)?);
        }
        let curves = populations.iter().map(|population| population.curve(most)).collect();
        Ok(SphereOracleResult { cells, curves, parameters: self.clone(), computed_by })
    }

    fn key(&self, Job { d, n, draw }: Job) -> Result<Key> {
        Key::new("sphere-oracle", REVISION, &(&self.kernel, (d, n, draw), &self.leave_one_out, self.seed))
    }

    fn sample(&self, Job { d, n, draw }: Job) -> Result<SphereSample> {
        let seed = self.seed.child(&format!("sphere oracle {d} {n}"), draw as u64);
        let x = sphere_points(n, d, &mut seed.stream("points", 0));
        let nowhere = Array2::zeros((0, d));
        let values =
            Start::values(&[Start::Draw { seed, index: 0 }], &self.kernel, x.view(), nowhere.view())?;
        let gram = self.kernel.gram_in(x.view(), &Session::default())?;
        let curve = self.leave_one_out.run(&gram, values.train.view())?;
        let measure = gram.measure(values.train.view())?;
        let mut estimates = estimates_of(&measure)?.swap_remove(0);
        estimates.extend(curve.estimates()?);
        Ok(SphereSample { eigenvalues: measure.eigenvalues.to_vec(), estimates, jitter: values.jitter })
    }
}
