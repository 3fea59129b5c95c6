//! A figure or table on disk, with its numbers, its manifest and its BibTeX. Every file appears whole or not at all.

use super::bibliography::bibliography;
use super::figure::Figure;
use super::long;
use super::provenance::Manifest;
use super::style::Style;
use super::table::Table;
use crate::atomic;
use crate::error::{Error, Result};
use polars::prelude::DataFrame;
use polars_io::parquet::write::ParquetWriter;
use std::path::{Path, PathBuf};

/// The files an export wrote, in the order of writing; the manifest is the last, so where it is, all are.
///
/// # Examples
/// ```
/// use analysis_core::report::Exported;
/// let exported = Exported { files: vec!["out/decay.svg".into(), "out/decay.json".into()] };
/// assert_eq!(exported.file("json").unwrap(), std::path::Path::new("out/decay.json"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Paths, as the folder was given.
    pub files: Vec<PathBuf>,
}

impl Exported {
    /// The file with this extension.
    pub fn file(&self, extension: &str) -> Option<&Path> {
        self.files.iter().find(|f| f.extension().is_some_and(|e| e == extension)).map(PathBuf::as_path)
    }
}

/// Refuses a name for an export's files that is no plain file name: empty, hidden, or with a folder in it.
///
/// # Errors
/// [`Error::Parameter`].
///
/// # Examples
/// ```
/// use analysis_core::report::check_name;
/// assert!(check_name("decay").is_ok());
/// assert!(check_name("a/b").is_err());
/// ```
pub fn check_name(name: &str) -> Result<()> {
    let plain = !name.is_empty()
        && !name.starts_with('.')
        && Path::new(name).file_name().is_some_and(|f| f == name)
        && !name.contains(['/', '\\', '\0']);
    if !plain {
        return Err(Error::parameter("name", format!("{name:?}"), "must be a file name without folder"));
    }
    Ok(())
}

/// One export in progress.
struct Writer<'a> {
    folder: &'a Path,
    name: &'a str,
    files: Vec<PathBuf>,
}

impl<'a> Writer<'a> {
    fn new(folder: &'a Path, name: &'a str) -> Result<Self> {
        check_name(name)?;
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        Ok(Writer { folder, name, files: Vec::new() })
    }

    fn put(&mut self, extension: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(format!("{}.{extension}", self.name));
        atomic::write(&path, bytes)?;
        self.files.push(path);
        Ok(())
    }

    fn parquet(&mut self, mut frame: DataFrame) -> Result<()> {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes)
            .finish(&mut frame)
            .map_err(|e| Error::frame(format!("writing {}.parquet", self.name), &e))?;
        self.put("parquet", &bytes)
    }

    fn manifest(&mut self, manifest: &Manifest) -> Result<()> {
        self.put("bib", bibliography(&manifest.cites).as_bytes())?;
        let mut json = serde_json::to_string_pretty(manifest)
            .map_err(|e| Error::Json { what: format!("{}.json", self.name), reason: e.to_string() })?;
        json.push('\n');
        self.put("json", json.as_bytes())
    }
}

