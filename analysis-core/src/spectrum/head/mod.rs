//! The first eigenvalues of K/n and the targets' tails, without K: for n where n² numbers do not fit.
//!
//! References: Musco and Musco 2015 (arXiv 1504.05477), block Krylov iteration from random vectors; Golub and Underwood 1977,
//! block Lanczos; Haynsworth 1968, the inertia of a matrix in blocks, on which the bounds rest; Halko, Martinsson and Tropp 2011
//! (arXiv 0909.4061), norms from random vectors.

mod basis;
mod operator;
mod probes;
mod result;
mod ritz;
mod run;
mod tails;
#[cfg(test)]
mod tests;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::linalg::OneThread;
use crate::memory::Bytes;
use crate::seed::Seed;
use crate::session::Session;
use crate::store::Key;
use crate::{check, checksum};

pub use result::{SpectrumHeadResult, TargetHead};

/// Raised when the numbers change for the same parameters: older checkpoints are then another computation's.
const REVISION: u32 = 1;

/// The first p eigenvalues of K/n, the energies of k targets on their eigenvectors and the tails Σ_{l≥i} c_l², i ≤ p + 1, by a
/// block Krylov method, with bounds on each.
///
/// A pass over K computes every pair of rows once, applies its tiles to a block of vectors and forgets them. The first block
/// holds the targets and random vectors; each further block is what the pass led to, made orthogonal to all before it. Memory is
/// [`SpectrumHead::memory`], 8 n (passes + 7)·block bytes, nothing of size n². A pass takes as long as the kernel of n²/2 pairs, and
/// 8n²·block multiplications and additions beside it.
///
/// # The bounds
/// θ_i ≤ λ_i always (but for rounding). From above, the eigenvalues are bounded by the residuals and by a bound on
/// ‖K/n‖ outside the basis ([`SpectrumHeadResult::outside`]), which random vectors give that are no part of the basis: so no
/// eigenvalue above it is missed, but for a chance of 1e-12 a pass. An eigenvalue with more eigenvectors than the block has
/// vectors shows there too. The tails' bounds follow from the same. Errors of eigenvalues and tails are of the second order in the
/// residuals. Everything the passes compute has the same bytes for any number of threads.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::spectrum::SpectrumHead;
/// let data = SphereQuadratic { n: 400, d: 3, ..Default::default() }.run()?;
/// let head = SpectrumHead { components: 20, block: 16, ..Default::default() };
/// let result = head.run(data.x.view(), data.y.view())?;
/// let whole = Kernel::default().gram(data.x.view())?.measure(data.y.view())?;
/// for i in 0..20 {
///     assert!((result.eigenvalue_lower[i]..=result.eigenvalue_upper[i]).contains(&whole.eigenvalues[i]));
///     let target = &result.targets[0];
///     assert!((target.tail_lower[i]..=target.tail_upper[i]).contains(&whole.tail()[i]));
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpectrumHead {
    /// The kernel.
    pub kernel: Kernel,
    /// p, how many eigenvalues.
    pub components: usize,
    /// Vectors that go through a pass together, at least twice as many as there are targets (as many random vectors for the
    /// bounds go with them). A wide block needs fewer passes, and memory for every vector.
    pub block: usize,
    /// Passes over K at most.
    pub passes: usize,
    /// Stop as soon as all p + 1 tails are known to this part of themselves (half the distance of the bounds).
    pub tolerance: f64,
    /// Seed of the random vectors.
    pub seed: Seed,
}

impl Default for SpectrumHead {
    fn default() -> Self {
        let kernel = Kernel::default();
        SpectrumHead { kernel, components: 500, block: 256, passes: 12, tolerance: 0.01, seed: Seed(0) }
    }
}

impl SpectrumHead {
    /// Refuses what has no meaning.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no components, passes or vectors in a block, for more components than passes·block, and for a
    /// tolerance that is not positive and finite; those of [`Kernel::check`].
    pub fn check(&self) -> Result<()> {
        self.kernel.check()?;
        check::at_least_one("components", self.components)?;
        check::at_least_one("block", self.block)?;
        check::at_least_one("passes", self.passes)?;
        check::positive("tolerance", self.tolerance)?;
        let most = self.passes.saturating_mul(self.block);
        let why =
            format!("{} passes with blocks of {} find at most {most} eigenvalues", self.passes, self.block);
        check::that(self.components <= most, "components", self.components, why)
    }

    /// Bytes that a run with n rows of d columns needs if it makes all its passes, x not included.
    pub fn memory(&self, n: usize, d: usize) -> Bytes {
        let basis = n.min(self.passes.saturating_mul(self.block));
        let block = n.min(self.block);
        let small = Bytes::of::<f64>(basis, basis) * 4;
        Bytes::of::<f64>(n, basis)
            + Bytes::of::<f64>(n, block) * 7
            + Bytes::of::<f64>(n, d.saturating_add(1))
            + small
    }

    /// The head for rows x (n,d) and targets y (n,k).
    ///
    /// # Errors
    /// As [`SpectrumHead::check`] and [`Kernel::gram`]; [`Error::Shape`] where y has not one row for each of x;
    /// [`Error::NotFinite`] for a NaN or infinite target; [`Error::Parameter`] for a block with fewer than two vectors a
    /// target; [`Error::Memory`] where [`SpectrumHead::memory`] bytes are not available.
    pub fn run(&self, x: ArrayView2<f64>, y: ArrayView2<f64>) -> Result<SpectrumHeadResult> {
        self.run_in(x, y, &Session::current())
    }

    /// The same in a session of one's own. Its observer is told of [`Step::Passes`](crate::progress::Step::Passes), and what is
    /// known after every pass. With a checkpoint FILE, what each pass computed is kept as FILE.pass-1, FILE.pass-2, …
    /// (16·n·block bytes each, removed at the end), and a run that was stopped goes on after the last one, to the same bytes.
    ///
    /// # Errors
    /// As [`SpectrumHead::run`]; those of a checkpoint; [`Error::Cancelled`].
    pub fn run_in(
        &self,
        x: ArrayView2<f64>,
        y: ArrayView2<f64>,
        session: &Session,
    ) -> Result<SpectrumHeadResult> {
        self.check()?;
        session.refuse_shard("the head of a spectrum")?;
        let (n, d) = x.dim();
        self.check_targets(n, y)?;
        self.memory(n, d).require(&format!("the head of the spectrum of {n} rows"))?;
        let tiles = self.kernel.gram_blocks(x, session)?;
        let contents = checksum::numbers_sha256([x, y]);
        let key = Key::new("spectrum-head", REVISION, &(&self.kernel, self.block, self.seed, &contents))?;
        // The last bits of what OpenBLAS computes depend on its threads.
        let _one_thread = OneThread::new();
        let result = run::run(self, &tiles, y, &key, session)?;
        Ok(SpectrumHeadResult { data_sha256: contents, ..result })
    }

    fn check_targets(&self, n: usize, y: ArrayView2<f64>) -> Result<()> {
        if y.nrows() != n || y.ncols() == 0 {
            let what = "targets y of the head of a spectrum";
            return Err(Error::shape(what, format!("({n}, k), k ≥ 1"), format!("{:?}", y.dim())));
        }
        check::finite_array("target y", y)?;
        let why = format!("must be at least twice the number of targets, {}", y.ncols());
        check::that(self.block >= 2 * y.ncols(), "block", self.block, why)
    }
}
