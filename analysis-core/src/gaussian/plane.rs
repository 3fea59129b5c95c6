//! A pair of pre-activations as a plane of two independent normals: what is integrated over it, and where it is cut.

use super::angle::Angle;
use super::pair::Marginal;
use crate::architecture::Activation;
use crate::error::{Error, Result};

/// Both normal variables' range: the density is 1e-18 at its ends.
pub(super) const REACH: f64 = 9.0;
/// Panels on which 16 points integrate the normal density to rounding.
pub(super) const NORMAL_EDGES: [f64; 8] = [-REACH, -5.5, -3.0, -1.0, 1.0, 3.0, 5.5, REACH];

/// What is integrated: φφ, (φ−φ)²/2, (φ+φ)²/2, φ'φ'.
pub(super) type Integrals = [f64; 4];

pub(super) fn unresolved(activation: &Activation, what: &str) -> Error {
    let advice =
        "declare its kinks (every x where φ or a derivative jumps), or take a smoother φ or smaller rows";
    Error::parameter("activation", activation, format!("{what}; {advice}"))
}

pub(super) fn finite(activation: &Activation, what: &str, x: f64, value: f64) -> Result<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    let why = format!(
        "{what}({x:e}) = {value}: both must be finite within {REACH} standard deviations of 0; mend the function, or rescale the rows"
    );
    Err(Error::parameter("activation", activation, why))
}

/// Sorted, within ±REACH (whose ends stay), without repetitions.
pub(super) fn tidy(edges: &mut Vec<f64>) {
    edges.retain(|e| (-REACH..=REACH).contains(e));
    edges.sort_by(f64::total_cmp);
    edges.dedup();
}

/// Without the ends of the range, which cut nothing.
fn inside(edges: &[f64]) -> &[f64] {
    edges.get(1..edges.len().saturating_sub(1)).unwrap_or(&[])
}

/// A pair as a plane of two independent normals.
pub(super) struct Plane<'a> {
    activation: &'a Activation,
    r1: f64,
    r2: f64,
    pub(super) a: f64,
    pub(super) b: f64,
    /// +1 for θ ≤ π/2, −1 beyond.
    pub(super) sign: f64,
    pub(super) x_edges: &'a [f64],
    pub(super) y_edges: &'a [f64],
    angle: Angle,
    with_derivative: bool,
    /// φ' stands in φ's place.
    slopes: bool,
}

impl<'a> Plane<'a> {
    pub(super) fn new(
        activation: &'a Activation,
        x: &'a Marginal,
        y: &'a Marginal,
        angle: Angle,
        with_derivative: bool,
    ) -> Self {
        let acute = angle.cosine() >= 0.0;
        let small = 0.5 * if acute { angle.radians() } else { angle.supplement() };
        Plane {
            activation,
            r1: x.deviation,
            r2: y.deviation,
            a: small.cos(),
            b: small.sin(),
            sign: if acute { 1.0 } else { -1.0 },
            x_edges: inside(&x.edges),
            y_edges: inside(&y.edges),
            angle,
            with_derivative,
            slopes: false,
        }
    }

    /// The same with φ' in the place of φ.
    pub(super) fn of_slopes(self) -> Self {
        Plane { slopes: true, ..self }
    }

    fn value(&self, x: f64) -> f64 {
        if self.slopes { self.activation.derivative(x).unwrap_or(f64::NAN) } else { self.activation.value(x) }
    }

    pub(super) fn unresolved(&self, what: &str) -> Error {
        let (r1, r2, theta) = (self.r1, self.r2, self.angle.radians());
        let why = format!(
            "its dual integrals at standard deviations {r1:e}, {r2:e} and angle {theta:e} do not converge: {what}"
        );
        unresolved(self.activation, &why)
    }

    pub(super) fn integrand(&self, t: f64, s: f64) -> Integrals {
        let x = self.r1 * (self.a * t + self.b * s);
        let y = self.r2 * self.sign * (self.a * t - self.b * s);
        let (f, g) = (self.value(x), self.value(y));
        let slope = |x: f64| if self.with_derivative { self.activation.derivative(x) } else { None };
        let slopes = slope(x).zip(slope(y)).map_or(0.0, |(f, g)| f * g);
        [f * g, 0.5 * (f - g) * (f - g), 0.5 * (f + g) * (f + g), slopes]
    }

    /// E φ'φ' may nearly vanish (hidden signs); its natural scale is at least that of a unit-slope φ.
    pub(super) fn slope_scale(&self, total: f64) -> f64 {
        total.abs().max(1e-3)
    }

    pub(super) fn outer_edges(&self) -> Vec<f64> {
        let mut edges = NORMAL_EDGES.to_vec();
        let width = self.b / self.a;
        let x_centres = self.x_edges.iter().map(|e| e / self.a);
        let y_centres = self.y_edges.iter().map(|e| self.sign * e / self.a);
        edges.extend(x_centres.chain(y_centres));
        let kinks = |r: f64| self.activation.kinks().iter().map(move |k| k / r);
        let centres: Vec<f64> =
            kinks(self.r1).chain(kinks(self.r2).map(|k| self.sign * k)).map(|k| k / self.a).collect();
        for centre in centres {
            for multiple in [1.0, 2.0, 4.0, 8.0] {
                edges.extend([centre - multiple * width, centre + multiple * width]);
            }
        }
        // Where a kink of x meets one of y.
        for k in kinks(self.r1) {
            edges.extend(kinks(self.r2).map(|l| (k + self.sign * l) / (2.0 * self.a)));
        }
        tidy(&mut edges);
        edges
    }
}
