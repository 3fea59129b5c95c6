//! Kernels of infinitely wide networks, fully connected or convolutional: the NTK and the NNGP (random feature) kernel.
//!
//! A [`Kernel`] is a description (kind, depth, activation, parametrisation, filters). [`Kernel::gram`] makes K from rows,
//! [`Kernel::cross_gram`] K between two sets of rows, [`Kernel::profile`] the scalar function κ(u) of the cosine
//! between two inputs. K is never divided by n.
//!
//! With s the weight variance, b the hidden bias variance, φ the activation, (x^l, y^l) the pair of pre-activations of
//! layer l (centred Gaussian with covariance Σ^l), the recursion is, for l = 1..L,
//!
//! Σ^{l+1} = s E\[φ(x^l)φ(y^l)\] + b,  Θ^{l+1} = T^l + s E\[φ'(x^l)φ'(y^l)\] Θ^l,
//!
//! NNGP = Σ^{L+1} and NTK = Θ^{L+1}. What s, b, Σ¹, Θ¹ and T^l are is the [`Parametrisation`]'s business.
//!
//! # Networks that are not plain stacks, sums, and kernels of one's own
//!
//! A [`WideNetwork`] is a list of layers with residual connections and LayerNorm. [`Composed`] is a sum, product or multiple of kernels.
//! [`Gram::from_function`] takes any function of the angle between two rows and of their norms.
//!
//! # Convolutional networks
//!
//! A [`Convolution`] makes the layers convolutional. Then Σˡ and Θˡ are functions of a position p of x and a position p' of y, and
//! with A(p, p') = k⁻² Σ_δ (p + δ, p' + δ), the mean over the k × k filter with the same offset δ in both images (beyond the edge
//! stand zeros, or the opposite edge),
//!
//! Σ¹ = Θ¹ = σ_w² A\[⟨x_p, y_p'⟩/c\] + σ_b²,  Σ^{l+1} = σ_w² A\[E φφ\] + σ_b²,
//! Θ^{l+1} = Σ^{l+1} + σ_w² A\[E φ'φ' · Θˡ\].
//!
//! After L such layers the readout is a dense one over all positions: with m the mean over p = p' ([`Readout::Flatten`]) or over all
//! (p, p') ([`Readout::Pool`]), NNGP = σ_w² m(E φφ) + σ_b² and NTK = NNGP + σ_w² m(E φ'φ' Θ^L). The NNGP is that of Garriga-Alonso,
//! Rasmussen and Aitchison (2019, arXiv:1808.05587) and Novak et al. (2019, arXiv:1810.05148), the NTK that of Arora et al. (2019,
//! arXiv:1904.11955, section 4, up to constants: there the last layer alone has no factor and biases are left out), in the scale of
//! neural-tangents' `Conv(…, parameterization='ntk')`: products of pixels are means over channels, and weights are divided by the root
//! of the fan-in k²c, also at an edge where part of the filter meets zeros.

mod angles;
mod blocks;
mod combine;
mod composed;
mod compute;
mod gram;
mod gram_origin;
mod images;
mod layers;
mod lines;
mod mean_field;
mod own;
mod pairs;
mod panels;
mod product;
mod profile;
mod recursion;
mod rows;
mod table;
mod wide;

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
pub use composed::Composed;
pub use gram::Gram;
pub use gram_origin::GramOrigin;
pub use layers::{Layer, WideNetwork};
pub use mean_field::{
    CorrelationMap, DeepKernel, EdgePoint, FixedPoint, LimitKernel, MeanField, Phase, TrainedVariance,
    edge_of_chaos,
};
pub use profile::Profile;

pub use crate::architecture::{
    Activation, Convolution, Filters, ImageShape, MAX_RELU_POWER, Padding, Parametrisation, Readout,
};
pub use crate::gaussian::{Angle, kappa0, kappa1};

use crate::check;
use crate::error::{Error, Result};
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

