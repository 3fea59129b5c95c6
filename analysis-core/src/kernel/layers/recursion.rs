//! The recursion: from two rows and their angle through all layers.

use std::slice::Iter;
use std::sync::Arc;

use super::{Layer, WideNetwork};
use crate::architecture::Activation;
use crate::error::{Error, Result};
use crate::gaussian::{Angle, Dual, Marginal, QUADRATURE_ERROR};
use crate::kernel::KernelKind;

/// A layer with its constants worked out.
#[derive(Debug)]
pub(super) enum Step {
    Dense {
        weight: f64,
        bias: f64,
    },
    /// Which of the duals.
    Activation(usize),
    /// With c².
    Residual(Vec<Step>, f64),
    LayerNorm,
}

/// A network made ready.
#[derive(Debug)]
pub(in crate::kernel) struct Ready {
    pub(super) ntk: bool,
    /// σ_w² and σ_b² of the first layer.
    first: (f64, f64),
    /// The other layers.
    pub(super) steps: Vec<Step>,
    pub(super) duals: Vec<(Activation, Dual)>,
    /// Activations on the way, those of blocks included, that are integrated numerically.
    quadratures: usize,
}

/// What the activations need to know of one row, in the order in which it meets them.
pub(in crate::kernel) type RowState = Vec<Arc<Marginal>>;

/// A pair (x, y) between two layers. The gap and the sum are carried along, not subtracted, so that the angle between nearly equal rows
/// keeps its digits: every line below adds numbers that are not negative.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// Σ(x, x) and Σ(y, y).
    x: f64,
    y: f64,
    /// Σ(x, y).
    covariance: f64,
    /// √(Σ(x, x)Σ(y, y)) − Σ(x, y) and √(Σ(x, x)Σ(y, y)) + Σ(x, y).
    gap: f64,
    sum: f64,
    /// Θ(x, y).
    tangent: f64,
}

impl Pair {
    /// √(Σ(x, x)Σ(y, y)).
    fn scale(&self) -> f64 {
        if self.x == self.y { self.x } else { self.x.sqrt() * self.y.sqrt() }
    }

    fn angle(&self) -> Angle {
        let scale = self.scale();
        Angle::from_versines(self.gap / scale, self.sum / scale)
    }

    /// The units times √factor.
    fn times(self, factor: f64) -> Pair {
        Pair {
            x: factor * self.x,
            y: factor * self.y,
            covariance: factor * self.covariance,
            gap: factor * self.gap,
            sum: factor * self.sum,
            tangent: factor * self.tangent,
        }
    }

    /// The sum with independent units. With standard deviations a and b of the two:
    /// √((a_x² + b_x²)(a_y² + b_y²)) − a_x a_y − b_x b_y is (a_x b_y − a_y b_x)² over the sum of the three (Lagrange).
    fn plus(self, other: Pair) -> Pair {
        let (x, y) = (self.x + other.x, self.y + other.y);
        let cross = self.x.sqrt() * other.y.sqrt() - self.y.sqrt() * other.x.sqrt();
        let excess = cross * (cross / (x.sqrt() * y.sqrt() + self.scale() + other.scale()));
        Pair {
            x,
            y,
            covariance: self.covariance + other.covariance,
            gap: self.gap + other.gap + excess,
            sum: self.sum + other.sum + excess,
            tangent: self.tangent + other.tangent,
        }
    }

    /// The sum with one number of this variance, the same for both inputs.
    fn plus_bias(self, bias: f64) -> Pair {
        self.plus(Pair { x: bias, y: bias, covariance: bias, gap: 0.0, sum: 2.0 * bias, tangent: 0.0 })
    }

    /// Both inputs' units divided by their standard deviations.
    fn normalised(self) -> Pair {
        let scale = self.scale();
        Pair {
            x: 1.0,
            y: 1.0,
            covariance: self.covariance / scale,
            gap: self.gap / scale,
            sum: self.sum / scale,
            tangent: self.tangent / scale,
        }
    }
}

