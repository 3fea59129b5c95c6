//! Medians over a line of the plane: the change of the kernel by step.

use super::drift::form_name;
use super::{Cell, Column, Table};
use crate::error::Result;
use crate::experiment::{DriftCell, DriftResult};

impl DriftResult {
    /// The change of the kernel ([`Drift::kernel`](crate::experiment::Drift::kernel)) at these σ_w² and each width and depth: medians over σ_b²
    /// and networks after every step that was looked at, and at the end. A training that the stopping rule ended earlier stays as it was
    /// then ([`DriftCell::at`]); one that diverged, failed or is not at its end is in no median, and not among the networks.
    ///
    /// # Errors
    /// Those of [`MedianInterval::of`](crate::regression::MedianInterval::of), of which finite changes have none.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Drift, DriftData};
    /// use ndarray::Array2;
    /// let x = Array2::from_shape_fn((6, 4), |(i, j)| ((3 * i + j) as f64).sin());
    /// let y = Array2::from_shape_fn((6, 2), |(i, o)| f64::from(i % 2 == o));
    /// let grid = Drift {
    ///     widths: vec![32],
    ///     depths: vec![1, 2],
    ///     sigma_w2: vec![1.0, 2.0],
    ///     sigma_b2: vec![0.1, 0.5],
    ///     steps: 300,
    ///     ..Drift::default()
    /// };
    /// let planes = grid.run_on(&DriftData { z: x.clone(), x, y })?;
    /// // At ReLU's edge of chaos: a row a depth.
    /// assert_eq!(planes.medians_table(&[2.0])?.rows.len(), 2);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn medians_table(&self, sigma_w2: &[f64]) -> Result<Table> {
        let p = &self.parameters;
        let opening = ["M", "H", "σ_{w}²", "networks"].map(Column::number);
        let steps = p.looks.iter().map(|step| Column::mean_interval(format!("after {step}")));
        let columns = opening.into_iter().chain(steps).chain([Column::mean_interval("at the end")]);
        let mut table = Table::new(columns)
            .caption(format!("The change of the kernel in training, {} networks", p.activation))
            .label("tab:drift-medians")
            .note(format!(
                "The {} kernel. Medians over σ_{{b}}² and networks; brackets: 95 % intervals that assume no distribution.",
                form_name(p.kernel)
            ));
        for &width in &p.widths {
            for &depth in &p.depths {
                for &sigma_w2 in sigma_w2 {
                    let place = (width, depth, sigma_w2);
                    let own = |cell: &&DriftCell| (cell.width, cell.depth, cell.sigma_w2) == place;
                    let ended: Vec<&DriftCell> =
                        self.cells.iter().filter(own).filter(|cell| cell.end().is_some()).collect();
                    if ended.is_empty() {
                        continue;
                    }
                    let at = |step: usize| {
                        let looks = ended.iter().filter_map(|cell| cell.at(step));
                        let changes: Vec<f64> = looks.map(|look| look.change(p.kernel).drift).collect();
                        Cell::median_of(&changes, 2)
                    };
                    let changes = p.looks.iter().chain([&p.steps]).map(|step| at(*step));
                    let changes = changes.collect::<Result<Vec<Cell>>>()?;
                    let opened = [Cell::count(width), Cell::count(depth), Cell::number(sigma_w2, 1)];
                    table = table.row(opened.into_iter().chain([Cell::count(ended.len())]).chain(changes));
                }
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::experiment::{Drift, Ending};
    use crate::report::tests::instances::drift_on_six_rows;

    /// By hand: three networks, one of which has no end; one is ended before the look after two steps.
    #[test]
    fn medians_are_of_the_networks_that_came_to_an_end() {
        let grid = Drift {
            widths: vec![4],
            depths: vec![1],
            sigma_w2: vec![1.0, 2.0],
            sigma_b2: vec![0.1, 0.2, 0.3],
            steps: 5,
            looks: vec![2],
            ..Drift::default()
        };
        let mut result = drift_on_six_rows(grid);
        let mut own: Vec<&mut DriftCell> = result.cells.iter_mut().filter(|c| c.sigma_w2 == 2.0).collect();
        for (cell, [early, late]) in own.iter_mut().zip([[0.1, 0.2], [0.3, 0.6], [9.0, 9.0]]) {
            (cell.looks[1].one.drift, cell.looks[2].one.drift) = (early, late);
        }
        own[0].looks.remove(2);
        (own[0].ending, own[0].steps, own[2].ending) = (Ending::Plateau, 2, Ending::Unfinished);
        let table = result.medians_table(&[2.0, 3.0]).unwrap();
        let written = table.csv().unwrap();
        let row = written.lines().last().unwrap();
        assert_eq!(table.rows.len(), 1, "{written}");
        assert!(row.starts_with("4,1,2") && row.contains(",2,"), "{row}");
        // Medians of 0.1 and 0.3, and of 0.1 (it had ended) and 0.6.
        let numbers: Vec<f64> = row.split(',').filter_map(|v| v.parse().ok()).collect();
        assert!(numbers.iter().any(|v| (v - 0.2).abs() < 1e-12), "{row}");
        assert!(numbers.iter().any(|v| (v - 0.35).abs() < 1e-12), "{row}");
    }
}
