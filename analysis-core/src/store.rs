//! Results on disk: written when they are finished, picked up by the next cell, command or process.
//!
//! A result is kept under a [`Key`]: SHA-256 of the computation's name, its revision and its parameters (in which the
//! data's checksums stand). A file appears by an atomic rename, so an interrupted run leaves whole results or none, and
//! two processes may share a store: at worst both compute the same result.
//!
//! A function of the user's own ([`Activation::Custom`](crate::architecture::Activation::Custom)) is known by its name only,
//! so what is computed with it is never kept: see [`Key::without_identity`]. The only way to a file in a store is a key.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::origin::Origin;
use crate::progress::warn;
use crate::{atomic, checksum, identity};

/// The layout of a stored file.
const SCHEMA: u32 = 2;

/// Digits of a key's digest in the name of its file.
const DIGITS: usize = 24;

/// What identifies a result: the computation, its revision and its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    computation: String,
    revision: u32,
    parameters: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    without_identity: Option<String>,
}

impl Key {
    /// The key of `computation` at `revision` (raised whenever its numbers change) for `parameters`: the values
    /// themselves, not their JSON, in which a function of the user's own can no longer be told from a text.
    ///
    /// # Errors
    /// [`Error::Json`] where the parameters cannot be written as JSON.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::store::Key;
    /// let a = Key::new("squares", 1, &3)?;
    /// assert_ne!(a.digest(), Key::new("squares", 2, &3)?.digest());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn new<P: Serialize>(computation: &str, revision: u32, parameters: &P) -> Result<Key> {
        let (parameters, without_identity) =
            identity::to_value(parameters).map_err(|e| json_error(computation, &e))?;
        Ok(Key { computation: computation.into(), revision, parameters, without_identity })
    }

    /// What among the parameters has a name but no identity on disk: a function of the user's own. Another function may
    /// have the same name tomorrow, so a result under such a key is neither kept nor looked for.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::architecture::Activation;
    /// use analysis_core::store::{Key, Store};
    /// let mine = Activation::Custom { name: "mine".into(), function: f64::sin, derivative: None, kinks: vec![] };
    /// let key = Key::new("example", 1, &mine)?;
    /// assert_eq!(key.without_identity(), Some("custom:mine"));
    /// let folder = tempfile::tempdir().unwrap();
    /// let store = Store::at(folder.path());
    /// store.put(&key, &1)?; // says on standard error that it is not kept
    /// assert_eq!(store.get::<i32>(&key), None);
    /// assert_eq!(Key::new("example", 1, &"custom:mine")?.without_identity(), None); // a text is a text
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn without_identity(&self) -> Option<&str> {
        self.without_identity.as_deref()
    }

    /// SHA-256 of the key, in hexadecimal.
    pub fn digest(&self) -> String {
        // serde_json's maps are ordered by name, so equal keys have equal text.
        let text = serde_json::json!([self.computation, self.revision, self.parameters]).to_string();
        checksum::sha256(text.as_bytes())
    }
}

/// A folder of results.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    folder: Option<PathBuf>,
}

/// A result and what computed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    /// The result.
    pub value: T,
    /// The program and the machine: those of now where it was computed now, those of then where it was read.
    pub origin: Origin,
    /// How long it took to compute, in seconds, where that is known.
    pub seconds: Option<f64>,
}

/// A stored result with its key and its origin beside it, so that a file can be understood, and a foreign one is not believed.
/// Schema 1 had neither origin nor time.
#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    schema: u32,
    key: Key,
    #[serde(default = "Origin::unknown")]
    origin: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    result: T,
}

impl Store {
    /// The project's store: `NTK_STORE_DIR`, else `notebooks/out/store` of the project that the current folder is
    /// in, else `ntk-store` in the current folder.
    ///
    /// # Examples
    /// ```
    /// assert!(analysis_core::store::Store::project().folder().is_some());
    /// ```
    pub fn project() -> Store {
        if let Some(folder) = std::env::var_os("NTK_STORE_DIR").filter(|folder| !folder.is_empty()) {
            return Store::at(PathBuf::from(folder));
        }
        match crate::project::project_folder() {
            Some(root) => Store::at(root.join("notebooks/out/store")),
            None => Store::at("ntk-store"),
        }
    }

    /// A store in `folder`, made when the first result is kept.
    pub fn at(folder: impl Into<PathBuf>) -> Store {
        Store { folder: Some(folder.into()) }
    }

    /// A store that keeps nothing: every result is computed.
    pub fn none() -> Store {
        Store { folder: None }
    }

