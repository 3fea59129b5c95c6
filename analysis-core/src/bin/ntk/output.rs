//! What every command prints: JSON without a null number, or text; a closed pipe is the reader's choice, not a failure.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use analysis_core::error::{Error, Result};
use analysis_core::report::Exported;
use analysis_core::store::Store;
use clap::Args;
use serde_json::Value;

/// Where an experiment's results go.
#[derive(Args)]
pub struct Output {
    /// Write figures, their numbers and tables into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Compute even what is already on disk
    #[arg(long)]
    pub no_cache: bool,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    pub json: bool,
}

impl Output {
    /// Writes into the folder, where there is one (`files` says what), then prints JSON or text.
    pub fn finish(
        &self,
        files: &str,
        export: impl FnOnce(&Path) -> Result<Exported>,
        json_object: impl FnOnce() -> Result<Value>,
        lines: impl FnOnce() -> Result<String>,
    ) -> Result<()> {
        if let Some(folder) = &self.out {
            export(folder)?;
            say(&format!("{files}: {}", folder.display()));
        }
        if self.json { json(&json_object()?) } else { text(&lines()?) }
    }

    /// The project's store of finished parts, or none.
    pub fn store(&self) -> Store {
        if self.no_cache { Store::none() } else { Store::project() }
    }
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
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(Error::io("standard output", "write", &cause))
        }
        _ => Ok(()),
    }
}

/// Tells the user, on standard error, what is going on.
pub fn say(line: &str) {
    eprintln!("{line}");
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
