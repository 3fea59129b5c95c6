//! How large K/n can still be on what the basis has not found, from random vectors that know nothing of the basis.

use ndarray::{Array2, ArrayView2};
use rand_distr::{Distribution, StandardNormal};

use super::basis::{accumulate, inner, project};
use crate::error::Result;
use crate::linalg::symmetric_eigen;
use crate::seed::Seed;

/// The chance that one bound is too small.
pub(super) const FAILURE: f64 = 1e-12;

/// Standard normal columns (n, count).
pub(super) fn normals(seed: Seed, name: &str, index: u64, n: usize, count: usize) -> Array2<f64> {
    let mut stream = seed.stream(name, index);
    Array2::from_shape_simple_fn((n, count), || StandardNormal.sample(&mut stream))
}

/// Random vectors Ω (n,r), of which the passes over A = K/n carry what is needed.
///
/// Let Q be the basis after some pass, Π = I − QQᵀ and D = ΠAΠ, u a unit eigenvector of D with the eigenvalue ‖D‖. Ω does not
/// know u, so ‖uᵀΩ‖² has the χ² distribution of r degrees of freedom, and it is below r·x with a chance of at most
/// (x e^{1−x})^{r/2} (Chernoff). Otherwise ‖D²Ω‖ ≥ ‖uᵀD²Ω‖ = ‖D‖²‖uᵀΩ‖ ≥ ‖D‖²√(r x). So
///
/// ‖D‖ ≤ (‖D²Ω‖ / √(r x))^{1/2}.
///
/// DΩ costs nothing more than AΩ, which the first pass gives; D²Ω needs a product with A, in the pass after the one that
/// completed Q.
#[derive(Debug)]
pub(super) struct Probes {
    seed: Seed,
    count: usize,
    /// ΠAΩ (n,r) for the blocks that have been through a pass; nothing before the first one.
    image: Option<Array2<f64>>,
    /// What the next pass is to take along: Ω, then DΩ.
    pub(super) vectors: Array2<f64>,
}

impl Probes {
    pub(super) fn new(seed: Seed, n: usize, count: usize) -> Probes {
        let vectors = normals(seed, "spectrum-head-probe", 0, n, count);
        Probes { seed, count, image: None, vectors }
    }

    /// A bound on ‖D‖ for the blocks `before`, those that had been through a pass when `vectors` was made; nothing in the
    /// first pass. `image` is A·`vectors`.
    pub(super) fn bound(&mut self, before: &[Array2<f64>], mut image: Array2<f64>) -> Result<Option<f64>> {
        if self.image.is_none() {
            self.image = Some(image);
            return Ok(None);
        }
        project(before, &mut image)?;
        let norm = norm(image.view())?;
        Ok(Some((norm / (self.count as f64 * fraction(self.count)).sqrt()).sqrt()))
    }

    /// Makes ready for the next pass, after one that took `block` along and left the space by `next`·`coupling`.
    pub(super) fn advance(
        &mut self,
        block: &Array2<f64>,
        next: &Array2<f64>,
        coupling: &Array2<f64>,
    ) -> Result<()> {
        let Some(image) = &mut self.image else { return Ok(()) };
        project(std::slice::from_ref(block), image)?;
        // DΩ = Π(AΩ − AQQᵀΩ), and of AQ only next·coupling, the image of the last block, is outside Q.
        let normals = normals(self.seed, "spectrum-head-probe", 0, block.nrows(), self.count);
        let shares = coupling.dot(&inner(block.view(), normals.view()));
        self.vectors = image.clone();
        accumulate(-1.0, next.view(), shares.view(), &mut self.vectors);
        Ok(())
    }
}

/// ‖A‖ from AᵀA for A with few columns.
fn norm(a: ArrayView2<f64>) -> Result<f64> {
    let eigen = symmetric_eigen(inner(a, a))?;
    Ok(eigen.values[eigen.values.len() - 1].max(0.0).sqrt())
}

/// x with (x e^{1−x})^{r/2} = [`FAILURE`], below 1.
fn fraction(r: usize) -> f64 {
    let chance = |x: f64| 0.5 * r as f64 * (x.ln() + 1.0 - x) - FAILURE.ln();
    let (mut below, mut above) = (0.0_f64, 1.0_f64);
    for _ in 0..200 {
        let middle = 0.5 * (below + above);
        if chance(middle) > 0.0 { above = middle } else { below = middle }
    }
    below
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// One degree of freedom: P(χ²₁ < s²) ≈ s√(2/π) is below Chernoff's √(e s²), which is 1e-12 at s² = 1e-24/e; more degrees,
    /// a larger share.
    #[test]
    fn the_fraction_is_chernoffs() {
        assert!((fraction(1) * std::f64::consts::E / 1e-24 - 1.0).abs() < 1e-9);
        let shares = [1, 16, 64, 256, 4096].map(fraction);
        assert!(shares.windows(2).all(|w| w[0] < w[1]) && shares[4] < 1.0, "{shares:?}");
        let x = fraction(256);
        assert!(((x * (1.0 - x).exp()).powi(128) / FAILURE - 1.0).abs() < 1e-9);
    }
}
