//! How often intervals hold: figure, table, manifest.

use std::borrow::Borrow;

use super::{
    Axis, Cell, Colour, Column, Dash, Figure, Legend, Panel, Parts, Reference, Report, Series, Table,
};
use crate::error::Result;
use crate::experiment::{CalibrationCell, CalibrationResult, Held};
use crate::origin::Origins;
use crate::smoothness::{Estimator, SmoothnessResult};

impl CalibrationResult {
    /// What each estimator reads against what was planted, a panel for every share of noise: the mean over designs, at the largest n,
    /// and r itself.
    pub fn plot(&self) -> Figure {
        let p = &self.parameters;
        let n = p.sizes.iter().copied().max().unwrap_or(0);
        let exponents = self.exponents();
        let panels = p.noise.iter().map(|noise| {
            let title = title(n, *noise);
            let start = Panel::new(title)
                .x(Axis::log10("planted r").ticks(exponents.iter().copied()))
                .y(Axis::log10("r read").limits(0.01, 4.0))
                .series(
                    Series::line("", &exponents, exponents.iter().copied())
                        .colour(Colour::Grey)
                        .dash(Dash::Dashed),
                );
            Estimator::ALL.into_iter().enumerate().fold(start, |panel, (colour, estimator)| {
                let points: Vec<[f64; 2]> = exponents
                    .iter()
                    .filter_map(|r| {
                        let own = |c: &&CalibrationCell| {
                            (c.n, c.noise, c.r, c.estimator) == (n, *noise, *r, estimator)
                        };
                        let read: Vec<f64> = self.cells.iter().filter(own).filter_map(|c| c.mean).collect();
                        let mean = read.iter().sum::<f64>() / read.len() as f64;
                        (!read.is_empty() && mean > 0.0).then_some([*r, mean])
                    })
                    .collect();
                let (x, y) = (points.iter().map(|q| q[0]), points.iter().map(|q| q[1]));
                let series = Series::line_points(estimator.to_string(), x, y).colour(colour);
                panel.series(series)
            })
        });
        let mut panels: Vec<Panel> = panels.collect();
        for (place, panel) in panels.iter_mut().enumerate() {
            panel.legend = if place == 0 { Legend::BottomRight } else { Legend::Off };
        }
        Figure::grid(panels, 2).share_x().share_y().caption(format!(
            "The exponent r that each estimator reads against the planted one, a panel a share of noise, n = {n}: mean over the designs' \
             cells, of {} draws of rows and {} targets each. Dashed: equal. Spreads and coverage are in the table.",
            p.draws, p.targets
        ))
    }

    /// How many of the recommended estimator's 95 % intervals hold r, warned or not, against r at the largest n: a panel for every share
    /// of noise, a line for every design.
    pub fn coverage_plot(&self) -> Figure {
        let p = &self.parameters;
        let n = p.sizes.iter().copied().max().unwrap_or(0);
        let exponents = self.exponents();
        let recommended = self.of(SmoothnessResult::RECOMMENDED);
        let panels = p.noise.iter().map(|noise| {
            let start = Panel::new(title(n, *noise))
                .x(Axis::log10("planted r").ticks(exponents.iter().copied()))
                .y(Axis::linear("share of intervals that hold r").limits(0.0, 1.02))
                .series(Series::horizontal("95 %", 0.95).colour(Colour::Grey).dash(Dash::Dashed));
            p.designs.iter().enumerate().fold(start, |panel, (colour, design)| {
                let own = recommended.iter().filter(|c| (c.design, c.n, c.noise) == (*design, n, *noise));
                let known: Vec<[f64; 2]> =
                    own.filter_map(|c| Some([c.r, c.held? as f64 / c.read as f64])).collect();
                let series = Series::line_points(
                    design.to_string(),
                    known.iter().map(|q| q[0]),
                    known.iter().map(|q| q[1]),
                );
                panel.series(series.colour(colour))
            })
        });
        let mut panels: Vec<Panel> = panels.collect();
        let last = panels.len().saturating_sub(1);
        for (place, panel) in panels.iter_mut().enumerate() {
            panel.legend = if place == last { Legend::BottomLeft } else { Legend::Off };
        }
        Figure::grid(panels, 2).share_x().share_y().caption(format!(
            "Share of the recommended estimator's 95 % intervals that hold the planted r, warned of or not, against r: a panel a share of \
             noise, a line a design, n = {n}; {} draws of rows and {} targets a cell.",
            p.draws, p.targets
        ))
    }

