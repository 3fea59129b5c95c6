//! What a grid of output variances consists of.

use std::fmt;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::estimate::VarianceEstimate;
use super::params::{OutputVariance, Place};
use super::theory::VariancePoint;
use super::trained::EnsemblePoint;
use crate::error::{Error, Result};
use crate::experiment::grid::{common, union};
use crate::frame::Frame;
use crate::kernel::{DeepKernel, FixedPoint, MeanField};
use crate::origin::Origins;

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
    pub kernel: DeepKernel,
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
    /// What computed the points.
    #[serde(default)]
    pub computed_by: Origins,
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

    /// Results of one grid, put together in its order: shards of it, for instance. A point that several have must be the same in
    /// all of them.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no result, parameters or limits that differ, a point with different numbers in two results, and
    /// one that is none of the grid's.
    pub fn merge(parts: &[OutputVarianceResult]) -> Result<OutputVarianceResult> {
        let parameters = common(parts.iter().map(|part| &part.parameters))?.clone();
        let limits = common(parts.iter().map(|part| &part.limits))?.clone();
        // Images have one mean cosine, which only the points know.
        let images = parts.iter().find_map(|part| part.points.first()).map(|p| p.cosine);
        let keys = parameters.keys(images);
        let names: Vec<String> = keys.iter().map(Key::to_string).collect();
        let points = union(&names, parts.iter().flat_map(|part| &part.points), |p| p.key().to_string())?;
        let wide = |key: &Key| {
            parameters.widths().iter().map(|width| Key { width: Some(*width), ..*key }.to_string()).collect()
        };
        let names: Vec<String> = keys.iter().flat_map(|key| -> Vec<String> { wide(key) }).collect();
        let ensembles =
            union(&names, parts.iter().flat_map(|part| &part.ensembles), |e| e.key().to_string())?;
        let computed_by = parts.iter().flat_map(|part| part.computed_by.iter().cloned()).collect();
        Ok(OutputVarianceResult { points, ensembles, limits, parameters, computed_by })
    }

    /// How many points of the grid are not there.
    pub fn missing(&self) -> usize {
        let images = self.points.first().map(|p| p.cosine).or(Some(0.0));
        self.parameters.keys(images).len().saturating_sub(self.points.len())
    }

    /// Its points in the grid's order. Those that are none of the parameters' grid are refused, as are points without their
    /// ensembles and other limits than the grid's.
    pub(crate) fn checked(self, which: &str) -> Result<Self> {
        let p = &self.parameters;
        p.check()?;
        let limits = p.sigma_b2.iter().flat_map(|b| p.sigma_w2.iter().map(|w| (*w, *b)));
        let whole = self.ensembles.len() == self.points.len() * p.widths().len()
            && limits.eq(self.limits.iter().map(|l| (l.sigma_w2, l.sigma_b2)));
        if !whole {
            let why = "its ensembles or limits are not those of its points: part of it is missing";
            return Err(Error::parameter("file", which, why));
        }
        OutputVarianceResult::merge(&[self])
    }

    /// One row a point of theory: `sigma_w2`, `sigma_b2`, `depth`, `cosine`, `variance`, `covariance`, `variance_gap`,
    /// `diagonal`, `off_diagonal`, `gap`, `ratio`, `weight`, `formula`, `exact`, `exact_mean`, `rounding`, `condition`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.points)
            .number("sigma_w2", |p| p.sigma_w2)
            .number("sigma_b2", |p| p.sigma_b2)
            .whole("depth", |p| p.kernel.depth)
            .number("cosine", |p| p.cosine)
            .number("variance", |p| p.kernel.variance)
            .number("covariance", |p| p.kernel.covariance)
            .number("variance_gap", |p| p.kernel.variance_gap)
            .number("diagonal", |p| p.kernel.diagonal)
            .number("off_diagonal", |p| p.kernel.off_diagonal)
            .number("gap", |p| p.kernel.gap)
            .known("ratio", |p| p.ratio)
            .number("weight", |p| p.weight)
            .number("formula", |p| p.formula)
            .known("exact", |p| p.exact)
            .known("exact_mean", |p| p.exact_mean)
            .number("rounding", |p| p.rounding)
            .number("condition", |p| p.condition)
            .build("the points of output variances")
    }

    /// One row an ensemble and kind of output (`start`, `linear`, `linear_limit`, `linear_zero`,
    /// `linear_zero_limit`, `limit_weights`, `trained`): `sigma_w2`, `sigma_b2`, `depth`, `cosine`, `width`, `output`, `networks`, `variance`, `low`, `high`, `expected_variance`, `z`, `mean`, `mean_error`,
    /// `expected_mean`, `mean_z`, `gap`, `diverged`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn ensemble_frame(&self) -> Result<DataFrame> {
        let rows =
            self.ensembles.iter().flat_map(|e| e.estimates().into_iter().map(move |(name, v)| (e, name, v)));
        Frame::of(rows)
            .number("sigma_w2", |(e, ..)| e.sigma_w2)
            .number("sigma_b2", |(e, ..)| e.sigma_b2)
            .whole("depth", |(e, ..)| e.depth)
            .number("cosine", |(e, ..)| e.cosine)
            .whole("width", |(e, ..)| e.width)
            .text("output", |(_, name, _)| name)
            .whole("networks", |(.., v)| v.count)
            .number("variance", |(.., v)| v.variance)
            .number("low", |(.., v)| v.interval[0])
            .number("high", |(.., v)| v.interval[1])
            .known("expected_variance", |(.., v)| v.expected_variance)
            .known("z", |(.., v)| v.z)
            .number("mean", |(.., v)| v.mean)
            .number("mean_error", |(.., v)| v.mean_error)
            .known("expected_mean", |(.., v)| v.expected_mean)
            .known("mean_z", |(.., v)| v.mean_z)
            .known("gap", |(e, ..)| e.gap)
            .whole("diverged", |(e, ..)| e.diverged)
            .build("the ensembles of output variances")
    }
}

