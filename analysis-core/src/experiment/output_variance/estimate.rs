//! A variance over an ensemble of networks, with its interval.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::{Error, Result};
use crate::regression::student_quantile;

/// What independent networks say of the variance and the mean of an output, averaged over the test points.
///
/// V̂ is the mean over test points of the sample variance over networks (divisor N − 1, unbiased). Test points of one network
/// are not independent of each other and outputs of finite networks are not normal, so the interval is the jackknife's over
/// whole networks, on the scale of ln V̂, where the spread does not depend on V, with Student's quantile and no correction for
/// bias (that would only undo V̂'s being unbiased). Of 95 % intervals for one test point, 95 % held the variance of normal
/// values at N = 100, 93 % at N = 20; 92 % at N = 100 for values of kurtosis 9 (1000 repeats each).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VarianceEstimate {
    /// N, networks.
    pub count: usize,
    /// V̂.
    pub variance: f64,
    /// Its interval.
    pub interval: [f64; 2],
    /// What it is compared with: its value at infinite width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_variance: Option<f64>,
    /// (ln V̂ − ln V) over the jackknife's standard error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// The mean output, over networks and test points.
    pub mean: f64,
    /// Its standard error over networks.
    pub mean_error: f64,
    /// The mean at infinite width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_mean: Option<f64>,
    /// (mean − expected mean) over its standard error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_z: Option<f64>,
}

/// Mean and variance of an output at infinite width, averaged over the test points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// E f.
    pub mean: f64,
    /// Var f.
    pub variance: f64,
}

/// The variance of one output over that of another of the same networks, with the jackknife's interval of the logarithm: what
/// both share cancels, so it is narrower than the two intervals suggest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VarianceRatio {
    /// N, networks.
    pub count: usize,
    /// V̂ of the one over V̂ of the other.
    pub ratio: f64,
    /// Its interval.
    pub interval: [f64; 2],
}

/// V̂ of outputs (networks, test points), and ln V̂ without each of the networks.
///
/// # Errors
/// [`Error::Parameter`] for too few networks, no test point, and outputs that are all equal; [`Error::NotFinite`].
fn jackknife(outputs: ArrayView2<f64>) -> Result<(f64, Vec<f64>)> {
    let (count, points) = outputs.dim();
    if count < VarianceEstimate::FEWEST || points == 0 {
        let why = "at least 10 networks and a test point: an interval needs a spread";
        return Err(Error::parameter("networks", format!("{count} at {points} test points"), why));
    }
    check::finite_array("outputs of networks", outputs)?;
    let (n, m) = (count as f64, points as f64);
    let means = outputs.sum_axis(ndarray::Axis(0)) / n;
    // Every network's squared distance from the mean, averaged over the test points.
    let squares: Vec<f64> = outputs
        .rows()
        .into_iter()
        .map(|row| row.iter().zip(&means).map(|(f, mean)| (f - mean).powi(2)).sum::<f64>() / m)
        .collect();
    let variance = squares.iter().sum::<f64>() / (n - 1.0);
    // Without network i: ((n − 1)V − n/(n − 1) d_i²)/(n − 2), at every test point and so on average.
    let left_out: Vec<f64> = squares
        .iter()
        .map(|square| (((n - 1.0) * variance - n / (n - 1.0) * square) / (n - 2.0)).ln())
        .collect();
    let why = "all networks, or all but one, are equal: no interval";
    check::refuse(!left_out.iter().all(|v| v.is_finite()), "outputs", variance, why)?;
    Ok((variance, left_out))
}

/// The jackknife's standard error.
fn spread(left_out: &[f64]) -> f64 {
    let n = left_out.len() as f64;
    let average = left_out.iter().sum::<f64>() / n;
    (left_out.iter().map(|v| (v - average).powi(2)).sum::<f64>() * (n - 1.0) / n).sqrt()
}

/// The interval about a number whose logarithm has this standard error.
fn around(value: f64, error: f64, count: usize, level: f64) -> Result<[f64; 2]> {
    let (middle, reach) = (value.ln(), student_quantile(level, count - 1)? * error);
    Ok([(middle - reach).exp(), (middle + reach).exp()])
}

impl VarianceRatio {
    /// From the outputs (networks, test points) of the same networks in the same order.
    ///
    /// # Errors
    /// As [`VarianceEstimate::of`]; [`Error::Shape`] for unequal shapes.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::VarianceRatio;
    /// use analysis_core::ndarray::Array2;
    /// let one = Array2::from_shape_fn((10, 1), |(i, _)| i as f64);
    /// let twice = VarianceRatio::of((&one * 2.0).view(), one.view(), 0.95)?;
    /// assert!((twice.ratio - 4.0).abs() < 1e-14);
    /// // What is common has no spread.
    /// assert!(twice.interval[1] - twice.interval[0] < 1e-12);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn of(of: ArrayView2<f64>, over: ArrayView2<f64>, level: f64) -> Result<VarianceRatio> {
        check::shape("the outputs of a ratio", of.dim(), over.dim())?;
        let ((of, of_left), (over, over_left)) = (jackknife(of)?, jackknife(over)?);
        let left: Vec<f64> = of_left.iter().zip(&over_left).map(|(of, over)| of - over).collect();
        let (count, ratio) = (left.len(), of / over);
        Ok(VarianceRatio { count, ratio, interval: around(ratio, spread(&left), count, level)? })
    }
}

impl VarianceEstimate {
    /// The fewest networks: below them a jackknife means little.
    pub const FEWEST: usize = 10;

    /// From outputs (networks, test points), rows independent.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than 10 networks, no test point, a level outside (0, 1), and outputs that are all equal;
    /// [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::VarianceEstimate;
    /// use analysis_core::ndarray::Array2;
    /// let outputs = Array2::from_shape_fn((10, 1), |(i, _)| i as f64);
    /// let estimate = VarianceEstimate::of(outputs.view(), None, 0.95)?;
    /// assert_eq!(estimate.mean, 4.5);
    /// assert!((estimate.variance - 82.5 / 9.0).abs() < 1e-14);
    /// assert!(estimate.interval[0] < estimate.variance && estimate.variance < estimate.interval[1]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn of(outputs: ArrayView2<f64>, expected: Option<Expected>, level: f64) -> Result<VarianceEstimate> {
        let (count, points) = outputs.dim();
        let (variance, left_out) = jackknife(outputs)?;
        let error = spread(&left_out);
        let (n, m, middle) = (count as f64, points as f64, variance.ln());
        let averages: Vec<f64> = outputs.rows().into_iter().map(|row| row.sum() / m).collect();
        let mean = averages.iter().sum::<f64>() / n;
        let mean_error = (averages.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
        Ok(VarianceEstimate {
            count,
            variance,
            interval: around(variance, error, count, level)?,
            expected_variance: expected.map(|e| e.variance),
            z: expected
                .filter(|e| e.variance > 0.0 && error > 0.0)
                .map(|e| (middle - e.variance.ln()) / error),
            mean,
            mean_error,
            expected_mean: expected.map(|e| e.mean),
            mean_z: expected.filter(|_| mean_error > 0.0).map(|e| (mean - e.mean) / mean_error),
        })
    }
}
