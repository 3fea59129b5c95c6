//! What targets add to the variance at finite width, against their spread ‖y − ȳ‖².

use serde::{Deserialize, Serialize};

use super::estimate::VarianceEstimate;
use super::params::VarianceTarget;
use super::result::OutputVarianceResult;
use super::trained::EnsemblePoint;
use crate::error::{Error, Result};
use crate::regression::student_quantile;

/// One ensemble's output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExcessRow {
    /// What was learnt.
    pub target: VarianceTarget,
    /// What targets were multiplied with.
    pub scale: f64,
    /// ‖y − ȳ‖² = Σ (y − ȳ)².
    pub spread: f64,
    /// `linear_limit` (linearised, t → ∞) or `trained`.
    pub output: String,
    /// The variance, its interval, and its value at infinite width.
    pub estimate: VarianceEstimate,
}

impl ExcessRow {
    /// V̂ − V, V that of infinite width, and its interval: V has no error.
    pub fn excess(&self) -> Option<[f64; 3]> {
        let expected = self.estimate.expected_variance?;
        let [low, high] = self.estimate.interval;
        Some([self.estimate.variance - expected, low - expected, high - expected])
    }
}

/// V = intercept + slope · ‖y − ȳ‖², through the ensembles of one kind of output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExcessLine {
    /// `linear_limit` or `trained`.
    pub output: String,
    /// How many ensembles.
    pub count: usize,
    /// The slope.
    pub slope: f64,
    /// Its interval.
    pub slope_interval: [f64; 2],
    /// The variance without spread.
    pub intercept: f64,
    /// Its interval.
    pub intercept_interval: [f64; 2],
    /// Σ ((V̂ − line)/error)²; count − 2 where the line fits.
    pub chi_square: f64,
}

/// The variance of ensembles that differ in their targets alone, at one place and width.
///
/// Linearised networks at inputs of equal cosine obey V = V(zero targets) + a ‖y − ȳ‖² + b ȳ² whatever the targets are
/// ([`VarianceTarget`]), so the line is a law there, and a question for trained ones. The fit is least squares with
/// the jackknife's relative errors, which hold for V as the line has it; its intervals are Student's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetExcess {
    /// Activation, place and width, in words.
    pub place: String,
    /// M.
    pub width: usize,
    /// By output, in the order of the results.
    pub rows: Vec<ExcessRow>,
    /// One a kind of output with three ensembles or more of different spread.
    pub lines: Vec<ExcessLine>,
    /// The level of the intervals.
    pub level: f64,
}

impl TargetExcess {
    /// From one result a target; each with a seed of its own, so that their errors are independent.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no result, results whose ensembles are not at one place and width, two with the same seed, one
    /// of an older version, which does not know its targets' spread; what `student_quantile` refuses.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{OutputVariance, TargetExcess, TrainedNetworks, VarianceTarget};
    /// use analysis_core::seed::Seed;
    /// let networks = TrainedNetworks { widths: vec![32], count: 20, descent: false, ..Default::default() };
    /// let mut results = Vec::new();
    /// for (seed, target_scale) in [(0, 0.0), (1, 1.0), (2, 2.0)] {
    ///     let grid = OutputVariance {
    ///         sigma_w2: vec![1.0], depths: vec![2], cosines: vec![0.5], target_scale, seed: Seed(seed),
    ///         target: Some(VarianceTarget::Parity), networks: Some(networks.clone()), ..Default::default()
    ///     };
    ///     results.push(grid.run()?);
    /// }
    /// let excess = TargetExcess::of(&results)?;
    /// assert_eq!((excess.rows[2].spread, excess.lines[0].count), (40.0, 3));
    /// assert!(excess.lines[0].slope > 0.0);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn of(results: &[OutputVarianceResult]) -> Result<TargetExcess> {
        let Some(first) = results.first() else {
            return Err(Error::parameter("results", 0, "at least one is needed"));
        };
        let one = |result: &OutputVarianceResult| match &result.ensembles[..] {
            [only] => Ok(only.clone()),
            all => {
                let why = "a result needs one place and one width: targets alone may differ";
                Err(Error::parameter("ensembles", all.len(), why))
            }
        };
        let place = |result: &OutputVarianceResult, e: &EnsemblePoint| {
            format!(
                "{}, σ_w² = {}, σ_b² = {}, H = {}, c = {:.3}, S = {}, M = {}",
                result.parameters.activation,
                e.sigma_w2,
                e.sigma_b2,
                e.depth,
                e.cosine,
                result.parameters.samples,
                e.width
            )
        };
        let ensemble = one(first)?;
        let (own, level) = (place(first, &ensemble), first.parameters.level);
        let (mut seeds, mut limits, mut trained) = (Vec::new(), Vec::new(), Vec::new());
        for result in results {
            let (p, e) = (&result.parameters, one(result)?);
            let here = place(result, &e);
            if here != own {
                return Err(Error::parameter("results", here, format!("the first one's is {own}")));
            }
            if seeds.contains(&p.seed) {
                let why =
                    "two results have it, so the same networks: give each its own, for independent errors";
                return Err(Error::parameter("seed", p.seed.0, why));
            }
            seeds.push(p.seed);
            let Some(spread) = e.target_spread else {
                let why = "an older version kept this result, without its targets' spread: run it again";
                return Err(Error::parameter("target_spread", "missing", why));
            };
            let row = |output: &str, estimate: VarianceEstimate| ExcessRow {
                target: p.learnt(),
                scale: p.target_scale,
                spread,
                output: output.into(),
                estimate,
            };
            limits.extend(e.linear_limit.map(|v| row("linear_limit", v)));
            trained.extend(e.trained.map(|v| row("trained", v)));
        }
        let mut lines = Vec::new();
        for rows in [&limits, &trained] {
            lines.extend(line(rows, level)?);
        }
        let rows = limits.into_iter().chain(trained).collect();
        Ok(TargetExcess { place: own, width: ensemble.width, rows, lines, level })
    }
}

