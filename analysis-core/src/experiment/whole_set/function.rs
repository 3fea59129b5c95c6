//! Initial functions of networks so wide that their weights are never all in memory.

use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut1, Axis};
use rand_distr::{Distribution, StandardNormal};

use crate::architecture::Activation;
use crate::error::{Error, Result};
use crate::linalg::blas_matmul_nt;
use crate::memory::Bytes;
use crate::network::Network;
use crate::seed::{Seed, Stream};
use crate::session::Session;

/// Rows that one thread works on at a time. Part of the results: the last bits of a product may depend on its shape.
const ROWS: usize = 512;

/// Hidden units whose weights are drawn at a time, for one hidden layer.
const UNITS: usize = 1024;

/// The widest network of two or more hidden layers: its (m, m) weights are held.
pub(super) const WIDEST_DEEP: usize = 4096;

/// The output at initialisation of one network with one output, at the rows of x (n,d).
///
/// With one hidden layer f₀(x) = g Σ_j a_j φ(h_j(x)) is a sum of `width` independent terms, the units, each of which has the
/// covariance NNGP/width: **the covariance of f₀ is the NNGP kernel exactly, whatever the width**. Given the hidden weights,
/// f₀ is jointly Gaussian over all rows, with the covariance g² Σ_j φ(h_j(x)) φ(h_j(x')) of these units, which differs from
/// the NNGP kernel by a relative O(1/√width) and has a rank of at most `width`. So f₀ is a mixture of Gaussian processes, and
/// tends to GP(0, NNGP); its fourth cumulants are O(1/width). With more hidden layers the covariance is the NNGP kernel to
/// O(1/width), since a layer sees the covariance of the units before it and not their expectation.
///
/// One hidden layer needs memory for [`UNITS`] units, whose weights come from the stream `("units", block)` of the seed; deeper
/// networks hold their weights, from the streams `("layer", l)`. The values do not depend on the number of threads.
pub(super) fn initial_function(
    network: &Network,
    x: ArrayView2<f64>,
    seed: Seed,
    session: &Session,
) -> Result<Array1<f64>> {
    let plan = network.plan()?;
    let mut f = Array1::zeros(x.nrows());
    let output = &plan.layers[network.hidden_layers];
    let layer = |l: usize| WideLayer {
        inputs: plan.layers[l].inputs,
        weight: plan.layers[l].weight * plan.layers[l].weight_deviation,
        bias: plan.layers[l].bias.map(|scale| scale * plan.layers[l].bias_deviation),
    };
    if network.hidden_layers == 1 {
        for (block, start) in (0..network.width).step_by(UNITS).enumerate() {
            session.check_cancelled()?;
            let mut stream = seed.stream("units", block as u64);
            let units = UNITS.min(network.width - start);
            let hidden = layer(0).draw(units, &mut stream);
            let a = normals((1, units), output.weight * output.weight_deviation, &mut stream);
            add(x, &mut f, |rows, f| {
                sum_onto(&hidden.activations(rows, &plan.activation)?, &a, f);
                Ok(())
            })?;
        }
    } else {
        let hidden: Vec<DrawnLayer> = (0..network.hidden_layers)
            .map(|l| layer(l).draw(network.width, &mut seed.stream("layer", l as u64)))
            .collect();
        let mut stream = seed.stream("layer", network.hidden_layers as u64);
        let a = normals((1, network.width), output.weight * output.weight_deviation, &mut stream);
        add(x, &mut f, |rows, f| {
            session.check_cancelled()?;
            let mut h = hidden[0].activations(rows, &plan.activation)?;
            for layer in &hidden[1..] {
                h = layer.activations(h.view(), &plan.activation)?;
            }
            sum_onto(&h, &a, f);
            Ok(())
        })?;
    }
    if let Some(scale) = output.bias {
        let b: f64 = StandardNormal.sample(&mut seed.stream("output-bias", 0));
        f += scale * output.bias_deviation * b;
    }
    Ok(f)
}

/// Bytes that [`initial_function`] needs beside x.
pub(super) fn memory(network: &Network) -> Bytes {
    let threads = rayon::current_num_threads();
    let (width, d) = (network.width, network.inputs);
    if network.hidden_layers == 1 {
        return Bytes::of::<f64>(UNITS, d) + Bytes::of::<f64>(ROWS, UNITS) * threads;
    }
    let weights = Bytes::of::<f64>(width, width) * (network.hidden_layers - 1) + Bytes::of::<f64>(width, d);
    weights + Bytes::of::<f64>(ROWS, width) * 2 * threads
}

/// Refuses a network that cannot be drawn.
pub(super) fn check(hidden_layers: usize, width: usize) -> Result<()> {
    crate::check::at_least_one("function_width", width)?;
    if hidden_layers > 1 && width > WIDEST_DEEP {
        let requirement = format!(
            "at most {WIDEST_DEEP} with {hidden_layers} hidden layers: their weights, {width} × {width} numbers each, are held \
             in memory (with one hidden layer any width is drawn block by block)"
        );
        return Err(Error::parameter("function_width", width, requirement));
    }
    Ok(())
}

/// Shape and scales of the units of a layer.
struct WideLayer {
    inputs: usize,
    weight: f64,
    bias: Option<f64>,
}

/// Weights (units, inputs) and biases (units) of a layer, scales included.
struct DrawnLayer {
    weights: Array2<f64>,
    bias: Option<Array2<f64>>,
}

impl WideLayer {
    fn draw(&self, units: usize, stream: &mut Stream) -> DrawnLayer {
        let weights = normals((units, self.inputs), self.weight, stream);
        DrawnLayer { weights, bias: self.bias.map(|scale| normals((1, units), scale, stream)) }
    }
}

impl DrawnLayer {
    /// φ(x·Wᵀ + b) (rows, units).
    fn activations(&self, x: ArrayView2<f64>, activation: &Activation) -> Result<Array2<f64>> {
        let mut h = blas_matmul_nt(x, self.weights.view())?;
        if let Some(bias) = &self.bias {
            h += bias;
        }
        h.mapv_inplace(|h| activation.value(h));
        Ok(h)
    }
}

fn normals(shape: (usize, usize), deviation: f64, stream: &mut Stream) -> Array2<f64> {
    Array2::from_shape_simple_fn(shape, || {
        let normal: f64 = StandardNormal.sample(stream);
        deviation * normal
    })
}

/// Calls `work` with every [`ROWS`] rows of x and their places in f, on all threads.
fn add(
    x: ArrayView2<f64>,
    f: &mut Array1<f64>,
    work: impl Fn(ArrayView2<f64>, ArrayViewMut1<f64>) -> Result<()> + Sync,
) -> Result<()> {
    f.axis_chunks_iter_mut(Axis(0), ROWS)
        .into_par_iter()
        .zip(x.axis_chunks_iter(Axis(0), ROWS))
        .try_for_each(|(f, rows)| work(rows, f))
}

/// f += h·aᵀ, each sum in the order of the units.
fn sum_onto(h: &Array2<f64>, a: &Array2<f64>, mut f: ArrayViewMut1<f64>) {
    for (f, h) in f.iter_mut().zip(h.rows()) {
        *f += h.iter().zip(a).map(|(h, a)| h * a).sum::<f64>();
    }
}
