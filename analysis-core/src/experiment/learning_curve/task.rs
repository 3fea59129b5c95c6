//! What a learning curve learns: the data of one trial.

use std::path::PathBuf;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::data::{
    Dataset, Rows, Samples, Scaling, Source, SphereQuadratic, Split, Target, TrainTestView, quadratic,
    sphere_points,
};
use crate::error::{Error, Result};
use crate::seed::Seed;

/// What is learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Paper 1, Fig. 1: x uniform on S^{d−1} in R^d, f*(x) = (Σ_j x_j)², y = f*(x) + ε with ε ~ N(0, σ²); the error is
    /// taken against the noise-free f* on fresh points.
    Sphere {
        /// d, the dimension of the space (5 and 10 in the paper).
        d: usize,
        /// σ (0.2 in the paper).
        noise: f64,
    },
    /// Rows of a published set: trained on samples of its training split, tested on samples of its test split against
    /// the labels themselves (they are all there is; their noise is part of the error).
    Images {
        /// The set.
        source: Source,
        /// Where its files are; `None`: the project's data folder. No part of a stored result's key.
        #[serde(skip)]
        folder: Option<PathBuf>,
        /// How rows are scaled.
        scaling: Scaling,
        /// How labels become one target column: parity or one class against the rest, for instance.
        target: Target,
    },
}

impl Default for Task {
    fn default() -> Self {
        Task::Sphere { d: 5, noise: 0.2 }
    }
}

/// The arrays of one trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialData {
    /// (n,d) training inputs.
    pub x: Array2<f64>,
    /// (n,1) training targets.
    pub y: Array2<f64>,
    /// (test points,d) test inputs.
    pub z: Array2<f64>,
    /// (test points,1) what the prediction is compared with.
    pub truth: Array2<f64>,
}

impl TrialData {
    /// The same without a copy, as trainings take it.
    pub fn view(&self) -> TrainTestView<'_> {
        TrainTestView { x: self.x.view(), y: self.y.view(), z: self.z.view(), truth: self.truth.view() }
    }
}

/// A task whose files, if any, have been read.
#[derive(Debug)]
pub(super) enum Loaded {
    Sphere { d: usize, noise: f64 },
    Images { train: Box<Samples>, test: Box<Samples>, scaling: Scaling, target: Target },
}

impl Task {
    /// d, the input dimension.
    pub fn d(&self) -> usize {
        match self {
            Task::Sphere { d, .. } => *d,
            Task::Images { source, .. } => source.d(),
        }
    }

    /// Whether targets are ±1, so that the sign of a prediction is a class.
    pub fn is_classification(&self) -> bool {
        matches!(self, Task::Images { target: Target::Parity | Target::OneVsRest { .. }, .. })
    }

    /// The checksums of the files that are read.
    pub(crate) fn checksums(&self) -> Vec<(String, String)> {
        match self {
            Task::Sphere { .. } => Vec::new(),
            Task::Images { source, .. } => source.checksums().into_iter().collect(),
        }
    }

    pub(in crate::experiment) fn check(&self) -> Result<()> {
        match self {
            Task::Sphere { d, noise } => {
                SphereQuadratic { n: 1, d: *d, noise: *noise, seed: Seed(0) }.check()
            }
            Task::Images { target: Target::OneHot, .. } => {
                let why = "a learning curve takes one target column: parity, one-vs-rest:CLASS or integer";
                Err(Error::parameter("target", Target::OneHot, why))
            }
            Task::Images { .. } => Ok(()),
        }
    }

    pub(super) fn load(&self) -> Result<Loaded> {
        Ok(match self {
            Task::Sphere { d, noise } => Loaded::Sphere { d: *d, noise: *noise },
            Task::Images { source, folder, scaling, target } => {
                let samples = Dataset::load_in(*source, folder.as_deref())?;
                let (train, test) = (samples.split(Split::Train)?, samples.split(Split::Test)?);
                Loaded::Images {
                    train: Box::new(train),
                    test: Box::new(test),
                    scaling: *scaling,
                    target: *target,
                }
            }
        })
    }

    /// The data that seed `seed` gives at n training and `test_points` test points. Both initialisations, and finite and
    /// infinite width, meet the same ones.
    ///
    /// # Errors
    /// As [`SphereQuadratic::run`], [`Dataset::load`] and [`Samples::rows`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::Task;
    /// let data = Task::Sphere { d: 5, noise: 0.0 }.draw(20, 7, analysis_core::seed::Seed(1))?;
    /// assert_eq!((data.x.dim(), data.z.dim()), ((20, 5), (7, 5)));
    /// assert_eq!(data.y, analysis_core::data::quadratic(data.x.view()));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn draw(&self, n: usize, test_points: usize, seed: Seed) -> Result<TrialData> {
        self.load()?.draw(n, test_points, seed)
    }
}

impl Loaded {
    pub(super) fn draw(&self, n: usize, test_points: usize, seed: Seed) -> Result<TrialData> {
        match self {
            Loaded::Sphere { d, noise } => {
                let train = SphereQuadratic { n, d: *d, noise: *noise, seed }.run()?;
                let z = sphere_points(test_points, *d, &mut seed.stream("test-points", 0));
                let truth = quadratic(z.view());
                Ok(TrialData { x: train.x, y: train.y, z, truth })
            }
            Loaded::Images { train, test, scaling, target } => {
                let part = |samples: &Samples, n: usize, name: &str| {
                    let rows = Rows::Sample { n, seed: seed.child(name, 0).0, stratified: false };
                    samples.rows(rows)
                };
                let (train, test) = (part(train, n, "train-rows")?, part(test, test_points, "test-rows")?);
                // Test rows are scaled with the training rows' means: their own would be known only with all of them.
                let both = train.prepare_with_test(&test, *scaling, *target)?;
                let (train, test) = (both.training, both.test);
                Ok(TrialData { x: train.x, y: train.y, z: test.x, truth: test.y })
            }
        }
    }
}
