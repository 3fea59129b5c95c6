//! From x to the spectral measure, on all ranks.

use ndarray::{Array2, ArrayView2};

use super::layout::Layout;
use super::local::{self, Inputs};
use super::saving::{Head, Saving};
use super::scalapack::{Matrix, Reduction, product};
use super::world::World;
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::memory::Bytes;
use crate::progress::Step;
use crate::reduction::from_tridiagonal;
use crate::session::Session;
use crate::spectrum::{Scaled, SpectralMeasure};

/// What is decomposed, and where.
pub(super) struct Job<'a> {
    pub(super) world: &'a World,
    pub(super) layout: Layout,
    pub(super) kernel: &'a Kernel,
    pub(super) inputs: &'a Inputs,
    /// Tells of progress on rank 0 alone.
    pub(super) session: &'a Session,
}

impl Job<'_> {
    /// The spectral measure of y (n,k) under the kernel, on rank 0.
    ///
    /// # Errors
    /// As [`Kernel::measure`]; [`Error::Rank`] where another rank failed.
    pub(super) fn measure(
        &self,
        y: ArrayView2<f64>,
        saving: Option<&Saving>,
    ) -> Result<Option<SpectralMeasure>> {
        let Job { world, layout, session, .. } = self;
        let (n, k) = y.dim();
        world.agree(self.enough_memory(k))?;
        let place = layout.grid.place(world.rank());
        let context = world.context(layout.grid);
        let mut matrix = Matrix::square(&context, *layout, place);
        let beside = |y: ArrayView2<f64>| {
            let mut own = Matrix::beside(&context, *layout, place, k);
            let (rows, columns) = (own.rows.clone(), own.columns.clone());
            own.own.indexed_iter_mut().for_each(|((i, j), value)| *value = y[[rows[i], columns[j]]]);
            own
        };
        let found = saving.map(|saving| saving.read(world, *layout, &mut matrix)).transpose()?.flatten();
        let (mut state, head) = match found {
            Some((state, head)) => {
                session.note(&format!("going on at column {} of {n}", state.column));
                (state.of(matrix), head)
            }
            None => {
                let filled = local::fill(self.kernel, self.inputs, *layout, &mut matrix, session);
                let (epsilon, largest) = world.agree(filled)?;
                let (epsilon, largest) = (world.largest(epsilon), world.largest(largest));
                let scaled = Scaled::of(largest, y);
                matrix.own.par_mapv_inplace(|value| scaled.entry(value));
                let mut whole = local::trace_and_squares(&matrix, *layout);
                world.sum(&mut whole);
                let y = beside(scaled.targets(y).view());
                let mut moments = local::moments(&y, &product(&matrix, &y), k);
                world.sum(&mut moments);
                (Reduction::new(matrix), Head { largest, epsilon, sums: local::sums(whole, &moments) })
            }
        };
        let mut clock = saving.map(Saving::clock);
        while !state.is_done() {
            state.step();
            // 4/3 n³ operations less what is left of them; the rest takes minutes.
            let done = 1.0 - (1.0 - state.column as f64 / n as f64).powi(3);
            session.step(Step::Reduction { n, done: 0.95 * done });
            if let Some(clock) = &mut clock {
                clock.save(world, *layout, &state, &head, session);
            }
        }
        let scaled = Scaled::of(head.largest, y);
        let mut z = beside(scaled.targets(y).view());
        let applied = match state.apply(&mut z) {
            0 => Ok(()),
            info => Err(Error::Lapack { routine: "pdormtr", n, info }),
        };
        world.agree(applied)?;
        let (diagonal, below) = (self.diagonal(&state, &state.diagonal), self.diagonal(&state, &state.below));
        let z = self.whole(&z, (n, k));
        drop(state);
        if !world.is_first() {
            return Ok(None);
        }
        let told = |share: f64| session.step(Step::Reduction { n, done: 0.95 + 0.05 * share });
        let diagonals = (diagonal, below[..n - 1].to_vec());
        let reduced = from_tridiagonal(diagonals, z, head.sums, &told)?;
        scaled.measure(reduced, f64::EPSILON, head.epsilon).map(Some)
    }

    /// Refuses where the ranks of this machine together would need more than it has.
    fn enough_memory(&self, k: usize) -> Result<()> {
        let Job { world, layout, inputs, .. } = self;
        let place = layout.grid.place(world.rank());
        let (rows, columns) = (layout.rows(place.0).len(), layout.columns(place.1).len());
        let own = Bytes::of::<f64>(rows, columns)
            + Bytes::of::<f64>(inputs.numbers(), 1)
            + Bytes::of::<f64>(rows, 4 * layout.block)
            // y and its permutations whole, as they are and scaled, and this rank's part of them twice.
            + Bytes::of::<f64>(layout.n, 4 * k);
        let here = world.on_this_machine();
        let what = format!("the part of a Gram matrix of {} rows that the {here} ranks here hold", layout.n);
        (own * here).require(&what)
    }

    /// A diagonal of T (n) on rank 0, from what the ranks hold of it: that of its columns, the same in every row of the grid.
    fn diagonal(&self, state: &Reduction, own: &[f64]) -> Vec<f64> {
        let mut whole = vec![0.0; self.layout.n];
        if self.layout.grid.place(self.world.rank()).0 == 0 {
            state.matrix.columns.iter().zip(own).for_each(|(column, value)| whole[*column] = *value);
        }
        self.world.sum_on_first(&mut whole);
        whole
    }

    /// All of a matrix (n,k) on rank 0, column by column; nothing elsewhere.
    fn whole(&self, part: &Matrix, (n, k): (usize, usize)) -> Array2<f64> {
        let mut whole = Array2::zeros(if self.world.is_first() { (n, k) } else { (0, 0) });
        for column in 0..k {
            let mut values = vec![0.0; n];
            if let Some(own) = part.columns.iter().position(|other| *other == column) {
                part.rows.iter().zip(part.own.column(own)).for_each(|(row, value)| values[*row] = *value);
            }
            self.world.sum_on_first(&mut values);
            if self.world.is_first() {
                whole.column_mut(column).assign(&ndarray::Array1::from(values));
            }
        }
        whole
    }
}
