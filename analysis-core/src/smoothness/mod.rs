//! Table 1 of paper 1: how fast a target's energy decays along the eigenvectors of an NTK Gram matrix.
//!
//! With K/n = UΛUᵀ and c = φᵀY/n, a target of smoothness s under eigenvalues λ_i ~ i^{−β} has
//! Σ_{k≥i} c_k² ~ i^{−sβ}. The estimator fits a line to ln Σ_{k≥i} c_k² against ln i over a [`Window`] and reports
//! - `r = −slope`, which the paper prints as the smoothness (it takes β ≈ 1),
//! - `β = −eigenvalue_slope`, from the same fit to λ_i,
//! - `s = r/β`.
//!
//! **Read with care.** The tail sum is cut off at i = n, so even a target without structure has a slope; the
//! [`NullBand`] beside every estimate says how large it is in the same window. A target's energy beyond i = n leaks into every
//! c_k², and noise lies evenly on all of them: over the first sixth of the indices a power law i^{−r} without noise reads about
//! r + 0.05, and one with 30 % noise between 0.1 and 0.2 whatever r is
//! ([`PlantedDecay`](crate::experiment::PlantedDecay)). So that r is a descriptive exponent, not by itself a source condition;
//! [`SmoothnessResult::recommended`] corrects for both and has an interval ([`Estimator`] says how). And
//! an initial function on the same rows has one too ([`InitialFunction`](crate::experiment::InitialFunction)).

mod curves;
mod estimate;
mod fit;
mod input;
mod parameters;
mod result;
mod sure;

use ndarray::{Array2, ArrayView2};

use crate::check;
use crate::checksum;
use crate::data::{Dataset, DatasetOrigin};
use crate::error::{Error, Result};
#[cfg(doc)]
use crate::kernel::Kernel;
use crate::kernel::{Gram, GramOrigin};
use crate::memory::Bytes;
#[cfg(doc)]
use crate::progress::Step;
use crate::progress::warn;
use crate::regression::permuted_targets;
#[cfg(doc)]
use crate::regression::{NullBand, Window};
use crate::session::Session;
use crate::spectrum::{SpectralMeasure, tail_sums};
use crate::store::{Kept, Key};

pub use curves::{CurvesOrigin, DecayCurves};
pub use estimate::{
    AllowedNoise, Estimate, Estimator, Interval, LeaveOneOut, LeaveOneOutCurve, LeaveOneOutPoint,
    SoftTailPoint,
};
pub(crate) use estimate::{estimates_of, estimates_of_energies};
pub use input::SmoothnessInput;
pub use parameters::Smoothness;
use result::MOST_STORED;
pub use result::{CurvesDifference, SmoothnessResult};

/// Raised when the numbers of [`DecayCurves`] change for the same parameters.
const REVISION: u32 = 5;

