//! Labels and the initial function under two architectures.

use std::collections::BTreeSet;

use super::labels_against_f0::{mean_cell, short, target_name};
use super::smoothness_table::title;
use super::{Axis, Cell, Column, Dash, Figure, Legend, Panel, Series, Shape, Table};
use crate::error::Result;
use crate::experiment::{ArchitectureDifference, ComparedError, ComparedTarget, LabelsAgainstF0Result};
use crate::regression::MeanInterval;
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
                        Some([depth as f64, r.mean, r.low, r.high])
                    };
                    let rows: Vec<[f64; 4]> = result.parameters.depths.iter().filter_map(of).collect();
                    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
                    let name = if target.is_function() { "f_{0}" } else { "labels" };
                    let series =
                        Series::line_points(format!("{name}, {}", result.kind()), column(0), column(1))
                            .error_bars(column(2), column(3))
                            .shape([Shape::Circle, Shape::Square][at])
                            .dash([Dash::Solid, Dash::Dashed][which])
                            .colour(2 * at + which)
                            .beside(which, 2);
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

    /// The leave-one-out errors at the largest n as shares of the target's variance, in `other` and here, and here minus there, subset by
    /// subset ([`LabelsAgainstF0Result::errors_minus`]): without a ridge, and with the best under each.
    ///
    /// # Errors
    /// Those of [`LabelsAgainstF0Result::errors_minus`].
    pub fn error_table(&self, other: &LabelsAgainstF0Result) -> Result<Table> {
        let (here, there, differences) = (self.errors()?, other.errors()?, self.errors_minus(other)?);
        let last = differences.iter().map(|d| d.n).max().unwrap_or(self.parameters.n);
        let opening = [Column::text("data"), Column::number("L"), Column::text("target")];
        let [one, two] = [other.short_name(self), self.short_name(other)];
        let plain = [one.clone(), two.clone(), "difference".into()];
        let ridged = [format!("{one}, ridged"), format!("{two}, ridged"), "difference, ridged".into()];
        let columns = plain.into_iter().chain(ridged).map(Column::mean_interval);
        let table = Table::new(opening.into_iter().chain(columns))
            .caption(format!(
                "Leave-one-out errors at n = {last} as shares of the target's variance, under {} and {} layers",
                other.architecture(),
                self.architecture()
            ))
            .label("tab:architecture-errors")
            .note(format!(
                "The same disjoint subsets of training rows under both; f_{{0}}: that of the architecture itself. L: hidden layers. \
                 Difference: {two} minus {one}, subset by subset, so below 0 the {two} kernel has learnt more. Ridged: the best of six \
                 ridges. Brackets: Student's 95 % intervals over subsets."
            ));
        Ok(differences.iter().filter(|d| d.n == last).fold(table, |table, d| {
            let of = |all: &[ComparedError]| {
                let own = |e: &&ComparedError| {
                    (e.source, e.depth, e.target, e.n) == (d.source, d.depth, d.target, last) && !e.bias
                };
                all.iter().find(own).map_or([None; 2], |e| [e.error, e.ridged])
            };
            let ([dense, dense_ridged], [own, own_ridged]) = (of(&there), of(&here));
            let all = [dense, own, Some(d.error), dense_ridged, own_ridged, Some(d.ridged)];
            let opened = [Cell::from(title(d.source)), Cell::count(d.depth), target_name(d.target).into()];
            table.row(opened.into_iter().chain(all.map(|value| error_cell(value.as_ref()))))
        }))
    }

    /// The learning curves: leave-one-out errors with the best ridge as shares of the target's variance against n, here and in `other`
    /// (dashed), one colour a depth; a row of panels a target, a column a set, with intervals over subsets.
    ///
    /// # Errors
    /// Those of [`LabelsAgainstF0Result::errors`].
    pub fn error_plot(&self, other: &LabelsAgainstF0Result, targets: &[ComparedTarget]) -> Result<Figure> {
        let curves = [self.errors()?, other.errors()?];
        let mut panels = Vec::new();
        for &target in targets {
            for &source in &self.parameters.sources {
                let own = [&curves[0], &curves[1]].map(|all| {
                    let own = |e: &&ComparedError| (e.source, e.target, e.bias) == (source, target, false);
                    all.iter().filter(own).collect::<Vec<_>>()
                });
                let of = match target {
                    ComparedTarget::Function { .. } => "f_{0}".into(),
                    ComparedTarget::Labels(_) => "the labels".into(),
                    _ => target_name(target),
                };
                let (name, legend) = match panels.len() {
                    0 => (title(source), Legend::Best),
                    at if at < self.parameters.sources.len() => (title(source), Legend::Off),
                    _ => ("", Legend::Off),
                };
                let panel = self.error_panel(own);
                // Intervals over few subsets may hold 0, which has no place on a logarithmic axis.
                let lows = panel.series.iter().flat_map(|series| &series.lower);
                let positive = lows.copied().all(|low: f64| low > 0.0);
                let axis = if positive { Axis::log10 } else { Axis::linear };
                let panel = panel.y(axis(format!("error / variance of {of}")));
                panels.push(Panel { title: name.into(), legend, ..panel });
            }
        }
        let columns = self.parameters.sources.len().max(1);
        Ok(Figure::grid(panels, columns).share_x().aspect(0.4 * targets.len() as f64).caption(
            "Leave-one-out error with the best of six ridges against n, as a share of the target's variance, under kernels of L hidden \
             layers: means over disjoint subsets, bars Student's 95 % intervals. Circles: convolutional; squares, dashed: fully connected. \
             f_{0} is drawn from the process of the architecture itself.",
        ))
    }

    /// One target of one set under both architectures.
    fn error_panel(&self, curves: [Vec<&ComparedError>; 2]) -> Panel {
        let sizes = curves[0].iter().map(|e| e.n).collect::<BTreeSet<usize>>();
        let sizes = sizes.into_iter().map(|n| n as f64);
        let mut panel = Panel::new("").x(Axis::log10("n").ticks(sizes));
        for (colour, &depth) in self.parameters.depths.iter().enumerate() {
            for (which, curve) in curves.iter().enumerate() {
                let own = curve.iter().filter(|e| e.depth == depth);
                let rows: Vec<[f64; 4]> = own
                    .filter_map(|e| e.ridged.map(|share| [e.n as f64, share.mean, share.low, share.high]))
                    .collect();
                let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
                let name = if which == 0 { format!("L = {depth}") } else { String::new() };
                let series = Series::line_points(name, column(0), column(1))
                    .error_bars(column(2), column(3))
                    .dash([Dash::Solid, Dash::Dashed][which])
                    .shape([Shape::Circle, Shape::Square][which])
                    .colour(colour)
                    .beside(1 - which, 2);
                panel = panel.series(series);
            }
        }
        panel
    }

    /// "dense" or "convolutional", and where `other` is the same the filters.
    fn short_name(&self, other: &LabelsAgainstF0Result) -> String {
        match self.parameters.filters {
            Some(filters) if other.parameters.filters.is_some() => filters.to_string(),
            _ => self.kind().into(),
        }
    }

    fn kind(&self) -> &'static str {
        if self.parameters.filters.is_some() { "convolutional" } else { "dense" }
    }
}

