//! Eigenvalues of a symmetric matrix, and its eigenvectors' products with given columns, without the eigenvectors.
//!
//! For A = UΛUᵀ (n,n) and columns y (n,k): Λ and Uᵀy, which is all that a spectral measure needs. Three steps, each an
//! orthogonal similarity that is also applied to the columns, so that no n × n matrix of vectors ever exists:
//!
//! 1. full → band of half-width b ([`to_band`]): 4/3 n³ operations, nearly all of them matrix products, on half of A in tiles;
//! 2. band → tridiagonal ([`chase`]): 6n²b operations;
//! 3. tridiagonal → eigenvalues ([`divide`]): O(n²).
//!
//! The columns cost 4n²k or less in each. Memory: half of n² numbers, and n(5b + 3k) or so beside it. LAPACK has the same steps
//! (`dsytrd_2stage`, `dstedc`), on the whole square and without the columns: its second step does not hand on its reflections,
//! and its third carries n columns or none. Bischof, Lang and Sun (2000) for the first two, Gu and Eisenstat (1995) for the
//! third.
//!
//! Everything here is done in the same order whatever the number of threads. The products are OpenBLAS's, one thread each:
//! results have the same bytes on one machine, and agree to rounding on another.

mod band;
mod chase;
mod divide;
mod rounds;
mod save;
mod sums;
#[cfg(test)]
mod tests;
mod tiles;
mod to_band;

use ndarray::Array2;

pub(crate) use rounds::on_pairs;
pub(crate) use save::Saving;
pub(crate) use sums::Sums;
pub(crate) use tiles::{SIDE, Tiles};

use crate::error::Result;
use crate::linalg::{OneThread, Real};
use crate::memory::Bytes;
use crate::progress::Step;
use crate::session::Session;
use to_band::ToBand;

/// Λ ascending, Uᵀy, and what both must add up to.
#[derive(Debug)]
pub(crate) struct Reduced {
    /// Eigenvalues (n), ascending.
    pub(crate) values: Vec<f64>,
    /// Uᵀy (n,k): row i belongs to eigenvalue i; the sign of a row is arbitrary.
    pub(crate) targets: Array2<f64>,
    /// Sums over the matrix that was decomposed.
    pub(crate) sums: Sums,
}

/// Bytes that [`reduce`] needs for A (n,n) in precision `T` with k columns, A included.
pub(crate) fn memory<T: Real>(n: usize, k: usize) -> Bytes {
    let width = width(n);
    // Two panels, Y, V, (V W) twice; the band; the columns with what is added to them on the way.
    let beside =
        Bytes::of::<T>(n, 8 * width) + Bytes::of::<f64>(n, 4 * width + 600) + Bytes::of::<f64>(n, k) * 4;
    Tiles::<T>::memory(n) + beside
}

/// Half-width of the band: wider bands read A from memory less often, and cost more in the second step.
fn width(n: usize) -> usize {
    match n {
        0..1000 => 24,
        1000..4000 => 48,
        4000..20_000 => 64,
        _ => 128,
    }
}

/// Decomposes the matrix in the tiles that `make` makes, or goes on from where `saving` left off.
pub(crate) fn reduce<T: Real>(
    make: impl FnOnce() -> Result<Tiles<T>>,
    y: Array2<f64>,
    saving: Option<&Saving>,
    session: &Session,
) -> Result<Reduced> {
    let one = OneThread::new();
    let y = if y.is_standard_layout() { y } else { y.as_standard_layout().into_owned() };
    let (mut state, sums) = match saving.map(|saving| saving.read::<T>(y.dim())).transpose()?.flatten() {
        Some((state, sums)) => {
            session.note(&format!("going on at column {} of {}", state.column, y.nrows()));
            (state, sums)
        }
        None => {
            let tiles = make()?;
            let sums = Sums::of(&one, &tiles, y.view());
            let width = width(tiles.n());
            (ToBand::new(tiles, width, y), sums)
        }
    };
    let n = state.tiles.n();
    let parts = Parts::of(n, state.band.width, state.z.ncols());
    let mut clock = saving.map(Saving::clock);
    let mut more = state.column < n;
    while more {
        more = state.step(&one);
        session.step(Step::Reduction { n, done: parts.first(state.column) });
        let stopped = session.check_cancelled();
        if let Some(clock) = &mut clock {
            clock.save(&state, &sums, stopped.is_err() || !more, session);
        }
        stopped?;
    }
    let ToBand { band, mut z, .. } = state;
    let told = |share: f64| session.step(Step::Reduction { n, done: parts.second(share) });
    let tridiagonal = chase::chase(band, &mut z, &told);
    session.check_cancelled()?;
    let told = |share: f64| session.step(Step::Reduction { n, done: parts.third(share) });
    let values = divide::eigenvalues(tridiagonal, &mut z, &told)?;
    Ok(Reduced { values, targets: z, sums })
}

/// The last step alone: of T (n,n) with these diagonals, and columns z = Qᵀy (n,k) that were carried there, where A = QTQᵀ was
/// reduced elsewhere.
#[cfg(feature = "mpi")]
pub(crate) fn from_tridiagonal(
    (diagonal, off_diagonal): (Vec<f64>, Vec<f64>),
    mut z: Array2<f64>,
    sums: Sums,
    told: &(dyn Fn(f64) + Sync),
) -> Result<Reduced> {
    let _one = OneThread::new();
    let values = divide::eigenvalues(band::Tridiagonal { diagonal, off_diagonal }, &mut z, told)?;
    Ok(Reduced { values, targets: z, sums })
}

/// Which part of the time each step takes, for whoever waits.
struct Parts {
    n: f64,
    first: f64,
    second: f64,
    third: f64,
}

impl Parts {
    /// From the operations; those of the second and third step, which are not matrix products, take about 4 and 2.5 times as long
    /// (measured).
    fn of(n: usize, width: usize, columns: usize) -> Self {
        let (n, width, columns) = (n as f64, width as f64, columns as f64);
        let (first, second, third) = (
            4.0 / 3.0 * n * n * n,
            4.0 * n * n * (6.0 * width + 2.0 * columns),
            2.5 * n * n * (40.0 + columns),
        );
        let all = first + second + third;
        Parts { n, first: first / all, second: second / all, third: third / all }
    }

    fn first(&self, column: usize) -> f64 {
        self.first * (1.0 - (1.0 - column as f64 / self.n).powi(3))
    }

    fn second(&self, share: f64) -> f64 {
        self.first + self.second * share
    }

    fn third(&self, share: f64) -> f64 {
        self.first + self.second + self.third * share
    }
}
