//! Results as JSON: the frame around each of them, and reading it back.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::provenance::Manifest;
use crate::error::{Error, Result};
use crate::experiment::Settings;
use crate::origin::{Origin, Origins};

/// A value as JSON.
///
/// # Errors
/// [`Error::Json`] where a number or a key cannot be written.
pub(super) fn json_of(value: &(impl Serialize + ?Sized)) -> Result<Value> {
    serde_json::to_value(value)
        .map_err(|e| Error::Json { what: "a result as JSON".into(), reason: e.to_string() })
}

/// The layout that this version writes.
pub(super) const SCHEMA: u64 = 2;

/// A result in its frame.
///
/// # Errors
/// [`Error::Json`] where something cannot be written.
pub(super) fn framed(name: &str, result: Value, by: &Origins, manifest: &Manifest) -> Result<Value> {
    Ok(json!({
        "schema": SCHEMA,
        "experiment": name,
        "parameters": manifest.parameters,
        "result": result,
        "computed_by": json_of(by)?,
        "written_by": written_by(manifest)?,
    }))
}

/// The program that writes a file, and what the manifest says besides parameters and origins.
fn written_by(manifest: &Manifest) -> Result<Value> {
    let mut all = json_of(manifest)?;
    if let Some(fields) = all.as_object_mut() {
        fields.retain(|name, _| {
            ["seed", "data", "columns", "seconds", "profile", "cites"].contains(&name.as_str())
        });
        fields.insert("software".into(), json_of(&manifest.provenance)?);
    }
    Ok(all)
}

/// What was computed here and now and is no [`Report`](super::Report), in the same frame.
///
/// # Errors
/// [`Error::Json`] where something cannot be written.
///
/// # Examples
/// ```
/// let json = analysis_core::report::json_frame("count", &serde_json::json!({}), serde_json::json!({"n": 3}))?;
/// assert_eq!((&json["schema"], &json["result"]["n"]), (&2.into(), &3.into()));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn json_frame(name: &str, parameters: &Value, result: Value) -> Result<Value> {
    framed(name, result, &Origins::now(), &Manifest::new(parameters)?)
}

/// What a JSON file says of the result that it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonHead {
    /// The kind of result: the tag `experiment`; none in a file of version 1.
    pub experiment: Option<String>,
    /// Whose sizes the result has, where the file says so: the paper's, or those of a quick check.
    pub profile: Option<Settings>,
    /// The names of the file's fields.
    pub fields: Vec<String>,
}

/// Reads what a JSON file says of its result. `advice` ends the message where the file holds none.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Json`] where it is no JSON object, of another version, or names a
/// profile that is none.
pub fn json_head(path: impl AsRef<Path>, advice: &str) -> Result<JsonHead> {
    let (what, mut fields) = parsed(path.as_ref(), advice)?;
    let profile = fields.get_mut("written_by").map(|by| by["profile"].take()).unwrap_or_default();
    let profile = serde_json::from_value(profile)
        .map_err(|e| Error::Json { what, reason: format!("its profile: {e}") })?;
    let experiment = fields.get("experiment").and_then(Value::as_str).map(String::from);
    Ok(JsonHead { experiment, profile, fields: fields.into_iter().map(|(name, _)| name).collect() })
}

/// A result's JSON file, its schema checked.
#[doc(hidden)]
pub struct JsonFile {
    name: String,
    /// What kind of result it should hold.
    experiment: &'static str,
    schema: u64,
    fields: Map<String, Value>,
}

/// The file's name and its object.
fn parsed(path: &Path, advice: &str) -> Result<(String, Map<String, Value>)> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", &e))?;
    let what = path.display().to_string();
    let wrong = |reason: String| Error::Json { what: what.clone(), reason };
    let value: Value =
        serde_json::from_str(&text).map_err(|e| wrong(format!("is not JSON ({e}){advice}")))?;
    let Value::Object(fields) = value else { return Err(wrong(format!("is no JSON object{advice}"))) };
    match fields.get("schema") {
        Some(schema) if !(1..=SCHEMA).any(|known| schema.as_u64() == Some(known)) => Err(wrong(format!(
            "its schema is {schema}, this version reads 1 and {SCHEMA}: read it with the version that wrote it (it says which)"
        ))),
        // Without one it is no such file, which the first missing field will say.
        _ => Ok((what, fields)),
    }
}

