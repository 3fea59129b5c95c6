//! The number of spherical harmonics of a degree.

use crate::check;
use crate::error::{Error, Result};

/// N(d, k) = (2k + d − 2)/(d − 2)! · (k + 1)(k + 2)…(k + d − 3): how often the degree-k eigenvalue occurs on S^{d−1}.
///
/// Exact wherever it is below 2⁵³, and right to a few roundings above. On the circle (d = 2) it is 1 for k = 0, else 2.
///
/// # Errors
/// [`Error::Parameter`] for d < 2, or where the number leaves floating point (d in the hundreds).
///
/// # Examples
/// ```
/// use analysis_core::spectrum::multiplicity;
/// assert_eq!(multiplicity(3, 100_000)?, 200_001.0); // 2k + 1
/// assert_eq!(multiplicity(5, 2)?, 14.0); // d(d + 1)/2 − 1
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn multiplicity(d: usize, degree: u64) -> Result<f64> {
    check::refuse(d < 2, "d", d, "must be at least 2")?;
    let value = exact(d, degree).map_or_else(|| smooth(d, degree as f64), |count| count as f64);
    if value.is_finite() {
        Ok(value)
    } else {
        let value = format!("d = {d}, degree {degree}");
        Err(Error::parameter(
            "multiplicity",
            value,
            "leaves floating point: take fewer degrees or a smaller d",
        ))
    }
}

/// In whole numbers, as far as 128 bits reach: C(k + d − 3, d − 3) (2k + d − 2)/(d − 2).
fn exact(d: usize, degree: u64) -> Option<u128> {
    let (d, k) = (d as u128, u128::from(degree));
    if k == 0 {
        return Some(1);
    }
    if d == 2 {
        return Some(2);
    }
    // C(n, j + 1) = C(n, j)(n − j)/(j + 1), from the shorter side.
    let (top, choose) = (k + d - 3, k.min(d - 3));
    let mut count: u128 = 1;
    for j in 0..choose {
        count = count.checked_mul(top - j)? / (j + 1);
    }
    Some(count.checked_mul(2 * k + d - 2)? / (d - 2))
}

/// The same polynomial at any real degree > 0, for sums over many degrees.
pub(super) fn smooth(d: usize, degree: f64) -> f64 {
    if d == 2 {
        return 2.0;
    }
    let top = d as f64 - 2.0;
    (1..d - 2).fold((2.0 * degree + top) / top, |product, j| product * (degree + j as f64) / j as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Homogeneous polynomials of degree k are the harmonics of degrees k, k − 2, …: C(k + d − 1, d − 1) of them.
    #[test]
    fn harmonics_fill_the_homogeneous_polynomials() {
        for d in 2..=12 {
            let mut sums = [0.0; 2];
            for k in 0..60_u64 {
                sums[(k % 2) as usize] += multiplicity(d, k).unwrap();
                let binomial = (1..d as u64).fold(1_u128, |c, j| c * u128::from(k + j) / u128::from(j));
                if binomial < 1 << 53 {
                    assert_eq!(sums[(k % 2) as usize], binomial as f64, "d = {d}, k = {k}");
                }
            }
        }
    }

    #[test]
    fn the_polynomial_agrees_and_large_degrees_do_not_overflow() {
        for d in [2, 3, 4, 5, 10, 30] {
            for k in [1, 7, 100, 100_000, 10_000_000] {
                let (count, polynomial) = (multiplicity(d, k).unwrap(), smooth(d, k as f64));
                assert!((polynomial / count - 1.0).abs() < 4.0 * d as f64 * f64::EPSILON, "{d} {k}");
            }
        }
        assert!(multiplicity(1, 3).is_err());
        assert!(multiplicity(1000, 1000).is_err()); // 1e601
    }
}
