//! What n samples resolve of a kernel's spectrum, read from the eigenvalues of K/n alone.
//!
//! With μ_k the eigenvalues of K/n and λ_i those of the kernel's integral operator, the deterministic equivalent of ridge
//! regression, Σ̂(Σ̂ + z)⁻¹ ≈ Λ(Λ + κ)⁻¹, ties a ridge z on K/n to the κ at which the population is cut:
//!
//! κ(z) = n / Σ_k 1/(μ_k + z),  N(z) = Σ_i λ_i/(λ_i + κ) = n − z Σ_k 1/(μ_k + z)
//!
//! (derived for this project; the equivalent is that of Simon et al., arXiv 2110.03922, and of Ledoit and Péché 2011). Neither side
//! needs a population eigenvalue. N, the number of modes resolved, is n at z = 0. κ at z = −μ − i0, on the cut, says where in
//! the population an eigenvector of the sample lies (`cut`), and from it how many λ_i lie above any λ (`counting`).

mod counting;
mod cut;
#[cfg(test)]
mod tests;

pub(crate) use counting::Counting;
pub(crate) use cut::{OnCut, on_cut};

use crate::check;
use crate::error::{Error, Result};
use crate::numeric::least_squares_slope;

/// The eigenvalues of K/n, and what they resolve.
///
/// # Examples
/// ```
/// use analysis_core::spectrum::Resolution;
/// // A spectrum of one value μ, n times: Σ 1/(μ + z) = n/(μ + z), so κ = μ + z and N = nμ/(μ + z).
/// let resolution = Resolution::of(&[2.0; 10], f64::EPSILON)?;
/// assert!((resolution.kappa(1.0) - 3.0).abs() < 1e-14);
/// assert!((resolution.modes(1.0) - 10.0 * 2.0 / 3.0).abs() < 1e-14);
/// assert_eq!(resolution.modes(0.0), 10.0);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    eigenvalues: Vec<f64>,
    least: f64,
}

impl Resolution {
    /// Of eigenvalues of K/n in descending order, made in numbers of precision `epsilon`. Where some of them are below n·ε·λ_1,
    /// which is rounding, no ridge below that is asked for: [`Resolution::least_ridge`].
    ///
    /// # Errors
    /// [`Error::Shape`] for fewer than three eigenvalues, [`Error::NotFinite`], [`Error::NonPositiveEigenvalue`] where the first is
    /// not positive.
    pub fn of(eigenvalues: &[f64], epsilon: f64) -> Result<Self> {
        let n = eigenvalues.len();
        if n < 3 {
            return Err(Error::shape("eigenvalues to be resolved", "at least 3", n));
        }
        check::finite_values("eigenvalues to be resolved", eigenvalues)?;
        let first = eigenvalues[0];
        if first <= 0.0 {
            return Err(Error::NonPositiveEigenvalue { index: 1, value: first });
        }
        let threshold = n as f64 * epsilon * first;
        let least = if eigenvalues[n - 1] > threshold { 0.0 } else { threshold };
        // Rounding may have made them negative: nothing is known of them but that they are small.
        Ok(Resolution { eigenvalues: eigenvalues.iter().map(|v| v.max(0.0)).collect(), least })
    }

    /// n.
    pub fn n(&self) -> usize {
        self.eigenvalues.len()
    }

    /// The eigenvalues of K/n, descending (n); those that rounding made negative are 0.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// The smallest ridge on K/n that means anything: 0, or n·ε·λ_1 where the last eigenvalue is below that.
    pub fn least_ridge(&self) -> f64 {
        self.least
    }

    /// κ(z) = n / Σ_k 1/(μ_k + z); a smaller ridge than [`Resolution::least_ridge`] is taken for that.
    pub fn kappa(&self, ridge: f64) -> f64 {
        self.n() as f64 / self.inverse_sum(ridge)
    }

    /// N(z) = n − z Σ_k 1/(μ_k + z), the number of modes resolved.
    pub fn modes(&self, ridge: f64) -> f64 {
        let ridge = ridge.max(self.least);
        // Term by term: the difference of two numbers near n would lose the digits of a small N.
        self.eigenvalues.iter().map(|value| value / (value + ridge)).sum()
    }

