//! From a band to a tridiagonal matrix by bulge chasing: the second stage of the reduction.
//!
//! Sweep s makes column s tridiagonal. A reflector H₀ on the next b rows annihilates what the column has below its first
//! off-diagonal number β. As a similarity, A ← H₀AH₀, it acts on the diagonal block D₀ of these rows from both sides, and from
//! the right on the block B below, which it fills: the bulge (+). Of the bulge only the first column has to go, since the
//! next sweep makes room for the others. H₁ on the rows of B does that; it is applied to B from the left, to the next
//! diagonal block from both sides, fills the block below that, and so on to the end of the band. For b = 3:
//!
//! ```text
//! s      x                   x                       x
//! s + 1  x x                 β x                     β x
//! s + 2  x x x        H₀     0 x x            H₁     0 x x
//! s + 3  x x x x      →      0 x x x          →      0 x x x
//! s + 4    x x x x             x x x x                 β x x x
//! s + 5      x x x x           + x x x x               0 x x x x
//! s + 6        x x x x         + + x x x x             0 x x x x x
//! ```
//!
//! Every reflector also goes to its rows of z, so that z becomes Qᵀz; none is kept. That makes 6n²b operations for the
//! matrix and 2n²k for z. Sweeps follow one another down the band on several threads (`pipeline`). This is the
//! column-wise bulge chasing of LAPACK's `dsytrd_sb2st` (Haidar, Ltaief and Dongarra 2011).

mod bulge;
mod diagonal;
mod lanes;
mod pipeline;
mod reflector;
mod rows;
mod step;
mod store;
#[cfg(test)]
mod tests;
mod update;

use ndarray::Array2;

use pipeline::Pipeline;
use step::InstructionSet;
use store::Store;

use super::band::{Band, Tridiagonal};

/// Reduces A to T = QᵀAQ by Householder reflections, and replaces z (n, k) by Qᵀz. `told(fraction)` is called now and then with
/// the share of the work that is done, from several threads, and not always in order.
///
/// It works on the threads of the current rayon pool; the bytes do not depend on how many there are, nor on the processor.
/// The signs of the off-diagonal numbers are as they come. NaN in A gives NaN in T.
pub(super) fn chase(band: Band, z: &mut Array2<f64>, told: &(dyn Fn(f64) + Sync)) -> Tridiagonal {
    let set = InstructionSet::best();
    chase_with(band, z, told, set, None)
}

/// [`chase`] with an instruction set and sweeps a group.
fn chase_with(
    band: Band,
    z: &mut Array2<f64>,
    told: &(dyn Fn(f64) + Sync),
    set: InstructionSet,
    group: Option<usize>,
) -> Tridiagonal {
    let mut store = Store::new(&band, z);
    drop(band);
    if store.width > 1 {
        Pipeline::new(store.share(), set, group).run(told);
        store.copy_z(z);
    }
    let size = store.size;
    Tridiagonal {
        diagonal: (0..size).map(|j| store.entry(j, 0)).collect(),
        off_diagonal: (0..size.saturating_sub(1))
            .map(|j| if store.width > 0 { store.entry(j, 1) } else { 0.0 })
            .collect(),
    }
}
