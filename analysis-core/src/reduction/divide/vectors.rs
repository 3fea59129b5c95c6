//! The eigenvectors of D + ρ w wᵀ, made in panels and multiplied with the carried columns at once.

use rayon::prelude::*;

use super::instructions::InstructionSet;
use super::kernels::{COLUMNS, LANES, Lanes};
use super::progress::Progress;
use super::secular::{Root, Secular};
use crate::error::Result;

/// Roots whose eigenvectors are multiplied together; their sums fit the level-2 cache beside the panel.
pub(super) const ROOTS: usize = 128;
/// Poles in a panel of eigenvectors: with [`ROOTS`], 256 KiB.
const POLES: usize = 256;
/// Roots in one task of the secular equation.
const TASK: usize = 32;

/// The columns that are carried: z's k, Uᵀe_first and Uᵀe_last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    /// k + 2.
    pub(super) count: usize,
    pub(super) set: InstructionSet,
}

/// Some roots, and the rows of the result among which theirs are.
pub(super) struct Task<'a> {
    pub(super) roots: std::ops::Range<usize>,
    /// Row of `rows` for each of the roots.
    pub(super) places: Vec<usize>,
    pub(super) rows: &'a mut [f64],
}

/// What a thread keeps from task to task.
#[derive(Default)]
pub(super) struct Scratch {
    /// Eigenvectors of a group of roots at some poles, for each group.
    panel: Vec<Lanes>,
    /// Sums for each group of roots and group of columns.
    sums: Vec<[Lanes; COLUMNS]>,
}

/// The roots of the secular equation, and Löwner's ŵ.
pub(super) struct Solved<'a> {
    /// dⱼ.
    poles: &'a [f64],
    /// ŵⱼ.
    weights: Vec<f64>,
    /// λᵢ is the sum of elements i of `origins` and `shifts`.
    origins: Vec<f64>,
    shifts: Vec<f64>,
    /// λ.
    pub(super) values: Vec<f64>,
}

impl<'a> Solved<'a> {
    /// Solves for all roots.
    pub(super) fn new(secular: &Secular<'a>, progress: &Progress) -> Result<Self> {
        let count = secular.count;
        let poles = &secular.poles.as_flattened()[..count];
        let mut roots = vec![Root { origin: 0, shift: 0.0 }; count];
        roots.par_chunks_mut(TASK).enumerate().try_for_each(|(task, roots)| {
            for (i, root) in roots.iter_mut().enumerate() {
                *root = secular.root(task * TASK + i)?;
            }
            progress.add((roots.len() * count) as f64);
            Ok(())
        })?;
        let origins: Vec<f64> = roots.iter().map(|root| poles[root.origin]).collect();
        let shifts: Vec<f64> = roots.iter().map(|root| root.shift).collect();
        let squares: Vec<Lanes> = secular
            .poles
            .par_iter()
            .with_min_len(4)
            .map(|group| secular.set.lowner(group, poles, &origins, &shifts))
            .collect();
        let signs = secular.weights.as_flattened();
        let weights = squares
            .as_flattened()
            .iter()
            .zip(signs)
            .take(count)
            .map(|(square, w)| square.abs().sqrt().copysign(*w));
        let values = origins.iter().zip(&shifts).map(|(origin, shift)| origin + shift).collect();
        Ok(Solved { poles, weights: weights.collect(), origins, shifts, values })
    }

    /// The rows of Vᵀ·carried for the task's roots.
    pub(super) fn multiply(
        &self,
        scratch: &mut Scratch,
        carried: &[[f64; COLUMNS]],
        columns: Columns,
        task: Task,
    ) {
        let count = self.poles.len();
        let widths = columns.count.div_ceil(COLUMNS);
        let groups = task.roots.len().div_ceil(LANES);
        // The last group is filled up with its last root.
        let lane = |group: usize, l: usize| (task.roots.start + group * LANES + l).min(task.roots.end - 1);
        let group_of = |numbers: &[f64], group| std::array::from_fn(|l| numbers[lane(group, l)]);
        let origins: Vec<Lanes> = (0..groups).map(|group| group_of(&self.origins, group)).collect();
        let shifts: Vec<Lanes> = (0..groups).map(|group| group_of(&self.shifts, group)).collect();
        let mut squares = vec![[0.0; LANES]; groups];
        let Scratch { panel, sums } = scratch;
        sums.clear();
        sums.resize(groups * widths, [[0.0; LANES]; COLUMNS]);
        for start in (0..count).step_by(POLES) {
            let length = POLES.min(count - start);
            let (poles, weights) = (&self.poles[start..][..length], &self.weights[start..][..length]);
            panel.resize(groups * length, [0.0; LANES]);
            for (group, panel) in panel.chunks_exact_mut(length).enumerate() {
                let squares = &mut squares[group];
                columns.set.vectors(poles, weights, &origins[group], &shifts[group], panel, squares);
            }
            for width in 0..widths {
                let carried = &carried[width * count + start..][..length];
                for (group, panel) in panel.chunks_exact(length).enumerate() {
                    columns.set.multiply(panel, carried, &mut sums[group * widths + width]);
                }
            }
        }
        for (i, place) in task.places.iter().enumerate() {
            let (group, l) = (i / LANES, i % LANES);
            let norm = squares[group][l].sqrt();
            let row = &mut task.rows[place * columns.count..][..columns.count];
            for (c, to) in row.iter_mut().enumerate() {
                *to = sums[group * widths + c / COLUMNS][c % COLUMNS][l] / norm;
            }
        }
    }
}

/// The kept rows in groups of [`COLUMNS`] columns: `count` rows for the first group of columns, then for the next.
pub(super) fn gathered(rows: &[f64], kept: &[usize], columns: usize) -> Vec<[f64; COLUMNS]> {
    let mut groups = Vec::with_capacity(kept.len() * columns.div_ceil(COLUMNS));
    for start in (0..columns).step_by(COLUMNS) {
        let width = COLUMNS.min(columns - start);
        groups.extend(kept.iter().map(|&row| {
            let mut group = [0.0; COLUMNS];
            group[..width].copy_from_slice(&rows[row * columns + start..][..width]);
            group
        }));
    }
    groups
}
