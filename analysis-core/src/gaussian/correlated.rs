//! Two pre-activations of the same variance, by their correlation.
//!
//! E φ(u)φ(u'), E φ'(u)φ'(u') and what they fall short of E φ(u)² and E φ'(u)² by, for u, u' of variance q and correlation
//! c = 1 − d. Mean-field theory iterates variances and correlations, [`Dual`] standard deviations and angles: the closed forms
//! here are those of `closed_form` in the other variables. They stay two because a square root between them moves the last
//! bit, and kept results were made with either.

use std::f64::consts::{FRAC_2_PI, PI};
use std::sync::OnceLock;

use super::angle::Angle;
use super::closed_form::{HUGE, erf_slope_gap};
use super::dual::Dual;
use super::moment;
use super::pair::{Marginal, PairMoments};
use crate::architecture::{Activation, Slopes};
use crate::error::{Error, Result};

/// Terms of the Hermite series.
const TERMS: usize = 1000;

/// Panels of the quadrature of its coefficients, 16 nodes each: the last polynomial oscillates with wavelength
/// 2π/√1000 = 0.2.
const PANEL: f64 = 0.2;

/// What the rest of a series may weigh, relative to its value at 1.
const REST: f64 = 1e-10;

/// u and u' of variance q, with one activation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Correlated {
    form: Form,
    q: f64,
    /// E φ(u)².
    square: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// E φφ' = q (s₋s₊ c + (s₊ − s₋)² κ₁(c)/2), of slopes s₋ and s₊ on the two sides of 0: φ(u) = s₋u + (s₊ − s₋) max(0, u).
    Linear(Slopes),
    /// E φφ' = (2/π) arcsin(2qc/(1 + 2q)).
    Erf,
    /// Powers of ReLU.
    Dual(Dual, Marginal),
    /// All others.
    Series(Box<Series>),
}

/// E φφ' = Σ_k a_k² c^k where [`TERMS`] of it are enough, and the [`Dual`] (a longer series, a quadrature that knows the kinks)
/// where they are not.
#[derive(Debug, Clone)]
struct Series {
    activation: Activation,
    /// E φ(u)².
    square: f64,
    /// a_k².
    squares: Vec<f64>,
    /// Made when it is first needed.
    dual: OnceLock<Result<(Dual, Marginal)>>,
}

/// Two are equal whether or not the dual has been needed so far.
impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        let Series { activation, square, squares, dual: _ } = self;
        (activation, square, squares) == (&other.activation, &other.square, &other.squares)
    }
}

impl Correlated {
    /// At variance q > 0.
    ///
    /// # Errors
    /// As [`moment::square`].
    pub(crate) fn new(activation: &Activation, q: f64) -> Result<Self> {
        let square = moment::square(activation, q)?;
        let form = match activation {
            Activation::Erf => Form::Erf,
            Activation::ReluPower(_) => {
                let (dual, marginal) = dual(activation, q)?;
                Form::Dual(dual, marginal)
            }
            other => match other.slopes() {
                Some(slopes) => Form::Linear(slopes),
                None => Form::Series(Box::new(Series {
                    activation: other.clone(),
                    square,
                    squares: hermite_squares(other, q),
                    dual: OnceLock::new(),
                })),
            },
        };
        Ok(Correlated { form, q, square })
    }

    /// E φ(u)φ(u') at −1 ≤ c ≤ 1.
    ///
    /// # Errors
    /// [`Error::Parameter`] where neither series nor quadrature converges.
    pub(crate) fn product(&self, c: f64) -> Result<f64> {
        Ok(match &self.form {
            Form::Linear(slopes) => {
                slopes.product() * self.q * c + 0.5 * slopes.bend_square() * self.q * pi_kappa1(c) / PI
            }
            Form::Erf => FRAC_2_PI * (2.0 * self.q * c / (1.0 + 2.0 * self.q)).asin(),
            // E φ² itself, whatever roundings or a series leave.
            Form::Dual(..) | Form::Series(_) if c == 1.0 => self.square,
            Form::Dual(dual, x) => dual.pair(x, x, Angle::from_cosine(c)?, false)?.value,
            Form::Series(series) if series.has_converged(c) => {
                series.squares.iter().rev().fold(0.0, |sum, a| sum * c + a)
            }
            Form::Series(series) => series.pair(self.q, Angle::from_cosine(c)?)?.value,
        })
    }

