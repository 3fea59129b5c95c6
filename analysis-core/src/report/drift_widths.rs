//! Whole planes of trained networks at several widths: how the change of the kernel falls with M (paper 2, Figs 10 and 11).

use super::{Cell, Column, Table};
use crate::error::Result;
use crate::experiment::{DriftCell, DriftLook, DriftResult};
use crate::numeric::least_squares_slope;
use crate::regression::MeanInterval;

/// Which side of the edge of chaos a place is on.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Below,
    Beyond,
}

/// One (σ_w², σ_b²) whose trainings came to an end at every width: means over its networks, by width.
struct WidthsAt {
    side: Side,
    change: Vec<f64>,
    /// Of the function from its linearisation, over the distance trained; where every width has one.
    gap: Option<Vec<f64>>,
}

impl DriftResult {
    /// The change of the kernel at the end of training by width, below the edge of chaos and from it on: medians over the places of the
    /// plane whose trainings came to an end at every width, and the slope of ln of the change, and of the relative distance to the
    /// linearised network (on the test images, where there are some), against ln M, a mean over places. And at how many of them the change is
    /// less at the widest than at the narrowest. At one rate and number of steps
    /// a wider network has trained further, so the slope is of what is seen at the same step, not at the same loss.
    ///
    /// # Errors
    /// Those of [`MeanInterval::of`] and [`MedianInterval::of`](crate::regression::MedianInterval::of); there are none for finite changes.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::experiment::{Drift, DriftResult};
    /// let grid = Drift { sigma_w2: vec![1.0, 2.0, 2.5], sigma_b2: vec![0.1, 0.5], depths: vec![3], ..Drift::default() };
    /// let planes = [128, 256].map(|width| Drift { widths: vec![width], ..grid.clone() }.run());
    /// let [narrow, wide] = planes;
    /// println!("{}", DriftResult::join(&[narrow?, wide?])?.widths_table()?.markdown()?);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn widths_table(&self) -> Result<Table> {
        let p = &self.parameters;
        let widths = p.widths.iter().map(|width| Column::mean_interval(format!("M = {width}")));
        let slopes = ["slope of the change", "slope of the gap"].map(Column::mean_interval);
        let opening = [Column::number("H"), Column::text("phase"), Column::text("less at the widest")];
        let mut table = Table::new(opening.into_iter().chain(widths).chain(slopes))
            .caption(format!("The change of the kernel by width, {} networks", p.activation))
            .label("tab:drift-widths")
            .note(
                "Less at the widest: at how many places the change is smaller there than at the narrowest. Medians over the places (σ_{w}², σ_{b}²) of the plane whose trainings came to an end at every width; brackets: 95 % \
                 intervals that assume no distribution. Slopes: of ln against ln M at each place, means with Student's 95 % intervals \
                 over places. Gap: the distance to the linearised network over the distance trained.",
            );
        for &depth in &p.depths {
            let all = self.at_all_widths(depth);
            for (side, name) in [(Side::Below, "ordered"), (Side::Beyond, "edge and beyond")] {
                let own: Vec<&WidthsAt> = all.iter().filter(|place| place.side == side).collect();
                if own.is_empty() {
                    continue;
                }
                let changes = (0..p.widths.len()).map(|at| {
                    let values: Vec<f64> = own.iter().map(|place| place.change[at]).collect();
                    Cell::median_of(&values, 3)
                });
                let changes = changes.collect::<Result<Vec<Cell>>>()?;
                let change = self.slope(own.iter().map(|place| &place.change))?;
                let gap = self.slope(own.iter().filter_map(|place| place.gap.as_ref()))?;
                let less = own.iter().filter(|place| place.change.last() < place.change.first()).count();
                let opened = [Cell::count(depth), name.into(), format!("{less} of {}", own.len()).into()];
                table = table.row(opened.into_iter().chain(changes).chain([change, gap]));
            }
        }
        Ok(table)
    }

    fn at_all_widths(&self, depth: usize) -> Vec<WidthsAt> {
        let p = &self.parameters;
        let mut found = Vec::new();
        for edge in self.edge() {
            for &sigma_w2 in &p.sigma_w2 {
                let of = |width: usize, of: &dyn Fn(&DriftLook) -> Option<f64>| -> Option<f64> {
                    let networks = self.networks(width, depth, sigma_w2, edge.sigma_b2);
                    let ends: Vec<&DriftLook> =
                        networks.iter().copied().map(DriftCell::end).collect::<Option<_>>()?;
                    let values: Vec<f64> = ends.into_iter().map(of).collect::<Option<_>>()?;
                    let mean = values.iter().sum::<f64>() / values.len() as f64;
                    (mean.is_finite() && mean > 0.0).then_some(mean)
                };
                let by_width = |value: &dyn Fn(&DriftLook) -> Option<f64>| -> Option<Vec<f64>> {
                    p.widths.iter().map(|width| of(*width, value)).collect()
                };
                let Some(change) = by_width(&|look| Some(look.change(p.kernel).drift)) else { continue };
                let gap =
                    by_width(&DriftLook::relative_test_gap).or_else(|| by_width(&DriftLook::relative_gap));
                let side = if sigma_w2 < edge.sigma_w2 { Side::Below } else { Side::Beyond };
                found.push(WidthsAt { side, change, gap });
            }
        }
        found
    }

    /// The mean over places of the slope of ln against ln M; nothing for one place or one width.
    fn slope<'a>(&self, places: impl Iterator<Item = &'a Vec<f64>>) -> Result<Cell> {
        let m: Vec<f64> = self.parameters.widths.iter().map(|width| (*width as f64).ln()).collect();
        let logs = |values: &Vec<f64>| values.iter().map(|value| value.ln()).collect::<Vec<f64>>();
        let slopes: Vec<f64> = places.map(|values| least_squares_slope(&m, &logs(values))).collect();
        if slopes.len() < 2 || m.len() < 2 {
            return Ok(Cell::Absent);
        }
        Ok(Cell::mean_interval(&MeanInterval::of(&slopes, 0.95)?, 2))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::experiment::Drift;
    use crate::report::tests::instances::drift_on_six_rows;

    /// Changes set by hand to M^{−1/2} below the edge and 2 M^{−1} beyond it.
    #[test]
    fn slopes_and_medians_are_those_of_the_planes() {
        let grid = Drift {
            widths: vec![4, 8, 16],
            depths: vec![2],
            sigma_w2: vec![1.0, 1.5, 2.0, 2.5],
            sigma_b2: vec![0.1, 0.5, 1.0],
            steps: 1,
            looks: Vec::new(),
            ..Drift::default()
        };
        let mut result = drift_on_six_rows(grid);
        for cell in &mut result.cells {
            let m = cell.width as f64;
            let change = if cell.sigma_w2 < 2.0 { m.powf(-0.5) } else { 2.0 / m };
            cell.looks.last_mut().unwrap().one.drift = change;
        }
        let rows = result.widths_table().unwrap().rows;
        assert_eq!(rows.len(), 2);
        for (row, name, medians, slope) in [
            (&rows[0], "ordered", [0.5, 0.5f64.powf(1.5), 0.25], -0.5),
            (&rows[1], "edge and beyond", [0.5, 0.25, 0.125], -1.0),
        ] {
            assert_eq!(row[..3], [Cell::count(2), Cell::from(name), Cell::from("6 of 6")]);
            let mean = |cell: &Cell| match cell {
                Cell::Interval { mean: Some(mean), low, high, .. } => {
                    assert!(high - low < 1e-12);
                    *mean
                }
                _ => panic!("{cell:?}"),
            };
            for (cell, median) in row[3..6].iter().zip(medians) {
                assert!((mean(cell) - median).abs() < 1e-12);
            }
            assert!((mean(&row[6]) - slope).abs() < 1e-12);
        }
        // A place without an end at one width counts at none.
        let lost = |cell: &&mut DriftCell| (cell.width, cell.sigma_w2, cell.sigma_b2) == (8, 1.0, 0.1);
        result.cells.iter_mut().filter(lost).for_each(|cell| cell.ending = crate::experiment::Ending::Failed);
        assert_eq!(result.widths_table().unwrap().rows[0][2], Cell::from("5 of 5"));
    }
}
