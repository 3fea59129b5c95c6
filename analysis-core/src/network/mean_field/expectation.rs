//! E f(√q z) of a standard normal z.

use std::f64::consts::{FRAC_2_PI, PI};

use crate::architecture::{Activation, GaussLegendre};
use crate::error::{Error, Result};

/// Beyond it the normal density is below 10⁻⁴², and below 10⁻²¹ its root.
pub(super) const REACH: f64 = 14.0;

/// Panels are halved this often before the integral is given up.
const HALVINGS: u32 = 9;

pub(super) fn check(activation: &Activation) -> Result<()> {
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
pub(super) fn square(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    match activation {
        Activation::Relu => Ok(0.5 * q),
        // E erf(u)² = (2/π) arctan(q/√(q + 1/4)).
        Activation::Erf => Ok(FRAC_2_PI * (q / (q + 0.25).sqrt()).atan()),
        _ => mean(activation, q, |u| activation.value(u).powi(2)),
    }
}

/// E φ'(√q z)².
pub(super) fn slope_square(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    match activation {
        Activation::Relu => Ok(0.5),
        Activation::Erf => Ok(FRAC_2_PI / (q + 0.25).sqrt()),
        _ => mean(activation, q, |u| slope(activation, u).powi(2)),
    }
}

/// d/dq E φ(√q z)² = E u φ(u)φ'(u)/q, u = √q z; its limit φ'(0)² at q = 0 holds where φ(0) = 0.
pub(super) fn square_derivative(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    match activation {
        Activation::Relu => Ok(0.5),
        Activation::Erf => Ok(0.5 * FRAC_2_PI / ((q + 0.25).sqrt() * (q + 0.5))),
        _ if q == 0.0 => Ok(slope(activation, 0.0).powi(2)),
        _ => Ok(mean(activation, q, |u| u * activation.value(u) * slope(activation, u))? / q),
    }
}

fn check_variance(q: f64) -> Result<()> {
    if q >= 0.0 && q.is_finite() {
        return Ok(());
    }
    Err(Error::parameter("q", q, "a variance: must be finite and not negative"))
}

/// Where z is cut for panels: both ends, 0, and the kinks of φ(√q z).
pub(super) fn cuts(activation: &Activation, q: f64) -> Vec<f64> {
    let mut cuts: Vec<f64> =
        activation.kinks().iter().map(|k| k / q.sqrt()).filter(|k| k.abs() < REACH).collect();
    cuts.extend([-REACH, 0.0, REACH]);
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    cuts
}

/// Nodes and weights (the normal density included) of panels of at most this width between the cuts.
pub(super) fn rule(cuts: &[f64], width: f64) -> Vec<(f64, f64)> {
    let legendre = GaussLegendre::new(16);
    let mut nodes = Vec::new();
    for ends in cuts.windows(2) {
        let panels = ((ends[1] - ends[0]) / width).ceil().max(1.0);
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
    if q == 0.0 {
        return Ok(f(0.0));
    }
    let (cuts, root) = (cuts(activation, q), q.sqrt());
    let at = |width: f64| -> f64 { rule(&cuts, width).into_iter().map(|(z, w)| w * f(root * z)).sum() };
    let mut last = at(1.0);
    for halving in 1..=HALVINGS {
        let value = at(0.5f64.powi(halving as i32));
        // Some thousand roundings of the largest term at most.
        if (value - last).abs() <= 1e-13 * value.abs() {
            return Ok(value);
        }
        last = value;
    }
    let why = format!(
        "its mean square at variance q = {q:e} does not converge: is a kink not declared, or φ not finite?"
    );
    Err(Error::parameter("activation", activation, why))
}
