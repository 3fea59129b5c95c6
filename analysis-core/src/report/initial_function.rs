//! Readings of the initial function beside those of the labels.

use super::smoothness::with_published;
use super::smoothness_table::{counts_text, kernel_name, title};
use super::{Cell, Column, Figure, Manifest, Parts, Reference, Report, Series, Table};
use crate::check;
use crate::error::{Error, Result};
use crate::experiment::{Draw, InitialFunctionResult, SmoothnessTable, SmoothnessTableResult};
use crate::origin::Origins;

impl InitialFunctionResult {
    /// The table's decay plots with f₀ beside the labels: the median over the f₀ on the same rows, scaled to the labels' Σ c_k².
    ///
    /// # Errors
    /// [`Error::Parameter`] for a table of other draws or sets, and for a result of an older version, which kept no tails; as
    /// [`SmoothnessResult::decay_panel`](crate::smoothness::SmoothnessResult::decay_panel).
    pub fn decay_plot(&self, table: &SmoothnessTableResult) -> Result<Figure> {
        let (own, other) = (&self.parameters.table, &table.parameters);
        let rows =
            |p: &SmoothnessTable| (p.sources.clone(), p.n, p.seed, p.scaling, p.smoothness.kernel.clone());
        let why = "must be the table whose draws of rows and kernel these f₀ are of";
        check::refuse(
            rows(own) != rows(other),
            "table",
            format!("n = {}, seed {}", other.n, other.seed.0),
            why,
        )?;
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
