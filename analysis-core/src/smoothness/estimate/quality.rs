//! When an estimate can be believed, and how much noise there can be at most.

use super::answer::Interval;
use super::expected::Expected;
use super::profile::{Observed, Point};
use crate::regression::{IndexRange, chi_square_quantile};
use crate::spectrum::Resolution;

/// The fewest rows of which the likelihood says anything.
const FEWEST: usize = 200;
/// An interval wider than this does not say what r is.
const WIDEST: f64 = 0.3;
/// An interval that reaches below this cannot be told from r = 0.
const NOTHING: f64 = 0.05;
/// An interval that reaches above this is warned of: in the calibration 13 % of those about r = 1.6 miss it, 22 % at n = 4000, where the
/// large energies' leakage decides the small ones. Up to r = 0.8 they hold.
const STEEPEST: f64 = 1.2;
/// A gap between neighbouring eigenvalues, in their mean spacing: random spectra have none of 6 in a thousand, spheres have 8 to 30.
const GAP: f64 = 20.0;

/// Why nothing is estimated at all.
pub(super) fn refusal(resolution: &Resolution, window: IndexRange) -> Option<String> {
    let (n, eigenvalues) = (resolution.n(), resolution.eigenvalues());
    if n < FEWEST {
        return Some(format!("not identified: {n} rows, and fewer than {FEWEST} say nothing of an exponent"));
    }
    let (last, least) = (eigenvalues[window.last - 1], resolution.least_ridge());
    (last <= least.max(f64::MIN_POSITIVE)).then(|| {
        format!("not identified: eigenvalue number {} of {n} is rounding, so the kernel holds fewer modes than half the rows", window.last)
    })
}

/// The most that σ² can be, at 95 %: every m_k is σ² or more in expectation, so the mean over the smallest eigenvalues bounds it
/// from above without any model. The last hundredth is left out, where rounding may be all there is.
pub(super) fn noise_cap(energies: &[f64], freedom: f64) -> f64 {
    let n = energies.len();
    let last = &energies[n * 9 / 10..n * 99 / 100];
    let squares = freedom * last.len() as f64;
    last.iter().sum::<f64>() / last.len() as f64 * squares / chi_square_quantile(0.05, squares)
}

/// How many squares an m_k is worth, from how far the m_k scatter about a fit: ν with Var(m/v) = 2/ν.
pub(super) fn freedom(expected: &Expected, fit: Point, energies: &[f64]) -> f64 {
    let column = expected.number_of(fit.r);
    let (mut squares, mut count) = (0.0, 0.0);
    for (bin, e) in expected.bins.iter().zip(expected.energies.column(column)) {
        let v = fit.scale * e + fit.noise;
        for m in &energies[bin.first - 1..bin.last] {
            squares += (m / v - 1.0).powi(2);
            count += 1.0;
        }
    }
    2.0 * count / squares
}

/// χ² of the mean energies of octaves of k about a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Misfit {
    chi_square: f64,
    freedom: f64,
}

impl Misfit {
    pub(super) fn of(expected: &Expected, fit: Point, observed: &Observed) -> Misfit {
        let column = expected.number_of(fit.r);
        let first = expected.bins[0].first;
        let mut octaves: Vec<(f64, f64)> = Vec::new();
        for (b, bin) in expected.bins.iter().enumerate() {
            let octave = (bin.first / first).ilog2() as usize;
            octaves.resize(octaves.len().max(octave + 1), (0.0, 0.0));
            let (squares, v) = (observed.squares[b], fit.scale * expected.energies[[b, column]] + fit.noise);
            octaves[octave].0 += squares * observed.means[b] / v;
            octaves[octave].1 += squares;
        }
        let parts = octaves.iter().filter(|(_, squares)| *squares > 0.0);
        let chi_square = parts.map(|(sum, squares)| (sum / squares - 1.0).powi(2) * squares / 2.0).sum();
        // Scale, noise and r were fitted.
        Misfit { chi_square, freedom: (octaves.len() as f64 - 3.0).max(1.0) }
    }

    /// χ² over its degrees of freedom.
    pub(super) fn ratio(self) -> f64 {
        self.chi_square / self.freedom
    }

    fn is_too_large(self) -> bool {
        self.chi_square > chi_square_quantile(0.95, self.freedom)
    }
}

/// What a reader must know of an interval for r.
pub(super) fn warnings(
    resolution: &Resolution,
    beta: f64,
    window: IndexRange,
    r: Interval,
    least: f64,
    misfits: impl Iterator<Item = Misfit>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let (low, high) = (r.low, r.high);
    if high - low > WIDEST || low < NOTHING {
        let more = if low <= least { "; a slow power law and noise look alike" } else { "" };
        warnings.push(format!(
            "not identified: r lies between {low:.2} and {high:.2}{more}. More rows, or other rows beside these, tell more"
        ));
    } else if high > STEEPEST {
        warnings.push(format!(
            "steep: r lies between {low:.2} and {high:.2}, and above {STEEPEST} fewer intervals hold r than claim to (notebook 06)"
        ));
    }
    if let Some(worst) = misfits.filter(|m| m.is_too_large()).map(Misfit::ratio).reduce(f64::max) {
        warnings.push(format!(
            "not one power law: the mean energies of octaves of i lie further from the fit than chance has it (χ² is {worst:.1} times \
             its degrees of freedom), and the interval is wider for it"
        ));
    }
    if let Some((index, gap)) = gap(resolution.eigenvalues(), beta, window) {
        warnings.push(format!(
            "the spectrum goes in steps: eigenvalues {index} and {} lie {gap:.0} mean spacings apart, so the exponent depends on where \
             the window ends",
            index + 1
        ));
    }
    warnings
}

/// The widest gap of a window in mean spacings, where it is one: the number of the eigenvalue above it.
fn gap(eigenvalues: &[f64], beta: f64, window: IndexRange) -> Option<(usize, f64)> {
    let spacings = (window.first..window.last).map(|k| {
        let apart = (eigenvalues[k - 1] / eigenvalues[k]).ln() * k as f64 / beta;
        (k, apart)
    });
    spacings.filter(|(_, apart)| *apart > GAP).max_by(|a, b| a.1.total_cmp(&b.1))
}
