//! The same targets on the same rows under two architectures.

use serde::{Deserialize, Serialize};

use super::{ComparedTarget, LabelsAgainstF0Result};
use crate::data::Source;
use crate::error::{Error, Result};
use crate::regression::MeanInterval;
use crate::smoothness::{Estimate, Estimator};

/// r of one target under one architecture minus r under another, subset by subset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArchitectureDifference {
    /// The data set.
    pub source: Source,
    /// Hidden layers of both.
    pub depth: usize,
    /// The target; the drawn f₀ are those of each architecture itself.
    pub target: ComparedTarget,
    /// Which estimator.
    pub estimator: Estimator,
    /// The difference of r, with Student's 95 % interval over subsets.
    pub r: MeanInterval,
    /// Of the pairs of estimates behind it, how many have a warning on either side.
    pub warned: usize,
    /// Pairs of estimates.
    pub pairs: usize,
}

impl LabelsAgainstF0Result {
    /// r here minus r in `other`, of every set, depth, target and estimator that both have without a bias.
    ///
    /// # Errors
    /// [`Error::Parameter`] where n, the scaling or the seed differ, so that the subsets, permutations or draws are not the same.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::prelude::*;
    /// let dense = LabelsAgainstF0 { biases: vec![false], n: 1000, ..Default::default() };
    /// let images = LabelsAgainstF0 { filters: Some(Filters::default()), ..dense.clone() };
    /// for difference in images.run()?.minus(&dense.run()?)? {
    ///     println!("{} {}: {:+.3}", difference.source, difference.target, difference.r.mean);
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn minus(&self, other: &LabelsAgainstF0Result) -> Result<Vec<ArchitectureDifference>> {
        self.same_rows(other)?;
        let here = &self.parameters;
        let mut found = Vec::new();
        for &source in &here.sources {
            for &depth in &here.depths {
                for target in here.row_targets() {
                    for estimator in Estimator::ALL {
                        let place = (source, depth, target, estimator);
                        found.extend(self.difference(other, place)?);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Refuses a result on other rows, or with other draws.
    pub(super) fn same_rows(&self, other: &LabelsAgainstF0Result) -> Result<()> {
        let (here, there) = (&self.parameters, &other.parameters);
        if (here.n, here.scaling, here.seed) != (there.n, there.scaling, there.seed) {
            let found = format!("n = {} and {}, seed {} and {}", here.n, there.n, here.seed.0, there.seed.0);
            let why =
                "n, scaling and seed must be those of the other result: only the same rows can be compared";
            return Err(Error::parameter("other", found, why));
        }
        Ok(())
    }

    /// The estimates of one target on one subset: several of drawn functions.
    fn of(
        &self,
        (source, depth, target, estimator): (Source, usize, ComparedTarget, Estimator),
        subset: usize,
    ) -> impl Iterator<Item = &Estimate> {
        let own = self.readings.iter().filter(move |q| {
            (q.source, q.depth, q.bias, q.subset) == (source, depth, false, subset)
                && q.estimate.estimator == estimator
                && q.target.goes_with(target)
        });
        own.map(|q| &q.estimate)
    }

    fn difference(
        &self,
        other: &LabelsAgainstF0Result,
        place: (Source, usize, ComparedTarget, Estimator),
    ) -> Result<Option<ArchitectureDifference>> {
        let mean = |estimates: &[&Estimate]| -> Option<f64> {
            let values: Vec<f64> = estimates.iter().map(|e| e.r).collect::<Option<_>>()?;
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let (mut values, mut warned, mut pairs) = (Vec::new(), 0, 0);
        for subset in 0..self.parameters.most.min(other.parameters.most) {
            let [a, b] = [self, other].map(|result| result.of(place, subset).collect::<Vec<_>>());
            let (Some(one), Some(two)) = (mean(&a), mean(&b)) else { continue };
            values.push(one - two);
            pairs += a.len();
            warned +=
                a.iter().zip(&b).filter(|(a, b)| !(a.warnings.is_empty() && b.warnings.is_empty())).count();
        }
        if values.len() < 2 {
            return Ok(None);
        }
        let (source, depth, target, estimator) = place;
        let r = MeanInterval::of(&values, 0.95)?;
        Ok(Some(ArchitectureDifference { source, depth, target, estimator, r, warned, pairs }))
    }
}
