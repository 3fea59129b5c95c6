//! Eigenvalues of a symmetric tridiagonal matrix T (n,n) by divide and conquer (Cuppen 1981; Gu and Eisenstat 1995,
//! as in LAPACK's `dstedc`), with a few columns z carried along in the place of eigenvectors.
//!
//! T = UΛUᵀ. The eigenvectors U would take n² numbers and n³ operations; here only Λ and Uᵀz for the k columns of z are
//! made, in O(n²(k + 2)) operations and O(n(k + 2)) memory.
//!
//! **Divide.** Take off the off-diagonal element e in the middle: T = diag(T₁, T₂) + |e| v vᵀ, where v is the last
//! unit vector of the upper half and ± the first one of the lower half (± the sign of e), and where |e| was
//! subtracted from the two diagonal elements beside the cut. The halves are solved alone: T₁ = U₁D₁U₁ᵀ, T₂ = U₂D₂U₂ᵀ.
//! Blocks of at most [`LEAF`] rows go to LAPACK's `dsteqr`.
//!
//! **Conquer** ([`mod@merge`]). T = U₀(D + ρ w wᵀ)U₀ᵀ with U₀ = diag(U₁, U₂), D = diag(D₁, D₂), and w = (last row of
//! U₁, ± first row of U₂). So one has to diagonalise a diagonal matrix plus a matrix of rank one, D + ρ w wᵀ = VΛVᵀ:
//! 1. [`mod@deflate`]: where an element of w vanishes to rounding, the pair (d, unit vector) is an eigenpair already;
//!    where two elements of D coincide to rounding, a rotation makes one element of w vanish.
//! 2. [`secular`]: each eigenvalue that is left is the one root of 1/ρ + Σⱼ wⱼ²/(dⱼ − λ) = 0 between two neighbours
//!    in D.
//! 3. The eigenvector for the root λᵢ is vᵢ ∝ (ŵⱼ/(dⱼ − λᵢ))ⱼ. With w itself, rounding in close roots would leave the
//!    vectors far from orthogonal. Gu and Eisenstat take the ŵ for which the *computed* roots are exact (Löwner's
//!    formula), which gives vectors that are orthogonal to working precision.
//! 4. The columns are multiplied: Uᵀz = Vᵀ(U₀ᵀz). V is made in small panels that stay in the cache and is never stored.
//!
//! The next merge needs the first and the last row of U = U₀V, nothing else of it. These are Uᵀe_first and Uᵀe_last:
//! two more columns to carry. After a merge each starts from one half: U₀ᵀe_first is zero in the lower half.
//!
//! Every sum has a fixed order, so the bytes do not depend on the number of threads (they do depend on the processor's
//! instructions: see [`instructions`]).

mod deflate;
mod instructions;
mod interpolation;
mod kernels;
mod leaf;
mod merge;
mod progress;
mod secular;
#[cfg(test)]
mod tests;
mod vectors;
#[cfg(target_arch = "x86_64")]
mod x86;

use ndarray::Array2;
use rayon::prelude::*;

use super::band::Tridiagonal;
use crate::error::{Error, Result};
use instructions::InstructionSet;
use kernels::ROUNDING;
use merge::merge;
use progress::Progress;
use vectors::Columns;

/// Blocks up to this size are solved by LAPACK's `dsteqr`.
const LEAF: usize = 32;

/// The eigenvalues of T = UΛUᵀ (n,n), ascending; z (n,k) becomes Uᵀz, whose row i belongs to eigenvalue i (an
/// eigenvector's sign, and with it a row's, is arbitrary). `told` is given the share of the work done so far, from
/// several threads but never two at a time, never less than before.
///
/// Backward stable: the result is exact for a matrix within a small multiple of ε‖T‖ of T, where ‖T‖ is the norm of
/// the block in which the row lies (elements off the diagonal that are zero to rounding split T into blocks).
///
/// # Errors [`Error::Shape`] where lengths do not fit, [`Error::NotFinite`] where T or z has a NaN or an infinity or
/// an eigenvalue is beyond f64, [`Error::Lapack`] where an iteration does not converge.
pub(super) fn eigenvalues(
    t: Tridiagonal,
    z: &mut Array2<f64>,
    told: &(dyn Fn(f64) + Sync),
) -> Result<Vec<f64>> {
    check(&t, z)?;
    let (n, k) = z.dim();
    let Tridiagonal { diagonal: mut values, off_diagonal: mut off } = t;
    let columns = k + 2;
    let mut rows = vec![0.0; n * columns];
    for (row, z) in rows.chunks_exact_mut(columns).zip(z.rows()) {
        row.iter_mut().zip(z).for_each(|(to, from)| *to = *from);
    }
    let blocks = blocks(&mut values, &mut off, &mut rows, columns);
    let progress = Progress::new(blocks.iter().map(|block| work(block.values.len())).sum(), told);
    let columns = Columns { count: columns, set: InstructionSet::best() };
    blocks.into_par_iter().try_for_each(|block| block.solve(columns, &progress))?;

    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    for (mut z, &from) in z.rows_mut().into_iter().zip(&order) {
        let row = &rows[from * columns.count..][..k];
        z.iter_mut().zip(row).for_each(|(to, from)| *to = *from);
    }
    let values: Vec<f64> = order.iter().map(|&from| values[from]).collect();
    finite("eigenvalues of a tridiagonal matrix", &values, 0)?;
    progress.finish();
    Ok(values)
}

