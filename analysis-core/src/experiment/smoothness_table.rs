//! Paper 1, Table 1 and Figs 2–4: smoothness of the labels of MNIST, CIFAR-10 and Fashion-MNIST over repeated draws.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Piece;
use super::smoothness_rows::{Draw, RefusedWindow, SensitivityRow, SmoothnessTableResult, TableRow};
use super::{OverDraws, Settings, SmoothnessDraws, side_by_side};
use crate::data::{Dataset, Rows, Samples, Scaling, Source, Split, Target};
use crate::error::{Error, Result};
use crate::origin::Origins;
use crate::regression::Window;
use crate::seed::Seed;
use crate::session::Session;
use crate::smoothness::{Smoothness, SmoothnessResult};

/// The table's parameters; `Default` is this project's reading of the paper (see [`Window`]), with five draws where
/// the paper has one.
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
    /// How many draws (default 5; at least 2).
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
            draws: 5,
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

    /// Computes the table. Each draw is kept in the store as it is finished, and taken from there when it is asked for
    /// again; `say` is told of each.
    ///
    /// # Errors
    /// As [`SmoothnessTable::check`], [`Dataset::load`] and [`Smoothness::run`].
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::prelude::*;
    /// let table = SmoothnessTable { draws: 2, ..Default::default() }.run_in(&Session::project())?;
    /// println!("MNIST: {}", table.rows[0].exponents.r);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run(&self) -> Result<SmoothnessTableResult> {
        self.run_in(&Session::current())
    }

    /// As [`SmoothnessTable::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`SmoothnessTable::run`].
    pub fn run_in(&self, session: &Session) -> Result<SmoothnessTableResult> {
        self.check()?;
        let samples = self.sources.iter().map(|source| self.load(*source)).collect::<Result<Vec<_>>>()?;
        let jobs: Vec<(usize, usize)> =
            (0..samples.len()).flat_map(|set| (0..self.draws).map(move |draw| (set, draw))).collect();
        let d = self.sources.iter().map(|source| source.d()).max().unwrap_or(0);
        let each = self.each();
        let bytes = each.memory(d);
        session.note(&format!("a draw of {} rows needs {:.2} GB", self.n, bytes as f64 / 1e9));
        let draws = side_by_side(&jobs, bytes, session, |(set, draw)| {
            let (start, source) = (Instant::now(), self.sources[set]);
            let result = each.one(&samples[set], draw, session)?;
            let line = format!("{source}: {}", each.line(draw, &result, start));
            let origins = result.computed_by.clone();
            Ok(Piece { value: Draw { source, draw, d: source.d(), result }, origins, line })
        })?;
        self.summarise(draws.values)
    }

    /// The rows of one draw, see [`SmoothnessDraws::rows`].
    pub fn rows(&self, draw: usize) -> Rows {
        self.each().rows(draw)
    }

    /// What is done with each data set.
    pub fn each(&self) -> SmoothnessDraws {
        let SmoothnessTable { n, draws, scaling, target, seed, .. } = *self;
        SmoothnessDraws { n, draws, scaling, target, smoothness: self.smoothness.clone(), seed }
    }

    pub(super) fn load(&self, source: Source) -> Result<Samples> {
        Dataset::load_in(source, self.folder.as_deref())?.split(Split::Train)
    }

    pub(super) fn summarise(&self, draws: Vec<Draw>) -> Result<SmoothnessTableResult> {
        let (mut rows, mut sensitivity, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for &source in &self.sources {
            let own: Vec<&Draw> = draws.iter().filter(|d| d.source == source).collect();
            let results: Vec<&SmoothnessResult> = own.iter().map(|d| &d.result).collect();
            rows.push(TableRow {
                source,
                exponents: OverDraws::of(results.iter().copied())?,
                paper: paper_value(source),
                initial_function: 3.0 / (own[0].d as f64 + 1.0),
            });
            for &window in &self.sensitivity {
                match self.sensitivity_row(source, window, &results) {
                    Ok(row) => sensitivity.push(row),
                    // One window that cannot be fitted must not cost the table.
                    Err(error) => refused.push(RefusedWindow { source, window, reason: error.to_string() }),
                }
            }
        }
        let mut computed_by = Origins::default();
        draws.iter().for_each(|draw| computed_by.unite(&draw.result.computed_by));
        Ok(SmoothnessTableResult { rows, sensitivity, refused, draws, parameters: self.clone(), computed_by })
    }

    fn sensitivity_row(
        &self,
        source: Source,
        window: Window,
        results: &[&SmoothnessResult],
    ) -> Result<SensitivityRow> {
        let refits = results
            .iter()
            .map(|result| result.refit(window, self.smoothness.spacing))
            .collect::<Result<Vec<_>>>()?;
        Ok(SensitivityRow { source, window, exponents: OverDraws::of(&refits)? })
    }
}
