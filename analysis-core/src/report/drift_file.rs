//! A grid of trainings as one JSON object: what `ntk drift --json` prints, and what is read back from it.

use std::path::Path;

use serde_json::{Value, json};

use super::json_file::{JsonFile, with_missing};
use super::{Manifest, Reference};
use crate::error::Result;
use crate::experiment::DriftResult;

impl DriftResult {
    /// Parameters, the data's checksums, versions, and what to cite.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    pub fn manifest(&self) -> Result<Manifest> {
        let p = &self.parameters;
        let files = p.source.published_checksums();
        let manifest = Manifest::new(p)?.seed(p.seed.0);
        let manifest = files.into_iter().fold(manifest, |manifest, (name, sum)| manifest.data(name, sum));
        Ok(manifest
            .cite(Reference::SeleznovaKutyniok2021)
            .cite(super::smoothness::reference(p.source))
            .cite(Reference::Software))
    }

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
                "cells": self.cells,
                "parameters": self.parameters,
                "provenance": self.manifest()?.seconds(seconds),
            }),
        ))
    }

    /// A result from a file that holds [`DriftResult::json`].
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the file cannot be read, [`Error::Json`](crate::error::Error::Json) where it is
    /// something else, [`Error::Shape`](crate::error::Error::Shape) where its cells are not those of its parameters, and as
    /// [`Drift::check`](crate::experiment::Drift::check).
    pub fn read(path: impl AsRef<Path>) -> Result<DriftResult> {
        let mut file = JsonFile::read(path.as_ref(), "ntk drift --json")?;
        // What no other experiment has comes first: the message is then about the file, not about one of its fields.
        let result = DriftResult {
            cells: file.field("cells")?,
            parameters: file.field("parameters")?,
            computed_by: file.computed_by(),
        };
        result.checked()
    }
}
