//! Which training rows are trained on.

use rand::seq::SliceRandom;

use super::stopping::Stopping;
use crate::seed::Seed;

/// The rows trained on and those held out, both ascending.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HoldOut {
    pub(super) trained: Vec<usize>,
    pub(super) held: Vec<usize>,
}

impl HoldOut {
    /// Of n rows (n ≥ 2 with a hold-out).
    pub(super) fn new(stopping: Stopping, n: usize, seed: Seed) -> Self {
        let mut trained: Vec<usize> = (0..n).collect();
        let mut held = Vec::new();
        if let Stopping::HoldOut { fraction, .. } = stopping {
            let count = ((fraction * n as f64).round() as usize).clamp(1, n - 1);
            trained.shuffle(&mut seed.stream("hold-out", 0));
            held = trained.split_off(n - count);
            trained.sort_unstable();
            held.sort_unstable();
        }
        HoldOut { trained, held }
    }
}
