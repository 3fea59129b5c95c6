//! A matrix whose entry (i, j) is a function of the angle between row i of one set and row j of another.

use ndarray::Array2;
use ndarray::Axis;
use ndarray::parallel::prelude::*;

use super::blocks::half_entries;
use super::compute::mirror;
use super::pairs::CLOSE;
use super::panels::LANES;
use super::product::product;
use super::rows::UnitRows;
use crate::error::{Error, Result};
use crate::gaussian::Angle;
use crate::progress::{Share, Step};
use crate::session::Session;

/// Rows of a block; an entry never depends on it. Few, since a pair may be dear.
const SIDE: usize = 2 * LANES;

/// The entries (n,m), by `value` of the two rows' numbers and their angle; the same bytes for any number of threads. With `half`, where
/// both sets are one and `value` is symmetric, those below the diagonal are computed and the rest mirrored. `what` is named where a value
/// is not finite.
///
/// # Errors
/// That of `value`; [`Error::NotFinite`].
pub(super) fn entries(
    [left, right]: [&UnitRows; 2],
    half: bool,
    (what, session): (&str, &Session),
    value: impl Fn(usize, usize, Angle) -> Result<f64> + Sync,
) -> Result<Array2<f64>> {
    let (n, m) = (left.deviations.len(), right.deviations.len());
    let told = |done| session.step(Step::Gram { done });
    let share = Share::new(if half { half_entries(n, SIDE) } else { n * m }, &told);
    let mut k = Array2::zeros((n, m));
    k.axis_chunks_iter_mut(Axis(0), SIDE).into_par_iter().enumerate().try_for_each(|(block, mut out)| {
        let start = block * SIDE;
        let columns = if half { start + out.nrows() } else { m };
        let panels = columns.div_ceil(LANES);
        let own = start / LANES..(start + out.nrows()).div_ceil(LANES);
        let mut products = vec![0.0; own.len() * panels * LANES * LANES];
        product((&left.directions, own), (&right.directions, 0..panels), &mut products);
        for (row, mut line) in out.rows_mut().into_iter().enumerate() {
            let cosines = &products[row * panels * LANES..];
            let direction = left.directions.row(start + row);
            for panel in 0..panels {
                let columns = panel * LANES..columns.min((panel + 1) * LANES);
                // Near ±1 the dot product has lost the angle's digits.
                let near = columns.clone().any(|j| cosines[j].abs() >= CLOSE);
                let distances = near.then(|| right.directions.distances(&direction, panel));
                for column in columns {
                    let angle = match distances {
                        Some(distances) if cosines[column].abs() >= CLOSE => {
                            let (difference, sum) = distances[column % LANES];
                            Angle::between(difference, sum)
                        }
                        _ => Angle::cosine_inside(cosines[column]),
                    };
                    let value = value(start + row, column, angle)?;
                    if !value.is_finite() {
                        let (what, row) = (what.to_string(), start + row);
                        return Err(Error::NotFinite { what, row, column, value });
                    }
                    line[column] = value;
                }
            }
            share.add(columns);
        }
        Ok(())
    })?;
    if half {
        mirror(&mut k, SIDE);
    }
    Ok(k)
}
