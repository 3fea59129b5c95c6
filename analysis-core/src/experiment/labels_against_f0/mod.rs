//! Are the labels smoother than the function that a network starts from? Both on the same rows, by every estimator.
//!
//! Paper 1 compares the labels' smoothness, read from images, with 3/(d+1), a theorem about f₀ on a uniform sphere. Here f₀ is read
//! where the labels are: f₀ ~ GP(0, NNGP) on the same rows, drawn and in expectation, under the same kernel, by the same estimators,
//! on disjoint subsets of a set, over which every interval is.

mod architectures;
mod errors;
mod over_subsets;
mod result;
mod sample;
mod target;
#[cfg(test)]
mod tests;

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::grid::{Places, refuse_large};
use super::whole_set::training_rows;
use super::{LabelEncoding, Piece, Plan, Settings};
use crate::check;
use crate::data::{Dataset, Rows, Samples, Scaling, Source, Split};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::kernel::{Filters, ImageShape, Kernel, Parametrisation};
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::seed::Seed;
use crate::session::Session;
use crate::smoothness::{Estimator, LeaveOneOut, LeaveOneOutPoint};
use crate::spectrum::Decomposition;

pub use architectures::ArchitectureDifference;
pub use errors::{ComparedError, ErrorDifference};
pub use result::{ComparedCurve, ComparedReading, ComparedRow, LabelsAgainstF0Result};
pub use target::ComparedTarget;

/// Labels beside f₀ on disjoint subsets of rows; `Default` is 3000 rows, paper 1's n.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelsAgainstF0 {
    /// Data sets (default: MNIST, Fashion-MNIST, CIFAR-10).
    pub sources: Vec<Source>,
    /// n, rows of a subset (default 3000): rows 0..n, n..2n, … of the training rows, in the order of the files.
    pub n: usize,
    /// How many subsets at most (default 20: all rows of MNIST; CIFAR-10 has 16).
    pub most: usize,
    /// Hidden layers of the kernels (default 1 and 3).
    pub depths: Vec<usize>,
    /// With and without a bias in the first layer (default: without, with).
    pub biases: Vec<bool>,
    /// How labels become numbers (default: centred integer, centred one-hot, parity).
    pub encodings: Vec<LabelEncoding>,
    /// How many f₀ are drawn on a subset (default 2).
    pub functions: usize,
    /// How rows are scaled (default: to unit norm).
    pub scaling: Scaling,
    /// The seed of f₀ and of the permutations.
    pub seed: Seed,
    /// Filters of convolutional layers (default: none, fully connected ones); σ_w² = 2 and σ_b² = 0, so that `biases` must be
    /// `[false]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
}

impl Default for LabelsAgainstF0 {
    fn default() -> Self {
        LabelsAgainstF0 {
            sources: vec![Source::Mnist, Source::FashionMnist, Source::Cifar10],
            n: 3000,
            most: 20,
            depths: vec![1, 3],
            biases: vec![false, true],
            encodings: vec![
                LabelEncoding::CentredInteger,
                LabelEncoding::CentredOneHot,
                LabelEncoding::Parity,
            ],
            functions: 2,
            scaling: Scaling::UnitNorm,
            seed: Seed(0),
            filters: None,
        }
    }
}

/// One subset under one kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    source: Source,
    depth: usize,
    bias: bool,
    subset: usize,
}

