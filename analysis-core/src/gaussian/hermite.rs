//! Smooth activations: Hermite series.
//!
//! With φ(rz) = Σ a_k h_k(z), h_k the normalised Hermite polynomials, Mehler's formula gives
//! E\[φ(x)φ(y)\] = Σ a_k b_k cᵏ and E\[φ'(x)φ'(y)\] = Σ k a_k b_k cᵏ⁻¹/(r₁r₂) for correlation c: no derivative of φ is
//! needed, and the truncation error is known from the series itself (Daniely, Frostig and Singer 2016, §3).

use std::f64::consts::TAU;

use super::angle::Angle;
use super::pair::{Marginal, PairMoments};
use crate::architecture::Activation;

/// The longest series tried. tanh at standard deviation r needs about 280 r² terms, so it is reached at r = 15.
const MOST_TERMS: usize = 65_536;
/// The coefficient integrals' range: e^{−z²/4} = 1e-20 at its ends.
const REACH: f64 = 13.5;
/// Beyond this |c| the gap 1 − c is carried through the series instead of being subtracted.
const NEAR: f64 = 0.9;

/// a_k for φ(rz), or `None` if the series does not decay (a kink, or a slope much steeper than 1/r).
pub(super) fn series(activation: &Activation, deviation: f64) -> Option<Vec<f64>> {
    let mut terms = 64;
    while terms <= MOST_TERMS {
        let coefficients = coefficients(activation, deviation, terms)?;
        let weighted = |range: &[f64], from: usize| -> f64 {
            range.iter().enumerate().map(|(i, a)| (from + i + 1) as f64 * a * a).sum()
        };
        let cut = terms - terms / 8;
        let (tail, whole) = (weighted(&coefficients[cut..], cut), weighted(&coefficients, 0));
        // For a series decaying like exp(−√k) or faster, what is cut off is less than its last eighth. It must be small
        // not only against itself: met by another row's longer series, the loss is √(this tail · that one's).
        let small = if terms <= 1024 { 1e-24 } else { 1e-19 };
        if tail <= small * whole {
            return resolved(activation, deviation, &coefficients)
                .then(|| trimmed(coefficients, 0.1 * small * whole));
        }
        // A kink's k a_k² falls like k^{−3/2}, its last eighth like 1/√k. Longer series are not worth their time.
        if terms >= 4096 && tail > 1e-4 * whole {
            return None;
        }
        terms *= 2;
    }
    None
}

/// Drops the last coefficients that together cannot matter.
fn trimmed(mut coefficients: Vec<f64>, allowed: f64) -> Vec<f64> {
    let mut tail = 0.0;
    while let Some(&last) = coefficients.last() {
        tail += coefficients.len() as f64 * last * last;
        if tail > allowed || coefficients.len() <= 2 {
            break;
        }
        coefficients.pop();
    }
    // The pair sums take four terms at a time.
    coefficients.resize(coefficients.len().next_multiple_of(4), 0.0);
    coefficients
}

/// Nodes worked on together: the recurrence of one node is a chain, several fill the processor.
const LANES: usize = 8;

/// The trapezoidal rule, exponentially accurate here. a_k has frequencies to √k, and the rule folds those beyond
/// 2π/h − √k onto it: 2π/h = 4.5√K leaves 3.5√K, where a spectrum that has decayed to a_K is far below rounding.
/// h_k(−z) = (−1)ᵏ h_k(z), so nodes z ≥ 0 suffice.
fn coefficients(activation: &Activation, deviation: f64, terms: usize) -> Option<Vec<f64>> {
    let half = (4.5 * (terms as f64).sqrt() * REACH / TAU).ceil() as usize;
    let step = REACH / half as f64;
    let mut sums = vec![0.0; terms];
    // h_{k+1} = (z h_k − √k h_{k−1})/√(k+1)
    let factors: Vec<(f64, f64)> =
        (0..terms).map(|k| (1.0 / ((k + 1) as f64).sqrt(), (k as f64 / (k + 1) as f64).sqrt())).collect();
    for first in (0..=half).step_by(LANES) {
        let (mut z, mut even, mut odd) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        // Hermite functions h_k(z)√density: bounded, and stable in this direction.
        let (mut before, mut current) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES.min(half + 1 - first) {
            let node = step * (first + lane) as f64;
            let envelope = (-0.25 * node * node).exp() / TAU.sqrt().sqrt();
            let right = activation.value(deviation * node);
            let left = if node == 0.0 { 0.0 } else { activation.value(-deviation * node) };
            if !(right.is_finite() && left.is_finite()) {
                return None;
            }
            (z[lane], current[lane]) = (node, envelope);
            even[lane] = step * envelope * (right + left);
            odd[lane] = step * envelope * (right - left);
        }
        for (sums, factors) in sums.chunks_exact_mut(2).zip(factors.chunks_exact(2)) {
            for (sum, (weights, (up, down))) in sums.iter_mut().zip([&even, &odd].into_iter().zip(factors)) {
                let mut products = [0.0; LANES];
                for lane in 0..LANES {
                    products[lane] = weights[lane] * current[lane];
                    (before[lane], current[lane]) =
                        (current[lane], up * z[lane] * current[lane] - down * before[lane]);
                }
                *sum += products.iter().sum::<f64>();
            }
        }
    }
    Some(sums)
}

