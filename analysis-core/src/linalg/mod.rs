//! The few BLAS and LAPACK calls this crate makes itself, each behind a safe function.
//!
//! ndarray-linalg's `eigh` calls LAPACK's `dsyev`, about nine times slower at n = 3000 than `dsyevd`, the
//! divide-and-conquer driver used here through the same library (`lapack-sys`).
//!
//! OpenBLAS brings its own threads. Inside a rayon pool, where there are enough already, each of these calls sets it to one
//! for as long as it works, so a pool of N does not become N times N threads; nothing is then gained by the pool but
//! that several calls run side by side. The last bits of what OpenBLAS computes may depend on how many threads it has, and
//! on the processor; what must not, goes through [`symmetric_matmul`] and this crate's own products.

// Brings the linked OpenBLAS with it: a crate that is not named is not linked.
use ndarray_linalg as _;

mod blas;
mod cholesky;
mod eigen;
mod matmul;
mod product;
mod real;
mod symmetric_product;
mod threads;
mod tridiagonal;

pub use blas::{blas_matmul, blas_matmul_nt};
pub use cholesky::{Cholesky, cholesky};
pub use eigen::{MAX_SIZE, SymmetricEigen, symmetric_eigen};
pub(crate) use matmul::matmul;
pub(crate) use product::{PanelQr, gemm, panel_qr};
pub(crate) use real::Real;
pub use symmetric_product::symmetric_matmul;
#[cfg(feature = "mpi")]
pub(crate) use threads::use_blas_threads;
pub(crate) use threads::{OneThread, blas_config, blas_parallel, blas_threads};
pub use tridiagonal::tridiagonal_eigen;
