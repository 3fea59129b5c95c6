//! The activation φ of a network.

use crate::error::{Error, Result};

/// The largest degree of [`Activation::ReluPower`]: beyond it E\[φ(z)²\] = (2k−1)!!/2 spoils the scales.
pub const MAX_RELU_POWER: u32 = 12;

/// An activation function φ: ℝ → ℝ.
///
/// `Display` and `FromStr` speak "relu", "leaky-relu:0.1" (any slope), "erf", "tanh", "gelu", "sigmoid", "silu", "softplus", "elu", "sin",
/// "cos", "relu^2" (any degree to [`MAX_RELU_POWER`]); serde writes the same names. "relu^1" is read as "relu": one function has one name. A
/// [`Activation::Custom`] one is written as `custom:NAME` and cannot be read back: a function is not data. For the same
/// reason no result of it is kept in a [`Store`](crate::store::Store).
///
/// # Examples
/// ```
/// use analysis_core::architecture::Activation;
/// assert_eq!("relu^2".parse::<Activation>()?, Activation::ReluPower(2));
/// assert_eq!("leaky-relu:0.1".parse::<Activation>()?, Activation::LeakyRelu(0.1));
/// let clipped = Activation::Custom {
///     name: "ReLU6".into(),
///     function: |x| x.clamp(0.0, 6.0),
///     derivative: Some(|x| if x > 0.0 && x < 6.0 { 1.0 } else { 0.0 }),
///     kinks: vec![0.0, 6.0],
/// };
/// assert_eq!(clipped.to_string(), "custom:ReLU6");
/// assert!("custom:ReLU6".parse::<Activation>().is_err());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub enum Activation {
    /// max(0, x); closed form.
    #[default]
    Relu,
    /// erf(x) = (2/√π) ∫₀ˣ e^{−t²} dt; closed form.
    Erf,
    /// tanh(x); by quadrature.
    Tanh,
    /// x Φ(x), Φ the standard normal distribution function (not its tanh approximation); by quadrature.
    Gelu,
    /// 1/(1 + e^{−x}); by quadrature.
    Sigmoid,
    /// x for x > 0, ax below; a finite, not 0 (that is [`Activation::Relu`]); by quadrature.
    LeakyRelu(f64),
    /// x/(1 + e^{−x}), also called swish; by quadrature.
    Silu,
    /// ln(1 + eˣ); by quadrature.
    Softplus,
    /// x for x > 0, eˣ − 1 below; by quadrature.
    Elu,
    /// sin(x); by quadrature.
    Sin,
    /// cos(x); by quadrature.
    Cos,
    /// max(0, x)ᵏ; k = 0 is the step function, whose NTK does not exist (NNGP only). k = 1 is [`Activation::Relu`] and is
    /// refused under this name; [`Activation::relu_power`] takes any k.
    ReluPower(u32),
    /// A function of the user's own; by quadrature.
    Custom {
        /// How it is called in results and error messages.
        name: String,
        /// φ.
        function: fn(f64) -> f64,
        /// φ'. Needed for the NTK of a φ with kinks, or of one too steep for a Hermite series; a smooth φ does without,
        /// since E\[φ'φ'\] follows from the same series as E\[φφ\].
        derivative: Option<fn(f64) -> f64>,
        /// Every point where φ, φ' or φ'' jumps; empty for a smooth φ. An undeclared kink that would cost accuracy is
        /// refused, as is a φ too rough for the quadrature.
        kinks: Vec<f64>,
    },
}

impl Activation {
    /// max(0, x)ᵏ under its one name: [`Activation::Relu`] for k = 1, [`Activation::ReluPower`] for every other k.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::architecture::Activation;
    /// assert_eq!(Activation::relu_power(1), Activation::Relu);
    /// assert_eq!(Activation::relu_power(2), Activation::ReluPower(2));
    /// ```
    pub fn relu_power(degree: u32) -> Self {
        match degree {
            1 => Activation::Relu,
            _ => Activation::ReluPower(degree),
        }
    }

    /// φ(x); NaN where x is NaN.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::architecture::Activation;
    /// assert_eq!(Activation::ReluPower(2).value(3.0), 9.0);
    /// ```
    pub fn value(&self, x: f64) -> f64 {
        match self {
            Activation::Relu => relu(x),
            Activation::Erf => libm::erf(x),
            Activation::Tanh => x.tanh(),
            // erfc keeps the left tail's relative accuracy, where Φ(x) = 1 + erf would cancel.
            Activation::Gelu => 0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
            Activation::Sigmoid => sigmoid(x),
            Activation::LeakyRelu(slope) => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Activation::Silu => x * sigmoid(x),
            // eˣ overflows for x > 709, e^{−|x|} never.
            Activation::Softplus => relu(x) + (-x.abs()).exp().ln_1p(),
            Activation::Elu if x > 0.0 => x,
            Activation::Elu => x.exp_m1(),
            Activation::Sin => x.sin(),
            Activation::Cos => x.cos(),
            Activation::ReluPower(_) if x.is_nan() => x,
            Activation::ReluPower(degree) => {
                if x > 0.0 {
                    x.powi(*degree as i32)
                } else {
                    0.0
                }
            }
            Activation::Custom { function, .. } => function(x),
        }
    }

