//! What a risk split says: curves over the filters, the best of them, and where the roughness sits.

use ndarray::Array1;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::trial::smallest;
use crate::check;
use crate::error::{Error, Result};
use crate::frame::Frame;

/// Expected test error E (f(z) − f*(z))² given X, averaged over the test points and split into its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskCurves {
    /// The filters (T).
    pub filters: Vec<Filter>,
    /// (E f − f*)² (T): the same for mirrored and standard initialisation.
    pub bias2: Array1<f64>,
    /// The variance that f₀ ~ GP(0, NNGP) leaves (T); a start times a factor has its square times this.
    pub variance_start: Array1<f64>,
    /// The variance from the noise ε ~ N(0, σ²) in the targets (T).
    pub variance_noise: Array1<f64>,
    /// σ.
    pub noise: f64,
    /// Training points.
    pub n: usize,
    /// Test points.
    pub m: usize,
}

/// The best filter, and what its risk is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Optimum {
    /// The filter: for flows, the optimal stopping time.
    pub filter: Filter,
    /// Its risk: the sum of the three parts.
    pub risk: f64,
    /// Bias².
    pub bias2: f64,
    /// The variance from initialisation (0 for a factor of 0).
    pub variance_start: f64,
    /// The variance from noise.
    pub variance_noise: f64,
    /// Whether it is the first or last filter of the list, where the true optimum may lie outside.
    pub at_edge: bool,
}

impl RiskCurves {
    /// The risk of starts f₀ times `factor` (T): 0 is mirrored, 1 standard, 1/√M the mean of M networks.
    pub fn risk(&self, factor: f64) -> Array1<f64> {
        &self.bias2 + &self.variance_noise + &self.variance_start * (factor * factor)
    }

    /// The filter of least risk for starts f₀ times `factor`: optimal early stopping.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a factor that is not finite, or where there are no filters.
    pub fn best(&self, factor: f64) -> Result<Optimum> {
        check::finite("factor", factor)?;
        let risk = self.risk(factor);
        let (index, risk) =
            smallest(risk.view()).ok_or_else(|| Error::parameter("filters", "[]", "name at least one"))?;
        Ok(Optimum {
            filter: self.filters[index],
            risk,
            bias2: self.bias2[index],
            variance_start: self.variance_start[index] * factor * factor,
            variance_noise: self.variance_noise[index],
            at_edge: index == 0 || index + 1 == self.filters.len(),
        })
    }

    /// One row a filter: `filter`, `time` (null for ridge and the limit), `bias2`, `variance_start`, `variance_noise`,
    /// `mirrored` and `standard` (the sums).
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let (mirrored, standard) = (self.risk(0.0), self.risk(1.0));
        Frame::of(0..self.filters.len())
            .text("filter", |k| self.filters[k])
            .known("time", |k| self.filters[k].time())
            .number("bias2", |k| self.bias2[k])
            .number("variance_start", |k| self.variance_start[k])
            .number("variance_noise", |k| self.variance_noise[k])
            .number("mirrored", |k| mirrored[k])
            .number("standard", |k| standard[k])
            .build("the frame of risk curves")
    }
}

/// Energy on each eigenvector u_i of K/n: where the target sits in the spectrum, and where the initial function does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Roughness {
    /// λ_1 ≥ λ_2 ≥ … (n).
    pub eigenvalues: Array1<f64>,
    /// E (u_iᵀf₀(X))²/n = u_iᵀRu_i/n (n); the sum is the mean of R(x,x).
    pub start: Array1<f64>,
    /// c_i² = (u_iᵀf*(X))²/n (n); the sum is the mean of f*(x)².
    pub target: Array1<f64>,
}

impl Roughness {
    /// One row an index: `i` (from 1), `eigenvalue`, `start`, `target`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(0..self.eigenvalues.len())
            .whole("i", |i| i + 1)
            .number("eigenvalue", |i| self.eigenvalues[i])
            .number("start", |i| self.start[i])
            .number("target", |i| self.target[i])
            .build("the frame of a roughness")
    }
}
