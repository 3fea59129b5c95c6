//! The height of a learning curve, and where its training ended, beside what theory says without a free parameter.

use serde::{Deserialize, Serialize};

use super::{LearningCurve, LearningCurveResult, Task};
use crate::error::{Error, Result};
use crate::flow::{EquivalentCurve, PopulationCurve, SphereTask};
use crate::kernel::KernelKind;
use crate::network::Initialisation;
use crate::numeric::least_squares_slope;
use crate::regression::student_quantile;

/// What two theories say of one start, without a free parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartTheory {
    /// The start.
    pub initialisation: Initialisation,
    /// n.
    pub sizes: Vec<usize>,
    /// The least risk of the population model of the flow ([`PopulationCurve`]), which leaves out the sampling error of K.
    pub population: Vec<f64>,
    /// The time of that least risk.
    pub times: Vec<f64>,
    /// The risk of the best ridge by its deterministic equivalent ([`EquivalentCurve`]), which has that error; absent for a start
    /// from zero, where ridge saturates and describes no flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<Vec<f64>>,
}

/// A point of a learning curve beside theory.
///
/// Theory gives the smallest of expected errors. Measured is the smallest error of every trial, which is never larger in the
/// mean; the geometric mean over trials lies below the arithmetic one by half the variance of ln error, which counts at small n.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurveLevel {
    /// The start.
    pub initialisation: Initialisation,
    /// n.
    pub n: usize,
    /// The geometric mean over trials of the smallest test error.
    pub error: f64,
    /// Its interval at the parameters' level (Student, on the logarithm); absent with one trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// The arithmetic mean over trials.
    pub mean: f64,
    /// How many trials.
    pub trials: usize,
    /// As [`StartTheory::population`].
    pub population: f64,
    /// As [`StartTheory::ridge`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
}

/// The slope that theory has over the sizes of a learning curve: of the least-squares line through the theory's own points there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TheorySlope {
    /// The start.
    pub initialisation: Initialisation,
    /// Of the population model.
    pub population: f64,
    /// Of the best ridge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
}

/// In how many trials the error was still at its smallest when training ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmallestAtEnd {
    /// The start.
    pub initialisation: Initialisation,
    /// n.
    pub n: usize,
    /// Trials whose smallest error is the last one.
    pub at_end: usize,
    /// All trials.
    pub trials: usize,
}

impl LearningCurve {
    /// The task that theory knows, from f₀ times `factor`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a curve on images.
    pub(in crate::experiment) fn sphere_task(&self, factor: f64) -> Result<SphereTask> {
        let Task::Sphere { d, noise } = self.task else {
            let why = "there is a theory of learning curves on the sphere only";
            return Err(Error::parameter("task", "images", why));
        };
        Ok(SphereTask { kernel: self.kernel(KernelKind::Ntk), d, noise, factor, ..SphereTask::default() })
    }

    /// What theory says of every start of the curve at these sizes (infinite width).
    ///
    /// # Errors
    /// [`Error::Parameter`] for a curve on images; as [`PopulationCurve::run`] and [`EquivalentCurve::run`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::LearningCurve;
    /// let theory = LearningCurve::default().theory_at(&[1000, 10_000])?;
    /// let [standard, mirrored] = [&theory[0], &theory[1]];
    /// assert!(standard.population[1] > mirrored.population[1]);
    /// assert!(standard.ridge.is_some() && mirrored.ridge.is_none());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn theory_at(&self, sizes: &[usize]) -> Result<Vec<StartTheory>> {
        let of = |initialisation: &Initialisation| -> Result<StartTheory> {
            let factor = match *initialisation {
                Initialisation::Standard => 1.0,
                Initialisation::Mirrored | Initialisation::MirroredHalf | Initialisation::Centred => 0.0,
                Initialisation::Scaled(factor) => factor.abs(),
            };
            let task = self.sphere_task(factor)?;
            let risks = |points: Vec<crate::flow::SphereRisk>| points.iter().map(|p| p.risk).collect();
            let population = PopulationCurve { task: task.clone(), sizes: sizes.to_vec() }.run()?;
            let ridge = (factor > 0.0)
                .then(|| EquivalentCurve { task, sizes: sizes.to_vec(), ridge: None }.run())
                .transpose()?;
            Ok(StartTheory {
                initialisation: *initialisation,
                sizes: sizes.to_vec(),
                times: population.points.iter().filter_map(|p| p.time).collect(),
                population: risks(population.points),
                ridge: ridge.map(|curve| risks(curve.points)),
            })
        };
        self.initialisations.iter().map(of).collect()
    }
}

