//! The profile likelihood of r, with any noise below a cap.

use super::expected::Expected;
use crate::numeric::golden;
use crate::regression::IndexRange;

/// Ratios of noise to the target's own mean energy that are tried, and the factor from each to the next, 10^{5/38}.
const RATIOS: usize = 40;
const STEP: f64 = 1.353_876_180_022_543;

/// Mean energies of the window's bins, and how many squares of independent normal variables each is worth.
#[derive(Debug)]
pub(super) struct Observed {
    /// Mean m_k of each bin.
    pub(super) means: Vec<f64>,
    /// Squares in each bin.
    pub(super) squares: Vec<f64>,
}

/// The best fit at one r.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// r.
    pub(super) r: f64,
    /// Scale of the expected energies.
    pub(super) scale: f64,
    /// σ².
    pub(super) noise: f64,
    /// ln of the likelihood, up to a constant.
    pub(super) likelihood: f64,
}

impl Observed {
    /// Of energies m_k (n), worth `freedom` squares each.
    pub(super) fn of(expected: &Expected, energies: &[f64], freedom: f64) -> Observed {
        let bins = &expected.bins;
        let count = |b: &IndexRange| (b.last + 1 - b.first) as f64;
        Observed {
            means: bins
                .iter()
                .map(|b| energies[b.first - 1..b.last].iter().sum::<f64>() / count(b))
                .collect(),
            squares: bins.iter().map(|b| freedom * count(b)).collect(),
        }
    }

    /// ln of the likelihood of m_k ~ v_k χ²_ν/ν, v_k = scale·e_k + noise, for exponent number `j`.
    fn likelihood(&self, expected: &Expected, j: usize, scale: f64, noise: f64) -> f64 {
        let parts = self.means.iter().zip(&self.squares).zip(expected.energies.column(j));
        parts
            .map(|((mean, squares), e)| {
                let v = scale * e + noise;
                -0.5 * squares * (v.ln() + mean / v)
            })
            .sum()
    }

    /// Every fit that was tried, exponent by exponent.
    pub(super) fn profile(&self, expected: &Expected, cap: f64) -> Vec<Vec<Point>> {
        (0..expected.exponents.len()).map(|j| self.tried(expected, j, cap)).collect()
    }

    /// Every fit that was tried at exponent number `j`, noise at most `cap`: at fixed ratios of noise to target, where the best scale
    /// is in closed form, at a ratio between the best of these, and at the cap, where the scale is searched for.
    fn tried(&self, expected: &Expected, j: usize, cap: f64) -> Vec<Point> {
        let total: f64 = self.squares.iter().sum();
        let column = expected.energies.column(j);
        let mean = column.iter().zip(&self.squares).map(|(e, w)| e * w).sum::<f64>() / total;
        let of_ratio = |ratio: f64| {
            let parts = self.means.iter().zip(&self.squares).zip(column);
            let scale = parts.map(|((m, w), e)| w * m / (e + mean * ratio)).sum::<f64>() / total;
            self.point(expected, j, scale, scale * mean * ratio)
        };
        let fits: Vec<Point> = (0..RATIOS).map(|step| of_ratio(ratio(step))).collect();
        let allowed = |step: &usize| fits[*step].noise <= cap;
        let best = (0..RATIOS)
            .filter(allowed)
            .reduce(|best, step| if fits[step].likelihood > fits[best].likelihood { step } else { best });
        let mut tried: Vec<Point> = (0..RATIOS).filter(allowed).map(|step| fits[step]).collect();
        // Without noise, or next to it, there is no step on both sides. The step after the best may lie beyond the cap, and higher.
        if let Some(step) = best.filter(|step| (2..RATIOS - 1).contains(step)) {
            let top = Top::of([step - 1, step, step + 1].map(|step| fits[step].likelihood));
            let between = of_ratio(ratio(step) * STEP.powf(top.shift));
            if between.noise <= cap {
                tried.push(between);
            }
        }
        let middle = self.means.iter().zip(&self.squares).map(|(m, w)| m * w).sum::<f64>() / total / mean;
        let against = |scale: f64| -self.likelihood(expected, j, scale, cap);
        tried.push(self.point(expected, j, golden(1e-5 * middle, 1e2 * middle, against), cap));
        tried
    }

    fn point(&self, expected: &Expected, j: usize, scale: f64, noise: f64) -> Point {
        Point {
            r: expected.exponents[j],
            scale,
            noise,
            likelihood: self.likelihood(expected, j, scale, noise),
        }
    }
}

/// Ratio number `step`, in multiples of the mean that is expected: none, then 10⁻³ … 10² in steps of [`STEP`].
fn ratio(step: usize) -> f64 {
    if step == 0 { 0.0 } else { 1e-3 * STEP.powi(step as i32 - 1) }
}

/// Where a parabola through three values at equal distances is highest, the middle one being the largest of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Top {
    /// From the middle, in steps: −½ … ½.
    pub(super) shift: f64,
    /// How far it lies above the middle.
    pub(super) rise: f64,
}

impl Top {
    pub(super) fn of([before, middle, after]: [f64; 3]) -> Top {
        let (slope, bend) = (0.5 * (after - before), before - 2.0 * middle + after);
        // Flat to the last bit: the middle is as good as any.
        if bend >= 0.0 {
            return Top { shift: 0.0, rise: 0.0 };
        }
        Top { shift: -slope / bend, rise: -0.5 * slope * slope / bend }
    }
}