impl Ready {
    /// # Errors
    /// Those of [`WideNetwork::check`].
    pub(in crate::kernel) fn new(network: &WideNetwork, kind: KernelKind) -> Result<Self> {
        network.check(kind)?;
        let mut ready = Ready {
            ntk: kind == KernelKind::Ntk,
            first: (1.0, 0.0),
            steps: vec![],
            duals: vec![],
            quadratures: 0,
        };
        if let Layer::Dense { sigma_w2, sigma_b2 } = network.layers[0] {
            ready.first = (sigma_w2, sigma_b2);
        }
        ready.steps = ready.prepared(&network.layers[1..])?;
        Ok(ready)
    }

    fn prepared(&mut self, layers: &[Layer]) -> Result<Vec<Step>> {
        let mut steps = Vec::with_capacity(layers.len());
        for layer in layers {
            steps.push(match layer {
                Layer::Dense { sigma_w2, sigma_b2 } => Step::Dense { weight: *sigma_w2, bias: *sigma_b2 },
                Layer::Activation(activation) => {
                    let known = self.duals.iter().position(|(other, _)| other == activation);
                    let index = known.unwrap_or(self.duals.len());
                    if known.is_none() {
                        self.duals.push((activation.clone(), Dual::new(activation)?));
                    }
                    self.quadratures += usize::from(matches!(self.duals[index].1, Dual::Quadrature { .. }));
                    Step::Activation(index)
                }
                Layer::Residual { block, scale } => Step::Residual(self.prepared(block)?, scale * scale),
                Layer::LayerNorm => Step::LayerNorm,
            });
        }
        Ok(steps)
    }

    /// K(x, y) from the first layer's pre-activations: the two rows' standard deviations and the angle between them.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a quadrature does not converge.
    pub(in crate::kernel) fn pair(
        &self,
        (x, x_state): (f64, &RowState),
        (y, y_state): (f64, &RowState),
        angle: Angle,
    ) -> Result<f64> {
        let product = x * y;
        let covariance = product * angle.cosine();
        let first = Pair {
            x: x * x,
            y: y * y,
            covariance,
            gap: product * angle.one_minus_cosine(),
            sum: product * angle.one_plus_cosine(),
            tangent: covariance,
        };
        let last = self.through(&self.steps, first, &mut [x_state.iter(), y_state.iter()])?;
        Ok(if self.ntk { last.tangent } else { last.covariance })
    }

    /// The recursion.
    fn through(&self, steps: &[Step], mut pair: Pair, rows: &mut [Iter<Arc<Marginal>>; 2]) -> Result<Pair> {
        for step in steps {
            pair = match step {
                Step::Dense { weight, bias } => {
                    let sum = pair.times(*weight);
                    let sum = if *bias > 0.0 { sum.plus_bias(*bias) } else { sum };
                    Pair { tangent: sum.covariance + sum.tangent, ..sum }
                }
                Step::Activation(index) => {
                    let [Some(x), Some(y)] = rows.each_mut().map(Iter::next) else {
                        return Err(another_network());
                    };
                    let moments = self.duals[*index].1.pair(x, y, pair.angle(), self.ntk)?;
                    Pair {
                        x: x.moment,
                        y: y.moment,
                        covariance: moments.value,
                        gap: moments.gap,
                        sum: moments.sum,
                        tangent: moments.derivative * pair.tangent,
                    }
                }
                Step::Residual(block, square) => pair.plus(self.through(block, pair, rows)?.times(*square)),
                Step::LayerNorm => pair.normalised(),
            };
        }
        Ok(pair)
    }

    /// The first layer's σ_w²/d and σ_b².
    pub(in crate::kernel) fn first_layer(&self, features: usize) -> (f64, f64) {
        (self.first.0 / features.max(1) as f64, self.first.1)
    }

    /// How far [`Ready::pair`] may be from K(x, y), over √(K(x,x)K(y,y)): the rounding unit, or what a quadrature
    /// leaves in every activation.
    pub(in crate::kernel) fn epsilon(&self) -> f64 {
        f64::EPSILON.max(QUADRATURE_ERROR * self.quadratures as f64)
    }
}

fn another_network() -> Error {
    Error::parameter("network", "a row's state", "must be of this network")
}
