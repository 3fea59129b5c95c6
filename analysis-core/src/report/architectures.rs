//! Labels and the initial function under two architectures.

use super::labels_against_f0::{mean_cell, short, target_name};
use super::smoothness_table::title;
use super::{Axis, Cell, Column, Dash, Figure, Legend, Panel, Series, Shape, Table};
use crate::error::Result;
use crate::experiment::{ArchitectureDifference, ComparedTarget, LabelsAgainstF0Result};
use crate::smoothness::Estimator;

impl LabelsAgainstF0Result {
    /// "3:zero:flatten convolutions", or "fully connected".
    fn architecture(&self) -> String {
        self.parameters.filters.map_or("fully connected".into(), |filters| format!("convolutional {filters}"))
    }

    /// r here minus r in `other`, subset by subset, by every estimator ([`LabelsAgainstF0Result::minus`]).
    ///
    /// # Errors
    /// Those of [`LabelsAgainstF0Result::minus`].
    pub fn minus_table(&self, other: &LabelsAgainstF0Result) -> Result<Table> {
        let differences = self.minus(other)?;
        let opening = [Column::text("data"), Column::number("L"), Column::text("target")];
        let columns = Estimator::ALL.map(|estimator| Column::mean_interval(short(estimator)));
        let p = &self.parameters;
        let mut table = Table::new(opening.into_iter().chain(columns))
            .caption(format!("r under {} minus r under {} layers", self.architecture(), other.architecture()))
            .label("tab:architectures")
            .note(format!(
                "The same disjoint subsets of n = {} training rows under both; ReLU, NTK. L: hidden layers. Brackets: Student's 95 % \
                 intervals over subsets. Left out where an estimator warns of every pair.",
                p.n
            ));
        for &source in &p.sources {
            for &depth in &p.depths {
                for target in p.row_targets().into_iter().filter(|target| *target != ComparedTarget::Permuted)
                {
                    let own = |estimator: Estimator| -> Option<&ArchitectureDifference> {
                        let place = (source, depth, target, estimator);
                        let found =
                            differences.iter().find(|d| (d.source, d.depth, d.target, d.estimator) == place);
                        found.filter(|d| d.warned < d.pairs)
                    };
                    let known = Estimator::ALL.map(own);
                    if known.iter().any(Option::is_some) {
                        let opened =
                            [Cell::from(title(source)), Cell::count(depth), target_name(target).into()];
                        table =
                            table.row(opened.into_iter().chain(known.map(|d| mean_cell(d.map(|d| &d.r)))));
                    }
                }
            }
        }
        Ok(table)
    }

    /// r against the number of hidden layers by one estimator, here and in `other`: labels of the first encoding as circles, drawn f₀ as
    /// squares; `other` dashed. A panel a set, with intervals over subsets.
    pub fn depth_plot(&self, other: &LabelsAgainstF0Result, estimator: Estimator) -> Figure {
        let labels = self.parameters.encodings.first().map(|encoding| ComparedTarget::Labels(*encoding));
        let targets = labels.into_iter().chain([ComparedTarget::Function { function: 0 }]);
        let targets: Vec<ComparedTarget> = targets.collect();
        let panels = self.parameters.sources.iter().map(|&source| {
            let mut panel = Panel::new(title(source))
                .x(Axis::linear("hidden layers").limits(0.5, 5.5).ticks([1.0, 3.0, 5.0]))
                .y(Axis::linear(format!("r, {}", short(estimator))))
                .legend(Legend::Off);
            for (which, result) in [self, other].into_iter().enumerate() {
                for (at, &target) in targets.iter().enumerate() {
                    let of = |&depth: &usize| {
                        let r = result.row(source, depth, false, target, estimator)?.r?;
                        // Beside each other, not on top of each other.
                        let shift = 0.12 * (which as f64 - 0.5);
                        Some([depth as f64 + shift, r.mean, r.low, r.high])
                    };
                    let rows: Vec<[f64; 4]> = result.parameters.depths.iter().filter_map(of).collect();
                    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
                    let kind = if result.parameters.filters.is_some() { "convolutional" } else { "dense" };
                    let name = if target.is_function() { "f_{0}" } else { "labels" };
                    let series = Series::line_points(format!("{name}, {kind}"), column(0), column(1))
                        .error_bars(column(2), column(3))
                        .shape([Shape::Circle, Shape::Square][at])
                        .dash([Dash::Solid, Dash::Dashed][which])
                        .colour(2 * at + which);
                    panel = panel.series(series);
                }
            }
            panel
        });
        let mut panels: Vec<Panel> = panels.collect();
        if let Some(first) = panels.first_mut() {
            first.legend = Legend::Best;
        }
        Figure::row(panels).share_y().aspect(0.45)
    }
}
