//! The few calls of ScaLAPACK, each behind a function that checks what they would crash on. Row and column numbers in here count
//! from 0; ScaLAPACK's from 1.

use std::ffi::{c_char, c_int};

use ndarray::{Array2, ShapeBuilder};

use super::declared::{
    Cblacs_get, Cblacs_gridexit, Cblacs_gridinfo, Cblacs_gridinit, pdelset_, pdlatrd_, pdormtr_, pdsymm_,
    pdsyr2k_, pdsytd2_,
};
use super::layout::{Grid, Layout};

const LOWER: *const c_char = c"L".as_ptr();

/// A grid of all ranks.
pub(super) struct Context(c_int);

impl Context {
    /// Every rank must call it.
    pub(super) fn new(grid: Grid) -> Context {
        let mut context = 0;
        // SAFETY: −1 and 0 ask for the communicator of all processes, of which the grid has as many places.
        unsafe {
            Cblacs_get(-1, 0, &mut context);
            Cblacs_gridinit(&mut context, c"Row".as_ptr(), grid.rows as c_int, grid.columns as c_int);
        }
        Context(context)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the context is of this grid, and nothing uses it any more.
        unsafe { Cblacs_gridexit(self.0) };
    }
}

/// The part of a matrix that one rank holds, and where it stands in the whole.
pub(super) struct Matrix {
    descriptor: [c_int; 9],
    /// This rank's entries, column-major as ScaLAPACK has them.
    pub(super) own: Array2<f64>,
    /// The matrix's rows that these are.
    pub(super) rows: Vec<usize>,
    /// The matrix's columns that these are.
    pub(super) columns: Vec<usize>,
}

impl Matrix {
    /// n by n, square blocks, all zero.
    pub(super) fn square(context: &Context, layout: Layout, place: (usize, usize)) -> Matrix {
        let (rows, columns) = (layout.rows(place.0), layout.columns(place.1));
        Matrix::of(context, (layout.n, layout.n), (layout.block, layout.block), rows, columns)
    }

    /// n by k beside it: the same rows, the columns spread over the columns of the grid.
    pub(super) fn beside(context: &Context, layout: Layout, place: (usize, usize), k: usize) -> Matrix {
        let across = Layout { n: k, block: k.div_ceil(layout.grid.columns).max(1), ..layout };
        let (rows, columns) = (layout.rows(place.0), across.columns(place.1));
        Matrix::of(context, (layout.n, k), (layout.block, across.block), rows, columns)
    }

    fn of(
        context: &Context,
        (m, n): (usize, usize),
        (mb, nb): (usize, usize),
        rows: Vec<usize>,
        columns: Vec<usize>,
    ) -> Matrix {
        let own = Array2::zeros((rows.len(), columns.len()).f());
        // Dense matrix, context, sides, sides of a block, first process, leading dimension.
        let lead = rows.len().max(1) as c_int;
        let descriptor = [1, context.0, m as c_int, n as c_int, mb as c_int, nb as c_int, 0, 0, lead];
        Matrix { descriptor, own, rows, columns }
    }

    /// The same shape, all zero.
    pub(super) fn zeros_like(&self) -> Matrix {
        let own = Array2::zeros(self.own.raw_dim().f());
        Matrix { own, rows: self.rows.clone(), columns: self.columns.clone(), ..*self }
    }

    fn n(&self) -> c_int {
        self.descriptor[2]
    }
}

/// K·Y of the lower triangle of a symmetric K (n,n), and Y (n,k) beside it.
pub(super) fn product(k: &Matrix, y: &Matrix) -> Matrix {
    let mut out = y.zeros_like();
    let (n, columns) = (k.n(), y.descriptor[3]);
    // SAFETY: all three have the descriptors of their own arrays, and K and Y the same blocks of rows.
    unsafe {
        pdsymm_(
            LOWER,
            LOWER,
            &n,
            &columns,
            &1.0,
            k.own.as_ptr(),
            &1,
            &1,
            k.descriptor.as_ptr(),
            y.own.as_ptr(),
            &1,
            &1,
            y.descriptor.as_ptr(),
            &0.0,
            out.own.as_mut_ptr(),
            &1,
            &1,
            out.descriptor.as_ptr(),
        );
    }
    out
}

/// A symmetric matrix on its way to a tridiagonal one: `pdsytrd` for the lower triangle, whose columns before `column` are done.
/// There, below the diagonal, stand the reflections that make up Q.
pub(super) struct Reduction {
    pub(super) matrix: Matrix,
    /// T's diagonal, of this rank's columns.
    pub(super) diagonal: Vec<f64>,
    /// T's elements below the diagonal, of this rank's columns.
    pub(super) below: Vec<f64>,
    /// The reflections' factors, of this rank's columns.
    pub(super) factors: Vec<f64>,
    pub(super) column: usize,
    /// W of a panel, then `pdlatrd`'s own room.
    pub(super) work: Vec<f64>,
}

