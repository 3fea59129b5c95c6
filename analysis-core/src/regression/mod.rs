//! Straight lines on log–log axes: over which indices (a [`Window`]), how they are spaced ([`Spacing`]), the
//! least-squares line ([`LineFit`]), and what a target without structure gives in the same window ([`NullBand`]).

mod chi_square;
mod decay;
mod line;
mod median;
mod null;
mod student;
mod summary;
mod window;

pub(crate) use chi_square::chi_square_quantile;
pub(crate) use decay::refuse_flat;
pub use decay::{DecayFit, fit_decay};
pub use line::LineFit;
pub use median::MedianInterval;
pub(crate) use null::check_permutations;
pub use null::{NullBand, permuted_targets, quantile};
pub use student::{MeanInterval, student_quantile};
pub use summary::MeanSd;
pub use window::{IndexRange, Spacing, Window};
