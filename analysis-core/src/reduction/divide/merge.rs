//! The conquering step: the eigenpairs of a block from those of its halves.

use rayon::prelude::*;

use super::deflate::{Deflation, deflate};
use super::kernels::{LANES, Lanes};
use super::progress::Progress;
use super::secular::Secular;
use super::vectors::{Columns, ROOTS, Scratch, Solved, Task, gathered};
use crate::error::Result;

/// A pole that stands in for none: far from all others, which are below 4 in absolute value.
const NO_POLE: f64 = 1e300;

/// Merges rows ..cut and cut.. of a block torn apart at the element `rho` off the diagonal: `values` (n) are the
/// eigenvalues of the halves, then of the block; `rows` (n, k + 2) are the carried columns in the halves'
/// eigenvectors, then in the block's.
pub(super) fn merge(
    values: &mut [f64],
    rows: &mut [f64],
    cut: usize,
    rho: f64,
    columns: Columns,
    progress: &Progress,
) -> Result<()> {
    let n = values.len();
    let mut w = take_ends(rows, cut, rho, columns.count);
    let rho = 2.0 * rho.abs();
    let Deflation { kept, known } = deflate(values, &mut w, cut, rho, |p, j, c, s| {
        rotate(rows, columns.count, p, j, c, s);
    });
    let count = kept.len();
    let poles = grouped(kept.iter().map(|&row| values[row]), NO_POLE);
    let weights = grouped(kept.iter().map(|&row| w[row]), 0.0);
    let secular = Secular { poles: &poles, weights: &weights, count, rho, set: columns.set };
    let solved = Solved::new(&secular, progress)?;

    let known_values: Vec<f64> = known.iter().map(|&row| values[row]).collect();
    let known_rows: Vec<f64> =
        known.iter().flat_map(|&row| &rows[row * columns.count..][..columns.count]).copied().collect();
    let carried = gathered(rows, &kept, columns.count);
    let (root_places, known_places) = places(&solved.values, &known_values);
    for (&place, &value) in root_places.iter().zip(&solved.values) {
        values[place] = value;
    }
    for ((&place, &value), row) in
        known_places.iter().zip(&known_values).zip(known_rows.chunks_exact(columns.count))
    {
        values[place] = value;
        rows[place * columns.count..][..columns.count].copy_from_slice(row);
    }
    let tasks = tasks(rows, &root_places, columns.count);
    tasks.into_par_iter().for_each_init(Scratch::default, |scratch, task| {
        let roots = task.roots.clone();
        solved.multiply(scratch, &carried, columns, task);
        progress.add((roots.len() * count) as f64);
    });
    // What deflation has saved.
    progress.add(2.0 * ((n * n) as f64 - (count * count) as f64));
    Ok(())
}

/// w = (last row of U₁, ± first row of U₂)/√2, taken out of the two columns that carry them; these become the first and
/// the last row of diag(U₁, U₂).
fn take_ends(rows: &mut [f64], cut: usize, rho: f64, columns: usize) -> Vec<f64> {
    let sign = if rho < 0.0 { -1.0 } else { 1.0 };
    let take = |(i, row): (usize, &mut [f64])| {
        if i < cut {
            std::mem::take(&mut row[columns - 1]) * std::f64::consts::FRAC_1_SQRT_2
        } else {
            std::mem::take(&mut row[columns - 2]) * (sign * std::f64::consts::FRAC_1_SQRT_2)
        }
    };
    rows.chunks_exact_mut(columns).enumerate().map(take).collect()
}

/// Rows p < j or p > j become (c p + s j, c j − s p).
fn rotate(rows: &mut [f64], columns: usize, p: usize, j: usize, c: f64, s: f64) {
    for column in 0..columns {
        let (x, y) = (rows[p * columns + column], rows[j * columns + column]);
        rows[p * columns + column] = c * x + s * y;
        rows[j * columns + column] = c * y - s * x;
    }
}

/// Numbers in groups of [`LANES`], the last filled up.
fn grouped(numbers: impl ExactSizeIterator<Item = f64>, fill: f64) -> Vec<Lanes> {
    let mut groups = vec![[fill; LANES]; numbers.len().div_ceil(LANES)];
    groups.as_flattened_mut().iter_mut().zip(numbers).for_each(|(to, from)| *to = from);
    groups
}

/// The rows that two ascending lists take in one ascending list.
fn places(first: &[f64], second: &[f64]) -> (Vec<usize>, Vec<usize>) {
    let (mut first_places, mut second_places) = (Vec::new(), Vec::new());
    for place in 0..first.len() + second.len() {
        let (a, b) = (first.get(first_places.len()), second.get(second_places.len()));
        let from_first = match (a, b) {
            (Some(a), Some(b)) => a <= b,
            (a, _) => a.is_some(),
        };
        if from_first { first_places.push(place) } else { second_places.push(place) }
    }
    (first_places, second_places)
}

/// Cuts `rows` into one part for every [`ROOTS`] roots.
fn tasks<'a>(mut rows: &'a mut [f64], places: &[usize], columns: usize) -> Vec<Task<'a>> {
    let mut tasks = Vec::with_capacity(places.len().div_ceil(ROOTS));
    let mut first = 0;
    for (i, own) in places.chunks(ROOTS).enumerate() {
        let roots = i * ROOTS..i * ROOTS + own.len();
        let end = own.last().map_or(first, |last| last + 1);
        let (own_rows, others) = rows.split_at_mut((end - first) * columns);
        let places = own.iter().map(|place| place - first).collect();
        tasks.push(Task { roots, places, rows: own_rows });
        (rows, first) = (others, end);
    }
    tasks
}
