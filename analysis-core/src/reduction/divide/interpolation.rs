//! Steps towards a root of the secular equation: f is replaced by a function with two or three poles, whose root is
//! known.

use super::kernels::Sums;

/// What a step needs to know of f at τ, where the root's interval lies between two poles.
pub(super) struct Local<'a> {
    /// f.
    pub(super) value: f64,
    /// f′.
    pub(super) slope: f64,
    /// Their parts.
    pub(super) sums: &'a Sums,
    /// d − λ of the pole below and of the one above the root.
    pub(super) left: f64,
    pub(super) right: f64,
    /// The second pole less the first.
    pub(super) gap: f64,
    /// The origin is the pole below the root.
    pub(super) at_left: bool,
}

/// The step to the root of c + A/(left − η) + B/(right − η), which has f's value and derivative at η = 0. `last`: the
/// root is the one beyond both poles.
///
/// `fixed`: the poles on each side give their derivative to the pole there. Otherwise the pole at the origin keeps
/// its own weight, and the other takes the rest.
pub(super) fn two_poles(local: &Local, last: bool, fixed: bool) -> f64 {
    let Local { value, slope, sums, left, right, gap, at_left } = *local;
    let (left_slope, right_slope) = if at_left {
        (sums.below_slope + sums.own_slope, sums.above_slope)
    } else {
        (sums.below_slope, sums.above_slope + sums.own_slope)
    };
    let constant = match (fixed, at_left) {
        (true, _) => value - left * left_slope - right * right_slope,
        (false, true) => value - right * slope + gap * sums.own_slope,
        (false, false) => value - left * slope - gap * sums.own_slope,
    };
    let a = (left + right) * value - left * right * slope;
    let b = left * right * value;
    if last { beyond_both(a, b, constant) } else { quadratic(a, b, constant) }
}

/// The same with the poles on both sides of the origin, too: the root of c + Σ₃ ζⱼ/(δⱼ − η), found by steps with two
/// poles.
///
/// `delta` and `weights` are dⱼ − λ and wⱼ² of the origin and its neighbours. `fixed` as in [`two_poles`]; otherwise
/// the pole that is not beside the root keeps its own weight.
pub(super) fn three_poles(local: &Local, delta: [f64; 3], weights: [f64; 3], fixed: bool) -> f64 {
    let Local { value, sums, at_left, .. } = *local;
    let [left, _, right] = delta;
    let [first, own, third] = weights;
    let slopes = sums.below_slope + sums.above_slope;
    let (first, third) = if fixed {
        (left * left * sums.below_slope, right * right * sums.above_slope)
    } else if at_left {
        (first, right * right * (slopes - first / left / left))
    } else {
        (left * left * (slopes - third / right / right), third)
    };
    root_of_three(value, delta, [first, own, third], at_left)
}

/// The root (a − √(a² − 4bc))/(2c) of c x² − a x + b = 0: the one between two poles.
pub(super) fn quadratic(a: f64, b: f64, c: f64) -> f64 {
    let root = (a * a - 4.0 * b * c).abs().sqrt();
    if c == 0.0 {
        b / a
    } else if a <= 0.0 {
        (a - root) / (2.0 * c)
    } else {
        2.0 * b / (a + root)
    }
}

/// The greater root of c x² − a x + b = 0 for c > 0; elsewhere 0.
pub(super) fn beyond_both(a: f64, b: f64, c: f64) -> f64 {
    let root = (a * a - 4.0 * b * c).abs().sqrt();
    if c <= 0.0 {
        0.0
    } else if a >= 0.0 {
        (a + root) / (2.0 * c)
    } else {
        2.0 * b / (a - root)
    }
}

/// The root of g(η) = c + Σⱼ ζⱼ/(δⱼ − η) between δ₂ and δ₃ (`upper`) or δ₁ and δ₂, starting from η = 0, where g is
/// `start`.
///
/// Close to the root c and the sum nearly cancel, so g is taken as g(0) + η Σⱼ ζⱼ/(δⱼ(δⱼ − η)).
fn root_of_three(start: f64, delta: [f64; 3], weights: [f64; 3], upper: bool) -> f64 {
    let (mut low, mut high) = if upper { (delta[1], delta[2]) } else { (delta[0], delta[1]) };
    let mut eta = 0.0;
    for _ in 0..20 {
        let gaps = delta.map(|pole| pole - eta);
        let slopes = [0, 1, 2].map(|j| weights[j] / gaps[j] / gaps[j]);
        let change: f64 = (0..3).map(|j| weights[j] / (delta[j] * gaps[j])).sum();
        let value = start + eta * change;
        // g only stands in for f: more digits of its root would not be digits of f's.
        if value.abs() <= 1e-8 * start.abs() {
            break;
        }
        if value < 0.0 {
            low = eta
        } else {
            high = eta
        }
        let (left, right, left_slope, right_slope) = if upper {
            (gaps[1], gaps[2], slopes[0] + slopes[1], slopes[2])
        } else {
            (gaps[0], gaps[1], slopes[0], slopes[1] + slopes[2])
        };
        let constant = value - left * left_slope - right * right_slope;
        let a = (left + right) * value - left * right * (left_slope + right_slope);
        eta += quadratic(a, left * right * value, constant);
        if eta.is_nan() || eta <= low || eta >= high {
            eta = low + (high - low) / 2.0;
        }
    }
    eta
}
