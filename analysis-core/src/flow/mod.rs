//! Training at infinite width: kernel gradient flow and its relatives in the eigenbasis of K/n.
//!
//! With K = K(X, X) the NTK Gram matrix of n samples, Y the targets and f₀ the initial function, the network trained by
//! gradient flow on 1/(2n) Σ (f(xᵢ) − yᵢ)² is (Chen, Li and Lin 2024, eq. 17, misprints mended)
//!
//! f_t(x) = f₀(x) + (1/n) K(x, X) φ_t(K/n) (Y − f₀(X)),  φ_t(λ) = (1 − e^{−λt})/λ.

mod equivalent;
mod population;
mod rates;
mod sphere_task;

#[cfg(test)]
mod population_tests;

pub use equivalent::{EquivalentCurve, EquivalentCurveResult, EquivalentRisk};
pub use population::{PopulationCurve, PopulationCurveResult, PopulationRisk};
pub use rates::SphereRates;
pub use sphere_task::{SphereTarget, SphereTask, log_spaced_sizes};
