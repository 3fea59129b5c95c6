//! The arithmetic of filters: accurate for every eigenvalue, those at and below zero included.

use super::filter::Filter;
use crate::check;
use crate::error::{Error, Result};

/// A [`Filter`] on the spectrum of one K/n, made by [`Filter::response`].
///
/// [`Response::value`] is right to a few ulp for every λ that is not far below zero. [`Response::residual`] has relative
/// error (4 + |ln residual|)·ε: e^{−λt} is no better known than λt, and its absolute error stays below ε. Rounding-level
/// negative eigenvalues go through the same formulas, unclamped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    pub(super) filter: Filter,
    pub(super) n: usize,
    pub(super) cutoff: f64,
}

/// Below this |λt| the power series (six terms) takes over. It is there for λ so small that the product λt loses
/// digits to underflow, and for ψ, whose closed form cancels.
pub(super) const SERIES: f64 = 0.01;

impl Filter {
    /// The filter on the spectrum of one K/n: `n` samples, `eigenvalues` (any number of them, the largest and the
    /// smallest included; Ritz values will do), `epsilon` the precision of K ([`Gram::epsilon`](crate::kernel::Gram::epsilon)).
    ///
    /// # Errors
    /// Those of [`Filter::check`]; [`Error::Parameter`] for gradient descent with η λ_1 ≥ 2, which diverges (the stable
    /// rate is named), and for a ridge δ/n that does not outweigh the rounding of K (n·ε·λ_1); [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::flow::Filter;
    /// use ndarray::array;
    /// let response = Filter::Ridge { delta: 1.0 }.response(2, array![0.5, 0.25].view(), f64::EPSILON)?;
    /// assert_eq!(response.residual(0.5), 0.5); // δ/n = ½
    /// let fast = Filter::GradientDescent { rate: 5.0, steps: 3 };
    /// let error = fast.response(2, array![0.5, 0.25].view(), f64::EPSILON).unwrap_err();
    /// assert!(error.to_string().contains("2/λ_1 = 4"));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn response(
        &self,
        n: usize,
        eigenvalues: ndarray::ArrayView1<f64>,
        epsilon: f64,
    ) -> Result<Response> {
        self.check()?;
        check::finite_values("the eigenvalues", eigenvalues)?;
        let largest = eigenvalues.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let cutoff = n as f64 * epsilon * largest;
        match *self {
            Filter::GradientDescent { rate, .. } if rate * largest >= 2.0 => Err(Error::parameter(
                "rate",
                rate,
                format!("gradient descent diverges: choose a rate below 2/λ_1 = {}", 2.0 / largest),
            )),
            Filter::Ridge { delta } if delta / n as f64 <= cutoff => Err(Error::parameter(
                "delta",
                delta,
                format!(
                    "must be above the rounding of K, n²·ε·λ_1 = {:e}; or take `limit`",
                    cutoff * n as f64
                ),
            )),
            filter => Ok(Response { filter, n, cutoff }),
        }
    }
}

