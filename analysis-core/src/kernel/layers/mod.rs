//! Networks that are not plain stacks: residual connections and LayerNorm, as a value.
//!
//! A [`WideNetwork`] is a list of [`Layer`]s in the NTK parametrisation
//! ([`Parametrisation::EveryLayerNtk`](crate::architecture::Parametrisation::EveryLayerNtk)), all widths infinite. A pair (x, y) of
//! inputs goes through it as its covariances Σ = (Σ(x, x), Σ(y, y), Σ(x, y)) and its tangent kernel Θ(x, y):
//!
//! | layer | a unit i of it | Σ' | Θ' |
//! |---|---|---|---|
//! | input | x | ⟨x, y⟩/d | 0 |
//! | [`Layer::Dense`] | σ_w ⟨W_i, h⟩/√m + σ_b β_i, W, β ~ N(0, 1) trained | σ_w² Σ + σ_b² | Σ' + σ_w² Θ |
//! | [`Layer::Activation`] | φ(h_i) | E\[φ(u)φ(v)\], (u, v) ~ N(0, Σ) | E\[φ'(u)φ'(v)\] Θ |
//! | [`Layer::Residual`] | h_i + c B_i(h) | Σ + c² Σ_B | Θ + c² Θ_B |
//! | [`Layer::LayerNorm`] | (h_i − mean h)/sd h, over the units | Σ/√(Σ(x, x)Σ(y, y)) | Θ/√(Σ(x, x)Σ(y, y)) |
//!
//! (Jacot et al. 2018, arXiv:1806.07572; residual connections: Huang et al. 2020, arXiv:2002.06262, and neural-tangents' `FanInSum`,
//! Novak et al. 2020, arXiv:1912.02803; its `LayerNorm` likewise). The NNGP is Σ(x, y) behind the last layer, the NTK Θ(x, y).
//!
//! # Where these equations hold
//!
//! * An activation and LayerNorm need Gaussian units of mean 0 before them: what a dense layer gives, and a sum of such. Then the mean over
//!   the units tends to 0, their variance (divided by m) to Σ(x, x), and what the two add to a gradient is of order 1/√m. After an activation
//!   the mean is not 0, and LayerNorm there is refused.
//! * A block's output must be independent of what it is added to, with mean 0: it passes a dense layer of its own and ends with one (a
//!   LayerNorm or a further residual sum of such may follow). Then the cross terms of covariance and gradient are of order 1/√m.
//! * The first layer is dense: d is finite, so the input is added to nothing. The last one gives Gaussian units.
//! * LayerNorm has no ε, and no gain or bias of its own to train.

mod check;
mod names;
mod recursion;
mod rows;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(super) use recursion::{Ready, RowState};

use crate::architecture::Activation;

/// Blocks within blocks: a bound for the stack of calls.
const DEEPEST: usize = 16;

/// One layer of a [`WideNetwork`]; the [network's page](WideNetwork#layers) says what it does to the kernels.
///
/// `Display` and `FromStr` speak `dense(2, 0.1)` (σ_w² and σ_b²), `relu` and all names of [`Activation`], `layer-norm`,
/// `residual(0.5: relu, dense(2, 0))` (c and the block).
///
/// # Examples
/// ```
/// use analysis_core::kernel::{Activation, Layer};
/// let block = vec![Layer::LayerNorm, Activation::Relu.into(), Layer::dense(2.0, 0.0)];
/// let layer = Layer::Residual { block, scale: 0.5 };
/// assert_eq!(layer.to_string(), "residual(0.5: layer-norm, relu, dense(2, 0))");
/// assert_eq!(layer.to_string().parse::<Layer>()?, layer);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// σ_w W h/√m + σ_b β with W, β ~ N(0, 1) trained: Σ' = σ_w² Σ + σ_b², Θ' = Σ' + σ_w² Θ.
    Dense {
        /// σ_w² > 0.
        sigma_w2: f64,
        /// σ_b² ≥ 0.
        sigma_b2: f64,
    },
    /// φ of every unit: Σ' = E φφ, Θ' = Θ · E φ'φ'.
    Activation(Activation),
    /// h + c·B(h), B with weights of its own: Σ' = Σ + c² Σ_B, Θ' = Θ + c² Θ_B.
    Residual {
        /// The layers of B, from h on.
        block: Vec<Layer>,
        /// c ≥ 0; the kernels of −c are those of c.
        scale: f64,
    },
    /// (h − mean)/sd over the units: Σ' = Σ/√(Σ(x, x)Σ(y, y)), Θ' likewise.
    LayerNorm,
}

