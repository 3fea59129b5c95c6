//! Readings of all subsets, and means over them.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::over_subsets::{interval, mean};
use super::sample::Sample;
use super::{ComparedTarget, LabelsAgainstF0, Place};
use crate::data::Source;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::LabelEncoding;
use crate::experiment::grid::{common, union};
use crate::frame::Frame;
use crate::origin::Origins;
use crate::regression::MeanInterval;
use crate::smoothness::{Estimate, Estimator, LeaveOneOutCurve};

/// What one estimator says of one target on one subset under one kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedReading {
    /// The data set.
    pub source: Source,
    /// Hidden layers of the kernel.
    pub depth: usize,
    /// Whether its first layer has a bias.
    pub bias: bool,
    /// Number of the subset, from 0.
    pub subset: usize,
    /// The target.
    pub target: ComparedTarget,
    /// What is said of it.
    pub estimate: Estimate,
}

/// The leave-one-out errors of one target on one subset under one kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedCurve {
    /// The data set.
    pub source: Source,
    /// Hidden layers of the kernel.
    pub depth: usize,
    /// Whether its first layer has a bias.
    pub bias: bool,
    /// Number of the subset, from 0.
    pub subset: usize,
    /// The target; f₀ in expectation has no curve.
    pub target: ComparedTarget,
    /// Errors against n.
    pub curve: LeaveOneOutCurve,
}

/// One estimator on one target of a set under one kernel: means over disjoint subsets, with Student's 95 % intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedRow {
    /// The data set.
    pub source: Source,
    /// Hidden layers of the kernel.
    pub depth: usize,
    /// Whether its first layer has a bias.
    pub bias: bool,
    /// The target; of drawn f₀ the mean of a subset's draws is one value, and this is the first.
    pub target: ComparedTarget,
    /// Which estimator.
    pub estimator: Estimator,
    /// r; nothing where fewer than two subsets have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r: Option<MeanInterval>,
    /// β.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beta: Option<MeanInterval>,
    /// s = r/β.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s: Option<MeanInterval>,
    /// The share of noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_share: Option<MeanInterval>,
    /// r of drawn f₀ minus r of this target, subset by subset; nothing of f₀ itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f0_minus_this: Option<MeanInterval>,
    /// r of this target minus r of the permuted labels, subset by subset; nothing of those themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above_permuted: Option<MeanInterval>,
    /// Estimates that are in this row.
    pub estimates: usize,
    /// Of those, how many come with a warning.
    pub warned: usize,
}

impl ComparedRow {
    /// Whether r of f₀ is larger than r of this target: `Some(true)` where the interval of the difference lies above 0, `Some(false)`
    /// where it lies below, nothing where it holds 0 or is not known.
    pub fn f0_is_smoother(&self) -> Option<bool> {
        let difference = self.f0_minus_this.filter(|difference| difference.excludes(0.0))?;
        Some(difference.mean > 0.0)
    }
}

/// Labels beside f₀.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelsAgainstF0Result {
    /// By set, depth, bias, target and estimator; of readings that are there.
    pub rows: Vec<ComparedRow>,
    /// By set, depth, bias, subset, target and estimator.
    pub readings: Vec<ComparedReading>,
    /// By set, depth, bias, subset and target; of targets that have a leave-one-out curve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<ComparedCurve>,
    /// The largest number that was added to the diagonal of an NNGP matrix so that f₀ could be drawn; 0 as a rule.
    pub jitter: f64,
    /// The parameters.
    pub parameters: LabelsAgainstF0,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

/// What is known of subsets, before it is summed up.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) readings: Vec<ComparedReading>,
    pub(super) curves: Vec<ComparedCurve>,
    /// The largest that was needed.
    pub(super) jitter: f64,
}

