//! What a smoothness result looks like: decay plot, spectrum plot, table, manifest.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::bibliography::CONVOLUTIONAL;
use super::json_file::JsonFile;
use super::{
    Axis, Cell, Colour, Column, Dash, DataColumns, Digits, Figure, Legend, Manifest, Panel, Parts, Reference,
    Report, Series, Table,
};
use crate::data::{DataOrigin, Source};
use crate::error::Result;
use crate::kernel::GramOrigin;
use crate::origin::Origins;
use crate::regression::DecayFit;
use crate::smoothness::{CurvesOrigin, SmoothnessResult};
use crate::spectrum::Eigenspace;

/// "i ≤ 501" or "10 ≤ i ≤ 1000".
fn window_text(fit: &DecayFit) -> String {
    match fit.range.first {
        1 => format!("i ≤ {}", fit.range.last),
        first => format!("{first} ≤ i ≤ {}", fit.range.last),
    }
}

/// "i = 2–9, 10–37 and 3 more", or nothing where every eigenvalue is alone.
pub(super) fn spaces_text(spaces: &[Eigenspace]) -> Option<String> {
    const SHOWN: usize = 5;
    let shown: Vec<String> = spaces.iter().take(SHOWN).map(|s| format!("{}–{}", s.first, s.last)).collect();
    let more = spaces.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!spaces.is_empty()).then(|| format!("i = {}{more}", shown.join(", ")))
}

/// The fitted line over its window, from end to end: on log–log axes two points draw it.
fn fitted(fit: &DecayFit, colour: usize) -> Series {
    let ends = [fit.range.first as f64, fit.range.last as f64];
    let label = format!("slope {}, {}", Digits::Decimals(3).write(fit.line.slope), window_text(fit));
    // A steep line may leave the range of numbers: its ends are drawn as far as a logarithmic axis has them.
    let drawn: Vec<f64> = ends.into_iter().filter(|i| fit.at(*i) > 0.0 && fit.at(*i).is_finite()).collect();
    Series::line(label, &drawn, drawn.iter().map(|i| fit.at(*i))).colour(colour).dash(Dash::Solid)
}

impl SmoothnessResult {
    /// The panel of [`SmoothnessResult::decay_plot`], to be put beside others.
    ///
    /// # Errors
    /// None on a result of [`Smoothness::run`](crate::smoothness::Smoothness::run): its curves are finite.
    pub fn decay_panel(&self, title: &str) -> Result<Panel> {
        self.curves.check()?;
        let n = self.n();
        let i: Vec<f64> = (1..=n).map(|i| i as f64).collect();
        let null = format!("permuted: {}", Digits::Decimals(3).write(self.null_band.q50));
        // The tail ends in a cliff of its own making (at i = n one term is left): five further decades of it would
        // flatten everything else. The numbers beside the figure have it all.
        let floor = self.curves.tail[(n * 97 / 100).min(n - 1)] / 3.0;
        let y = Axis::log10("Σ_{k≥i} c_{k}^{2}");
        let y = if floor > 0.0 { y.from(floor) } else { y };
        // A tail that is exactly zero has no place on a logarithmic axis.
        let kept = |tail: &[f64]| tail.iter().take_while(|v| **v > 0.0).count();
        let (low, middle, high) = (self.null_tail(0.05)?, self.null_tail(0.5)?, self.null_tail(0.95)?);
        let (null_end, end) = (kept(&low), kept(&self.curves.tail));
        Ok(Panel::new(title)
            .x(Axis::log10("index i"))
            .y(y)
            .series(Series::band("", &i[..null_end], &low[..null_end], &high[..null_end]))
            .series(
                Series::line(null, &i[..null_end], &middle[..null_end])
                    .colour(Colour::Grey)
                    .dash(Dash::Dashed),
            )
            .series(
                Series::points(format!("target, n = {n}"), &i[..end], &self.curves.tail[..end])
                    .colour(0)
                    .size(0.7),
            )
            .series(fitted(&self.fit, 1))
            .legend(Legend::BottomLeft))
    }

