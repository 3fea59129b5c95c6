//! What is seen of a training on the way.

use ndarray::Array2;

use super::descent::Descent;
use super::measure::{form, rms, spectrum, target_alignment};
use super::start::{FORMS, Start};
use super::{Drift, DriftLook, KernelChange};
use crate::error::{Error, Result};

impl Drift {
    /// [`Drift::look`]; none where parameters, kernel or a number of the look leave the range of f64.
    pub(super) fn look_at(
        &self,
        step: usize,
        start: &Start,
        descent: &dyn Descent,
    ) -> Result<Option<DriftLook>> {
        match self.look(step, start, descent) {
            Err(Error::NotFinite { .. }) => Ok(None),
            look => Ok(Some(look?).filter(DriftLook::is_finite)),
        }
    }

    /// # Errors
    /// [`Error::NotFinite`] where parameters or kernel leave the range of f64.
    fn look(&self, step: usize, start: &Start, descent: &dyn Descent) -> Result<DriftLook> {
        let prepared = start.prepared;
        let (k, now) = (prepared.k(), descent.parameters());
        let [full, trace, one] = match step {
            0 => start.theta.clone(),
            _ => {
                let theta = start.reduced_network.tangent_full(now, prepared.rows(), prepared.rows())?;
                FORMS.map(|f| form(theta.view(), k, f))
            }
        };
        let square: f64 = full.iter().map(|v| v * v).sum();
        if !square.is_finite() {
            return Err(Error::NotFinite { what: "‖Θ_t‖²".into(), row: 0, column: 0, value: square });
        }
        let change =
            |now: &Array2<f64>, place: usize| KernelChange::between(now.view(), start.theta[place].view());
        let eigenvalues = spectrum(&trace)?;
        let sum = eigenvalues.sum();
        let test = start.test_outputs(now)?;
        let outputs: Array2<f64> = descent.outputs()?;
        // Plain steps at or beyond the stable rate: the linearised network has no limit, and its outputs may overflow.
        let stable = self.rate_of(1, k) * start.linear.largest() < 2.0;
        let linear = match stable {
            true => Some(start.linear.after(&descent.runs(step))?),
            false => None,
        };
        let tested = !test.is_empty();
        Ok(DriftLook {
            step,
            loss: descent.loss(),
            full: change(&full, 0),
            trace: change(&trace, 1),
            one: change(&one, 2),
            target_alignment: target_alignment(trace.view(), prepared.data.y.view()),
            largest_eigenvalue: eigenvalues[0],
            eigenvalue_sum: sum,
            effective_rank: sum * sum / eigenvalues.dot(&eigenvalues),
            moved: rms(outputs.view(), start.outputs.view()),
            test_moved: tested.then(|| rms(test.view(), start.test.view())),
            gap: linear.as_ref().map(|linear| rms(outputs.view(), linear.train.view())),
            test_gap: linear.filter(|_| tested).map(|linear| rms(test.view(), linear.test.view())),
            eigenvalues: if self.spectra { eigenvalues.to_vec() } else { Vec::new() },
        })
    }
}
