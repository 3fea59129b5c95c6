//! `ntk phase`: the mean-field phases of (σ_w², σ_b²).

use std::time::Instant;

use analysis_core::architecture::Activation;
use analysis_core::error::Result;
use analysis_core::experiment::PhaseDiagram;
use clap::Args;

use crate::Run;
use crate::lists::Values;
use crate::output::Output;

/// The ordered and the chaotic phase of wide networks at initialisation.
///
/// At every (σ_w², σ_b²): the fixed point q* of the pre-activations' variance, χ₁ = σ_w² E φ'², the correlation c* that all
/// inputs tend to, and the depth scales; and the edge χ₁ = 1 as σ_w²(σ_b²).
#[derive(Args)]
#[command(
    after_long_help = "Example:\n  ntk phase --activation tanh --sigma-w2 0.5..=5:0.5 --sigma-b2 0.1,0.5,1"
)]
pub struct PhaseCommand {
    /// relu, tanh, erf, gelu, sigmoid or relu^K
    #[arg(long, default_value = "tanh")]
    activation: Activation,
    /// σ_w² [default: 0.25..=5:0.25]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    sigma_w2: Option<Values>,
    /// σ_b² [default: 0.1..=1:0.1]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    sigma_b2: Option<Values>,
    #[command(flatten)]
    output: Output,
}

impl Run for PhaseCommand {
    fn run(&self) -> Result<()> {
        let start = Instant::now();
        self.output.prepare()?;
        let default = PhaseDiagram::default();
        let diagram = PhaseDiagram {
            activation: self.activation.clone(),
            sigma_w2: self.sigma_w2.clone().map_or(default.sigma_w2, |list| list.0),
            sigma_b2: self.sigma_b2.clone().map_or(default.sigma_b2, |list| list.0),
        };
        let result = diagram.run()?;
        self.output.report(&result, start, None)
    }
}
