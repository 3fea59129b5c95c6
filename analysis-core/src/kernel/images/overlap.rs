//! Positions p of one image and p + q of another, for one displacement q.
//!
//! A filter moves p and p + q together, so the covariances of one displacement make a recursion of their own, on the rectangle in
//! which both positions are inside their images; beyond it one of the two factors is a padded zero.

use super::filter::Taps;
use crate::architecture::{Convolution, ImageShape, Padding};

/// One displacement.
#[derive(Debug)]
pub(super) struct Overlap {
    /// Lines of the first image and of the second that the rectangle's lines are, in every layer's own coordinates.
    pub(super) lines: [Vec<usize>; 2],
    /// The same of columns.
    pub(super) columns: [Vec<usize>; 2],
    /// Its height and width in the input and in every layer's pre-activations.
    pub(super) shapes: Vec<(usize, usize)>,
    /// Filters from each of these to the next; equal shapes share one.
    taps: Vec<(Taps, Taps)>,
}

impl Overlap {
    /// The displacement `q` (lines, columns), for layers of these shapes.
    pub(super) fn new(convolution: &Convolution, shapes: &[(usize, usize)], q: (isize, isize)) -> Self {
        let (size, padding) = (convolution.filters.size, convolution.filters.padding);
        let (height, width) = shapes[0];
        let side = |q: isize, length: usize| -> ([Vec<usize>; 2], usize) {
            let far = q.unsigned_abs();
            // The image that is displaced is the second for q > 0: so q and −q differ by which of the two images is which.
            let first = if q < 0 { [far, 0] } else { [0, far] };
            if padding == Padding::Circular {
                return (first.map(|first| (0..length).map(|at| (first + at) % length).collect()), 0);
            }
            (first.map(|first| (first..first + length.saturating_sub(far)).collect()), far)
        };
        let ((lines, less_lines), (columns, less_columns)) = (side(q.0, height), side(q.1, width));
        let shapes: Vec<(usize, usize)> = shapes
            .iter()
            .map(|(height, width)| (height.saturating_sub(less_lines), width.saturating_sub(less_columns)))
            .collect();
        let different = if padding == Padding::Valid { shapes.len() - 1 } else { 1 };
        let of = |(height, width): &(usize, usize)| {
            (Taps::new(*height, size, padding), Taps::new(*width, size, padding))
        };
        let taps = shapes[..different].iter().map(of).collect();
        Overlap { lines, columns, shapes, taps }
    }

    /// The filters of a layer, from 0.
    #[inline(always)]
    pub(super) fn taps(&self, layer: usize) -> (&Taps, &Taps) {
        let (lines, columns) = &self.taps[layer.min(self.taps.len() - 1)];
        (lines, columns)
    }

    /// Whether anything is left of it after the last layer.
    fn is_empty(&self) -> bool {
        self.shapes.iter().any(|(height, width)| *height == 0 || *width == 0)
    }
}

/// A displacement, and its opposite with the factor of both; on a torus half of it where the two are one.
pub(super) type Both = (Overlap, Option<(Overlap, f64)>);

/// All displacements. Those of two images that change places are the same ones, to the bit of every sum.
pub(super) fn all(convolution: &Convolution, shapes: &[(usize, usize)]) -> Vec<Both> {
    let ImageShape { height, width, .. } = convolution.image;
    let (height, width) = (height as isize, width as isize);
    let at = |q| Overlap::new(convolution, shapes, q);
    let mut found = Vec::new();
    if convolution.filters.padding == Padding::Circular {
        for q in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let opposite = ((height - q.0) % height, (width - q.1) % width);
            let factor = if q == opposite { 0.5 } else { 1.0 };
            if q <= opposite {
                found.push((at(q), (q != (0, 0)).then(|| (at((-q.0, -q.1)), factor))));
            }
        }
        return found;
    }
    for q in (0..height).flat_map(|y| (1 - width..width).map(move |x| (y, x))) {
        if q < (0, 0) || at(q).is_empty() {
            continue;
        }
        found.push((at(q), (q != (0, 0)).then(|| (at((-q.0, -q.1)), 1.0))));
    }
    found
}
