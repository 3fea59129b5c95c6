//! Deflation: which eigenpairs of D + ρ w wᵀ are known without solving anything.

use super::kernels::ROUNDING;

/// D + ρ w wᵀ split into eigenpairs that are already known and a smaller problem.
pub(super) struct Deflation {
    /// Rows of the smaller problem, in ascending order of their pole dⱼ; all dⱼ differ and no wⱼ is zero.
    pub(super) kept: Vec<usize>,
    /// Rows that are eigenvectors to rounding, in ascending order of their eigenvalue.
    pub(super) known: Vec<usize>,
}

/// Sorts the elements of D = `d` into known eigenvalues and poles of the smaller problem.
///
/// The tolerance is LAPACK's, 8ε·max(|d|, |w|). An element with ρ|wⱼ| below it is dropped: D + ρ w wᵀ moves by no
/// more. Two neighbours dₚ ≤ dⱼ are rotated so that wₚ vanishes, where the element (dⱼ − dₚ)cs that the rotation
/// brings in off the diagonal is below it; `rotate(p, j, c, s)` has to do the same to rows p and j of everything
/// carried.
///
/// `d` holds two ascending lists, the second from `cut` on.
pub(super) fn deflate(
    d: &mut [f64],
    w: &mut [f64],
    cut: usize,
    rho: f64,
    mut rotate: impl FnMut(usize, usize, f64, f64),
) -> Deflation {
    let largest = |numbers: &[f64]| numbers.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let tolerance = 8.0 * ROUNDING * largest(d).max(largest(w));
    let mut deflation = Deflation { kept: Vec::new(), known: Vec::new() };
    let mut pending = None;
    for row in ascending(d, cut) {
        if rho * w[row].abs() <= tolerance {
            deflation.known.push(row);
            continue;
        }
        let Some(previous) = pending.replace(row) else { continue };
        let length = w[row].hypot(w[previous]);
        let (c, s) = (w[row] / length, -w[previous] / length);
        if ((d[row] - d[previous]) * c * s).abs() > tolerance {
            deflation.kept.push(previous);
            continue;
        }
        (w[previous], w[row]) = (0.0, length);
        rotate(previous, row, c, s);
        let (low, high) = (d[previous], d[row]);
        d[previous] = low * (c * c) + high * (s * s);
        d[row] = low * (s * s) + high * (c * c);
        deflation.known.push(previous);
    }
    deflation.kept.extend(pending);
    deflation.known.sort_by(|&a, &b| d[a].total_cmp(&d[b]));
    deflation
}

/// The order in which two ascending lists, d[..cut] and d[cut..], are one.
fn ascending(d: &[f64], cut: usize) -> Vec<usize> {
    let (mut upper, mut lower) = (0, cut);
    let next = |_| {
        let from =
            if lower == d.len() || (upper < cut && d[upper] <= d[lower]) { &mut upper } else { &mut lower };
        *from += 1;
        *from - 1
    };
    (0..d.len()).map(next).collect()
}
