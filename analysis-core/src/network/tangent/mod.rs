//! The empirical tangent kernel Θ(x, x') = ∇f(x)·∇f(x') over all weights and biases.
//!
//! With B^l(x) = ∂f/∂h^l (k, m) the gradient of W^l is g_l B^l ⊗ x^{l−1} and that of b^l is r_l B^l, so
//!
//! Θ(x, x')_{oo'} = Σ_l (g_l² ⟨x^{l−1}, x'^{l−1}⟩ + r_l²) ⟨B^l_o(x), B^l_{o'}(x')⟩:
//!
//! two matrix products a layer, no Jacobian of n × (number of parameters).

mod outputs;
mod side;

#[cfg(test)]
mod tests;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};

use super::layers::{Layer, Network, Plan};
use super::parameters::Parameters;
use crate::check;
use crate::error::Result;
use crate::linalg::matmul;
use crate::memory::Bytes;

pub use outputs::TangentOutputs;
use side::Side;

/// One layer's share of Θ: Σ over layers of `weights` and `biases` is Θ.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerTangent {
    /// l = 1, …, L+1; L+1 is the layer of the outputs.
    pub layer: usize,
    /// What the gradients with respect to W^l contribute, shape as Θ's.
    pub weights: Array2<f64>,
    /// The same for b^l, where the layer has biases.
    pub biases: Option<Array2<f64>>,
}

impl Network {
    /// Θ(x, z) summed over outputs, Σ_o ∇f_o(x)·∇f_o(z), shape (n, p), for rows x (n, d) and z (p, d); for one output, the
    /// empirical NTK itself. Not divided by anything: [`EveryLayer`](super::Parametrisation::EveryLayer) grows with m.
    /// Where z is x it is symmetric to the bit, at about half the cost.
    ///
    /// # Errors
    /// As [`Network::gradient`]; [`Error::Memory`](crate::error::Error::Memory) for 16 bytes a row, output and hidden unit and 24 an entry.
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
        self.tangent_of(parameters, x, z, TangentOutputs::Trace)
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
    /// assert!((trace[[0, 1]] - full[[0, 3]] - full[[1, 4]] - full[[2, 5]]).abs() < 1e-12);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn tangent_full(
        &self,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
    ) -> Result<Array2<f64>> {
        self.tangent_of(parameters, x, z, TangentOutputs::Full)
    }

    /// Θ(x, z) of the `outputs` asked for: (n, p) for the trace or one output, (n·k, p·k) for all pairs.
    ///
    /// # Errors
    /// As [`Network::tangent`]; [`Error::Parameter`](crate::error::Error::Parameter) for an output that the network does not have.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{network::{Network, TangentOutputs}, seed::Seed};
    /// use ndarray::array;
    /// let network = Network { inputs: 2, width: 50, outputs: 3, ..Network::default() };
    /// let (x, parameters) = (array![[1.0, 0.0], [0.0, 1.0]], network.draw(Seed(0))?);
    /// let last = network.tangent_of(&parameters, x.view(), x.view(), TangentOutputs::One(2))?;
    /// let full = network.tangent_full(&parameters, x.view(), x.view())?;
    /// assert!((last[[0, 1]] - full[[2, 5]]).abs() < 1e-12);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn tangent_of(
        &self,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
        outputs: TangentOutputs,
    ) -> Result<Array2<f64>> {
        let pair = Pair::new(self, parameters, x, z, outputs, 1)?;
        let mut tangent = pair.room();
        pair.add(&mut tangent, &|_| true, Share::Both);
        pair.mirror(&mut tangent);
        check::finite_array(
            "the empirical tangent kernel (its layers overflow: smaller parameters or rows)",
            tangent.view(),
        )?;
        Ok(tangent)
    }

    /// Θ(x, z) taken apart: what every layer's weights and biases contribute. Which layers make the kernel large, and which
    /// make it random.
    ///
    /// # Errors
    /// As [`Network::tangent_of`], with room for 2(L+1) such arrays.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{network::{Network, TangentOutputs}, seed::Seed};
    /// use ndarray::array;
    /// let network = Network { inputs: 2, width: 50, hidden_layers: 3, ..Network::default() };
    /// let (x, parameters) = (array![[1.0, 0.0], [0.0, 1.0]], network.draw(Seed(0))?);
    /// let layers = network.tangent_layers(&parameters, x.view(), x.view(), TangentOutputs::Trace)?;
    /// assert_eq!(layers.len(), 4);
    /// let sum: f64 = layers.iter().map(|layer| layer.weights[[0, 0]]).sum();
    /// let whole = network.tangent(&parameters, x.view(), x.view())?;
    /// assert!((sum / whole[[0, 0]] - 1.0).abs() < 1e-14);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn tangent_layers(
        &self,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
        outputs: TangentOutputs,
    ) -> Result<Vec<LayerTangent>> {
        let layers = self.hidden_layers + 1;
        let pair = Pair::new(self, parameters, x, z, outputs, 2 * layers)?;
        let share = |index: usize, share: Share| {
            let mut part = pair.room();
            pair.add(&mut part, &|other| other == index, share);
            pair.mirror(&mut part);
            part
        };
        let layer = |index: usize| LayerTangent {
            layer: index + 1,
            weights: share(index, Share::Weights),
            biases: pair.plan.layers[index].bias.map(|_| share(index, Share::Biases)),
        };
        Ok((0..layers).map(layer).collect())
    }
}

/// Whose gradients count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    Weights,
    Biases,
    Both,
}

