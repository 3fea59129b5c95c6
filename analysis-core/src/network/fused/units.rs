//! Blocks, threads and outputs in one precision.

use std::sync::Mutex;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::block::{BLOCK_ROWS, Block};
use super::element::Element;
use super::instructions::{Compiled, InstructionSet};
use super::points::{Shape, Test, Train};
use crate::memory::Bytes;

/// The multiply–adds of an epoch from which waking another thread is worth its time: some 40 (`f32`) or 80 µs (`f64`) of
/// one core.
const WORTH_FORKING: usize = 2_000_000;

/// Parameters of one copy of the network, as `f64` whatever it is trained in: [`FusedEngine::new`](super::FusedEngine::new) on them gives the same
/// engine to the bit.
#[derive(Debug, Clone, PartialEq)]
pub struct FusedParameters {
    /// First-layer weights, (m, d).
    pub w: Array2<f64>,
    /// First-layer biases, (m), or none.
    pub b: Option<Array1<f64>>,
    /// Output weights, (m).
    pub a: Array1<f64>,
}

pub(super) struct Units<T: Element> {
    set: InstructionSet,
    shape: Shape,
    threads: usize,
    /// √(2/m).
    scale: f64,
    m: usize,
    bias: bool,
    blocks: Vec<Block<T>>,
    train: Train<T>,
    test: Test<T>,
    train_outputs: Vec<f64>,
    test_outputs: Vec<f64>,
    /// √(2/m)·force, filled up with zeros.
    force: Vec<T>,
}

/// What the engine is made of, as [`FusedEngine::new`](super::FusedEngine::new) is given it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrays<'a> {
    pub(super) w: ArrayView2<'a, f64>,
    pub(super) b: Option<ArrayView1<'a, f64>>,
    pub(super) a: ArrayView1<'a, f64>,
    pub(super) x: ArrayView2<'a, f64>,
    pub(super) z: ArrayView2<'a, f64>,
}

impl<T: Compiled> Units<T> {
    /// Everything is checked already.
    pub(super) fn new(set: InstructionSet, Arrays { w, b, a, x, z }: Arrays, threads: usize) -> Self {
        let shape = set.shape();
        let m = a.len();
        let train = Train::new(x, b.is_some(), shape);
        let test = Test::new(z, b.is_some(), shape);
        let per_block = BLOCK_ROWS * T::LANES;
        let blocks = (0..m)
            .step_by(per_block)
            .map(|start| {
                Block::new(
                    per_block.min(m - start),
                    train.forward.d,
                    train.forward.padded,
                    test.padded,
                    shape,
                    |unit, k| match (&b, k == w.ncols()) {
                        (Some(b), true) => b[start + unit],
                        _ => w[[start + unit, k]],
                    },
                    |unit| a[start + unit],
                )
            })
            .collect();
        let mut engine = Units {
            set,
            shape,
            threads: threads.min(m.div_ceil(per_block)),
            scale: (2.0 / m as f64).sqrt(),
            m,
            bias: b.is_some(),
            blocks,
            force: vec![T::ZERO; train.forward.padded],
            train,
            test,
            train_outputs: vec![0.0; x.nrows()],
            test_outputs: vec![0.0; z.nrows()],
        };
        if m * engine.train.forward.d * (2 * x.nrows() + z.nrows()) < WORTH_FORKING {
            engine.threads = 1;
        }
        engine.sweep(false);
        engine
    }

    fn sweep(&mut self, step: bool) {
        let (set, train, test) = (self.set, &self.train, &self.test);
        let force = step.then_some(self.force.as_slice());
        if self.threads == 1 {
            for block in &mut self.blocks {
                T::sweep(set, block, train, test, force);
            }
        } else {
            // Whoever is free takes the next block, so a thread that the system holds up holds up one block only. Who
            // takes which does not show in the result.
            let queue = Mutex::new(self.blocks.iter_mut());
            let work = || {
                loop {
                    let next = queue.lock().map(|mut queue| queue.next());
                    let Ok(Some(block)) = next else { break };
                    T::sweep(set, block, train, test, force);
                }
            };
            rayon::scope(|scope| {
                for _ in 1..self.threads {
                    scope.spawn(|_| work());
                }
                work();
            });
        }
        let parts = |start: usize| self.blocks.iter().map(|b| &b.sums[start..]).collect::<Vec<_>>();
        T::reduce(set, &parts(0), self.scale, &mut self.train_outputs);
        T::reduce(set, &parts(self.train.forward.padded), self.scale, &mut self.test_outputs);
    }

    /// Parameters, points twice, one bit per unit and training point, a row of sums per block and point.
    pub(super) fn bytes(m: usize, d: usize, n: usize, n_test: usize) -> Bytes {
        let (m, n, n_test) = (m.saturating_add(2 * T::LANES), n.saturating_add(8), n_test.saturating_add(8));
        let blocks = m.div_ceil(T::LANES * BLOCK_ROWS);
        let points = n.saturating_add(n_test);
        let sums = Bytes::of::<T::Row>(blocks, points);
        let masks = Bytes::of::<u8>(m.div_ceil(8), n);
        Bytes::of::<T>(m, d.saturating_add(1)) + Bytes::of::<T>(points.saturating_add(n), d) + masks + sums
    }
}

/// Units in training, in either precision.
pub(super) trait Trained {
    /// m.
    fn width(&self) -> usize;
    fn train_outputs(&self) -> &[f64];
    fn test_outputs(&self) -> &[f64];
    fn step(&mut self, force: &[f64]);
    fn parameters(&self) -> FusedParameters;
}

impl<T: Compiled> Trained for Units<T> {
    fn width(&self) -> usize {
        self.m
    }

    fn train_outputs(&self) -> &[f64] {
        &self.train_outputs
    }

    fn test_outputs(&self) -> &[f64] {
        &self.test_outputs
    }

    fn step(&mut self, force: &[f64]) {
        for (own, force) in self.force.iter_mut().zip(force) {
            *own = T::from_f64(self.scale * force);
        }
        self.sweep(true);
    }

    fn parameters(&self) -> FusedParameters {
        let d = self.train.forward.d;
        let per_block = BLOCK_ROWS * T::LANES;
        let w = |unit: usize, k| self.blocks[unit / per_block].w(unit % per_block, k, d, self.shape);
        let columns = d - usize::from(self.bias);
        FusedParameters {
            w: Array2::from_shape_fn((self.m, columns), |(unit, k)| w(unit, k)),
            b: self.bias.then(|| Array1::from_shape_fn(self.m, |unit| w(unit, columns))),
            a: Array1::from_shape_fn(self.m, |unit| self.blocks[unit / per_block].a(unit % per_block)),
        }
    }
}