/// The kernel of an infinitely wide network with one linear output, fully connected or convolutional.
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
///
/// // Three convolutional layers of 3 × 3 filters over images of 4 × 4 pixels, each row one of them.
/// use analysis_core::kernel::{Filters, Parametrisation};
/// let images = analysis_core::ndarray::Array2::from_shape_fn((5, 16), |(i, p)| ((i + 1) * (p + 2)) as f64 % 7.0);
/// let convolutional = Kernel {
///     hidden_layers: 3,
///     parametrisation: Parametrisation::EveryLayerNtk { sigma_w2: 2.0, sigma_b2: 0.0 },
///     convolution: Some(Filters::default().on("4x4x1".parse()?)),
///     ..Kernel::default()
/// };
/// assert_eq!(convolutional.gram(images.view())?.n(), 5);
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
    /// Scales and biases. A convolutional network's is [`Parametrisation::EveryLayerNtk`].
    pub parametrisation: Parametrisation,
    /// The hidden layers are convolutional, and rows are images; `None` where they are fully connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convolution: Option<Convolution>,
}

impl Default for Kernel {
    fn default() -> Self {
        Kernel {
            kind: KernelKind::Ntk,
            hidden_layers: 1,
            activation: Activation::Relu,
            parametrisation: Parametrisation::default(),
            convolution: None,
        }
    }
}

impl Kernel {
    /// The NTK of so many convolutional ReLU layers, σ_w² = 2 and σ_b² = 0 (He's scale, as the default's): its diagonal neither grows
    /// nor shrinks but at edges that meet zeros.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let kernel = Kernel::convolutional(5, Filters::default().on(ImageShape::of(Source::Mnist)));
    /// assert_eq!(kernel.parametrisation, Parametrisation::EveryLayerNtk { sigma_w2: 2.0, sigma_b2: 0.0 });
    /// assert!(kernel.check().is_ok());
    /// ```
    pub fn convolutional(layers: usize, convolution: Convolution) -> Kernel {
        Kernel {
            hidden_layers: layers,
            parametrisation: Parametrisation::EveryLayerNtk { sigma_w2: 2.0, sigma_b2: 0.0 },
            convolution: Some(convolution),
            ..Kernel::default()
        }
    }

    /// Refuses parameters outside their domain.
    ///
    /// # Errors
    /// [`Error::Parameter`]: filters that do not fit the image; a convolutional network in another parametrisation than
    /// [`Parametrisation::EveryLayerNtk`], or with an activation other than ReLU, leaky ReLU and erf; no hidden layer, σ_w² ≤ 0 or σ_b² < 0 or not finite, a ReLU power beyond its bound, the NTK
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
        check_activation(self.kind, &self.activation)?;
        self.parametrisation.check()?;
        self.convolution.map_or(Ok(()), |convolution| self.check_convolution(convolution))
    }

    fn check_convolution(&self, convolution: Convolution) -> Result<()> {
        convolution.check(self.hidden_layers)?;
        let ntk = matches!(self.parametrisation, Parametrisation::EveryLayerNtk { .. });
        let why = "a convolutional network is in the NTK parametrisation: Parametrisation::EveryLayerNtk, --parametrisation ntk";
        check::that(ntk, "parametrisation", format!("{:?}", self.parametrisation), why)?;
        let known = matches!(self.activation, Activation::Relu | Activation::LeakyRelu(_) | Activation::Erf);
        let why = "every pixel has a variance of its own, so a convolutional kernel needs a closed form: relu, leaky-relu:A or erf";
        check::that(known, "activation", &self.activation, why)
    }

    /// Refuses a convolutional network where only the angle between two rows may count.
    pub(crate) fn check_fully_connected(&self, what: &str) -> Result<()> {
        match self.convolution {
            None => Ok(()),
            Some(convolution) => Err(Error::parameter(
                "convolution",
                convolution,
                format!("{what} is of fully connected networks"),
            )),
        }
    }
}

/// Refuses an activation that has no such kernel.
fn check_activation(kind: KernelKind, activation: &Activation) -> Result<()> {
    activation.check()?;
    if kind == KernelKind::Ntk {
        let no_step = *activation != Activation::ReluPower(0);
        let why = "E[φ'φ'] of a step function does not exist; take the kernel nngp";
        check::that(no_step, "activation", activation, why)?;
        let known = activation.kinks().is_empty() || activation.derivative(0.0).is_some();
        let why = "the NTK of an activation with kinks needs its derivative";
        check::that(known, "activation", activation, why)?;
    }
    Ok(())
}

/// The deepest network: a bound so that a mistyped depth is an error, not an endless computation.
pub const MAX_HIDDEN_LAYERS: usize = 10_000;
