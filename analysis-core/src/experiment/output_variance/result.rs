//! What a grid of output variances consists of.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::{EnsemblePoint, OutputVariance, VarianceEstimate, VariancePoint};
use crate::error::{Error, Result};
use crate::network::{FixedPoint, KernelLimit, MeanField};

/// Where great depth leads at one (σ_w², σ_b²).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DepthLimit {
    /// σ_w².
    pub sigma_w2: f64,
    /// σ_b².
    pub sigma_b2: f64,
    /// The mean-field fixed point.
    pub fixed_point: FixedPoint,
    /// What κ₁/κ₂ and κ₂ tend to.
    pub kernel: KernelLimit,
}

/// The points of a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputVarianceResult {
    /// By σ_b², σ_w², depth, cosine.
    pub points: Vec<VariancePoint>,
    /// By σ_b², σ_w², depth, cosine, width; empty for theory alone.
    pub ensembles: Vec<EnsemblePoint>,
    /// By σ_b², σ_w².
    pub limits: Vec<DepthLimit>,
    /// The parameters.
    pub parameters: OutputVariance,
}

/// Positions in lists are compared by value: a place belongs to the grid or it does not.
fn place(list: &[f64], value: f64) -> usize {
    list.iter().position(|v| *v == value).unwrap_or(list.len())
}

impl OutputVarianceResult {
    /// The points of one line of the grid, by depth.
    pub fn line(&self, sigma_w2: f64, sigma_b2: f64, cosine: f64) -> Vec<VariancePoint> {
        let own = |p: &&VariancePoint| (p.sigma_w2, p.sigma_b2, p.cosine) == (sigma_w2, sigma_b2, cosine);
        self.points.iter().filter(own).copied().collect()
    }

    /// The cosines that there are: those of the parameters, or the images' mean.
    pub fn cosines(&self) -> Vec<f64> {
        let mut cosines: Vec<f64> = self.points.iter().map(|p| p.cosine).collect();
        cosines.sort_by(f64::total_cmp);
        cosines.dedup();
        cosines
    }

    /// Results of shards, put together; a point that two of them have must be the same.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no result, other parameters than the first one's (but for the shard), and points that differ.
    pub fn merge(shards: &[OutputVarianceResult]) -> Result<OutputVarianceResult> {
        let Some(first) = shards.first() else {
            return Err(Error::parameter("merge", "[]", "name at least one file"));
        };
        let parameters = OutputVariance { shard: Default::default(), ..first.parameters.clone() };
        let mut whole = OutputVarianceResult {
            points: Vec::new(),
            ensembles: Vec::new(),
            limits: first.limits.clone(),
            parameters: parameters.clone(),
        };
        for (index, shard) in shards.iter().enumerate() {
            let which = format!("result {} of {}", index + 1, shards.len());
            if (OutputVariance { shard: Default::default(), ..shard.parameters.clone() }) != parameters {
                let why = "belongs to another grid than the first one";
                return Err(Error::parameter("merge", which, why));
            }
            let same = |a: &VariancePoint, b: &VariancePoint| {
                (a.sigma_w2, a.sigma_b2, a.kernel.depth, a.cosine)
                    == (b.sigma_w2, b.sigma_b2, b.kernel.depth, b.cosine)
            };
            add(&mut whole.points, &shard.points, &which, same)?;
            let same = |a: &EnsemblePoint, b: &EnsemblePoint| {
                (a.sigma_w2, a.sigma_b2, a.depth, a.cosine, a.width)
                    == (b.sigma_w2, b.sigma_b2, b.depth, b.cosine, b.width)
            };
            add(&mut whole.ensembles, &shard.ensembles, &which, same)?;
        }
        let p = &whole.parameters;
        let order = |w: f64, b: f64, depth: usize| (place(&p.sigma_b2, b), place(&p.sigma_w2, w), depth);
        whole.points.sort_by(|x, y| {
            (order(x.sigma_w2, x.sigma_b2, x.kernel.depth))
                .cmp(&order(y.sigma_w2, y.sigma_b2, y.kernel.depth))
                .then(x.cosine.total_cmp(&y.cosine))
        });
        whole.ensembles.sort_by(|x, y| {
            (order(x.sigma_w2, x.sigma_b2, x.depth))
                .cmp(&order(y.sigma_w2, y.sigma_b2, y.depth))
                .then(x.cosine.total_cmp(&y.cosine))
                .then(x.width.cmp(&y.width))
        });
        Ok(whole)
    }

