//! The mean-field phases over a grid of (σ_w², σ_b²), and the edge between them.

use polars::prelude::DataFrame;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::grid::{ascending, refuse_large, whole};
use crate::architecture::Activation;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::frame::Frame;
use crate::kernel::{EdgePoint, FixedPoint, MeanField, edge_of_chaos};
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::session::Session;

/// A grid; `Default` is tanh over the papers' range: σ_w² = 0.25, 0.5, …, 5, σ_b² = 0.1, 0.2, …, 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseDiagram {
    /// φ.
    pub activation: Activation,
    /// σ_w², ascending.
    pub sigma_w2: Vec<f64>,
    /// σ_b², ascending.
    pub sigma_b2: Vec<f64>,
}

impl Default for PhaseDiagram {
    fn default() -> Self {
        PhaseDiagram {
            activation: Activation::Tanh,
            sigma_w2: (1..=20).map(|k| 0.25 * f64::from(k)).collect(),
            sigma_b2: (1..=10).map(|k| f64::from(k) / 10.0).collect(),
        }
    }
}

/// One point of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhasePoint {
    /// σ_w².
    pub sigma_w2: f64,
    /// σ_b².
    pub sigma_b2: f64,
    /// Where deep networks end up.
    #[serde(flatten)]
    pub fixed_point: FixedPoint,
}

/// A σ_b² at which no edge of chaos was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WithoutEdge {
    /// σ_b².
    pub sigma_b2: f64,
    /// Why.
    pub reason: String,
}

/// The grid and its edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseDiagramResult {
    /// By σ_b², then σ_w².
    pub points: Vec<PhasePoint>,
    /// σ_w² of the edge at each σ_b² that has one.
    pub edge: Vec<EdgePoint>,
    /// The other σ_b², with the reason.
    #[serde(default)]
    pub without_edge: Vec<WithoutEdge>,
    /// The parameters.
    pub parameters: PhaseDiagram,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

impl PhaseDiagram {
    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) for empty or unordered lists and what [`MeanField::check`] refuses; [`Error::Memory`](crate::error::Error::Memory) for more
    /// points than there is room for.
    pub fn check(&self) -> Result<()> {
        ascending("sigma_w2", &self.sigma_w2)?;
        ascending("sigma_b2", &self.sigma_b2)?;
        let axes = [self.sigma_w2.len(), self.sigma_b2.len()];
        let place = Bytes::of::<(f64, f64)>(1, 1);
        refuse_large("points", &axes, place + Bytes::of::<PhasePoint>(1, 1))?;
        for &sigma_b2 in &self.sigma_b2 {
            for &sigma_w2 in &self.sigma_w2 {
                MeanField { activation: self.activation.clone(), sigma_w2, sigma_b2 }.check()?;
            }
        }
        Ok(())
    }

    /// Computes fixed point, phase and depth scales at every point, and the edge.
    ///
    /// # Errors
    /// As [`PhaseDiagram::check`] and [`MeanField::fixed_point`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::PhaseDiagram;
    /// use analysis_core::kernel::Phase;
    /// let diagram = PhaseDiagram { sigma_w2: vec![1.0, 5.0], sigma_b2: vec![0.5], ..Default::default() }.run()?;
    /// assert_eq!(diagram.points[0].fixed_point.phase, Phase::Ordered);
    /// assert_eq!(diagram.points[1].fixed_point.phase, Phase::Chaotic);
    /// assert!((diagram.edge[0].sigma_w2 - 2.843).abs() < 5e-4);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<PhaseDiagramResult> {
        self.run_in(&Session::current())
    }

    /// As [`PhaseDiagram::run`], in a session of one's own: the diagram takes a second and is not kept.
    ///
    /// # Errors
    /// As [`PhaseDiagram::run`].
    pub fn run_in(&self, session: &Session) -> Result<PhaseDiagramResult> {
        self.check()?;
        session.refuse_shard("a phase diagram")?;
        session.check_cancelled()?;
        let places: Vec<(f64, f64)> =
            self.sigma_b2.iter().flat_map(|b| self.sigma_w2.iter().map(move |w| (*w, *b))).collect();
        let points = places.into_par_iter().map(|(sigma_w2, sigma_b2)| {
            let field = MeanField { activation: self.activation.clone(), sigma_w2, sigma_b2 };
            Ok(PhasePoint { sigma_w2, sigma_b2, fixed_point: field.fixed_point()? })
        });
        let points = points.collect::<Result<Vec<_>>>()?;
        let (mut edge, mut without_edge) = (Vec::new(), Vec::new());
        for &sigma_b2 in &self.sigma_b2 {
            match edge_of_chaos(&self.activation, sigma_b2) {
                Ok(point) => edge.push(point),
                Err(why) => without_edge.push(WithoutEdge { sigma_b2, reason: why.to_string() }),
            }
        }
        let (parameters, computed_by) = (self.clone(), Origins::now());
        Ok(PhaseDiagramResult { points, edge, without_edge, parameters, computed_by })
    }
}

impl PhaseDiagramResult {
    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let p = &self.parameters;
        let name = |w: f64, b: f64| format!("σ_w² = {w}, σ_b² = {b}");
        let places = p.sigma_b2.iter().flat_map(|b| p.sigma_w2.iter().map(move |w| name(*w, *b)));
        whole("point", places, self.points.iter().map(|point| name(point.sigma_w2, point.sigma_b2)))?;
        let mut edge: Vec<f64> = self.edge.iter().map(|at| at.sigma_b2).collect();
        edge.extend(self.without_edge.iter().map(|at| at.sigma_b2));
        edge.sort_by(f64::total_cmp);
        let name = |b: &f64| format!("the edge at σ_b² = {b}");
        whole("edge", p.sigma_b2.iter().map(name), edge.iter().map(name))?;
        Ok(self)
    }

    /// One row a point: `sigma_w2`, `sigma_b2`, `variance`, `chi1`, `phase`, `correlation`, `correlation_slope`,
    /// `correlation_length`, `variance_length`.
    ///
    /// # Errors
    /// [`Error::Frame`](crate::error::Error::Frame) if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.points)
            .number("sigma_w2", |p| p.sigma_w2)
            .number("sigma_b2", |p| p.sigma_b2)
            .known("variance", |p| p.fixed_point.variance)
            .known("chi1", |p| p.fixed_point.chi1)
            .text("phase", |p| p.fixed_point.phase)
            .known("correlation", |p| p.fixed_point.correlation)
            .known("correlation_slope", |p| p.fixed_point.correlation_slope)
            .known("correlation_length", |p| p.fixed_point.correlation_length)
            .known("variance_length", |p| p.fixed_point.variance_length)
            .build("the points of a phase diagram")
    }
}
