//! The copies of a network in training, as one function f.

use ndarray::{Array2, ArrayView2, Axis, s};
use rand::seq::SliceRandom;

use super::engine::Engine;
use super::params::Training;
use crate::error::Result;
use crate::network::Initialisation;
use crate::network::model::combine;

/// One or two engines, and what is subtracted of f₀.
#[derive(Debug)]
pub(super) struct Engines {
    pub(super) copies: Vec<Engine>,
    initialisation: Initialisation,
    /// f₀ on the training and on the test rows, where it is subtracted.
    initial: Option<[Array2<f64>; 2]>,
}

impl Engines {
    /// Engines at the start of `training`.
    pub(super) fn new(training: &Training, rows: [ArrayView2<f64>; 2], general: bool) -> Result<Self> {
        let initialisation = training.initialisation;
        let parameters = initialisation.copy_of(&training.network)?.draw(training.seed)?;
        let mut copies = Vec::new();
        for _ in 0..initialisation.copies() {
            copies.push(Engine::new(training, parameters.clone(), rows, general)?);
        }
        let initial =
            initialisation.subtracted().map(|_| [copies[0].train_outputs(), copies[0].test_outputs()]);
        Ok(Engines { copies, initialisation, initial })
    }

    pub(super) fn train_outputs(&self) -> Array2<f64> {
        let outputs = self.copies.iter().map(Engine::train_outputs).collect();
        combine(self.initialisation, outputs, self.initial.as_ref().map(|[train, _]| train))
    }

    pub(super) fn test_outputs(&self) -> Array2<f64> {
        let outputs = self.copies.iter().map(Engine::test_outputs).collect();
        combine(self.initialisation, outputs, self.initial.as_ref().map(|[_, test]| test))
    }

    /// One pass over the training rows, whose outputs now are `f` (n, k) and whose targets are y (n, k).
    pub(super) fn epoch(&mut self, training: &Training, epoch: usize, f: &Array2<f64>, y: &Array2<f64>) {
        let n = y.nrows();
        let batch = training.optimiser.batch.unwrap_or(n);
        if batch >= n {
            self.step(training.rate, &((f - y) / n as f64));
        } else {
            let mut order: Vec<usize> = (0..n).collect();
            order.shuffle(&mut training.seed.stream("shuffle", epoch as u64));
            for rows in order.chunks(batch) {
                let outputs = self.copies.iter_mut().map(|copy| copy.batch(rows)).collect();
                let initial = self.initial.as_ref().map(|[train, _]| train.select(Axis(0), rows));
                let f = combine(self.initialisation, outputs, initial.as_ref());
                self.step(training.rate, &((f - y.select(Axis(0), rows)) / rows.len() as f64));
            }
        }
        self.copies.iter_mut().for_each(Engine::refresh);
    }

    /// Every copy a step against the same force, times its share in f.
    fn step(&mut self, rate: f64, force: &Array2<f64>) {
        for (index, copy) in self.copies.iter_mut().enumerate() {
            copy.step(rate, (force * self.initialisation.share(index)).view());
        }
    }
}

/// The first `p` rows, and the others.
pub(super) fn parts(outputs: &Array2<f64>, p: usize) -> [ArrayView2<'_, f64>; 2] {
    [outputs.slice(s![..p, ..]), outputs.slice(s![p.., ..])]
}
