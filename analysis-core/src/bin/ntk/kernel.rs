//! The kernel on the command line.

use analysis_core::kernel::{Activation, Kernel, KernelKind, Parametrisation};
use clap::Args;

/// Which kernel.
#[derive(Args)]
pub struct KernelArguments {
    /// The kernel: ntk or nngp (the random feature kernel) [default: ntk]
    #[arg(long)]
    kernel: Option<KernelKind>,
    /// Hidden layers, from 1 [default: 1]
    #[arg(long)]
    hidden_layers: Option<usize>,
    /// Activation: relu, erf, tanh, gelu, sigmoid or relu^K [default: relu]; without --sigma-w2 each layer is scaled
    /// by 1/E φ(z)², which for relu is the paper's √(2/m)
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

impl KernelArguments {
    /// The kernel they name.
    pub fn kernel(&self) -> Kernel {
        let default = Kernel::default();
        Kernel {
            kind: self.kernel.unwrap_or(default.kind),
            hidden_layers: self.hidden_layers.unwrap_or(default.hidden_layers),
            activation: self.activation.clone().unwrap_or(default.activation),
            parametrisation: match (self.sigma_w2, self.sigma_b2) {
                (Some(sigma_w2), Some(sigma_b2)) => Parametrisation::EveryLayer { sigma_w2, sigma_b2 },
                _ => Parametrisation::FirstLayerBias { bias: self.bias },
            },
        }
    }
}
