//! The empirical tangent kernel Θ(x, x') = ∇f(x)·∇f(x') over all weights and biases.
//!
//! With B^l(x) = ∂f/∂h^l (k, m) the gradient of W^l is g_l B^l ⊗ x^{l−1} and that of b^l is r_l B^l, so
//!
//! Θ(x, x')_{oo'} = Σ_l (g_l² ⟨x^{l−1}, x'^{l−1}⟩ + r_l²) ⟨B^l_o(x), B^l_{o'}(x')⟩:
//!
//! two matrix products a layer, no Jacobian of n × (number of parameters).

use ndarray::{Array2, ArrayView2, Axis, Zip};

use super::forward::{Activations, times_slope};
use super::{Network, Parameters, Plan};
use crate::error::Result;
use crate::linalg::gemm;
use crate::memory;

/// One set of rows, forward, and backward once an output.
struct Side {
    activations: Activations,
    /// B^l, l = 1..L+1, each (n·k, units of layer l), row i·k + o.
    sensitivities: Vec<Array2<f64>>,
}

impl Side {
    fn new(plan: &Plan, parameters: &Parameters, x: ArrayView2<f64>) -> Self {
        let (n, top) = (x.nrows(), plan.layers.len() - 1);
        let k = plan.layers[top].outputs;
        let mut activations = Activations::new(&plan.layers, n);
        activations.fill(plan, parameters, x);
        let mut sensitivities = vec![Array2::from_shape_fn((n * k, k), |(row, o)| f64::from(row % k == o))];
        for index in (1..=top).rev() {
            let layer = &plan.layers[index];
            let mut below = Array2::zeros((n * k, layer.inputs));
            let above = &sensitivities[sensitivities.len() - 1];
            gemm(layer.weight, above.view(), parameters.weights[index].view(), 0.0, below.view_mut());
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
        Side { activations, sensitivities }
    }

    fn input<'a>(&'a self, x: ArrayView2<'a, f64>, index: usize) -> ArrayView2<'a, f64> {
        if index == 0 { x } else { self.activations.after[index - 1].view() }
    }
}

impl Network {
    /// Θ(x, z) summed over outputs, Σ_o ∇f_o(x)·∇f_o(z), shape (n, p), for rows x (n, d) and z (p, d); for one output, the
    /// empirical NTK itself. Not divided by anything: [`EveryLayer`](super::Parametrisation::EveryLayer) grows with m.
    ///
    /// # Errors
    /// As [`Network::gradient`]; [`Error::Memory`](crate::error::Error::Memory) for 16 bytes a row, output and hidden unit
    /// and 24 an entry.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{Network, Parameters};
    /// use ndarray::array;
    /// let network = Network { inputs: 2, width: 2, ..Network::default() };
    /// let parameters = Parameters { weights: vec![array![[1.0, 0.0], [0.0, 1.0]], array![[3.0, 5.0]]], biases: vec![] };
    /// let x = array![[2.0, -1.0]];
    /// // The gradient is (6, −3, 0, 0; 2, 0).
    /// assert_eq!(network.tangent(&parameters, x.view(), x.view())?, array![[49.0]]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn tangent(
        &self,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
    ) -> Result<Array2<f64>> {
        let full = self.tangent_full(parameters, x, z)?;
        if self.outputs == 1 {
            return Ok(full);
        }
        let k = self.outputs;
        let trace = |(i, j)| (0..k).map(|o| full[[i * k + o, j * k + o]]).sum();
        Ok(Array2::from_shape_fn((x.nrows(), z.nrows()), trace))
    }

    /// Θ(x, z) of every pair of outputs, shape (n·k, p·k): entry (i·k + o, j·k + o') is ∇f_o(x_i)·∇f_{o'}(z_j).
    ///
    /// # Errors
    /// As [`Network::tangent`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{network::Network, seed::Seed};
    /// use ndarray::array;
    /// let network = Network { inputs: 2, width: 50, outputs: 3, ..Network::default() };
    /// let x = array![[1.0, 0.0], [0.0, 1.0]];
    /// let parameters = network.draw(Seed(0))?;
    /// let full = network.tangent_full(&parameters, x.view(), x.view())?;
    /// assert_eq!(full.dim(), (6, 6));
    /// let trace = network.tangent(&parameters, x.view(), x.view())?;
    /// assert_eq!(trace[[0, 1]], full[[0, 3]] + full[[1, 4]] + full[[2, 5]]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn tangent_full(
        &self,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
    ) -> Result<Array2<f64>> {
        self.check()?;
        self.check_differentiable()?;
        self.check_rows("x", x)?;
        self.check_rows("z", z)?;
        let plan = self.plan()?;
        parameters.check(&plan.layers)?;
        let (n, p, k) = (x.nrows(), z.nrows(), self.outputs);
        memory::require("the empirical tangent kernel", tangent_bytes(&plan, n, p))?;
        let left = Side::new(&plan, parameters, x);
        let right = Side::new(&plan, parameters, z);
        let mut tangent = Array2::zeros((n * k, p * k));
        let (mut inner, mut outer) = (Array2::zeros((n, p)), Array2::zeros((n * k, p * k)));
        for (index, layer) in plan.layers.iter().enumerate() {
            let (a, b) = (left.input(x, index), right.input(z, index));
            gemm(layer.weight * layer.weight, a, b.t(), 0.0, inner.view_mut());
            if let Some(scale) = layer.bias {
                inner += scale * scale;
            }
            let (a, b) = (&left.sensitivities[index], &right.sensitivities[index]);
            gemm(1.0, a.view(), b.t(), 0.0, outer.view_mut());
            Zip::indexed(&mut tangent).and(&outer).for_each(|(row, column), sum, outer| {
                *sum += inner[[row / k, column / k]] * outer;
            });
        }
        Ok(tangent)
    }
}

/// Bytes that [`Network::tangent_full`] holds at once.
fn tangent_bytes(plan: &Plan, n: usize, p: usize) -> u64 {
    let k = plan.layers[plan.layers.len() - 1].outputs as u64;
    let (n, p) = (n as u64, p as u64);
    let units: u64 = plan.layers.iter().map(|l| l.outputs as u64).sum();
    let rows = n.saturating_add(p).saturating_mul(units).saturating_mul(8 * (2 + 2 * k));
    rows.saturating_add(n.saturating_mul(p).saturating_mul(8 * (1 + 2 * k * k)))
}
