//! Which kernel of a network with several outputs.

use crate::error::Result;
use crate::text::plain_enum;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KernelForm {
    /// Every pair of outputs, (n·k, n·k): the matrix that acts in gradient descent.
    Full,
    /// Summed over outputs, (n, n).
    Trace,
    /// The first output alone, (n, n).
    #[default]
    One,
}

plain_enum!(KernelForm, "kernel", Full = "full", Trace = "trace", One = "one");
