//! How far a spectral measure can be trusted: what it must add up to.

use serde::{Deserialize, Serialize};

use super::diagnostics::{Diagnostics, largest};
use crate::error::{Error, Result};
use crate::reduction::Reduced;

/// LAPACK's threshold for its own ratios.
const THRESHOLD: f64 = 60.0;

/// Sums over the eigenvalues μ_i of K and the coefficients z = Uᵀy, against the same sums from K and y themselves: five
/// ratios like those of LAPACK's tests, the difference over n·ε and what it is compared with, which an orthogonal
/// decomposition keeps below 60 (in practice, far below 1). With ε the precision of the arithmetic. They are made in O(n²k)
/// and need no eigenvectors. What they do not see, the two ratios of a decomposition with eigenvectors do
/// ([`Reduction::verify`](super::Reduction::verify)).
///
/// # Examples
/// ```
/// use analysis_core::{ndarray::array, prelude::*};
/// let gram = Gram::from_array(array![[2.0, 1.0], [1.0, 2.0]])?;
/// let evidence = gram.measure(array![[1.0], [3.0]].view())?.evidence;
/// assert!(evidence.largest() < 60.0 && evidence.negative_eigenvalues == 0);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// |Σμ − tr K| / (n·ε·Σ|μ|).
    pub trace: f64,
    /// |Σμ² − ‖K‖_F²| / (n·ε·‖K‖_F²).
    pub squares: f64,
    /// |Σz² − ‖y‖²| / (n·ε·‖y‖²), the largest of all target columns.
    pub energy: f64,
    /// |Σμz² − yᵀKy| / (n·ε·‖K‖·‖y‖²), the largest of all target columns.
    pub first_moment: f64,
    /// |Σμ²z² − ‖Ky‖²| / (n·ε·‖K‖²·‖y‖²), the largest of all target columns.
    pub second_moment: f64,
    /// How many eigenvalues are below zero.
    pub negative_eigenvalues: usize,
    /// The smallest eigenvalue of K/n, negative or not.
    pub smallest_eigenvalue: f64,
    /// LAPACK's ratios, where the decomposition was computed a second time with eigenvectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Diagnostics>,
}

impl Evidence {
    /// `epsilon` is the precision of the arithmetic; `scale` times the eigenvalues are those of K/n.
    pub(super) fn of(reduced: &Reduced, epsilon: f64, scale: f64) -> Result<Self> {
        let Reduced { values, targets, sums } = reduced;
        let rounding = values.len() as f64 * epsilon;
        let ratio = |found: f64, expected: f64, size: f64| {
            let difference = (found - expected).abs();
            // 0/0 is no information: nothing is wrong where nothing is there.
            if difference == 0.0 { 0.0 } else { difference / (rounding * size) }
        };
        let norm = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        let (mut energy, mut first, mut second) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (j, column) in targets.columns().into_iter().enumerate() {
            let moment =
                |power: i32| -> f64 { column.iter().zip(values).map(|(z, v)| v.powi(power) * z * z).sum() };
            let size = sums.energy[j];
            energy = largest(energy, ratio(moment(0), size, size));
            first = largest(first, ratio(moment(1), sums.first[j], norm * size));
            second = largest(second, ratio(moment(2), sums.second[j], norm * norm * size));
        }
        let evidence = Evidence {
            trace: ratio(values.iter().sum(), sums.trace, values.iter().map(|v| v.abs()).sum()),
            squares: ratio(values.iter().map(|v| v * v).sum(), sums.squares, sums.squares),
            energy,
            first_moment: first,
            second_moment: second,
            negative_eigenvalues: values.iter().filter(|v| **v < 0.0).count(),
            smallest_eigenvalue: values.first().map_or(0.0, |v| v * scale),
            verified: None,
        };
        let worst = evidence.largest();
        if worst.is_finite() && worst < THRESHOLD {
            return Ok(evidence);
        }
        let requirement = format!(
            "the decomposition of K does not add up ({evidence:?}; each ratio must be below {THRESHOLD}): a fault of this program, of \
             OpenBLAS or of the machine; run it again, on one thread (RAYON_NUM_THREADS=1) or another machine, and report it"
        );
        Err(Error::parameter("gram", format!("a ratio of {worst:e}"), requirement))
    }

    /// The largest of the five ratios.
    pub fn largest(&self) -> f64 {
        [self.trace, self.squares, self.energy, self.first_moment, self.second_moment]
            .into_iter()
            .fold(0.0, largest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::linalg::OneThread;
    use crate::reduction::{Sums, Tiles};
    use ndarray::{Array2, array};

    /// diag(1, 2, 4) and two targets, decomposed by hand.
    fn reduced() -> Reduced {
        let a = Array2::from_diag(&array![1.0, 2.0, 4.0]);
        let tiles = Tiles::<f64>::fill(3, 2, |rows, columns, mut tile| {
            tile.assign(&a.slice(ndarray::s![rows, columns]));
            Ok(())
        });
        let targets = array![[1.0, 0.0], [-2.0, 3.0], [0.5, 0.0]];
        let sums = Sums::of(&OneThread::new(), &tiles.unwrap(), targets.view());
        Reduced { values: vec![1.0, 2.0, 4.0], targets, sums }
    }

    /// Each of the five sums sees a change of a part in 10¹⁰ that concerns it.
    #[test]
    fn what_does_not_add_up_is_refused() {
        let found = Evidence::of(&reduced(), f64::EPSILON, 1.0).unwrap();
        assert_eq!((found.largest(), found.smallest_eigenvalue, found.negative_eigenvalues), (0.0, 1.0, 0));
        let changes: [fn(&mut Reduced); 4] = [
            |r| r.values[1] += 1e-10,
            |r| r.targets[[1, 1]] += 1e-10,
            // The energies change places, on other eigenvalues: only the moments see it.
            |r| r.targets.swap([1, 1], [2, 1]),
            |r| r.values[0] = f64::NAN,
        ];
        for change in changes {
            let mut wrong = reduced();
            change(&mut wrong);
            assert!(matches!(Evidence::of(&wrong, f64::EPSILON, 1.0), Err(Error::Parameter { .. })));
        }
    }
}