impl Layer {
    /// [`Layer::Dense`] of these variances.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Layer;
    /// assert_eq!(Layer::dense(2.0, 0.1), Layer::Dense { sigma_w2: 2.0, sigma_b2: 0.1 });
    /// ```
    pub fn dense(sigma_w2: f64, sigma_b2: f64) -> Layer {
        Layer::Dense { sigma_w2, sigma_b2 }
    }

    /// h + B(h): [`Layer::Residual`] of scale 1.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::{Activation, Layer};
    /// let layer = Layer::residual([Activation::Relu.into(), Layer::dense(2.0, 0.0)]);
    /// assert_eq!(layer.to_string(), "residual(1: relu, dense(2, 0))");
    /// ```
    pub fn residual(block: impl Into<Vec<Layer>>) -> Layer {
        Layer::Residual { block: block.into(), scale: 1.0 }
    }
}

impl From<Activation> for Layer {
    fn from(activation: Activation) -> Layer {
        Layer::Activation(activation)
    }
}

/// A fully connected network of infinite width, layer by layer; K is the kernel of one of its outputs.
///
/// The default is one hidden ReLU layer with σ_w² = 2 and σ_b² = 0. `Display` and `FromStr` speak the layers' text, separated by commas;
/// serde writes the fields.
///
/// # Layers
/// With Σ the covariance and Θ the tangent kernel of a pair (x, y) before a layer, Σ = ⟨x, y⟩/d and Θ = 0 at the input:
///
/// * [`Layer::Dense`]: Σ' = σ_w² Σ + σ_b², Θ' = Σ' + σ_w² Θ;
/// * [`Layer::Activation`]: Σ' = E\[φ(u)φ(v)\], Θ' = E\[φ'(u)φ'(v)\] Θ, (u, v) ~ N(0, Σ);
/// * [`Layer::Residual`]: Σ' = Σ + c² Σ_B, Θ' = Θ + c² Θ_B, Σ_B and Θ_B those behind the block;
/// * [`Layer::LayerNorm`]: Σ' = Σ/√(Σ(x, x)Σ(y, y)), Θ' = Θ/√(Σ(x, x)Σ(y, y)).
///
/// These hold in the limit where an activation or LayerNorm stands behind a dense layer or a sum of such, and where a block ends with a
/// dense layer of its own; other orders are refused by [`WideNetwork::check`]. LayerNorm has no ε and nothing to train.
/// (Jacot et al. 2018; Huang et al. 2020, arXiv:2002.06262; Novak et al. 2020, arXiv:1912.02803.)
///
/// # Examples
/// ```
/// use analysis_core::ndarray::array;
/// use analysis_core::prelude::*;
/// // Three residual blocks with LayerNorm before the activation, and a linear output.
/// let block = [Layer::LayerNorm, Activation::Relu.into(), Layer::dense(2.0, 0.0)];
/// let mut layers = vec![Layer::dense(2.0, 0.0)];
/// layers.extend((0..3).map(|_| Layer::residual(block.clone())));
/// layers.extend([Activation::Relu.into(), Layer::dense(2.0, 0.0)]);
/// let network = WideNetwork { layers };
/// assert_eq!(network.to_string().parse::<WideNetwork>()?, network);
/// let x = array![[1.0, 0.5], [-0.3, 1.0], [0.2, -1.1]];
/// let gram = network.gram(KernelKind::Ntk, x.view())?;
/// assert_eq!(gram.n(), 3);
///
/// // A plain stack is the kernel of that name.
/// let parametrisation = Parametrisation::EveryLayerNtk { sigma_w2: 2.0, sigma_b2: 0.0 };
/// let plain = Kernel { parametrisation, ..Kernel::default() }.gram(x.view())?;
/// let same = WideNetwork::default().gram(KernelKind::Ntk, x.view())?;
/// assert!((&same.view() - &plain.view()).iter().all(|d| d.abs() < 1e-14));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WideNetwork {
    /// From the input to the output.
    pub layers: Vec<Layer>,
}

impl Default for WideNetwork {
    fn default() -> Self {
        WideNetwork { layers: vec![Layer::dense(2.0, 0.0), Activation::Relu.into(), Layer::dense(2.0, 0.0)] }
    }
}
