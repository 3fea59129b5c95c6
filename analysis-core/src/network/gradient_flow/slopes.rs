//! The gradient at any parameters, for methods that need it at several points a step.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::number::Number;
use crate::architecture::Activation;
use crate::network::layers::{Layer, Plan};
use crate::network::parameters::Parameters;

/// A gradient, in the order of [`Parameters`].
#[derive(Debug, Clone)]
pub(super) struct Slope<T> {
    weights: Vec<Array2<T>>,
    biases: Vec<Array1<T>>,
}

impl<T: Number> Slope<T> {
    pub(super) fn zeros(layers: &[Layer]) -> Self {
        Slope {
            weights: layers.iter().map(|l| Array2::zeros((l.outputs, l.inputs))).collect(),
            biases: layers.iter().filter(|l| l.bias.is_some()).map(|l| Array1::zeros(l.outputs)).collect(),
        }
    }

    /// As [`Parameters::slices`].
    pub(super) fn slices(&self) -> Vec<&[T]> {
        let weights = self.weights.iter().filter_map(|w| w.as_slice());
        weights.chain(self.biases.iter().filter_map(|b| b.as_slice())).collect()
    }
}

/// One network on its rows, forward and backward, on one thread and without an allocation a layer. Where φ' follows from φ
/// (ReLU, tanh) nothing else is kept of a unit.
#[derive(Debug)]
pub(super) struct Slopes<T> {
    plan: Plan,
    x: Array2<T>,
    /// W^l in this precision, where it is not the parameters'.
    weights: Vec<Array2<T>>,
    /// x^l = φ(h^l), l = 1..L.
    units: Vec<Array2<T>>,
    /// φ'(h^l) where it does not follow from φ.
    derivatives: Vec<Array2<T>>,
    outputs: Array2<T>,
    /// δ of two neighbouring layers.
    delta: [Array2<T>; 2],
}

impl<T: Number> Slopes<T> {
    pub(super) fn new(plan: Plan, x: ArrayView2<f64>) -> Self {
        let (n, hidden) = (x.nrows(), plan.layers.len() - 1);
        let arrays = |of: &[Layer]| of.iter().map(|l| Array2::zeros((n, l.outputs))).collect::<Vec<_>>();
        let follows = matches!(plan.activation, Activation::Relu | Activation::Tanh);
        Slopes {
            x: x.mapv(T::of),
            weights: vec![Array2::zeros((0, 0)); hidden + 1],
            units: arrays(&plan.layers[..hidden]),
            derivatives: if follows { Vec::new() } else { arrays(&plan.layers[..hidden]) },
            outputs: Array2::zeros((n, plan.layers[hidden].outputs)),
            delta: [Array2::zeros((n, plan.layers[0].outputs)), Array2::zeros((n, plan.layers[0].outputs))],
            plan,
        }
    }

    /// f(X) (n, k).
    pub(super) fn forward(&mut self, parameters: &Parameters) -> &Array2<T> {
        let Slopes { plan, x, weights, units, derivatives, outputs, .. } = self;
        let hidden = plan.layers.len() - 1;
        for (index, layer) in plan.layers.iter().enumerate() {
            let (below, above) = units.split_at_mut(index);
            let input = below.last().map_or(x.view(), |units| units.view());
            let target = above.first_mut().unwrap_or(outputs);
            let (product, beta) = match (layer.bias, parameters.biases.get(index)) {
                (Some(scale), Some(bias)) => {
                    let bias = bias.mapv(|b| T::of(scale * b));
                    target.rows_mut().into_iter().for_each(|mut row| row.assign(&bias));
                    (T::of(layer.weight), T::one())
                }
                _ => (T::of(layer.weight), T::zero()),
            };
            let weights = T::seen(&parameters.weights[index], &mut weights[index]);
            general_mat_mul(product, &input, &weights.t(), beta, target);
            if index < hidden {
                activate(&plan.activation, target, derivatives.get_mut(index));
            }
        }
        &self.outputs
    }

    /// `slope` ← Σ_i Σ_o force_io ∂f_o(x_i)/∂p at the parameters of the last [`Slopes::forward`].
    pub(super) fn backward(&mut self, parameters: &Parameters, force: ArrayView2<T>, slope: &mut Slope<T>) {
        let Slopes { plan, x, weights, units, derivatives, delta: [here, there], .. } = self;
        let hidden = plan.layers.len() - 1;
        for (index, layer) in plan.layers.iter().enumerate().rev() {
            let delta = if index == hidden { force } else { here.view() };
            let input = if index == 0 { x.view() } else { units[index - 1].view() };
            general_mat_mul(T::of(layer.weight), &delta.t(), &input, T::zero(), &mut slope.weights[index]);
            if let (Some(scale), Some(bias)) = (layer.bias, slope.biases.get_mut(index)) {
                bias.assign(&delta.sum_axis(Axis(0)));
                if scale != 1.0 {
                    bias.mapv_inplace(|b| b * T::of(scale));
                }
            }
            if index > 0 {
                let weights = T::seen_already(&parameters.weights[index], &weights[index]);
                general_mat_mul(T::of(layer.weight), &delta, &weights, T::zero(), there);
                times_slope(&plan.activation, &units[index - 1], derivatives.get(index - 1), there);
                std::mem::swap(here, there);
            }
        }
    }
}

/// h → φ(h), with φ'(h) beside it where it is asked for.
fn activate<T: Number>(activation: &Activation, units: &mut Array2<T>, derivatives: Option<&mut Array2<T>>) {
    let Some(numbers) = units.as_slice_mut() else { return };
    match (activation, derivatives) {
        (Activation::Relu, _) => {
            // Not `max`: NaN has to stay NaN.
            numbers.iter_mut().for_each(|h| *h = if *h < T::zero() { T::zero() } else { *h });
        }
        (Activation::Tanh, _) => T::tanh(numbers),
        (_, derivatives) => {
            // `check_differentiable` has seen to φ'.
            for (h, slope) in numbers.iter_mut().zip(derivatives.into_iter().flatten()) {
                let at: f64 = (*h).into();
                *h = T::of(activation.value(at));
                *slope = T::of(activation.derivative(at).unwrap_or(f64::NAN));
            }
        }
    }
}

/// δ ← δ ∘ φ'(h).
fn times_slope<T: Number>(
    activation: &Activation,
    units: &Array2<T>,
    derivatives: Option<&Array2<T>>,
    delta: &mut Array2<T>,
) {
    let (Some(delta), Some(units)) = (delta.as_slice_mut(), units.as_slice()) else { return };
    match (activation, derivatives) {
        (Activation::Relu, _) => {
            delta.iter_mut().zip(units).for_each(|(d, x)| *d = if *x > T::zero() { *d } else { T::zero() });
        }
        (Activation::Tanh, _) => {
            delta.iter_mut().zip(units).for_each(|(d, x)| *d = *d * (T::one() - *x * *x));
        }
        (_, derivatives) => {
            let slopes = derivatives.into_iter().flatten();
            delta.iter_mut().zip(slopes).for_each(|(d, slope)| *d = *d * *slope);
        }
    }
}
