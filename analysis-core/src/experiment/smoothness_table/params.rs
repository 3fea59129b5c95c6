//! Paper 1, Table 1 and Figs 2–4: smoothness of the labels of MNIST, CIFAR-10 and Fashion-MNIST over repeated draws.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::data::{Dataset, Rows, Samples, Scaling, Source, Split, Target};
use crate::error::{Error, Result};
use crate::experiment::whole_set::training_rows;
use crate::experiment::{Settings, SmoothnessDraws};
use crate::kernel::Kernel;
use crate::regression::Window;
use crate::seed::Seed;
use crate::smoothness::Smoothness;

/// The table's parameters; `Default` is this project's reading of the paper (see [`Window`]), with twenty draws, sixteen of CIFAR-10,
/// where the paper has one; they share no row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmoothnessTable {
    /// The data sets (default: the paper's three).
    pub sources: Vec<Source>,
    /// Where their files are; `None`: the project's data folder. Read from older files, never written: a folder of this machine
    /// says nothing of the result.
    #[serde(default, skip_serializing)]
    pub folder: Option<PathBuf>,
    /// n, training rows in a draw (default 3000, the paper's).
    pub n: usize,
    /// At most so many draws (default 20; at least 2), see [`SmoothnessDraws`].
    pub draws: usize,
    /// How rows are scaled (default: unit norm).
    pub scaling: Scaling,
    /// How labels become numbers (default: the integers 0–9).
    pub target: Target,
    /// Kernel, window, permutations.
    pub smoothness: Smoothness,
    /// Windows of the sensitivity table; those that do not fit n are an error.
    pub sensitivity: Vec<Window>,
    /// The seed of the draws of rows.
    pub seed: Seed,
}

impl Default for SmoothnessTable {
    fn default() -> Self {
        let indices = |first, last| Window::Indices { first, last };
        SmoothnessTable {
            sources: vec![Source::Mnist, Source::Cifar10, Source::FashionMnist],
            folder: None,
            n: 3000,
            draws: 20,
            scaling: Scaling::UnitNorm,
            target: Target::Integer,
            smoothness: Smoothness::default(),
            sensitivity: vec![
                indices(1, 100),
                indices(1, 200),
                indices(1, 300),
                Window::Log10Below(2.7),
                indices(1, 1000),
                indices(10, 1000),
                Window::PaperLiteral,
            ],
            seed: Seed(0),
        }
    }
}

/// What paper 1's Table 1 prints for a data set.
pub fn paper_value(source: Source) -> Option<f64> {
    match source {
        Source::Mnist => Some(0.40),
        Source::Cifar10 => Some(0.09),
        Source::FashionMnist => Some(0.22),
    }
}

impl SmoothnessTable {
    /// The same table of another kernel.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{experiment::SmoothnessTable, kernel::Kernel};
    /// let deep = SmoothnessTable::default().with_kernel(Kernel { hidden_layers: 3, ..Kernel::default() });
    /// assert_eq!(deep.smoothness.kernel.hidden_layers, 3);
    /// ```
    pub fn with_kernel(&self, kernel: Kernel) -> Self {
        let mut table = self.clone();
        table.smoothness.kernel = kernel;
        table
    }

    /// The table at a notebook's settings: the paper's, or two draws of 400 rows with windows that fit them.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Settings, SmoothnessTable};
    /// assert_eq!(SmoothnessTable::at(Settings::Paper).n, 3000);
    /// assert!(SmoothnessTable::at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(settings: Settings) -> Self {
        let paper = SmoothnessTable::default();
        match settings {
            Settings::Paper => paper,
            Settings::Smoke => {
                let windows = [Window::FirstFraction(0.1), Window::Indices { first: 1, last: 100 }];
                SmoothnessTable {
                    n: 400,
                    draws: 2,
                    smoothness: Smoothness { window: windows[1], ..Smoothness::default() },
                    sensitivity: windows.to_vec(),
                    ..paper
                }
            }
        }
    }

    /// Refuses parameters that mean nothing, before anything is loaded.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no source or one named twice, fewer than 2 draws, or what [`Smoothness::check`] refuses;
    /// [`Error::Window`] for a window that does not fit n.
    pub fn check(&self) -> Result<()> {
        if self.sources.is_empty() {
            return Err(Error::parameter("sources", "[]", "name at least one data set"));
        }
        for (place, source) in self.sources.iter().enumerate() {
            if self.sources[..place].contains(source) {
                return Err(Error::parameter("sources", source, "is named twice; name each data set once"));
            }
        }
        self.each().check()?;
        self.sensitivity.iter().try_for_each(|window| window.resolve(self.n).map(|_| ()))
    }

    /// The training rows of one draw of a set, see [`SmoothnessDraws::rows`].
    pub fn rows(&self, source: Source, draw: usize) -> Rows {
        self.each().rows(draw, training_rows(source))
    }

    /// How many draws of a set there are, see [`SmoothnessDraws::count`].
    pub fn count(&self, source: Source) -> usize {
        self.each().count(training_rows(source))
    }

    /// Whether the draws of a set share no row, see [`SmoothnessDraws::disjoint`].
    pub fn disjoint(&self, source: Source) -> bool {
        self.each().disjoint(training_rows(source))
    }

    /// Every draw: the place of its set among the sources, and its number from 0.
    pub(in crate::experiment) fn jobs(&self) -> Vec<(usize, usize)> {
        let of = |(set, source): (usize, &Source)| (0..self.count(*source)).map(move |draw| (set, draw));
        self.sources.iter().enumerate().flat_map(of).collect()
    }

    /// What is done with each data set.
    pub fn each(&self) -> SmoothnessDraws {
        let SmoothnessTable { n, draws, scaling, target, seed, .. } = *self;
        SmoothnessDraws { n, draws, scaling, target, smoothness: self.smoothness.clone(), seed }
    }

    pub(in crate::experiment) fn load(&self, source: Source) -> Result<Samples> {
        Dataset::load_in(source, self.folder.as_deref())?.split(Split::Train)
    }
}
