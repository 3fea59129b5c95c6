//! What energy each eigenvector of a sample is expected to have.

use ndarray::Array2;

use crate::linalg::matmul;
use crate::regression::IndexRange;
use crate::spectrum::{Counting, OnCut, Resolution, on_cut};

/// Steps of ln λ in the sums over the population. The narrowest peak, that of the window's first index, is some 0.01 wide.
const STEP: f64 = 0.008;
/// How far below the smallest resolved λ, and above the largest, the sums go.
const BELOW: f64 = 10.0;
const ABOVE: f64 = 3.0;
/// Within so much of ln λ the population's count is taken for a power law when energy is given to a mode: a spectrum in steps,
/// as a sphere's, holds on each step modes of one eigenvalue and one energy, and its count has a mean course all the same.
const COURSE: f64 = 0.7;

/// E m_k at unit scale, for targets whose population tail Σ_{k≥i} θ_k² is (i − ½)^{−r}.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// First and last k of each bin.
    pub(super) bins: Vec<IndexRange>,
    /// The exponents r, ascending.
    pub(super) exponents: Vec<f64>,
    /// (bins, exponents).
    pub(super) energies: Array2<f64>,
}

impl Expected {
    /// Over the indices of `window`. In the form of Ledoit and Péché (2011), with κ = R_k e^{−iφ_k} on the cut at μ_k,
    ///
    /// E m_k = σ² + Σ_i θ_i² R_k² / (λ_i² + R_k² + 2 λ_i R_k cos φ_k):
    ///
    /// (R/λ)² of what lies far above, a peak of the k-th mode's own neighbourhood, all of what lies far below.
    pub(super) fn of(
        resolution: &Resolution,
        counting: &Counting,
        window: IndexRange,
        exponents: &[f64],
    ) -> Expected {
        let bins = bins(window);
        let kappas: Vec<f64> = [resolution.kappa(0.0).ln(), counting.top() + ABOVE].into();
        let low = kappas[0] - BELOW;
        let nodes = ((kappas[1] - low) / STEP) as usize;
        let logs: Vec<f64> = (0..=nodes).map(|node| low + STEP * node as f64).collect();
        let indices: Vec<f64> = logs.iter().map(|log| counting.at(*log)).collect();
        let course = course(&indices);
        let tails = Array2::from_shape_fn((nodes + 1, exponents.len()), |(node, j)| {
            let r = exponents[j];
            match node {
                // Everything below.
                0 => (-r * indices[0]).exp(),
                _ => {
                    let modes = indices[node - 1].exp() - indices[node].exp();
                    r * (-0.5 * (1.0 + r) * (course[node - 1] + course[node])).exp() * modes
                }
            }
        });
        let mut weights = Array2::zeros((bins.len(), nodes + 1));
        for (mut row, bin) in weights.rows_mut().into_iter().zip(&bins) {
            let middle =
                ((bin.first as f64 * bin.last as f64).sqrt().round() as usize).clamp(bin.first, bin.last);
            let OnCut { modulus, angle } =
                on_cut(resolution.eigenvalues(), resolution.eigenvalues()[middle - 1]);
            let cosine = angle.cos();
            row[0] = 1.0;
            for (weight, log) in row.iter_mut().skip(1).zip(&logs) {
                let ratio = (log + 0.5 * STEP).exp() / modulus;
                *weight = 1.0 / (ratio * ratio + 1.0 + 2.0 * ratio * cosine);
            }
        }
        let mut energies = Array2::zeros((bins.len(), exponents.len()));
        matmul(1.0, weights.view(), tails.view(), 0.0, energies.view_mut());
        Expected { bins, exponents: exponents.to_vec(), energies }
    }

    /// Which of the exponents this one is.
    pub(super) fn number_of(&self, r: f64) -> usize {
        self.exponents.iter().position(|other| *other == r).unwrap_or(0)
    }

    /// From the exponent before number `at` to the one after it, in steps `PARTS` times as fine; of three exponents or more, equal steps
    /// of ln r apart. ln E m_k is a parabola in ln r through three of them.
    pub(super) fn around(&self, at: usize) -> Expected {
        const PARTS: usize = 8;
        let last = self.exponents.len() - 1;
        let (low, high) = (at.saturating_sub(1), (at + 1).min(last));
        let middle = at.clamp(1, last - 1);
        let apart = self.exponents[middle] / self.exponents[middle - 1];
        let places: Vec<f64> = (0..=(high - low) * PARTS)
            .map(|part| (low as f64 - middle as f64) + part as f64 / PARTS as f64)
            .collect();
        let energies = Array2::from_shape_fn((self.bins.len(), places.len()), |(bin, j)| {
            let of = |column: usize| self.energies[[bin, column]].ln();
            let (before, here, after) = (of(middle - 1), of(middle), of(middle + 1));
            let (slope, bend) = (0.5 * (after - before), before - 2.0 * here + after);
            (here + places[j] * (slope + 0.5 * places[j] * bend)).exp()
        });
        let exponents = places.iter().map(|place| self.exponents[middle] * apart.powf(*place)).collect();
        Expected { bins: self.bins.clone(), exponents, energies }
    }
}

/// Indices one by one, and from 25 on in bins 4 % wide: within one, the expected energy hardly changes.
fn bins(window: IndexRange) -> Vec<IndexRange> {
    let mut bins = Vec::new();
    let mut first = window.first;
    while first <= window.last {
        let last = ((first as f64 * 1.04) as usize).min(window.last);
        bins.push(IndexRange { first, last });
        first = last + 1;
    }
    bins
}

/// ln of the index by local lines under a Gaussian weight of standard deviation [`COURSE`], at every node.
fn course(indices: &[f64]) -> Vec<f64> {
    // Every tenth node: between them a line of this width is straight.
    const THIN: usize = 10;
    let reach = (4.0 * COURSE / (STEP * THIN as f64)) as usize;
    let at: Vec<f64> = indices.iter().step_by(THIN).copied().collect();
    let lines: Vec<f64> = (0..at.len())
        .map(|centre| {
            let (mut w0, mut w1, mut w2, mut y0, mut y1) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (other, y) in
                at.iter().enumerate().take(centre + reach + 1).skip(centre.saturating_sub(reach))
            {
                let x = (other as f64 - centre as f64) * STEP * THIN as f64;
                let w = (-0.5 * (x / COURSE).powi(2)).exp();
                (w0, w1, w2) = (w0 + w, w1 + w * x, w2 + w * x * x);
                (y0, y1) = (y0 + w * y, y1 + w * x * y);
            }
            (y0 * w2 - y1 * w1) / (w0 * w2 - w1 * w1)
        })
        .collect();
    (0..indices.len())
        .map(|node| {
            let (left, share) = (node / THIN, (node % THIN) as f64 / THIN as f64);
            let right = (left + 1).min(lines.len() - 1);
            lines[left] + share * (lines[right] - lines[left])
        })
        .collect()
}
