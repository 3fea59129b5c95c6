//! The engine as a training has it: checked, in either precision.

use ndarray::{ArrayView1, ArrayView2, Axis};

use super::instructions::{Compiled, InstructionSet};
use super::units::{Arrays, FusedParameters, Trained, Units};
use crate::check;
use crate::error::{Error, Result};
use crate::network::Precision;

/// One copy of a network with one hidden ReLU layer, in training: its parameters and its outputs on training and test
/// points.
///
/// The caller makes the forces: for the loss Σ_i (f(x_i) − y_i)²/(2n) and learning rate η they are η(f(x_i) − y_i)/n. A
/// mirrored network (√2/2)(f⁽¹⁾ − f⁽²⁾) is two engines from equal parameters, one with √2/2 times these forces, one with
/// their negatives; before the first step the two outputs are equal to the bit.
///
/// Nothing stops at a value that is not finite: a diverging network's outputs become infinite or NaN and stay so.
///
/// # Examples
/// ```
/// use analysis_core::ndarray::array;
/// use analysis_core::network::{FusedEngine, Precision};
/// let (w, a) = (array![[1.0, 0.0], [0.0, 1.0]], array![1.0, -1.0]);
/// let (x, z) = (array![[2.0, 1.0]], array![[0.0, 3.0]]);
/// let mut engine = FusedEngine::new(Precision::Double, w.view(), None, a.view(), x.view(), z.view(), 1)?;
/// assert_eq!(engine.train_outputs(), [1.0]); // √(2/2) (1·2 − 1·1)
/// assert_eq!(engine.test_outputs(), [-3.0]);
/// engine.descend(&[0.5])?;
/// assert_eq!(engine.parameters().a, array![0.0, -1.5]); // a −= 0.5 (2, 1)
/// assert_eq!(engine.parameters().w, array![[0.0, -0.5], [1.0, 1.5]]); // w −= 0.5 (1, −1) xᵀ
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub struct FusedEngine {
    precision: Precision,
    units: Box<dyn Trained + Send + Sync>,
}

impl std::fmt::Debug for FusedEngine {
    /// Sizes and precision, not a million numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (precision, m) = (self.precision, self.units.width());
        let [n, n_test] = [self.train_outputs(), self.test_outputs()].map(<[f64]>::len);
        write!(f, "FusedEngine {{ precision: {precision}, m: {m}, n: {n}, n_test: {n_test} }}")
    }
}

impl FusedEngine {
    /// An engine at the given parameters: `w` (m,d), `b` (m) or none, `a` (m), training points `x` (n,d), test points `z`
    /// (n_test,d), of which there may be none. Works with `threads` threads of rayon's pool at most, and with one where
    /// an epoch is too short for more; the result has the same bytes for any number.
    ///
    /// # Errors
    /// [`Error::Shape`] where the arrays do not fit or have no unit, point or column; [`Error::Parameter`] for no thread;
    /// [`Error::NotFinite`] for a value that is NaN, or infinite in this precision; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::ndarray::{Array1, Array2, array};
    /// use analysis_core::network::{FusedEngine, Precision};
    /// let (w, a, x) = (Array2::ones((5, 3)), Array1::ones(5), array![[1.0, f64::NAN, 0.0]]);
    /// let none = Array2::zeros((0, 3));
    /// let refused = FusedEngine::new(Precision::Single, w.view(), None, a.view(), x.view(), none.view(), 1);
    /// assert!(refused.is_err());
    /// ```
    pub fn new(
        precision: Precision,
        w: ArrayView2<f64>,
        b: Option<ArrayView1<f64>>,
        a: ArrayView1<f64>,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
        threads: usize,
    ) -> Result<Self> {
        Self::with_instructions(InstructionSet::available()[0], precision, Arrays { w, b, a, x, z }, threads)
    }

    /// As [`FusedEngine::new`], with the tests' choice of instructions.
    pub(super) fn with_instructions(
        set: InstructionSet,
        precision: Precision,
        arrays: Arrays,
        threads: usize,
    ) -> Result<Self> {
        check_shapes(arrays)?;
        check::at_least_one("threads", threads)?;
        let units = match precision {
            Precision::Single => units::<f32>(set, precision, arrays, threads),
            Precision::Double => units::<f64>(set, precision, arrays, threads),
        };
        Ok(FusedEngine { precision, units: units? })
    }

