//! K/n applied to a block of vectors, K computed tile by tile and forgotten.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::linalg::general_mat_mul;
use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};

use crate::error::Result;
use crate::kernel::GramBlocks;
use crate::session::Session;

/// Rows and columns of a tile.
const TILE: usize = 256;

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

/// Two tile rows, with their parts of the image.
struct Pair<'a> {
    first: usize,
    second: usize,
    upper: ArrayViewMut2<'a, f64>,
    lower: ArrayViewMut2<'a, f64>,
}

/// K/n times each of the blocks `vectors` (n, ·).
///
/// Every tile below the diagonal is computed once and used twice, as it stands and transposed. The pairs of tile rows are met
/// as the players of a tournament, in rounds in which each plays once: within a round no two tasks write to the same rows, and
/// each row of the image is summed in the order of the rounds, which does not depend on how many threads there are.
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
    let all = entries(n);
    let done = AtomicUsize::new(0);
    let told = |count: usize| told((done.fetch_add(count, Ordering::Relaxed) + count) as f64 / all as f64);
    let range = |tile: usize| tile * TILE..n.min((tile + 1) * TILE);
    let parts: Vec<ArrayViewMut2<f64>> = image.axis_chunks_iter_mut(Axis(0), TILE).collect();
    let buffer = || Array2::<f64>::zeros((TILE, TILE));
    let diagonal = parts.into_par_iter().enumerate().map_init(buffer, |buffer, (place, mut part)| {
        session.check_cancelled()?;
        let rows = range(place);
        let mut tile = buffer.slice_mut(s![..rows.len(), ..rows.len()]);
        tiles.fill(rows.clone(), rows.clone(), tile.view_mut(), &told)?;
        add(tile.view(), vectors, rows, &mut part);
        Ok((part, tile.diag().sum(), squares(tile.view())))
    });
    let diagonal = diagonal.collect::<Result<Vec<_>>>()?;
    let trace: f64 = diagonal.iter().map(|(_, trace, _)| trace).sum();
    let mut sum: f64 = diagonal.iter().map(|(_, _, squares)| squares).sum();
    let mut parts: Vec<Option<ArrayViewMut2<f64>>> =
        diagonal.into_iter().map(|(part, _, _)| Some(part)).collect();
    for round in rounds(parts.len()) {
        let mut pairs = Vec::with_capacity(round.len());
        for (first, second) in round {
            if let (Some(upper), Some(lower)) = (parts[first].take(), parts[second].take()) {
                pairs.push(Pair { first, second, upper, lower });
            }
        }
        let met = pairs.into_par_iter().map_init(buffer, |buffer, mut pair| {
            session.check_cancelled()?;
            let (rows, columns) = (range(pair.first), range(pair.second));
            let mut tile = buffer.slice_mut(s![..rows.len(), ..columns.len()]);
            tiles.fill(rows.clone(), columns.clone(), tile.view_mut(), &told)?;
            add(tile.view(), vectors, columns, &mut pair.upper);
            add(tile.t(), vectors, rows, &mut pair.lower);
            Ok((pair, squares(tile.view())))
        });
        for (pair, squares) in met.collect::<Result<Vec<_>>>()? {
            sum += 2.0 * squares;
            (parts[pair.first], parts[pair.second]) = (Some(pair.upper), Some(pair.lower));
        }
    }
    drop(parts);
    let scale = n as f64;
    image.par_mapv_inplace(|v| v / scale);
    Ok(Image { vectors: image, trace: trace / scale, squares: sum / (scale * scale) })
}

/// Entries of K that a pass computes.
fn entries(n: usize) -> usize {
    let (whole, rest) = (n / TILE, n % TILE);
    (n * n + whole * TILE * TILE + rest * rest) / 2
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

/// All pairs of `count` players in rounds in which each plays at most once: the circle method.
fn rounds(count: usize) -> Vec<Vec<(usize, usize)>> {
    // With an odd number, whoever meets the last one rests.
    let players = count + count % 2;
    let circle = players.saturating_sub(1);
    let meet = |a: usize, b: usize| (a.max(b) < count).then_some((a.max(b), a.min(b)));
    (0..circle)
        .map(|turn| {
            let others =
                (1..players / 2).map(|step| meet((turn + step) % circle, (turn + circle - step) % circle));
            std::iter::once(meet(players - 1, turn)).chain(others).flatten().collect()
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use std::collections::BTreeSet;

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

    #[test]
    fn every_pair_meets_once_and_nobody_plays_twice_in_a_round() {
        for count in 0..12 {
            let rounds = rounds(count);
            let mut met = BTreeSet::new();
            for round in &rounds {
                let mut players = BTreeSet::new();
                for &(a, b) in round {
                    assert!(b < a && a < count && players.insert(a) && players.insert(b), "{count}");
                    assert!(met.insert((a, b)), "{count}: {a} and {b} meet again");
                }
            }
            assert_eq!(met.len(), count * count.saturating_sub(1) / 2);
        }
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
