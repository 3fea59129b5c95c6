//! What a manifest says, and what it leaves out.
#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn the_software_is_named() {
    let now = Provenance::now();
    assert!(now.rustc.starts_with("rustc 1."), "{}", now.rustc);
    assert!(now.openblas.contains("OpenBLAS"), "{}", now.openblas);
    assert_eq!(now.dependencies["polars"], "0.55.2");
    assert!(now.openblas_threads >= 1 && now.threads >= 1);
    assert!(["none", "pthreads", "openmp"].contains(&now.openblas_parallel.as_str()), "{now:?}");
    // Files written before there was such a field are read.
    assert_eq!(serde_json::from_str::<Provenance>("{}").unwrap(), Provenance::default());
    assert_eq!(now.sources.len(), 16, "a hash of 64 bits");
    if source_hash(Path::new(env!("CARGO_MANIFEST_DIR"))).as_ref() == Some(&now.sources) {
        assert!(["clean", "modified", "unknown"].contains(&now.git_state.as_str()));
    } else {
        // Somebody is editing while the tests run.
        assert!(now.git_state.contains("changed") && now.git_revision == "unknown");
    }
}

#[test]
fn a_folder_without_history_is_unknown_and_said_so() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(git(folder.path()), ("unknown".to_string(), "unknown".to_string()));
    assert_eq!(git(&folder.path().join("absent")).0, "unknown");
}

#[test]
fn no_null_is_written() {
    #[derive(Serialize)]
    struct P {
        n: usize,
        window: Option<f64>,
        inner: Vec<Option<u8>>,
    }
    let manifest = Manifest::new(&P { n: 3, window: None, inner: vec![] }).unwrap().seconds(f64::NAN);
    let text = serde_json::to_string(&manifest).unwrap();
    assert!(!text.contains("null"), "{text}");
    assert!(Manifest::new(&P { n: 3, window: Some(1.0), inner: vec![None] }).is_err());
}
