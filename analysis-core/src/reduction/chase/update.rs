//! The block below the diagonal block, where y = Bv₀ and H₁ are known: both reflectors in one pass.
//!
//! ```text
//! c_j = b_j − τ₀v₀ⱼ·y    b_j ← c_j − τ₁(v₁ᵀc_j)·v₁
//! ```

// Several arrays have one index.
#![allow(clippy::needless_range_loop)]

use super::lanes::{Lane, Vector};
use super::reflector::Reflector;
use super::rows::Rows;
use super::store::Shared;

/// The two updates of the columns from 1 on: two at a time where these stay in registers in between, else four.
///
/// # Safety
/// Nothing else reaches the lanes of these rows in these columns.
#[inline(always)]
pub(super) unsafe fn both<V: Vector>(
    store: &Shared,
    rows: Rows,
    previous: &Reflector,
    next: &Reflector,
    y: &[Lane],
) {
    macro_rules! lanes {
        ($($lanes:literal)*) => {
            match y.len() {
                // SAFETY: as above.
                $($lanes if 2 * $lanes <= V::COLUMNS => unsafe {
                    both_in_registers::<V, $lanes>(store, rows, previous, next, y);
                },)*
                // SAFETY: as above.
                _ => unsafe { both_in_memory::<V>(store, rows, previous, next, y) },
            }
        };
    }
    lanes!(2 3 4 5 6 7 8 9);
}

/// [`both`] for columns of N lanes.
///
/// # Safety
/// As [`both`].
#[inline(always)]
unsafe fn both_in_registers<V: Vector, const N: usize>(
    store: &Shared,
    rows: Rows,
    previous: &Reflector,
    next: &Reflector,
    y: &[Lane],
) {
    let pairs = previous.numbers()[1..].chunks_exact(2);
    let last = pairs.remainder();
    let mut j = previous.rows.a + 1;
    for pair in pairs {
        let t = [previous.tau * pair[0], previous.tau * pair[1]];
        // SAFETY: as above.
        unsafe { update_registers::<V, N, 2>(store, rows, j, t, next, y) };
        j = j.wrapping_add(2);
    }
    for v in last {
        // SAFETY: as above.
        unsafe { update_registers::<V, N, 1>(store, rows, j, [previous.tau * v], next, y) };
    }
}

/// [`both`] for any number of lanes.
///
/// # Safety
/// As [`both`].
#[inline(always)]
unsafe fn both_in_memory<V: Vector>(
    store: &Shared,
    rows: Rows,
    previous: &Reflector,
    next: &Reflector,
    y: &[Lane],
) {
    let fours = previous.numbers()[1..].chunks_exact(4);
    let last = fours.remainder();
    let mut j = previous.rows.a + 1;
    for four in fours {
        let mut t = [0.0; 4];
        for (t, v) in t.iter_mut().zip(four) {
            *t = previous.tau * v;
        }
        // SAFETY: as above.
        unsafe { update_memory::<V, 4>(store, rows, j, t, next, y) };
        j = j.wrapping_add(4);
    }
    for v in last {
        // SAFETY: as above.
        unsafe { update_memory::<V, 1>(store, rows, j, [previous.tau * v], next, y) };
        j = j.wrapping_add(1);
    }
}

/// The two updates of columns j, …, j + M − 1 of N lanes; `t` has their τ₀v₀ⱼ.
///
/// # Safety
/// As [`both`].
#[inline(always)]
unsafe fn update_registers<V: Vector, const N: usize, const M: usize>(
    store: &Shared,
    rows: Rows,
    j: usize,
    t: [f64; M],
    next: &Reflector,
    y: &[Lane],
) {
    let (y, v) = (&y[..N], &next.v[..N]);
    // SAFETY: as above.
    let b = unsafe { store.columns::<M>(j, rows.first, N) };
    let mut sums = [V::splat(0.0); M];
    let mut c = [[V::splat(0.0); N]; M];
    for i in 0..N {
        let (y, v) = (V::load(&y[i]), V::load(&v[i]));
        for k in 0..M {
            c[k][i] = y.fnma(V::splat(t[k]), V::load(&b[k][i]));
            sums[k] = v.fma(c[k][i], sums[k]);
        }
    }
    let mut w = sums;
    for k in 0..M {
        w[k] = V::splat(next.tau * sums[k].sum());
    }
    for i in 0..N {
        let v = V::load(&v[i]);
        for k in 0..M {
            b[k][i] = v.fnma(w[k], c[k][i]).lane();
        }
    }
}

/// [`update_registers`] for any number of lanes, with the same results.
///
/// # Safety
/// As [`both`].
#[inline(always)]
unsafe fn update_memory<V: Vector, const M: usize>(
    store: &Shared,
    rows: Rows,
    j: usize,
    t: [f64; M],
    next: &Reflector,
    y: &[Lane],
) {
    let count = rows.count;
    let (y, v) = (&y[..count], &next.v[..count]);
    // SAFETY: as above.
    let b = unsafe { store.columns::<M>(j, rows.first, count) };
    let mut sums = [V::splat(0.0); M];
    for i in 0..count {
        let (y, v) = (V::load(&y[i]), V::load(&v[i]));
        for k in 0..M {
            let c = y.fnma(V::splat(t[k]), V::load(&b[k][i]));
            sums[k] = v.fma(c, sums[k]);
            b[k][i] = c.lane();
        }
    }
    let mut w = sums;
    for k in 0..M {
        w[k] = V::splat(next.tau * sums[k].sum());
    }
    for i in 0..count {
        let v = V::load(&v[i]);
        for k in 0..M {
            b[k][i] = v.fnma(w[k], V::load(&b[k][i])).lane();
        }
    }
}