fn check(t: &Tridiagonal, z: &Array2<f64>) -> Result<()> {
    let (n, off) = (t.diagonal.len(), t.off_diagonal.len());
    if off != n.saturating_sub(1) {
        let expected = "n and n − 1 numbers";
        return Err(Error::shape(
            "the diagonals of a tridiagonal matrix",
            expected,
            format!("{n} and {off}"),
        ));
    }
    if z.nrows() != n {
        return Err(Error::shape("rows to carry through a tridiagonal matrix's decomposition", n, z.nrows()));
    }
    finite("a tridiagonal matrix", &t.diagonal, 0)?;
    finite("a tridiagonal matrix", &t.off_diagonal, 1)?;
    match z.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), &value)) => {
            Err(Error::NotFinite { what: "columns to carry".into(), row, column, value })
        }
        None => Ok(()),
    }
}

/// Refuses a NaN or an infinity among the numbers of a diagonal, `above` the main one.
fn finite(what: &str, numbers: &[f64], above: usize) -> Result<()> {
    match numbers.iter().position(|value| !value.is_finite()) {
        Some(row) => {
            Err(Error::NotFinite { what: what.into(), row, column: row + above, value: numbers[row] })
        }
        None => Ok(()),
    }
}

/// Rows of T between two elements off the diagonal that are zero to rounding: a matrix of its own.
struct Block<'a> {
    values: &'a mut [f64],
    off: &'a mut [f64],
    rows: &'a mut [f64],
}

/// T's blocks: cut where |eᵢ| ≤ ε √|dᵢdᵢ₊₁|, as `dstedc` does.
fn blocks<'a>(
    mut values: &'a mut [f64],
    mut off: &'a mut [f64],
    mut rows: &'a mut [f64],
    columns: usize,
) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    while !values.is_empty() {
        let negligible = |(e, d): (&f64, &[f64])| e.abs() <= ROUNDING * d[0].abs().sqrt() * d[1].abs().sqrt();
        let length = off.iter().zip(values.windows(2)).position(negligible).map_or(values.len(), |e| e + 1);
        let (own_values, other_values) = values.split_at_mut(length);
        let (own_off, other_off) = off.split_at_mut(length.min(off.len()));
        let (own_rows, other_rows) = rows.split_at_mut(length * columns);
        blocks.push(Block { values: own_values, off: own_off, rows: own_rows });
        (values, off, rows) = (other_values, other_off, other_rows);
    }
    blocks
}

impl Block<'_> {
    /// Solves the block scaled to a largest element of 1.
    fn solve(self, columns: Columns, progress: &Progress) -> Result<()> {
        let Block { values, off, rows } = self;
        let n = values.len();
        // The element beyond the block's last row is the negligible one.
        let off = &mut off[..n - 1];
        let norm = values.iter().chain(off.iter()).fold(0.0f64, |most, value| most.max(value.abs()));
        if n == 1 || norm == 0.0 {
            progress.add(work(n));
            return Ok(());
        }
        values.iter_mut().chain(off.iter_mut()).for_each(|value| *value /= norm);
        tear(values, off, rows, columns, progress)?;
        values.iter_mut().for_each(|value| *value *= norm);
        Ok(())
    }
}

/// Solves T by halves.
fn tear(
    values: &mut [f64],
    off: &mut [f64],
    rows: &mut [f64],
    columns: Columns,
    progress: &Progress,
) -> Result<()> {
    let n = values.len();
    if n <= LEAF {
        return leaf::solve(values, off, rows, columns.count);
    }
    let cut = n / 2;
    let rho = off[cut - 1];
    values[cut - 1] -= rho.abs();
    values[cut] -= rho.abs();
    let (upper_values, lower_values) = values.split_at_mut(cut);
    let (upper_off, lower_off) = off.split_at_mut(cut);
    let (upper_rows, lower_rows) = rows.split_at_mut(cut * columns.count);
    let (upper, lower) = rayon::join(
        || tear(upper_values, &mut upper_off[..cut - 1], upper_rows, columns, progress),
        || tear(lower_values, lower_off, lower_rows, columns, progress),
    );
    upper.and(lower)?;
    merge(values, rows, cut, rho, columns, progress)
}

/// Work in a block of n rows: the n² pairs (root, pole) of each merge, twice (roots, then vectors).
fn work(n: usize) -> f64 {
    if n <= LEAF { 0.0 } else { 2.0 * (n as f64).powi(2) + work(n / 2) + work(n - n / 2) }
}
