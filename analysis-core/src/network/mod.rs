//! Training at finite width: fully connected networks, their initialisation, gradient descent, empirical NTK.
//!
//! Knows nothing of [`kernel`](crate::kernel) but in its tests, where the two meet.

mod dispersion;
mod mean_field;

pub use dispersion::{Ensemble, Sampler, ThetaMoments, ThetaPair, edge_of_chaos_ratio};
pub use mean_field::{CorrelationMap, EdgePoint, FixedPoint, MeanField, Phase, edge_of_chaos};
