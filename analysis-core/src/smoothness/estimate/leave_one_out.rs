//! The leave-one-out learning curve of a sample.

use std::ops::Range;

use ndarray::{ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

use super::answer::{Estimate, Estimator, Interval};
use crate::check;
use crate::error::{Error, Result};
use crate::kernel::{Gram, GramOrigin};
use crate::numeric::least_squares_slope;
use crate::regression::{IndexRange, student_quantile};
use crate::spectrum::{LeaveOneOutErrors, SINGULAR};

/// Outside these, LOO/GCV says that the deterministic equivalent does not hold at the bottom of the spectrum.
const AGREE: std::ops::RangeInclusive<f64> = 0.85..=1.1;

/// Leave-one-out errors against n on parts of one sample, in closed form ([`Gram::leave_one_out`]); `Default` is n/8, n/4, n/2 and n.
///
/// Under λ_i ~ i^{−β} and a tail i^{−r} without noise the ridgeless error falls like n^{−r}: the slope reads r, and the eigenvectors
/// are not looked at. Noise ends the fall, and the slope then says nothing of r.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveOneOut {
    /// Each p is a size n/p (default 8, 4, 2, 1). A part of n/p rows takes every p-th row, so rows may be sorted.
    pub parts: Vec<usize>,
    /// At most so many disjoint parts of one size are averaged over (default 4).
    pub most: usize,
    /// Ridges that the best is chosen from, in units of the mean eigenvalue tr K/n² of K/n (default 0, 0.01, 0.1, 1, 10, 100).
    pub ridges: Vec<f64>,
}

impl Default for LeaveOneOut {
    fn default() -> Self {
        LeaveOneOut { parts: vec![8, 4, 2, 1], most: 4, ridges: vec![0.0, 0.01, 0.1, 1.0, 10.0, 100.0] }
    }
}

/// The errors at one size, means over its parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LeaveOneOutPoint {
    /// Rows of a part.
    pub n: usize,
    /// How many parts.
    pub parts: usize,
    /// The error at the first ridge (by default ridgeless), in units of y², summed over the target's columns.
    pub error: f64,
    /// Generalised cross-validation's estimate of it.
    pub gcv: f64,
    /// The error at the best of the ridges.
    pub ridged: f64,
    /// Which that is, in units of the mean eigenvalue.
    pub ridge: f64,
    /// κ at the first ridge.
    pub kappa: f64,
}

/// Leave-one-out errors against n, of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeaveOneOutCurve {
    /// By n, ascending.
    pub points: Vec<LeaveOneOutPoint>,
    /// Σ over the target's columns of their variance: the error of the mean.
    pub variance: f64,
}

/// The errors of all targets on the parts of one size: `[part][ridge]`.
struct Size {
    n: usize,
    parts: Vec<Vec<LeaveOneOutErrors>>,
}

impl LeaveOneOut {
    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two sizes, a size of 0, no part, and no ridge or a negative one.
    pub fn check(&self) -> Result<()> {
        let distinct: std::collections::BTreeSet<_> = self.parts.iter().collect();
        let sizes = distinct.len() == self.parts.len() && self.parts.len() > 1 && !self.parts.contains(&0);
        check::refuse(
            !sizes,
            "parts",
            format!("{:?}", self.parts),
            "two or more different whole numbers from 1 on",
        )?;
        check::at_least_one("most", self.most)?;
        check::not_empty("ridges", &self.ridges)?;
        self.ridges.iter().try_for_each(|ridge| check::not_negative("ridges", *ridge))
    }

