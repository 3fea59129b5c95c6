//! Table 1 and its figures.

use std::path::Path;

use super::smoothness::{reference, with_data};
use super::{
    Axis, Cell, Colour, Column, Dash, Exported, Figure, Manifest, Panel, Reference, Series, Style, Table,
    export_frame,
};
use crate::data::Source;
use crate::error::Result;
use crate::experiment::{Draw, SmoothnessTableResult};
use crate::regression::{MeanSd, Window};
use crate::smoothness::Origin;

pub(super) fn cell(value: MeanSd) -> Cell {
    Cell::uncertain_fixed(value.mean, value.sd, 3)
}

/// A data set's name in print.
pub(super) fn title(source: Source) -> &'static str {
    match source {
        Source::Mnist => "MNIST",
        Source::FashionMnist => "Fashion-MNIST",
        Source::Cifar10 => "CIFAR-10",
    }
}

impl SmoothnessTableResult {
    /// What ± and the columns are, for the note under a table.
    fn note(&self) -> String {
        let p = &self.parameters;
        format!(
            "n = {}, window {}, {} rows, {} labels; ± is the standard deviation over {} draws of rows. The null is −slope \
             of permuted labels, 5–95 % of {} permutations.",
            p.n,
            p.smoothness.window,
            p.scaling,
            p.target,
            p.draws,
            p.draws * p.smoothness.permutations
        )
    }

    /// Table 1 of paper 1, with β, s and the null beside r.
    pub fn table(&self) -> Table {
        let columns = ["r", "β", "s = r/β", "null of r", "r in the paper", "3/(d+1)"].map(Column::number);
        let table = Table::new([Column::text("data")].into_iter().chain(columns))
            .caption(
                "Smoothness of the labels under the NTK of one hidden layer (Chen, Li and Lin 2024, Table 1)",
            )
            .label("tab:smoothness")
            .note(self.note());
        self.rows.iter().fold(table, |table, row| {
            table.row([
                title(row.source).into(),
                cell(row.r),
                cell(row.beta),
                cell(row.s),
                format!("{:.3}–{:.3}", row.null_q05, row.null_q95).into(),
                row.paper.map_or(Cell::Absent, |value| Cell::number(value, 2)),
                Cell::number(row.initial_function, 5),
            ])
        })
    }

    /// r, β and s in every window: how far the number is the window's.
    pub fn sensitivity_table(&self) -> Table {
        let columns = ["r", "β", "s = r/β", "null of r"].map(Column::number);
        let table = Table::new([Column::text("data"), Column::text("window")].into_iter().chain(columns))
            .caption("The same, window by window")
            .label("tab:sensitivity")
            .note(format!("{} Here the null is the median.", self.note()));
        self.sensitivity.iter().fold(table, |table, row| {
            table.row([
                title(row.source).into(),
                row.window.to_string().into(),
                cell(row.r),
                cell(row.beta),
                cell(row.s),
                Cell::number(row.null_q50, 3),
            ])
        })
    }

