//! A kernel of one's own: a function of the angle and of both norms.

use ndarray::ArrayView2;

use super::angles::entries;
use super::gram::Gram;
use super::gram_origin::GramOrigin;
use super::rows::UnitRows;
use crate::checksum;
use crate::error::{Error, Result};
use crate::gaussian::Angle;
use crate::memory::Bytes;
use crate::session::Session;

impl Gram {
    /// K_ij = `kernel`(θ_ij, ‖x_i‖, ‖x_j‖), shape (n, n), for rows x of shape (n, d); θ_ij is the angle between rows i and j, and
    /// u = θ.cosine(). Never divided by n. The same bytes for any number of threads.
    ///
    /// The [`Angle`] keeps 1 − u and 1 + u to all digits where u does not: ‖x − y‖² = (‖x‖ − ‖y‖)² + 2‖x‖‖y‖(1 − u) without cancellation.
    /// `name` is what errors and [`Gram::origin`] say; results are known by K's numbers, not by it. Whether K is positive semidefinite is
    /// checked where the spectrum is computed.
    ///
    /// # Errors
    /// [`Error::NotFinite`], naming the two rows, where the function is NaN or infinite or x is; [`Error::NotSymmetric`] where it gives
    /// (θ, a, b) and (θ, b, a) values that differ beyond rounding; [`Error::ZeroRow`], since no angle belongs to it; [`Error::Parameter`]
    /// for a norm beyond 1e±150; [`Error::Shape`] for an empty array; [`Error::Memory`].
    ///
    /// # Examples
    /// The Laplace kernel exp(−‖x − y‖):
    /// ```
    /// use analysis_core::ndarray::array;
    /// use analysis_core::prelude::*;
    /// let x = array![[3.0, 4.0], [3.0, 4.0], [0.0, 1.0]];
    /// let gram = Gram::from_function("laplace", x.view(), |angle, a, b| {
    ///     let square = (a - b).powi(2) + 2.0 * a * b * angle.one_minus_cosine();
    ///     (-square.sqrt()).exp()
    /// })?;
    /// assert_eq!(gram.view()[[0, 1]], 1.0);
    /// assert!((gram.view()[[0, 2]] - (-18_f64.sqrt()).exp()).abs() < 1e-16);
    /// assert!(Gram::from_function("log", x.view(), |angle, _, _| angle.one_minus_cosine().ln()).is_err()); // −∞ for rows 0 and 0
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_function(
        name: impl Into<String>,
        x: ArrayView2<f64>,
        kernel: impl Fn(Angle, f64, f64) -> f64 + Sync,
    ) -> Result<Gram> {
        let ((n, d), name) = (x.dim(), name.into());
        let needed = Bytes::of::<f64>(n, n) + Bytes::of::<f64>(n, d);
        needed.require(&format!("the Gram matrix of {n} rows"))?;
        let rows = UnitRows::new(x, (1.0, 0.0), "x").map_err(|error| match error {
            Error::ZeroRow { row, .. } => {
                Error::ZeroRow { row, needs: "a function of the angle between two rows".to_string() }
            }
            other => other,
        })?;
        let norms = &rows.deviations;
        let what = format!("the kernel {name:?} of two rows");
        let k = entries([&rows, &rows], false, (&what, &Session::current()), |i, j, angle| {
            Ok(kernel(angle, norms[i], norms[j]))
        })?;
        let x_sha256 = checksum::numbers_sha256([x]);
        Gram::checked(k, f64::EPSILON, GramOrigin::Function { name, n, d, x_sha256 })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kernel::Kernel;
    use ndarray::{Array2, array};

    fn rows() -> Array2<f64> {
        let mut x = Array2::from_shape_fn((40, 3), |(i, j)| ((i * (j + 2) + 1) as f64).sin());
        let first = x.row(0).to_owned();
        x.row_mut(39).assign(&first);
        let opposite = x.row(1).mapv(|v| -2.0 * v);
        x.row_mut(38).assign(&opposite);
        x
    }

    /// One hidden ReLU layer's NTK is ‖x‖‖y‖(κ₁ + u κ₀), written by hand.
    #[test]
    fn the_ntk_of_one_layer_written_as_a_function() {
        use crate::gaussian::{kappa0, kappa1};
        let x = rows();
        let own = |angle: Angle, a: f64, b: f64| a * b * (kappa1(angle) + angle.cosine() * kappa0(angle));
        let gram = Gram::from_function("ntk", x.view(), own).unwrap();
        let kernel = Kernel::default().gram(x.view()).unwrap();
        let most = x.rows().into_iter().map(|r| 2.0 * r.dot(&r)).fold(0.0, f64::max);
        assert!((&gram.view() - &kernel.view()).iter().all(|d| d.abs() < 8.0 * f64::EPSILON * most));
        assert_eq!(gram.view(), gram.view().t());
        let GramOrigin::Function { name, n, d, .. } = gram.origin() else { unreachable!() };
        assert_eq!((name.as_str(), *n, *d), ("ntk", 40, 3));
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let again = pool.install(|| Gram::from_function("ntk", x.view(), own)).unwrap();
            assert_eq!(again.view(), gram.view());
        }
    }

    #[test]
    fn what_is_no_kernel_is_refused_by_its_rows() {
        let x = rows();
        let nan = Gram::from_function("mine", x.view(), |angle, _, _| {
            if angle.one_plus_cosine() == 0.0 { f64::NAN } else { 1.0 }
        });
        let error = nan.unwrap_err();
        assert!(matches!(
            error,
            Error::NotFinite { row: 1, column: 38, .. } | Error::NotFinite { row: 38, column: 1, .. }
        ));
        assert!(error.to_string().contains("\"mine\""), "{error}");
        let lopsided = Gram::from_function("a", x.view(), |_, a, _| a);
        assert!(matches!(lopsided, Err(Error::NotSymmetric { .. })));
        let zero = Gram::from_function("a", array![[1.0, 2.0], [0.0, 0.0]].view(), |_, _, _| 1.0);
        assert!(matches!(zero, Err(Error::ZeroRow { row: 1, .. })));
        let empty = Gram::from_function("a", Array2::zeros((0, 2)).view(), |_, _, _| 1.0);
        assert!(matches!(empty, Err(Error::Shape { .. })));
        let infinite = Gram::from_function("a", array![[1.0, f64::INFINITY]].view(), |_, _, _| 1.0);
        assert!(matches!(infinite, Err(Error::NotFinite { row: 0, column: 1, .. })));
    }
}
