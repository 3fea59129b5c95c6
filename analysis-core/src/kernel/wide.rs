//! Gram matrices of a [`WideNetwork`].

use ndarray::{Array2, ArrayView2};

use super::KernelKind;
use super::angles::entries;
use super::composed::Composed;
use super::gram::Gram;
use super::gram_origin::GramOrigin;
use super::layers::{Ready, RowState, WideNetwork};
use super::pairs::snapped;
use super::rows::UnitRows;
use super::table::{self, AngleTable};
use crate::checksum;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::session::Session;

impl WideNetwork {
    /// K(x, x), shape (n, n), for rows x of shape (n, d); never divided by n. Exactly symmetric, and the same bytes for any number of
    /// threads; close pairs keep their digits, as in [`Kernel::gram`](super::Kernel::gram).
    ///
    /// Cost: some 0.3 µs a pair and activation on one core for ReLU and erf, 0.5 µs for a short series (LayerNorm keeps it short). An
    /// activation with kinks other than ReLU's takes milliseconds a pair, but rows of one norm are served from a table over the angle.
    ///
    /// # Errors
    /// [`Error::Parameter`] from [`WideNetwork::check`], for rows or variances beyond floating point, or for integrals that do not
    /// converge; [`Error::Shape`] for an empty array; [`Error::NotFinite`]; [`Error::ZeroRow`] for an all-zero row where the first layer
    /// has no bias; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::ndarray::array;
    /// use analysis_core::prelude::*;
    /// let x = array![[1.0, 1.0], [1.0, -1.0]];
    /// let normalised = [Layer::dense(3.0, 0.0), Layer::LayerNorm, Activation::Relu.into(), Layer::dense(2.0, 0.0)];
    /// let gram = WideNetwork { layers: normalised.into() }.gram(KernelKind::Nngp, x.view())?;
    /// assert_eq!(gram.view()[[0, 0]], 1.0); // LayerNorm takes the 3 away, and 2 E φ(z)² = 1
    /// # Ok::<(), Error>(())
    /// ```
    pub fn gram(&self, kind: KernelKind, x: ArrayView2<f64>) -> Result<Gram> {
        self.gram_in(kind, x, &Session::current())
    }

    /// The same, telling the session's observer how far it has come.
    ///
    /// # Errors
    /// Those of [`WideNetwork::gram`].
    pub fn gram_in(&self, kind: KernelKind, x: ArrayView2<f64>, session: &Session) -> Result<Gram> {
        let ready = Ready::new(self, kind)?;
        let (n, d) = x.dim();
        let needed = Bytes::of::<f64>(n, n) + Bytes::of::<f64>(n, d.saturating_add(1));
        needed.require(&format!("the Gram matrix of {n} rows"))?;
        let rows = Rows::new(&ready, x, "x")?;
        let (k, epsilon) = matrix(&ready, [&rows, &rows], true, session)?;
        let x_sha256 = checksum::numbers_sha256([x]);
        Ok(Gram::trusted(k, epsilon, GramOrigin::Network { network: self.clone(), kind, n, d, x_sha256 }))
    }

    /// K(x, z), shape (n, m), for rows x of shape (n, d) and z of shape (m, d). `cross_gram(kind, x, x)` has the bytes of `gram(kind, x)`.
    ///
    /// # Errors
    /// Those of [`WideNetwork::gram`]; [`Error::Shape`] if x and z have different numbers of columns.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::ndarray::array;
    /// use analysis_core::prelude::*;
    /// let (x, z) = (array![[1.0, 1.0]], array![[1.0, 1.0], [1.0, -1.0]]);
    /// let k = WideNetwork::default().cross_gram(KernelKind::Ntk, x.view(), z.view())?;
    /// assert!((k[[0, 0]] - 4.0).abs() < 1e-15 && (k[[0, 1]] - 2.0 / std::f64::consts::PI).abs() < 1e-15);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn cross_gram(
        &self,
        kind: KernelKind,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
    ) -> Result<Array2<f64>> {
        let ready = Ready::new(self, kind)?;
        let ((n, d), (m, e)) = (x.dim(), z.dim());
        if d != e {
            return Err(Error::shape("columns of x and z", d, e));
        }
        let needed = Bytes::of::<f64>(n, m) + Bytes::of::<f64>(n, d + 1) + Bytes::of::<f64>(m, d + 1);
        needed.require(&format!("the cross-Gram matrix of {n} by {m} rows"))?;
        let (left, right) = (Rows::new(&ready, x, "x")?, Rows::new(&ready, z, "z")?);
        Ok(matrix(&ready, [&left, &right], false, &Session::current())?.0)
    }

    /// The NTK or NNGP of this network as a term of a sum or product.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let both = WideNetwork::default().kernel(KernelKind::Ntk) + WideNetwork::default().kernel(KernelKind::Nngp);
    /// assert!(both.check().is_ok());
    /// ```
    pub fn kernel(&self, kind: KernelKind) -> Composed {
        Composed::Network { kind, network: self.clone() }
    }
}

/// Rows ready for a Gram matrix.
struct Rows {
    unit: UnitRows,
    states: Vec<RowState>,
}

impl Rows {
    fn new(ready: &Ready, x: ArrayView2<f64>, what: &str) -> Result<Self> {
        let unit = UnitRows::new(x, ready.first_layer(x.ncols()), what)?;
        let states = ready.rows(&unit.deviations)?;
        Ok(Rows { unit, states })
    }
}

/// K of two sets of rows, and how far its entries may be off, over √(K(x,x)K(y,y)).
fn matrix(
    ready: &Ready,
    [left, right]: [&Rows; 2],
    half: bool,
    session: &Session,
) -> Result<(Array2<f64>, f64)> {
    let units = [&left.unit, &right.unit];
    let told = ("the kernel of these rows", session);
    if let Some(table) = table_of(ready, [left, right])? {
        let k = entries(units, half, told, |_, _, angle| Ok(table.value(angle)))?;
        return Ok((k, ready.epsilon() + table::ERROR));
    }
    let k = entries(units, half, told, |i, j, angle| {
        let (x, y) =
            ((left.unit.deviations[i], &left.states[i]), (right.unit.deviations[j], &right.states[j]));
        // The larger first: the same operations for (x, y) and (y, x).
        if x.0 < y.0 { ready.pair(y, x, angle) } else { ready.pair(x, y, angle) }
    })?;
    Ok((k, ready.epsilon()))
}

/// A table over the angle where a pair is dear and all rows have one norm; `None` elsewhere, or where it cannot be made.
fn table_of(ready: &Ready, sets: [&Rows; 2]) -> Result<Option<AngleTable>> {
    let mut norms = sets.iter().flat_map(|rows| &rows.unit.deviations).map(|&r| snapped(r));
    let Some(norm) = norms.next() else { return Ok(None) };
    if !norms.all(|other| other == norm) {
        return Ok(None);
    }
    let states = ready.rows(&[norm])?;
    if !ready.costly(&states[0]) {
        return Ok(None);
    }
    let row = (norm, &states[0]);
    AngleTable::new(|angle| ready.pair(row, row, angle))
}
