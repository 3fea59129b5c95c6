//! Training at infinite width, drawn: the risk and its parts, where roughness sits, population curves, local slopes.

use super::starts::{start_at, start_colour, start_shape};
use super::{Axis, Cell, Colour, Column, Dash, Digits, Legend, Panel, Series, Shape, Table};
use crate::error::Result;
use crate::experiment::LearningCurveResult;
use crate::flow::{PopulationCurve, RiskCurves, Roughness, SphereTask, log_spaced_sizes};
use crate::regression::quantile;

/// The colours of what is learnt: f₀, as in the decay plots of images, and the target.
const START: usize = 2;
const TARGET: usize = 3;

/// The points of a curve that a logarithmic axis can show.
fn positive(x: &[f64], y: &[f64]) -> [Vec<f64>; 2] {
    let drawable = |v: f64| v > 0.0 && v.is_finite();
    let kept = || x.iter().zip(y).filter(|(x, y)| drawable(**x) && drawable(**y));
    [kept().map(|p| *p.0).collect(), kept().map(|p| *p.1).collect()]
}

impl RiskCurves {
    /// Bias², variance from the initial function, variance from noise, and their sums for a mirrored and a standard start,
    /// against the time on log–log axes; filters without a time (ridge, the limit) are left out.
    pub fn panel(&self, title: &str) -> Panel {
        let times: Vec<f64> = self.filters.iter().map(|f| f.time().unwrap_or(0.0)).collect();
        let line = |label: &str, values: &[f64]| {
            let [x, y] = positive(&times, values);
            Series::line(label, x, y)
        };
        let sum = |label: &str, factor: f64| {
            let colour = start_colour(start_at(factor));
            line(label, &self.risk(factor).to_vec()).colour(colour).dash(Dash::Solid).size(1.3)
        };
        // Below a thousandth of the least risk nothing is seen; bias² falls on to rounding.
        let least = self.risk(0.0).iter().copied().fold(f64::INFINITY, f64::min);
        let y = Axis::log10("risk");
        let y = if least > 0.0 && least.is_finite() { y.from(least / 30.0) } else { y };
        Panel::new(title)
            .x(Axis::log10("time t"))
            .y(y)
            .series(line("bias^{2}", &self.bias2.to_vec()).colour(TARGET).dash(Dash::Dashed))
            .series(
                line("variance from f_{0}", &self.variance_start.to_vec())
                    .colour(START)
                    .dash(Dash::DashDotted),
            )
            .series(
                line("variance from noise", &self.variance_noise.to_vec())
                    .colour(Colour::Grey)
                    .dash(Dash::Dotted),
            )
            .series(sum("standard", 1.0))
            .series(sum("mirrored", 0.0))
    }

    /// The best stopping time of a mirrored and a standard start, and what the risk is made of there.
    ///
    /// # Errors
    /// As [`RiskCurves::best`].
    pub fn table(&self) -> Result<Table> {
        let numbers =
            ["best time", "risk", "bias²", "variance from f₀", "variance from noise"].map(Column::number);
        let mut table = Table::new([Column::text("start")].into_iter().chain(numbers))
            .caption("The risk at the best stopping time, and its parts")
            .label("tab:risk")
            .note(format!(
                "n = {}, σ = {}; expected risk given the training points, averaged over {} test points.",
                self.n, self.noise, self.m
            ));
        for (name, factor) in [("standard", 1.0), ("mirrored", 0.0)] {
            let best = self.best(factor)?;
            let time = best.filter.time().map_or(Cell::text(best.filter.to_string()), |t| Cell::number(t, 1));
            let numbers = [best.risk, best.bias2, best.variance_start, best.variance_noise];
            let cells = numbers.map(|v| Cell::scientific(v, 4));
            table = table.row([Cell::text(name), time].into_iter().chain(cells));
        }
        Ok(table)
    }
}