impl Response {
    /// The filter.
    ///
    /// # Examples
    /// ```
    /// # use analysis_core::flow::Filter;
    /// let response = Filter::Limit.response(1, ndarray::array![1.0].view(), f64::EPSILON)?;
    /// assert_eq!(response.filter(), Filter::Limit);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn filter(&self) -> Filter {
        self.filter
    }

    /// φ(λ), for λ an eigenvalue of K/n.
    ///
    /// # Examples
    /// ```
    /// # use analysis_core::flow::Filter;
    /// let response = Filter::Flow { time: 3.0 }.response(1, ndarray::array![1.0].view(), f64::EPSILON)?;
    /// assert_eq!(response.value(0.0), 3.0); // φ_t(0) = t
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn value(&self, lambda: f64) -> f64 {
        match self.filter {
            Filter::Flow { time } => {
                let u = lambda * time;
                if u.abs() < SERIES { time * falling(u, f64::INFINITY, 1) } else { -(-u).exp_m1() / lambda }
            }
            Filter::GradientDescent { rate, steps } => {
                let (v, k) = (rate * lambda, steps as f64);
                if (v * k).abs() < SERIES {
                    rate * k * falling(v, k, 1)
                } else {
                    descent_complement(rate, lambda, steps) / lambda
                }
            }
            Filter::Ridge { delta } => 1.0 / (lambda + delta / self.n as f64),
            Filter::Limit if lambda > self.cutoff => 1.0 / lambda,
            Filter::Limit => 0.0,
        }
    }

    /// 1 − λφ(λ): what is left of the residual along an eigenvector of K/n.
    ///
    /// # Examples
    /// ```
    /// # use analysis_core::flow::Filter;
    /// let filter = Filter::GradientDescent { rate: 0.5, steps: 2 };
    /// let response = filter.response(1, ndarray::array![1.0].view(), f64::EPSILON)?;
    /// assert!((response.residual(1.0) - 0.25).abs() < 1e-16); // (1 − ½)²
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn residual(&self, lambda: f64) -> f64 {
        match self.filter {
            Filter::Flow { time } => (-(lambda * time)).exp(),
            Filter::GradientDescent { steps: 0, .. } => 1.0,
            Filter::GradientDescent { rate, steps } => {
                let size = (steps as f64 * ln_step(rate, lambda)).exp();
                if rate * lambda > 1.0 && steps % 2 == 1 { -size } else { size }
            }
            Filter::Ridge { delta } => {
                let mu = delta / self.n as f64;
                mu / (lambda + mu)
            }
            Filter::Limit if lambda > self.cutoff => 0.0,
            Filter::Limit => 1.0,
        }
    }

    /// ψ(λ) = (t − φ_t(λ))/λ, the integral of φ over time (for descent η Σ_{j<k} φ_j(λ)); `None` where there is no time.
    pub(super) fn accumulated(&self, lambda: f64) -> Option<f64> {
        match self.filter {
            Filter::Flow { time } => {
                let u = lambda * time;
                Some(if u.abs() < SERIES {
                    time * time / 2.0 * falling(u, f64::INFINITY, 2)
                } else {
                    (time - self.value(lambda)) / lambda
                })
            }
            Filter::GradientDescent { rate, steps } => {
                let (v, k) = (rate * lambda, steps as f64);
                Some(if (v * k).abs() < SERIES {
                    rate * rate * k * (k - 1.0) / 2.0 * falling(v, k, 2)
                } else {
                    (rate * k - self.value(lambda)) / lambda
                })
            }
            Filter::Ridge { .. } | Filter::Limit => None,
        }
    }
}

/// Σ_j (−x)^j C(k, first + j)/C(k, first), six terms; for k = ∞, where x is already k·v, the binomials' limit
/// first!/(first + j)!. With first = 1 it is (1 − (1 − v)^k)/(kv) or (1 − e^{−u})/u.
fn falling(x: f64, k: f64, first: u32) -> f64 {
    let mut factors = [0.0; 6];
    for (j, factor) in (0u32..).zip(&mut factors) {
        let order = f64::from(first + j);
        let left = if k.is_finite() { k - order } else { 1.0 };
        *factor = -x * left / (order + 1.0);
    }
    factors.iter().rev().fold(1.0, |sum, factor| 1.0 + factor * sum)
}

/// ln|1 − ηλ|. Beyond ηλ = ½ the rounding of the product ηλ is added back, for k steps would raise it to the k-th power.
fn ln_step(rate: f64, lambda: f64) -> f64 {
    let v = rate * lambda;
    if v < 0.5 {
        return (-v).ln_1p();
    }
    // 1 − v and v − 2 are exact for ½ ≤ v ≤ 2 (Sterbenz); v is rounded by `low`.
    let low = rate.mul_add(lambda, -v);
    if v < 1.5 { ((1.0 - v) - low).abs().ln() } else { ((v - 2.0) + low).ln_1p() }
}

/// 1 − (1 − ηλ)^k without cancellation.
fn descent_complement(rate: f64, lambda: f64, steps: u64) -> f64 {
    let power = steps as f64 * ln_step(rate, lambda);
    if rate * lambda > 1.0 && steps % 2 == 1 { 1.0 + power.exp() } else { -power.exp_m1() }
}
