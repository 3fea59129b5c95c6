//! What one start adds to the error of another, taken in every trial: several learning curves beside each other.

use std::borrow::Borrow;

use super::learning_curve_overlay::plain;
use super::{Axis, Cell, Column, Dash, Digits, Legend, Panel, Series, Table};
use crate::error::Result;
use crate::experiment::LearningCurveResult;
use crate::network::Initialisation;
use crate::regression::MeanInterval;

/// Error of `of` minus error of `minus` against n, means over trials with their intervals, a curve a result, with the slope that is
/// fitted in every trial. The level of an error that both starts have, noise of the labels for instance, is not in it. A mean that is
/// not positive has no place on the logarithmic axis: the legend says at how many n that is so.
///
/// # Errors
/// As [`LearningCurveResult::paired`].
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::report::excess_panel;
/// let curve = LearningCurve { sizes: vec![40, 80], trials: 0..3, ..Default::default() }.infinite();
/// let curves = [("d = 5", curve.run()?)];
/// let panel = excess_panel("", &curves, Initialisation::Standard, Initialisation::Mirrored)?;
/// let paired = curves[0].1.paired(Initialisation::Standard, Initialisation::Mirrored)?;
/// let positive: Vec<f64> = paired.points.iter().filter(|p| p.excess.mean > 0.0).map(|p| p.n as f64).collect();
/// assert_eq!(panel.series[0].x, positive);
/// # Ok::<(), Error>(())
/// ```
pub fn excess_panel<N: AsRef<str>, R: Borrow<LearningCurveResult>>(
    title: &str,
    curves: &[(N, R)],
    of: Initialisation,
    minus: Initialisation,
) -> Result<Panel> {
    let mut panel = Panel::new(title)
        .x(Axis::log10("n"))
        .y(Axis::log10(format!("error, {of} − {minus}")))
        .legend(Legend::Best);
    for (place, (name, curve)) in curves.iter().enumerate() {
        let (name, curve) = (plain(name.as_ref()), curve.borrow());
        let paired = curve.paired(of, minus)?;
        // A mean that is not positive, or an interval that reaches below 0, has no end on a logarithmic axis.
        let shown: Vec<_> = paired.points.iter().filter(|p| p.excess.mean > 0.0).collect();
        let label = match &paired.excess_slope {
            Some(slope) => format!("{name}, slope {}", Digits::Decimals(2).write(slope.mean)),
            None => name.to_string(),
        };
        let label = match paired.points.len() - shown.len() {
            0 => label,
            hidden => format!("{label}, {hidden} n not above 0"),
        };
        let of = |value: fn(&MeanInterval) -> f64| shown.iter().map(move |p| value(&p.excess));
        let series = Series::line_points(label, shown.iter().map(|p| p.n as f64), of(|e| e.mean));
        let low = of(|e| if e.low > 0.0 { e.low } else { e.mean }).collect::<Vec<f64>>();
        let series = series.error_bars(low, of(|e| e.high).collect::<Vec<f64>>());
        // Not the colours of starts, which stand beside this figure.
        panel = panel.series(series.colour([5, 4, 2, 3][place % 4]).dash(Dash::Solid));
    }
    Ok(panel)
}

/// One row a curve: the slopes of both starts, that of the difference of their errors, fitted in every trial, and the differences of
/// the errors and of the shares of wrong signs at the largest n.
///
/// # Errors
/// As [`LearningCurveResult::paired`].
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::report::excess_table;
/// let curve = LearningCurve { sizes: vec![10, 20], trials: 0..3, ..Default::default() }.infinite();
/// let curves = [("d = 5", curve.run()?)];
/// let table = excess_table(&curves, Initialisation::Standard, Initialisation::Mirrored)?;
/// assert_eq!(table.rows.len(), 1);
/// # Ok::<(), Error>(())
/// ```
pub fn excess_table<N: AsRef<str>, R: Borrow<LearningCurveResult>>(
    curves: &[(N, R)],
    of: Initialisation,
    minus: Initialisation,
) -> Result<Table> {
    let columns = [
        format!("slope, {of}"),
        format!("slope, {minus}"),
        "slope of the difference".to_string(),
        "difference, largest n".to_string(),
        "of wrong signs, largest n".to_string(),
    ];
    let mut table = Table::new([Column::text("curve")].into_iter().chain(columns.map(Column::mean_interval)))
        .caption(format!("What {of} adds to {minus}"))
        .label("tab:learning-curve-excess")
        .note(
            "Means over trials, both starts on the same data in each, with intervals (Student) in brackets. Slope of the difference: of ln(error of the \
             first − error of the second) against ln n, fitted in every trial; a dash: not positive in every trial.",
        );
    for (name, curve) in curves {
        let (name, curve) = (plain(name.as_ref()), curve.borrow());
        let paired = curve.paired(of, minus)?;
        let last = paired.points.last();
        let cell =
            |value: Option<MeanInterval>, decimals| value.map(|v| Cell::mean_interval(&v, decimals)).into();
        table = table.row([
            Cell::text(name),
            cell(curve.slope(of), 3),
            cell(curve.slope(minus), 3),
            cell(paired.excess_slope, 3),
            cell(last.map(|p| p.excess), 4),
            cell(last.and_then(|p| p.misclassified), 4),
        ]);
    }
    Ok(table)
}
