//! A trial of real networks.

use serde::{Deserialize, Serialize};

use super::LearningCurve;
use super::task::TrialData;
use super::trial::{Reached, misclassified};
use crate::architecture::{Activation, Parametrisation};
use crate::check;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::network::{Initialisation, Network, Precision, Stopping, Training};
use crate::seed::Seed;
use crate::session::Session;

/// Networks of finite width, trained by full-batch gradient descent; `Default` is paper 1's Fig. 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiniteWidth {
    /// m/n (20 in the paper): the width is this times the number of training samples.
    pub width_per_sample: usize,
    /// Epochs over n (10 in the paper).
    pub epochs_per_sample: usize,
    /// The learning rate η (0.6 in the paper).
    pub rate: f64,
    /// The arithmetic; single is there for one hidden layer.
    pub precision: Precision,
}

impl Default for FiniteWidth {
    fn default() -> Self {
        FiniteWidth { width_per_sample: 20, epochs_per_sample: 10, rate: 0.6, precision: Precision::Single }
    }
}

impl FiniteWidth {
    pub(super) fn check(&self, curve: &LearningCurve) -> Result<()> {
        for (name, value) in
            [("width_per_sample", self.width_per_sample), ("epochs_per_sample", self.epochs_per_sample)]
        {
            check::at_least_one(name, value)?;
        }
        for &initialisation in &curve.initialisations {
            self.training(curve, curve.sizes[0], initialisation, Seed(0)).check()?;
        }
        Ok(())
    }

    fn training(
        &self,
        curve: &LearningCurve,
        n: usize,
        initialisation: Initialisation,
        seed: Seed,
    ) -> Training {
        Training {
            network: Network {
                inputs: curve.task.d(),
                hidden_layers: curve.hidden_layers,
                width: self.width_per_sample.saturating_mul(n),
                outputs: 1,
                activation: Activation::Relu,
                parametrisation: Parametrisation::FirstLayerBias { bias: curve.bias },
            },
            initialisation,
            rate: self.rate,
            epochs: self.epochs_per_sample.saturating_mul(n),
            stopping: Stopping::Oracle,
            precision: self.precision,
            seed,
            ..Training::default()
        }
    }

    /// Bytes of one training: two copies, each with its parameters, their gradient and activations of all points.
    pub(super) fn memory(&self, curve: &LearningCurve, n: usize) -> Bytes {
        let (m, d) = (self.width_per_sample.saturating_mul(n), curve.task.d());
        let layers = curve.hidden_layers;
        let parameters =
            Bytes::of::<f64>(m, d.saturating_add(2)) + Bytes::of::<f64>(m, m) * (layers.saturating_sub(1));
        let points = n.saturating_add(curve.test_points);
        let activations = match layers {
            1 => Bytes::of::<f64>(points, d.saturating_add(64)),
            _ => Bytes::of::<f64>(points, m) * layers,
        };
        (parameters * 4 + activations * 2) * 2
    }

    /// Every initialisation from the same seed on the same data. Threads do not change a byte, so trials that run side by
    /// side take one each.
    pub(super) fn train(
        &self,
        curve: &LearningCurve,
        data: &TrialData,
        starts: &[Initialisation],
        seed: Seed,
        side_by_side: bool,
        session: &Session,
    ) -> Result<Vec<Reached>> {
        let run = |initialisation: &Initialisation| {
            let training = Training {
                threads: usize::from(side_by_side),
                ..self.training(curve, data.x.nrows(), *initialisation, seed)
            };
            let result = training.run_in(data.view(), session)?;
            let missing =
                || Error::parameter("test_error", "none", "the training has test points, so this is a bug");
            let classes = curve.task.is_classification();
            Ok(Reached {
                error: result.best.test_error.ok_or_else(missing)?,
                time: self.rate * result.best.epoch as f64,
                last_error: result.last.test_error.ok_or_else(missing)?,
                misclassified: classes
                    .then(|| misclassified(result.best.test_outputs.view(), data.truth.view())),
            })
        };
        starts.iter().map(run).collect()
    }
}
