//! A figure or table on disk, with its numbers, its manifest and its BibTeX. Every file appears whole or not at all.

use super::bibliography::bibliography;
use super::figure::Figure;
use super::long;
use super::provenance::{DataChecksum, Manifest};
use super::style::Style;
use super::table::Table;
use crate::error::{Error, Result};
use crate::{atomic, checksum};
use polars::prelude::DataFrame;
use polars_io::parquet::write::ParquetWriter;
use std::path::{Path, PathBuf};

/// The files an export wrote, in the order of writing; the manifest is the last. An export removes the manifest of a former one
/// of its name before it writes anything, so where a manifest is, all files are.
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
    /// The first file with this extension.
    pub fn file(&self, extension: &str) -> Option<&Path> {
        self.files.iter().find(|f| f.extension().is_some_and(|e| e == extension)).map(PathBuf::as_path)
    }

    /// The files of several exports, in their order: what a notebook cell that writes more than one shows at its end.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::Exported;
    /// let [decay, table] = ["decay.svg", "table.tex"].map(|file| Exported { files: vec![file.into()] });
    /// assert_eq!(Exported::all([decay, table]).files.len(), 2);
    /// ```
    pub fn all(exports: impl IntoIterator<Item = Exported>) -> Exported {
        Exported { files: exports.into_iter().flat_map(|export| export.files).collect() }
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

/// The bibliography of a folder. An export adds the entries that are missing and changes no other.
pub(super) const REFERENCES: &str = "references.bib";

/// One export in progress.
pub(super) struct Writer<'a> {
    folder: &'a Path,
    name: String,
    files: Vec<PathBuf>,
    /// What was written, and what a former export of this name wrote.
    written: Vec<DataChecksum>,
    before: Vec<DataChecksum>,
}

impl<'a> Writer<'a> {
    /// Makes the folder and removes the manifest of a former export of this name.
    fn new(folder: &'a Path, name: &str) -> Result<Self> {
        Writer::of_result(folder, name, "")
    }

    /// The same for the list of a whole result's files: those of a former export go only where it was of the same kind of
    /// result, `result`.
    pub(super) fn of_result(folder: &'a Path, name: &str, result: &str) -> Result<Self> {
        check_name(name)?;
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        let mut before = Vec::new();
        // Another file of that name, the user's perhaps, is left alone until it is replaced.
        if let Ok(former) = Manifest::read(folder, name) {
            if former.result == result {
                before = former.files;
            }
            let path = folder.join(format!("{name}.json"));
            std::fs::remove_file(&path).map_err(|e| Error::io(&path, "remove", &e))?;
        }
        Ok(Writer { folder, name: name.to_string(), files: Vec::new(), written: Vec::new(), before })
    }

