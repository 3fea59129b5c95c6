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
pub(super) fn spread_out(indices: &[usize], tail: &[f64], n: usize) -> Vec<f64> {
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
