//! What every command prints: JSON without a null number, or text; a closed pipe is the reader's choice, not a failure.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use analysis_core::error::{Error, Result};
use analysis_core::experiment::Settings;
use analysis_core::progress::Lines;
pub use analysis_core::progress::say;
use analysis_core::report::{Exported, Manifest, Report, Style, check_name};
use analysis_core::session::Session;
use analysis_core::store::Store;
use clap::Args;
use serde_json::Value;

/// Where results go.
#[derive(Args)]
pub struct Output {
    /// Write figures (SVG, PDF, PNG), their numbers (CSV, Parquet), tables (LaTeX, Markdown, HTML, CSV), manifests and
    /// BibTeX into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    pub json: bool,
}

/// The same of a command that keeps finished parts on disk.
#[derive(Args)]
pub struct Kept {
    /// Compute even what is in the store of finished results
    #[arg(long)]
    pub no_cache: bool,
    #[command(flatten)]
    pub output: Output,
}

impl Kept {
    /// The project's store of finished parts, or none; progress on standard error.
    pub fn session(&self) -> Session {
        let store = if self.no_cache { Store::none() } else { Store::project() };
        Session::default().store(store).lines(Lines::on_stderr())
    }
}

impl Output {
    /// To be called before anything is computed: makes the folder, and refuses one that cannot be written.
    pub fn prepare(&self) -> Result<()> {
        self.out.as_deref().map_or(Ok(()), prepare)
    }

    /// Ends a command with its result. JSON and manifests say which profile its sizes are of, where the command has one.
    pub fn report(&self, result: &impl Report, start: Instant, profile: Option<Settings>) -> Result<()> {
        let manifest = || Ok(Manifest { profile, ..result.manifest()? });
        self.finish(
            "figures, tables and numbers",
            |folder| result.export_with(&Style::neurips(), folder, name_of(result), &manifest()?),
            || result.json_with(&manifest()?.seconds(start.elapsed().as_secs_f64())),
            || result.summary(),
        )
    }

    /// Prints JSON or text, then writes into the folder, where there is one (`files` says what). What was computed is never
    /// lost to the other's failure.
    pub fn finish(
        &self,
        files: &str,
        export: impl FnOnce(&Path) -> Result<Exported>,
        as_json: impl FnOnce() -> Result<Value>,
        lines: impl FnOnce() -> Result<String>,
    ) -> Result<()> {
        let printed =
            if self.json { as_json().and_then(|v| json(&v)) } else { lines().and_then(|t| text(&t)) };
        let written = self.out.as_deref().map_or(Ok(()), |folder| {
            export(folder)?;
            say(&format!("{files}: {}", folder.display()));
            Ok(())
        });
        both(printed, written)
    }
}

/// What the files of a result are called after.
fn name_of<R: Report>(_: &R) -> &'static str {
    R::FILES
}

/// Two endings of a command, of which neither keeps the other from happening. Where both failed, the second is said on the way.
pub fn both(printed: Result<()>, written: Result<()>) -> Result<()> {
    if let (Err(_), Err(second)) = (&printed, &written) {
        say(&format!("what was written: {second}"));
    }
    printed.and(written)
}

/// Makes a folder for results, and refuses one in which no file can be made.
pub fn prepare(folder: &Path) -> Result<()> {
    prepare_named(folder, "ntk")
}

/// The same for files that begin with `name`, which must not be too long either.
pub fn prepare_named(folder: &Path, name: &str) -> Result<()> {
    check_name(name)?;
    std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
    probe(&folder.join(format!("{name}-curves.parquet")))
}

/// Refuses a file that could not be written at the end: its folder is missing or not writable, its name too long, or it is a
/// folder itself. What is there stays as it is.
pub fn probe(file: &Path) -> Result<()> {
    if file.is_dir() {
        return Err(Error::Io { path: file.to_path_buf(), action: "write", reason: "it is a folder".into() });
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    // As long as the names of files that are not whole yet.
    let beside = file.with_file_name(format!(".{name}.{:010}.0000000000.tmp", std::process::id()));
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside);
    made.map_err(|e| Error::io(file, "write", &e))?;
    std::fs::remove_file(&beside).map_err(|e| Error::io(&beside, "remove", &e))
}

/// The time between two writings of what is under way.
pub fn pause(seconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| Error::parameter("checkpoint-seconds", seconds, "must be finite and not negative"))
}

/// Prints one JSON object. A number that is NaN or infinite would become null: that is refused instead.
pub fn json(value: &Value) -> Result<()> {
    if let Some(place) = find_null(value, String::new()) {
        return Err(Error::Json {
            what: format!("{place} of the result"),
            reason: "not a finite number".into(),
        });
    }
    text(&format!("{value}\n"))
}

/// Prints text.
pub fn text(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    // Flushed here: what is left for the end of the program is written without a word where it fails.
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(Error::io("standard output", "write", &cause))
        }
        _ => Ok(()),
    }
}

fn find_null(value: &Value, place: String) -> Option<String> {
    match value {
        Value::Null => Some(place),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(i, item)| find_null(item, format!("{place}[{i}]")))
        }
        Value::Object(fields) => {
            fields.iter().find_map(|(name, field)| find_null(field, format!("{place}.{name}")))
        }
        _ => None,
    }
}
