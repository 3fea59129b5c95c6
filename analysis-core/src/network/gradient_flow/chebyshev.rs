//! The coefficients of the Runge–Kutta–Chebyshev method of order two.
//!
//! With s stages a step h is stable for eigenvalues of −J from 0 to about 0.65 (s² − 1)/h: to follow the slow parts of a stiff
//! flow costs gradients like the square root of the stiffness, where plain steps cost like the stiffness.
//!
//! Reference: B. P. Sommeijer, L. F. Shampine, J. G. Verwer, RKC: an explicit solver for parabolic PDEs, J. Comput. Appl. Math.
//! 88 (1998), 315–326: equations (2.5) to (2.8), and the error estimate (2.11).

/// ε of the damping: the stability polynomial stays below 1 − ε/3 in size.
const DAMPING: f64 = 2.0 / 13.0;

/// One stage: Y_j = (1 − μ − ν) Y_0 + μ Y_{j−1} + ν Y_{j−2} + h (μ̃ F_{j−1} + γ̃ F_0).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stage {
    pub(super) mu: f64,
    pub(super) nu: f64,
    pub(super) slope: f64,
    pub(super) first: f64,
}

/// A method of s stages: Y_1 = Y_0 + μ̃_1 h F_0, then stages 2..s; Y_s is the step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chebyshev {
    pub(super) first: f64,
    pub(super) stages: Vec<Stage>,
}

/// How many stages a step needs where h times the largest eigenvalue is `stiffness`.
pub(super) fn stages(stiffness: f64) -> usize {
    ((1.0 + 1.54 * stiffness.max(0.0)).sqrt().floor() as usize + 1).max(2)
}

impl Chebyshev {
    /// The method of s ≥ 2 stages.
    pub(super) fn new(s: usize) -> Self {
        let w0 = 1.0 + DAMPING / (s * s) as f64;
        // T_j, T'_j and T''_j at w0, by the recurrence T_j = 2 w0 T_{j−1} − T_{j−2} and its derivatives.
        let mut t = vec![[1.0, 0.0, 0.0], [w0, 1.0, 0.0]];
        for j in 2..=s {
            let ([a, b, c], [d, e, f]) = (t[j - 1], t[j - 2]);
            t.push([2.0 * w0 * a - d, 2.0 * a + 2.0 * w0 * b - e, 4.0 * b + 2.0 * w0 * c - f]);
        }
        let w1 = t[s][1] / t[s][2];
        let b = |j: usize| if j < 2 { t[2][2] / (t[2][1] * t[2][1]) } else { t[j][2] / (t[j][1] * t[j][1]) };
        let stage = |j: usize| {
            let slope = 2.0 * b(j) * w1 / b(j - 1);
            let a = 1.0 - b(j - 1) * t[j - 1][0];
            Stage { mu: 2.0 * b(j) * w0 / b(j - 1), nu: -b(j) / b(j - 2), slope, first: -a * slope }
        };
        Chebyshev { first: b(1) * w1, stages: (2..=s).map(stage).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R(z) of y' = −y with step z.
    fn decay(s: usize, z: f64) -> f64 {
        let method = Chebyshev::new(s);
        let (mut before, mut now) = (1.0, 1.0 - method.first * z);
        for Stage { mu, nu, slope, first } in method.stages {
            let next = 1.0 - mu - nu + mu * now + nu * before - z * (slope * now + first);
            (before, now) = (now, next);
        }
        now
    }

    /// e^{−z} up to its third power, and no larger than 1 − ε/3 (to 1 %) as far as [`stages`] says.
    #[test]
    fn a_step_is_of_second_order_and_damped_as_far_as_it_says() {
        for s in [2, 3, 5, 10, 40, 200] {
            for z in [1e-2f64, 1e-3] {
                let error = decay(s, z) - (-z).exp();
                // The third coefficient lies between that of s = 2 (0) and of s → ∞ (1/15), not 1/6.
                assert!(error.abs() < 0.17 * z * z * z + 1e-13, "{s} stages, z = {z}: {error}");
            }
            let bound = ((s as f64).powi(2) - 1.0) / 1.54;
            let at = |share: usize| decay(s, bound * share as f64 / 2000.0).abs();
            let largest = (100..=2000).map(at).fold(0.0, f64::max);
            assert!(
                largest <= 1.0 - DAMPING / 3.0 + 0.01 || s == 2 && largest < 1.0,
                "{s} stages: {largest}"
            );
            assert!(stages(bound * 0.999) <= s && stages(bound * 1.01) > s.max(2) - 1, "{s}");
        }
    }
}
