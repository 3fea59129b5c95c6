//! Gram matrices of sums and products of kernels.

use ndarray::{Array2, ArrayView2, Zip};

use super::composed::Composed;
use super::gram::Gram;
use super::gram_origin::GramOrigin;
use super::{Kernel, KernelKind, WideNetwork};
use crate::check;
use crate::checksum;
use crate::error::{Error, Result};

/// A matrix, and how far its entries may be off, over √(K(x,x)K(y,y)).
type Known = (Array2<f64>, f64);

impl Composed {
    /// K(x, x), shape (n, n), for rows x of shape (n, d); never divided by n. Exactly symmetric, and the same bytes for any number of
    /// threads. Beside K one more matrix is held for every level of nesting.
    ///
    /// # Errors
    /// Those of [`Composed::check`], [`Kernel::gram`] and [`WideNetwork::gram`];
    /// [`Error::NotFinite`] where a product or multiple overflows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::ndarray::array;
    /// use analysis_core::prelude::*;
    /// let square = Composed::from(Kernel::default()) * Composed::from(Kernel::default());
    /// let gram = square.gram(array![[1.0, 0.0], [0.0, 1.0]].view())?;
    /// assert_eq!(gram.view()[[0, 0]], 4.0);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn gram(&self, x: ArrayView2<f64>) -> Result<Gram> {
        self.check()?;
        let of = |gram: Gram| {
            let epsilon = gram.epsilon();
            (gram.into_array(), epsilon)
        };
        let (k, epsilon) = self
            .combined((&|kernel| kernel.gram(x).map(of), &|kind, network| network.gram(kind, x).map(of)))?;
        let (n, d) = x.dim();
        let x_sha256 = checksum::numbers_sha256([x]);
        Ok(Gram::trusted(k, epsilon, GramOrigin::Composed { kernel: self.clone(), n, d, x_sha256 }))
    }

    /// K(x, z), shape (n, m), for rows x of shape (n, d) and z of shape (m, d).
    ///
    /// # Errors
    /// Those of [`Composed::gram`]; [`Error::Shape`] if x and z have different numbers of columns.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::ndarray::array;
    /// use analysis_core::prelude::*;
    /// let twice = Composed::from(Kernel::default()) * 2.0;
    /// let (x, z) = (array![[1.0, 0.0]], array![[1.0, 0.0], [0.0, 1.0]]);
    /// assert_eq!(twice.cross_gram(x.view(), z.view())?, array![[4.0, 2.0 / std::f64::consts::PI]]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn cross_gram(&self, x: ArrayView2<f64>, z: ArrayView2<f64>) -> Result<Array2<f64>> {
        self.check()?;
        let (k, _) = self.combined((&|kernel| Ok((kernel.cross_gram(x, z)?, 0.0)), &|kind, network| {
            Ok((network.cross_gram(kind, x, z)?, 0.0))
        }))?;
        Ok(k)
    }

    /// `kernel` and `network` give the matrices of what is no sum, product or multiple.
    ///
    /// The error of a sum is the larger of both (√(aa') + √(bb') ≤ √((a + b)(a' + b'))), that of a product their sum; each adds a rounding.
    fn combined(
        &self,
        single @ (kernel, network): (
            &impl Fn(&Kernel) -> Result<Known>,
            &impl Fn(KernelKind, &WideNetwork) -> Result<Known>,
        ),
    ) -> Result<Known> {
        let each = |part: &Composed| part.combined(single);
        let (k, epsilon) = match self {
            Composed::Kernel(of) => return kernel(of),
            Composed::Network { kind, network: of } => return network(*kind, of),
            Composed::Sum(parts) => joined(parts.iter().map(each), |a, b| a + b, f64::max)?,
            Composed::Product(parts) => joined(parts.iter().map(each), |a, b| a * b, |a, b| a + b)?,
            Composed::Multiple { factor, of } => {
                let (k, epsilon) = of.combined(single)?;
                (k * *factor, epsilon + f64::EPSILON)
            }
        };
        check::finite_array("a sum, product or multiple of kernels", k.view())?;
        Ok((k, epsilon))
    }
}

