//! A spectral measure without eigenvectors.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use serde::{Deserialize, Serialize};

use super::measure::SpectralMeasure;
use super::scaled::Scaled;
use crate::check;
use crate::checksum;
use crate::error::{Error, Result};
use crate::kernel::{Gram, GramOrigin, Kernel, half_entries};
use crate::linalg::Real;
use crate::memory::Bytes;
use crate::precision::Precision;
use crate::progress::{Share, Step};
use crate::reduction::{self, SIDE, Saving, Tiles, reduce};
use crate::session::Session;
use crate::store::Key;

/// Raised when a reduction under way on disk means something else.
const REVISION: u32 = 1;

/// How a spectral measure is computed. `Default`: in double precision, its sums checked, not computed twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reduction {
    /// The arithmetic of the first step, which takes the time and the memory: [`Precision::Single`] takes half of either, and
    /// leaves eigenvalues below about n·2⁻²³·λ_1, and what lies on their eigenvectors, unknown.
    pub precision: Precision,
    /// Whether the same is computed a second time with eigenvectors, by LAPACK, and compared: about ten times the time, and
    /// [`Decomposition::memory`](super::Decomposition::memory).
    pub verify: bool,
}

impl Reduction {
    /// Bytes for the measure of k target columns on n rows: half of K, and n(5b + 3k) numbers or so beside it.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::spectrum::Reduction;
    /// let bytes = Reduction::default().memory(60_000, 21).0;
    /// assert!((14.4e9..15.9e9).contains(&(bytes as f64)));
    /// ```
    pub fn memory(&self, n: usize, k: usize) -> Bytes {
        let own = match self.precision {
            Precision::Double => reduction::memory::<f64>(n, k),
            Precision::Single => reduction::memory::<f32>(n, k),
        };
        if self.verify { own + super::Decomposition::memory(n) + Bytes::of::<f64>(n, n) } else { own }
    }
}

impl Gram {
    /// The eigenvalues of K/n and the coefficients of the targets y (n,k) on its eigenvectors, without the eigenvectors: about
    /// 4/3 n³ operations and [`Reduction::memory`] bytes beside K. Exact to rounding; the sums that it must keep are measured
    /// and returned ([`Evidence`](super::Evidence)).
    ///
    /// # Errors
    /// [`Error::Shape`] where y has not one row for each of K's; [`Error::NotFinite`] for a NaN or infinite target;
    /// [`Error::NotPositiveSemidefinite`] where an eigenvalue is negative beyond n·ε·‖K‖, with ε the precision
    /// K was made in ([`Gram::epsilon`]); [`Error::Parameter`] where K's entries are so small that their last digits
    /// underflow, or where the sums do not fit; [`Error::Memory`] and [`Error::Lapack`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{ndarray::array, prelude::*};
    /// let gram = Gram::from_array(array![[2.0, 0.0], [0.0, 4.0]])?;
    /// let measure = gram.measure(array![[1.0], [3.0]].view())?;
    /// assert_eq!(measure.eigenvalues.to_vec(), [2.0, 1.0]); // of K/n
    /// assert!((measure.energy()[0] - 9.0 / 2.0).abs() < 1e-14); // c_1² = (uᵀy)²/n
    /// # Ok::<(), Error>(())
    /// ```
    pub fn measure(&self, y: ArrayView2<f64>) -> Result<SpectralMeasure> {
        self.measure_in(y, &Reduction::default(), &Session::current())
    }

    /// The same with a say in how, and progress. A checkpoint of the session names a folder: what is left of the matrix is
    /// written there every few minutes, and a later call with the same K and y goes on from it.
    ///
    /// # Errors
    /// Those of [`Gram::measure`]; [`Error::Cancelled`]; [`Error::Format`] for a damaged checkpoint.
    pub fn measure_in(
        &self,
        y: ArrayView2<f64>,
        how: &Reduction,
        session: &Session,
    ) -> Result<SpectralMeasure> {
        let k = self.view();
        let largest = k.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let fill = |rows: Range<usize>, columns: Range<usize>, mut out: ArrayViewMut2<f64>| {
            out.assign(&k.slice(s![rows, columns]));
            Ok(())
        };
        let identity = || match self.origin() {
            // What is not a file or a kernel has no other identity than its numbers.
            GramOrigin::Array | GramOrigin::Function { .. } | GramOrigin::Part { .. } => {
                (self.origin().clone(), Some(checksum::numbers_sha256([k])))
            }
            origin => (origin.clone(), None),
        };
        let matrix =
            Matrix { n: self.n(), epsilon: self.epsilon(), largest, fill: &fill, identity: &identity };
        let mut measure = matrix.measure(y, how, session)?;
        if how.verify {
            measure.evidence.verified = Some(self.verified(&measure)?);
        }
        Ok(measure)
    }

    /// LAPACK's ratios of the same decomposition with eigenvectors, whose eigenvalues must be these.
    fn verified(&self, measure: &SpectralMeasure) -> Result<super::Diagnostics> {
        let other = self.decompose()?;
        let tolerance = 60.0 * self.n() as f64 * measure.epsilon * other.eigenvalues[0].abs();
        for (index, (ours, theirs)) in (1..).zip(measure.eigenvalues.iter().zip(&other.eigenvalues)) {
            let why = format!(
                "λ_{index} is {theirs:e} with eigenvectors, which differs by more than {tolerance:e}"
            );
            check::refuse((ours - theirs).abs() > tolerance, "eigenvalue", ours, &why)?;
        }
        Ok(other.diagnostics)
    }
}

