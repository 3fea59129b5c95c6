//! Samples of spheres beside the exact spectra: figures, tables, manifest.

use super::smoothness_table::kernel_name;
use super::{
    Axis, Cell, Colour, Column, Dash, Digits, Figure, Legend, Panel, Parts, Reference, Report, Series, Table,
};
use crate::error::Result;
use crate::experiment::{SphereOracleCell, SphereOracleResult};
use crate::origin::Origins;
use crate::smoothness::Estimator;

impl SphereOracleCell {
    fn sphere(&self) -> String {
        format!("S^{{{}}}", self.d.saturating_sub(1))
    }
}

impl SphereOracleResult {
    /// λ_i against i, a panel for every sphere: the exact steps, and the eigenvalues of K/n of the first sample of every size.
    ///
    /// # Errors
    /// As [`SphereSpectrum::run`](crate::spectrum::SphereSpectrum::run).
    pub fn spectrum_plot(&self) -> Result<Figure> {
        let p = &self.parameters;
        let mut panels = Vec::new();
        for d in &p.dimensions {
            let own = || self.cells.iter().filter(|cell| cell.d == *d);
            let most = own().map(|cell| cell.n).max().unwrap_or(1);
            let exact = p.spectrum(*d).run()?;
            let title = format!("S^{{{}}}", d.saturating_sub(1));
            let start = Panel::new(title).x(Axis::log10("index i")).y(Axis::log10("λ_{i}"));
            let panel = own().fold(start, |panel, cell| {
                let shown =
                    || (1..).map(f64::from).zip(cell.eigenvalues.iter().copied()).filter(|(_, v)| *v > 0.0);
                let label = format!("n = {}", cell.n);
                panel.series(Series::points(label, shown().map(|q| q.0), shown().map(|q| q.1)).size(0.6))
            });
            panels.push(
                panel.series(exact.step_series("exact", 2 * most).colour(Colour::Ink).dash(Dash::Solid)),
            );
        }
        legend_in_the_first(&mut panels);
        Ok(Figure::grid(panels, 2).caption(
            "Eigenvalues on uniform points of spheres: the exact steps, one a degree of spherical harmonics, and those of K/n of the \
             first sample of every size.",
        ))
    }

    /// s of f₀ against n, a panel for every sphere: what each estimator reads (mean and 95 % interval over samples, set a little apart), the
    /// exact local slope d ln B/d ln κ around the modes that n points resolve, and 3/(d'+1).
    pub fn smoothness_plot(&self) -> Figure {
        let p = &self.parameters;
        let panel = |(d, curve): (&usize, &Vec<[f64; 2]>)| {
            let own: Vec<&SphereOracleCell> = self.cells.iter().filter(|cell| cell.d == *d).collect();
            let theory = own.first().map_or(3.0 / *d as f64, |cell| cell.theory);
            let start = Panel::new(format!("S^{{{}}}", d.saturating_sub(1)))
                .x(Axis::log10("n"))
                .y(Axis::linear("s of f_{0}").limits(0.0, 2.2 * theory))
                .series(
                    Series::line("exact, around n", curve.iter().map(|q| q[0]), curve.iter().map(|q| q[1]))
                        .colour(Colour::Grey)
                        .dash(Dash::Solid),
                )
                .series(Series::horizontal("3/(d'+1)", theory));
            Estimator::ALL.into_iter().enumerate().fold(start, |panel, (place, estimator)| {
                let read = |cell: &&SphereOracleCell| {
                    let found = cell.readings.iter().find(|reading| reading.estimator == estimator)?;
                    // 6 % apart, and the middle one at n.
                    found.s.map(|s| (cell.n as f64 * 1.12f64.powf(place as f64 - 2.0), s))
                };
                let points: Vec<_> = own.iter().filter_map(read).collect();
                if points.is_empty() {
                    return panel;
                }
                let (x, y) = (points.iter().map(|q| q.0), points.iter().map(|q| q.1.mean));
                let series = Series::points(estimator.to_string(), x, y);
                let (low, high) = (points.iter().map(|q| q.1.low), points.iter().map(|q| q.1.high));
                panel.series(series.error_bars(low, high).colour(place))
            })
        };
        let mut panels: Vec<Panel> = p.dimensions.iter().zip(&self.curves).map(panel).collect();
        legend_in_the_first(&mut panels);
        Figure::grid(panels, 2).caption(format!(
            "The smoothness s of f_{{0}} against n, read by each estimator: means over {} samples, bars: 95 % intervals of the mean; marks of one \
             n are set apart. Grey: the exact local slope around the modes that n points resolve; dashed: 3/(d'+1), the theorem's.",
            p.draws
        ))
    }

