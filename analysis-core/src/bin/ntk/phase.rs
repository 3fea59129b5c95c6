//! `ntk phase`: the mean-field phases of (σ_w², σ_b²).

use std::path::PathBuf;
use std::time::Instant;

use analysis_core::architecture::Activation;
use analysis_core::error::Result;
use analysis_core::experiment::PhaseDiagram;
use analysis_core::report::Style;
use clap::Args;

use crate::lists::Values;
use crate::modes::{Choice, Mode};
use crate::output;

/// Mean-field phases of wide networks at initialisation: ordered, chaotic, and the edge of chaos between them.
///
/// At every (σ_w², σ_b²): the fixed point q* of the pre-activations' variance, χ₁ = σ_w² E φ'², the correlation c* that all
/// inputs tend to, and the depth scales; and the edge χ₁ = 1 as σ_w²(σ_b²). Lists: 1,2,5 or 0.25..=5:0.25.
///
/// Example: ntk phase --activation tanh --sigma-w2 0.5..=5:0.5 --sigma-b2 0.1,0.5,1 --json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct PhaseCommand {
    /// relu, tanh, erf, gelu, sigmoid or relu^K
    #[arg(long, default_value = "tanh")]
    activation: Activation,
    /// σ_w² [default: 0.25..=5:0.25]
    #[arg(long, allow_hyphen_values = true)]
    sigma_w2: Option<Values>,
    /// σ_b² [default: 0.1..=1:0.1]
    #[arg(long, allow_hyphen_values = true)]
    sigma_b2: Option<Values>,
    /// Write figure, tables and points into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    json: bool,
}

/// There is one mode.
pub const CHOICES: &[Choice] =
    &[&[Mode { flag: None, name: "", reads: &[&["activation", "sigma_w2", "sigma_b2", "out", "json"]] }]];

impl PhaseCommand {
    /// Computes, writes and prints.
    pub fn run(&self) -> Result<()> {
        let start = Instant::now();
        self.out.as_deref().map_or(Ok(()), output::prepare)?;
        let default = PhaseDiagram::default();
        let diagram = PhaseDiagram {
            activation: self.activation.clone(),
            sigma_w2: self.sigma_w2.clone().map_or(default.sigma_w2, |list| list.0),
            sigma_b2: self.sigma_b2.clone().map_or(default.sigma_b2, |list| list.0),
        };
        let result = diagram.run()?;
        output::finish(
            self.out.as_deref(),
            self.json,
            "figure, tables and points",
            |folder| result.export(&Style::neurips(), folder),
            || result.json(start.elapsed().as_secs_f64()),
            || Ok(format!("{}\n{}", result.table().text()?, result.edge_table().text()?)),
        )
    }
}
