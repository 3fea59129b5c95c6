//! One row alone: its variance through all layers, and what each activation on the way needs of it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::parallel::prelude::*;

use super::recursion::{Ready, RowState, Step};
use crate::error::{Error, Result};
use crate::gaussian::Marginal;
use crate::kernel::recursion::at_row;
use crate::memory::Bytes;

/// Marginals by activation and standard deviation: rows and layers share them, all rows those behind LayerNorm.
type Known = Mutex<HashMap<(usize, u64), Arc<Marginal>>>;

impl Ready {
    /// The states of rows whose first pre-activations have these standard deviations.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a variance leaves floating point, naming layer and row; [`Error::Memory`].
    pub(in crate::kernel) fn rows(&self, deviations: &[f64]) -> Result<Vec<RowState>> {
        let known = Known::default();
        let state = |row: usize| {
            let mut state = RowState::new();
            let variance = deviations[row] * deviations[row];
            match self.variance(&self.steps, variance, &mut state, &known) {
                Ok(_) => Ok(state),
                Err(error) => Err(at_row(error, row)),
            }
        };
        if let Some(other) = deviations.iter().position(|d| *d != deviations[0]) {
            let own =
                |(a, b): (&Arc<Marginal>, &Arc<Marginal>)| if Arc::ptr_eq(a, b) { 0 } else { a.bytes() };
            let bytes: u64 = state(0)?.iter().zip(&state(other)?).map(own).sum();
            let distinct: HashSet<u64> = deviations.iter().map(|d| d.to_bits()).collect();
            (Bytes(bytes) * distinct.len()).require("the tables of the rows' norms")?;
        }
        (0..deviations.len()).into_par_iter().map(state).collect()
    }

    /// The variance behind these layers. The marginals on the way join `state`.
    fn variance(
        &self,
        steps: &[Step],
        mut variance: f64,
        state: &mut RowState,
        known: &Known,
    ) -> Result<f64> {
        for step in steps {
            variance = match step {
                Step::Dense { weight, bias } => weight * variance + bias,
                Step::Activation(index) => {
                    state.push(self.marginal(*index, variance.sqrt(), known)?);
                    state[state.len() - 1].moment
                }
                Step::Residual(block, square) => {
                    variance + square * self.variance(block, variance, state, known)?
                }
                Step::LayerNorm => 1.0,
            };
            if !variance.is_normal() {
                let layer = match step {
                    Step::Dense { .. } => "Dense",
                    Step::Activation(index) => &self.duals[*index].0.to_string(),
                    Step::Residual(..) => "Residual",
                    Step::LayerNorm => "LayerNorm",
                };
                let value = format!("variance {variance:e} behind {layer}");
                let why = "must stay within floating point: rescale the rows, or take fewer layers, other variances or LayerNorm";
                return Err(Error::parameter("network", value, why));
            }
        }
        Ok(variance)
    }

    fn marginal(&self, index: usize, deviation: f64, known: &Known) -> Result<Arc<Marginal>> {
        let key = (index, deviation.to_bits());
        // Not locked while it is worked out: two threads may both do it, and come to the same.
        let found = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(marginal) = found {
            return Ok(marginal);
        }
        let made = Arc::new(self.duals[index].1.marginal(deviation, self.ntk)?);
        Ok(Arc::clone(known.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(made)))
    }

    /// Whether a pair of such rows costs more than looking it up in a table over the angle.
    pub(in crate::kernel) fn costly(&self, state: &RowState) -> bool {
        state.iter().any(|marginal| marginal.costly())
    }
}
