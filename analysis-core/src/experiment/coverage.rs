//! How often intervals from a few initialisations hold the exact dispersion: what 200 samples can be asked.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::grid::{ascending, whole};
use super::{Piece, RatioEstimate, Settings, side_by_side};
use crate::check;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::memory::Bytes;
use crate::network::{RandomNetworks, Sampler};
use crate::origin::Origins;
use crate::regression::{quantile, student_quantile};
use crate::seed::Seed;
use crate::session::Session;
use crate::store::Key;

/// Raised when the numbers of a depth change for the same parameters.
const REVISION: u32 = 2;

/// The experiment of [`Dispersion`](super::Dispersion) repeated with fresh networks, where the exact ratio is known (ReLU).
///
/// `Default`: M = 256 at (2, 0), whose exact ratio runs from 1.01 at H = 1 to 2.9 at H = 99; 200 initialisations, 2000 repeats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Which networks.
    pub networks: RandomNetworks,
    /// H, ascending.
    pub depths: Vec<usize>,
    /// Initialisations of one repeat, at least 10.
    pub initialisations: usize,
    /// Independent repeats, at least 100.
    pub repeats: usize,
    /// The level of the intervals.
    pub level: f64,
    /// The seed of everything.
    pub seed: Seed,
}

impl Default for Coverage {
    fn default() -> Self {
        Coverage {
            networks: RandomNetworks::default(),
            depths: vec![1, 4, 10, 20, 35, 50, 70, 99],
            initialisations: 200,
            repeats: 2000,
            level: 0.95,
            seed: Seed(0),
        }
    }
}

/// What the repeats at one depth say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CoveragePoint {
    /// H.
    pub depth: usize,
    /// The exact ratio.
    pub exact_ratio: f64,
    /// The share of intervals that hold it.
    pub covered: f64,
    /// The share that lies below it.
    pub below: f64,
    /// The median of the sampled ratios: a half of all experiments find less.
    pub median_ratio: f64,
    /// Whether [`RatioEstimate::tail_unseen`] warns of it.
    pub tail_unseen: bool,
}

/// The points, by depth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageResult {
    /// The points.
    pub points: Vec<CoveragePoint>,
    /// The parameters.
    pub parameters: Coverage,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

impl Coverage {
    /// The same at a notebook's settings: as it is, or 100 repeats.
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => Coverage { repeats: 100, ..self },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for networks without exact moments, unordered depths, too few initialisations or repeats, a level
    /// outside (0, 1).
    pub fn check(&self) -> Result<()> {
        ascending("depths", &self.depths)?;
        student_quantile(self.level, 1)?;
        for (name, value, least) in
            [("initialisations", self.initialisations, 10), ("repeats", self.repeats, 100)]
        {
            check::refuse(value < least, name, value, format!("at least {least}"))?;
        }
        self.networks.check()?;
        let deepest = self.depths[self.depths.len() - 1];
        if self.networks.moments_are_exact(deepest) {
            return self.networks.exact_moments(self.depths[0]).map(drop);
        }
        let found = format!("{} with M = {}, H = {deepest}", self.networks.activation, self.networks.width);
        let why =
            "have no exact ratio to be covered: take relu, and with σ_b² = 0 and trained biases more units";
        Err(Error::parameter("networks", found, why))
    }

