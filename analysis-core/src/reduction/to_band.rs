//! Full → band, by matrix products.

use std::convert::Infallible;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};

use super::band::Band;
use super::rounds::on_pairs;
use super::tiles::Tiles;
use crate::linalg::{OneThread, PanelQr, Real, gemm, panel_qr};

/// A under way to the band matrix QᵀAQ of half-width b, panel by panel of b columns: below the band, a panel P = Q_P(R; 0);
/// from both sides, Q_PᵀAQ_P = A − VWᵀ − WVᵀ on the rows and columns that follow, with W = YT − ½V(TᵀVᵀYT), Y = AV,
/// Q_P = I − VTVᵀ. That subtraction waits for the next panel's sweep, so that a tile is read once a panel: the
/// subtraction first, then its part of the next Y.
#[derive(Debug)]
pub(super) struct ToBand<T> {
    /// What is left of A: its rows and columns from `column` on, but for `pending`.
    pub(super) tiles: Tiles<T>,
    /// How many columns are finished.
    pub(super) column: usize,
    /// (V W), still to be subtracted as VWᵀ + WVᵀ from rows and columns `column`..n: (n − column, 2k).
    pub(super) pending: Option<Array2<T>>,
    /// The columns that are finished.
    pub(super) band: Band,
    /// Qᵀy (n,k).
    pub(super) z: Array2<f64>,
}

impl<T: Real> ToBand<T> {
    pub(super) fn new(tiles: Tiles<T>, width: usize, y: Array2<f64>) -> Self {
        let values = Array2::zeros((tiles.n(), width + 1));
        ToBand { tiles, column: 0, pending: None, band: Band { width, values }, z: y }
    }

    /// One panel. False where it was the last one.
    pub(super) fn step(&mut self, one: &OneThread) -> bool {
        let (n, start, width) = (self.tiles.n(), self.column, self.band.width);
        let columns = width.min(n - start);
        let panel = self.panel(one, columns);
        for j in 0..columns {
            (j..columns).for_each(|i| self.band.values[[start + j, i - j]] = panel[[i, j]].into());
        }
        let low = start + columns;
        if low >= n {
            self.tiles.release(start / self.tiles.side()..self.tiles.count());
            (self.pending, self.column) = (None, n);
            return false;
        }
        let PanelQr { v, t, r } = panel_qr(one, panel.slice(s![columns.., ..]));
        for ((i, j), value) in r.indexed_iter().filter(|((i, j), _)| i <= j) {
            self.band.values[[start + j, columns + i - j]] = (*value).into();
        }
        turn_targets(one, v.view(), t.view(), self.z.slice_mut(s![low.., ..]), self.tiles.side());
        let y = self.sweep(one, low, v.view());
        self.pending = Some(update(one, v.view(), t.view(), y.view(), self.tiles.side()));
        self.column = low;
        self.tiles.release(start / self.tiles.side()..low / self.tiles.side());
        true
    }

    /// A[column.., column..column + `columns`] with what is pending subtracted; above its diagonal, anything.
    fn panel(&self, one: &OneThread, columns: usize) -> Array2<T> {
        let (start, side) = (self.column, self.tiles.side());
        let mut panel = Array2::zeros((self.tiles.n() - start, columns));
        let (first, last) = (start / side, (start + columns - 1) / side);
        for j in first..=last {
            let range = self.tiles.rows(j);
            let (from, to) = (range.start.max(start), range.end.min(start + columns));
            for i in j..self.tiles.count() {
                let rows = self.tiles.rows(i);
                let top = rows.start.max(start);
                let tile = self.tiles.tile(i, j);
                let part = tile.slice(s![top - rows.start.., from - range.start..to - range.start]);
                panel.slice_mut(s![top - start..rows.end - start, from - start..to - start]).assign(&part);
            }
        }
        if let Some(pending) = &self.pending {
            let (v, w) = halves(pending.view());
            let (v_top, w_top) = (v.slice(s![..columns, ..]), w.slice(s![..columns, ..]));
            let blocks = panel.axis_chunks_iter_mut(Axis(0), side).into_par_iter();
            blocks.zip(pending.axis_chunks_iter(Axis(0), side)).for_each(|(mut block, rows)| {
                let (v, w) = halves(rows);
                gemm(one, -1.0, v, w_top.t(), 1.0, block.view_mut());
                gemm(one, -1.0, w, v_top.t(), 1.0, block);
            });
        }
        panel
    }

