//! The Lanczos process of one starting vector, with full reorthogonalisation.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::error::{Error, Result};
use crate::linalg::{SymmetricEigen, blas_matmul, tridiagonal_eigen};
use crate::memory::Bytes;

/// AV = VT + β v eᵀ: an orthonormal basis V of the Krylov space of b, and T = VᵀAV tridiagonal.
#[derive(Debug)]
pub(super) struct Lanczos {
    /// ‖b‖.
    pub(super) norm: f64,
    /// v_1, v_2, … as rows, one after the other; one more than there are steps unless `exhausted`. Its room grows by
    /// [`BLOCK`] vectors at a time.
    basis: Vec<f64>,
    n: usize,
    diagonal: Vec<f64>,
    /// β_1, β_2, …: as long as the diagonal; the last one leads out of the space.
    off: Vec<f64>,
    /// The space is invariant (b = 0 included): nothing is left to add.
    pub(super) exhausted: bool,
}

/// A β this small beside ‖A‖ (in units of n·ε) is rounding: the space is invariant.
const INVARIANT: f64 = 1.0;

/// Room is made for so many vectors at a time: how many steps there will be is not known, some fifty are usual.
const BLOCK: usize = 32;

impl Lanczos {
    pub(super) fn new(b: ArrayView1<f64>) -> Self {
        let norm = b.dot(&b).sqrt();
        let mut run = Lanczos {
            norm,
            basis: vec![],
            n: b.len(),
            diagonal: vec![],
            off: vec![],
            exhausted: norm == 0.0,
        };
        if !run.exhausted {
            run.make_room();
            run.basis.extend(b.iter().map(|v| v / norm));
        }
        run
    }

    /// Bytes of the room that a run of n numbers begins with.
    pub(super) fn first_bytes(n: usize) -> Bytes {
        Bytes::of::<f64>(n, BLOCK.min(n))
    }

    /// Bytes of room that the next step will make.
    pub(super) fn next_bytes(&self) -> Bytes {
        Bytes::of::<f64>(self.missing(), 1)
    }

    /// Numbers of the next block, where one more vector does not fit into the room there is.
    fn missing(&self) -> usize {
        let (length, n) = (self.basis.len(), self.n);
        let left = (n * n).saturating_sub(length);
        if length + n <= self.basis.capacity() { 0 } else { (BLOCK * n).min(left) }
    }

    fn make_room(&mut self) {
        self.basis.reserve_exact(self.missing());
    }

    pub(super) fn steps(&self) -> usize {
        self.diagonal.len()
    }

    /// The vector that A is to be applied to next.
    pub(super) fn next(&self) -> &[f64] {
        &self.basis[self.basis.len() - self.n..]
    }

    /// One step, given w = A·[`Lanczos::next`].
    pub(super) fn advance(&mut self, w: &mut [f64]) {
        let (n, j) = (self.n, self.steps());
        let alpha = dot(self.next(), w);
        add(w, -alpha, &self.basis[j * n..]);
        if j > 0 {
            add(w, -self.off[j - 1], &self.basis[(j - 1) * n..j * n]);
        }
        // The three terms leave w orthogonal but for rounding, so one pass is enough unless w itself nearly vanishes
        // (Kahan and Parlett: twice is enough).
        let mut before = dot(w, w).sqrt();
        let mut beta = before;
        for _ in 0..2 {
            let overlaps: Vec<f64> = self.basis.chunks_exact(n).map(|v| dot(v, w)).collect();
            for (v, overlap) in self.basis.chunks_exact(n).zip(overlaps) {
                add(w, -overlap, v);
            }
            beta = dot(w, w).sqrt();
            if beta > 0.7 * before {
                break;
            }
            before = beta;
        }
        self.diagonal.push(alpha);
        self.off.push(beta);
        let size = self.diagonal.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        if self.steps() == n {
            // Nothing leads out of the whole space.
            self.off[j] = 0.0;
            self.exhausted = true;
        } else if beta <= INVARIANT * n as f64 * f64::EPSILON * size {
            // β stays in the error bound: the direction it leads to is rounding, its size is not known to be 0.
            self.exhausted = true;
        } else {
            self.make_room();
            self.basis.extend(w.iter().map(|v| v / beta));
        }
    }

