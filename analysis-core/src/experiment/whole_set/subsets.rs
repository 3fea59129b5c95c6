//! The same readings on disjoint subsets of every size.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::params::{WholeSet, training_rows};
use super::reading::WholeReading;
use super::target::{LabelEncoding, WholeTarget};
use crate::check;
use crate::data::{Rows, Samples, Source};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::whole;
use crate::experiment::{Piece, Settings, side_by_side};
use crate::origin::Origins;
use crate::regression::Window;
use crate::session::Session;
use crate::store::{Kept, Key};

/// Raised when the numbers of a [`WholeReading`] of a subset change for the same parameters.
const REVISION: u32 = 1;

/// Readings of subsets of a set: for each size n the rows 0..n, n..2n, … of the set, so that subsets of one size share no row.
///
/// Rows stand in the order of the files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subsets {
    /// Data set, scaling, kernel, permutations and functions (default: those of [`WholeSet`] with 5 functions). Its rows are not used; of its windows, every subset has those that
    /// fit its n.
    pub set: WholeSet,
    /// n, rows of a subset (default: 500, 1000, 2000, 3000, 6000, 10,000, 20,000).
    pub sizes: Vec<usize>,
    /// How many subsets of a size at most (default 10); fewer where the set has not so many rows.
    pub most: usize,
}

impl Default for Subsets {
    fn default() -> Self {
        Subsets {
            set: WholeSet { functions: 5, ..WholeSet::default() },
            sizes: vec![500, 1000, 2000, 3000, 6000, 10_000, 20_000],
            most: 10,
        }
    }
}

/// The readings of all subsets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubsetsResult {
    /// By size, then by rows.
    pub readings: Vec<WholeReading>,
    /// The parameters.
    pub parameters: Subsets,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

impl Subsets {
    /// Of a data set at a notebook's settings: every size, or two of 300 and of 600 rows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::Source;
    /// use analysis_core::experiment::{Settings, Subsets};
    /// assert!(Subsets::at(Settings::Smoke, Source::Mnist).check().is_ok());
    /// assert!(Subsets::at(Settings::Paper, Source::Cifar10).check().is_ok());
    /// ```
    pub fn at(settings: Settings, source: Source) -> Self {
        match settings {
            Settings::Paper => {
                let default = Subsets::default();
                Subsets { set: WholeSet { source, ..default.set.clone() }, ..default }
            }
            Settings::Smoke => {
                Subsets { set: WholeSet { source, ..WholeSet::at(settings) }, sizes: vec![300, 600], most: 2 }
            }
        }
    }

    /// Refuses parameters that mean nothing, before anything is loaded.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no size, a size named twice, or one that the set does not have; [`Error::Window`] where none of the
    /// windows fits a size; as [`WholeSet::check`].
    pub fn check(&self) -> Result<()> {
        check::not_empty("sizes", &self.sizes)?;
        check::at_least_one("most", self.most)?;
        for (place, size) in self.sizes.iter().enumerate() {
            check::refuse(self.sizes[..place].contains(size), "sizes", size, "is named twice")?;
            check::at_least_one("sizes", *size)?;
            self.subset(*size, 0)?.check()?;
        }
        Ok(())
    }

    /// One subset as a set of its own.
    ///
    /// # Errors
    /// [`Error::Window`] where none of the windows fits so few rows.
    pub fn subset(&self, n: usize, block: usize) -> Result<WholeSet> {
        let windows: Vec<Window> =
            self.set.windows.iter().copied().filter(|window| window.resolve(n).is_ok()).collect();
        if windows.is_empty() {
            // Says what is wrong with the first.
            self.set.windows.iter().try_for_each(|window| window.resolve(n).map(|_| ()))?;
        }
        let start = block.saturating_mul(n);
        let rows = Rows::Range { start, end: start.saturating_add(n) };
        Ok(WholeSet { rows, windows, ..self.set.clone() })
    }

    /// Size and number of every subset.
    fn places(&self) -> Vec<(usize, usize)> {
        let all = training_rows(self.set.source);
        let blocks = |n: &usize| (0..(all / n).min(self.most)).map(|block| (*n, block)).collect::<Vec<_>>();
        self.sizes.iter().flat_map(blocks).collect()
    }

    /// Measures every subset; the readings of each are kept in the store as it is finished, so that an interrupted run goes on
    /// from there.
    ///
    /// # Errors
    /// As [`Subsets::check`] and [`WholeSet::run`].
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::experiment::Subsets;
    /// use analysis_core::prelude::*;
    /// let subsets = Subsets { sizes: vec![1000, 3000], most: 3, ..Default::default() }.run_in(&Session::project())?;
    /// assert_eq!(subsets.readings.len(), 6);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run(&self) -> Result<SubsetsResult> {
        self.run_in(&Session::current())
    }

    /// As [`Subsets::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`Subsets::run`].
    pub fn run_in(&self, session: &Session) -> Result<SubsetsResult> {
        self.check()?;
        let samples = self.set.load()?;
        let (places, mut readings, mut computed_by) = (self.places(), Vec::new(), Origins::default());
        for size in &self.sizes {
            let own: Vec<(usize, usize)> = places.iter().copied().filter(|(n, _)| n == size).collect();
            // Classes are at most 256; those of the published sets are 10.
            let columns = 10 * (1 + self.set.permutations) + 1 + self.set.functions;
            let bytes = self.set.memory(*size, samples.d(), columns).0;
            let pieces = side_by_side(&own, bytes, session, |(n, block)| {
                let (start, set) = (Instant::now(), self.subset(n, block)?);
                let Kept { value, origin, .. } = one(&set, samples.clone(), session)?;
                let seconds = start.elapsed().as_secs_f64();
                let line = format!("{} {}: {} ({seconds:.1} s)", set.source, set.rows, in_short(&value));
                Ok(Piece { value, origins: origin.into(), line })
            })?;
            readings.extend(pieces.values);
            computed_by.unite(&pieces.computed_by);
        }
        Ok(SubsetsResult { readings, parameters: self.clone(), computed_by })
    }
}

/// The readings of one subset.
fn one(set: &WholeSet, samples: Samples, session: &Session) -> Result<Kept<WholeReading>> {
    let data = set.prepared(samples)?;
    let key = Key::new("whole-subset", REVISION, &(set, &data.origin))?;
    session.keep(&key, || Ok(set.measured(&data, &session.within())?.reading(set)))
}

/// "r = 0.41, …" in the last window.
fn in_short(reading: &WholeReading) -> String {
    let window = reading.eigenvalues.last().map(|fit| fit.window);
    let r = |window| reading.r(WholeTarget::Labels(LabelEncoding::Integer), window);
    match window.and_then(|window| Some((window, r(window)?))) {
        Some((window, r)) => format!("r = {r:.3} in {window}"),
        None => "no window could be fitted".into(),
    }
}

impl SubsetsResult {
    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let name = |n: usize, rows: Rows| format!("n = {n}, rows {rows}");
        let expected = self.parameters.places().into_iter();
        let expected = expected.map(|(n, block)| name(n, Rows::from(block * n..(block + 1) * n)));
        whole("reading", expected, self.readings.iter().map(|r| name(r.n, r.rows)))?;
        Ok(self)
    }

    /// The readings of one size.
    pub fn of_size(&self, n: usize) -> Vec<&WholeReading> {
        self.readings.iter().filter(|reading| reading.n == n).collect()
    }
}
