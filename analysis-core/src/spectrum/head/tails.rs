//! Bounds on the energy of a target on the first eigenvectors, and so on its tail.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Axis, s};

use super::ritz::Ritz;
use crate::error::Result;
use crate::linalg::symmetric_eigen;

/// Σ_{k≥i} c_k² for i = 1, …, p + 1 (p + 1, k) with lower and upper bounds.
///
/// Let H be the first j Ritz vectors, L the others, C_H and C_L their residuals, ρ ≥ ‖D‖, and
///
/// ν = ‖C_L(θ_j − Θ_L)⁻¹C_Lᵀ‖, ε = Σ_{l>j} η_l²/(θ_j − θ_l), δ = θ_j − ρ − ν, with η the target's coefficients.
///
/// If θ_j > θ_{j+1} and δ > 0, then K/n on the complement of H has no eigenvalue of θ_j or more (Haynsworth), so exactly j
/// eigenvalues of K/n are at least θ_j: none was missed. Their unit eigenvectors u_k = (a_k, x_k), x_k in the complement, have
/// x_k = (λ_k − K_cc/n)⁻¹ C_H a_k. From this follow, by block elimination, for X = [x_1, …, x_j]
///
/// Σ_k (x_kᵀη_L)² ≤ E² = ‖C_H‖_F² ν ε/δ² and ‖X‖² ≤ X² = ‖C_H‖_F²/δ²·(1 + ν/(θ_j − θ_{j+1})),
///
/// and with h = Σ_{k≤j} η_k² the energy on the first j eigenvectors is between (√(h(1 − X²)) − E)² and (√h + E)². Both errors
/// are of the second order in the residuals. A tail falls with i, so an index without a gap has the bounds of its neighbours:
/// within an eigenspace too, whichever basis of it is meant.
#[derive(Debug)]
pub(super) struct Tails {
    pub(super) tail: Array2<f64>,
    pub(super) lower: Array2<f64>,
    pub(super) upper: Array2<f64>,
}

impl Tails {
    /// `whole` (k) is ‖y‖²/n; `count` is p, at most the number of Ritz values.
    pub(super) fn new(ritz: &Ritz, whole: &[f64], count: usize) -> Result<Tails> {
        let k = whole.len();
        let mut head = Array2::zeros((count + 1, k));
        for i in 0..count {
            let row = ritz.coefficients.row(i).mapv(|c| c * c) + head.row(i);
            head.row_mut(i + 1).assign(&row);
        }
        let whole_row = ndarray::ArrayView1::from(whole);
        let tail = &whole_row - &head;
        let mut lower = Array2::zeros((count + 1, k));
        // The first tail is the whole, which is a sum with rounding of its own.
        let rounding = ritz.values.len() as f64 * f64::EPSILON;
        let mut upper = Array2::from_shape_fn((count + 1, k), |(_, target)| whole[target] * (1.0 + rounding));
        lower.row_mut(0).assign(&(&whole_row * (1.0 - rounding)));
        let places: Vec<usize> = (1..=count).collect();
        let gaps = places.into_par_iter().map(|j| Gap::new(ritz, j)).collect::<Result<Vec<_>>>()?;
        for (j, gap) in (1..).zip(&gaps) {
            let Some(gap) = gap else { continue };
            for target in 0..k {
                let (low, high) =
                    gap.head(head[[j, target]], whole[target], ritz.coefficients.slice(s![j.., target]));
                lower[[j, target]] = (whole[target] - high).max(0.0);
                upper[[j, target]] = (whole[target] - low).max(0.0);
            }
        }
        for mut column in upper.axis_iter_mut(Axis(1)) {
            let mut least = f64::INFINITY;
            for bound in &mut column {
                least = least.min(*bound);
                *bound = least;
            }
        }
        for mut column in lower.axis_iter_mut(Axis(1)) {
            let mut most = 0.0f64;
            for bound in column.iter_mut().rev() {
                most = most.max(*bound);
                *bound = most;
            }
        }
        Ok(Tails { tail, lower, upper })
    }

    /// The largest i up to which every target's tail is known to `tolerance` of itself (or of 1e-10 of the target's energy,
    /// where the tail is less): half the distance of the bounds.
    pub(super) fn known_to(&self, whole: &[f64], tolerance: f64) -> usize {
        let known = |i: &usize| {
            whole.iter().enumerate().all(|(target, whole)| {
                let scale = self.tail[[*i, target]].max(1e-10 * whole);
                self.upper[[*i, target]] - self.lower[[*i, target]] <= 2.0 * tolerance * scale
            })
        };
        (0..self.tail.nrows()).take_while(known).count()
    }
}

/// What is known where θ_j > θ_{j+1}.
#[derive(Debug)]
struct Gap {
    /// θ_j − θ_l for l > j (m − j).
    differences: Vec<f64>,
    /// ν.
    coupling: f64,
    /// ‖C_H‖_F/δ.
    angle: f64,
    /// What rounding may turn the space by, and each energy (as a part of the whole).
    turn: f64,
    rounding: f64,
}

impl Gap {
    /// None where nothing is known.
    fn new(ritz: &Ritz, j: usize) -> Result<Option<Gap>> {
        let m = ritz.values.len();
        let value = ritz.values[j - 1];
        let room = value - ritz.noise - ritz.outside;
        let differences: Vec<f64> = ritz.values[j..].iter().map(|other| value - other).collect();
        let nearest = differences.first().copied().unwrap_or(value);
        if room <= 0.0 || nearest <= 4.0 * ritz.noise {
            return Ok(None);
        }
        // ν is at least this: not worth computing.
        if j < m && ritz.norms[j].powi(2) / nearest >= room {
            return Ok(None);
        }
        let coupling = if j < m && ritz.residuals.nrows() > 0 {
            let mut scaled = ritz.residuals.slice(s![.., j..]).to_owned();
            for (mut column, difference) in scaled.columns_mut().into_iter().zip(&differences) {
                column /= difference.sqrt();
            }
            let eigen = symmetric_eigen(scaled.dot(&scaled.t()))?;
            eigen.values[eigen.values.len() - 1].max(0.0)
        } else {
            0.0
        };
        let distance = room - coupling;
        if distance <= 0.0 {
            return Ok(None);
        }
        let angle = ritz.residual_squares(j).sqrt() / distance;
        let turn = ritz.noise / (nearest - 2.0 * ritz.noise);
        let rounding = m as f64 * f64::EPSILON;
        Ok(Some(Gap { differences, coupling, angle, turn, rounding }))
    }

    /// Bounds on the energy on the first j eigenvectors, where it is h on the first j Ritz vectors and `others` are the
    /// target's coefficients on the other ones.
    fn head(&self, h: f64, whole: f64, others: ndarray::ArrayView1<f64>) -> (f64, f64) {
        let nearest = self.differences.first().copied().unwrap_or(f64::INFINITY);
        let spread: f64 = others.iter().zip(&self.differences).map(|(c, d)| c * c / d).sum();
        let across = self.angle * (self.coupling * spread).sqrt();
        let lost = self.angle.powi(2) * (1.0 + self.coupling / nearest);
        let low = ((h * (1.0 - lost)).max(0.0).sqrt() - across).max(0.0).powi(2);
        let high = (h.sqrt() + across).powi(2).min(whole);
        // A turn by the angle t changes ‖Py‖² by 2t‖Py‖‖(I − P)y‖ + t²‖y‖² at most.
        let turned = 2.0 * self.turn * (high * (whole - low).max(0.0)).sqrt();
        let slack = turned + (self.turn.powi(2) + self.rounding) * whole;
        (low - slack, high + slack)
    }
}
