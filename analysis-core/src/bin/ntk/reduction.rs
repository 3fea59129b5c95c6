//! The flags of a decomposition without eigenvectors.

use std::path::PathBuf;

use analysis_core::network::Precision;
use analysis_core::session::Session;
use analysis_core::spectrum::Reduction;
use clap::Args;

#[derive(Args)]
pub struct ReductionArguments {
    /// Arithmetic of the decomposition: double, or single (half the time and memory; eigenvalues below about n·1.2e-7 of the
    /// largest are then unknown)
    #[arg(long, default_value = "double", value_name = "PRECISION")]
    pub precision: Precision,
    /// Decompose a second time with eigenvectors by LAPACK and compare (ten times the time; up to 32,766 rows)
    #[arg(long)]
    pub verify: bool,
    /// A folder for what is under way, written every few minutes (half of 8n² bytes at first, 14.4 GB for 60,000 rows): the
    /// same command goes on from there after an interrupt, here or on another machine
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,
}

impl ReductionArguments {
    pub fn reduction(&self) -> Reduction {
        Reduction { precision: self.precision, verify: self.verify }
    }

    pub fn session(&self, session: Session) -> Session {
        match &self.checkpoint {
            Some(folder) => session.checkpoint(folder),
            None => session,
        }
    }
}
