//! The few BLAS and LAPACK calls this crate makes itself, each behind a safe function.
//!
//! ndarray-linalg's `eigh` calls LAPACK's `dsyev`, about nine times slower at n = 3000 than `dsyevd`, the
//! divide-and-conquer driver used here through the same library (`lapack-sys`). Never call these from inside a rayon
//! pool: OpenBLAS brings its own threads.

// Brings the linked OpenBLAS with it: a crate that is not named is not linked.
use ndarray_linalg as _;

mod blas;
mod eigen;
mod gemm;
mod threads;

pub use blas::{gemm_nt, times};
pub use eigen::{MAX_SIZE, SymmetricEigen, symmetric_eigen};
pub(crate) use gemm::gemm;
pub(crate) use threads::{OneThread, blas_threads};