    /// One row a point of theory: `sigma_w2`, `sigma_b2`, `depth`, `cosine`, `variance`, `covariance`, `variance_gap`,
    /// `diagonal`, `off_diagonal`, `gap`, `ratio`, `weight`, `formula`, `exact`, `exact_mean`, `rounding`, `condition`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let p = &self.points;
        let number = |name: &str, value: fn(&VariancePoint) -> f64| {
            Column::new(name.into(), p.iter().map(value).collect::<Vec<_>>())
        };
        let known = |name: &str, value: fn(&VariancePoint) -> Option<f64>| {
            Column::new(name.into(), p.iter().map(value).collect::<Vec<_>>())
        };
        let columns = vec![
            number("sigma_w2", |p| p.sigma_w2),
            number("sigma_b2", |p| p.sigma_b2),
            Column::new("depth".into(), p.iter().map(|p| p.kernel.depth as u32).collect::<Vec<_>>()),
            number("cosine", |p| p.cosine),
            number("variance", |p| p.kernel.variance),
            number("covariance", |p| p.kernel.covariance),
            number("variance_gap", |p| p.kernel.variance_gap),
            number("diagonal", |p| p.kernel.diagonal),
            number("off_diagonal", |p| p.kernel.off_diagonal),
            number("gap", |p| p.kernel.gap),
            known("ratio", |p| p.ratio),
            number("weight", |p| p.weight),
            number("formula", |p| p.formula),
            known("exact", |p| p.exact),
            known("exact_mean", |p| p.exact_mean),
            number("rounding", |p| p.rounding),
            number("condition", |p| p.condition),
        ];
        DataFrame::new(p.len(), columns).map_err(|e| Error::frame("the points of output variances", &e))
    }

    /// One row an ensemble and kind of output (`start`, `linear`, `linear_limit`, `linear_zero`, `trained`): `sigma_w2`, `sigma_b2`, `depth`,
    /// `cosine`, `width`, `output`, `networks`, `variance`, `low`, `high`, `expected_variance`, `z`, `mean`, `mean_error`,
    /// `expected_mean`, `mean_z`, `drift`, `diverged`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn ensemble_frame(&self) -> Result<DataFrame> {
        let rows: Vec<(&EnsemblePoint, &str, &VarianceEstimate)> = self
            .ensembles
            .iter()
            .flat_map(|e| e.estimates().into_iter().map(move |(name, v)| (e, name, v)))
            .collect();
        let whole = |name: &str, value: &dyn Fn(&EnsemblePoint, &VarianceEstimate) -> usize| {
            Column::new(name.into(), rows.iter().map(|(e, _, v)| value(e, v) as u32).collect::<Vec<_>>())
        };
        let number = |name: &str, value: &dyn Fn(&EnsemblePoint, &VarianceEstimate) -> Option<f64>| {
            Column::new(name.into(), rows.iter().map(|(e, _, v)| value(e, v)).collect::<Vec<_>>())
        };
        let columns = vec![
            number("sigma_w2", &|e, _| Some(e.sigma_w2)),
            number("sigma_b2", &|e, _| Some(e.sigma_b2)),
            whole("depth", &|e, _| e.depth),
            number("cosine", &|e, _| Some(e.cosine)),
            whole("width", &|e, _| e.width),
            Column::new("output".into(), rows.iter().map(|(_, name, _)| *name).collect::<Vec<_>>()),
            whole("networks", &|_, v| v.count),
            number("variance", &|_, v| Some(v.variance)),
            number("low", &|_, v| Some(v.interval[0])),
            number("high", &|_, v| Some(v.interval[1])),
            number("expected_variance", &|_, v| v.expected_variance),
            number("z", &|_, v| v.z),
            number("mean", &|_, v| Some(v.mean)),
            number("mean_error", &|_, v| Some(v.mean_error)),
            number("expected_mean", &|_, v| v.expected_mean),
            number("mean_z", &|_, v| v.mean_z),
            number("drift", &|e, _| e.drift),
            whole("diverged", &|e, _| e.diverged),
        ];
        DataFrame::new(rows.len(), columns).map_err(|e| Error::frame("the ensembles of output variances", &e))
    }
}

fn add<T: Clone + PartialEq>(
    whole: &mut Vec<T>,
    part: &[T],
    which: &str,
    same: impl Fn(&T, &T) -> bool,
) -> Result<()> {
    for point in part {
        match whole.iter().find(|p| same(p, point)) {
            Some(known) if known == point => {}
            Some(_) => {
                let why = "has other numbers for a point that an earlier one has too";
                return Err(Error::parameter("merge", which, why));
            }
            None => whole.push(point.clone()),
        }
    }
    Ok(())
}

impl EnsemblePoint {
    /// The estimates there are, by name.
    pub fn estimates(&self) -> Vec<(&'static str, &VarianceEstimate)> {
        let all = [
            ("start", Some(&self.start)),
            ("linear", Some(&self.linear)),
            ("linear_limit", self.linear_limit.as_ref()),
            ("linear_zero", Some(&self.linear_zero)),
            ("trained", self.trained.as_ref()),
        ];
        all.into_iter().filter_map(|(name, estimate)| Some((name, estimate?))).collect()
    }
}

impl OutputVariance {
    pub(super) fn depth_limits(&self) -> Result<Vec<DepthLimit>> {
        let mut limits = Vec::new();
        for &sigma_b2 in &self.sigma_b2 {
            for &sigma_w2 in &self.sigma_w2 {
                let field = MeanField { activation: self.activation.clone(), sigma_w2, sigma_b2 };
                let (fixed_point, kernel) = (field.fixed_point()?, field.kernel_limit()?);
                limits.push(DepthLimit { sigma_w2, sigma_b2, fixed_point, kernel });
            }
        }
        Ok(limits)
    }
}
