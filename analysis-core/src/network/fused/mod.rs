//! Full-batch gradient descent of one hidden ReLU layer with one output, fused: forward, ReLU and gradient in one pass
//! over blocks of units that stay in the cache.
//!
//! # The step
//! \[ f(x) = \sqrt{2/m}\, \sum_j a_j \, (h_j(x))_+, \qquad h_j(x) = ⟨w_j, x⟩ + b_j \]
//!
//! (Chen, Li and Lin 2024, §2, with one hidden layer; the bias is optional). For forces g_i on the training points x_i,
//! every parameter p takes the step p −= Σ_i g_i ∂f(x_i)/∂p, all at once. With 1_ij = 1 where h_j(x_i) > 0, else 0, and
//!
//! \[ G_j = \sqrt{2/m}\, \sum_i g_i 1_{ij} x_i, \qquad B_j = \sqrt{2/m}\, \sum_i g_i 1_{ij}, \]
//!
//! it reads w_j −= a_j G_j, b_j −= a_j B_j, and, since (h)₊ = 1\[h > 0\]·h, a_j −= ⟨w_j, G_j⟩ + b_j B_j, with the
//! parameters before the step on the right. So one bit per unit and training point is all that the way back needs from
//! the way forward. The bias is the weight of a column of ones.
//!
//! # The pass
//! Units lie in the lanes of a vector, 16 (`f32`) or 8 (`f64`); a coordinate of a point is broadcast to all of them. A
//! block is 32 such rows of units. For two rows at a time G is summed over the training points in registers and the step
//! is taken; then, for eight points at a time, a·(h)₊ is summed over the block's units in registers. An epoch costs
//! m·(d + bias)·(2n + n_test) fused multiply–adds and little else; a matrix product of the same shapes would write and
//! read m·(n + n_test) pre-activations besides.
//!
//! # Same bytes everywhere
//! The blocks are fixed, each is summed lane by lane in the order of its units, and their sums are added in `f64` in the
//! order of the blocks, so the result does not depend on the number of threads. AVX-512, AVX2 with FMA and the portable
//! code (chosen at run time) do the same correctly rounded operations in the same order, so it does not depend on the
//! processor either. In single precision all else is `f32`: data and parameters are rounded to it once, forces after they
//! have been multiplied by √(2/m) in `f64`.

mod block;
mod engine;
mod kernel;
mod lanes;
mod points;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use self::engine::Engine;
use self::lanes::InstructionSet;
use super::Precision;
use crate::error::{Error, Result};
use crate::memory;

/// Parameters of one copy of the network, as `f64` whatever it is trained in: [`FusedEngine::new`] on them gives the same
/// engine to the bit.
#[derive(Debug, Clone, PartialEq)]
pub struct FusedParameters {
    /// First-layer weights, (m, d).
    pub w: Array2<f64>,
    /// First-layer biases, (m), or none.
    pub b: Option<Array1<f64>>,
    /// Output weights, (m).
    pub a: Array1<f64>,
}

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
pub struct FusedEngine(Inner);

enum Inner {
    Single(Engine<f32>),
    Double(Engine<f64>),
}

