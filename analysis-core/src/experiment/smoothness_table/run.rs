//! The run: every draw of every data set, summarised.

use std::time::Instant;

use super::params::{SmoothnessTable, paper_value};
use super::result::{Draw, RefusedWindow, SensitivityRow, SmoothnessTableResult, TableRow};
use crate::data::Source;
use crate::error::Result;
use crate::experiment::{OverDraws, Piece, session_of_each, side_by_side};
use crate::origin::Origins;
use crate::regression::Window;
use crate::session::Session;
use crate::smoothness::SmoothnessResult;

impl SmoothnessTable {
    /// Computes the table. Each draw is kept in the store as it is finished, and taken from there when it is asked for
    /// again; the session's observer is told of each.
    ///
    /// # Errors
    /// As [`SmoothnessTable::check`], [`Dataset::load`](crate::data::Dataset::load) and [`Smoothness::run`](crate::smoothness::Smoothness::run).
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
        let jobs = self.jobs();
        let d = self.sources.iter().map(|source| source.d()).max().unwrap_or(0);
        let each = self.each();
        let bytes = each.memory(d);
        session.note(&format!("a draw of {} rows needs {}", self.n, crate::memory::Bytes(bytes)));
        let own = session_of_each(jobs.len(), bytes, session)?;
        let draws = side_by_side(&jobs, bytes, session, |(set, draw)| {
            let (start, source) = (Instant::now(), self.sources[set]);
            let result = each.one(&samples[set], draw, &own)?;
            let line = format!("{source}: {}", each.line([draw, self.count(source)], &result, start));
            let origins = result.computed_by.clone();
            Ok(Piece { value: Draw { source, draw, d: source.d(), result }, origins, line })
        })?;
        self.summarise(draws.values)
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
