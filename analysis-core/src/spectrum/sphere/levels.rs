//! The whole spectrum as a finite list of levels, for sums Σ_k N(d, k) F(λ_k, …) over all degrees.

use super::multiplicity::smooth;
use super::{SphereEigenvalues, multiplicity};
use crate::error::Result;
use crate::kernel::GaussLegendre;

/// Nodes that stand for the degrees beyond the table, of each parity.
const TAIL_NODES: usize = 32;

/// An eigenvalue and how often it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// The degree, whole in the table, anything beyond.
    pub(crate) degree: f64,
    /// λ.
    pub(crate) eigenvalue: f64,
    /// The multiplicity, or a quadrature weight times it.
    pub(crate) multiplicity: f64,
}

impl SphereEigenvalues {
    /// Levels such that Σ multiplicity·F(λ) is the sum over *all* degrees, for F that varies slowly beyond the table. Two
    /// kernels with the same d and table have theirs at the same places, so that sums over both can be taken together.
    ///
    /// Beyond the table, the degrees of one parity are summed by the midpoint rule turned round:
    /// Σ_{k = a+1, a+3, …} g(k) = ½∫_a^∞ g dk + g'(a)/12 + O(g'''), the derivative as (g(a+1) − g(a−1))/2, the integral by
    /// Gauss–Legendre in a/k, in which a power law is smooth. Weights stay positive.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) where there is no series.
    pub(crate) fn levels(&self) -> Result<Vec<Level>> {
        let d = self.d();
        let mut levels: Vec<Level> = (self.eigenvalues.iter().zip(&self.multiplicities).enumerate())
            .map(|(k, (&eigenvalue, &multiplicity))| Level { degree: k as f64, eigenvalue, multiplicity })
            .collect();
        let rule = GaussLegendre::new(TAIL_NODES);
        for first in [self.eigenvalues.len() as u64, self.eigenvalues.len() as u64 + 1] {
            if self.vanishes(first) {
                continue;
            }
            let start = self.degree(first)?;
            let Some(tail) = &self.tails[(first % 2) as usize] else { return Err(self.no_series(first)) };
            let counted = multiplicity(d, first)?;
            levels[(first - 2) as usize].multiplicity *= 1.0 - 1.0 / 24.0;
            let (degree, eigenvalue) = (first as f64, start.eigenvalue);
            levels.push(Level { degree, eigenvalue, multiplicity: counted / 24.0 });
            let a = first as f64 - 1.0;
            for (node, weight) in rule.nodes.iter().zip(&rule.weights).rev() {
                let x = 0.5 * (1.0 + node);
                let degree = a / x;
                // ½ from the step of 2, ½ from the interval [0, 1].
                let multiplicity = 0.25 * weight * a / (x * x) * smooth(d, degree);
                levels.push(Level { degree, eigenvalue: tail.at(degree).0, multiplicity });
            }
        }
        Ok(levels)
    }
}