/// The matrices joined entry by entry, one after the other, and their errors.
fn joined(
    mut matrices: impl Iterator<Item = Result<Known>>,
    entries: impl Fn(f64, f64) -> f64 + Sync + Send,
    errors: impl Fn(f64, f64) -> f64,
) -> Result<Known> {
    let first =
        matrices.next().unwrap_or_else(|| Err(Error::parameter("kernel", "[]", "name at least one")))?;
    matrices.try_fold(first, |(mut k, epsilon), matrix| {
        let (other, other_epsilon) = matrix?;
        Zip::from(&mut k).and(&other).par_for_each(|value, other| *value = entries(*value, *other));
        Ok((k, errors(epsilon, other_epsilon) + f64::EPSILON))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ndarray::array;

    fn rows() -> Array2<f64> {
        Array2::from_shape_fn((30, 3), |(i, j)| ((i * (j + 2) + 1) as f64).sin())
    }

    /// 2 (A + B) · C + C, written out; gram and cross_gram alike.
    #[test]
    fn sums_and_products_are_those_of_the_entries() {
        let x = rows();
        let a = Kernel::default();
        let b = Kernel { kind: KernelKind::Nngp, hidden_layers: 3, ..Kernel::default() };
        let c = WideNetwork::default();
        let sum = Composed::from(a.clone()) + b.clone().into();
        let kernel = sum * 2.0 * c.kernel(KernelKind::Nngp) + c.kernel(KernelKind::Nngp);
        let [ka, kb, kc] = [
            a.gram(x.view()).unwrap().into_array(),
            b.gram(x.view()).unwrap().into_array(),
            c.gram(KernelKind::Nngp, x.view()).unwrap().into_array(),
        ];
        let expected = 2.0 * (&ka + &kb) * &kc + &kc;
        let gram = kernel.gram(x.view()).unwrap();
        assert_eq!(gram.view(), expected);
        assert_eq!(gram.view(), gram.view().t());
        assert_eq!(kernel.cross_gram(x.view(), x.view()).unwrap(), expected);
        // max(ε, ε) + ε for the sum, + ε doubled, + 2ε times C, + ε for the last sum.
        assert_eq!(gram.epsilon(), 6.0 * f64::EPSILON);
        assert!(gram.decompose().is_ok(), "positive semidefinite");
        let GramOrigin::Composed { kernel: made_by, n: 30, d: 3, .. } = gram.origin() else { unreachable!() };
        assert_eq!(made_by, &kernel);
        let text = "((2 (ntk(1 × relu, FirstLayerBias { bias: false }) + nngp(3 × relu, FirstLayerBias { bias: false })) · \
                    nngp(dense(2, 0), relu, dense(2, 0))) + nngp(dense(2, 0), relu, dense(2, 0)))";
        assert_eq!(kernel.to_string(), text);
    }

    #[test]
    fn what_is_no_kernel_is_refused() {
        let kernel = Composed::from(Kernel::default());
        let x = rows();
        for wrong in [
            Composed::Sum(vec![]),
            Composed::Product(vec![kernel.clone()]),
            kernel.clone() * 0.0,
            kernel.clone() * f64::NAN,
            kernel.clone() + Kernel { hidden_layers: 0, ..Kernel::default() }.into(),
            kernel.clone() + WideNetwork { layers: vec![] }.kernel(KernelKind::Ntk),
            (0..20).fold(kernel.clone(), |inner, _| inner * 2.0),
        ] {
            assert!(matches!(wrong.gram(x.view()), Err(Error::Parameter { .. })), "{wrong}");
            assert!(matches!(wrong.cross_gram(x.view(), x.view()), Err(Error::Parameter { .. })), "{wrong}");
        }
        let long = array![[1e100, 0.0]];
        let square = kernel.clone() * kernel;
        assert!(matches!(square.gram(long.view()), Err(Error::NotFinite { row: 0, column: 0, .. })));
    }
}