    /// The decay plots of the first draw of each data set, side by side (paper 1, Figs 2–4).
    ///
    /// # Errors
    /// As [`SmoothnessResult::decay_panel`](crate::smoothness::SmoothnessResult::decay_panel).
    pub fn decay_plot(&self) -> Result<Figure> {
        let panels = self
            .draws
            .iter()
            .filter(|draw| draw.draw == 0)
            .map(|draw| draw.result.decay_panel(title(draw.source)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Figure::row(panels).share_y())
    }

    /// The same plots with the lines fitted in another window; nothing is decomposed again.
    ///
    /// # Errors
    /// As [`SmoothnessResult::refit`](crate::smoothness::SmoothnessResult::refit).
    pub fn decay_plot_in(&self, window: Window) -> Result<Figure> {
        let panels = self
            .draws
            .iter()
            .filter(|draw| draw.draw == 0)
            .map(|draw| draw.result.refit(window, draw.result.fit.spacing)?.decay_panel(title(draw.source)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Figure::row(panels).share_y())
    }

    /// r against the end of the window i ≤ last, for every data set, with the paper's numbers and the null.
    ///
    /// # Errors
    /// As [`SmoothnessResult::refit`](crate::smoothness::SmoothnessResult::refit).
    pub fn sensitivity_plot(&self) -> Result<Figure> {
        let n = self.parameters.n;
        let ends: Vec<usize> = (0..40)
            .map(|j| (20.0 * (0.9 * n as f64 / 20.0).powf(f64::from(j) / 39.0)).round() as usize)
            .collect();
        let x: Vec<f64> = ends.iter().map(|e| *e as f64).collect();
        let mut panel =
            Panel::new("").x(Axis::log10("last index of the window, i ≤ …")).y(Axis::linear("r = −slope"));
        let mut null = Vec::new();
        for (colour, row) in self.rows.iter().enumerate() {
            let own: Vec<&Draw> = self.draws.iter().filter(|d| d.source == row.source).collect();
            let (mut mean, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
            for (place, last) in ends.iter().enumerate() {
                let refits = own
                    .iter()
                    .map(|d| d.result.refit(Window::Indices { first: 1, last: *last }, d.result.fit.spacing))
                    .collect::<Result<Vec<_>>>()?;
                let r = MeanSd::of(&refits.iter().map(|f| f.r()).collect::<Vec<_>>())?;
                let median = MeanSd::of(&refits.iter().map(|f| -f.null_band.q50).collect::<Vec<_>>())?;
                if null.len() <= place {
                    null.push(0.0);
                }
                null[place] += median.mean / self.rows.len() as f64;
                mean.push(r.mean);
                low.push(r.mean - r.sd);
                high.push(r.mean + r.sd);
            }
            panel = panel
                .series(Series::band("", &x, low, high).colour(colour))
                .series(Series::line(title(row.source), &x, mean).colour(colour));
            if let Some(paper) = row.paper {
                panel = panel.series(
                    Series::horizontal(if colour == 0 { "printed in the paper" } else { "" }, paper)
                        .colour(colour)
                        .dash(Dash::Dotted),
                );
            }
        }
        panel =
            panel.series(Series::line("permuted labels", &x, null).colour(Colour::Grey).dash(Dash::Dashed));
        if let Ok(range) = self.parameters.smoothness.window.resolve(n) {
            panel = panel.series(Series::vertical(
                format!("the table's window, i ≤ {}", range.last),
                range.last as f64,
            ));
        }
        Ok(Figure::single(panel))
    }

    /// Parameters, data checksums, versions, and what to cite.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    pub fn manifest(&self) -> Result<Manifest> {
        let mut manifest = Manifest::new(&self.parameters)?
            .seed(self.parameters.seed.0)
            .cite(Reference::ChenLiLin2024)
            .cite(Reference::Software);
        for draw in self.draws.iter().filter(|draw| draw.draw == 0) {
            manifest = manifest.cite(reference(draw.source));
            if let Origin::Data(origin) = &draw.result.curves.origin {
                manifest = with_data(manifest, &origin.data);
            }
        }
        Ok(manifest)
    }

    /// Writes `smoothness-table.*`, `window-sensitivity-table.*`, `decay.*`, `window-sensitivity.*` and `draws.*`
    /// (a row a draw) with manifests and BibTeX.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the folder cannot be written.
    pub fn export(&self, style: &Style, folder: impl AsRef<Path>) -> Result<Exported> {
        let (folder, manifest) = (folder.as_ref(), self.manifest()?);
        let parts = [
            self.table().export(folder, "smoothness-table", &manifest)?,
            self.sensitivity_table().export(folder, "window-sensitivity-table", &manifest)?,
            self.decay_plot()?.export(style, folder, "decay", &manifest)?,
            self.sensitivity_plot()?.export(style, folder, "window-sensitivity", &manifest)?,
            export_frame(&self.frame()?, folder, "draws", &manifest)?,
        ];
        Ok(Exported { files: parts.into_iter().flat_map(|part| part.files).collect() })
    }

    /// In a notebook: Table 1.
    pub fn evcxr_display(&self) {
        self.table().evcxr_display();
    }
}
