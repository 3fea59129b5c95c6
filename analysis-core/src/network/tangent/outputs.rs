//! Which pairs of outputs a tangent kernel is of.

use std::fmt;
use std::str::FromStr;

use crate::check;
use crate::error::{Error, Result};
use crate::text::serde_as_text;

/// The outputs whose gradients Θ is made of.
///
/// `Display` and `FromStr` speak "trace", "full" and "one:OUTPUT" (counted from 0); serde writes the same.
///
/// # Examples
/// ```
/// use analysis_core::network::TangentOutputs;
/// assert_eq!("one:3".parse::<TangentOutputs>()?, TangentOutputs::One(3));
/// assert_eq!(TangentOutputs::default().to_string(), "trace");
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TangentOutputs {
    /// Σ_o ∇f_o(x)·∇f_o(z), (n, p).
    #[default]
    Trace,
    /// Every pair, (n·k, p·k), row i·k + o.
    Full,
    /// ∇f_o(x)·∇f_o(z) for one o, from 0, (n, p): at the cost of a network with one output.
    One(usize),
}

impl TangentOutputs {
    pub(super) fn check(self, outputs: usize) -> Result<()> {
        let TangentOutputs::One(output) = self else { return Ok(()) };
        let why = format!("outputs count from 0 and the network has {outputs}");
        check::that(output < outputs, "output", output, why)
    }
}

impl fmt::Display for TangentOutputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TangentOutputs::Trace => f.write_str("trace"),
            TangentOutputs::Full => f.write_str("full"),
            TangentOutputs::One(output) => write!(f, "one:{output}"),
        }
    }
}

impl FromStr for TangentOutputs {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong =
            || Error::parameter("outputs", text, "must be trace, full or one:OUTPUT, for instance one:0");
        match text {
            "trace" => Ok(TangentOutputs::Trace),
            "full" => Ok(TangentOutputs::Full),
            _ => {
                let output = text.strip_prefix("one:").ok_or_else(wrong)?;
                Ok(TangentOutputs::One(output.parse().map_err(|_| wrong())?))
            }
        }
    }
}

serde_as_text!(TangentOutputs);
