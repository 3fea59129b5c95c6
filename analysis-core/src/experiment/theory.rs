//! What theory and the papers say beside the results of experiments: the edge of chaos over a grid, curves between its points,
//! the exponents of a learning curve, readings of the papers' figures.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    DispersionResult, DriftCell, DriftResult, KernelForm, LearningCurveResult, OutputVarianceResult, Task,
    paper_readings,
};
use crate::architecture::Activation;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::flow::{EquivalentCurve, PopulationCurve, SphereCurve, SphereRates, log_spaced_sizes};
use crate::kernel::{EdgePoint, LimitKernel, MeanField, edge_of_chaos};
use crate::regression::{MedianInterval, quantile};

/// The edge of chaos at every σ_b² that has one.
fn edges(activation: &Activation, sigma_b2: impl IntoIterator<Item = f64>) -> Vec<EdgePoint> {
    sigma_b2.into_iter().filter_map(|b| edge_of_chaos(activation, b).ok()).collect()
}

impl DispersionResult {
    /// The edge of chaos of mean-field theory at every σ_b² of the grid that has one.
    pub fn edge(&self) -> Vec<EdgePoint> {
        edges(&self.parameters.activation, self.parameters.sigma_b2.iter().copied())
    }
}

/// What the paper's heat map shows at one place, and the drifts found there, over σ_b² and networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReading {
    /// M.
    pub width: usize,
    /// H, hidden layers.
    pub depth: usize,
    /// σ_w².
    pub sigma_w2: f64,
    /// The drift that the paper's figure shows (M = 256).
    pub paper: f64,
    /// The median of the full kernel's drift.
    pub full: f64,
    /// The median for the kernel summed over outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<f64>,
    /// The median for the first output's kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one: Option<f64>,
    /// The first output's median with a 95 % interval, the drifts taken as independent values of one distribution; nothing for fewer
    /// than six.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_interval: Option<MedianInterval>,
    /// The same of the full kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_interval: Option<MedianInterval>,
    /// The smallest drift of the full kernel.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// How many trainings there are at this place, and how many came to an end, which the medians are over.
    #[serde(default)]
    pub cells: usize,
    /// See `cells`.
    #[serde(default)]
    pub ended: usize,
    /// The median over the same trainings of the smallest loss on the way.
    #[serde(default)]
    pub smallest_loss: f64,
}

impl DriftReading {
    /// The median for one form of the kernel.
    pub fn median(&self, form: KernelForm) -> Option<f64> {
        match form {
            KernelForm::Full => Some(self.full),
            KernelForm::Trace => self.trace,
            KernelForm::One => self.one,
        }
    }

    /// ln of the median over what the paper shows: 0 where they agree, 0.1 for about 10 % more.
    pub fn log_ratio(&self, form: KernelForm) -> Option<f64> {
        self.median(form).map(|median| (median / self.paper).ln())
    }
}

impl DriftResult {
    /// The edge of chaos of mean-field theory at every σ_b² of the grid that has one.
    pub fn edge(&self) -> Vec<EdgePoint> {
        edges(&self.parameters.activation, self.parameters.sigma_b2.iter().copied())
    }

    /// The same at 41 values of σ_b², from half a step below the grid to half a step above, as far as σ_w² lies in the grid.
    pub fn edge_curve(&self) -> Vec<EdgePoint> {
        let p = &self.parameters;
        let (low, high) = (p.sigma_w2[0], p.sigma_w2[p.sigma_w2.len() - 1]);
        let (first, last) = (p.sigma_b2[0], p.sigma_b2[p.sigma_b2.len() - 1]);
        let half = if p.sigma_b2.len() > 1 { 0.5 * (p.sigma_b2[1] - first) } else { 0.0 };
        let (first, last) = ((first - half).max(0.0), last + half);
        let between = (0..=40).map(|k| first + (last - first) * f64::from(k) / 40.0);
        let mut curve = edges(&p.activation, between);
        curve.retain(|edge| (low..=high).contains(&edge.sigma_w2));
        curve
    }