    /// Repeats the experiment at every depth; a finished depth is kept in the store.
    ///
    /// # Errors
    /// As [`Coverage::check`], [`RandomNetworks::sample`], [`RandomNetworks::exact_moments`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::Coverage;
    /// let short = Coverage { depths: vec![4], repeats: 200, ..Default::default() };
    /// let point = short.run()?.points[0];
    /// assert!((point.covered - 0.95).abs() < 4.0 * (0.95f64 * 0.05 / 200.0).sqrt());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<CoverageResult> {
        self.run_in(&Session::current())
    }

    /// As [`Coverage::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`Coverage::run`].
    pub fn run_in(&self, session: &Session) -> Result<CoverageResult> {
        self.check()?;
        let deepest = self.depths[self.depths.len() - 1];
        let exact = self.networks.exact_moments(deepest)?;
        let bytes = Bytes::of::<f64>(self.initialisations, self.repeats) * 2;
        let points = side_by_side(&self.depths, bytes.0, session, |depth| {
            let parameters =
                (&self.networks, depth, self.initialisations, self.repeats, self.level, self.seed);
            let key = Key::new("coverage", REVISION, &parameters)?;
            let kept = session.keep(&key, || self.point(depth, exact[depth - 1].ratio()))?;
            let point: CoveragePoint = kept.value;
            let line = format!("H = {depth}, R = {:.3}: {:.1} %", point.exact_ratio, 100.0 * point.covered);
            Ok(Piece { value: point, origins: kept.origin.into(), line })
        })?;
        Ok(CoverageResult {
            points: points.values,
            parameters: self.clone(),
            computed_by: points.computed_by,
        })
    }

    fn point(&self, depth: usize, exact_ratio: f64) -> Result<CoveragePoint> {
        let seed = self.seed.child(&format!("coverage {}", self.networks.name()), depth as u64);
        let count = self.initialisations.saturating_mul(self.repeats);
        let theta = self.networks.sample(depth, 0..count, Sampler::Automatic, seed)?;
        let (mut covered, mut below, mut ratios) = (0, 0, Vec::with_capacity(self.repeats));
        let mut tail_unseen = false;
        for values in theta.chunks_exact(self.initialisations) {
            let estimate = RatioEstimate::of(values)?;
            let [low, high] = estimate.interval(self.level)?;
            covered += usize::from(low <= exact_ratio && exact_ratio <= high);
            below += usize::from(high < exact_ratio);
            tail_unseen = estimate.tail_unseen(exact_ratio);
            ratios.push(estimate.ratio);
        }
        let share = |count: usize| count as f64 / self.repeats as f64;
        Ok(CoveragePoint {
            depth,
            exact_ratio,
            covered: share(covered),
            below: share(below),
            median_ratio: quantile(&ratios, 0.5)?,
            tail_unseen,
        })
    }
}

impl CoverageResult {
    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let p = &self.parameters;
        let name = |depth: &usize| format!("H = {depth}");
        whole("point", p.depths.iter().map(name), self.points.iter().map(|point| name(&point.depth)))?;
        Ok(self)
    }

    /// One row a depth: `depth`, `exact_ratio`, `covered`, `below`, `median_ratio`, `tail_unseen`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.points)
            .whole("depth", |p| p.depth)
            .number("exact_ratio", |p| p.exact_ratio)
            .number("covered", |p| p.covered)
            .number("below", |p| p.below)
            .number("median_ratio", |p| p.median_ratio)
            .flag("tail_unseen", |p| p.tail_unseen)
            .build("the points of a coverage")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Where the tail is seen the level is kept; where it is not, intervals miss, and miss from below. Shares add up.
    #[test]
    fn intervals_miss_from_below_where_the_tail_is_unseen() {
        let grid = Coverage { depths: vec![4, 99], repeats: 500, ..Default::default() };
        let result = grid.run().unwrap();
        let [seen, unseen] = result.points[..] else { panic!("{result:?}") };
        assert!((seen.covered - 0.95).abs() < 4.0 * (0.95f64 * 0.05 / 500.0).sqrt(), "{seen:?}");
        assert!(unseen.covered < 0.85 && unseen.below > 0.9 * (1.0 - unseen.covered), "{unseen:?}");
        assert!(unseen.median_ratio < 0.95 * unseen.exact_ratio, "{unseen:?}");
        assert_eq!((seen.tail_unseen, unseen.tail_unseen), (false, true));
        assert!(result.points.iter().all(|p| p.covered + p.below <= 1.0));
        assert_eq!(result.frame().unwrap().shape(), (2, 6));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let tanh = RandomNetworks { activation: "tanh".parse().unwrap(), ..Default::default() };
        for bad in [
            Coverage { networks: tanh, ..Default::default() },
            Coverage { depths: vec![], ..Default::default() },
            Coverage { depths: vec![0], ..Default::default() },
            Coverage { initialisations: 9, ..Default::default() },
            Coverage { repeats: 10, ..Default::default() },
            Coverage { level: 0.0, ..Default::default() },
        ] {
            assert!(matches!(bad.check(), Err(Error::Parameter { .. })), "{bad:?}");
        }
    }
}