    /// φ'(x), where it is known: always but for a [`Activation::Custom`] without one. At a kink, the left one of ReLU
    /// (0), as PyTorch and JAX take it.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::architecture::Activation;
    /// assert_eq!(Activation::ReluPower(3).derivative(2.0), Some(12.0));
    /// ```
    pub fn derivative(&self, x: f64) -> Option<f64> {
        use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
        Some(match self {
            Activation::Relu | Activation::ReluPower(_) if x.is_nan() => x,
            Activation::Relu => f64::from(x > 0.0),
            Activation::Erf => FRAC_2_SQRT_PI * (-x * x).exp(),
            Activation::Tanh => 1.0 / x.cosh().powi(2),
            Activation::Gelu => {
                let density = 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2 * (-0.5 * x * x).exp();
                0.5 * libm::erfc(-x * FRAC_1_SQRT_2) + x * density
            }
            Activation::Sigmoid => 0.25 / (0.5 * x).cosh().powi(2),
            Activation::LeakyRelu(_) if x.is_nan() => x,
            Activation::LeakyRelu(slope) => {
                if x > 0.0 {
                    1.0
                } else {
                    *slope
                }
            }
            Activation::Silu => sigmoid(x) * (1.0 + x * sigmoid(-x)),
            Activation::Softplus => sigmoid(x),
            Activation::Elu if x > 0.0 => 1.0,
            Activation::Elu => x.exp(),
            Activation::Sin => x.cos(),
            Activation::Cos => -x.sin(),
            Activation::ReluPower(0) => 0.0,
            Activation::ReluPower(degree) => {
                if x > 0.0 {
                    f64::from(*degree) * x.powi(*degree as i32 - 1)
                } else {
                    0.0
                }
            }
            Activation::Custom { derivative, .. } => (*derivative)?(x),
        })
    }

    /// Where φ, φ' or φ'' jumps.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::architecture::Activation;
    /// assert_eq!(Activation::Relu.kinks(), [0.0]);
    /// assert!(Activation::Tanh.kinks().is_empty());
    /// ```
    pub fn kinks(&self) -> &[f64] {
        match self {
            Activation::Relu | Activation::ReluPower(_) | Activation::LeakyRelu(_) | Activation::Elu => {
                &[0.0]
            }
            Activation::Custom { kinks, .. } => kinks,
            _ => &[],
        }
    }

    /// k if φ(ax) = aᵏφ(x) for every a > 0.
    pub(crate) fn homogeneous_degree(&self) -> Option<u32> {
        match self {
            Activation::Relu | Activation::LeakyRelu(_) => Some(1),
            Activation::ReluPower(degree) => Some(*degree),
            _ => None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Activation::ReluPower(degree) if *degree > MAX_RELU_POWER => Err(Error::parameter(
                "activation",
                self,
                format!("the degree must be at most {MAX_RELU_POWER}"),
            )),
            // Two names for one function would have two closed forms, two engines and two keys in the store.
            Activation::ReluPower(1) => Err(Error::parameter(
                "activation",
                self,
                "is ReLU: take Activation::Relu, or Activation::relu_power(1), which is the same",
            )),
            Activation::LeakyRelu(slope) if *slope == 0.0 => {
                Err(Error::parameter("activation", self, "is ReLU: take Activation::Relu, which is the same"))
            }
            Activation::LeakyRelu(slope) if !slope.is_finite() => {
                Err(Error::parameter("activation", self, "its slope must be a finite number"))
            }
            Activation::Custom { kinks, .. } if kinks.iter().any(|k| !k.is_finite()) => {
                Err(Error::parameter("kinks", format!("{kinks:?}"), "must be finite"))
            }
            _ => Ok(()),
        }
    }
}

/// 1/(1 + e^{−x}).
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// max(0, x), but NaN stays NaN: `f64::max` would make it 0. Of −0 it is 0.
#[inline]
pub(crate) fn relu(x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { x }
}

#[cfg(test)]
#[path = "activation_tests.rs"]
mod tests;
