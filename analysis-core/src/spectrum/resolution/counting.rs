//! How many population eigenvalues lie above any λ.

use std::f64::consts::PI;

use super::{OnCut, Resolution, on_cut};
use crate::error::Result;

/// Steps of ln x along the cut.
const STEP: f64 = 0.02;

/// The count i(λ) = #{λ_i > λ} of the population: from the eigenvalues as far as the sample resolves them, and a power law beyond.
///
/// On the cut, Im N = n Im(z/κ) = Σ_i λ_i R sin φ/|λ_i + κ|²: the density of the ln λ_i times π, spread by about π − φ. So
/// di/d ln λ at λ = R is n x sin φ/(πR), put right for a power law's slope across that spread by sin(π/β)/sin(φ/β); its
/// integral along the cut down to x = μ_{n/2} is i. Below, i ~ λ^{−1/β'} with the one β' that makes the population resolve, at the
/// smallest ridge, the N modes that the sample does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counting {
    /// ln λ, ascending.
    logs: Vec<f64>,
    /// ln(i + ½) there, descending: the index of the middle of a mode.
    indices: Vec<f64>,
    /// β'.
    exponent: f64,
}

impl Counting {
    /// # Errors
    /// As [`Resolution::decay`].
    pub(crate) fn of(resolution: &Resolution) -> Result<Counting> {
        let (mut logs, mut indices) = along_cut(resolution, resolution.decay()?);
        logs.reverse();
        indices.reverse();
        let mut counting = Counting { logs, indices, exponent: 1.0 };
        let modes = resolution.modes(0.0);
        let kappa = resolution.kappa(0.0).ln();
        // The steeper what lies beyond, the fewer modes.
        let (mut low, mut high) = (1.001, 8.0);
        for _ in 0..50 {
            counting.exponent = 0.5 * (low + high);
            if counting.resolved(kappa) > modes {
                low = counting.exponent;
            } else {
                high = counting.exponent;
            }
        }
        Ok(counting)
    }

    /// The largest ln λ.
    pub(crate) fn top(&self) -> f64 {
        self.logs[self.logs.len() - 1]
    }

    /// ln(i + ½) at ln λ.
    pub(crate) fn at(&self, log: f64) -> f64 {
        let (logs, indices) = (&self.logs, &self.indices);
        if log <= logs[0] {
            return indices[0] + (logs[0] - log) / self.exponent;
        }
        let above = logs.partition_point(|l| *l <= log);
        if above == logs.len() {
            return indices[above - 1];
        }
        let share = (log - logs[above - 1]) / (logs[above] - logs[above - 1]);
        indices[above - 1] + share * (indices[above] - indices[above - 1])
    }

    /// Σ_i λ_i/(λ_i + κ).
    fn resolved(&self, kappa: f64) -> f64 {
        let (mut log, mut count, mut sum) = (self.top() + 1.0, 0.0, 0.0);
        // Below e^{−40} κ a power law's share is closed.
        while log > kappa - 40.0 {
            log -= STEP;
            let next = self.at(log).exp() - 0.5;
            sum += (next - count) / (1.0 + (kappa - log - 0.5 * STEP).exp());
            count = next;
        }
        sum + count * (log - kappa).exp() / (self.exponent - 1.0)
    }
}

/// (ln λ, ln(i + ½)) from above the first eigenvalue down to number n/2, ln λ descending.
fn along_cut(resolution: &Resolution, decay: f64) -> (Vec<f64>, Vec<f64>) {
    let eigenvalues = resolution.eigenvalues();
    let n = eigenvalues.len();
    let beta = decay.max(1.05);
    // Kernels reach a third of their eigenvalue above it.
    let top = (1.6 * eigenvalues[0]).ln();
    let low = eigenvalues[n / 2].max(resolution.least_ridge()).max(f64::MIN_POSITIVE).ln();
    let mut places = (vec![], vec![]);
    let (mut count, mut before) = (0.0, (f64::INFINITY, 0.0));
    for step in 0..=((top - low) / STEP) as usize {
        let x = (top - STEP * step as f64).exp();
        let OnCut { modulus, angle } = on_cut(eigenvalues, x);
        let spread = if angle > 0.0 { (PI / beta).sin() / (angle / beta).sin() } else { 0.0 };
        let density = n as f64 * x * angle.sin() / (PI * modulus) * spread;
        let log = modulus.ln();
        if step > 0 {
            count += 0.5 * (density + before.1) * (before.0 - log).max(0.0);
        }
        // Where R rises for a step, between eigenvalues far apart, the curve waits.
        if places.0.last().is_none_or(|last| log < *last) && log < before.0 {
            places.0.push(log);
            places.1.push((count + 0.5).ln());
        }
        before = (log, density);
    }
    places
}
