//! One trial: every initialisation on the same data, kept in the store one by one.

use std::time::Instant;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::task::Loaded;
use super::{LearningCurve, Regime};
use crate::error::Result;
use crate::network::Initialisation;
use crate::origin::Origins;
use crate::session::Session;
use crate::store::{Kept, Key};

/// Raised when the numbers of a trial change for the same parameters.
///
/// 2: test rows of images are standardised, and their labels centred, with the training rows' means; all other numbers are
/// those of revision 1.
const REVISION: u32 = 2;

/// What one initialisation reached in one trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialError {
    /// n.
    pub n: usize,
    /// The trial, from 0.
    pub trial: usize,
    /// How training started.
    pub initialisation: Initialisation,
    /// The smallest mean squared error over the test points during training (oracle stopping).
    pub error: f64,
    /// When: the flow's time t, η times the number of steps at finite width.
    pub time: f64,
    /// The mean squared error at the end of training.
    pub last_error: f64,
    /// At the time of the smallest error, the share of test points on the wrong side of 0; for targets ±1 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misclassified: Option<f64>,
}

/// What a regime reports of one training.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reached {
    pub(super) error: f64,
    pub(super) time: f64,
    pub(super) last_error: f64,
    pub(super) misclassified: Option<f64>,
}

impl LearningCurve {
    /// The errors of one trial, in the order of `initialisations`; other trials run `side_by_side` or not.
    pub(super) fn trial(
        &self,
        loaded: &Loaded,
        n: usize,
        trial: usize,
        session: &Session,
        side_by_side: bool,
    ) -> Result<(Vec<TrialError>, Origins)> {
        let keys = self.initialisations.iter().map(|i| self.key(n, trial, *i)).collect::<Result<Vec<_>>>()?;
        let mut found: Vec<Option<Kept<TrialError>>> =
            keys.iter().map(|key| session.results().kept(key)).collect();
        let missing: Vec<usize> = (0..keys.len()).filter(|i| found[*i].is_none()).collect();
        if !missing.is_empty() {
            let start = Instant::now();
            let seed = self.trial_seed(trial, n);
            let data = loaded.draw(n, self.test_points, seed)?;
            let starts: Vec<Initialisation> = missing.iter().map(|i| self.initialisations[*i]).collect();
            let reached = match &self.regime {
                Regime::Finite(finite) => {
                    let session = session.within();
                    finite.train(self, &data, &starts, seed, side_by_side, &session)?
                }
                Regime::Infinite(infinite) => infinite.train(self, &data, &starts, seed)?,
            };
            // They are trained together: each took its share of the time.
            let seconds = start.elapsed().as_secs_f64() / missing.len() as f64;
            for (place, reached) in missing.into_iter().zip(reached) {
                let Reached { error, time, last_error, misclassified } = reached;
                let initialisation = self.initialisations[place];
                let result = TrialError { n, trial, initialisation, error, time, last_error, misclassified };
                found[place] = Some(session.results().keep_timed(&keys[place], result, seconds));
            }
        }
        let origins = found.iter().flatten().map(|kept| kept.origin.clone()).collect();
        Ok((found.into_iter().flatten().map(|kept| kept.value).collect(), origins))
    }

    /// Everything that decides a trial's numbers, and nothing else: shards and longer runs share their trials.
    pub(super) fn key(&self, n: usize, trial: usize, initialisation: Initialisation) -> Result<Key> {
        let parameters = (
            (&self.task, self.task.checksums(), &self.regime),
            (n, trial, initialisation),
            (self.bias, self.hidden_layers, self.test_points, self.seed),
        );
        Key::new("learning-curve-trial", REVISION, &parameters)
    }
}

/// The share of test points whose prediction has not the sign of the truth; 0 has none.
pub(super) fn misclassified(prediction: ArrayView2<f64>, truth: ArrayView2<f64>) -> f64 {
    let wrong = prediction.iter().zip(truth).filter(|(p, t)| *p * *t <= 0.0).count();
    wrong as f64 / truth.len() as f64
}
