//! The gap between finite networks and their limit, drawn.

use super::starts::{start_colour, start_shape};
use super::{
    Axis, Cell, Colour, Column, Dash, Digits, Figure, Panel, Parts, Reference, Report, Series, Table,
};
use crate::error::Result;
use crate::experiment::WidthGapResult;
use crate::origin::Origins;
use crate::regression::MeanInterval;

impl WidthGapResult {
    /// The widths of the slopes; why there is none where there is none.
    fn slopes_of(&self) -> String {
        let p = &self.parameters;
        let widths: Vec<String> = p.widths.iter().map(usize::to_string).collect();
        let widths = format!("Widths {}", widths.join(", "));
        match (p.widths.len(), p.trials.len()) {
            (1, _) => format!("{widths}: no slope, which takes at least two widths"),
            (_, 1) => format!("{widths}: no slope, whose interval takes at least two trials"),
            _ => widths,
        }
    }

    /// The gap at every width: geometric means over trials, with their intervals where there are several trials.
    pub fn gap_table(&self) -> Table {
        let p = &self.parameters;
        let columns = [
            Column::number("m"),
            Column::number("gap"),
            Column::interval("interval"),
            Column::number("trials"),
        ];
        let table = Table::new([Column::text("initialisation")].into_iter().chain(columns))
            .caption("Largest distance of finite networks from their limit")
            .label("tab:width-gaps")
            .note(format!("Geometric means over trials. {}", self.note()));
        let places = p.initialisations.iter().flat_map(|i| p.widths.iter().map(move |width| (*i, *width)));
        places.fold(table, |table, (initialisation, width)| {
            let own = self.gaps.iter().filter(|g| g.initialisation == initialisation && g.width == width);
            let logs: Vec<f64> = own.map(|g| g.gap.ln()).collect();
            // A gap of exactly 0 has no logarithm; of a shard there may be none.
            let known = !logs.is_empty() && logs.iter().all(|log| log.is_finite());
            let mean = known.then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp());
            let interval = MeanInterval::of(&logs, p.level).ok().filter(|_| known);
            table.row([
                initialisation.to_string().into(),
                Cell::count(width),
                mean.map_or(Cell::Absent, |gap| Cell::significant(gap, 3)),
                interval.map_or(Cell::Absent, |i| {
                    Cell::interval([i.low.exp(), i.high.exp()], Digits::Significant(3))
                }),
                Cell::count(logs.len()),
            ])
        })
    }

    fn note(&self) -> String {
        let p = &self.parameters;
        format!(
            "n = {}, {} epochs at rate {}, {} test points, trials {}..{}; the gap is the largest |f_{{t}}(z) − limit| over \
             about {} epochs and all test points, the limit started from the network's own f_{{0}}. Brackets: {} % intervals \
             (Student) over trials.",
            p.n,
            p.epochs,
            p.rate,
            p.test_points,
            p.trials.start,
            p.trials.end,
            p.looks,
            100.0 * p.level
        )
    }

    /// The largest gap against m on log–log axes, geometric means over trials with their intervals, and the slope −1/2 of the
    /// theory in grey.
    ///
    /// # Errors
    /// As [`MeanInterval::of`]; widths with a gap that is 0 are left out.
    pub fn panel(&self, title: &str) -> Result<Panel> {
        let p = &self.parameters;
        let m: Vec<f64> = p.widths.iter().map(|m| *m as f64).collect();
        let mut panel = Panel::new(title).x(Axis::log10("width m")).y(Axis::log10("sup |f_{t} − f_{t}^{∞}|"));
        let mut top = 0.0f64;
        for &initialisation in &p.initialisations {
            let (mut x, mut middle, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for &width in &p.widths {
                let own = self.gaps.iter().filter(|g| g.initialisation == initialisation && g.width == width);
                let logs: Vec<f64> = own.map(|g| g.gap.ln()).collect();
                // A gap of exactly 0 has no place on a logarithmic axis.
                if logs.is_empty() || logs.iter().any(|log| !log.is_finite()) {
                    continue;
                }
                x.push(width as f64);
                if logs.len() >= 2 {
                    let interval = MeanInterval::of(&logs, p.level)?;
                    low.push(interval.low.exp());
                    high.push(interval.high.exp());
                }
                middle.push((logs.iter().sum::<f64>() / logs.len() as f64).exp());
            }
            if let (Some(first), Some(at)) = (middle.first(), x.first()) {
                top = top.max(first * (at / m[0]).sqrt());
            }
            let slope = self.slopes.iter().find(|s| s.initialisation == initialisation);
            let label = match slope {
                Some(s) => format!("{initialisation}, slope {}", Digits::Decimals(2).write(s.slope.mean)),
                None => initialisation.to_string(),
            };
            let mut series = Series::line_points(label, &x, &middle)
                .colour(start_colour(initialisation))
                .shape(start_shape(initialisation))
                .dash(Dash::Solid);
            if low.len() == x.len() {
                series = series.error_bars(&low, &high);
            }
            panel = panel.series(series);
        }
        if top <= 0.0 {
            return Ok(panel);
        }
        let guide = m.iter().map(|width| 1.3 * top * (width / m[0]).powf(-0.5)).collect::<Vec<_>>();
        let guide = Series::line("theory: −1/2", &m, guide).colour(Colour::Grey).dash(Dash::Dashed);
        Ok(panel.series(guide))
    }

    /// [`WidthGapResult::panel`] as a figure.
    ///
    /// # Errors
    /// As [`WidthGapResult::panel`].
    pub fn plot(&self) -> Result<Figure> {
        Ok(Figure::single(self.panel("")?).caption(format!(
            "Largest distance of a trained network of width m from its limit, against m: a mark a network, {} trials; line: slope \
             fitted in every trial; dashed grey: −1/2.",
            self.parameters.trials.len()
        )))
    }
}

impl Report for WidthGapResult {
    const NAME: &'static str = "width-gap";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024, Reference::Jacot2018];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn table(&self) -> Table {
        let columns = [Column::number("slope"), Column::interval("interval"), Column::number("trials")];
        let table = Table::new([Column::text("initialisation")].into_iter().chain(columns))
            .caption("Distance of finite networks from their limit against the width m")
            .label("tab:width-gap")
            .note(format!("{}. {}", self.slopes_of(), self.note()));
        self.slopes.iter().fold(table, |table, s| {
            let interval = Cell::interval([s.slope.low, s.slope.high], Digits::Decimals(3));
            table.row([
                s.initialisation.to_string().into(),
                Cell::number(s.slope.mean, 3),
                interval,
                Cell::count(s.slope.count),
            ])
        })
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .frame("-networks", self.frame())
            .table("-table", self.table())
            .table("-gaps-table", self.gap_table())
            .figure("", self.plot())
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }

    fn headline(&self) -> Vec<Table> {
        vec![self.gap_table(), self.table()]
    }
}
