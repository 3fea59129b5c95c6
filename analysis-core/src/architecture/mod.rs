//! What a network is made of, before anybody says how wide it is: its [`Activation`], its [`Parametrisation`] and, where it is
//! convolutional, its [`Convolution`]. The infinitely wide one is in [`kernel`](crate::kernel), the finite one in [`network`](crate::network).

mod activation;
mod convolution;
mod names;
mod slopes;

use serde::{Deserialize, Serialize};

pub(crate) use activation::relu;
pub use activation::{Activation, MAX_RELU_POWER};
pub use convolution::{Convolution, Filters, ImageShape, Padding, Readout};
pub(crate) use slopes::Slopes;

use crate::check;
use crate::error::Result;

/// More hidden layers than this are a slip of the keyboard, and their list alone would fill the memory.
pub(crate) const MOST_LAYERS: usize = 1_000_000;

/// How the network's weights and biases are scaled, and which of them are trained (all of those named).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parametrisation {
    /// Paper 1 (Chen, Li and Lin 2024, §2): NTK parametrisation, every parameter N(0, 1), a bias in the first layer or
    /// none. With x̃ = (x, 1) (bias) or x:
    ///
    /// s = c_φ = 1/E\[φ(z)²\] (2 for ReLU: the paper's √(2/m)), b = 0, Σ¹ = Θ¹ = ⟨x̃, ỹ⟩, T^l = Σ^{l+1}.
    ///
    /// The paper has ReLU only; the constant c_φ keeps, as its 2 does, the variance of unit inputs at 1 in every layer,
    /// and the factor stands outside φ (inside, as the paper may write it for a homogeneous φ, a wide layer would only
    /// see φ at 0). For ReLU: NNGP = ‖x̃‖‖ỹ‖ κ₁^(L)(u), NTK = ‖x̃‖‖ỹ‖ Σ_r κ₁^(r)(u) Π_{s=r}^{L−1} κ₀(κ₁^(s)(u)).
    FirstLayerBias {
        /// Whether there is a first-layer bias.
        bias: bool,
    },
    /// Paper 2 (Seleznova and Kutyniok 2021): standard parametrisation, Wˡ ~ N(0, σ_w²/M_{l−1}), bˡ ~ N(0, σ_b²), biases
    /// in every layer, the linear output included; weights and biases trained.
    ///
    /// s = σ_w², b = σ_b², Σ¹ = σ_w²⟨x,y⟩/d + σ_b², Θ¹ = ⟨x,y⟩/d, T^l = E\[φ(x^l)φ(y^l)\].
    ///
    /// Θ here is the limit of ⟨∇f(x), ∇f(y)⟩/M for one output as all widths, d among them, equal M → ∞: layer l's weights
    /// give δ^l·δ'^l ⟨x^{l−1}, x'^{l−1}⟩, of order M, its biases δ^l·δ'^l, of order 1, so the biases' own share vanishes
    /// (they act through Σ). For a fixed d the first layer's share in Θ/M is d/M times the one counted here. Rows enter
    /// divided by √d, so scale them to norm √d (mean square 1) for the mean-field setting; unit rows of many features
    /// make Σ¹ nearly constant if σ_b² > 0.
    EveryLayer {
        /// σ_w² > 0.
        sigma_w2: f64,
        /// σ_b² ≥ 0.
        sigma_b2: f64,
    },
    /// The same networks in NTK parametrisation (Jacot et al. 2018; the convention of neural-tangents):
    /// h = σ_w W x/√M + σ_b β with W, β ~ N(0, 1) trained. As [`Parametrisation::EveryLayer`], but
    /// Θ¹ = Σ¹ and T^l = Σ^{l+1}: the biases' share stays, and no factor M is divided out.
    EveryLayerNtk {
        /// σ_w² > 0.
        sigma_w2: f64,
        /// σ_b² ≥ 0.
        sigma_b2: f64,
    },
}

impl Default for Parametrisation {
    fn default() -> Self {
        Parametrisation::FirstLayerBias { bias: false }
    }
}

impl Parametrisation {
    /// Refuses σ_w² ≤ 0, σ_b² < 0 and what is not finite.
    pub(crate) fn check(&self) -> Result<()> {
        if let Parametrisation::EveryLayer { sigma_w2, sigma_b2 }
        | Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 } = *self
        {
            check::positive("sigma_w2", sigma_w2)?;
            check::not_negative("sigma_b2", sigma_b2)?;
        }
        Ok(())
    }
}
