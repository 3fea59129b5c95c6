//! Dual activations: what a layer does to a pair of Gaussian pre-activations.
//!
//! For (x, y) centred Gaussian with standard deviations r₁, r₂ and angle θ (correlation cos θ), a layer needs
//! E\[φ(x)φ(y)\], E\[φ'(x)φ'(y)\], and, so that the next angle keeps its digits, ρ₁ρ₂ ∓ E\[φ(x)φ(y)\] with
//! ρᵢ² = E\[φ(rᵢz)²\], computed without cancellation.

mod closed_form;

use super::activation::Activation;
use super::angle::Angle;
use super::arc_cosine::ArcCosine;
use crate::error::{Error, Result};

/// The dual of one activation.
#[derive(Debug, Clone)]
pub(crate) enum Dual {
    Relu,
    ReluPower { degree: u32, value: ArcCosine, derivative: Option<ArcCosine> },
    Erf,
}

/// One input at one layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marginal {
    /// r: the standard deviation of the pre-activation.
    pub(crate) deviation: f64,
    /// ρ² = E φ(rz)².
    pub(crate) moment: f64,
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
                value: ArcCosine::new(*degree),
                derivative: degree.checked_sub(1).map(ArcCosine::new),
            },
            Activation::Erf => Dual::Erf,
            other => {
                return Err(Error::parameter("activation", other, "quadrature is not there yet"));
            }
        })
    }

    /// A layer's input at standard deviation `deviation` > 0.
    pub(crate) fn marginal(&self, deviation: f64) -> Result<Marginal> {
        let moment = match self {
            Dual::Relu => 0.5 * deviation * deviation,
            Dual::ReluPower { degree, .. } => closed_form::relu_power_moment(*degree, deviation),
            Dual::Erf => closed_form::erf_moment(deviation),
        };
        Ok(Marginal { deviation, moment })
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
                let slope = if with_derivative { derivative.as_ref() } else { None };
                closed_form::relu_power(*degree, value, slope, x, y, angle)
            }
            Dual::Erf => closed_form::erf(x, y, angle),
        }
    }
}
