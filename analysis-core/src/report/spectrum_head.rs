//! The head of a spectrum as a table and a figure.

use super::smoothness::with_data;
use super::{Axis, Cell, Column, Figure, Manifest, Panel, Parts, Reference, Report, Series, Table};
use crate::check;
use crate::error::{Error, Result};
use crate::origin::Origins;
use crate::spectrum::{SpectrumHeadResult, TargetHead};

/// Rows of the table: 1, 2, 5, 10, 20, …, and the last one that is known.
const STEPS: [usize; 3] = [1, 2, 5];

impl SpectrumHeadResult {
    /// The indices of the table.
    fn shown_indices(&self) -> Vec<usize> {
        let decades = (0..).map(|power| 10usize.pow(power)).take_while(|ten| *ten <= self.components());
        let mut shown: Vec<usize> = decades.flat_map(|ten| STEPS.map(|step| step * ten)).collect();
        shown.extend([self.known, self.components()]);
        shown.retain(|i| (1..=self.components()).contains(i));
        shown.sort_unstable();
        shown.dedup();
        shown
    }

    /// Σ over the targets of a number at index i.
    fn total(&self, i: usize, list: impl Fn(&TargetHead) -> &Vec<f64>) -> f64 {
        self.targets.iter().filter_map(|target| list(target).get(i - 1)).sum()
    }

    /// The tails that are known against i, summed over the targets.
    fn tail_figure(&self) -> Result<Figure> {
        let places = || (1..=self.known).map(|i| (i as f64, self.total(i, |t| &t.tail)));
        let line = Series::line("", places().map(|p| p.0), places().map(|p| p.1));
        let panel = Panel::new("").x(Axis::log10("index i")).y(Axis::log10("Σ_{k≥i} c_{k}^{2}")).series(line);
        Ok(Figure::single(panel).caption(format!(
            "Energy of the targets beyond index i along the eigenvectors of K/n, n = {}, from the head of its spectrum: shown up to i = {}, \
             as far as it is known to {} %.",
            self.n,
            self.known,
            100.0 * self.parameters.tolerance
        )))
    }
}

impl Report for SpectrumHeadResult {
    const NAME: &'static str = "spectrum-head";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        match &self.data {
            Some(origin) => with_data(manifest, &origin.data),
            None => manifest,
        }
    }

    fn table(&self) -> Table {
        let columns =
            ["i", "λ_{i}", "λ_{i} at least", "λ_{i} at most", "tail", "tail at least", "tail at most"];
        let table = Table::new(columns.map(Column::number))
            .caption("The head of the spectrum of K/n, and the targets' tail")
            .label("tab:spectrum-head")
            .note(format!(
                "n = {}, {} vectors after {} passes over K. The tail is Σ_{{k≥i}} c_{{k}}^{{2}}. Tails are known to {} % up to i = {}; ‖K/n‖ outside the \
                 basis is at most {:.2e}. Σ λ = {:.6}. The bounds hold but for a chance of {:.0e}.",
                self.n,
                self.vectors,
                self.passes,
                100.0 * self.parameters.tolerance,
                self.known,
                self.outside,
                self.trace,
                self.failure
            ));
        self.shown_indices().into_iter().fold(table, |table, i| {
            table.row([
                Cell::count(i),
                Cell::significant(self.eigenvalues[i - 1], 6),
                Cell::significant(self.eigenvalue_lower[i - 1], 6),
                Cell::significant(self.eigenvalue_upper[i - 1], 6),
                Cell::significant(self.total(i, |t| &t.tail), 6),
                Cell::significant(self.total(i, |t| &t.tail_lower), 6),
                Cell::significant(self.total(i, |t| &t.tail_upper), 6),
            ])
        })
    }

    fn parts(&self) -> Parts {
        let figure = (self.known > 1).then(|| self.tail_figure());
        Parts::default().frame("", self.frame()).table("-table", self.table()).figure("-tail", figure)
    }

    fn verified(self, file: &str) -> Result<Self> {
        let p = self.components();
        let own = [&self.eigenvalue_lower, &self.eigenvalue_upper, &self.residuals];
        let energies = self.targets.iter().map(|target| &target.energies);
        let tails = self.targets.iter().flat_map(|t| [&t.tail, &t.tail_lower, &t.tail_upper]);
        let lists =
            own.into_iter().chain(energies).map(|list| (list, p)).chain(tails.map(|list| (list, p + 1)));
        for (list, expected) in lists {
            if list.len() != expected {
                return Err(Error::shape(format!("a list in {file}"), expected, list.len()));
            }
        }
        check::that(self.known <= p + 1, "known", self.known, format!("{file} has {p} eigenvalues"))?;
        Ok(self)
    }
}