fn error_cell(value: Option<&MeanInterval>) -> Cell {
    value.map_or(Cell::Absent, |interval| Cell::mean_interval(interval, 3))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::data::Source;
    use crate::experiment::{ComparedCurve, LabelsAgainstF0};
    use crate::report::Style;
    use crate::smoothness::{LeaveOneOutCurve, LeaveOneOutPoint};

    /// Two subsets whose shares are far apart: the interval holds 0, and the figure is drawn all the same.
    #[test]
    fn intervals_below_zero_are_drawn() {
        let target = ComparedTarget::Function { function: 0 };
        let parameters = LabelsAgainstF0 {
            sources: vec![Source::Mnist],
            depths: vec![1],
            biases: vec![false],
            ..Default::default()
        };
        let of = |errors: [f64; 2]| {
            let curves = errors.into_iter().enumerate().map(|(subset, error)| {
                let point = |n| LeaveOneOutPoint {
                    n,
                    parts: 1,
                    error,
                    gcv: error,
                    ridged: error,
                    ridge: 0.0,
                    kappa: 1.0,
                };
                let curve = LeaveOneOutCurve { points: vec![point(100), point(200)], variance: 1.0 };
                ComparedCurve { source: Source::Mnist, depth: 1, bias: false, subset, target, curve }
            });
            let (curves, parameters) = (curves.collect(), parameters.clone());
            let computed_by = crate::origin::Origins::now();
            LabelsAgainstF0Result {
                rows: vec![],
                readings: vec![],
                curves,
                jitter: 0.0,
                parameters,
                computed_by,
            }
        };
        for (errors, log) in [([0.9, 0.1], false), ([0.5, 0.49], true)] {
            let figure = of(errors).error_plot(&of(errors), &[target]).unwrap();
            assert_eq!(figure.panels[0].y.scale == Axis::log10("").scale, log, "{errors:?}");
            figure.svg(&Style::default()).unwrap();
        }
    }
}
