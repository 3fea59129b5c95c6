//! How much of the work is done.

use std::sync::{Mutex, PoisonError};

/// Adds up work from several threads and tells the share done.
pub(super) struct Progress<'a> {
    done: Mutex<f64>,
    total: f64,
    told: &'a (dyn Fn(f64) + Sync),
}

impl<'a> Progress<'a> {
    /// Nothing of `total` done yet.
    pub(super) fn new(total: f64, told: &'a (dyn Fn(f64) + Sync)) -> Self {
        Progress { done: Mutex::new(0.0), total, told }
    }

    /// Tells the share with `work` more done. The lock is held meanwhile, so that shares are told in order.
    pub(super) fn add(&self, work: f64) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done += work;
        if self.total > 0.0 {
            (self.told)((*done / self.total).min(1.0));
        }
    }

    /// Tells that everything is done.
    pub(super) fn finish(&self) {
        let _done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        (self.told)(1.0);
    }
}
