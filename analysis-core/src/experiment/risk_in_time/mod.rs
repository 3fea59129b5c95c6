//! How fast training unlearns f₀ and takes up noise: the exponents in t behind the paper's bound, on samples and in theory.

use ndarray::ArrayView1;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::grid::whole;
use super::{Piece, Settings, Task, side_by_side};
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::flow::{Ensemble, Filter, PopulationCurve, SphereRates, SphereTask};
use crate::frame::Frame;
use crate::kernel::Kernel;
use crate::memory::Bytes;
use crate::numeric::least_squares_slope;
use crate::origin::Origins;
use crate::regression::{MeanInterval, student_quantile};
use crate::seed::Seed;
use crate::session::Session;

/// The variances that f₀ and noise leave at time t of the flow, on samples of the sphere and in the population model, and their
/// exponents in t over several windows.
///
/// Theory (Chen, Li and Lin 2024, §4, with d − 1 for the d of their S^d) has t^{−3/d} for f₀ and t^{(d−1)/d}/n for noise, as
/// long as n samples resolve the eigenfunctions of λ ≈ 1/t. `Default`: d = 5, n = 400 and 1600, ten samples each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskInTime {
    /// The NTK; f₀ has the NNGP kernel of the same network.
    pub kernel: Kernel,
    /// d: points are uniform on S^{d−1}.
    pub d: usize,
    /// σ, the noise's standard deviation (0.2 in the paper).
    pub noise: f64,
    /// The sizes n, ascending.
    pub sizes: Vec<usize>,
    /// Samples of every size.
    pub draws: usize,
    /// The windows [from, to] of t in which a line is fitted to the logarithms.
    pub windows: Vec<[f64; 2]>,
    /// Times in a window, log-spaced, both ends among them.
    pub points: usize,
    /// Test points of a sample.
    pub test_points: usize,
    /// The level of the intervals.
    pub level: f64,
    /// The seed.
    pub seed: Seed,
}

impl Default for RiskInTime {
    fn default() -> Self {
        RiskInTime {
            kernel: Kernel::default(),
            d: 5,
            noise: 0.2,
            sizes: vec![400, 1600],
            draws: 10,
            windows: vec![[10.0, 100.0], [100.0, 1000.0], [1000.0, 10_000.0]],
            points: 21,
            test_points: 500,
            level: 0.95,
            seed: Seed(0),
        }
    }
}

/// Which variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskPart {
    /// What is left of f₀.
    Start,
    /// What the noise adds.
    Noise,
}

impl std::fmt::Display for RiskPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RiskPart::Start => "start",
            RiskPart::Noise => "noise",
        })
    }
}

/// Both variances at one size and time: means over samples, and those of the population model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanRisk {
    /// n.
    pub n: usize,
    /// t.
    pub time: f64,
    /// The variance that f₀ leaves.
    pub start: f64,
    /// The variance from noise.
    pub noise: f64,
    /// The first in the population model.
    pub start_population: f64,
    /// The second in the population model.
    pub noise_population: f64,
}

/// An exponent in t over a window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskExponent {
    /// Of which variance.
    pub part: RiskPart,
    /// n.
    pub n: usize,
    /// The window's first time.
    pub from: f64,
    /// Its last.
    pub to: f64,
    /// The slope of ln variance against ln t, fitted on every sample: mean and interval.
    pub measured: MeanInterval,
    /// The same slope of the population model.
    pub population: f64,
    /// The theory's exponent for t → ∞ and n large enough for it.
    pub limit: f64,
}

/// Curves and exponents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskInTimeResult {
    /// By size and time.
    pub curves: Vec<MeanRisk>,
    /// By part, size and window.
    pub exponents: Vec<RiskExponent>,
    /// The parameters.
    pub parameters: RiskInTime,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

/// ln start and ln noise at every time.
type Logs = [Vec<f64>; 2];

