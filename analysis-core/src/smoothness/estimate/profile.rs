//! The profile likelihood of r, with any noise below a cap.

use super::expected::Expected;
use crate::numeric::golden;
use crate::regression::IndexRange;

/// Ratios of noise to the target's own mean energy that are tried.
const RATIOS: usize = 40;

/// Mean energies of the window's bins, and how many squares of independent normal variables each is worth.
#[derive(Debug)]
pub(super) struct Observed {
    /// Mean m_k of each bin.
    pub(super) means: Vec<f64>,
    /// Squares in each bin.
    pub(super) squares: Vec<f64>,
}

/// The best fit at one r.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// r.
    pub(super) r: f64,
    /// Scale of the expected energies.
    pub(super) scale: f64,
    /// σ².
    pub(super) noise: f64,
    /// ln of the likelihood, up to a constant.
    pub(super) likelihood: f64,
}

impl Observed {
    /// Of energies m_k (n), worth `freedom` squares each.
    pub(super) fn of(expected: &Expected, energies: &[f64], freedom: f64) -> Observed {
        let bins = &expected.bins;
        let count = |b: &IndexRange| (b.last + 1 - b.first) as f64;
        Observed {
            means: bins
                .iter()
                .map(|b| energies[b.first - 1..b.last].iter().sum::<f64>() / count(b))
                .collect(),
            squares: bins.iter().map(|b| freedom * count(b)).collect(),
        }
    }

    /// ln of the likelihood of m_k ~ v_k χ²_ν/ν, v_k = scale·e_k + noise, for exponent number `j`.
    fn likelihood(&self, expected: &Expected, j: usize, scale: f64, noise: f64) -> f64 {
        let parts = self.means.iter().zip(&self.squares).zip(expected.energies.column(j));
        parts
            .map(|((mean, squares), e)| {
                let v = scale * e + noise;
                -0.5 * squares * (v.ln() + mean / v)
            })
            .sum()
    }

    /// Every fit that was tried, exponent by exponent.
    pub(super) fn profile(&self, expected: &Expected, cap: f64) -> Vec<Vec<Point>> {
        (0..expected.exponents.len()).map(|j| self.tried(expected, j, cap)).collect()
    }

    /// Every fit that was tried at exponent number `j`, noise at most `cap`; of fixed ratios of noise to target the best scale is
    /// in closed form, and at the cap it is searched for.
    fn tried(&self, expected: &Expected, j: usize, cap: f64) -> Vec<Point> {
        let r = expected.exponents[j];
        let total: f64 = self.squares.iter().sum();
        let column = expected.energies.column(j);
        let mean = column.iter().zip(&self.squares).map(|(e, w)| e * w).sum::<f64>() / total;
        let ratio = |step: usize| match step {
            0 => 0.0,
            _ => mean * 10f64.powf(-3.0 + 5.0 * (step - 1) as f64 / (RATIOS - 2) as f64),
        };
        let mut tried: Vec<Point> = (0..RATIOS)
            .filter_map(|step| {
                let ratio = ratio(step);
                let parts = self.means.iter().zip(&self.squares).zip(column);
                let scale = parts.map(|((m, w), e)| w * m / (e + ratio)).sum::<f64>() / total;
                let noise = scale * ratio;
                (noise <= cap).then(|| Point {
                    r,
                    scale,
                    noise,
                    likelihood: self.likelihood(expected, j, scale, noise),
                })
            })
            .collect();
        let middle = self.means.iter().zip(&self.squares).map(|(m, w)| m * w).sum::<f64>() / total / mean;
        let against = |scale: f64| -self.likelihood(expected, j, scale, cap);
        let scale = golden(1e-5 * middle, 1e2 * middle, against);
        tried.push(Point { r, scale, noise: cap, likelihood: self.likelihood(expected, j, scale, cap) });
        tried
    }
}
