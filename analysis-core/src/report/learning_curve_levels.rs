//! Learning curves beside theory without a free parameter, and where their trainings ended: figure and tables.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::learning_curve::{axes, regime_name};
use super::learning_curve_overlay::plain;
use super::starts::{start_colour, start_shape};
use super::{Cell, Column, Dash, Digits, Panel, Series, Table};
use crate::error::{Error, Result};
use crate::experiment::{CurveLevel, LearningCurve, LearningCurveResult};
use crate::flow::log_spaced_sizes;

/// Test error against n beside theory: marks with intervals from all `curves` (of the same experiment at several sizes; where two
/// have a size, that of more trials), and for every start the population model of the flow, dashed, and from f₀ the best ridge
/// by its deterministic equivalent, dotted. Nothing is fitted.
///
/// # Errors
/// [`Error::Parameter`] for no curves, or curves that differ in more than sizes, trials and width; as
/// [`LearningCurve::theory_at`].
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::report::levels_panel;
/// let small = LearningCurve { sizes: vec![10, 20], trials: 0..2, ..Default::default() }.infinite();
/// let large = LearningCurve { sizes: vec![20, 40], ..small.clone() };
/// let panel = levels_panel("d = 5", &[&small.run()?, &large.run()?])?;
/// assert_eq!(panel.series.len(), 2 + 3); // marks, two models, one ridge
/// # Ok::<(), Error>(())
/// ```
pub fn levels_panel(title: &str, curves: &[&LearningCurveResult]) -> Result<Panel> {
    let Some(first) = curves.first() else {
        return Err(Error::parameter("curves", "[]", "name at least one"));
    };
    let same = |curve: &LearningCurveResult| LearningCurve {
        sizes: Vec::new(),
        trials: 0..0,
        regime: first.parameters.regime.clone(),
        ..curve.parameters.clone()
    };
    if let Some(other) = curves.iter().find(|curve| same(curve) != same(first)) {
        let why = "curves of one panel may differ in sizes, trials and width only";
        return Err(Error::parameter("curves", format!("{:?}", other.parameters), why));
    }
    let mut panel = axes(title);
    let mut levels: Vec<CurveLevel> = Vec::new();
    for curve in curves {
        levels.extend(curve.levels()?);
    }
    let ends = levels.iter().map(|l| l.n).min().zip(levels.iter().map(|l| l.n).max());
    let theory = match ends {
        Some((low, high)) if low < high => first.parameters.theory_at(&log_spaced_sizes(low, high, 41)?)?,
        _ => Vec::new(),
    };
    for &start in &first.parameters.initialisations {
        let mut by_size: BTreeMap<usize, &CurveLevel> = BTreeMap::new();
        for level in levels.iter().filter(|level| level.initialisation == start) {
            let known = by_size.entry(level.n).or_insert(level);
            if level.trials > known.trials {
                *known = level;
            }
        }
        let own: Vec<&CurveLevel> = by_size.into_values().collect();
        let of = |value: fn(&CurveLevel) -> f64| own.iter().map(|l| value(l)).collect::<Vec<f64>>();
        let marks = Series::points(start.to_string(), of(|l| l.n as f64), of(|l| l.error));
        let ends = |k: usize| own.iter().map(|l| l.interval.map(|i| i[k])).collect::<Option<Vec<f64>>>();
        let marks = match ends(0).zip(ends(1)) {
            Some((low, high)) => marks.error_bars(low, high),
            None => marks,
        };
        panel = panel.series(marks.colour(start_colour(start)).shape(start_shape(start)));
        let Some(theory) = theory.iter().find(|theory| theory.initialisation == start) else { continue };
        let line = |label: &str, risks: &[f64], dash| {
            let n = theory.sizes.iter().map(|n| *n as f64);
            Series::line(label, n, risks).colour(start_colour(start)).dash(dash)
        };
        panel = panel.series(line("population model", &theory.population, Dash::Dashed));
        if let Some(ridge) = &theory.ridge {
            panel = panel.series(line("ridge equivalent", ridge, Dash::Dotted));
        }
    }
    Ok(panel)
}

