//! Kernels of convolutional networks: the recursion over positions, for eight pairs of images at once.
//!
//! What depends on one image only, the standard deviation of the pre-activation at every position of every layer, is worked out
//! once ([`rows`]). A pair then costs its own covariances: position against equal position for [`Readout::Flatten`]; for
//! [`Readout::Pool`] the same with one image displaced against the other, for every displacement, since a filter moves both
//! positions alike ([`overlap`]). So no array of pixels² numbers ever exists. One image meets a panel of eight others, whose numbers
//! stand side by side ([`pair`]); where two neighbourhoods are nearly parallel, the angle comes from their difference ([`near`]).

mod filter;
mod near;
mod network;
mod overlap;
mod pair;
mod rows;
#[cfg(test)]
mod tests;
mod work;

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Kernel;
use crate::architecture::{Convolution, Readout};
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::session::Session;

use filter::LANES;
pub(super) use network::ImageKernel;
pub(super) use rows::ImageRows;
use work::{Side, Work};

/// Rows of K in a block of [`super::compute`].
pub(super) const ROWS: usize = LANES;

impl ImageKernel {
    /// K of an image with eight others.
    fn entries(
        &self,
        left: (&ImageRows, usize),
        right: (&ImageRows, usize),
        work: &mut Work,
    ) -> [f64; LANES] {
        let sides = [Side::row(left.0, left.1), Side::panel(right.0, right.1)];
        let mut total = [0.0; LANES];
        for (overlap, opposite) in &self.overlaps {
            let mut sums = pair::sums(self, sides, overlap, work);
            if let Some((opposite, factor)) = opposite {
                // Added before they join the rest: the images may change places without a bit changing.
                let others = pair::sums(self, sides, opposite, work);
                sums.iter_mut().zip(others).for_each(|(sum, other)| *sum = factor * (*sum + other));
            }
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
        let (height, width) = self.shapes[self.layers];
        let pixels = (height * width) as f64;
        let count = if self.convolution.filters.readout == Readout::Pool { pixels * pixels } else { pixels };
        total.map(|total| self.weight * (total / count) + self.bias)
    }

    /// Writes K of some rows of one set and some of another to `out`; `told` hears of every row of it.
    pub(super) fn fill(
        &self,
        (left, rows): (&ImageRows, Range<usize>),
        (right, columns): (&ImageRows, Range<usize>),
        mut out: ArrayViewMut2<f64>,
        told: &(dyn Fn(usize) + Sync),
    ) -> Result<()> {
        for (range, set) in [(&rows, left), (&columns, right)] {
            if range.end > set.n() {
                return Err(Error::shape("rows of the kernel's data", set.n(), range.end));
            }
        }
        crate::check::shape("a block of the kernel", (rows.len(), columns.len()), out.dim())?;
        if columns.is_empty() {
            return Ok(());
        }
        let mut work = Work::new(&self.shapes);
        for row in rows.clone() {
            for panel in columns.start / LANES..columns.end.div_ceil(LANES) {
                let values = self.entries((left, row), (right, panel), &mut work);
                let first = panel * LANES;
                for column in columns.start.max(first)..columns.end.min(first + LANES) {
                    let value = values[column - first];
                    if !value.is_finite() {
                        let what = "the kernel of these images".to_string();
                        return Err(Error::NotFinite { what, row, column, value });
                    }
                    out[[row - rows.start, column - columns.start]] = value;
                }
            }
            told(columns.len());
        }
        Ok(())
    }
}

/// The Gram matrix of images, ready to be computed in blocks.
pub(super) struct ImageBlocks {
    pub(super) kernel: ImageKernel,
    pub(super) rows: ImageRows,
}

impl ImageBlocks {
    pub(super) fn new(
        kernel: &Kernel,
        convolution: Convolution,
        x: ArrayView2<f64>,
        session: &Session,
    ) -> Result<Self> {
        let kernel = ImageKernel::new(kernel, convolution)?;
        session.check_cancelled()?;
        let rows = ImageRows::new(&kernel, x, "x")?;
        Ok(ImageBlocks { kernel, rows })
    }
}

/// Bytes of what is known of n images before the first pair.
pub(super) fn memory(convolution: Convolution, layers: usize, n: usize) -> Bytes {
    let positions = (1..=layers).map(|layer| {
        let (height, width) = convolution.shape_after(layer);
        Bytes::of::<f64>(height, width)
    });
    let n = n.div_ceil(LANES).saturating_mul(LANES);
    (positions.sum::<Bytes>() * 2 + Bytes::of::<f64>(convolution.image.d(), 1)) * n
}
