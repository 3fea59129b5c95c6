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
    // The last: somebody is editing while the tests run.
    let states = ["clean", "modified", "unknown", "the sources changed since this was built"];
    assert!(states.contains(&now.git_state.as_str()), "{}", now.git_state);
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
