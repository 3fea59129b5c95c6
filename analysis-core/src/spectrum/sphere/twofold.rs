//! Numbers of about 32 digits as the unevaluated sum of two doubles.
//!
//! Eigenvalues on the sphere fall like k^{−d} or faster while the integrand keeps its size, so their integral cancels:
//! in doubles nothing is left of λ_k at d = 10 from k ≈ 30 on. The algorithms are the classical ones (Dekker 1971; Knuth,
//! TAOCP 2, §4.2.2; Joldes, Muller and Popescu 2017, "Tight and rigorous error bounds for basic building blocks of
//! double-word arithmetic", whose bounds are a few 2⁻¹⁰⁶). Products are split by Dekker's method: without an FMA
//! instruction compiled in, `mul_add` is a slow library call.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// hi + lo, |lo| ≤ ulp(hi)/2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Twofold {
    pub(super) hi: f64,
    pub(super) lo: f64,
}

/// What one operation may add, relative: a bound on a few 2⁻¹⁰⁶.
pub(super) const EPSILON: f64 = 4.930380657631324e-32; // 2⁻¹⁰⁴

pub(super) const ZERO: Twofold = Twofold { hi: 0.0, lo: 0.0 };
pub(super) const ONE: Twofold = Twofold { hi: 1.0, lo: 0.0 };
pub(super) const PI: Twofold = Twofold { hi: std::f64::consts::PI, lo: 1.2246467991473532e-16 };

/// a + b exactly, for any a and b.
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let bb = s - a;
    (s, (a - (s - bb)) + (b - bb))
}

/// a + b exactly, for |a| ≥ |b|.
#[inline(always)]
fn quick_two_sum(a: f64, b: f64) -> Twofold {
    let hi = a + b;
    Twofold { hi, lo: b - (hi - a) }
}

/// a·b exactly, for |a|, |b| < 2⁹⁹⁶.
#[inline(always)]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    const SPLIT: f64 = 134_217_729.0; // 2²⁷ + 1
    let (ta, tb) = (SPLIT * a, SPLIT * b);
    let (ah, bh) = (ta - (ta - a), tb - (tb - b));
    let (al, bl) = (a - ah, b - bh);
    let p = a * b;
    (p, ((ah * bh - p) + ah * bl + al * bh) + al * bl)
}

impl From<f64> for Twofold {
    fn from(hi: f64) -> Self {
        Twofold { hi, lo: 0.0 }
    }
}

impl From<Twofold> for f64 {
    fn from(value: Twofold) -> f64 {
        value.hi + value.lo
    }
}

impl Add for Twofold {
    type Output = Twofold;
    #[inline(always)]
    fn add(self, other: Twofold) -> Twofold {
        let (s, e) = two_sum(self.hi, other.hi);
        let (t, f) = two_sum(self.lo, other.lo);
        let first = quick_two_sum(s, e + t);
        quick_two_sum(first.hi, first.lo + f)
    }
}

impl Neg for Twofold {
    type Output = Twofold;
    #[inline(always)]
    fn neg(self) -> Twofold {
        Twofold { hi: -self.hi, lo: -self.lo }
    }
}

impl Sub for Twofold {
    type Output = Twofold;
    #[inline(always)]
    fn sub(self, other: Twofold) -> Twofold {
        self + -other
    }
}

