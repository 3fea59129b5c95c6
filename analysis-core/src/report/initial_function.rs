//! Readings of the initial function beside those of the labels.

use super::smoothness::with_published;
use super::smoothness_table::{kernel_name, title};
use super::{Cell, Column, Manifest, Parts, Reference, Report, Table};
use crate::error::Result;
use crate::experiment::InitialFunctionResult;
use crate::origin::Origins;

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
        let readings = p.table.draws * p.functions;
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
                 rows, of f_{{0}} ~ GP(0, NNGP) over {readings} ({} on each of the same draws of rows). Last column: on the same \
                 rows.",
                kernel_name(&p.table.smoothness.kernel),
                p.table.n,
                p.table.scaling,
                p.table.target,
                p.table.draws,
                p.functions
            ));
        self.rows.iter().fold(table, |table, row| {
            table.row([
                title(row.source).into(),
                row.window.to_string().into(),
                Cell::uncertain_fixed(row.labels.mean, row.labels.sd, 3),
                Cell::uncertain_fixed(row.functions.mean, row.functions.sd, 3),
                Cell::Range { low: row.lowest, high: row.highest, decimals: 3 },
                Cell::text(format!("{} of {readings}", row.above)),
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
