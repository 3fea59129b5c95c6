//! A convolutional kernel made ready: its constants, the shapes of its layers, and the displacements that its readout asks for.

use super::overlap::{self, Both, Overlap};
use crate::architecture::{Activation, Convolution, Parametrisation, Readout};
use crate::error::Result;
use crate::kernel::{Kernel, KernelKind};

/// 1 ∓ cos θ below this is worked out from a difference.
pub(super) const NEAR: f64 = 1e-5;
/// What a layer may add to the error of an entry, over √(K(x,x)K(y,y)). Beyond [`NEAR`] an angle comes from its cosine, whose
/// rounding of about 6 ε reaches it divided by sin θ > 4.4e-3: 3e-13, and E φ'φ' by 5e-14; elsewhere a few ε.
const LAYER_ERROR: f64 = 1e-13;

/// What the activation says of a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Law {
    /// Slopes `left` below 0 and 1 above: ReLU, leaky ReLU.
    Bent { left: f64 },
    /// The error function.
    Erf,
}

impl Law {
    /// E φ(rz)² of a variance r².
    pub(super) fn moment(self, variance: f64) -> f64 {
        match self {
            Law::Bent { left } => 0.5 * (1.0 + left * left) * variance,
            Law::Erf => std::f64::consts::FRAC_2_PI * (2.0 * variance / (1.0 + 2.0 * variance)).asin(),
        }
    }
}

/// A convolutional kernel made ready.
#[derive(Debug)]
pub(crate) struct ImageKernel {
    pub(super) ntk: bool,
    pub(super) law: Law,
    pub(super) layers: usize,
    pub(super) weight: f64,
    pub(super) bias: f64,
    pub(super) convolution: Convolution,
    /// Height and width of every layer: of the input, then of the pre-activations of layers 1 to L.
    pub(super) shapes: Vec<(usize, usize)>,
    /// Displacements of one image against the other.
    pub(super) overlaps: Vec<Both>,
}

impl ImageKernel {
    /// Of a kernel with a convolution that was checked.
    pub(in crate::kernel) fn new(kernel: &Kernel, convolution: Convolution) -> Result<Self> {
        kernel.check()?;
        let law = match kernel.activation {
            Activation::LeakyRelu(left) => Law::Bent { left },
            Activation::Erf => Law::Erf,
            _ => Law::Bent { left: 0.0 },
        };
        let (weight, bias) = match kernel.parametrisation {
            Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 } => (sigma_w2, sigma_b2),
            _ => (1.0, 0.0), // refused by `check`
        };
        let layers = kernel.hidden_layers;
        let shapes: Vec<(usize, usize)> = (0..=layers).map(|layer| convolution.shape_after(layer)).collect();
        let overlaps = match convolution.filters.readout {
            Readout::Flatten => vec![(Overlap::new(&convolution, &shapes, (0, 0)), None)],
            Readout::Pool => overlap::all(&convolution, &shapes),
        };
        let ntk = kernel.kind == KernelKind::Ntk;
        Ok(ImageKernel { ntk, law, layers, weight, bias, convolution, shapes, overlaps })
    }

    /// Squares of the filter, and of the filter times the channels: the fan-in of a hidden layer and of the first.
    pub(super) fn fan_in(&self, layer: usize) -> f64 {
        let filter = (self.convolution.filters.size * self.convolution.filters.size) as f64;
        if layer == 0 { filter * self.convolution.image.channels as f64 } else { filter }
    }

    /// How far an entry may be from K, over √(K(x,x)K(y,y)), for pre-activations of at most this variance.
    pub(in crate::kernel) fn epsilon(&self, largest_variance: f64) -> f64 {
        match self.law {
            Law::Bent { .. } => LAYER_ERROR * self.layers as f64,
            // The determinant 1 + 2(v + v') + 4(vv' − Σ²) loses ε·v of itself where the two nearly agree.
            Law::Erf => 16.0 * f64::EPSILON * (1.0 + largest_variance) * self.layers as f64,
        }
    }
}
