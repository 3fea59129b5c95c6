//! The variance of trained networks: figures against depth and σ_w², tables, manifest, and reading back what was kept.

use std::path::Path;

use serde_json::{Value, json};

use super::json_file::JsonFile;
use super::{
    Axis, Cell, Colour, Column, Dash, Exported, Figure, Manifest, Panel, Reference, Series, Shape, Style,
    Table,
};
use crate::data::Source;
use crate::error::Result;
use crate::experiment::{DepthLimit, EnsemblePoint, OutputVarianceResult, VarianceEstimate, VariancePoint};
use crate::network::edge_of_chaos;
use crate::spectrum::write_parquet;

/// Depths that the table of theory shows at most; every one is in the Parquet file.
const ROWS: usize = 10;

/// Beyond this ratio of largest to smallest an axis is logarithmic.
const WIDE: f64 = 30.0;

fn place(sigma_w2: f64, sigma_b2: f64) -> String {
    format!("σ_{{w}}^{{2}} = {sigma_w2}, σ_{{b}}^{{2}} = {sigma_b2}")
}

/// Linear or logarithmic, as the values ask for.
fn axis(label: &str, values: impl Iterator<Item = f64>) -> Axis {
    let (low, high) = values.fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
    if low > 0.0 && high > WIDE * low { Axis::log10(label) } else { Axis::linear(label) }
}

impl OutputVarianceResult {
    fn cosine_label(&self, cosine: f64) -> String {
        match &self.parameters.images {
            Some(images) => format!("{}, mean cosine {cosine:.3}", images.source),
            None => format!("c = {cosine}"),
        }
    }

    fn phase(limit: &DepthLimit) -> String {
        format!("{}, {}", place(limit.sigma_w2, limit.sigma_b2), limit.fixed_point.phase)
    }

    /// One quantity against depth at one (σ_w², σ_b²), a line a cosine.
    fn depth_panel(
        &self,
        limit: &DepthLimit,
        label: &str,
        named: bool,
        value: impl Fn(&VariancePoint) -> Option<f64>,
    ) -> Panel {
        let mut panel = Panel::new(Self::phase(limit)).x(Axis::linear("hidden layers H"));
        let mut all = Vec::new();
        for (colour, cosine) in self.cosines().into_iter().enumerate() {
            let line = self.line(limit.sigma_w2, limit.sigma_b2, cosine);
            let points: Vec<(f64, f64)> = line
                .iter()
                .filter_map(|p| Some((p.kernel.depth as f64, value(p).filter(|v| *v > 0.0)?)))
                .collect();
            if points.is_empty() {
                continue;
            }
            let name = if named { self.cosine_label(cosine) } else { String::new() };
            let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
            all.extend(&y);
            panel = panel.series(Series::line(name, x, y).colour(colour));
        }
        panel.y(axis(label, all.into_iter()))
    }

    /// κ₂ and κ₁/κ₂ against hidden layers, a column a pair (σ_w², σ_b²), a line a cosine (paper 2, Figs 5 and 6). Dashed: what
    /// mean-field theory says they tend to, where they tend to anything.
    pub fn kernel_plot(&self) -> Figure {
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for (column, limit) in self.limits.iter().enumerate() {
            let reference = |panel: Panel, value: Option<f64>| match value {
                Some(value) => panel.series(Series::horizontal("", value)),
                None => panel,
            };
            let panel = self.depth_panel(limit, "κ_{2}", column == 0, |p| Some(p.kernel.off_diagonal));
            above.push(reference(panel, limit.kernel.off_diagonal));
            let panel = self.depth_panel(limit, "κ_{1} / κ_{2}", false, |p| p.ratio);
            below.push(reference(panel, limit.kernel.ratio));
        }
        let columns = above.len().max(1);
        above.append(&mut below);
        Figure::grid(above, columns).title(format!("limit kernel of {} networks", self.parameters.activation))
    }

