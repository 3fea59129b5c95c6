//! Several readings of what the paper on the kernel in training leaves open, beside its numbers.

use std::borrow::Borrow;

use super::{Cell, Column, Table};
use crate::experiment::{DriftReading, DriftResult, KernelForm};

/// Changes of the kernel at the end of training, medians over σ_b² and networks, beside what the paper's heat maps show (Seleznova and
/// Kutyniok 2021, Figs 3 and 4): one row a named result and depth. `most` is the largest change of any of these networks, whichever kernel is meant.
///
/// # Examples
/// ```
/// use analysis_core::{experiment::DriftResult, report::drift_readings_table};
/// let none: [(&str, DriftResult); 0] = [];
/// assert!(drift_readings_table(&none).rows.is_empty());
/// ```
pub fn drift_readings_table<N: AsRef<str>, R: Borrow<DriftResult>>(lines: &[(N, R)]) -> Table {
    let texts = [Column::text("pixels"), Column::text("φ")];
    let numbers = ["H", "paper"].map(Column::number);
    let rest = [
        Column::mean_interval("one output"),
        Column::mean_interval("every pair"),
        Column::number("most"),
        Column::text("ended"),
        Column::number("smallest loss"),
    ];
    let table = Table::new(texts.into_iter().chain(numbers).chain(rest))
        .caption("Change of the kernel at the end of training: readings of the paper, beside its numbers")
        .label("tab:drift-combinations")
        .note(
            "Medians over σ_b², one network each. Brackets: 95 % intervals of the median that assume no distribution (of ten networks \
             the second smallest and the second largest: 97.9 %). Most: the largest change of any of them at any look, in either kernel.",
        );
    lines.iter().fold(table, |table, (pixels, line)| {
        let line = line.borrow();
        line.readings().into_iter().fold(table, |table, reading| {
            table.row([
                pixels.as_ref().into(),
                line.parameters.activation.to_string().into(),
                Cell::count(reading.depth),
                Cell::number(reading.paper, 2),
                Cell::median_interval(reading.one, reading.one_interval.as_ref(), 2),
                Cell::median_interval(Some(reading.full), reading.full_interval.as_ref(), 2),
                Cell::known(most(line, &reading), 2),
                format!("{} of {}", reading.ended, reading.cells).into(),
                match reading.smallest_loss {
                    loss if loss < f64::MAX => Cell::scientific(loss, 1),
                    _ => Cell::Absent,
                },
            ])
        })
    })
}

/// The largest change of one output's kernel or that of all pairs, at any look of the trainings that the reading is over.
fn most(line: &DriftResult, reading: &DriftReading) -> Option<f64> {
    let place = (reading.width, reading.depth, reading.sigma_w2);
    let own = line.cells.iter().filter(|cell| (cell.width, cell.depth, cell.sigma_w2) == place);
    let looks = own.flat_map(|cell| &cell.looks);
    let drifts =
        looks.flat_map(|look| [KernelForm::One, KernelForm::Full].map(|form| look.change(form).drift));
    drifts.filter(|drift| drift.is_finite()).reduce(f64::max)
}

/// How far each combination of a named result and a kernel is from the paper's numbers: the root mean square of ln(ours/paper) over
/// its readings, and the furthest of them; 0.1 is about 10 %.
///
/// # Examples
/// ```
/// use analysis_core::{experiment::DriftResult, report::drift_scores_table};
/// let none: [(&str, DriftResult); 0] = [];
/// assert!(drift_scores_table(&none).rows.is_empty());
/// ```
pub fn drift_scores_table<N: AsRef<str>, R: Borrow<DriftResult>>(lines: &[(N, R)]) -> Table {
    let columns = [Column::text("pixels"), Column::text("kernel")];
    let numbers = ["read-outs", "RMS ln(ours/paper)", "furthest"].map(Column::number);
    let mut table = Table::new(columns.into_iter().chain(numbers))
        .caption("How far readings of the paper are from its numbers")
        .label("tab:drift-scores");
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in lines {
        if !names.contains(&name.as_ref()) {
            names.push(name.as_ref());
        }
    }
    for name in names {
        for (kernel, form) in [("one output", KernelForm::One), ("every pair", KernelForm::Full)] {
            let own = lines.iter().filter(|line| line.0.as_ref() == name);
            let own = own.flat_map(|line| line.1.borrow().readings());
            let logs: Vec<f64> = own.filter_map(|reading| reading.log_ratio(form)).collect();
            if logs.is_empty() {
                continue;
            }
            let rms = (logs.iter().map(|log| log * log).sum::<f64>() / logs.len() as f64).sqrt();
            let furthest =
                logs.iter().copied().reduce(|far, log| if log.abs() > far.abs() { log } else { far });
            table = table.row([
                name.into(),
                kernel.into(),
                Cell::count(logs.len()),
                Cell::number(rms, 2),
                Cell::known(furthest, 2),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Drift;
    use crate::report::tests::instances::drift_on_six_rows;

    /// By hand: two networks at the right edge of the paper's Fig. 4 for H = 3 (0.30 there), two for H = 10 (0.60).
    #[test]
    fn readings_and_scores_are_of_the_medians() {
        let grid = Drift {
            widths: vec![4],
            depths: vec![3, 10],
            sigma_w2: vec![2.5],
            sigma_b2: vec![0.1, 0.5],
            steps: 1,
            looks: Vec::new(),
            ..Drift::default()
        };
        let mut line = drift_on_six_rows(grid);
        for (cell, [one, full]) in line.cells.iter_mut().zip([[0.3, 0.6], [0.3, 0.6], [0.6, 0.3], [0.6, 0.5]])
        {
            let end = cell.looks.last_mut().unwrap();
            (end.one.drift, end.full.drift) = (one, full);
        }
        let lines = [("a".to_string(), line)];
        let readings = drift_readings_table(&lines).rows;
        let number = |value| Cell::number(value, 2);
        assert_eq!(readings[0][2..6], [Cell::count(3), number(0.3), number(0.3), number(0.6)]);
        assert_eq!(readings[1][2..6], [Cell::count(10), number(0.6), number(0.6), number(0.4)]);
        assert_eq!([&readings[0][6], &readings[1][6]], [&number(0.6), &number(0.6)]);
        // One output: 0 and 0. Pairs: ln 2 and ln(2/3).
        let scores = drift_scores_table(&lines).rows;
        let (more, less) = ((0.6f64 / 0.3).ln(), (0.4f64 / 0.6).ln());
        let rms = ((more * more + less * less) / 2.0).sqrt();
        assert_eq!(scores[0][2..], [Cell::count(2), number(0.0), number(0.0)]);
        assert_eq!(scores[1][2..], [Cell::count(2), number(rms), number(more)]);
    }
}
