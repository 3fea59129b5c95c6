//! The kernels compiled for each set of vector instructions.
//!
//! The sums of the secular equation have the same bytes on all of them. The products of the carried columns use fused
//! multiply-add where there is one, which rounds once in the place of twice.

use super::kernels::{self, COLUMNS, Lanes, Sums};
#[cfg(target_arch = "x86_64")]
use super::x86::{avx2, avx512};
pub(super) use crate::instructions::InstructionSet;

/// Calls a kernel as compiled for the instruction set `$set`.
macro_rules! dispatch {
    ($set:expr, $kernel:ident($($argument:expr),*)) => {
        match $set {
            // SAFETY: the set is one that `InstructionSet::available` found on this processor.
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => unsafe { avx512::$kernel($($argument),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => unsafe { avx2::$kernel($($argument),*) },
            InstructionSet::Portable => kernels::$kernel($($argument),*),
        }
    };
}

impl InstructionSet {
    /// [`kernels::sums`].
    pub(super) fn sums(self, poles: &[Lanes], weights: &[Lanes], at: usize, origin: f64, shift: f64) -> Sums {
        dispatch!(self, sums(poles, weights, at, origin, shift))
    }

    /// [`kernels::lowner`].
    pub(super) fn lowner(self, group: &Lanes, poles: &[f64], origins: &[f64], shifts: &[f64]) -> Lanes {
        dispatch!(self, lowner(group, poles, origins, shifts))
    }

    /// [`kernels::vectors`].
    pub(super) fn vectors(
        self,
        poles: &[f64],
        weights: &[f64],
        origins: &Lanes,
        shifts: &Lanes,
        panel: &mut [Lanes],
        squares: &mut Lanes,
    ) {
        dispatch!(self, vectors(poles, weights, origins, shifts, panel, squares));
    }

    /// [`kernels::multiply`].
    pub(super) fn multiply(self, panel: &[Lanes], carried: &[[f64; COLUMNS]], sums: &mut [Lanes; COLUMNS]) {
        dispatch!(self, multiply(panel, carried, sums));
    }
}