impl Smoothness {
    /// Kernel matrix, decomposition and fits: of a data set; of a data set whose Gram matrix is known already
    /// ([`SmoothnessInput::Known`], where `gram` must be what [`Kernel::gram`] of these parameters' kernel gave for x, or that of a
    /// [`WideNetwork`](crate::kernel::WideNetwork), a sum or product of kernels, or a function on the same x); or of a Gram matrix
    /// K (n,n) of any origin with its targets y (n,k). The kernel among the parameters is not used where K is not its own.
    ///
    /// The session's store is asked for the curves of a data set, and keeps them. Their key is the kernel, the permutations and
    /// the numbers in x and y themselves; the window is no part of it: another window is a refit. An activation of the user's
    /// own is computed every time, for its name says nothing of what the function does now. So are curves of more than two
    /// million numbers (permutations × n), which would make the store large; [`SmoothnessResult::warnings`] says so.
    ///
    /// # Errors
    /// As [`Smoothness::check`], [`Kernel::gram`], [`Gram::measure`](crate::kernel::Gram::measure) and [`DecayCurves::fit`]; [`Error::Parameter`]
    /// for a constant target, whose permutations are itself, and for a known Gram matrix of another kernel or of other rows;
    /// [`Error::Shape`] where y has not one row for each of K's.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::{Array1, Array2};
    /// let x = Array2::from_shape_fn((60, 3), |(i, j)| ((i * (j + 2) + 1) as f64).sin());
    /// let y = Array2::from_shape_fn((60, 1), |(i, _)| (i as f64).cos());
    /// let data = Dataset::from_arrays(x, y)?;
    /// let smoothness = Smoothness { window: "1..=20".parse()?, ..Default::default() };
    /// let result = smoothness.run(&data)?;
    /// println!("r = {:.2}, beta = {:.2}, s = {:.2}", result.r(), result.beta(), result.s());
    ///
    /// let gram = smoothness.kernel.gram(data.x.view())?;
    /// assert_eq!(smoothness.run((&data, &gram))?, result);
    ///
    /// let k = Array2::from_diag(&Array1::from_shape_fn(50, |i| (i as f64 + 1.0).powf(-1.5)));
    /// let y = Array2::from_shape_fn((50, 1), |(i, _)| (i as f64 + 1.0).powf(-1.0));
    /// let result = smoothness.run((&Gram::from_array(k)?, y.view()))?;
    /// assert!((result.beta() - 1.5).abs() < 1e-12);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run<'a>(&self, input: impl Into<SmoothnessInput<'a>>) -> Result<SmoothnessResult> {
        self.run_in(input, &Session::current())
    }

    /// As [`Smoothness::run`], in a session of one's own. Its observer is told of the steps of [`Kernel::gram`], then of
    /// [`Step::Reduction`]; curves that the store has take no step. A checkpoint of the session names a folder, see
    /// [`Gram::measure_in`].
    ///
    /// # Errors
    /// As [`Smoothness::run`].
    pub fn run_in<'a>(
        &self,
        input: impl Into<SmoothnessInput<'a>>,
        session: &Session,
    ) -> Result<SmoothnessResult> {
        session.refuse_shard("a smoothness")?;
        match input.into() {
            SmoothnessInput::Data(data) => self.stored_of(data, session, || {
                self.curves(data.y.view(), CurvesOrigin::Data(data.origin.clone()), |y| {
                    self.kernel.measure_in(data.x.view(), y, &self.reduction, session)
                })
            }),
            SmoothnessInput::Known { data, gram } => {
                let (n, d) = data.x.dim();
                let rows = checksum::numbers_sha256([data.x.view()]);
                if gram.origin().is_of_rows(&rows) {
                    let known = Some(Box::new(data.origin.clone()));
                    return self.of_gram(gram, data.y.view(), known, session);
                }
                let x_sha256 = Some(rows);
                if *gram.origin() != (GramOrigin::Kernel { kernel: self.kernel.clone(), n, d, x_sha256 }) {
                    let requirement = "must be the Gram matrix of these parameters' kernel, of a network, or of a kernel of one's own on \
                                       these very rows x; one of another origin goes with its targets, without the data set";
                    return Err(Error::parameter("gram", format!("{:?}", gram.origin()), requirement));
                }
                self.stored_of(data, session, || {
                    self.curves(data.y.view(), CurvesOrigin::Data(data.origin.clone()), |y| {
                        gram.measure_in(y, &self.reduction, session)
                    })
                })
            }
            SmoothnessInput::Gram { gram, y } => self.of_gram(gram, y, None, session),
        }
    }

    /// Of a Gram matrix as it is: the kernel among the parameters is not used, and the store not asked.
    fn of_gram(
        &self,
        gram: &Gram,
        y: ArrayView2<f64>,
        data: Option<Box<DatasetOrigin>>,
        session: &Session,
    ) -> Result<SmoothnessResult> {
        fits(gram, y)?;
        self.refuse_early(y)?;
        let targets_sha256 = checksum::numbers_sha256([y]);
        let origin = CurvesOrigin::Gram { gram: gram.origin().clone(), targets_sha256, data };
        self.curves(y, origin, |y| gram.measure_in(y, &self.reduction, session))?.fit(self)
    }

    /// As [`Smoothness::stored`], of a data set that is here as a whole.
    fn stored_of(
        &self,
        data: &Dataset,
        session: &Session,
        compute: impl Fn() -> Result<DecayCurves>,
    ) -> Result<SmoothnessResult> {
        let contents = || Ok(checksum::numbers_sha256([data.x.view(), data.y.view()]));
        self.stored((data.y.view(), &data.origin), contents, session, compute)
    }

    /// The fits of the curves in the store, or of those that `compute` gives. `contents` is the checksum of the numbers in x and y.
    pub(crate) fn stored(
        &self,
        (y, origin): (ArrayView2<f64>, &DatasetOrigin),
        contents: impl FnOnce() -> Result<String>,
        session: &Session,
        compute: impl Fn() -> Result<DecayCurves>,
    ) -> Result<SmoothnessResult> {
        self.refuse_early(y)?;
        if session.results().folder().is_none() {
            return compute()?.fit(self);
        }
        let numbers = self.permutations.saturating_mul(y.nrows());
        if numbers > MOST_STORED {
            warn(&format!(
                "these curves are not kept for next time: {numbers} numbers, more than {MOST_STORED}"
            ));
            return compute()?.fit(self);
        }
        let parameters = (&self.kernel, self.permutations, self.seed, self.reduction, origin, contents()?);
        let key = Key::new("decay-curves", REVISION, &parameters)?;
        let Kept { value: curves, origin: computed_by, .. } = session.keep(&key, &compute)?;
        // A file that somebody edited is not believed.
        let whole = curves.check().is_ok()
            && (curves.tail.len(), curves.null_tails.len()) == (y.nrows(), self.permutations);
        if !whole {
            return compute()?.fit(self);
        }
        let mut result = curves.fit(self)?;
        result.computed_by.insert(computed_by);
        Ok(result)
    }

    /// A window that cannot fit, and more permutations of y (n,k) than there is room for, are refused before minutes are spent
    /// on the matrix.
    pub(crate) fn refuse_early(&self, y: ArrayView2<f64>) -> Result<()> {
        self.check()?;
        let n = y.nrows();
        // The permuted targets, and as many coefficients.
        let columns = Bytes::of::<f64>(n, y.ncols()) * self.permutations.saturating_add(1);
        (columns * 2).require(&format!("{} permutations of the target", self.permutations))?;
        self.window.resolve(n)?.indices(self.spacing)?;
        self.eigenvalue_window.unwrap_or(self.window).resolve(n)?.indices(self.spacing)?;
        Ok(())
    }

    /// The curves of y (n,k) and its permutations, all of which `measure` decomposes at once.
    fn curves(
        &self,
        y: ArrayView2<f64>,
        origin: CurvesOrigin,
        measure: impl FnOnce(ArrayView2<f64>) -> Result<SpectralMeasure>,
    ) -> Result<DecayCurves> {
        let measure = measure(self.stacked(y)?.view())?;
        self.curves_of(measure, y.ncols(), origin)
    }

    /// y (n,k) and its permutations side by side.
    pub(crate) fn stacked(&self, y: ArrayView2<f64>) -> Result<Array2<f64>> {
        refuse_constant(y)?;
        permuted_targets(y, self.permutations, self.seed)
    }

    /// The curves in the measure of k stacked targets and their permutations.
    pub(crate) fn curves_of(
        &self,
        measure: SpectralMeasure,
        k: usize,
        origin: CurvesOrigin,
    ) -> Result<DecayCurves> {
        let energy = measure.energy().sum();
        // The tail is believed down to n·ε of the whole: its squares must keep their digits as far as that.
        let why = "Σ c² over- or underflows, or its small parts do, so their logarithm means nothing: rescale the \
                       target";
        check::refuse(!(1e-280..=1e280).contains(&energy), "target", format!("Σ c² = {energy:e}"), why)?;
        let tail_of = |copy: usize| tail_sums(&measure.energy_of(copy * k, k)).to_vec();
        let tail = tail_of(0);
        let null_tails = (1..=self.permutations).map(tail_of).collect();
        let SpectralMeasure { eigenvalues, eigenspaces, evidence, epsilon, .. } = measure;
        let eigenvalues = eigenvalues.to_vec();
        Ok(DecayCurves { eigenvalues, tail, columns: k, null_tails, eigenspaces, epsilon, evidence, origin })
    }
}

/// A row of y for each row of K.
pub(crate) fn fits(gram: &Gram, y: ArrayView2<f64>) -> Result<()> {
    if y.nrows() == gram.n() && y.ncols() > 0 {
        return Ok(());
    }
    Err(Error::shape(
        "targets y of a Gram matrix K (n,n)",
        format!("({}, k), k ≥ 1", gram.n()),
        format!("{:?}", y.dim()),
    ))
}

fn refuse_constant(y: ArrayView2<f64>) -> Result<()> {
    // What differs by the rounding of the values themselves is constant.
    let rounding = y.nrows() as f64 * f64::EPSILON;
    if y.columns().into_iter().all(|column| {
        column.iter().all(|v| *v == column[0] || (v - column[0]).abs() <= rounding * column[0].abs())
    }) {
        let value = y.first().copied().unwrap_or(f64::NAN);
        let why = "the target is constant over these rows, to rounding: it has no smoothness to measure (every permutation of \
                   it is itself); choose other rows, labels or another target column";
        return Err(Error::parameter("target", value, why));
    }
    Ok(())
}