    /// Var f_∞ by theorem 3 against hidden layers, a panel a pair (σ_w², σ_b²), a line a cosine; grey: q̄, the variance at the
    /// start, which is also what the chaotic phase keeps.
    pub fn depth_plot(&self) -> Figure {
        let panels: Vec<Panel> = self
            .limits
            .iter()
            .enumerate()
            .map(|(column, limit)| {
                let panel = self.depth_panel(limit, "Var f_{∞}", column == 0, |p| Some(p.formula));
                let Some(cosine) = self.cosines().first().copied() else { return panel };
                let line = self.line(limit.sigma_w2, limit.sigma_b2, cosine);
                let (x, y): (Vec<f64>, Vec<f64>) =
                    line.iter().map(|p| (p.kernel.depth as f64, p.kernel.variance)).unzip();
                let name = if column == 0 { "at the start" } else { "" };
                panel.series(Series::line(name, x, y).colour(Colour::Grey).dash(Dash::Dashed))
            })
            .collect();
        let columns = panels.len().clamp(1, 3);
        Figure::grid(panels, columns)
    }

    /// Var f against σ_w², a panel a σ_b², depth and width (where there are networks), a colour a cosine; the edge of chaos
    /// dashed. Lines are theory: q̄ grey, theorem 3 for t → ∞ (solid); crosses the exact expression where it differs (images);
    /// the infinite-width value at the time of the networks dotted. Marks with intervals are networks, linearised about their
    /// start (rings) and trained (discs).
    pub fn variance_plot(&self) -> Figure {
        let p = &self.parameters;
        let widths = p.networks.as_ref().map_or(vec![None], |n| n.widths.iter().map(|m| Some(*m)).collect());
        let mut panels = Vec::new();
        for &sigma_b2 in &p.sigma_b2 {
            for &depth in &p.depths {
                for &width in &widths {
                    let named = panels.is_empty();
                    if let Some(panel) = self.variance_panel(sigma_b2, depth, width, named) {
                        panels.push(panel);
                    }
                }
            }
        }
        let columns = panels.len().clamp(1, 3);
        Figure::grid(panels, columns).title(format!("{}, S = {}", p.activation, p.samples))
    }

    /// One panel of [`OutputVarianceResult::variance_plot`]; none where this shard of the grid has no points. `named`: with
    /// entries for the legend.
    pub fn variance_panel(
        &self,
        sigma_b2: f64,
        depth: usize,
        width: Option<usize>,
        named: bool,
    ) -> Option<Panel> {
        let mut title = format!("H = {depth}, σ_{{b}}^{{2}} = {sigma_b2}");
        if let Some(width) = width {
            title = format!("M = {width}, {title}");
        }
        let name = |text: String| if named { text } else { String::new() };
        let mut panel = Panel::new(title).x(Axis::linear("σ_{w}^{2}"));
        let mut all = Vec::new();
        for (colour, cosine) in self.cosines().into_iter().enumerate() {
            let own: Vec<&VariancePoint> = self
                .points
                .iter()
                .filter(|p| (p.sigma_b2, p.kernel.depth, p.cosine) == (sigma_b2, depth, cosine))
                .collect();
            let x = || own.iter().map(|p| p.sigma_w2).collect::<Vec<f64>>();
            let line = |label: String, value: fn(&VariancePoint) -> f64| {
                Series::line(label, x(), own.iter().map(|p| value(p)).collect::<Vec<f64>>())
            };
            if own.is_empty() {
                continue;
            }
            if colour == 0 {
                let start = line(name("at the start".into()), |p| p.kernel.variance);
                all.extend(&start.y);
                panel = panel.series(start.colour(Colour::Grey).dash(Dash::Dashed));
            }
            let formula = line(name(format!("theorem 3, {}", self.cosine_label(cosine))), |p| p.formula)
                .dash(Dash::Solid);
            all.extend(&formula.y);
            panel = panel.series(formula.colour(colour));
            let exact: Vec<(f64, f64)> = own.iter().filter_map(|p| Some((p.sigma_w2, p.exact?))).collect();
            if self.parameters.images.is_some() && !exact.is_empty() {
                let (x, y): (Vec<f64>, Vec<f64>) = exact.into_iter().unzip();
                all.extend(&y);
                let series = Series::line_points(name("exact".into()), x, y).shape(Shape::Cross);
                panel = panel.series(series.colour(colour + 1).dash(Dash::Dashed).size(0.7));
            }
            let networks: Vec<&EnsemblePoint> = self
                .ensembles
                .iter()
                .filter(|e| (e.sigma_b2, e.depth, e.cosine) == (sigma_b2, depth, cosine))
                .filter(|e| Some(e.width) == width)
                .collect();
            for series in marks(&networks, colour, named) {
                all.extend(&series.y);
                panel = panel.series(series);
            }
        }
        if all.is_empty() {
            return None;
        }
        let (low, high) = self
            .parameters
            .sigma_w2
            .iter()
            .fold((f64::INFINITY, 0.0f64), |(low, high), w| (low.min(*w), high.max(*w)));
        if let Ok(edge) = edge_of_chaos(&self.parameters.activation, sigma_b2)
            && (low..=high).contains(&edge.sigma_w2)
        {
            panel = panel.series(Series::vertical(name("χ_{1} = 1".into()), edge.sigma_w2));
        }
        Some(panel.y(axis("Var f", all.into_iter())))
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
            "σ_{w}^{2}",
            "σ_{b}^{2}",
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
        let digits = |value: f64| Cell::text(short(value));
        self.points.iter().filter(|p| shown.contains(&p.kernel.depth)).fold(table, |table, p| {
            table.row([
                Cell::text(p.sigma_w2.to_string()),
                Cell::text(p.sigma_b2.to_string()),
                Cell::Integer(p.kernel.depth as i64),
                Cell::number(p.cosine, 3),
                digits(p.kernel.variance),
                digits(p.kernel.covariance),
                digits(p.kernel.off_diagonal),
                p.ratio.map_or(Cell::Absent, digits),
                digits(p.weight),
                digits(p.formula),
                p.exact.map_or(Cell::Absent, digits),
                Cell::text(format!("{:.1e}", p.condition)),
            ])
        })
    }

