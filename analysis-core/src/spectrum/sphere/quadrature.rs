//! λ_k = c_d ∫ κ(cos θ) P_k(cos θ) sin^{d−2}θ dθ by Gauss–Legendre panels in θ, for all degrees at once.
//!
//! On a panel of length h with kh/2 ≤ 36, e^{ikθ} is a polynomial of degree 91 up to (36e/182)^{91} ≈ 1e-25 and falling, and
//! g(θ) = κ(cos θ) sin^{d−2}θ one of degree 28 up to 1e3 of κ's error and falling, so that of their product the 64-point
//! rule, exact to degree 127, leaves nothing above κ's own error. Panels that do not resolve g are halved: a κ that bends
//! sharply near θ = 0 or π costs a few panels there.

use super::relu::{Corner, ReluProfile};
use super::twofold::{self, ONE, PI, Twofold, ZERO};
use crate::check;
use crate::error::Result;
use crate::gaussian::{Angle, GaussLegendre};
use crate::kernel::Profile;

const POINTS: usize = 64;
/// The Legendre coefficients of g that must have vanished.
const TESTED: std::ops::Range<usize> = 28..32;
/// Half the phase kh that a panel may hold.
const PHASE: f64 = 36.0;
/// What the tested coefficients may be, in units of κ's own error: falling geometrically, by degree 91 (what the rule has
/// left over beside P_k) they are far below it.
const RESOLVED: f64 = 1e3;
const MAX_HALVINGS: usize = 40;
const LANES: usize = 4;

/// Where κ comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// To 32 digits.
    Relu(ReluProfile),
    /// To 16, or what the activation's quadrature leaves.
    Profile(Box<Profile>),
}

impl Source {
    fn at(&self, corner: Corner) -> Result<Twofold> {
        match self {
            Source::Relu(relu) => Ok(relu.at(corner)),
            Source::Profile(profile) => {
                let (theta, supplement) = (f64::from(corner.theta), f64::from(corner.supplement));
                let angle = if theta <= supplement {
                    Angle::new(theta)?
                } else {
                    Angle::from_supplement(supplement)?
                };
                profile.at(angle).map(Twofold::from)
            }
        }
    }

    /// κ(1).
    pub(super) fn diagonal(&self) -> Result<f64> {
        self.at(Corner::acute(ZERO)).map(f64::from)
    }

    /// What κ/κ(1) may be off by, absolute.
    fn epsilon(&self, hidden_layers: usize) -> f64 {
        match self {
            // About eight operations a layer.
            Source::Relu(_) => 8.0 * (1.0 + hidden_layers as f64) * twofold::EPSILON,
            Source::Profile(profile) => 4.0 * profile.epsilon(),
        }
    }
}

/// The 64-point rule on \[−1, 1\] to 32 digits, and P_l at its nodes for the tested degrees.
struct Rule {
    nodes: Vec<Twofold>,
    weights: Vec<Twofold>,
    /// (2l + 1)/2 · weight · P_l: one row a tested degree.
    tested: Vec<Vec<Twofold>>,
}

impl Rule {
    fn new() -> Self {
        let start = GaussLegendre::new(POINTS);
        let (mut nodes, mut weights) = (Vec::new(), Vec::new());
        for x in start.nodes {
            let mut x = Twofold::from(x);
            let mut slope = ONE;
            // One step squares the double's error; the second's slope is taken at the final node.
            for step in 0..2 {
                let (before, value) = legendre(POINTS, x);
                slope = Twofold::from(POINTS as f64) * (before - x * value) / (ONE - x * x);
                if step == 0 {
                    x = x - value / slope;
                }
            }
            nodes.push(x);
            weights.push(Twofold::from(2.0) / ((ONE - x * x) * slope * slope));
        }
        let row = |l: usize| {
            let scale = Twofold::from(l as f64 + 0.5);
            nodes.iter().zip(&weights).map(|(x, w)| scale * *w * legendre(l, *x).1).collect()
        };
        let tested = TESTED.map(row).collect();
        Rule { nodes, weights, tested }
    }

    /// Whether g's Legendre coefficients have fallen to `tolerance` by degree 28.
    fn resolves(&self, values: &[Twofold], tolerance: f64) -> bool {
        self.tested.iter().all(|row| {
            let coefficient = row.iter().zip(values).fold(ZERO, |sum, (w, v)| sum + *w * *v);
            coefficient.hi.abs() <= tolerance
        })
    }
}

/// P_{l−1}(x) and P_l(x).
fn legendre(l: usize, x: Twofold) -> (Twofold, Twofold) {
    let (mut before, mut value) = (ONE, x);
    for j in 2..=l {
        let j = j as f64;
        let next = (Twofold::from(2.0 * j - 1.0) * x * value - Twofold::from(j - 1.0) * before) / j.into();
        (before, value) = (value, next);
    }
    (before, value)
}

/// The integrand without P_k, folded onto θ ∈ \[0, π/2\]: P_k(−u) = (−1)ᵏP_k(u).
pub(super) struct Folded {
    /// cos θ.
    cosine: Vec<Twofold>,
    /// weight·c_d sin^{d−2}θ·(κ(cos θ) ± κ(−cos θ)), + for even degrees and − for odd ones.
    halves: [Vec<Twofold>; 2],
    /// What the halves may be off by.
    noise: Vec<f64>,
}

