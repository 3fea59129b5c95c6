//! How often intervals for r hold it: power laws planted where the answer is known.

mod design;
mod images;
mod planted;
mod result;
mod sphere;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::OnceLock;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::grid::{Places, refuse_large};
use super::{Piece, Plan, Settings};
use crate::check;
use crate::data::Source;
use crate::error::{Error, Result};
use crate::kernel::{Kernel, Parametrisation};
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::seed::Seed;
use crate::session::Session;
use crate::smoothness::{Estimate, LeaveOneOut, estimates_of};
use crate::spectrum::Reduction;
use crate::store::{Kept, Key};

pub use design::Design;
use design::with_noise;
use images::{IMAGES, Population};
use planted::Planted;
pub use planted::{Coefficients, NoisyRows};
pub use result::{CalibrationCell, CalibrationResult, Held};

/// Raised when the estimates of a sample change for the same parameters.
///
/// 2: intervals that reach above r = 1.2 are warned of; numbers as in revision 1.
/// 3: the likelihood's r, noise and interval lie between the exponents and ratios tried; the other estimators as in revision 2.
const REVISION: u32 = 3;

/// Every estimator on planted power laws; `Default` is the calibration behind [`SmoothnessResult::RECOMMENDED`].
///
/// Each sample of n rows carries `targets` targets of every exponent, each with every share of noise: f = Σ θ_i e_i with θ_i² of the order
/// i^{−1−r}, also beyond i = n, and y = f + noise.
///
/// [`SmoothnessResult::RECOMMENDED`]: crate::smoothness::SmoothnessResult::RECOMMENDED
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Where samples come from (default: Gaussian features, spheres S^1, S^2, S^4, S^9, the three sets of images).
    pub designs: Vec<Design>,
    /// n (default 500, 1000, 2000, 4000); of images at most a half of the 8000 there are.
    pub sizes: Vec<usize>,
    /// r (default 0.1, 0.2, 0.4, 0.8, 1.6); [`Design::Process`] has one of its own instead.
    pub r: Vec<f64>,
    /// Shares of y's mean square that are noise, each in \[0, 1) (default 0, 0.1, 0.3, 0.5).
    pub noise: Vec<f64>,
    /// Which rows are noisy (default: all).
    pub noisy_rows: NoisyRows,
    /// What the coefficients are (default: Gaussian, as those of a process always are).
    pub coefficients: Coefficients,
    /// Samples of rows (default 16).
    pub draws: usize,
    /// Targets of each exponent on a sample (default 4).
    pub targets: usize,
    /// The kernel of spheres and images (default: one hidden ReLU layer with a bias, under which no harmonic vanishes).
    pub kernel: Kernel,
    /// The seed.
    pub seed: Seed,
}

impl Default for Calibration {
    fn default() -> Self {
        Calibration {
            designs: vec![
                Design::Gaussian,
                Design::Sphere(2),
                Design::Sphere(3),
                Design::Sphere(5),
                Design::Sphere(10),
                Design::Images(Source::Mnist),
                Design::Images(Source::FashionMnist),
                Design::Images(Source::Cifar10),
            ],
            sizes: vec![500, 1000, 2000, 4000],
            r: vec![0.1, 0.2, 0.4, 0.8, 1.6],
            noise: vec![0.0, 0.1, 0.3, 0.5],
            noisy_rows: NoisyRows::All,
            coefficients: Coefficients::Gaussian,
            draws: 16,
            targets: 4,
            kernel: Kernel {
                parametrisation: Parametrisation::FirstLayerBias { bias: true },
                ..Kernel::default()
            },
            seed: Seed(0),
        }
    }
}

/// All samples of one design and size.
#[derive(Debug, Clone, Copy)]
struct Place {
    design: Design,
    n: usize,
}

/// What the estimators say of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Reading {
    r: f64,
    noise: f64,
    estimates: Vec<Estimate>,
}

