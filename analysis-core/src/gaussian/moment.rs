//! E f(√q z) of a standard normal z; at q = 0 the limit q → 0⁺, which sees a kink at 0 from both sides.

use std::f64::consts::{FRAC_2_PI, PI};

use super::quadrature::GaussLegendre;
use crate::architecture::Activation;
use crate::error::{Error, Result};

/// Beyond it the normal density is below 10⁻⁴², and below 10⁻²¹ its root.
pub(crate) const REACH: f64 = 14.0;

/// Panels are halved this often before the integral is given up.
const HALVINGS: u32 = 9;

/// From this √q on φ(√q z) changes within a small part of a panel, and panels are graded towards 0.
const STEEP: f64 = 32.0;

/// How near 0 its two sides are looked at for the limit q → 0⁺.
const BESIDE: f64 = 1e-300;

pub(crate) fn check(activation: &Activation) -> Result<()> {
    activation.check()?;
    if activation.derivative(0.5).is_none() {
        return Err(Error::parameter(
            "activation",
            activation,
            "χ₁ needs φ': give the activation its derivative",
        ));
    }
    Ok(())
}

/// φ'; 0 where [`check`] would have refused.
fn slope(activation: &Activation, u: f64) -> f64 {
    activation.derivative(u).unwrap_or(0.0)
}

/// E φ(√q z)².
pub(crate) fn square(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    match activation {
        Activation::Relu => Ok(0.5 * q),
        // E erf(u)² = (2/π) arctan(q/√(q + 1/4)).
        Activation::Erf => Ok(FRAC_2_PI * (q / (q + 0.25).sqrt()).atan()),
        Activation::Custom { .. } if let Some(slopes) = activation.slopes() => Ok(slopes.mean_square() * q),
        _ => mean(activation, q, |u| activation.value(u).powi(2)),
    }
}

/// E φ'(√q z)².
pub(crate) fn slope_square(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    match activation {
        Activation::Relu => Ok(0.5),
        Activation::Erf => Ok(FRAC_2_PI / (q + 0.25).sqrt()),
        Activation::Custom { .. } if let Some(slopes) = activation.slopes() => Ok(slopes.mean_square()),
        _ => mean(activation, q, |u| slope(activation, u).powi(2)),
    }
}

/// d/dq E φ(√q z)² = E u φ(u)φ'(u)/q, u = √q z; its limit at q = 0, the mean of φ'² on both sides of 0, holds where
/// φ(0) = 0.
pub(crate) fn square_derivative(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    match activation {
        Activation::Relu => Ok(0.5),
        Activation::Erf => Ok(0.5 * FRAC_2_PI / ((q + 0.25).sqrt() * (q + 0.5))),
        _ if q == 0.0 => slope_square(activation, q),
        Activation::Custom { .. } if let Some(slopes) = activation.slopes() => Ok(slopes.mean_square()),
        _ => Ok(mean(activation, q, |u| u * activation.value(u) * slope(activation, u))? / q),
    }
}

fn check_variance(q: f64) -> Result<()> {
    if q >= 0.0 && q.is_finite() {
        return Ok(());
    }
    Err(Error::parameter("q", q, "a variance: must be finite and not negative"))
}

/// Where z is cut for panels: both ends, 0, the kinks of φ(√q z), and for a large q the powers of 2 times 1/√q, so that
/// what φ does at u = √q z of order 1 lies in panels of its own.
pub(crate) fn cuts(activation: &Activation, q: f64) -> Vec<f64> {
    let root = q.sqrt();
    let mut cuts: Vec<f64> =
        activation.kinks().iter().map(|k| k / root).filter(|k| k.abs() < REACH).collect();
    cuts.extend([-REACH, 0.0, REACH]);
    if root > STEEP {
        let graded = std::iter::successors(Some(1.0 / root), |z| Some(2.0 * z)).take_while(|z| *z < REACH);
        cuts.extend(graded.flat_map(|z| [z, -z]));
    }
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    cuts
}

/// Nodes and weights (the normal density included) of panels of at most this width between the cuts, at least `fewest`
/// between any two.
pub(crate) fn rule(cuts: &[f64], width: f64, fewest: f64) -> Vec<(f64, f64)> {
    let legendre = GaussLegendre::new(16);
    let mut nodes = Vec::new();
    for ends in cuts.windows(2) {
        let panels = ((ends[1] - ends[0]) / width).ceil().max(fewest);
        let half = 0.5 * (ends[1] - ends[0]) / panels;
        for panel in 0..panels as usize {
            let middle = ends[0] + half * (2 * panel + 1) as f64;
            nodes.extend(legendre.nodes.iter().zip(&legendre.weights).map(|(x, w)| {
                let z = middle + half * x;
                (z, half * w * (-0.5 * z * z).exp() / (2.0 * PI).sqrt())
            }));
        }
    }
    nodes
}

/// E f(√q z) by panels that are halved until the value stands still.
fn mean(activation: &Activation, q: f64, f: impl Fn(f64) -> f64) -> Result<f64> {
    if q == 0.0 && activation.kinks().contains(&0.0) {
        return Ok(0.5 * (f(-BESIDE) + f(BESIDE)));
    }
    if q == 0.0 {
        return Ok(f(0.0));
    }
    let (cuts, root) = (cuts(activation, q), q.sqrt());
    let at = |halving: u32| -> f64 {
        // Graded panels are narrow already: halving has to reach them too, or the check would not see them.
        let fewest = if root > STEEP { f64::from(1u32 << halving) } else { 1.0 };
        let nodes = rule(&cuts, 0.5f64.powi(halving as i32), fewest);
        nodes.into_iter().map(|(z, w)| w * f(root * z)).sum()
    };
    let mut last = at(0);
    for halving in 1..=HALVINGS {
        let value = at(halving);
        // Some thousand roundings of the largest term at most.
        if (value - last).abs() <= 1e-13 * value.abs() {
            return Ok(value);
        }
        if !value.is_finite() {
            break;
        }
        last = value;
    }
    let why = format!(
        "its mean square at variance q = {q:e} does not converge or leaves f64's range: is a kink not declared, φ not \
         finite, or σ_w² or σ_b² too large?"
    );
    Err(Error::parameter("activation", activation, why))
}
