//! K/n applied to a block of vectors, K computed tile by tile and forgotten.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};

use crate::error::Result;
use crate::kernel::{GramBlocks, half_entries};
use crate::progress::Share;
use crate::reduction::{SIDE, on_pairs};
use crate::session::Session;

/// A symmetric matrix of which any rectangle can be had.
pub(super) trait Tiles: Sync {
    /// Its rows.
    fn n(&self) -> usize;

    /// Writes a rectangle to `out`; `told` hears how many entries are finished.
    fn fill(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        out: ArrayViewMut2<f64>,
        told: &(dyn Fn(usize) + Sync),
    ) -> Result<()>;
}

impl Tiles for GramBlocks {
    fn n(&self) -> usize {
        GramBlocks::n(self)
    }

    fn fill(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        out: ArrayViewMut2<f64>,
        told: &(dyn Fn(usize) + Sync),
    ) -> Result<()> {
        GramBlocks::fill(self, rows, columns, out, told)
    }
}

/// What one pass over K gives.
#[derive(Debug)]
pub(super) struct Image {
    /// K/n times all the vectors (n, c), side by side in their order.
    pub(super) vectors: Array2<f64>,
    /// The trace of K/n.
    pub(super) trace: f64,
    /// ‖K/n‖_F².
    pub(super) squares: f64,
}

/// K/n times each of the blocks `vectors` (n, ·).
///
/// Every tile below the diagonal is computed once and used twice, as it stands and transposed ([`on_pairs`]).
///
/// `told` hears the part of K that is done, 0 to 1.
pub(super) fn pass(
    tiles: &dyn Tiles,
    vectors: &[ArrayView2<f64>],
    session: &Session,
    told: &(dyn Fn(f64) + Sync),
) -> Result<Image> {
    let n = tiles.n();
    let columns: usize = vectors.iter().map(|v| v.ncols()).sum();
    let mut image = Array2::zeros((n, columns));
    let share = Share::new(half_entries(n, SIDE), told);
    let range = |tile: usize| tile * SIDE..n.min((tile + 1) * SIDE);
    let parts = image.axis_chunks_iter_mut(Axis(0), SIDE).collect();
    let sums = on_pairs(parts, |i, j, own, other| {
        session.check_cancelled()?;
        let (rows, columns) = (range(i), range(j));
        let mut tile = Array2::zeros((rows.len(), columns.len()));
        tiles.fill(rows.clone(), columns.clone(), tile.view_mut(), &|entries| share.add(entries))?;
        add(tile.view(), vectors, columns, own);
        Ok(match other {
            Some(other) => {
                add(tile.t(), vectors, rows, other);
                (0.0, 2.0 * squares(tile.view()))
            }
            None => (tile.diag().sum(), squares(tile.view())),
        })
    })?;
    let (trace, sum) = sums.into_iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
    let scale = n as f64;
    image.par_mapv_inplace(|v| v / scale);
    Ok(Image { vectors: image, trace: trace / scale, squares: sum / (scale * scale) })
}

/// The part of the image grows by tile · (these rows of the vectors).
fn add(
    tile: ArrayView2<f64>,
    vectors: &[ArrayView2<f64>],
    rows: Range<usize>,
    part: &mut ArrayViewMut2<f64>,
) {
    let mut first = 0;
    for block in vectors {
        let last = first + block.ncols();
        let own = block.slice(s![rows.clone(), ..]);
        general_mat_mul(1.0, &tile, &own, 1.0, &mut part.slice_mut(s![.., first..last]));
        first = last;
    }
}

fn squares(tile: ArrayView2<f64>) -> f64 {
    tile.rows().into_iter().map(|row| row.dot(&row)).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use crate::seed::Seed;
    use rand::RngExt;

    /// A matrix that is there.
    impl Tiles for Array2<f64> {
        fn n(&self) -> usize {
            self.nrows()
        }

        fn fill(
            &self,
            rows: Range<usize>,
            columns: Range<usize>,
            mut out: ArrayViewMut2<f64>,
            told: &(dyn Fn(usize) + Sync),
        ) -> Result<()> {
            out.assign(&self.slice(s![rows, columns]));
            told(out.len());
            Ok(())
        }
    }

    fn random(rows: usize, columns: usize, index: u64) -> Array2<f64> {
        let mut stream = Seed(8).stream("operator", index);
        Array2::from_shape_simple_fn((rows, columns), || stream.random::<f64>() - 0.5)
    }

    /// Against the product with the whole matrix; its trace and its norm; the bytes for 1, 2 and 3 threads; and the progress
    /// ends at 1.
    #[test]
    fn a_pass_is_a_product_with_k_to_rounding_and_the_same_for_any_number_of_threads() {
        for n in [1, 255, 256, 700, 1100] {
            let x = random(n, 5, n as u64);
            let (kernel, session) = (Kernel::default(), Session::default());
            let k = kernel.gram(x.view()).unwrap().into_array() / n as f64;
            let (v, w) = (random(n, 7, 1), random(n, 3, 2));
            let blocks = kernel.gram_blocks(x.view(), &session).unwrap();
            let most = std::sync::Mutex::new(0.0f64);
            let run = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let told = |done: f64| {
                    let mut most = most.lock().unwrap();
                    *most = most.max(done);
                };
                pool.install(|| pass(&blocks, &[v.view(), w.view()], &session, &told)).unwrap()
            };
            let one = run(1);
            assert_eq!(*most.lock().unwrap(), 1.0, "{n}");
            for threads in [2, 3] {
                let other = run(threads);
                assert_eq!(
                    (&other.vectors, other.trace, other.squares),
                    (&one.vectors, one.trace, one.squares)
                );
            }
            let bound = 4.0 * f64::EPSILON;
            for (columns, block) in [(s![.., ..7], &v), (s![.., 7..], &w)] {
                let expected = k.dot(block);
                let difference = &one.vectors.slice(columns) - &expected;
                assert!(difference.iter().all(|d| d.abs() <= bound * n as f64), "{n}");
            }
            assert!((one.trace / k.diag().sum() - 1.0).abs() < 1e-13);
            assert!((one.squares / k.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
