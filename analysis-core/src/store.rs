//! Results on disk: written when they are finished, picked up by the next cell, command or process.
//!
//! A result is kept under a [`Key`]: SHA-256 of the computation's name, its revision and its parameters (in which the
//! data's checksums stand). A file appears by an atomic rename, so an interrupted run leaves whole results or none, and
//! two processes may share a store: at worst both compute the same result.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::{atomic, checksum};

/// What identifies a result: the computation, its revision and its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    computation: String,
    revision: u32,
    parameters: Value,
}

impl Key {
    /// The key of `computation` at `revision` (raised whenever its numbers change) for `parameters`.
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
        let parameters = serde_json::to_value(parameters).map_err(|e| json_error(computation, &e))?;
        Ok(Key { computation: computation.into(), revision, parameters })
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

/// A stored result with its key beside it, so that a file can be understood, and a foreign one is not believed.
#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    schema: u32,
    key: Key,
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
        match crate::data::project_folder() {
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

    /// The result under `key`, if it is there and whole. A damaged or foreign file counts as absent.
    pub fn get<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        let text = fs::read(self.path(key)?).ok()?;
        let envelope: Envelope<T> = serde_json::from_slice(&text).ok()?;
        (envelope.schema == 1 && envelope.key == *key).then_some(envelope.result)
    }

    /// Keeps a result.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Json`].
    pub fn put<T: Serialize>(&self, key: &Key, result: &T) -> Result<()> {
        let Some(path) = self.path(key) else { return Ok(()) };
        let envelope = Envelope { schema: 1, key: key.clone(), result };
        let text = serde_json::to_vec(&envelope).map_err(|e| json_error(&key.computation, &e))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        // What a killed process left behind.
        atomic::remove_stale(&path, Duration::from_secs(3600));
        atomic::write(&path, &text)
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
    /// assert_eq!(store.get_or_compute(&key, || Ok(9))?, 9);
    /// assert_eq!(store.get::<i32>(&key), Some(9));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn get_or_compute<T, F>(&self, key: &Key, compute: F) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Result<T>,
    {
        if let Some(result) = self.get(key) {
            return Ok(result);
        }
        let result = compute()?;
        if let Err(error) = self.put(key, &result) {
            // Minutes of work are worth more than their copy on disk.
            eprintln!("warning: the result is not kept for next time: {error}");
        }
        Ok(result)
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}-{}.json", key.computation, &key.digest()[..24])))
    }
}

fn json_error(what: &str, cause: &serde_json::Error) -> Error {
    Error::Json { what: format!("the result of {what}"), reason: cause.to_string() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn results_come_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let key = Key::new("numbers", 1, &("a", 0.1)).unwrap();
        let numbers: Vec<f64> =
            (1..2000).map(|i| (i as f64).sqrt() * 1e-300f64.powf(1.0 / i as f64)).collect();
        store.put(&key, &numbers).unwrap();
        assert_eq!(store.get::<Vec<f64>>(&key), Some(numbers));
    }

    #[test]
    fn damaged_or_foreign_files_count_as_absent() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let (a, b) = (Key::new("x", 1, &1).unwrap(), Key::new("x", 1, &2).unwrap());
        store.put(&a, &7).unwrap();
        fs::copy(store.path(&a).unwrap(), store.path(&b).unwrap()).unwrap();
        assert_eq!(store.get::<i32>(&b), None, "a file under another key's name");
        let text = fs::read(store.path(&a).unwrap()).unwrap();
        for length in 0..text.len() {
            fs::write(store.path(&a).unwrap(), &text[..length]).unwrap();
            assert_eq!(store.get::<i32>(&a), None, "cut at {length}");
        }
        assert_eq!(store.get_or_compute(&a, || Ok(8)).unwrap(), 8);
    }

    #[test]
    fn a_result_that_cannot_be_kept_is_returned() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "in the way").unwrap();
        let store = Store::at(file.join("store"));
        assert_eq!(store.get_or_compute(&Key::new("x", 1, &1).unwrap(), || Ok(5)).unwrap(), 5);
    }

    #[test]
    fn a_failed_computation_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("deep/down"));
        let key = Key::new("x", 1, &1).unwrap();
        let failed: Result<i32> = store.get_or_compute(&key, || Err(Error::parameter("x", 1, "no")));
        assert!(failed.is_err());
        assert_eq!(store.get::<i32>(&key), None);
        assert!(Store::none().put(&key, &1).is_ok() && Store::none().get::<i32>(&key).is_none());
    }
}
