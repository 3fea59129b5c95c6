//! OpenBLAS's own threads.

use std::ffi::c_int;

unsafe extern "C" {
    fn openblas_get_num_threads() -> c_int;
    fn openblas_set_num_threads(threads: c_int);
}

/// While it lives, OpenBLAS works on one thread, so that several decompositions can run side by side; afterwards it has
/// as many as before.
///
/// Side by side is the faster way to do several: OpenBLAS's threads wait for each other by spinning, and on a machine
/// that is busy with other work one decomposition on two threads has taken 40 times as long as on one.
#[derive(Debug)]
pub(crate) struct OneThread {
    before: c_int,
}

impl OneThread {
    pub(crate) fn new() -> Self {
        // SAFETY: both functions take and return plain integers and may be called from any thread.
        let before = unsafe { openblas_get_num_threads() };
        unsafe { openblas_set_num_threads(1) };
        OneThread { before }
    }
}

impl Drop for OneThread {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { openblas_set_num_threads(self.before) };
    }
}

/// The number of threads OpenBLAS uses (its environment variable is `OPENBLAS_NUM_THREADS`).
pub(crate) fn blas_threads() -> usize {
    // SAFETY: as above.
    usize::try_from(unsafe { openblas_get_num_threads() }).unwrap_or(1)
}
