//! The variance of trained networks: tables, manifest, files, and reading back what was kept.

use serde_json::{Value, json};

use super::labels::{SIGMA_B2, SIGMA_W2};
use super::output_variance_excess::{output_name, target_name};
use super::smoothness::with_published;
use super::{Cell, Column, Digits, Manifest, Parts, Reference, Report, Table};
use crate::error::Result;
use crate::experiment::OutputVarianceResult;
use crate::origin::Origins;

/// Depths that the table of theory shows at most; every one is in the Parquet file.
const ROWS: usize = 10;

impl OutputVarianceResult {
    /// "targets: independent N(0, 1)": at finite width the variance is the targets' too.
    pub(super) fn targets_shown(&self) -> String {
        let p = &self.parameters;
        let what = target_name(p.learnt(), p.images.is_some());
        match p.target_scale {
            1.0 => format!("targets: {what}"),
            scale => format!("targets: {scale} × {what}"),
        }
    }

    /// The same as a sentence, with the targets' spread where the result knows it.
    pub(super) fn targets_note(&self) -> String {
        let mut spreads: Vec<f64> = self.ensembles.iter().filter_map(|e| e.target_spread).collect();
        spreads.sort_by(f64::total_cmp);
        spreads.dedup();
        let spread = match spreads[..] {
            [one] => format!(", ‖y − ȳ‖^{{2}} = {}", Digits::Significant(3).write(one)),
            _ => String::new(),
        };
        let shown = self.targets_shown();
        let mut letters = shown.chars();
        let first = letters.next().map_or(String::new(), |first| first.to_uppercase().collect());
        format!("{first}{}{spread}.", letters.as_str())
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

    /// The ensembles, a row a kind of output.
    pub fn ensemble_table(&self) -> Table {
        let p = &self.parameters;
        let columns = [SIGMA_W2, SIGMA_B2, "H", "c", "M"].map(Column::number);
        let columns = columns.into_iter().chain([
            Column::text("output"),
            Column::number("N"),
            Column::number("Var f"),
            Column::interval("interval"),
            Column::number("M = ∞"),
            Column::number("z"),
            Column::uncertain("mean f"),
            Column::number("mean, M = ∞"),
            Column::number("z of the mean"),
        ]);
        let time = p.networks.as_ref().map_or(0.0, |n| n.time);
        let table = Table::new(columns)
            .caption("The variance of trained networks of finite width")
            .label("tab:output-variance-networks")
            .note(format!(
                "{} {} Networks at the start, linearised about it, and trained to the flow time {time}/λ_{{1}}, which linearised ones have \
                 too where t → ∞ is not said. Weights of M = ∞: f_{{0}}(x) − v·f_{{0}}(X), v of infinite width. Intervals: {} %, jackknife over networks of ln Var. z against the value at infinite width, at the same time.",
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
                Cell::text(output_name(output)),
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
}

impl Report for OutputVarianceResult {
    const NAME: &'static str = "output-variance";
    const CITES: &'static [Reference] = &[Reference::SeleznovaKutyniok2021];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        let images = self.parameters.images.iter();
        images.fold(manifest, |manifest, images| with_published(manifest, images.source))
    }

    fn table(&self) -> Table {
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

    fn parts(&self) -> Parts {
        let (p, networks) = (&self.parameters, !self.ensembles.is_empty());
        let several = p.networks.as_ref().is_some_and(|n| n.widths.len() > 1);
        let deep = p.depths.len() > 2;
        let mut parts = Parts::default().frame("", self.frame());
        if networks {
            parts = parts.frame("-networks", self.ensemble_frame());
        }
        parts
            .table("-table", self.table())
            .table("-networks-table", networks.then(|| self.ensemble_table()))
            .table("-deviation-table", networks.then(|| self.deviation_table()))
            .figure("kernel-depth", deep.then(|| Ok(self.kernel_plot())))
            .figure("variance-depth", deep.then(|| Ok(self.depth_plot())))
            .figure(
                "variance",
                (p.sigma_w2.len() > 1 && p.depths.len() <= ROWS).then(|| Ok(self.variance_plot())),
            )
            .figure("variance-width", several.then(|| Ok(self.width_plot())))
    }

    /// The table of theory and, where there are networks, theirs.
    fn headline(&self) -> Vec<Table> {
        let networks = (!self.ensembles.is_empty()).then(|| self.ensemble_table());
        std::iter::once(self.table()).chain(networks).collect()
    }

    /// `points` (theory), `ensembles` (networks), `limits` (what great depth leads to), the `edge` of chaos at every σ_b² that
    /// has one, and theory between the points as `curves` where they are drawn.
    fn result(&self) -> Result<Value> {
        let p = &self.parameters;
        let curves = if p.depths.len() <= ROWS { self.curves() } else { Vec::new() };
        Ok(json!({
            "points": self.points,
            "ensembles": self.ensembles,
            "limits": self.limits,
            "edge": self.edge(),
            "curves": curves,
        }))
    }

    fn missing_cells(&self) -> usize {
        self.missing()
    }

    fn verified(self, file: &str) -> Result<Self> {
        self.checked(file)
    }
}
