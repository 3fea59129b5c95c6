//! Activations with kinks, or too steep for a Hermite series: adaptive piecewise Gauss–Legendre in two dimensions.
//!
//! With t, s independent standard normal, A = cos(θ/2), B = sin(θ/2) (θ ≤ π/2): x = r₁(At + Bs), y = r₂(At − Bs). For
//! fixed t the inner integral over s is split where x or y crosses a kink, so every piece is smooth. The outer integrand
//! then bends only where a kink of x meets one of y, and changes fast, over a width B/A, where a kink passes s ≈ 0: it is
//! split there, and further wherever its Legendre coefficients have not decayed. For θ > π/2 the roles of sine and
//! cosine are exchanged and y changes sign, so that A ≥ B always.

use super::hermite::density;
use super::{Marginal, PairMoments};
use crate::kernel::activation::Activation;
use crate::kernel::angle::Angle;
use crate::kernel::quadrature::GaussLegendre;

/// Both normal variables' range: the density is 1e-18 at its ends.
const REACH: f64 = 9.0;
/// Panels on which 16 points integrate the normal density to rounding.
const NORMAL_EDGES: [f64; 8] = [-REACH, -5.5, -3.0, -1.0, 1.0, 3.0, 5.5, REACH];
const POINTS: usize = 16;
/// The deepest bisection: what remains unresolved then has a share of 2⁻⁴⁰ of the range.
const DEEPEST: u32 = 40;

/// The quadrature of one activation.
#[derive(Debug, Clone)]
pub(crate) struct Piecewise {
    rule: GaussLegendre,
    /// Legendre coefficients 13, 14, 15 from values at the nodes.
    tails: [[f64; POINTS]; 3],
}

/// Legendre coefficients of degree 13 to 15 below this share of the total end the outer bisection: the rule is exact to
/// degree 31, so its error is about the square.
const RESOLVED: f64 = 1e-8;

