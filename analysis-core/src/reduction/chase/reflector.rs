//! Householder reflectors as LAPACK's `dlarfg` makes them.

// Several arrays have one index.
#![allow(clippy::needless_range_loop)]

use super::lanes::{Lane, Vector};
use super::rows::Rows;

/// H = I − τvvᵀ on `rows`, where v begins with 1; v has the lanes of the rows and is zero outside of them.
#[derive(Clone, Debug)]
pub(super) struct Reflector {
    pub(super) rows: Rows,
    pub(super) tau: f64,
    pub(super) v: Vec<Lane>,
}

impl Reflector {
    /// The identity, with room for reflectors of length b.
    pub(super) fn new(width: usize) -> Self {
        Reflector { rows: Rows::default(), tau: 0.0, v: vec![Lane::ZERO; (width + 14) / 8] }
    }

    /// v₁, …, v_m.
    #[inline(always)]
    pub(super) fn numbers(&self) -> &[f64] {
        &Lane::numbers(&self.v)[self.rows.a % 8..][..self.rows.m]
    }
}

/// The reflector with Hx = βe₁ for the part x of the column that lies in `rows`; x becomes βe₁.
///
/// ```text
/// β = −sign(x₁)‖x‖    τ = (β − x₁)/β    v = x/(x₁ − β) with v₁ = 1
/// ```
///
/// H = I where x₂, …, x_m are zero already. Where ‖x‖² would leave the range of numbers, x is multiplied by a power of 2
/// first.
#[inline(always)]
pub(super) fn annihilate<V: Vector>(column: &mut [Lane], rows: Rows, reflector: &mut Reflector) {
    reflector.rows = rows;
    let head = rows.a % 8;
    let x = &mut reflector.v[..rows.count];
    x.copy_from_slice(column);
    rows.clear_outside(x);
    let mut first = x[0].0[head];
    x[0].0[head] = 0.0;
    let mut square = norm_squared::<V>(x);
    let mut scale = 1.0;
    if !(1e-220..1e220).contains(&(first * first + square)) {
        // Far from 1, or zero, or NaN.
        let largest = x.iter().flat_map(|lane| lane.0).fold(first.abs(), |a, b| a.max(b.abs()));
        scale = if largest < 1.0 { 2f64.powi(600) } else { 2f64.powi(-600) };
        multiply::<V>(x, scale);
        first *= scale;
        square = norm_squared::<V>(x);
    }
    let (beta, tau, factor) = if square == 0.0 {
        (first, 0.0, 0.0)
    } else {
        let beta = -(first * first + square).sqrt().copysign(first);
        (beta, (beta - first) / beta, 1.0 / (first - beta))
    };
    multiply::<V>(x, factor);
    x[0].0[head] = 1.0;
    reflector.tau = tau;
    rows.keep_head(beta / scale, column);
}

#[inline(always)]
fn norm_squared<V: Vector>(x: &[Lane]) -> f64 {
    let mut sums = [V::splat(0.0); 2];
    for (i, x) in x.iter().enumerate() {
        sums[i % 2] = V::load(x).fma(V::load(x), sums[i % 2]);
    }
    sums[0].add(sums[1]).sum()
}

#[inline(always)]
fn multiply<V: Vector>(x: &mut [Lane], factor: f64) {
    for x in x {
        *x = V::load(x).mul(V::splat(factor)).lane();
    }
}

/// Z ← HZ for the rows of H of a row-major Z, `row` lanes each.
#[inline(always)]
pub(super) fn reflect<V: Vector>(reflector: &Reflector, z: &mut [Lane], row: usize) {
    let mut done = 0;
    while done < row {
        // At most four lanes at a time, in about equal parts.
        let left = row - done;
        let lanes = left.div_ceil(left.div_ceil(4));
        match lanes {
            1 => reflect_lanes::<V, 1>(reflector, z, row, done),
            2 => reflect_lanes::<V, 2>(reflector, z, row, done),
            3 => reflect_lanes::<V, 3>(reflector, z, row, done),
            _ => reflect_lanes::<V, 4>(reflector, z, row, done),
        }
        done += lanes;
    }
}

/// w = τvᵀZ and Z ← Z − vw in C lanes of every row. Four sums each for w, so that no addition waits for the one before.
#[inline(always)]
fn reflect_lanes<V: Vector, const C: usize>(reflector: &Reflector, z: &mut [Lane], row: usize, done: usize) {
    let mut sums = [[V::splat(0.0); C]; 4];
    for (four, v) in z.chunks(4 * row).zip(reflector.numbers().chunks(4)) {
        for ((sums, z), &v) in sums.iter_mut().zip(four.chunks_exact(row)).zip(v) {
            for (sum, z) in sums.iter_mut().zip(&z[done..][..C]) {
                *sum = V::load(z).fma(V::splat(v), *sum);
            }
        }
    }
    let mut w = [V::splat(0.0); C];
    for c in 0..C {
        let sum = sums[0][c].add(sums[1][c]).add(sums[2][c].add(sums[3][c]));
        w[c] = sum.mul(V::splat(reflector.tau));
    }
    for (z, &v) in z.chunks_exact_mut(row).zip(reflector.numbers()) {
        for (z, w) in z[done..][..C].iter_mut().zip(&w) {
            *z = w.fnma(V::splat(v), V::load(z)).lane();
        }
    }
}
