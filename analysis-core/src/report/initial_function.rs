//! Readings of the initial function beside those of the labels.

use super::smoothness::with_published;
use super::smoothness_table::{counts_text, kernel_name, title};
use super::{Cell, Column, Figure, Manifest, Parts, Reference, Report, Series, Shape, Table};
use crate::check;
use crate::error::{Error, Result};
use crate::experiment::{Draw, InitialFunctionResult, InitialRow, SmoothnessTable, SmoothnessTableResult};
use crate::origin::Origins;

impl InitialFunctionResult {
    /// The table's decay plots with f₀ beside the labels: the median over the f₀ on the same rows, scaled to the labels' Σ c_k².
    ///
    /// # Errors
    /// [`Error::Parameter`] for a table of other draws or sets, and for a result of an older version, which kept no tails; as
    /// [`SmoothnessResult::decay_panel`](crate::smoothness::SmoothnessResult::decay_panel).
    pub fn decay_plot(&self, table: &SmoothnessTableResult) -> Result<Figure> {
        self.check_rows(table)?;
        let panel = |draw: &Draw| {
            let tail = self.first.iter().find(|tail| tail.source == draw.source).ok_or_else(|| {
                Error::parameter(
                    "first",
                    draw.source,
                    "has no tail of f₀ here: an older version made this, run it again",
                )
            })?;
            let total = draw.result.curves.tail[0];
            let y: Vec<f64> =
                tail.median.iter().map(|share| share * total).take_while(|v| *v > 0.0).collect();
            let i: Vec<f64> = (1..=y.len()).map(|i| i as f64).collect();
            let name = format!("f_{{0}}, median of {}", self.parameters.functions);
            Ok(draw.result.decay_panel(title(draw.source))?.series(Series::line(name, i, y).colour(2)))
        };
        let first = table.draws.iter().filter(|draw| draw.draw == 0);
        let panels = first.map(panel).collect::<Result<Vec<_>>>()?;
        let caption = format!(
            "{} f_{{0}}: the median over {} random initial functions on the same rows, scaled to the energy of the labels.",
            table.decay_caption(None),
            self.parameters.functions
        );
        Ok(Figure::row(panels).share_y().caption(caption))
    }

    /// The table's r against the end of the window ([`SmoothnessTableResult::sensitivity_plot`]) with f₀ in the windows that it was read
    /// in, those from i = 1 on: a square at the mean over all f₀ on all draws of rows, a bar from the lowest to the highest.
    ///
    /// # Errors
    /// As [`SmoothnessTableResult::sensitivity_plot`]; [`Error::Parameter`] for a table of other draws or sets.
    pub fn sensitivity_plot(&self, table: &SmoothnessTableResult) -> Result<Figure> {
        self.check_rows(table)?;
        let mut figure = table.sensitivity_plot()?;
        let n = self.parameters.table.n;
        for (colour, &source) in self.parameters.table.sources.iter().enumerate() {
            let mut read: Vec<(f64, &InitialRow)> = Vec::new();
            for row in self.rows.iter().filter(|row| row.source == source) {
                let range = row.window.resolve(n)?;
                read.extend((range.first == 1).then_some((range.last as f64, row)));
            }
            if read.is_empty() {
                continue;
            }
            read.sort_by(|a, b| a.0.total_cmp(&b.0));
            let of =
                |value: fn(&InitialRow) -> f64| read.iter().map(|(_, row)| value(row)).collect::<Vec<f64>>();
            let ends: Vec<f64> = read.iter().map(|(end, _)| *end).collect();
            let name = if colour == 0 { "f_{0}" } else { "" };
            let series = Series::points(name, ends, of(|row| row.functions.mean))
                .error_bars(of(|row| row.lowest), of(|row| row.highest))
                .shape(Shape::Square)
                .colour(colour)
                .beside(colour, self.parameters.table.sources.len());
            figure.panels[0].series.push(series);
        }
        figure.caption = format!(
            "{} Squares: the initial function f_{{0}} on the same rows, mean over {} on each draw; bars from the lowest to the highest.",
            figure.caption, self.parameters.functions
        );
        Ok(figure)
    }

    /// [`Error::Parameter`] where `table` is of other draws of rows or of another kernel.
    fn check_rows(&self, table: &SmoothnessTableResult) -> Result<()> {
        let (own, other) = (&self.parameters.table, &table.parameters);
        let rows =
            |p: &SmoothnessTable| (p.sources.clone(), p.n, p.seed, p.scaling, p.smoothness.kernel.clone());
        let given = format!("n = {}, seed {}", other.n, other.seed.0);
        let why = "must be the table whose draws of rows and kernel these f₀ are of";
        check::refuse(rows(own) != rows(other), "table", given, why)
    }
}

impl Report for InitialFunctionResult {
    const NAME: &'static str = "initial-function";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        let sources = self.parameters.table.sources.iter();
        sources.fold(manifest, |manifest, source| with_published(manifest, *source))
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let table = Table::new([
            Column::text("data"),
            Column::text("window"),
            Column::uncertain("r of the labels"),
            Column::uncertain("r of f_{0}"),
            Column::interval("f_{0}, lowest to highest"),
            Column::number("f_{0} above the labels"),
        ])
            .caption("The same reading of the labels and of the initial function")
            .label("tab:initial-function")
            .note(format!(
                "{}, n = {}, scaling {}, {} labels. ± is the standard deviation of one reading: of the labels over {} draws of \
                 rows, of f_{{0}} ~ GP(0, NNGP) over {} on each of the same draws of rows. Last column: on the same \
                 rows.",
                kernel_name(&p.table.smoothness.kernel),
                p.table.n,
                p.table.scaling,
                p.table.target,
                counts_text(p.table.sources.iter().map(|source| p.table.count(*source))),
                p.functions
            ));
        self.rows.iter().fold(table, |table, row| {
            table.row([
                title(row.source).into(),
                row.window.to_string().into(),
                Cell::uncertain_fixed(row.labels.mean, row.labels.sd, 3),
                Cell::uncertain_fixed(row.functions.mean, row.functions.sd, 3),
                Cell::Range { low: row.lowest, high: row.highest, decimals: 3 },
                Cell::text(format!("{} of {}", row.above, row.functions.count)),
            ])
        })
    }

    fn parts(&self) -> Parts {
        Parts::default().frame("", self.frame()).table("-table", self.table())
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::regression::Window;
    use crate::report::Shape;
    use crate::report::tests::instances;

    /// The one window from i = 1 on is a square at its end with a bar from the lowest to the highest; another window is none.
    #[test]
    fn windows_of_f0_stand_at_their_ends() {
        let table = instances::smoothness_table();
        let mut initial = instances::initial_function();
        initial.parameters.table = table.parameters.clone();
        initial.rows[0].window = Window::Indices { first: 1, last: 25 };
        let later = Window::Indices { first: 5, last: 40 };
        initial.rows.push(crate::experiment::InitialRow { window: later, ..initial.rows[0] });
        let figure = initial.sensitivity_plot(&table).unwrap();
        let squares: Vec<_> = figure.panels[0].series.iter().filter(|s| s.shape == Shape::Square).collect();
        let [f0] = squares[..] else { panic!("{squares:?}") };
        assert_eq!((&f0.x[..], &f0.y[..]), (&[25.0][..], &[0.4][..]));
        assert_eq!((&f0.lower[..], &f0.upper[..]), (&[0.01][..], &[0.3][..]));
        initial.parameters.table.n += 1;
        assert!(initial.sensitivity_plot(&table).unwrap_err().to_string().contains("draws of rows"));
    }
}
