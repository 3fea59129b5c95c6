//! Activations with kinks, or too steep for a Hermite series: adaptive piecewise Gauss–Legendre in two dimensions.
//!
//! With t, s independent standard normal, A = cos(θ/2), B = sin(θ/2) (θ ≤ π/2): x = r₁(At + Bs), y = r₂(At − Bs). For
//! fixed t the inner integral over s is split where x or y crosses a kink, so every piece is smooth. The outer integrand
//! then bends only where a kink of x meets one of y, and changes fast, over a width B/A, where a kink passes s ≈ 0: it is
//! split there, and further wherever its Legendre coefficients have not decayed. For θ > π/2 the roles of sine and
//! cosine are exchanged and y changes sign, so that A ≥ B always.
//!
//! What does not come to rest within a fixed number of pieces, or is not finite, is refused: an undeclared jump, a
//! function rougher than the range has room for.

use super::angle::Angle;
use super::pair::{Marginal, PairMoments};
use super::plane::{Integrals, NORMAL_EDGES, Plane, REACH, finite, tidy, unresolved};
use super::quadrature::{GaussLegendre, density};
use crate::architecture::Activation;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

const POINTS: usize = 16;
/// The deepest bisection, to 2⁻⁴⁰ of the range: what still bends there is a jump or a pole.
const DEEPEST: u32 = 40;
/// The deepest bisection of φ(rz) away from declared kinks. A slope that jumps there would take 22, and cost the outer
/// integral, which cuts at declared kinks, 3e-11; slopes rise over a share of 1e-5 of the range at least.
const SMOOTH: u32 = 18;
/// The most pieces of φ(rz), kinks counted: enough for some 700 oscillations, few enough for a pair to take seconds.
const MOST_EDGES: usize = 256;
/// The most pieces that the outer bisection looks at beyond its first edges; a bend takes 80 at most.
const MOST_PIECES: usize = 4096;

/// The thinnest strip sin(θ/2) in which a jump of φ' is looked for: t is rounded by some 10⁻¹⁶ against it.
const THINNEST: f64 = 1e-6;

/// The quadrature of one activation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piecewise {
    rule: GaussLegendre,
    /// Legendre coefficients 13, 14, 15 from values at the nodes.
    tails: [[f64; POINTS]; 3],
}

/// One piece of the outer integral.
struct Piece {
    sums: Integrals,
    /// The sizes of the last Legendre coefficients times the width.
    tails: Integrals,
    /// The integrands' largest values.
    peaks: Integrals,
}

/// Legendre coefficients of degree 13 to 15 below this share of the total end the outer bisection: the rule is exact to
/// degree 31, so its error is about the square.
const RESOLVED: f64 = 1e-8;

impl Piecewise {
    pub(super) fn new() -> Self {
        let rule = GaussLegendre::new(POINTS);
        let mut tails = [[0.0; POINTS]; 3];
        for (i, (x, w)) in rule.nodes.iter().zip(&rule.weights).enumerate() {
            let (mut before, mut current) = (1.0, *x);
            for degree in 2..POINTS {
                let k = degree as f64;
                (before, current) = (current, ((2.0 * k - 1.0) * x * current - (k - 1.0) * before) / k);
                if degree >= POINTS - 3 {
                    tails[degree + 3 - POINTS][i] = w * current * (2.0 * k + 1.0) / 2.0;
                }
            }
        }
        Piecewise { rule, tails }
    }

    /// The size of the last Legendre coefficients of a function with these values at the nodes.
    fn tail(&self, values: &[f64; POINTS]) -> f64 {
        let coefficient = |row: &[f64; POINTS]| row.iter().zip(values).map(|(t, v)| t * v).sum::<f64>().abs();
        // NaN must win: it is not small.
        let larger = |most: f64, tail: f64| if tail > most || tail.is_nan() { tail } else { most };
        self.tails.iter().map(coefficient).fold(0.0, larger)
    }