    /// E φ'(u)φ'(u') at −1 ≤ c ≤ 1.
    ///
    /// # Errors
    /// As [`Correlated::product`].
    pub(crate) fn slope_product(&self, c: f64) -> Result<f64> {
        Ok(match &self.form {
            Form::Linear(slopes) => slopes.product() + 0.5 * slopes.bend_square() * (PI - c.acos()) / PI,
            // 1 + 2q is 2q, and its square may overflow.
            Form::Erf if self.q > HUGE => {
                FRAC_2_PI / (self.q * ((1.0 - c) * (1.0 + c) + 1.0 / self.q).sqrt())
            }
            Form::Erf => {
                let both = 1.0 + 2.0 * self.q;
                2.0 * FRAC_2_PI / (both * both - 4.0 * self.q * self.q * c * c).sqrt()
            }
            Form::Dual(dual, x) => dual.pair(x, x, Angle::from_cosine(c)?, true)?.derivative,
            Form::Series(series) if series.has_converged(c) => {
                let terms = series.squares.iter().enumerate().skip(1).rev();
                terms.fold(0.0, |sum, (k, a)| sum * c + k as f64 * a) / self.q
            }
            Form::Series(series) => series.pair(self.q, Angle::from_cosine(c)?)?.derivative,
        })
    }

    /// E φ(u)² − E φ(u)φ(u') at correlation 1 − d, with all digits of a small d; 0 ≤ d ≤ 2.
    ///
    /// # Errors
    /// As [`Correlated::product`].
    pub(crate) fn gap(&self, d: f64) -> Result<f64> {
        let c = 1.0 - d;
        Ok(match &self.form {
            Form::Linear(slopes) => {
                let bent = 0.5 * slopes.bend_square() * self.q * (d + bend(angle(d)) / PI);
                slopes.product() * self.q * d + bent
            }
            // The difference of two arcsines; its sine without cancellation while c ≥ 0.
            Form::Erf if c >= 0.0 => {
                let a = 2.0 * self.q / (1.0 + 2.0 * self.q);
                let below = (1.0 + 4.0 * self.q).sqrt() / (1.0 + 2.0 * self.q);
                let apart = d * (2.0 - d);
                let sine = a * apart / ((below * below + a * a * apart).sqrt() + c * below);
                FRAC_2_PI * sine.min(1.0).asin()
            }
            Form::Erf => {
                let a = 2.0 * self.q / (1.0 + 2.0 * self.q);
                FRAC_2_PI * (a.asin() - (a * c).asin())
            }
            Form::Dual(dual, x) => dual.pair(x, x, Angle::from_versines(d, 2.0 - d), false)?.gap,
            Form::Series(series) => match series.gap(d, |_| 1.0, 0) {
                Some(gap) => gap,
                None => match series.pair(self.q, Angle::from_versines(d, 2.0 - d))?.gap {
                    0.0 if d > 0.0 => {
                        let why =
                            "is too small for the quadrature of this activation: take 0, or a larger one";
                        return Err(Error::parameter("d", d, why));
                    }
                    gap => gap,
                },
            },
        })
    }

    /// E φ'(u)² − E φ'(u)φ'(u') at correlation 1 − d, with all digits of a small d; 0 ≤ d ≤ 2.
    ///
    /// # Errors
    /// As [`Correlated::product`].
    pub(crate) fn slope_gap(&self, d: f64) -> Result<f64> {
        Ok(match &self.form {
            Form::Linear(slopes) => 0.5 * slopes.bend_square() * angle(d) / PI,
            Form::Erf => erf_slope_gap(self.q, d, 2.0 - d),
            Form::Dual(dual, x) => dual.slope_gap(x, Angle::from_versines(d, 2.0 - d))?,
            Form::Series(series) => match series.gap(d, |k| k / self.q, 1) {
                Some(gap) => gap,
                None => {
                    let (dual, x) = series.dual(self.q)?;
                    dual.slope_gap(x, Angle::from_versines(d, 2.0 - d))?
                }
            },
        })
    }
}