impl Reduction {
    pub(super) fn new(matrix: Matrix) -> Reduction {
        let (rows, columns) = matrix.own.dim();
        let block = matrix.descriptor[5] as usize;
        let own = || vec![0.0; columns.max(1)];
        let work = vec![0.0; ((rows + 1) * block).max(3 * block)];
        Reduction { diagonal: own(), below: own(), factors: own(), column: 0, work, matrix }
    }

    /// Whether all columns are done.
    pub(super) fn is_done(&self) -> bool {
        self.column >= self.matrix.n() as usize
    }

    /// One more panel of columns, in the order of `pdsytrd`.
    pub(super) fn step(&mut self) {
        let Reduction { matrix, diagonal, below, factors, column, work } = self;
        let [_, context, n, _, block, ..] = matrix.descriptor;
        let (left, place) = (n - *column as c_int, *column as c_int + 1);
        let (a, desc_a) = (matrix.own.as_mut_ptr(), matrix.descriptor.as_ptr());
        let (d, e, tau) = (diagonal.as_mut_ptr(), below.as_mut_ptr(), factors.as_mut_ptr());
        if left <= block {
            let (mut info, room) = (0, work.len() as c_int);
            // SAFETY: the arrays have the lengths that pdsytd2 documents, 3·block for its room.
            unsafe {
                pdsytd2_(
                    LOWER,
                    &left,
                    a,
                    &place,
                    &place,
                    desc_a,
                    d,
                    e,
                    tau,
                    work.as_mut_ptr(),
                    &room,
                    &mut info,
                )
            };
            *column = n as usize;
            return;
        }
        // W (n, block) lies in the column of the grid that has this panel.
        let panel = (*column / block as usize) as c_int;
        let lead = matrix.rows.len().max(1) as c_int;
        let mut first = [0; 4];
        // SAFETY: it writes four numbers.
        unsafe { Cblacs_gridinfo(context, &mut first[0], &mut first[1], &mut first[2], &mut first[3]) };
        let grid_columns = first[1];
        let desc_w = [1, context, n, block, block, block, 0, panel % grid_columns, lead];
        let (w, room) = work.split_at_mut(matrix.rows.len() * block as usize);
        let (next, rest) = (place + block, left - block);
        // pdsytrd's own index of the panel's last element below the diagonal, which is this rank's where it has the panel.
        let last = ((panel / grid_columns + 1) * block - 1).min(matrix.columns.len().max(1) as c_int - 1);
        // SAFETY: these are pdsytrd's own calls with its own arguments, on arrays of the lengths that it documents: W with `block`
        // columns and pdlatrd's room of `block` numbers lie one after the other in `work`.
        unsafe {
            pdlatrd_(
                LOWER,
                &left,
                &block,
                a,
                &place,
                &place,
                desc_a,
                d,
                e,
                tau,
                w.as_mut_ptr(),
                &place,
                &1,
                desc_w.as_ptr(),
                room.as_mut_ptr(),
            );
            pdsyr2k_(
                LOWER,
                c"N".as_ptr(),
                &rest,
                &block,
                &-1.0,
                a,
                &next,
                &place,
                desc_a,
                w.as_ptr(),
                &next,
                &1,
                desc_w.as_ptr(),
                &1.0,
                a,
                &next,
                &next,
                desc_a,
            );
            pdelset_(a, &next, &(next - 1), desc_a, e.add(last as usize));
        }
        *column += block as usize;
    }

    /// Qᵀy in the place of y (n,k).
    pub(super) fn apply(&self, y: &mut Matrix) -> c_int {
        let (n, k, mut info) = (self.matrix.n(), y.descriptor[3], 0);
        let mut call = |work: &mut [f64], room: c_int| {
            // SAFETY: the arrays have their descriptors, and the room is what pdormtr asked for.
            unsafe {
                pdormtr_(
                    LOWER,
                    LOWER,
                    c"T".as_ptr(),
                    &n,
                    &k,
                    self.matrix.own.as_ptr(),
                    &1,
                    &1,
                    self.matrix.descriptor.as_ptr(),
                    self.factors.as_ptr(),
                    y.own.as_mut_ptr(),
                    &1,
                    &1,
                    y.descriptor.as_ptr(),
                    work.as_mut_ptr(),
                    &room,
                    &mut info,
                );
            }
            info
        };
        let mut asked = [0.0];
        if n < 2 {
            return 0;
        }
        match call(&mut asked, -1) {
            0 => {
                let mut work = vec![0.0; asked[0] as usize + 1];
                let room = work.len() as c_int;
                call(&mut work, room)
            }
            wrong => wrong,
        }
    }
}
