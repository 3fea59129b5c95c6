//! Rows in panels of eight: in a panel, the eight entries of a column stand side by side, as products in vector registers
//! want them.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::Result;

/// Rows of a panel.
pub(super) const LANES: usize = 8;

/// n rows of equal length, padded with zero rows to whole panels.
#[derive(Debug)]
pub(super) struct Panels {
    columns: usize,
    values: Vec<f64>,
}

impl Panels {
    /// `write` writes row i to the zeros it is given; what it returns for each row is handed back in their order.
    ///
    /// # Errors
    /// That of the first row that has one.
    pub(super) fn new<T: Send>(
        n: usize,
        columns: usize,
        write: impl Fn(usize, &mut [f64]) -> Result<T> + Sync,
    ) -> Result<(Self, Vec<T>)> {
        let mut values = vec![0.0; n.div_ceil(LANES) * LANES * columns];
        let pack = |(panel, to): (usize, &mut [f64])| -> Result<Vec<T>> {
            let mut rows = vec![0.0; LANES * columns];
            let mut told = Vec::with_capacity(LANES);
            for (row, line) in (panel * LANES..n).zip(rows.chunks_exact_mut(columns)) {
                told.push(write(row, line)?);
            }
            for (column, to) in to.chunks_exact_mut(LANES).enumerate() {
                for (lane, to) in to.iter_mut().enumerate() {
                    *to = rows[lane * columns + column];
                }
            }
            Ok(told)
        };
        let told: Vec<Result<Vec<T>>> =
            values.par_chunks_exact_mut(LANES * columns).enumerate().map(pack).collect();
        let mut all = Vec::with_capacity(n);
        for panel in told {
            all.extend(panel?);
        }
        Ok((Panels { columns, values }, all))
    }

    /// Entries of a row.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Consecutive panels.
    pub(super) fn panels(&self, panels: Range<usize>) -> &[f64] {
        let size = LANES * self.columns;
        &self.values[panels.start * size..panels.end * size]
    }

    /// A row, copied.
    pub(super) fn row(&self, row: usize) -> Vec<f64> {
        self.panels(row / LANES..row / LANES + 1).iter().skip(row % LANES).step_by(LANES).copied().collect()
    }

    /// ‖a − b‖ and ‖a + b‖ for the rows b of a panel. The squares are summed in eight interleaved sums: shorter chains of
    /// rounding.
    pub(super) fn distances(&self, a: &[f64], panel: usize) -> [(f64, f64); LANES] {
        let (mut differences, mut sums) = ([[0.0; LANES]; 8], [[0.0; LANES]; 8]);
        let panel = self.panels(panel..panel + 1);
        for (a, panel) in a.chunks(8).zip(panel.chunks(8 * LANES)) {
            let lines = differences.iter_mut().zip(&mut sums);
            for ((a, b), (differences, sums)) in a.iter().zip(panel.chunks_exact(LANES)).zip(lines) {
                for lane in 0..LANES {
                    differences[lane] += (a - b[lane]) * (a - b[lane]);
                    sums[lane] += (a + b[lane]) * (a + b[lane]);
                }
            }
        }
        let total = |s: &[[f64; LANES]; 8], l: usize| {
            ((s[0][l] + s[4][l]) + (s[2][l] + s[6][l])) + ((s[1][l] + s[5][l]) + (s[3][l] + s[7][l]))
        };
        std::array::from_fn(|lane| (total(&differences, lane).sqrt(), total(&sums, lane).sqrt()))
    }
}