    /// The curve of one target y (n,k) under K (n,n), summed over its columns. About n³/2 multiplications a ridge, and a copy of K.
    ///
    /// # Errors
    /// As [`LeaveOneOut::check`] and [`Gram::leave_one_out`]; [`Error::Parameter`] for parts of fewer than two rows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{kernel::Kernel, ndarray::Array2, smoothness::LeaveOneOut};
    /// let x = Array2::from_shape_fn((160, 3), |(i, j)| ((i * (j + 2) + 1) as f64).sin());
    /// let y = Array2::from_shape_fn((160, 1), |(i, _)| x[[i, 0]]);
    /// let curve = LeaveOneOut::default().run(&Kernel::default().gram(x.view())?, y.view())?;
    /// assert_eq!(curve.points.iter().map(|point| point.n).collect::<Vec<_>>(), [20, 40, 80, 160]);
    /// assert!(curve.points[3].error < curve.points[0].error);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self, gram: &Gram, y: ArrayView2<f64>) -> Result<LeaveOneOutCurve> {
        let sizes = self
            .sizes(gram, y)?
            .ok_or_else(|| Error::parameter("ridges", format!("{:?}", self.ridges), SINGULAR))?;
        Ok(self.curve(&sizes, y, |errors| errors.iter().sum()))
    }

    /// Adds both estimates of several targets, each the sum over its own columns of y, to what other estimators say of them, and gives
    /// the curves they are of. Where K is singular to rounding they are not identified, and there is no curve.
    pub(crate) fn add_to(
        &self,
        estimates: &mut [Vec<Estimate>],
        gram: &Gram,
        y: ArrayView2<f64>,
        groups: &[Range<usize>],
    ) -> Result<Vec<LeaveOneOutCurve>> {
        let sizes = self.sizes(gram, y)?;
        let mut curves = Vec::new();
        for (estimates, group) in estimates.iter_mut().zip(groups) {
            let own = match &sizes {
                Some(sizes) => {
                    let y = y.slice(s![.., group.clone()]);
                    let curve = self.curve(sizes, y, |errors| errors[group.clone()].iter().sum());
                    let own = curve.estimates()?;
                    curves.push(curve);
                    own
                }
                None => {
                    // The last of the others has β from all eigenvalues.
                    let beta = estimates.last().map_or(f64::NAN, |estimate| estimate.beta);
                    let window = IndexRange { first: 1, last: gram.n() };
                    let unknown = |estimator| Estimate {
                        warnings: vec![format!("not identified: {SINGULAR}")],
                        ..Estimate::unknown(estimator, beta, window)
                    };
                    [Estimator::LeaveOneOut, Estimator::RidgedLeaveOneOut].map(unknown).to_vec()
                }
            };
            estimates.extend(own);
        }
        Ok(curves)
    }

    /// Nothing where K or a part of it is singular to rounding at one of the ridges.
    fn sizes(&self, gram: &Gram, y: ArrayView2<f64>) -> Result<Option<Vec<Size>>> {
        self.check()?;
        let mut parts = self.parts.clone();
        parts.sort_unstable_by(|a, b| b.cmp(a));
        all(parts.iter().map(|part| self.size(gram, y, *part)))
    }

    fn size(&self, gram: &Gram, y: ArrayView2<f64>, part: usize) -> Result<Option<Size>> {
        let n = gram.n() / part;
        check::refuse(n < 2, "parts", part, "leaves fewer than two of the rows in a part")?;
        let of = |first: usize| {
            let rows: Vec<usize> = (first..gram.n()).step_by(part).take(n).collect();
            let (k, y) = if part == 1 {
                (None, y.to_owned())
            } else {
                (Some(gram.at(&rows, GramOrigin::Array)?), y.select(Axis(0), &rows))
            };
            let k = k.as_ref().unwrap_or(gram);
            let mean = k.view().diag().sum() / (n as f64).powi(2);
            all(self.ridges.iter().map(|ridge| k.left_out(y.view(), ridge * mean)))
        };
        Ok(all((0..part.min(self.most)).map(of))?.map(|parts| Size { n, parts }))
    }

    fn curve(&self, sizes: &[Size], y: ArrayView2<f64>, target: impl Fn(&[f64]) -> f64) -> LeaveOneOutCurve {
        let point = |size: &Size| {
            let parts = size.parts.len();
            let mean = |of: &dyn Fn(&Vec<LeaveOneOutErrors>) -> f64| {
                size.parts.iter().map(of).sum::<f64>() / parts as f64
            };
            let error = |ridge: usize| mean(&|part| target(&part[ridge].errors));
            let errors: Vec<f64> = (0..self.ridges.len()).map(error).collect();
            let best =
                (0..errors.len()).fold(0, |best, at| if errors[at] < errors[best] { at } else { best });
            LeaveOneOutPoint {
                n: size.n,
                parts,
                error: errors[0],
                gcv: mean(&|part| target(&part[0].gcv)),
                ridged: errors[best],
                ridge: self.ridges[best],
                kappa: mean(&|part| part[0].inverse_trace.recip()),
            }
        };
        let variance = y.axis_iter(Axis(1)).map(|column| column.var(0.0)).sum();
        LeaveOneOutCurve { points: sizes.iter().map(point).collect(), variance }
    }
}

