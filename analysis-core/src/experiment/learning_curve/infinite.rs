//! A trial at infinite width.

use serde::{Deserialize, Serialize};

use super::LearningCurve;
use super::task::TrialData;
use super::trial::Reached;
use crate::error::{Error, Result};
use crate::flow::{Krylov, Method, Start, Times, Trial};
use crate::kernel::KernelKind;
use crate::memory::Bytes;
use crate::network::Initialisation;
use crate::seed::Seed;
use crate::spectrum::Decomposition;

/// From here on a few hundred products with K are much faster than its decomposition.
const LARGE: usize = 2000;

/// Infinitely wide networks: kernel gradient flow, from a draw of GP(0, NNGP) for a standard start, from zero for a mirrored
/// or centred one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfiniteWidth {
    /// The times over which the smallest error is taken; the default ends at 6n, where 10n epochs at rate 0.6 do.
    pub times: Times,
    /// How; `None`: the decomposition for n < 2000, Lanczos from there on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
}

impl InfiniteWidth {
    pub(super) fn check(&self, curve: &LearningCurve) -> Result<()> {
        curve.sizes.iter().try_for_each(|n| self.times.grid(*n).map(|_| ()))?;
        match self.method {
            Some(Method::Krylov(krylov)) => krylov.check(),
            _ => Ok(()),
        }
    }

    fn method(&self, n: usize) -> Method {
        self.method.unwrap_or(if n < LARGE {
            Method::Decomposition
        } else {
            Method::Krylov(Krylov::default())
        })
    }

    /// Bytes of one trial: first the NNGP matrix of all points, then K, K(z, x) and what the method needs beside them.
    pub(super) fn memory(&self, curve: &LearningCurve, n: usize) -> Bytes {
        let (d, p) = (curve.task.d(), curve.test_points);
        let kernel = curve.kernel(KernelKind::Ntk);
        let own = match self.method(n) {
            Method::Decomposition => Decomposition::memory(n),
            Method::Krylov(krylov) => Bytes::of::<f64>(n, krylov.max_steps.min(n)) * 2,
        };
        let flow = kernel.gram_memory(n, d) + own + Bytes::of::<f64>(n, p);
        // What `predict` answers for every time and start.
        let answers = Bytes::of::<f64>(self.times.points, curve.initialisations.len())
            * n.saturating_mul(6).saturating_add(p.saturating_mul(2));
        (flow + answers).max(kernel.gram_memory(n.saturating_add(p), d))
    }

    /// Every initialisation on the same data; those that start at a multiple of f₀ share the draw.
    pub(super) fn train(
        &self,
        curve: &LearningCurve,
        data: &TrialData,
        starts: &[Initialisation],
        seed: Seed,
    ) -> Result<Vec<Reached>> {
        let n = data.x.nrows();
        let start = |initialisation: &Initialisation| match *initialisation {
            Initialisation::Standard => Start::Draw { seed, index: 0 },
            Initialisation::Mirrored | Initialisation::MirroredHalf | Initialisation::Centred => Start::Zero,
            Initialisation::Scaled(factor) => Start::Scaled { factor, seed, index: 0 },
        };
        let trial = Trial {
            kernel: curve.kernel(KernelKind::Ntk),
            starts: starts.iter().map(start).collect(),
            filters: self.times.filters(n)?,
            method: self.method(n),
        };
        let result = trial.run(data.view())?;
        if let Some(warning) = result.accuracy.warning() {
            return Err(Error::parameter("method", format!("n = {n}"), warning));
        }
        let classes = curve.task.is_classification();
        let reached = result.best().into_iter().enumerate().map(|(row, best)| Reached {
            error: best.error,
            time: best.filter.time().unwrap_or(f64::INFINITY),
            last_error: result.errors[[row, result.filters.len() - 1]],
            misclassified: classes.then_some(best.sign_error),
        });
        Ok(reached.collect())
    }
}
