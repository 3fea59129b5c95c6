//! Eigenvalues beyond the computed degrees.
//!
//! κ is smooth on the sphere but at u = ±1, where it has terms (1 ∓ u)^{j+1/2}. Such a term contributes a constant times
//! (±1)ᵏ Γ(k − j − ½)/Γ(k + d + j − ½) to λ_k, exactly, so that for even and for odd k separately
//!
//! λ_k = Σ_{j ≥ j₀} A_j Γ(k − j − ½)/Γ(k + d + j − ½),
//!
//! with j₀ = 0 for the NTK (λ_k ~ k^{−d}) and j₀ = 1 for the NNGP kernel (k^{−(d+2)}). The A_j are found from computed
//! eigenvalues; the series is asymptotic.

use serde::{Deserialize, Serialize};

/// Terms of the series.
const TERMS: usize = 6;
/// The fit spans degrees from the last one over this to the last one.
const SPAN: f64 = 4.0;

/// Where a series' error is judged: for larger degrees it no longer changes, and nothing underflows yet at d ≤ 50.
const FAR: f64 = 1e6;

/// The series of one parity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tail {
    d: usize,
    first_term: usize,
    /// The last fitted degree.
    last: f64,
    /// A_j in units that make the leading one of order 1, and the same from one term fewer.
    coefficients: Vec<f64>,
    shorter: Vec<f64>,
    /// What the fitted eigenvalues' own errors may do to a prediction, relative.
    data_error: f64,
}

impl Tail {
    /// From λ at degrees of one parity, ascending, with their relative errors; `None` where there are too few.
    pub(super) fn fit(d: usize, first_term: usize, data: &[(f64, f64, f64)]) -> Option<Tail> {
        let last = data.last()?.0;
        let usable: Vec<_> = data.iter().copied().filter(|(k, ..)| *k >= (last / SPAN).max(4.0)).collect();
        if usable.len() < 2 * TERMS {
            return None;
        }
        let solve = |terms: usize| -> Option<(Vec<f64>, f64)> {
            // Chebyshev's points in 1/k², in which the series is a polynomial to leading order.
            let (low, high) = (last.powi(-2), usable[0].0.powi(-2));
            let mut chosen: Vec<usize> = (0..terms)
                .map(|j| {
                    let c = (std::f64::consts::PI * (j as f64 + 0.5) / terms as f64).cos();
                    let k = (0.5 * (low + high) - 0.5 * (high - low) * c).powf(-0.5);
                    usable.partition_point(|(degree, ..)| *degree < k).min(usable.len() - 1)
                })
                .collect();
            chosen.dedup();
            if chosen.len() < terms {
                return None;
            }
            let matrix: Vec<Vec<f64>> =
                chosen.iter().map(|&i| terms_at(d, first_term, usable[i].0, terms)).collect();
            let values: Vec<f64> =
                chosen.iter().map(|&i| usable[i].1 / leading(d, first_term, usable[i].0)).collect();
            let inverse = invert(matrix)?;
            let product = |row: &Vec<f64>| row.iter().zip(&values).map(|(m, v)| m * v).sum::<f64>();
            // A relative error of the data reaches the leading coefficient through the first row.
            let error: f64 = inverse[0]
                .iter()
                .zip(&chosen)
                .zip(&values)
                .map(|((m, &i), v)| (m * v * usable[i].2).abs())
                .sum();
            let coefficients: Vec<f64> = inverse.iter().map(product).collect();
            let relative = error / coefficients[0].abs();
            Some((coefficients, relative))
        };
        let (coefficients, data_error) = solve(TERMS)?;
        let (shorter, _) = solve(TERMS - 1)?;
        let sane = coefficients[0] > 0.0 && coefficients.iter().chain(&shorter).all(|a| a.is_finite());
        sane.then_some(Tail { d, first_term, last, coefficients, shorter, data_error })
    }

    /// The relative error far out.
    pub(super) fn uncertainty(&self) -> f64 {
        let (value, error) = self.at(FAR);
        error / value
    }

    /// The last fitted degree: the series is for those beyond.
    pub(super) fn last(&self) -> f64 {
        self.last
    }

