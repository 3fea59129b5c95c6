//! Forecasts of a learning curve: figure, tables, manifest.

use super::smoothness::with_published;
use super::smoothness_table::{kernel_name, title};
use super::{
    Axis, Cell, Colour, Column, Dash, Digits, Figure, Legend, Manifest, Panel, Parts, Reference, Report,
    Series, Shape, Table,
};
use crate::data::Source;
use crate::error::Result;
use crate::experiment::{ForecastResult, ForecastRow};
use crate::origin::Origins;
use crate::smoothness::{Estimator, Interval};

impl ForecastResult {
    /// Errors against n, a panel for every set: what was measured, with 1.96 standard errors as bars, the straight lines that the estimators
    /// foretell from the first rows, and as a band all that the likelihood allows where noise is kept apart.
    pub fn plot(&self) -> Figure {
        let panels = self.parameters.sources.iter().map(|source| self.panel(*source));
        let mut panels: Vec<Panel> = panels.collect();
        for (place, panel) in panels.iter_mut().enumerate() {
            panel.legend = if place == 0 { Legend::Best } else { Legend::Off };
        }
        Figure::row(panels).aspect(0.6).caption(format!(
            "Leave-one-out error over the variance of the target against n. Filled marks: other rows, bars 1.96 standard errors; rings: \
             parts of the first n = {} rows. Dashed lines: what estimators foretell from the first rows; band: 95 % of what the \
             likelihood allows where noise is kept apart.",
            self.parameters.n
        ))
    }

    fn panel(&self, source: Source) -> Panel {
        let samples = self.of_source(source);
        let mut panel =
            Panel::new(title(source)).x(Axis::log10("n")).y(Axis::log10("leave-one-out error / variance"));
        let Some(start) = samples.iter().find(|sample| sample.n == self.parameters.n) else { return panel };
        let own = |estimator: Estimator, with_noise: bool| -> Vec<&ForecastRow> {
            let is = |row: &&ForecastRow| {
                (row.source, row.estimator, row.with_noise) == (source, estimator, with_noise)
            };
            self.rows.iter().filter(is).collect()
        };
        let from = |error: f64,
                    value: &dyn Fn(&ForecastRow) -> f64,
                    rows: &[&ForecastRow]|
         -> (Vec<f64>, Vec<f64>) {
            let (n, at) = (start.n as f64, error / start.variance);
            std::iter::once((n, at)).chain(rows.iter().map(|row| (row.n as f64, value(row)))).unzip()
        };
        let noisy = own(Estimator::Likelihood, true);
        if !noisy.is_empty() {
            let error = start.first().error;
            let (x, low) = from(error, &|row| row.interval.low, &noisy);
            let (_, high) = from(error, &|row| row.interval.high, &noisy);
            panel =
                panel.series(Series::band("likelihood and noise, 95 %", x, low, high).colour(2).opacity(0.2));
            let (x, y) = from(error, &|row| row.predicted, &noisy);
            panel = panel.series(Series::line("likelihood and noise", x, y).colour(2).dash(Dash::Solid));
        }
        for (colour, estimator) in Estimator::ALL.into_iter().enumerate() {
            let rows = own(estimator, false);
            if rows.is_empty() || estimator == Estimator::RidgedLeaveOneOut {
                continue;
            }
            let (x, y) = from(start.first().error, &|row| row.predicted, &rows);
            panel = panel.series(Series::line(estimator.to_string(), x, y).colour(colour).dash(Dash::Dashed));
        }
        let parts: Vec<(f64, f64)> =
            start.parts.iter().map(|point| (point.n as f64, point.error / start.variance)).collect();
        let (x, y): (Vec<f64>, Vec<f64>) = parts.into_iter().unzip();
        panel = panel.series(Series::points("measured, parts", x, y).shape(Shape::Ring).colour(Colour::Ink));
        let share = |of: f64| {
            samples
                .iter()
                .map(|s| s.share(s.first()) + of * s.first().standard_error / s.variance)
                .collect::<Vec<_>>()
        };
        let x: Vec<f64> = samples.iter().map(|sample| sample.n as f64).collect();
        panel.series(
            Series::points("measured, other rows", x, share(0.0))
                .error_bars(share(-1.96), share(1.96))
                .shape(Shape::Circle)
                .colour(Colour::Ink),
        )
    }

