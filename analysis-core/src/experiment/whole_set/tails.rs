//! Tails Σ_{k≥i} c_k² at some of the indices, and lines through them.

use crate::error::{Error, Result};
use crate::regression::{DecayFit, LineFit, Spacing, Window};

/// Tails are kept at every index up to this one.
pub const EVERY: usize = 2000;

/// Beyond [`EVERY`] they are kept at about so many indices, evenly spaced in log i to n.
pub const SPACED: usize = 1000;

/// The indices i (from 1, ascending) at which tails of n coefficients are kept: every one up to `every`, then `spaced` from
/// there to n, evenly spaced in log i and each at most once.
///
/// # Examples
/// ```
/// use analysis_core::experiment::stored_indices;
/// assert_eq!(stored_indices(5, 10, 100), [1, 2, 3, 4, 5]);
/// assert_eq!(stored_indices(1000, 10, 2), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100, 1000]);
/// ```
pub fn stored_indices(n: usize, every: usize, spaced: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (1..=every.min(n)).collect();
    if n > every {
        let (from, to) = ((every.max(1) as f64).ln(), (n as f64).ln());
        let at = |j: usize| (from + (to - from) * j as f64 / spaced as f64).exp().round() as usize;
        indices.extend((1..=spaced).map(at).filter(|i| (every + 1..=n).contains(i)));
        indices.dedup();
        if indices.last() != Some(&n) {
            indices.push(n);
        }
    }
    indices
}

/// The values of a whole sequence at these indices.
pub(super) fn at_indices(values: &[f64], indices: &[usize]) -> Vec<f64> {
    indices.iter().map(|i| values[i - 1]).collect()
}

/// The line through ln tail against ln i over a window of n indices, of which those at `indices` are kept.
///
/// [`Spacing::EveryIndex`] needs every index of the window among them. [`Spacing::LogSpaced`] takes for each of its indices the
/// kept one that is nearest within the window, each at most once: values are never interpolated.
///
/// # Errors
/// As [`fit_decay`](crate::regression::fit_decay); [`Error::Window`] where an index of the window is not kept.
pub(super) fn fit_kept(
    n: usize,
    indices: &[usize],
    tail: &[f64],
    window: Window,
    spacing: Spacing,
) -> Result<DecayFit> {
    let range = window.resolve(n)?;
    let wanted = range.indices(spacing)?;
    let refuse = |problem: String| Err(Error::Window { window: window.to_string(), problem });
    let inside: Vec<usize> =
        (0..indices.len()).filter(|place| (range.first..=range.last).contains(&indices[*place])).collect();
    let places: Vec<usize> = match spacing {
        Spacing::EveryIndex => {
            if inside.len() < wanted.len() {
                let gap = indices.windows(2).find(|pair| pair[1] > pair[0] + 1).map_or(n, |pair| pair[0]);
                return refuse(format!(
                    "of n = {n} indices every one is kept up to i = {gap} only: choose a window that ends there, one of \
                     the windows of the run, or log-spaced:100"
                ));
            }
            inside
        }
        Spacing::LogSpaced { .. } => {
            if inside.is_empty() {
                return refuse(format!("none of its indices is kept, of {} in all", indices.len()));
            }
            let nearest = |i: &usize| {
                let after = inside.partition_point(|place| indices[*place] < *i).min(inside.len() - 1);
                let before = after.saturating_sub(1);
                let distance = |k: usize| ((indices[inside[k]] as f64) / (*i as f64)).ln().abs();
                inside[if distance(before) <= distance(after) { before } else { after }]
            };
            let mut places: Vec<usize> = wanted.iter().map(nearest).collect();
            places.dedup();
            places
        }
    };
    let x: Vec<f64> = places.iter().map(|place| (indices[*place] as f64).ln()).collect();
    let y: Vec<f64> = places.iter().map(|place| tail[*place].ln()).collect();
    Ok(DecayFit { window, range, spacing, line: LineFit::ols(&x, &y)? })
}