/// Where a point belongs in a grid; of theory without a width.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Key {
    sigma_w2: f64,
    sigma_b2: f64,
    depth: usize,
    cosine: f64,
    width: Option<usize>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Key { sigma_w2, sigma_b2, depth, cosine, width } = self;
        write!(f, "σ_w² = {sigma_w2}, σ_b² = {sigma_b2}, H = {depth}, c = {cosine}")?;
        width.map_or(Ok(()), |width| write!(f, ", M = {width}"))
    }
}

impl VariancePoint {
    fn key(&self) -> Key {
        let VariancePoint { sigma_w2, sigma_b2, cosine, .. } = *self;
        Key { sigma_w2, sigma_b2, depth: self.kernel.depth, cosine, width: None }
    }
}

impl EnsemblePoint {
    fn key(&self) -> Key {
        let EnsemblePoint { sigma_w2, sigma_b2, depth, cosine, width, .. } = *self;
        Key { sigma_w2, sigma_b2, depth, cosine, width: Some(width) }
    }

    /// The estimates there are, by name.
    pub fn estimates(&self) -> Vec<(&'static str, &VarianceEstimate)> {
        let all = [
            ("start", Some(&self.start)),
            ("linear", Some(&self.linear)),
            ("linear_limit", self.linear_limit.as_ref()),
            ("linear_zero", Some(&self.linear_zero)),
            ("linear_zero_limit", self.linear_zero_limit.as_ref()),
            ("limit_weights", self.limit_weights.as_ref()),
            ("trained", self.trained.as_ref()),
        ];
        all.into_iter().filter_map(|(name, estimate)| Some((name, estimate?))).collect()
    }
}

impl OutputVariance {
    fn widths(&self) -> &[usize] {
        self.networks.as_ref().map_or(&[], |networks| &networks.widths)
    }

    /// Where the points of theory belong, in their order; `images` is the images' mean cosine.
    fn keys(&self, images: Option<f64>) -> Vec<Key> {
        let own: Vec<f64> = match &self.images {
            Some(_) => images.into_iter().collect(),
            None => self.cosines.clone(),
        };
        let places = self.places().into_iter();
        places
            .flat_map(|Place { sigma_w2, sigma_b2, depth, .. }| {
                own.iter().map(move |&cosine| Key { sigma_w2, sigma_b2, depth, cosine, width: None })
            })
            .collect()
    }

    pub(super) fn depth_limits(&self) -> Result<Vec<DepthLimit>> {
        let mut limits = Vec::new();
        for &sigma_b2 in &self.sigma_b2 {
            for &sigma_w2 in &self.sigma_w2 {
                let field = MeanField { activation: self.activation.clone(), sigma_w2, sigma_b2 };
                let (fixed_point, kernel) = (field.fixed_point()?, field.deep_kernel()?);
                limits.push(DepthLimit { sigma_w2, sigma_b2, fixed_point, kernel });
            }
        }
        Ok(limits)
    }
}
