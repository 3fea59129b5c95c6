//! Half of a symmetric matrix, as square tiles.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ndarray::{Array2, ArrayViewMut2};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::memory::Bytes;

/// Rows and columns of a tile: 512 KiB in double precision, which stays in the second-level cache between the two products
/// that every panel makes with it.
pub(crate) const SIDE: usize = 256;

/// The tiles on and below the diagonal of a symmetric A (n,n); those on the diagonal are whole. Tile (I,J), J ≤ I, stands at
/// I(I+1)/2 + J; those at the end are smaller where `side` does not divide n. Each has a lock, so that threads can work on
/// different ones at once.
#[derive(Debug)]
pub(crate) struct Tiles<T> {
    n: usize,
    side: usize,
    tiles: Vec<Mutex<Array2<T>>>,
}

impl<T: Real> Tiles<T> {
    /// Bytes for A (n,n).
    pub(crate) fn memory(n: usize) -> Bytes {
        let count = n.div_ceil(SIDE);
        Bytes::of::<T>(SIDE, SIDE / 2) * count * (count + 1)
    }

    /// Computes every tile: `fill(rows, columns, tile)`, from many threads.
    pub(crate) fn fill(
        n: usize,
        side: usize,
        fill: impl Fn(Range<usize>, Range<usize>, ArrayViewMut2<T>) -> Result<()> + Sync,
    ) -> Result<Self> {
        let empty = Tiles { n, side, tiles: Vec::new() };
        let places: Vec<(usize, usize)> = empty.places().collect();
        let make = |&(i, j): &(usize, usize)| -> Result<Mutex<Array2<T>>> {
            let (rows, columns) = (empty.rows(i), empty.rows(j));
            let mut tile = Array2::zeros((rows.len(), columns.len()));
            fill(rows, columns, tile.view_mut())?;
            Ok(Mutex::new(tile))
        };
        let tiles = places.par_iter().with_max_len(1).map(make).collect::<Result<_>>()?;
        Ok(Tiles { tiles, ..empty })
    }

    /// Tiles that were made before, in order; an empty one where it is not needed any more.
    pub(super) fn from_parts(n: usize, side: usize, tiles: Vec<Array2<T>>) -> Result<Self> {
        let made = Tiles { n, side, tiles: tiles.into_iter().map(Mutex::new).collect() };
        if made.tiles.len() == made.places().count() {
            return Ok(made);
        }
        Err(Error::shape("tiles of a symmetric matrix", made.places().count(), made.tiles.len()))
    }

    pub(crate) fn n(&self) -> usize {
        self.n
    }

    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// Tiles in a row of tiles through the whole matrix.
    pub(super) fn count(&self) -> usize {
        self.n.div_ceil(self.side)
    }

    /// (I,J) of every tile, in their order.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        (0..self.count()).flat_map(|i| (0..=i).map(move |j| (i, j)))
    }

    /// The matrix's rows (or columns) in tile row I.
    pub(super) fn rows(&self, i: usize) -> Range<usize> {
        i * self.side..((i + 1) * self.side).min(self.n)
    }

    /// Tile (I,J), J ≤ I.
    pub(super) fn tile(&self, i: usize, j: usize) -> MutexGuard<'_, Array2<T>> {
        self.tiles[i * (i + 1) / 2 + j].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the memory of the tile columns `columns` back.
    pub(super) fn release(&self, columns: Range<usize>) {
        for j in columns {
            (j..self.count()).for_each(|i| *self.tile(i, j) = Array2::zeros((0, 0)));
        }
    }
}
