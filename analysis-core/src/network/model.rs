//! A network with its initialisation: what is trained, and what it predicts.

use ndarray::{Array2, ArrayView2};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::initialisation::Initialisation;
use super::layers::Network;
use super::parameters::Parameters;
use crate::error::{Error, Result};
use crate::linalg::matmul;
use crate::seed::Seed;

/// One network, or two mirrored ones, with the initial function that may be subtracted.
///
/// # Examples
/// ```
/// use analysis_core::network::{Initialisation, Model, Network};
/// use analysis_core::seed::Seed;
/// use ndarray::array;
/// let network = Network { inputs: 2, width: 100, ..Network::default() };
/// let x = array![[1.0, 0.0], [0.6, 0.8]];
/// let mirrored = Model::draw(&network, Initialisation::Mirrored, Seed(1))?;
/// assert_eq!(mirrored.outputs(x.view())?, array![[0.0], [0.0]]); // exactly
/// let standard = Model::draw(&network, Initialisation::Standard, Seed(1))?;
/// assert_eq!(standard.copies[0], mirrored.copies[0]);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The network as described; each copy of [`Initialisation::MirroredHalf`] has half its width.
    pub network: Network,
    /// How it started.
    pub initialisation: Initialisation,
    /// The seed of its initial parameters, from which f₀ is drawn again where it is subtracted.
    pub seed: Seed,
    /// The parameters of its one or two copies now.
    pub copies: Vec<Parameters>,
}

impl Model {
    /// A model at the start of its training; streams as in [`Network::draw`].
    ///
    /// # Errors
    /// As [`Network::draw`]; [`Error::Parameter`] for an α that is not finite or a width that has no half.
    pub fn draw(network: &Network, initialisation: Initialisation, seed: Seed) -> Result<Model> {
        initialisation.check()?;
        let copy = initialisation.copy_of(network)?.draw(seed)?;
        let copies = vec![copy; initialisation.copies()];
        Ok(Model { network: network.clone(), initialisation, seed, copies })
    }

    /// f(x), shape (n, k), for rows x (n, d).
    ///
    /// # Errors
    /// As [`Network::outputs`]; [`Error::Shape`] where there are not the initialisation's number of copies.
    pub fn outputs(&self, x: ArrayView2<f64>) -> Result<Array2<f64>> {
        let copy = self.copy()?;
        let outputs = self.copies.iter().map(|p| copy.outputs(p, x)).collect::<Result<Vec<_>>>()?;
        let initial = match self.initialisation.subtracted() {
            Some(_) => Some(copy.outputs(&copy.draw(self.seed)?, x)?),
            None => None,
        };
        Ok(combine(self.initialisation, outputs, initial.as_ref()))
    }

    /// Θ(x, z) now, summed over outputs, shape (n, p), for rows x (n, d) and z (p, d): for mirrored copies the mean of
    /// theirs (their shares ±√2/2, squared).
    ///
    /// # Errors
    /// As [`Network::tangent`].
    pub fn tangent(&self, x: ArrayView2<f64>, z: ArrayView2<f64>) -> Result<Array2<f64>> {
        let copy = self.copy()?;
        self.mean(|parameters| copy.tangent(parameters, x, z))
    }

    /// Θ(x, z) now, of every pair of outputs, shape (n·k, p·k), as [`Network::tangent_full`].
    ///
    /// # Errors
    /// As [`Network::tangent`].
    pub fn tangent_full(&self, x: ArrayView2<f64>, z: ArrayView2<f64>) -> Result<Array2<f64>> {
        let copy = self.copy()?;
        self.mean(|parameters| copy.tangent_full(parameters, x, z))
    }

    /// λ_max of Θ/n on the rows x (n, d), now, by power iteration on the tangent kernel of all outputs.
    ///
    /// Gradient descent on 1/(2n) Σ ‖f − y‖² is stable, as long as the kernel stays what it is, for rates below 2/λ_max.
    /// The iteration rises towards λ_max and ends when a step adds less than 10⁻⁹ of it.
    ///
    /// # Errors
    /// As [`Network::tangent`]; [`Error::Shape`] for no rows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{Initialisation, Model, Network};
    /// use analysis_core::seed::Seed;
    /// use ndarray::array;
    /// let network = Network { inputs: 2, width: 500, ..Network::default() };
    /// let model = Model::draw(&network, Initialisation::Standard, Seed(1))?;
    /// let x = array![[1.0, 0.0], [1.0, 0.0]];
    /// let theta = model.tangent(x.view(), x.view())?; // both rows the same: λ = (2θ, 0), over n = 2
    /// assert!((model.largest_eigenvalue(x.view())? / theta[[0, 0]] - 1.0).abs() < 1e-12);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn largest_eigenvalue(&self, x: ArrayView2<f64>) -> Result<f64> {
        if x.nrows() == 0 {
            return Err(Error::shape(
                "rows of the tangent kernel",
                "(n, d), n ≥ 1",
                format!("{:?}", x.dim()),
            ));
        }
        let theta = self.tangent_full(x, x)? / x.nrows() as f64;
        let mut stream = Seed(0).stream("power-iteration", 0);
        let mut v = Array2::from_shape_simple_fn((theta.nrows(), 1), || StandardNormal.sample(&mut stream));
        let mut value = 0.0;
        for _ in 0..10_000 {
            let norm = v.iter().map(|e: &f64| e * e).sum::<f64>().sqrt();
            if norm == 0.0 {
                return Ok(0.0);
            }
            v /= norm;
            let mut next = Array2::zeros(v.dim());
            matmul(1.0, theta.view(), v.view(), 0.0, next.view_mut());
            let rayleigh: f64 = v.iter().zip(&next).map(|(a, b)| a * b).sum();
            let grown = rayleigh - value;
            value = rayleigh;
            if grown.abs() <= 1e-9 * value {
                break;
            }
            v = next;
        }
        Ok(value)
    }

    fn copy(&self) -> Result<Network> {
        if self.copies.len() != self.initialisation.copies() {
            let what = format!("copies of a {} network", self.initialisation);
            return Err(Error::shape(what, self.initialisation.copies(), self.copies.len()));
        }
        self.initialisation.copy_of(&self.network)
    }

    fn mean(&self, of: impl Fn(&Parameters) -> Result<Array2<f64>>) -> Result<Array2<f64>> {
        let first = of(&self.copies[0])?;
        match self.copies.get(1) {
            Some(second) => Ok((first + of(second)?) * 0.5),
            None => Ok(first),
        }
    }
}

/// f from the copies' outputs, subtracted last, so that equal ones give exactly 0.
pub(crate) fn combine(
    initialisation: Initialisation,
    outputs: Vec<Array2<f64>>,
    initial: Option<&Array2<f64>>,
) -> Array2<f64> {
    let mut outputs = outputs.into_iter();
    let mut f = outputs.next().unwrap_or_default();
    if let Some(second) = outputs.next() {
        f.zip_mut_with(&second, |a, b| *a = std::f64::consts::FRAC_1_SQRT_2 * (*a - b));
    }
    if let (Some(share), Some(initial)) = (initialisation.subtracted(), initial) {
        f.zip_mut_with(initial, |a, b| *a -= share * b);
    }
    f
}
