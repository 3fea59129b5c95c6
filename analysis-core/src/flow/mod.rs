//! Training at infinite width: kernel gradient flow and its relatives in the eigenbasis of K/n.
//!
//! With K = K(X, X) the NTK Gram matrix of n samples, Y the targets and f₀ the initial function, the network trained by
//! gradient flow on 1/(2n) Σ (f(xᵢ) − yᵢ)² is (Chen, Li and Lin 2024, eq. 17, misprints mended)
//!
//! f_t(x) = f₀(x) + (1/n) K(x, X) φ_t(K/n) (Y − f₀(X)),  φ_t(λ) = (1 − e^{−λt})/λ.
//!
//! The parts, in the order of use: a [`Filter`] (flow, gradient descent, ridge, the limit) says how training stops; [`Times`] is a
//! grid of flows; a [`Start`] says where it begins: f₀ = 0 (mirrored) or a draw of the Gaussian process GP(0, NNGP)
//! (standard). [`Decomposition::predict`] predicts from a full decomposition, [`Krylov`] from some fifty products with K, with an
//! error bound, where n³ is too much. [`Risk`] is the average over starts and noise, split into its parts by formula.
//! [`Trial`] is one point of a learning curve: starts × filters → test errors.
//!
//! On the sphere the spectrum is known: [`PopulationCurve`] is the flow's learning curve without the kernel's sampling error,
//! [`EquivalentCurve`] the deterministic equivalent of kernel ridge, [`SphereRates`] the exponents both tend to.

#[cfg(doc)]
use crate::spectrum::Decomposition;

mod accuracy;
mod ensemble;
mod equivalent;
mod filter;
mod krylov;
mod lanczos;
mod population;
mod predict;
mod prediction;
mod rates;
mod response;
mod risk;
mod risk_curves;
mod sphere_curve;
mod sphere_task;
mod start;
mod times;
mod trial;

#[cfg(test)]
mod filter_tests;
#[cfg(test)]
mod krylov_tests;
#[cfg(test)]
mod learning_curve_tests;
#[cfg(test)]
mod population_tests;
#[cfg(test)]
mod risk_tests;
#[cfg(test)]
mod tests;

pub use accuracy::{Accuracy, KrylovReport};
pub use ensemble::{Ensemble, EnsembleMoments, StartGrams};
pub use equivalent::EquivalentCurve;
pub use filter::Filter;
pub use krylov::Krylov;
pub use population::PopulationCurve;
pub use prediction::{Prediction, StartValues};
pub use rates::SphereRates;
pub use response::Response;
pub use risk::Risk;
pub use risk_curves::{Optimum, RiskCurves, Roughness};
pub use sphere_curve::{SphereCurve, SphereRisk, log_spaced_sizes};
pub use sphere_task::{SphereTarget, SphereTask};
pub use start::{GaussianStart, Start};
pub use times::Times;
pub use trial::{BestError, Method, Trial, TrialResult};
