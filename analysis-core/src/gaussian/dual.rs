//! Dual activations: what a layer does to a pair of Gaussian pre-activations.
//!
//! For (x, y) centred Gaussian with standard deviations r₁, r₂ and angle θ (correlation cos θ), a layer needs
//! E\[φ(x)φ(y)\], E\[φ'(x)φ'(y)\], and, so that the next angle keeps its digits, ρ₁ρ₂ ∓ E\[φ(x)φ(y)\] with
//! ρᵢ² = E\[φ(rᵢz)²\], computed without cancellation.

use std::f64::consts::FRAC_1_PI;

use super::angle::Angle;
use super::arc_cosine::ArcCosine;
use super::pair::{Marginal, PairMoments};
use super::piecewise::Piecewise;
use super::plane::REACH;
use super::quadrature::density;
use super::{closed_form, hermite, moment};
use crate::architecture::Activation;
use crate::error::{Error, Result};

/// How far a pair's moments by quadrature may be from the truth, relative to √(E φ(x)² E φ(y)²) (and likewise for φ'):
/// more than ten times what the reference tests measure.
pub(crate) const QUADRATURE_ERROR: f64 = 1e-13;

/// The dual of one activation.
#[derive(Debug, Clone, PartialEq)]
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

impl Dual {
    pub(crate) fn new(activation: &Activation) -> Result<Self> {
        activation.check()?;
        Ok(match activation {
            Activation::Relu => Dual::Relu,
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
    /// [`Error::Parameter`] if φ is not finite where it is needed, is too rough for the quadrature, or E\[φ'φ'\] is wanted and can only come from a
    /// derivative that was not given.
    pub(crate) fn marginal(&self, deviation: f64, with_derivative: bool) -> Result<Marginal> {
        let (activation, piecewise) = match self {
            Dual::Relu => return Ok(Marginal::closed(deviation, 0.5 * deviation * deviation)),
            Dual::ReluPower { degree, .. } => {
                return Ok(Marginal::closed(deviation, moment::power(deviation * deviation, *degree as i32)));
            }
            Dual::Erf => return Ok(Marginal::closed(deviation, closed_form::erf_moment(deviation))),
            Dual::Quadrature { activation, piecewise } => (activation, piecewise),
        };
        let series =
            if activation.kinks().is_empty() { hermite::series(activation, deviation) } else { None };
        // Beside a series the pieces are only needed against a row that has none: that pair then refuses.
        let edges = match piecewise.edges(activation, deviation, with_derivative) {
            Err(_) if series.is_some() => Vec::new(),
            other => other?,
        };
        let moment = match &series {
            Some(series) => hermite::moment(series),
            None => piecewise.moment(activation, deviation, &edges),
        };
        // x⁶ leaves 3e-12 of its moment beyond the range of the pieces.
        let cut = [-REACH, REACH].map(|z| activation.value(deviation * z).powi(2) * density(z));
        if series.is_none() && cut[0] + cut[1] > 1e-10 * moment {
            let why = format!(
                "grows too fast for inputs of standard deviation {deviation:e}: φ² times the normal density is still {:e} of E φ² at 9 standard deviations; rescale the rows, or take a tamer φ",
                (cut[0] + cut[1]) / moment
            );
            return Err(Error::parameter("activation", activation, why));
        }
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
    ///
    /// # Errors
    /// [`Error::Parameter`] if a quadrature does not converge: never so for a closed form or a series.
    pub(crate) fn pair(
        &self,
        x: &Marginal,
        y: &Marginal,
        angle: Angle,
        with_derivative: bool,
    ) -> Result<PairMoments> {
        Ok(match self {
            Dual::Relu => closed_form::relu(x, y, angle),
            Dual::ReluPower { degree, value, derivative } => {
                let slope = if with_derivative { derivative.as_deref() } else { None };
                closed_form::relu_power(*degree, value, slope, x, y, angle)
            }
            Dual::Erf => closed_form::erf(x, y, angle),
            Dual::Quadrature { activation, piecewise } => {
                if x.series.is_empty() || y.series.is_empty() {
                    piecewise.pair(activation, x, y, angle, with_derivative)?
                } else {
                    hermite::pair(x, y, angle)
                }
            }
        })
    }

    /// E φ'(u)² − E φ'(u)φ'(u') of two of the deviation of `x`, with all digits of a small angle.
    ///
    /// # Errors
    /// As [`Dual::pair`].
    pub(crate) fn slope_gap(&self, x: &Marginal, angle: Angle) -> Result<f64> {
        Ok(match self {
            Dual::Relu => 0.5 * angle.radians() * FRAC_1_PI,
            Dual::ReluPower { degree, derivative, .. } => derivative.as_ref().map_or(0.0, |lower| {
                moment::power_slope(x.deviation * x.deviation, *degree) * lower.gap(angle)
            }),
            Dual::Erf => {
                let q = x.deviation * x.deviation;
                closed_form::erf_slope_gap(q, angle.one_minus_cosine(), angle.one_plus_cosine())
            }
            Dual::Quadrature { activation, piecewise } if x.series.is_empty() => {
                piecewise.slope_gap(activation, x, angle)?
            }
            Dual::Quadrature { .. } => hermite::slope_gap(x, angle),
        })
    }
}
