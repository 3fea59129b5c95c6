//! Θ at two inputs of a scalar network, without weight matrices.
//!
//! As for one input, but conditioned on both: with e₁, e₂ an orthonormal basis of x^{l−1} and x'^{l−1}, p = We₁ and q = We₂ are
//! independent N(0, s I), and Wᵀb = e₁ p·b + e₂ q·b + (I − e₁e₁ᵀ − e₂e₂ᵀ)z, where the z of b and the z' of b' have
//! covariance s (b·b, b·b'; b·b', b'·b') in every coordinate. Five vectors of M normals a layer, one of them the biases'.
//! Where the two directions agree to 10⁻¹⁰ they are taken for one.

use std::ops::Range;

use ndarray::{Array2, ArrayView1};

use super::dense;
use super::draws::{Stream, alive, check_range, draw_all, kept, normal, refuse, require, value_and_slope};
use super::random_networks::RandomNetworks;
use super::sampler::Sampler;
use super::theta_pair::ThetaPair;
use crate::check;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::seed::Seed;

/// Below this share of ‖x'‖ what x' has beside x is rounding.
const SAME_DIRECTION: f64 = 1e-10;

/// Two vectors as e₁‖x‖ and e₁·x' and e₂·r.
#[derive(Debug, Clone, Copy)]
struct Frame {
    first: f64,
    along: f64,
    beside: f64,
}

/// Room for one network, (H, M) each.
struct Scratch {
    p: Array2<f64>,
    q: Array2<f64>,
    e: [Array2<f64>; 2],
    slope: [Array2<f64>; 2],
    z: [Vec<f64>; 2],
    frames: Vec<Frame>,
}

impl Scratch {
    fn new(networks: &RandomNetworks, hidden_layers: usize) -> Self {
        let empty = || Array2::zeros((hidden_layers, networks.width));
        let vector = || vec![0.0; networks.width];
        Scratch {
            p: empty(),
            q: empty(),
            e: [empty(), empty()],
            slope: [empty(), empty()],
            z: [vector(), vector()],
            frames: Vec::with_capacity(hidden_layers + 1),
        }
    }
}

fn dot(a: ArrayView1<f64>, b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The squares and the product of two vectors.
fn products<'a>(pairs: impl Iterator<Item = (&'a f64, &'a f64)>) -> [f64; 3] {
    pairs.fold([0.0; 3], |[aa, ab, bb], (a, b)| [aa + a * a, ab + a * b, bb + b * b])
}

/// Makes x, x' (rows `l` of `e`) an orthonormal basis of their span; a direction that is not there becomes 0.
/// Squares out of range become NaN: `any` says which of the two is not 0.
fn orthonormalise(e: &mut [Array2<f64>; 2], l: usize, any: [bool; 2]) -> Frame {
    let [first, second] = e;
    let (mut first, mut second) = (first.row_mut(l), second.row_mut(l));
    let [xx, _, whole] = products(first.iter().zip(second.iter()));
    let norm = (kept(xx, any[0]) + 0.0 * kept(whole, any[1])).sqrt();
    if norm > 0.0 {
        first /= norm;
    }
    let [_, along, yy] = products(first.iter().zip(second.iter()));
    second.scaled_add(-along, &first);
    // Once more, for what the first subtraction leaves along e₁ where x' is nearly parallel.
    let [_, rest, _] = products(first.iter().zip(second.iter()));
    second.scaled_add(-rest, &first);
    let [.., beside] = products(first.iter().zip(second.iter()));
    let mut beside = beside.sqrt();
    if beside > SAME_DIRECTION * yy.sqrt() {
        second /= beside;
    } else {
        second.fill(0.0);
        beside = 0.0;
    }
    Frame { first: norm, along: along + rest, beside }
}

