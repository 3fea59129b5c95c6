//! From a force on the outputs to the gradient of the parameters.

use ndarray::{Array2, ArrayView2, Axis};

use super::forward::{Activations, times_slope};
use super::layers::{Layer, Network, Plan};
use super::parameters::Parameters;
use crate::error::{Error, Result};
use crate::linalg::matmul;
use crate::memory::Bytes;

/// Room for the way back: δ^l of two neighbouring layers.
#[derive(Debug, Clone)]
pub(crate) struct Backward {
    delta: Vec<Array2<f64>>,
}

impl Backward {
    pub(crate) fn new(layers: &[Layer], n: usize) -> Self {
        let two = layers[..layers.len() - 1].iter().take(2);
        Backward { delta: two.map(|l| Array2::zeros((n, l.outputs))).collect() }
    }

    /// `gradient` ← Σ_i Σ_o force_io ∂f_o(x_i)/∂p, for the forward pass in `activations`.
    pub(crate) fn gradient(
        &mut self,
        plan: &Plan,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        activations: &Activations,
        force: ArrayView2<f64>,
        gradient: &mut Parameters,
    ) {
        let layers = &plan.layers;
        // `delta[0]` holds δ of the layer at hand below the top, `delta.last()` takes the next one down.
        for index in (0..layers.len()).rev() {
            let layer = &layers[index];
            let delta = if index + 1 == layers.len() { force } else { self.delta[0].view() };
            let input = if index == 0 { x } else { activations.after[index - 1].view() };
            matmul(layer.weight, delta.t(), input, 0.0, gradient.weights[index].view_mut());
            if let (Some(scale), Some(bias)) = (layer.bias, gradient.biases.get_mut(index)) {
                bias.assign(&delta.sum_axis(Axis(0)));
                *bias *= scale;
            }
            if index > 0 {
                // The top's δ is the force itself, so its successor may go to either place.
                let place = self.delta.len() - 1;
                let mut below = std::mem::take(&mut self.delta[place]);
                let delta = if index + 1 == layers.len() { force } else { self.delta[0].view() };
                matmul(layer.weight, delta, parameters.weights[index].view(), 0.0, below.view_mut());
                times_slope(&plan.activation, &activations.before[index - 1], &mut below);
                self.delta[place] = below;
                self.delta.reverse();
            }
        }
    }
}

impl Network {
    /// The gradient Σ_i Σ_o force_io ∂f_o(x_i)/∂p for rows x (n, d) and a force (n, k): with force (f − y)/n it is the
    /// gradient of the loss 1/(2n) Σ ‖f − y‖², with a one in one place it is a row of the Jacobian. At a kink φ' is the
    /// left one.
    ///
    /// # Errors
    /// As [`Network::outputs`]; [`Error::Shape`] for another shape of the force; [`Error::Parameter`] for an activation
    /// without a derivative; [`Error::NotFinite`] where the gradient overflows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{Network, Parameters};
    /// use ndarray::array;
    /// let network = Network { inputs: 2, width: 2, ..Network::default() };
    /// let parameters = Parameters { weights: vec![array![[1.0, 0.0], [0.0, 1.0]], array![[3.0, 5.0]]], biases: vec![] };
    /// let gradient = network.gradient(&parameters, array![[2.0, -1.0]].view(), array![[1.0]].view())?;
    /// assert_eq!(gradient.weights, [array![[6.0, -3.0], [0.0, 0.0]], array![[2.0, 0.0]]]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn gradient(
        &self,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        force: ArrayView2<f64>,
    ) -> Result<Parameters> {
        self.check()?;
        self.check_differentiable()?;
        self.check_rows("x", x)?;
        let plan = self.plan()?;
        let layers = &plan.layers;
        parameters.check(layers)?;
        let n = x.nrows();
        if force.dim() != (n, self.outputs) {
            let (expected, found) = (format!("({n}, {})", self.outputs), format!("{:?}", force.dim()));
            return Err(Error::shape("the force on the outputs of x", expected, found));
        }
        let bytes = Activations::bytes(layers, n) * 2 + Bytes::of::<f64>(parameters.count(), 1);
        bytes.require("a network's units and gradient")?;
        let mut activations = Activations::new(layers, n);
        activations.fill(&plan, parameters, x);
        let mut gradient = Parameters::zeros(layers);
        Backward::new(layers, n).gradient(&plan, parameters, x, &activations, force, &mut gradient);
        if gradient.are_finite() {
            return Ok(gradient);
        }
        let what = "the gradient (it overflows on the way down: smaller parameters, rows or forces)";
        Err(Error::NotFinite { what: what.into(), row: 0, column: 0, value: f64::INFINITY })
    }
}
