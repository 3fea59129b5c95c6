//! The level coefficients c_l of a ReLU kernel: the layer recursion in truncated power series.

use std::f64::consts::FRAC_1_PI;

use super::DataMoments;
use crate::architecture::Parametrisation;
use crate::gaussian::{Angle, kappa0, kappa1};
use crate::kernel::{Kernel, KernelKind};

/// c_0, …, c_`degree`: derivatives in s at 0 of the kernel between two rows of norm² R² = ρ + tr Γ and inner product ρ + s.
///
/// With u the cosine of the pre-activations as a series in s, κ₀ and κ₁ of it follow from κ₀' = 1/(π√(1−u²)) and κ₁' = κ₀; the recursion
/// over layers is the kernel's own: Θ ← Vκ₁(u) + κ₀(u)Θ, u ← κ₁(u), from Θ = Vu, V = R² + bias. Taylor coefficients about ρ ≥ 0
/// of a kernel that is positive semidefinite in every dimension are not negative (Schoenberg 1942), so what rounding makes of an exact 0 is
/// put back to 0.
pub(super) fn coefficients(kernel: &Kernel, moments: &DataMoments, degree: usize) -> Vec<f64> {
    let bias = match kernel.parametrisation {
        Parametrisation::FirstLayerBias { bias: true } => 1.0,
        _ => 0.0,
    };
    let (rho, rest) = (moments.mean_square, moments.variance());
    let variance = rho + rest + bias;
    // Coefficients in s/tr Γ: of order 1 where those in s would leave floating point.
    let mut cosine = vec![0.0; degree + 1];
    cosine[0] = (rho + bias) / variance;
    if degree > 0 {
        cosine[1] = rest / variance;
    }
    // 1 − u at s = 0, kept beside u: no difference of near numbers.
    let mut gap = rest / variance;
    let mut tangent: Vec<f64> = cosine.iter().map(|u| variance * u).collect();
    let mut covariance = tangent.clone();
    for _ in 0..kernel.hidden_layers {
        let angle = Angle::from_versines(gap, 2.0 - gap);
        let (k0, k1) = composed(&cosine, angle);
        covariance = k1.iter().map(|value| variance * value).collect();
        tangent = product(&k0, &tangent).iter().zip(&covariance).map(|(a, b)| a + b).collect();
        // 1 − κ₁ = (1 − u) − (sin θ − θ cos θ)/π.
        let (theta, sine, u) = (angle.radians(), angle.sine(), angle.cosine());
        gap -= (sine - theta * u) * FRAC_1_PI;
        cosine = k1;
    }
    let series = match kernel.kind {
        KernelKind::Ntk => tangent,
        KernelKind::Nngp => covariance,
    };
    let largest = series.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    let mut factorial = 1.0;
    series
        .iter()
        .enumerate()
        .map(|(l, value)| {
            factorial *= (l as f64).max(1.0) / rest.powi(i32::from(l > 0));
            if *value > 1e-14 * largest { factorial * value } else { 0.0 }
        })
        .collect()
}

/// κ₀(u(s)) and κ₁(u(s)); `angle` is that of u(0).
fn composed(cosine: &[f64], angle: Angle) -> (Vec<f64>, Vec<f64>) {
    let length = cosine.len();
    // a = 1 − u² and g = a^{−1/2}: k a_0 g_k = Σ_{j ≥ 1} (−j/2 − (k − j)) a_j g_{k−j}.
    let mut a: Vec<f64> = product(cosine, cosine).iter().map(|value| -value).collect();
    a[0] = angle.sine() * angle.sine();
    let mut g = vec![a[0].powf(-0.5)];
    for k in 1..length {
        let sum: f64 = (1..=k).map(|j| (-0.5 * j as f64 - (k - j) as f64) * a[j] * g[k - j]).sum();
        g.push(sum / (k as f64 * a[0]));
    }
    let slope: Vec<f64> = (1..length).map(|k| k as f64 * cosine[k]).collect();
    let integral = |first: f64, derivative: &[f64]| -> Vec<f64> {
        let rest = derivative.iter().take(length - 1).enumerate().map(|(k, value)| value / (k + 1) as f64);
        std::iter::once(first).chain(rest).collect()
    };
    let scaled: Vec<f64> = product(&g, &slope).iter().map(|value| FRAC_1_PI * value).collect();
    let k0 = integral(kappa0(angle), &scaled);
    let k1 = integral(kappa1(angle), &product(&k0, &slope));
    (k0, k1)
}

/// The product of two series, as long as the first.
fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let term = |k: usize| (0..=k).filter_map(|j| Some(a[j] * b.get(k - j)?)).sum();
    (0..a.len()).map(term).collect()
}