    /// Σ_{k≥i} c_k² against i on log–log axes, the fitted line over its window with its slope in the legend, and in
    /// grey what permuted labels give (paper 1, Figs 2–4).
    ///
    /// # Errors
    /// As [`SmoothnessResult::decay_panel`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::{Array1, Array2};
    /// let k = Array2::from_diag(&Array1::from_shape_fn(50, |i| (i as f64 + 1.0).powf(-1.5)));
    /// let y = Array2::from_shape_fn((50, 1), |(i, _)| (i as f64 + 1.0).powf(-1.0));
    /// let smoothness = Smoothness { window: "1..=20".parse()?, ..Default::default() };
    /// let result = smoothness.run((&Gram::from_array(k)?, y.view()))?;
    /// assert!(result.decay_plot()?.svg(&Style::neurips())?.contains("slope"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn decay_plot(&self) -> Result<Figure> {
        Ok(Figure::single(self.decay_panel("")?).caption(self.decay_caption()))
    }

    /// λ_i of K/n against i on log–log axes with the fitted line.
    ///
    /// # Errors
    /// As [`SmoothnessResult::decay_panel`].
    pub fn spectrum_plot(&self) -> Result<Figure> {
        // Eigenvalues that rounding made zero or negative have no place on a logarithmic axis; their count is in the
        // diagnostics and in the table.
        let positive: Vec<(f64, f64)> = (1..)
            .map(f64::from)
            .zip(self.curves.eigenvalues.iter().copied())
            .filter(|(_, v)| *v > 0.0)
            .collect();
        let (i, values) = (positive.iter().map(|p| p.0), positive.iter().map(|p| p.1));
        let panel = Panel::new("")
            .x(Axis::log10("index i"))
            .y(Axis::log10("λ_{i}"))
            .series(Series::points(format!("n = {}", self.n()), i, values).colour(0).size(0.7))
            .series(fitted(&self.eigenvalue_fit, 1))
            .legend(Legend::BottomLeft);
        let caption = format!(
            "Eigenvalues λ_{{i}} of K/n against i, n = {}, and the line fitted in the window {}.",
            self.curves.eigenvalues.len(),
            self.eigenvalue_fit.window
        );
        Ok(Figure::single(panel).caption(caption))
    }

    /// What a decay plot shows.
    pub(super) fn decay_caption(&self) -> String {
        let nulls = match self.curves.null_tails.len() {
            0 => String::new(),
            count => format!(" Grey: the same for {count} permutations of the targets, 5 to 95 %."),
        };
        format!(
            "Energy of the targets beyond index i along the eigenvectors of K/n, Σ_{{k≥i}} c_{{k}}^{{2}}, against i, n = {}. Line: least \
             squares on log–log axes in the window {}; its slope is −r.{nulls}",
            self.curves.eigenvalues.len(),
            self.fit.window
        )
    }
}

impl Report for SmoothnessResult {
    const NAME: &'static str = "smoothness";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn parameters(&self) -> Result<Value> {
        let mut parameters = json!({"smoothness": self.parameters, "origin": self.curves.origin});
        if let CurvesOrigin::Gram { .. } = &self.curves.origin {
            without_kernel(&mut parameters);
        }
        Ok(parameters)
    }

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        let mut manifest = with_warnings(manifest.seed(self.parameters.seed.0), self.warnings());
        // Only where there is something to say: a manifest without them is that of a simple spectrum.
        if !self.curves.eigenspaces.is_empty() {
            manifest.parameters["eigenspaces"] = json!(self.curves.eigenspaces);
        }
        let made_here = matches!(self.curves.origin, CurvesOrigin::Data(_));
        let convolutional = made_here && self.parameters.kernel.convolution.is_some();
        with_origin(with_architecture(manifest, convolutional), &self.curves.origin)
    }

    fn table(&self) -> Table {
        let evidence = &self.curves.evidence;
        let null = format!("{:.4} to {:.4}", -self.null_band.q95, -self.null_band.q05);
        let mut rows: Vec<(&str, Cell)> = vec![
            ("r = −slope", Cell::number(self.r(), 4)),
            ("β = −eigenvalue slope", Cell::number(self.beta(), 4)),
            ("s = r/β", Cell::number(self.s(), 4)),
            ("permuted labels: −slope, 5–95 %", null.into()),
            ("window", format!("{} ({})", window_text(&self.fit), self.fit.window).into()),
            ("eigenvalues' window", window_text(&self.eigenvalue_fit).into()),
            ("n", Cell::Integer(self.n() as i64)),
            (
                "R² of the two lines",
                format!("{:.4}, {:.4}", self.fit.line.r_squared, self.eigenvalue_fit.line.r_squared).into(),
            ),
            ("largest of five sums' ratios", format!("{:.3}", evidence.largest()).into()),
            ("negative eigenvalues", Cell::Integer(evidence.negative_eigenvalues as i64)),
        ];
        if let Some(d) = evidence.verified {
            let ratios = format!("{:.2}, {:.2}", d.residual_ratio, d.orthogonality_ratio);
            rows.push(("residual and orthogonality ratio", ratios.into()));
        }
        let mut note =
            "One sample of rows has no ±: repeat the draw for one. Ratios are differences over n·ε; LAPACK's own tests pass below \
             60."
                .to_string();
        if let Some(spaces) = spaces_text(&self.curves.eigenspaces) {
            rows.push(("eigenvalues equal to rounding", spaces.into()));
            note.push_str(" Where eigenvalues are equal to rounding, their energy is shared evenly.");
        }
        for warning in self.warnings() {
            note.push_str(&format!(" Warning: {warning}."));
        }
        rows.into_iter()
            .fold(Table::new([Column::text("quantity"), Column::number("value")]), |table, (name, value)| {
                table.row([name.into(), value])
            })
            .note(note)
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .frame("-curves", self.frame())
            .table("-table", self.table())
            .figure("", self.decay_plot())
    }

    /// `slope` (of the tail) and `eigenvalue_slope`, the exponents `r`, `beta`, `smoothness` (s = r/β), `null_band` (slopes of
    /// permuted labels), the windows and fits, the curves (`eigenvalues`, `tail`), `evidence`, `warnings`,
    /// what every estimator says (`estimates`), and which of them is `recommended`.
    fn result(&self) -> Result<Value> {
        let curves = &self.curves;
        let window = |fit: &DecayFit| json!({"text": fit.window.to_string(), "first": fit.range.first, "last": fit.range.last});
        Ok(json!({
            "slope": self.fit.line.slope,
            "eigenvalue_slope": self.eigenvalue_fit.line.slope,
            "r": self.r(),
            "beta": self.beta(),
            "smoothness": self.s(),
            "null_band": {
                "q05": self.null_band.q05,
                "q50": self.null_band.q50,
                "q95": self.null_band.q95,
                "permutations": self.null_band.slopes.len(),
            },
            "n": self.n(),
            "window": window(&self.fit),
            "eigenvalue_window": window(&self.eigenvalue_fit),
            "fit": self.fit.line,
            "eigenvalue_fit": self.eigenvalue_fit.line,
            "eigenvalues": curves.eigenvalues,
            "tail": curves.tail,
            "evidence": curves.evidence,
            "eigenspaces": curves.eigenspaces,
            "estimates": self.estimates()?,
            "recommended": SmoothnessResult::RECOMMENDED,
            "warnings": self.warnings(),
        }))
    }

    /// Its JSON leaves out what it would be made of.
    fn restore(_: Map<String, Value>, file: &JsonFile) -> Result<Self> {
        Err(file.unreadable("the curves of permuted labels"))
    }
}

