//! A ReLU layer, and one of the error function, without branches and without the system's mathematical library, so that a compiler evaluates many pairs
//! at once, in the lanes of vector registers. The same operations on every machine, hence the same bytes.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, FRAC_PI_2, FRAC_PI_4, PI};

use super::pair::PairMoments;

/// tan(π/8): beyond it π/4 is taken off the angle.
const TAN_PI_8: f64 = std::f64::consts::SQRT_2 - 1.0;
/// π/4 − [`FRAC_PI_4`].
const PI_4_REST: f64 = 3.061616997868383e-17;
/// (arctan t / t − 1)/t² as a polynomial in t² for |t| ≤ tan(π/8), by Remez's exchange for the relative error of arctan t:
/// at most 1.3e-18.
#[allow(clippy::excessive_precision)]
const ARCTAN: [f64; 11] = [
    -0.333333333333332,
    0.1999999999995325,
    -0.14285714280166603,
    0.11111110782155025,
    -0.09090897725231173,
    0.07692059716958814,
    -0.06663099198498444,
    0.05847859239575221,
    -0.05039190301886902,
    0.038062137510438916,
    -0.01790503771413525,
];
/// sin x − x cos x = x³/3·(1 + c₁x²(1 + c₂x²(1 + …))): cⱼ = −(j+1)/(j(2j+2)(2j+3)). Nine, as the tenth term is below 1e-19
/// of the first at x = 1.
const SINE_MINUS: [f64; 9] = {
    let mut coefficients = [0.0; 9];
    let mut index = 0;
    while index < 9 {
        let j = (index + 1) as f64;
        coefficients[index] = -(j + 1.0) / (j * (2.0 * j + 2.0) * (2.0 * j + 3.0));
        index += 1;
    }
    coefficients
};

/// arctan(small/large) for 0 ≤ small ≤ large, to 1.5 ε.
#[inline(always)]
fn arctan(small: f64, large: f64) -> f64 {
    let far = small > TAN_PI_8 * large;
    let t = if far { small - large } else { small } / if far { small + large } else { large };
    let square = t * t;
    let mut sum = ARCTAN[10];
    for coefficient in ARCTAN[..10].iter().rev() {
        sum = sum * square + coefficient;
    }
    let rest = t * square * sum;
    if far { FRAC_PI_4 + (t + (rest + PI_4_REST)) } else { t + rest }
}

/// sin x − x cos x for x in [0, π/2], as in `arc_cosine`, but with the coefficients in a table.
#[inline(always)]
fn sine_minus(x: f64, sine: f64, cosine: f64) -> f64 {
    let square = x * x;
    let mut sum = 0.0;
    for coefficient in SINE_MINUS.iter().rev() {
        sum = (1.0 + sum) * square * coefficient;
    }
    let series = x * square * (1.0 + sum) / 3.0;
    if x > 1.0 { sine - x * cosine } else { series }
}

/// cos θ from 1 − cos θ and 1 + cos θ, the smaller of which is right to its last digits.
#[inline(always)]
pub(crate) fn cosine(below: f64, above: f64) -> f64 {
    if below <= above { 1.0 - below } else { above - 1.0 }
}

/// The moments of a ReLU pair with r₁r₂ = `product`, from 1 − cos θ, 1 + cos θ and cos θ: to a few ε what
/// [`super::Dual::pair`] gives, as long as 1 − cos θ and 1 + cos θ are.
#[inline(always)]
pub(crate) fn relu(product: f64, below: f64, above: f64, cosine: f64) -> PairMoments {
    let (b, a) = (below.sqrt(), above.sqrt());
    let near = b <= a;
    let least = 2.0 * arctan(if near { b } else { a }, if near { a } else { b });
    let supplement = if near { PI - least } else { least };
    let sine = a * b;
    let third = sine_minus(least, sine, cosine.abs()) * FRAC_1_PI;
    let kappa = if near { (sine + supplement * cosine) * FRAC_1_PI } else { third };
    let gap = if near { below - third } else { 1.0 - kappa };
    let half = 0.5 * product;
    PairMoments {
        value: half * kappa,
        gap: half * gap,
        sum: half * (1.0 + kappa),
        derivative: 0.5 * (supplement * FRAC_1_PI),
    }
}

/// E erf(u)erf(v) and E erf'(u)erf'(v) from the covariance Σ, the sum of the variances and the determinant rr'²(1 − cos²θ):
/// (2/π) arcsin(2Σ/√((1 + 2r²)(1 + 2r'²))) and (4/π)/√((1 + 2r²)(1 + 2r'²) − 4Σ²).
#[inline(always)]
pub(crate) fn erf(covariance: f64, variances: f64, determinant: f64) -> (f64, f64) {
    let root = (1.0 + 2.0 * variances + 4.0 * determinant).sqrt();
    let twice = 2.0 * covariance.abs();
    let near = twice <= root;
    let least = arctan(if near { twice } else { root }, if near { root } else { twice });
    let angle = if near { least } else { FRAC_PI_2 - least };
    (FRAC_2_PI * if covariance < 0.0 { -angle } else { angle }, 2.0 * FRAC_2_PI / root)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::architecture::Activation;
    use crate::gaussian::{Angle, Dual};

    /// Against the system's library, densely, and close to 0, to tan(π/8) and to 1.
    #[test]
    fn arctangents_keep_their_digits() {
        let mut worst = 0.0_f64;
        let edges = [0.0, TAN_PI_8, 1.0];
        let near = edges.iter().flat_map(|e| (4..60).map(move |k| (e - 0.5_f64.powi(k)).abs()));
        let tiny = (0..1000).map(|k| 0.7 * 0.5_f64.powi(k));
        for t in (0..=200_000).map(|k| f64::from(k) / 200_000.0).chain(near).chain(tiny).chain(edges) {
            let error = (arctan(t, 1.0) - t.atan()).abs();
            worst = worst.max(error / (f64::EPSILON * t.atan()).max(f64::MIN_POSITIVE));
        }
        assert!(worst <= 1.5, "{worst} ε");
        assert_eq!((arctan(0.0, 1.0), arctan(1.0, 1.0)), (0.0, FRAC_PI_4));
    }

    /// Against the path that works pair by pair: κ₁ and 1 − κ₁ relative to themselves, also close to 0 and to π.
    #[test]
    fn moments_equal_those_of_single_pairs() {
        let dense = (0..=100_000).map(|k| f64::from(k) / 100_000.0);
        let tiny = (1..150).map(|k| 0.5_f64.powi(k));
        let mut worst = [0.0_f64; 4];
        let dual = Dual::new(&Activation::Relu).unwrap();
        let one = dual.marginal(1.0, true).unwrap();
        for part in dense.chain(tiny) {
            for angle in [Angle::new(part * PI), Angle::from_supplement(part * PI)].into_iter().flatten() {
                let expected = dual.pair(&one, &one, angle, true).unwrap();
                let found = relu(1.0, angle.one_minus_cosine(), angle.one_plus_cosine(), angle.cosine());
                let pairs = [
                    (found.value, expected.value),
                    (found.gap, expected.gap),
                    (found.sum, expected.sum),
                    (found.derivative, expected.derivative),
                ];
                for (worst, (found, expected)) in worst.iter_mut().zip(pairs) {
                    let error = (found - expected).abs() / (f64::EPSILON * expected).max(f64::MIN_POSITIVE);
                    *worst = worst.max(error);
                }
            }
        }
        assert!(worst.iter().all(|w| *w <= 12.0), "{worst:?} ε");
    }
}
