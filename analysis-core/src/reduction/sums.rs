//! What a decomposition must add up to, from the matrix itself.

use std::convert::Infallible;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use serde::{Deserialize, Serialize};

use super::rounds::on_pairs;
use super::tiles::Tiles;
use crate::linalg::{OneThread, Real, gemm};

/// tr A, ‖A‖_F², and for each of the columns y: ‖y‖², yᵀAy and ‖Ay‖². They are Σμ, Σμ², Σz², Σμz² and Σμ²z² of the eigenvalues μ
/// and z = Uᵀy, and cost 2n²k operations, before A is overwritten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub(crate) trace: f64,
    pub(crate) squares: f64,
    pub(crate) energy: Vec<f64>,
    pub(crate) first: Vec<f64>,
    pub(crate) second: Vec<f64>,
}

impl Sums {
    pub(crate) fn of<T: Real>(one: &OneThread, tiles: &Tiles<T>, y: ArrayView2<f64>) -> Self {
        let places: Vec<(usize, usize)> = tiles.places().collect();
        let of_tile: Vec<(f64, f64)> = places
            .par_iter()
            .map(|&(i, j)| {
                let tile = tiles.tile(i, j);
                let squares: f64 = tile.iter().map(|v| (*v).into()).map(|v: f64| v * v).sum();
                let trace: f64 =
                    if i == j { tile.diag().iter().map(|v| (*v).into()).sum::<f64>() } else { 0.0 };
                (trace, if i == j { squares } else { 2.0 * squares })
            })
            .collect();
        let product = times(one, tiles, y);
        let columns = |f: &(dyn Fn(f64, f64) -> f64 + Sync)| -> Vec<f64> {
            let pairs = y.axis_iter(Axis(1)).zip(product.axis_iter(Axis(1)));
            pairs.map(|(y, p)| y.iter().zip(p).map(|(y, p)| f(*y, *p)).sum()).collect()
        };
        Sums {
            trace: of_tile.iter().map(|part| part.0).sum(),
            squares: of_tile.iter().map(|part| part.1).sum(),
            energy: columns(&|y, _| y * y),
            first: columns(&|y, p| y * p),
            second: columns(&|_, p| p * p),
        }
    }
}

/// AY (n,k) in double precision.
fn times<T: Real>(one: &OneThread, tiles: &Tiles<T>, y: ArrayView2<f64>) -> Array2<f64> {
    let mut product = Array2::zeros(y.raw_dim());
    let parts = product.axis_chunks_iter_mut(Axis(0), tiles.side()).collect();
    let Ok(_) = on_pairs(parts, |i, j, own: &mut ArrayViewMut2<f64>, other| {
        let tile = tiles.tile(i, j).mapv(Into::<f64>::into);
        gemm(one, 1.0, tile.view(), y.slice(s![tiles.rows(j), ..]), 1.0, own.view_mut());
        if let Some(other) = other {
            gemm(one, 1.0, tile.t(), y.slice(s![tiles.rows(i), ..]), 1.0, other.view_mut());
        }
        Ok::<(), Infallible>(())
    });
    product
}