    /// Bias and root mean square error of every estimator, and how many of its intervals hold r: of all designs together, by n, share of
    /// noise and r.
    pub fn estimators_table(&self) -> Table {
        let p = &self.parameters;
        let own = ["bias", "RMSE", "held"];
        let columns = Estimator::ALL
            .iter()
            .flat_map(|estimator| own.map(|what| Column::number(format!("{estimator}: {what}"))));
        let opening = ["n", "noise", "r"].map(Column::number);
        let mut table = Table::new(opening.into_iter().chain(columns))
            .caption("What every estimator reads where r is known")
            .label("tab:calibration-estimators")
            .note(format!(
                "All {} designs together, each with the same weight. Held: the share of 95 % intervals that hold r, warned or not; the \
                 tail line and the soft tail have none. {}",
                p.designs.len(),
                self.said()
            ));
        let exponents = self.exponents();
        for &n in &p.sizes {
            for &noise in &p.noise {
                for &r in &exponents {
                    let cells = Estimator::ALL.iter().flat_map(|&estimator| {
                        let own = |c: &&CalibrationCell| {
                            (c.n, c.noise, c.r, c.estimator) == (n, noise, r, estimator)
                        };
                        let cells: Vec<&CalibrationCell> = self.cells.iter().filter(own).collect();
                        let over = |value: fn(&CalibrationCell) -> Option<f64>| {
                            let known: Vec<f64> = cells.iter().filter_map(|c| value(c)).collect();
                            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
                        };
                        [
                            Cell::known(over(|c| c.mean.map(|mean| mean - c.r)), 3),
                            Cell::known(over(|c| c.rmse.map(|rmse| rmse * rmse)).map(f64::sqrt), 3),
                            Cell::known(over(|c| Some(c.held? as f64 / c.read as f64)), 2),
                        ]
                    });
                    let opening = [Cell::count(n), Cell::number(noise, 2), Cell::number(r, 2)];
                    table = table.row(opening.into_iter().chain(cells.collect::<Vec<_>>()));
                }
            }
        }
        table
    }

    fn said(&self) -> String {
        let p = &self.parameters;
        format!(
            "{} targets of every r on each of {} samples; {} coefficients; noise on {} rows.",
            p.targets, p.draws, p.coefficients, p.noisy_rows
        )
    }
}

fn title(n: usize, noise: f64) -> String {
    if noise > 0.0 { format!("n = {n}, {:.0} % noise", 100.0 * noise) } else { format!("n = {n}, no noise") }
}

/// Intervals that hold what they should, over cells: warned or not, or only those without a warning.
fn held<'a>(cells: impl Iterator<Item = &'a CalibrationCell>, unwarned: bool) -> Held {
    cells.fold(Held { held: 0, of: 0 }, |all, cell| {
        let (held, of) =
            if unwarned { (cell.unwarned_held, cell.unwarned) } else { (cell.held.unwrap_or(0), cell.read) };
        Held { held: all.held + held, of: all.of + of }
    })
}

fn share_cell(Held { held, of }: Held) -> Cell {
    if of == 0 { Cell::Absent } else { Cell::number(held as f64 / of as f64, 2) }
}

/// "58 of 60 (97 %)".
fn held_text(Held { held, of }: Held) -> String {
    match of {
        0 => "0 of 0".into(),
        _ => format!("{held} of {of} ({:.0} %)", 100.0 * held as f64 / of as f64),
    }
}

