//! What networks of repeated draws learn: the paper's task on the sphere, or images.

use std::ops::Range;

use analysis_core::data::{Rows, Scaling, Source, Target};
use analysis_core::error::{Error, Result};
use analysis_core::experiment::Task;
use clap::Args;

use crate::input::DataFolder;
use crate::modes::{Choice, Mode};

/// The task.
#[derive(Args)]
pub struct TaskArguments {
    /// d: x lies on the sphere S^{d−1} in R^d
    #[arg(long, default_value_t = 5)]
    dim: usize,
    /// σ, the standard deviation of the targets' noise
    #[arg(long, default_value_t = 0.2, allow_hyphen_values = true)]
    noise: f64,
    /// Real images instead of the sphere: mnist, fashion-mnist or cifar-10
    #[arg(long)]
    dataset: Option<Source>,
    /// How labels become the target, with --dataset: parity, one-vs-rest:CLASS, integer or centred-integer [default: parity]
    #[arg(long)]
    labels: Option<Target>,
    /// Scaling of the rows, with --dataset [default: unit-norm]
    #[arg(long)]
    scaling: Option<Scaling>,
    #[command(flatten)]
    folder: DataFolder,
}

/// What is read of [`TaskArguments`].
pub const TASK: Choice = &[
    Mode { flag: Some("dataset"), name: "with --dataset", reads: &[&["labels", "scaling", "data_dir"]] },
    Mode { flag: None, name: "without --dataset", reads: &[&["dim", "noise"]] },
];

impl TaskArguments {
    /// The task that they name.
    pub fn task(&self) -> Task {
        match self.dataset {
            None => Task::Sphere { d: self.dim, noise: self.noise },
            Some(source) => Task::Images {
                source,
                folder: self.folder.data_dir.clone(),
                scaling: self.scaling.unwrap_or(Scaling::UnitNorm),
                target: self.labels.unwrap_or(Target::Parity),
            },
        }
    }
}

/// Draws 0 to N − 1, or a range of them.
pub fn draws(text: &str) -> Result<Range<usize>> {
    if let Ok(count) = text.parse::<usize>() {
        return Ok(0..count);
    }
    match text.parse() {
        Ok(Rows::Range { start, end }) => Ok(start..end),
        _ => Err(Error::parameter("draws", text, "must be a number such as 20, or a range such as 0..20")),
    }
}
