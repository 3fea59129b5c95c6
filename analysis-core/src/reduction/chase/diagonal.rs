//! The diagonal block: H from both sides.

// Several arrays have one index.
#![allow(clippy::needless_range_loop)]

use super::lanes::{AFTER, FROM, Lane, Vector};
use super::reflector::Reflector;
use super::store::Shared;

/// D ← H·D·H for the diagonal block D on the rows of H = I − τvvᵀ, of which only the lower triangle is stored:
///
/// ```text
/// x = τDv    w = x − ½τ(xᵀv)·v    D ← D − vwᵀ − wvᵀ
/// ```
///
/// `w` and `dots` are room for one column each.
///
/// # Safety
/// Nothing else reaches the lanes of these rows in these columns.
#[inline(always)]
pub(super) unsafe fn both_sides<V: Vector>(store: &Shared, h: &Reflector, w: &mut [Lane], dots: &mut [Lane]) {
    let rows = h.rows;
    let end = rows.a + rows.m;
    let (w, dots, v) = (&mut w[..rows.count], &mut dots[..rows.count], &h.v[..rows.count]);
    w.fill(Lane::ZERO);
    dots.fill(Lane::ZERO);
    // SAFETY: as above.
    unsafe {
        let mut j = rows.a;
        while j < end {
            let columns = together(j, end);
            match columns {
                4 => multiply::<V, 4>(store, h, j, w, dots),
                2 => multiply::<V, 2>(store, h, j, w, dots),
                _ => multiply::<V, 1>(store, h, j, w, dots),
            }
            j += columns;
        }
    }
    rows.clear_outside(w);
    let mut sums = V::splat(0.0);
    for ((w, dot), v) in w.iter_mut().zip(&*dots).zip(v) {
        let x = V::load(w).add(V::load(dot)).mul(V::splat(h.tau));
        sums = x.fma(V::load(v), sums);
        *w = x.lane();
    }
    let half = V::splat(0.5 * h.tau * sums.sum());
    for (w, v) in w.iter_mut().zip(v) {
        *w = V::load(v).fnma(half, V::load(w)).lane();
    }
    // SAFETY: as above.
    unsafe {
        let mut j = rows.a;
        while j < end {
            let columns = together(j, end);
            match columns {
                4 => subtract::<V, 4>(store, h, j, w),
                2 => subtract::<V, 2>(store, h, j, w),
                _ => subtract::<V, 1>(store, h, j, w),
            }
            j += columns;
        }
    }
}

/// How many columns from j on are worked on together: four, two or one, so that the diagonal of all of them is in one lane.
#[inline(always)]
fn together(j: usize, end: usize) -> usize {
    match (8 - j % 8).min(end - j) {
        4.. => 4,
        2.. => 2,
        _ => 1,
    }
}

/// The part of the columns j, …, j + M − 1 in Dv: below and on the diagonal as it stands added to `w`, above the diagonal the
/// products of the columns with v in `dots`.
///
/// # Safety
/// As [`both_sides`].
#[inline(always)]
unsafe fn multiply<V: Vector, const M: usize>(
    store: &Shared,
    h: &Reflector,
    j: usize,
    w: &mut [Lane],
    dots: &mut [Lane],
) {
    let skipped = j / 8 - h.rows.first;
    let count = h.rows.count - skipped;
    // SAFETY: as above.
    let d = unsafe { store.columns::<M>(j, j / 8, count) };
    let (v, w) = (&h.v[skipped..][..count], &mut w[skipped..][..count]);
    let own: [V; M] = {
        let mut own = [V::splat(0.0); M];
        for (k, own) in own.iter_mut().enumerate() {
            *own = V::splat(v[0].0[j % 8 + k]);
        }
        own
    };
    let mut sums = [V::splat(0.0); M];
    let mut x = V::load(&w[0]);
    for k in 0..M {
        let d = V::load(&d[k][0]);
        x = d.fma(own[k], x);
        sums[k] = d.mul(V::load(&v[0]).mul(V::load(&AFTER[j % 8 + k])));
    }
    w[0] = x.lane();
    for i in 1..count {
        let v = V::load(&v[i]);
        let mut x = V::load(&w[i]);
        for k in 0..M {
            let d = V::load(&d[k][i]);
            x = d.fma(own[k], x);
            sums[k] = d.fma(v, sums[k]);
        }
        w[i] = x.lane();
    }
    for k in 0..M {
        dots[skipped].0[j % 8 + k] = sums[k].sum();
    }
}

/// Columns j, …, j + M − 1 of D − vwᵀ − wvᵀ, on and below the diagonal.
///
/// # Safety
/// As [`both_sides`].
#[inline(always)]
unsafe fn subtract<V: Vector, const M: usize>(store: &Shared, h: &Reflector, j: usize, w: &[Lane]) {
    let skipped = j / 8 - h.rows.first;
    let count = h.rows.count - skipped;
    // SAFETY: as above.
    let d = unsafe { store.columns::<M>(j, j / 8, count) };
    let (v, w) = (&h.v[skipped..][..count], &w[skipped..][..count]);
    let mut own_v = [V::splat(0.0); M];
    let mut own_w = [V::splat(0.0); M];
    for k in 0..M {
        own_v[k] = V::splat(v[0].0[j % 8 + k]);
        own_w[k] = V::splat(w[0].0[j % 8 + k]);
        let from = V::load(&FROM[j % 8 + k]);
        let (v, w) = (V::load(&v[0]).mul(from), V::load(&w[0]).mul(from));
        d[k][0] = w.fnma(own_v[k], v.fnma(own_w[k], V::load(&d[k][0]))).lane();
    }
    for i in 1..count {
        let (v, w) = (V::load(&v[i]), V::load(&w[i]));
        for k in 0..M {
            d[k][i] = w.fnma(own_v[k], v.fnma(own_w[k], V::load(&d[k][i]))).lane();
        }
    }
}