impl RiskInTime {
    /// The same at a notebook's settings: as it is, or three samples of 60 points.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{RiskInTime, Settings};
    /// assert_eq!(RiskInTime::default().at(Settings::Smoke).sizes, [60]);
    /// ```
    pub fn at(self, settings: Settings) -> Self {
        match settings {
            Settings::Paper => self,
            Settings::Smoke => RiskInTime { sizes: vec![60], draws: 3, test_points: 100, ..self },
        }
    }

    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no or unordered sizes, fewer than two draws, no window or one that does not ascend from above 0, fewer than two times, no
    /// test point, a level outside (0, 1), and what [`SphereTask::check`] refuses; [`Error::Memory`].
    pub fn check(&self) -> Result<()> {
        check::not_empty("sizes", &self.sizes)?;
        let sizes = || format!("{:?}", self.sizes);
        let unordered = self.sizes[0] == 0 || self.sizes.windows(2).any(|pair| pair[0] >= pair[1]);
        check::refuse(unordered, "sizes", sizes(), "must ascend from 1 or more, each n once")?;
        check::refuse(self.draws < 2, "draws", self.draws, "an interval needs two independent samples")?;
        check::not_empty("windows", &self.windows)?;
        for [from, to] in &self.windows {
            let meant = 0.0 < *from && from < to && to.is_finite();
            let why = "a window goes from a time above 0 to a later one";
            check::refuse(!meant, "windows", format!("[{from}, {to}]"), why)?;
        }
        check::refuse(self.points < 2, "points", self.points, "a slope needs both ends of a window")?;
        check::at_least_one("test_points", self.test_points)?;
        student_quantile(self.level, 1)?;
        self.task().check()?;
        self.memory().require("a sample of the largest size")
    }

    fn task(&self) -> SphereTask {
        SphereTask { kernel: self.kernel.clone(), d: self.d, noise: self.noise, ..SphereTask::default() }
    }

    fn memory(&self) -> Bytes {
        let n = self.sizes.last().copied().unwrap_or(1);
        let times = self.points.saturating_mul(self.windows.len());
        Ensemble::bytes(n, self.test_points) + Bytes::of::<f64>(times, n) * 3
    }

    /// The times of all windows, window by window.
    fn times(&self) -> Vec<f64> {
        let last = self.points - 1;
        let grid = |[from, to]: &[f64; 2]| {
            let (from, to) = (*from, *to);
            let at = move |k: usize| match k {
                k if k == last => to,
                k => from * ((to / from).ln() * k as f64 / last as f64).exp(),
            };
            (0..=last).map(at)
        };
        self.windows.iter().flat_map(grid).collect()
    }

