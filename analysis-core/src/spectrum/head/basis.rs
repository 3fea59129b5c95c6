//! An orthonormal basis that grows block by block, and products with it in fixed chunks of rows.

use ndarray::linalg::general_mat_mul;
use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};

use crate::error::{Error, Result};
use crate::linalg::symmetric_eigen;

/// Rows that one task works on. A sum over the rows is the sum of the chunks' sums, in their order.
const CHUNK: usize = 2048;

/// Directions this much shorter than the longest one (squared) are found in a further turn: the small eigenvalues of a matrix
/// of inner products are known to ε of the largest.
const TURN: f64 = 1e-8;

/// AᵀB for A (n,p) and B (n,c).
pub(super) fn inner(a: ArrayView2<f64>, b: ArrayView2<f64>) -> Array2<f64> {
    let mut sum = Array2::zeros((a.ncols(), b.ncols()));
    let chunks: Vec<Array2<f64>> = a
        .axis_chunks_iter(Axis(0), CHUNK)
        .into_par_iter()
        .zip(b.axis_chunks_iter(Axis(0), CHUNK))
        .map(|(a, b)| a.t().dot(&b))
        .collect();
    chunks.iter().for_each(|chunk| sum += chunk);
    sum
}

/// A·F for A (n,p) and F (p,c).
pub(super) fn combine(a: ArrayView2<f64>, factors: ArrayView2<f64>) -> Array2<f64> {
    let mut product = Array2::zeros((a.nrows(), factors.ncols()));
    accumulate(1.0, a, factors, &mut product);
    product
}

/// W ← W + sign·A·F.
pub(super) fn accumulate(sign: f64, a: ArrayView2<f64>, factors: ArrayView2<f64>, w: &mut Array2<f64>) {
    w.axis_chunks_iter_mut(Axis(0), CHUNK)
        .into_par_iter()
        .zip(a.axis_chunks_iter(Axis(0), CHUNK))
        .for_each(|(mut w, a)| general_mat_mul(sign, &a, &factors, 1.0, &mut w));
}

/// ‖A‖_F².
pub(super) fn squares(a: ArrayView2<f64>) -> f64 {
    let chunks: Vec<f64> = a
        .axis_chunks_iter(Axis(0), CHUNK)
        .into_par_iter()
        .map(|chunk| chunk.rows().into_iter().map(|row| row.dot(&row)).sum())
        .collect();
    chunks.iter().sum()
}

/// W ← (I − QQᵀ)W for the orthonormal columns of the blocks Q, twice (Kahan and Parlett: twice is enough). Returns QᵀW of
/// before.
pub(super) fn project(blocks: &[Array2<f64>], w: &mut Array2<f64>) -> Result<Array2<f64>> {
    let mut overlaps: Vec<Array2<f64>> =
        blocks.iter().map(|block| Array2::zeros((block.ncols(), w.ncols()))).collect();
    for _ in 0..2 {
        let now: Vec<Array2<f64>> = blocks.iter().map(|block| inner(block.view(), w.view())).collect();
        for ((block, now), sum) in blocks.iter().zip(&now).zip(&mut overlaps) {
            accumulate(-1.0, block.view(), now.view(), w);
            *sum += now;
        }
    }
    stack(Axis(0), &overlaps, w.ncols())
}

/// An orthonormal basis of the columns of W, orthogonal to the blocks Q, to which W is orthogonal to rounding already.
/// Directions shorter than `floor` are left out.
///
/// The eigenvectors of WᵀW give the directions, the longest ones in a first turn, the shorter ones in further turns, each made
/// orthogonal to what was found before: so a block whose columns are nearly dependent gives all the directions it has.
pub(super) fn orthonormal(blocks: &[Array2<f64>], w: Array2<f64>, floor: f64) -> Result<Array2<f64>> {
    let n = w.nrows();
    let mut found: Vec<Array2<f64>> = vec![];
    let mut rest = w;
    while rest.ncols() > 0 {
        let eigen = symmetric_eigen(inner(rest.view(), rest.view()))?;
        let largest = eigen.values[eigen.values.len() - 1];
        if largest.is_nan() || largest <= floor * floor {
            break;
        }
        let cut = (TURN * largest).max(floor * floor);
        let short = eigen.values.iter().take_while(|value| **value <= cut).count();
        let (few, most) = eigen.vectors.view().split_at(Axis(0), short);
        let mut longest = most.t().to_owned();
        for (mut column, value) in longest.columns_mut().into_iter().zip(eigen.values.iter().skip(short)) {
            column /= value.sqrt();
        }
        let mut own = combine(rest.view(), longest.view());
        project(blocks, &mut own)?;
        project(&found, &mut own)?;
        found.push(normalised(&own)?);
        rest = combine(rest.view(), few.t());
        project(&found[found.len() - 1..], &mut rest)?;
    }
    stack(Axis(1), &found, n)
}

