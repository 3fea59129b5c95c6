//! One step of one sweep, compiled for each instruction set.

#[cfg(target_arch = "x86_64")]
use super::lanes::{Avx2, Avx512};
use super::lanes::{Lane, Portable, Vector};
use super::reflector::{self, Reflector};
use super::rows::Rows;
use super::store::Shared;
use super::{bulge, diagonal};
pub(super) use crate::instructions::InstructionSet;

/// A sweep under way: column s and the last two reflectors.
pub(super) struct Sweep {
    pub(super) s: usize,
    previous: Reflector,
    next: Reflector,
}

impl Sweep {
    pub(super) fn new(width: usize) -> Self {
        Sweep { s: 0, previous: Reflector::new(width), next: Reflector::new(width) }
    }
}

/// How many steps sweep s has: blocks of b rows below row s.
pub(super) fn steps(size: usize, width: usize, s: usize) -> usize {
    (size - 1 - s).div_ceil(width)
}

/// Step r of a sweep, on rows s + 1 + rb, …, s + (r + 1)b: the reflector is made, and applied to the block below the diagonal
/// block, to the diagonal block and to z. `room` is for two columns.
///
/// # Safety
/// The processor has the instructions, and nothing else reaches the lanes of these rows.
pub(super) unsafe fn step(
    set: InstructionSet,
    store: &Shared,
    sweep: &mut Sweep,
    r: usize,
    room: &mut [Vec<Lane>; 2],
) {
    match set {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        InstructionSet::Avx512 => unsafe { avx512(store, sweep, r, room) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        InstructionSet::Avx2 => unsafe { avx2(store, sweep, r, room) },
        // SAFETY: as above.
        InstructionSet::Portable => unsafe { any::<Portable>(store, sweep, r, room) },
    }
}

/// # Safety
/// As [`step`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn avx512(store: &Shared, sweep: &mut Sweep, r: usize, room: &mut [Vec<Lane>; 2]) {
    // SAFETY: as `step`.
    unsafe { any::<Avx512>(store, sweep, r, room) }
}

/// # Safety
/// As [`step`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(store: &Shared, sweep: &mut Sweep, r: usize, room: &mut [Vec<Lane>; 2]) {
    // SAFETY: as `step`.
    unsafe { any::<Avx2>(store, sweep, r, room) }
}

/// # Safety
/// As [`step`].
#[inline(always)]
unsafe fn any<V: Vector>(store: &Shared, sweep: &mut Sweep, r: usize, room: &mut [Vec<Lane>; 2]) {
    let Sweep { s, previous, next } = sweep;
    let a = *s + 1 + r * store.width;
    let rows = Rows::new(a, store.width.min(store.size - a));
    let [first, second] = room;
    if r == 0 {
        // SAFETY: as `step`; the column is not used below.
        let column = unsafe { store.column(*s, rows.first, rows.count) };
        reflector::annihilate::<V>(column, rows, next);
    } else {
        // SAFETY: as `step`.
        unsafe { bulge::chase_bulge::<V>(store, rows, previous, next, first) };
    }
    // SAFETY: as `step`.
    unsafe { diagonal::both_sides::<V>(store, next, first, second) };
    if store.row() > 0 {
        // SAFETY: as `step`.
        let z = unsafe { store.rows(rows.a, rows.m) };
        reflector::reflect::<V>(next, z, store.row());
    }
    std::mem::swap(previous, next);
}
