//! Where a result comes from: parameters, seed, data, versions, revision, time.

use super::bibliography::Reference;
use super::figure::Figure;
use super::style::Style;
use super::table::Table;
use crate::error::{Error, Result};
use crate::experiment::Settings;
use crate::linalg::{blas_config, blas_parallel, blas_threads};
use crate::origin::{Origin, Origins};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The crates whose versions a manifest names.
const NOTED: [&str; 12] = [
    "lapack-sys",
    "ndarray",
    "ndarray-linalg",
    "plotters",
    "polars",
    "rand",
    "rand_chacha",
    "rand_distr",
    "rayon",
    "resvg",
    "svg2pdf",
    "usvg",
];

/// The software a result was made with.
///
/// # Examples
/// ```
/// let made_by = analysis_core::report::Provenance::now();
/// assert_eq!(made_by.analysis_core, env!("CARGO_PKG_VERSION"));
/// assert!(made_by.threads >= 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// This crate's version.
    pub analysis_core: String,
    /// The git revision of this crate's folder, or "unknown" where git or its history is not there.
    pub git_revision: String,
    /// Whether this crate's tracked files or the lock file differed from that revision: "clean", "modified", "unknown", or that
    /// the sources changed since this was built.
    pub git_state: String,
    /// A hash of this crate's sources, taken when it was built.
    pub sources: String,
    /// The compiler.
    pub rustc: String,
    /// What OpenBLAS says of itself, at run time.
    pub openblas: String,
    /// How OpenBLAS was built to use several threads: "none", "pthreads" or "openmp".
    #[serde(skip_serializing_if = "String::is_empty")]
    pub openblas_parallel: String,
    /// Threads of OpenBLAS.
    pub openblas_threads: usize,
    /// Threads of rayon.
    pub threads: usize,
    /// Operating system and processor family.
    pub platform: String,
    /// Versions of libraries that numbers or figures depend on.
    pub dependencies: BTreeMap<String, String>,
}

impl Provenance {
    /// The software that is running now.
    pub fn now() -> Self {
        let origin = Origin::now();
        Provenance {
            analysis_core: origin.analysis_core,
            git_revision: origin.revision,
            git_state: origin.tree,
            sources: origin.sources,
            rustc: origin.rustc,
            openblas: blas_config(),
            openblas_parallel: blas_parallel().into(),
            openblas_threads: blas_threads(),
            threads: rayon::current_num_threads(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            dependencies: locked(include_str!("../../../Cargo.lock")),
        }
    }
}

/// The versions of the noted crates in a Cargo.lock; two versions of one crate are both named.
fn locked(lock: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for package in lock.split("[[package]]") {
        let field = |key: &str| {
            let start = format!("{key} = \"");
            package.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"'))
        };
        if let (Some(name), Some(version)) = (field("name"), field("version"))
            && NOTED.contains(&name)
        {
            found
                .entry(name.to_string())
                .and_modify(|known| *known = format!("{known}, {version}"))
                .or_insert_with(|| version.to_string());
        }
    }
    found
}

/// One file or data set and its checksum.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DataChecksum {
    /// The file's or the set's name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The columns of a file of the user's own that a result was made of.
///
/// # Examples
/// ```
/// use analysis_core::report::DataColumns;
/// let columns = DataColumns { features: vec!["a".into()], target: "y".into(), left_aside: vec!["note".into()] };
/// assert!(serde_json::to_string(&columns)?.contains("\"left_aside\":[\"note\"]"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DataColumns {
    /// The columns of x, in this order.
    pub features: Vec<String>,
    /// The column of y.
    pub target: String,
    /// Columns that are neither, though nobody asked to leave them out: text, for instance.
    pub left_aside: Vec<String>,
}

