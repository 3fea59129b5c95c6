//! The few BLAS and LAPACK calls this crate makes itself, each behind a safe function.
//!
//! ndarray-linalg's `eigh` calls LAPACK's `dsyev`, about nine times slower at n = 3000 than `dsyevd`, the
//! divide-and-conquer driver used here through the same library (`lapack-sys`). Never call these from inside a rayon
//! pool: OpenBLAS brings its own threads.

mod blas;
mod eigen;

pub use blas::{gemm_nt, times};
pub use eigen::{MAX_SIZE, SymmetricEigen, symmetric_eigen};
