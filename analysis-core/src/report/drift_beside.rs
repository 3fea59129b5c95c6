//! The same networks trained two ways, side by side.

use std::collections::BTreeMap;

use super::{Cell, Column, Table};
use crate::experiment::{DriftCell, DriftLook, DriftResult, KernelForm};

/// How far two trainings of the same networks are apart: as gradient flow and by the paper's steps, say, or by two programs.
///
/// A row a depth and a step at which both were looked at: how many networks, the largest and the median difference of a change of
/// the kernel (of one output, of all pairs, summed over outputs: whichever differs most), and the largest of a loss, as a
/// share of it. Networks of one place in the grid are taken for the same: same seed, same images. Where both were to take as many steps,
/// their ends are compared wherever the stopping rule ended them, and stand at the last of these steps.
///
/// # Examples
/// ```
/// use analysis_core::experiment::{Acceleration, Drift, DriftData};
/// use analysis_core::report::drift_beside_table;
/// use ndarray::Array2;
/// let x = Array2::from_shape_fn((6, 4), |(i, j)| ((3 * i + j) as f64).sin());
/// let y = Array2::from_shape_fn((6, 2), |(i, o)| f64::from(i % 2 == o));
/// let data = DriftData { z: x.clone(), x, y };
/// let steps = Drift {
///     widths: vec![32],
///     depths: vec![2],
///     sigma_w2: vec![2.0],
///     sigma_b2: vec![0.1],
///     steps: 300,
///     ..Drift::default()
/// };
/// let flow = Drift { acceleration: Acceleration::flow(1e-3), ..steps.clone() };
/// let table = drift_beside_table(&steps.run_on(&data)?, &flow.run_on(&data)?);
/// // The start, the looks after 10 and 100 steps, and the end.
/// assert_eq!(table.rows.len(), 4);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn drift_beside_table(one: &DriftResult, other: &DriftResult) -> Table {
    let columns = ["H", "step", "networks", "change, most", "change, median", "loss, most (relative)"];
    let table = Table::new(columns.map(Column::number))
        .caption("The same networks trained two ways: differences of the kernel's change and of the loss")
        .label("tab:drift-beside");
    apart(one, other).into_iter().fold(table, |table, ((depth, step), mut apart)| {
        apart.changes.sort_by(f64::total_cmp);
        let changes = &apart.changes;
        table.row([
            Cell::count(depth),
            Cell::count(step),
            Cell::count(changes.len()),
            Cell::scientific(changes[changes.len() - 1], 2),
            Cell::scientific(changes[changes.len() / 2], 2),
            Cell::scientific(apart.loss, 2),
        ])
    })
}

/// Differences at one depth and step; of changes one a network.
#[derive(Default)]
struct Apart {
    changes: Vec<f64>,
    loss: f64,
}

/// By depth and step.
fn apart(one: &DriftResult, other: &DriftResult) -> BTreeMap<(usize, usize), Apart> {
    let mut found: BTreeMap<(usize, usize), Apart> = BTreeMap::new();
    for cell in &one.cells {
        let DriftCell { depth, width, sigma_w2, sigma_b2, trial, .. } = *cell;
        let there = other.networks(width, depth, sigma_w2, sigma_b2);
        let Some(there) = there.into_iter().find(|other| other.trial == trial) else { continue };
        let last = one.parameters.steps;
        let ends = cell.end().zip(there.end()).filter(|_| last == other.parameters.steps);
        let is_end = |look: &DriftLook| ends.is_some_and(|(end, _)| end.step == look.step);
        let before = cell.looks.iter().filter(|look| !is_end(look)).filter_map(|look| {
            let second = there.looks.iter().find(|other| other.step == look.step)?;
            Some((look.step, look, second))
        });
        for (step, look, second) in before.chain(ends.map(|(look, second)| (last, look, second))) {
            let apart = found.entry((depth, step)).or_default();
            apart.changes.push(change_apart(look, second));
            apart.loss = apart.loss.max((look.loss / second.loss - 1.0).abs());
        }
    }
    found
}

/// The largest difference of the three forms' changes.
fn change_apart(one: &DriftLook, other: &DriftLook) -> f64 {
    let forms = [KernelForm::One, KernelForm::Full, KernelForm::Trace];
    forms
        .map(|form| (one.change(form).drift - other.change(form).drift).abs())
        .into_iter()
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::experiment::{Drift, Ending};
    use crate::report::tests::instances::drift_on_six_rows;

    /// By hand: two networks; one's loss doubled at the end, the other's change there larger by a quarter.
    #[test]
    fn differences_are_those_of_the_same_network_at_the_same_step() {
        let grid = Drift {
            widths: vec![4],
            depths: vec![1],
            sigma_w2: vec![1.0, 2.0],
            sigma_b2: vec![0.1],
            steps: 5,
            looks: vec![2],
            ..Drift::default()
        };
        let mut one = drift_on_six_rows(grid);
        one.cells[1].looks[2].trace.drift = 0.5;
        let mut other = one.clone();
        other.cells[0].looks[2].loss /= 2.0;
        other.cells[1].looks[2].trace.drift = 0.75;
        other.cells[1].looks.remove(1);
        let numbers = |other: &DriftResult| -> Vec<(usize, Vec<f64>, f64)> {
            let found = apart(&one, other);
            found.into_iter().map(|((_, step), apart)| (step, apart.changes, apart.loss)).collect()
        };
        let all = [(0, vec![0.0, 0.0], 0.0), (2, vec![0.0], 0.0), (5, vec![0.0, 0.25], 1.0)];
        assert_eq!(numbers(&other), all);
        assert_eq!(drift_beside_table(&one, &other).rows.len(), 3);
        // The stopping rule ended one of them earlier: ends are ends.
        other.cells[0].ending = Ending::Plateau;
        other.cells[0].looks[2].step = 4;
        assert_eq!(numbers(&other), all);
        // A training that goes on longer is not at its end there, and an unfinished one has none.
        other.parameters.steps = 9;
        assert_eq!(numbers(&other)[2], (5, vec![0.25], 0.0));
        other.parameters.steps = 5;
        other.cells[1].ending = Ending::Unfinished;
        assert_eq!(numbers(&other)[2], (5, vec![0.0, 0.25], 1.0));
    }
}
