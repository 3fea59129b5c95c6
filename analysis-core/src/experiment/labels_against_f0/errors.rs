//! The learning curves themselves: leave-one-out errors of labels and f₀, means over subsets, and between architectures.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::over_subsets::interval;
use super::{ComparedTarget, LabelsAgainstF0Result};
use crate::data::Source;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::frame::Frame;
use crate::regression::MeanInterval;
use crate::smoothness::LeaveOneOutPoint;

/// The leave-one-out error of one target at one n, as a share of the target's variance: means over disjoint subsets, with Student's
/// 95 % intervals. Of drawn f₀ the mean of a subset's draws is one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedError {
    /// The data set.
    pub source: Source,
    /// Hidden layers of the kernel.
    pub depth: usize,
    /// Whether its first layer has a bias.
    pub bias: bool,
    /// The target; of drawn f₀ the first stands for all.
    pub target: ComparedTarget,
    /// Rows that are learnt from, and each left out once.
    pub n: usize,
    /// Without a ridge; nothing for fewer than two subsets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<MeanInterval>,
    /// With the best of the ridges, chosen by the same errors: a little below what one chosen in advance would give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridged: Option<MeanInterval>,
}

/// The error of one target under one architecture minus that under another, both as shares of the target's variance, subset by subset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorDifference {
    /// The data set.
    pub source: Source,
    /// Hidden layers of both.
    pub depth: usize,
    /// The target; the drawn f₀ are those of each architecture itself.
    pub target: ComparedTarget,
    /// Rows that are learnt from.
    pub n: usize,
    /// Without a ridge, with Student's 95 % interval over subsets.
    pub error: MeanInterval,
    /// With the best of the ridges under each.
    pub ridged: MeanInterval,
}

/// One target under one kernel: set, hidden layers, bias, target.
type Line = (Source, usize, bool, ComparedTarget);

/// The errors of one subset at one n over the target's variance, without a ridge and with the best.
type Shares = [f64; 2];

impl LabelsAgainstF0Result {
    /// The errors, by set, depth, bias, target and n. Empty where a result was made before it kept its curves.
    ///
    /// # Errors
    /// Those of [`MeanInterval::of`]; there are none for finite errors.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::experiment::LabelsAgainstF0;
    /// let result = LabelsAgainstF0 { n: 1000, most: 6, ..Default::default() }.run()?;
    /// for line in result.errors()? {
    ///     println!("{} {} n = {}: {:?} of the variance", line.source, line.target, line.n, line.ridged);
    /// }
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn errors(&self) -> Result<Vec<ComparedError>> {
        let (mut found, sizes) = (Vec::new(), self.sizes());
        for line in self.lines() {
            let (source, depth, bias, target) = line;
            for &n in &sizes {
                let subsets = self.shares(line, n);
                if subsets.is_empty() {
                    continue;
                }
                let [error, ridged] = intervals(subsets.iter().map(|(_, shares)| *shares))?;
                found.push(ComparedError { source, depth, bias, target, n, error, ridged });
            }
        }
        Ok(found)
    }

    /// The errors here minus those in `other`, of every set, depth, target and n that both have without a bias on two subsets or more.
    ///
    /// # Errors
    /// As [`LabelsAgainstF0Result::minus`].
    pub fn errors_minus(&self, other: &LabelsAgainstF0Result) -> Result<Vec<ErrorDifference>> {
        self.same_rows(other)?;
        let (mut found, sizes) = (Vec::new(), self.sizes());
        for line in self.lines().into_iter().filter(|line| !line.2) {
            let (source, depth, _, target) = line;
            for &n in &sizes {
                let there = other.shares(line, n);
                let differences = self.shares(line, n).into_iter().filter_map(|(subset, here)| {
                    let (_, there) = there.iter().find(|(of, _)| *of == subset)?;
                    Some([here[0] - there[0], here[1] - there[1]])
                });
                if let [Some(error), Some(ridged)] = intervals(differences)? {
                    found.push(ErrorDifference { source, depth, target, n, error, ridged });
                }
            }
        }
        Ok(found)
    }

    /// One row an error: `source`, `depth`, `bias`, `target`, `n`, `error`, `error_low`, `error_high`, `ridged`, `ridged_low`,
    /// `ridged_high`, shares of the target's variance; empty where there is no number.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn error_frame(&self) -> Result<DataFrame> {
        Frame::of(&self.errors()?)
            .text("source", |e| e.source)
            .whole("depth", |e| e.depth)
            .text("bias", |e| e.bias)
            .text("target", |e| e.target)
            .whole("n", |e| e.n)
            .known("error", |e| e.error.map(|i| i.mean))
            .known("error_low", |e| e.error.map(|i| i.low))
            .known("error_high", |e| e.error.map(|i| i.high))
            .known("ridged", |e| e.ridged.map(|i| i.mean))
            .known("ridged_low", |e| e.ridged.map(|i| i.low))
            .known("ridged_high", |e| e.ridged.map(|i| i.high))
            .build("leave-one-out errors")
    }

    fn lines(&self) -> Vec<Line> {
        let p = &self.parameters;
        let mut lines = Vec::new();
        for &source in &p.sources {
            for &depth in &p.depths {
                for &bias in &p.biases {
                    lines.extend(p.row_targets().into_iter().map(|target| (source, depth, bias, target)));
                }
            }
        }
        lines
    }

    /// The n of all curves, ascending.
    fn sizes(&self) -> Vec<usize> {
        let all = self.curves.iter().flat_map(|own| own.curve.points.iter().map(|point| point.n));
        all.collect::<std::collections::BTreeSet<usize>>().into_iter().collect()
    }

    /// By subset; several draws are one value.
    fn shares(&self, (source, depth, bias, target): Line, n: usize) -> Vec<(usize, Shares)> {
        let of = |subset: usize| {
            let own = self.curves.iter().filter(|own| {
                (own.source, own.depth, own.bias, own.subset) == (source, depth, bias, subset)
                    && own.target.goes_with(target)
            });
            let shares: Vec<Shares> = own
                .filter_map(|own| {
                    let at = |point: &LeaveOneOutPoint| {
                        [point.error, point.ridged].map(|e| e / own.curve.variance)
                    };
                    own.curve.points.iter().find(|point| point.n == n).map(at)
                })
                .collect();
            let mean = |which: usize| shares.iter().map(|of| of[which]).sum::<f64>() / shares.len() as f64;
            (!shares.is_empty()).then(|| (subset, [mean(0), mean(1)]))
        };
        (0..self.parameters.most).filter_map(of).collect()
    }
}

/// The intervals of both, over subsets.
fn intervals(subsets: impl Iterator<Item = Shares>) -> Result<[Option<MeanInterval>; 2]> {
    let (plain, ridged) = subsets.map(|[plain, ridged]| (plain, ridged)).unzip();
    Ok([interval(plain)?, interval(ridged)?])
}
