//! OpenBLAS's own threads.

use std::ffi::c_int;
use std::sync::{Mutex, PoisonError};

unsafe extern "C" {
    fn openblas_get_num_threads() -> c_int;
    fn openblas_get_parallel() -> c_int;
    fn openblas_set_num_threads(threads: c_int);
}

/// While one lives, OpenBLAS works on one thread, so that several decompositions can run side by side; afterwards it has
/// as many as before.
///
/// Side by side is the faster way to do several: OpenBLAS's threads wait for each other by spinning, and on a machine
/// that is busy with other work one decomposition on two threads has taken 40 times as long as on one.
///
/// What OpenBLAS does not promise: that its number of threads may be set while another thread computes. In the builds with
/// pthreads (Debian's; [`blas_parallel`]) that only sets a number that later calls read. In builds with OpenMP the number
/// may count for the setting thread alone; then decompositions that run side by side take more threads than there are
/// processors, which costs time. No sum of this crate that must not depend on the number of threads goes through OpenBLAS.
#[derive(Debug)]
pub(crate) struct OneThread(());

/// How many guards live, and what the first of them found.
static GUARDS: Mutex<(usize, c_int)> = Mutex::new((0, 1));

#[cfg(test)]
thread_local! {
    /// Guards that this thread has taken.
    static TAKEN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl OneThread {
    pub(crate) fn new() -> Self {
        #[cfg(test)]
        TAKEN.set(TAKEN.get() + 1);
        let mut guards = GUARDS.lock().unwrap_or_else(PoisonError::into_inner);
        if guards.0 == 0 {
            // SAFETY: both functions take and return plain integers and may be called from any thread.
            guards.1 = unsafe { openblas_get_num_threads() };
            unsafe { openblas_set_num_threads(1) };
        }
        guards.0 += 1;
        OneThread(())
    }

    /// One inside a rayon pool, whose threads are already as many as are wanted; elsewhere none. Every call of BLAS and LAPACK
    /// in this crate takes it first.
    pub(crate) fn inside_a_pool() -> Option<Self> {
        rayon::current_thread_index().is_some().then(OneThread::new)
    }
}

impl Drop for OneThread {
    fn drop(&mut self) {
        let mut guards = GUARDS.lock().unwrap_or_else(PoisonError::into_inner);
        guards.0 -= 1;
        if guards.0 == 0 {
            // SAFETY: as above.
            unsafe { openblas_set_num_threads(guards.1) };
        }
    }
}

/// How OpenBLAS was built to use several threads: "none", "pthreads" or "openmp".
pub(crate) fn blas_parallel() -> &'static str {
    // SAFETY: it takes nothing and returns a constant of the build.
    match unsafe { openblas_get_parallel() } {
        0 => "none",
        1 => "pthreads",
        2 => "openmp",
        _ => "unknown",
    }
}

/// The number of threads OpenBLAS uses (its environment variable is `OPENBLAS_NUM_THREADS`).
pub(crate) fn blas_threads() -> usize {
    // SAFETY: as above.
    usize::try_from(unsafe { openblas_get_num_threads() }).unwrap_or(1)
}

/// As many threads from here on.
#[cfg(feature = "mpi")]
pub(crate) fn use_blas_threads(threads: usize) {
    // SAFETY: as above.
    unsafe { openblas_set_num_threads(c_int::try_from(threads).unwrap_or(1)) };
}

/// What OpenBLAS says of itself: version, how it was built, and the kernels that it chose for this processor.
pub(crate) fn blas_config() -> String {
    unsafe extern "C" {
        fn openblas_get_config() -> *const std::ffi::c_char;
    }
    // SAFETY: OpenBLAS returns a pointer to a static string that ends in 0.
    let text = unsafe {
        let pointer = openblas_get_config();
        if pointer.is_null() {
            return "unknown".into();
        }
        std::ffi::CStr::from_ptr(pointer)
    };
    text.to_string_lossy().trim().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::linalg::{blas_matmul, blas_matmul_nt, cholesky, symmetric_eigen, tridiagonal_eigen};
    use ndarray::Array2;

    /// Other tests have guards of their own, so the number is looked at where one is certain to live.
    #[test]
    fn inside_a_pool_there_is_one_thread() {
        assert!(OneThread::inside_a_pool().is_none());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let inside = pool.install(|| {
            let guard = OneThread::inside_a_pool();
            (guard.is_some(), blas_threads())
        });
        assert_eq!(inside, (true, 1));
    }

    /// How many guards `work` takes in a pool of one thread.
    fn guards(work: impl Fn() + Sync) -> usize {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        pool.install(|| {
            let before = TAKEN.get();
            work();
            TAKEN.get() - before
        })
    }

    #[test]
    fn every_call_of_blas_and_lapack_takes_the_guard() {
        let a = Array2::<f64>::eye(3);
        let factor = cholesky(a.clone()).unwrap().unwrap();
        let calls: [&(dyn Fn() + Sync); 6] = [
            &|| drop(blas_matmul(a.view(), a.view()).unwrap()),
            &|| drop(blas_matmul_nt(a.view(), a.view()).unwrap()),
            &|| drop(symmetric_eigen(a.clone()).unwrap()),
            &|| drop(tridiagonal_eigen(&[1.0, 2.0], &[0.5]).unwrap()),
            &|| drop(cholesky(a.clone()).unwrap()),
            &|| drop(factor.blas_matmul(a.view()).unwrap()),
        ];
        assert_eq!(calls.map(guards), [1; 6]);
        let before = TAKEN.get();
        calls.iter().for_each(|call| call());
        assert_eq!(TAKEN.get(), before, "outside a pool OpenBLAS has its own threads");
    }

    #[test]
    fn the_build_is_told() {
        assert!(["none", "pthreads", "openmp"].contains(&blas_parallel()));
    }
}
