//! `ntk merge`: parts of a grid from files, put together.

use std::path::{Path, PathBuf};

use analysis_core::error::{Error, Result};
use analysis_core::experiment::KernelForm;
use analysis_core::report::json_head;
use clap::Args;

use crate::grid::Merger;
use crate::output::Output;
use crate::{Command, Run};

/// Put together the results of several shards.
///
/// Each file is what `ntk dispersion`, `drift`, `learning-curve` or `output-variance` printed with --json. The files say
/// themselves which experiment they are of and with which parameters; they must be parts of one grid.
#[derive(Args)]
#[command(
    after_long_help = "Example:\n  ntk drift --shard 1/2 --json > 1.json\n  ntk drift --shard 2/2 --json > 2.json\n  ntk merge 1.json 2.json --out figures"
)]
pub struct Merge {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Of drift: which kernel figures and tables show, full, trace or one [default: as in the files]
    #[arg(long)]
    show: Option<KernelForm>,
    #[command(flatten)]
    output: Output,
}

impl Run for Merge {
    fn run(&self) -> Result<()> {
        let mergers: Vec<&Merger> = Command::MERGERS.iter().flatten().collect();
        let merger = experiment(&self.files[0], &mergers)?;
        for file in &self.files[1..] {
            let other = experiment(file, &mergers)?;
            if other.name != merger.name {
                let why = format!(
                    "holds the result of {}, {} that of {}",
                    other.name,
                    self.files[0].display(),
                    merger.name
                );
                return Err(Error::parameter("merge", file.display(), why));
            }
        }
        (merger.merge)(&self.files, self.show, &self.output)
    }
}

/// Of which experiment a file is. A file of schema 1 does not say so, but has a field that no other has.
fn experiment<'a>(file: &Path, mergers: &[&'a Merger]) -> Result<&'a Merger> {
    let known: Vec<String> = mergers.iter().map(|merger| format!("ntk {} --json", merger.name)).collect();
    let advice = format!(": give the output of {}", known.join(" or of "));
    let head = json_head(file, &advice)?;
    let found = mergers.iter().find(|merger| match &head.experiment {
        Some(name) => merger.name == name,
        None => head.fields.iter().any(|field| field == merger.mark),
    });
    found.copied().ok_or_else(|| {
        let why = head.experiment.map_or("is of no experiment that can be merged".into(), |name| {
            format!("is of {name}, which cannot be merged")
        });
        Error::Json { what: file.display().to_string(), reason: format!("{why}{advice}") }
    })
}
