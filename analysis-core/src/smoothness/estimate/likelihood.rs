//! The likelihood of the energies under the deterministic equivalent.

use super::answer::{AllowedNoise, Estimate, Estimator, Interval};
use super::expected::Expected;
use super::profile::{Observed, Point, Top};
use super::quality;
use crate::error::Result;
use crate::regression::IndexRange;
use crate::spectrum::{Counting, Resolution};

/// Half the 95 % point of χ²₁: how far ln of the likelihood may fall within an interval.
const FALL: f64 = 3.841_458_820_694_124 / 2.0;
/// Exponents that are tried: 0.01 … 5, in steps of 8 %, and about the best of them in steps of 1 %.
const EXPONENTS: usize = 80;
const LEAST: f64 = 0.01;
const LARGEST: f64 = 5.0;

/// One window's fit.
#[derive(Debug)]
struct Fit {
    best: Point,
    r: Interval,
    noise: Interval,
    misfit: quality::Misfit,
    /// All that the interval holds.
    inside: Vec<Point>,
}

/// What [`Estimator::Likelihood`] expects under one spectrum, for any number of targets.
#[derive(Debug)]
pub(crate) struct Likelihood<'a> {
    resolution: &'a Resolution,
    beta: f64,
    window: IndexRange,
    /// In the windows to n/2 and to n/3, or why there is nothing to be said.
    expected: std::result::Result<[Expected; 2], String>,
}

impl<'a> Likelihood<'a> {
    /// # Errors
    /// As [`Resolution::decay`].
    pub(crate) fn of(resolution: &'a Resolution) -> Result<Self> {
        let (n, beta) = (resolution.n(), resolution.decay()?);
        let window = IndexRange { first: (n / 300).max(5), last: n / 2 };
        let expected = match quality::refusal(resolution, window) {
            Some(why) => Err(why),
            None => {
                let counting = Counting::of(resolution)?;
                let step = |j: usize| j as f64 / (EXPONENTS - 1) as f64;
                let exponents: Vec<f64> =
                    (0..EXPONENTS).map(|j| LEAST * (LARGEST / LEAST).powf(step(j))).collect();
                let windows = [window.last, n / 3].map(|last| IndexRange { last, ..window });
                Ok(windows.map(|window| Expected::of(resolution, &counting, window, &exponents)))
            }
        };
        Ok(Likelihood { resolution, beta, window, expected })
    }

    /// The estimate of energies m_k = n c_k² (n), none negative and not all 0, summed over `columns` targets.
    pub(crate) fn estimate(&self, energies: &[f64], columns: usize) -> Estimate {
        let (beta, whole) = (self.beta, energies.iter().sum::<f64>() / energies.len() as f64);
        let mut found = Estimate::unknown(Estimator::Likelihood, beta, self.window);
        let fits = match &self.expected {
            Ok(expected) => expected.each_ref().map(|expected| fit(expected, energies, columns)),
            Err(why) => {
                found.warnings.push(why.clone());
                return found;
            }
        };
        let best = fits[0].best;
        let over = |of: fn(&Fit) -> Interval| {
            let [one, other] = [of(&fits[0]), of(&fits[1])];
            Interval { low: one.low.min(other.low), high: one.high.max(other.high) }
        };
        let (r, noise) = (over(|fit| fit.r), over(|fit| fit.noise));
        let share = |noise: f64| (noise / whole).min(1.0);
        found.r = Some(best.r);
        found.r_interval = Some(r);
        found.s = Some(best.r / beta);
        found.s_interval = Some(r.over(beta));
        found.noise_share = Some(share(best.noise));
        found.noise_share_interval = Some(Interval { low: share(noise.low), high: share(noise.high) });
        let misfits = fits.iter().map(|fit| fit.misfit);
        found.warnings = quality::warnings(self.resolution, beta, self.window, r, LEAST, misfits);
        found
    }
}

impl Likelihood<'_> {
    /// For every exponent that was tried and lies within the interval, the noise that goes with it, by r; none where nothing is identified.
    pub(crate) fn allowed(&self, energies: &[f64], columns: usize) -> Vec<AllowedNoise> {
        let Ok(expected) = &self.expected else { return Vec::new() };
        let mut points: Vec<Point> =
            expected.iter().flat_map(|expected| fit(expected, energies, columns).inside).collect();
        points.sort_by(|a, b| a.r.total_cmp(&b.r));
        let slices = points.chunk_by(|a, b| a.r == b.r);
        let noise = |own: &[Point]| {
            let all = own.iter().map(|point| point.noise);
            Interval { low: all.clone().fold(f64::INFINITY, f64::min), high: all.fold(0.0, f64::max) }
        };
        slices.map(|own| AllowedNoise { r: own[0].r, noise: noise(own) }).collect()
    }
}