    /// Edges (in units of z, x = rz) between which φ(rz), and φ'(rz) if wanted, are polynomials of degree 15 to rounding;
    /// kinks are edges.
    ///
    /// # Errors
    /// [`Error::Parameter`] if that takes more than [`MOST_EDGES`] pieces, or [`SMOOTH`]
    /// bisections ([`DEEPEST`] at a kink), or a value is not
    /// finite.
    pub(super) fn edges(&self, activation: &Activation, r: f64, with_derivative: bool) -> Result<Vec<f64>> {
        let mut edges = vec![-REACH, REACH];
        let kinks: Vec<f64> = activation.kinks().iter().map(|k| k / r).collect();
        edges.extend(&kinks);
        tidy(&mut edges);
        let mut scales = [0.0_f64; 2];
        for z in NORMAL_EDGES {
            scales[0] = scales[0].max(finite(activation, "φ", r * z, activation.value(r * z))?.abs());
        }
        let mut stack: Vec<(f64, f64, u32)> = edges.windows(2).rev().map(|e| (e[0], e[1], 0)).collect();
        let mut done = vec![-REACH];
        while let Some((a, b, depth)) = stack.pop() {
            let deepest = if kinks.contains(&a) || kinks.contains(&b) { DEEPEST } else { SMOOTH };
            let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
            let mut values = [[0.0; POINTS]; 2];
            for (i, node) in self.rule.nodes.iter().enumerate() {
                let x = r * (middle + half * node);
                values[0][i] = finite(activation, "φ", x, activation.value(x))?;
                if with_derivative && let Some(slope) = activation.derivative(x) {
                    values[1][i] = finite(activation, "φ'", x, slope)?;
                }
            }
            // The largest value so far, so that a piece's own rounding is always below what it may leave.
            for (scale, values) in scales.iter_mut().zip(&values) {
                *scale = values.iter().fold(*scale, |m, v| m.max(v.abs()));
            }
            // In the tails of the density less accuracy is needed: 2 half·density is the piece's weight.
            let nearest = if a * b <= 0.0 { 0.0 } else { a.abs().min(b.abs()) };
            let weight = (2.0 * half * density(nearest)).min(1.0);
            if (0..2).all(|i| self.tail(&values[i]) * weight <= 1e-14 * scales[i]) {
                done.push(b);
            } else if depth == deepest || done.len() + stack.len() >= MOST_EDGES {
                let (x, width, pieces) = (r * middle, 2.0 * r * half, done.len() + stack.len());
                let place = format!("near x = {x:e} (a piece of width {width:e}, the {pieces}th)");
                return Err(unresolved(
                    activation,
                    &format!("at standard deviation {r:e} it still bends {place}"),
                ));
            } else {
                stack.extend([(middle, b, depth + 1), (a, middle, depth + 1)]);
            }
        }
        Ok(done)
    }

    /// E φ(rz)², over the pieces of [`Piecewise::edges`].
    pub(super) fn moment(&self, activation: &Activation, deviation: f64, edges: &[f64]) -> f64 {
        self.over(edges, |z| activation.value(deviation * z).powi(2))
    }

    fn over(&self, edges: &[f64], mut f: impl FnMut(f64) -> f64) -> f64 {
        let mut edges = [edges, &NORMAL_EDGES].concat();
        tidy(&mut edges);
        edges.windows(2).map(|e| self.rule.integrate(e[0], e[1], |z| f(z) * density(z))).sum()
    }

    /// The pair's moments. E\[φ'φ'\] is 0 unless wanted.
    ///
    /// # Errors
    /// [`Error::Parameter`] if an integral does not come to rest within [`MOST_PIECES`] pieces, or is not finite.
    pub(super) fn pair(
        &self,
        activation: &Activation,
        x: &Marginal,
        y: &Marginal,
        angle: Angle,
        with_derivative: bool,
    ) -> Result<PairMoments> {
        if let Some(rough) = [x, y].into_iter().find(|m| m.edges.is_empty()) {
            let why = format!("at standard deviation {:e} it has too many pieces", rough.deviation);
            return Err(unresolved(activation, &why));
        }
        let plane = Plane::new(activation, x, y, angle, with_derivative);
        let totals = self.outer(&plane)?;
        let rho = (x.moment * y.moment).sqrt();
        let difference = (x.moment - y.moment) / (x.moment.sqrt() + y.moment.sqrt());
        let apart = 0.5 * difference * difference;
        let [value, mut minus, mut plus, derivative] = totals;
        if angle.one_minus_cosine() == 0.0 && x.deviation == y.deviation {
            return Ok(PairMoments { value: x.moment, gap: 0.0, sum: 2.0 * x.moment, derivative });
        }
        // Subtracting the norms' difference can go below 0 by rounding only.
        minus = (minus - apart).max(0.0);
        plus = (plus - apart).max(0.0);
        let value = if minus <= plus {
            rho - minus
        } else if minus > 1.5 * rho {
            plus - rho
        } else {
            value
        };
        Ok(PairMoments { value, gap: minus, sum: plus, derivative })
    }

    /// E φ'(u)² − E φ'(u)φ'(u') of two of the deviation of `x`: the plane's integrals of φ' in φ's place.
    ///
    /// # Errors
    /// As [`Piecewise::pair`]; [`Error::Parameter`] for an angle so near 0 or π, but neither, that a jump of φ' is not seen in
    /// its strip.
    pub(super) fn slope_gap(&self, activation: &Activation, x: &Marginal, angle: Angle) -> Result<f64> {
        let plane = Plane::new(activation, x, x, angle, false).of_slopes();
        if angle.one_minus_cosine() == 0.0 {
            return Ok(0.0);
        }
        // At π itself u' = −u: there is no strip to miss a jump in, and the kinks are edges.
        if plane.b < THINNEST && angle.one_plus_cosine() != 0.0 {
            return Err(plane.unresolved("the angle is too near 0 or π for the jumps of φ'"));
        }
        Ok(self.outer(&plane)?[1])
    }

