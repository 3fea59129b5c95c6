//! κ₀, κ₁ and the arc-cosine kernels of higher degree, without cancellation at any angle.
//!
//! With z₁, z₂ standard normal of correlation cos θ and φ = π − θ,
//! κ₀ = 2 E\[1(z₁>0) 1(z₂>0)\] = φ/π and κ₁ = 2 E\[(z₁)₊ (z₂)₊\] = (sin θ + φ cos θ)/π
//! (Cho and Saul 2009; Chen, Li and Lin 2024, §2).

use std::f64::consts::{FRAC_1_PI, PI};

use super::angle::Angle;
use super::quadrature::GaussLegendre;

/// κ₀(u) = (π − arccos u)/π, with u = cos θ.
///
/// # Examples
/// ```
/// use analysis_core::gaussian::{Angle, kappa0, kappa1};
/// let right = Angle::from_cosine(0.0)?;
/// assert_eq!(kappa0(right), 0.5);
/// assert_eq!(kappa1(right), 1.0 / std::f64::consts::PI);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn kappa0(angle: Angle) -> f64 {
    angle.supplement() * FRAC_1_PI
}

/// κ₁(u) = \[√(1−u²) + u(π − arccos u)\]/π, with u = cos θ.
///
/// The two terms cancel as θ → π, where κ₁ ≈ (π−θ)³/(3π): there it is a series in π − θ.
///
/// # Examples
/// ```
/// use analysis_core::gaussian::{Angle, kappa1};
/// let phi: f64 = 1e-5;
/// let kappa = kappa1(Angle::from_supplement(phi)?);
/// assert!((kappa / (phi.powi(3) / (3.0 * std::f64::consts::PI)) - 1.0).abs() < 1e-10);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn kappa1(angle: Angle) -> f64 {
    if angle.cosine() >= 0.0 {
        (angle.sine() + angle.supplement() * angle.cosine()) * FRAC_1_PI
    } else {
        sine_minus(angle.supplement(), angle.sine(), -angle.cosine()) * FRAC_1_PI
    }
}

/// 1 − κ₁(u), accurate as θ → 0: (1 − cos θ) − (sin θ − θ cos θ)/π, where the second term is at most a third of the
/// first, so nothing cancels.
pub(crate) fn one_minus_kappa1(angle: Angle) -> f64 {
    if angle.cosine() >= 0.0 {
        angle.one_minus_cosine() - sine_minus(angle.radians(), angle.sine(), angle.cosine()) * FRAC_1_PI
    } else {
        1.0 - kappa1(angle)
    }
}

/// sin x − x cos x = Σ_{j≥1} (−1)^{j+1} 2j x^{2j+1}/(2j+1)! for x ∈ [0, π/2].
fn sine_minus(x: f64, sine: f64, cosine: f64) -> f64 {
    if x > 1.0 {
        // At x = 1 the difference is a third of sin x: one bit and a half is lost at most.
        return sine - x * cosine;
    }
    // 2j/(2j+1)! divided by its first, j = 1: each coefficient is the one before times −(j+1)/(j(2j+2)(2j+3)).
    // Ten terms: the eleventh is below 1e-19 of the first at x = 1.
    let square = x * x;
    let mut sum = 0.0;
    for j in (1..=9).rev() {
        let j = f64::from(j);
        sum = (1.0 + sum) * -square * (j + 1.0) / (j * (2.0 * j + 2.0) * (2.0 * j + 3.0));
    }
    x * square * (1.0 + sum) / 3.0
}

/// The arc-cosine kernel of degree k, normalised to 1 at θ = 0: E\[(z₁)₊ᵏ (z₂)₊ᵏ\] / E\[(z)₊²ᵏ\].
///
/// In polar coordinates the radial part factors out and the angular part is
/// (2ᵏk!/2π) ∫ \[sin(φ/2+t) sin(φ/2−t)\]ᵏ dt over |t| < φ/2, φ = π − θ: a positive entire integrand, so Gauss–Legendre
/// gives full relative accuracy at every angle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ArcCosine {
    degree: i32,
    rule: GaussLegendre,
    /// (2ᵏk!/2π) / E[(z)₊²ᵏ]
    factor: f64,
}

impl ArcCosine {
    pub(crate) fn new(degree: u32) -> Self {
        let radial: f64 = (1..=degree).map(|j| 2.0 * f64::from(j)).product();
        let rule = GaussLegendre::new(48);
        let degree = i32::try_from(degree).unwrap_or(i32::MAX);
        ArcCosine { degree, rule, factor: radial / (2.0 * PI) / half_moment(degree) }
    }

    /// J_k(θ)/J_k(0).
    pub(crate) fn value(&self, angle: Angle) -> f64 {
        if angle.one_minus_cosine() == 0.0 {
            return 1.0;
        }
        let half = 0.5 * angle.supplement();
        let integral =
            self.rule.integrate(0.0, half, |t| ((half + t).sin() * (half - t).sin()).powi(self.degree));
        2.0 * self.factor * integral
    }

    /// 1 − J_k(θ)/J_k(0) = E\[((z₁)₊ᵏ − (z₂)₊ᵏ)²\] / (2 E\[(z)₊²ᵏ\]), again a sum of positive integrals:
    /// both inputs active, with aᵏ − bᵏ = (a − b) Σ aⁱ bᵏ⁻¹⁻ⁱ and a − b = 2 sin(θ/2) sin t; and one of them active.
    pub(crate) fn gap(&self, angle: Angle) -> f64 {
        if angle.cosine() < 0.0 {
            return 1.0 - self.value(angle);
        }
        let half = 0.5 * angle.supplement();
        let both = self.rule.integrate(0.0, half, |t| {
            let (a, b) = ((half + t).sin(), (half - t).sin());
            let mut sum = 0.0;
            for i in 0..self.degree {
                sum += a.powi(i) * b.powi(self.degree - 1 - i);
            }
            (t.sin() * sum).powi(2)
        });
        let one = self.rule.integrate(0.0, angle.radians(), |t| t.sin().powi(2 * self.degree));
        // (2 sin(θ/2))² = 2(1 − cos θ); two halves of t, two inputs; the common factor 1/2 of the identity.
        self.factor * (2.0 * angle.one_minus_cosine() * both + one)
    }
}

/// E\[(z)₊²ᵏ\] = (2k−1)!!/2.
pub(crate) fn half_moment(degree: i32) -> f64 {
    0.5 * (1..=degree).map(|j| f64::from(2 * j - 1)).product::<f64>()
}
