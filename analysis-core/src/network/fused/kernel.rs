//! The kernel itself, for any [`Lanes`]. Everything is inlined into a function that enables the instruction set; loops
//! run over arrays of constant length, which the compiler keeps in registers.

use super::block::Block;
use super::element::Element;
use super::lanes::Lanes;
use super::points::{MAX_COLUMNS, Test, Train};

/// One sweep over a block: with forces first the step in w and a, group by group, then the block's sums on training and
/// test points and the masks.
#[inline(always)]
pub(super) fn sweep<T: Element, V: Lanes<T>, const S: usize, const R: usize>(
    block: &mut Block<T>,
    train: &Train<T>,
    test: &Test<T>,
    force: Option<&[T]>,
) {
    let d = train.forward.d;
    if let Some(force) = force {
        step::<T, V, R>(block, train, force);
    }
    let (w, _) = block.w.as_chunks::<R>();
    let (a, _) = block.a.as_chunks::<R>();
    let (masks, _) = block.masks.as_chunks_mut::<R>();
    let (train_sums, test_sums) = block.sums.split_at_mut(train.forward.padded);
    let (x, _) = train.forward.tiles.as_chunks::<S>();
    for (tile, (x, sums)) in x.chunks_exact(d).zip(train_sums.chunks_exact_mut(S)).enumerate() {
        // Not written by iterating over the masks: they are kept group by group, for the way back.
        let at = |group: usize| group * train.forward.padded + tile * S;
        forward::<T, V, S, R>(w, a, x, sums, |group, active| {
            masks[at(group)..][..S].copy_from_slice(active);
        });
    }
    let (z, _) = test.tiles.as_chunks::<S>();
    for (z, sums) in z.chunks_exact(d).zip(test_sums.chunks_exact_mut(S)) {
        forward::<T, V, S, R>(w, a, z, sums, |_, _| ());
    }
}

/// Σ over the groups of a·relu(w·x), for S points x given column by column.
#[inline(always)]
fn forward<T: Element, V: Lanes<T>, const S: usize, const R: usize>(
    w: &[[T::Row; R]],
    a: &[[T::Row; R]],
    x: &[[T; S]],
    sums: &mut [T::Row],
    mut keep: impl FnMut(usize, &[[T::Mask; R]; S]),
) {
    let mut sum = [V::zero(); S];
    for (group, (w, a)) in w.chunks_exact(x.len()).zip(a).enumerate() {
        let mut h = [[V::zero(); R]; S];
        for (w, x) in w.iter().zip(x) {
            for s in 0..S {
                let x = V::splat(x[s]);
                for r in 0..R {
                    h[s][r] = V::load(&w[r]).fma(x, h[s][r]);
                }
            }
        }
        let mut active = [[T::NO_UNIT; R]; S];
        for r in 0..R {
            let a = V::load(&a[r]);
            for s in 0..S {
                active[s][r] = h[s][r].positive();
                sum[s] = a.fma(h[s][r].relu(), sum[s]);
            }
        }
        keep(group, &active);
    }
    for (out, sum) in sums.iter_mut().zip(sum) {
        *out = sum.row();
    }
}

/// w −= a G and a −= Σ_k w_k G_k, both with the old w and a.
#[inline(always)]
fn step<T: Element, V: Lanes<T>, const R: usize>(block: &mut Block<T>, train: &Train<T>, force: &[T]) {
    let (w, _) = block.w.as_chunks_mut::<R>();
    let (a, _) = block.a.as_chunks_mut::<R>();
    let (masks, _) = block.masks.as_chunks::<R>();
    let (gradient, _) = block.gradient.as_chunks_mut::<R>();
    let groups = w.chunks_exact_mut(train.forward.d).zip(a).zip(masks.chunks_exact(train.forward.padded));
    for ((w, a), masks) in groups {
        let mut start = 0;
        for strip in &train.strips {
            let out = &mut gradient[start..start + strip.width];
            backward_strip::<T, V, R>(strip.width, masks, force, &strip.x, out);
            start += strip.width;
        }
        for r in 0..R {
            let old = V::load(&a[r]);
            let mut along = V::zero();
            for (w, g) in w.iter_mut().zip(gradient.iter()) {
                let (weight, g) = (V::load(&w[r]), V::load(&g[r]));
                along = weight.fma(g, along);
                w[r] = old.fnma(g, weight).row();
            }
            a[r] = old.sub(along).row();
        }
    }
}

/// Chooses the loop compiled for this width.
#[inline(always)]
fn backward_strip<T: Element, V: Lanes<T>, const R: usize>(
    width: usize,
    masks: &[[T::Mask; R]],
    force: &[T],
    x: &[T],
    out: &mut [[T::Row; R]],
) {
    const { assert!(MAX_COLUMNS == 12) };
    macro_rules! widths {
        ($($width:literal)*) => {
            match width {
                $($width => backward::<T, V, R, $width>(masks, force, x, out),)*
                _ => unreachable!("strips have 1 to {MAX_COLUMNS} columns"),
            }
        };
    }
    widths!(1 2 3 4 5 6 7 8 9 10 11 12);
}

/// G = Σ_i force_i 1[h_i > 0] x_i, for C columns of x.
#[inline(always)]
fn backward<T: Element, V: Lanes<T>, const R: usize, const C: usize>(
    masks: &[[T::Mask; R]],
    force: &[T],
    x: &[T],
    out: &mut [[T::Row; R]],
) {
    let mut g = [[V::zero(); R]; C];
    for ((masks, force), x) in masks.iter().zip(force).zip(x.as_chunks::<C>().0) {
        let mut f = [V::zero(); R];
        for r in 0..R {
            f[r] = V::splat_where(masks[r], *force);
        }
        for c in 0..C {
            let x = V::splat(x[c]);
            for r in 0..R {
                g[c][r] = f[r].fma(x, g[c][r]);
            }
        }
    }
    for (out, g) in out.iter_mut().zip(g) {
        for r in 0..R {
            out[r] = g[r].row();
        }
    }
}

/// scale · Σ over the blocks, then over the lanes, in double precision and in an order of their own.
#[inline(always)]
pub(super) fn reduce<T: Element, V: Lanes<T>>(sums: &[&[T::Row]], scale: f64, out: &mut [f64]) {
    for (i, out) in out.iter_mut().enumerate() {
        let mut wide = V::wide();
        for block in sums {
            wide = V::load(&block[i]).widen(wide);
        }
        let mut lanes = V::lanes(wide);
        for width in [8, 4, 2, 1] {
            for l in 0..width {
                lanes[l] += lanes[l + width];
            }
        }
        *out = scale * lanes[0];
    }
}
