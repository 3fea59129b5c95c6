//! Rows made ready for a Gram matrix: validated, extended by the bias, normalised.

use ndarray::ArrayView2;

use super::panels::Panels;
use crate::error::{Error, Result};

/// Unit rows x̂ of length d or d + 1, and the first pre-activations' standard deviations (n).
#[derive(Debug)]
pub(crate) struct UnitRows {
    pub(super) directions: Panels,
    pub(crate) deviations: Vec<f64>,
}

impl UnitRows {
    /// x is (n, d), and the first pre-activations' variance `weight`·‖x‖² + `bias`; `what` names the array in messages.
    pub(crate) fn new(x: ArrayView2<f64>, (weight, bias): (f64, f64), what: &str) -> Result<Self> {
        let (n, d) = x.dim();
        if n == 0 || d == 0 {
            return Err(Error::shape(what, "at least one row and one column", format!("({n}, {d})")));
        }
        // Var = weight(‖x‖² + bias/weight): the row (x, √(bias/weight)), times √weight.
        let constant = (bias / weight).sqrt();
        let width = d + usize::from(bias > 0.0);
        let normalised = |row: usize, target: &mut [f64]| {
            for (column, (target, &value)) in target.iter_mut().zip(x.row(row)).enumerate() {
                if !value.is_finite() {
                    return Err(Error::NotFinite { what: what.to_string(), row, column, value });
                }
                *target = value;
            }
            if bias > 0.0 {
                target[d] = constant;
            }
            let norm = norm(target);
            if norm == 0.0 {
                return Err(Error::ZeroRow { row, needs: "a kernel without bias".to_string() });
            }
            let deviation = weight.sqrt() * norm;
            if !(1e-150..=1e150).contains(&deviation) {
                return Err(Error::parameter(
                    what,
                    format!("row {row} of norm {norm:e}"),
                    "a row's square must neither overflow nor vanish: rescale the rows",
                ));
            }
            // Dividing keeps a row and its multiple by a power of two on the same direction to the bit.
            target.iter_mut().for_each(|v| *v /= norm);
            Ok(deviation)
        };
        let (directions, deviations) = Panels::new(n, width, normalised)?;
        Ok(UnitRows { directions, deviations })
    }
}

/// ‖v‖, without overflow.
fn norm(v: &[f64]) -> f64 {
    let square = squares(v, 1.0);
    if (1e-280..=1e280).contains(&square) {
        return square.sqrt();
    }
    let largest = v.iter().fold(0.0, |m: f64, a| m.max(a.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest * squares(v, largest).sqrt()
}

/// Σ (vᵢ/unit)² in eight interleaved sums: shorter chains of rounding, and vector instructions.
#[inline(always)]
fn squares(v: &[f64], unit: f64) -> f64 {
    let mut sums = [0.0; 8];
    for chunk in v.chunks(8) {
        for (sum, v) in sums.iter_mut().zip(chunk) {
            *sum += (v / unit) * (v / unit);
        }
    }
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
}
