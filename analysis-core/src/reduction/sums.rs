//! What a decomposition must add up to, from the matrix itself.

use std::sync::{Mutex, PoisonError};

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use serde::{Deserialize, Serialize};

use super::rounds::rounds;
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
    let parts: Vec<Mutex<ArrayViewMut2<f64>>> =
        product.axis_chunks_iter_mut(Axis(0), tiles.side()).map(Mutex::new).collect();
    for pairs in rounds(tiles.count()) {
        pairs.into_par_iter().with_max_len(1).for_each(|(i, j)| {
            let tile = tiles.tile(i, j).mapv(Into::<f64>::into);
            let rows = |i: usize| y.slice(s![tiles.rows(i), ..]);
            let add = |part: &Mutex<ArrayViewMut2<f64>>, a: ArrayView2<f64>, y: ArrayView2<f64>| {
                let mut sum = part.lock().unwrap_or_else(PoisonError::into_inner);
                gemm(one, 1.0, a, y, 1.0, sum.view_mut());
            };
            add(&parts[i], tile.view(), rows(j));
            if i != j {
                add(&parts[j], tile.t(), rows(i));
            }
        });
    }
    drop(parts);
    product
}