    /// f at the training points, (n), with the present parameters.
    ///
    /// # Examples
    /// See [`FusedEngine`].
    pub fn train_outputs(&self) -> &[f64] {
        self.units.train_outputs()
    }

    /// f at the test points, (n_test), with the present parameters.
    ///
    /// # Examples
    /// See [`FusedEngine`].
    pub fn test_outputs(&self) -> &[f64] {
        self.units.test_outputs()
    }

    /// The step p −= Σ_i force_i ∂f(x_i)/∂p of every parameter at once, `force` (n); then the outputs at the new ones.
    ///
    /// Where every force is zero the parameters keep their bits (but a weight of −0.0 may become 0.0).
    ///
    /// # Errors
    /// [`Error::Shape`] if `force` is not of length n.
    ///
    /// # Examples
    /// See [`FusedEngine`].
    pub fn descend(&mut self, force: &[f64]) -> Result<()> {
        let n = self.train_outputs().len();
        if force.len() != n {
            let (expected, found) = (format!("({n})"), format!("({})", force.len()));
            return Err(Error::shape("one force for every training point", expected, found));
        }
        self.step(force);
        Ok(())
    }

    /// [`FusedEngine::descend`] for callers that made `force` from [`FusedEngine::train_outputs`].
    pub(crate) fn step(&mut self, force: &[f64]) {
        debug_assert_eq!(force.len(), self.train_outputs().len());
        self.units.step(force);
    }

    /// The present parameters.
    ///
    /// # Examples
    /// See [`FusedEngine`].
    pub fn parameters(&self) -> FusedParameters {
        self.units.parameters()
    }
}

fn check_shapes(Arrays { w, b, a, x, z }: Arrays) -> Result<()> {
    let (m, d) = w.dim();
    let units = b.map_or(m, |b| b.len());
    for (fits, what, expected, found) in [
        (m > 0 && d > 0, "the first layer's weights w", "at least one unit and one column".into(), w.shape()),
        (a.len() == m, "the output weights a, one for each unit", format!("[{m}]"), a.shape()),
        (units == m, "the biases b, one for each unit", format!("[{m}]"), &[units]),
        (
            x.nrows() > 0 && x.ncols() == d,
            "the training points x",
            format!("[n, {d}], n at least 1"),
            x.shape(),
        ),
        (z.nrows() == 0 || z.ncols() == d, "the test points z", format!("[n_test, {d}]"), z.shape()),
    ] {
        if !fits {
            return Err(Error::shape(what, expected, format!("{found:?}")));
        }
    }
    Ok(())
}

/// The units in one precision, where every value is finite in it.
fn units<T: Compiled>(
    set: InstructionSet,
    precision: Precision,
    arrays: Arrays,
    threads: usize,
) -> Result<Box<dyn Trained + Send + Sync>> {
    let Arrays { w, b, a, x, z } = arrays;
    // 1e39 is infinite in `f32`.
    let finite = |what: &str, values: ArrayView2<f64>| {
        let mut used = values.indexed_iter().map(|(place, value)| (place, T::from_f64(*value).to_f64()));
        let Some(((row, column), value)) = used.find(|(_, used)| !used.is_finite()) else { return Ok(()) };
        Err(Error::NotFinite { what: format!("{what} (in {precision} precision)"), row, column, value })
    };
    finite("the first layer's weights w", w)?;
    finite("the output weights a", a.insert_axis(Axis(0)))?;
    finite("the training points x", x)?;
    finite("the test points z", z)?;
    b.map_or(Ok(()), |b| finite("the biases b", b.insert_axis(Axis(0))))?;
    let ((m, d), n, n_test) = (w.dim(), x.nrows(), z.nrows());
    Units::<T>::bytes(m, d + usize::from(b.is_some()), n, n_test)
        .require(&format!("training {m} units on {n} points and {n_test} test points"))?;
    Ok(Box::new(Units::<T>::new(set, arrays, threads)))
}
