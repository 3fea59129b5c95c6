//! A dispersion as one JSON object: what `ntk dispersion --json` prints, and what is read back from it.

use std::path::Path;

use serde_json::{Value, json};

use super::json_file::{JsonFile, with_missing};
use crate::error::Result;
use crate::experiment::DispersionResult;

impl DispersionResult {
    /// The result as one JSON object with its provenance; `seconds` is what it took. What is not known is left out, never
    /// null.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    pub fn json(&self, seconds: f64) -> Result<Value> {
        Ok(with_missing(
            self.missing(),
            json!({
                "schema": 1,
                "points": self.points,
                "tail_unseen": self.unseen(),
                "parameters": self.parameters,
                "provenance": self.manifest()?.seconds(seconds),
            }),
        ))
    }

    /// A result from a file that holds [`DispersionResult::json`].
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the file cannot be read, [`Error::Json`](crate::error::Error::Json) where it is something
    /// else, [`Error::Shape`](crate::error::Error::Shape) where its points are not those of its parameters, and as
    /// [`Dispersion::check`](crate::experiment::Dispersion::check).
    pub fn read(path: impl AsRef<Path>) -> Result<DispersionResult> {
        let mut file = JsonFile::read(path.as_ref(), "ntk dispersion --json")?;
        let result = DispersionResult {
            points: file.field("points")?,
            parameters: file.field("parameters")?,
            computed_by: file.computed_by(),
        };
        result.checked()
    }
}
