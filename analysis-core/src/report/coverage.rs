//! Coverage of the dispersion's intervals: figure, table, manifest.

use super::labels::sigmas;
use super::{Axis, Cell, Column, Figure, Legend, Panel, Parts, Reference, Report, Series, Table};
use crate::error::Result;
use crate::experiment::{CoveragePoint, CoverageResult};
use crate::origin::Origins;

impl CoverageResult {
    /// The share of intervals that hold the exact ratio against that ratio, with its standard error, the share that lies below
    /// it, and the level that was asked for.
    pub fn plot(&self) -> Figure {
        let p = &self.parameters;
        let x: Vec<f64> = self.points.iter().map(|p| p.exact_ratio).collect();
        let share = |value: fn(&CoveragePoint) -> f64| -> [Vec<f64>; 3] {
            let y: Vec<f64> = self.points.iter().map(value).collect();
            let error = |y: &f64| (y * (1.0 - y) / p.repeats as f64).sqrt();
            let (low, high) = y.iter().map(|y| (y - error(y), y + error(y))).unzip();
            [y, low, high]
        };
        let [covered, covered_low, covered_high] = share(|p| p.covered);
        let [below, below_low, below_high] = share(|p| p.below);
        let panel = Panel::new(format!("{} intervals of {} initialisations", p.repeats, p.initialisations))
            .x(Axis::linear("exact E[Θ^{2}] / E[Θ]^{2}"))
            .y(Axis::linear("share").limits(0.0, 1.0))
            .legend(Legend::Best)
            .series(
                Series::line_points("hold the exact ratio", &x, covered)
                    .error_bars(covered_low, covered_high),
            )
            .series(Series::line_points("lie below it", &x, below).error_bars(below_low, below_high))
            .series(Series::horizontal(format!("level {}", p.level), p.level));
        Figure::single(panel).caption(format!(
            "How often intervals of level {} hold the exact dispersion, and how often they lie below it, against that dispersion: {} \
             repeats of an experiment of {} initialisations. Bars: one standard error of a share.",
            p.level, p.repeats, p.initialisations
        ))
    }
}

impl Report for CoverageResult {
    const NAME: &'static str = "coverage";
    const CITES: &'static [Reference] = &[Reference::SeleznovaKutyniok2021];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let columns = [Column::number("H"), Column::flagged("exact ratio")].into_iter();
        let more = ["median ratio", "hold it", "lie below"].map(Column::number);
        let table = Table::new(columns.chain(more))
            .caption(format!(
                "Coverage of {} % intervals of {} initialisations",
                100.0 * p.level,
                p.initialisations
            ))
            .label("tab:coverage")
            .note(format!(
                "{} repeats; M = {}, {}. A star: {} initialisations cannot see the tail.",
                p.repeats,
                p.networks.width,
                sigmas(p.networks.sigma_w2, p.networks.sigma_b2),
                p.initialisations
            ));
        self.points.iter().fold(table, |table, point| {
            table.row([
                Cell::count(point.depth),
                Cell::flagged(point.exact_ratio, 3, point.tail_unseen),
                Cell::number(point.median_ratio, 3),
                Cell::Percent { share: point.covered, decimals: 1 },
                Cell::Percent { share: point.below, decimals: 1 },
            ])
        })
    }

    fn parts(&self) -> Parts {
        Parts::default().frame("", self.frame()).table("-table", self.table()).figure("", Ok(self.plot()))
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