impl JsonFile {
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Json`] where it is not JSON, of another schema, or of another
    /// experiment.
    pub(super) fn read(path: &Path, experiment: &'static str) -> Result<Self> {
        let (name, fields) = parsed(path, &format!(": give the output of ntk {experiment} --json"))?;
        let schema = fields.get("schema").and_then(Value::as_u64).unwrap_or(1);
        let file = JsonFile { name, experiment, schema, fields };
        match file.fields.get("experiment") {
            Some(tag) if tag.as_str() != Some(experiment) => {
                Err(file.wrong(format!("holds the result of {tag}, not of \"{experiment}\"")))
            }
            _ => Ok(file),
        }
    }

    /// A result whose JSON does not have all of it.
    pub(super) fn unreadable(&self, left_out: &str) -> Error {
        let reason = format!(
            "leaves out {left_out}, so the result cannot be read back: compute it again (what is in the store is taken from there)"
        );
        self.wrong(reason)
    }

    /// A file in the same folder: the name of this one without `.json`, and an ending.
    pub(super) fn beside(&self, ending: &str) -> PathBuf {
        let path = Path::new(&self.name);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        path.with_file_name(format!("{stem}{ending}"))
    }

    fn wrong(&self, reason: String) -> Error {
        Error::Json { what: self.name.clone(), reason }
    }

    /// The fields of the result, with `parameters` and `computed_by` among them.
    ///
    /// # Errors
    /// [`Error::Json`] where there are none.
    pub(super) fn fields(&self) -> Result<Map<String, Value>> {
        if self.schema == 1 {
            let mut fields = self.fields.clone();
            fields.remove("schema");
            let made_by = fields.remove("provenance").unwrap_or_default();
            fields.insert("computed_by".into(), json_of(&origins_of_version_1(&made_by))?);
            // Once a parameter; which part of a grid a result is shows in its cells.
            if let Some(Value::Object(parameters)) = fields.get_mut("parameters") {
                parameters.remove("shard");
            }
            return Ok(fields);
        }
        let Some(Value::Object(result)) = self.fields.get("result") else {
            return Err(self.wrong("holds no result".into()));
        };
        let mut fields = result.clone();
        for name in ["parameters", "computed_by"] {
            let value = self.fields.get(name).ok_or_else(|| self.wrong(format!("holds no {name}")))?;
            fields.insert(name.into(), value.clone());
        }
        // Cells that nobody says he computed were computed by somebody.
        let origins: Origins = self.typed(fields["computed_by"].take())?;
        let nobody = origins.is_empty() && !is_empty_grid(&fields);
        let origins = if nobody { Origins::from(Origin::unknown()) } else { origins };
        fields.insert("computed_by".into(), json_of(&origins)?);
        Ok(fields)
    }

    /// A value of the file as what it should be.
    ///
    /// # Errors
    /// [`Error::Json`] where it is something else.
    pub(super) fn typed<T: DeserializeOwned>(&self, value: Value) -> Result<T> {
        serde_json::from_value(value)
            .map_err(|e| self.wrong(format!("{e}: give the output of ntk {} --json", self.experiment)))
    }
}

/// Whether the result is of a part of a grid that has no cell.
fn is_empty_grid(result: &Map<String, Value>) -> bool {
    let lists =
        ["cells", "points", "ensembles", "trials"].map(|name| result.get(name).and_then(Value::as_array));
    let mut lists = lists.into_iter().flatten().peekable();
    lists.peek().is_some() && lists.all(Vec::is_empty)
}

/// Version 1 knew only which program wrote a file; what it wrote it had mostly computed.
fn origins_of_version_1(manifest: &Value) -> Origins {
    let made_by = &manifest["provenance"];
    if made_by.is_null() {
        return Origins::from(Origin::unknown());
    }
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
