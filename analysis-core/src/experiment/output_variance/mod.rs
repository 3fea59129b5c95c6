//! How much of a trained network's output is chance (Seleznova and Kutyniok 2021, §5, Figs 5 and 6).
//!
//! At infinite width, trained to t → ∞ on S samples, Var f_∞(x) over initialisations has a formula for inputs that all have the
//! same cosine with each other (theorem 3), and an exact expression for any inputs; what decides both are κ₁ and κ₂, the
//! diagonal and off-diagonal of the limit NTK, against depth. Beside them, where widths are named: ensembles of real networks
//! at the start, linearised about it, and trained, each compared with its value at infinite width at the same flow time.

mod ensembles;
mod estimate;
mod excess;
mod inputs;
mod params;
mod result;
mod run;
mod targets;
mod theory;
mod trained;

#[cfg(test)]
mod estimate_tests;
#[cfg(test)]
mod targets_tests;
#[cfg(test)]
mod tests;

pub use estimate::{Expected, VarianceEstimate, VarianceRatio};
pub use excess::{ExcessLine, ExcessRow, TargetExcess};
pub use params::{Images, OutputVariance, TrainedNetworks, VarianceTarget};
pub use result::{DepthLimit, OutputVarianceResult};
pub use theory::VariancePoint;
pub use trained::EnsemblePoint;