/// Calibrations side by side, of the recommended estimator: how many of its intervals hold r, of how many it does not warn, and how many of
/// those hold r; over all designs, sizes, r and shares of noise of each.
///
/// # Examples
/// ```
/// use analysis_core::{experiment::CalibrationResult, report::calibrations_table};
/// let none: [(&str, CalibrationResult); 0] = [];
/// assert!(calibrations_table(&none).rows.is_empty());
/// ```
pub fn calibrations_table<N: AsRef<str>, R: Borrow<CalibrationResult>>(calibrations: &[(N, R)]) -> Table {
    let recommended = SmoothnessResult::RECOMMENDED;
    let texts = ["intervals that hold r", "without a warning", "of which hold r"].map(Column::text);
    let opening = [Column::text("calibration"), Column::number("targets")];
    let table = Table::new(opening.into_iter().chain(texts))
        .caption("Calibrations of the recommended estimator")
        .label("tab:calibrations")
        .note(format!(
            "The {recommended} estimator's 95 % intervals, over all designs, sizes, r and shares of noise of a calibration."
        ));
    let share = |part: usize, whole: usize| {
        Cell::text(format!("{part} of {whole} ({:.1} %)", 100.0 * part as f64 / whole.max(1) as f64))
    };
    calibrations.iter().fold(table, |table, (name, result)| {
        let result = result.borrow();
        let cells = result.of(recommended);
        let sum = |of: fn(&CalibrationCell) -> usize| cells.iter().map(|cell| of(cell)).sum::<usize>();
        let quiet = result.unwarned(recommended);
        table.row([
            name.as_ref().into(),
            Cell::count(sum(|cell| cell.targets)),
            share(sum(|cell| cell.held.unwrap_or(0)), sum(|cell| cell.read)),
            share(quiet.of, sum(|cell| cell.targets)),
            share(quiet.held, quiet.of),
        ])
    })
}

impl Report for CalibrationResult {
    const NAME: &'static str = "calibration";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    /// The recommended estimator, by design and n.
    fn table(&self) -> Table {
        let (p, recommended) = (&self.parameters, SmoothnessResult::RECOMMENDED);
        let columns = ["held", "least", "no warning", "held without", "without noise", "with noise"];
        let table = Table::new([Column::text("design"), Column::number("n")].into_iter().chain(columns.map(Column::number)))
            .caption("How often an interval for r holds it")
            .label("tab:calibration")
            .note(format!(
                "Of the {recommended} estimator's 95 % intervals, over r and noise: the share that holds r; the same in the worst cell of one \
                 r and share of noise; the share of targets without a warning, and how many of their intervals hold r ({} in all); the share \
                 without a warning where r is 0.2 or more and there is no noise, or some. {}",
                held_text(self.unwarned(recommended)),
                self.said()
            ));
        let places = p.designs.iter().flat_map(|design| p.sizes.iter().map(move |n| (*design, *n)));
        places.fold(table, |table, (design, n)| {
            let all = self.of(recommended);
            let own = || all.iter().copied().filter(move |c| (c.design, c.n) == (design, n));
            if own().next().is_none() {
                return table;
            }
            let each = own().filter(|c| c.read > 0).filter_map(|c| Some(c.held? as f64 / c.read as f64));
            let quiet = |noisy: bool| {
                let cells = own().filter(|c| c.r >= 0.2 && (c.noise > 0.0) == noisy);
                share_cell(cells.fold(Held { held: 0, of: 0 }, |all, c| Held {
                    held: all.held + c.unwarned,
                    of: all.of + c.targets,
                }))
            };
            let unwarned = held(own(), true);
            let targets = own().map(|c| c.targets).sum();
            table.row([
                design.to_string().into(),
                Cell::count(n),
                share_cell(held(own(), false)),
                Cell::known(each.reduce(f64::min), 2),
                share_cell(Held { held: unwarned.of, of: targets }),
                held_text(unwarned).into(),
                quiet(false),
                quiet(true),
            ])
        })
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .frame("", self.frame())
            .table("-table", self.table())
            .table("-estimators", self.estimators_table())
            .figure("-read", Ok(self.plot()))
            .figure("-coverage", Ok(self.coverage_plot()))
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
