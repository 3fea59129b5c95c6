//! A symmetric matrix times a few vectors, reading half of it.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::error::{Error, Result};

/// Pieces of about equal work, always as many, so that the sums have the same order for any number of threads.
const PIECES: usize = 32;

/// Rows of K that share one pass over the vectors.
const ROWS: usize = 4;

/// Columns of these rows that are used for both vectors while they are in the first-level cache.
const COLUMNS: usize = 512;

/// V·K for symmetric K (n,n) and vectors as the **rows** of V (c,n): row j is Kv_j. Only the lower triangle of K is read.
///
/// At n = 10⁴ the time is that of reading K, so every entry is used twice (for K_ij and K_ji) and for two vectors at a
/// time: half of the traffic of `dgemv`, for which OpenBLAS reads the whole matrix once a vector. No BLAS: the same bytes
/// for any number of threads.
///
/// # Errors
/// [`Error::Shape`] where K is not square or V has not n columns.
///
/// # Examples
/// ```
/// use analysis_core::linalg::symmetric_matmul;
/// use ndarray::array;
/// let k = array![[2.0, 1.0], [1.0, 3.0]];
/// assert_eq!(symmetric_matmul(k.view(), array![[1.0, 0.0], [1.0, 1.0]].view())?, array![[2.0, 1.0], [3.0, 4.0]]);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn symmetric_matmul(k: ArrayView2<f64>, v: ArrayView2<f64>) -> Result<Array2<f64>> {
    let n = k.nrows();
    if k.ncols() != n || v.ncols() != n {
        return Err(Error::shape(
            "V·K for symmetric K",
            format!("K ({n}, {n}), V (c, {n})"),
            format!("K {:?}, V {:?}", k.dim(), v.dim()),
        ));
    }
    let (k, v) = (k.as_standard_layout(), v.as_standard_layout());
    let mut product = Array2::zeros(v.dim());
    let (Some(entries), Some(vectors), Some(sums)) = (k.as_slice(), v.as_slice(), product.as_slice_mut())
    else {
        return Ok(product);
    };
    if n == 0 {
        return Ok(product);
    }
    for (pair, sums) in vectors.chunks(2 * n).zip(sums.chunks_mut(2 * n)) {
        let pieces: Vec<Vec<f64>> =
            (0..PIECES).into_par_iter().map(|piece| part(entries, n, pair, piece)).collect();
        sums.par_chunks_mut(1024).enumerate().for_each(|(chunk, sums)| {
            for piece in &pieces {
                let first = 1024 * chunk;
                for (sum, value) in sums.iter_mut().zip(&piece[first..]) {
                    *sum += value;
                }
            }
        });
    }
    Ok(product)
}

/// What the rows of one piece add to the product: boundaries at n·√(p/PIECES) give triangles of equal area.
fn part(entries: &[f64], n: usize, vectors: &[f64], piece: usize) -> Vec<f64> {
    let boundary = |p: usize| (n as f64 * (p as f64 / PIECES as f64).sqrt()).round() as usize;
    let rows = boundary(piece)..boundary(piece + 1);
    let mut sums = vec![0.0; vectors.len()];
    if vectors.len() == n {
        triangle::<1>(entries, n, [vectors], rows, [&mut sums]);
    } else {
        let (a, b) = vectors.split_at(n);
        let (p, q) = sums.split_at_mut(n);
        triangle::<2>(entries, n, [a, b], rows, [p, q]);
    }
    sums
}

/// For every row i and j ≤ i: sums_j += K_ij v_i and, off the diagonal, sums_i += K_ij v_j.
fn triangle<const C: usize>(
    entries: &[f64],
    n: usize,
    vectors: [&[f64]; C],
    rows: std::ops::Range<usize>,
    sums: [&mut [f64]; C],
) {
    let mut row = rows.start;
    while row < rows.end {
        let count = ROWS.min(rows.end - row);
        // Columns left of the block, four rows at a time; the small triangle on the diagonal afterwards.
        let mut done = 0;
        if count == ROWS {
            done = row - row % LANES;
            for first in (0..done).step_by(COLUMNS) {
                let last = done.min(first + COLUMNS);
                let lines: [&[f64]; ROWS] =
                    std::array::from_fn(|r| &entries[(row + r) * n + first..(row + r) * n + last]);
                for c in 0..C {
                    let own: [f64; ROWS] = std::array::from_fn(|r| vectors[c][row + r]);
                    let totals = panel(lines, &vectors[c][first..last], own, &mut sums[c][first..last]);
                    for (sum, total) in sums[c][row..row + ROWS].iter_mut().zip(totals) {
                        *sum += total;
                    }
                }
            }
        }
        for i in row..row + count {
            let line = &entries[i * n..i * n + i + 1];
            for c in 0..C {
                let mut total = line[i] * vectors[c][i];
                for j in done..i {
                    total += line[j] * vectors[c][j];
                    sums[c][j] += line[j] * vectors[c][i];
                }
                sums[c][i] += total;
            }
        }
        row += count;
    }
}

/// Lanes of a partial sum: the numbers of an AVX register.
const LANES: usize = 4;

type Quad = [f64; LANES];

