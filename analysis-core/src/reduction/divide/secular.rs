//! The secular equation f(λ) = 1/ρ + Σⱼ wⱼ²/(dⱼ − λ) = 0, whose roots are the eigenvalues of D + ρ w wᵀ.
//!
//! f grows from −∞ to ∞ between two neighbouring poles, so root i is the one in (dᵢ, dᵢ₊₁); the last lies in
//! (dₙ, dₙ + ρ‖w‖²). The unknown is τ = λ − d_o, where the origin d_o is the nearer of the two poles: only so is dⱼ − λ
//! accurate for a root close to its pole, and the eigenvectors need that. As in LAPACK's `dlaed4` (Li 1993), a step
//! takes the root of c + A/(dᵢ − λ) + B/(dᵢ₊₁ − λ), which has f's value and derivative where one stands; c, A, B
//! share out the derivative in one of two ways, of which the second takes over where the first is slow. Where the
//! pole on the far side of the origin bends f more, three poles are used. A step out of
//! the bracket is replaced by one to the bracket's middle.

use super::instructions::InstructionSet;
use super::interpolation::{Local, beyond_both, quadratic, three_poles, two_poles};
use super::kernels::{Lanes, ROUNDING, Sums};
use crate::error::{Error, Result};

/// Steps of interpolation; LAPACK allows 30, and 3 are usual.
const INTERPOLATIONS: usize = 40;
/// Steps altogether: the rest are bisections, of which 1100 would pass through every exponent of f64.
const STEPS: usize = 1200;

/// λ = dₒ + shift, o = `origin`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Root {
    pub(super) origin: usize,
    pub(super) shift: f64,
}

/// 1/ρ + Σⱼ wⱼ²/(dⱼ − λ), ρ > 0, ‖w‖ = 1, the dⱼ ascending and all different.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secular<'a> {
    /// dⱼ; beyond `count`, any number far from all of them.
    pub(super) poles: &'a [Lanes],
    /// wⱼ; beyond `count`, zero.
    pub(super) weights: &'a [Lanes],
    /// How many poles there are.
    pub(super) count: usize,
    pub(super) rho: f64,
    pub(super) set: InstructionSet,
}

/// Where an iteration stands: f, f′ and their parts at τ.
pub(super) struct Point {
    tau: f64,
    sums: Sums,
    pub(super) value: f64,
    pub(super) slope: f64,
    /// Rounding in `value`, in units of [`ROUNDING`].
    pub(super) noise: f64,
}

/// The poles that an iteration for one root works with.
struct Interval {
    /// The pole below the root; the one above is the next.
    below: usize,
    /// The nearer of the two.
    origin: usize,
    /// The root is the last: both poles are below it.
    last: bool,
    /// The bounds of τ.
    low: f64,
    high: f64,
    /// A first guess.
    start: f64,
}