/// What is written beside a figure or a table: everything needed to make it again, and to draw it again.
///
/// # Examples
/// ```
/// use analysis_core::report::{Manifest, Reference};
/// let manifest = Manifest::new(&serde_json::json!({"n": 3000, "window": "1..=501"}))?
///     .seed(7)
///     .seconds(4.2)
///     .cite(Reference::ChenLiLin2024);
/// assert_eq!(manifest.schema, 1);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this layout: 1.
    pub schema: u32,
    /// The name the files share; set by export.
    #[serde(default)]
    pub name: String,
    /// In the list of a whole result's files: what kind of result it is ("drift"). Else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub result: String,
    /// The parameters of the computation.
    pub parameters: serde_json::Value,
    /// The seed, if anything was random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The data used.
    #[serde(default)]
    pub data: Vec<DataChecksum>,
    /// The columns used, of a file or a frame of the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<DataColumns>,
    /// How long the computation took, seconds of wall time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Whose sizes were taken where none were given: the paper's, or those of a quick check. Only where a command has both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Settings>,
    /// How many cells of the result's grid are not there; left out where all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<usize>,
    /// The software that wrote the files.
    pub provenance: Provenance,
    /// The programs and machines that computed the numbers; empty where nobody noted them.
    #[serde(default, skip_serializing_if = "Origins::is_empty")]
    pub computed_by: Origins,
    /// What it rests on; `references.bib` has the entries.
    #[serde(default)]
    pub cites: Vec<Reference>,
    /// The files written with it, in their order, but for itself; set by export.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<DataChecksum>,
    /// What could not be made, and why; set by export.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// The style a figure was drawn in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// The figure without its numbers, which are in NAME.csv.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<Figure>,
    /// The table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
}

impl Manifest {
    /// A manifest for a result of these parameters, made with the software that runs now. Parameters that are absent
    /// (`None`) are left out, so that nothing in the file is null.
    ///
    /// # Errors
    /// [`Error::Json`] when the parameters cannot be written as JSON, or a list among them holds an absent value.
    pub fn new(parameters: &impl Serialize) -> Result<Self> {
        let json = |reason: String| Error::Json { what: "a manifest's parameters".into(), reason };
        let mut parameters = serde_json::to_value(parameters).map_err(|e| json(e.to_string()))?;
        drop_absent(&mut parameters).map_err(json)?;
        Ok(Manifest {
            schema: 1,
            name: String::new(),
            result: String::new(),
            parameters,
            seed: None,
            data: Vec::new(),
            columns: None,
            seconds: None,
            profile: None,
            missing: None,
            provenance: Provenance::now(),
            computed_by: Origins::default(),
            cites: Vec::new(),
            files: Vec::new(),
            failed: Vec::new(),
            style: None,
            figure: None,
            table: None,
        })
    }

    /// With this seed.
    pub fn seed(self, seed: u64) -> Self {
        Manifest { seed: Some(seed), ..self }
    }

    /// With one more data file or set.
    pub fn data(mut self, name: impl Into<String>, sha256: impl Into<String>) -> Self {
        self.data.push(DataChecksum { name: name.into(), sha256: sha256.into() });
        self
    }

    /// With the columns of a user's own data that were used.
    pub fn columns(self, columns: DataColumns) -> Self {
        Manifest { columns: Some(columns), ..self }
    }

    /// With the wall time the computation took. A time that is not finite is left out.
    pub fn seconds(self, seconds: f64) -> Self {
        Manifest { seconds: seconds.is_finite().then_some(seconds), ..self }
    }

    /// With the programs and machines that computed the numbers.
    pub fn computed_by(self, origins: &Origins) -> Self {
        Manifest { computed_by: origins.clone(), ..self }
    }

    /// With one more reference.
    pub fn cite(mut self, reference: Reference) -> Self {
        if !self.cites.contains(&reference) {
            self.cites.push(reference);
        }
        self
    }

    /// The manifest `NAME.json` in `folder`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::Json`] when it is not a manifest of schema 1.
    pub fn read(folder: impl AsRef<Path>, name: &str) -> Result<Self> {
        let path = folder.as_ref().join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).map_err(|e| Error::io(&path, "read", &e))?;
        let json = |reason: String| Error::Json { what: path.display().to_string(), reason };
        let manifest: Manifest = serde_json::from_str(&text).map_err(|e| json(e.to_string()))?;
        if manifest.schema != 1 {
            return Err(json(format!("schema {} is not known; this version reads 1", manifest.schema)));
        }
        Ok(manifest)
    }
}

/// Takes absent values out of objects; in a list, where a place has a meaning, one is refused.
fn drop_absent(value: &mut serde_json::Value) -> Result<(), String> {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().try_for_each(drop_absent)
        }
        serde_json::Value::Array(list) => {
            if list.iter().any(serde_json::Value::is_null) {
                return Err("a list holds an absent or not finite value".into());
            }
            list.iter_mut().try_for_each(drop_absent)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "provenance_tests.rs"]
mod tests;
