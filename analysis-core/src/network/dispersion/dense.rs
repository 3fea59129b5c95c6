//! Θ of a network whose weight matrices are drawn: the definition, for any number of outputs; what the other samplers are
//! checked against.

use ndarray::{Array1, Array2, ArrayView1};

use super::draws::{self, Stream, alive, kept, value_and_slope};
use super::random_networks::RandomNetworks;
use super::theta_pair::ThetaPair;
use crate::memory::Bytes;

/// One network.
pub(super) struct Drawn {
    /// W^1, …, W^{H+1}.
    weights: Vec<Array2<f64>>,
    /// b^1, …, b^{H+1}.
    biases: Vec<Array1<f64>>,
}

/// What the kernel needs of one input.
struct Pass {
    /// x⁰, …, x^H.
    x: Vec<Array1<f64>>,
    /// ∂f/∂h^l for l = 1, …, H+1, each (outputs, units).
    gradients: Vec<Array2<f64>>,
}

/// A weight matrix is made row by row and each input is multiplied row by row: the largest sizes of all.
pub(super) fn memory(networks: &RandomNetworks, hidden_layers: usize) -> Bytes {
    let (m, n0, k) = (networks.width, networks.input_dimension, networks.outputs);
    let units = Bytes::of::<f64>(m, k.saturating_add(1)) * 4;
    Bytes::of::<f64>(m, n0) + Bytes::of::<f64>(m, k) + (Bytes::of::<f64>(m, m) + units) * hidden_layers
}

impl Drawn {
    pub(super) fn draw(networks: &RandomNetworks, hidden_layers: usize, stream: &mut Stream) -> Self {
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for l in 0..=hidden_layers {
            let columns = if l == 0 { networks.input_dimension } else { networks.width };
            let rows = if l == hidden_layers { networks.outputs } else { networks.width };
            let mut normal = |variance: f64| variance.sqrt() * draws::normal(stream);
            let variance = networks.weight_variance(l);
            weights.push(Array2::from_shape_simple_fn((rows, columns), || normal(variance)));
            biases.push(Array1::from_shape_simple_fn(rows, || normal(networks.sigma_b2)));
        }
        Drawn { weights, biases }
    }

    fn pass(&self, networks: &RandomNetworks, input: Array1<f64>) -> Pass {
        let (mut x, mut slopes) = (vec![input], Vec::new());
        let last = self.weights.len() - 1;
        for l in 0..last {
            let h = multiply(&self.weights[l], x[l].view()) + &self.biases[l];
            slopes.push(h.mapv(|h| value_and_slope(&networks.activation, h).1));
            let mut after = h.mapv(|h| value_and_slope(&networks.activation, h).0);
            let any = h.iter().zip(&after).any(|(h, x)| alive(&networks.activation, *h, *x));
            if kept(after.dot(&after), any).is_nan() {
                after.fill(f64::NAN);
            }
            x.push(after);
        }
        let mut gradients = vec![Array2::eye(networks.outputs)];
        for l in (0..last).rev() {
            let above = &gradients[gradients.len() - 1];
            let mut here = Array2::zeros((networks.outputs, networks.width));
            for ((o, i), b) in above.indexed_iter() {
                here.row_mut(o).scaled_add(*b, &self.weights[l + 1].row(i));
            }
            here *= &slopes[l];
            gradients.push(here);
        }
        gradients.reverse();
        Pass { x, gradients }
    }

    /// Θ(x,x), the trace over outputs, at an input along the first axis.
    pub(super) fn theta(&self, networks: &RandomNetworks) -> f64 {
        let mut input = Array1::zeros(networks.input_dimension);
        input[0] = networks.input_norm;
        let pass = self.pass(networks, input);
        kernel(&pass, &pass, networks.bias_share())
    }

    /// The kernel at two inputs with this cosine between them; n₀ ≥ 2.
    pub(super) fn theta_pair(&self, networks: &RandomNetworks, cosine: f64) -> ThetaPair {
        let mut first = Array1::zeros(networks.input_dimension);
        let mut second = first.clone();
        first[0] = networks.input_norm;
        second[0] = networks.input_norm * cosine;
        second[1] = networks.input_norm * ((1.0 - cosine) * (1.0 + cosine)).sqrt();
        let (first, second) = (self.pass(networks, first), self.pass(networks, second));
        let e = networks.bias_share();
        ThetaPair {
            first: kernel(&first, &first, e),
            between: kernel(&first, &second, e),
            second: kernel(&second, &second, e),
        }
    }
}

/// Not BLAS: networks are drawn on many threads.
fn multiply(matrix: &Array2<f64>, vector: ArrayView1<f64>) -> Array1<f64> {
    matrix.rows().into_iter().map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
}

fn kernel(a: &Pass, b: &Pass, e: f64) -> f64 {
    let dot = |a: &mut dyn Iterator<Item = (&f64, &f64)>| -> f64 { a.map(|(a, b)| a * b).sum() };
    let layers = a.x.iter().zip(&b.x).zip(a.gradients.iter().zip(&b.gradients));
    layers.map(|((xa, xb), (ga, gb))| dot(&mut ga.iter().zip(gb)) * (dot(&mut xa.iter().zip(xb)) + e)).sum()
}