impl Secular<'_> {
    /// Root i, from 0.
    ///
    /// # Errors
    /// [`Error::Lapack`] where the iteration does not converge.
    pub(super) fn root(&self, i: usize) -> Result<Root> {
        if self.count == 1 {
            let w = self.weight(0);
            return Ok(Root { origin: 0, shift: self.rho * (w * w) });
        }
        self.iterate(if i + 1 == self.count { self.last_interval() } else { self.interval(i) })
    }

    fn pole(&self, j: usize) -> f64 {
        self.poles.as_flattened()[j]
    }

    fn weight(&self, j: usize) -> f64 {
        self.weights.as_flattened()[j]
    }

    fn sums(&self, at: usize, tau: f64) -> Sums {
        self.set.sums(self.poles, self.weights, at, self.pole(at), tau)
    }

    /// A first guess for root i from f at the middle between its poles, where the other poles are taken as constant.
    fn interval(&self, i: usize) -> Interval {
        let gap = self.pole(i + 1) - self.pole(i);
        let middle = gap / 2.0;
        let sums = self.sums(i, middle);
        let (near, next) = (self.weight(i).powi(2), self.weight(i + 1).powi(2));
        let value = 1.0 / self.rho + sums.below + sums.above + sums.own;
        let constant = 1.0 / self.rho + sums.below + (sums.above - next / middle);
        let (origin, a, b, low, high) = if value > 0.0 {
            (i, constant * gap + near + next, near * gap, 0.0, middle)
        } else {
            (i + 1, near + next - constant * gap, -next * gap, -middle, 0.0)
        };
        Interval { below: i, origin, last: false, low, high, start: quadratic(a, b, constant) }
    }

    /// The same for the last root, from f at dₙ + ρ/2.
    fn last_interval(&self) -> Interval {
        let last = self.count - 1;
        let middle = self.rho / 2.0;
        let gap = self.pole(last) - self.pole(last - 1);
        let sums = self.sums(last, middle);
        let (near, next) = (self.weight(last).powi(2), self.weight(last - 1).powi(2));
        let value = 1.0 / self.rho + sums.below + sums.own;
        let constant = 1.0 / self.rho + (sums.below + next / (gap + middle));
        let (low, high) = if value <= 0.0 { (middle, self.rho) } else { (0.0, middle) };
        let beyond = value <= 0.0 && constant <= next / (gap + self.rho) + near / self.rho;
        let a = -constant * gap + near + next;
        let b = -near * gap;
        let start = if beyond { self.rho } else { beyond_both(a, b, constant) };
        Interval { below: last - 1, origin: last, last: true, low, high, start }
    }

    /// f at λ = d_origin + τ.
    pub(super) fn at(&self, origin: usize, tau: f64) -> Point {
        let sums = self.sums(origin, tau);
        let inverse = 1.0 / self.rho;
        let slope = sums.below_slope + sums.above_slope + sums.own_slope;
        let noise = 10.0 * (sums.above - sums.below + sums.own.abs()) + 2.0 * inverse + tau.abs() * slope;
        Point { tau, value: inverse + sums.above + sums.below + sums.own, sums, slope, noise }
    }

    /// Interpolates from the first guess until f is zero to rounding.
    fn iterate(&self, interval: Interval) -> Result<Root> {
        let Interval { below, origin, last, mut low, mut high, start } = interval;
        let at_left = origin == below;
        let start =
            if start >= low && start <= high && start != 0.0 { start } else { low + (high - low) / 2.0 };
        let mut point = self.at(origin, start);
        let others = point.value - point.sums.own;
        let turned = if at_left { others < 0.0 } else { others > 0.0 };
        let three = turned && origin != 0 && origin != self.count - 1;
        let mut fixed = last;
        // Whether f was evaluated at the lower and at the upper bound.
        let mut bound_passed = [false; 2];
        for step in 0..STEPS {
            if point.value.abs() <= ROUNDING * point.noise {
                return Ok(Root { origin, shift: point.tau });
            }
            if point.value.is_nan() {
                break;
            }
            let rising = point.value < 0.0;
            bound_passed[usize::from(!rising)] = true;
            if rising {
                low = point.tau
            } else {
                high = point.tau
            }
            let bound = if rising { high } else { low };
            let delta = |j: usize| (self.pole(j) - self.pole(origin)) - point.tau;
            let local = Local {
                value: point.value,
                slope: point.slope,
                sums: &point.sums,
                left: delta(below),
                right: delta(below + 1),
                gap: self.pole(below + 1) - self.pole(below),
                at_left,
            };
            let mut eta = if three {
                let near = [origin - 1, origin, origin + 1];
                three_poles(&local, near.map(delta), near.map(|j| self.weight(j).powi(2)), fixed)
            } else {
                two_poles(&local, last, fixed)
            };
            // The step goes towards the root; where rounding leaves another direction, NaN or nothing, Newton's does.
            if eta.is_nan() || point.value * eta >= 0.0 || point.tau + eta == point.tau {
                eta = -point.value / point.slope;
            }
            let mut tau = point.tau + eta;
            // The bound was a step before (or a pole), unless it is the first one.
            let outside = if rising { tau > high } else { tau < low };
            let again = tau == bound && (bound == 0.0 || bound_passed[usize::from(rising)]);
            if outside || again || step >= INTERPOLATIONS {
                tau = point.tau + (bound - point.tau) / 2.0;
            }
            if tau == point.tau {
                return Ok(Root { origin, shift: tau });
            }
            let next = self.at(origin, tau);
            let slow = next.value.abs() > point.value.abs() / 10.0;
            if !last && slow {
                if step > 0 && next.value * point.value > 0.0 {
                    fixed = !fixed;
                } else if step == 0 {
                    fixed = (next.value < 0.0) == at_left;
                }
            }
            point = next;
        }
        Err(Error::Lapack { routine: "secular equation", n: self.count, info: below as i32 + 1 })
    }
}
