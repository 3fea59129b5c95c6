//! OpenBLAS's own threads.

use std::ffi::c_int;
use std::sync::{Mutex, PoisonError};

unsafe extern "C" {
    fn openblas_get_num_threads() -> c_int;
    fn openblas_set_num_threads(threads: c_int);
}

/// While one lives, OpenBLAS works on one thread, so that several decompositions can run side by side; afterwards it has
/// as many as before.
///
/// Side by side is the faster way to do several: OpenBLAS's threads wait for each other by spinning, and on a machine
/// that is busy with other work one decomposition on two threads has taken 40 times as long as on one.
#[derive(Debug)]
pub(crate) struct OneThread(());

/// How many guards live, and what the first of them found.
static GUARDS: Mutex<(usize, c_int)> = Mutex::new((0, 1));

impl OneThread {
    pub(crate) fn new() -> Self {
        let mut guards = GUARDS.lock().unwrap_or_else(PoisonError::into_inner);
        if guards.0 == 0 {
            // SAFETY: both functions take and return plain integers and may be called from any thread.
            guards.1 = unsafe { openblas_get_num_threads() };
            unsafe { openblas_set_num_threads(1) };
        }
        guards.0 += 1;
        OneThread(())
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

/// The number of threads OpenBLAS uses (its environment variable is `OPENBLAS_NUM_THREADS`).
pub(crate) fn blas_threads() -> usize {
    // SAFETY: as above.
    usize::try_from(unsafe { openblas_get_num_threads() }).unwrap_or(1)
}
