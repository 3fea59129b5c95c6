//! The Hermite eigenstructure ansatz beside what was measured.

use super::{Axis, Cell, Column, Panel, Series, Table};
use crate::error::{Error, Result};
use crate::spectrum::{HermiteEigenvalues, OctaveRatio, Resolution};

impl HermiteEigenvalues {
    /// λ_i against i, as a line to be drawn with measured eigenvalues.
    pub fn eigenvalue_series(&self, label: &str) -> Series {
        let places = (1..=self.eigenvalues.len()).map(|i| i as f64);
        Series::line(label, places, &self.eigenvalues)
    }

    /// A panel of log–log axes with measured eigenvalues of K/n, by their labels, and the predicted ones.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::spectrum::{DataMoments, HermiteSpectrum};
    /// let moments = DataMoments { mean_square: 0.4, variances: vec![0.3, 0.2, 0.1] };
    /// let predicted = HermiteSpectrum { count: 10, ..Default::default() }.of(&moments)?;
    /// let panel = predicted.panel("a set", &[("n = 3".into(), vec![1.0, 0.5, 0.1])]);
    /// assert_eq!(panel.series.len(), 2);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn panel(&self, title: &str, measured: &[(String, Vec<f64>)]) -> Panel {
        let panel = Panel::new(title).x(Axis::log10("index i")).y(Axis::log10("λ_{i}"));
        let panel = measured.iter().fold(panel, |panel, (label, values)| {
            let shown = || (1..).map(f64::from).zip(values.iter().copied()).filter(|(_, value)| *value > 0.0);
            panel.series(Series::points(label, shown().map(|p| p.0), shown().map(|p| p.1)).size(0.6))
        });
        panel.series(self.eigenvalue_series("from the covariance"))
    }
}

/// Predicted over measured eigenvalues by octave of the index: one row an octave, one column a named list; a dash where a list ends before.
///
/// # Examples
/// ```
/// use analysis_core::{report::octaves_table, spectrum::OctaveRatio};
/// let octave = OctaveRatio { first: 1, last: 1, ratio: 0.98, low: 0.98, high: 0.98 };
/// assert_eq!(octaves_table(&[("MNIST".into(), vec![octave])]).rows.len(), 1);
/// ```
pub fn octaves_table(lists: &[(String, Vec<OctaveRatio>)]) -> Table {
    let columns =
        lists.iter().flat_map(|(name, _)| [Column::number(name), Column::interval(format!("{name}, range"))]);
    let table = Table::new(std::iter::once(Column::text("i")).chain(columns))
        .caption("Predicted over measured eigenvalues")
        .label("tab:hermite-octaves")
        .note("Geometric mean over the indices of an octave, and the smallest and largest ratio among them.");
    let longest = lists.iter().map(|(_, octaves)| octaves.len()).max().unwrap_or(0);
    (0..longest).fold(table, |table, place| {
        let indices = lists.iter().find_map(|(_, octaves)| octaves.get(place));
        let name = indices.map_or(String::new(), |octave| match octave.last {
            last if last == octave.first => format!("{last}"),
            last => format!("{}–{last}", octave.first),
        });
        let cells = lists.iter().flat_map(|(_, octaves)| match octaves.get(place) {
            Some(octave) => [
                Cell::number(octave.ratio, 2),
                Cell::interval([octave.low, octave.high], super::Digits::Decimals(2)),
            ],
            None => [Cell::Absent, Cell::Absent],
        });
        table.row(std::iter::once(Cell::from(name)).chain(cells))
    })
}

/// What the ansatz rests on for each named set: mean, covariance, where the expansion was cut, and how much of the trace it gives.
pub fn hermite_table(sets: &[(String, HermiteEigenvalues)]) -> Table {
    let numbers = ["ρ", "tr Γ", "γ_{1}", "d_{eff}", "tr Γ/γ_{1}", "highest degree", "linear among i ≤ 1000"];
    let table = Table::new(std::iter::once(Column::text("data")).chain(numbers.map(Column::number)))
        .caption("What the eigenvalues are predicted from")
        .label("tab:hermite")
        .note("ρ: square of the mean row's norm; Γ: covariance, γ its eigenvalues; d_{eff} = (tr Γ)²/tr Γ².");
    sets.iter().fold(table, |table, (name, found)| {
        let m = &found.moments;
        table.row([
            Cell::from(name.clone()),
            Cell::number(m.mean_square, 3),
            Cell::number(m.variance(), 3),
            Cell::number(m.variances[0], 4),
            Cell::number(m.effective_dimension(), 1),
            Cell::number(m.variance() / m.variances[0], 1),
            Cell::count(found.max_degree()),
            Cell::count(found.by_degree(1000).get(1).copied().unwrap_or(0)),
        ])
    })
}

/// κ at N resolved modes, predicted over measured: one row for each of `modes`, and for each named prediction a column for every resolution
/// of its samples; a dash beyond half of a sample's rows.
///
/// # Errors
/// [`Error::Shape`](crate::error::Error::Shape) for another number of predictions than of resolutions;
/// [`Error::Parameter`](crate::error::Error::Parameter) as [`HermiteEigenvalues::kappa`].
pub fn kappa_table<const M: usize>(
    sets: &[(String, HermiteEigenvalues)],
    resolutions: &[[Resolution; M]],
    modes: &[f64],
) -> Result<Table> {
    if sets.len() != resolutions.len() {
        return Err(Error::shape("resolutions", sets.len(), resolutions.len()));
    }
    let pairs = || sets.iter().zip(resolutions).flat_map(|(set, own)| own.iter().map(move |one| (set, one)));
    let columns = pairs().map(|((name, _), own)| Column::number(format!("{name}, n = {}", own.n())));
    let mut table = Table::new(std::iter::once(Column::number("N")).chain(columns))
        .caption("Predicted over measured κ")
        .label("tab:hermite-kappa")
        .note("κ at the ridge that resolves N modes: of a sample from all of its eigenvalues, of the prediction from Σ λ/(λ + κ) = N.");
    for wanted in modes {
        let mut row = vec![Cell::parameter(*wanted)];
        for ((_, found), own) in pairs() {
            // At N = n no ridge is left, and a sample's last eigenvalues decide.
            row.push(match *wanted <= 0.5 * own.n() as f64 {
                true => Cell::number(found.kappa(*wanted)? / own.kappa(own.ridge(*wanted)), 2),
                false => Cell::Absent,
            });
        }
        table = table.row(row);
    }
    Ok(table)
}
