//! What the commands of experiments over a grid have in common. One more of them has its own flags, a [`Grid`] of them, a
//! [`GridExperiment`], and a line in the list of `main.rs`.

use std::path::PathBuf;
use std::time::Instant;

use analysis_core::error::{Error, Result};
use analysis_core::experiment::{KernelForm, Plan, Settings};
use analysis_core::report::{Report, json_frame, json_head};
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
    #[arg(long, conflicts_with = "out")]
    dry_run: bool,
    /// The old form of `ntk merge`
    #[arg(long, value_name = "FILE", hide = true)]
    merge: Vec<PathBuf>,
}

/// How large an experiment is where its flags do not say so.
#[derive(Args)]
pub struct Profile {
    /// Sizes that are not given are those of the paper, or (smoke) of a quick check whose numbers mean little
    #[arg(long, value_name = "paper|smoke", env = "NTK_PROFILE", hide_env_values = true, default_value_t, value_parser = profile)]
    profile: Settings,
}

/// A variable that is set to nothing says nothing.
fn profile(text: &str) -> Result<Settings> {
    if text.is_empty() { Ok(Settings::default()) } else { text.parse() }
}

impl Profile {
    /// The profile. One that nobody may have meant (an exported variable) is said.
    pub fn said(&self) -> Settings {
        if self.profile == Settings::Smoke {
            output::say("profile smoke: sizes that are not given are small, and the numbers mean little");
        }
        self.profile
    }

    /// The profile.
    pub fn settings(&self) -> Settings {
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

/// An experiment over a grid: its own functions, under names that all of them share.
pub trait GridExperiment {
    /// What comes out, whole or in parts.
    type Result: Report + DeserializeOwned;
    /// The field that only its files have: those of schema 1 do not name their experiment.
    const MARK: &'static str;

    /// Computes what is not in the store.
    fn run(&self, session: &Session) -> Result<Self::Result>;
    /// What [`GridExperiment::run`] would have to do.
    fn plan(&self, session: &Session) -> Result<Plan>;
    /// Parts of one grid, put together.
    fn merge(parts: &[Self::Result]) -> Result<Self::Result>;
    /// What is said beside the numbers, if anything.
    fn note(_: &Self::Result) -> Option<String> {
        None
    }
    /// Shows another kernel in figures and tables.
    fn show(_: &mut Self::Result, form: KernelForm) -> Result<()> {
        let name = Self::Result::NAME;
        Err(Error::parameter("show", form, format!("{name} has one kernel: leave --show out")))
    }
}

/// The functions of a [`GridExperiment`] that do nothing but call the experiment's own.
macro_rules! own_functions {
    ($result:ty) => {
        type Result = $result;

        fn run(&self, session: &Session) -> Result<$result> {
            self.run_in(session)
        }

        fn merge(parts: &[$result]) -> Result<$result> {
            <$result>::merge(parts)
        }
    };
}
pub(crate) use own_functions;

impl<G: Grid> Run for G {
    const CHOICES: &'static [Choice] = G::CHOICES;
    const MERGER: Option<Merger> = Some(Merger {
        name: name::<G::Experiment>(),
        mark: G::Experiment::MARK,
        merge: merge::<G::Experiment>,
    });

    fn run(&self) -> Result<()> {
        let start = Instant::now();
        let Common { shard, profile, kept, dry_run, merge: files, .. } = self.common();
        if !files.is_empty() {
            return merge::<G::Experiment>(files, self.show(), &kept.output);
        }
        let experiment = self.experiment(profile.said())?;
        let session = self.session(kept.session().shard(*shard))?;
        if *dry_run {
            let plan = experiment.plan(&session)?;
            return if kept.output.json {
                output::json(&json_frame("plan", &json!({"of": name::<G::Experiment>()}), json!(plan))?)
            } else {
                output::text(&format!("{plan}\n"))
            };
        }
        kept.output.prepare()?;
        let result = experiment.run(&session)?;
        let lacks = format!("this is shard {shard}, without");
        finish::<G::Experiment>(&result, Some(profile.settings()), &lacks, start, &kept.output)
    }
}

/// How the files of one experiment are put together.
pub struct Merger {
    /// As [`Report::NAME`].
    pub name: &'static str,
    /// As [`GridExperiment::MARK`].
    pub mark: &'static str,
    /// Reads, merges, prints and writes.
    pub merge: fn(&[PathBuf], Option<KernelForm>, &Output) -> Result<()>,
}

const fn name<E: GridExperiment>() -> &'static str {
    E::Result::NAME
}

fn merge<E: GridExperiment>(files: &[PathBuf], show: Option<KernelForm>, output: &Output) -> Result<()> {
    let start = Instant::now();
    output.prepare()?;
    // Where a file is not there, reading it says so.
    let places: Vec<PathBuf> =
        files.iter().map(|file| file.canonicalize().unwrap_or_else(|_| file.clone())).collect();
    if let Some(twice) = (0..places.len()).find(|index| places[..*index].contains(&places[*index])) {
        let requirement = "is named twice: name each file once";
        return Err(Error::parameter("merge", files[twice].display(), requirement));
    }
    let parts = files.iter().map(E::Result::read).collect::<Result<Vec<_>>>()?;
    let mut result = E::merge(&parts).map_err(|error| named(error, files))?;
    show.map_or(Ok(()), |form| E::show(&mut result, form))?;
    finish::<E>(&result, merged_profile(files)?, "incomplete: the files are without", start, output)
}

/// An error about one of the results, with the name of its file.
fn named(error: Error, files: &[PathBuf]) -> Error {
    match error {
        Error::Parameter { name, value, requirement } => {
            let place = value.strip_prefix("result ").and_then(|place| place.parse::<usize>().ok());
            let file = place.and_then(|place| files.get(place.checked_sub(1)?));
            let value = file.map_or(value, |file| file.display().to_string());
            Error::Parameter { name, value, requirement }
        }
        error => error,
    }
}

/// The profile of files that are put together: smoke where one of them says so, paper where all do.
fn merged_profile(files: &[PathBuf]) -> Result<Option<Settings>> {
    let profile = |file: &PathBuf| Ok(json_head(file, "")?.profile);
    let profiles = files.iter().map(profile).collect::<Result<Vec<_>>>()?;
    let smoke = profiles.contains(&Some(Settings::Smoke));
    if smoke {
        output::say("a file is of profile smoke: the numbers mean little");
    }
    let known = smoke || profiles.iter().all(Option::is_some);
    Ok(known.then_some(if smoke { Settings::Smoke } else { Settings::Paper }))
}

fn finish<E: GridExperiment>(
    result: &E::Result,
    profile: Option<Settings>,
    lacks: &str,
    start: Instant,
    output: &Output,
) -> Result<()> {
    if let Some(note) = E::note(result) {
        output::say(&note);
    }
    match result.missing_cells() {
        0 => {}
        missing => output::say(&format!("{lacks} {missing} of the grid's cells")),
    }
    output.report(result, start, profile)
}
