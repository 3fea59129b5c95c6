//! What a manifest says, and what it leaves out.
#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

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

/// What both have is there once, what differs in neither's place.
#[test]
fn the_manifest_of_two_results_names_both() {
    let one = Manifest::new(&json!({"n": 1})).unwrap().seed(3).seconds(2.0).data("a", "00");
    let one = one.cite(Reference::ChenLiLin2024);
    let two = Manifest::new(&json!({"n": 2})).unwrap().seed(4).seconds(0.5).data("a", "00").data("b", "01");
    let two = Manifest { missing: Some(3), ..two.cite(Reference::Simon2023).cite(Reference::ChenLiLin2024) };
    let both = one.clone().and(two);
    assert_eq!(both.parameters, json!([{"n": 1}, {"n": 2}]));
    assert_eq!((both.seed, both.seconds, both.missing, both.data.len()), (None, Some(2.5), Some(3), 2));
    assert_eq!(both.cites, [Reference::ChenLiLin2024, Reference::Simon2023]);
    let alike = Manifest::all([one.clone(), both.clone()].map(Ok)).unwrap();
    assert_eq!(alike, one.clone().and(both));
    assert!(Manifest::all([]).unwrap_err().to_string().contains("no result"));
    let again = one.clone().and(one);
    assert_eq!((again.seed, again.missing, again.data.len()), (Some(3), None, 1));
}