    fn outer(&self, plane: &Plane) -> Result<Integrals> {
        let edges = plane.outer_edges();
        let mut stack: Vec<(f64, f64, u32)> = Vec::new();
        let mut pieces: Vec<(f64, f64, Piece)> = Vec::new();
        let mut peaks = [0.0_f64; 4];
        let mut totals = [0.0; 4];
        for pair in edges.windows(2) {
            let piece = self.piece(plane, pair[0], pair[1]);
            (0..4).for_each(|i| totals[i] += piece.sums[i]);
            (0..4).for_each(|i| peaks[i] = peaks[i].max(piece.peaks[i]));
            pieces.push((pair[0], pair[1], piece));
        }
        if !totals.iter().all(|t| t.is_finite()) {
            return Err(plane.unresolved(&format!("they are {totals:?}")));
        }
        // For (φ−φ)² and (φ+φ)² the rounding of the difference is a floor; so is, where φ jumps, the rounding of t by some ε
        // against a strip of width B/A, which moves the integrand's peak; what underflows is no matter.
        let scale = totals[1].max(totals[2]);
        let allowed = [
            RESOLVED * scale,
            RESOLVED * totals[1] + 1e-14 * (totals[1] * scale).sqrt(),
            RESOLVED * totals[2] + 1e-14 * (totals[2] * scale).sqrt(),
            RESOLVED * plane.slope_scale(totals[3]),
        ];
        let floor = |i: usize| f64::MIN_POSITIVE + 8.0 * f64::EPSILON * peaks[i];
        let good = |tails: &Integrals| (0..4).all(|i| tails[i] <= allowed[i] + floor(i));
        let mut budget = MOST_PIECES;
        totals = [0.0; 4];
        for (a, b, Piece { sums, tails, .. }) in pieces {
            if good(&tails) {
                (0..4).for_each(|i| totals[i] += sums[i]);
                continue;
            }
            let middle = 0.5 * (a + b);
            stack.extend([(middle, b, 1), (a, middle, 1)]);
            while let Some((a, b, depth)) = stack.pop() {
                let Piece { sums, tails, .. } = self.piece(plane, a, b);
                budget = budget.saturating_sub(1);
                if good(&tails) {
                    (0..4).for_each(|i| totals[i] += sums[i]);
                } else if depth == DEEPEST || budget == 0 || !tails.iter().all(|t| t.is_finite()) {
                    let spent = MOST_PIECES - budget;
                    return Err(plane.unresolved(&format!("piece {spent} of width {:e} still bends", b - a)));
                } else {
                    let middle = 0.5 * (a + b);
                    stack.extend([(middle, b, depth + 1), (a, middle, depth + 1)]);
                }
            }
        }
        Ok(totals)
    }

    /// One outer piece.
    fn piece(&self, plane: &Plane, a: f64, b: f64) -> Piece {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let mut values = [[0.0; POINTS]; 4];
        let mut cuts = Vec::new();
        for (node, t) in self.rule.nodes.iter().enumerate() {
            let t = middle + half * t;
            let inner = self.inner(plane, t, &mut cuts);
            let weight = density(t);
            (0..4).for_each(|i| values[i][node] = inner[i] * weight);
        }
        let integral =
            |v: &[f64; POINTS]| half * v.iter().zip(&self.rule.weights).map(|(v, w)| v * w).sum::<f64>();
        Piece {
            sums: [0, 1, 2, 3].map(|i| integral(&values[i])),
            tails: [0, 1, 2, 3].map(|i| 2.0 * half * self.tail(&values[i])),
            peaks: [0, 1, 2, 3].map(|i| values[i].iter().fold(0.0, |m: f64, v| m.max(v.abs()))),
        }
    }

    /// The expectation over s at fixed t.
    fn inner(&self, plane: &Plane, t: f64, cuts: &mut Vec<f64>) -> Integrals {
        if plane.b < 1e-17 {
            return plane.integrand(t, 0.0);
        }
        cuts.clear();
        cuts.extend(NORMAL_EDGES);
        cuts.extend(plane.x_edges.iter().map(|e| (e - plane.a * t) / plane.b));
        cuts.extend(plane.y_edges.iter().map(|e| (plane.a * t - plane.sign * e) / plane.b));
        tidy(cuts);
        let mut sums = [0.0; 4];
        for pair in cuts.windows(2) {
            let (middle, half) = (0.5 * (pair[0] + pair[1]), 0.5 * (pair[1] - pair[0]));
            for (node, weight) in self.rule.nodes.iter().zip(&self.rule.weights) {
                let s = middle + half * node;
                let weight = half * weight * density(s);
                let values = plane.integrand(t, s);
                (0..4).for_each(|i| sums[i] += weight * values[i]);
            }
        }
        sums
    }
}