impl LeaveOneOutCurve {
    /// r by the slope of the error at the first ridge, and by that at the best, with Student's interval of a line through so few points.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two points.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::smoothness::{LeaveOneOutCurve, LeaveOneOutPoint};
    /// let point = |n: usize| {
    ///     let error = (n as f64).powf(-0.4);
    ///     LeaveOneOutPoint { n, parts: 1, error, gcv: error, ridged: error, ridge: 0.0, kappa: (n as f64).powf(-1.2) }
    /// };
    /// let curve = LeaveOneOutCurve { points: [100, 200, 400].map(point).to_vec(), variance: 1.0 };
    /// let estimate = &curve.estimates()?[0];
    /// assert!((estimate.r.unwrap() - 0.4).abs() < 1e-12 && (estimate.beta - 1.2).abs() < 1e-12);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn estimates(&self) -> Result<Vec<Estimate>> {
        check::refuse(self.points.len() < 2, "points", self.points.len(), "a slope needs two")?;
        Ok(vec![
            self.estimate(Estimator::LeaveOneOut, |point| point.error)?,
            self.estimate(Estimator::RidgedLeaveOneOut, |point| point.ridged)?,
        ])
    }

    fn estimate(&self, estimator: Estimator, error: fn(&LeaveOneOutPoint) -> f64) -> Result<Estimate> {
        let x: Vec<f64> = self.points.iter().map(|point| (point.n as f64).ln()).collect();
        let logs: Vec<f64> = self.points.iter().map(|point| error(point).ln()).collect();
        let kappas: Vec<f64> = self.points.iter().map(|point| point.kappa.ln()).collect();
        let (r, beta) = (-least_squares_slope(&x, &logs), -least_squares_slope(&x, &kappas));
        let known = r.is_finite() && beta.is_finite();
        let reach = reach(&x, &logs, -r)?.filter(|_| known);
        let interval = reach.map(|reach| Interval { low: r - reach, high: r + reach });
        let last = self.points.last().map_or(0, |point| point.n);
        let window = IndexRange { first: self.points[0].n, last };
        Ok(Estimate {
            r: known.then_some(r),
            r_interval: interval,
            s: known.then_some(r / beta),
            s_interval: interval.map(|interval| interval.over(beta)),
            warnings: self.warnings(estimator, error, known),
            ..Estimate::unknown(estimator, beta, window)
        })
    }

    fn warnings(
        &self,
        estimator: Estimator,
        error: fn(&LeaveOneOutPoint) -> f64,
        known: bool,
    ) -> Vec<String> {
        let mut warnings = Vec::new();
        if !known {
            warnings.push("not identified: no error is left".into());
        }
        if let Some(point) = self.points.iter().find(|point| error(point) > self.variance) {
            warnings.push(format!(
                "at n = {} the error, {:.3}, is larger than the target's variance, {:.3}: nothing is learnt there",
                point.n,
                error(point),
                self.variance
            ));
        }
        let apart = self.points.iter().map(|point| (point.n, point.error / point.gcv));
        let worst = apart
            .filter(|(_, ratio)| !AGREE.contains(ratio))
            .max_by(|a, b| a.1.ln().abs().total_cmp(&b.1.ln().abs()));
        if let (Some((n, ratio)), Estimator::LeaveOneOut) = (worst, estimator) {
            warnings.push(format!(
                "at n = {n} leave-one-out is {ratio:.2} times generalised cross-validation: the bottom of the spectrum does not \
                 follow the deterministic equivalent"
            ));
        }
        warnings
    }
}

/// All of them, or nothing where one is nothing.
fn all<T>(items: impl Iterator<Item = Result<Option<T>>>) -> Result<Option<Vec<T>>> {
    let items: Vec<Option<T>> = items.collect::<Result<_>>()?;
    Ok(items.into_iter().collect())
}

/// Half of Student's 95 % interval for the slope of a line through three points or more.
fn reach(x: &[f64], y: &[f64], slope: f64) -> Result<Option<f64>> {
    let count = x.len();
    if count < 3 {
        return Ok(None);
    }
    let (x_mean, y_mean) = (x.iter().sum::<f64>() / count as f64, y.iter().sum::<f64>() / count as f64);
    let squares: f64 = x.iter().zip(y).map(|(x, y)| (y - y_mean - slope * (x - x_mean)).powi(2)).sum();
    let spread: f64 = x.iter().map(|x| (x - x_mean).powi(2)).sum();
    let freedom = count - 2;
    Ok(Some(student_quantile(0.95, freedom)? * (squares / freedom as f64 / spread).sqrt()))
}
