//! The variances in time and their exponents: figure, table, manifest.

use super::{
    Axis, Cell, Colour, Column, Dash, Figure, Legend, Panel, Parts, Reference, Report, Series, Table,
};
use crate::error::Result;
use crate::experiment::{MeanRisk, RiskExponent, RiskInTimeResult, RiskPart};
use crate::origin::Origins;

/// What a part's axis says.
fn title(part: RiskPart) -> &'static str {
    match part {
        RiskPart::Start => "variance from f_{0}",
        RiskPart::Noise => "variance from noise, times n/σ^{2}",
    }
}

impl RiskInTimeResult {
    /// One of the two variances against t: means over samples, a line a size, the population model dashed, and the theory's slope in
    /// grey. The noise's is shown times n/σ², where the population model is one curve for all n: how many eigenfunctions are learnt.
    pub fn panel(&self, part: RiskPart) -> Panel {
        let p = &self.parameters;
        let values = |row: &MeanRisk| match part {
            RiskPart::Start => [row.start, row.start_population],
            RiskPart::Noise => {
                [row.noise, row.noise_population].map(|v| v * row.n as f64 / (p.noise * p.noise))
            }
        };
        let mut panel = Panel::new("").x(Axis::log10("time t")).y(Axis::log10(title(part)));
        for (place, &n) in p.sizes.iter().enumerate() {
            let own = || self.curves.iter().filter(move |row| row.n == n);
            let line =
                Series::line(format!("n = {n}"), own().map(|row| row.time), own().map(|row| values(row)[0]));
            // Not the colours of starts, which stand beside this figure.
            panel = panel.series(line.colour([5, 4, 2, 3][place % 4]).dash(Dash::Solid));
        }
        let last = p.sizes.last().copied().unwrap_or(0);
        let model: Vec<(f64, f64)> =
            (self.curves.iter()).filter(|row| row.n == last).map(|row| (row.time, values(row)[1])).collect();
        let line = Series::line("population model", model.iter().map(|m| m.0), model.iter().map(|m| m.1));
        panel = panel.series(line.colour(Colour::Ink).dash(Dash::Dashed));
        let limit = self.exponents.iter().find(|e| e.part == part).map(|e| e.limit);
        if let (Some(limit), Some(&(from, height)), Some(&(to, _))) = (limit, model.first(), model.last()) {
            // Set off to the side where no curve is: above the falling ones and below the rising.
            let apart = if limit < 0.0 { 1.6 } else { 0.6 };
            let guide = [from, to].map(|t| apart * height * (t / from).powf(limit));
            let line = Series::line(format!("t^{{{limit:.2}}}").replace('-', "−"), [from, to], guide);
            panel = panel.series(line.colour(Colour::Grey).dash(Dash::Dotted));
        }
        panel.legend(Legend::Best)
    }

    /// Both parts side by side.
    pub fn plot(&self) -> Figure {
        let parts = [RiskPart::Start, RiskPart::Noise].map(|part| self.panel(part));
        Figure::row(parts).caption(format!(
            "Variance of the trained function from f_{{0}} and from noise against flow time t: means over {} draws of rows, a line a size. \
             Dashed: the population model; dotted: the power of t that theory has for n → ∞.",
            self.parameters.draws
        ))
    }
}

impl Report for RiskInTimeResult {
    const NAME: &'static str = "risk-in-time";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let table = Table::new([
            Column::text("variance from"),
            Column::number("n"),
            Column::text("t"),
            Column::mean_interval("exponent [interval]"),
            Column::number("population model"),
            Column::number("limit"),
        ])
        .caption("Exponents in t of the variances from f_{0} and from noise")
        .label("tab:risk-in-time")
        .note(format!(
            "Slope of ln variance against ln t over {} times, fitted on each of {} samples of S^{{{}}}, σ = {}, {} test points; brackets: {} % intervals \
             (Student). Limit: −3/d and (d − 1)/d, for t → ∞ at n large enough to resolve what is learnt by then.",
            p.points,
            p.draws,
            p.d.saturating_sub(1),
            p.noise,
            p.test_points,
            100.0 * p.level
        ));
        let row = |e: &RiskExponent| {
            let name = match e.part {
                RiskPart::Start => "f₀",
                RiskPart::Noise => "noise",
            };
            [
                Cell::text(name),
                Cell::count(e.n),
                Cell::text(format!("{} to {}", e.from, e.to)),
                Cell::mean_interval(&e.measured, 3),
                Cell::number(e.population, 3),
                Cell::number(e.limit, 3),
            ]
        };
        self.exponents.iter().fold(table, |table, e| table.row(row(e)))
    }

    fn parts(&self) -> Parts {
        Parts::default().frame("", self.frame()).table("-table", self.table()).figure("", Ok(self.plot()))
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
