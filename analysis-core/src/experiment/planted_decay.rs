//! What the line through the tail reads where the answer is known: power laws planted in a random design.

use ndarray::{Array2, Axis, s};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::grid::whole;
use super::{Piece, Settings, side_by_side};
use crate::check;
use crate::error::{Error, Result};
use crate::kernel::Gram;
use crate::linalg::matmul;
use crate::memory::Bytes;
use crate::numeric::tail_of_powers;
use crate::origin::Origins;
use crate::regression::{MeanSd, Spacing, Window, fit_decay};
use crate::seed::{Seed, Stream};
use crate::session::Session;
use crate::spectrum::{Decomposition, tail_sums};

/// A calibration of the estimator of [`Smoothness`](crate::smoothness::Smoothness).
///
/// A population has eigenvalues λ_i = i^{−β} and eigenfunctions that are independent N(0, 1) variables; a target
/// f = Σ θ_i e_i has independent θ_i ~ N(0, i^{−1−r}), so that Σ_{k≥i} θ_k² ~ i^{−r}. n samples give K = Σ λ_i e_i e_iᵀ and
/// y = f + noise, and the line through the tail of y's coefficients on the eigenvectors of K is set beside r. What lies
/// beyond `modes` enters K as a multiple of the identity and y as independent noise, its limit for i ≫ n.
///
/// The target has energy beyond i = n, as real targets do; it leaks into every coefficient. A target cut off at i = n reads
/// otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantedDecay {
    /// n (default 1000).
    pub n: usize,
    /// Eigenfunctions that are drawn (default 10,000), at least n.
    pub modes: usize,
    /// β > 1 (default 1.15, near that of images).
    pub beta: f64,
    /// The exponents to plant (default 0.1, 0.2, 0.4, 0.8).
    pub r: Vec<f64>,
    /// Shares of E y² that are independent noise, each in \[0, 1) (default 0 and 0.3).
    pub noise: Vec<f64>,
    /// The window (default: the first sixth of the indices, as i ≤ 501 is of 3000).
    pub window: Window,
    /// How many draws of everything (default 20, at least 2).
    pub draws: usize,
    /// The seed.
    pub seed: Seed,
}

impl Default for PlantedDecay {
    fn default() -> Self {
        PlantedDecay {
            n: 1000,
            modes: 10_000,
            beta: 1.15,
            r: vec![0.1, 0.2, 0.4, 0.8],
            noise: vec![0.0, 0.3],
            window: Window::FirstFraction(501.0 / 3000.0),
            draws: 20,
            seed: Seed(0),
        }
    }
}

/// What one planted exponent reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlantedRow {
    /// The exponent that was planted.
    pub r: f64,
    /// The share of noise.
    pub noise: f64,
    /// −slope: mean and standard deviation over the draws.
    pub read: MeanSd,
}

/// The readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlantedDecayResult {
    /// By share of noise and planted exponent.
    pub rows: Vec<PlantedRow>,
    /// The parameters.
    pub parameters: PlantedDecay,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

impl PlantedDecayResult {
    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let p = &self.parameters;
        let name = |noise: f64, r: f64| format!("noise {noise}, r = {r}");
        let places = p.noise.iter().flat_map(|noise| p.r.iter().map(move |r| name(*noise, *r)));
        whole("row", places, self.rows.iter().map(|row| name(row.noise, row.r)))?;
        Ok(self)
    }
}

impl PlantedDecay {
    /// At a notebook's settings: as it is, or four draws of n = 200.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{PlantedDecay, Settings};
    /// assert!(PlantedDecay::default().at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => PlantedDecay { n: 200, modes: 2000, draws: 4, ..self },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer modes than samples, β ≤ 1, no exponent or one that is not positive, no share of noise or
    /// one outside \[0, 1), fewer than two draws; [`Error::Window`] for a window that does not fit n; [`Error::Memory`] for more
    /// draws than there is room for.
    pub fn check(&self) -> Result<()> {
        let why = format!("at least n = {}, and n ≥ 1", self.n);
        check::refuse(self.n == 0 || self.modes < self.n, "modes", self.modes, why)?;
        let why = "must exceed 1: else the kernel has no trace";
        check::refuse(!(self.beta > 1.0 && self.beta.is_finite()), "beta", self.beta, why)?;
        let why = "name at least one exponent and one share of noise";
        check::refuse(self.r.is_empty() || self.noise.is_empty(), "r, noise", "[]", why)?;
        if let Some(r) = self.r.iter().find(|r| !(**r > 0.0 && r.is_finite())) {
            return Err(Error::parameter(
                "r",
                r,
                "must be positive: else the target has no energy to speak of",
            ));
        }
        if let Some(share) = self.noise.iter().find(|share| !(0.0..1.0).contains(*share)) {
            return Err(Error::parameter("noise", share, "a share of E y², from 0 to below 1"));
        }
        check::refuse(self.draws < 2, "draws", self.draws, "at least 2: one draw has no spread")?;
        // Every draw has its number and keeps a reading of each exponent and share of noise.
        (Bytes::of::<f64>(self.r.len().saturating_mul(self.noise.len()).saturating_add(1), 1) * self.draws)
            .require(&format!("{} draws of planted power laws", self.draws))?;
        self.window.resolve(self.n)?.indices(Spacing::EveryIndex).map(|_| ())
    }