/// What is integrated: φφ, (φ−φ)²/2, (φ+φ)²/2, φ'φ'.
type Integrals = [f64; 4];

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
        self.tails.iter().map(coefficient).fold(0.0, f64::max)
    }

    /// Edges (in units of z, x = rz) between which φ(rz) is a polynomial of degree 15 to rounding; kinks are edges.
    pub(super) fn edges(&self, activation: &Activation, deviation: f64) -> Vec<f64> {
        let mut edges = vec![-REACH, REACH];
        edges.extend(activation.kinks().iter().map(|k| k / deviation));
        tidy(&mut edges);
        let scale = NORMAL_EDGES.iter().map(|z| activation.value(deviation * z).abs()).fold(0.0, f64::max);
        let mut done = vec![-REACH];
        for pair in edges.windows(2) {
            self.bisect(activation, deviation, (pair[0], pair[1]), scale, 0, &mut done);
        }
        done
    }

    fn bisect(
        &self,
        activation: &Activation,
        r: f64,
        piece: (f64, f64),
        scale: f64,
        depth: u32,
        done: &mut Vec<f64>,
    ) {
        let (a, b) = piece;
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let mut values = [0.0; POINTS];
        for (value, node) in values.iter_mut().zip(&self.rule.nodes) {
            *value = activation.value(r * (middle + half * node));
        }
        // In the tails of the density less accuracy is needed: 2 half·density is the piece's weight.
        let nearest = if a * b <= 0.0 { 0.0 } else { a.abs().min(b.abs()) };
        let weight = (2.0 * half * density(nearest)).min(1.0);
        if self.tail(&values) * weight <= 1e-14 * scale || depth == DEEPEST {
            done.push(b);
        } else {
            self.bisect(activation, r, (a, middle), scale, depth + 1, done);
            self.bisect(activation, r, (middle, b), scale, depth + 1, done);
        }
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

    /// The pair's moments. E\[φ'φ'\] is 0 without a derivative.
    pub(super) fn pair(
        &self,
        activation: &Activation,
        x: &Marginal,
        y: &Marginal,
        angle: Angle,
    ) -> PairMoments {
        let plane = Plane::new(activation, x, y, angle);
        let totals = self.outer(&plane);
        let rho = (x.moment * y.moment).sqrt();
        let difference = (x.moment - y.moment) / (x.moment.sqrt() + y.moment.sqrt());
        let apart = 0.5 * difference * difference;
        let [value, mut minus, mut plus, derivative] = totals;
        if angle.one_minus_cosine() == 0.0 && x.deviation == y.deviation {
            return PairMoments { value: x.moment, gap: 0.0, sum: 2.0 * x.moment, derivative };
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
        PairMoments { value, gap: minus, sum: plus, derivative }
    }

    fn outer(&self, plane: &Plane) -> Integrals {
        let edges = plane.outer_edges();
        let mut stack: Vec<(f64, f64, u32)> = Vec::new();
        let mut pieces: Vec<(f64, f64, Integrals, Integrals)> = Vec::new();
        let mut totals = [0.0; 4];
        for pair in edges.windows(2) {
            let (sums, tails) = self.piece(plane, pair[0], pair[1]);
            (0..4).for_each(|i| totals[i] += sums[i]);
            pieces.push((pair[0], pair[1], sums, tails));
        }
        // For (φ−φ)² and (φ+φ)² the rounding of the difference is a floor.
        let scale = totals[1].max(totals[2]).max(f64::MIN_POSITIVE);
        let allowed = [
            RESOLVED * scale,
            RESOLVED * totals[1] + 1e-14 * (totals[1] * scale).sqrt(),
            RESOLVED * totals[2] + 1e-14 * (totals[2] * scale).sqrt(),
            RESOLVED * plane.slope_scale(totals[3]),
        ];
        let good = |tails: &Integrals| (0..4).all(|i| tails[i] <= allowed[i]);
        totals = [0.0; 4];
        for (a, b, sums, tails) in pieces {
            if good(&tails) {
                (0..4).for_each(|i| totals[i] += sums[i]);
                continue;
            }
            let middle = 0.5 * (a + b);
            stack.extend([(middle, b, 1), (a, middle, 1)]);
            while let Some((a, b, depth)) = stack.pop() {
                let (sums, tails) = self.piece(plane, a, b);
                if good(&tails) || depth == DEEPEST || !tails.iter().all(|t| t.is_finite()) {
                    (0..4).for_each(|i| totals[i] += sums[i]);
                } else {
                    let middle = 0.5 * (a + b);
                    stack.extend([(middle, b, depth + 1), (a, middle, depth + 1)]);
                }
            }
        }
        totals
    }

    /// One outer piece: integrals, and the sizes of the last Legendre coefficients times its width.
    fn piece(&self, plane: &Plane, a: f64, b: f64) -> (Integrals, Integrals) {
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
        (
            [integral(&values[0]), integral(&values[1]), integral(&values[2]), integral(&values[3])],
            [0, 1, 2, 3].map(|i| 2.0 * half * self.tail(&values[i])),
        )
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

/// Sorted, within ±REACH (whose ends stay), without repetitions.
fn tidy(edges: &mut Vec<f64>) {
    edges.retain(|e| (-REACH..=REACH).contains(e));
    edges.sort_by(f64::total_cmp);
    edges.dedup();
}

/// Without the ends of the range, which cut nothing.
fn inside(edges: &[f64]) -> &[f64] {
    edges.get(1..edges.len().saturating_sub(1)).unwrap_or(&[])
}

/// A pair as a plane of two independent normals.
struct Plane<'a> {
    activation: &'a Activation,
    r1: f64,
    r2: f64,
    a: f64,
    b: f64,
    /// +1 for θ ≤ π/2, −1 beyond.
    sign: f64,
    x_edges: &'a [f64],
    y_edges: &'a [f64],
}

impl<'a> Plane<'a> {
    fn new(activation: &'a Activation, x: &'a Marginal, y: &'a Marginal, angle: Angle) -> Self {
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
        }
    }

    fn integrand(&self, t: f64, s: f64) -> Integrals {
        let x = self.r1 * (self.a * t + self.b * s);
        let y = self.r2 * self.sign * (self.a * t - self.b * s);
        let (f, g) = (self.activation.value(x), self.activation.value(y));
        let slopes = match (self.activation.derivative(x), self.activation.derivative(y)) {
            (Some(f), Some(g)) => f * g,
            _ => 0.0,
        };
        [f * g, 0.5 * (f - g) * (f - g), 0.5 * (f + g) * (f + g), slopes]
    }

    /// E φ'φ' may nearly vanish (hidden signs); its natural scale is at least that of a unit-slope φ.
    fn slope_scale(&self, total: f64) -> f64 {
        total.abs().max(1e-3)
    }

    fn outer_edges(&self) -> Vec<f64> {
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
