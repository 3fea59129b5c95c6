//! Several learning curves beside each other: finite and infinite width, dimensions, biases.

use std::borrow::Borrow;

use super::learning_curve::{axes, regime_name};
use super::{Cell, Column, Panel, Table};
use crate::experiment::LearningCurveResult;

/// All curves on one pair of axes, each with its name before its initialisations'. A start has its colour in all of them
/// ([`start_colour`](super::start_colour)); marks and dashes tell the curves apart.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::report::learning_curves_panel;
/// let curve = LearningCurve { sizes: vec![10, 20], trials: 0..2, ..Default::default() }.infinite();
/// let biased = LearningCurve { bias: true, ..curve.clone() };
/// let run = |curve: &LearningCurve| curve.run();
/// let curves = [("no bias: ", run(&curve)?), ("bias: ", run(&biased)?)];
/// assert_eq!(learning_curves_panel("", &curves).series.len(), 2 * 2 * 2); // a line and marks each
/// # Ok::<(), Error>(())
/// ```
pub fn learning_curves_panel<N: AsRef<str>, R: Borrow<LearningCurveResult>>(
    title: &str,
    curves: &[(N, R)],
) -> Panel {
    let mut panel = axes(title);
    for (place, (name, curve)) in curves.iter().enumerate() {
        for series in curve.borrow().series(name.as_ref(), place) {
            panel = panel.series(series);
        }
    }
    panel
}

/// The slopes of all curves, with the theory's limit beside those on the sphere: −3/(d+2) for a standard start on
/// S^{d−1} (as printed in the paper, −3/(d+3)), −1 for a mirrored one.
pub fn learning_curves_table<N: AsRef<str>, R: Borrow<LearningCurveResult>>(curves: &[(N, R)]) -> Table {
    let numbers = ["limit on the sphere", "as printed", "trials"].map(Column::number);
    let words = ["curve", "slope of"].map(Column::text);
    let numbers = [Column::mean_interval("slope [interval]")].into_iter().chain(numbers);
    let of = |(name, curve): &(N, R)| format!("{}: {}", plain(name.as_ref()), note(curve.borrow()));
    let note: Vec<String> = curves.iter().map(of).collect();
    let mut table = Table::new(words.into_iter().chain(numbers))
        .caption("Slopes of the learning curves")
        .label("tab:learning-curves")
        .note(format!(
            "Brackets: intervals (Student) over trials; differences are taken in every trial. The limits hold for n → ∞, \
             slopes at these n are steeper. {}.",
            note.join("; ")
        ));
    for (name, curve) in curves {
        let (name, curve) = (plain(name.as_ref()), curve.borrow());
        for s in &curve.slopes {
            let [limit, printed] = limits(curve, s.initialisation);
            table = table.row([
                name.into(),
                s.initialisation.to_string().into(),
                Cell::mean_interval(&s.slope, 3),
                limit,
                printed,
                Cell::count(s.slope.count),
            ]);
        }
        for d in &curve.differences {
            table = table.row([
                name.into(),
                format!("{} − {}", d.of, d.minus).into(),
                Cell::mean_interval(&d.difference, 3),
                Cell::Absent,
                Cell::Absent,
                Cell::count(d.difference.count),
            ]);
        }
    }
    table
}

/// A curve's name without what joins it to an initialisation's.
pub(super) fn plain(name: &str) -> &str {
    name.trim_end_matches([' ', ':'])
}

/// The theory's limit and the formula as printed; nothing on images or for starts between the two.
fn limits(curve: &LearningCurveResult, initialisation: crate::network::Initialisation) -> [Cell; 2] {
    use crate::network::Initialisation::{Centred, Mirrored, MirroredHalf, Scaled, Standard};
    let Some(rates) = curve.limits() else { return [Cell::Absent, Cell::Absent] };
    match initialisation {
        // However small its factor, f₀ keeps its roughness: it decides in the end.
        Standard | Scaled(_) if initialisation != Scaled(0.0) => {
            [Cell::number(rates.standard, 3), Cell::number(rates.standard_as_printed, 3)]
        }
        Mirrored | MirroredHalf | Centred | Standard | Scaled(_) => {
            [Cell::number(rates.mirrored, 3), Cell::Absent]
        }
    }
}

fn note(curve: &LearningCurveResult) -> String {
    let p = &curve.parameters;
    let sizes: Vec<String> = p.sizes.iter().map(ToString::to_string).collect();
    format!("{}, n = {}", regime_name(curve), sizes.join(", "))
}
