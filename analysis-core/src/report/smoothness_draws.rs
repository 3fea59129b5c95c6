//! What repeated draws look like: table, decay plot of the first, manifest, export.

use std::path::Path;

use super::export_result::ResultExport;
use super::smoothness::{with_origin, without_kernel};
use super::smoothness_table::{EXPONENTS, exponent_cells};
use super::{Column, Exported, Figure, Manifest, Reference, Style, Table};
use crate::error::Result;
use crate::experiment::SmoothnessDrawsResult;
use crate::smoothness::Origin;

impl SmoothnessDrawsResult {
    /// The exponents over the draws in one row.
    pub fn table(&self) -> Table {
        let p = &self.parameters;
        let overlap = p.n as f64 / self.available as f64;
        // √(1 − 1/4) = 0.87: from there on the overlap is worth a word.
        let overlap = if overlap > 0.25 {
            format!(
                " Draws share {:.0} % of their rows, so ± is too small by a factor of about {:.2}.",
                100.0 * overlap,
                (1.0 - overlap).sqrt()
            )
        } else {
            String::new()
        };
        let warnings: String = self.warnings().iter().map(|w| format!(" Warning: {w}.")).collect();
        let note = format!(
            "n = {} of {} rows, window {}; ± is the standard deviation over {} draws of rows. The null is −slope of \
             permuted targets, 5–95 %.{overlap}{warnings}",
            p.n, self.available, p.smoothness.window, p.draws
        );
        Table::new(EXPONENTS.map(Column::number)).row(exponent_cells(&self.over_draws)).note(note)
    }

    /// The decay plot of the first draw.
    ///
    /// # Errors
    /// As [`SmoothnessResult::decay_plot`](crate::smoothness::SmoothnessResult::decay_plot).
    pub fn decay_plot(&self) -> Result<Figure> {
        Ok(Figure::row(
            self.draws.iter().take(1).map(|draw| draw.decay_panel("")).collect::<Result<Vec<_>>>()?,
        ))
    }

    /// Parameters, data checksums, versions, and what to cite.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    pub fn manifest(&self) -> Result<Manifest> {
        let origins: Vec<&Origin> = self.draws.iter().map(|draw| &draw.curves.origin).collect();
        let mut parameters = serde_json::json!(self.parameters);
        parameters["origins"] = serde_json::json!(origins);
        if let Some(Origin::Gram { .. }) = origins.first() {
            without_kernel(&mut parameters);
            for unused in ["scaling", "target"] {
                parameters.as_object_mut().and_then(|all| all.remove(unused));
            }
        }
        if !self.warnings().is_empty() {
            parameters["warnings"] = serde_json::json!(self.warnings());
        }
        let manifest = Manifest::new(&parameters)?
            .seed(self.parameters.seed.0)
            .cite(Reference::ChenLiLin2024)
            .cite(Reference::Software);
        Ok(origins.first().map_or(manifest.clone(), |origin| with_origin(manifest, origin)))
    }

    /// Writes the decay plot of the first draw with its numbers, manifest and BibTeX as `name.*`, the table as
    /// `name-table.*`, and a row a draw as `name-draws.parquet`.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the folder cannot be written; [`Error::Export`](crate::error::Error::Export)
    /// naming what could not be made, once all else is written.
    pub fn export(&self, style: &Style, folder: impl AsRef<Path>, name: &str) -> Result<Exported> {
        let manifest = self.manifest()?;
        let mut export = ResultExport::new("smoothness-draws", name, style, folder.as_ref(), &manifest)?;
        export.data(&format!("{name}-draws"), self.frame());
        export.table(&format!("{name}-table"), &self.table());
        export.figure(name, self.decay_plot());
        export.finish()
    }

    /// In a notebook: the table.
    pub fn evcxr_display(&self) {
        self.table().evcxr_display();
    }
}
