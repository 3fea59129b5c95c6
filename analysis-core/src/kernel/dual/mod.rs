//! Dual activations: what a layer does to a pair of Gaussian pre-activations.
//!
//! For (x, y) centred Gaussian with standard deviations r₁, r₂ and angle θ (correlation cos θ), a layer needs
//! E\[φ(x)φ(y)\], E\[φ'(x)φ'(y)\], and, so that the next angle keeps its digits, ρ₁ρ₂ ∓ E\[φ(x)φ(y)\] with
//! ρᵢ² = E\[φ(rᵢz)²\], computed without cancellation.

mod closed_form;
mod hermite;
mod piecewise;

use super::activation::Activation;
use super::angle::Angle;
use super::arc_cosine::ArcCosine;
use crate::error::{Error, Result};
use piecewise::Piecewise;

/// The dual of one activation.
#[derive(Debug, Clone)]
pub(crate) enum Dual {
    Relu,
    ReluPower {
        degree: u32,
        value: Box<ArcCosine>,
        derivative: Option<Box<ArcCosine>>,
    },
    Erf,
    /// By quadrature: a Hermite series where it decays, piecewise Gauss–Legendre elsewhere.
    Quadrature {
        activation: Activation,
        piecewise: Box<Piecewise>,
    },
}

/// One input at one layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marginal {
    /// r: the standard deviation of the pre-activation.
    pub(crate) deviation: f64,
    /// ρ² = E φ(rz)².
    pub(crate) moment: f64,
    /// Hermite coefficients of φ(rz); empty where there is a closed form, or where they do not decay.
    series: Vec<f64>,
    /// Edges of the pieces of φ(rz); empty where there is a closed form.
    edges: Vec<f64>,
}

impl Marginal {
    fn closed(deviation: f64, moment: f64) -> Self {
        Marginal { deviation, moment, series: Vec::new(), edges: Vec::new() }
    }

    /// Whether a pair with this one takes a two-dimensional quadrature.
    pub(crate) fn costly(&self) -> bool {
        self.series.is_empty() && !self.edges.is_empty()
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        8 * (self.series.len() + self.edges.len() + 8) as u64
    }
}

/// What a layer says of a pair.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PairMoments {
    /// E\[φ(x)φ(y)\]
    pub(crate) value: f64,
    /// ρ₁ρ₂ − E\[φ(x)φ(y)\] ≥ 0
    pub(crate) gap: f64,
    /// ρ₁ρ₂ + E\[φ(x)φ(y)\] ≥ 0
    pub(crate) sum: f64,
    /// E\[φ'(x)φ'(y)\]; 0 unless asked for
    pub(crate) derivative: f64,
}

impl Dual {
    pub(crate) fn new(activation: &Activation) -> Result<Self> {
        activation.check()?;
        Ok(match activation {
            Activation::Relu | Activation::ReluPower(1) => Dual::Relu,
            Activation::ReluPower(degree) => Dual::ReluPower {
                degree: *degree,
                value: Box::new(ArcCosine::new(*degree)),
                derivative: degree.checked_sub(1).map(|lower| Box::new(ArcCosine::new(lower))),
            },
            Activation::Erf => Dual::Erf,
            other => Dual::Quadrature { activation: other.clone(), piecewise: Box::new(Piecewise::new()) },
        })
    }

    /// A layer's input at standard deviation `deviation` > 0.
    ///
    /// # Errors
    /// [`Error::Parameter`] if φ is not finite where it is needed, or E\[φ'φ'\] is wanted and can only come from a
    /// derivative that was not given.
    pub(crate) fn marginal(&self, deviation: f64, with_derivative: bool) -> Result<Marginal> {
        let (activation, piecewise) = match self {
            Dual::Relu => return Ok(Marginal::closed(deviation, 0.5 * deviation * deviation)),
            Dual::ReluPower { degree, .. } => {
                return Ok(Marginal::closed(deviation, closed_form::relu_power_moment(*degree, deviation)));
            }
            Dual::Erf => return Ok(Marginal::closed(deviation, closed_form::erf_moment(deviation))),
            Dual::Quadrature { activation, piecewise } => (activation, piecewise),
        };
        let series =
            if activation.kinks().is_empty() { hermite::series(activation, deviation) } else { None };
        let edges = piecewise.edges(activation, deviation);
        let moment = match &series {
            Some(series) => hermite::moment(series),
            None => piecewise.moment(activation, deviation, &edges),
        };
        if !moment.is_finite() {
            let why = format!("is not finite for inputs of standard deviation {deviation:e}");
            return Err(Error::parameter("activation", activation, why));
        }
        if with_derivative && series.is_none() && activation.derivative(0.0).is_none() {
            let why = format!(
                "its Hermite series does not decay at standard deviation {deviation:e} (a kink, or a steep slope): the NTK needs its derivative"
            );
            return Err(Error::parameter("activation", activation, why));
        }
        Ok(Marginal { deviation, moment, series: series.unwrap_or_default(), edges })
    }

    /// The pair's moments; E\[φ'φ'\] only if `with_derivative`.
    pub(crate) fn pair(
        &self,
        x: &Marginal,
        y: &Marginal,
        angle: Angle,
        with_derivative: bool,
    ) -> PairMoments {
        match self {
            Dual::Relu => closed_form::relu(x, y, angle),
            Dual::ReluPower { degree, value, derivative } => {
                let slope = if with_derivative { derivative.as_deref() } else { None };
                closed_form::relu_power(*degree, value, slope, x, y, angle)
            }
            Dual::Erf => closed_form::erf(x, y, angle),
            Dual::Quadrature { activation, piecewise } => {
                if x.series.is_empty() || y.series.is_empty() {
                    piecewise.pair(activation, x, y, angle)
                } else {
                    hermite::pair(x, y, angle)
                }
            }
        }
    }
}
