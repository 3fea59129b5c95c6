//! A distributed reduction under way on disk: a file for each rank.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::scalapack::{Matrix, Reduction};
use super::stop;
use super::world::World;
use crate::checkpoint::{Checkpoint, get, put};
use crate::error::{Error, Result};
use crate::progress::warn;
use crate::reduction::Sums;
use crate::session::Session;
use crate::store::Key;

/// Raised when a file under way means something else.
const REVISION: u32 = 1;
/// Writing takes at most one part in so many of the time,
const SHARE: u32 = 20;
/// but no more than this is ever lost.
const LONGEST: Duration = Duration::from_secs(600);

/// What belongs to all ranks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    /// The largest entry of K.
    pub(super) largest: f64,
    /// ε of K's entries.
    pub(super) epsilon: f64,
    pub(super) sums: Sums,
}

/// Where it is kept: half of K's n² numbers in the files of all ranks together. The names of the files have the column at which they
/// were written, and an older file is removed once every rank has a newer one.
#[derive(Debug)]
pub(super) struct Saving {
    folder: PathBuf,
    key: Key,
    /// How the names of this rank's files begin.
    beginning: String,
    every: Duration,
}

/// The numbers beside the matrix that a file gave.
pub(super) struct Restored {
    pub(super) column: usize,
    vectors: [Vec<f64>; 3],
}

impl Restored {
    /// With the matrix that was read with them.
    pub(super) fn of(self, matrix: Matrix) -> Reduction {
        let [diagonal, below, factors] = self.vectors;
        Reduction { diagonal, below, factors, column: self.column, ..Reduction::new(matrix) }
    }
}

impl Saving {
    /// Of what `parameters` say, dealt as `layout` says. Another number of ranks, grid or block is another computation.
    pub(super) fn new<P: Serialize>(
        folder: &Path,
        parameters: &P,
        layout: Layout,
        rank: usize,
        every: Duration,
    ) -> Result<Saving> {
        let Layout { n, block, grid } = layout;
        let dealt = (n, block, grid.rows, grid.columns);
        let of_all = Key::new("distributed-reduction", REVISION, &(parameters, dealt))?;
        let key = Key::new("distributed-reduction", REVISION, &(parameters, dealt, rank))?;
        fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        let beginning = format!("ntk-mpi-{}-rank{rank}-column", &of_all.digest()[..16]);
        Ok(Saving { folder: folder.to_path_buf(), key, beginning, every })
    }

    pub(super) fn clock(&self) -> Clock<'_> {
        Clock { saving: self, last: Instant::now(), cost: Duration::ZERO }
    }

    fn path(&self, column: usize) -> PathBuf {
        self.folder.join(format!("{}{column}.checkpoint", self.beginning))
    }

    /// The columns at which this rank's files were written, the last ones first.
    fn columns(&self) -> Vec<usize> {
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let column = |name: std::ffi::OsString| {
            name.to_string_lossy().strip_prefix(&self.beginning)?.strip_suffix(".checkpoint")?.parse().ok()
        };
        let mut columns: Vec<usize> = names.filter_map(column).collect();
        columns.sort_unstable_by(|a, b| b.cmp(a));
        columns
    }

    /// The last state that every rank has, with `matrix` filled from it.
    ///
    /// # Errors
    /// [`Error::Format`] for a damaged file, of any rank.
    pub(super) fn read(
        &self,
        world: &World,
        layout: Layout,
        matrix: &mut Matrix,
    ) -> Result<Option<(Restored, Head)>> {
        let own: Vec<u64> = self.columns().into_iter().chain([0, 0]).take(2).map(|c| c as u64).collect();
        let all = world.everybodys(&own);
        let everywhere = |column: &&u64| **column > 0 && all.chunks(2).all(|pair| pair.contains(column));
        let Some(&column) = own.iter().filter(everywhere).max() else { return Ok(None) };
        let file = Checkpoint::at(self.path(column as usize));
        let read = file.read_with(&self.key, |_: &Head, words, input| {
            if words != words_of(matrix, layout) {
                return Err(io::Error::other("it holds another number of values than this rank has"));
            }
            read_numbers(matrix, layout, input)
        });
        let read = world.agree(read)?;
        stop::kept(format!("column {column} of {} in {}", layout.n, self.folder.display()));
        Ok(read.map(|(head, vectors)| (Restored { column: column as usize, vectors }, head)))
    }

    fn write(&self, state: &Reduction, layout: Layout, head: &Head) -> Result<()> {
        let file = Checkpoint::at(self.path(state.column));
        file.write_with(&self.key, head, words_of(&state.matrix, layout), |out| {
            write_numbers(state, layout, out)
        })
    }

    /// Removes this rank's files but the one of `column`.
    fn remove_others(&self, column: usize) {
        for other in self.columns().into_iter().filter(|other| *other != column) {
            Checkpoint::at(self.path(other)).remove();
        }
    }

    /// Removes what a finished computation has left.
    pub(super) fn remove(&self) {
        self.remove_others(usize::MAX);
    }
}

