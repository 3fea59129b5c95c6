//! Steps without force, mirrored pairs, divergence, refusals.

use ndarray::{Array1, Array2};

use super::{Case, FusedEngine, FusedParameters, InstructionSet, PRECISIONS, state};
use crate::error::Error;
use crate::network::Precision;

#[test]
fn no_force_changes_nothing() {
    for zero in [0.0, -0.0] {
        for precision in PRECISIONS {
            let case = Case::new([13, 4, 3, 70], true);
            let mut engine = case.fastest(precision, 1);
            let before = state(&engine);
            engine.step(&[zero; 13]);
            assert_eq!(state(&engine), before);
        }
    }
}

/// Mirrored: exactly 0.0 at the start, not afterwards.
#[test]
fn a_mirrored_pair_starts_at_exactly_zero() {
    for precision in PRECISIONS {
        let case = Case::new([20, 30, 5, 700], false);
        let [mut one, mut two] = [1, 2].map(|threads| case.fastest(precision, threads));
        let differences = |one: &FusedEngine, two: &FusedEngine| -> Vec<f64> {
            let of = |e: &FusedEngine| [e.train_outputs(), e.test_outputs()].concat();
            of(one).iter().zip(of(two)).map(|(f, g)| f - g).collect()
        };
        assert!(one.train_outputs().iter().all(|f| f.abs() > 0.0));
        assert!(differences(&one, &two).iter().all(|d| d.to_bits() == 0));
        one.step(&case.force);
        two.step(&case.force.iter().map(|g| -g).collect::<Vec<_>>());
        assert!(differences(&one, &two).iter().all(|d| *d != 0.0));
    }
}

/// A learning rate far too large: the outputs leave the finite numbers and do not come back, on any processor.
#[test]
fn divergence_shows_in_the_outputs() {
    for set in InstructionSet::available() {
        for precision in PRECISIONS {
            let case = Case::new([10, 4, 3, 50], true);
            let mut engine = case.engine(set, precision, 1);
            let mut finite = Vec::new();
            for _ in 0..30 {
                let force: Vec<f64> = engine.train_outputs().iter().map(|f| 1e3 * f).collect();
                engine.step(&force);
                finite.push(engine.train_outputs().iter().all(|f| f.is_finite()));
            }
            let lost = finite.iter().position(|finite| !finite).unwrap();
            assert!(
                lost > 0 && finite[lost..].iter().all(|finite| !finite),
                "{set:?} {precision} {finite:?}"
            );
        }
    }
}

#[test]
fn bad_arrays_are_refused() {
    let case = Case::new([6, 2, 3, 4], true);
    let FusedParameters { w, b, a } = &case.p;
    let b = b.as_ref().unwrap();
    let new =
        |w: &Array2<f64>, b: &Array1<f64>, a: &Array1<f64>, x: &Array2<f64>, z: &Array2<f64>, threads| {
            let (w, b, a, x, z) = (w.view(), Some(b.view()), a.view(), x.view(), z.view());
            FusedEngine::new(Precision::Single, w, b, a, x, z, threads).err()
        };
    let (x, z) = (&case.x, &case.z);
    assert_eq!(new(w, b, a, x, z, 1), None);
    let shown = format!("{:?}", case.fastest(Precision::Single, 1));
    assert_eq!(shown, "FusedEngine { precision: single, m: 4, n: 6, n_test: 2 }");
    assert_eq!(new(w, b, a, x, &Array2::zeros((0, 0)), 1), None);
    let (none, short) = (Array2::zeros((0, 3)), Array1::zeros(3));
    let wide = Array2::zeros((2, 4));
    for refused in [
        new(&none, &Array1::zeros(0), &Array1::zeros(0), x, z, 1),
        new(w, &short, a, x, z, 1),
        new(w, b, &short, x, z, 1),
        new(w, b, a, &none, z, 1),
        new(w, b, a, &wide, z, 1),
        new(w, b, a, x, &wide, 1),
    ] {
        assert!(matches!(refused, Some(Error::Shape { .. })), "{refused:?}");
    }
    assert!(matches!(new(w, b, a, x, z, 0), Some(Error::Parameter { .. })));
    for value in [f64::NAN, f64::INFINITY, 1e39] {
        let mut bad = x.clone();
        bad[[2, 1]] = value;
        let refused = new(w, b, a, &bad, z, 1);
        assert!(matches!(refused, Some(Error::NotFinite { row: 2, column: 1, .. })), "{refused:?}");
    }
    let mut engine = case.fastest(Precision::Double, 1);
    let before = state(&engine);
    assert!(matches!(engine.descend(&[0.0; 5]), Err(Error::Shape { .. })));
    assert_eq!(state(&engine), before);
}