fn draw(networks: &RandomNetworks, cosine: f64, scratch: &mut Scratch, stream: &mut Stream) -> ThetaPair {
    let Scratch { p, q, e, slope, z, frames } = scratch;
    let (layers, bias) = (p.nrows(), networks.sigma_b2.sqrt());
    let norm = networks.input_norm;
    frames.clear();
    frames.push(Frame {
        first: norm,
        along: norm * cosine,
        beside: norm * ((1.0 - cosine) * (1.0 + cosine)).sqrt(),
    });
    for l in 0..layers {
        let (frame, deviation) = (frames[l], networks.weight_variance(l).sqrt());
        let mut any = [false; 2];
        for i in 0..networks.width {
            let (first, second) = (deviation * normal(stream), deviation * normal(stream));
            let shift = if bias > 0.0 { bias * normal(stream) } else { 0.0 };
            (p[[l, i]], q[[l, i]]) = (first, second);
            let h = [frame.first * first + shift, frame.along * first + frame.beside * second + shift];
            for side in 0..2 {
                (e[side][[l, i]], slope[side][[l, i]]) = value_and_slope(&networks.activation, h[side]);
                any[side] |= alive(&networks.activation, h[side], e[side][[l, i]]);
            }
        }
        frames.push(orthonormalise(e, l, any));
    }
    // ⟨x^l, x^l⟩, ⟨x^l, x'^l⟩, ⟨x'^l, x'^l⟩ from the frames.
    let inner = |f: Frame| [f.first * f.first, f.first * f.along, f.along * f.along + f.beside * f.beside];
    let e_share = networks.bias_share();
    let s = networks.weight_variance(1);
    let [mut first, mut between, mut second] = inner(frames[layers]).map(|product| product + e_share);
    // p·b, q·b, p·b', q·b' of the output, where b = b' = 1.
    let (along1, along2) = (s.sqrt() * normal(stream), s.sqrt() * normal(stream));
    let mut projections = [[along1, along2], [along1, along2]];
    // b·b, b·b' and what b' has beside b, squared: the Cholesky factor of (z, z')'s covariance. The last one is taken from the
    // vectors: as b'·b' − (b·b')²/b·b it would be noise of 10⁻¹⁶, whose root is 10⁻⁸, where b' and b are nearly parallel.
    let (mut bb, mut bc, mut beside) = (1.0f64, 1.0f64, 0.0f64);
    for l in (0..layers).rev() {
        let root = (s * bb).sqrt();
        let lower = if bb > 0.0 { s * bc / root } else { 0.0 };
        let rest = (s * beside).sqrt();
        let [first_z, second_z] = &mut *z;
        for (z, other) in first_z.iter_mut().zip(second_z) {
            let (n1, n2) = (normal(stream), normal(stream));
            *z = root * n1;
            *other = lower * n1 + rest * n2;
        }
        for side in 0..2 {
            let corrections = [0, 1].map(|k| projections[side][k] - dot(e[k].row(l), &z[side]));
            for (i, z) in z[side].iter_mut().enumerate() {
                let v = *z + corrections[0] * e[0][[l, i]] + corrections[1] * e[1][[l, i]];
                *z = slope[side][[l, i]] * v;
            }
            projections[side] = [dot(p.row(l), &z[side]), dot(q.row(l), &z[side])];
        }
        let gram = products(z[0].iter().zip(&z[1]));
        let share = if gram[0] > 0.0 { gram[1] / gram[0] } else { 0.0 };
        (bb, bc) = (gram[0], gram[1]);
        beside = z[0].iter().zip(&z[1]).map(|(b, c)| (c - share * b).powi(2)).sum();
        let below = inner(frames[l]);
        first += gram[0] * (below[0] + e_share);
        between += gram[1] * (below[1] + e_share);
        second += gram[2] * (below[2] + e_share);
    }
    ThetaPair { first, between, second }
}

impl RandomNetworks {
    /// The kernel at two inputs x, x' of norm [`RandomNetworks::input_norm`] with cosine ⟨x,x'⟩/‖x‖² between them, for the
    /// initialisations `which`. As [`RandomNetworks::sample`], with [`Sampler::Vectors`] (one output; what
    /// [`Sampler::Automatic`] means here) or [`Sampler::Dense`] (n₀ ≥ 2).
    ///
    /// # Errors
    /// As [`RandomNetworks::sample`]; [`Error::Parameter`] for a cosine outside \[−1, 1\] and for [`Sampler::Norms`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{RandomNetworks, Sampler};
    /// use analysis_core::seed::Seed;
    /// let networks = RandomNetworks::square(64).variances(1.5, 1.0);
    /// let pairs = networks.sample_pairs(3, 0.5, 0..10, Sampler::Automatic, Seed(1))?;
    /// assert!(pairs.iter().all(|k| k.between * k.between <= k.first * k.second));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn sample_pairs(
        &self,
        hidden_layers: usize,
        cosine: f64,
        which: Range<usize>,
        sampler: Sampler,
        seed: Seed,
    ) -> Result<Vec<ThetaPair>> {
        self.check()?;
        RandomNetworks::check_depth(hidden_layers)?;
        check_range(&which)?;
        check::that((-1.0..=1.0).contains(&cosine), "cosine", cosine, "must lie in [−1, 1]")?;
        let sampler = match sampler {
            Sampler::Automatic if self.outputs == 1 => Sampler::Vectors,
            Sampler::Automatic => Sampler::Dense,
            Sampler::Vectors if self.outputs > 1 => {
                let why = "at two inputs is for one output; use dense for several";
                return Err(Error::parameter("sampler", sampler, why));
            }
            Sampler::Norms => {
                let why = "is for one input; use vectors or dense for two";
                return Err(Error::parameter("sampler", sampler, why));
            }
            other => other.resolve(self)?,
        };
        let enough = sampler != Sampler::Dense || self.input_dimension >= 2;
        check::that(enough, "input_dimension", self.input_dimension, "two inputs need at least 2")?;
        sampler.resolve(self)?;
        let one = match sampler {
            Sampler::Dense => dense::memory(self, hidden_layers),
            _ => Bytes(48) * hidden_layers.saturating_add(1) * self.width.saturating_add(1),
        };
        require::<ThetaPair>(one, which.len())?;
        let all = which.clone();
        let pairs = if sampler == Sampler::Dense {
            draw_all(
                all,
                seed,
                1,
                || (),
                |(), stream| dense::Drawn::draw(self, hidden_layers, stream).theta_pair(self, cosine),
            )
        } else {
            let room = || Scratch::new(self, hidden_layers);
            draw_all(all, seed, 4, room, |room, stream| draw(self, cosine, room, stream))
        };
        for kernel in [|k: &ThetaPair| k.first, |k: &ThetaPair| k.second, |k: &ThetaPair| k.between] {
            refuse(self, hidden_layers, which.start, &pairs.iter().map(kernel).collect::<Vec<_>>())?;
        }
        Ok(pairs)
    }
}
