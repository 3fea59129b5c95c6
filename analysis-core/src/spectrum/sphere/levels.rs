//! The whole spectrum as a finite list of levels, for sums Σ_k N(d, k) F(λ_k, …) over all degrees.

use super::multiplicity::smooth;
use super::{SphereEigenvalues, multiplicity};
use crate::error::Result;
use crate::gaussian::GaussLegendre;

/// The degrees beyond the table are taken in stretches of this ratio, in ln k,
const RATIO: f64 = 4.0;
/// so many of them (to 3e9 from a table of 200),
const STRETCHES: usize = 12;
/// with so many nodes each; then one more stretch to infinity, in 1/k.
const NODES: usize = 12;

/// An eigenvalue and how often it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// λ.
    pub(crate) eigenvalue: f64,
    /// The multiplicity, or a quadrature weight times it.
    pub(crate) multiplicity: f64,
}

impl SphereEigenvalues {
    /// Levels such that Σ multiplicity·F(λ) is the sum over *all* degrees, for F that varies moderately from degree to
    /// degree beyond the table. Two kernels with the same d and table have theirs at the same places, so that sums over
    /// both can be taken together; a degree whose eigenvalue vanishes in the table is in the list, beyond it is not.
    ///
    /// Beyond the table, the degrees of one parity are summed by the midpoint rule turned round:
    /// Σ_{k = a+1, a+3, …} g(k) = ½∫_a^∞ g dk + g'(a)/12 + O(g'''), the derivative as (g(a+1) − g(a−1))/2, the integral by
    /// Gauss–Legendre. Weights stay positive.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) where there is no series.
    pub(crate) fn levels(&self) -> Result<Vec<Level>> {
        let d = self.d();
        let mut levels: Vec<Level> = (self.eigenvalues.iter().zip(&self.multiplicities))
            .take(self.computed())
            .map(|(&eigenvalue, &multiplicity)| Level { eigenvalue, multiplicity })
            .collect();
        let rule = GaussLegendre::new(NODES);
        for first in [self.computed() as u64, self.computed() as u64 + 1] {
            if self.vanishes(first) {
                continue;
            }
            let start = self.degree(first)?;
            let Some(tail) = &self.tails[(first % 2) as usize] else { return Err(self.no_series(first)) };
            let counted = multiplicity(d, first)?;
            // The last computed degree of the same parity.
            let last =
                levels.get_mut((first as usize).wrapping_sub(2)).ok_or_else(|| self.no_series(first))?;
            last.multiplicity *= 1.0 - 1.0 / 24.0;
            levels.push(Level { eigenvalue: start.eigenvalue, multiplicity: counted / 24.0 });
            let mut push = |degree: f64, weight: f64| {
                // ½ from the step of 2.
                let multiplicity = 0.5 * weight * smooth(d, degree);
                // At d > 30 the count overflows before the stretches end; what is left out shows in the trace.
                if multiplicity.is_finite() {
                    levels.push(Level { eigenvalue: tail.at(degree).0, multiplicity });
                }
            };
            let mut a = first as f64 - 1.0;
            let half = 0.5 * RATIO.ln();
            for _ in 0..STRETCHES {
                for (node, weight) in rule.nodes.iter().zip(&rule.weights) {
                    let degree = a * (half * (1.0 + node)).exp();
                    push(degree, weight * half * degree);
                }
                a *= RATIO;
            }
            for (node, weight) in rule.nodes.iter().zip(&rule.weights).rev() {
                let x = 0.5 * (1.0 + node);
                push(a / x, 0.5 * weight * a / (x * x));
            }
        }
        Ok(levels)
    }
}
