//! The kernel, and the network behind it, on the command line.

use analysis_core::kernel::{Activation, Kernel, KernelKind, Parametrisation};
use clap::Args;

/// Which kernel.
#[derive(Args)]
pub struct KernelArguments {
    /// The kernel: ntk or nngp (the random feature kernel) [default: ntk]
    #[arg(long)]
    kernel: Option<KernelKind>,
    #[command(flatten)]
    network: NetworkArguments,
}

/// Which network, but for its width.
#[derive(Args)]
pub struct NetworkArguments {
    /// L, hidden layers, from 1 [default: 1]
    #[arg(long, alias = "hidden-layers")]
    depth: Option<usize>,
    /// Activation: relu, erf, tanh, gelu, sigmoid or relu^K. Without --sigma-w2 each layer is scaled by 1/E φ(z)², which for
    /// relu is the paper's √(2/m) [default: relu]
    #[arg(long)]
    activation: Option<Activation>,
    /// A bias in the first layer (Chen, Li and Lin's network)
    #[arg(long, conflicts_with_all = ["sigma_w2", "sigma_b2"])]
    bias: bool,
    /// σ_w² of every layer (Seleznova and Kutyniok's network), with --sigma-b2. Rows are divided by √d there, so unit
    /// rows with σ_b² > 0 make a nearly constant K: think of --scaling
    #[arg(long, requires = "sigma_b2", allow_hyphen_values = true)]
    sigma_w2: Option<f64>,
    /// σ_b² of every layer, with --sigma-w2
    #[arg(long, requires = "sigma_w2", allow_hyphen_values = true)]
    sigma_b2: Option<f64>,
}

/// The flags of [`KernelArguments`].
pub const KERNEL: &[&str] = &["kernel", "depth", "activation", "bias", "sigma_w2", "sigma_b2"];

impl KernelArguments {
    /// The kernel they name.
    pub fn kernel(&self) -> Kernel {
        Kernel {
            kind: self.kernel.unwrap_or_default(),
            hidden_layers: self.network.hidden_layers(),
            activation: self.network.activation(),
            parametrisation: self.network.parametrisation(),
        }
    }
}

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
    pub fn parametrisation(&self) -> Parametrisation {
        match (self.sigma_w2, self.sigma_b2) {
            (Some(sigma_w2), Some(sigma_b2)) => Parametrisation::EveryLayer { sigma_w2, sigma_b2 },
            _ => Parametrisation::FirstLayerBias { bias: self.bias },
        }
    }
}
