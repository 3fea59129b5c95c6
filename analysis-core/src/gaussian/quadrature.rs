//! Gauss–Legendre rules, and the density they integrate against.

use std::f64::consts::PI;

/// Nodes and weights of the N-point Gauss–Legendre rule on [−1, 1].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GaussLegendre {
    pub(crate) nodes: Vec<f64>,
    pub(crate) weights: Vec<f64>,
}

impl GaussLegendre {
    /// Newton's method on P_N from Tricomi's starting points; exact to rounding for the N ≤ 64 used here.
    pub(crate) fn new(points: usize) -> Self {
        let (mut nodes, mut weights) = (vec![0.0; points], vec![0.0; points]);
        let n = points as f64;
        for i in 0..points.div_ceil(2) {
            let mut x = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..8 {
                let (value, derivative) = legendre(points, x);
                slope = derivative;
                let step = value / derivative;
                x -= step;
                if step.abs() <= 1e-16 {
                    slope = legendre(points, x).1;
                    break;
                }
            }
            if points % 2 == 1 && i == points / 2 {
                x = 0.0;
                slope = legendre(points, 0.0).1;
            }
            let weight = 2.0 / ((1.0 - x * x) * slope * slope);
            (nodes[i], weights[i]) = (-x, weight);
            (nodes[points - 1 - i], weights[points - 1 - i]) = (x, weight);
        }
        GaussLegendre { nodes, weights }
    }

    /// ∫ f over [a, b].
    pub(crate) fn integrate(&self, a: f64, b: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let sum: f64 = self.nodes.iter().zip(&self.weights).map(|(x, w)| w * f(middle + half * x)).sum();
        half * sum
    }
}

/// The density of the standard normal distribution.
pub(super) fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// P_N(x) and its derivative.
fn legendre(points: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for j in 2..=points {
        let j = j as f64;
        (before, value) = (value, ((2.0 * j - 1.0) * x * value - (j - 1.0) * before) / j);
    }
    let n = points as f64;
    (value, n * (before - x * value) / (1.0 - x * x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_on_polynomials_up_to_degree_2n_minus_1() {
        for points in [1, 2, 5, 16, 48] {
            let rule = GaussLegendre::new(points);
            for degree in (0..2 * points as i32).step_by(2) {
                let integral = rule.integrate(-1.0, 1.0, |x| x.powi(degree));
                // Weights good to a few ε, summed over `points` positive terms.
                assert!((integral * f64::from(degree + 1) / 2.0 - 1.0).abs() < 1e-13, "{points} {degree}");
            }
        }
    }
}