/// A manifest that says what a reader must know, where there is something.
pub(super) fn with_warnings(mut manifest: Manifest, warnings: Vec<String>) -> Manifest {
    if !warnings.is_empty() {
        manifest.parameters["warnings"] = json!(warnings);
    }
    manifest
}

/// K came as it is: the kernel among the parameters was not used.
pub(super) fn without_kernel(parameters: &mut serde_json::Value) {
    if let Some(used) = parameters["smoothness"].as_object_mut() {
        used.remove("kernel");
    }
}

/// A manifest with the checksums of what was decomposed.
pub(super) fn with_origin(manifest: Manifest, origin: &CurvesOrigin) -> Manifest {
    match origin {
        CurvesOrigin::Data(origin) => with_data(manifest, &origin.data),
        CurvesOrigin::Gram { gram, targets_sha256, data } => {
            let manifest = with_gram(manifest.data("targets", targets_sha256), gram);
            data.iter().fold(manifest, |manifest, origin| with_data(manifest, &origin.data))
        }
    }
}

/// With what the kernels of convolutional networks rest on, where it is one.
pub(super) fn with_architecture(manifest: Manifest, convolutional: bool) -> Manifest {
    let cited = if convolutional { &CONVOLUTIONAL[..] } else { &[] };
    cited.iter().copied().fold(manifest, Manifest::cite)
}

fn with_gram(manifest: Manifest, gram: &GramOrigin) -> Manifest {
    match gram {
        GramOrigin::File { path, sha256 } => {
            // An origin that an earlier version wrote has its folder too.
            manifest
                .data(Path::new(path.file_name().unwrap_or(path.as_os_str())).display().to_string(), sha256)
        }
        GramOrigin::Part { of, .. } => with_gram(manifest, of),
        GramOrigin::Kernel { kernel, .. } => with_architecture(manifest, kernel.convolution.is_some()),
        GramOrigin::Network { .. }
        | GramOrigin::Composed { .. }
        | GramOrigin::Function { .. }
        | GramOrigin::Array => manifest,
    }
}

/// A manifest with the checksums of the data, and the reference that goes with it.
pub(super) fn with_data(manifest: Manifest, data: &DataOrigin) -> Manifest {
    match data {
        DataOrigin::Published { source, files } => {
            let manifest = manifest.cite(reference(*source));
            files.iter().fold(manifest, |m, (file, sha256)| m.data(source.published_name(file), sha256))
        }
        DataOrigin::File { name, sha256, features, target, left_aside } => {
            manifest.data(name, sha256).columns(columns(features, target, left_aside))
        }
        DataOrigin::Frame { sha256, features, target, left_aside } => {
            manifest.data("frame", sha256).columns(columns(features, target, left_aside))
        }
        DataOrigin::Arrays { sha256 } => manifest.data("arrays", sha256),
        DataOrigin::Synthetic { .. } => manifest,
    }
}

fn columns(features: &[String], target: &str, left_aside: &[String]) -> DataColumns {
    DataColumns { features: features.to_vec(), target: target.to_string(), left_aside: left_aside.to_vec() }
}

pub(super) fn reference(source: Source) -> Reference {
    match source {
        Source::Mnist => Reference::Mnist,
        Source::FashionMnist => Reference::FashionMnist,
        Source::Cifar10 => Reference::Cifar10,
    }
}

/// A manifest with the published files of a set, and its reference.
pub(super) fn with_published(manifest: Manifest, source: Source) -> Manifest {
    let files = source.published_checksums().into_iter();
    files.fold(manifest.cite(reference(source)), |manifest, (file, sha256)| manifest.data(file, sha256))
}
