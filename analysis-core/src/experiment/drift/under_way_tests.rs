//! A cell under way on disk: to the bit, or begun again.
#![allow(clippy::unwrap_used)]

use super::tests::{data, run, small};
use super::*;
use crate::architecture::Activation;
use crate::checkpoint::Checkpoint;
use crate::network::{Course, Network, Parameters};
use crate::origin::Origin;
use crate::seed::Seed;
use crate::session::Session;
use crate::store::{Key, Store};

/// A network's parameters and a state of its training.
fn under_way() -> (Network, Parameters, state::State) {
    let network = Network { inputs: 3, width: 4, ..Network::default() };
    let parameters = network.draw(Seed(1)).unwrap();
    let mut course = Course::start(0.2);
    [(3, 0.1), (7, 0.15)].into_iter().for_each(|(step, loss)| course.step(step, loss, 0.01));
    let looks = run(&small()).cells.remove(0).looks;
    (
        network,
        parameters,
        state::State { course, taken: 5, smallest: 0.1, looks, flow: None, begun_by: Origin::now() },
    )
}

/// A file of a cell under way comes back to the bit; a damaged or another cell's one counts as absent.
#[test]
fn a_cell_under_way_is_kept_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/cell.part");
    let part = Checkpoint::at(&path);
    let key = Key::new("drift", 1, &1).unwrap();
    let (network, parameters, state) = under_way();
    let mut read = network.draw(Seed(2)).unwrap();
    assert_eq!(cell::kept(&part, &key, &mut read), None);
    cell::keep(&part, &key, &state, &parameters);
    assert_eq!(cell::kept(&part, &key, &mut read), Some(state.clone()));
    assert_eq!(read, parameters);
    assert_eq!(cell::kept(&part, &Key::new("drift", 1, &2).unwrap(), &mut read), None);
    let bytes = std::fs::read(&path).unwrap();
    for length in 0..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert_eq!(cell::kept(&part, &key, &mut read), None, "cut at {length}");
    }
    // Another program's: its numbers would be called this one's.
    let mut begun = network.draw(Seed(2)).unwrap();
    let other = Origin { sources: "0123".into(), ..Origin::now() };
    cell::keep(&part, &key, &state::State { begun_by: other, ..state.clone() }, &parameters);
    assert_eq!(cell::kept(&part, &key, &mut begun), None);
    assert_eq!(begun, network.draw(Seed(2)).unwrap());
    let later = Origin { revision: "0123".into(), ..Origin::now() };
    cell::keep(&part, &key, &state::State { begun_by: later, ..state }, &parameters);
    assert!(cell::kept(&part, &key, &mut begun).is_some());
    let mut wider = Network { width: 5, ..network }.draw(Seed(1)).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(cell::kept(&part, &key, &mut wider), None);
}

/// A file of a cell under way that an older version wrote, or that is damaged, is left out, and goes with the finished cell.
#[test]
fn a_damaged_cell_under_way_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let run_in = |grid: &Drift| grid.run_on_in(&data(), &Session::default().store(store.clone())).unwrap();
    let whole = run_in(&small());
    let path = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(path.with_extension("part"), [0u8; 64]).unwrap();
    assert!(run_in(&small()) == whole);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A function of the user's own is known by name only: a cell under way is not kept, nor is one looked for.
#[test]
fn a_cell_under_way_of_a_function_of_ones_own_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mine = Activation::Custom {
        name: "mine".into(),
        function: f64::sin,
        derivative: Some(f64::cos),
        kinks: vec![],
    };
    let (_, mut parameters, state) = under_way();
    let part = Checkpoint::at(folder.path().join("cell.part"));
    let key = Key::new("drift", 1, &mine).unwrap();
    assert_eq!(Store::at(folder.path()).file(&key, "part"), None);
    cell::keep(&part, &key, &state, &parameters);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // The file of a key with the same text is another's.
    let text = Key::new("drift", 1, &"custom:mine").unwrap();
    cell::keep(&part, &text, &state, &parameters);
    assert!(cell::kept(&part, &text, &mut parameters).is_some());
    assert!(cell::kept(&part, &key, &mut parameters).is_none());
}
