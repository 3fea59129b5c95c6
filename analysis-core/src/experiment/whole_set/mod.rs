//! All rows of a published set: every eigenvalue of the kernel matrix, and how much of the labels, of permuted labels and of
//! initial functions lies on its eigenvectors.
//!
//! One decomposition serves all targets. Its columns are the one-hot labels, the constant, the one-hot labels permuted, and the
//! initial functions; integer, centred and parity labels are linear in them, so their coefficients are too. What is kept of a
//! target's n coefficients is its tail Σ_{k≥i} c_k² at [`stored_indices`]: every i up to [`EVERY`], then [`SPACED`] indices
//! evenly spaced in log i.

mod estimates;
mod function;
mod params;
mod reading;
mod result;
mod run;
mod subsets;
mod tails;
mod target;
#[cfg(test)]
mod tests;

pub use params::WholeSet;
pub(super) use params::training_rows;
pub use reading::{LocalDecay, WholeFit, WholeReading, inverse_trace_line};
pub(crate) use reading::{inverse_traces, sizes};
pub use result::{StageSeconds, WholeSetResult, WholeTail};
pub use subsets::{Subsets, SubsetsResult};
pub use tails::{EVERY, SPACED, stored_indices};
pub use target::{LabelEncoding, WholeTarget};