    /// The levels of one size: where each lies, how far the samples' mean is from the exact eigenvalue, and whether that counts as
    /// resolved.
    pub fn levels_table(&self, n: usize) -> Table {
        let tolerance = self.parameters.tolerance;
        let table = Table::new([
            Column::text("sphere"),
            Column::number("degree"),
            Column::number("indices"),
            Column::number("λ"),
            Column::mean_interval("mean of the sample's / λ"),
            Column::number("expected"),
            Column::interval("smallest to largest / λ"),
            Column::number("κ/λ"),
            Column::text("resolved"),
        ])
        .caption(format!("Levels of the sphere on samples of {n} points"))
        .label("tab:sphere-levels")
        .note(format!(
            "{}. Mean and 95 % interval over {} samples; expected: λ(1 + (1/n) Σ λ_{{j}}/(λ − λ_{{j}}))/λ over the other levels; smallest and largest \
             of a level's eigenvalues: means over samples. Resolved: within {:.0} % of λ, as all levels before. κ: where the exact spectrum \
             resolves n modes. A last level is cut at i = n.",
            kernel_name(&self.parameters.kernel),
            self.parameters.draws,
            100.0 * tolerance
        ));
        self.cells.iter().filter(|cell| cell.n == n).fold(table, |table, cell| {
            let last = cell.resolved.map_or(0, |resolved| resolved.index);
            // On the circle there are n/2 levels.
            let shown = cell
                .levels
                .iter()
                .enumerate()
                .filter(|(place, _)| *place < 8 || (place + 1).is_power_of_two());
            shown.fold(table, |table, (_, level)| {
                table.row([
                    Cell::text(cell.sphere()),
                    Cell::from(level.degree as i64),
                    Cell::text(format!("{}–{}", level.first, level.last)),
                    Cell::scientific(level.eigenvalue, 3),
                    Cell::mean_interval(&level.relative, 3),
                    Cell::number(level.expected / level.eigenvalue, 3),
                    Cell::interval(level.spread, Digits::Decimals(2)),
                    Cell::significant(cell.kappa / level.eigenvalue, 2),
                    Cell::from(if level.last <= last { "yes" } else { "no" }),
                ])
            })
        })
    }

    /// Up to where the samples resolve the levels, for every sphere and size.
    pub fn resolved_table(&self) -> Table {
        let numbers = ["n", "degree", "index", "index/n", "κ/λ"];
        let table = Table::new(std::iter::once(Column::text("sphere")).chain(numbers.map(Column::number)))
            .caption("Up to which level a sample shows the population")
            .label("tab:sphere-resolved")
            .note(format!(
                "The last level such that it, and all before, have the mean of their eigenvalues within {:.0} % of λ (mean over {} samples).",
                100.0 * self.parameters.tolerance,
                self.parameters.draws
            ));
        self.cells.iter().fold(table, |table, cell| {
            let known = |of: &dyn Fn(crate::experiment::Resolved) -> Cell| cell.resolved.map(of).into();
            table.row([
                Cell::text(cell.sphere()),
                Cell::count(cell.n),
                known(&|resolved| Cell::from(resolved.degree as i64)),
                known(&|resolved| Cell::count(resolved.index)),
                known(&|resolved| Cell::number(resolved.index as f64 / cell.n as f64, 3)),
                known(&|resolved| Cell::significant(resolved.kappa, 2)),
            ])
        })
    }
}

/// One legend for panels that show the same.
fn legend_in_the_first(panels: &mut [Panel]) {
    panels.iter_mut().skip(1).for_each(|panel| panel.legend = Legend::Off);
}

impl Report for SphereOracleResult {
    const NAME: &'static str = "sphere-oracle";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let columns = [Column::text("sphere"), Column::number("n"), Column::number("3/(d'+1)")];
        let mut all = columns.to_vec();
        for estimator in Estimator::ALL {
            all.push(Column::mean_interval(estimator.to_string()));
            if matches!(estimator, Estimator::SoftTail | Estimator::LeaveOneOut) {
                all.push(Column::number(format!("{estimator}, exact")));
            }
        }
        all.push(Column::number("likelihood warns"));
        let table = Table::new(all)
            .caption("The smoothness s of f_{0} on spheres, read from samples")
            .label("tab:sphere-oracle")
            .note(format!(
                "{}, f_{{0}} ~ GP(0, NNGP). Mean and 95 % t-interval over {} samples of points, one f_{{0}} on each. exact: what that estimator \
                 would read of the exact spectra at this n, without chance.",
                kernel_name(&p.kernel),
                p.draws
            ));
        self.cells.iter().fold(table, |table, cell| {
            let mut row = vec![Cell::text(cell.sphere()), Cell::count(cell.n), Cell::number(cell.theory, 3)];
            for reading in &cell.readings {
                row.push(reading.s.map(|s| Cell::mean_interval(&s, 3)).into());
                if matches!(reading.estimator, Estimator::SoftTail | Estimator::LeaveOneOut) {
                    row.push(Cell::known(reading.expected, 3));
                }
            }
            let warned = cell.readings.iter().find(|reading| reading.estimator == Estimator::Likelihood);
            row.push(warned.map(|reading| Cell::text(format!("{} of {}", reading.warned, p.draws))).into());
            table.row(row)
        })
    }

    fn parts(&self) -> Parts {
        let parts = Parts::default()
            .frame("", self.frame())
            .frame("-levels", self.levels_frame())
            .table("-table", self.table())
            .table("-resolved", self.resolved_table());
        let sizes = &self.parameters.sizes;
        let parts =
            sizes.iter().fold(parts, |parts, n| parts.table(format!("-levels-{n}"), self.levels_table(*n)));
        parts.figure("-spectra", self.spectrum_plot()).figure("-smoothness", Ok(self.smoothness_plot()))
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
