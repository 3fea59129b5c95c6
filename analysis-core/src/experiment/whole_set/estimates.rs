//! How sure the exponents of a whole set are.

use ndarray::Array2;

use super::result::WholeSetResult;
use super::target::WholeTarget;
use crate::error::Result;
use crate::smoothness::{Estimate, estimates_of_energies};

impl WholeSetResult {
    /// What every estimator of [`SmoothnessResult::estimates`](crate::smoothness::SmoothnessResult::estimates) says of these targets,
    /// from every eigenvalue and the kept tails. Beyond i = 2000 the energy between two kept indices is shared evenly over those in
    /// between, 0.4 % of i: less than a bin of the likelihood. A target of several columns counts as one: its interval is rather too
    /// wide. An interval is over samples of as many rows, of which there is one.
    ///
    /// # Errors
    /// As [`WholeSetResult::tail`] and [`SmoothnessResult::estimates`](crate::smoothness::SmoothnessResult::estimates).
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::prelude::*;
    /// let set = WholeSetResult::read("notebooks/results/whole-set-mnist.json")?;
    /// let labels = [WholeTarget::Labels(LabelEncoding::CentredInteger)];
    /// for estimate in &set.estimates(&labels)?[0] {
    ///     println!("{}: r = {}", estimate.estimator, estimate.r_text());
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn estimates(&self, targets: &[WholeTarget]) -> Result<Vec<Vec<Estimate>>> {
        let n = self.n();
        let mut energies = Array2::zeros((n, targets.len()));
        for (target, mut column) in targets.iter().zip(energies.columns_mut()) {
            let tail = self.tail(*target)?;
            for (value, energy) in column.iter_mut().zip(spread_out(&self.indices, tail, n)) {
                *value = n as f64 * energy;
            }
        }
        estimates_of_energies(
            &self.eigenvalues,
            self.parameters.epsilon(),
            energies.view(),
            &vec![1; targets.len()],
        )
    }
}

/// c_k² (n), evenly between kept indices.
fn spread_out(indices: &[usize], tail: &[f64], n: usize) -> Vec<f64> {
    let mut energies = Vec::with_capacity(n);
    for (place, (first, here)) in indices.iter().zip(tail).enumerate() {
        let (next, beyond) =
            (indices.get(place + 1).copied().unwrap_or(n + 1), tail.get(place + 1).unwrap_or(&0.0));
        let each = (here - beyond) / (next - first) as f64;
        // Rounding of neighbouring sums: an energy is none below 0.
        energies.extend(std::iter::repeat_n(each.max(0.0), next - first));
    }
    energies
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::Array1;

    use super::super::tails::{EVERY, SPACED, at_indices, stored_indices};
    use super::*;
    use crate::spectrum::tail_sums;

    /// What is kept of a tail gives back every energy to i = 2000 and the sums between kept indices beyond; the exponent that is read from
    /// it is that of the whole tail within a hundredth, the width of a kept step in ln i being 0.004.
    #[test]
    fn energies_are_spread_out_between_kept_indices() {
        let n = 6000;
        let energies: Vec<f64> = (1..=n).map(|i| (i as f64).powf(-1.4)).collect();
        let whole = tail_sums(&Array1::from(energies.clone())).to_vec();
        let indices = stored_indices(n, EVERY, SPACED);
        let back = spread_out(&indices, &at_indices(&whole, &indices), n);
        assert_eq!(back.len(), n);
        // Differences of sums of size 3.
        assert!(back.iter().zip(&energies).take(EVERY - 1).all(|(a, b)| (a - b).abs() < 1e-14));
        let eigenvalues: Vec<f64> = (1..=n).map(|i| (i as f64).powf(-1.3)).collect();
        let read = |energies: &[f64]| {
            let scaled = energies.iter().map(|e| e * n as f64).collect::<Vec<f64>>();
            Estimate::likelihood(&eigenvalues, &scaled, 1, f64::EPSILON).unwrap().r.unwrap()
        };
        assert!((read(&back) / read(&energies) - 1.0).abs() < 0.01);
    }
}
