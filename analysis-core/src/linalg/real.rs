//! What a matrix in single or double precision needs of BLAS and LAPACK.

use std::ops::{AddAssign, SubAssign};

use ndarray::LinalgScalar;

pub(super) const ROW_MAJOR: i32 = 101;
pub(super) const NO_TRANSPOSE: i32 = 111;
pub(super) const TRANSPOSE: i32 = 112;

/// `f32` or `f64`, with the routines of its precision.
pub(crate) trait Real:
    LinalgScalar + AddAssign + SubAssign + Into<f64> + Default + Send + Sync + std::fmt::Debug
{
    /// The distance from 1 to the next number.
    const EPSILON: f64;

    /// The nearest number of this precision.
    fn of(value: f64) -> Self;

    /// Its bytes, little-endian, into `bytes` (one number's length).
    fn put(self, bytes: &mut [u8]);

    /// The number with these bytes.
    fn get(bytes: &[u8]) -> Self;

    /// C ← αAB + βC in row-major order.
    ///
    /// # Safety
    /// The arguments are those of `cblas_?gemm`; C is not part of A or B.
    unsafe fn gemm(
        t: [i32; 2],
        m: [i32; 3],
        alpha: Self,
        a: Lead<Self>,
        b: Lead<Self>,
        beta: Self,
        c: LeadMut<Self>,
    );

    /// QR of the column-major A (m,n).
    ///
    /// # Safety
    /// The arguments are those of `?geqrf`: `tau` holds min(m,n) numbers, `work` `length` of them.
    unsafe fn geqrf(m: i32, n: i32, a: *mut Self, tau: *mut Self, work: *mut Self, length: i32) -> i32;

    /// The triangle T of H_1⋯H_k = I − VTVᵀ, V (n,k) column-major.
    ///
    /// # Safety
    /// The arguments are those of `?larft`, forward and by columns.
    unsafe fn larft(n: i32, k: i32, v: *mut Self, tau: *const Self, t: *mut Self);
}

/// A matrix for BLAS: where it begins, and how far its rows are apart.
#[derive(Clone, Copy)]
pub(crate) struct Lead<T>(pub(super) *const T, pub(super) i32);

/// The same, written to.
#[derive(Clone, Copy)]
pub(crate) struct LeadMut<T>(pub(super) *mut T, pub(super) i32);

macro_rules! real {
    ($t:ty, $gemm:ident, $geqrf:ident, $larft:ident) => {
        unsafe extern "C" {
            #[allow(clippy::too_many_arguments)]
            fn $gemm(
                layout: i32,
                trans_a: i32,
                trans_b: i32,
                m: i32,
                n: i32,
                k: i32,
                alpha: $t,
                a: *const $t,
                lda: i32,
                b: *const $t,
                ldb: i32,
                beta: $t,
                c: *mut $t,
                ldc: i32,
            );
        }

        impl Real for $t {
            const EPSILON: f64 = <$t>::EPSILON as f64;

            fn of(value: f64) -> Self {
                value as $t
            }

            fn put(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            fn get(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$t>()];
                own.copy_from_slice(bytes);
                <$t>::from_le_bytes(own)
            }

            unsafe fn gemm(
                [ta, tb]: [i32; 2],
                [m, n, k]: [i32; 3],
                alpha: Self,
                a: Lead<Self>,
                b: Lead<Self>,
                beta: Self,
                c: LeadMut<Self>,
            ) {
                // SAFETY: the caller's.
                unsafe { $gemm(ROW_MAJOR, ta, tb, m, n, k, alpha, a.0, a.1, b.0, b.1, beta, c.0, c.1) }
            }

            unsafe fn geqrf(
                m: i32,
                n: i32,
                a: *mut Self,
                tau: *mut Self,
                work: *mut Self,
                length: i32,
            ) -> i32 {
                let mut info = 0;
                // SAFETY: the caller's.
                unsafe { lapack_sys::$geqrf(&m, &n, a, &m, tau, work, &length, &mut info) };
                info
            }

            unsafe fn larft(n: i32, k: i32, v: *mut Self, tau: *const Self, t: *mut Self) {
                let (direction, store) = (c"F".as_ptr(), c"C".as_ptr());
                // SAFETY: the caller's.
                unsafe { lapack_sys::$larft(direction, store, &n, &k, v, &n, tau, t, &k) }
            }
        }
    };
}

real!(f64, cblas_dgemm, dgeqrf_, dlarft_);
real!(f32, cblas_sgemm, sgeqrf_, slarft_);
