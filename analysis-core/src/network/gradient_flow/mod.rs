//! Gradient flow in long steps: ṗ = −η∇ℓ(p), ℓ = 1/(2n) Σ ‖f(x_i) − y_i‖², a step of gradient descent the unit of time.
//!
//! As long as η times the largest eigenvalue of ∇²ℓ is small, gradient descent at rate η is this flow to a small error, and a
//! method with an error estimate follows the flow in steps of thousands of descent's ([`GradientFlow::attempt`], a
//! Runge–Kutta–Chebyshev method). The parameters are double throughout; gradients may be computed in single precision.

mod chebyshev;
mod number;
mod slopes;

#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView2};

use super::layers::Plan;
use super::parameters::Parameters;
use crate::error::Result;
use crate::memory::Bytes;
use chebyshev::{Chebyshev, Stage, stages};
pub(crate) use number::Number;
use slopes::{Slope, Slopes};

/// Stages of one step, at most: with more, rounding grows like the square of their number.
const MOST_STAGES: usize = 100;
/// The estimate of the largest eigenvalue comes from below; steps are chosen for so many times of it.
const SAFETY: f64 = 1.1;
/// The power iteration ends when a step changes its value by less than this share.
const CLOSE: f64 = 0.01;
/// Its steps, at most.
const POWERS: usize = 30;

/// Parameters with the loss and its gradient there.
#[derive(Debug, Clone)]
struct Point<T> {
    parameters: Parameters,
    slope: Slope<T>,
    loss: f64,
    /// ‖∇ℓ‖².
    square: f64,
}

/// A network on its way.
#[derive(Debug)]
pub(crate) struct GradientFlow<T> {
    slopes: Slopes<T>,
    y: Array2<f64>,
    rate: f64,
    /// Where distances are measured from.
    start: Parameters,
    now: Point<T>,
    next: Point<T>,
    /// Y_{j−2} of a step under way, and the gradient at Y_{j−1}.
    earlier: Parameters,
    stage: Slope<T>,
    /// How many gradients were computed.
    pub(crate) evaluations: usize,
}

/// What a step would bring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Attempt {
    /// The estimate of the step's error, ‖·‖ over all parameters; infinite where the step left the range of f64.
    pub(crate) error: f64,
    /// How far from the start it leads.
    pub(crate) distance: f64,
    /// ℓ there, and −dℓ per step of descent.
    pub(crate) loss: f64,
    pub(crate) fall: f64,
}

