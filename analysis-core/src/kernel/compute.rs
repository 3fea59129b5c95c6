//! Gram and cross-Gram matrices, block by block.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::linalg::general_mat_mul;
use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};

use super::Kernel;
use super::gram::{Gram, GramOrigin};
use super::pairs::{Pairs, Prepared};
use super::recursion::Recursion;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::progress::Step;
use crate::session::Session;
use crate::{check, checksum};

/// Rows of K that one task owns, and columns of K worked on at a time: 128 × 256 entries stay in the second-level cache
/// between the product and the kernel function. An entry never depends on them: `matrixmultiply` sums every dot product
/// in the same order wherever it stands in its block.
const BLOCK_ROWS: usize = 128;
const BLOCK_COLUMNS: usize = 256;

impl Kernel {
    /// K(x, x), shape (n, n), for rows x of shape (n, d); never divided by n.
    ///
    /// The rows are normalised and multiplied in fixed blocks by one thread each (no BLAS), so the result has the same
    /// bytes for any number of threads, an entry is the same in a block as in the whole, and duplicates, also up to a
    /// power of two, agree to the bit. Close and opposite pairs are measured by their distance: |K| errors stay at a few
    /// ε of the diagonal. Exactly symmetric.
    ///
    /// Cost: closed forms and smooth activations at moderate norms need a microsecond a pair at most (n = 3000, d = 784:
    /// about 0.3 s on two free cores for one layer of ReLU, 0.45 s for tanh). A smooth activation needs a series for every
    /// different norm, whose length grows with the square of the pre-activations' standard deviation r (280 r² terms for
    /// tanh, to r = 15): for tanh at r = 4 milliseconds a row and microseconds a pair, at r = 11 0.2 s a row and tens of
    /// microseconds a pair, so 3000 rows of different norms take ten minutes or more there. Scale such rows to one norm if
    /// you may: they then share a series and a table (1000 rows in a second).
    ///
    /// An activation with kinks (or one very steep at these norms) takes a two-dimensional quadrature, some milliseconds a
    /// pair and layer: rows of one or two different norms are served from a table over the angle (error below 1e-13 of
    /// the diagonal), in seconds; with more norms every pair is integrated, n = 300 in minutes, and an entry then agrees
    /// with a block of equal norms to 1e-12, not to the bit.
    ///
    /// # Errors
    /// [`Error::Parameter`] from [`Kernel::check`], for rows whose square overflows, or for an activation whose
    /// integrals do not converge (an undeclared kink, a value that is not finite); [`Error::Shape`] for an empty
    /// array; [`Error::NotFinite`]; [`Error::ZeroRow`] for an all-zero row without bias; [`Error::Memory`], before
    /// anything is allocated, if [`Kernel::gram_memory`] bytes are not available.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Kernel;
    /// use analysis_core::ndarray::array;
    /// let gram = Kernel::default().gram(array![[3.0, 4.0], [3.0, 4.0]].view())?;
    /// assert_eq!(gram.view(), array![[50.0, 50.0], [50.0, 50.0]]); // 2 ‖x‖²
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn gram(&self, x: ArrayView2<f64>) -> Result<Gram> {
        self.gram_in(x, &Session::current())
    }

    /// The same, telling the session's observer how far it has come: [`Step::Rows`], then [`Step::Gram`].
    ///
    /// # Errors
    /// Those of [`Kernel::gram`].
    pub fn gram_in(&self, x: ArrayView2<f64>, session: &Session) -> Result<Gram> {
        let recursion = Recursion::new(self)?;
        let (n, d) = x.dim();
        self.gram_memory(n, d).require(&format!("the Gram matrix of {n} rows"))?;
        let mut rows = Prepared::new(x, &recursion, "x")?;
        let pairs = Pairs::new(&recursion, &mut [&mut rows], session)?;
        let mut k = Array2::zeros((n, n));
        let all: usize = (0..n).step_by(BLOCK_ROWS).map(|start| area(start, n)).sum();
        let done = AtomicUsize::new(0);
        let told = |entries: usize| {
            let done = done.fetch_add(entries, Ordering::Relaxed) + entries;
            session.step(Step::Gram { done: done as f64 / all as f64 });
        };
        k.axis_chunks_iter_mut(Axis(0), BLOCK_ROWS).into_par_iter().enumerate().try_for_each(
            |(block, panel)| {
                let start = block * BLOCK_ROWS;
                let end = start + panel.nrows();
                fill(&pairs, &rows, start, &rows, end, panel, &told)
            },
        )?;
        mirror(&mut k);
        // Large rows may overflow in the product of two scales.
        check::finite_array("the kernel of these rows", k.view())?;
        let x_sha256 = Some(checksum::numbers_sha256([x]));
        Ok(Gram::trusted(k, pairs.epsilon(), GramOrigin::Kernel { kernel: self.clone(), n, d, x_sha256 }))
    }