/// Rounds of weights: they change by the fit's relative error, which shrinks by its size each time.
const ROUNDS: usize = 30;

fn line(rows: &[ExcessRow], level: f64) -> Result<Option<ExcessLine>> {
    let mut spreads: Vec<f64> = rows.iter().map(|row| row.spread).collect();
    spreads.sort_by(f64::total_cmp);
    spreads.dedup();
    let (Some(first), true) = (rows.first(), spreads.len() >= 3) else { return Ok(None) };
    let freedom = rows.iter().map(|row| row.estimate.count).min().unwrap_or(2) - 1;
    let mut relative = Vec::with_capacity(rows.len());
    for row in rows {
        let [low, high] = row.estimate.interval;
        let reach = student_quantile(level, row.estimate.count - 1)?;
        relative.push((high / low).ln() / (2.0 * reach));
    }
    let values: Vec<f64> = rows.iter().map(|row| row.estimate.variance).collect();
    let mut fitted = values.clone();
    let (mut slope, mut intercept, mut errors) = (0.0, 0.0, [0.0; 2]);
    for _ in 0..ROUNDS {
        let weight = |k: usize| (relative[k] * fitted[k]).powi(-2);
        let sum = |of: &dyn Fn(usize) -> f64| (0..rows.len()).map(|k| weight(k) * of(k)).sum::<f64>();
        let total = sum(&|_| 1.0);
        let middle = sum(&|k| rows[k].spread) / total;
        let square = sum(&|k| (rows[k].spread - middle).powi(2));
        slope = sum(&|k| (rows[k].spread - middle) * values[k]) / square;
        let mean = sum(&|k| values[k]) / total;
        intercept = mean - slope * middle;
        errors = [square.powf(-0.5), (1.0 / total + middle * middle / square).sqrt()];
        // Where the line would fall below 0 the value itself says how large its error is.
        fitted = (0..rows.len())
            .map(|k| Some(intercept + slope * rows[k].spread).filter(|v| *v > 0.0).unwrap_or(values[k]))
            .collect();
    }
    let chi_square = (0..rows.len())
        .map(|k| ((values[k] - intercept - slope * rows[k].spread) / (relative[k] * fitted[k])).powi(2))
        .sum();
    let reach = student_quantile(level, freedom)?;
    let around = |value: f64, error: f64| [value - reach * error, value + reach * error];
    Ok(Some(ExcessLine {
        output: first.output.clone(),
        count: rows.len(),
        slope,
        slope_interval: around(slope, errors[0]),
        intercept,
        intercept_interval: around(intercept, errors[1]),
        chi_square,
    }))
}
