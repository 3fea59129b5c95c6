//! The band and z in memory, where several threads work on different rows at once.

use std::marker::PhantomData;

use ndarray::Array2;

use super::lanes::Lane;
use crate::reduction::band::Band;

/// The band with room for the bulges, and z, in lanes of eight numbers.
///
/// Column j of the band holds A[j − j mod 8, j], …, A[j + 2b + 6, j] at least: eight rows that begin at a multiple of 8
/// share a lane in every column. The rows above the diagonal are zero. z has whole lanes in every row, zeros at the end.
pub(super) struct Store {
    pub(super) size: usize,
    /// b, below n.
    pub(super) width: usize,
    /// Lanes of a column of the band.
    stride: usize,
    /// Lanes of a row of z.
    row: usize,
    band: Vec<Lane>,
    z: Vec<Lane>,
}

impl Store {
    pub(super) fn new(band: &Band, z: &Array2<f64>) -> Self {
        let size = band.values.nrows();
        let width = band.width.min(size.saturating_sub(1));
        let stride = (2 * width + 7).div_ceil(8);
        let row = z.ncols().div_ceil(8);
        let mut lanes = vec![Lane::ZERO; size * stride];
        for (j, column) in band.values.outer_iter().enumerate() {
            let rows = (width + 1).min(size - j);
            for (i, &value) in column.iter().take(rows).enumerate() {
                let place = j % 8 + i;
                lanes[j * stride + place / 8].0[place % 8] = value;
            }
        }
        let mut padded = vec![Lane::ZERO; size * row];
        for (i, numbers) in z.outer_iter().take(size).enumerate() {
            for (c, &value) in numbers.iter().enumerate() {
                padded[i * row + c / 8].0[c % 8] = value;
            }
        }
        Store { size, width, stride, row, band: lanes, z: padded }
    }

    /// A[j + below, j].
    pub(super) fn entry(&self, j: usize, below: usize) -> f64 {
        let place = j % 8 + below;
        self.band[j * self.stride + place / 8].0[place % 8]
    }

    pub(super) fn copy_z(&self, z: &mut Array2<f64>) {
        for (i, mut numbers) in z.outer_iter_mut().take(self.size).enumerate() {
            for (c, value) in numbers.iter_mut().enumerate() {
                *value = self.z[i * self.row + c / 8].0[c % 8];
            }
        }
    }

    /// For several threads.
    pub(super) fn share(&mut self) -> Shared<'_> {
        Shared {
            size: self.size,
            width: self.width,
            stride: self.stride,
            row: self.row,
            lanes: self.band.len(),
            band: self.band.as_mut_ptr(),
            z: self.z.as_mut_ptr(),
            store: PhantomData,
        }
    }
}

/// A [`Store`] of which several threads change different rows.
pub(super) struct Shared<'a> {
    pub(super) size: usize,
    pub(super) width: usize,
    stride: usize,
    row: usize,
    /// Lanes of the band.
    lanes: usize,
    band: *mut Lane,
    z: *mut Lane,
    store: PhantomData<&'a mut Store>,
}

// SAFETY: it is the only borrow of the store, numbers may be sent between threads, and the methods that reach them are
// unsafe: their callers promise that no two threads have the same rows at the same time.
unsafe impl Sync for Shared<'_> {}

#[allow(clippy::mut_from_ref)] // That is what the methods' safety sections are about.
impl Shared<'_> {
    /// `count` lanes of column j from lane number `first` on: rows 8·first, ….
    ///
    /// # Safety
    /// While the result lives nothing else reaches these lanes.
    #[inline(always)]
    pub(super) unsafe fn column(&self, j: usize, first: usize, count: usize) -> &mut [Lane] {
        // One check, without a branch for each operation: a wrong index would have to wrap to a right one to pass it, and
        // would still lie within the band.
        let start = j.wrapping_mul(self.stride).wrapping_add(first).wrapping_sub(j / 8);
        assert!(count <= self.lanes && start <= self.lanes - count);
        // SAFETY: the lanes lie within the band, by the assertion, and are the caller's alone.
        unsafe { std::slice::from_raw_parts_mut(self.band.wrapping_add(start), count) }
    }

    /// The same of columns j, …, j + M − 1.
    ///
    /// # Safety
    /// As [`Shared::column`].
    #[inline(always)]
    pub(super) unsafe fn columns<const M: usize>(
        &self,
        j: usize,
        first: usize,
        count: usize,
    ) -> [&mut [Lane]; M] {
        let mut columns: [&mut [Lane]; M] = std::array::from_fn(|_| Default::default());
        for (k, column) in columns.iter_mut().enumerate() {
            // SAFETY: as above; different columns have no lane in common.
            *column = unsafe { self.column(j.wrapping_add(k), first, count) };
        }
        columns
    }

    /// Rows a, …, a + m − 1 of z.
    ///
    /// # Safety
    /// While the result lives nothing else reaches these rows.
    #[inline(always)]
    pub(super) unsafe fn rows(&self, a: usize, m: usize) -> &mut [Lane] {
        assert!(a <= self.size && m <= self.size - a);
        // SAFETY: the rows lie within z, by the assertion, and are the caller's alone.
        unsafe { std::slice::from_raw_parts_mut(self.z.add(a * self.row), m * self.row) }
    }

    /// Lanes of a row of z.
    pub(super) fn row(&self) -> usize {
        self.row
    }
}