    /// K(x, z), shape (n, m), for rows x of shape (n, d) and z of shape (m, d).
    ///
    /// `cross_gram(x, x)` has the bytes of `gram(x)`.
    ///
    /// # Errors
    /// Those of [`Kernel::gram`]; [`Error::Shape`] if x and z have different numbers of columns.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Kernel;
    /// use analysis_core::ndarray::array;
    /// let k = Kernel::default().cross_gram(array![[1.0, 0.0]].view(), array![[0.0, 1.0], [1.0, 0.0]].view())?;
    /// assert_eq!(k, array![[1.0 / std::f64::consts::PI, 2.0]]); // κ₁(0) + 0·κ₀(0), and L + 1
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn cross_gram(&self, x: ArrayView2<f64>, z: ArrayView2<f64>) -> Result<Array2<f64>> {
        let recursion = Recursion::new(self)?;
        let ((n, d), (m, e)) = (x.dim(), z.dim());
        if d != e {
            return Err(Error::shape("columns of x and z", d, e));
        }
        let needed = Bytes::of::<f64>(n, m) + Bytes::of::<f64>(n, d + 1) + Bytes::of::<f64>(m, d + 1);
        needed.require(&format!("the cross-Gram matrix of {n} by {m} rows"))?;
        let mut left = Prepared::new(x, &recursion, "x")?;
        let mut right = Prepared::new(z, &recursion, "z")?;
        let pairs = Pairs::new(&recursion, &mut [&mut left, &mut right], &Session::default())?;
        let mut k = Array2::zeros((n, m));
        k.axis_chunks_iter_mut(Axis(0), BLOCK_ROWS).into_par_iter().enumerate().try_for_each(
            |(block, panel)| fill(&pairs, &left, block * BLOCK_ROWS, &right, m, panel, &|_| ()),
        )?;
        // Large rows may overflow in the product of two scales.
        check::finite_array("the kernel of these rows", k.view())?;
        Ok(k)
    }

    /// Bytes that [`Kernel::gram`] needs for n rows of d columns, K included.
    ///
    /// # Examples
    /// ```
    /// let bytes = analysis_core::kernel::Kernel::default().gram_memory(60_000, 784);
    /// assert!((29.1e9..29.3e9).contains(&(bytes.0 as f64))); // 8 n² and a copy of the rows
    /// ```
    pub fn gram_memory(&self, n: usize, d: usize) -> Bytes {
        Bytes::of::<f64>(n, n) + Bytes::of::<f64>(n, d.saturating_add(1))
    }
}

/// Entries that the block of rows from `start` on has on and below the diagonal's blocks.
fn area(start: usize, n: usize) -> usize {
    let end = n.min(start + BLOCK_ROWS);
    (end - start) * end
}

/// Fills columns 0..`columns` of `panel`, the rows of K from `start` on. `told` hears how many entries are finished, a
/// few hundred at a time: where pairs are dear, that is a second's work.
fn fill(
    pairs: &Pairs,
    left: &Prepared,
    start: usize,
    right: &Prepared,
    columns: usize,
    mut panel: ArrayViewMut2<f64>,
    told: &(dyn Fn(usize) + Sync),
) -> Result<()> {
    let rows = panel.nrows();
    let a = left.unit.directions.slice(s![start..start + rows, ..]);
    for first in (0..columns).step_by(BLOCK_COLUMNS) {
        let last = columns.min(first + BLOCK_COLUMNS);
        let b = right.unit.directions.slice(s![first..last, ..]);
        let mut tile = panel.slice_mut(s![.., first..last]);
        general_mat_mul(1.0, &a, &b.t(), 0.0, &mut tile);
        for (i, mut line) in tile.rows_mut().into_iter().enumerate() {
            let i = start + i;
            for (j, entry) in line.iter_mut().enumerate() {
                let j = first + j;
                let angle = left.unit.angle(i, &right.unit, j, *entry);
                *entry = pairs.value(left, i, right, j, angle)?;
            }
            told(last - first);
        }
    }
    Ok(())
}

/// Copies the lower triangle onto the upper one, panel by panel.
fn mirror(k: &mut Array2<f64>) {
    let n = k.nrows();
    for start in (0..n).step_by(BLOCK_ROWS) {
        let end = n.min(start + BLOCK_ROWS);
        let (above, below) = k.view_mut().split_at(Axis(0), end);
        let mut panel = above.slice_move(s![start.., ..]);
        let below = below.view();
        panel.axis_chunks_iter_mut(Axis(0), 16).into_par_iter().enumerate().for_each(|(chunk, mut lines)| {
            let first = start + 16 * chunk;
            let count = lines.nrows();
            let source = below.slice(s![.., first..first + count]);
            lines.slice_mut(s![.., end..]).assign(&source.t());
        });
    }
}
