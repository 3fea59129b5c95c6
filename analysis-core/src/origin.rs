//! Which program computed a number, and on which machine.
//!
//! A stored result has one [`Origin`]; a result that is put together of many has the set of them, [`Origins`]. Reading a
//! result, merging results and exporting them keep that set: what wrote a file need not be what computed its numbers.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// The program and the machine that computed something.
///
/// # Examples
/// ```
/// use analysis_core::origin::Origin;
/// let here = Origin::now();
/// assert_eq!(here.analysis_core, env!("CARGO_PKG_VERSION"));
/// assert!(here.rustc.starts_with("rustc"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// This crate's version.
    pub analysis_core: String,
    /// The git revision, or "unknown" where git or its history is not there.
    pub revision: String,
    /// Whether this crate's tracked files, the lock file or cargo's settings differed from that revision: "clean",
    /// "modified", "unknown", or that the sources changed since the program was built.
    pub tree: String,
    /// A hash of this crate's sources and of the lock file, taken when it was built.
    pub sources: String,
    /// The compiler.
    pub rustc: String,
    /// Operating system and processor family, and the kernels that OpenBLAS chose for this processor: the last digits of a
    /// decomposition depend on them.
    pub machine: String,
}

/// Nothing is known: a file that leaves a field out does not say it.
impl Default for Origin {
    fn default() -> Origin {
        Origin::unknown()
    }
}

impl Origin {
    /// The running program. What git says is looked up once in a process, when it is first asked for.
    pub fn now() -> Origin {
        static NOW: OnceLock<Origin> = OnceLock::new();
        NOW.get_or_init(|| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
            let sources = env!("ANALYSIS_CORE_SOURCES");
            // What git says of the folder today is true of this program only if its sources are still those in it.
            let (revision, tree) = if source_hash(folder).is_some_and(|now| now == sources) {
                git(folder)
            } else {
                ("unknown".into(), "the sources changed since this was built".into())
            };
            Origin {
                analysis_core: env!("CARGO_PKG_VERSION").into(),
                revision,
                tree,
                sources: sources.into(),
                rustc: env!("ANALYSIS_CORE_RUSTC").into(),
                machine: format!(
                    "{} {}, {}",
                    std::env::consts::OS,
                    std::env::consts::ARCH,
                    crate::linalg::blas_config()
                ),
            }
        })
        .clone()
    }

    /// Of a result whose origin nobody wrote down: one stored before origins were kept, for instance.
    pub fn unknown() -> Origin {
        let unknown = || "unknown".to_string();
        Origin {
            analysis_core: unknown(),
            revision: unknown(),
            tree: unknown(),
            sources: unknown(),
            rustc: unknown(),
            machine: unknown(),
        }
    }

    /// Whether the running program has these sources and this compiler, on such a machine: then it goes on as that one would
    /// have.
    pub(crate) fn is_same_program(&self) -> bool {
        let now = Origin::now();
        (&self.sources, &self.rustc, &self.machine) == (&now.sources, &now.rustc, &now.machine)
    }

    /// Whether the numbers can be made again from a revision: git knew it, and no tracked file differed from it.
    ///
    /// # Examples
    /// ```
    /// assert!(!analysis_core::origin::Origin::unknown().is_clean());
    /// ```
    pub fn is_clean(&self) -> bool {
        self.tree == "clean"
    }
}

/// The origins of a result's parts, each once.
///
/// # Examples
/// ```
/// use analysis_core::origin::{Origin, Origins};
/// let mut origins = Origins::from(Origin::now());
/// origins.unite(&Origins::from(Origin::now()));
/// assert_eq!(origins.iter().count(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origins(BTreeSet<Origin>);

impl Origins {
    /// The running program alone: of what is computed in one go and never stored.
    pub fn now() -> Origins {
        Origins::from(Origin::now())
    }

    /// With one more.
    pub fn insert(&mut self, origin: Origin) {
        self.0.insert(origin);
    }

    /// With all of another result's.
    pub fn unite(&mut self, others: &Origins) {
        self.0.extend(others.0.iter().cloned());
    }

    /// Whether nothing is known of what computed it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In their order: by version, revision, …
    pub fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter()
    }
}

impl From<Origin> for Origins {
    fn from(origin: Origin) -> Origins {
        Origins(BTreeSet::from([origin]))
    }
}

impl FromIterator<Origin> for Origins {
    fn from_iter<I: IntoIterator<Item = Origin>>(origins: I) -> Origins {
        Origins(origins.into_iter().collect())
    }
}

include!("../source_hash.rs");

/// The revision of `folder` and whether it is clean; "unknown" where it cannot be said.
fn git(folder: &Path) -> (String, String) {
    let run = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let unknown = || "unknown".to_string();
    match run(&["rev-parse", "HEAD"]) {
        Some(revision) if !revision.is_empty() => {
            // What decides a number: this crate, the versions of its dependencies, and the compiler's flags.
            let files = ["--", ".", ":/Cargo.toml", ":/Cargo.lock", ":/.cargo"];
            let state = match run(&[&["status", "--porcelain", "--untracked-files=no"], &files[..]].concat())
            {
                Some(changes) if changes.is_empty() => "clean".into(),
                Some(_) => "modified".into(),
                None => unknown(),
            };
            (revision, state)
        }
        _ => (unknown(), unknown()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn git_says_what_stands_in_a_folder_and_unknown_where_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(git(folder.path()), ("unknown".into(), "unknown".into()));
        let run = |arguments: &[&str]| {
            let done = Command::new("git").arg("-C").arg(folder.path()).args(arguments).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        std::fs::write(folder.path().join("a"), "1").unwrap();
        run(&["init", "-q"]);
        run(&["add", "a"]);
        run(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]);
        let (revision, state) = git(folder.path());
        assert_eq!((revision.len(), state.as_str()), (40, "clean"));
        std::fs::write(folder.path().join("a"), "2").unwrap();
        assert_eq!(git(folder.path()), (revision, "modified".into()));
    }

    #[test]
    fn a_set_of_origins_reads_back_and_holds_each_once() {
        let mut origins: Origins = [Origin::now(), Origin::unknown(), Origin::now()].into_iter().collect();
        assert_eq!(origins.iter().count(), 2);
        let text = serde_json::to_string(&origins).unwrap();
        assert!(text.starts_with('['), "{text}");
        assert_eq!(serde_json::from_str::<Origins>(&text).unwrap(), origins);
        origins.insert(Origin { revision: "1".into(), ..Origin::unknown() });
        assert_eq!(origins.iter().count(), 3);
    }
}
