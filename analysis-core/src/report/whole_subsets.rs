//! Readings of subsets of every size: their table, and how they change with n.

use super::smoothness::with_published;
use super::smoothness_table::{kernel_name, title};
use super::{
    Axis, Cell, Column, Dash, Figure, Legend, Manifest, Panel, Parts, Reference, Report, Series, Shape, Table,
};
use crate::check;
use crate::error::Result;
use crate::experiment::{
    LabelEncoding, SubsetsResult, WholeReading, WholeSetResult, WholeTarget, inverse_trace_line,
    inverse_traces, sizes,
};
use crate::origin::Origins;
use crate::regression::{MeanSd, Window};

/// Mean, and standard deviation where there are several, over the readings of one size.
struct AtSize {
    n: f64,
    mean: f64,
    sd: f64,
}

/// A number of every reading, by size; sizes at which no reading has it are left out.
fn by_size(readings: &[WholeReading], value: impl Fn(&WholeReading) -> Option<f64>) -> Vec<AtSize> {
    let at = |n: usize| {
        let values: Vec<f64> = readings.iter().filter(|r| r.n == n).filter_map(&value).collect();
        let first = *values.first()?;
        let summary = MeanSd::of(&values).ok();
        let (mean, sd) = summary.map_or((first, 0.0), |s| (s.mean, s.sd));
        Some(AtSize { n: n as f64, mean, sd })
    };
    sizes(readings).into_iter().filter_map(at).collect()
}

/// A line through the means, with the standard deviations as bars.
fn series(label: &str, points: &[AtSize]) -> Series {
    Series::line_points(label, points.iter().map(|p| p.n), points.iter().map(|p| p.mean))
        .error_bars(points.iter().map(|p| p.mean - p.sd), points.iter().map(|p| p.mean + p.sd))
}

/// r of labels, of initial functions and of permuted labels in a window against n: mean ± standard deviation over the
/// readings of each size. Sizes that the window does not fit are left out.
///
/// # Examples
/// ```
/// use analysis_core::experiment::LabelEncoding;
/// use analysis_core::prelude::*;
/// use analysis_core::report::whole_sizes_panel;
/// // Of no reading: a panel without points.
/// let panel = whole_sizes_panel("", &[], Window::default(), LabelEncoding::Integer);
/// assert!(panel.series.iter().all(|series| series.x.is_empty()));
/// ```
pub fn whole_sizes_panel(
    title: &str,
    readings: &[WholeReading],
    window: Window,
    encoding: LabelEncoding,
) -> Panel {
    let labels = by_size(readings, |reading| reading.r(WholeTarget::Labels(encoding), window));
    let functions = by_size(readings, |reading| reading.functions(window).map(|f| f.mean));
    let permuted = by_size(readings, |reading| reading.permuted(window, encoding, 0.5));
    Panel::new(title)
        .x(Axis::log10("rows n"))
        .y(Axis::linear("r = −slope").limits(0.0, 1.0))
        .legend(Legend::TopRight)
        .series(series(&format!("{encoding} labels"), &labels).colour(0))
        .series(series("f_{0}", &functions).colour(1).shape(Shape::Square))
        .series(series("permuted labels", &permuted).colour(2).dash(Dash::Dotted).shape(Shape::Triangle))
}

/// 1/tr K_n⁻¹ against n on logarithmic axes, a curve for each of these names, with the line through it where there are three sizes.
///
/// # Examples
/// ```
/// let panel = analysis_core::report::inverse_trace_panel("", &[]);
/// assert!(panel.series.is_empty());
/// ```
pub fn inverse_trace_panel(title: &str, sets: &[(String, Vec<WholeReading>)]) -> Panel {
    let panel = Panel::new(title).x(Axis::log10("rows n")).y(Axis::log10("1/tr K_{n}^{−1}"));
    sets.iter().enumerate().fold(panel, |panel, (colour, (name, readings))| {
        let points = inverse_traces(readings);
        let x = || points.iter().map(|(n, _)| *n as f64);
        let own = Series::points(name, x(), points.iter().map(|(_, value)| *value)).colour(colour);
        match inverse_trace_line(readings) {
            Err(_) => panel.series(own),
            Ok(line) => {
                let at = |n: f64| (line.intercept + line.slope * n.ln()).exp();
                let fitted = Series::line(format!("slope {:.3}", line.slope), x(), x().map(at));
                panel.series(own).series(fitted.colour(colour))
            }
        }
    })
}