impl LabelsAgainstF0 {
    pub(super) fn known(&self, place: Place, sample: &Sample) -> Known {
        let Place { source, depth, bias, subset } = place;
        let all = sample.targets.iter().flat_map(|of| of.estimates.iter().map(|e| (of.target, e.clone())));
        let reading = |(target, estimate)| ComparedReading { source, depth, bias, subset, target, estimate };
        let curves = sample.targets.iter().filter_map(|of| Some((of.target, of.curve.clone()?)));
        let curve = |(target, curve)| ComparedCurve { source, depth, bias, subset, target, curve };
        Known {
            readings: all.map(reading).collect(),
            curves: curves.map(curve).collect(),
            jitter: sample.jitter,
        }
    }

    /// What is known of several subsets, in their order.
    pub(super) fn summed_up(&self, parts: Vec<Known>, computed_by: Origins) -> Result<LabelsAgainstF0Result> {
        let (mut readings, mut curves, mut jitter) = (Vec::new(), Vec::new(), 0.0f64);
        for part in parts {
            readings.extend(part.readings);
            curves.extend(part.curves);
            jitter = jitter.max(part.jitter);
        }
        let mut rows = Vec::new();
        for &source in &self.sources {
            for &depth in &self.depths {
                for &bias in &self.biases {
                    let own = |q: &&ComparedReading| (q.source, q.depth, q.bias) == (source, depth, bias);
                    let own: Vec<&ComparedReading> = readings.iter().filter(own).collect();
                    rows.extend(self.rows_of(&own)?);
                }
            }
        }
        Ok(LabelsAgainstF0Result { rows, readings, curves, jitter, parameters: self.clone(), computed_by })
    }

    /// The rows of one set under one kernel.
    fn rows_of(&self, readings: &[&ComparedReading]) -> Result<Vec<ComparedRow>> {
        let mut rows = Vec::new();
        for target in self.row_targets() {
            for estimator in Estimator::ALL {
                let of = |of: ComparedTarget| {
                    readings
                        .iter()
                        .copied()
                        .filter(move |q| q.estimate.estimator == estimator && q.target.goes_with(of))
                };
                let Some(first) = of(target).next() else { continue };
                let values = |target, value: fn(&Estimate) -> Option<f64>| -> Vec<Option<f64>> {
                    (0..self.most)
                        .map(|subset| {
                            mean(of(target).filter(|q| q.subset == subset).map(|q| value(&q.estimate)))
                        })
                        .collect()
                };
                let over = |values: Vec<Option<f64>>| interval(values.into_iter().flatten().collect());
                let r = values(target, |e| e.r);
                let functions = values(ComparedTarget::Function { function: 0 }, |e| e.r);
                let permuted = values(ComparedTarget::Permuted, |e| e.r);
                let minus = |one: &[Option<f64>], other: &[Option<f64>]| {
                    over(one.iter().zip(other).map(|(a, b)| Some((*a)? - (*b)?)).collect())
                };
                let is_f0 = target.is_function() || target == ComparedTarget::ExpectedFunction;
                rows.push(ComparedRow {
                    source: first.source,
                    depth: first.depth,
                    bias: first.bias,
                    target,
                    estimator,
                    f0_minus_this: if is_f0 { None } else { minus(&functions, &r)? },
                    above_permuted: if target == ComparedTarget::Permuted {
                        None
                    } else {
                        minus(&r, &permuted)?
                    },
                    r: over(r)?,
                    beta: over(values(target, |e| Some(e.beta)))?,
                    s: over(values(target, |e| e.s))?,
                    noise_share: over(values(target, |e| e.noise_share))?,
                    estimates: of(target).count(),
                    warned: of(target).filter(|q| !q.estimate.warnings.is_empty()).count(),
                });
            }
        }
        Ok(rows)
    }

    /// The names of all readings, in their order.
    fn reading_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for place in self.places() {
            for target in self.targets() {
                let most = if target == ComparedTarget::ExpectedFunction { 3 } else { Estimator::ALL.len() };
                names.extend(Estimator::ALL[..most].iter().map(|estimator| {
                    named(place.source, place.depth, place.bias, place.subset, target, *estimator)
                }));
            }
        }
        names
    }

    /// The names of all curves, in their order.
    fn curve_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for Place { source, depth, bias, subset } in self.places() {
            let of = |target: &ComparedTarget| *target != ComparedTarget::ExpectedFunction;
            let targets = self.targets().into_iter().filter(of);
            names.extend(targets.map(|target| curve_named(source, depth, bias, subset, target)));
        }
        names
    }
}

