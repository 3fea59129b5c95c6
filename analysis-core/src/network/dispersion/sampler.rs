//! Drawing Θ over initialisations.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{RandomNetworks, dense, norms, several, vectors};
use crate::architecture::{Activation, relu};
use crate::error::{Error, Result};
use crate::memory;
use crate::seed::Seed;

/// The generator of one initialisation: xoshiro256++ (the same numbers on every machine), its 256-bit state drawn from the
/// initialisation's own ChaCha stream.
pub(super) type Stream = Xoshiro256PlusPlus;

/// How Θ is drawn. All three have the same law (and different numbers for one seed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampler {
    /// [`Sampler::Norms`] for ReLU, [`Sampler::Vectors`] for the others.
    #[default]
    Automatic,
    /// ReLU: a few numbers a layer, whatever the width; of order k² for k outputs.
    Norms,
    /// Any activation: (1 + k) M normals a layer for k outputs.
    Vectors,
    /// Any activation: every weight is drawn, M² a layer.
    Dense,
}

impl FromStr for Sampler {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "automatic" => Ok(Sampler::Automatic),
            "norms" => Ok(Sampler::Norms),
            "vectors" => Ok(Sampler::Vectors),
            "dense" => Ok(Sampler::Dense),
            _ => Err(Error::parameter("sampler", text, "must be automatic, norms, vectors or dense")),
        }
    }
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sampler::Automatic => "automatic",
            Sampler::Norms => "norms",
            Sampler::Vectors => "vectors",
            Sampler::Dense => "dense",
        })
    }
}

impl Sampler {
    /// The sampler that is meant, for these networks.
    ///
    /// # Errors
    /// [`Error::Parameter`] where it cannot sample them.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{RandomNetworks, Sampler};
    /// assert_eq!(Sampler::Automatic.resolve(&RandomNetworks::default())?, Sampler::Norms);
    /// let ten = RandomNetworks { outputs: 10, ..RandomNetworks::default() };
    /// assert_eq!(Sampler::Automatic.resolve(&ten)?, Sampler::Norms);
    /// let tanh = RandomNetworks { activation: "tanh".parse()?, ..ten };
    /// assert_eq!(Sampler::Automatic.resolve(&tanh)?, Sampler::Vectors);
    /// assert!(Sampler::Norms.resolve(&tanh).is_err());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn resolve(self, networks: &RandomNetworks) -> Result<Sampler> {
        let relu = networks.activation == Activation::Relu;
        if networks.activation.derivative(0.5).is_none() {
            let why = "Θ needs φ': give the activation its derivative";
            return Err(Error::parameter("activation", &networks.activation, why));
        }
        match self {
            Sampler::Automatic if relu => Ok(Sampler::Norms),
            Sampler::Automatic => Ok(Sampler::Vectors),
            Sampler::Norms if !relu => {
                Err(Error::parameter("sampler", self, "is for relu; use vectors or dense"))
            }
            _ => Ok(self),
        }
    }
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

/// φ(h) and φ'(h). The activation has a derivative where this is called: [`Sampler::resolve`] refuses the others.
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

impl RandomNetworks {
    /// Θ(x,x), the trace over outputs, of the initialisations `which` (the end left out) of networks with `hidden_layers`
    /// hidden layers. Initialisation i is the same whatever range it is in and however many threads run.
    ///
    /// # Errors
    /// As [`RandomNetworks::check`] and [`Sampler::resolve`]; [`Error::Parameter`] for no layer or an empty range;
    /// [`Error::Memory`]; [`Error::NotFinite`] where Θ or a layer's square leaves the range of `f64`, above or below.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{RandomNetworks, Sampler};
    /// use analysis_core::seed::Seed;
    /// let networks = RandomNetworks::square(64).variances(1.5, 1.0);
    /// let theta = networks.sample(10, 0..2000, Sampler::Automatic, Seed(1))?;
    /// let mean = theta.iter().sum::<f64>() / 2000.0;
    /// let exact = networks.exact_moments(10)?[9];
    /// assert!((mean - exact.mean).abs() < 4.0 * exact.standard_deviation() / 2000f64.sqrt());
    /// assert_eq!(theta[7..9], networks.sample(10, 7..9, Sampler::Automatic, Seed(1))?[..]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn sample(
        &self,
        hidden_layers: usize,
        which: Range<usize>,
        sampler: Sampler,
        seed: Seed,
    ) -> Result<Vec<f64>> {
        self.check()?;
        RandomNetworks::check_depth(hidden_layers)?;
        check_range(&which)?;
        let sampler = sampler.resolve(self)?;
        let one = match sampler {
            Sampler::Vectors => several::VectorScratch::memory(self, hidden_layers),
            Sampler::Dense => dense::memory(self, hidden_layers),
            _ => several::Scratch::memory(self, hidden_layers),
        };
        require(one, which.len(), 8)?;
        let draws = which.clone().into_par_iter();
        let theta: Vec<f64> = match (sampler, self.outputs) {
            (Sampler::Dense, _) => draws
                .map(|i| dense::Drawn::draw(self, hidden_layers, &mut stream(seed, i)).theta(self))
                .collect(),
            (Sampler::Vectors, 1) => draws
                .with_min_len(8)
                .map_init(
                    || vectors::Scratch::new(self, hidden_layers),
                    |scratch, i| vectors::draw(self, scratch, &mut stream(seed, i)),
                )
                .collect(),
            (Sampler::Vectors, _) => draws
                .with_min_len(4)
                .map_init(
                    || several::VectorScratch::new(self, hidden_layers),
                    |scratch, i| several::draw_vectors(self, scratch, &mut stream(seed, i)),
                )
                .collect(),
            (_, 1) => {
                let squares = norms::ChiSquares::new(self.width)?;
                draws
                    .with_min_len(256)
                    .map_init(Vec::new, |layers, i| {
                        norms::draw(self, hidden_layers, &squares, layers, &mut stream(seed, i))
                    })
                    .collect()
            }
            _ => {
                let squares = norms::ChiSquares::new(self.width)?;
                draws
                    .with_min_len(64)
                    .map_init(
                        || several::Scratch::new(self),
                        |scratch, i| {
                            several::draw_norms(self, hidden_layers, &squares, scratch, &mut stream(seed, i))
                        },
                    )
                    .collect()
            }
        };
        refuse(self, hidden_layers, which.start, &theta)?;
        Ok(theta)
    }
}

pub(super) fn check_range(which: &Range<usize>) -> Result<()> {
    if which.is_empty() {
        let text = format!("{}..{}", which.start, which.end);
        return Err(Error::parameter("initialisations", text, "holds none: A..B leaves B out"));
    }
    Ok(())
}

/// Announces the results and one network a thread.
pub(super) fn require(one: u64, count: usize, bytes: u64) -> Result<()> {
    let threads = rayon::current_num_threads() as u64;
    let needed = one.saturating_mul(threads).saturating_add(bytes.saturating_mul(count as u64));
    memory::require(&format!("a sample of {count} networks"), needed)
}
