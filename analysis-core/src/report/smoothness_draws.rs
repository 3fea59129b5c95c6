//! What repeated draws look like: table, decay plot of the first, manifest, export.

use serde_json::{Map, Value, json};

use super::json_file::{JsonFile, json_of};
use super::smoothness::{with_origin, with_warnings, without_kernel};
use super::smoothness_table::{exponent_cells, exponent_columns, mean_cell, mean_column};
use super::{Figure, Manifest, Parts, Reference, Report, Table};
use crate::error::Result;
use crate::experiment::SmoothnessDrawsResult;
use crate::origin::Origins;
use crate::smoothness::{CurvesOrigin, SmoothnessResult};

impl SmoothnessDrawsResult {
    /// The decay plot of the first draw.
    ///
    /// # Errors
    /// As [`SmoothnessResult::decay_plot`](crate::smoothness::SmoothnessResult::decay_plot).
    pub fn decay_plot(&self) -> Result<Figure> {
        let first = || self.draws.iter().take(1);
        let caption =
            first().map(|draw| format!("{} The first of {} draws.", draw.decay_caption(), self.draws.len()));
        let panels = first().map(|draw| draw.decay_panel("")).collect::<Result<Vec<_>>>()?;
        Ok(Figure::row(panels).caption(caption.collect::<String>()))
    }
}

impl Report for SmoothnessDrawsResult {
    const NAME: &'static str = "smoothness-draws";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn parameters(&self) -> Result<Value> {
        let origins: Vec<&CurvesOrigin> = self.draws.iter().map(|draw| &draw.curves.origin).collect();
        let mut parameters = json_of(&self.parameters)?;
        parameters["origins"] = json!(origins);
        if let Some(CurvesOrigin::Gram { .. }) = origins.first() {
            without_kernel(&mut parameters);
            for unused in ["scaling", "target"] {
                parameters.as_object_mut().and_then(|all| all.remove(unused));
            }
        }
        Ok(parameters)
    }

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        let manifest = with_warnings(manifest, self.warnings());
        self.draws.iter().take(1).fold(manifest, |manifest, draw| with_origin(manifest, &draw.curves.origin))
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let overlap = p.n as f64 / self.available as f64;
        let rows = if self.disjoint {
            " They share no row; the interval of the mean is Student's.".to_string()
        } else {
            format!(
                " Draws share {:.0} % of their rows, so ± is too small by a factor of about {:.2}.",
                100.0 * overlap,
                (1.0 - overlap).sqrt()
            )
        };
        let warnings: String = self.warnings().iter().map(|w| format!(" Warning: {w}.")).collect();
        let note = format!(
            "n = {} of {} rows, window {}; ± is the standard deviation of one draw, over {} draws of rows.{rows} The null is \
             −slope of permuted targets, 5–95 %.{warnings}",
            p.n,
            self.available,
            p.smoothness.window,
            self.draws.len()
        );
        let cells =
            exponent_cells(&self.over_draws).into_iter().chain([mean_cell(&self.over_draws, self.disjoint)]);
        Table::new(exponent_columns().into_iter().chain([mean_column()])).row(cells).note(note)
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .frame("-draws", self.frame())
            .table("-table", self.table())
            .figure("", self.decay_plot())
    }

    /// `over_draws` (its null is of −slope), r, β and s of the `draws`, `n`, `available`, whether they are `disjoint` and then the
    /// `r_interval` of the mean, `window`, `warnings`.
    fn result(&self) -> Result<Value> {
        let draw = |(draw, one): (usize, &SmoothnessResult)| json!({"draw": draw, "r": one.r(), "beta": one.beta(), "s": one.s()});
        let mut result = json!({
            "over_draws": self.over_draws,
            "draws": self.draws.iter().enumerate().map(draw).collect::<Vec<_>>(),
            "n": self.parameters.n,
            "available": self.available,
            "disjoint": self.disjoint,
            "window": self.parameters.smoothness.window.to_string(),
            "warnings": self.warnings(),
        });
        if self.disjoint {
            result["r_interval"] = json!(self.over_draws.r_interval()?);
        }
        Ok(result)
    }

    /// Its JSON leaves out what it would be made of.
    fn restore(_: Map<String, Value>, file: &JsonFile) -> Result<Self> {
        Err(file.unreadable("the curves of the draws"))
    }
}
