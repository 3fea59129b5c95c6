//! The sequences that lines are fitted to, and the fits.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::parameters::Smoothness;
use crate::check;
use crate::data::DatasetOrigin;
use crate::error::{Error, Result};
use crate::kernel::GramOrigin;
use crate::spectrum::{Eigenspace, Evidence};

/// What is decomposed: where x and y, or K and y, came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CurvesOrigin {
    /// A kernel's Gram matrix on a data set.
    Data(DatasetOrigin),
    /// A Gram matrix of any origin.
    Gram {
        /// Where K came from.
        gram: GramOrigin,
        /// SHA-256 of n and k as little-endian u64, then y (n,k) row by row as little-endian f64.
        targets_sha256: String,
        /// The data set that y, and the rows K was made on, are of; where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Box<DatasetOrigin>>,
    },
}

/// The sequences that the lines are fitted to. They do not depend on the window: [`DecayCurves::fit`] refits at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecayCurves {
    /// λ_1 ≥ λ_2 ≥ … of K/n (n).
    pub eigenvalues: Vec<f64>,
    /// Σ_{k≥i} c_k², summed over target columns, i = 1..n; the energy of each of the
    /// [`eigenspaces`](DecayCurves::eigenspaces) is shared evenly over its indices.
    pub tail: Vec<f64>,
    /// How many target columns were summed over.
    pub columns: usize,
    /// The same for each permutation of the targets' rows.
    pub null_tails: Vec<Vec<f64>>,
    /// The eigenvalues that are one to rounding: within them a tail is a straight line, not a measurement.
    pub eigenspaces: Vec<Eigenspace>,
    /// ε of the numbers K was made in: n·ε is the rounding below which eigenvalues and tails mean nothing.
    pub epsilon: f64,
    /// How far the decomposition can be trusted.
    pub evidence: Evidence,
    /// What was decomposed.
    pub origin: CurvesOrigin,
}

impl DecayCurves {
    /// m_k = n c_k² (n), the energies as differences of the tail: what pure noise of energy σ² makes σ² each.
    pub(crate) fn energies(&self) -> Vec<f64> {
        let n = self.tail.len() as f64;
        let next = self.tail.iter().skip(1).chain(&[0.0]);
        self.tail.iter().zip(next).map(|(tail, next)| n * (tail - next)).collect()
    }

    /// Refuses curves that no [`Smoothness`] has made: fields are public, and files are edited.
    ///
    /// # Errors
    /// [`Error::Shape`] where the lists are not of one length, or are empty, or an eigenspace lies outside;
    /// [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::{Array1, Array2};
    /// let k = Array2::from_diag(&Array1::from_shape_fn(50, |i| (i as f64 + 1.0).powf(-1.5)));
    /// let y = Array2::from_shape_fn((50, 1), |(i, _)| (i as f64 + 1.0).powf(-1.0));
    /// let smoothness = Smoothness { window: "1..=20".parse()?, ..Default::default() };
    /// let mut curves = smoothness.run((&Gram::from_array(k)?, y.view()))?.curves;
    /// assert!(curves.check().is_ok());
    /// curves.eigenvalues.pop();
    /// assert!(curves.fit(&smoothness).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn check(&self) -> Result<()> {
        let n = self.tail.len();
        let lists = || std::iter::once(&self.tail).chain([&self.eigenvalues]).chain(&self.null_tails);
        let mut next = 1;
        let ordered = self.eigenspaces.iter().all(|space| {
            let fits = next <= space.first && space.first < space.last && space.last <= n;
            next = space.last.saturating_add(1);
            fits
        });
        if n == 0 || !ordered || lists().any(|list| list.len() != n) {
            let null: Vec<usize> = self.null_tails.iter().map(Vec::len).collect();
            return Err(Error::shape(
                "decay curves",
                "eigenvalues, tail and every permuted tail of one length n ≥ 1, and eigenspaces in order \
                           within 1..=n",
                format!(
                    "{} eigenvalues, a tail of {n}, permuted tails of {null:?}, eigenspaces {:?}",
                    self.eigenvalues.len(),
                    self.eigenspaces
                ),
            ));
        }
        for (column, list) in lists().enumerate() {
            if let Some((row, value)) = list.iter().enumerate().find(|(_, v)| !v.is_finite()) {
                let what =
                    "decay curves (column 0 is the tail, 1 the eigenvalues, then the permuted tails)".into();
                return Err(Error::NotFinite { what, row, column, value: *value });
            }
        }
        let why = "the precision of K must be in (0, 1)";
        check::refuse(!(self.epsilon > 0.0 && self.epsilon < 1.0), "epsilon", self.epsilon, why)?;
        Ok(())
    }
}
