//! What every result can do: be looked at, exported, written as JSON and read back.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::bibliography::Reference;
use super::export::Exported;
use super::export_result::export;
use super::json_file::{JsonFile, framed, json_of};
use super::parts::Parts;
use super::provenance::Manifest;
use super::style::Style;
use super::table::Table;
use crate::error::Result;
use crate::origin::Origins;

/// Rows of a table that [`Report::summary`] shows at most.
const ROWS: usize = 40;

/// A table of a result whose grid lacks so many cells: its note says so.
fn noted(table: Table, missing: usize) -> Table {
    let are = match missing {
        0 => return table,
        1 => "1 cell of the grid is missing".to_string(),
        many => format!("{many} cells of the grid are missing"),
    };
    let note = format!("Incomplete: {are}. {}", table.note);
    table.note(note.trim_end())
}

/// A result that can be looked at, exported and written as JSON.
///
/// An experiment says what its table, its figures and its frames are and what it rests on; everything else is provided.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// let phases = PhaseDiagram { sigma_w2: vec![1.0, 3.0], sigma_b2: vec![0.1], ..Default::default() }.run()?;
/// println!("{}", phases.table().markdown()?);
/// let json = phases.json(0.1)?;
/// assert_eq!((&json["schema"], &json["experiment"]), (&2.into(), &"phase".into()));
/// assert_eq!(json["result"]["points"].as_array().map(Vec::len), Some(2));
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("phases.json");
/// std::fs::write(&path, json.to_string()).unwrap();
/// assert_eq!(PhaseDiagramResult::read(&path)?, phases);
/// # Ok::<(), Error>(())
/// ```
pub trait Report: Serialize {
    /// What kind of result it is: the tag `experiment` of its JSON, and the subcommand of `ntk` that makes it.
    const NAME: &'static str;

    /// What the files of an export are called after, where nobody gives another name.
    const FILES: &'static str = Self::NAME;

    /// What it rests on besides its data and this software.
    const CITES: &'static [Reference];

    /// The programs and machines that computed its numbers.
    fn computed_by(&self) -> &Origins;

    /// The table that says most.
    fn table(&self) -> Table;

    /// What is exported: frames, tables and figures.
    fn parts(&self) -> Parts;

    /// How many cells of its grid it does not have; its JSON and its manifests say so as `missing`, its
    /// tables in their notes.
    fn missing_cells(&self) -> usize {
        0
    }

