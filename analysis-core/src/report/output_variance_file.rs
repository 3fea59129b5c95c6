//! The variance of trained networks: tables, manifest, files, and reading back what was kept.

use std::path::Path;

use serde_json::{Value, json};

use super::export_result::ResultExport;
use super::json_file::{JsonFile, with_missing};
use super::labels::{SIGMA_B2, SIGMA_W2};
use super::smoothness::reference;
use super::{Cell, Column, Digits, Exported, Manifest, Reference, Style, Table};
use crate::error::Result;
use crate::experiment::OutputVarianceResult;

/// Depths that the table of theory shows at most; every one is in the Parquet file.
const ROWS: usize = 10;

impl OutputVarianceResult {
    /// What the networks are trained on: at finite width their variance is the targets' too.
    fn targets_note(&self) -> String {
        let p = &self.parameters;
        let what = match &p.images {
            Some(_) => "the parity ±1 of the labels".to_string(),
            None => format!("one draw of {} independent N(0, 1) numbers", p.samples),
        };
        match p.target_scale {
            1.0 => format!("Targets: {what}."),
            scale => format!("Targets: {scale} times {what}."),
        }
    }

    fn note(&self) -> String {
        let p = &self.parameters;
        let inputs = match &p.images {
            Some(images) => format!("the first rows of {}", images.source),
            None => "all with cosine c".into(),
        };
        format!(
            "{}, S = {} training inputs and {} test inputs, {inputs}, ‖x‖^{{2}}/n_{{0}} = {}. Theorem 3 and the exact \
             expression at t → ∞; a dash where n ε λ_{{max}}/λ_{{min}} makes the latter meaningless.",
            p.activation, p.samples, p.test_points, p.mean_square
        )
    }

    /// The points of theory, of at most ten depths.
    pub fn table(&self) -> Table {
        let columns = [
            SIGMA_W2,
            SIGMA_B2,
            "H",
            "c",
            "q̄",
            "q̄_{sr}",
            "κ_{2}",
            "κ_{1}/κ_{2}",
            "A",
            "theorem 3",
            "exact",
            "λ_{max}/λ_{min}",
        ];
        let depths = &self.parameters.depths;
        let shown: Vec<usize> = match depths.len() {
            count if count <= ROWS => depths.clone(),
            count => (0..ROWS).map(|k| depths[k * (count - 1) / (ROWS - 1)]).collect(),
        };
        let table = Table::new(columns.map(Column::number))
            .caption("The variance of trained networks at infinite width")
            .label("tab:output-variance")
            .note(self.note());
        let digits = |value: f64| Cell::significant(value, 4);
        self.points.iter().filter(|p| shown.contains(&p.kernel.depth)).fold(table, |table, p| {
            table.row([
                Cell::parameter(p.sigma_w2),
                Cell::parameter(p.sigma_b2),
                Cell::count(p.kernel.depth),
                Cell::number(p.cosine, 3),
                digits(p.kernel.variance),
                digits(p.kernel.covariance),
                digits(p.kernel.off_diagonal),
                p.ratio.map(digits).into(),
                digits(p.weight),
                digits(p.formula),
                p.exact.map(digits).into(),
                Cell::scientific(p.condition, 2),
            ])
        })
    }

    /// The ensembles, a row a kind of output.
    pub fn ensemble_table(&self) -> Table {
        let p = &self.parameters;
        let columns = [SIGMA_W2, SIGMA_B2, "H", "c", "M"].map(Column::number);
        let more = ["N", "Var f", "interval", "M = ∞", "z", "mean f", "mean, M = ∞", "z of the mean"];
        let columns = columns.into_iter().chain([Column::text("output")]).chain(more.map(Column::number));
        let time = p.networks.as_ref().map_or(0.0, |n| n.time);
        let table = Table::new(columns)
            .caption("The variance of trained networks of finite width")
            .label("tab:output-variance-networks")
            .note(format!(
                "{} {} Networks at the start, linearised about it, and trained to the flow time {time}/λ_{{1}}; limit: linearised, \
                 t → ∞; zero targets: linearised. Intervals: {} %, jackknife over networks of ln Var. z against the value at infinite width, at the same time.",
                self.note(),
                self.targets_note(),
                100.0 * p.level
            ));
        let rows = self.ensembles.iter().flat_map(|e| e.estimates().into_iter().map(move |row| (e, row)));
        rows.fold(table, |table, (e, (output, v))| {
            table.row([
                Cell::parameter(e.sigma_w2),
                Cell::parameter(e.sigma_b2),
                Cell::count(e.depth),
                Cell::number(e.cosine, 3),
                Cell::count(e.width),
                Cell::text(match output {
                    "linear_limit" => "limit",
                    "linear_zero" => "zero targets",
                    other => other,
                }),
                Cell::count(v.count),
                Cell::significant(v.variance, 4),
                Cell::interval(v.interval, Digits::Significant(4)),
                v.expected_variance.map(|value| Cell::significant(value, 4)).into(),
                Cell::known(v.z, 2),
                Cell::uncertain(v.mean, v.mean_error),
                Cell::known(v.expected_mean, 3),
                Cell::known(v.mean_z, 2),
            ])
        })
    }