    /// Draws, decomposes and fits; nothing is kept in a store.
    ///
    /// # Errors
    /// As [`PlantedDecay::check`] and [`Gram::measure`](crate::kernel::Gram::measure); [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::PlantedDecay;
    /// let small = PlantedDecay { n: 100, modes: 1000, r: vec![0.2, 0.8], noise: vec![0.0], draws: 3, ..Default::default() };
    /// let result = small.run()?;
    /// assert!(result.rows[1].read.mean > result.rows[0].read.mean);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<PlantedDecayResult> {
        self.run_in(&Session::current())
    }

    /// As [`PlantedDecay::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`PlantedDecay::run`].
    pub fn run_in(&self, session: &Session) -> Result<PlantedDecayResult> {
        self.check()?;
        let bytes = Bytes::of::<f64>(self.n, self.modes) + Decomposition::memory(self.n);
        bytes.require(&format!("{} eigenfunctions at {} samples", self.modes, self.n))?;
        let jobs: Vec<u64> = (0..self.draws as u64).collect();
        // One list a draw, by share of noise and exponent.
        let read = side_by_side(&jobs, bytes.0, session, |draw| {
            Ok(Piece { value: self.draw(draw)?, origins: Origins::now(), line: String::new() })
        })?;
        let mut rows = Vec::new();
        for (place, &noise) in self.noise.iter().enumerate() {
            for (column, &r) in self.r.iter().enumerate() {
                let own: Vec<f64> =
                    read.values.iter().map(|one| one[place * self.r.len() + column]).collect();
                rows.push(PlantedRow { r, noise, read: MeanSd::of(&own)? });
            }
        }
        Ok(PlantedDecayResult { rows, parameters: self.clone(), computed_by: read.computed_by })
    }

    /// −slope of every share of noise and exponent, on one draw.
    fn draw(&self, draw: u64) -> Result<Vec<f64>> {
        let seed = self.seed.child("planted-decay", draw);
        let normals = |stream: &mut Stream, rows, columns| {
            Array2::from_shape_simple_fn((rows, columns), || -> f64 { StandardNormal.sample(stream) })
        };
        let (n, modes, power) = (self.n, self.modes, |i: usize, a: f64| (i as f64 + 1.0).powf(a));
        let mut features = normals(&mut seed.stream("features", 0), n, modes);
        // One θ for all exponents but for its scale: readings differ by the exponent, not by chance.
        let z = normals(&mut seed.stream("theta", 0), modes, 1);
        let theta = Array2::from_shape_fn((modes, self.r.len()), |(i, j)| {
            z[[i, 0]] * power(i, -0.5 * (1.0 + self.r[j]))
        });
        let mut f = features.dot(&theta);
        let beyond = normals(&mut seed.stream("beyond", 0), n, 1);
        let epsilon = normals(&mut seed.stream("noise", 0), n, 1);
        for (j, mut column) in f.axis_iter_mut(Axis(1)).enumerate() {
            column.scaled_add(tail_of_powers(modes, 1.0 + self.r[j]).sqrt(), &beyond.column(0));
        }
        let mut y = Array2::zeros((n, self.noise.len() * self.r.len()));
        for (place, share) in self.noise.iter().enumerate() {
            for (j, r) in self.r.iter().enumerate() {
                let energy: f64 =
                    (0..modes).map(|i| power(i, -1.0 - r)).sum::<f64>() + tail_of_powers(modes, 1.0 + r);
                let sd = (energy * share / (1.0 - share)).sqrt();
                let noisy = &f.column(j) + &(&epsilon.column(0) * sd);
                y.slice_mut(s![.., place * self.r.len() + j]).assign(&noisy);
            }
        }
        for (i, mut column) in features.axis_iter_mut(Axis(1)).enumerate() {
            column *= power(i, -0.5 * self.beta);
        }
        let mut k = Array2::from_diag_elem(n, tail_of_powers(modes, self.beta));
        matmul(1.0, features.view(), features.t(), 1.0, k.view_mut());
        drop(features);
        let measure = Gram::from_array(k)?.measure(y.view())?;
        (0..y.ncols())
            .map(|column| {
                let tail = tail_sums(&measure.energy_of(column, 1)).to_vec();
                Ok(-fit_decay(&tail, self.window, Spacing::EveryIndex)?.line.slope)
            })
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// An independent computation (numpy, other random numbers, 20,000 modes, n = 1000, 64 readings) found 0.15 ± 0.02,
    /// 0.26 ± 0.03, 0.46 ± 0.05, 0.88 ± 0.06 without noise and 0.11, 0.16, 0.19, 0.17 (± 0.01 to 0.02) with 30 %. Means of 8
    /// readings here: within four standard errors of the difference, and the two digits given.
    #[test]
    fn readings_are_those_of_an_independent_computation() {
        let expected = [0.15, 0.26, 0.46, 0.88, 0.11, 0.16, 0.19, 0.17];
        let spread = [0.02, 0.03, 0.05, 0.06, 0.01, 0.02, 0.02, 0.02];
        let result = PlantedDecay { draws: 8, modes: 8000, ..Default::default() }.run().unwrap();
        for ((row, expected), sd) in result.rows.iter().zip(expected).zip(spread) {
            let allowed = 4.0 * sd * (1.0f64 / 8.0 + 1.0 / 16.0).sqrt() + 0.005;
            assert!((row.read.mean - expected).abs() < allowed, "{row:?}: {expected}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let base = PlantedDecay::default;
        for bad in [
            PlantedDecay { modes: 999, ..base() },
            PlantedDecay { beta: 1.0, ..base() },
            PlantedDecay { r: vec![0.0], ..base() },
            PlantedDecay { r: vec![], ..base() },
            PlantedDecay { noise: vec![1.0], ..base() },
            PlantedDecay { draws: 1, ..base() },
            PlantedDecay { window: Window::Indices { first: 1, last: 2000 }, ..base() },
        ] {
            assert!(bad.run().is_err(), "{bad:?}");
        }
    }
}