    /// λ at a degree (whole or not) beyond the fitted ones, and its error: what the last term still changes, and what
    /// the fitted eigenvalues' errors become.
    pub(super) fn at(&self, degree: f64) -> (f64, f64) {
        let terms = terms_at(self.d, self.first_term, degree, TERMS);
        let sum = |a: &[f64]| a.iter().zip(&terms).map(|(a, t)| a * t).sum::<f64>();
        let (value, shorter) = (sum(&self.coefficients), sum(&self.shorter));
        let scale = leading(self.d, self.first_term, degree);
        // The leading product has d + 2j₀ factors, each rounded.
        let rounding = (self.d + 2 * self.first_term) as f64 * f64::EPSILON;
        let error = (value - shorter).abs() + value.abs() * (self.data_error + rounding);
        (value * scale, error * scale)
    }
}

/// Γ(k − j₀ − ½)/Γ(k + d + j₀ − ½) = 1/Π (k − j₀ − ½)…(k + d + j₀ − 3/2).
fn leading(d: usize, first_term: usize, k: f64) -> f64 {
    let start = k - first_term as f64 - 0.5;
    (0..d + 2 * first_term).fold(1.0, |product, i| product / (start + i as f64))
}

/// The terms over the leading one, each in units of its size at moderate degree: the ratio of neighbours is
/// 1/((k − j − 3/2)(k + d + j − ½)).
fn terms_at(d: usize, first_term: usize, k: f64, terms: usize) -> Vec<f64> {
    let mut value = 1.0;
    (0..terms)
        .map(|i| {
            let now = value;
            let j = (first_term + i) as f64;
            // (j + 1)(j + d) is how the coefficients grow; it keeps them of order 1.
            value *= (j + 1.0) * (j + d as f64) / ((k - j - 1.5) * (k + d as f64 + j - 0.5));
            now
        })
        .collect()
}

/// The inverse, by Gauss–Jordan elimination with column scaling and partial pivoting; `None` if singular.
fn invert(mut a: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = a.len();
    let scale: Vec<f64> = (0..n).map(|j| a.iter().map(|row| row[j].abs()).fold(0.0, f64::max)).collect();
    if scale.contains(&0.0) {
        return None;
    }
    for (i, row) in a.iter_mut().enumerate() {
        row.iter_mut().zip(&scale).for_each(|(v, s)| *v /= s);
        row.extend((0..n).map(|j| f64::from(i == j)));
    }
    for column in 0..n {
        let pivot = (column..n).max_by(|&p, &q| a[p][column].abs().total_cmp(&a[q][column].abs()))?;
        a.swap(column, pivot);
        let divisor = a[column][column];
        if divisor == 0.0 {
            return None;
        }
        a[column].iter_mut().for_each(|v| *v /= divisor);
        let reference = a[column].clone();
        for (i, row) in a.iter_mut().enumerate() {
            if i != column {
                let factor = row[column];
                row.iter_mut().zip(&reference).for_each(|(v, r)| *v -= factor * r);
            }
        }
    }
    Some(a.into_iter().zip(&scale).map(|(row, s)| row[n..].iter().map(|v| v / s).collect()).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// On the circle the NNGP kernel κ₁ has Fourier coefficients in closed form: λ_k = 4/(π²(k² − 1)²) for even k.
    #[test]
    fn the_circles_closed_form_is_continued() {
        let exact = |k: f64| 4.0 / (std::f64::consts::PI * (k * k - 1.0)).powi(2);
        let data: Vec<_> =
            (2..=100).map(|j| (2.0 * f64::from(j), exact(2.0 * f64::from(j)), 1e-16)).collect();
        let tail = Tail::fit(2, 1, &data).unwrap();
        for k in [202.0, 1000.0, 1e5, 1e8] {
            let (value, error) = tail.at(k);
            assert!(
                (value - exact(k)).abs() <= error + 4.0 * f64::EPSILON * value,
                "{k}: {value:e} {error:e}"
            );
            assert!(error < 1e-12 * value, "{k}: {:e}", error / value);
        }
    }

    #[test]
    fn too_few_degrees_make_no_tail() {
        let data: Vec<_> = (2..8).map(|j| (f64::from(j), 1.0, 1e-16)).collect();
        assert!(Tail::fit(5, 0, &data).is_none());
    }
}