impl Roughness {
    /// The energies of the target and of f₀ on each eigenvector against i on log–log axes, and for every time of `times` the
    /// index up to which λ_i t ≥ 1: what is learnt by then.
    pub fn panel(&self, title: &str, times: &[f64]) -> Panel {
        let i: Vec<f64> = (1..=self.eigenvalues.len()).map(|i| i as f64).collect();
        let points = |label: &str, values: &[f64]| {
            let [x, y] = positive(&i, values);
            Series::points(label, x, y).size(0.7)
        };
        let floor = self.start.iter().copied().fold(f64::INFINITY, f64::min);
        let y = Axis::log10("energy on eigenvector i");
        let y = if floor > 0.0 && floor.is_finite() { y.from(floor / 10.0) } else { y };
        let mut panel = Panel::new(title)
            .x(Axis::log10("index i"))
            .y(y)
            .series(points("f_{0} (expected)", &self.start.to_vec()).colour(START).shape(Shape::Circle))
            .series(points("target", &self.target.to_vec()).colour(TARGET).shape(Shape::Triangle));
        const DASHES: [Dash; 4] = [Dash::Dotted, Dash::DashDotted, Dash::Dashed, Dash::LongDashed];
        for (place, t) in times.iter().enumerate() {
            let learnt = self.eigenvalues.iter().take_while(|l| **l * t >= 1.0).count();
            if learnt > 0 {
                let line = Series::vertical(format!("learnt at t = {t}"), learnt as f64);
                panel = panel.series(line.dash(DASHES[place % 4]));
            }
        }
        panel
    }
}

/// Learning curves of the population model on S^{d−1} for starts f₀ times each of `factors`, n from 100 to 10⁷ (paper 1's
/// target and noise).
///
/// # Errors
/// As [`PopulationCurve::run`].
///
/// # Examples
/// ```
/// let panel = analysis_core::report::population_panel("", 5, &[1.0, 0.0])?;
/// assert_eq!(panel.series.len(), 2);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn population_panel(title: &str, d: usize, factors: &[f64]) -> Result<Panel> {
    let mut panel = Panel::new(title).x(Axis::log10("n")).y(Axis::log10("risk"));
    for factor in factors {
        let task = SphereTask { d, factor: *factor, ..SphereTask::default() };
        let curve = PopulationCurve { task, ..PopulationCurve::default() }.run()?;
        let x: Vec<f64> = curve.points.iter().map(|p| p.n as f64).collect();
        let y: Vec<f64> = curve.points.iter().map(|p| p.risk).collect();
        let last = curve.points.last().map_or(f64::NAN, |p| p.slope);
        let start = start_at(*factor);
        let label = format!("{start}, last slope {}", Digits::Decimals(2).write(last));
        panel = panel.series(Series::line(label, x, y).colour(start_colour(start)).dash(Dash::Solid));
    }
    Ok(panel)
}

/// Local slopes of a learning curve on the sphere, with their intervals, beside what theory gives without a free parameter:
/// the population model of the flow (standard and mirrored), the deterministic equivalent of ridge (standard), and the
/// limits −3/(d+2), −3/(d+3) (as printed) and −1.
///
/// # Errors
/// [`Error::Parameter`](crate::error::Error::Parameter) for a curve on images; as [`PopulationCurve::run`].
pub fn local_slopes_panel(title: &str, curve: &LearningCurveResult) -> Result<Panel> {
    let theory = curve.theory()?;
    let rates = theory.limits;
    let mut panel = Panel::new(title).x(Axis::log10("n")).y(Axis::linear("local slope")).legend(Legend::Best);
    let models = [(start_at(1.0), &theory.standard), (start_at(0.0), &theory.mirrored)];
    for (place, (initialisation, model)) in models.into_iter().enumerate() {
        let colour = start_colour(initialisation);
        let own: Vec<_> = curve.local_slopes.iter().filter(|l| l.initialisation == initialisation).collect();
        let middle = |from: usize, to: usize| (from as f64 * to as f64).sqrt();
        let x: Vec<f64> = own.iter().map(|l| middle(l.from, l.to)).collect();
        let of = |value: fn(&crate::regression::MeanInterval) -> f64| {
            own.iter().map(|l| value(&l.slope)).collect::<Vec<f64>>()
        };
        let marks = Series::points(format!("{initialisation}"), &x, of(|s| s.mean));
        let marks = marks.colour(colour).shape(start_shape(initialisation));
        let marks = marks.error_bars(of(|s| s.low), of(|s| s.high));
        panel = panel.series(marks.beside(place, 2));
        let n: Vec<f64> = model.points.iter().map(|p| p.n as f64).collect();
        let slopes: Vec<f64> = model.points.iter().map(|p| p.slope).collect();
        panel = panel.series(Series::line("population model", n, slopes).colour(colour).dash(Dash::Dashed));
    }
    let n: Vec<f64> = theory.ridge.points.iter().map(|p| p.n as f64).collect();
    let slopes: Vec<f64> = theory.ridge.points.iter().map(|p| p.slope).collect();
    Ok(panel
        .series(
            Series::line("ridge equivalent, standard", n, slopes)
                .colour(start_colour(start_at(1.0)))
                .dash(Dash::Dotted),
        )
        .series(Series::horizontal(format!("−3/(d+2) = −{:.3}", -rates.standard), rates.standard))
        .series(
            Series::horizontal(
                format!("−3/(d+3) as printed = −{:.3}", -rates.standard_as_printed),
                rates.standard_as_printed,
            )
            .colour(Colour::Grey),
        )
        .series(Series::horizontal("", rates.mirrored)))
}

