//! The soft tail against the number of resolved modes.

use serde::{Deserialize, Serialize};

use super::answer::{Estimate, Estimator};
use crate::error::Result;
use crate::numeric::least_squares_slope;
use crate::regression::IndexRange;
use crate::spectrum::Resolution;

/// Points of N from n/8 to n.
const POINTS: usize = 25;
/// Points an e-fold of N on the curve that is drawn.
const PER_E_FOLD: f64 = 8.0;

/// One point of the curve B against N.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SoftTailPoint {
    /// N, the modes that the ridge resolves.
    pub modes: f64,
    /// The ridge z on K/n.
    pub ridge: f64,
    /// κ(z).
    pub kappa: f64,
    /// B(z), in units of y².
    pub tail: f64,
    /// −d ln B/d ln N around it; the local exponent r where there is no noise.
    pub local_slope: f64,
}

pub(crate) fn estimate(resolution: &Resolution, energies: &[f64]) -> Result<Estimate> {
    let n = resolution.n();
    let mut points = (vec![], vec![]);
    for ridge in resolution.ridges(n as f64 / 8.0, POINTS) {
        points.0.push(resolution.modes(ridge).ln());
        points.1.push(resolution.soft_mean(ridge, energies)?.ln());
    }
    let (r, beta) = (-least_squares_slope(&points.0, &points.1), resolution.decay()?);
    let known = r.is_finite();
    let window = IndexRange { first: (n / 8).max(1), last: n };
    let mut found = Estimate::unknown(Estimator::SoftTail, beta, window);
    if known {
        (found.r, found.s) = (Some(r), Some(r / beta));
    } else {
        found.warnings.push("not identified: the target has no energy left at this N".into());
    }
    Ok(found)
}

/// B at N from 2 to n, with its local slope.
pub(crate) fn points(resolution: &Resolution, energies: &[f64]) -> Result<Vec<SoftTailPoint>> {
    let count = (PER_E_FOLD * (resolution.n() as f64 / 2.0).ln()).max(3.0) as usize;
    let mut points = Vec::new();
    for ridge in resolution.ridges(2.0, count) {
        let (modes, kappa) = (resolution.modes(ridge), resolution.kappa(ridge));
        let tail = resolution.soft_mean(ridge, energies)?;
        points.push(SoftTailPoint { modes, ridge, kappa, tail, local_slope: 0.0 });
    }
    let logs: Vec<(f64, f64)> = points.iter().map(|p| (p.modes.ln(), p.tail.ln())).collect();
    for (place, point) in points.iter_mut().enumerate() {
        let around = &logs[place.saturating_sub(2)..(place + 3).min(logs.len())];
        let (x, y): (Vec<f64>, Vec<f64>) = around.iter().copied().unzip();
        point.local_slope = -least_squares_slope(&x, &y);
    }
    Ok(points)
}
