//! Gram and cross-Gram matrices whole.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, Axis, s};

use super::blocks::{self, BLOCK_ROWS, half_entries};
use super::gram::Gram;
use super::images::{self, ImageKernel, ImageRows};
use super::pairs::{Pairs, Prepared};
use super::recursion::Recursion;
use super::{GramBlocks, Kernel};
use crate::checksum;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::progress::{Share, Step};
use crate::session::Session;

impl Kernel {
    /// K(x, x), shape (n, n), for rows x of shape (n, d); never divided by n.
    ///
    /// The rows are normalised and multiplied in fixed blocks by one thread each (no BLAS), so the result has the same
    /// bytes for any number of threads, an entry is the same in a block as in the whole, and duplicates, also up to a
    /// power of two, agree to the bit. Close and opposite pairs are measured by their distance: |K| errors stay at a few
    /// ε of the diagonal. Exactly symmetric.
    ///
    /// Cost: closed forms and smooth activations at moderate norms need a microsecond a pair at most (n = 3000, d = 784:
    /// some tenths of a second on two cores, for ReLU and for tanh). A smooth activation needs a series for every
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
    /// A convolutional kernel evaluates its layers [`Convolution::evaluations`](super::Convolution::evaluations) times a pair, some 4 to
    /// 8 ns each on one core: 3000 images of 28 × 28 pixels under five layers, flattened, take about a minute on two cores, 100 of them
    /// under global average pooling about ten. Equal images agree to the bit there; entries are right to 1e-13 of the diagonal a layer.
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
        self.check()?;
        let (n, d) = x.dim();
        self.gram_memory(n, d).require(&format!("the Gram matrix of {n} rows"))?;
        // The checksum is a chain of its own, as long as some of the blocks.
        let (x_sha256, filled) = rayon::join(
            || checksum::numbers_sha256([x]),
            || {
                let blocks = self.gram_blocks(x, session)?;
                whole(&blocks, session).map(|k| (k, blocks))
            },
        );
        let (k, blocks) = filled?;
        Ok(Gram::trusted(k, blocks.epsilon(), blocks.origin(x_sha256)))
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
        let ((n, d), (m, e)) = (x.dim(), z.dim());
        if d != e {
            return Err(Error::shape("columns of x and z", d, e));
        }
        if let Some(convolution) = self.convolution {
            self.check()?;
            (Bytes::of::<f64>(n, m) + self.rows_memory(n, d) + self.rows_memory(m, d))
                .require(&format!("the cross-Gram matrix of {n} by {m} images"))?;
            let kernel = ImageKernel::new(self, convolution)?;
            let (left, right) = (ImageRows::new(&kernel, x, "x")?, ImageRows::new(&kernel, z, "z")?);
            let mut k = Array2::zeros((n, m));
            k.axis_chunks_iter_mut(Axis(0), images::ROWS).into_par_iter().enumerate().try_for_each(
                |(block, panel)| {
                    let start = block * images::ROWS;
                    let rows = start..start + panel.nrows();
                    kernel.fill((&left, rows), (&right, 0..m), panel, &|_| ())
                },
            )?;
            return Ok(k);
        }
        let recursion = Recursion::new(self)?;
        let needed = Bytes::of::<f64>(n, m) + Bytes::of::<f64>(n, d + 1) + Bytes::of::<f64>(m, d + 1);
        needed.require(&format!("the cross-Gram matrix of {n} by {m} rows"))?;
        let mut left = Prepared::new(x, &recursion, "x")?;
        let mut right = Prepared::new(z, &recursion, "z")?;
        let pairs = Pairs::new(recursion, &mut [&mut left, &mut right], &Session::default())?;
        let mut k = Array2::zeros((n, m));
        k.axis_chunks_iter_mut(Axis(0), BLOCK_ROWS).into_par_iter().enumerate().try_for_each(
            |(block, panel)| {
                let start = block * BLOCK_ROWS;
                let rows = start..start + panel.nrows();
                blocks::fill(&pairs, (&left, rows), (&right, 0..m), panel, &|_| ())
            },
        )?;
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
        Bytes::of::<f64>(n, n) + self.rows_memory(n, d)
    }

    /// Bytes that are kept of n rows of d columns until the last entry.
    pub(crate) fn rows_memory(&self, n: usize, d: usize) -> Bytes {
        match self.convolution {
            Some(convolution) => images::memory(convolution, self.hidden_layers, n),
            None => Bytes::of::<f64>(n, d.saturating_add(1)),
        }
    }
}

/// All blocks, those above the diagonal as mirror images.
fn whole(blocks: &GramBlocks, session: &Session) -> Result<Array2<f64>> {
    let (n, side) = (blocks.n(), blocks.side());
    let mut k = Array2::zeros((n, n));
    let told = |done| session.step(Step::Gram { done });
    let share = Share::new(half_entries(n, side), &told);
    k.axis_chunks_iter_mut(Axis(0), side).into_par_iter().enumerate().try_for_each(
        |(block, mut panel)| {
            let start = block * side;
            let end = start + panel.nrows();
            blocks.fill(start..end, 0..end, panel.slice_mut(s![.., ..end]), &|entries| share.add(entries))
        },
    )?;
    mirror(&mut k, side);
    Ok(k)
}

/// Copies the lower triangle onto the upper one, panel by panel.
pub(super) fn mirror(k: &mut Array2<f64>, side: usize) {
    let n = k.nrows();
    for start in (0..n).step_by(side) {
        let end = n.min(start + side);
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
