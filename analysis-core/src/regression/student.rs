//! Means over independent trials with Student's t interval.

use std::f64::consts::FRAC_2_PI;

use serde::{Deserialize, Serialize};

use super::MeanSd;
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

/// The mean of independent values with a confidence interval for it: mean ± t·sd/√count, with t the quantile of
/// Student's distribution with count − 1 degrees of freedom. Exact for normal values, conservative enough for the logs
/// and slopes it is used on; the values must be independent of each other (trials, not neighbouring indices).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanInterval {
    /// The mean.
    pub mean: f64,
    /// Its standard error, sd/√count.
    pub standard_error: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// The interval's level, for instance 0.95.
    pub level: f64,
    /// How many values.
    pub count: usize,
}

impl MeanInterval {
    /// The mean of at least two values, and its interval at `level`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two values or a level outside (0, 1); [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::regression::MeanInterval;
    /// let interval = MeanInterval::of(&[1.0, 2.0, 3.0], 0.95)?;
    /// assert_eq!(interval.mean, 2.0);
    /// assert!((interval.high - (2.0 + 4.302652729749462 / 3f64.sqrt())).abs() < 1e-12);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn of(values: &[f64], level: f64) -> Result<Self> {
        MeanSd::of(values)?.interval(level)
    }

    /// Whether the interval lies wholly on one side of `value`.
    pub fn excludes(&self, value: f64) -> bool {
        self.low > value || self.high < value
    }
}

impl MeanSd {
    /// Student's interval of the mean of independent draws.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two draws or a level outside (0, 1).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::regression::{MeanInterval, MeanSd};
    /// let values = [1.0, 2.0, 3.0];
    /// assert_eq!(MeanSd::of(&values)?.interval(0.95)?, MeanInterval::of(&values, 0.95)?);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn interval(&self, level: f64) -> Result<MeanInterval> {
        let MeanSd { mean, sd, count } = *self;
        check::refuse(count < 2, "draws", count, "at least 2: one value has no spread")?;
        let standard_error = sd / (count as f64).sqrt();
        let reach = student_quantile(level, count - 1)? * standard_error;
        Ok(MeanInterval { mean, standard_error, low: mean - reach, high: mean + reach, level, count })
    }
}

/// t with P(|T| ≤ t) = `level` for Student's distribution with ν = `freedom` degrees of freedom.
///
/// # Errors
/// [`Error::Parameter`] for a level outside (0, 1) or no degree of freedom.
///
/// # Examples
/// ```
/// let t = analysis_core::regression::student_quantile(0.95, 19)?;
/// assert!((t - 2.093024054408309).abs() < 1e-12);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn student_quantile(level: f64, freedom: usize) -> Result<f64> {
    let why = "must lie between 0 and 1, for instance 0.95";
    check::refuse(!(level > 0.0 && level < 1.0), "level", level, why)?;
    check::refuse(freedom == 0, "freedom", freedom, "at least 1: two values have one degree of freedom")?;
    // P grows with θ from 0 at 0 to 1 at π/2; halving an interval 60 times leaves one unit in the last place.
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if central_probability(middle, freedom) < level {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok((0.5 * (low + high)).tan() * (freedom as f64).sqrt())
}

/// P(|T| ≤ √ν tan θ) in the closed forms for whole ν (Abramowitz and Stegun, 26.7.3 and 26.7.4).
fn central_probability(theta: f64, freedom: usize) -> f64 {
    let (sine, cosine) = theta.sin_cos();
    let square = cosine * cosine;
    let odd = freedom % 2 == 1;
    // Σ of terms, each the one before times cos²θ·(j/(j+1)): j = 2, 4, … for odd ν, 1, 3, … for even.
    let (mut term, mut sum) = (if odd { cosine } else { 1.0 }, 0.0);
    let mut j = if odd { 2 } else { 1 };
    while j < freedom {
        sum += term;
        term *= square * j as f64 / (j + 1) as f64;
        j += 2;
    }
    if odd { FRAC_2_PI * (theta + sine * sum) } else { sine * sum }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::Error;

    /// scipy 1.17.1: `scipy.stats.t.ppf((1 + level)/2, freedom)`.
    #[test]
    fn quantiles_are_the_tabulated_ones() {
        for (level, freedom, expected) in [
            (0.95, 1, 12.706204736174694),
            (0.95, 2, 4.302652729749462),
            (0.95, 3, 3.182446305283708),
            (0.95, 4, 2.776445105197793),
            (0.95, 19, 2.093024054408309),
            (0.99, 10, 3.16927267261695),
            (0.5, 7, 0.711141778081787),
            (0.95, 999, 1.962341461133449),
        ] {
            let found = student_quantile(level, freedom).unwrap();
            // ν/2 terms of the series, some roundings each; tan θ multiplies θ's rounding by 1/(sin θ cos θ) ≤ 13 here.
            let bound = (4.0 * freedom as f64 + 40.0) * f64::EPSILON * expected;
            assert!((found - expected).abs() < bound, "{level} {freedom}: {found}");
        }
    }

    /// Coverage: of 4000 intervals from five normal values each, 95 % hold the mean, within 4 standard errors.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        use rand_distr::{Distribution, StandardNormal};
        let mut stream = crate::seed::Seed(2).stream("coverage", 0);
        let repeats = 4000;
        let held = (0..repeats)
            .filter(|_| {
                let values: [f64; 5] = std::array::from_fn(|_| StandardNormal.sample(&mut stream));
                !MeanInterval::of(&values, 0.95).unwrap().excludes(0.0)
            })
            .count();
        let error = (0.95 * 0.05 / f64::from(repeats)).sqrt();
        assert!((held as f64 / f64::from(repeats) - 0.95).abs() < 4.0 * error, "{held} of {repeats}");
    }

    #[test]
    fn meaningless_levels_and_single_values_are_refused() {
        for level in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(matches!(student_quantile(level, 3), Err(Error::Parameter { .. })), "{level}");
        }
        assert!(student_quantile(0.95, 0).is_err());
        assert!(MeanInterval::of(&[1.0], 0.95).is_err());
        assert!(matches!(MeanInterval::of(&[1.0, f64::NAN], 0.95), Err(Error::NotFinite { .. })));
    }
}