fn named(
    source: Source,
    depth: usize,
    bias: bool,
    subset: usize,
    target: ComparedTarget,
    estimator: Estimator,
) -> String {
    format!("{source}, {depth} hidden, bias {bias}, subset {subset}, {target}, {estimator}")
}

fn curve_named(source: Source, depth: usize, bias: bool, subset: usize, target: ComparedTarget) -> String {
    format!("{source}, {depth} hidden, bias {bias}, subset {subset}, {target}, errors")
}

impl LabelsAgainstF0Result {
    /// Results of one comparison, put together in its order: shards of it, for instance. A reading or curve that several
    /// have must be the same in all of them.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no result, parameters that differ, a reading with different numbers in two results, and one that is
    /// none of the comparison's.
    pub fn merge(parts: &[LabelsAgainstF0Result]) -> Result<LabelsAgainstF0Result> {
        let parameters = common(parts.iter().map(|part| &part.parameters))?;
        let name =
            |q: &ComparedReading| named(q.source, q.depth, q.bias, q.subset, q.target, q.estimate.estimator);
        let readings =
            union(&parameters.reading_names(), parts.iter().flat_map(|part| &part.readings), name)?;
        let name = |q: &ComparedCurve| curve_named(q.source, q.depth, q.bias, q.subset, q.target);
        let curves = union(&parameters.curve_names(), parts.iter().flat_map(|part| &part.curves), name)?;
        let computed_by = parts.iter().flat_map(|part| part.computed_by.iter().cloned()).collect();
        let jitter = parts.iter().fold(0.0f64, |most, part| most.max(part.jitter));
        parameters.summed_up(vec![Known { readings, curves, jitter }], computed_by)
    }

    /// How many readings are not there.
    pub fn missing(&self) -> usize {
        self.parameters.reading_names().len().saturating_sub(self.readings.len())
    }

    /// Itself, its rows made anew from its readings; what is none of its own is refused.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        LabelsAgainstF0Result::merge(&[self])
    }

    /// The row of one target by one estimator.
    pub fn row(
        &self,
        source: Source,
        depth: usize,
        bias: bool,
        target: ComparedTarget,
        estimator: Estimator,
    ) -> Option<&ComparedRow> {
        let wanted = (source, depth, bias, estimator);
        self.rows.iter().find(|row| {
            (row.source, row.depth, row.bias, row.estimator) == wanted && row.target.goes_with(target)
        })
    }

    /// The same of labels in one encoding.
    pub fn labels(
        &self,
        source: Source,
        depth: usize,
        bias: bool,
        encoding: LabelEncoding,
        estimator: Estimator,
    ) -> Option<&ComparedRow> {
        self.row(source, depth, bias, ComparedTarget::Labels(encoding), estimator)
    }

    /// One row a reading: `source`, `depth`, `bias`, `subset`, `target`, `estimator`, `r`, `r_low`, `r_high`, `beta`, `s`,
    /// `noise_share`, `warnings` (how many); empty where there is no number.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.readings)
            .text("source", |q| q.source)
            .whole("depth", |q| q.depth)
            .text("bias", |q| q.bias)
            .whole("subset", |q| q.subset)
            .text("target", |q| q.target)
            .text("estimator", |q| q.estimate.estimator)
            .known("r", |q| q.estimate.r)
            .known("r_low", |q| q.estimate.r_interval.map(|i| i.low))
            .known("r_high", |q| q.estimate.r_interval.map(|i| i.high))
            .number("beta", |q| q.estimate.beta)
            .known("s", |q| q.estimate.s)
            .known("noise_share", |q| q.estimate.noise_share)
            .whole("warnings", |q| q.estimate.warnings.len())
            .build("labels beside f₀")
    }
}