    /// The ensembles, a row a kind of output.
    pub fn ensemble_table(&self) -> Table {
        let p = &self.parameters;
        let columns = ["σ_{w}^{2}", "σ_{b}^{2}", "H", "c", "M"].map(Column::number);
        let more = ["N", "Var f", "interval", "M = ∞", "z", "mean f", "mean, M = ∞", "z of the mean"];
        let columns = columns.into_iter().chain([Column::text("output")]).chain(more.map(Column::number));
        let time = p.networks.as_ref().map_or(0.0, |n| n.time);
        let table = Table::new(columns)
            .caption("The variance of trained networks of finite width")
            .label("tab:output-variance-networks")
            .note(format!(
                "{} Networks at the start, linearised about it, and trained to the flow time {time}/λ_{{1}}; limit: linearised, \
                 t → ∞. Intervals: {} %, jackknife over networks of ln Var. z against the value at infinite width, at the same time.",
                self.note(),
                100.0 * p.level
            ));
        let known =
            |value: Option<f64>, decimals| value.map_or(Cell::Absent, |value| Cell::number(value, decimals));
        let rows = self.ensembles.iter().flat_map(|e| e.estimates().into_iter().map(move |row| (e, row)));
        rows.fold(table, |table, (e, (output, v))| {
            table.row([
                Cell::text(e.sigma_w2.to_string()),
                Cell::text(e.sigma_b2.to_string()),
                Cell::Integer(e.depth as i64),
                Cell::number(e.cosine, 3),
                Cell::Integer(e.width as i64),
                Cell::text(if output == "linear_limit" { "limit" } else { output }),
                Cell::Integer(v.count as i64),
                Cell::text(short(v.variance)),
                Cell::text(format!("[{}, {}]", short(v.interval[0]), short(v.interval[1]))),
                v.expected_variance.map_or(Cell::Absent, |value| Cell::text(short(value))),
                known(v.z, 2),
                Cell::uncertain(v.mean, v.mean_error),
                known(v.expected_mean, 3),
                known(v.mean_z, 2),
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
        let files = source.checksums().into_iter();
        let manifest = files.fold(manifest, |m, (file, sha256)| m.data(format!("{source}/{file}"), sha256));
        Ok(manifest.cite(match source {
            Source::Mnist => Reference::Mnist,
            Source::FashionMnist => Reference::FashionMnist,
            Source::Cifar10 => Reference::Cifar10,
        }))
    }

    /// The result as one JSON object with its provenance; `seconds` is what it took. What is not known is left out, never
    /// null. `points`: theory; `ensembles`: networks; `limits`: what great depth leads to.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    pub fn json(&self, seconds: f64) -> Result<Value> {
        Ok(json!({
            "schema": 1,
            "points": self.points,
            "ensembles": self.ensembles,
            "limits": self.limits,
            "parameters": self.parameters,
            "provenance": self.manifest()?.seconds(seconds),
        }))
    }

    /// A result from a file that holds [`OutputVarianceResult::json`].
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the file cannot be read, [`Error::Json`](crate::error::Error::Json) where
    /// it is something else.
    pub fn read(path: impl AsRef<Path>) -> Result<OutputVarianceResult> {
        let mut file = JsonFile::read(path.as_ref(), "ntk output-variance --json")?;
        Ok(OutputVarianceResult {
            points: file.field("points")?,
            ensembles: file.field("ensembles")?,
            limits: file.field("limits")?,
            parameters: file.field("parameters")?,
        })
    }

    /// Writes `output-variance-table.*` and `output-variance.parquet` (theory); `kernel-depth.*` and `variance-depth.*` where there
    /// are several depths, `variance.*` where there are several σ_w²; `output-variance-networks-table.*` and
    /// `output-variance-networks.parquet` where there are networks.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the folder cannot be written.
    pub fn export(&self, style: &Style, folder: impl AsRef<Path>) -> Result<Exported> {
        let (folder, manifest, p) = (folder.as_ref(), self.manifest()?, &self.parameters);
        let mut files = self.table().export(folder, "output-variance-table", &manifest)?.files;
        if p.depths.len() > 1 {
            files.extend(self.kernel_plot().export(style, folder, "kernel-depth", &manifest)?.files);
            files.extend(self.depth_plot().export(style, folder, "variance-depth", &manifest)?.files);
        }
        if p.sigma_w2.len() > 1 && p.depths.len() <= ROWS {
            files.extend(self.variance_plot().export(style, folder, "variance", &manifest)?.files);
        }
        let mut frames = vec![("output-variance.parquet", self.frame()?)];
        if !self.ensembles.is_empty() {
            let table = self.ensemble_table().export(folder, "output-variance-networks-table", &manifest)?;
            files.extend(table.files);
            frames.push(("output-variance-networks.parquet", self.ensemble_frame()?));
        }
        for (name, frame) in frames {
            write_parquet(&folder.join(name), frame)?;
            files.push(folder.join(name));
        }
        Ok(Exported { files })
    }

    /// In a notebook: the table of networks where there are some, else that of theory.
    pub fn evcxr_display(&self) {
        if self.ensembles.is_empty() { self.table() } else { self.ensemble_table() }.evcxr_display();
    }
}

/// Four significant digits, without an exponent where that is short.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e4).contains(&size) => {
            let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
            format!("{value:.decimals$}")
        }
        _ => format!("{value:.3e}"),
    }
}

