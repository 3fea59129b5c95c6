//! Kernels of infinitely wide fully connected networks: the NTK and the NNGP (random feature) kernel.
//!
//! A [`Kernel`] is a description (kind, depth, activation, parametrisation). [`Kernel::gram`] makes K from rows,
//! [`Kernel::cross_gram`] K between two sets of rows, [`Kernel::profile`] the scalar function κ(u) of the cosine
//! between two inputs. K is never divided by n.
//!
//! With s the weight variance, b the hidden bias variance, φ the activation, (x^l, y^l) the pair of pre-activations of
//! layer l (centred Gaussian with covariance Σ^l), the recursion is, for l = 1..L,
//!
//! Σ^{l+1} = s E\[φ(x^l)φ(y^l)\] + b,  Θ^{l+1} = T^l + s E\[φ'(x^l)φ'(y^l)\] Θ^l,
//!
//! NNGP = Σ^{L+1} and NTK = Θ^{L+1}. What s, b, Σ¹, Θ¹ and T^l are is the [`Parametrisation`]'s business.

mod blocks;
mod compute;
mod gram;
mod lines;
mod mean_field;
mod pairs;
mod panels;
mod product;
mod profile;
mod recursion;
mod rows;
mod table;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod monte_carlo;
#[cfg(test)]
mod positive_tests;
#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod rough_tests;

use serde::{Deserialize, Serialize};

pub(crate) use blocks::{GramBlocks, half_entries};
pub use gram::{Gram, GramOrigin};
pub use mean_field::{
    CorrelationMap, DeepKernel, EdgePoint, FixedPoint, LimitKernel, MeanField, Phase, TrainedVariance,
    edge_of_chaos,
};
pub use profile::Profile;

pub use crate::architecture::{Activation, MAX_RELU_POWER, Parametrisation};
pub use crate::gaussian::{Angle, kappa0, kappa1};

use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::text::plain_enum;

/// Which kernel of the network.
///
/// `Display` and `FromStr` speak "ntk" and "nngp".
///
/// # Examples
/// ```
/// use analysis_core::kernel::KernelKind;
/// assert_eq!("nngp".parse::<KernelKind>()?, KernelKind::Nngp);
/// assert_eq!(KernelKind::Ntk.to_string(), "ntk");
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KernelKind {
    /// The neural tangent kernel ⟨∇f(x), ∇f(y)⟩ at infinite width.
    #[default]
    Ntk,
    /// The covariance of f at initialisation: NNGP kernel, or random feature kernel (RFK) in paper 1.
    Nngp,
}

plain_enum!(KernelKind, "kernel", Ntk = "ntk", Nngp = "nngp");

/// The kernel of an infinitely wide fully connected network with one linear output.
///
/// The default is the one behind paper 1's Table 1: NTK, one hidden layer, ReLU, no bias.
///
/// # Examples
/// ```
/// use analysis_core::kernel::{Kernel, KernelKind};
/// use analysis_core::ndarray::array;
/// let x = array![[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]];
/// let gram = Kernel { hidden_layers: 2, ..Kernel::default() }.gram(x.view())?;
/// assert_eq!(gram.view()[[0, 0]], 3.0); // L + 1 on the diagonal
/// let nngp = Kernel { kind: KernelKind::Nngp, ..Kernel::default() }.gram(x.view())?;
/// assert_eq!(nngp.view()[[0, 2]], 0.0); // κ₁(−1) = 0
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kernel {
    /// NTK or NNGP.
    pub kind: KernelKind,
    /// L ≥ 1.
    pub hidden_layers: usize,
    /// φ.
    pub activation: Activation,
    /// Scales and biases.
    pub parametrisation: Parametrisation,
}

impl Default for Kernel {
    fn default() -> Self {
        Kernel {
            kind: KernelKind::Ntk,
            hidden_layers: 1,
            activation: Activation::Relu,
            parametrisation: Parametrisation::default(),
        }
    }
}

impl Kernel {
    /// Refuses parameters outside their domain.
    ///
    /// # Errors
    /// [`Error::Parameter`]: no hidden layer, σ_w² ≤ 0 or σ_b² < 0 or not finite, a ReLU power beyond its bound, the NTK
    /// of a step function, or of an activation with kinks and no derivative.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Kernel;
    /// assert!(Kernel { hidden_layers: 0, ..Kernel::default() }.check().is_err());
    /// ```
    pub fn check(&self) -> Result<()> {
        check::at_least_one("hidden_layers", self.hidden_layers)?;
        let most = format!("must be at most {MAX_HIDDEN_LAYERS}");
        check::that(self.hidden_layers <= MAX_HIDDEN_LAYERS, "hidden_layers", self.hidden_layers, most)?;
        self.activation.check()?;
        if self.kind == KernelKind::Ntk {
            let activation = &self.activation;
            let no_step = *activation != Activation::ReluPower(0);
            let why = "E[φ'φ'] of a step function does not exist; take the kernel nngp";
            check::that(no_step, "activation", activation, why)?;
            let known = activation.kinks().is_empty() || activation.derivative(0.0).is_some();
            let why = "the NTK of an activation with kinks needs its derivative";
            check::that(known, "activation", activation, why)?;
        }
        self.parametrisation.check()
    }
}

/// The deepest network: a bound so that a mistyped depth is an error, not an endless computation.
pub const MAX_HIDDEN_LAYERS: usize = 10_000;