fn dual(activation: &Activation, q: f64) -> Result<(Dual, Marginal)> {
    let dual = Dual::new(activation)?;
    let marginal = dual.marginal(q.sqrt(), true)?;
    Ok((dual, marginal))
}

impl Series {
    /// The rest beyond the last term is at most (E φ² − Σ a_k²)|c|^K: it is known, so it is checked.
    fn has_converged(&self, c: f64) -> bool {
        // Rounding may leave it below 0; NaN stays, and has not converged.
        let rest = self.square - self.squares.iter().sum::<f64>();
        let rest = if rest < 0.0 { 0.0 } else { rest } * c.abs().powi(TERMS as i32);
        rest <= REST * self.square
    }

    /// Σ_k w_k a_k² (1 − c^{k−shift}), every term positive for c ≥ 0; none where the last tenth of the terms says that it has
    /// not converged.
    fn gap(&self, d: f64, weight: impl Fn(f64) -> f64, shift: usize) -> Option<f64> {
        let log = (-d).ln_1p();
        let weighted = |k: usize| weight(k as f64) * self.squares[k];
        let term = |k: usize| {
            let power = (k - shift) as f64;
            let left =
                if d < 1.0 { -(power * log).exp_m1() } else { 1.0 - (1.0 - d).powi((k - shift) as i32) };
            weighted(k) * left
        };
        let last = TERMS - TERMS / 10;
        let (sum, tail): (f64, f64) = ((shift + 1..last).map(term).sum(), (last..TERMS).map(term).sum());
        // Where q is tiny only the linear term is above rounding, and this sum may not hold it (its slope has no gap): what
        // it is subtracted from decides.
        let whole: f64 = (1..TERMS).map(weighted).sum();
        (tail.abs() <= REST * sum.abs() || tail.abs() <= f64::EPSILON * d.min(1.0) * whole)
            .then_some(sum + tail)
    }

    fn dual(&self, q: f64) -> Result<&(Dual, Marginal)> {
        self.dual.get_or_init(|| dual(&self.activation, q)).as_ref().map_err(Error::clone)
    }

    fn pair(&self, q: f64, angle: Angle) -> Result<PairMoments> {
        let (dual, x) = self.dual(q)?;
        dual.pair(x, x, angle, true)
    }
}

/// a_k² with a_k = E φ(√q z) h_k(z), h_k the normalised Hermite polynomials: E φ(u)φ(u') = Σ a_k² c^k.
fn hermite_squares(activation: &Activation, q: f64) -> Vec<f64> {
    let root = q.sqrt();
    let mut coefficients = vec![0.0; TERMS];
    let steps: Vec<(f64, f64)> =
        (0..TERMS).map(|k| (1.0 / (k as f64 + 1.0).sqrt(), (k as f64 / (k as f64 + 1.0)).sqrt())).collect();
    for (z, weight) in moment::rule(&moment::cuts(activation, q), PANEL, 1.0) {
        let value = weight * activation.value(root * z);
        // h_{k+1} = (z h_k − √k h_{k−1})/√(k + 1).
        let (mut before, mut here) = (0.0, 1.0);
        for (coefficient, (up, down)) in coefficients.iter_mut().zip(&steps) {
            *coefficient += value * here;
            (before, here) = (here, up * z * here - down * before);
        }
    }
    coefficients.iter().map(|a| a * a).collect()
}

/// π κ₁(c) = √(1 − c²) + c (π − arccos c).
fn pi_kappa1(c: f64) -> f64 {
    ((1.0 - c) * (1.0 + c)).sqrt() + c * (PI - c.acos())
}

