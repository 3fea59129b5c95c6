//! The activation φ of a network.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::identity;

/// The largest degree of [`Activation::ReluPower`]: beyond it E\[φ(z)²\] = (2k−1)!!/2 spoils the scales.
pub const MAX_RELU_POWER: u32 = 12;

/// An activation function φ: ℝ → ℝ.
///
/// `Display` and `FromStr` speak "relu", "erf", "tanh", "gelu", "sigmoid", "relu^2" (any degree to
/// [`MAX_RELU_POWER`]); serde writes the same names. "relu^1" is read as "relu": one function has one name. A
/// [`Activation::Custom`] one is written as `custom:NAME` and cannot be read back: a function is not data. For the same
/// reason no result of it is kept in a [`Store`](crate::store::Store).
///
/// # Examples
/// ```
/// use analysis_core::architecture::Activation;
/// assert_eq!("relu^2".parse::<Activation>()?, Activation::ReluPower(2));
/// let leaky = Activation::Custom {
///     name: "leaky ReLU".into(),
///     function: |x| if x > 0.0 { x } else { 0.1 * x },
///     derivative: Some(|x| if x > 0.0 { 1.0 } else { 0.1 }),
///     kinks: vec![0.0],
/// };
/// assert_eq!(leaky.to_string(), "custom:leaky ReLU");
/// assert!("custom:leaky ReLU".parse::<Activation>().is_err());
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
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
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

    /// Where φ or φ' jumps.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::architecture::Activation;
    /// assert_eq!(Activation::Relu.kinks(), [0.0]);
    /// assert!(Activation::Tanh.kinks().is_empty());
    /// ```
    pub fn kinks(&self) -> &[f64] {
        match self {
            Activation::Relu | Activation::ReluPower(_) => &[0.0],
            Activation::Custom { kinks, .. } => kinks,
            _ => &[],
        }
    }

    /// k if φ(ax) = aᵏφ(x) for every a > 0.
    pub(crate) fn homogeneous_degree(&self) -> Option<u32> {
        match self {
            Activation::Relu => Some(1),
            Activation::ReluPower(degree) => Some(*degree),
            _ => None,
        }
    }

    /// φ(x) = `left`·x for x < 0 and `right`·x for x > 0, where it is that: ReLU, and a function of the user's own that is
    /// so, slope included, at 192 points between ±10⁻⁸ and ±10⁸ to rounding and declares no kink but at 0.
    pub(crate) fn slopes(&self) -> Option<Slopes> {
        let (function, derivative) = match self {
            Activation::Relu => return Some(Slopes { left: 0.0, right: 1.0 }),
            Activation::Custom { function, derivative, kinks, .. } if kinks.iter().all(|k| *k == 0.0) => {
                (function, (*derivative)?)
            }
            _ => return None,
        };
        let slopes = Slopes { left: -function(-1.0), right: function(1.0) };
        // Steps of no simple ratio, so that no period hides between them.
        let points =
            (0..96).map(|i| 10f64.powf(-8.0 + 16.0 * (f64::from(i) * 0.618_033_988_749_894_9).fract()));
        let same = |x: f64, slope: f64| {
            let allowed = 4.0 * f64::EPSILON * slope.abs();
            (function(x) / x - slope).abs() <= allowed && (derivative(x) - slope).abs() <= allowed
        };
        let linear = points.into_iter().all(|x| same(x, slopes.right) && same(-x, slopes.left));
        (linear && function(0.0) == 0.0).then_some(slopes)
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
            Activation::Custom { kinks, .. } if kinks.iter().any(|k| !k.is_finite()) => {
                Err(Error::parameter("kinks", format!("{kinks:?}"), "must be finite"))
            }
            _ => Ok(()),
        }
    }
}

/// The slopes of a φ that is linear on either side of 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slopes {
    pub(crate) left: f64,
    pub(crate) right: f64,
}

impl Slopes {
    /// E φ'(u)² = E φ(u)²/E u² of a centred normal u, whatever its variance.
    pub(crate) fn mean_square(self) -> f64 {
        0.5 * (self.left * self.left + self.right * self.right)
    }

    /// s₋s₊.
    pub(crate) fn product(self) -> f64 {
        self.left * self.right
    }

    /// (s₊ − s₋)².
    pub(crate) fn bend_square(self) -> f64 {
        (self.right - self.left).powi(2)
    }

    /// Whether φ bends at 0; if not it is linear.
    pub(crate) fn bent(self) -> bool {
        self.left != self.right
    }
}

/// max(0, x), but NaN stays NaN: `f64::max` would make it 0. Of −0 it is 0.
#[inline]
pub(crate) fn relu(x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { x }
}

/// Two custom activations are equal if name, function pointers and kinks are; the same closure compiled twice may differ.
impl PartialEq for Activation {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Activation::Custom { name, function, derivative, kinks },
                Activation::Custom {
                    name: name2,
                    function: function2,
                    derivative: derivative2,
                    kinks: kinks2,
                },
            ) => {
                let address = |d: &Option<fn(f64) -> f64>| d.map(|d| d as usize);
                name == name2
                    && *function as usize == *function2 as usize
                    && address(derivative) == address(derivative2)
                    && kinks == kinks2
            }
            (Activation::ReluPower(k), Activation::ReluPower(l)) => k == l,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Activation::Relu => f.write_str("relu"),
            Activation::Erf => f.write_str("erf"),
            Activation::Tanh => f.write_str("tanh"),
            Activation::Gelu => f.write_str("gelu"),
            Activation::Sigmoid => f.write_str("sigmoid"),
            Activation::ReluPower(degree) => write!(f, "relu^{degree}"),
            Activation::Custom { name, .. } => write!(f, "custom:{name}"),
        }
    }
}

impl FromStr for Activation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: String| Error::parameter("activation", text, why);
        let activation = match text {
            "relu" => Activation::Relu,
            "erf" => Activation::Erf,
            "tanh" => Activation::Tanh,
            "gelu" => Activation::Gelu,
            "sigmoid" => Activation::Sigmoid,
            _ => match (text.strip_prefix("relu^"), text.strip_prefix("custom:")) {
                (Some(degree), _) => Activation::relu_power(
                    degree.parse().map_err(|_| wrong("relu^K takes a whole number K".to_string()))?,
                ),
                (_, Some(name)) => {
                    return Err(wrong(format!(
                        "{name:?} is a function of the user's own and cannot be read back from its name; build Activation::Custom again"
                    )));
                }
                _ => return Err(wrong("must be relu, erf, tanh, gelu, sigmoid or relu^K".to_string())),
            },
        };
        activation.check()?;
        Ok(activation)
    }
}

impl Serialize for Activation {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Activation::Custom { .. } => identity::unidentified(self, serializer),
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[path = "activation_tests.rs"]
mod tests;
