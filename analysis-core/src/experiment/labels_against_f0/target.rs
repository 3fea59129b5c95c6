//! What is compared on every subset.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::experiment::LabelEncoding;
use crate::text::serde_as_text;

/// One target on one subset. Written `centred-integer` (any [`LabelEncoding`]), `permuted`, `f0-expected`, `f0:3`.
///
/// # Examples
/// ```
/// use analysis_core::experiment::ComparedTarget;
/// assert_eq!("f0:3".parse::<ComparedTarget>()?, ComparedTarget::Function { function: 3 });
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ComparedTarget {
    /// The labels.
    Labels(LabelEncoding),
    /// The centred integer labels, dealt out to the rows anew.
    Permuted,
    /// f₀ ~ GP(0, NNGP) in expectation: E c_k² = u_kᵀ K^{RFK} u_k / n, with nothing drawn.
    ExpectedFunction,
    /// f₀, drawn.
    Function {
        /// Which one, from 0.
        function: usize,
    },
}

impl ComparedTarget {
    /// Whether it is a drawn f₀.
    pub fn is_function(self) -> bool {
        matches!(self, ComparedTarget::Function { .. })
    }

    /// Whether both are summed up together: the same target, or two drawn f₀.
    pub(super) fn goes_with(self, other: ComparedTarget) -> bool {
        self == other || (self.is_function() && other.is_function())
    }

    /// The encoding, of labels.
    pub fn encoding(self) -> Option<LabelEncoding> {
        match self {
            ComparedTarget::Labels(encoding) => Some(encoding),
            _ => None,
        }
    }
}

impl fmt::Display for ComparedTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ComparedTarget::Labels(encoding) => encoding.fmt(f),
            ComparedTarget::Permuted => f.pad("permuted"),
            ComparedTarget::ExpectedFunction => f.pad("f0-expected"),
            ComparedTarget::Function { function } => f.pad(&format!("f0:{function}")),
        }
    }
}

impl FromStr for ComparedTarget {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let forms = "write centred-integer (or another encoding), permuted, f0-expected or f0:NUMBER";
        let refused = || Error::parameter("target", format!("{text:?}"), forms);
        match text {
            "permuted" => Ok(ComparedTarget::Permuted),
            "f0-expected" => Ok(ComparedTarget::ExpectedFunction),
            _ => match text.strip_prefix("f0:") {
                Some(number) => number
                    .parse()
                    .map(|function| ComparedTarget::Function { function })
                    .map_err(|_| refused()),
                None => text.parse().map(ComparedTarget::Labels).map_err(|_| refused()),
            },
        }
    }
}

serde_as_text!(ComparedTarget);
