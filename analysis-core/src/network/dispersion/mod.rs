//! The neural tangent kernel of a finite network, over its random initialisations.
//!
//! Seleznova and Kutyniok 2021, §2–3: a fully connected network in standard parametrisation with H hidden layers of width
//! M, h^l = W^l x^{l−1} + b^l, x^l = φ(h^l), x⁰ = x, a linear output f = h^{H+1}, W^l ~ N(0, σ_w²/M_{l−1}) (M₀ = n₀, the
//! input dimension), b^l ~ N(0, σ_b²). Its kernel at one input, the trace over outputs, is
//!
//! Θ(x,x) = Σ_{outputs} ‖∇f‖² = Σ_{l=1}^{H+1} ‖∂f/∂h^l‖² (‖x^{l−1}‖² + e),
//!
//! e = 1 if the biases are trained, 0 if not. The dispersion E\[Θ²\]/E\[Θ\]² is 1 in the limit of infinite width: how far it
//! is above 1 says how random the kernel is.
//!
//! A [`RandomNetworks`] describes the networks; [`RandomNetworks::exact_moments`] computes E\[Θ\] and E\[Θ²\] for ReLU,
//! [`RandomNetworks::sample`] draws Θ for any activation without ever making a weight matrix, [`RandomNetworks::sample_pairs`] the three
//! entries of Θ at two inputs.

mod dense;
mod draws;
mod moments;
mod norms;
mod pair_moments;
mod pairs;
mod random_networks;
mod sample;
mod sampler;
mod several;
mod theta_pair;
mod vectors;

#[cfg(test)]
mod tests;

pub use moments::{ThetaMoments, edge_of_chaos_ratio};
pub use random_networks::RandomNetworks;
pub use sampler::Sampler;
pub use theta_pair::ThetaPair;
