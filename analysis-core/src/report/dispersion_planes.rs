//! Phase planes of several samples, and the exact one below them.

use super::dispersion::said;
use super::{Cell, Column, Figure, Panel, Table};
use crate::error::{Error, Result};
use crate::experiment::DispersionResult;

/// The dispersion over (σ_w², depth): a row a result (a number of initialisations N), a column a width, and below them, for
/// ReLU, a row of exact ratios, for which nothing is sampled. All have the same colours and axes; dots are on cells whose tail the
/// sample cannot see.
///
/// # Errors
/// [`Error::Shape`] where a grid is not whole; [`Error::Parameter`] for no result and for results that differ in more than how
/// many were sampled.
///
/// # Examples
/// ```
/// use analysis_core::experiment::Dispersion;
/// use analysis_core::report::dispersion_planes_plot;
/// let grid = Dispersion {
///     widths: vec![64, 128], depths: vec![1, 4], sigma_w2: vec![1.0, 3.0], initialisations: 20, ..Default::default()
/// };
/// let figure = dispersion_planes_plot(&[grid.run()?])?;
/// // One row of samples, one of exact ratios.
/// assert_eq!((figure.panels.len(), figure.columns), (4, 2));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn dispersion_planes_plot(results: &[DispersionResult]) -> Result<Figure> {
    let Some(first) = results.first() else {
        return Err(Error::parameter("results", 0, "at least one is needed"));
    };
    let p = &first.parameters;
    for result in results {
        let q = &result.parameters;
        let same = (&q.activation, &q.widths, &q.depths, &q.sigma_w2, &q.sigma_b2)
            == (&p.activation, &p.widths, &p.depths, &p.sigma_w2, &p.sigma_b2);
        if !same {
            let why = "the results' grids differ: planes below each other need the same one";
            return Err(Error::parameter("results", &q.activation, why));
        }
    }
    let named = |panel: Panel, width: usize, sigma_b2: f64, what: &str| {
        let more = if p.sigma_b2.len() > 1 {
            format!(", {}", super::labels::sigma_b2(sigma_b2))
        } else {
            String::new()
        };
        Panel { title: format!("M = {width}{more}, {what}"), ..panel }
    };
    let mut panels = Vec::new();
    let columns = p.widths.len() * p.sigma_b2.len();
    for result in results {
        let what = format!("N = {}", result.parameters.initialisations);
        for &sigma_b2 in &p.sigma_b2 {
            for &width in &p.widths {
                panels.push(named(result.phase_plane_panel(width, sigma_b2)?, width, sigma_b2, &what));
            }
        }
    }
    let mut exact = Vec::new();
    for &sigma_b2 in &p.sigma_b2 {
        for &width in &p.widths {
            let panel = first.exact_plane_panel(width, sigma_b2)?;
            exact.extend(panel.map(|panel| named(panel, width, sigma_b2, "exact")));
        }
    }
    if exact.len() == columns {
        panels.extend(exact);
    }
    let rows = panels.len().div_ceil(columns);
    let title = format!("{}{}", p.activation, said(&panels));
    let captions: Vec<String> = results.iter().map(DispersionResult::plane_caption).collect();
    let below = if rows > results.len() {
        " Last row: exact, from a recursion over layers; nothing is sampled."
    } else {
        ""
    };
    let figure = Figure::grid(panels, columns).share_x().share_y().share_colours().title(title);
    Ok(figure.aspect(0.26 * rows as f64).caption(format!("{}{below}", captions.join(" "))))
}

/// How many cells each number of initialisations leaves out of sight: a row a result.
pub fn dispersion_unseen_table(results: &[DispersionResult]) -> Table {
    let table = Table::new(
        ["initialisations", "cells", "tail unseen", "share, %", "largest sampled ratio", "largest exact ratio"]
            .map(Column::number),
    )
    .caption("Cells whose tail the sample cannot see")
    .label("tab:tail-unseen")
    .note(
        "Unseen: one network alone holds more than a quarter of Σ Θ^{2}; or, were Θ log-normal with the exact ratio R (where that is not \
         known the sample's), the relative standard error √((R^{4} − 1)/N) of E[Θ^{2}] would exceed a quarter.",
    );
    let most = |values: &mut dyn Iterator<Item = f64>| {
        values.filter(|v| v.is_finite()).fold(None, |most: Option<f64>, v| Some(most.map_or(v, |m| m.max(v))))
    };
    results.iter().fold(table, |table, result| {
        let (cells, unseen) = (result.points.len(), result.unseen());
        let sampled = most(&mut result.points.iter().map(|p| p.ratio));
        let exact = most(&mut result.points.iter().filter_map(|p| p.exact_ratio));
        table.row([
            Cell::count(result.parameters.initialisations),
            Cell::count(cells),
            Cell::count(unseen),
            Cell::number(100.0 * unseen as f64 / cells.max(1) as f64, 1),
            sampled.map(|v| Cell::significant(v, 4)).into(),
            exact.map(|v| Cell::significant(v, 4)).into(),
        ])
    })
}
