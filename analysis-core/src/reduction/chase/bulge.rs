//! The block below the diagonal block: H_{r−1} from the right fills it, H_r from the left empties its first column.

// Several arrays have one index.
#![allow(clippy::needless_range_loop)]

use super::lanes::{Lane, Vector};
use super::reflector::{self, Reflector};
use super::rows::Rows;
use super::store::Shared;
use super::update;

/// B ← H₁B·H₀ for the block B of `rows` and of the columns of H₀ = I − τ₀v₀v₀ᵀ, where H₁ = I − τ₁v₁v₁ᵀ is the reflector that
/// makes column 0 of B·H₀ a multiple of e₁; it is written to `next`. With y = Bv₀:
///
/// ```text
/// c_j = b_j − τ₀v₀ⱼ·y        column j of B·H₀
/// b_j ← c_j − τ₁(v₁ᵀc_j)·v₁   column j of H₁·B·H₀
/// ```
///
/// B is read twice and written once. `y` is room for one column.
///
/// # Safety
/// Nothing else reaches the lanes of these rows in these columns.
#[inline(always)]
pub(super) unsafe fn chase_bulge<V: Vector>(
    store: &Shared,
    rows: Rows,
    previous: &Reflector,
    next: &mut Reflector,
    y: &mut [Lane],
) {
    let y = &mut y[..rows.count];
    // SAFETY: as above.
    unsafe {
        right::<V>(store, rows, previous, y);
        first_column::<V>(store, rows, previous, next, y);
        update::both::<V>(store, rows, previous, next, y);
    }
}

/// y = Bv₀, some lanes at a time.
///
/// # Safety
/// As [`chase_bulge`].
#[inline(always)]
unsafe fn right<V: Vector>(store: &Shared, rows: Rows, previous: &Reflector, y: &mut [Lane]) {
    let lanes = rows.count.div_ceil(rows.count.div_ceil(V::SUMS / 2));
    let mut first = rows.first;
    for y in y.chunks_mut(lanes) {
        macro_rules! lanes {
            ($($lanes:literal)*) => {
                match y.len() {
                    // SAFETY: as above.
                    $($lanes if 2 * $lanes <= V::SUMS => unsafe {
                        right_lanes::<V, $lanes>(store, first, previous, y)
                    },)*
                    _ => (),
                }
            };
        }
        lanes!(1 2 3 4 5 6 7 8 9);
        first += y.len();
    }
    rows.clear_outside(y);
}

/// N lanes of y = Bv₀, from lane number `first` on, with y in registers: the sums over the even and over the odd columns.
///
/// # Safety
/// As [`chase_bulge`].
#[inline(always)]
unsafe fn right_lanes<V: Vector, const N: usize>(
    store: &Shared,
    first: usize,
    previous: &Reflector,
    y: &mut [Lane],
) {
    let mut even = [V::splat(0.0); N];
    let mut odd = [V::splat(0.0); N];
    let mut pairs = previous.numbers().chunks_exact(2);
    let mut j = previous.rows.a;
    for pair in &mut pairs {
        // SAFETY: as above.
        let [b, c] = unsafe { store.columns::<2>(j, first, N) };
        let (v, w) = (V::splat(pair[0]), V::splat(pair[1]));
        for i in 0..N {
            even[i] = V::load(&b[i]).fma(v, even[i]);
            odd[i] = V::load(&c[i]).fma(w, odd[i]);
        }
        j = j.wrapping_add(2);
    }
    if let [v] = pairs.remainder() {
        // SAFETY: as above.
        let b = unsafe { store.column(j, first, N) };
        for (sum, b) in even.iter_mut().zip(b) {
            *sum = V::load(b).fma(V::splat(*v), *sum);
        }
    }
    for ((y, even), odd) in y.iter_mut().zip(even).zip(odd) {
        *y = even.add(odd).lane();
    }
}

/// c₀ = b₀ − τ₀v₀₀·y, and the reflector that makes it a multiple of e₁, which replaces it.
///
/// # Safety
/// As [`chase_bulge`].
#[inline(always)]
unsafe fn first_column<V: Vector>(
    store: &Shared,
    rows: Rows,
    previous: &Reflector,
    next: &mut Reflector,
    y: &[Lane],
) {
    // SAFETY: as above.
    let b = unsafe { store.column(previous.rows.a, rows.first, rows.count) };
    let t = V::splat(previous.tau * previous.numbers()[0]);
    for (b, y) in b.iter_mut().zip(y) {
        *b = V::load(y).fnma(t, V::load(b)).lane();
    }
    reflector::annihilate::<V>(b, rows, next);
}
