//! Training at finite width: fully connected networks, their initialisation, gradient descent, empirical NTK.
//!
//! With x⁰ = x and L hidden layers of width m, layer l = 1..L+1 is
//!
//! h^l = g_l W^l x^{l−1} + r_l b^l,  x^l = φ(h^l),  f(x) = h^{L+1},
//!
//! and the [`Parametrisation`] says what g_l, r_l and the variances of W^l and b^l are:
//!
//! | | W^l | b^l | g_l | r_l |
//! |---|---|---|---|---|
//! | [`FirstLayerBias`](Parametrisation::FirstLayerBias) (paper 1) | N(0, 1) | l = 1 only, or none: N(0, 1) | 1, then √(c_φ/m) | 1 |
//! | [`EveryLayer`](Parametrisation::EveryLayer) (paper 2) | N(0, σ_w²/fan-in) | N(0, σ_b²) | 1 | 1 |
//! | [`EveryLayerNtk`](Parametrisation::EveryLayerNtk) | N(0, 1) | N(0, 1) | σ_w/√fan-in | σ_b |
//!
//! with c_φ = 1/E\[φ(z)²\] (2 for ReLU). All of W and b are trained, on 1/(2n) Σ_i ‖f(x_i) − y_i‖². The description is a
//! [`Network`], its numbers are [`Parameters`], a network with its [`Initialisation`] is a [`Model`], and [`Training`]
//! trains one.
//!
//! Knows nothing of [`kernel`](crate::kernel) but in its tests, where the two meet.
//!
//! **Precision and threads.** One hidden ReLU layer with one output, trained by full-batch gradient descent in paper 1's
//! parametrisation, runs in the [`FusedEngine`], in single or double precision. Everything else is matrix products, which go through `matrixmultiply` in fixed panels: the same bytes for any number of
//! threads. Activations are libm's, so another machine agrees to rounding.

mod backward;
mod check;
mod dispersion;
mod forward;
mod fused;
mod gradient_flow;
mod initialisation;
mod layers;
mod model;
mod optimiser;
mod parameters;
mod tangent;
mod training;

#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod limit_tests;

pub use crate::architecture::{Activation, Parametrisation};
pub use crate::precision::Precision;
pub use dispersion::{RandomNetworks, Sampler, ThetaMoments, ThetaPair, edge_of_chaos_ratio};
pub use fused::{FusedEngine, FusedParameters};
pub(crate) use gradient_flow::{Attempt, GradientFlow, Number};
pub use initialisation::Initialisation;
pub use layers::Network;
pub(crate) use layers::Plan;
pub use model::Model;
pub use optimiser::{Optimiser, UpdateRule};
pub use parameters::Parameters;
pub use tangent::{LayerTangent, TangentOutputs};
pub(crate) use training::{Course, General, log_spaced_epochs};
pub use training::{Curve, Snapshot, Stopping, Trainer, Training, TrainingDiagnostics, TrainingResult};
