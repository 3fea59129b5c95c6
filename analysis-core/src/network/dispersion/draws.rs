//! What every sampler needs: streams, units, and the refusal of what leaves f64.

use std::ops::Range;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::random_networks::RandomNetworks;
use crate::architecture::{Activation, relu};
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::seed::Seed;

/// The generator of one initialisation: xoshiro256++ (the same numbers on every machine), its 256-bit state drawn from the
/// initialisation's own ChaCha stream.
pub(super) type Stream = Xoshiro256PlusPlus;

/// N(0, 1).
pub(super) fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// The stream of initialisation `index`.
pub(super) fn stream(seed: Seed, index: usize) -> Stream {
    let mut state = [0u8; 32];
    seed.stream("initialisation", index as u64).fill_bytes(&mut state);
    Stream::from_seed(state)
}

/// A square as it is; NaN where it is no normal number although the vector is not 0 (`alive`): what is divided by it, or
/// vanishes with it, would be wrong, and [`RandomNetworks::sample`] refuses NaN.
pub(super) fn kept(square: f64, alive: bool) -> f64 {
    if square.is_normal() || (square == 0.0 && !alive) { square } else { f64::NAN }
}

/// The variance of the pre-activations that act on x^{layer} of square u; NaN where there are no biases to hold it up and the
/// weights' share is no normal number.
pub(super) fn variance(networks: &RandomNetworks, layer: usize, u: f64) -> f64 {
    let weights = networks.weight_variance(layer) * u;
    if networks.sigma_b2 > 0.0 { weights + networks.sigma_b2 } else { kept(weights, u > 0.0) }
}

/// Whether a unit at h with φ(h) = x is not off: a power of ReLU may vanish by underflow alone.
pub(super) fn alive(activation: &Activation, h: f64, x: f64) -> bool {
    if activation.homogeneous_degree().is_some() { h > 0.0 } else { x != 0.0 }
}

/// The first kernel that is no normal number and not 0.
pub(super) fn refuse(
    networks: &RandomNetworks,
    hidden_layers: usize,
    first: usize,
    theta: &[f64],
) -> Result<()> {
    let Some(place) = theta.iter().position(|theta| !(theta.is_normal() || *theta == 0.0)) else {
        return Ok(());
    };
    Err(Error::NotFinite {
        what: format!(
            "Θ of initialisations at σ_w² = {:e}, σ_b² = {:e}, ‖x‖ = {:e}, H = {hidden_layers} (it, or the square of a layer, leaves \
             the range of f64: take fewer layers, or variances and a norm nearer to 1)",
            networks.sigma_w2, networks.sigma_b2, networks.input_norm
        ),
        row: first + place,
        column: 0,
        value: theta[place],
    })
}

/// φ(h) and φ'(h). The activation has a derivative where this is called: [`Sampler::resolve`](super::Sampler::resolve) refuses the others.
pub(super) fn value_and_slope(activation: &Activation, h: f64) -> (f64, f64) {
    match activation {
        Activation::Relu => (relu(h), f64::from(h > 0.0)),
        Activation::Tanh => {
            let value = h.tanh();
            (value, (1.0 - value) * (1.0 + value))
        }
        _ => (activation.value(h), activation.derivative(h).unwrap_or(0.0)),
    }
}

pub(super) fn check_range(which: &Range<usize>) -> Result<()> {
    if which.is_empty() {
        let text = format!("{}..{}", which.start, which.end);
        return Err(Error::parameter("initialisations", text, "holds none: A..B leaves B out"));
    }
    Ok(())
}

/// Announces `count` results of type `T` and one network a thread.
pub(super) fn require<T>(one: Bytes, count: usize) -> Result<()> {
    let bytes = one * rayon::current_num_threads() + Bytes::of::<T>(count, 1);
    bytes.require(&format!("a sample of {count} networks"))
}

/// One value of every initialisation in `which`, at least `least` of them a task, with `room` for one network at a time.
pub(super) fn draw_all<S, T: Send>(
    which: Range<usize>,
    seed: Seed,
    least: usize,
    room: impl Fn() -> S + Sync + Send,
    draw: impl Fn(&mut S, &mut Stream) -> T + Sync + Send,
) -> Vec<T> {
    let draws = which.into_par_iter().with_min_len(least);
    draws.map_init(room, |room, i| draw(room, &mut stream(seed, i))).collect()
}