    /// Medians over σ_b² (and networks) of the drift at the end of training beside what the paper's heat maps show at the
    /// same σ_w² and depth, for every width. Empty where the grid has no such cells.
    pub fn readings(&self) -> Vec<DriftReading> {
        let mut readings = Vec::new();
        for &width in &self.parameters.widths {
            for paper in paper_readings(&self.parameters.activation) {
                let own =
                    |c: &&DriftCell| (c.width, c.depth, c.sigma_w2) == (width, paper.depth, paper.sigma_w2);
                let cells: Vec<&DriftCell> = self.cells.iter().filter(own).collect();
                let drifts = |form: KernelForm| -> Vec<f64> {
                    let drifts = cells.iter().filter_map(|c| Some(c.end()?.change(form).drift));
                    drifts.filter(|drift| drift.is_finite()).collect()
                };
                let median = |form| quantile(&drifts(form), 0.5).ok();
                let Some(full) = median(KernelForm::Full) else { continue };
                let interval = |form| MedianInterval::of(&drifts(form), 0.95).ok().flatten();
                let all = drifts(KernelForm::Full);
                let ended: Vec<f64> =
                    cells.iter().filter(|c| c.end().is_some()).map(|c| c.smallest_loss).collect();
                readings.push(DriftReading {
                    width,
                    depth: paper.depth,
                    sigma_w2: paper.sigma_w2,
                    paper: paper.drift,
                    full,
                    trace: median(KernelForm::Trace),
                    one: median(KernelForm::One),
                    one_interval: interval(KernelForm::One),
                    full_interval: interval(KernelForm::Full),
                    low: all.iter().copied().fold(f64::INFINITY, f64::min),
                    high: all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    cells: cells.len(),
                    ended: ended.len(),
                    smallest_loss: quantile(&ended, 0.5).unwrap_or(f64::MAX),
                });
            }
        }
        readings
    }
}

/// The variance at infinite width against σ_w², between the points of a grid too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VarianceCurve {
    /// σ_b².
    pub sigma_b2: f64,
    /// H, hidden layers.
    pub depth: usize,
    /// c, the cosine between inputs.
    pub cosine: f64,
    /// σ_w².
    pub sigma_w2: Vec<f64>,
    /// q̄, the variance at the start.
    pub start: Vec<f64>,
    /// Var f by theorem 3, for t → ∞.
    pub formula: Vec<f64>,
}

/// σ_w², the variance at the start and after training.
fn row(sigma_w2: f64, kernel: &LimitKernel, samples: usize) -> Result<[f64; 3]> {
    Ok([sigma_w2, kernel.variance, kernel.trained_variance(samples)?.variance])
}

impl OutputVarianceResult {
    /// The edge of chaos of mean-field theory at every σ_b² of the grid that has one.
    pub fn edge(&self) -> Vec<EdgePoint> {
        edges(&self.parameters.activation, self.parameters.sigma_b2.iter().copied())
    }

    /// The smallest and the largest σ_w² of the grid.
    fn range(&self) -> (f64, f64) {
        let values = self.parameters.sigma_w2.iter();
        values.fold((f64::INFINITY, 0.0f64), |(low, high), w| (low.min(*w), high.max(*w)))
    }

    /// Theory against σ_w² at one σ_b², depth and cosine, in 41 points: straight lines between the grid's points would lie about
    /// the curve. Where the theory does not go through (a series that has not converged), the grid's own points. None where the
    /// result has no point there.
    pub fn curve(&self, sigma_b2: f64, depth: usize, cosine: f64) -> Option<VarianceCurve> {
        let p = &self.parameters;
        self.curve_through(sigma_b2, depth, cosine, || {
            let at = |sigma_w2: f64| -> Result<[f64; 3]> {
                let field = MeanField { activation: p.activation.clone(), sigma_w2, sigma_b2 };
                row(sigma_w2, &field.limit_kernels(cosine, p.mean_square, depth)?[depth - 1], p.samples)
            };
            self.between().into_iter().map(at).collect()
        })
    }

    /// σ_w² from the smallest to the largest of the grid, evenly in 41 points.
    fn between(&self) -> Vec<f64> {
        const PIECES: u32 = 40;
        let (low, high) = self.range();
        (0..=PIECES).map(|k| low + (high - low) * f64::from(k) / f64::from(PIECES)).collect()
    }

