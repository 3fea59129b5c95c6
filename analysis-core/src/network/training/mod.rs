//! Training one network: parameters, the loop, stopping, checkpoints.

mod course;
mod engine;
mod engines;
mod general;
mod hold_out;
mod params;
mod result;
mod run;
mod stopping;
mod trainer;

#[cfg(test)]
mod checkpoint_tests;
#[cfg(test)]
mod stopping_tests;
#[cfg(test)]
mod tests;

pub(crate) use course::Course;
pub(crate) use general::General;
pub use params::Training;
pub(crate) use result::log_spaced_epochs;
pub use result::{Curve, Snapshot, TrainingDiagnostics, TrainingResult};
pub use stopping::Stopping;
pub use trainer::Trainer;
