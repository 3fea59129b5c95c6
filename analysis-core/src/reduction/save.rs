//! A reduction under way on disk.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::band::Band;
use super::sums::Sums;
use super::tiles::Tiles;
use super::to_band::ToBand;
use crate::checkpoint::{Checkpoint, get, put};
use crate::error::Result;
use crate::linalg::Real;
use crate::progress::warn;
use crate::session::Session;
use crate::store::Key;

/// Writing takes at most one part in so many of the time,
const SHARE: u32 = 20;
/// but no more than this is ever lost: a disk that is slow for once must not put the next time off for an hour.
const LONGEST: Duration = Duration::from_secs(600);

/// Where a reduction is kept while it is under way. The file holds what is left of the matrix: half of n² numbers at first (14.4 GB
/// at n = 60,000 in double precision), an eighth of that when half of the columns are done, and in the end the band and the
/// columns alone; from there, the rest is minutes.
#[derive(Debug)]
pub(crate) struct Saving {
    file: Checkpoint,
    key: Key,
    every: Duration,
}

/// What stands in the file before the numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    n: usize,
    side: usize,
    width: usize,
    column: usize,
    /// Columns of (V W); 0 where nothing is pending.
    pending: usize,
    /// Columns of y.
    targets: usize,
    sums: Sums,
}

impl Saving {
    /// Of the computation `key`, in `folder`, which is made.
    pub(crate) fn new(folder: &Path, key: Key, every: Duration) -> Result<Saving> {
        let file = Checkpoint::at(folder.join(format!("reduction-{}.checkpoint", &key.digest()[..16])));
        file.make_folder()?;
        Ok(Saving { file, key, every })
    }

    pub(super) fn clock(&self) -> Clock<'_> {
        Clock { saving: self, last: Instant::now(), cost: Duration::ZERO }
    }

    /// What is kept for a matrix and columns y of this shape.
    pub(super) fn read<T: Real>(&self, y: (usize, usize)) -> Result<Option<(ToBand<T>, Sums)>> {
        let read = self.file.read_with(&self.key, |head: &Head, words, input| {
            let other = || io::Error::other("it holds a matrix of another size");
            if (head.n, head.targets) != y
                || head.side == 0
                || head.column > head.n
                || words != head.words::<T>()
            {
                return Err(other());
            }
            let band = Band { width: head.width, values: get_array(input, (head.n, head.width + 1))? };
            let z = get_array(input, (head.n, head.targets))?;
            let pending = (head.pending > 0)
                .then(|| get_array(input, (head.n - head.column, head.pending)))
                .transpose()?;
            let tiles = head.tiles().map(|shape| get_array(input, shape)).collect::<io::Result<Vec<_>>>()?;
            let mut padding = vec![T::zero(); head.padding::<T>()];
            get(input, &mut padding)?;
            let tiles = Tiles::from_parts(head.n, head.side, tiles).map_err(|_| other())?;
            Ok(ToBand { tiles, column: head.column, pending, band, z })
        })?;
        Ok(read.map(|(head, state)| (state, head.sums)))
    }

    fn write<T: Real>(&self, state: &ToBand<T>, sums: &Sums) -> Result<()> {
        let tiles = &state.tiles;
        let head = Head {
            n: tiles.n(),
            side: tiles.side(),
            width: state.band.width,
            column: state.column,
            pending: state.pending.as_ref().map_or(0, Array2::ncols),
            targets: state.z.ncols(),
            sums: sums.clone(),
        };
        self.file.write_with(&self.key, &head, head.words::<T>(), |out| {
            for values in [&state.band.values, &state.z] {
                put_array(out, values)?;
            }
            state.pending.iter().try_for_each(|pending| put_array(out, pending))?;
            tiles.places().try_for_each(|(i, j)| put_array(out, &tiles.tile(i, j)))?;
            put(out, &vec![T::zero(); head.padding::<T>()])
        })
    }
}

impl Head {
    /// Rows and columns of each tile that is left, (0, 0) for one that is not needed any more.
    fn tiles(&self) -> impl Iterator<Item = (usize, usize)> {
        let (n, side, first) = (self.n, self.side, self.column / self.side);
        let size = move |i: usize| ((i + 1) * side).min(n) - i * side;
        (0..n.div_ceil(side)).flat_map(move |i| {
            (0..=i).map(move |j| if j < first || self.column == n { (0, 0) } else { (size(i), size(j)) })
        })
    }

    /// Numbers of precision T in the file.
    fn own(&self) -> usize {
        let tiles: usize = self.tiles().map(|(rows, columns)| rows * columns).sum();
        tiles + (self.n - self.column) * self.pending
    }

    /// Numbers that fill the last eight bytes.
    fn padding<T: Real>(&self) -> usize {
        let whole = 8 / size_of::<T>();
        self.own().next_multiple_of(whole) - self.own()
    }

    fn words<T: Real>(&self) -> u64 {
        let double = self.n * (self.width + 1 + self.targets);
        (double + (self.own() + self.padding::<T>()) * size_of::<T>() / 8) as u64
    }
}

/// Writes an array row by row.
fn put_array<T: Real>(out: &mut dyn io::Write, values: &Array2<T>) -> io::Result<()> {
    let numbers = values.as_slice().ok_or_else(|| io::Error::other("an array is not in row-major order"))?;
    put(out, numbers)
}

/// Reads an array of this shape.
fn get_array<T: Real>(input: &mut dyn io::Read, shape: (usize, usize)) -> io::Result<Array2<T>> {
    let mut numbers = vec![T::zero(); shape.0 * shape.1];
    get(input, &mut numbers)?;
    Array2::from_shape_vec(shape, numbers).map_err(io::Error::other)
}

/// When it was last written, and how long that took.
pub(super) struct Clock<'a> {
    saving: &'a Saving,
    last: Instant,
    cost: Duration,
}

impl Clock<'_> {
    /// Writes the file, where it is time to, or `now`. A disk that is full ends no computation: the next try is later.
    pub(super) fn save<T: Real>(&mut self, state: &ToBand<T>, sums: &Sums, now: bool, session: &Session) {
        if !now && self.last.elapsed() < self.saving.every.max((self.cost * SHARE).min(LONGEST)) {
            return;
        }
        let begun = Instant::now();
        match self.saving.write(state, sums) {
            Ok(()) => session.note(&format!(
                "kept at column {} of {} ({:.1} s)",
                state.column,
                state.tiles.n(),
                begun.elapsed().as_secs_f64()
            )),
            Err(error) => warn(&format!("the reduction goes on, but is not kept: {error}")),
        }
        (self.last, self.cost) = (Instant::now(), begun.elapsed());
    }
}
