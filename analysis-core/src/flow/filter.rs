//! How training is stopped or regularised, as a function of one eigenvalue.

use std::fmt;
use std::str::FromStr;

use crate::check;
use crate::error::{Error, Result};
use crate::text::serde_as_text;

/// A spectral filter φ: training leaves f(x) = f₀(x) + (1/n) K(x,X) φ(K/n) (Y − f₀(X)).
///
/// Written `flow:12.5`, `gd:0.6x1000`, `ridge:0.1`, `limit`, by `Display`, `FromStr` and serde alike. What a filter
/// does to an eigenvalue also depends on n and on the spectrum (ridge is divided by n, descent must not diverge, a
/// pseudo-inverse needs a cutoff): [`Filter::response`] fixes these.
///
/// | filter | φ(λ) | 1 − λφ(λ) |
/// |---|---|---|
/// | `Flow` | (1 − e^{−λt})/λ | e^{−λt} |
/// | `GradientDescent` | (1 − (1 − ηλ)^k)/λ | (1 − ηλ)^k |
/// | `Ridge` | 1/(λ + δ/n) | (δ/n)/(λ + δ/n) |
/// | `Limit` | 1/λ, 0 below the cutoff | 0, 1 below the cutoff |
///
/// Source: Chen, Li and Lin 2024 (arXiv 2410.05626), eq. 17 for the flow.
///
/// # Examples
/// ```
/// use analysis_core::flow::Filter;
/// let filter: Filter = "gd:0.6x1000".parse()?;
/// assert_eq!(filter, Filter::GradientDescent { rate: 0.6, steps: 1000 });
/// assert_eq!(filter.time(), Some(600.0));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filter {
    /// Gradient flow on 1/(2n) Σ (f(xᵢ) − yᵢ)² up to a time.
    Flow {
        /// t ≥ 0, in the units of the loss above.
        time: f64,
    },
    /// Full-batch gradient descent on the same loss: `steps` steps at learning rate `rate`.
    GradientDescent {
        /// η > 0, below 2/λ_1: a learning rate as a network's optimiser has it.
        rate: f64,
        /// k.
        steps: u64,
    },
    /// Kernel ridge regression of Y − f₀(X): (K + δI)⁻¹.
    Ridge {
        /// δ > 0, added to K, not to K/n.
        delta: f64,
    },
    /// t → ∞: the pseudo-inverse of K. Directions whose eigenvalue is within rounding of 0 (at most n·ε·λ_1, with ε
    /// the precision of K) are not trained at all; in exact arithmetic they would not move f anywhere.
    Limit,
}

impl Filter {
    /// Refuses parameters outside their domain.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless t is finite and ≥ 0, η and δ finite and > 0.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::flow::Filter;
    /// let endless = Filter::Flow { time: f64::INFINITY }.check().unwrap_err();
    /// assert!(endless.to_string().contains("limit"));
    /// ```
    pub fn check(&self) -> Result<()> {
        match *self {
            Filter::Flow { time } => {
                let why = "must be finite and not negative; t → ∞ is `limit`";
                check::refuse(!(time.is_finite() && time >= 0.0), "time", time, why)
            }
            Filter::GradientDescent { rate, .. } => check::positive("rate", rate),
            Filter::Ridge { delta } => {
                let why = "must be finite and positive; δ → 0 is `limit`";
                check::refuse(!(delta.is_finite() && delta > 0.0), "delta", delta, why)
            }
            Filter::Limit => Ok(()),
        }
    }

    /// The flow time: t, or ηk; `None` for ridge and the limit.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(analysis_core::flow::Filter::Limit.time(), None);
    /// ```
    pub fn time(&self) -> Option<f64> {
        match *self {
            Filter::Flow { time } => Some(time),
            Filter::GradientDescent { rate, steps } => Some(rate * steps as f64),
            Filter::Ridge { .. } | Filter::Limit => None,
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::Flow { time } => write!(f, "flow:{time}"),
            Filter::GradientDescent { rate, steps } => write!(f, "gd:{rate}x{steps}"),
            Filter::Ridge { delta } => write!(f, "ridge:{delta}"),
            Filter::Limit => f.write_str("limit"),
        }
    }
}

impl FromStr for Filter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::parameter(
                "filter",
                format!("{text:?}"),
                "write flow:12.5, gd:0.6x1000, ridge:0.1 or limit",
            )
        };
        let number = |text: &str| text.parse::<f64>().map_err(|_| unknown());
        let filter = match text.split_once(':') {
            None if text == "limit" => Filter::Limit,
            Some(("flow", time)) => Filter::Flow { time: number(time)? },
            Some(("ridge", delta)) => Filter::Ridge { delta: number(delta)? },
            Some(("gd", descent)) => {
                let (rate, steps) = descent.split_once('x').ok_or_else(unknown)?;
                Filter::GradientDescent { rate: number(rate)?, steps: steps.parse().map_err(|_| unknown())? }
            }
            _ => return Err(unknown()),
        };
        filter.check()?;
        Ok(filter)
    }
}

serde_as_text!(Filter);
