//! The angle between two inputs, with nothing lost where they nearly agree or nearly oppose.

use std::f64::consts::{FRAC_PI_2, PI};

use crate::error::{Error, Result};

/// An angle θ ∈ \[0, π\], held so that θ, π − θ, 1 − cos θ and 1 + cos θ all keep full *relative* accuracy.
///
/// κ₀ and κ₁ are functions of θ that behave like √(1 − u) at u = cos θ = 1: rounding u alone loses half the digits of
/// θ. So close pairs are measured by their distance, not by their dot product.
///
/// # Examples
/// ```
/// use analysis_core::gaussian::Angle;
/// let tiny = Angle::new(1e-30)?;
/// assert_eq!(tiny.radians(), 1e-30);
/// assert!((tiny.one_minus_cosine() / 0.5e-60 - 1.0).abs() < 1e-15);
/// assert_eq!(Angle::from_cosine(-1.0)?.supplement(), 0.0);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Angle {
    theta: f64,
    supplement: f64,
    cosine: f64,
    sine: f64,
    below: f64,
    above: f64,
}

impl Angle {
    /// The angle `theta` in radians, accurate as θ → 0.
    ///
    /// # Errors
    /// [`Error::Parameter`] outside \[0, π\].
    pub fn new(theta: f64) -> Result<Self> {
        if !(0.0..=PI).contains(&theta) {
            return Err(Error::parameter("theta", theta, "must be an angle in [0, π]"));
        }
        Ok(Self::from_radians(theta, PI - theta))
    }

    /// The angle π − `supplement`, accurate as θ → π.
    ///
    /// # Errors
    /// [`Error::Parameter`] outside \[0, π\].
    pub fn from_supplement(supplement: f64) -> Result<Self> {
        if !(0.0..=PI).contains(&supplement) {
            return Err(Error::parameter("supplement", supplement, "must be an angle in [0, π]"));
        }
        Ok(Self::from_radians(PI - supplement, supplement))
    }

    /// The angle whose cosine is exactly `u`.
    ///
    /// # Errors
    /// [`Error::Parameter`] outside \[−1, 1\]: nothing is clamped.
    pub fn from_cosine(u: f64) -> Result<Self> {
        if !(-1.0..=1.0).contains(&u) {
            return Err(Error::parameter("u", u, "must be a cosine in [-1, 1]"));
        }
        Ok(Self::cosine_inside(u))
    }

    /// The angle between two unit vectors from ‖x̂ − ŷ‖ and ‖x̂ + ŷ‖: θ = 2 atan2(‖x̂ − ŷ‖, ‖x̂ + ŷ‖).
    ///
    /// Accurate for every θ, and unharmed by norms that are off by a rounding error (W. Kahan, "How Futile are Mindless
    /// Assessments of Roundoff", §12).
    ///
    /// Both must be finite, at least 0, and not both 0.
    pub(crate) fn between(difference: f64, sum: f64) -> Self {
        if difference <= sum {
            let theta = 2.0 * difference.atan2(sum);
            Self::from_radians(theta, PI - theta)
        } else {
            let supplement = 2.0 * sum.atan2(difference);
            Self::from_radians(PI - supplement, supplement)
        }
    }

    /// From a cosine already known to lie in [−1, 1]. 1 − u and 1 + u are exact where they are small.
    pub(crate) fn cosine_inside(u: f64) -> Self {
        let (below, above) = (1.0 - u, 1.0 + u);
        let (theta, supplement) = if u >= 0.0 {
            let theta = u.acos();
            (theta, PI - theta)
        } else {
            let supplement = (-u).acos();
            (PI - supplement, supplement)
        };
        Angle { theta, supplement, cosine: u, sine: (below * above).sqrt(), below, above }
    }

    /// From 1 − cos θ and 1 + cos θ: both ≥ 0, summing to 2 up to rounding.
    pub(crate) fn from_versines(below: f64, above: f64) -> Self {
        let (b, a) = (below.sqrt(), above.sqrt());
        if b <= a {
            let theta = 2.0 * b.atan2(a);
            Angle { theta, supplement: PI - theta, cosine: 1.0 - below, sine: a * b, below, above }
        } else {
            let supplement = 2.0 * a.atan2(b);
            Angle { theta: PI - supplement, supplement, cosine: above - 1.0, sine: a * b, below, above }
        }
    }

    fn from_radians(theta: f64, supplement: f64) -> Self {
        let half = 0.5 * theta;
        let half_supplement = 0.5 * supplement;
        let (b, a) = (half.sin(), half_supplement.sin());
        let (below, above) = (2.0 * b * b, 2.0 * a * a);
        let cosine = if theta <= FRAC_PI_2 { 1.0 - below } else { above - 1.0 };
        Angle { theta, supplement, cosine, sine: 2.0 * a * b, below, above }
    }

    /// θ in radians.
    pub fn radians(self) -> f64 {
        self.theta
    }

    /// π − θ in radians.
    pub fn supplement(self) -> f64 {
        self.supplement
    }

    /// u = cos θ.
    pub fn cosine(self) -> f64 {
        self.cosine
    }

    /// sin θ ≥ 0.
    pub fn sine(self) -> f64 {
        self.sine
    }

    /// 1 − cos θ.
    pub fn one_minus_cosine(self) -> f64 {
        self.below
    }

    /// 1 + cos θ.
    pub fn one_plus_cosine(self) -> f64 {
        self.above
    }
}
