//! How activations are written, and when two are one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::activation::Activation;
use crate::error::{Error, Result};
use crate::identity;

/// What [`Activation`] can be read from.
const NAMES: &str = "relu, leaky-relu:A, erf, tanh, gelu, sigmoid, silu, softplus, elu, sin, cos or relu^K";

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
            (Activation::LeakyRelu(a), Activation::LeakyRelu(b)) => a == b,
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
            Activation::LeakyRelu(slope) => write!(f, "leaky-relu:{slope}"),
            Activation::Silu => f.write_str("silu"),
            Activation::Softplus => f.write_str("softplus"),
            Activation::Elu => f.write_str("elu"),
            Activation::Sin => f.write_str("sin"),
            Activation::Cos => f.write_str("cos"),
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
            "silu" => Activation::Silu,
            "softplus" => Activation::Softplus,
            "elu" => Activation::Elu,
            "sin" => Activation::Sin,
            "cos" => Activation::Cos,
            _ => {
                if let Some(degree) = text.strip_prefix("relu^") {
                    let degree = degree.parse().map_err(|_| wrong("relu^K takes a whole number K".into()))?;
                    Activation::relu_power(degree)
                } else if let Some(slope) = text.strip_prefix("leaky-relu:") {
                    let why = "leaky-relu:A takes a number A, the slope below 0";
                    Activation::LeakyRelu(slope.parse().map_err(|_| wrong(why.into()))?)
                } else if let Some(name) = text.strip_prefix("custom:") {
                    return Err(wrong(format!(
                        "{name:?} is a function of the user's own and cannot be read back from its name; build Activation::Custom again"
                    )));
                } else {
                    return Err(wrong(format!("must be {NAMES}")));
                }
            }
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
