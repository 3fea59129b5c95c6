//! The least-squares line through points.

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::{Error, Result};

/// y ≈ intercept + slope·x by ordinary least squares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LineFit {
    /// The slope.
    pub slope: f64,
    /// The value at x = 0.
    pub intercept: f64,
    /// 1 − SS_residual/SS_total; 1 where all y are equal (nothing is left to explain).
    pub r_squared: f64,
    /// The textbook standard error of the slope, √(SS_residual / ((points − 2)·SS_x)). It supposes independent errors;
    /// neighbouring tail sums share nearly all their terms, and on this project's data the spread over fresh draws is
    /// up to 5 times as large. Never print it after ±.
    pub ols_standard_error: f64,
    /// How many points.
    pub points: usize,
}

impl LineFit {
    /// Fits a line to the points (x_j, y_j).
    ///
    /// Both are centred first: the normal equations in raw x lose as many digits as mean/spread has.
    ///
    /// # Errors
    /// [`Error::Shape`] for lists of different lengths or fewer than three points, [`Error::NotFinite`], and
    /// [`Error::Parameter`] where all x are equal.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::regression::LineFit;
    /// let fit = LineFit::ols(&[0.0, 1.0, 2.0], &[1.0, 3.0, 5.0])?;
    /// assert_eq!((fit.slope, fit.intercept), (2.0, 1.0));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn ols(x: &[f64], y: &[f64]) -> Result<LineFit> {
        let points = x.len();
        if points < 3 || y.len() != points {
            return Err(Error::shape(
                "the points of a line fit",
                "as many y as x, at least 3",
                format!("{points} x, {} y", y.len()),
            ));
        }
        for (column, values) in [x, y].into_iter().enumerate() {
            if let Some((row, value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
                let what = "a point of a line fit (column 0 is x, 1 is y)".into();
                return Err(Error::NotFinite { what, row, column, value: *value });
            }
        }
        let count = points as f64;
        let (x_mean, y_mean) = (x.iter().sum::<f64>() / count, y.iter().sum::<f64>() / count);
        let (mut ss_x, mut ss_xy, mut ss_y) = (0.0, 0.0, 0.0);
        for (x, y) in x.iter().zip(y) {
            let (dx, dy) = (x - x_mean, y - y_mean);
            ss_x += dx * dx;
            ss_xy += dx * dy;
            ss_y += dy * dy;
        }
        check::refuse(ss_x == 0.0, "x", x[0], "all x are equal: no line has a slope there")?;
        let slope = ss_xy / ss_x;
        // From the residuals themselves: SS_y − slope·SS_xy cancels for a good fit.
        let ss_residual: f64 =
            x.iter().zip(y).map(|(x, y)| (y - y_mean - slope * (x - x_mean)).powi(2)).sum();
        Ok(LineFit {
            slope,
            intercept: y_mean - slope * x_mean,
            r_squared: if ss_y == 0.0 { 1.0 } else { 1.0 - ss_residual / ss_y },
            ols_standard_error: (ss_residual / ((count - 2.0) * ss_x)).sqrt(),
            points,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::numeric::least_squares_slope;

    /// NIST StRD "Norris": certified to 15 digits.
    #[test]
    fn nist_norris() {
        let x = [
            0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9,
            338.0, 447.5, 11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0,
            779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5,
        ];
        let y = [
            0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8,
            339.3, 448.9, 10.8, 557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5,
            778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2,
        ];
        let fit = LineFit::ols(&x, &y).unwrap();
        // 36 sums of centred values: rounding of order 36·ε relative, and the intercept loses the three digits by
        // which it is smaller than the means.
        let close = |found: f64, certified: f64, digits: f64| {
            assert!((found / certified - 1.0).abs() < 10f64.powf(-digits), "{found} {certified}");
        };
        close(fit.slope, 1.00211681802045, 13.5);
        close(fit.intercept, -0.262323073774029, 10.5);
        close(fit.ols_standard_error, 0.429796848199937e-3, 12.0);
        close(fit.r_squared, 0.999993745883712, 13.5);
    }

    #[test]
    fn the_slope_alone_is_that_of_the_line() {
        let (x, y) = ([0.1, 1.0, 2.5, 7.0], [3.0, -1.0, 0.5, 4.0]);
        let fit = LineFit::ols(&x, &y).unwrap();
        assert!((least_squares_slope(&x, &y) - fit.slope).abs() < 1e-14);
        assert_eq!(least_squares_slope(&[1.0, 3.0], &[2.0, 8.0]), 3.0);
    }

    #[test]
    fn bad_points_are_refused() {
        assert!(matches!(LineFit::ols(&[1.0, 2.0], &[1.0, 2.0]), Err(Error::Shape { .. })));
        assert!(matches!(LineFit::ols(&[1.0, 2.0, 3.0], &[1.0, 2.0]), Err(Error::Shape { .. })));
        assert!(matches!(LineFit::ols(&[1.0; 3], &[1.0, 2.0, 3.0]), Err(Error::Parameter { .. })));
        let nan = LineFit::ols(&[1.0, 2.0, 3.0], &[1.0, f64::NAN, 3.0]);
        assert!(matches!(nan, Err(Error::NotFinite { row: 1, column: 1, .. })));
    }
}
