//! From a Gram matrix to its spectral measure: eigenvalues, and how much of each target lies on each eigenvector.
//!
//! Conventions (paper 1, appendix on real data): K is the Gram matrix itself, **never** divided by n; K/n = UΛUᵀ with
//! λ_1 ≥ λ_2 ≥ …; φ = √n·U, so that φφᵀ/n = I; c = φᵀY/n. Then Σ_i c_i² = ‖Y‖²/n for each target column, and λ_i, c_i
//! estimate the eigenvalues of the kernel's integral operator and the target's coefficients. Eigenvalues that are one to
//! rounding have an [`Eigenspace`], on which the energy is known and no single coefficient is. For inputs uniform on a
//! sphere, [`SphereSpectrum`] has those eigenvalues themselves; for other data [`HermiteSpectrum`] predicts them from the covariance.

mod decomposition;
mod diagnostics;
mod eigenspace;
#[cfg(test)]
mod eigenspace_tests;
mod evidence;
mod head;
mod hermite;
mod leave_one_out;
mod measure;
mod reduction;
mod resolution;
mod scaled;
mod sphere;
#[cfg(test)]
mod tests;

pub use decomposition::Decomposition;
pub use diagnostics::Diagnostics;
pub use eigenspace::Eigenspace;
pub(crate) use eigenspace::share;
pub use evidence::Evidence;
pub use head::{SpectrumHead, SpectrumHeadResult, TargetHead};
pub use hermite::{DataMoments, HermiteEigenvalues, HermiteSpectrum, MAX_HERMITE_DEGREE, OctaveRatio};
pub use leave_one_out::LeaveOneOutErrors;
pub(crate) use leave_one_out::SINGULAR;
pub use measure::SpectralMeasure;
pub(crate) use measure::{refuse_vanished, tail_sums, write_parquet};
pub use reduction::Reduction;
pub use resolution::Resolution;
pub(crate) use resolution::{Counting, OnCut, on_cut};
#[cfg(feature = "mpi")]
pub(crate) use scaled::Scaled;
pub use sphere::{
    EigenvalueOrigin, LocalExponent, MAX_SPHERE_DEGREE, SphereEigenvalue, SphereEigenvalues, SphereGroup,
    SphereSpectrum, TraceCheck, multiplicity,
};
