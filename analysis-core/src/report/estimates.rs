//! Estimates side by side: of one target, and of whole sets.

use super::Cell;
use super::smoothness_table::title;
use super::table::{Column, Table};
use crate::error::Result;
use crate::experiment::{WholeSetResult, WholeTarget};
use crate::smoothness::Estimate;

/// What each estimator says of one target, what it corrects and when to use it.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::report::estimates_table;
/// let eigenvalues: Vec<f64> = (1..=400).map(|i| f64::from(i).powf(-1.5)).collect();
/// let energies: Vec<f64> = (1..=400).map(|i| f64::from(i).powf(-1.4)).collect();
/// let likelihood = Estimate::likelihood(&eigenvalues, &energies, 1, f64::EPSILON)?;
/// assert_eq!(estimates_table(&[likelihood]).rows.len(), 1);
/// # Ok::<(), Error>(())
/// ```
pub fn estimates_table(estimates: &[Estimate]) -> Table {
    let columns =
        ["estimator", "what it corrects", "when to use it", "window", "r", "noise", "β", "s", "warnings"];
    let table = Table::new(columns.map(Column::text))
        .caption("What each estimator says of one target")
        .label("tab:estimates")
        .note("Window: the indices, or sizes n, that were read. Noise: its share of the target's mean square. Brackets: each estimator's own 95 % interval, where it has one.");
    estimates.iter().fold(table, |table, estimate| {
        let own = [
            estimate.estimator.to_string(),
            estimate.estimator.corrects().into(),
            estimate.estimator.when_to_use().into(),
            estimate.window.to_string(),
            estimate.r_text(),
            estimate.noise_share.map_or("blind".into(), |_| estimate.noise_text()),
            format!("{:.2}", estimate.beta),
            estimate.s_text(),
            estimate.warnings.len().to_string(),
        ];
        table.row(own.map(Cell::text))
    })
}

/// What the estimators that need no kernel matrix say of these targets of whole sets: a row a set and target.
///
/// # Errors
/// As [`WholeSetResult::estimates`].
///
/// # Examples
/// ```
/// let table = analysis_core::report::whole_estimates_table(&[], &[])?;
/// assert!(table.rows.is_empty());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn whole_estimates_table(sets: &[WholeSetResult], targets: &[WholeTarget]) -> Result<Table> {
    let columns = ["set", "target", "line", "soft tail", "likelihood", "noise", "warnings"].map(Column::text);
    let mut table = Table::new(columns)
        .caption("Labels and initial functions with all images")
        .label("tab:whole-estimates")
        .note("Brackets: the likelihood's own 95 % interval. Noise and warnings are the likelihood's.");
    for set in sets {
        for (target, of) in targets.iter().zip(set.estimates(targets)?) {
            let name = format!("{}, n = {}", title(set.parameters.source), set.n());
            let texts = [of[0].r_text(), of[1].r_text(), of[2].r_text(), of[2].noise_text()];
            let cells = [name, target.to_string()].into_iter().chain(texts);
            table = table.row(cells.chain([of[2].warnings.len().to_string()]).map(Cell::text));
        }
    }
    Ok(table)
}
