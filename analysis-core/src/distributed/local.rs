//! What a rank holds of x and of K.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Axis, s};

use super::layout::Layout;
use super::scalapack::Matrix;
use crate::data::{Samples, Scaling};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::progress::{Share, Step};
use crate::reduction::Sums;
use crate::session::Session;

/// The rows of x that a rank's blocks of K are made of.
pub(super) struct Inputs {
    /// For its rows of K.
    left: Array2<f64>,
    /// For its columns of K.
    right: Array2<f64>,
}

impl Inputs {
    /// Scaled as the whole is; nothing else of x is held afterwards.
    pub(super) fn read(
        samples: &Samples,
        scaling: Scaling,
        layout: Layout,
        place: (usize, usize),
    ) -> Result<Inputs> {
        let (rows, columns) = (layout.rows(place.0), layout.columns(place.1));
        let mut both = [rows.clone(), columns.clone()].concat();
        both.sort_unstable();
        both.dedup();
        let x = samples.inputs_at(scaling, &both)?;
        let of = |wanted: &[usize]| {
            let places: Vec<usize> =
                wanted.iter().map(|row| both.partition_point(|other| other < row)).collect();
            x.select(Axis(0), &places)
        };
        Ok(Inputs { left: of(&rows), right: of(&columns) })
    }

    /// Numbers that this rank holds of x, and as many again while K is computed.
    pub(super) fn numbers(&self) -> usize {
        2 * (self.left.len() + self.right.len())
    }
}

/// Computes a rank's part of K on and below the diagonal. Returned are ε of its numbers and the largest in size.
///
/// # Errors
/// As [`Kernel::gram`].
pub(super) fn fill(
    kernel: &Kernel,
    inputs: &Inputs,
    layout: Layout,
    matrix: &mut Matrix,
    session: &Session,
) -> Result<(f64, f64)> {
    let (rows, columns) = (&matrix.rows, &matrix.columns);
    if rows.is_empty() || columns.is_empty() {
        return Ok((0.0, 0.0));
    }
    let name = |error| match error {
        Error::ZeroRow { row, needs } => Error::ZeroRow { row: rows[row], needs },
        Error::NotFinite { what, row, column, value } => Error::NotFinite {
            what,
            row: rows[row],
            column: columns.get(column).copied().unwrap_or(column),
            value,
        },
        other => other,
    };
    let blocks = kernel.cross_blocks(inputs.left.view(), inputs.right.view(), session).map_err(name)?;
    let parts = layout.lower(rows, columns);
    let told = |done| session.step(Step::Gram { done });
    let share = Share::new(parts.iter().map(|(rows, columns)| rows.len() * columns.len()).sum(), &told);
    let strips = matrix.own.axis_chunks_iter_mut(Axis(1), layout.block);
    let strips: Vec<_> = strips.into_iter().zip(&parts).collect();
    let largest = strips
        .into_par_iter()
        .map(|(mut strip, (rows, columns))| {
            let mut own = strip.slice_mut(s![rows.clone(), ..]);
            blocks.fill(rows.clone(), columns.clone(), own.view_mut(), &|entries| share.add(entries))?;
            Ok(own.iter().fold(0.0_f64, |most, value| most.max(value.abs())))
        })
        .try_reduce(|| 0.0, |a, b| Ok(a.max(b)))
        .map_err(name)?;
    Ok((blocks.epsilon(), largest))
}

/// tr K and ‖K‖_F² of a rank's part.
pub(super) fn trace_and_squares(matrix: &Matrix, layout: Layout) -> [f64; 2] {
    let (rows, columns) = (&matrix.rows, &matrix.columns);
    let (mut trace, mut squares) = (0.0, 0.0);
    for (part, strip) in layout.lower(rows, columns) {
        for column in strip {
            // Column by column: sums of sums lose fewer digits.
            let mut below = 0.0;
            for row in part.clone() {
                let value = matrix.own[[row, column]];
                match rows[row].cmp(&columns[column]) {
                    std::cmp::Ordering::Less => {}
                    std::cmp::Ordering::Equal => {
                        trace += value;
                        squares += value * value;
                    }
                    std::cmp::Ordering::Greater => below += value * value,
                }
            }
            squares += 2.0 * below;
        }
    }
    [trace, squares]
}

/// ‖y‖², yᵀKy and ‖Ky‖² of the columns y (n,k) that a rank holds of Y and KY, as k numbers each, 0 for the others'.
pub(super) fn moments(y: &Matrix, product: &Matrix, k: usize) -> Vec<f64> {
    let mut sums = vec![0.0; 3 * k];
    for (own, &column) in y.columns.iter().enumerate() {
        for (y, p) in y.own.column(own).iter().zip(product.own.column(own)) {
            sums[column] += y * y;
            sums[k + column] += y * p;
            sums[2 * k + column] += p * p;
        }
    }
    sums
}

/// The sums of all ranks, in the form in which one machine has them.
pub(super) fn sums([trace, squares]: [f64; 2], moments: &[f64]) -> Sums {
    let k = moments.len() / 3;
    let part = |index: usize| moments[index * k..(index + 1) * k].to_vec();
    Sums { trace, squares, energy: part(0), first: part(1), second: part(2) }
}
