//! The same bytes on every processor, for any number of threads, and from restored parameters.

use super::{Case, InstructionSet, PRECISIONS, cases, state, wide};

#[test]
fn every_instruction_set_gives_the_same_bytes() {
    let sets = InstructionSet::available();
    assert!(sets.contains(&InstructionSet::Portable));
    for case in cases().chain([wide()]) {
        for precision in PRECISIONS {
            let states: Vec<_> = sets
                .iter()
                .map(|&set| {
                    let mut engine = case.engine(set, precision, 1);
                    engine.step(&case.force);
                    state(&engine)
                })
                .collect();
            for (other, set) in states.iter().zip(&sets) {
                assert_eq!(other, &states[0], "{set:?} {precision} {:?}", case.x.dim());
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let case = Case::new([100, 50, 10, 3000], true);
    for precision in PRECISIONS {
        let states = [1, 2, 3, 64].map(|threads| {
            pool.install(|| {
                let mut engine = case.fastest(precision, threads);
                for _ in 0..5 {
                    engine.step(&case.force);
                }
                state(&engine)
            })
        });
        assert!(states.iter().all(|other| *other == states[0]), "{precision}");
    }
}

#[test]
fn parameters_restore_an_engine_to_the_bit() {
    for precision in PRECISIONS {
        for bias in [false, true] {
            let case = Case::new([30, 11, 5, 1100], bias);
            let mut engine = case.fastest(precision, 1);
            for _ in 0..3 {
                engine.step(&case.force);
            }
            let mut restored = Case { p: engine.parameters(), ..case.clone() }.fastest(precision, 2);
            assert_eq!(state(&restored), state(&engine));
            for _ in 0..3 {
                engine.step(&case.force);
                restored.step(&case.force);
            }
            assert_eq!(state(&restored), state(&engine));
        }
    }
}