    /// The folder, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The result under `key`, if it is there and whole. A damaged or foreign file counts as absent; so does everything
    /// under a key that has something [without identity](Key::without_identity).
    pub fn get<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        self.kept(key).map(|kept| kept.value)
    }

    /// As [`Store::get`], with what computed it.
    pub fn kept<T: DeserializeOwned>(&self, key: &Key) -> Option<Kept<T>> {
        let text = fs::read(self.file(key, "json")?).ok()?;
        let Envelope { schema, key: of, origin, seconds, result } = serde_json::from_slice(&text).ok()?;
        ((1..=SCHEMA).contains(&schema) && of == *key).then_some(Kept { value: result, origin, seconds })
    }

    /// Keeps a result. One under a key that has something [without identity](Key::without_identity) is not kept, which
    /// is said on standard error, once for every computation and name.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Json`].
    pub fn put<T: Serialize>(&self, key: &Key, result: &T) -> Result<()> {
        self.write(key, result, None)
    }

    fn write<T: Serialize>(&self, key: &Key, result: &T, seconds: Option<f64>) -> Result<()> {
        let Some(path) = self.file(key, "json") else {
            self.say_why_not(key);
            return Ok(());
        };
        let envelope = Envelope { schema: SCHEMA, key: key.clone(), origin: Origin::now(), seconds, result };
        let text = serde_json::to_vec(&envelope).map_err(|e| json_error(&key.computation, &e))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        if first(&SWEPT, folder.to_path_buf()) {
            // What a killed process left behind. Once is enough: to list a large store at every result takes longer than
            // to write it.
            atomic::remove_all_stale(folder, atomic::STALE);
        }
        // What a power cut damages is not read as a result: it is computed again.
        atomic::write_quickly(&path, &text)
    }

    /// The result under `key`, computed and kept if it is not there. Where it cannot be kept (a full disk, a folder that
    /// cannot be written), a warning goes to standard error and the result is returned all the same.
    ///
    /// # Errors
    /// As `compute`.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::store::{Key, Store};
    /// let folder = tempfile::tempdir().unwrap();
    /// let store = Store::at(folder.path());
    /// let key = Key::new("squares", 1, &3)?;
    /// assert_eq!(store.keep(&key, || Ok(9))?.value, 9);
    /// assert_eq!(store.get::<i32>(&key), Some(9));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn keep<T, F>(&self, key: &Key, compute: F) -> Result<Kept<T>>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Result<T>,
    {
        if let Some(kept) = self.kept(key) {
            return Ok(kept);
        }
        let start = Instant::now();
        let value = compute()?;
        Ok(self.keep_timed(key, value, start.elapsed().as_secs_f64()))
    }

    /// Keeps a result that was computed here and now in so many seconds. Where it cannot be kept, a warning goes to standard
    /// error, as from [`Store::keep`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::store::{Key, Store};
    /// let folder = tempfile::tempdir().unwrap();
    /// let store = Store::at(folder.path());
    /// let key = Key::new("squares", 1, &3)?;
    /// store.keep_timed(&key, 9, 2.5);
    /// assert_eq!(store.kept::<i32>(&key).unwrap().seconds, Some(2.5));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn keep_timed<T: Serialize>(&self, key: &Key, value: T, seconds: f64) -> Kept<T> {
        let seconds = Some(seconds);
        if let Err(error) = self.write(key, &value, seconds) {
            // Minutes of work are worth more than their copy on disk.
            warn(&format!("the result is not kept for next time: {error}"));
        }
        Kept { value, origin: Origin::now(), seconds }
    }

    /// The file that belongs to `key`, if anything may be kept under it. Whatever else than results lies in a store (a
    /// cell under way) has its name from here too, so that it cannot forget what has no identity.
    pub(crate) fn file(&self, key: &Key, extension: &str) -> Option<PathBuf> {
        if key.without_identity.is_some() {
            return None;
        }
        Some(self.folder.as_ref()?.join(format!(
            "{}-{}.{extension}",
            key.computation,
            &key.digest()[..DIGITS]
        )))
    }

    /// Every file that this store has written and that is still there: results, and what is under way. Other files in the folder
    /// are none of its business.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder is there and cannot be read.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::store::{Key, Store};
    /// let folder = tempfile::tempdir().unwrap();
    /// let store = Store::at(folder.path());
    /// assert!(store.files()?.is_empty());
    /// store.put(&Key::new("squares", 1, &3)?, &9)?;
    /// std::fs::write(folder.path().join("notes.json"), "mine").unwrap();
    /// let files = store.files()?;
    /// assert_eq!((files.len(), files[0].computation.as_str()), (1, "squares"));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn files(&self) -> Result<Vec<StoredFile>> {
        let Some(folder) = self.folder.as_deref().filter(|folder| folder.exists()) else {
            return Ok(Vec::new());
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| Error::io(folder, "read", &e))? {
            let entry = entry.map_err(|e| Error::io(folder, "read", &e))?;
            let name = entry.file_name();
            // What another process removes meanwhile is not there.
            if let (Some(computation), Ok(about)) =
                (computation_of(&name.to_string_lossy()), entry.metadata())
            {
                let modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                files.push(StoredFile { computation, path: entry.path(), bytes: about.len(), modified });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    fn say_why_not(&self, key: &Key) {
        if let (Some(name), true) = (&key.without_identity, self.folder.is_some())
            && first(&SAID, (key.computation.clone(), name.clone()))
        {
            warn(&format!(
                "results of {} with {name} are not kept for next time: a custom function has no identity on disk, so \
                 another one of the same name would be given them",
                key.computation
            ));
        }
    }
}

/// A file of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The name of the computation, as in its [`Key`].
    pub computation: String,
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// When it was written.
    pub modified: SystemTime,
}

/// The computation in a name that [`Store::file`] makes: NAME-DIGEST.json, or .part for a cell under way.
fn computation_of(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    let (computation, digest) = stem.rsplit_once('-')?;
    let ours = matches!(extension, "json" | "part")
        && digest.len() == DIGITS
        && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    ours.then(|| computation.to_string())
}

/// The computations and names of which [`Store::put`] has said that they are not kept.
static SAID: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// The folders that this process has cleaned.
static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Whether this is the first time that this process has `what` to do.
fn first<T: Ord>(done: &Mutex<BTreeSet<T>>, what: T) -> bool {
    done.lock().unwrap_or_else(PoisonError::into_inner).insert(what)
}

fn json_error(what: &str, cause: &serde_json::Error) -> Error {
    Error::Json { what: format!("the result of {what}"), reason: cause.to_string() }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
