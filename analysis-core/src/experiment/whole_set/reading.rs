//! What is read off a measure: lines in windows, local slopes, the trace of the inverse.

use serde::{Deserialize, Serialize};

use super::target::{LabelEncoding, WholeTarget};
use crate::data::Rows;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::regression::{DecayFit, LineFit, MeanSd, Spacing, Window, fit_decay, quantile};
use crate::spectrum::refuse_vanished;

/// The line through a tail in a window, over every index.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WholeFit {
    /// Whose tail.
    pub target: WholeTarget,
    /// ln Σ_{k≥i} c_k² against ln i.
    pub fit: DecayFit,
}

impl WholeFit {
    /// r = −slope.
    pub fn r(&self) -> f64 {
        -self.fit.line.slope
    }
}

/// Lines through the eigenvalues and the tails of one choice of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WholeReading {
    /// The number of rows.
    pub n: usize,
    /// Which training rows.
    pub rows: Rows,
    /// By target and window.
    pub fits: Vec<WholeFit>,
    /// ln λ_i against ln i, by window, over every index.
    pub eigenvalues: Vec<DecayFit>,
    /// Windows in which no line was fitted, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
    /// The largest eigenvalue of K/n.
    pub largest_eigenvalue: f64,
    /// The smallest eigenvalue of K/n.
    pub smallest_eigenvalue: f64,
    /// tr K⁻¹ = Σ_i 1/(n·λ_i), of K itself; none where an eigenvalue is below n·ε·λ_1, so where rows are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse_trace: Option<f64>,
}

/// The slope between two indices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LocalDecay {
    /// The first index.
    pub from: usize,
    /// The second.
    pub to: usize,
    /// √(from·to), where the slope is drawn.
    pub at: f64,
    /// −ln(v_to/v_from)/ln(to/from).
    pub slope: f64,
}

impl WholeReading {
    /// The lines of whole tails, in these windows; `epsilon` is the precision of the eigenvalues. A window in which one cannot be fitted costs the others nothing.
    pub(super) fn of<'a>(
        rows: Rows,
        eigenvalues: &[f64],
        epsilon: f64,
        windows: &[Window],
        tails: impl Iterator<Item = (WholeTarget, &'a [f64])> + Clone,
    ) -> WholeReading {
        let (mut fits, mut lines, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for &window in windows {
            let all = || -> Result<(Vec<WholeFit>, DecayFit)> {
                refuse_vanished(eigenvalues, window.resolve(eigenvalues.len())?.last, epsilon)?;
                let line = fit_decay(eigenvalues, window, Spacing::EveryIndex)?;
                let fit = |(target, tail): (WholeTarget, &[f64])| {
                    Ok(WholeFit { target, fit: fit_decay(tail, window, Spacing::EveryIndex)? })
                };
                Ok((tails.clone().map(fit).collect::<Result<_>>()?, line))
            };
            match all() {
                Ok((own, line)) => {
                    fits.extend(own);
                    lines.push(line);
                }
                Err(error) => refused.push(format!("{window}: {error}")),
            }
        }
        let n = eigenvalues.len();
        let inverse = || eigenvalues.iter().map(|value| 1.0 / (n as f64 * value)).sum();
        WholeReading {
            n,
            rows,
            fits,
            eigenvalues: lines,
            refused,
            largest_eigenvalue: eigenvalues[0],
            smallest_eigenvalue: eigenvalues[n - 1],
            inverse_trace: refuse_vanished(eigenvalues, n, epsilon).is_ok().then(inverse),
        }
    }

    /// r of a target in a window, where the line was fitted.
    pub fn r(&self, target: WholeTarget, window: Window) -> Option<f64> {
        self.fits.iter().find(|own| own.target == target && own.fit.window == window).map(WholeFit::r)
    }

    /// β in a window.
    pub fn beta(&self, window: Window) -> Option<f64> {
        self.eigenvalues.iter().find(|fit| fit.window == window).map(|fit| -fit.line.slope)
    }

    /// r of all targets that are asked for, in a window.
    pub fn all_r(&self, window: Window, of: impl Fn(WholeTarget) -> bool) -> Vec<f64> {
        self.fits.iter().filter(|own| own.fit.window == window && of(own.target)).map(WholeFit::r).collect()
    }

    /// r of the initial functions in a window: mean and standard deviation of one; none for fewer than two.
    pub fn functions(&self, window: Window) -> Option<MeanSd> {
        MeanSd::of(&self.all_r(window, WholeTarget::is_function)).ok()
    }

    /// r of permuted labels that are encoded as `of` says: the quantile p over the permutations.
    pub fn permuted(&self, window: Window, of: LabelEncoding, p: f64) -> Option<f64> {
        quantile(&self.all_r(window, |target| target.is_permuted(of)), p).ok()
    }
}

/// ln 1/tr K_n⁻¹ against ln n over readings of several sizes, each size by its mean: −slope is the exponent β of λ_i ~ i^{−β} once
/// more, read at every index at once, since tr K_n⁻¹ = Σ_i 1/(n·λ_i) ~ n^β. Sizes at which a reading has no inverse are left out.
///
/// # Errors
/// [`Error::Shape`] for fewer than three sizes that have one.
///
/// # Examples
/// ```
/// // Of no reading there is no line.
/// assert!(analysis_core::experiment::inverse_trace_line(&[]).is_err());
/// ```
pub fn inverse_trace_line(readings: &[WholeReading]) -> Result<LineFit> {
    let points = inverse_traces(readings);
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().map(|(n, value)| ((*n as f64).ln(), value.ln())).unzip();
    LineFit::ols(&x, &y)
}

/// Every n that readings have, ascending.
pub(crate) fn sizes(readings: &[WholeReading]) -> Vec<usize> {
    let mut sizes: Vec<usize> = readings.iter().map(|reading| reading.n).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// 1/tr K_n⁻¹ of every size n, ascending: the mean over its readings.
pub(crate) fn inverse_traces(readings: &[WholeReading]) -> Vec<(usize, f64)> {
    let mean = |n: usize| {
        let own = readings.iter().filter(|reading| reading.n == n).map(|reading| reading.inverse_trace);
        let own: Vec<f64> = own.collect::<Option<Vec<f64>>>()?.iter().map(|trace| 1.0 / trace).collect();
        Some((n, own.iter().sum::<f64>() / own.len() as f64))
    };
    sizes(readings).into_iter().filter_map(mean).collect()
}

/// The slopes between neighbours of a sequence of indices that grows by about `ratio`, at the indices of `values` that are nearest;
/// up to the first value that is not positive.
pub(super) fn local_decays(indices: &[usize], values: &[f64], ratio: f64) -> Vec<LocalDecay> {
    let positive = values.iter().take_while(|value| **value > 0.0).count();
    let mut chosen: Vec<usize> = Vec::new();
    for place in 0..positive {
        if chosen.last().is_none_or(|last| indices[place] as f64 >= ratio * indices[*last] as f64) {
            chosen.push(place);
        }
    }
    let between = |pair: &[usize]| {
        let (from, to) = (indices[pair[0]], indices[pair[1]]);
        let slope = -(values[pair[1]] / values[pair[0]]).ln() / (to as f64 / from as f64).ln();
        LocalDecay { from, to, at: (from as f64 * to as f64).sqrt(), slope }
    };
    chosen.windows(2).map(between).collect()
}
