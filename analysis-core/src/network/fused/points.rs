//! The points in memory, in the order in which the kernel reads them.

use ndarray::ArrayView2;

use super::element::Element;

/// How many of what the kernel's innermost loops hold in registers; the arithmetic does not depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Points at a time, forward.
    pub(super) samples: usize,
    /// Rows of units at a time: 1 or 2.
    pub(super) rows: usize,
    /// Columns of x at a time, backward; at most [`MAX_COLUMNS`].
    pub(super) columns: usize,
}

/// The widest [`Strip`] the kernel is compiled for.
pub(super) const MAX_COLUMNS: usize = 12;

/// Test points: [tile][column][point of the tile], the last tile filled up with zeros.
pub(super) struct Test<T> {
    /// Points, those filled up included.
    pub(super) padded: usize,
    /// Columns, a constant one for the bias included.
    pub(super) d: usize,
    pub(super) tiles: Vec<T>,
}

/// Training points, a second time for the way back.
pub(super) struct Train<T> {
    pub(super) forward: Test<T>,
    /// The columns in strips.
    pub(super) strips: Vec<Strip<T>>,
}

/// Some columns of x: [point][column of the strip].
pub(super) struct Strip<T> {
    pub(super) width: usize,
    pub(super) x: Vec<T>,
}

/// Column k of point i; the bias is the weight of a last column of ones.
fn entry(x: &ArrayView2<f64>, i: usize, k: usize) -> f64 {
    match (i < x.nrows(), k < x.ncols()) {
        (false, _) => 0.0,
        (true, true) => x[[i, k]],
        (true, false) => 1.0,
    }
}

impl<T: Element> Test<T> {
    pub(super) fn new(x: ArrayView2<f64>, bias: bool, shape: Shape) -> Self {
        let d = x.ncols() + usize::from(bias);
        let padded = x.nrows().next_multiple_of(shape.samples);
        let mut tiles = Vec::with_capacity(padded * d);
        for tile in 0..padded / shape.samples {
            for k in 0..d {
                for s in 0..shape.samples {
                    tiles.push(T::from_f64(entry(&x, tile * shape.samples + s, k)));
                }
            }
        }
        Test { padded, d, tiles }
    }
}

impl<T: Element> Train<T> {
    pub(super) fn new(x: ArrayView2<f64>, bias: bool, shape: Shape) -> Self {
        let forward = Test::new(x, bias, shape);
        let d = forward.d;
        let count = d.div_ceil(shape.columns);
        let mut strips = Vec::with_capacity(count);
        let mut start = 0;
        for index in 0..count {
            // As even as possible: every strip reads all the masks again.
            let width = (d - start).div_ceil(count - index);
            let mut strip = Vec::with_capacity(forward.padded * width);
            for i in 0..forward.padded {
                strip.extend((start..start + width).map(|k| T::from_f64(entry(&x, i, k))));
            }
            strips.push(Strip { width, x: strip });
            start += width;
        }
        Train { forward, strips }
    }
}
