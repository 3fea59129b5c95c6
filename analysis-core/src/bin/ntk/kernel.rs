//! The kernel, and the network behind it, on the command line.

use analysis_core::error::{Error, Result};
use analysis_core::kernel::{Activation, Filters, ImageShape, Kernel, KernelKind, Parametrisation};
use clap::{Args, ValueEnum};

/// Which kernel.
#[derive(Args)]
pub struct KernelArguments {
    /// The kernel: ntk or nngp (the random feature kernel) [default: ntk]
    #[arg(long)]
    kernel: Option<KernelKind>,
    #[command(flatten)]
    network: NetworkArguments,
}

/// How weights and biases are scaled, and which are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Convention {
    /// Chen, Li and Lin's: every parameter N(0, 1), no bias but in the first layer (--bias)
    FirstLayerBias,
    /// Seleznova and Kutyniok's, PyTorch's: weights N(0, σ_w²/M), biases N(0, σ_b²); the NTK over the width, where the biases'
    /// own share vanishes
    Standard,
    /// Jacot et al.'s, neural-tangents' default: σ_w W/√M and σ_b β with W, β ~ N(0, 1) trained
    Ntk,
}

/// Which network, but for its width.
#[derive(Args)]
pub struct NetworkArguments {
    /// How weights and biases are scaled [default: standard with --sigma-w2, else first-layer-bias]
    #[arg(long, value_enum)]
    parametrisation: Option<Convention>,
    /// L, hidden layers, from 1 [default: 1]
    #[arg(long, alias = "hidden-layers")]
    depth: Option<usize>,
    /// Activation: relu, leaky-relu:A, erf, tanh, gelu, sigmoid, silu, softplus, elu, sin, cos or relu^K. Without --sigma-w2 each layer is scaled by 1/E φ(z)², which for
    /// relu is the paper's √(2/m) [default: relu]
    #[arg(long)]
    activation: Option<Activation>,
    /// A bias in the first layer (Chen, Li and Lin's network)
    #[arg(long, conflicts_with_all = ["sigma_w2", "sigma_b2"])]
    bias: bool,
    /// σ_w² of every layer, with --sigma-b2; of --parametrisation standard or ntk. Rows are divided by √d there, so unit
    /// rows with σ_b² > 0 make a nearly constant K: think of --scaling
    #[arg(long, requires = "sigma_b2", allow_hyphen_values = true)]
    sigma_w2: Option<f64>,
    /// σ_b² of every layer, with --sigma-w2
    #[arg(long, requires = "sigma_w2", allow_hyphen_values = true)]
    sigma_b2: Option<f64>,
}

/// The flags of [`KernelArguments`].
pub const KERNEL: &[&str] =
    &["kernel", "depth", "activation", "parametrisation", "bias", "sigma_w2", "sigma_b2"];

impl KernelArguments {
    /// NTK or NNGP.
    pub fn kind(&self) -> KernelKind {
        self.kernel.unwrap_or_default()
    }

    /// The kernel they name.
    pub fn kernel(&self) -> Result<Kernel> {
        Ok(Kernel {
            kind: self.kind(),
            hidden_layers: self.network.hidden_layers(),
            activation: self.network.activation(),
            parametrisation: self.network.parametrisation()?,
            convolution: None,
        })
    }

    /// The kernel they name, of convolutional layers where the flags say so; `image` is what the input says of itself.
    ///
    /// # Errors
    /// As [`KernelArguments::kernel`]; [`Error::Parameter`] where nothing says what shape the images have.
    pub fn kernel_of(&self, layers: &ConvolutionArguments, image: Option<ImageShape>) -> Result<Kernel> {
        let kernel = self.kernel()?;
        let Some(filters) = layers.conv else { return Ok(kernel) };
        let image = layers.image.or(image).ok_or_else(|| {
            let why = "rows of a table need --image HEIGHTxWIDTHxCHANNELS: 28x28x1, channel by channel, line by line";
            Error::parameter("conv", filters, why)
        })?;
        // σ_w² = 2 and σ_b² = 0 without a word, as He's scale; --bias and --parametrisation first-layer-bias are refused by name.
        let parametrisation = match (self.network.parametrisation, kernel.parametrisation) {
            (None, Parametrisation::EveryLayer { sigma_w2, sigma_b2 }) => {
                Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 }
            }
            (None, Parametrisation::FirstLayerBias { bias: false })
                if kernel.activation == Activation::Relu =>
            {
                Kernel::convolutional(1, filters.on(image)).parametrisation
            }
            (_, given) => given,
        };
        Ok(Kernel { parametrisation, convolution: Some(filters.on(image)), ..kernel })
    }
}

/// Convolutional layers.
#[derive(Args)]
pub struct ConvolutionArguments {
    /// Convolutional layers: SIZE:PADDING:READOUT, filters of SIZE x SIZE (odd), padding zero, circular or valid, readout flatten or
    /// pool (global average pooling, which takes pixels² a pair); what is left out is zero and flatten. In the parametrisation ntk, by
    /// default with σ_w² = 2 and σ_b² = 0 (relu)
    #[arg(long, value_name = "FILTERS")]
    pub conv: Option<Filters>,
    /// The images in the rows of --csv or --parquet, for --conv: HEIGHTxWIDTHxCHANNELS, channel by channel, line by line
    #[arg(long, value_name = "SHAPE", requires = "conv")]
    image: Option<ImageShape>,
}

/// The flag of [`ConvolutionArguments`] that every input reads.
pub const CONVOLUTION: &[&str] = &["conv"];

impl NetworkArguments {
    /// L.
    pub fn hidden_layers(&self) -> usize {
        self.depth.unwrap_or(1)
    }

    /// φ.
    pub fn activation(&self) -> Activation {
        self.activation.clone().unwrap_or_default()
    }

    /// Scales and biases.
    ///
    /// # Errors
    /// [`Error::Parameter`] for scales that the convention does not have, and for one that needs them.
    pub fn parametrisation(&self) -> Result<Parametrisation> {
        let refused = |name: &str, why: &str| Err(Error::parameter("parametrisation", name, why));
        match (self.parametrisation, self.sigma_w2.zip(self.sigma_b2)) {
            (Some(Convention::FirstLayerBias), Some(_)) => {
                refused("first-layer-bias", "has no σ_w² and σ_b²: leave them out, or take standard or ntk")
            }
            (Some(Convention::Standard), None) => refused("standard", "needs --sigma-w2 and --sigma-b2"),
            (Some(Convention::Ntk), None) => refused("ntk", "needs --sigma-w2 and --sigma-b2"),
            (Some(Convention::Ntk), Some((sigma_w2, sigma_b2))) => {
                Ok(Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 })
            }
            (_, Some((sigma_w2, sigma_b2))) => Ok(Parametrisation::EveryLayer { sigma_w2, sigma_b2 }),
            (_, None) => Ok(Parametrisation::FirstLayerBias { bias: self.bias }),
        }
    }
}
