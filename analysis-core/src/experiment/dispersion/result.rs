//! What a grid of dispersions consists of.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{Dispersion, Place};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::{common, union};
use crate::frame::Frame;
use crate::origin::Origins;

/// One point of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DispersionPoint {
    /// H, hidden layers.
    pub depth: usize,
    /// M.
    pub width: usize,
    /// σ_w².
    pub sigma_w2: f64,
    /// σ_b².
    pub sigma_b2: f64,
    /// How many networks.
    pub initialisations: usize,
    /// E\[Θ²\]/E\[Θ\]² of the sample.
    pub ratio: f64,
    /// Its interval at the parameters' level, see [`RatioEstimate`](super::RatioEstimate).
    pub interval: [f64; 2],
    /// The exact ratio: for ReLU's Θ(x,x), and for its Θ(x,x') at one hidden layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_ratio: Option<f64>,
    /// The mean of Θ over the sample.
    pub mean: f64,
    /// Its standard error, from the sample.
    pub mean_error: f64,
    /// The exact E\[Θ\].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_mean: Option<f64>,
    /// (mean − exact mean) over the exact standard error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// The largest network's share of Σ Θ².
    pub largest_share: f64,
    /// The sample cannot see the tail that E\[Θ²\] lives on: judged by the exact ratio where it is known, else by the upper
    /// end of the interval, and by the sample itself ([`RatioEstimate::decided_by_one`](super::RatioEstimate)).
    /// Ratio and interval are then too low more often than not.
    pub tail_unseen: bool,
}

impl DispersionPoint {
    /// Which networks it is of.
    pub(super) fn name(&self) -> String {
        named(self.width, self.sigma_w2, self.sigma_b2, self.depth)
    }

    /// H/M.
    pub fn lambda(&self) -> f64 {
        self.depth as f64 / self.width as f64
    }
}

fn named(width: usize, sigma_w2: f64, sigma_b2: f64, depth: usize) -> String {
    format!("M = {width}, σ_w² = {sigma_w2}, σ_b² = {sigma_b2}, H = {depth}")
}

impl Dispersion {
    /// The names of all points, in their order.
    fn names(&self) -> Vec<String> {
        let block = |place: Place| {
            let depths = self.block_depths(place).iter();
            depths.map(move |depth| named(place.width, place.sigma_w2, place.sigma_b2, *depth))
        };
        self.places().into_iter().flat_map(block).collect()
    }
}

/// The points of a grid, by width, σ_b², σ_w², depth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DispersionResult {
    /// The points.
    pub points: Vec<DispersionPoint>,
    /// The parameters.
    pub parameters: Dispersion,
    /// What computed the points.
    #[serde(default)]
    pub computed_by: Origins,
}

impl DispersionResult {
    /// The points of one line of the grid, by depth.
    pub fn line(&self, width: usize, sigma_w2: f64, sigma_b2: f64) -> Vec<DispersionPoint> {
        let own = |p: &&DispersionPoint| (p.width, p.sigma_w2, p.sigma_b2) == (width, sigma_w2, sigma_b2);
        self.points.iter().filter(own).cloned().collect()
    }

    /// Results of one grid, put together in its order: shards of it, for instance. A point that several have must be the same
    /// in all of them.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) for no result, parameters that differ, a point with different numbers
    /// in two results, and one that is none of the grid's.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Dispersion, DispersionResult, Shard};
    /// use analysis_core::session::Session;
    /// let grid = Dispersion { widths: vec![16, 32], depths: vec![1, 4], ..Default::default() };
    /// let part = |index| grid.run_in(&Session::default().shard(Shard { index, of: 2 }));
    /// let (first, second) = (part(0)?, part(1)?);
    /// assert_eq!((first.points.len(), first.missing()), (2, 2));
    /// assert_eq!(DispersionResult::merge(&[second, first])?, grid.run()?);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn merge(parts: &[DispersionResult]) -> Result<DispersionResult> {
        let parameters = common(parts.iter().map(|part| &part.parameters))?.clone();
        let points =
            union(&parameters.names(), parts.iter().flat_map(|part| &part.points), DispersionPoint::name)?;
        let computed_by = parts.iter().flat_map(|part| part.computed_by.iter().cloned()).collect();
        Ok(DispersionResult { points, parameters, computed_by })
    }

    /// How many points of the grid are not there.
    pub fn missing(&self) -> usize {
        self.parameters.names().len().saturating_sub(self.points.len())
    }

    /// Its points in the grid's order; those that are none of the parameters' grid are refused.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        DispersionResult::merge(&[self])
    }

    /// How many points have a tail that the sample cannot see.
    pub fn unseen(&self) -> usize {
        self.points.iter().filter(|p| p.tail_unseen).count()
    }

    /// One row a point: `width`, `depth`, `sigma_w2`, `sigma_b2`, `initialisations`, `ratio`, `low`, `high`, `exact_ratio`,
    /// `mean`, `mean_error`, `exact_mean`, `z`, `largest_share`, `tail_unseen`.
    ///
    /// # Errors
    /// [`Error::Frame`](crate::error::Error::Frame) if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.points)
            .whole("width", |p| p.width)
            .whole("depth", |p| p.depth)
            .number("sigma_w2", |p| p.sigma_w2)
            .number("sigma_b2", |p| p.sigma_b2)
            .whole("initialisations", |p| p.initialisations)
            .number("ratio", |p| p.ratio)
            .number("low", |p| p.interval[0])
            .number("high", |p| p.interval[1])
            .known("exact_ratio", |p| p.exact_ratio)
            .number("mean", |p| p.mean)
            .number("mean_error", |p| p.mean_error)
            .known("exact_mean", |p| p.exact_mean)
            .known("z", |p| p.z)
            .number("largest_share", |p| p.largest_share)
            .flag("tail_unseen", |p| p.tail_unseen)
            .build("the points of a dispersion grid")
    }
}