    /// The curve through the rows that `theory` gives, or the grid's own points where it does not go through.
    fn curve_through(
        &self,
        sigma_b2: f64,
        depth: usize,
        cosine: f64,
        theory: impl FnOnce() -> Result<Vec<[f64; 3]>>,
    ) -> Option<VarianceCurve> {
        let (low, high) = self.range();
        let own = self
            .points
            .iter()
            .filter(|p| (p.sigma_b2, p.kernel.depth, p.cosine) == (sigma_b2, depth, cosine));
        let own: Vec<[f64; 3]> = own.map(|p| [p.sigma_w2, p.kernel.variance, p.formula]).collect();
        if own.is_empty() {
            return None;
        }
        let values = match low == high {
            true => own,
            false => theory().unwrap_or(own),
        };
        let column = |k: usize| values.iter().map(|value| value[k]).collect();
        let (sigma_w2, start, formula) = (column(0), column(1), column(2));
        Some(VarianceCurve { sigma_b2, depth, cosine, sigma_w2, start, formula })
    }

    /// [`OutputVarianceResult::curve`] at every σ_b², depth and cosine; none of a grid with a single σ_w².
    pub fn curves(&self) -> Vec<VarianceCurve> {
        let (p, cosines) = (&self.parameters, self.cosines());
        let mut curves = Vec::new();
        for &sigma_b2 in p.sigma_b2.iter().filter(|_| p.sigma_w2.len() > 1) {
            let together = self.kernels_between(sigma_b2, &cosines);
            for (h, &depth) in p.depths.iter().enumerate() {
                for (c, &cosine) in cosines.iter().enumerate() {
                    curves.extend(match &together {
                        Ok(kernels) => self.curve_through(sigma_b2, depth, cosine, || {
                            kernels.iter().map(|(w, lines)| row(*w, &lines[c][h], p.samples)).collect()
                        }),
                        // A smaller depth or another cosine may go through.
                        Err(_) => self.curve(sigma_b2, depth, cosine),
                    });
                }
            }
        }
        curves
    }

    /// σ_w² and the kernels there by cosine and the grid's depths: one recursion to the largest depth serves all of them, since
    /// what takes time (the activation's Hermite series) depends on q alone.
    fn kernels_between(&self, sigma_b2: f64, cosines: &[f64]) -> Result<Vec<(f64, Vec<Vec<LimitKernel>>)>> {
        let p = &self.parameters;
        let deepest = p.depths.iter().copied().max().unwrap_or(0);
        let at = |sigma_w2: f64| {
            let field = MeanField { activation: p.activation.clone(), sigma_w2, sigma_b2 };
            let lines = field.limit_kernels_at(cosines, p.mean_square, deepest)?;
            let wanted = |line: Vec<LimitKernel>| p.depths.iter().map(|depth| line[depth - 1]).collect();
            Ok((sigma_w2, lines.into_iter().map(wanted).collect()))
        };
        self.between().into_par_iter().map(at).collect()
    }
}

/// What theory says of a learning curve on the sphere, without a free parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveTheory {
    /// The exponents for n → ∞.
    pub limits: SphereRates,
    /// The population model of the flow from a standard start.
    pub standard: SphereCurve<PopulationCurve>,
    /// The same from a mirrored start.
    pub mirrored: SphereCurve<PopulationCurve>,
    /// The deterministic equivalent of ridge regression from a standard start.
    pub ridge: SphereCurve<EquivalentCurve>,
}

impl LearningCurveResult {
    /// The exponents that theory gives for n → ∞; none on images.
    pub fn limits(&self) -> Option<SphereRates> {
        match self.parameters.task {
            Task::Sphere { d, .. } => SphereRates::new(d).ok(),
            Task::Images { .. } => None,
        }
    }

    /// What theory says at 41 sizes from the curve's smallest n (at least 10) to its largest (at least a million).
    ///
    /// # Errors
    /// [`Error::Parameter`] for a curve on images; as [`PopulationCurve::run`] and [`EquivalentCurve::run`].
    pub fn theory(&self) -> Result<CurveTheory> {
        let p = &self.parameters;
        let (first, last) = (p.sizes[0].max(10), p.sizes[p.sizes.len() - 1].max(1_000_000));
        let sizes = log_spaced_sizes(first, last, 41)?;
        let model = |factor| PopulationCurve { task: p.sphere_task(factor)?, sizes: sizes.clone() }.run();
        let task = p.sphere_task(1.0)?;
        Ok(CurveTheory {
            limits: SphereRates::new(task.d)?,
            standard: model(1.0)?,
            mirrored: model(0.0)?,
            ridge: EquivalentCurve { task, sizes: sizes.clone(), ridge: None }.run()?,
        })
    }
}