impl LearningCurveResult {
    /// The time of the smallest error against n on log–log axes: medians over trials with their quartiles, and on the sphere the best
    /// time of the population model, dashed. Times of 0 (the start was best) are left out.
    ///
    /// # Errors
    /// As [`LearningCurve::theory_at`](crate::experiment::LearningCurve::theory_at).
    pub fn times_panel(&self, title: &str) -> Result<Panel> {
        let mut panel =
            Panel::new(title).x(Axis::log10("n")).y(Axis::log10("best stopping time")).legend(Legend::Best);
        let sizes = &self.parameters.sizes;
        let theory = match (self.limits(), sizes.first(), sizes.last()) {
            (Some(_), Some(low), Some(high)) if low < high => {
                self.parameters.theory_at(&log_spaced_sizes(*low, *high, 41)?)?
            }
            _ => Vec::new(),
        };
        for &initialisation in &self.parameters.initialisations {
            let (mut n, mut median, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for point in self.curve(initialisation).iter().filter(|point| point.median_time > 0.0) {
                let own = self.errors.iter().filter(|e| (e.initialisation, e.n) == (initialisation, point.n));
                let times: Vec<f64> = own.map(|e| e.time).filter(|time| *time > 0.0).collect();
                n.push(point.n as f64);
                median.push(point.median_time);
                low.push(quantile(&times, 0.25)?);
                high.push(quantile(&times, 0.75)?);
            }
            if n.is_empty() {
                continue;
            }
            let (colour, shape) = (start_colour(initialisation), start_shape(initialisation));
            let series = Series::line_points(initialisation.to_string(), n, median).error_bars(low, high);
            panel = panel.series(series.colour(colour).shape(shape).dash(Dash::Solid));
            if let Some(theory) = theory.iter().find(|theory| theory.initialisation == initialisation) {
                let n = theory.sizes.iter().map(|n| *n as f64);
                let line = Series::line("population model", n, &theory.times);
                panel = panel.series(line.colour(colour).dash(Dash::Dashed));
            }
        }
        Ok(panel)
    }

    /// The share of test points on the wrong side of 0 at the time of the smallest squared error, by size; for targets ±1.
    pub fn misclassification_table(&self) -> Table {
        let p = &self.parameters;
        let columns = p.sizes.iter().map(|n| Column::uncertain(format!("n = {n}")));
        let table = Table::new([Column::text("initialisation")].into_iter().chain(columns))
            .caption("Misclassification rate")
            .label("tab:misclassification")
            .note(format!(
                "Mean ± standard error over trials {}..{}, {} test points; at the time of the least squared error.",
                p.trials.start, p.trials.end, p.test_points
            ));
        p.initialisations.iter().fold(table, |table, &initialisation| {
            let cells = p.sizes.iter().map(|&n| {
                let own = self.errors.iter().filter(|e| e.initialisation == initialisation && e.n == n);
                let shares: Vec<f64> = own.filter_map(|e| e.misclassified).collect();
                match crate::regression::MeanInterval::of(&shares, p.level) {
                    Ok(interval) => Cell::uncertain_fixed(interval.mean, interval.standard_error, 4),
                    Err(_) => shares.first().map_or(Cell::Absent, |share| Cell::number(*share, 4)),
                }
            });
            table.row([Cell::text(initialisation.to_string())].into_iter().chain(cells.collect::<Vec<_>>()))
        })
    }
}