impl Kernel {
    /// The eigenvalues of K/n, K = K(x, x), and the coefficients of the targets y (n,k): [`Gram::measure`] without ever holding
    /// K (n,n), of which half is computed in place.
    ///
    /// # Errors
    /// Those of [`Kernel::gram`] and [`Gram::measure`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{ndarray::array, prelude::*};
    /// let x = array![[3.0, 4.0], [0.0, 1.0], [1.0, 0.0]];
    /// let y = array![[1.0], [2.0], [3.0]];
    /// let measure = Kernel::default().measure(x.view(), y.view())?;
    /// let same = Kernel::default().gram(x.view())?.measure(y.view())?;
    /// assert_eq!(measure.eigenvalues, same.eigenvalues);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn measure(&self, x: ArrayView2<f64>, y: ArrayView2<f64>) -> Result<SpectralMeasure> {
        self.measure_in(x, y, &Reduction::default(), &Session::current())
    }

    /// The same with a say in how, and progress and checkpoints as [`Gram::measure_in`].
    ///
    /// # Errors
    /// Those of [`Kernel::measure`]; [`Error::Cancelled`]; [`Error::Format`] for a damaged checkpoint.
    pub fn measure_in(
        &self,
        x: ArrayView2<f64>,
        y: ArrayView2<f64>,
        how: &Reduction,
        session: &Session,
    ) -> Result<SpectralMeasure> {
        if how.verify {
            return self.gram_in(x, session)?.measure_in(y, how, session);
        }
        let (n, d) = x.dim();
        let needed = how.memory(n, y.ncols()) + self.rows_memory(n, d);
        needed.require(&format!("the kernel of {n} rows and its decomposition"))?;
        let blocks = self.gram_blocks(x, session)?;
        let told = |done| session.step(Step::Gram { done });
        let share = Share::new(half_entries(n, SIDE), &told);
        let fill = |rows: Range<usize>, columns: Range<usize>, out: ArrayViewMut2<f64>| {
            blocks.fill(rows, columns, out, &|entries| share.add(entries))
        };
        // |K_ij| ≤ max K_ii.
        let mut largest = 0.0_f64;
        for start in (0..n).step_by(16) {
            let end = n.min(start + 16);
            let mut block = Array2::zeros((end - start, end - start));
            blocks.fill(start..end, start..end, block.view_mut(), &|_| ())?;
            largest = block.diag().iter().fold(largest, |most, value| most.max(value.abs()));
        }
        let identity = || (blocks.origin(checksum::numbers_sha256([x])), None);
        Matrix { n, epsilon: blocks.epsilon(), largest, fill: &fill, identity: &identity }
            .measure(y, how, session)
    }
}

/// Writes K of some rows and columns.
type Fill<'a> = dyn Fn(Range<usize>, Range<usize>, ArrayViewMut2<f64>) -> Result<()> + Sync + 'a;

/// K (n,n), given by its blocks.
struct Matrix<'a> {
    n: usize,
    /// The precision K was made in.
    epsilon: f64,
    largest: f64,
    fill: &'a Fill<'a>,
    identity: &'a dyn Fn() -> (GramOrigin, Option<String>),
}

impl Matrix<'_> {
    fn measure(&self, y: ArrayView2<f64>, how: &Reduction, session: &Session) -> Result<SpectralMeasure> {
        let n = self.n;
        if y.nrows() != n || y.ncols() == 0 {
            let what = "targets y of the spectral measure";
            return Err(Error::shape(what, format!("({n}, k), k ≥ 1"), format!("{:?}", y.dim())));
        }
        check::finite_array("target y", y)?;
        how.memory(n, y.ncols()).require(&format!("the decomposition of a Gram matrix of {n} rows"))?;
        match how.precision {
            Precision::Double => self.reduced::<f64>(y, how, session),
            Precision::Single => self.reduced::<f32>(y, how, session),
        }
    }

    fn reduced<T: Real>(
        &self,
        y: ArrayView2<f64>,
        how: &Reduction,
        session: &Session,
    ) -> Result<SpectralMeasure> {
        let n = self.n;
        let scaled = Scaled::of(self.largest, y);
        let make = || {
            Tiles::<T>::fill(n, SIDE, |rows, columns, mut tile| {
                let mut block = Array2::zeros(tile.raw_dim());
                (self.fill)(rows, columns, block.view_mut())?;
                tile.zip_mut_with(&block, |own, value| *own = T::of(scaled.entry(*value)));
                Ok(())
            })
        };
        let saving = session.checkpoint_file().map(|folder| {
            let parameters = ((self.identity)(), checksum::numbers_sha256([y]), how.precision);
            Saving::new(folder, Key::new("reduction", REVISION, &parameters)?, session.checkpoint_pause())
        });
        let reduced = reduce::<T>(make, scaled.targets(y), saving.transpose()?.as_ref(), session)?;
        scaled.measure(reduced, T::EPSILON, self.epsilon)
    }
}
