//! What the commands of experiments over a grid have in common. One more of them has its own flags, a [`Grid`] of them, a
//! [`GridResult`], and a line in the list of `main.rs`.

use std::path::PathBuf;
use std::time::Instant;

use analysis_core::error::{Error, Result};
use analysis_core::experiment::{KernelForm, Plan, Settings};
use analysis_core::report::{Report, Style, json_frame};
use analysis_core::serde::de::DeserializeOwned;
use analysis_core::session::Session;
use analysis_core::shard::Shard;
use clap::Args;
use serde_json::json;

use crate::Run;
use crate::modes::Choice;
use crate::output::{self, Kept, Output};

/// The flags of all of them.
#[derive(Args)]
pub struct Common {
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Compute only part I of N of the grid: 1/4, …, 4/4. Parts add up in the store, or with `ntk merge`
    #[arg(long, value_name = "I/N", default_value_t)]
    pub shard: Shard,
    #[command(flatten)]
    profile: Profile,
    #[command(flatten)]
    kept: Kept,
    /// Compute nothing: say how many cells there are, how many of them are in the store, and what the others need
    #[arg(long)]
    dry_run: bool,
    /// The old form of `ntk merge`
    #[arg(long, value_name = "FILE", hide = true)]
    merge: Vec<PathBuf>,
}

/// How large an experiment is where its flags do not say so.
#[derive(Args)]
pub struct Profile {
    /// Sizes that are not given are those of the paper, or (smoke) of a quick check whose numbers mean little
    #[arg(long, value_name = "paper|smoke", env = "NTK_PROFILE", hide_env_values = true, default_value_t)]
    profile: Settings,
}

impl Profile {
    /// The profile. One that nobody may have meant (an exported variable) is said.
    pub fn said(&self) -> Settings {
        if self.profile == Settings::Smoke {
            output::say("profile smoke: sizes that are not given are small, and the numbers mean little");
        }
        self.profile
    }
}

/// An experiment over a grid, as a command.
pub trait Grid {
    /// What is computed.
    type Experiment: GridExperiment;
    /// As [`Run::CHOICES`].
    const CHOICES: &'static [Choice] = &[];

    /// The flags of all grids.
    fn common(&self) -> &Common;
    /// Which of several kernels figures and tables show, where the flags say so.
    fn show(&self) -> Option<KernelForm> {
        None
    }
    /// What else than store, progress and shard the flags say of a run.
    fn session(&self, session: Session) -> Result<Session> {
        Ok(session)
    }
    /// The experiment of these flags.
    fn experiment(&self, settings: Settings) -> Result<Self::Experiment>;
}

/// An experiment over a grid.
pub trait GridExperiment {
    /// What comes out.
    type Result: GridResult;

    /// Computes what is not in the store.
    fn run(&self, session: &Session) -> Result<Self::Result>;
    /// What [`GridExperiment::run`] would have to do.
    fn plan(&self, session: &Session) -> Result<Plan>;
}

type ResultOf<G> = <<G as Grid>::Experiment as GridExperiment>::Result;

/// The result of a grid, whole or in parts.
pub trait GridResult: Report + DeserializeOwned {
    /// The field that only its files have: those of schema 1 do not name their experiment.
    const MARK: &'static str;

    /// Parts of one grid, put together.
    fn merge(parts: &[Self]) -> Result<Self>;
    /// What is said beside the numbers.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    /// Shows another kernel in figures and tables.
    fn show(&mut self, form: KernelForm) -> Result<()> {
        Err(Error::parameter("show", form, format!("{} has one kernel: leave --show out", Self::NAME)))
    }
}

impl<G: Grid> Run for G {
    const CHOICES: &'static [Choice] = G::CHOICES;
    const MERGER: Option<Merger> =
        Some(Merger { name: ResultOf::<G>::NAME, mark: ResultOf::<G>::MARK, merge: merge::<ResultOf<G>> });

    fn run(&self) -> Result<()> {
        let start = Instant::now();
        let Common { shard, profile, kept, dry_run, merge: files, .. } = self.common();
        if !files.is_empty() {
            return merge::<ResultOf<G>>(files, self.show(), &kept.output);
        }
        let experiment = self.experiment(profile.said())?;
        let session = self.session(kept.session().shard(*shard))?;
        if *dry_run {
            let plan = experiment.plan(&session)?;
            return if kept.output.json {
                output::json(&json_frame("plan", &json!({"of": ResultOf::<G>::NAME}), json!(plan))?)
            } else {
                output::text(&format!("{plan}\n"))
            };
        }
        kept.output.prepare()?;
        finish(&experiment.run(&session)?, start, &kept.output)
    }
}

/// How the files of one experiment are put together.
pub struct Merger {
    /// As [`Report::NAME`].
    pub name: &'static str,
    /// As [`GridResult::MARK`].
    pub mark: &'static str,
    /// Reads, merges, prints and writes.
    pub merge: fn(&[PathBuf], Option<KernelForm>, &Output) -> Result<()>,
}

fn merge<R: GridResult>(files: &[PathBuf], show: Option<KernelForm>, output: &Output) -> Result<()> {
    let start = Instant::now();
    output.prepare()?;
    // Where a file is not there, reading it says so.
    let places: Vec<PathBuf> =
        files.iter().map(|file| file.canonicalize().unwrap_or_else(|_| file.clone())).collect();
    if let Some(twice) = (0..places.len()).find(|index| places[..*index].contains(&places[*index])) {
        let requirement = "is named twice: name each file once";
        return Err(Error::parameter("merge", files[twice].display(), requirement));
    }
    let parts: Vec<R> = files.iter().cloned().map(R::read).collect::<Result<_>>()?;
    let mut result = R::merge(&parts)?;
    show.map_or(Ok(()), |form| result.show(form))?;
    finish(&result, start, output)
}

fn finish<R: GridResult>(result: &R, start: Instant, output: &Output) -> Result<()> {
    for note in result.notes() {
        output::say(&note);
    }
    output.finish(
        "figures, tables and numbers",
        |folder| result.export(&Style::neurips(), folder),
        || result.json(start.elapsed().as_secs_f64()),
        || output.summary(&result.headline()),
    )
}
