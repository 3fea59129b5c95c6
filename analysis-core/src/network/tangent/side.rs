//! One argument of Θ.

use ndarray::{Array2, ArrayView2, Axis};

use super::outputs::TangentOutputs;
use crate::linalg::matmul;
use crate::network::forward::{Activations, times_slope};
use crate::network::{Parameters, Plan};

/// Rows of x, forward, and backward from the outputs asked for.
pub(super) struct Side {
    x: Array2<f64>,
    activations: Activations,
    /// B^l, l = 1..L+1: rows i·k + o of (n·k, m) for every pair of outputs; for their trace these rows side by side,
    /// (n, k·m), so that one product sums over outputs; (n, m) for one output.
    pub(super) sensitivities: Vec<Array2<f64>>,
}

impl Side {
    pub(super) fn new(
        plan: &Plan,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        outputs: TangentOutputs,
    ) -> Self {
        let (n, top) = (x.nrows(), plan.layers.len() - 1);
        let all = plan.layers[top].outputs;
        let (k, first) = match outputs {
            TangentOutputs::One(output) => (1, output),
            TangentOutputs::Trace | TangentOutputs::Full => (all, 0),
        };
        let mut activations = Activations::new(&plan.layers, n);
        activations.fill(plan, parameters, x);
        let seed = |(row, output)| f64::from(row % k + first == output);
        let mut sensitivities = vec![Array2::from_shape_fn((n * k, all), seed)];
        for index in (1..=top).rev() {
            let layer = &plan.layers[index];
            let mut below = Array2::zeros((n * k, layer.inputs));
            let above = &sensitivities[sensitivities.len() - 1];
            matmul(layer.weight, above.view(), parameters.weights[index].view(), 0.0, below.view_mut());
            let before = &activations.before[index - 1];
            if k == 1 {
                times_slope(&plan.activation, before, &mut below);
            } else {
                let rows: Vec<usize> = (0..n * k).map(|row| row / k).collect();
                times_slope(&plan.activation, &before.select(Axis(0), &rows), &mut below);
            }
            sensitivities.push(below);
        }
        sensitivities.reverse();
        if outputs == TangentOutputs::Trace {
            sensitivities = sensitivities.into_iter().map(|b| side_by_side(b, n)).collect();
        }
        Side { x: x.to_owned(), activations, sensitivities }
    }

    pub(super) fn rows(&self) -> usize {
        self.x.nrows()
    }

    /// x^{l−1} (n, units), l = index + 1.
    pub(super) fn inputs(&self, index: usize) -> ArrayView2<'_, f64> {
        if index == 0 { self.x.view() } else { self.activations.after[index - 1].view() }
    }
}

/// (n·k, m) as (n, k·m): the rows of one input stand one behind the other already.
fn side_by_side(sensitivity: Array2<f64>, n: usize) -> Array2<f64> {
    let columns = sensitivity.len().checked_div(n).unwrap_or(0);
    let (values, _) = sensitivity.into_raw_vec_and_offset();
    Array2::from_shape_fn((n, columns), |(row, column)| values[row * columns + column])
}