/// Numbers in this rank's file: its part of K on and below the diagonal, and three for each of its columns.
fn words_of(matrix: &Matrix, layout: Layout) -> u64 {
    let parts = layout.lower(&matrix.rows, &matrix.columns);
    let lower: usize = parts.iter().map(|(rows, columns)| rows.len() * columns.len()).sum();
    (lower + 3 * matrix.columns.len()) as u64
}

fn write_numbers(state: &Reduction, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let matrix = &state.matrix;
    let mut column_of_numbers = Vec::new();
    for (rows, columns) in layout.lower(&matrix.rows, &matrix.columns) {
        for column in columns {
            column_of_numbers.clear();
            column_of_numbers.extend(rows.clone().map(|row| matrix.own[[row, column]]));
            put(out, &column_of_numbers)?;
        }
    }
    let own = matrix.columns.len();
    [&state.diagonal, &state.below, &state.factors].iter().try_for_each(|vector| put(out, &vector[..own]))
}

fn read_numbers(matrix: &mut Matrix, layout: Layout, input: &mut dyn Read) -> io::Result<[Vec<f64>; 3]> {
    let mut numbers = Vec::new();
    for (rows, columns) in layout.lower(&matrix.rows, &matrix.columns) {
        for column in columns {
            numbers.resize(rows.len(), 0.0);
            get(input, &mut numbers)?;
            rows.clone().zip(&numbers).for_each(|(row, value)| matrix.own[[row, column]] = *value);
        }
    }
    let own = matrix.columns.len();
    let mut vectors = [(); 3].map(|()| vec![0.0; own.max(1)]);
    vectors.iter_mut().try_for_each(|vector| get(input, &mut vector[..own]))?;
    Ok(vectors)
}

/// When it was last written, and how long that took.
pub(super) struct Clock<'a> {
    saving: &'a Saving,
    last: Instant,
    cost: Duration,
}

impl Clock<'_> {
    /// Writes the files, where rank 0 finds that it is time to. A disk that is full ends no computation.
    pub(super) fn save(
        &mut self,
        world: &World,
        layout: Layout,
        state: &Reduction,
        head: &Head,
        session: &Session,
    ) {
        let due = self.last.elapsed() >= self.saving.every.max((self.cost * SHARE).min(LONGEST));
        if !world.first_says(due) {
            return;
        }
        let begun = Instant::now();
        let (n, column) = (layout.n, state.column);
        match world.agree(self.saving.write(state, layout, head)) {
            Ok(()) => {
                self.saving.remove_others(column);
                stop::kept(format!("column {column} of {n} in {}", self.saving.folder.display()));
                session.note(&format!(
                    "kept at column {column} of {n} ({:.1} s)",
                    begun.elapsed().as_secs_f64()
                ));
            }
            Err(error) => {
                // What some of the ranks have written is of no use; what was there before still is.
                Checkpoint::at(self.saving.path(column)).remove();
                if world.is_first() {
                    warn(&format!("the reduction goes on, but is not kept: {error}"));
                }
            }
        }
        (self.last, self.cost) = (Instant::now(), begun.elapsed());
    }
}
