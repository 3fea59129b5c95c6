//! Inputs and targets of a known kind.

use crate::check;
use crate::error::Result;
use crate::seed::{Seed, Stream};
use ndarray::{Array2, ArrayView2, Axis};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Points uniform on the unit sphere S^{d−1} in R^d with the target f*(x) = (Σ_j x_j)² and noise:
/// y = f*(x) + ε, ε ~ N(0, σ²). E f* = 1 and Var f* = (2d − 2)/(d + 2).
///
/// Source: Chen, Li, Lin 2024 (arXiv 2410.05626), synthetic experiment, Fig. 1; `Default` is its d = 5, σ = 0.2, with n = 200.
///
/// # Examples
/// ```
/// use analysis_core::data::{SphereQuadratic, quadratic};
/// let task = SphereQuadratic { n: 100, noise: 0.0, ..Default::default() };
/// let data = task.run()?;
/// assert_eq!(data.x.dim(), (100, 5));
/// assert_eq!(data.y, quadratic(data.x.view()));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SphereQuadratic {
    /// Number of points.
    pub n: usize,
    /// Number of coordinates of a point.
    pub d: usize,
    /// σ, the noise's standard deviation.
    pub noise: f64,
    /// The seed; points come from its stream `("sphere-points", 0)`, noise from `("noise", 0)`.
    pub seed: Seed,
}

impl Default for SphereQuadratic {
    fn default() -> Self {
        SphereQuadratic { n: 200, d: 5, noise: 0.2, seed: Seed(0) }
    }
}

impl SphereQuadratic {
    /// Refuses what has no meaning.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) unless n ≥ 1, d ≥ 1 and σ is finite and ≥ 0.
    pub fn check(&self) -> Result<()> {
        check::at_least_one("n", self.n)?;
        check::at_least_one("d", self.d)?;
        check::not_negative("noise", self.noise)
    }

    /// x (n,d) and y (n,1) of checked parameters.
    pub(super) fn draw(&self) -> (Array2<f64>, Array2<f64>) {
        let x = sphere_points(self.n, self.d, &mut self.seed.stream("sphere-points", 0));
        let mut y = quadratic(x.view());
        if self.noise > 0.0 {
            let mut stream = self.seed.stream("noise", 0);
            y.mapv_inplace(|value| value + self.noise * gaussian(&mut stream));
        }
        (x, y)
    }
}

fn gaussian(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// (n,d) points uniform on S^{d−1}: Gaussian vectors divided by their norm.
///
/// # Examples
/// ```
/// use analysis_core::{data::sphere_points, prelude::Seed};
/// let x = sphere_points(3, 4, &mut Seed(1).stream("points", 0));
/// assert!((x.row(0).dot(&x.row(0)) - 1.0).abs() < 1e-15);
/// ```
pub fn sphere_points(n: usize, d: usize, stream: &mut Stream) -> Array2<f64> {
    let mut x = Array2::zeros((n, d));
    for mut row in x.rows_mut() {
        loop {
            row.mapv_inplace(|_: f64| gaussian(stream));
            let norm = row.iter().map(|value| value * value).sum::<f64>().sqrt();
            // A zero vector has probability 0, and no direction; so does d = 0, where there is nothing to draw.
            if norm > 0.0 || d == 0 {
                row /= norm;
                break;
            }
        }
    }
    x
}

/// f*(x) = (Σ_j x_j)² of each row of x (n,d), as (n,1).
///
/// # Examples
/// ```
/// use ndarray::array;
/// assert_eq!(analysis_core::data::quadratic(array![[0.5, 0.25]].view()), array![[0.5625]]);
/// ```
pub fn quadratic(x: ArrayView2<f64>) -> Array2<f64> {
    let squared_sum = x.rows().into_iter().map(|row| row.iter().sum::<f64>().powi(2));
    squared_sum.collect::<ndarray::Array1<f64>>().insert_axis(Axis(1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Mean of f* and of its square, and the mean of each coordinate, within 5 standard errors of 100,000 points.
    #[test]
    fn moments_are_those_of_the_sphere() {
        for d in [5, 10] {
            let n = 100_000;
            let data = SphereQuadratic { n, d, noise: 0.0, seed: Seed(3) }.run().unwrap();
            let mean = data.y.mean().unwrap();
            let variance = data.y.mapv(|y| (y - mean).powi(2)).mean().unwrap();
            let expected = (2 * d - 2) as f64 / (d + 2) as f64;
            assert!((mean - 1.0).abs() < 5.0 * (expected / n as f64).sqrt(), "mean {mean}");
            let fourth = data.y.mapv(|y| (y - mean).powi(4)).mean().unwrap();
            let error = ((fourth - variance * variance) / n as f64).sqrt();
            assert!((variance - expected).abs() < 5.0 * error, "variance {variance}, expected {expected}");
            let coordinates = data.x.mean_axis(Axis(0)).unwrap();
            let bound = 5.0 / (d as f64 * n as f64).sqrt();
            assert!(coordinates.iter().all(|mean| mean.abs() < bound), "{coordinates}");
            // d + 4 roundings.
            assert!(data.x.rows().into_iter().all(|row| (row.dot(&row) - 1.0).abs() < 14.0 * f64::EPSILON));
        }
    }

    #[test]
    fn noise_has_the_deviation_asked_for() {
        let task = SphereQuadratic { n: 100_000, noise: 0.2, ..Default::default() };
        let data = task.run().unwrap();
        let noise = &data.y - &quadratic(data.x.view());
        let deviation = noise.mapv(|e| e * e).mean().unwrap().sqrt();
        // The standard error of a deviation is σ/√(2n).
        assert!((deviation - 0.2).abs() < 5.0 * 0.2 / (2e5_f64).sqrt(), "{deviation}");
        assert_eq!(data, task.run().unwrap());
    }

    #[test]
    fn bad_parameters_are_refused() {
        for task in [
            SphereQuadratic { n: 0, ..Default::default() },
            SphereQuadratic { d: 0, ..Default::default() },
            SphereQuadratic { noise: f64::NAN, ..Default::default() },
            SphereQuadratic { noise: -1.0, ..Default::default() },
        ] {
            assert!(task.run().is_err(), "{task:?}");
        }
    }
}