    fn put(&mut self, extension: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(format!("{}.{extension}", self.name));
        atomic::write(&path, bytes)?;
        let name = format!("{}.{extension}", self.name);
        self.written.push(DataChecksum { name, sha256: checksum::sha256(bytes) });
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

    /// The folder's bibliography with what is cited, and the manifest with the list of what was written.
    fn manifest(&mut self, manifest: Manifest) -> Result<()> {
        let path = self.folder.join(REFERENCES);
        // One for all that is in the folder: two with the same entries are an error to BibTeX.
        let present = std::fs::read_to_string(&path).unwrap_or_default();
        atomic::write(&path, bibliography(&present, &manifest.cites).as_bytes())?;
        self.files.push(path);
        self.list(manifest)
    }

    /// Removes what only the former export wrote, then writes the manifest with the list of files.
    fn list(&mut self, manifest: Manifest) -> Result<()> {
        remove_left(self.folder, &self.before, &self.written);
        let manifest = Manifest { name: self.name.clone(), files: self.written.clone(), ..manifest };
        let mut json = serde_json::to_string_pretty(&manifest)
            .map_err(|e| Error::Json { what: format!("{}.json", self.name), reason: e.to_string() })?;
        json.push('\n');
        self.put("json", json.as_bytes())
    }

    /// As [`Writer::list`] for files that are there already.
    pub(super) fn list_of(mut self, files: &[PathBuf], manifest: Manifest) -> Result<PathBuf> {
        for path in files.iter().filter(|path| path.file_name().is_none_or(|name| name != REFERENCES)) {
            let bytes = std::fs::read(path).map_err(|e| Error::io(path, "read", &e))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.written.push(DataChecksum { name, sha256: checksum::sha256(&bytes) });
        }
        self.list(manifest)?;
        Ok(self.folder.join(format!("{}.json", self.name)))
    }
}

/// Removes files that a former export wrote and this one did not, as long as they are what it wrote: a file that somebody
/// changed is his.
fn remove_left(folder: &Path, before: &[DataChecksum], now: &[DataChecksum]) {
    for DataChecksum { name, sha256 } in before {
        let path = folder.join(name);
        let plain = Path::new(name).file_name().is_some_and(|file| file == name.as_str());
        let own = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        if !plain || !own || now.iter().any(|file| file.name == *name) {
            continue;
        }
        if std::fs::read(&path).is_ok_and(|bytes| checksum::sha256(&bytes) == *sha256) {
            // A file that cannot be removed is no reason to lose the new ones.
            let _ = std::fs::remove_file(&path);
        }
    }
}

impl Figure {
    /// Writes `name` .svg, .pdf, .png (the figure), .csv and .parquet (its numbers in long form: panel, part, item,
    /// label, x, y, lower, upper, value) and .json (`manifest`, with the style and everything of the figure but its
    /// numbers) into `folder`, which is made if it is not there, and what it cites into the folder's `references.bib`; where there
    /// is a caption also .tex ([`Figure::latex`]). Each file is renamed into place when whole; the manifest comes last.
    ///
    /// The SVG names its font (DejaVu Sans) and does not carry it; the PDF carries the glyphs it uses.
    ///
    /// # Errors
    /// As for [`Figure::svg`]; [`Error::Parameter`] when `name` is not a plain file name; [`Error::Io`]. As for [`Figure::latex`],
    /// once all other files are written.
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
        self.write(style, folder.as_ref(), name, manifest, true)
    }

    /// [`Figure::export`], without `name`.parquet where a result's own data have that name.
    pub(super) fn write(
        &self,
        style: &Style,
        folder: &Path,
        name: &str,
        manifest: &Manifest,
        parquet: bool,
    ) -> Result<Exported> {
        // Drawn before anything is written: a figure that cannot be drawn leaves no files.
        let (svg, pdf, png) = (self.svg(style)?, self.pdf(style)?, self.png(style)?);
        let tex = (!self.caption.is_empty()).then(|| self.latex(name)).transpose();
        let mut writer = Writer::new(folder, name)?;
        writer.put("svg", svg.as_bytes())?;
        writer.put("pdf", &pdf)?;
        writer.put("png", &png)?;
        if let Ok(Some(tex)) = &tex {
            writer.put("tex", tex.as_bytes())?;
        }
        writer.put("csv", long::csv(self).as_bytes())?;
        if parquet {
            writer.parquet(long::frame(self)?)?;
        }
        writer.manifest(Manifest {
            style: Some(style.clone()),
            figure: Some(long::skeleton(self)),
            table: None,
            failed: tex.as_ref().err().map(|e| format!("{name}.tex: {e}")).into_iter().collect(),
            ..manifest.clone()
        })?;
        tex.map(|_| Exported { files: writer.files })
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
    /// Writes `name` .tex (booktabs), .md, .html, .csv and .parquet (full precision) and .json (`manifest` with the table)
    /// into `folder`, and what it cites into the folder's `references.bib`; whole files only, the manifest last.
    ///
    /// # Errors
    /// As for [`Table::check`]; [`Error::Parameter`] when `name` is not a plain file name; [`Error::Io`]. As for
    /// [`Table::latex`], once all other files are written: a text that LaTeX cannot set costs no other form.
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
        let (tex, markdown, html, csv) = (self.latex(), self.markdown()?, self.html()?, self.csv()?);
        let mut writer = Writer::new(folder.as_ref(), name)?;
        if let Ok(tex) = &tex {
            writer.put("tex", tex.as_bytes())?;
        }
        writer.put("md", markdown.as_bytes())?;
        writer.put("html", html.as_bytes())?;
        writer.put("csv", csv.as_bytes())?;
        writer.parquet(self.frame()?)?;
        writer.manifest(Manifest {
            table: Some(self.clone()),
            figure: None,
            style: None,
            failed: tex.as_ref().err().map(|e| format!("{name}.tex: {e}")).into_iter().collect(),
            ..manifest.clone()
        })?;
        tex.map(|_| Exported { files: writer.files })
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
