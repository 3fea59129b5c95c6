//! `ntk store`: the folder of finished results.

use std::collections::BTreeMap;
use std::time::SystemTime;

use analysis_core::error::{Error, Result};
use analysis_core::report::{Cell, Column, Table, json_frame};
use analysis_core::store::{Store, StoredFile};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{Run, output};

/// List or remove the finished results that later runs go on from.
///
/// Every finished part of an experiment is kept in a folder (NTK_STORE_DIR; else notebooks/out/store of the project that the
/// current folder is in; else ntk-store in the current folder): a run that was interrupted, or is made larger, computes only what
/// is not there.
#[derive(Args)]
pub struct StoreCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print the folder
    Dir,
    /// Say what is there, by computation
    List {
        /// Print one JSON object and nothing else on standard output
        #[arg(long)]
        json: bool,
    },
    /// Remove results; what is removed is computed again when it is needed
    #[command(
        after_long_help = "Examples:\n  ntk store clean drift learning-curve\n  ntk store clean --older 90\n  ntk store clean --all"
    )]
    Clean {
        /// Of these computations only: names of `ntk store list`, or of subcommands. `smoothness` and `table` share decay-curves
        #[arg(value_name = "COMPUTATION")]
        computations: Vec<String>,
        /// Only what was written more than so many days ago
        #[arg(long, value_name = "DAYS")]
        older: Option<f64>,
        /// Everything
        #[arg(long, conflicts_with_all = ["computations", "older"])]
        all: bool,
    },
}

impl Run for StoreCommand {
    fn run(&self) -> Result<()> {
        let store = Store::project();
        match &self.action {
            Action::Dir => {
                let folder = store.folder().unwrap_or("".as_ref());
                // A relative path would be another folder in another shell.
                let whole = std::path::absolute(folder).map_err(|e| Error::io(folder, "find", &e))?;
                output::text(&format!("{}\n", whole.display()))
            }
            Action::List { json } => list(&store.files()?, *json),
            Action::Clean { computations, older: None, all: false } if computations.is_empty() => {
                let requirement = "say what is removed: names of `ntk store list`, --older DAYS, or --all";
                Err(Error::parameter("COMPUTATION", "none", requirement))
            }
            Action::Clean { computations, older, .. } => clean(&store.files()?, computations, *older),
        }
    }
}

/// Age in days; a time in the future is no age.
fn days(file: &StoredFile) -> f64 {
    SystemTime::now().duration_since(file.modified).map_or(0.0, |age| age.as_secs_f64() / 86_400.0)
}

fn megabytes(files: &[&StoredFile]) -> f64 {
    files.iter().map(|file| file.bytes).sum::<u64>() as f64 / 1e6
}

fn list(files: &[StoredFile], as_json: bool) -> Result<()> {
    let mut computations: BTreeMap<&str, Vec<&StoredFile>> = BTreeMap::new();
    for file in files {
        computations.entry(&file.computation).or_default().push(file);
    }
    if as_json {
        let rows: Vec<_> = computations
            .iter()
            .map(|(name, files)| {
                json!({"computation": name, "files": files.len(), "bytes": files.iter().map(|f| f.bytes).sum::<u64>()})
            })
            .collect();
        return output::json(&json_frame("store", &json!({}), json!({"computations": rows}))?);
    }
    let columns = ["computation", "files", "MB", "newest (days)", "oldest (days)"];
    let columns =
        columns.map(|name| if name == "computation" { Column::text(name) } else { Column::number(name) });
    let mut table = Table::new(columns);
    for (name, files) in &computations {
        let ages = || files.iter().map(|file| days(file));
        table = table.row([
            Cell::text(*name),
            Cell::Integer(i64::try_from(files.len()).unwrap_or(i64::MAX)),
            Cell::number(megabytes(files), 1),
            Cell::number(ages().fold(f64::INFINITY, f64::min), 1),
            Cell::number(ages().fold(0.0, f64::max), 1),
        ]);
    }
    output::text(&if files.is_empty() { "the store is empty\n".into() } else { table.text()? })
}

/// Whether a file is of what a user calls `name`: a computation, or the subcommand that makes it.
fn is_of(file: &StoredFile, name: &str) -> bool {
    let own = if matches!(name, "smoothness" | "table") { "decay-curves" } else { name };
    let rest = file.computation.strip_prefix(own);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn clean(files: &[StoredFile], computations: &[String], older: Option<f64>) -> Result<()> {
    for name in computations.iter().filter(|name| !files.iter().any(|file| is_of(file, name))) {
        output::say(&format!("{name}: nothing of it is in the store (ntk store list names what is)"));
    }
    let chosen: Vec<&StoredFile> = files
        .iter()
        .filter(|file| computations.is_empty() || computations.iter().any(|name| is_of(file, name)))
        .filter(|file| older.is_none_or(|least| days(file) > least))
        .collect();
    for file in &chosen {
        std::fs::remove_file(&file.path).map_err(|e| Error::io(&file.path, "remove", &e))?;
    }
    output::text(&format!(
        "removed {} of {} files, {:.1} MB\n",
        chosen.len(),
        files.len(),
        megabytes(&chosen)
    ))
}
