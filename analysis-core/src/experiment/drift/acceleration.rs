//! In which steps a training goes.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::check;
use crate::error::{Error, Result};
use crate::precision::Precision;

/// How a training takes the paper's steps: one by one, some at a time, or as gradient flow where that is the same.
///
/// `Display` and `FromStr` speak "1", "100", "flow:1e-3", "flow:1e-3:single"; serde writes a whole number or such a text.
///
/// # Examples
/// ```
/// use analysis_core::experiment::Acceleration;
/// assert_eq!("100".parse::<Acceleration>()?, Acceleration::from(100));
/// assert_eq!("flow:1e-3".parse::<Acceleration>()?, Acceleration::flow(1e-3));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Acceleration {
    /// A descent step may do the work of up to so many: of min(a, s/10) at step s, a the largest that keeps the rate below a
    /// quarter of the stable one of Θ₀, 2/λ_max. 1: the paper's own steps.
    Steps(usize),
    /// Gradient flow in long steps where the paper's steps are the flow to `tolerance`, else the paper's own steps.
    ///
    /// With x = ηλ of a direction, the paper's steps shrink it by (1 − x)^s, the flow by e^{−xs}. From step s on the two differ
    /// by at most about (1 − x)^s x/(2e) of the start; so the paper's steps are taken as they are until that is below a quarter
    /// of the tolerance for every x up to η λ_max of Θ₀, and wherever η λ_max has grown beyond [`Acceleration::SHARPEST`].
    /// Elsewhere a Runge–Kutta–Chebyshev method of second order does a whole number of the paper's steps at once, with an
    /// estimated error of at most the tolerance times the distance from the start. Losses within such a step are those of the
    /// cubic through losses and slopes at both ends, so that the plateau rule sees every one of the paper's steps; where it
    /// would end the training, the paper's own steps are taken and decide. A step that leads upwards is taken again shorter;
    /// where the tries cost more gradients than the paper's steps would, these are taken.
    ///
    /// What the estimates add up to is in the result ([`FlowSteps`](super::FlowSteps)). Beside 2·10⁴ of the paper's own steps
    /// (M = 64, MNIST, tolerance 3·10⁻³), the drift of ReLU networks differed by at most 0.002 at H = 3, 10, 20 and
    /// σ_w² = 1, 2, 2.5, with one exception: deep in the ordered phase (H = 20, σ_w² = 1) all rows pass a unit's kink together,
    /// and the kernel jumps when they do. The tolerance is about parameters, so it says little of such a jump: the largest
    /// difference of the drift over ten looks is 0.045, 0.015, 0.008 and 0.004 at tolerances 3·10⁻³, 10⁻³, 3·10⁻⁴ and 10⁻⁴ (of
    /// a drift of 0.053 at the end; 245, 373, 463 and 589 gradients for 20,000; notebook 24). The paper's own number does not
    /// depend on the rate there (half of it: 0.001). For ReLU in the ordered phase ask for 10⁻⁴.
    Flow {
        /// The error that is allowed, relative to the distance from the start (and so of the drift, about).
        tolerance: f64,
        /// Of gradients; the network's parameters are double.
        precision: Precision,
    },
}

impl Acceleration {
    /// η times the largest eigenvalue of Θ_t/n beyond which the paper's own steps are taken: at 1 descent ends a direction in
    /// one step, beyond it overshoots, beyond 2 it climbs.
    pub const SHARPEST: f64 = 1.0;

    /// The flow in double precision.
    pub fn flow(tolerance: f64) -> Self {
        Acceleration::Flow { tolerance, precision: Precision::Double }
    }

    pub(super) fn check(self, plateau_steps: usize) -> Result<()> {
        match self {
            Acceleration::Steps(most) => {
                check::at_least_one("acceleration", most)?;
                let why = format!("one step would jump the plateau rule's {plateau_steps} steps");
                check::refuse(most > plateau_steps, "acceleration", most, why)
            }
            Acceleration::Flow { tolerance, .. } => {
                let within = (1e-8..=0.1).contains(&tolerance);
                check::that(
                    within,
                    "acceleration",
                    tolerance,
                    "the tolerance of the flow must be in [1e-8, 0.1]",
                )
            }
        }
    }
}

impl From<usize> for Acceleration {
    fn from(most: usize) -> Self {
        Acceleration::Steps(most)
    }
}

impl fmt::Display for Acceleration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Acceleration::Steps(most) => write!(f, "{most}"),
            Acceleration::Flow { tolerance, precision: Precision::Double } => write!(f, "flow:{tolerance}"),
            Acceleration::Flow { tolerance, precision } => write!(f, "flow:{tolerance}:{precision}"),
        }
    }
}

impl FromStr for Acceleration {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let why = "must be a number of steps, flow:TOLERANCE or flow:TOLERANCE:single, for instance 100 or flow:1e-3";
        let wrong = || Error::parameter("acceleration", text, why);
        let parts: Vec<&str> = text.split(':').collect();
        let tolerance = |text: &str| text.parse::<f64>().map_err(|_| wrong());
        match parts[..] {
            ["flow", text] => Ok(Acceleration::flow(tolerance(text)?)),
            ["flow", text, precision] => {
                Ok(Acceleration::Flow { tolerance: tolerance(text)?, precision: precision.parse()? })
            }
            [steps] => Ok(Acceleration::Steps(steps.parse().map_err(|_| wrong())?)),
            _ => Err(wrong()),
        }
    }
}

impl Serialize for Acceleration {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Acceleration::Steps(most) => most.serialize(serializer),
            flow => serializer.collect_str(flow),
        }
    }
}

impl<'de> Deserialize<'de> for Acceleration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Acceleration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of steps or a text such as \"flow:1e-3\"")
            }

            fn visit_u64<E: de::Error>(self, most: u64) -> std::result::Result<Acceleration, E> {
                let most = usize::try_from(most);
                most.map(Acceleration::Steps)
                    .map_err(|_| E::invalid_value(Unexpected::Other("a number"), &self))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Acceleration, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
