//! What the ansatz gives, and how far it is from what was measured.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{DataMoments, HermiteSpectrum};
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::frame::Frame;

/// The largest eigenvalues that the ansatz gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HermiteEigenvalues {
    /// λ_α, descending.
    pub eigenvalues: Vec<f64>,
    /// |α| of each.
    pub degrees: Vec<usize>,
    /// c_0, …, up to the highest degree that was used.
    pub levels: Vec<f64>,
    /// The kernel of a row of mean norm with itself: the sum of all eigenvalues, if the ansatz were exact.
    pub trace: f64,
    /// The data's mean and covariance.
    pub moments: DataMoments,
    /// What was asked for.
    pub parameters: HermiteSpectrum,
}

/// Predicted over measured eigenvalues, over an octave of the index.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OctaveRatio {
    /// The first index, from 1.
    pub first: usize,
    /// The last.
    pub last: usize,
    /// The geometric mean of predicted/measured.
    pub ratio: f64,
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl HermiteEigenvalues {
    /// The highest degree that was used.
    pub fn max_degree(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }

    /// How many of the first `count` eigenvalues are of each degree, from 0 to [`HermiteEigenvalues::max_degree`].
    pub fn by_degree(&self, count: usize) -> Vec<usize> {
        let mut numbers = vec![0; self.levels.len()];
        for degree in self.degrees.iter().take(count) {
            if let Some(number) = numbers.get_mut(*degree) {
                *number += 1;
            }
        }
        numbers
    }

    /// The κ at which N = `modes` modes of this spectrum are resolved, Σ_i λ_i/(λ_i + κ) = N: to be held against
    /// [`Resolution::kappa`](crate::spectrum::Resolution::kappa) of a sample at the ridge that resolves as many, which needs no
    /// eigenvalue to be in its place. What of the trace is not in the list counts as eigenvalues far below κ, so the list should reach
    /// several times beyond N.
    ///
    /// # Errors
    /// [`Error::Parameter`] for N that is not positive.
    pub fn kappa(&self, modes: f64) -> Result<f64> {
        check::positive("modes", modes)?;
        let listed: f64 = self.eigenvalues.iter().rev().sum();
        // An expansion that was cut too late sums to more than the trace: then nothing is left over.
        let rest = (self.trace - listed).max(0.0);
        let resolved = |kappa: f64| {
            self.eigenvalues.iter().rev().map(|value| value / (value + kappa)).sum::<f64>() + rest / kappa
        };
        // N κ ≤ tr, and N falls with κ.
        let (mut low, mut high) = (1e-18 * self.trace, 2.0 * (listed + rest) / modes);
        for _ in 0..80 {
            let middle = (low * high).sqrt();
            if resolved(middle) > modes {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok((low * high).sqrt())
    }

    /// Predicted over measured, over i = 1, 2–3, 4–7, … up to `most` or where either list ends; a last octave that is not whole is left
    /// out. `measured` are eigenvalues of K/n, descending.
    ///
    /// On n rows the eigenvalues number n/20 and beyond are lifted by all that n rows do not resolve, so there a ratio says nothing of
    /// the ansatz.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a measured or predicted eigenvalue that is not positive.
    pub fn octaves(&self, measured: &[f64], most: usize) -> Result<Vec<OctaveRatio>> {
        let most = most.min(measured.len()).min(self.eigenvalues.len());
        let mut octaves = Vec::new();
        let mut first = 1;
        while 2 * first - 1 <= most {
            let last = 2 * first - 1;
            let pairs = self.eigenvalues[first - 1..last].iter().zip(&measured[first - 1..last]);
            let mut logs = Vec::new();
            for (predicted, found) in pairs {
                check::positive("eigenvalues", *predicted)?;
                check::positive("measured", *found)?;
                logs.push((predicted / found).ln());
            }
            let extreme = |of: fn(f64, f64) -> f64| logs.iter().copied().reduce(of).unwrap_or(0.0).exp();
            octaves.push(OctaveRatio {
                first,
                last,
                ratio: (logs.iter().sum::<f64>() / logs.len() as f64).exp(),
                low: extreme(f64::min),
                high: extreme(f64::max),
            });
            first *= 2;
        }
        Ok(octaves)
    }

    /// One row an eigenvalue: `i` (from 1), `eigenvalue`, `degree`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let rows = self.eigenvalues.iter().zip(&self.degrees).enumerate();
        Frame::of(rows)
            .whole("i", |(i, _)| i + 1)
            .number("eigenvalue", |(_, (value, _))| *value)
            .whole("degree", |(_, (_, degree))| *degree)
            .build("the frame of a Hermite spectrum")
    }
}
