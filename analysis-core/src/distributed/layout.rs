//! Which rank has which blocks of a matrix.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::check;
use crate::error::{Error, Result};

/// The ranks as a rectangle: rank r stands in row r / columns and column r % columns.
///
/// # Examples
/// ```
/// use analysis_core::distributed::Grid;
/// assert_eq!("2x3".parse::<Grid>()?, Grid { rows: 2, columns: 3 });
/// assert_eq!(Grid::squarest(12), Grid { rows: 3, columns: 4 });
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Rows of ranks.
    pub rows: usize,
    /// Ranks in each.
    pub columns: usize,
}

impl Grid {
    /// The grid of so many ranks that is nearest to a square, which sends least.
    pub fn squarest(ranks: usize) -> Grid {
        let rows = (1..=ranks.isqrt().max(1)).rev().find(|rows| ranks.is_multiple_of(*rows)).unwrap_or(1);
        Grid { rows, columns: ranks / rows }
    }

    /// Row and column of a rank.
    pub(super) fn place(self, rank: usize) -> (usize, usize) {
        (rank / self.columns, rank % self.columns)
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)
    }
}

impl FromStr for Grid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let sides = text.split_once(['x', 'X']).and_then(|(rows, columns)| {
            Some(Grid { rows: rows.parse().ok()?, columns: columns.parse().ok()? })
        });
        sides
            .filter(|grid| grid.rows > 0 && grid.columns > 0)
            .ok_or_else(|| Error::parameter("grid", text, "must be ROWSxCOLUMNS, for instance 2x4"))
    }
}

/// How a matrix is dealt to the ranks. `Default`: the squarest grid, blocks of 64 columns, or fewer so that every rank has one.
///
/// # Examples
/// ```
/// use analysis_core::distributed::Distribution;
/// assert!(Distribution::default().check(3000, 8).is_ok());
/// assert!(Distribution::default().check(3, 16).unwrap_err().to_string().contains("ranks"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Distribution {
    /// The grid of ranks; its sides' product must be their number.
    pub grid: Option<Grid>,
    /// Rows and columns of a block.
    pub block: Option<usize>,
}

impl Distribution {
    /// Refuses what n rows on so many ranks cannot be dealt by.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a grid of another number of ranks, or with fewer blocks than ranks in a row or column.
    pub fn check(&self, n: usize, ranks: usize) -> Result<()> {
        self.layout(n, ranks).map(drop)
    }

    pub(super) fn layout(&self, n: usize, ranks: usize) -> Result<Layout> {
        let grid = self.grid.unwrap_or(Grid::squarest(ranks));
        let why = format!("must have as many places as there are ranks, {ranks}");
        check::refuse(grid.rows.checked_mul(grid.columns) != Some(ranks), "grid", grid, why)?;
        let side = grid.rows.max(grid.columns);
        let block = self.block.unwrap_or((n / side).clamp(1, 64));
        let tiles = n.div_ceil(block.max(1));
        check::refuse(block == 0 || block > 1 << 15, "block", block, "must be from 1 to 32768")?;
        let why = format!(
            "on a grid {grid}, K has only {tiles} by {tiles} blocks of {block} rows, so a rank would have none: take fewer \
             ranks, or a smaller --block"
        );
        check::refuse(tiles < side, "ranks", ranks, why)?;
        // ScaLAPACK counts what a rank holds in 32 bits.
        let own = share(n, block, 0, grid.rows).saturating_mul(share(n, block, 0, grid.columns));
        let why = format!(
            "each would hold {own} numbers of K, and ScaLAPACK counts to {}: take more ranks",
            i32::MAX
        );
        check::refuse(own > i32::MAX as usize, "ranks", ranks, why)?;
        Ok(Layout { n, block, grid })
    }
}

/// How many of n rows the process at `place` of `places` has.
fn share(n: usize, block: usize, place: usize, places: usize) -> usize {
    let (whole, rest) = (n / block, n % block);
    let blocks = whole / places + usize::from(place < whole % places);
    blocks * block + if place == whole % places { rest } else { 0 }
}

/// A matrix of n rows, or as many rows as it has, dealt to a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) n: usize,
    pub(super) block: usize,
    pub(super) grid: Grid,
}

impl Layout {
    /// The rows (or columns) of the process at `place` of `places`, in the order in which it holds them.
    fn of(&self, place: usize, places: usize) -> Vec<usize> {
        (place * self.block..self.n)
            .step_by(places * self.block)
            .flat_map(|start| start..self.n.min(start + self.block))
            .collect()
    }

    /// The matrix's rows that a row of the grid holds.
    pub(super) fn rows(&self, place: usize) -> Vec<usize> {
        self.of(place, self.grid.rows)
    }

    /// The matrix's columns that a column of the grid holds.
    pub(super) fn columns(&self, place: usize) -> Vec<usize> {
        self.of(place, self.grid.columns)
    }

    /// The parts of a rank's matrix on and below the diagonal: for each of its blocks of columns, these columns and the rows from
    /// the diagonal block on, both as it counts them. Nothing else of it is ever read.
    pub(super) fn lower(&self, rows: &[usize], columns: &[usize]) -> Vec<(Range<usize>, Range<usize>)> {
        (0..columns.len())
            .step_by(self.block)
            .map(|start| {
                let diagonal = columns[start];
                let first = rows.partition_point(|row| *row < diagonal);
                (first..rows.len(), start..columns.len().min(start + self.block))
            })
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Every entry has one owner, and the lower parts hold the lower triangle once.
    #[test]
    fn every_entry_has_one_owner() {
        for (n, block, grid) in
            [(10, 3, "2x3"), (64, 64, "1x1"), (100, 7, "4x1"), (100, 13, "1x4"), (9, 2, "3x2")]
        {
            let grid: Grid = grid.parse().unwrap();
            let ranks = grid.rows * grid.columns;
            let layout = Distribution { grid: Some(grid), block: Some(block) }.layout(n, ranks).unwrap();
            let mut seen = vec![0; n * n];
            for rank in 0..ranks {
                let (p, q) = grid.place(rank);
                let (rows, columns) = (layout.rows(p), layout.columns(q));
                assert_eq!(rows.len(), share(n, block, p, grid.rows));
                assert_eq!(columns.len(), share(n, block, q, grid.columns));
                for (part, its_columns) in layout.lower(&rows, &columns) {
                    for row in part {
                        its_columns.clone().for_each(|column| seen[rows[row] * n + columns[column]] += 1);
                    }
                }
            }
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let expected = usize::from(i / block >= j / block);
                assert_eq!(seen[i * n + j], expected, "({i}, {j})");
            }
        }
    }

    #[test]
    fn what_cannot_be_dealt_is_refused() {
        let with = |grid: Option<&str>, block| Distribution { grid: grid.map(|g| g.parse().unwrap()), block };
        assert!(with(Some("2x2"), None).check(100, 3).is_err());
        assert!(with(None, Some(50)).check(100, 4).is_ok());
        assert!(with(None, Some(51)).check(101, 9).is_err());
        assert!(with(None, Some(0)).check(100, 1).is_err());
        assert!(Distribution::default().check(60_000, 1).unwrap_err().to_string().contains("more ranks"));
        assert!(Distribution::default().check(60_000, 4).is_ok());
        assert!(["2", "0x2", "2x", "axb"].iter().all(|text| text.parse::<Grid>().is_err()));
        assert_eq!([1, 2, 4, 7, 64].map(|ranks| Grid::squarest(ranks).rows), [1, 1, 2, 1, 8]);
    }
}