impl LearningCurveResult {
    /// Every point beside theory, by start and size.
    ///
    /// # Errors
    /// As [`LearningCurve::theory_at`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let curve = LearningCurve { sizes: vec![50, 100], trials: 0..3, ..Default::default() }.infinite();
    /// let levels = curve.run()?.levels()?;
    /// assert_eq!(levels.len(), 2 * 2);
    /// assert!(levels.iter().all(|level| level.error <= level.mean));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn levels(&self) -> Result<Vec<CurveLevel>> {
        let p = &self.parameters;
        let theory = p.theory_at(&p.sizes)?;
        let whole = self.whole_trials();
        let level = |point: &super::CurvePoint| -> Option<CurveLevel> {
            let own = theory.iter().find(|theory| theory.initialisation == point.initialisation)?;
            let place = p.sizes.iter().position(|n| *n == point.n)?;
            let errors = self.errors.iter().filter(|e| {
                let here = e.n == point.n && e.initialisation == point.initialisation;
                here && whole.binary_search(&e.trial).is_ok()
            });
            let reach = student_quantile(p.level, point.trials.saturating_sub(1)).ok();
            let reach = reach.zip(point.standard_error).map(|(quantile, error)| quantile * error);
            Some(CurveLevel {
                initialisation: point.initialisation,
                n: point.n,
                error: point.mean_log_error.exp(),
                interval: reach.map(|r| [-r, r].map(|r| (point.mean_log_error + r).exp())),
                mean: errors.map(|e| e.error).sum::<f64>() / point.trials as f64,
                trials: point.trials,
                population: own.population[place],
                ridge: own.ridge.as_ref().map(|ridge| ridge[place]),
            })
        };
        Ok(self.points.iter().filter_map(level).collect())
    }

    /// The theory's slopes over the sizes n ≥ `from`, one a start: what a pooled slope is to be compared with.
    ///
    /// # Errors
    /// [`Error::Parameter`] where fewer than two sizes are left; as [`LearningCurve::theory_at`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let curve = LearningCurve { sizes: vec![50, 100], trials: 0..2, ..Default::default() }.infinite();
    /// let slopes = curve.run()?.theory_slopes(50)?;
    /// assert!(slopes[0].population > slopes[1].population); // mirrored is steeper
    /// # Ok::<(), Error>(())
    /// ```
    pub fn theory_slopes(&self, from: usize) -> Result<Vec<TheorySlope>> {
        let sizes: Vec<usize> = self.parameters.sizes.iter().copied().filter(|n| *n >= from).collect();
        crate::check::refuse(sizes.len() < 2, "from", from, "a slope needs two sizes that are as large")?;
        let ln_n: Vec<f64> = sizes.iter().map(|n| (*n as f64).ln()).collect();
        let slope = |risks: &[f64]| {
            let logs: Vec<f64> = risks.iter().map(|risk| risk.ln()).collect();
            least_squares_slope(&ln_n, &logs)
        };
        let theory = self.parameters.theory_at(&sizes)?;
        Ok(theory
            .iter()
            .map(|own| TheorySlope {
                initialisation: own.initialisation,
                population: slope(&own.population),
                ridge: own.ridge.as_deref().map(slope),
            })
            .collect())
    }

    /// In how many trials the smallest test error is the last one, by start and size: there the training's length, not a
    /// minimum, decides.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let curve = LearningCurve { sizes: vec![10, 20], trials: 0..2, ..Default::default() }.infinite();
    /// let ends = curve.run()?.smallest_at_end();
    /// assert_eq!((ends.len(), ends[0].trials), (4, 2));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn smallest_at_end(&self) -> Vec<SmallestAtEnd> {
        let p = &self.parameters;
        let places = p.initialisations.iter().flat_map(|i| p.sizes.iter().map(move |n| (*i, *n)));
        places
            .map(|(initialisation, n)| {
                let own: Vec<_> =
                    self.errors.iter().filter(|e| (e.initialisation, e.n) == (initialisation, n)).collect();
                // Both are the same number of the same list where the smallest is the last.
                let at_end = own.iter().filter(|e| e.error == e.last_error).count();
                SmallestAtEnd { initialisation, n, at_end, trials: own.len() }
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "levels_tests.rs"]
mod tests;