fn fit(expected: &Expected, energies: &[f64], columns: usize) -> Fit {
    // Columns that go together are worth fewer squares than there are columns.
    let freedom = if columns > 1 {
        let one = Observed::of(expected, energies, 1.0);
        let rough = best_of(&one.profile(expected, quality::noise_cap(energies, 1.0)));
        quality::freedom(expected, rough, energies).clamp(1.0, columns as f64)
    } else {
        1.0
    };
    let observed = Observed::of(expected, energies, freedom);
    let cap = quality::noise_cap(energies, freedom);
    let mut profile = observed.profile(expected, cap);
    let near = best_of(&profile);
    let misfit = quality::Misfit::of(expected, near, &observed);
    // Where σ² = 0 is the best, ln L has a corner at its top: finer steps there, and only then a parabola.
    let at = expected.number_of(near.r);
    let around = at.saturating_sub(1)..(at + 2).min(profile.len());
    profile.splice(around, observed.profile(&expected.around(at), cap));
    let mut tops: Vec<Point> = profile.iter().map(|tried| best_of(std::slice::from_ref(tried))).collect();
    let (at, best) = highest(&tops);
    // Where a fit is worse than chance has it, the interval is wider for it.
    let least = best.likelihood - FALL * misfit.ratio().max(1.0);
    let mut inside: Vec<Point> =
        profile.iter().flatten().filter(|point| point.likelihood >= least).copied().collect();
    inside.push(best);
    let noise = inside.iter().fold(Interval { low: best.noise, high: best.noise }, |all, point| Interval {
        low: all.low.min(point.noise),
        high: all.high.max(point.noise),
    });
    tops.insert(at, best);
    Fit { best, r: crossing(&tops, at, least), noise, misfit, inside }
}

/// The best of all points, first come where two are equal.
fn best_of(profile: &[Vec<Point>]) -> Point {
    let mut points = profile.iter().flatten();
    // The cap is tried at every exponent, so there is one.
    let first = points.next().copied().unwrap_or(Point {
        r: LEAST,
        scale: 0.0,
        noise: 0.0,
        likelihood: f64::NEG_INFINITY,
    });
    points.fold(first, |best, point| if point.likelihood > best.likelihood { *point } else { best })
}

/// The top of the profile between the exponents tried, and its place among them: of a parabola of ln L in ln r through the best and its
/// neighbours, which lie at equal steps, with scale and noise on a line between the two that it lies between. At either end of the exponents, the end.
fn highest(tops: &[Point]) -> (usize, Point) {
    let best =
        (0..tops.len()).fold(0, |best, j| if tops[j].likelihood > tops[best].likelihood { j } else { best });
    if best == 0 || best + 1 == tops.len() {
        return (best, tops[best]);
    }
    let top = Top::of([best - 1, best, best + 1].map(|j| tops[j].likelihood));
    let (here, next) = (tops[best], tops[if top.shift < 0.0 { best - 1 } else { best + 1 }]);
    let share = top.shift.abs();
    let point = Point {
        r: here.r * (next.r / here.r).powf(share),
        scale: here.scale + share * (next.scale - here.scale),
        noise: here.noise + share * (next.noise - here.noise),
        likelihood: here.likelihood + top.rise,
    };
    (if top.shift < 0.0 { best } else { best + 1 }, point)
}

/// Where the profile crosses `least`, number `at` of `tops` being the highest. The root of what ln L lies below its top is a line in ln r
/// where ln L is a parabola, so it is that root which runs straight between the exponents.
fn crossing(tops: &[Point], at: usize, least: f64) -> Interval {
    let below = |point: &Point| (tops[at].likelihood - point.likelihood).max(0.0).sqrt();
    let allowed = (tops[at].likelihood - least).sqrt();
    let inside = |point: &Point| below(point) <= allowed;
    let low = tops.iter().position(inside).unwrap_or(at);
    let high = tops.iter().rposition(inside).unwrap_or(at);
    let between = |outside: Point, within: Point| {
        let share = (below(&outside) - allowed) / (below(&outside) - below(&within));
        (outside.r.ln() + share * (within.r / outside.r).ln()).exp()
    };
    Interval {
        low: if low == 0 { tops[0].r } else { between(tops[low - 1], tops[low]) },
        high: if high + 1 == tops.len() { tops[high].r } else { between(tops[high + 1], tops[high]) },
    }
}