impl<T: Number> GradientFlow<T> {
    /// At `parameters`, for rows x (n, d) and targets y (n, k); distances are from `start`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub(crate) fn new(
        plan: Plan,
        start: Parameters,
        parameters: Parameters,
        [x, y]: [ArrayView2<f64>; 2],
        rate: f64,
    ) -> Result<Self> {
        let units: Bytes = plan.layers.iter().map(|l| Bytes::of::<f64>(l.outputs, x.nrows()) * 4).sum();
        (Bytes::of::<f64>(parameters.count(), 8) + units).require("training a network")?;
        let slope = Slope::zeros(&plan.layers);
        let point = Point { parameters, slope: slope.clone(), loss: 0.0, square: 0.0 };
        let mut flow = GradientFlow {
            slopes: Slopes::new(plan, x),
            y: y.to_owned(),
            rate,
            start,
            next: point.clone(),
            earlier: point.parameters.clone(),
            now: point,
            stage: slope,
            evaluations: 0,
        };
        flow.look(Which::Now);
        Ok(flow)
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.now.parameters
    }

    /// ℓ.
    pub(crate) fn loss(&self) -> f64 {
        self.now.loss
    }

    /// How much ℓ falls in a step of descent, to first order: η ‖∇ℓ‖².
    pub(crate) fn fall(&self) -> f64 {
        self.rate * self.now.square
    }

    /// One step of gradient descent.
    pub(crate) fn descend(&mut self) {
        let slopes = self.now.slope.slices();
        let from = self.now.parameters.slices();
        for ((to, from), slope) in self.next.parameters.slices_mut().into_iter().zip(from).zip(slopes) {
            for ((to, from), slope) in to.iter_mut().zip(from).zip(slope) {
                *to = from - self.rate * (*slope).into();
            }
        }
        self.look(Which::Next);
        self.accept();
    }

    /// How many gradients a step over `length` of descent's takes, where η times the largest eigenvalue is `sharpness`; none
    /// where they would be too many.
    pub(crate) fn stages(length: f64, sharpness: f64) -> Option<usize> {
        Some(stages(length * sharpness * SAFETY)).filter(|count| *count <= MOST_STAGES)
    }

    /// The longest step that is possible.
    pub(crate) fn longest(sharpness: f64) -> f64 {
        ((MOST_STAGES - 1) as f64).powi(2) / 1.54 / (sharpness * SAFETY).max(f64::MIN_POSITIVE)
    }

    /// A step over `length` of descent's, in so many stages; it becomes the network's by [`GradientFlow::accept`].
    pub(crate) fn attempt(&mut self, length: f64, stages: usize) -> Attempt {
        let method = Chebyshev::new(stages);
        let h = -length * self.rate;
        copy(&self.now.parameters, &mut self.earlier);
        let from = self.now.parameters.slices().into_iter().zip(self.now.slope.slices());
        for (to, (from, slope)) in self.next.parameters.slices_mut().into_iter().zip(from) {
            let targets = to.iter_mut().zip(from).zip(slope);
            targets.for_each(|((to, from), g)| *to = from + h * method.first * (*g).into());
        }
        for stage in method.stages {
            self.look(Which::Stage);
            self.combine(stage, h);
            std::mem::swap(&mut self.next.parameters, &mut self.earlier);
        }
        self.look(Which::Next);
        let (error, distance) = self.error(h);
        let finite = error.is_finite() && distance.is_finite() && self.next.loss.is_finite();
        Attempt {
            error: if finite { error } else { f64::INFINITY },
            distance,
            loss: self.next.loss,
            fall: self.rate * self.next.square,
        }
    }

    /// Goes to where the last attempt led.
    pub(crate) fn accept(&mut self) {
        std::mem::swap(&mut self.now, &mut self.next);
    }

    /// η times the largest eigenvalue of JᵀJ/n, J the Jacobian of all outputs, by power iteration from a force on the outputs
    /// on. Products with Jᵀ are gradients, those with J are differences of outputs: not of gradients, which jump at the kinks
    /// of a ReLU, so that their quotients grow without bound as the difference shrinks.
    pub(crate) fn sharpness(&mut self, force: ArrayView2<f64>) -> f64 {
        let n = self.y.nrows() as f64;
        let size = norm(self.now.parameters.slices().into_iter().map(|p| p.iter().copied()));
        let far = T::EPSILON.sqrt() * size.max(1.0);
        let (mut force, mut value) = (force.to_owned(), 0.0);
        for _ in 0..POWERS {
            let length = force.iter().map(|f| f * f).sum::<f64>().sqrt();
            if length == 0.0 || !length.is_finite() {
                return length;
            }
            force /= length;
            let outputs = self.slopes.forward(&self.now.parameters).clone();
            self.slopes.backward(&self.now.parameters, force.mapv(T::of).view(), &mut self.stage);
            self.evaluations += 1;
            let long = norm(self.stage.slices().into_iter().map(|v| v.iter().map(|v| (*v).into())));
            if long == 0.0 || !long.is_finite() {
                return long;
            }
            let from = self.now.parameters.slices();
            let targets = self.next.parameters.slices_mut();
            for ((to, from), v) in targets.into_iter().zip(from).zip(self.stage.slices()) {
                let share = far / long;
                to.iter_mut().zip(from).zip(v).for_each(|((to, from), v)| *to = from + share * (*v).into());
            }
            let there = self.slopes.forward(&self.next.parameters);
            for ((force, here), there) in force.iter_mut().zip(&outputs).zip(there) {
                *force = ((*there).into() - (*here).into()) * long / far;
            }
            let before = value;
            value = self.rate / n * force.iter().map(|f| f * f).sum::<f64>().sqrt();
            if (value - before).abs() <= CLOSE * value {
                break;
            }
        }
        value
    }

    /// Y_j into `earlier`, from Y_0, Y_{j−1} in `next` and Y_{j−2} in `earlier`.
    fn combine(&mut self, Stage { mu, nu, slope, first }: Stage, h: f64) {
        let (own, slope, first) = (1.0 - mu - nu, h * slope, h * first);
        let (y, g) = (self.now.parameters.slices(), self.now.slope.slices());
        let (before, last) = (self.next.parameters.slices(), self.stage.slices());
        let targets = self.earlier.slices_mut().into_iter();
        for ((((target, before), y), last), g) in targets.zip(before).zip(y).zip(last).zip(g) {
            let n = target.len();
            let (before, y, last, g) = (&before[..n], &y[..n], &last[..n], &g[..n]);
            for i in 0..n {
                target[i] = own * y[i]
                    + mu * before[i]
                    + nu * target[i]
                    + slope * last[i].into()
                    + first * g[i].into();
            }
        }
    }

    /// ‖0.8 (p_n − p_{n+1}) + 0.4 h (F_n + F_{n+1})‖, and ‖p_{n+1} − start‖.
    fn error(&self, h: f64) -> (f64, f64) {
        let points = self.now.parameters.slices().into_iter().zip(self.next.parameters.slices());
        let slopes = self.now.slope.slices().into_iter().zip(self.next.slope.slices());
        let mut sums = [0.0; 2];
        for (((a, b), (ga, gb)), start) in points.zip(slopes).zip(self.start.slices()) {
            let n = a.len();
            let (b, ga, gb, start) = (&b[..n], &ga[..n], &gb[..n], &start[..n]);
            let mut lanes = [[0.0f64; 8]; 2];
            for i in 0..n {
                let slope: f64 = ga[i].into() + gb[i].into();
                let (error, distance) = (0.8 * (a[i] - b[i]) + 0.4 * h * slope, b[i] - start[i]);
                lanes[0][i % 8] += error * error;
                lanes[1][i % 8] += distance * distance;
            }
            (0..2).for_each(|which| sums[which] += lanes[which].iter().sum::<f64>());
        }
        (sums[0].sqrt(), sums[1].sqrt())
    }

    /// Loss and gradient at one of the points.
    fn look(&mut self, which: Which) {
        let n = self.y.nrows() as f64;
        let (parameters, slope) = match which {
            Which::Now => (&self.now.parameters, &mut self.now.slope),
            Which::Next => (&self.next.parameters, &mut self.next.slope),
            Which::Stage => (&self.next.parameters, &mut self.stage),
        };
        let outputs = self.slopes.forward(parameters);
        let mut sum = 0.0;
        let mut force = Array2::zeros(outputs.dim());
        for ((force, f), y) in force.iter_mut().zip(outputs).zip(&self.y) {
            let apart = (*f).into() - y;
            sum += apart * apart;
            *force = T::of(apart / n);
        }
        self.slopes.backward(parameters, force.view(), slope);
        self.evaluations += 1;
        let point = match which {
            Which::Now => &mut self.now,
            Which::Next => &mut self.next,
            Which::Stage => return,
        };
        point.loss = 0.5 * sum / n;
        let length = norm(point.slope.slices().into_iter().map(|g| g.iter().map(|g| (*g).into())));
        point.square = length * length;
    }
}

/// Which point a gradient is of.
#[derive(Clone, Copy)]
enum Which {
    Now,
    Next,
    /// `next`'s parameters, the gradient into `stage`.
    Stage,
}

fn copy(from: &Parameters, to: &mut Parameters) {
    to.slices_mut().into_iter().zip(from.slices()).for_each(|(to, from)| to.copy_from_slice(from));
}

/// The Euclidean norm of all numbers; eight sums an array, so that the processor adds eight at a time.
fn norm(arrays: impl Iterator<Item = impl Iterator<Item = f64>>) -> f64 {
    let square = |numbers: &mut dyn Iterator<Item = f64>| {
        let mut lanes = [0.0f64; 8];
        numbers.enumerate().for_each(|(i, v)| lanes[i % 8] += v * v);
        lanes.iter().sum::<f64>()
    };
    arrays.map(|mut numbers| square(&mut numbers)).sum::<f64>().sqrt()
}