/// Columns that are orthonormal but for a small error, without it; what vanished in a projection is left out.
fn normalised(own: &Array2<f64>) -> Result<Array2<f64>> {
    let eigen = symmetric_eigen(inner(own.view(), own.view()))?;
    let lost = eigen.values.iter().take_while(|value| **value < 0.25).count();
    let mut factors = eigen.vectors.slice(s![lost.., ..]).t().to_owned();
    for (mut column, value) in factors.columns_mut().into_iter().zip(eigen.values.iter().skip(lost)) {
        column /= value.sqrt();
    }
    Ok(combine(own.view(), factors.view()))
}

/// The parts one after the other along `axis`; `across` is their common other side.
fn stack(axis: Axis, parts: &[Array2<f64>], across: usize) -> Result<Array2<f64>> {
    if parts.is_empty() {
        return Ok(Array2::zeros(if axis == Axis(0) { (0, across) } else { (across, 0) }));
    }
    let views: Vec<ArrayView2<f64>> = parts.iter().map(|part| part.view()).collect();
    let stacked =
        concatenate(axis, &views).map_err(|e| Error::shape("the blocks of a basis", "one size", e))?;
    Ok(if stacked.is_standard_layout() { stacked } else { stacked.as_standard_layout().into_owned() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use rand::RngExt;

    fn random(rows: usize, columns: usize, index: u64) -> Array2<f64> {
        let mut stream = Seed(9).stream("basis", index);
        Array2::from_shape_simple_fn((rows, columns), || stream.random::<f64>() - 0.5)
    }

    fn orthogonality(q: &Array2<f64>) -> f64 {
        let off = inner(q.view(), q.view()) - Array2::<f64>::eye(q.ncols());
        off.iter().fold(0.0, |m, v| m.max(v.abs()))
    }

    /// Columns whose lengths fall over 14 orders of magnitude, mixed: all their directions but those below the floor, each
    /// orthogonal to the others and to the basis there was.
    #[test]
    fn nearly_dependent_columns_give_all_their_directions() {
        let n = 3000;
        let first = orthonormal(&[], random(n, 20, 0), 1e-12).unwrap();
        assert_eq!(first.dim(), (n, 20));
        let graded = random(n, 15, 1) * &ndarray::Array1::from_shape_fn(15, |j| 10f64.powi(-(j as i32)));
        let mut w = graded.dot(&random(15, 15, 2));
        let blocks = [first];
        project(&blocks, &mut w).unwrap();
        let q = orthonormal(&blocks, w.clone(), 1e-11).unwrap();
        assert!((10..=13).contains(&q.ncols()), "{}", q.ncols());
        assert!(orthogonality(&q) < 1e-14);
        assert!(inner(blocks[0].view(), q.view()).iter().all(|v| v.abs() < 1e-14));
        project(&[q], &mut w).unwrap();
        assert!(squares(w.view()).sqrt() < 1e-10, "what is left out is below the floor");
    }

    /// A space that is full has no further directions; twice the same column is one direction.
    #[test]
    fn what_is_no_new_direction_is_left_out() {
        let full = orthonormal(&[], random(12, 12, 3), 1e-12).unwrap();
        assert_eq!(full.dim(), (12, 12));
        let mut more = random(12, 3, 4);
        let blocks = [full];
        project(&blocks, &mut more).unwrap();
        assert_eq!(orthonormal(&blocks, more, 1e-12).unwrap().dim(), (12, 0));
        let one = random(50, 1, 5);
        let twice = concatenate![Axis(1), one, one];
        assert_eq!(orthonormal(&[], twice, 1e-12).unwrap().dim(), (50, 1));
    }

    #[test]
    fn bytes_do_not_depend_on_threads() {
        let (a, b) = (random(9000, 20, 6), random(9000, 30, 7));
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| (orthonormal(&[], a.clone(), 1e-12).unwrap(), inner(a.view(), b.view())))
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(3));
    }
}
