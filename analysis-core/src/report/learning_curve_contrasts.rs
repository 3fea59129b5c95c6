//! Learning curves: pooled slopes, paired comparisons and changes as tables.

use super::{Cell, Column, Table};
use crate::error::Result;
use crate::experiment::LearningCurveResult;
use crate::network::Initialisation;
use crate::regression::MeanInterval;

/// "mirrored" or "mirrored − standard (paired)".
fn name(of: Initialisation, minus: Option<Initialisation>) -> String {
    minus.map_or(of.to_string(), |minus| format!("{of} − {minus} (paired)"))
}

impl LearningCurveResult {
    /// [`LearningCurveResult::pooled`] for several smallest sizes.
    ///
    /// # Errors
    /// As [`LearningCurveResult::pooled`].
    pub fn pooled_table(&self, from: &[usize]) -> Result<Table> {
        let mut columns = vec![
            Column::text("slope of"),
            Column::number("n"),
            Column::mean_interval("slope [interval]"),
            Column::mean_interval("curvature [interval]"),
        ];
        let on_sphere = self.limits().is_some();
        if on_sphere {
            columns.extend(["population model", "ridge equivalent"].map(Column::number));
        }
        columns.push(Column::number("trials"));
        let mut table = Table::new(columns)
            .caption("Slopes over several sizes, and whether a line fits")
            .label("tab:learning-curve-pooled")
            .note(format!(
                "Fitted in every trial over all sizes of the column n: the slope of ln error against ln n, and the coefficient \
                 of (ln n)^{{2}}, which is 0 for a line. Brackets: {} % intervals (Student) over trials.{}",
                100.0 * self.parameters.level,
                match on_sphere {
                    true => " The last columns: the same slope of the theories at infinite width, without a free parameter.",
                    false => "",
                }
            ));
        for &from in from {
            let theory = if on_sphere { self.theory_slopes(from)? } else { Vec::new() };
            let own = |start: Initialisation| theory.iter().find(|theory| theory.initialisation == start);
            for p in self.pooled(from)? {
                let mut row = vec![
                    name(p.initialisation, p.minus).into(),
                    Cell::text(format!("{} to {}", p.from, p.to)),
                    Cell::mean_interval(&p.slope, 3),
                    p.curvature.as_ref().map(|c| Cell::mean_interval(c, 3)).into(),
                ];
                if let Some(theory) = own(p.initialisation) {
                    let minus = p.minus.and_then(own);
                    let population = theory.population - minus.map_or(0.0, |minus| minus.population);
                    row.push(Cell::number(population, 3));
                    row.push(Cell::known(theory.ridge.filter(|_| p.minus.is_none()), 3));
                }
                row.push(Cell::count(p.slope.count));
                table = table.row(row);
            }
        }
        Ok(table)
    }

    /// [`LearningCurveResult::paired`]: a row a size, then the slopes.
    ///
    /// # Errors
    /// As [`LearningCurveResult::paired`].
    pub fn paired_table(&self, of: Initialisation, minus: Initialisation) -> Result<Table> {
        let paired = self.paired(of, minus)?;
        let classes = self.parameters.task.is_classification();
        let mut columns = vec!["ln of the error's ratio", "error's difference"];
        columns.extend(classes.then_some("wrong signs' difference"));
        let columns = columns.into_iter().map(Column::mean_interval);
        let mut table = Table::new([Column::number("n")].into_iter().chain(columns))
            .caption(format!("{of} against {minus}, trial by trial"))
            .label("tab:learning-curve-paired")
            .note(format!(
                "Means over {} trials, both starts on the same data in each; brackets: {} % intervals (Student). Last row: the \
                 slope against ln n of the first column, and of the logarithm of the second (a dash: not positive in every trial).",
                self.parameters.trials.len(),
                100.0 * self.parameters.level
            ));
        for p in &paired.points {
            let cells =
                [Cell::count(p.n), Cell::mean_interval(&p.log_ratio, 4), Cell::mean_interval(&p.excess, 4)];
            table = table
                .row(cells.into_iter().chain(p.misclassified.as_ref().map(|m| Cell::mean_interval(m, 4))));
        }
        let slope = |value: &Option<MeanInterval>| value.as_ref().map(|v| Cell::mean_interval(v, 4)).into();
        let last = [Cell::text("slope"), slope(&paired.slope), slope(&paired.excess_slope)];
        Ok(table.row(last.into_iter().chain(classes.then_some(Cell::Absent))))
    }

    /// [`LearningCurveResult::changes_from`].
    ///
    /// # Errors
    /// As [`LearningCurveResult::changes_from`].
    pub fn changes_table(&self, other: &LearningCurveResult) -> Result<Table> {
        let table = Table::new([Column::text("slope of"), Column::mean_interval("change [interval]")])
            .caption("How slopes change from one experiment to the other")
            .label("tab:learning-curve-changes")
            .note(format!(
                "The slope here minus the slope there, in each of {} trials on the same data; brackets: {} % intervals (Student).",
                self.parameters.trials.len(),
                100.0 * self.parameters.level
            ));
        let changes = self.changes_from(other)?;
        Ok(changes.iter().fold(table, |table, c| {
            table.row([Cell::text(name(c.initialisation, c.minus)), Cell::mean_interval(&c.change, 3)])
        }))
    }
}