impl LabelsAgainstF0 {
    /// At a notebook's settings: as it is, or two subsets of 300 rows of MNIST under one kernel.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{LabelsAgainstF0, Settings};
    /// assert!(LabelsAgainstF0::default().at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => LabelsAgainstF0 {
                sources: vec![Source::Mnist],
                n: 300,
                most: 2,
                depths: vec![1],
                biases: vec![false],
                ..self
            },
        }
    }

    /// Refuses parameters that mean nothing, before anything is loaded.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty list, a value named twice, fewer than 200 rows or more than a set has, no subset and no f₀;
    /// [`Error::Memory`] for more readings than there is room for.
    pub fn check(&self) -> Result<()> {
        check::once("sources", &self.sources)?;
        check::once("depths", &self.depths)?;
        check::once("biases", &self.biases)?;
        check::once("encodings", &self.encodings)?;
        check::at_least_one("most", self.most)?;
        check::at_least_one("functions", self.functions)?;
        check::refuse(self.n < 200, "n", self.n, "at least 200 rows: fewer say nothing of an exponent")?;
        for source in &self.sources {
            let most = training_rows(*source);
            check::refuse(
                self.n > most,
                "n",
                self.n,
                format!("at most the {most} training rows of {source}"),
            )?;
        }
        let why = "must be false only: convolutional layers have none here";
        check::refuse(self.filters.is_some() && self.biases.contains(&true), "biases", true, why)?;
        for (source, depth) in self.sources.iter().flat_map(|s| self.depths.iter().map(move |d| (*s, *d))) {
            self.kernel(Place { source, depth, bias: false, subset: 0 }).check()?;
        }
        let subsets: usize = self.sources.iter().map(|source| self.subsets(*source)).sum();
        let axes = [subsets, self.depths.len(), self.biases.len()];
        refuse_large("readings", &axes, self.readings_of_one())?;
        self.work_of_one().require("a subset of rows with its targets")
    }

    /// Reads every subset under every kernel; what the estimators say of each is kept in the store as it is finished.
    ///
    /// # Errors
    /// As [`LabelsAgainstF0::check`], [`Dataset::load`], [`Start::values`](crate::flow::Start::values),
    /// [`Gram::decompose`](crate::kernel::Gram::decompose), [`SmoothnessResult::estimates`](crate::smoothness::SmoothnessResult::estimates)
    /// and [`LeaveOneOut::run`](crate::smoothness::LeaveOneOut::run).
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::experiment::LabelsAgainstF0;
    /// let result = LabelsAgainstF0 { most: 5, ..Default::default() }.run()?;
    /// println!("{}", analysis_core::report::Report::table(&result).markdown()?);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<LabelsAgainstF0Result> {
        self.run_in(&Session::current())
    }

    /// As [`LabelsAgainstF0::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`LabelsAgainstF0::run`].
    pub fn run_in(&self, session: &Session) -> Result<LabelsAgainstF0Result> {
        self.check()?;
        let load = |source: &Source| Dataset::load(*source)?.split(Split::Train);
        let samples = self.sources.iter().map(load).collect::<Result<Vec<Samples>>>()?;
        let found = self.work().run(session, |place| {
            session.check_cancelled()?;
            let set = self.sources.iter().position(|source| *source == place.source).unwrap_or(0);
            let start = Instant::now();
            let kept = self.sample(place, &samples[set], session)?;
            let line = format!("{} ({:.1} s)", self.name(place), start.elapsed().as_secs_f64());
            Ok(Piece { value: self.known(place, &kept.value), origins: kept.origin.into(), line })
        })?;
        let mut computed_by = found.computed_by;
        // Readings may come from the store; they are summed up now.
        computed_by.unite(&Origins::now());
        self.summed_up(found.values, computed_by)
    }

    /// What [`LabelsAgainstF0::run_in`] would have to do in this session.
    ///
    /// # Errors
    /// As [`LabelsAgainstF0::check`].
    pub fn plan(&self, session: &Session) -> Result<Plan> {
        self.check()?;
        self.work().plan(session, |place| Ok(vec![self.key(place)?]))
    }

    /// How many subsets of a set there are.
    pub fn subsets(&self, source: Source) -> usize {
        (training_rows(source) / self.n.max(1)).min(self.most)
    }

    /// All targets, in the order of results.
    pub fn targets(&self) -> Vec<ComparedTarget> {
        let labels = self.encodings.iter().copied().map(ComparedTarget::Labels);
        let functions = (0..self.functions).map(|function| ComparedTarget::Function { function });
        let others = [ComparedTarget::Permuted];
        labels.chain(others).chain(functions).chain([ComparedTarget::ExpectedFunction]).collect()
    }

    /// The targets that have a row of their own: of drawn f₀ the first stands for all.
    pub(crate) fn row_targets(&self) -> Vec<ComparedTarget> {
        let of_rows = |target: &ComparedTarget| !matches!(target, ComparedTarget::Function { function } if *function > 0);
        self.targets().into_iter().filter(of_rows).collect()
    }

    fn work(&self) -> Places<Place> {
        let (all, work, result) = (self.places(), self.work_of_one(), self.readings_of_one());
        Places { what: "subsets under a kernel", all, work, result }
    }

    fn work_of_one(&self) -> Bytes {
        let columns = self.functions.saturating_add(10 * self.encodings.len() + 1);
        let d = self.sources.iter().map(|source| source.d()).max().unwrap_or(0);
        let rows = self.sources.iter().flat_map(|source| {
            self.depths.iter().map(move |depth| Place {
                source: *source,
                depth: *depth,
                bias: false,
                subset: 0,
            })
        });
        let rows = rows
            .map(|place| self.kernel(place).gram_memory(self.n, place.source.d()))
            .max()
            .unwrap_or_default();
        // K, K^{RFK}, its factor, a part of K and its factor; eigenvectors and what makes them; targets on the way.
        Bytes::of::<f64>(self.n, self.n) * 5
            + Decomposition::memory(self.n)
            + Bytes::of::<f64>(self.n, columns) * 4
            + Bytes::of::<f64>(self.n, d)
            + rows
    }

    fn readings_of_one(&self) -> Bytes {
        // Encodings, permuted labels, f₀ drawn and expected.
        let targets = self.functions.saturating_add(self.encodings.len() + 2);
        Bytes::of::<ComparedReading>(targets, Estimator::ALL.len())
            + Bytes::of::<ComparedCurve>(targets, 1)
            + Bytes::of::<LeaveOneOutPoint>(targets, LeaveOneOut::default().parts.len())
    }

    fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for &source in &self.sources {
            for &depth in &self.depths {
                for &bias in &self.biases {
                    places.extend((0..self.subsets(source)).map(|subset| Place {
                        source,
                        depth,
                        bias,
                        subset,
                    }));
                }
            }
        }
        places
    }

    fn rows(&self, place: Place) -> Rows {
        Rows::Range { start: place.subset * self.n, end: (place.subset + 1) * self.n }
    }

    fn kernel(&self, place: Place) -> Kernel {
        match self.filters {
            Some(filters) => Kernel::convolutional(place.depth, filters.on(ImageShape::of(place.source))),
            None => {
                let parametrisation = Parametrisation::FirstLayerBias { bias: place.bias };
                Kernel { hidden_layers: place.depth, parametrisation, ..Kernel::default() }
            }
        }
    }

    fn name(&self, place: Place) -> String {
        let Place { source, depth, bias, .. } = place;
        let rows = self.rows(place);
        if let Some(filters) = self.filters {
            return format!("{source} {rows}, {depth} convolutional, {filters}");
        }
        format!("{source} {rows}, {depth} hidden, {} bias", if bias { "with" } else { "without" })
    }
}
