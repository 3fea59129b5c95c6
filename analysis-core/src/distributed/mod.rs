//! One matrix on many machines: [`Smoothness`](crate::smoothness::Smoothness) where K (n,n) does not fit into one memory.
//!
//! The processes that `mpirun` or `srun` starts (*ranks*) form a [`Grid`], and K is dealt to them in square blocks, cyclically in
//! both directions. Each computes its own blocks from its own rows of x; ScaLAPACK reduces K = QTQᵀ to a tridiagonal T and applies
//! Qᵀ to the targets; from T on it is the computation of one machine, on rank 0. The numbers are those of one machine to rounding:
//! the same evidence, the same result, the same key in the store.
//!
//! ScaLAPACK's `pdsytrd` says nothing for hours and cannot be stopped, so its loop over panels of columns stands in `reduce`:
//! between two panels there are progress and, every few minutes, a checkpoint. Half of the 4/3 n³ operations are products of K
//! with one vector at a time (`pdsymv`), which run at the memory's speed and not the processor's; that price is paid here for not
//! writing a distributed solver.
//!
//! This module exists with the feature `mpi`, which needs MPI and ScaLAPACK (`scripts/setup mpi`).

#[cfg(feature = "mpi")]
mod declared;
mod layout;
#[cfg(feature = "mpi")]
mod local;
#[cfg(feature = "mpi")]
mod reduce;
#[cfg(feature = "mpi")]
mod saving;
#[cfg(feature = "mpi")]
mod scalapack;
#[cfg(feature = "mpi")]
mod smoothness;
#[cfg(feature = "mpi")]
mod stop;
#[cfg(feature = "mpi")]
mod world;

pub use layout::{Distribution, Grid};
#[cfg(feature = "mpi")]
pub use stop::say_what_is_kept;
#[cfg(feature = "mpi")]
pub use world::World;