/// Parseval against E φ(rz)² on a grid four times as fine and shifted: a feature the coefficients missed shows.
fn resolved(activation: &Activation, deviation: f64, coefficients: &[f64]) -> bool {
    let half = (18.0 * (coefficients.len() as f64).sqrt() * REACH / TAU).ceil();
    let step = REACH / half;
    let mut moment = 0.0;
    for node in 0..2 * half as usize {
        let z = step * (node as f64 + 0.5 - half);
        moment += step * (-0.5 * z * z).exp() / TAU.sqrt() * activation.value(deviation * z).powi(2);
    }
    let parseval: f64 = coefficients.iter().map(|a| a * a).sum();
    (moment - parseval).abs() <= 1e-13 * moment
}

/// Σ a_k², in the order in which [`pair`] sums at c = 1.
pub(super) fn moment(series: &[f64]) -> f64 {
    powers(series, series, 1.0).0
}

/// (Σ a_k b_k cᵏ, Σ (k+1) a_{k+1} b_{k+1} cᵏ), four interleaved sums each; stops where cᵏ is below rounding.
fn powers(a: &[f64], b: &[f64], c: f64) -> (f64, f64) {
    let (mut value, mut slope) = ([0.0; 4], [0.0; 4]);
    // For k = 0 the slope's factor is 0, so the power before it never matters.
    let mut power = [1.0, c, c * c, c * c * c];
    let mut lower = [0.0, 1.0, c, c * c];
    let fourth = (c * c) * (c * c);
    let mut k = [0.0, 1.0, 2.0, 3.0];
    for (a, b) in a.chunks_exact(4).zip(b.chunks_exact(4)) {
        for lane in 0..4 {
            let product = a[lane] * b[lane];
            value[lane] += product * power[lane];
            slope[lane] += product * k[lane] * lower[lane];
            k[lane] += 4.0;
            power[lane] *= fourth;
        }
        lower = if k[0] == 4.0 { [c * c * c, fourth, power[1], power[2]] } else { lower.map(|p| p * fourth) };
        if power[0].abs() < 1e-22 {
            break;
        }
    }
    ((value[0] + value[2]) + (value[1] + value[3]), (slope[0] + slope[2]) + (slope[1] + slope[3]))
}

/// The pair's moments from the two series.
pub(super) fn pair(x: &Marginal, y: &Marginal, angle: Angle) -> PairMoments {
    let (a, b) = (x.series.as_slice(), y.series.as_slice());
    let (value, slope) = powers(a, b, angle.cosine());
    let rho = (x.moment * y.moment).sqrt();
    let derivative = slope / (x.deviation * y.deviation);
    let (mut gap, mut sum) = (rho - value, rho + value);
    if angle.cosine().abs() > NEAR {
        let near = near(a, b, angle);
        // ρ₁ρ₂ − Σ a_k b_k ≥ 0 (Cauchy and Schwarz), 0 for equal series; only rounding makes it negative.
        let apart = if x.deviation == y.deviation { 0.0 } else { (rho - near.all).max(0.0) };
        if angle.cosine() > 0.0 {
            gap = apart + near.gap;
        } else {
            (gap, sum) = (apart + near.gap, apart + near.sum);
        }
    }
    PairMoments { value, gap: gap.max(0.0), sum: sum.max(0.0), derivative }
}

/// Gap and sum relative to Σ a_k b_k, as sums without cancellation for close (or opposite) pairs.
struct Near {
    all: f64,
    gap: f64,
    sum: f64,
}

/// 1 − |c|ᵏ = (1 − |c|) g_k with g_k = 1 + |c| g_{k−1}.
fn near(a: &[f64], b: &[f64], angle: Angle) -> Near {
    let opposite = angle.cosine() < 0.0;
    let c = angle.cosine().abs();
    let versine = if opposite { angle.one_plus_cosine() } else { angle.one_minus_cosine() };
    let (mut power, mut ladder) = (1.0, 0.0);
    let (mut even, mut odd, mut even_gap, mut odd_gap, mut even_power, mut odd_power) =
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in a.chunks_exact(2).zip(b.chunks_exact(2)) {
        let product = a[0] * b[0];
        even += product;
        even_gap += product * ladder;
        even_power += product * power;
        (power, ladder) = (power * c, 1.0 + c * ladder);
        let product = a[1] * b[1];
        odd += product;
        odd_gap += product * ladder;
        odd_power += product * power;
        (power, ladder) = (power * c, 1.0 + c * ladder);
    }
    let (even_gap, odd_gap) = (versine * even_gap, versine * odd_gap);
    if opposite {
        // c^k = ±|c|^k: the even terms close the gap, the odd ones the sum.
        Near { all: even + odd, gap: even_gap + odd + odd_power, sum: odd_gap + even + even_power }
    } else {
        Near { all: even + odd, gap: even_gap + odd_gap, sum: 0.0 }
    }
}

/// E φ'(u)² − E φ'(u)φ'(u') of two of the deviation of `x`: Σ k a_k² (1 − c^{k−1})/r², every term positive for c ≥ 0.
pub(super) fn slope_gap(x: &Marginal, angle: Angle) -> f64 {
    let (c, log) = (angle.cosine(), (-angle.one_minus_cosine()).ln_1p());
    let lost = |power: i32| if c > 0.0 { -(f64::from(power) * log).exp_m1() } else { 1.0 - c.powi(power) };
    let terms = x.series.iter().enumerate().skip(2);
    let sum: f64 = terms.map(|(k, a)| k as f64 * a * a * lost(k as i32 - 1)).sum();
    sum / (x.deviation * x.deviation)
}
