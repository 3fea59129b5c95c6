//! What is known of the head of a spectrum.

use std::path::Path;

use ndarray::{Array1, Array2, s};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::SpectrumHead;
use super::probes::FAILURE;
use super::ritz::Ritz;
use super::tails::Tails;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::frame::Frame;
use crate::spectrum::write_parquet;

/// The first p eigenvalues of K/n and the targets' tails, each with bounds: made by [`SpectrumHead::run`].
///
/// The bounds hold but for a chance of at most [`failure`](SpectrumHeadResult::failure) over the random vectors, and for
/// rounding errors as large as are usual (they allow n·ε·‖K/n‖_F).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpectrumHeadResult {
    /// What was asked for.
    pub parameters: SpectrumHead,
    /// n, the rows of K.
    pub n: usize,
    /// Passes over K that were made.
    pub passes: usize,
    /// m, the vectors of the basis.
    pub vectors: usize,
    /// θ_1 ≥ θ_2 ≥ … (p): the largest Ritz values, each at most λ_i and at least about λ_i − residual²/(λ_i − outside).
    pub eigenvalues: Array1<f64>,
    /// Lower bounds on λ_i (p).
    pub eigenvalue_lower: Array1<f64>,
    /// Upper bounds on λ_i (p).
    pub eigenvalue_upper: Array1<f64>,
    /// ‖(K/n)û_i − θ_i û_i‖ (p): some eigenvalue is this near to θ_i.
    pub residuals: Array1<f64>,
    /// (û_iᵀy)²/n (p,k): the energy of each target on each Ritz vector. Within an eigenspace only the sum means something.
    pub energies: Array2<f64>,
    /// Σ_{l≥i} c_l² for i = 1, …, p + 1 (p + 1, k): ‖y‖²/n less the energies before i.
    pub tail: Array2<f64>,
    /// Lower bounds on the tails (p + 1, k).
    pub tail_lower: Array2<f64>,
    /// Upper bounds on the tails (p + 1, k).
    pub tail_upper: Array2<f64>,
    /// The last i up to which every tail is known to the tolerance that was asked for: half the distance of its bounds, over
    /// the tail.
    pub known: usize,
    /// A bound on ‖K/n‖ outside the basis: eigenvalues below it are not bounded by anything else.
    pub outside: f64,
    /// The chance that `outside`, and with it a bound, is too small.
    pub failure: f64,
    /// What rounding was allowed in an eigenvalue.
    pub rounding: f64,
    /// Σ λ_i over all n eigenvalues: the trace of K/n.
    pub trace: f64,
    /// Σ λ_i² over all n eigenvalues: ‖K/n‖_F².
    pub squares: f64,
}

impl SpectrumHeadResult {
    pub(super) fn new(
        parameters: &SpectrumHead,
        (whole, n, passes): (&[f64], usize, usize),
        (trace, squares): (f64, f64),
        ritz: &Ritz,
        tails: Tails,
    ) -> Result<SpectrumHeadResult> {
        let p = tails.tail.nrows() - 1;
        let eigenvalues: Array1<f64> = ritz.values[..p].iter().copied().collect();
        Ok(SpectrumHeadResult {
            parameters: parameters.clone(),
            n,
            passes,
            vectors: ritz.values.len(),
            eigenvalue_lower: eigenvalues.mapv(|value| value - ritz.noise),
            eigenvalue_upper: ritz.upper_bounds(p)?,
            residuals: ritz.norms[..p].iter().copied().collect(),
            energies: ritz.coefficients.slice(s![..p, ..]).mapv(|c| c * c),
            known: tails.known_to(whole, parameters.tolerance),
            tail: tails.tail,
            tail_lower: tails.lower,
            tail_upper: tails.upper,
            eigenvalues,
            outside: ritz.outside,
            failure: FAILURE * passes as f64,
            rounding: ritz.noise,
            trace,
            squares,
        })
    }

    /// p, how many eigenvalues there are.
    pub fn components(&self) -> usize {
        self.eigenvalues.len()
    }

    /// One row an index: `i` (from 1 to p + 1), `eigenvalue`, `eigenvalue_lower`, `eigenvalue_upper`, `residual` (empty at
    /// p + 1), and for each target j `energy_j` (empty at p + 1), `tail_j`, `tail_lower_j`, `tail_upper_j`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let p = self.components();
        let head = |values: &Array1<f64>, i: usize| values.get(i).copied();
        let mut frame = Frame::of(0..=p)
            .whole("i", |i| i + 1)
            .known("eigenvalue", |i| head(&self.eigenvalues, i))
            .known("eigenvalue_lower", |i| head(&self.eigenvalue_lower, i))
            .known("eigenvalue_upper", |i| head(&self.eigenvalue_upper, i))
            .known("residual", |i| head(&self.residuals, i));
        for j in 0..self.tail.ncols() {
            frame = frame
                .known(&format!("energy_{j}"), |i| self.energies.get((i, j)).copied())
                .number(&format!("tail_{j}"), |i| self.tail[[i, j]])
                .number(&format!("tail_lower_{j}"), |i| self.tail_lower[[i, j]])
                .number(&format!("tail_upper_{j}"), |i| self.tail_upper[[i, j]]);
        }
        frame.build("the frame of the head of a spectrum")
    }

    /// Writes [`SpectrumHeadResult::frame`] as Parquet, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be written, [`Error::Frame`] if polars refuses.
    pub fn write_parquet(&self, path: &Path) -> Result<()> {
        write_parquet(path, self.frame()?)
    }
}
