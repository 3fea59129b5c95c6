//! Which kernel of a network with several outputs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text::{one_of, serde_as_text};

/// Which kernel of a network with k outputs its change is measured on; the paper does not say. All three are recorded.
///
/// `Display` and `FromStr` speak "full", "trace", "one".
///
/// # Examples
/// ```
/// use analysis_core::experiment::KernelForm;
/// assert_eq!("trace".parse::<KernelForm>()?, KernelForm::Trace);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KernelForm {
    /// Every pair of outputs, (n·k, n·k): the matrix that acts in gradient descent.
    Full,
    /// Summed over outputs, (n, n).
    Trace,
    /// The first output alone, (n, n).
    #[default]
    One,
}

impl fmt::Display for KernelForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            KernelForm::Full => "full",
            KernelForm::Trace => "trace",
            KernelForm::One => "one",
        })
    }
}

impl FromStr for KernelForm {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        one_of("kernel", text, &[KernelForm::Full, KernelForm::Trace, KernelForm::One])
    }
}

serde_as_text!(KernelForm);
