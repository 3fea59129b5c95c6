//! Grids of training times.

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::memory::Bytes;

/// Log-spaced flow times from `from` to `per_sample`·n.
///
/// `Default`: 121 times from 0.5 to 6n. The paper trains 10n epochs at learning rate 0.6, flow time 6n (Chen, Li and
/// Lin 2024, Fig. 1), and reports the best epoch.
///
/// # Examples
/// ```
/// use analysis_core::flow::{Filter, Times};
/// let times = Times::default().grid(100)?;
/// assert_eq!((times.len(), times[0], times[120]), (121, 0.5, 600.0));
/// assert_eq!(Times::default().filters(100)?[120], Filter::Flow { time: 600.0 });
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// The first time, > 0.
    pub from: f64,
    /// The last time divided by n.
    pub per_sample: f64,
    /// How many times, both ends included; at least 2.
    pub points: usize,
}

impl Default for Times {
    fn default() -> Self {
        Times { from: 0.5, per_sample: 6.0, points: 121 }
    }
}

impl Times {
    /// The times for n samples, ascending; the ends are exact.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless 0 < from < per_sample·n are finite and points ≥ 2; [`Error::Memory`].
    pub fn grid(&self, n: usize) -> Result<Vec<f64>> {
        let last = self.per_sample * n as f64;
        check::positive("from", self.from)?;
        let why = format!("times n = {n} must be finite and beyond the first time, {}", self.from);
        check::refuse(!(last.is_finite() && last > self.from), "per_sample", self.per_sample, why)?;
        check::refuse(self.points < 2, "points", self.points, "a grid needs both of its ends")?;
        Bytes::of::<f64>(self.points, 1).require(&format!("a grid of {} times", self.points))?;
        let step = (last / self.from).ln() / (self.points - 1) as f64;
        let mut grid: Vec<f64> = (0..self.points).map(|j| self.from * (step * j as f64).exp()).collect();
        grid[self.points - 1] = last;
        Ok(grid)
    }

    /// The same as gradient-flow filters.
    ///
    /// # Errors
    /// Those of [`Times::grid`].
    pub fn filters(&self, n: usize) -> Result<Vec<Filter>> {
        Ok(self.grid(n)?.into_iter().map(|time| Filter::Flow { time }).collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_grid_is_even_in_the_logarithm() {
        let grid = Times { from: 0.5, per_sample: 6.0, points: 7 }.grid(400).unwrap();
        let ratio = 4800f64.powf(1.0 / 6.0);
        for pair in grid.windows(2) {
            // exp of a number near 8.5 carries 8.5 ε, its argument as much again.
            assert!((pair[1] / pair[0] / ratio - 1.0).abs() < 40.0 * f64::EPSILON, "{grid:?}");
        }
    }

    #[test]
    fn grids_without_meaning_are_refused() {
        let default = Times::default();
        for times in [
            Times { from: 0.0, ..default },
            Times { from: f64::NAN, ..default },
            Times { per_sample: 0.004, ..default },
            Times { per_sample: f64::INFINITY, ..default },
            Times { points: 1, ..default },
        ] {
            assert!(matches!(times.grid(100), Err(Error::Parameter { .. })), "{times:?}");
        }
    }
}