    /// dκ/dz at z: the derivative that turns [`Resolution::soft_mean`] into the error that generalised cross-validation estimates.
    pub fn kappa_slope(&self, ridge: f64) -> f64 {
        let ridge = ridge.max(self.least);
        let squares: f64 = self.eigenvalues.iter().map(|value| (value + ridge).powi(-2)).sum();
        self.n() as f64 * squares / self.inverse_sum(ridge).powi(2)
    }

    /// The ridge z with N(z) = `modes`; the least one where more modes are asked for than there are.
    pub fn ridge(&self, modes: f64) -> f64 {
        let first = self.eigenvalues[0];
        let (mut low, mut high) = (self.least.max(1e-18 * first), 1e8 * first * self.n() as f64);
        if self.modes(low) <= modes {
            return self.least;
        }
        // N falls with z; 70 halvings of ln z leave one unit in the last place.
        for _ in 0..70 {
            let middle = (low * high).sqrt();
            if self.modes(middle) > modes {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low * high).sqrt()
    }

    /// The soft tail B(z) = Σ_k m_k (μ_k + z)⁻² / Σ_k (μ_k + z)⁻² of energies m_k = n c_k² (n), a weighted mean of them: about
    /// σ² + Σ_i θ_i² κ²/(λ_i + κ)² for a target of energies θ_i² with noise σ², and σ² at every z for noise alone.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of energies.
    pub fn soft_mean(&self, ridge: f64, energies: &[f64]) -> Result<f64> {
        let n = self.n();
        if energies.len() != n {
            return Err(Error::shape("energies", format!("{n}, one an eigenvalue"), energies.len()));
        }
        let ridge = ridge.max(self.least);
        let weights = self.eigenvalues.iter().map(|value| (value + ridge).powi(-2));
        let (sum, all) = weights.zip(energies).fold((0.0, 0.0), |(s, a), (w, m)| (s + w * m, a + w));
        Ok(sum / all)
    }

    /// Ridges at which n, …, `least` modes are resolved, `count` of them and as many steps in ln N.
    pub fn ridges(&self, least: f64, count: usize) -> Vec<f64> {
        let n = self.n() as f64;
        (0..count)
            .map(|step| match step {
                0 => self.least,
                _ => self.ridge(n * (least / n).powf(step as f64 / (count - 1) as f64)),
            })
            .collect()
    }

    /// β, −(slope of ln κ against ln N) over N from n/8 to n: the decay λ_i ~ i^{−β} of the population around the indices that n
    /// samples resolve. A line through the eigenvalues themselves reads 0.2–0.3 less, for the modes beyond n lift the
    /// small ones.
    ///
    /// # Errors
    /// [`Error::Parameter`] where the eigenvalues resolve the same number of modes at every ridge.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::spectrum::Resolution;
    /// // K/n of a population λ_i = i^−1.5 that the sample does not disturb, so large is n beside the indices that count.
    /// let eigenvalues: Vec<f64> = (1..=4000).map(|i| f64::from(i).powf(-1.5)).collect();
    /// let resolution = Resolution::of(&eigenvalues, f64::EPSILON)?;
    /// assert!(resolution.decay()? > 1.5); // cut off at i = n, so steeper
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn decay(&self) -> Result<f64> {
        let points = self.ridges(self.n() as f64 / 8.0, 25).into_iter();
        let (modes, kappas): (Vec<f64>, Vec<f64>) =
            points.map(|ridge| (self.modes(ridge).ln(), self.kappa(ridge).ln())).unzip();
        let slope = least_squares_slope(&modes, &kappas);
        check::refuse(!slope.is_finite(), "eigenvalues", slope, "do not decay, so they have no β")?;
        Ok(-slope)
    }

    fn inverse_sum(&self, ridge: f64) -> f64 {
        let ridge = ridge.max(self.least);
        self.eigenvalues.iter().map(|value| (value + ridge).recip()).sum()
    }
}
