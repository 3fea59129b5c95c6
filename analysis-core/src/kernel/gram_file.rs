//! `.npy` in and out.
