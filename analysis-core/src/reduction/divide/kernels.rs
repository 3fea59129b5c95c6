//! The inner loops, over arrays of fixed length that the compiler turns into vector instructions.
//! [`super::instructions`] compiles them for each instruction set. Every sum runs over [`LANES`] interleaved partial
//! sums, whatever the registers hold, so its order is the same everywhere.

/// LAPACK's "epsilon": the largest relative error of one rounding, 2⁻⁵³.
pub(super) const ROUNDING: f64 = f64::EPSILON / 2.0;
/// Interleaved partial sums; poles and roots are handled in groups of as many.
pub(super) const LANES: usize = 16;
/// Carried columns are handled in groups of as many.
pub(super) const COLUMNS: usize = 12;
/// Groups of poles whose partial sums are added up before they join the total: short sums round less.
const SHORT: usize = 64;

/// A number for each of [`LANES`] poles or roots.
pub(super) type Lanes = [f64; LANES];

/// The parts of the secular function at λ = origin + shift, which has pole `at` next to it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// Σ wⱼ²/(dⱼ − λ) over the poles j < at.
    pub(super) below: f64,
    /// Its derivative Σ wⱼ²/(dⱼ − λ)².
    pub(super) below_slope: f64,
    /// w²/(d − λ) of pole `at` itself.
    pub(super) own: f64,
    /// Its derivative.
    pub(super) own_slope: f64,
    /// Σ wⱼ²/(dⱼ − λ) over the poles j > at.
    pub(super) above: f64,
    /// Its derivative.
    pub(super) above_slope: f64,
}

/// See [`Sums`]. dⱼ − λ is taken as (dⱼ − origin) − shift, which is accurate to rounding where the origin is the
/// nearest pole.
#[inline(always)]
pub(super) fn sums(poles: &[Lanes], weights: &[Lanes], at: usize, origin: f64, shift: f64) -> Sums {
    let (group, lane) = (at / LANES, at % LANES);
    let (below, below_slope) = one_side(&poles[..group], &weights[..group], origin, shift);
    let (above, above_slope) = one_side(&poles[group + 1..], &weights[group + 1..], origin, shift);
    let mut sums = Sums { below, below_slope, above, above_slope, ..Sums::default() };
    let (mut term, mut slope) = ([0.0; LANES], [0.0; LANES]);
    for l in 0..LANES {
        let x = weights[group][l] / ((poles[group][l] - origin) - shift);
        term[l] = weights[group][l] * x;
        slope[l] = x * x;
    }
    for l in 0..lane {
        sums.below += term[l];
        sums.below_slope += slope[l];
    }
    for l in lane + 1..LANES {
        sums.above += term[l];
        sums.above_slope += slope[l];
    }
    (sums.own, sums.own_slope) = (term[lane], slope[lane]);
    sums
}

#[inline(always)]
fn one_side(poles: &[Lanes], weights: &[Lanes], origin: f64, shift: f64) -> (f64, f64) {
    let (mut value, mut slope) = ([0.0; LANES], [0.0; LANES]);
    for (poles, weights) in poles.chunks(SHORT).zip(weights.chunks(SHORT)) {
        let (mut short_value, mut short_slope) = ([0.0; LANES], [0.0; LANES]);
        for (d, w) in poles.iter().zip(weights) {
            for l in 0..LANES {
                let x = w[l] / ((d[l] - origin) - shift);
                short_value[l] += w[l] * x;
                short_slope[l] += x * x;
            }
        }
        for l in 0..LANES {
            value[l] += short_value[l];
            slope[l] += short_slope[l];
        }
    }
    (value.iter().sum(), slope.iter().sum())
}

/// Löwner's ŵᵢ² = ∏ⱼ (λⱼ − dᵢ) / ∏ⱼ≠ᵢ (dⱼ − dᵢ) for a group of poles dᵢ, with the roots λⱼ = origin + shift.
///
/// Root j is divided by the pole j below it, so that every quotient is about 1; four quotients share one division.
#[inline(always)]
pub(super) fn lowner(group: &Lanes, poles: &[f64], origins: &[f64], shifts: &[f64]) -> Lanes {
    let mut product = [1.0; LANES];
    let (fours, rest) = poles.as_chunks::<4>();
    let (origin_fours, origin_rest) = origins.as_chunks::<4>();
    let (shift_fours, shift_rest) = shifts.as_chunks::<4>();
    for (poles, (origins, shifts)) in fours.iter().zip(origin_fours.iter().zip(shift_fours)) {
        quotients(&mut product, group, poles, origins, shifts);
    }
    for (pole, (origin, shift)) in rest.iter().zip(origin_rest.iter().zip(shift_rest)) {
        quotients(&mut product, group, &[*pole], &[*origin], &[*shift]);
    }
    product
}

#[inline(always)]
fn quotients<const N: usize>(
    product: &mut Lanes,
    group: &Lanes,
    poles: &[f64; N],
    origins: &[f64; N],
    shifts: &[f64; N],
) {
    for l in 0..LANES {
        let (mut above, mut below) = (1.0, 1.0);
        for j in 0..N {
            let gap = group[l] - poles[j];
            above *= (group[l] - origins[j]) - shifts[j];
            // dᵢ − λᵢ < 0 has no partner.
            below *= if gap == 0.0 { -1.0 } else { gap };
        }
        product[l] *= above / below;
    }
}

/// Eigenvectors of a group of roots, not yet of length 1: `panel[j][l]` = ŵⱼ/(dⱼ − λₗ). Adds their squares to
/// `squares`.
#[inline(always)]
pub(super) fn vectors(
    poles: &[f64],
    weights: &[f64],
    origins: &Lanes,
    shifts: &Lanes,
    panel: &mut [Lanes],
    squares: &mut Lanes,
) {
    let mut sum = [0.0; LANES];
    for ((d, w), vector) in poles.iter().zip(weights).zip(panel) {
        for l in 0..LANES {
            let x = w / ((d - origins[l]) - shifts[l]);
            vector[l] = x;
            sum[l] += x * x;
        }
    }
    for l in 0..LANES {
        squares[l] += sum[l];
    }
}

/// `sums[c][l]` += Σⱼ `panel[j][l]`·`carried[j][c]`.
#[inline(always)]
pub(super) fn multiply(panel: &[Lanes], carried: &[[f64; COLUMNS]], sums: &mut [Lanes; COLUMNS]) {
    let mut total = [[0.0; LANES]; COLUMNS];
    for (vector, row) in panel.iter().zip(carried) {
        for (total, y) in total.iter_mut().zip(row) {
            for l in 0..LANES {
                total[l] += vector[l] * y;
            }
        }
    }
    for (sums, total) in sums.iter_mut().zip(total) {
        for l in 0..LANES {
            sums[l] += total[l];
        }
    }
}
