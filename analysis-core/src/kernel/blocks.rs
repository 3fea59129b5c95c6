//! K block by block: the whole n × n array need not exist.

use std::ops::Range;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, s};

use super::Kernel;
use super::gram_origin::GramOrigin;
use super::images::{self, ImageBlocks};
use super::lines::{LINE, Work};
use super::pairs::{Pairs, Prepared};
use super::panels::LANES;
use super::product::product;
use super::recursion::Recursion;
use crate::error::{Error, Result};
use crate::session::Session;

/// Rows of K worked on at a time, beside [`LINE`] columns: their entries stay in the second-level cache between the product
/// and the kernel function. An entry never depends on them.
pub(super) const BLOCK_ROWS: usize = 128;

/// The Gram matrix K(x, x) of a kernel, ready to be computed in blocks by many threads at once.
///
/// Holds the normalised rows (n × d, one more column with a bias), not x; of images what [`Kernel::gram_memory`] says.
pub(crate) struct GramBlocks {
    entries: Entries,
    kernel: Kernel,
    /// n and d.
    shape: (usize, usize),
}

/// Where entries come from.
enum Entries {
    /// Angles between rows.
    Angles { pairs: Pairs, rows: Prepared },
    /// Covariances of all positions of two images.
    Images(ImageBlocks),
}

impl Kernel {
    /// K(x, x) in blocks. The session hears [`Step::Rows`](crate::progress::Step::Rows).
    ///
    /// # Errors
    /// Those of [`Kernel::gram`], but for memory: nothing is asked for here beyond a copy of the rows.
    pub(crate) fn gram_blocks(&self, x: ArrayView2<f64>, session: &Session) -> Result<GramBlocks> {
        let entries = match self.convolution {
            Some(convolution) => Entries::Images(ImageBlocks::new(self, convolution, x, session)?),
            None => {
                let recursion = Recursion::new(self)?;
                let mut rows = Prepared::new(x, &recursion, "x")?;
                let pairs = Pairs::new(recursion, &mut [&mut rows], session)?;
                Entries::Angles { pairs, rows }
            }
        };
        Ok(GramBlocks { entries, kernel: self.clone(), shape: x.dim() })
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
        match &self.entries {
            Entries::Angles { pairs, rows: own } => fill(pairs, (own, rows), (own, columns), out, told),
            Entries::Images(ImageBlocks { kernel, rows: own }) => {
                kernel.fill((own, rows), (own, columns), out, told)
            }
        }
    }

    /// Rows of a block that keeps a thread busy for long enough.
    pub(super) fn side(&self) -> usize {
        match self.entries {
            Entries::Angles { .. } => BLOCK_ROWS,
            Entries::Images(_) => images::ROWS,
        }
    }

    /// Rows of K.
    pub(crate) fn n(&self) -> usize {
        self.shape.0
    }

    /// How far an entry may be from K, over √(K(x,x)K(y,y)).
    pub(crate) fn epsilon(&self) -> f64 {
        match &self.entries {
            Entries::Angles { pairs, .. } => pairs.epsilon(),
            Entries::Images(ImageBlocks { kernel, rows }) => kernel.epsilon(rows.largest_variance),
        }
    }

    /// What a [`Gram`](super::Gram) of these rows says of its origin, with the checksum of x.
    pub(crate) fn origin(&self, x_sha256: String) -> GramOrigin {
        let (kernel, x_sha256) = (self.kernel.clone(), Some(x_sha256));
        GramOrigin::Kernel { kernel, n: self.n(), d: self.shape.1, x_sha256 }
    }
}

/// K(x, z) of two sets of rows, in blocks.
#[cfg(feature = "mpi")]
pub(crate) struct CrossBlocks {
    pairs: Pairs,
    left: Prepared,
    right: Prepared,
}

#[cfg(feature = "mpi")]
impl Kernel {
    /// K(x, z) in blocks: the entries of [`Kernel::cross_gram`] to the bit.
    ///
    /// # Errors
    /// Those of [`Kernel::cross_gram`], but for memory.
    pub(crate) fn cross_blocks(
        &self,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
        session: &Session,
    ) -> Result<CrossBlocks> {
        let recursion = Recursion::new(self)?;
        let mut left = Prepared::new(x, &recursion, "x")?;
        let mut right = Prepared::new(z, &recursion, "z")?;
        let pairs = Pairs::new(recursion, &mut [&mut left, &mut right], session)?;
        Ok(CrossBlocks { pairs, left, right })
    }
}

#[cfg(feature = "mpi")]
impl CrossBlocks {
    /// As [`GramBlocks::fill`].
    ///
    /// # Errors
    /// As [`GramBlocks::fill`].
    pub(crate) fn fill(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        out: ArrayViewMut2<f64>,
        told: &(dyn Fn(usize) + Sync),
    ) -> Result<()> {
        fill(&self.pairs, (&self.left, rows), (&self.right, columns), out, told)
    }

    /// As [`GramBlocks::epsilon`].
    pub(crate) fn epsilon(&self) -> f64 {
        self.pairs.epsilon()
    }
}

/// Entries of the square blocks of `side` rows on and below the diagonal of K (n,n).
pub(crate) fn half_entries(n: usize, side: usize) -> usize {
    (0..n).step_by(side).map(|start| (n.min(start + side) - start) * n.min(start + side)).sum()
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
    let mut products = Vec::new();
    let mut work = Work::new();
    for top in rows.clone().step_by(BLOCK_ROWS) {
        let a = top / LANES..rows.end.min(top + BLOCK_ROWS).div_ceil(LANES);
        for first in columns.clone().step_by(LINE) {
            let last = columns.end.min(first + LINE);
            let b = first / LANES..last.div_ceil(LANES);
            let width = LANES * b.len();
            products.resize(LANES * a.len() * width, 0.0);
            product((&left.unit.directions, a.clone()), (&right.unit.directions, b.clone()), &mut products);
            for row in top..rows.end.min(top + BLOCK_ROWS) {
                let start = (row - LANES * a.start) * width + first - LANES * b.start;
                let line = &mut products[start..start + last - first];
                pairs.line((left, row), (right, first), line, &mut work)?;
                if let Some((j, value)) = line.iter().enumerate().find(|(_, value)| !value.is_finite()) {
                    // Large rows may overflow in the product of two scales.
                    let what = "the kernel of these rows".to_string();
                    return Err(Error::NotFinite { what, row, column: first + j, value: *value });
                }
                let place = s![row - rows.start, first - columns.start..last - columns.start];
                out.slice_mut(place).assign(&ArrayView1::from(&*line));
                told(line.len());
            }
        }
    }
    Ok(())
}
