//! The calibration on planted power laws as a table.

use super::{Cell, Column, Parts, Reference, Report, Table};
use crate::error::Result;
use crate::experiment::PlantedDecayResult;
use crate::origin::Origins;

impl Report for PlantedDecayResult {
    const NAME: &'static str = "planted-decay";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let shares = p.noise.iter().map(|share| format!("read, {} % noise", 100.0 * share));
        let columns = [Column::number("planted r")].into_iter().chain(shares.map(Column::uncertain));
        let table = Table::new(columns)
            .caption("What the line reads where the power law is known")
            .label("tab:planted-decay")
            .note(format!(
                "n = {}, window {}, λ_{{i}} = i^{{−{}}}, {} eigenfunctions, energy beyond i = n included; ± is the standard \
                 deviation over {} draws.",
                p.n, p.window, p.beta, p.modes, p.draws
            ));
        p.r.iter().enumerate().fold(table, |table, (column, r)| {
            let own = self.rows.iter().skip(column).step_by(p.r.len());
            let cells = own.map(|row| Cell::uncertain_fixed(row.read.mean, row.read.sd, 3));
            table.row(std::iter::once(Cell::number(*r, 2)).chain(cells))
        })
    }

    fn parts(&self) -> Parts {
        Parts::default().table("-table", self.table())
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
