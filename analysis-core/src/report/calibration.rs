//! How often intervals hold: figure, table, manifest.

use super::{
    Axis, Cell, Colour, Column, Dash, Figure, Legend, Panel, Parts, Reference, Report, Series, Table,
};
use crate::error::Result;
use crate::experiment::{CalibrationCell, CalibrationResult, Held};
use crate::origin::Origins;
use crate::smoothness::{Estimator, SmoothnessResult};

impl CalibrationResult {
    /// What each estimator reads against what was planted, a panel for every share of noise: the mean over designs, at the largest n,
    /// with the mean of the root mean square errors as bars; and r itself.
    pub fn plot(&self) -> Figure {
        let p = &self.parameters;
        let n = p.sizes.iter().copied().max().unwrap_or(0);
        let panels = p.noise.iter().map(|noise| {
            let title = format!("n = {n}, {:.0} % noise", 100.0 * noise);
            let start = Panel::new(title)
                .x(Axis::log10("planted r"))
                .y(Axis::log10("r read"))
                .series(Series::line("", &p.r, p.r.iter().copied()).colour(Colour::Grey).dash(Dash::Dashed));
            Estimator::ALL.into_iter().enumerate().fold(start, |panel, (colour, estimator)| {
                let points: Vec<[f64; 3]> = p
                    .r
                    .iter()
                    .filter_map(|r| {
                        let own = |c: &&CalibrationCell| {
                            (c.n, c.noise, c.r, c.estimator) == (n, *noise, *r, estimator)
                        };
                        let read: Vec<[f64; 2]> =
                            self.cells.iter().filter(own).filter_map(|c| Some([c.mean?, c.rmse?])).collect();
                        let mean =
                            |place: usize| read.iter().map(|v| v[place]).sum::<f64>() / read.len() as f64;
                        (!read.is_empty() && mean(0) > 0.0).then(|| [*r, mean(0), mean(1)])
                    })
                    .collect();
                // A bar that reaches 0 has no place on a logarithmic axis.
                let low = points.iter().map(|[_, y, e]| (y - e).max(y / 10.0));
                let series = Series::line_points(
                    estimator.to_string(),
                    points.iter().map(|q| q[0]),
                    points.iter().map(|q| q[1]),
                )
                .error_bars(low, points.iter().map(|[_, y, e]| y + e))
                .colour(colour);
                panel.series(series)
            })
        });
        let mut panels: Vec<Panel> = panels.collect();
        for (place, panel) in panels.iter_mut().enumerate() {
            panel.legend = if place == 0 { Legend::Best } else { Legend::Off };
        }
        Figure::row(panels).share_y()
    }
}

/// "58 of 60 (97 %)".
fn held_text(Held { held, of }: Held) -> String {
    match of {
        0 => "0 of 0".into(),
        _ => format!("{held} of {of} ({:.0} %)", 100.0 * held as f64 / of as f64),
    }
}

impl Report for CalibrationResult {
    const NAME: &'static str = "calibration";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn table(&self) -> Table {
        let columns =
            [Column::text("design"), Column::number("n"), Column::number("noise"), Column::number("r")];
        let recommended = SmoothnessResult::RECOMMENDED;
        let more = [
            "line",
            "soft tail",
            "likelihood",
            "RMSE",
            "intervals that hold r",
            "width",
            "no warning",
            "of which hold r",
        ];
        let p = &self.parameters;
        let table = Table::new(columns.into_iter().chain(more.map(Column::number)))
            .caption("Exponents read where they were planted")
            .label("tab:calibration")
            .note(format!(
                "Means over {} targets on each of {} samples ({} coefficients). RMSE, intervals (95 %) and warnings are the {recommended} \
                 estimator's. Where it does not warn, {} intervals hold r.",
                p.targets,
                p.draws,
                p.coefficients,
                held_text(self.unwarned(recommended))
            ));
        self.of(recommended).into_iter().fold(table, |table, cell| {
            let place = |c: &CalibrationCell| {
                (c.design, c.n, c.noise, c.r) == (cell.design, cell.n, cell.noise, cell.r)
            };
            let mean = |estimator: Estimator| {
                let found =
                    self.cells.iter().find(|c| c.estimator == estimator && place(c)).and_then(|c| c.mean);
                found.map_or(Cell::from("–"), |mean| Cell::number(mean, 2))
            };
            let number = |value: Option<f64>| value.map_or(Cell::from("–"), |value| Cell::number(value, 2));
            let held = Held { held: cell.held.unwrap_or(0), of: cell.read };
            table.row([
                cell.design.to_string().into(),
                Cell::count(cell.n),
                Cell::number(cell.noise, 2),
                Cell::number(cell.r, 2),
                mean(Estimator::TailLine),
                mean(Estimator::SoftTail),
                mean(Estimator::Likelihood),
                number(cell.rmse),
                held_text(held).into(),
                number(cell.width),
                held_text(Held { held: cell.unwarned, of: cell.targets }).into(),
                held_text(Held { held: cell.unwarned_held, of: cell.unwarned }).into(),
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
