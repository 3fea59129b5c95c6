//! ReLU, its powers, and erf.

use std::f64::consts::{FRAC_2_PI, PI};

use super::angle::Angle;
use super::arc_cosine::{ArcCosine, half_moment, kappa0, kappa1, one_minus_kappa1};
use super::pair::{Marginal, PairMoments};

/// From this q on 4q² + 4q + 1 is 4q² + 4q, and beyond 10¹⁵⁴ no number.
pub(super) const HUGE: f64 = 1e100;

/// E\[φφ\] = r₁r₂κ₁/2, E\[φ'φ'\] = κ₀/2.
pub(super) fn relu(x: &Marginal, y: &Marginal, angle: Angle) -> PairMoments {
    let half = 0.5 * (x.deviation * y.deviation);
    let kappa = kappa1(angle);
    PairMoments {
        value: half * kappa,
        gap: half * one_minus_kappa1(angle),
        sum: half * (1.0 + kappa),
        derivative: 0.5 * kappa0(angle),
    }
}

/// E\[φφ\] and E\[φ'φ'\] of [`relu`] for r₁r₂ = `product`, to the bit. The gap and the sum, which only the angle of a layer
/// above needs, are left at 0.
pub(crate) fn relu_at_the_top(product: f64, angle: Angle) -> PairMoments {
    PairMoments {
        value: 0.5 * product * kappa1(angle),
        derivative: 0.5 * kappa0(angle),
        ..PairMoments::default()
    }
}

/// E\[φφ\] = (r₁r₂)ᵏ E\[(z)₊²ᵏ\] J_k(θ)/J_k(0), and k² times the same of degree k − 1 for φ' = k(x)₊ᵏ⁻¹.
pub(super) fn relu_power(
    degree: u32,
    value: &ArcCosine,
    derivative: Option<&ArcCosine>,
    x: &Marginal,
    y: &Marginal,
    angle: Angle,
) -> PairMoments {
    let k = degree as i32;
    let product = x.deviation * y.deviation;
    let scale = product.powi(k) * half_moment(k);
    let ratio = value.value(angle);
    let derivative = derivative.map_or(0.0, |lower| {
        f64::from(degree * degree) * product.powi(k - 1) * half_moment(k - 1) * lower.value(angle)
    });
    PairMoments {
        value: scale * ratio,
        gap: scale * value.gap(angle),
        sum: scale * (1.0 + ratio),
        derivative,
    }
}

/// E\[erf(rz)²\] = (2/π) arcsin(2r²/(1+2r²)) = (2/π) arctan(2r²/√(1+4r²)).
pub(super) fn erf_moment(deviation: f64) -> f64 {
    let q = deviation * deviation;
    FRAC_2_PI * (2.0 * q).atan2((1.0 + 4.0 * q).sqrt())
}

/// E erf'(u)² − E erf'(u)erf'(u') at variance q and correlation c, from 1 − c and 1 + c: the difference of 4/π over two
/// roots, as a quotient without cancellation.
pub(super) fn erf_slope_gap(q: f64, below: f64, above: f64) -> f64 {
    if q > HUGE {
        let (a, more) = (2.0 * q.sqrt(), 2.0 * q * (below * above).sqrt());
        let b = a.hypot(more);
        return 2.0 * FRAC_2_PI * (more / a) * (more / b) / (a + b);
    }
    let here = 1.0 + 4.0 * q;
    let more = 4.0 * q * q * below * above;
    let (a, b) = (here.sqrt(), (here + more).sqrt());
    2.0 * FRAC_2_PI * more / (a * b * (a + b))
}

/// E\[φφ\] = (2/π) arcsin(2C/√((1+2q₁)(1+2q₂))) and E\[φ'φ'\] = (4/π)/√((1+2q₁)(1+2q₂) − 4C²), C = r₁r₂ cos θ
/// (Williams 1997). The root is taken of 1 + 2q₁ + 2q₂ + 4q₁q₂ sin²θ, a sum of positive terms, and the arcsine is
/// an arctangent, so large variances and close pairs keep their digits.
pub(super) fn erf(x: &Marginal, y: &Marginal, angle: Angle) -> PairMoments {
    let (q1, q2) = (x.deviation * x.deviation, y.deviation * y.deviation);
    let product = x.deviation * y.deviation;
    let base = 1.0 + 2.0 * (q1 + q2);
    let root = (base + 4.0 * (product * product) * (angle.sine() * angle.sine())).sqrt();
    let value = FRAC_2_PI * (2.0 * product * angle.cosine()).atan2(root);
    let rho = (x.moment * y.moment).sqrt();
    let (gap, sum) = if x.deviation == y.deviation {
        // arcsin A − arcsin B with A = 2q/(1+2q), B = A|cos θ|: the sine of the difference is 2q sin²θ over
        // √(1+4q+4q²sin²θ) + |cos θ|√(1+4q).
        let sine = 2.0 * q1 * (angle.sine() * angle.sine()) / (root + angle.cosine().abs() * base.sqrt());
        let apart = FRAC_2_PI * sine.asin();
        if angle.cosine() >= 0.0 { (apart, rho + value) } else { (rho - value, apart) }
    } else {
        // Here only rounding can make the smaller one negative (Cauchy and Schwarz).
        ((rho - value).max(0.0), (rho + value).max(0.0))
    };
    PairMoments { value, gap, sum, derivative: 4.0 / (PI * root) }
}
