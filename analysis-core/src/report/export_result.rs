//! The files of a whole result: its data first, then its tables, then every figure that can be drawn.
//!
//! Hours of computing must not be lost to a figure. So each part is tried whatever became of those before it, and what could
//! not be made is told at the end, by name.

use super::export::{Exported, Writer};
use super::figure::{Figure, Panel};
use super::parts::{Parts, full};
use super::provenance::Manifest;
use super::style::Style;
use super::table::Table;
use crate::error::{Error, Result};
use crate::spectrum::write_parquet;
use polars::prelude::DataFrame;
use std::path::{Path, PathBuf};

/// Writes all parts of a result of the kind `result`; `name` is what their files are called after.
///
/// # Errors
/// [`Error::Io`] where the folder cannot be made or the list cannot be written; [`Error::Parameter`] for a name that is no
/// plain file name; [`Error::Export`] naming every part that could not be made.
pub(super) fn export(
    result: &str,
    parts: Parts,
    name: &str,
    style: &Style,
    folder: &Path,
    manifest: &Manifest,
) -> Result<Exported> {
    let mut export = ResultExport::new(result, name, style, folder, manifest)?;
    for (part, frame) in parts.frames {
        export.data(&full(name, &part), frame);
    }
    for (part, table) in parts.tables {
        export.table(&full(name, &part), &table);
    }
    for (part, figure) in parts.figures {
        export.figure(&full(name, &part), figure);
    }
    export.finish()
}

/// A result's export in progress. The last file, `NAME-export.json`, is a manifest that lists all of them; a later export of the
/// same kind of result and name removes what it does not write itself.
struct ResultExport<'a> {
    folder: &'a Path,
    style: &'a Style,
    manifest: Manifest,
    index: Writer<'a>,
    files: Vec<PathBuf>,
    failed: Vec<String>,
}

impl<'a> ResultExport<'a> {
    /// `result` says of what kind it is, `name` is what the list of its files is called after.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder cannot be made, [`Error::Parameter`] for a name that is no plain file name.
    fn new(
        result: &str,
        name: &str,
        style: &'a Style,
        folder: &'a Path,
        manifest: &Manifest,
    ) -> Result<Self> {
        let index = Writer::of_result(folder, &format!("{name}-export"), result)?;
        let manifest = Manifest { result: result.into(), ..manifest.clone() };
        Ok(ResultExport { folder, style, manifest, index, files: Vec::new(), failed: Vec::new() })
    }

    fn keep(&mut self, name: &str, made: Result<Vec<PathBuf>>) {
        match made {
            // The folder's bibliography is of all parts.
            Ok(files) => {
                let new = files.into_iter().filter(|file| !self.files.contains(file)).collect::<Vec<_>>();
                self.files.extend(new);
            }
            Err(error) => self.failed.push(format!("{name}: {error}")),
        }
    }

    /// Numbers as NAME.parquet.
    fn data(&mut self, name: &str, frame: Result<DataFrame>) {
        let path = self.folder.join(format!("{name}.parquet"));
        let made = frame.and_then(|frame| write_parquet(&path, frame)).map(|()| vec![path]);
        self.keep(&format!("{name}.parquet"), made);
    }

    /// A table as NAME.*.
    fn table(&mut self, name: &str, table: &Table) {
        let made = table.export(self.folder, name, &self.part()).map(|exported| exported.files);
        self.keep(name, made);
    }

    /// A figure as NAME.*, without its own Parquet where the result's data have that name. One without panels shows an empty one.
    fn figure(&mut self, name: &str, figure: Result<Figure>) {
        let own = !self.files.contains(&self.folder.join(format!("{name}.parquet")));
        let made = figure.and_then(|mut figure| {
            if figure.panels.is_empty() {
                figure = Figure { panels: vec![Panel::new("")], columns: 1, ..figure };
            }
            figure.write(self.style, self.folder, name, &self.part(), own)
        });
        self.keep(name, made.map(|exported| exported.files));
    }

    /// The manifest of a part.
    fn part(&self) -> Manifest {
        Manifest { result: String::new(), ..self.manifest.clone() }
    }

    /// Writes the list of files.
    ///
    /// # Errors
    /// [`Error::Export`] naming every part that could not be made; [`Error::Io`] where the list cannot be written.
    fn finish(mut self) -> Result<Exported> {
        let manifest = Manifest { failed: self.failed.clone(), ..self.manifest };
        self.files.push(self.index.list_of(&self.files, manifest)?);
        match self.failed.is_empty() {
            true => Ok(Exported { files: self.files }),
            false => Err(Error::Export {
                folder: self.folder.to_path_buf(),
                failed: self.failed,
                written: self.files.len(),
            }),
        }
    }
}