    /// The decomposition of T (ascending, eigenvectors as rows).
    pub(super) fn ritz(&self) -> Result<SymmetricEigen> {
        tridiagonal_eigen(&self.diagonal, &self.off[..self.steps() - 1])
    }

    /// β of the last step: what leads out of the space.
    pub(super) fn beta(&self) -> f64 {
        self.off.last().copied().unwrap_or(0.0)
    }

    /// V (steps, n), a basis vector a row.
    pub(super) fn basis(&self) -> Result<ArrayView2<'_, f64>> {
        let (steps, n) = (self.steps(), self.n);
        ArrayView2::from_shape((steps, n), &self.basis[..steps * n])
            .map_err(|e| Error::shape("a Krylov basis", format!("({steps}, {n})"), e))
    }

    /// ‖b‖ Σ_i g_i S_i1 S_i·, the coordinates in V of g(A)b (filters, steps) for each row of g (filters, steps) on the Ritz
    /// values.
    pub(super) fn coordinates(&self, ritz: &SymmetricEigen, g: &Array2<f64>) -> Result<Array2<f64>> {
        let first: Array1<f64> = ritz.vectors.column(0).mapv(|v| v * self.norm);
        blas_matmul((g * &first).view(), ritz.vectors.view())
    }
}

/// ndarray's own loop, in the same order always.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    ArrayView1::from(a).dot(&ArrayView1::from(b))
}

fn add(w: &mut [f64], factor: f64, v: &[f64]) {
    for (w, v) in w.iter_mut().zip(v) {
        *w += factor * v;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{data::SphereQuadratic, kernel::Kernel, linalg::blas_matmul_nt};

    /// Room for the vectors there are and less than a block more, and what a step makes is what it has announced.
    #[test]
    fn room_grows_by_blocks() {
        for n in [5, 100] {
            let b = Array1::from_shape_fn(n, |i| 1.0 + i as f64);
            let mut run = Lanczos::new(b.view());
            assert_eq!(Lanczos::first_bytes(n), Bytes(8 * (n * BLOCK.min(n)) as u64));
            for _ in 0..n {
                let (announced, before) = (run.next_bytes(), run.basis.capacity());
                let mut image: Vec<f64> = run.next().iter().zip(1..).map(|(v, i)| v * f64::from(i)).collect();
                run.advance(&mut image);
                assert!(Bytes(8 * (run.basis.capacity() - before) as u64) <= announced, "{n}");
                assert!(run.basis.capacity() < run.basis.len() + BLOCK * n, "{n}");
            }
            assert!(run.exhausted && run.basis.len() == n * n && run.basis.capacity() == n * n);
        }
        assert_eq!(Lanczos::new(Array1::zeros(5).view()).basis.capacity(), 0);
    }

    /// VVᵀ = I and VAVᵀ = T to rounding, long after Ritz values have converged (where Lanczos without
    /// reorthogonalisation has lost both).
    #[test]
    fn the_basis_stays_orthonormal_and_t_is_the_projection() {
        let n = 200;
        let data = SphereQuadratic { n, ..Default::default() }.run().unwrap();
        let a = Kernel::default().gram(data.x.view()).unwrap().into_array() / n as f64;
        let mut run = Lanczos::new(data.y.column(0));
        while run.steps() < 150 {
            let mut image = a.dot(&ArrayView1::from(run.next())).to_vec();
            run.advance(&mut image);
        }
        let basis = run.basis().unwrap();
        let inner = blas_matmul_nt(basis, basis).unwrap() - Array2::<f64>::eye(150);
        let bound = 60.0 * n as f64 * f64::EPSILON;
        assert!(inner.iter().all(|v| v.abs() <= bound));
        let projection = basis.dot(&a).dot(&basis.t());
        for ((i, j), value) in projection.indexed_iter() {
            let t = match i.abs_diff(j) {
                0 => run.diagonal[i],
                1 => run.off[i.min(j)],
                _ => 0.0,
            };
            assert!((value - t).abs() <= bound, "T[{i},{j}]: {value:e}, not {t:e}");
        }
    }
}