    /// The parameters it was made with: its field `parameters`.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    fn parameters(&self) -> Result<Value> {
        Ok(json_of(self)?["parameters"].take())
    }

    /// Adds to a manifest the data that the result was made of, and the seed where it is not the parameters' own.
    fn basis(&self, manifest: Manifest) -> Manifest {
        manifest
    }

    /// What a notebook and a terminal show.
    fn headline(&self) -> Vec<Table> {
        vec![self.table()]
    }

    /// The tables of [`Report::headline`]; those of a grid that lacks cells say so.
    fn shown(&self) -> Vec<Table> {
        self.headline().into_iter().map(|table| noted(table, self.missing_cells())).collect()
    }

    /// What stands under `result` in its JSON: its fields, without its parameters and its origins. What is not known is left
    /// out.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a number cannot be written.
    fn result(&self) -> Result<Value> {
        let mut fields = json_of(self)?;
        if let Some(fields) = fields.as_object_mut() {
            for other in ["parameters", "computed_by"] {
                fields.remove(other);
            }
        }
        Ok(fields)
    }

    /// The whole result as one JSON object: `schema`, `experiment`, `parameters`, `result`, `computed_by`, `written_by`.
    /// `seconds` is what this call took.
    ///
    /// # Errors
    /// As [`Report::parameters`] and [`Report::result`].
    fn json(&self, seconds: f64) -> Result<Value> {
        self.json_with(&self.manifest()?.seconds(seconds))
    }

    /// As [`Report::json`], with a manifest of one's own: [`Report::manifest`], and what only the caller knows.
    ///
    /// # Errors
    /// As [`Report::json`].
    fn json_with(&self, manifest: &Manifest) -> Result<Value> {
        let mut result = self.result()?;
        if self.missing_cells() > 0 {
            result["missing"] = self.missing_cells().into();
        }
        framed(Self::NAME, result, self.computed_by(), manifest)
    }

    /// Parameters, seed, data, versions, origins, and what to cite.
    ///
    /// # Errors
    /// As [`Report::parameters`].
    fn manifest(&self) -> Result<Manifest> {
        let manifest = Manifest::new(&self.parameters()?)?.computed_by(self.computed_by());
        let seed = manifest.parameters.get("seed").and_then(Value::as_u64);
        let missing = Some(self.missing_cells()).filter(|missing| *missing > 0);
        let manifest = Manifest { seed, missing, ..manifest };
        let manifest = Self::CITES.iter().copied().fold(manifest, Manifest::cite);
        Ok(self.basis(manifest).cite(Reference::Software))
    }

    /// For a terminal: the tables of [`Report::headline`], of long ones one row in so many.
    ///
    /// # Errors
    /// As [`Table::text`].
    fn summary(&self) -> Result<String> {
        let shown = self.shown().into_iter().map(|table| table.thinned(ROWS).text());
        Ok(shown.collect::<Result<Vec<_>>>()?.join("\n"))
    }

    /// Writes frames (Parquet), tables and figures with their numbers, manifests and BibTeX into a folder, under the names
    /// that [`Report::parts`] gives them. The last file, `NAME-export.json`, lists all others.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the folder cannot be written; [`Error::Export`](crate::error::Error::Export) naming what could not be made, once all else is
    /// written.
    fn export(&self, style: &Style, folder: impl AsRef<Path>) -> Result<Exported>
    where
        Self: Sized,
    {
        self.export_as(style, folder, Self::FILES)
    }

    /// [`Report::export`] under another name.
    ///
    /// # Errors
    /// As [`Report::export`]; [`Error::Parameter`](crate::error::Error::Parameter) for a name that is no plain file name.
    fn export_as(&self, style: &Style, folder: impl AsRef<Path>, name: &str) -> Result<Exported>
    where
        Self: Sized,
    {
        self.export_with(style, folder, name, &self.manifest()?)
    }

    /// [`Report::export_as`] with a manifest that says more than [`Report::manifest`].
    ///
    /// # Errors
    /// As [`Report::export_as`].
    fn export_with(
        &self,
        style: &Style,
        folder: impl AsRef<Path>,
        name: &str,
        manifest: &Manifest,
    ) -> Result<Exported>
    where
        Self: Sized,
    {
        let mut parts = self.parts();
        let tables = parts.tables.into_iter();
        parts.tables = tables.map(|(name, table)| (name, noted(table, self.missing_cells()))).collect();
        export(Self::NAME, parts, name, style, folder.as_ref(), manifest)
    }

    /// A result from a file that holds [`Report::json`], of this version of the layout or of version 1.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the file cannot be read; [`Error::Json`](crate::error::Error::Json) where it is something else, or of another experiment; as
    /// [`Report::verified`].
    fn read(path: impl AsRef<Path>) -> Result<Self>
    where
        Self: DeserializeOwned,
    {
        let path = path.as_ref();
        let file = JsonFile::read(path, Self::NAME)?;
        Self::restore(file.fields()?, &file)?.verified(&path.display().to_string())
    }

    /// The result from its fields as they stand in a file, its parameters and its origins among them.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a field is missing or something else.
    #[doc(hidden)]
    fn restore(fields: Map<String, Value>, file: &JsonFile) -> Result<Self>
    where
        Self: DeserializeOwned,
    {
        file.typed(Value::Object(fields))
    }

    /// The result itself, if its parts are those of its parameters: what is read from a file may be anything. `file` is named
    /// in the error.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) or [`Error::Shape`](crate::error::Error::Shape) where they are not.
    fn verified(self, file: &str) -> Result<Self>
    where
        Self: Sized,
    {
        let _ = file;
        Ok(self)
    }
}
