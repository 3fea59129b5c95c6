//! Eigenvalues that are one to rounding, and what is known of a target's energy on them.

use serde::{Deserialize, Serialize};

/// Below so many rows, rounding is judged as for so many: the n of n·ε·λ_1 bounds sums of n roundings, and each entry
/// of K and each rotation of LAPACK brings some ten of its own.
const FEWEST: usize = 100;

/// λ_first = … = λ_last to rounding: one eigenvalue of several dimensions.
///
/// Which orthonormal vectors span its eigenspace is arbitrary (another order of the rows gives others, and so does
/// another number of threads), and with them the single coefficients c_first, …, c_last. Known is their sum of squares,
/// the energy of the target on the eigenspace. [`SpectralMeasure::energy`](super::SpectralMeasure::energy) shares it
/// evenly over the indices, so that the tail Σ_{k≥i} c_k² is exact at i = first and at i = last + 1, and lies on a
/// straight line between.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::spectrum::Eigenspace;
/// use ndarray::{Array2, array};
/// // Eigenvalues 4, 1, 1.
/// let gram = Gram::from_array(Array2::eye(3) + Array2::<f64>::ones((3, 3)))?;
/// let measure = gram.measure(array![[1.0], [2.0], [4.0]].view())?;
/// assert_eq!(measure.eigenspaces, [Eigenspace { first: 2, last: 3 }]);
/// assert_eq!(measure.energy()[1], measure.energy()[2]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eigenspace {
    /// The first index, from 1.
    pub first: usize,
    /// The last index, included.
    pub last: usize,
}

impl Eigenspace {
    /// The eigenspaces of more than one dimension, in ascending order of their indices; `epsilon` is the precision K
    /// was made in ([`Gram::epsilon`](crate::kernel::Gram::epsilon)), `eigenvalues` are in descending order.
    ///
    /// Neighbours count as equal where they differ by no more than t = n·ε·λ_1 (n at least 100). A rounding error E with
    /// ‖E‖ ≤ t moves each eigenvalue by t at most (Weyl), so what was one eigenvalue lies within 2t: a longer chain of
    /// neighbours is no eigenspace but a spectrum that is dense at this resolution, as that of a large matrix in single
    /// precision is. Its coefficients mix with those of near neighbours only, which a tail does not see; it is
    /// searched again with the decomposition's own precision, 2⁻⁵², in place of ε, and else left as it is.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::spectrum::Eigenspace;
    /// let found = Eigenspace::find(&[2.0, 1.0, 1.0 - 1e-15, 0.5, 0.0, 0.0, 0.0], f64::EPSILON);
    /// assert_eq!(found, [Eigenspace { first: 2, last: 3 }, Eigenspace { first: 5, last: 7 }]);
    /// ```
    pub fn find(eigenvalues: &[f64], epsilon: f64) -> Vec<Eigenspace> {
        let largest = eigenvalues.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let roundings = eigenvalues.len().max(FEWEST) as f64;
        let mut found = Vec::new();
        for chain in chains(eigenvalues, 0, roundings * epsilon * largest) {
            match chain {
                Chain::Eigenspace(space) => found.push(space),
                Chain::Dense { start, end } => {
                    let again = chains(&eigenvalues[start..end], start, roundings * f64::EPSILON * largest);
                    found.extend(again.into_iter().filter_map(|chain| match chain {
                        Chain::Eigenspace(space) => Some(space),
                        Chain::Dense { .. } => None,
                    }));
                }
            }
        }
        found
    }

    /// How many indices, at least 2 where it was [found](Eigenspace::find).
    pub fn dimension(&self) -> usize {
        (self.last + 1).saturating_sub(self.first)
    }

    /// Whether a window first ≤ i ≤ last holds some of the indices, and not all.
    pub fn is_cut_by(&self, first: usize, last: usize) -> bool {
        let (from, to) = (self.first.max(first), self.last.min(last));
        from <= to && (from, to) != (self.first, self.last)
    }
}

/// A run of neighbours, each within the tolerance of the next.
enum Chain {
    /// Within twice the tolerance in all.
    Eigenspace(Eigenspace),
    /// Wider: places start..end from 0.
    Dense { start: usize, end: usize },
}

/// The chains of two or more among the values, which stand from place `offset` on.
fn chains(values: &[f64], offset: usize, tolerance: f64) -> Vec<Chain> {
    let mut found = Vec::new();
    let mut start = 0;
    for end in 1..=values.len() {
        if end < values.len() && (values[end - 1] - values[end]).abs() <= tolerance {
            continue;
        }
        if end - start > 1 {
            let width = (values[start] - values[end - 1]).abs();
            found.push(if width <= 2.0 * tolerance {
                Chain::Eigenspace(Eigenspace { first: offset + start + 1, last: offset + end })
            } else {
                Chain::Dense { start: offset + start, end: offset + end }
            });
        }
        start = end;
    }
    found
}

/// Shares the energy of each eigenspace evenly over its indices. An eigenvalue that is alone is not touched: there is no
/// arithmetic on its energy at all.
pub(crate) fn share<'a>(eigenspaces: &[Eigenspace], energy: impl IntoIterator<Item = &'a mut f64>) {
    if eigenspaces.is_empty() {
        return;
    }
    let mut energy: Vec<&mut f64> = energy.into_iter().collect();
    for space in eigenspaces {
        let Some(own) = energy.get_mut(space.first.saturating_sub(1)..space.last) else { continue };
        let mean = own.iter().map(|e| **e).sum::<f64>() / own.len() as f64;
        own.iter_mut().for_each(|e| **e = mean);
    }
}