/// One degree's integral.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Integral {
    pub(super) value: f64,
    /// A bound on what rounding and κ's own error leave.
    pub(super) error: f64,
}

impl Folded {
    /// Nodes that serve every degree to `max_degree`.
    pub(super) fn new(source: &Source, d: usize, hidden_layers: usize, max_degree: usize) -> Result<Self> {
        let rule = Rule::new();
        let power = (d - 2) as u32;
        let constant = ONE / wallis(power);
        let (diagonal, epsilon) = (source.diagonal()?, source.epsilon(hidden_layers));
        let half_turn = PI.scaled(0.5);
        let first = ((max_degree as f64 * half_turn.hi / (2.0 * PHASE)).ceil() as usize).max(1);
        let mut folded = Folded { cosine: Vec::new(), halves: [Vec::new(), Vec::new()], noise: Vec::new() };
        // A stack of (left end, length, halvings) in units of π/2/first·2^{−halvings}, so that ends are exact.
        let mut open: Vec<(f64, u32)> = (0..first).rev().map(|j| (j as f64, 0)).collect();
        while let Some((left, halvings)) = open.pop() {
            let length = half_turn * Twofold::ratio(0.5_f64.powi(halvings as i32), first as f64);
            let mut corners = Vec::with_capacity(POINTS);
            let mut near = Vec::with_capacity(POINTS);
            let mut far = Vec::with_capacity(POINTS);
            for x in &rule.nodes {
                let corner = Corner::acute(length * (Twofold::from(left) + (ONE + *x).scaled(0.5)));
                let measure = corner.sine.powi(power);
                near.push(measure * source.at(corner)?);
                far.push(measure * source.at(corner.mirrored())?);
                corners.push((corner, measure));
            }
            let unresolved =
                [&near, &far].into_iter().any(|values| !rule.resolves(values, RESOLVED * epsilon * diagonal));
            if unresolved {
                let why = "κ(cos θ) is not smooth enough for the quadrature; choose another activation";
                check::refuse(halvings as usize >= MAX_HALVINGS, "kernel", format!("d = {d}"), why)?;
                open.push((2.0 * left + 1.0, halvings + 1));
                open.push((2.0 * left, halvings + 1));
                continue;
            }
            for (((corner, measure), weight), (a, b)) in
                corners.iter().zip(&rule.weights).zip(near.iter().zip(&far))
            {
                let weight = constant * *weight * length.scaled(0.5);
                folded.cosine.push(corner.cosine);
                folded.halves[0].push(weight * (*a + *b));
                folded.halves[1].push(weight * (*a - *b));
                folded.noise.push(2.0 * weight.hi * measure.hi * diagonal * epsilon);
            }
        }
        Ok(folded)
    }

    /// λ_0, …, λ_{max_degree}, by P_{k+1} = ((2k + d − 2) u P_k − k P_{k−1})/(k + d − 2) at every node.
    pub(super) fn project(&self, d: usize, max_degree: usize) -> Vec<Integral> {
        let nodes = self.cosine.len();
        debug_assert_eq!(nodes % LANES, 0);
        let mut before = vec![ONE; nodes];
        let mut value = self.cosine.clone();
        let mut integrals = vec![self.sum(0, &before)];
        for degree in 1..=max_degree {
            integrals.push(self.sum(degree, &value));
            let k = degree as f64;
            let below = k + d as f64 - 2.0;
            let (a, b) = (Twofold::ratio(k + below, below), Twofold::ratio(k, below));
            for ((u, p), q) in self.cosine.iter().zip(&value).zip(&mut before) {
                *q = a * (*u * *p) - b * *q;
            }
            std::mem::swap(&mut before, &mut value);
        }
        integrals
    }

    /// Σ over the nodes in a fixed order: `LANES` running sums, so that additions need not wait for each other.
    fn sum(&self, degree: usize, polynomial: &[Twofold]) -> Integral {
        let mut sums = [ZERO; LANES];
        let (mut gross, mut noise) = (0.0, 0.0);
        let half = &self.halves[degree % 2];
        for ((values, noises), p) in
            half.chunks(LANES).zip(self.noise.chunks(LANES)).zip(polynomial.chunks(LANES))
        {
            for (((sum, f), p), e) in sums.iter_mut().zip(values).zip(p).zip(noises) {
                let product = *f * *p;
                *sum = *sum + product;
                gross += product.hi.abs();
                noise += e * p.hi.abs();
            }
        }
        let value = f64::from((sums[0] + sums[1]) + (sums[2] + sums[3]));
        // The recursion of P_k adds a few roundings a step; the sum adds two a term.
        let arithmetic = twofold::EPSILON * (16.0 + degree as f64) * gross;
        Integral { value, error: noise + arithmetic + f64::EPSILON * value.abs() }
    }
}

/// ∫_0^π sin^m = (m − 1)/m ∫_0^π sin^{m−2}.
fn wallis(m: u32) -> Twofold {
    let (mut value, mut j) = if m.is_multiple_of(2) { (PI, 0) } else { (2.0.into(), 1) };
    while j < m {
        j += 2;
        value = value * Twofold::ratio(f64::from(j - 1), f64::from(j));
    }
    value
}
