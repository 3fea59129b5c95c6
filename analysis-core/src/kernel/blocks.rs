//! K block by block: the whole n × n array need not exist.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::Kernel;
use super::gram::GramOrigin;
use super::pairs::{Pairs, Prepared};
use super::recursion::Recursion;
use crate::checksum;
use crate::error::{Error, Result};
use crate::session::Session;

/// Rows and columns of K worked on at a time: 128 × 256 entries stay in the second-level cache between the product and
/// the kernel function. An entry never depends on them: `matrixmultiply` sums every dot product in the same order
/// wherever it stands in its block.
pub(super) const BLOCK_ROWS: usize = 128;
const BLOCK_COLUMNS: usize = 256;

/// The Gram matrix K(x, x) of a kernel, ready to be computed in blocks by many threads at once.
///
/// Holds the normalised rows (n × d, one more column with a bias), not x.
pub(crate) struct GramBlocks {
    pairs: Pairs,
    rows: Prepared,
    origin: GramOrigin,
}

impl Kernel {
    /// K(x, x) in blocks. The session hears [`Step::Rows`](crate::progress::Step::Rows).
    ///
    /// # Errors
    /// Those of [`Kernel::gram`], but for memory: nothing is asked for here beyond a copy of the rows.
    pub(crate) fn gram_blocks(&self, x: ArrayView2<f64>, session: &Session) -> Result<GramBlocks> {
        let recursion = Recursion::new(self)?;
        let (n, d) = x.dim();
        let mut rows = Prepared::new(x, &recursion, "x")?;
        let pairs = Pairs::new(recursion, &mut [&mut rows], session)?;
        let x_sha256 = Some(checksum::numbers_sha256([x]));
        let origin = GramOrigin::Kernel { kernel: self.clone(), n, d, x_sha256 };
        Ok(GramBlocks { pairs, rows, origin })
    }
}

impl GramBlocks {
    /// Writes K of these rows and columns to `out`, whose shape must be theirs: the entries of [`Kernel::gram`] to the
    /// bit, however K is cut into blocks. `told` hears how many entries are finished, some hundreds at a time: where a
    /// pair takes milliseconds, that is a second's work.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a quadrature does not converge; [`Error::NotFinite`] with the place in K, where rows are
    /// so large that their product overflows; [`Error::Shape`] for rows or columns that are not there.
    pub(crate) fn fill(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        out: ArrayViewMut2<f64>,
        told: &(dyn Fn(usize) + Sync),
    ) -> Result<()> {
        fill(&self.pairs, (&self.rows, rows), (&self.rows, columns), out, told)
    }

    /// Rows of K.
    pub(crate) fn n(&self) -> usize {
        self.rows.unit.deviations.len()
    }

    /// How far an entry may be from K, over √(K(x,x)K(y,y)).
    pub(crate) fn epsilon(&self) -> f64 {
        self.pairs.epsilon()
    }

    /// What a [`Gram`](super::Gram) of these rows says of its origin.
    pub(crate) fn origin(&self) -> &GramOrigin {
        &self.origin
    }
}

/// Writes K of some rows of one set and some of another to `out`.
pub(super) fn fill(
    pairs: &Pairs,
    (left, rows): (&Prepared, Range<usize>),
    (right, columns): (&Prepared, Range<usize>),
    mut out: ArrayViewMut2<f64>,
    told: &(dyn Fn(usize) + Sync),
) -> Result<()> {
    for (range, set) in [(&rows, left), (&columns, right)] {
        if range.end > set.unit.deviations.len() {
            return Err(Error::shape("rows of the kernel's data", set.unit.deviations.len(), range.end));
        }
    }
    crate::check::shape("a block of the kernel", (rows.len(), columns.len()), out.dim())?;
    for top in rows.clone().step_by(BLOCK_ROWS) {
        let bottom = rows.end.min(top + BLOCK_ROWS);
        let a = left.unit.directions.slice(s![top..bottom, ..]);
        for first in columns.clone().step_by(BLOCK_COLUMNS) {
            let last = columns.end.min(first + BLOCK_COLUMNS);
            let b = right.unit.directions.slice(s![first..last, ..]);
            let place =
                s![top - rows.start..bottom - rows.start, first - columns.start..last - columns.start];
            let mut tile = out.slice_mut(place);
            general_mat_mul(1.0, &a, &b.t(), 0.0, &mut tile);
            for (i, mut line) in tile.rows_mut().into_iter().enumerate() {
                let row = top + i;
                for (j, entry) in line.iter_mut().enumerate() {
                    let column = first + j;
                    let angle = left.unit.angle(row, &right.unit, column, *entry);
                    let value = pairs.value(left, row, right, column, angle)?;
                    if !value.is_finite() {
                        // Large rows may overflow in the product of two scales.
                        let what = "the kernel of these rows".to_string();
                        return Err(Error::NotFinite { what, row, column, value });
                    }
                    *entry = value;
                }
                told(last - first);
            }
        }
    }
    Ok(())
}
