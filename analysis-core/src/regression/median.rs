//! Medians of independent values with an interval that no distribution is assumed for.

use serde::{Deserialize, Serialize};

use super::quantile;
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

/// The median of independent values with an interval between two of them: the k-th smallest and the k-th largest, k as large as the
/// level allows. It holds the median of any continuous distribution with probability 1 − 2 P(B < k), B ~ Binomial(count, ½).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MedianInterval {
    /// The median.
    pub median: f64,
    /// The k-th smallest value.
    pub low: f64,
    /// The k-th largest.
    pub high: f64,
    /// The interval's own level, at least the one asked for.
    pub level: f64,
    /// How many values.
    pub count: usize,
}

impl MedianInterval {
    /// The median and its interval at `level` or above; nothing where there are too few values for one (five and fewer at 0.95).
    ///
    /// # Errors
    /// [`Error::Parameter`] for no value or a level outside (0, 1); [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::regression::MedianInterval;
    /// let values: Vec<f64> = (1..=10).map(f64::from).collect();
    /// let interval = MedianInterval::of(&values, 0.95)?.unwrap();
    /// assert_eq!([interval.median, interval.low, interval.high], [5.5, 2.0, 9.0]);
    /// assert!((interval.level - (1.0 - 22.0 / 1024.0)).abs() < 1e-15);
    /// assert!(MedianInterval::of(&values[..5], 0.95)?.is_none());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn of(values: &[f64], level: f64) -> Result<Option<Self>> {
        check::refuse(!(level > 0.0 && level < 1.0), "level", level, "between 0 and 1")?;
        let median = quantile(values, 0.5)?;
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        // P(B < k) is the sum of the first k binomials over 2^count, each from the one before; in logs, as 2^−count may be no number.
        let count = values.len();
        let (mut below, mut log_term, mut found) = (0.0, -(count as f64) * std::f64::consts::LN_2, None);
        for k in 1..=count.div_ceil(2) {
            below += log_term.exp();
            log_term += ((count + 1 - k) as f64 / k as f64).ln();
            let own = 1.0 - 2.0 * below;
            if own < level {
                break;
            }
            found = Some(MedianInterval {
                median,
                low: sorted[k - 1],
                high: sorted[count - k],
                level: own,
                count,
            });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use rand::RngExt;

    /// k of the tables of the sign test at 0.95: 6 values 1, 10 values 2, 20 values 6, 50 values 18, 100 values 40.
    #[test]
    fn ranks_are_the_tabulated_ones() {
        for (count, k) in [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (50, 18), (100, 40), (10_000, 4902)] {
            let values: Vec<f64> = (1..=count).rev().map(f64::from).collect();
            let interval = MedianInterval::of(&values, 0.95).unwrap().unwrap();
            assert_eq!([interval.low, interval.high], [f64::from(k), f64::from(count + 1 - k)], "{count}");
        }
        assert!(MedianInterval::of(&[], 0.95).is_err() && MedianInterval::of(&[1.0], 1.0).is_err());
        assert!(MedianInterval::of(&[f64::NAN; 9], 0.95).is_err());
        assert!(MedianInterval::of(&[2.0; 10], 0.95).unwrap().is_some_and(|i| i.low == 2.0 && i.high == 2.0));
    }

    /// Its own level is the share of samples whose interval holds the median: ln 2 of an exponential distribution.
    #[test]
    fn intervals_hold_the_median_as_often_as_they_say() {
        let mut random = crate::seed::Seed(0).stream("median-interval", 0);
        let (samples, mut held, mut level) = (20_000, 0, 0.0);
        for _ in 0..samples {
            let values: Vec<f64> = (0..10).map(|_| -(1.0 - random.random::<f64>()).ln()).collect();
            let interval = MedianInterval::of(&values, 0.95).unwrap().unwrap();
            held += usize::from((interval.low..=interval.high).contains(&2f64.ln()));
            level = interval.level;
        }
        let z =
            (held as f64 / f64::from(samples) - level) / (level * (1.0 - level) / f64::from(samples)).sqrt();
        assert!(z.abs() < 4.0, "{z}");
    }
}