    /// Parameters, versions, and what to cite.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    pub fn manifest(&self) -> Result<Manifest> {
        let manifest = Manifest::new(&self.parameters)?
            .seed(self.parameters.seed.0)
            .cite(Reference::SeleznovaKutyniok2021)
            .cite(Reference::Software);
        let Some(source) = self.parameters.images.as_ref().map(|images| images.source) else {
            return Ok(manifest);
        };
        let files = source.published_checksums().into_iter();
        let manifest = files.fold(manifest, |m, (file, sha256)| m.data(file, sha256));
        Ok(manifest.cite(reference(source)))
    }

    /// The result as one JSON object with its provenance; `seconds` is what it took. What is not known is left out, never
    /// null. `points`: theory; `ensembles`: networks; `limits`: what great depth leads to.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    pub fn json(&self, seconds: f64) -> Result<Value> {
        Ok(with_missing(
            self.missing(),
            json!({
                "schema": 1,
                "points": self.points,
                "ensembles": self.ensembles,
                "limits": self.limits,
                "parameters": self.parameters,
                "provenance": self.manifest()?.seconds(seconds),
            }),
        ))
    }

    /// A result from a file that holds [`OutputVarianceResult::json`].
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the file cannot be read, [`Error::Json`](crate::error::Error::Json) where
    /// it is something else, [`Error::Parameter`](crate::error::Error::Parameter) where its points are not those of its
    /// parameters.
    pub fn read(path: impl AsRef<Path>) -> Result<OutputVarianceResult> {
        let path = path.as_ref();
        let mut file = JsonFile::read(path, "ntk output-variance --json")?;
        let result = OutputVarianceResult {
            points: file.field("points")?,
            ensembles: file.field("ensembles")?,
            limits: file.field("limits")?,
            parameters: file.field("parameters")?,
            computed_by: file.computed_by(),
        };
        result.checked(&path.display().to_string())
    }

    /// Writes `output-variance-table.*` and `output-variance.parquet` (theory); `kernel-depth.*` and `variance-depth.*` where there
    /// are more than two depths, `variance.*` where there are several σ_w², `variance-width.*` where there are several widths; `output-variance-networks-table.*` and
    /// `output-variance-networks.parquet` where there are networks.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the folder cannot be written; [`Error::Export`](crate::error::Error::Export)
    /// naming what could not be made, once all else is written.
    pub fn export(&self, style: &Style, folder: impl AsRef<Path>) -> Result<Exported> {
        let (p, manifest, result) = (&self.parameters, self.manifest()?, "output-variance");
        let mut export = ResultExport::new(result, result, style, folder.as_ref(), &manifest)?;
        export.data("output-variance", self.frame());
        if !self.ensembles.is_empty() {
            export.data("output-variance-networks", self.ensemble_frame());
        }
        export.table("output-variance-table", &self.table());
        if !self.ensembles.is_empty() {
            export.table("output-variance-networks-table", &self.ensemble_table());
        }
        if p.depths.len() > 2 {
            export.figure("kernel-depth", Ok(self.kernel_plot()));
            export.figure("variance-depth", Ok(self.depth_plot()));
        }
        if p.sigma_w2.len() > 1 && p.depths.len() <= ROWS {
            export.figure("variance", Ok(self.variance_plot()));
        }
        if p.networks.as_ref().is_some_and(|n| n.widths.len() > 1) {
            export.figure("variance-width", Ok(self.width_plot()));
        }
        export.finish()
    }

    /// In a notebook: the table of networks where there are some, else that of theory.
    pub fn evcxr_display(&self) {
        if self.ensembles.is_empty() { self.table() } else { self.ensemble_table() }.evcxr_display();
    }
}