impl Mul for Twofold {
    type Output = Twofold;
    #[inline(always)]
    fn mul(self, other: Twofold) -> Twofold {
        let (p, e) = two_product(self.hi, other.hi);
        quick_two_sum(p, e + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for Twofold {
    type Output = Twofold;
    fn div(self, other: Twofold) -> Twofold {
        // Long division, three digits of 53 bits each.
        let first = self.hi / other.hi;
        let rest = self - other * first.into();
        let second = rest.hi / other.hi;
        let rest = rest - other * second.into();
        quick_two_sum(first, second) + (rest.hi / other.hi).into()
    }
}

impl Twofold {
    /// a/b of two whole numbers below 2⁵³.
    pub(super) fn ratio(a: f64, b: f64) -> Twofold {
        Twofold::from(a) / b.into()
    }

    /// Times a power of two.
    pub(super) fn scaled(self, factor: f64) -> Twofold {
        Twofold { hi: self.hi * factor, lo: self.lo * factor }
    }

    /// √self for self ≥ 0.
    pub(super) fn sqrt(self) -> Twofold {
        if self.hi <= 0.0 {
            return ZERO;
        }
        let root = self.hi.sqrt();
        let (p, e) = two_product(root, root);
        let rest = self - Twofold { hi: p, lo: e };
        quick_two_sum(root, rest.hi / (2.0 * root))
    }

    /// self^n.
    pub(super) fn powi(self, mut n: u32) -> Twofold {
        let (mut result, mut base) = (ONE, self);
        while n > 0 {
            if n & 1 == 1 {
                result = result * base;
            }
            base = base * base;
            n >>= 1;
        }
        result
    }

    /// (sin, cos) for 0 ≤ self ≤ π/2, the sine to full relative accuracy.
    pub(super) fn sin_cos(self) -> (Twofold, Twofold) {
        if self.hi > FRAC_PI_4 {
            let (sine, cosine) = (PI.scaled(0.5) - self).sin_cos_small();
            (cosine, sine)
        } else {
            self.sin_cos_small()
        }
    }

    /// Taylor series on [0, π/4]: (π/4)²⁸/28! = 4e-33.
    fn sin_cos_small(self) -> (Twofold, Twofold) {
        let square = self * self;
        let (mut sine, mut cosine) = (ONE, ONE);
        // Horner's rule from the small end.
        for j in (1..=14).rev() {
            let j = f64::from(j);
            sine = ONE - square * sine / (2.0 * j * (2.0 * j + 1.0)).into();
            cosine = ONE - square * cosine / ((2.0 * j - 1.0) * (2.0 * j)).into();
        }
        (self * sine, cosine)
    }

    /// arcsin for 0 ≤ self ≤ √½ (a little more does no harm): one Newton step from the double.
    pub(super) fn arcsin(self) -> Twofold {
        let start = self.hi.clamp(0.0, 1.0).asin().min(FRAC_PI_2);
        let (sine, cosine) = Twofold::from(start).sin_cos();
        Twofold::from(start) + (self - sine) / cosine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exact value of x + y + z + … for a test: sums of doubles that cancel to zero.
    fn size(value: Twofold) -> f64 {
        (value.hi + value.lo).abs()
    }

    #[test]
    fn known_constants() {
        let third = Twofold::ratio(1.0, 3.0);
        assert!(size(third + third + third - ONE) <= 4.0 * EPSILON);
        let root = Twofold::from(2.0).sqrt();
        assert!(size(root * root - 2.0.into()) <= 4.0 * EPSILON);
        // √2 = 1.4142135623730950488016887242096980785…: its low part, from the decimals.
        assert!((root.lo - -9.667293313452913e-17).abs() < 1e-31);
        let (sine, cosine) = (PI / 6.0.into()).sin_cos();
        assert!(size(sine - 0.5.into()) <= 4.0 * EPSILON);
        assert!(size(cosine.scaled(2.0) - Twofold::from(3.0).sqrt()) <= 8.0 * EPSILON);
        assert!(size(Twofold::from(0.5).arcsin() - PI / 6.0.into()) <= 8.0 * EPSILON);
        assert!(size(Twofold::from(3.0).powi(20) - 3_486_784_401.0.into()) == 0.0);
    }

    #[test]
    fn identities_hold_to_a_few_units() {
        for i in 1..200 {
            let angle = PI.scaled(0.5) * Twofold::ratio(f64::from(i), 200.0);
            let (sine, cosine) = angle.sin_cos();
            assert!(size(sine * sine + cosine * cosine - ONE) <= 8.0 * EPSILON, "{i}");
            if i <= 100 {
                let back = sine.arcsin();
                assert!(size(back - angle) <= 16.0 * EPSILON * angle.hi.max(0.1), "{i}");
            }
            let quotient = sine / cosine;
            assert!(size(quotient * cosine - sine) <= 8.0 * EPSILON * sine.hi, "{i}");
        }
        // Relative accuracy of a tiny angle: sin x = x − x³/6.
        let tiny = Twofold { hi: 1e-10, lo: 1e-27 };
        let (sine, _) = tiny.sin_cos();
        assert!(size(sine - (tiny - tiny.powi(3) / 6.0.into())) <= 8.0 * EPSILON * 1e-10);
    }
}
