//! How a descent goes: its loss from step to step.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// A loss beyond so many times its scale, the larger of its start and that of the targets, is a divergence.
const DIVERGED: f64 = 1e6;

/// Where a descent is: its loss, when it last fell, how often it rose. In the caller's units of steps and losses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Course {
    /// Epochs, or steps of the smallest rate, done.
    pub(crate) epoch: usize,
    pub(crate) loss: f64,
    /// Epoch and loss of the last fall that the plateau rule counts.
    fall: (usize, f64),
    /// How often the loss was larger than the one before.
    pub(crate) loss_rises: usize,
}

impl Course {
    pub(crate) fn start(loss: f64) -> Self {
        Course { epoch: 0, loss, fall: (0, loss), loss_rises: 0 }
    }

    /// On to a later epoch and its loss; one that is lower by more than `fall` than the last that counted counts as a fall.
    pub(crate) fn step(&mut self, epoch: usize, loss: f64, fall: f64) {
        self.loss_rises += usize::from(loss > self.loss);
        if loss < self.fall.1 - fall {
            self.fall = (epoch, loss);
        }
        (self.epoch, self.loss) = (epoch, loss);
    }

    /// Counts falls, and the time without, from here on.
    pub(crate) fn wait_anew(&mut self) {
        self.fall = (self.epoch, self.loss);
    }

    /// For how many epochs there has been no fall.
    pub(crate) fn waited(&self) -> usize {
        self.epoch - self.fall.0
    }

    /// The largest loss that is no divergence, from the loss at the start and what it would be at f = 0.
    pub(crate) fn bound(start: f64, zero: f64) -> f64 {
        DIVERGED * start.max(zero)
    }

    /// Whether a loss has left f64 or the bound.
    pub(crate) fn diverged(loss: f64, bound: f64) -> bool {
        !loss.is_finite() || loss > bound
    }
}

/// The mean over rows of ‖f − y‖², summed in the order of the rows.
pub(super) fn mean_square(f: ArrayView2<f64>, y: ArrayView2<f64>) -> f64 {
    f.iter().zip(y.iter()).map(|(f, y)| (f - y) * (f - y)).sum::<f64>() / f.nrows() as f64
}
