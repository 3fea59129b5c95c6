//! What a training says.

use ndarray::Array2;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::params::Training;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::frame::Frame;
use crate::origin::Origins;

/// A training: its curve, the epoch that counts, the last one, and how they came about. No wall time is in it: the same
/// training gives the same result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingResult {
    /// Loss and errors over the epochs, thinned to [`Training::curve_points`].
    pub curve: Curve,
    /// The epoch that [`Training::stopping`] takes.
    pub best: Snapshot,
    /// The last epoch that was run.
    pub last: Snapshot,
    /// How it went.
    pub diagnostics: TrainingDiagnostics,
    /// The parameters.
    pub parameters: Training,
    /// What computed it; several programs where it went on from a checkpoint.
    #[serde(default)]
    pub computed_by: Origins,
}

/// One row an epoch that was kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Curve {
    /// The epoch; 0 is before the first step.
    pub epoch: Vec<usize>,
    /// 1/(2n) Σ ‖f(x_i) − y_i‖² over the rows trained on.
    pub loss: Vec<f64>,
    /// The mean over the test rows of ‖f(z_j) − truth_j‖² (summed over outputs); empty without test rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_error: Vec<f64>,
    /// The mean over the rows held out of ‖f(x_i) − y_i‖²; empty unless rows were held out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hold_out_error: Vec<f64>,
}

/// The network's outputs at one epoch, and their errors, as in [`Curve`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The epoch; 0 is before the first step.
    pub epoch: usize,
    /// The training loss.
    pub loss: f64,
    /// The test error, with test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_error: Option<f64>,
    /// The error on the rows held out, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_out_error: Option<f64>,
    /// f(x) (n, k) of all training rows in their order, those held out included.
    pub train_outputs: Array2<f64>,
    /// f(z) (p, k).
    pub test_outputs: Array2<f64>,
}

/// How a training went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingDiagnostics {
    /// "fused" (one hidden ReLU layer, in one pass over memory) or "general" (matrix products).
    pub engine: String,
    /// How many numbers were trained, over all copies.
    pub trained: usize,
    /// Epochs at which the training loss was larger than at the one before: 0 for gradient descent well below its
    /// stable rate.
    pub loss_rises: usize,
}

impl TrainingResult {
    /// Whether the last loss is above the first: what ended the training, a plateau or the number of epochs, then says nothing,
    /// for descent came to a worse place than it left.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::TrainTestView;
    /// use analysis_core::network::{Curve, Network, Training};
    /// use analysis_core::prelude::*;
    /// let data = SphereQuadratic { n: 10, ..Default::default() }.run()?;
    /// let network = Network { width: 50, ..Network::default() };
    /// let training = Training { network, epochs: 3, ..Training::default() };
    /// let result = training.run(TrainTestView::of(&data, &data))?;
    /// assert!(!result.failed());
    /// let risen = Curve { loss: vec![0.5, 40.0], ..Curve::default() };
    /// let last = analysis_core::network::Snapshot { loss: 40.0, ..result.last.clone() };
    /// assert!(analysis_core::network::TrainingResult { curve: risen, last, ..result }.failed());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn failed(&self) -> bool {
        self.curve.loss.first().is_some_and(|first| self.last.loss > *first)
    }

    /// The curve: columns `epoch`, `loss`, and `test_error`, `hold_out_error` where there are such rows.
    ///
    /// # Errors
    /// [`Error::Frame`](crate::error::Error::Frame) if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let curve = &self.curve;
        let mut frame = Frame::of(0..curve.epoch.len())
            .large("epoch", |i| curve.epoch[i])
            .number("loss", |i| curve.loss[i]);
        for (name, values) in [("test_error", &curve.test_error), ("hold_out_error", &curve.hold_out_error)] {
            if !values.is_empty() {
                frame = frame.number(name, |i| values[i]);
            }
        }
        frame.build("the curve of a training")
    }
}

impl Curve {
    pub(super) fn push(&mut self, epoch: usize, loss: f64, test: Option<f64>, hold_out: Option<f64>) {
        self.epoch.push(epoch);
        self.loss.push(loss);
        self.test_error.extend(test);
        self.hold_out_error.extend(hold_out);
    }
}

/// At most about `points` of the epochs 0, …, `epochs`: all if they are few, else 0 and log-spaced ones up to the last.
pub(crate) fn log_spaced_epochs(epochs: usize, points: usize) -> Vec<usize> {
    if epochs < points {
        return (0..=epochs).collect();
    }
    // 0 and `points` − 1 places in [1, epochs], evenly spaced in the logarithm.
    let steps = points.saturating_sub(2).max(1) as f64;
    let place = |i: usize| (epochs as f64).powf(i as f64 / steps).round() as usize;
    let mut kept: Vec<usize> = std::iter::once(0).chain((0..points - 1).map(place)).collect();
    kept.push(epochs);
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_keep_both_ends() {
        assert_eq!(log_spaced_epochs(3, 10), [0, 1, 2, 3]);
        for (epochs, points) in [(10, 10), (4000, 200), (100_000, 50), (5, 3)] {
            let kept = log_spaced_epochs(epochs, points);
            assert_eq!((kept[0], kept[kept.len() - 1]), (0, epochs));
            assert!(kept.len() <= points + 1 && kept.windows(2).all(|w| w[0] < w[1]), "{kept:?}");
        }
    }
}