/// Four rows of K left of the diagonal block against one vector: returns their products with `vector`, and adds their
/// transposed share to `sums`. All slices have the same length, a multiple of [`LANES`].
fn panel(lines: [&[f64]; ROWS], vector: &[f64], own: [f64; ROWS], sums: &mut [f64]) -> [f64; ROWS] {
    let lines = lines.map(|line| line.as_chunks::<LANES>().0);
    let (vector, sums) = (vector.as_chunks::<LANES>().0, sums.as_chunks_mut::<LANES>().0);
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { panel_avx2(lines, vector, own, sums) };
    }
    panel_plain(lines, vector, own, sums)
}

/// Partial sums of four lanes, added in the same order on every processor.
fn total(lanes: Quad) -> f64 {
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}

fn panel_plain(lines: [&[Quad]; ROWS], vector: &[Quad], own: [f64; ROWS], sums: &mut [Quad]) -> [f64; ROWS] {
    let mut totals = [[0.0f64; LANES]; ROWS];
    let [a, b, c, d] = lines;
    for (((((a, b), c), d), x), s) in a.iter().zip(b).zip(c).zip(d).zip(vector).zip(sums) {
        for l in 0..LANES {
            totals[0][l] += a[l] * x[l];
            totals[1][l] += b[l] * x[l];
            totals[2][l] += c[l] * x[l];
            totals[3][l] += d[l] * x[l];
            s[l] += (a[l] * own[0] + b[l] * own[1]) + (c[l] * own[2] + d[l] * own[3]);
        }
    }
    totals.map(total)
}

/// As [`panel_plain`], operation by operation (no fused multiply–add), so with the same bytes; the compiler does not find
/// the vector registers by itself here.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn panel_avx2(lines: [&[Quad]; ROWS], vector: &[Quad], own: [f64; ROWS], sums: &mut [Quad]) -> [f64; ROWS] {
    use std::arch::x86_64::{
        __m256d, _mm256_add_pd, _mm256_loadu_pd, _mm256_mul_pd, _mm256_set1_pd, _mm256_setzero_pd,
        _mm256_storeu_pd,
    };
    #[target_feature(enable = "avx2")]
    fn load(quad: &Quad) -> __m256d {
        // SAFETY: a quad is four numbers.
        unsafe { _mm256_loadu_pd(quad.as_ptr()) }
    }
    #[target_feature(enable = "avx2")]
    fn store(quad: &mut Quad, value: __m256d) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_pd(quad.as_mut_ptr(), value) }
    }
    let [mut t0, mut t1, mut t2, mut t3] = [_mm256_setzero_pd(); ROWS];
    let [o0, o1, o2, o3] = [own[0], own[1], own[2], own[3]].map(|v| _mm256_set1_pd(v));
    let [a, b, c, d] = lines;
    for (((((a, b), c), d), x), s) in a.iter().zip(b).zip(c).zip(d).zip(vector).zip(sums) {
        let (a, b, c, d, x) = (load(a), load(b), load(c), load(d), load(x));
        t0 = _mm256_add_pd(t0, _mm256_mul_pd(a, x));
        t1 = _mm256_add_pd(t1, _mm256_mul_pd(b, x));
        t2 = _mm256_add_pd(t2, _mm256_mul_pd(c, x));
        t3 = _mm256_add_pd(t3, _mm256_mul_pd(d, x));
        let left = _mm256_add_pd(_mm256_mul_pd(a, o0), _mm256_mul_pd(b, o1));
        let right = _mm256_add_pd(_mm256_mul_pd(c, o2), _mm256_mul_pd(d, o3));
        store(s, _mm256_add_pd(load(s), _mm256_add_pd(left, right)));
    }
    let mut totals = [[0.0; LANES]; ROWS];
    for (lanes, value) in totals.iter_mut().zip([t0, t1, t2, t3]) {
        store(lanes, value);
    }
    totals.map(total)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Small integers: every sum is exact, so equality is exact; sizes around the row blocks and pieces.
    #[test]
    fn products_equal_ndarrays_own() {
        for n in [0, 1, 2, 3, 4, 5, 8, 9, 31, 33, 100, 257] {
            let k = Array2::from_shape_fn((n, n), |(i, j)| ((i + j) % 11) as f64 - ((i * j) % 7) as f64);
            for c in [1, 2, 3, 5] {
                let v = Array2::from_shape_fn((c, n), |(r, i)| (i % 13) as f64 - (3 * r) as f64);
                assert_eq!(symmetric_matmul(k.view(), v.view()).unwrap(), v.dot(&k), "n = {n}, c = {c}");
            }
        }
    }

    #[test]
    fn the_upper_triangle_is_not_read_and_threads_do_not_matter() {
        let n = 203;
        let k = Array2::from_shape_fn(
            (n, n),
            |(i, j)| if j > i { f64::NAN } else { (i as f64 - j as f64).cos() },
        );
        let v = Array2::from_shape_fn((2, n), |(r, i)| (i as f64 * 0.3 + r as f64).sin());
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| symmetric_matmul(k.view(), v.view()).unwrap())
        };
        let one = on(1);
        assert!(one.iter().all(|value| value.is_finite()));
        assert_eq!(one, on(3));
        let alone = symmetric_matmul(k.view(), v.slice(ndarray::s![1..2, ..])).unwrap();
        assert_eq!(alone.row(0), one.row(1));
    }

    #[test]
    fn shapes_are_compared() {
        let k = Array2::<f64>::zeros((3, 3));
        assert!(matches!(symmetric_matmul(k.view(), Array2::zeros((1, 2)).view()), Err(Error::Shape { .. })));
        assert!(symmetric_matmul(Array2::zeros((3, 2)).view(), Array2::zeros((1, 2)).view()).is_err());
    }
}
