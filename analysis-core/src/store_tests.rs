//! What is kept, what is not, and what counts as absent.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::architecture::Activation;

#[test]
fn results_come_back_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let key = Key::new("numbers", 1, &("a", 0.1)).unwrap();
    let numbers: Vec<f64> = (1..2000).map(|i| (i as f64).sqrt() * 1e-300f64.powf(1.0 / i as f64)).collect();
    store.put(&key, &numbers).unwrap();
    assert_eq!(store.get::<Vec<f64>>(&key), Some(numbers));
}

#[test]
fn a_result_keeps_the_origin_of_its_numbers_whoever_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let key = Key::new("x", 1, &1).unwrap();
    assert_eq!(store.keep(&key, || Ok(3)).unwrap().origin, Origin::now());
    let file = store.file(&key, "json").unwrap();
    let mut text: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(text["origin"], serde_json::to_value(Origin::now()).unwrap());
    text["origin"]["revision"] = "0123".into();
    fs::write(&file, text.to_string()).unwrap();
    let read = store.keep(&key, || Ok(4)).unwrap();
    assert_eq!((read.value, read.origin.revision.as_str()), (3, "0123"));
    text["schema"] = 3.into();
    fs::write(&file, text.to_string()).unwrap();
    assert_eq!(store.get::<i32>(&key), None, "a later layout counts as absent");
}

#[test]
fn damaged_or_foreign_files_count_as_absent() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let (a, b) = (Key::new("x", 1, &1).unwrap(), Key::new("x", 1, &2).unwrap());
    store.put(&a, &7).unwrap();
    fs::copy(store.file(&a, "json").unwrap(), store.file(&b, "json").unwrap()).unwrap();
    assert_eq!(store.get::<i32>(&b), None, "a file under another key's name");
    let text = fs::read(store.file(&a, "json").unwrap()).unwrap();
    for length in 0..text.len() {
        fs::write(store.file(&a, "json").unwrap(), &text[..length]).unwrap();
        assert_eq!(store.get::<i32>(&a), None, "cut at {length}");
    }
    assert_eq!(store.keep(&a, || Ok(8)).unwrap().value, 8);
}

#[test]
fn a_result_that_cannot_be_kept_is_returned() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let store = Store::at(file.join("store"));
    assert_eq!(store.keep(&Key::new("x", 1, &1).unwrap(), || Ok(5)).unwrap().value, 5);
}

#[test]
fn a_failed_computation_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("deep/down"));
    let key = Key::new("x", 1, &1).unwrap();
    let failed: Result<Kept<i32>> = store.keep(&key, || Err(Error::parameter("x", 1, "no")));
    assert!(failed.is_err());
    assert_eq!(store.get::<i32>(&key), None);
    assert!(Store::none().put(&key, &1).is_ok() && Store::none().get::<i32>(&key).is_none());
}

fn custom(function: fn(f64) -> f64) -> Activation {
    Activation::Custom { name: "mine".into(), function, derivative: None, kinks: vec![] }
}

#[test]
fn a_function_of_ones_own_is_never_kept_nor_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let key = Key::new("x", 1, &(3, custom(f64::sin))).unwrap();
    for value in [1, 2] {
        assert_eq!(store.keep(&key, || Ok(value)).unwrap().value, value);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // A file as an older version, which did keep it, has left it.
    let text = serde_json::json!({
        "schema": 1, "result": 7,
        "key": {"computation": "x", "revision": 1, "parameters": [3, "custom:mine"]},
    });
    let old = Key::new("x", 1, &(3, "custom:mine")).unwrap();
    fs::write(store.file(&old, "json").unwrap(), text.to_string()).unwrap();
    assert_eq!(store.get::<i32>(&key), None);
    let kept = store.kept::<i32>(&old).unwrap();
    assert_eq!(kept.value, 7, "a text that looks like one is a text");
    assert_eq!(kept.origin, Origin::unknown(), "files of schema 1 said nothing of it");
    // A key that has been written and read again is as before.
    let json = serde_json::to_string(&key).unwrap();
    let again: Key = serde_json::from_str(&json).unwrap();
    assert_eq!((again.without_identity(), &again), (Some("custom:mine"), &key));
}

/// It is said on standard error, so by a process of its own.
#[test]
fn that_nothing_is_kept_is_said_once() {
    const CHILD: &str = "NTK_STORE_TEST_CHILD";
    if let Some(folder) = std::env::var_os(CHILD) {
        for _ in 0..3 {
            for store in [Store::at(&folder), Store::none()] {
                for computation in ["x", "y"] {
                    let key = Key::new(computation, 1, &custom(f64::sin)).unwrap();
                    store.keep(&key, || Ok(1)).unwrap();
                    let known = Key::new(computation, 1, &Activation::Relu).unwrap();
                    store.keep(&known, || Ok(1)).unwrap();
                }
            }
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::that_nothing_is_kept_is_said_once", "--nocapture"])
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{said}");
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines.iter().all(|line| line.contains("custom:mine are not kept")), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// The first result cleans the folder, later ones do not look at it again.
#[test]
fn a_folder_is_cleaned_once() {
    let folder = tempfile::tempdir().unwrap();
    let left = |name: &str| {
        let path = folder.path().join(name);
        let file = fs::File::create(&path).unwrap();
        file.set_modified(std::time::SystemTime::now() - 2 * atomic::STALE).unwrap();
        path
    };
    let (old, young) = (left(".x-0123.json.aBcDeF.tmp"), folder.path().join(".x-0123.json.123456.tmp"));
    fs::write(&young, "half").unwrap();
    let store = Store::at(folder.path());
    store.put(&Key::new("x", 1, &1).unwrap(), &1).unwrap();
    assert!(!old.exists() && young.exists());
    let later = left(".x-0123.json.ghijkl.tmp");
    store.put(&Key::new("x", 1, &2).unwrap(), &2).unwrap();
    assert!(later.exists());
}
