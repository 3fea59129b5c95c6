//! The estimator's parameters.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::regression::{Spacing, Window, check_permutations};
use crate::seed::Seed;
use crate::spectrum::Reduction;

/// The smoothness estimator's parameters; `Default` reproduces paper 1's Table 1 (with unit-norm rows and integer
/// labels, which the data set chooses).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smoothness {
    /// The kernel (default: NTK of one hidden ReLU layer without bias).
    pub kernel: Kernel,
    /// The window of the target's fit (default: log₁₀ i < 2.7).
    pub window: Window,
    /// The window of the eigenvalues' fit (default: the same).
    pub eigenvalue_window: Option<Window>,
    /// Which indices of the window enter (default: every one).
    pub spacing: Spacing,
    /// How many permutations of the rows of y make the null band (default and least: 20).
    pub permutations: usize,
    /// The permutations' seed.
    pub seed: Seed,
    /// How the eigenvalues and coefficients are computed (default: in double precision).
    #[serde(default, skip_serializing_if = "is_default")]
    pub reduction: Reduction,
}

fn is_default(reduction: &Reduction) -> bool {
    *reduction == Reduction::default()
}

impl Default for Smoothness {
    fn default() -> Self {
        Smoothness {
            kernel: Kernel::default(),
            window: Window::default(),
            eigenvalue_window: None,
            spacing: Spacing::default(),
            permutations: 20,
            seed: Seed(0),
            reduction: Reduction::default(),
        }
    }
}

impl Smoothness {
    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than 20 permutations or a kernel out of its domain.
    pub fn check(&self) -> Result<()> {
        check_permutations(self.permutations)?;
        self.kernel.check()
    }
}