/// Networks of one colour: the infinite-width value at their time, then marks with intervals.
fn marks(networks: &[&EnsemblePoint], colour: usize, named: bool) -> Vec<Series> {
    let kinds: [(&str, Shape, fn(&EnsemblePoint) -> Option<&VarianceEstimate>); 2] = [
        ("networks, linearised", Shape::Ring, |e| Some(&e.linear)),
        ("networks, trained", Shape::Circle, |e| e.trained.as_ref()),
    ];
    let mut all = Vec::new();
    let expected: Vec<(f64, f64)> =
        networks.iter().filter_map(|e| Some((e.sigma_w2, e.linear.expected_variance?))).collect();
    let name = |text: &str| if named && colour == 0 { text.to_string() } else { String::new() };
    if expected.len() > 1 {
        let (x, y): (Vec<f64>, Vec<f64>) = expected.into_iter().unzip();
        all.push(Series::line(name("M = ∞, same time"), x, y).colour(colour).dash(Dash::Dotted));
    }
    for (text, shape, kind) in kinds {
        let own: Vec<(f64, &VarianceEstimate)> =
            networks.iter().filter_map(|e| Some((e.sigma_w2, kind(e)?))).collect();
        if own.is_empty() {
            continue;
        }
        let column =
            |value: fn(&VarianceEstimate) -> f64| own.iter().map(|(_, v)| value(v)).collect::<Vec<_>>();
        let x: Vec<f64> = own.iter().map(|(x, _)| *x).collect();
        all.push(
            Series::points(name(text), x, column(|v| v.variance))
                .error_bars(column(|v| v.interval[0]), column(|v| v.interval[1]))
                .colour(colour)
                .shape(shape)
                .size(0.7),
        );
    }
    all
}