    /// Subtracts what is pending from every tile of rows and columns `low`..n, and returns Y = AV of what is left there, V
    /// and Y (n − low, k).
    fn sweep(&self, one: &OneThread, low: usize, v: ArrayView2<T>) -> Array2<T> {
        let (tiles, start) = (&self.tiles, self.column);
        let first = low / tiles.side();
        // The rows of a tile row that are left, and their places within the tile.
        let rows = |i: usize| tiles.rows(i).start.max(low)..tiles.rows(i).end;
        let within = |i: usize| rows(i).start - tiles.rows(i).start;
        // (W V) beside (V W): VWᵀ + WVᵀ is one product, (V W)(W V)ᵀ.
        let swapped = self.pending.as_ref().map(|pending| {
            let (v, w) = halves(pending.view());
            ndarray::concatenate![Axis(1), w, v]
        });
        let mut y = Array2::zeros((tiles.n() - low, v.ncols()));
        let parts = blocks(y.view_mut(), (first..tiles.count()).map(|i| rows(i).len()));
        let Ok(_) = on_pairs(parts, |a, b, own, other| {
            let (i, j) = (first + a, first + b);
            let mut tile = tiles.tile(i, j);
            let mut tile = tile.slice_mut(s![within(i).., within(j)..]);
            if let (Some(left), Some(right)) = (&self.pending, &swapped) {
                let of = |i: usize| s![rows(i).start - start..rows(i).end - start, ..];
                gemm(one, -1.0, left.slice(of(i)), right.slice(of(j)).t(), 1.0, tile.view_mut());
            }
            let v_of = |i: usize| v.slice(s![rows(i).start - low..rows(i).end - low, ..]);
            gemm(one, 1.0, tile.view(), v_of(j), 1.0, own.view_mut());
            if let Some(other) = other {
                gemm(one, 1.0, tile.t(), v_of(i), 1.0, other.view_mut());
            }
            Ok::<(), Infallible>(())
        });
        y
    }
}

/// V and W of (V W).
fn halves<T>(both: ArrayView2<T>) -> (ArrayView2<T>, ArrayView2<T>) {
    let k = both.ncols() / 2;
    both.split_at(Axis(1), k)
}

/// A matrix in blocks of so many rows.
fn blocks<T>(mut rest: ArrayViewMut2<T>, rows: impl Iterator<Item = usize>) -> Vec<ArrayViewMut2<T>> {
    let mut parts = Vec::new();
    for rows in rows {
        let (part, after) = rest.split_at(Axis(0), rows);
        parts.push(part);
        rest = after;
    }
    parts
}

/// (V W) (m,2k) with W = YT − ½V(TᵀVᵀYT).
fn update<T: Real>(
    one: &OneThread,
    v: ArrayView2<T>,
    t: ArrayView2<T>,
    y: ArrayView2<T>,
    side: usize,
) -> Array2<T> {
    let k = t.nrows();
    let (mut vyt, mut middle) = (Array2::zeros((k, k)), Array2::zeros((k, k)));
    gemm(one, 1.0, transposed_times(one, v, y, side).view(), t, 0.0, vyt.view_mut());
    gemm(one, 1.0, t.t(), vyt.view(), 0.0, middle.view_mut());
    let mut both = Array2::zeros((v.nrows(), 2 * k));
    let blocks = both.axis_chunks_iter_mut(Axis(0), side).into_par_iter();
    blocks.zip(v.axis_chunks_iter(Axis(0), side)).zip(y.axis_chunks_iter(Axis(0), side)).for_each(
        |((both, v), y)| {
            let (mut own, mut w) = both.split_at(Axis(1), k);
            own.assign(&v);
            gemm(one, 1.0, y, t, 0.0, w.view_mut());
            gemm(one, -0.5, v, middle.view(), 1.0, w);
        },
    );
    both
}

/// z ← (I − VTᵀVᵀ)z, in double precision.
fn turn_targets<T: Real>(
    one: &OneThread,
    v: ArrayView2<T>,
    t: ArrayView2<T>,
    mut z: ArrayViewMut2<f64>,
    side: usize,
) {
    let (v, t) = (v.mapv(Into::<f64>::into), t.mapv(Into::<f64>::into));
    let mut turned = Array2::zeros((t.nrows(), z.ncols()));
    gemm(one, 1.0, t.t(), transposed_times(one, v.view(), z.view(), side).view(), 0.0, turned.view_mut());
    let blocks = z.axis_chunks_iter_mut(Axis(0), side).into_par_iter();
    blocks
        .zip(v.axis_chunks_iter(Axis(0), side))
        .for_each(|(z, v)| gemm(one, -1.0, v, turned.view(), 1.0, z));
}

/// AᵀB, summed over blocks of rows in their order.
fn transposed_times<T: Real>(one: &OneThread, a: ArrayView2<T>, b: ArrayView2<T>, side: usize) -> Array2<T> {
    let blocks = a.axis_chunks_iter(Axis(0), side).into_par_iter().zip(b.axis_chunks_iter(Axis(0), side));
    let parts: Vec<Array2<T>> = blocks
        .map(|(a, b)| {
            let mut part = Array2::zeros((a.ncols(), b.ncols()));
            gemm(one, 1.0, a.t(), b, 0.0, part.view_mut());
            part
        })
        .collect();
    let mut sum = Array2::zeros((a.ncols(), b.ncols()));
    parts.iter().for_each(|part| sum += part);
    sum
}
