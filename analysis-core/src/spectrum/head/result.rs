//! What is known of the head of a spectrum.

use std::path::Path;

use ndarray::s;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::SpectrumHead;
use super::probes::FAILURE;
use super::ritz::Ritz;
use super::tails::Tails;
use crate::data::DatasetOrigin;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::frame::Frame;
use crate::origin::Origins;
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
    pub eigenvalues: Vec<f64>,
    /// Lower bounds on λ_i (p).
    pub eigenvalue_lower: Vec<f64>,
    /// Upper bounds on λ_i (p).
    pub eigenvalue_upper: Vec<f64>,
    /// ‖(K/n)û_i − θ_i û_i‖ (p): some eigenvalue is this near to θ_i.
    pub residuals: Vec<f64>,
    /// Each target (k).
    pub targets: Vec<TargetHead>,
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
    /// SHA-256 of the numbers in x and y.
    pub data_sha256: String,
    /// Which rows they were, where the caller has said so.
    pub data: Option<DatasetOrigin>,
    /// The program and the machine that computed it.
    pub computed_by: Origins,
}

/// What is known of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetHead {
    /// (û_iᵀy)²/n (p): the energy on each Ritz vector. Within an eigenspace only the sum means something. The bounds on a single
    /// c_i² are those of two tails: from lower_i − upper_{i+1} to upper_i − lower_{i+1}.
    pub energies: Vec<f64>,
    /// Σ_{l≥i} c_l² for i = 1, …, p + 1: ‖y‖²/n less the energies before i.
    pub tail: Vec<f64>,
    /// Lower bounds on the tails (p + 1).
    pub tail_lower: Vec<f64>,
    /// Upper bounds on the tails (p + 1).
    pub tail_upper: Vec<f64>,
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
        let eigenvalues = ritz.values[..p].to_vec();
        let target = |j: usize| TargetHead {
            energies: ritz.coefficients.slice(s![..p, j]).iter().map(|c| c * c).collect(),
            tail: tails.tail.column(j).to_vec(),
            tail_lower: tails.lower.column(j).to_vec(),
            tail_upper: tails.upper.column(j).to_vec(),
        };
        Ok(SpectrumHeadResult {
            parameters: parameters.clone(),
            n,
            passes,
            vectors: ritz.values.len(),
            eigenvalue_lower: eigenvalues.iter().map(|value| value - ritz.noise).collect(),
            eigenvalue_upper: ritz.upper_bounds(p)?,
            residuals: ritz.norms[..p].to_vec(),
            targets: (0..whole.len()).map(target).collect(),
            known: tails.known_to(whole, parameters.tolerance),
            eigenvalues,
            outside: ritz.outside,
            failure: FAILURE * passes as f64,
            rounding: ritz.noise,
            trace,
            squares,
            data_sha256: String::new(),
            data: None,
            computed_by: Origins::now(),
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
        let head = |values: &[f64], i: usize| values.get(i).copied();
        let mut frame = Frame::of(0..=p)
            .whole("i", |i| i + 1)
            .known("eigenvalue", |i| head(&self.eigenvalues, i))
            .known("eigenvalue_lower", |i| head(&self.eigenvalue_lower, i))
            .known("eigenvalue_upper", |i| head(&self.eigenvalue_upper, i))
            .known("residual", |i| head(&self.residuals, i));
        for (j, target) in self.targets.iter().enumerate() {
            frame = frame
                .known(&format!("energy_{j}"), |i| head(&target.energies, i))
                .number(&format!("tail_{j}"), |i| target.tail[i])
                .number(&format!("tail_lower_{j}"), |i| target.tail_lower[i])
                .number(&format!("tail_upper_{j}"), |i| target.tail_upper[i]);
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