impl Figure {
    /// Writes `name` .svg, .pdf, .png (the figure), .csv and .parquet (its numbers in long form: panel, part, item,
    /// label, x, y, lower, upper, value), .bib (what it cites) and .json (`manifest`, with the style and everything of
    /// the figure but its numbers) into `folder`, which is made if it is not there. Each file is renamed into place
    /// when whole; the manifest comes last.
    ///
    /// The SVG names its font (DejaVu Sans) and does not carry it; the PDF carries the glyphs it uses.
    ///
    /// # Errors
    /// As for [`Figure::svg`]; [`Error::Parameter`] when `name` is not a plain file name; [`Error::Io`].
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::report::{Figure, Manifest, Panel, Series, Style};
    /// let figure = Figure::single(Panel::new("").series(Series::line("", [0.0, 1.0], [0.0, 1.0])));
    /// let manifest = Manifest::new(&serde_json::json!({"n": 2}))?;
    /// figure.export(&Style::neurips(), "out", "line", &manifest)?;
    /// assert_eq!(Figure::read("out", "line")?, figure);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn export(
        &self,
        style: &Style,
        folder: impl AsRef<Path>,
        name: &str,
        manifest: &Manifest,
    ) -> Result<Exported> {
        // Drawn before anything is written: a figure that cannot be drawn leaves no files.
        let (svg, pdf, png) = (self.svg(style)?, self.pdf(style)?, self.png(style)?);
        let mut writer = Writer::new(folder.as_ref(), name)?;
        writer.put("svg", svg.as_bytes())?;
        writer.put("pdf", &pdf)?;
        writer.put("png", &png)?;
        writer.put("csv", long::csv(self).as_bytes())?;
        writer.parquet(long::frame(self)?)?;
        writer.manifest(&Manifest {
            name: name.into(),
            style: Some(style.clone()),
            figure: Some(long::skeleton(self)),
            table: None,
            ..manifest.clone()
        })?;
        Ok(Exported { files: writer.files })
    }

    /// The figure that [`Figure::export`] wrote, from `name`.csv and `name`.json alone: drawn in the same style it
    /// gives the same SVG byte for byte. The style is [`Manifest::read`]'s `style`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Json`], [`Error::Format`] when the files are not there or not of a figure.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::report::{Figure, Style};
    /// let svg = Figure::read("notebooks/results", "decay")?.svg(&Style::icml_column())?;
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn read(folder: impl AsRef<Path>, name: &str) -> Result<Figure> {
        let manifest = Manifest::read(&folder, name)?;
        let figure = manifest.figure.ok_or_else(|| Error::Json {
            what: format!("{name}.json"),
            reason: "it is the manifest of a table, not of a figure".into(),
        })?;
        let path = folder.as_ref().join(format!("{name}.csv"));
        let csv = std::fs::read_to_string(&path).map_err(|e| Error::io(&path, "read", &e))?;
        long::filled(figure, &csv, &path)
    }

    /// The figure's numbers in long form: panel, part, item, label, x, y, lower, upper, value.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses.
    pub fn frame(&self) -> Result<DataFrame> {
        long::frame(self)
    }
}

impl Table {
    /// Writes `name` .tex (booktabs), .md, .html, .csv and .parquet (full precision), .bib and .json (`manifest` with
    /// the table) into `folder`; whole files only, the manifest last.
    ///
    /// # Errors
    /// As for [`Table::check`]; [`Error::Parameter`] when `name` is not a plain file name; [`Error::Io`].
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::report::{Cell, Column, Manifest, Table};
    /// let table = Table::new([Column::text("Data"), Column::number("s")])
    ///     .row([Cell::text("MNIST"), Cell::number(0.4, 2)]);
    /// table.export("out", "smoothness", &Manifest::new(&serde_json::json!({}))?)?;
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn export(&self, folder: impl AsRef<Path>, name: &str, manifest: &Manifest) -> Result<Exported> {
        let (tex, markdown, html, csv) = (self.latex()?, self.markdown()?, self.html()?, self.csv()?);
        let mut writer = Writer::new(folder.as_ref(), name)?;
        writer.put("tex", tex.as_bytes())?;
        writer.put("md", markdown.as_bytes())?;
        writer.put("html", html.as_bytes())?;
        writer.put("csv", csv.as_bytes())?;
        writer.parquet(self.frame()?)?;
        let written = Manifest {
            name: name.into(),
            table: Some(self.clone()),
            figure: None,
            style: None,
            ..manifest.clone()
        };
        writer.manifest(&written)?;
        Ok(Exported { files: writer.files })
    }

    /// The table that [`Table::export`] wrote, from `name`.json.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Json`].
    pub fn read(folder: impl AsRef<Path>, name: &str) -> Result<Table> {
        Manifest::read(folder, name)?.table.ok_or_else(|| Error::Json {
            what: format!("{name}.json"),
            reason: "it is the manifest of a figure, not of a table".into(),
        })
    }
}
