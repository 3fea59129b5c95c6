//! Reading back what a command printed with `--json`.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::origin::{Origin, Origins};

/// The JSON object of a file, to be taken apart field by field.
pub(super) struct JsonFile {
    name: String,
    /// What writes such files.
    command: &'static str,
    value: Value,
}

/// The layout that this version writes and reads.
pub(super) const SCHEMA: u64 = 1;

impl JsonFile {
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Json`] where it is not JSON, or of another schema.
    pub(super) fn read(path: &Path, command: &'static str) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", &e))?;
        let name = path.display().to_string();
        let value: Value = serde_json::from_str(&text).map_err(|e| Error::Json {
            what: name.clone(),
            reason: format!("is not JSON ({e}): give the output of {command}"),
        })?;
        match value.get("schema") {
            Some(schema) if schema.as_u64() != Some(SCHEMA) => Err(Error::Json {
                what: name,
                reason: format!(
                    "its schema is {schema}, this version reads {SCHEMA}: read it with the version that wrote it (its provenance says which)"
                ),
            }),
            // Without one it is no such file, which the first missing field will say.
            _ => Ok(JsonFile { name, command, value }),
        }
    }

    /// What computed the numbers: what the file's provenance says of the program that wrote it.
    pub(super) fn computed_by(&self) -> Origins {
        let made_by = &self.value["provenance"]["provenance"];
        let text = |name: &str| made_by[name].as_str().unwrap_or("unknown").to_string();
        Origins::from(Origin {
            analysis_core: text("analysis_core"),
            revision: text("git_revision"),
            tree: text("git_state"),
            sources: text("sources"),
            rustc: text("rustc"),
            machine: format!("{}, {}", text("platform"), text("openblas")),
        })
    }

    /// # Errors
    /// [`Error::Json`] where there is no such field, or it is something else.
    pub(super) fn field<T: DeserializeOwned>(&mut self, name: &str) -> Result<T> {
        let wrong = |reason: String| Error::Json { what: self.name.clone(), reason };
        let Some(field) = self.value.get_mut(name) else {
            return Err(wrong(format!("holds no {name}: give the output of {}", self.command)));
        };
        if name == "parameters"
            && let Some(parameters) = field.as_object_mut()
        {
            // Once a parameter; which part of a grid a result is shows in its cells.
            parameters.remove("shard");
        }
        serde_json::from_value(field.take())
            .map_err(|e| wrong(format!("{name}: {e}: give the output of {}", self.command)))
    }
}

/// With how many cells of the grid are not there, where some are not.
pub(super) fn with_missing(missing: usize, mut result: Value) -> Value {
    if missing > 0 {
        result["missing"] = missing.into();
    }
    result
}