/// The two arguments of Θ, forward and backward.
struct Pair {
    plan: Plan,
    left: Side,
    /// None where z is x.
    right: Option<Side>,
    /// Rows and columns of Θ that a pair of inputs has.
    block: usize,
}

impl Pair {
    fn new(
        network: &Network,
        parameters: &Parameters,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
        outputs: TangentOutputs,
        results: usize,
    ) -> Result<Pair> {
        network.check()?;
        network.check_differentiable()?;
        network.check_rows("x", x)?;
        network.check_rows("z", z)?;
        outputs.check(network.outputs)?;
        let plan = network.plan()?;
        parameters.check(&plan.layers)?;
        bytes(&plan, x.nrows(), z.nrows(), outputs, results).require("the empirical tangent kernel")?;
        let left = Side::new(&plan, parameters, x, outputs);
        let right = (x != z).then(|| Side::new(&plan, parameters, z, outputs));
        let block = if outputs == TangentOutputs::Full { network.outputs } else { 1 };
        Ok(Pair { plan, left, right, block })
    }

    fn right(&self) -> &Side {
        self.right.as_ref().unwrap_or(&self.left)
    }

    fn room(&self) -> Array2<f64> {
        Array2::zeros((self.left.rows() * self.block, self.right().rows() * self.block))
    }

    /// Adds the layers that `which` names, in their order, to Θ; where z is x only below the diagonal and in the panels on it.
    fn add(&self, tangent: &mut Array2<f64>, which: &(dyn Fn(usize) -> bool + Sync), share: Share) {
        let rows = panel(self.block);
        let columns = self.right().rows();
        tangent.axis_chunks_iter_mut(Axis(0), rows * self.block).into_par_iter().enumerate().for_each(
            |(chunk, panel)| {
                let start = chunk * rows;
                let end = start + panel.nrows() / self.block;
                let columns = if self.right.is_some() { columns } else { end };
                self.add_panel(panel, start, columns, which, share);
            },
        );
    }

    /// Rows of Θ from those of input `start`, columns up to those of input `columns`.
    fn add_panel(
        &self,
        mut panel: ArrayViewMut2<f64>,
        start: usize,
        columns: usize,
        which: &dyn Fn(usize) -> bool,
        share: Share,
    ) {
        let (b, rows) = (self.block, panel.nrows() / self.block);
        let mut target = panel.slice_mut(s![.., ..columns * b]);
        let (mut inner, mut outer) = (Array2::zeros((rows, columns)), Array2::zeros((rows * b, columns * b)));
        for (index, layer) in self.plan.layers.iter().enumerate().filter(|(index, _)| which(*index)) {
            let (left, right) = (&self.left, self.right());
            let (a, c) = (left.inputs(index), right.inputs(index));
            inputs_product(
                layer,
                share,
                a.slice(s![start..start + rows, ..]),
                c.slice(s![..columns, ..]),
                &mut inner,
            );
            let (a, c) = (&left.sensitivities[index], &right.sensitivities[index]);
            let (a, c) = (a.slice(s![start * b..(start + rows) * b, ..]), c.slice(s![..columns * b, ..]));
            matmul(1.0, a, c.t(), 0.0, outer.view_mut());
            for (row, (mut target, outer)) in target.rows_mut().into_iter().zip(outer.rows()).enumerate() {
                let inner = inner.row(row / b);
                if b == 1 {
                    target.iter_mut().zip(&outer).zip(&inner).for_each(|((t, o), i)| *t += i * o);
                } else {
                    let pairs = target.iter_mut().zip(&outer).enumerate();
                    pairs.for_each(|(column, (t, o))| *t += inner[column / b] * o);
                }
            }
        }
    }

    /// Above the diagonal what stands below it, where z is x.
    fn mirror(&self, tangent: &mut Array2<f64>) {
        if self.right.is_none() {
            for row in 0..tangent.nrows() {
                for column in 0..row {
                    tangent[[column, row]] = tangent[[row, column]];
                }
            }
        }
    }
}

/// g² ⟨x^{l−1}, z^{l−1}⟩ + r², or one of the two.
fn inputs_product(
    layer: &Layer,
    share: Share,
    a: ArrayView2<f64>,
    c: ArrayView2<f64>,
    inner: &mut Array2<f64>,
) {
    let bias = layer.bias.map_or(0.0, |scale| scale * scale);
    if share == Share::Biases {
        inner.fill(bias);
        return;
    }
    matmul(layer.weight * layer.weight, a, c.t(), 0.0, inner.view_mut());
    if share == Share::Both {
        *inner += bias;
    }
}

/// Inputs whose rows of Θ are one task: enough of them for a product to pay, few enough for every thread to have some.
fn panel(block: usize) -> usize {
    (64 / block).clamp(4, 32)
}

/// Bytes held at once, with so many `results`.
fn bytes(plan: &Plan, n: usize, p: usize, outputs: TangentOutputs, results: usize) -> Bytes {
    let all = plan.layers[plan.layers.len() - 1].outputs;
    let backward = if matches!(outputs, TangentOutputs::One(_)) { 1 } else { all };
    let block = if outputs == TangentOutputs::Full { all } else { 1 };
    let units =
        plan.layers.iter().map(|l| Bytes::of::<f64>(n.saturating_add(p), l.inputs.saturating_add(l.outputs)));
    units.sum::<Bytes>() * (2 + 2 * backward) + Bytes::of::<f64>(n, p) * (block * block) * (2 + results)
}
