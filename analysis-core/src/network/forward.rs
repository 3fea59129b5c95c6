//! From rows to outputs.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, Axis, s};

use super::layers::{Layer, Network, Plan};
use super::parameters::Parameters;
use crate::architecture::{Activation, relu};
use crate::check;
use crate::error::Result;
use crate::linalg::matmul;
use crate::memory::Bytes;

/// Hidden units times rows that are evaluated together where nothing but the outputs is kept: 32 MB twice.
const BLOCK_UNITS: usize = 1 << 22;
/// Rows that one task fills.
const CHUNK: usize = 32;

/// What a forward pass leaves behind for the way back.
#[derive(Debug, Clone)]
pub(crate) struct Activations {
    /// h^l, l = 1..L, each (n, m).
    pub(crate) before: Vec<Array2<f64>>,
    /// x^l = φ(h^l), l = 1..L, each (n, m).
    pub(crate) after: Vec<Array2<f64>>,
    /// f (n, k).
    pub(crate) outputs: Array2<f64>,
}

impl Activations {
    /// Room for n rows.
    pub(crate) fn new(layers: &[Layer], n: usize) -> Self {
        let hidden = layers.len() - 1;
        let arrays = || layers[..hidden].iter().map(|l| Array2::zeros((n, l.outputs))).collect();
        Activations { before: arrays(), after: arrays(), outputs: Array2::zeros((n, layers[hidden].outputs)) }
    }

    /// Bytes of [`Activations::new`].
    pub(crate) fn bytes(layers: &[Layer], n: usize) -> Bytes {
        layers.iter().map(|l| Bytes::of::<f64>(l.outputs, n) * 2).sum()
    }

    /// Fills them from x (n, d).
    pub(crate) fn fill(&mut self, plan: &Plan, parameters: &Parameters, x: ArrayView2<f64>) {
        let hidden = plan.layers.len() - 1;
        for (index, layer) in plan.layers.iter().enumerate() {
            let weights = parameters.weights[index].t();
            let input = if index == 0 { x } else { self.after[index - 1].view() };
            let target = if index == hidden { &mut self.outputs } else { &mut self.before[index] };
            matmul(layer.weight, input, weights, 0.0, target.view_mut());
            if let (Some(scale), Some(bias)) = (layer.bias, parameters.biases.get(index)) {
                target.axis_chunks_iter_mut(Axis(0), CHUNK).into_par_iter().for_each(|mut rows| {
                    rows.rows_mut().into_iter().for_each(|mut row| row.scaled_add(scale, bias));
                });
            }
            if index < hidden {
                activate(&plan.activation, &self.before[index], &mut self.after[index]);
            }
        }
    }
}

/// φ of every entry.
fn activate(activation: &Activation, before: &Array2<f64>, after: &mut Array2<f64>) {
    after
        .axis_chunks_iter_mut(Axis(0), CHUNK)
        .into_par_iter()
        .zip(before.axis_chunks_iter(Axis(0), CHUNK))
        .for_each(|(mut after, before)| match activation {
            // Alone, so that the loop is a vector one.
            Activation::Relu => after.zip_mut_with(&before, |a, h| *a = relu(*h)),
            _ => after.zip_mut_with(&before, |a, h| *a = activation.value(*h)),
        });
}

/// δ ← δ ∘ φ'(h), both (n, m); [`Network::check_differentiable`] has seen to φ'.
pub(crate) fn times_slope(activation: &Activation, before: &Array2<f64>, delta: &mut Array2<f64>) {
    delta
        .axis_chunks_iter_mut(Axis(0), CHUNK)
        .into_par_iter()
        .zip(before.axis_chunks_iter(Axis(0), CHUNK))
        .for_each(|(mut delta, before)| match activation {
            Activation::Relu => delta.zip_mut_with(&before, |d, h| *d = if *h > 0.0 { *d } else { 0.0 }),
            _ => delta.zip_mut_with(&before, |d, h| *d *= activation.derivative(*h).unwrap_or(f64::NAN)),
        });
}

impl Network {
    /// f(x), shape (n, k), for rows x (n, d). A row's outputs do not depend on the rows beside it.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) from [`Network::check`];
    /// [`Error::Shape`](crate::error::Error::Shape) where x or the parameters do not fit;
    /// [`Error::NotFinite`](crate::error::Error::NotFinite); [`Error::Memory`](crate::error::Error::Memory).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{Network, Parameters};
    /// use ndarray::array;
    /// let network = Network { inputs: 2, width: 2, ..Network::default() };
    /// let parameters = Parameters { weights: vec![array![[1.0, 0.0], [0.0, 1.0]], array![[3.0, 5.0]]], biases: vec![] };
    /// // √(2/2) (3 max(0, 2) + 5 max(0, −1))
    /// assert_eq!(network.outputs(&parameters, array![[2.0, -1.0]].view())?, array![[6.0]]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn outputs(&self, parameters: &Parameters, x: ArrayView2<f64>) -> Result<Array2<f64>> {
        self.check()?;
        self.check_rows("x", x)?;
        let plan = self.plan()?;
        parameters.check(&plan.layers)?;
        let n = x.nrows();
        let block = n.min(block_rows(&plan.layers));
        let bytes = Activations::bytes(&plan.layers, block) + Bytes::of::<f64>(n, self.outputs);
        bytes.require("the units of a network")?;
        let outputs = evaluate(&plan, parameters, x);
        check::finite_array(
            "the network's outputs (its units overflow: smaller parameters or rows)",
            outputs.view(),
        )?;
        Ok(outputs)
    }
}

/// How many rows [`evaluate`] takes at a time. The result does not depend on it.
pub(crate) fn block_rows(layers: &[Layer]) -> usize {
    let units: usize = layers.iter().map(|l| l.outputs).sum();
    (BLOCK_UNITS / units.max(1)).clamp(16, 512)
}

/// [`Network::outputs`] without its questions.
pub(crate) fn evaluate(plan: &Plan, parameters: &Parameters, x: ArrayView2<f64>) -> Array2<f64> {
    let n = x.nrows();
    let mut outputs = Array2::zeros((n, plan.layers[plan.layers.len() - 1].outputs));
    let mut room: Option<Activations> = None;
    let rows = block_rows(&plan.layers);
    for start in (0..n).step_by(rows) {
        let end = n.min(start + rows);
        let mut block = match room.take() {
            Some(block) if block.outputs.nrows() == end - start => block,
            _ => Activations::new(&plan.layers, end - start),
        };
        block.fill(plan, parameters, x.slice(s![start..end, ..]));
        outputs.slice_mut(s![start..end, ..]).assign(&block.outputs);
        room = Some(block);
    }
    outputs
}
