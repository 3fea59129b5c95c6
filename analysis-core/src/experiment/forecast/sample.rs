//! What one sample is read to be.

use std::sync::OnceLock;

use ndarray::{Array2, Axis, concatenate};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{Forecast, Place};
use crate::data::{Dataset, Rows, Source, Split};
use crate::error::{Error, Result};
use crate::kernel::Gram;
use crate::origin::Origins;
use crate::regression::Window;
use crate::session::Session;
use crate::smoothness::{AllowedNoise, Estimate, LeaveOneOutCurve, LeaveOneOutPoint, Smoothness};

/// Columns of noise that g is the mean over: of n rows its relative standard error is about √(2/(8n)), 0.9 % at n = 3000.
const NOISES: usize = 8;

/// The leave-one-out error of a sample at one ridge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RidgeError {
    /// The ridge, in units of the mean eigenvalue tr K/n² of K/n.
    pub ridge: f64,
    /// The error, in units of y², summed over the target's columns.
    pub error: f64,
    /// Its standard error, for other rows of the same kind (of several columns the sum of theirs, which is a bound).
    pub standard_error: f64,
    /// Generalised cross-validation's estimate of the error.
    pub gcv: f64,
    /// g: the error of noise of variance 1 alone.
    pub noise_gain: f64,
    /// κ at the ridge.
    pub kappa: f64,
}

/// One sample of a set, read and measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastSample {
    /// The set.
    pub source: Source,
    /// n.
    pub n: usize,
    /// Which of its training rows.
    pub rows: Rows,
    /// Σ over the target's columns of their variance: the error of the mean.
    pub variance: f64,
    /// ‖y‖²/n, of which shares of noise are shares.
    pub mean_square: f64,
    /// The error of all rows, by ridge, in the order of the parameters' ridges.
    pub errors: Vec<RidgeError>,
    /// The errors of smaller parts of these rows, by n; none where the sample is not read.
    pub parts: Vec<LeaveOneOutPoint>,
    /// What every estimator says; nothing where the sample is not read.
    pub estimates: Vec<Estimate>,
    /// Which noise goes with which exponent, by the likelihood.
    pub allowed: Vec<AllowedNoise>,
}

impl ForecastSample {
    /// The error at the first ridge: by default ridgeless.
    pub fn first(&self) -> &RidgeError {
        &self.errors[0]
    }

    /// The error at the best ridge.
    pub fn best(&self) -> &RidgeError {
        self.errors
            .iter()
            .fold(&self.errors[0], |best, other| if other.error < best.error { other } else { best })
    }

    /// An error as a share of the variance.
    pub fn share(&self, error: &RidgeError) -> f64 {
        error.error / self.variance
    }
}

/// What is kept of the estimators of a sample.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Reading {
    parts: Vec<LeaveOneOutPoint>,
    estimates: Vec<Estimate>,
    allowed: Vec<AllowedNoise>,
}

/// K (n,n) and y (n,k).
struct Made {
    gram: Gram,
    y: Array2<f64>,
}

impl Forecast {
    pub(super) fn sample(&self, place: Place, session: &Session) -> Result<(ForecastSample, Origins)> {
        let Place { source, n } = place;
        let made: OnceLock<Result<Made>> = OnceLock::new();
        let make = || -> Result<&Made> {
            made.get_or_init(|| self.made(place, session)).as_ref().map_err(Error::clone)
        };
        let mut origins = Origins::now();
        let (mut errors, mut spread) = (Vec::new(), (0.0, 0.0));
        for &ridge in self.ridges(n) {
            session.check_cancelled()?;
            let kept = session.keep(&self.error_key(place, ridge)?, || self.error(make()?, ridge))?;
            origins.unite(&kept.origin.into());
            let (error, variance, mean_square): (RidgeError, f64, f64) = kept.value;
            (spread, _) = ((variance, mean_square), errors.push(error));
        }
        let (variance, mean_square) = spread;
        let mut sample = ForecastSample {
            source,
            n,
            rows: self.rows(n),
            variance,
            mean_square,
            errors,
            parts: vec![],
            estimates: vec![],
            allowed: vec![],
        };
        if n <= self.estimated {
            session.check_cancelled()?;
            let kept = session.keep(&self.reading_key(place)?, || self.reading(make()?, session))?;
            origins.unite(&kept.origin.into());
            let reading: Reading = kept.value;
            sample.parts = reading.parts;
            sample.allowed = reading.allowed;
            sample.estimates = reading.estimates;
            let (first, best) = (*sample.first(), *sample.best());
            let whole = LeaveOneOutPoint {
                n,
                parts: 1,
                error: first.error,
                gcv: first.gcv,
                ridged: best.error,
                ridge: best.ridge,
                kappa: first.kappa,
            };
            let points = sample.parts.iter().copied().chain([whole]).collect();
            sample.estimates.extend(LeaveOneOutCurve { points, variance }.estimates()?);
        }
        Ok((sample, origins))
    }

    fn made(&self, place: Place, session: &Session) -> Result<Made> {
        let samples = Dataset::load(place.source)?.split(Split::Train)?.rows(self.rows(place.n))?;
        let data = samples.prepare(self.scaling, self.target)?;
        let gram = self.kernel.gram_in(data.x.view(), &session.within())?;
        Ok(Made { gram, y: data.y })
    }

    /// With the variance and the mean square of the target.
    fn error(&self, made: &Made, ridge: f64) -> Result<(RidgeError, f64, f64)> {
        let Made { gram, y } = made;
        let (n, columns) = y.dim();
        let mut stream = self.seed.stream("forecast noise", 0);
        let noise: Array2<f64> =
            Array2::from_shape_simple_fn((n, NOISES), || StandardNormal.sample(&mut stream));
        let both = concatenate(Axis(1), &[y.view(), noise.view()])
            .map_err(|error| Error::shape("targets beside noise", format!("({n}, k)"), error.to_string()))?;
        let mean = gram.view().diag().sum() / (n as f64).powi(2);
        let found = gram.leave_one_out(both.view(), ridge * mean)?;
        let own = |values: &[f64]| values[..columns].iter().sum::<f64>();
        let error = RidgeError {
            ridge,
            error: own(&found.errors),
            standard_error: own(&found.standard_errors),
            gcv: own(&found.gcv),
            noise_gain: found.errors[columns..].iter().sum::<f64>() / NOISES as f64,
            kappa: found.inverse_trace.recip(),
        };
        let variance = y.axis_iter(Axis(1)).map(|column| column.var(0.0)).sum();
        let mean_square = y.iter().map(|v| v * v).sum::<f64>() / n as f64;
        Ok((error, variance, mean_square))
    }

    fn reading(&self, made: &Made, session: &Session) -> Result<Reading> {
        let Made { gram, y } = made;
        let parts = self.parts().run(gram, y.view())?.points;
        // The first sixth of the indices, as i ≤ 501 is of 3000.
        let window = Window::FirstFraction(501.0 / 3000.0);
        let smoothness = Smoothness { kernel: self.kernel.clone(), window, ..Smoothness::default() };
        let curves = smoothness.run_in((gram, y.view()), &session.within())?;
        Ok(Reading { parts, estimates: curves.estimates()?, allowed: curves.allowed_noise()? })
    }
}