    /// Draws points and computes both variances on every sample; nothing is random but the points.
    ///
    /// # Errors
    /// As [`RiskInTime::check`], [`Ensemble::new`], [`Ensemble::curves`] and [`PopulationCurve::in_time`]; [`Error::Parameter`] for a variance that is not
    /// positive, which has no logarithm.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::RiskInTime;
    /// let small = RiskInTime { sizes: vec![30], draws: 2, windows: vec![[1.0, 10.0]], ..Default::default() };
    /// let result = small.run()?;
    /// assert_eq!(result.exponents.len(), 2); // f₀ and noise
    /// assert_eq!((result.exponents[0].limit, result.exponents[1].limit), (-0.6, 0.8));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<RiskInTimeResult> {
        self.run_in(&Session::current())
    }

    /// As [`RiskInTime::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`RiskInTime::run`].
    pub fn run_in(&self, session: &Session) -> Result<RiskInTimeResult> {
        self.check()?;
        let jobs: Vec<(usize, usize)> =
            self.sizes.iter().flat_map(|n| (0..self.draws).map(move |draw| (*n, draw))).collect();
        let samples = side_by_side(&jobs, self.memory().0, session, |(n, draw)| {
            let line = format!("n = {n}: sample {} of {}", draw + 1, self.draws);
            Ok(Piece { value: self.sample(n, draw)?, origins: Origins::now(), line })
        })?;
        let times = self.times();
        let model = PopulationCurve { task: self.task(), sizes: self.sizes.clone() }.in_time(&times)?;
        let rates = SphereRates::new(self.d)?;
        let mut curves = Vec::new();
        let mut exponents = Vec::new();
        for (place, own) in samples.values.chunks(self.draws).enumerate() {
            let n = self.sizes[place];
            let model = &model[place * times.len()..][..times.len()];
            let mean = |part: usize, k: usize| {
                own.iter().map(|logs| logs[part][k].exp()).sum::<f64>() / self.draws as f64
            };
            let row = |(k, time): (usize, &f64)| MeanRisk {
                n,
                time: *time,
                start: mean(0, k),
                noise: mean(1, k),
                start_population: model[k].variance_start,
                noise_population: model[k].variance_noise,
            };
            let mut all: Vec<MeanRisk> = times.iter().enumerate().map(row).collect();
            all.sort_by(|a, b| a.time.total_cmp(&b.time));
            all.dedup_by(|a, b| a.time == b.time);
            curves.extend(all);
            exponents.extend(self.exponents(n, own, &times, model, &rates)?);
        }
        exponents.sort_by_key(|e| e.part == RiskPart::Noise);
        Ok(RiskInTimeResult { curves, exponents, parameters: self.clone(), computed_by: samples.computed_by })
    }

    fn exponents(
        &self,
        n: usize,
        samples: &[Logs],
        times: &[f64],
        model: &[crate::flow::SphereRisk],
        rates: &SphereRates,
    ) -> Result<Vec<RiskExponent>> {
        let ln_t: Vec<f64> = times.iter().map(|t| t.ln()).collect();
        let parts = [
            (RiskPart::Start, -(rates.beta_nngp - 1.0) / rates.beta_ntk),
            (RiskPart::Noise, 1.0 / rates.beta_ntk),
        ];
        let mut exponents = Vec::new();
        for (number, (part, limit)) in parts.into_iter().enumerate() {
            let of_model = |risk: &crate::flow::SphereRisk| match part {
                RiskPart::Start => risk.variance_start.ln(),
                RiskPart::Noise => risk.variance_noise.ln(),
            };
            let model: Vec<f64> = model.iter().map(of_model).collect();
            for (place, [from, to]) in self.windows.iter().copied().enumerate() {
                let range = place * self.points..(place + 1) * self.points;
                let slope = |logs: &[f64]| least_squares_slope(&ln_t[range.clone()], &logs[range.clone()]);
                let slopes: Vec<f64> = samples.iter().map(|logs| slope(&logs[number])).collect();
                let measured = MeanInterval::of(&slopes, self.level)?;
                exponents.push(RiskExponent {
                    part,
                    n,
                    from,
                    to,
                    measured,
                    population: slope(&model),
                    limit,
                });
            }
        }
        Ok(exponents)
    }

    fn sample(&self, n: usize, draw: usize) -> Result<Logs> {
        let seed = self.seed.child(&format!("risk in time {} {n}", self.d), draw as u64);
        let data = Task::Sphere { d: self.d, noise: 0.0 }.draw(n, self.test_points, seed)?;
        let filters: Vec<Filter> = self.times().into_iter().map(|time| Filter::Flow { time }).collect();
        let ensemble = Ensemble::new(&self.kernel, data.x.view(), data.z.view())?;
        let curves = ensemble.curves(data.y.view(), data.truth.view(), self.noise, &filters)?;
        let logs = |values: ArrayView1<f64>| -> Result<Vec<f64>> {
            let log = |value: &f64| {
                let why = "has no logarithm: raise the noise, or let the windows end earlier";
                check::refuse(!(*value > 0.0 && value.is_finite()), "a variance", value, why)?;
                Ok(value.ln())
            };
            values.iter().map(log).collect()
        };
        Ok([logs(curves.variance_start.view())?, logs(curves.variance_noise.view())?])
    }
}

impl RiskInTimeResult {
    /// The result itself, if its exponents are those of its parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] where they are not.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let p = &self.parameters;
        let name =
            |part: RiskPart, n: usize, from: f64, to: f64| format!("{part}, n = {n}, t = {from} to {to}");
        let windows = |part, n| p.windows.iter().map(move |[from, to]| name(part, n, *from, *to));
        let sizes = |part| p.sizes.iter().flat_map(move |n| windows(part, *n));
        let expected = [RiskPart::Start, RiskPart::Noise].into_iter().flat_map(sizes);
        whole("exponent", expected, self.exponents.iter().map(|e| name(e.part, e.n, e.from, e.to)))?;
        Ok(self)
    }

    /// One row a size and time: `n`, `time`, `start`, `noise`, `start_population`, `noise_population`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.curves)
            .whole("n", |r| r.n)
            .number("time", |r| r.time)
            .number("start", |r| r.start)
            .number("noise", |r| r.noise)
            .number("start_population", |r| r.start_population)
            .number("noise_population", |r| r.noise_population)
            .build("the variances in time")
    }
}

#[cfg(test)]
mod tests;