impl LearningCurveResult {
    /// [`LearningCurveResult::levels`]: the measured error of every start and size, and its ratio to both theories.
    ///
    /// # Errors
    /// As [`LearningCurveResult::levels`].
    pub fn levels_table(&self) -> Result<Table> {
        let numbers = [
            Column::number("n"),
            Column::number("error"),
            Column::interval("interval"),
            Column::number("arithmetic mean"),
            Column::number("population model"),
            Column::number("mean / model"),
            Column::number("ridge equivalent"),
            Column::number("mean / ridge"),
            Column::number("trials"),
        ];
        let table = Table::new([Column::text("start")].into_iter().chain(numbers))
            .caption(format!("Test error beside theory, {}", regime_name(self)))
            .label("tab:learning-curve-levels")
            .note(format!(
                "Error: geometric mean over trials of the smallest test error, with its {} % interval (Student). The theories, at infinite width \
                 and without a free parameter, give the smallest of expected errors, which the arithmetic mean of smallest errors may undercut. \
                 Population model: flow with exact eigenvalues, without the sampling error of the kernel. Ridge equivalent: the best ridge, with \
                 that error; no description of a start from zero.",
                100.0 * self.parameters.level
            ));
        Ok(self.levels()?.iter().fold(table, |table, level| {
            table.row([
                level.initialisation.to_string().into(),
                Cell::count(level.n),
                Cell::significant(level.error, 3),
                level.interval.map(|ends| Cell::interval(ends, Digits::Significant(3))).into(),
                Cell::significant(level.mean, 3),
                Cell::significant(level.population, 3),
                Cell::number(level.mean / level.population, 2),
                level.ridge.map(|ridge| Cell::significant(ridge, 3)).into(),
                level.ridge.map(|ridge| Cell::number(level.mean / ridge, 2)).into(),
                Cell::count(level.trials),
            ])
        }))
    }
}

/// In how many trials the smallest test error of all epochs or times is the last one, of several curves; a column a size.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::report::smallest_at_end_table;
/// let curve = LearningCurve { sizes: vec![10, 20], trials: 0..2, ..Default::default() }.infinite();
/// let table = smallest_at_end_table(&[("d = 5", curve.run()?)]);
/// assert_eq!((table.columns.len(), table.rows.len()), (4, 2));
/// # Ok::<(), Error>(())
/// ```
pub fn smallest_at_end_table<N: AsRef<str>, R: Borrow<LearningCurveResult>>(curves: &[(N, R)]) -> Table {
    let sizes = curves.iter().flat_map(|(_, curve)| curve.borrow().parameters.sizes.clone());
    let mut sizes: Vec<usize> = sizes.collect();
    sizes.sort_unstable();
    sizes.dedup();
    let columns = sizes.iter().map(|n| Column::number(format!("n = {n}")));
    let mut table = Table::new(["curve", "start"].map(Column::text).into_iter().chain(columns))
        .caption("Trials whose smallest test error is the last one")
        .label("tab:smallest-at-end")
        .note("Where most are, the length of the training decides what is called the smallest error, not a minimum.");
    for (name, curve) in curves {
        let curve = curve.borrow();
        let ends = curve.smallest_at_end();
        for &start in &curve.parameters.initialisations {
            let cells = sizes.iter().map(|n| {
                let own = ends.iter().find(|end| (end.initialisation, end.n) == (start, *n));
                own.map(|end| Cell::text(format!("{} of {}", end.at_end, end.trials))).into()
            });
            let head = [Cell::text(plain(name.as_ref())), Cell::text(start.to_string())];
            table = table.row(head.into_iter().chain(cells));
        }
    }
    table
}
