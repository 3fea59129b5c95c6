//! Expectations over the Gaussian pre-activations of a wide layer, once for everybody.
//!
//! | file | what it computes |
//! |---|---|
//! | `moment` | E φ(u)², E φ'(u)² of one centred normal u, by its variance |
//! | `correlated` | the same of two of one variance, by their correlation: what mean-field theory iterates |
//! | `dual` | E φ(x)φ(y), E φ'(x)φ'(y) of a pair, by the two standard deviations and the [`Angle`] between them |
//! | `arc_cosine` | closed forms of the powers of ReLU; `closed_form`: of ReLU, its powers and erf |
//! | `lanes` | ReLU for many pairs at once |
//! | `hermite` | smooth φ: a series whose truncation error is known |
//! | `piecewise`, `plane` | φ with kinks: adaptive quadrature in two dimensions |
//!
//! Products are given with their gaps ρ₁ρ₂ ∓ E φφ', since the angle between two inputs, from layer to layer, is made of
//! those: differences of nearly equal numbers that are computed as sums of positive ones.

mod angle;
mod arc_cosine;
mod closed_form;
mod correlated;
mod dual;
mod hermite;
pub(crate) mod lanes;
pub(crate) mod moment;
mod pair;
mod piecewise;
mod plane;
mod quadrature;

pub use angle::Angle;
pub use arc_cosine::{kappa0, kappa1};
pub(crate) use closed_form::relu_at_the_top;
pub(crate) use correlated::Correlated;
pub(crate) use dual::{Dual, QUADRATURE_ERROR};
pub(crate) use pair::{Marginal, PairMoments};
pub(crate) use quadrature::GaussLegendre;