/// What decides the numbers of one sample.
#[derive(Serialize)]
struct SampleKey<'a> {
    place: (Design, usize, usize),
    r: &'a [f64],
    noise: &'a [f64],
    noisy_rows: NoisyRows,
    coefficients: Coefficients,
    targets: usize,
    kernel: &'a Kernel,
    seed: Seed,
}

impl Calibration {
    /// The same at a notebook's settings: as it is, or two samples of 300 rows of the designs that need no images.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Calibration, Settings};
    /// assert!(Calibration::default().at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => Calibration {
                designs: self
                    .designs
                    .into_iter()
                    .filter(|d| !matches!(d, Design::Images(_)))
                    .take(2)
                    .collect(),
                sizes: vec![300],
                draws: 2,
                targets: 2,
                ..self
            },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty list, a value named twice, r that is not positive, a share of noise outside \[0, 1), fewer than
    /// 200 rows or more than half of the images, no draw or target, signs as coefficients of a process; [`Error::Memory`] for more samples than there is room for.
    pub fn check(&self) -> Result<()> {
        check::once("designs", &self.designs)?;
        check::once("sizes", &self.sizes)?;
        check::once("r", &self.r)?;
        check::once("noise", &self.noise)?;
        self.r.iter().try_for_each(|r| check::positive("r", *r))?;
        for share in &self.noise {
            check::refuse(
                !(0.0..1.0).contains(share),
                "noise",
                share,
                "a share of y's mean square, from 0 to below 1",
            )?;
        }
        check::at_least_one("draws", self.draws)?;
        check::at_least_one("targets", self.targets)?;
        let process = self.designs.iter().find(|design| matches!(design, Design::Process(_)));
        if let (Some(process), Coefficients::Signs) = (process, self.coefficients) {
            return Err(Error::parameter("coefficients", "signs", format!("must be gaussian for {process}")));
        }
        let images = self.designs.iter().any(|design| matches!(design, Design::Images(_)));
        for n in &self.sizes {
            check::refuse(*n < 200, "sizes", n, "at least 200 rows: fewer say nothing of an exponent")?;
            let why = format!("at most half of the {IMAGES} images that rows are drawn from");
            check::refuse(images && *n > IMAGES / 2, "sizes", n, why)?;
        }
        self.kernel.check()?;
        let axes = [self.designs.len(), self.sizes.len(), self.draws];
        refuse_large("samples", &axes, Bytes::of::<Reading>(self.columns(), 1))
    }

    /// Draws, decomposes and estimates; every sample's estimates are kept in the store as they are finished.
    ///
    /// # Errors
    /// As [`Calibration::check`], [`Gram::measure`](crate::kernel::Gram::measure) and
    /// [`SmoothnessResult::estimates`](crate::smoothness::SmoothnessResult::estimates) and [`LeaveOneOut::run`]; of images also those of
    /// [`Dataset::load`](crate::data::Dataset::load).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Calibration, Design};
    /// let small = Calibration {
    ///     designs: vec![Design::Sphere(3)],
    ///     sizes: vec![300],
    ///     r: vec![0.4],
    ///     noise: vec![0.0],
    ///     draws: 2,
    ///     targets: 3,
    ///     ..Default::default()
    /// };
    /// let result = small.run()?;
    /// assert_eq!(result.cells.len(), 5); // of five estimators
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<CalibrationResult> {
        self.run_in(&Session::current())
    }

    /// As [`Calibration::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`Calibration::run`].
    pub fn run_in(&self, session: &Session) -> Result<CalibrationResult> {
        self.check()?;
        let work = self.work();
        work.work.require("a sample of the largest size")?;
        let populations = [const { OnceLock::new() }; Source::ALL.len()];
        let cells = work.run(session, |place| {
            let (start, mut readings, mut origins) = (Instant::now(), Vec::new(), Origins::now());
            for draw in 0..self.draws {
                session.check_cancelled()?;
                let compute = || self.sample(place, draw, &populations, session);
                let kept: Kept<Vec<Reading>> = session.results().keep(&self.key(place, draw)?, compute)?;
                origins.unite(&kept.origin.into());
                readings.extend(kept.value);
            }
            let Place { design, n } = place;
            let value = self.cells(design, n, &readings);
            let line =
                format!("{design}, n = {n}: {} samples ({:.1} s)", self.draws, start.elapsed().as_secs_f64());
            Ok(Piece { value, origins, line })
        })?;
        let (parameters, computed_by) = (self.clone(), cells.computed_by);
        Ok(CalibrationResult { cells: cells.values.into_iter().flatten().collect(), parameters, computed_by })
    }

    /// What [`Calibration::run_in`] would have to do in this session.
    ///
    /// # Errors
    /// As [`Calibration::check`].
    pub fn plan(&self, session: &Session) -> Result<Plan> {
        self.check()?;
        self.work().plan(session, |place| (0..self.draws).map(|draw| self.key(place, draw)).collect())
    }

    fn work(&self) -> Places<Place> {
        let of = |design: &Design| {
            let design = *design;
            self.sizes.iter().map(move |n| Place { design, n: *n })
        };
        let all = self.designs.iter().flat_map(of).collect();
        let most = self.sizes.iter().copied().max().unwrap_or(0);
        let dimensions = self.designs.iter().map(|design| design.coordinates());
        let points = Bytes::of::<f64>(most, dimensions.max().unwrap_or(0));
        let one =
            Bytes::of::<f64>(most, most) * 3 + Reduction::default().memory(most, self.columns()) + points;
        let images = self.designs.iter().any(|design| matches!(design, Design::Images(_)));
        let work = if images { one + Population::memory() } else { one };
        Places {
            what: "designs at a size",
            all,
            work,
            result: Bytes::of::<Reading>(self.columns(), self.draws),
        }
    }

    fn key(&self, place: Place, draw: usize) -> Result<Key> {
        let key = SampleKey {
            place: (place.design, place.n, draw),
            r: &place.design.exponents(&self.r),
            noise: &self.noise,
            noisy_rows: self.noisy_rows,
            coefficients: self.coefficients,
            targets: self.targets,
            kernel: &self.kernel,
            seed: self.seed,
        };
        Key::new("calibration-sample", REVISION, &key)
    }

    fn columns(&self) -> usize {
        self.r.len().saturating_mul(self.targets).saturating_mul(self.noise.len())
    }

    fn sample(
        &self,
        place: Place,
        draw: usize,
        populations: &[OnceLock<Result<Population>>],
        session: &Session,
    ) -> Result<Vec<Reading>> {
        let Place { design, n } = place;
        let exponents = design.exponents(&self.r);
        let planted =
            Planted { exponents: &exponents, targets: self.targets, coefficients: self.coefficients };
        let seed = self.seed.child(&format!("calibration {design} {n}"), draw as u64);
        let population = match design {
            Design::Images(source) => {
                let own = Source::ALL.iter().position(|other| *other == source).unwrap_or(0);
                let made =
                    populations[own].get_or_init(|| Population::of(source, &self.kernel, &session.silent()));
                Some(made.as_ref().map_err(|error| Error::parameter("design", source, error.to_string()))?)
            }
            _ => None,
        };
        let sample = design.sample(n, planted, &self.kernel, population, seed)?;
        let y = with_noise(&sample.targets, &self.noise, self.noisy_rows, seed)?;
        let measure = sample.gram.measure(y.view())?;
        let mut estimates = estimates_of(&measure)?;
        let each: Vec<Range<usize>> = (0..y.ncols()).map(|j| j..j + 1).collect();
        LeaveOneOut::default().add_to(&mut estimates, &sample.gram, y.view(), &each)?;
        drop(sample);
        let reading = |(place, estimates): (usize, Vec<Estimate>)| Reading {
            r: planted.exponent(place % planted.columns()),
            noise: self.noise[place / planted.columns()],
            estimates,
        };
        Ok(estimates.into_iter().enumerate().map(reading).collect())
    }
}
