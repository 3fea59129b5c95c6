//! What the same fit gives for a target without structure: the labels, permuted.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::{Error, Result};
use crate::seed::Seed;

/// The fewest permutations whose 5 % and 95 % points are more than the extremes.
pub const FEWEST_PERMUTATIONS: usize = 20;

/// The slopes of permuted targets in the same window, signed like the slope they stand beside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NullBand {
    /// Their 5 % point.
    pub q05: f64,
    /// Their median.
    pub q50: f64,
    /// Their 95 % point.
    pub q95: f64,
    /// One slope a permutation.
    pub slopes: Vec<f64>,
}

impl NullBand {
    /// The band of so many slopes.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than 20 slopes, [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::regression::NullBand;
    /// let band = NullBand::of((0..=20).map(|i| f64::from(i) / 20.0).collect())?;
    /// assert!((band.q05 - 0.05).abs() < 1e-15 && band.q50 == 0.5);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn of(slopes: Vec<f64>) -> Result<Self> {
        check_permutations(slopes.len())?;
        Ok(NullBand {
            q05: quantile(&slopes, 0.05)?,
            q50: quantile(&slopes, 0.5)?,
            q95: quantile(&slopes, 0.95)?,
            slopes,
        })
    }
}

pub(crate) fn check_permutations(permutations: usize) -> Result<()> {
    let why = format!("at least {FEWEST_PERMUTATIONS}: fewer give no 5 % and 95 % points");
    check::refuse(permutations < FEWEST_PERMUTATIONS, "permutations", permutations, why)?;
    Ok(())
}

/// The p-quantile by linear interpolation of the ordered values (Hyndman and Fan's type 7, the default of R and numpy).
///
/// # Errors
/// [`Error::Parameter`] for an empty list or p outside [0, 1]; [`Error::NotFinite`].
///
/// # Examples
/// ```
/// assert_eq!(analysis_core::regression::quantile(&[3.0, 1.0, 2.0], 0.25)?, 1.5);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn quantile(values: &[f64], p: f64) -> Result<f64> {
    let why = format!("a quantile of {} values, p in [0, 1]", values.len());
    check::refuse(values.is_empty() || !(0.0..=1.0).contains(&p), "p", p, why)?;
    check::finite_values("a quantile", values)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = p * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    Ok(sorted[below] + (position - below as f64) * (sorted[above] - sorted[below]))
}

/// The targets y (n,k) followed by `permutations` copies with their rows permuted, the k columns of a copy alike:
/// (n, k·(1 + permutations)). Copy j uses the stream `permutation`, number j.
///
/// # Errors
/// [`Error::Shape`] if ndarray cannot join the copies (it always can for n ≥ 1).
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::regression::permuted_targets;
/// let y = ndarray::array![[1.0], [2.0], [3.0]];
/// let stacked = permuted_targets(y.view(), 2, Seed(0))?;
/// assert_eq!(stacked.dim(), (3, 3));
/// assert_eq!(stacked.column(2).sum(), 6.0);
/// # Ok::<(), Error>(())
/// ```
pub fn permuted_targets(y: ArrayView2<f64>, permutations: usize, seed: Seed) -> Result<Array2<f64>> {
    let mut copies = vec![y.to_owned()];
    for j in 0..permutations {
        let mut order: Vec<usize> = (0..y.nrows()).collect();
        order.shuffle(&mut seed.stream("permutation", j as u64));
        copies.push(y.select(Axis(0), &order));
    }
    let views: Vec<ArrayView2<f64>> = copies.iter().map(|c| c.view()).collect();
    concatenate(Axis(1), &views).map_err(|e| {
        Error::shape("permuted targets", format!("{} copies of {:?}", permutations + 1, y.dim()), e)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_equal_numpys() {
        // numpy.quantile([7, 1, 3, 10, 2], [0.05, 0.5, 0.95])
        let values = [7.0, 1.0, 3.0, 10.0, 2.0];
        for (p, expected) in [(0.05, 1.2), (0.5, 3.0), (0.95, 9.4), (0.0, 1.0), (1.0, 10.0)] {
            assert!((quantile(&values, p).unwrap() - expected).abs() < 1e-14);
        }
        assert!(quantile(&[], 0.5).is_err());
        assert!(quantile(&values, 1.1).is_err());
        assert!(quantile(&[f64::NAN], 0.5).is_err());
    }

    #[test]
    fn permutations_keep_rows_together_and_differ() {
        let y = Array2::from_shape_fn((50, 2), |(i, j)| (i * 2 + j) as f64);
        let stacked = permuted_targets(y.view(), 20, Seed(3)).unwrap();
        assert_eq!(stacked.dim(), (50, 42));
        assert_eq!(stacked.slice(ndarray::s![.., 0..2]), y);
        for copy in 1..=20 {
            let columns = stacked.slice(ndarray::s![.., 2 * copy..2 * copy + 2]);
            assert!(columns.rows().into_iter().all(|r| r[1] == r[0] + 1.0), "rows stay whole");
            assert_ne!(columns, y);
        }
        assert_eq!(stacked, permuted_targets(y.view(), 20, Seed(3)).unwrap());
        assert_ne!(stacked, permuted_targets(y.view(), 20, Seed(4)).unwrap());
    }

    #[test]
    fn too_few_permutations_are_refused() {
        assert!(matches!(NullBand::of(vec![0.0; 19]), Err(Error::Parameter { .. })));
    }
}