/// arccos(1 − d), with all digits of a small d.
fn angle(d: f64) -> f64 {
    2.0 * (0.5 * d).sqrt().min(1.0).asin()
}

/// θ cos θ − sin θ, which cancels to −θ³/3 for a small θ.
fn bend(theta: f64) -> f64 {
    if theta > 0.25 {
        return theta * theta.cos() - theta.sin();
    }
    let square = theta * theta;
    // Σ_k (−1)^k 2k/(2k + 1)! θ^{2k+1}; the next term is θ¹²/3.1e10 of the first, 2e-18 at the switch.
    let rest = 1.0 - square / 88.0 * (1.0 - square / 130.0);
    let series = 1.0 - square / 10.0 * (1.0 - square / 28.0 * (1.0 - square / 54.0 * rest));
    -theta * square / 3.0 * series
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// tanh of a large variance needs its dual for correlations near 1.
    #[test]
    fn equal_before_and_after_the_dual_is_made() {
        let pair = Correlated::new(&Activation::Tanh, 1e4).unwrap();
        let used = pair.clone();
        used.product(0.999_999).unwrap();
        let Form::Series(series) = &used.form else { panic!("no series") };
        assert!(series.dual.get().is_some());
        assert_eq!(pair, used);
    }

    #[test]
    fn at_correlation_one_the_product_is_the_square() {
        for (power, q) in [(2, 0.3), (3, 1.7), (5, 0.9), (12, 2.1)] {
            let activation = Activation::ReluPower(power);
            let square = moment::square(&activation, q).unwrap();
            assert_eq!(Correlated::new(&activation, q).unwrap().product(1.0).unwrap(), square);
        }
    }

    /// u' = −u: E φ'(u)² − E φ'(u)φ'(−u) of a φ whose slope jumps at 1/2, by hand; refused next to that end, as next to 0.
    #[test]
    fn slope_gaps_at_the_obtuse_end() {
        let hinge = Activation::Custom {
            name: "hinge".into(),
            function: |u| (u - 0.5).max(0.0).powi(2) + (u - 0.5).max(0.0),
            derivative: Some(|u| if u > 0.5 { 2.0 * u } else { 0.0 }),
            kinks: vec![0.5],
        };
        // u and −u are never both above 1/2, so it is E φ'(u)² = 4 (t p(t) + 1 − Φ(t)) at t = 1/2.
        let expected = 4.0 * (0.5 * 0.352_065_326_764_299_5 + 0.308_537_538_725_986_9);
        let gap = Correlated::new(&hinge, 1.0).unwrap().slope_gap(2.0).unwrap();
        assert!((gap / expected - 1.0).abs() < 1e-12, "{gap} {expected}");
        for near in [2.0 - 1e-13, 1e-13] {
            let refused = Correlated::new(&hinge, 1.0).unwrap().slope_gap(near).unwrap_err().to_string();
            assert!(refused.contains("too near 0 or π"), "{refused}");
        }
    }

    /// Both branches, about the switch and below it, against the series of factorials summed to its end.
    #[test]
    fn the_bend_keeps_its_digits() {
        for theta in [1e-8f64, 0.01, 0.1, 0.2, 0.2499, 0.25] {
            let (mut power, mut factorial, mut terms) = (theta, 1.0, Vec::new());
            for k in 1..15 {
                let order = 2.0 * f64::from(k);
                power *= theta * theta;
                factorial *= order * (order + 1.0);
                terms.push(if k % 2 == 0 { 1.0 } else { -1.0 } * order / factorial * power);
            }
            let expected: f64 = terms.into_iter().rev().sum();
            assert!((bend(theta) / expected - 1.0).abs() < 4.0 * f64::EPSILON, "{theta}");
        }
        // Beyond the switch θ cos θ − sin θ cancels to θ²/3 of itself.
        let (near, far) = (bend(0.25), bend(0.25 + 1e-12));
        assert!((far / near - 1.0).abs() < 12e-12 + 100.0 * f64::EPSILON);
    }
}
