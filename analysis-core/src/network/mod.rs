//! Training at finite width: fully connected networks, their initialisation, gradient descent, empirical NTK.
//!
//! Knows nothing of [`kernel`](crate::kernel) but in its tests, where the two meet.
