//! Which instructions the processor offers, and the kernel compiled for each.

use super::block::Block;
use super::element::Element;
use super::lanes::Registers;
use super::points::{Shape, Test, Train};
#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{kernel, portable};
pub(super) use crate::instructions::InstructionSet;

impl InstructionSet {
    /// How the kernel for it wants its points and units in memory.
    pub(super) fn shape(self) -> Shape {
        match self {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => x86::AVX512_SHAPE,
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => x86::AVX2_SHAPE,
            InstructionSet::Portable => portable::SHAPE,
        }
    }
}

/// The kernel in one precision.
pub(super) trait Compiled: Element {
    /// [`kernel::sweep`], compiled for this instruction set.
    fn sweep(
        set: InstructionSet,
        block: &mut Block<Self>,
        train: &Train<Self>,
        test: &Test<Self>,
        force: Option<&[Self]>,
    );
    /// [`kernel::reduce`], compiled for this instruction set.
    fn reduce(set: InstructionSet, sums: &[&[Self::Row]], scale: f64, out: &mut [f64]);
}

macro_rules! compiled {
    ($t:ty, $lanes:literal, $avx512:ident, $avx2:ident) => {
        impl Compiled for $t {
            fn sweep(
                set: InstructionSet,
                block: &mut Block<Self>,
                train: &Train<Self>,
                test: &Test<Self>,
                force: Option<&[Self]>,
            ) {
                match set {
                    // SAFETY: an engine is only made for a set that `InstructionSet::available` found.
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx512 => unsafe { x86::$avx512::sweep(block, train, test, force) },
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx2 => unsafe { x86::$avx2::sweep(block, train, test, force) },
                    InstructionSet::Portable => kernel::sweep::<
                        Self,
                        Registers<$t, $lanes>,
                        { portable::SHAPE.samples },
                        { portable::SHAPE.rows },
                    >(block, train, test, force),
                }
            }

            fn reduce(set: InstructionSet, sums: &[&[Self::Row]], scale: f64, out: &mut [f64]) {
                match set {
                    // SAFETY: as in `sweep`.
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx512 => unsafe { x86::$avx512::reduce(sums, scale, out) },
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx2 => unsafe { x86::$avx2::reduce(sums, scale, out) },
                    InstructionSet::Portable => {
                        kernel::reduce::<Self, Registers<$t, $lanes>>(sums, scale, out)
                    }
                }
            }
        }
    };
}

compiled!(f32, 16, avx512_single, avx2_single);
compiled!(f64, 8, avx512_double, avx2_double);