impl std::fmt::Debug for FusedEngine {
    /// Sizes and precision, not a million numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (precision, m) = match &self.0 {
            Inner::Single(engine) => (Precision::Single, engine.width()),
            Inner::Double(engine) => (Precision::Double, engine.width()),
        };
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
        Self::with_instructions(InstructionSet::available()[0], precision, w, b, a, x, z, threads)
    }

    #[allow(clippy::too_many_arguments)] // `new` and the tests' choice of instructions.
    fn with_instructions(
        set: InstructionSet,
        precision: Precision,
        w: ArrayView2<f64>,
        b: Option<ArrayView1<f64>>,
        a: ArrayView1<f64>,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
        threads: usize,
    ) -> Result<Self> {
        let (m, d) = w.dim();
        check_shapes(&w, &b, &a, &x, &z)?;
        if threads == 0 {
            return Err(Error::parameter("threads", threads, "must be at least 1"));
        }
        let rows = |v: ArrayView1<'_, f64>| v.insert_axis(ndarray::Axis(0)).into_owned();
        check_finite("the first layer's weights w", precision, w)?;
        check_finite("the output weights a", precision, rows(a).view())?;
        check_finite("the training points x", precision, x)?;
        check_finite("the test points z", precision, z)?;
        if let Some(b) = b {
            check_finite("the biases b", precision, rows(b).view())?;
        }
        memory::require(
            &format!("training {m} units on {} points and {} test points", x.nrows(), z.nrows()),
            bytes(precision, m, d + usize::from(b.is_some()), x.nrows(), z.nrows()),
        )?;
        Ok(FusedEngine(match precision {
            Precision::Single => Inner::Single(Engine::new(set, w, b, a, x, z, threads)),
            Precision::Double => Inner::Double(Engine::new(set, w, b, a, x, z, threads)),
        }))
    }

    /// f at the training points, (n), with the present parameters.
    ///
    /// # Examples
    /// See [`FusedEngine`].
    pub fn train_outputs(&self) -> &[f64] {
        match &self.0 {
            Inner::Single(engine) => engine.train_outputs(),
            Inner::Double(engine) => engine.train_outputs(),
        }
    }

    /// f at the test points, (n_test), with the present parameters.
    ///
    /// # Examples
    /// See [`FusedEngine`].
    pub fn test_outputs(&self) -> &[f64] {
        match &self.0 {
            Inner::Single(engine) => engine.test_outputs(),
            Inner::Double(engine) => engine.test_outputs(),
        }
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
            return Err(Error::Shape {
                what: "one force for every training point".to_string(),
                expected: format!("({n})"),
                found: format!("({})", force.len()),
            });
        }
        self.step(force);
        Ok(())
    }

    /// [`FusedEngine::descend`] for callers that made `force` from [`FusedEngine::train_outputs`].
    pub(crate) fn step(&mut self, force: &[f64]) {
        debug_assert_eq!(force.len(), self.train_outputs().len());
        match &mut self.0 {
            Inner::Single(engine) => engine.step(force),
            Inner::Double(engine) => engine.step(force),
        }
    }

    /// The present parameters.
    ///
    /// # Examples
    /// See [`FusedEngine`].
    pub fn parameters(&self) -> FusedParameters {
        match &self.0 {
            Inner::Single(engine) => engine.parameters(),
            Inner::Double(engine) => engine.parameters(),
        }
    }
}

fn check_shapes(
    w: &ArrayView2<f64>,
    b: &Option<ArrayView1<f64>>,
    a: &ArrayView1<f64>,
    x: &ArrayView2<f64>,
    z: &ArrayView2<f64>,
) -> Result<()> {
    let (m, d) = w.dim();
    let shape = |what: &str, expected: String, found: &[usize]| {
        Err(Error::Shape { what: what.to_string(), expected, found: format!("{found:?}") })
    };
    if m == 0 || d == 0 {
        return shape(
            "the first layer's weights w",
            "at least one unit and one column".to_string(),
            w.shape(),
        );
    }
    if a.len() != m {
        return shape("the output weights a, one for each unit", format!("[{m}]"), a.shape());
    }
    if let Some(b) = b
        && b.len() != m
    {
        return shape("the biases b, one for each unit", format!("[{m}]"), b.shape());
    }
    if x.nrows() == 0 || x.ncols() != d {
        return shape("the training points x", format!("[n, {d}], n at least 1"), x.shape());
    }
    if z.nrows() > 0 && z.ncols() != d {
        return shape("the test points z", format!("[n_test, {d}]"), z.shape());
    }
    Ok(())
}

/// In the precision that will be used: 1e39 is infinite in `f32`.
fn check_finite(what: &str, precision: Precision, values: ArrayView2<f64>) -> Result<()> {
    for ((row, column), &value) in values.indexed_iter() {
        let used = match precision {
            Precision::Single => f64::from(value as f32),
            Precision::Double => value,
        };
        if !used.is_finite() {
            let what = format!("{what} (in {precision} precision)");
            return Err(Error::NotFinite { what, row, column, value: used });
        }
    }
    Ok(())
}

/// Parameters, points twice, one bit per unit and training point, a row of sums per block and point.
fn bytes(precision: Precision, m: usize, d: usize, n: usize, n_test: usize) -> u64 {
    let (size, lanes) = match precision {
        Precision::Single => (4, 16),
        Precision::Double => (8, 8),
    };
    let [m, d, n, n_test] = [m, d, n + 8, n_test + 8].map(|count| count as u64);
    let blocks = m.div_ceil(lanes * block::BLOCK_ROWS as u64);
    let rows = (m + 2 * lanes).saturating_mul(d + 1).saturating_mul(size);
    let points = (2 * n + n_test).saturating_mul(d).saturating_mul(size);
    let masks = (m + 2 * lanes).saturating_mul(n) / 8;
    let sums = blocks.saturating_mul(n + n_test).saturating_mul(64);
    rows.saturating_add(points).saturating_add(masks).saturating_add(sums)
}