    /// How fast the error falls between two sizes, and what every estimator reads at each size that was read.
    pub fn exponents_table(&self) -> Table {
        let columns = [Column::text("data"), Column::number("n"), Column::number("to n")];
        let table = Table::new(
            columns.into_iter().chain([Column::mean_interval("r of the errors")]).chain(Estimator::ALL.map(|e| Column::text(e.to_string()))),
        )
        .caption("How far the effective exponent moves")
        .label("tab:forecast-exponents")
        .note("r of the errors: −slope of ln of the first ridge's error from n to the next size, 95 % interval by the errors' standard errors. \
               Then what each estimator reads at n, with its interval.");
        let exponents = self.exponents();
        self.samples.iter().fold(table, |table, sample| {
            let next = exponents.iter().find(|e| (e.source, e.from) == (sample.source, sample.n));
            let read = Estimator::ALL.map(|estimator| {
                let found = sample.estimates.iter().find(|estimate| estimate.estimator == estimator);
                found.map_or(Cell::Absent, |estimate| Cell::text(estimate.r_text()))
            });
            let fall = next.map_or(Cell::Absent, |e| Cell::Interval {
                mean: Some(e.r),
                low: e.interval.low,
                high: e.interval.high,
                digits: Digits::Decimals(2),
            });
            let to = next.map_or(Cell::Absent, |e| Cell::count(e.to));
            table.row([title(sample.source).into(), Cell::count(sample.n), to, fall].into_iter().chain(read))
        })
    }
}

/// "likelihood, with noise".
fn name(row: &ForecastRow) -> String {
    format!("{}{}", row.estimator, if row.with_noise { ", with noise" } else { "" })
}

impl Report for ForecastResult {
    const NAME: &'static str = "forecast";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        self.parameters.sources.iter().fold(manifest, |manifest, source| with_published(manifest, *source))
    }

    fn missing_cells(&self) -> usize {
        self.missing()
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let table = Table::new([
            Column::text("data"),
            Column::number("n'"),
            Column::text("foretold by"),
            Column::number("r"),
            Column::mean_interval("error foretold"),
            Column::uncertain("error measured"),
            Column::text("within"),
        ])
        .caption("Learning curves foretold, and measured on other rows")
        .label("tab:forecast")
        .note(format!(
            "Leave-one-out errors as shares of the variance; {} labels, {}, scaling {}. Foretold from the first {} rows; the interval \
             is what the estimator's interval for r allows (where it has one; with noise: all pairs of r and noise that the likelihood allows), \
             widened by 1.96 standard errors of the two errors. ± is the standard error over rows. Ridged: at the ridge \
             that is best at n = {}.",
            p.target,
            kernel_name(&p.kernel),
            p.scaling,
            p.n,
            p.n
        ));
        self.rows.iter().fold(table, |table, row| {
            let Interval { low, high } = row.interval;
            table.row([
                title(row.source).into(),
                Cell::count(row.n),
                name(row).into(),
                Cell::number(row.r, 3),
                Cell::Interval { mean: Some(row.predicted), low, high, digits: Digits::Decimals(3) },
                Cell::uncertain_fixed(row.measured, row.standard_error, 3),
                Cell::text(if row.holds { "yes" } else { "no" }),
            ])
        })
    }

    fn headline(&self) -> Vec<Table> {
        vec![self.table(), self.exponents_table()]
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .frame("-rows", self.frame())
            .frame("-errors", self.errors_frame())
            .table("-table", self.table())
            .table("-exponents", self.exponents_table())
            .figure("-curves", Ok(self.plot()))
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