/// The exponent of the eigenvalues read in four ways, a row for each of these names: β by index in a fixed and in a growing window of
/// the largest n; the local slope there at i ≈ n/10; and −slope of ln 1/tr K_n⁻¹ against ln n.
///
/// # Errors
/// As [`WholeSetResult::local_eigenvalue_slopes`].
///
/// # Examples
/// ```
/// use analysis_core::regression::Window;
/// let windows = [Window::Log10Below(2.7), Window::FirstFraction(0.167)];
/// assert!(analysis_core::report::exponents_table(&[], &[], windows)?.rows.is_empty());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn exponents_table(
    sets: &[WholeSetResult],
    sizes: &[(String, Vec<WholeReading>)],
    windows: [Window; 2],
) -> Result<Table> {
    let mut table = Table::new([
        Column::text("data"),
        Column::number("n"),
        Column::number(format!("β, {}", windows[0])),
        Column::number(format!("β, {}", windows[1])),
        Column::number("local slope at i ≈ n/10"),
        Column::number("−slope of ln 1/tr K_{n}^{−1}"),
        Column::number("sizes"),
    ])
    .caption("The exponent of the eigenvalues, read in four ways")
    .label("tab:exponents")
    .note(
        "Local slope: between indices a factor 1.5 apart. The last line is through the mean of every size.",
    );
    for (set, (name, readings)) in sets.iter().zip(sizes) {
        let tenth = set.n() as f64 / 10.0;
        let local = set.local_eigenvalue_slopes(1.5)?;
        let local = local.iter().find(|own| (own.from as f64..own.to as f64).contains(&tenth));
        let line = inverse_trace_line(readings).ok();
        table = table.row([
            Cell::text(name.as_str()),
            Cell::count(set.n()),
            Cell::known(set.reading.beta(windows[0]), 3),
            Cell::known(set.reading.beta(windows[1]), 3),
            Cell::known(local.map(|own| own.slope), 3),
            Cell::known(line.map(|line| -line.slope), 3),
            line.map_or(Cell::Absent, |line| Cell::count(line.points)),
        ]);
    }
    Ok(table)
}

impl SubsetsResult {
    /// The data set as a figure names it: "MNIST".
    pub fn title(&self) -> String {
        title(self.parameters.set.source).into()
    }

    /// Its readings, and that of a measure of more rows, for figures over n.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) where the measure is of another data set.
    pub fn with(&self, whole: &WholeSetResult) -> Result<Vec<WholeReading>> {
        let (own, other) = (self.parameters.set.source, whole.parameters.source);
        let requirement = format!("the subsets are of {own}");
        check::refuse(own != other, "whole", other, requirement)?;
        // Rows that are a subset already would count twice.
        let new = self.readings.iter().all(|reading| reading.rows != whole.reading.rows);
        Ok(self.readings.iter().chain(new.then_some(&whole.reading)).cloned().collect())
    }

    /// [`whole_sizes_panel`] in every window of the parameters.
    pub fn sizes_plot(&self, encoding: LabelEncoding) -> Figure {
        let windows = &self.parameters.set.windows;
        Figure::row(
            windows
                .iter()
                .map(|window| whole_sizes_panel(&window.to_string(), &self.readings, *window, encoding)),
        )
        .share_y()
        .caption(format!(
            "The exponent r of {encoding} labels and of initial functions against the number of rows n, a panel a window of the fit; a mark \
             a disjoint subset of rows."
        ))
    }
}

impl Report for SubsetsResult {
    const NAME: &'static str = "whole-subsets";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        with_published(manifest, self.parameters.set.source)
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let table = Table::new([
            Column::number("n"),
            Column::number("subsets"),
            Column::text("window"),
            Column::uncertain("β"),
            Column::uncertain("r, integer"),
            Column::uncertain("r, one-hot"),
            Column::uncertain("r of f_{0}"),
            Column::number("r of permuted labels, median"),
        ])
        .caption(format!("{}, disjoint subsets", title(p.set.source)))
        .label(format!("tab:whole-subsets-{}", p.set.source))
        .note(format!(
            "{}, scaling {}, lines through every index of the window. ± is the standard deviation over subsets of one size; \
             of f_{{0}}, that of the mean over {} of them on each subset. Permuted: one-hot.",
            kernel_name(&p.set.kernel),
            p.set.scaling,
            p.set.functions
        ));
        let rows = p.sizes.iter().flat_map(|n| p.set.windows.iter().map(move |window| (*n, *window)));
        rows.filter(|(n, window)| window.resolve(*n).is_ok()).fold(table, |table, (n, window)| {
            let own: Vec<WholeReading> = self.of_size(n).into_iter().cloned().collect();
            let cell = |value: &dyn Fn(&WholeReading) -> Option<f64>| {
                let values: Vec<f64> = own.iter().filter_map(value).collect();
                match (MeanSd::of(&values), values.first()) {
                    (Ok(over), _) => Cell::uncertain_fixed(over.mean, over.sd, 3),
                    (Err(_), first) => Cell::known(first.copied(), 3),
                }
            };
            let labels = |encoding| move |r: &WholeReading| r.r(WholeTarget::Labels(encoding), window);
            let permuted = |r: &WholeReading| r.permuted(window, LabelEncoding::OneHot, 0.5);
            let medians: Vec<f64> = own.iter().filter_map(permuted).collect();
            let median = (!medians.is_empty()).then(|| medians.iter().sum::<f64>() / medians.len() as f64);
            table.row([
                Cell::count(n),
                Cell::count(own.len()),
                window.to_string().into(),
                cell(&|r| r.beta(window)),
                cell(&labels(LabelEncoding::Integer)),
                cell(&labels(LabelEncoding::OneHot)),
                cell(&|r| r.functions(window).map(|f| f.mean)),
                Cell::known(median, 3),
            ])
        })
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .table("-table", self.table())
            .figure("", Some(Ok::<_, crate::error::Error>(self.sizes_plot(LabelEncoding::Integer))))
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
