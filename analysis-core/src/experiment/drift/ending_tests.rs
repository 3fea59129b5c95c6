//! Trainings that diverge, fail, or leave the range of f64 before they begin.
#![allow(clippy::unwrap_used)]

use ndarray::Array2;

use super::tests::{data, run, small};
use super::*;

#[test]
fn a_divergence_is_a_result() {
    let cell = run(&Drift { rate: 100.0, activation: Activation::Relu, ..small() }).cells.remove(0);
    assert_eq!(cell.ending, Ending::Diverged);
    assert!(cell.end().is_none() && cell.at(1_000_000).is_none() && cell.at(0).is_some());
    assert!(cell.smallest_loss.is_finite() && cell.steps < 400 && cell.acceleration == 1);
    assert_eq!(cell.looks[0].gap, None);
}

/// One hidden layer of eight units on rows that point the same way, at rates above the stable one: all units jump and die.
/// At rate 1 the bias then learns the mean, and the loss ends below where it began; at rate 3 it comes to rest far above.
/// Neither is a value of drift.
#[test]
fn a_training_that_jumped_and_died_is_no_drift() {
    let x = Array2::from_shape_fn((6, 9), |(i, j)| 1.0 + 0.5 * ((7 * i + 3 * j) as f64).sin());
    let data = DriftData { z: x.clone(), x, y: data().y };
    let (mut below, mut above) = (0, 0);
    for rate in [1.0, 3.0] {
        let grid = Drift {
            activation: Activation::Relu,
            depths: vec![1],
            sigma_w2: vec![1.0],
            sigma_b2: vec![0.5],
            trials: 12,
            rate,
            steps: 200,
            looks: vec![10],
            ..small()
        };
        let result = grid.run_on(&data).unwrap();
        for cell in &result.cells {
            let (first, last) = (&cell.looks[0], &cell.looks[cell.looks.len() - 1]);
            assert!(last.loss <= first.loss || !cell.ending.is_training(), "{cell:?}");
            if cell.ending == Ending::Failed {
                assert!(cell.end().is_none() && cell.at(10).is_none() && cell.at(usize::MAX).is_none());
                assert_eq!(cell.at(0), Some(first));
                // Dead: Θ of all rows is one number.
                assert!(last.loss > first.loss || (last.effective_rank - 1.0).abs() < 1e-9, "{cell:?}");
                (below, above) = if last.loss > first.loss { (below, above + 1) } else { (below + 1, above) };
            }
        }
        let text = serde_json::to_string(&result).unwrap();
        assert!(text.contains("\"failed\"") && serde_json::from_str::<DriftResult>(&text).unwrap() == result);
    }
    assert!(below > 0 && above > 0, "{below} {above}");
}

/// A cell that leaves f64's range at the start is a result without looks, and the others keep theirs.
#[test]
fn a_cell_out_of_range_is_a_result() {
    for activation in [Activation::Relu, Activation::Tanh] {
        let grid =
            Drift { activation, sigma_w2: vec![1.0, 1e100, 1e300], steps: 5, looks: vec![], ..small() };
        let result = run(&grid);
        assert!(result.cells[0].end().is_some());
        // tanh's units are bounded, so 10¹⁰⁰ is a loss of 10¹⁰⁰ and a kernel like any other.
        let from = if grid.activation == Activation::Relu { 1 } else { 3 };
        for cell in &result.cells[from..] {
            assert_eq!(
                (cell.ending, cell.steps, cell.looks.len(), cell.at(0)),
                (Ending::Diverged, 0, 0, None)
            );
        }
        let text = serde_json::to_string(&result).unwrap();
        assert!(!text.contains("null") && serde_json::from_str::<DriftResult>(&text).unwrap() == result);
    }
}

/// A limit on gradients cuts a training off where it stands, which is no end; one that is not reached changes nothing.
#[test]
fn a_training_that_was_cut_off_has_no_end() {
    for (acceleration, steps) in [(1.into(), Some(7)), (Acceleration::flow(1e-3), None)] {
        let free = Drift { acceleration, ..small() };
        let whole = run(&free).cells.remove(0);
        let cut = Drift { most_gradients: Some(7), ..free.clone() };
        let result = run(&cut);
        let cell = &result.cells[0];
        assert_eq!((cell.ending, cell.end()), (Ending::Unfinished, None));
        assert!(cell.taken >= 7 && cell.taken < whole.taken && steps.is_none_or(|steps| cell.steps == steps));
        let last = &cell.looks[cell.looks.len() - 1];
        assert_eq!((last.step, cell.at(cell.steps), cell.at(cell.steps + 1)), (cell.steps, Some(last), None));
        let text = serde_json::to_string(&result).unwrap();
        assert!(
            text.contains("\"unfinished\"") && serde_json::from_str::<DriftResult>(&text).unwrap() == result
        );
        let enough = Drift { most_gradients: Some(whole.taken + 1), ..free };
        assert_eq!(run(&enough).cells[0], whole);
    }
}

/// With a limit, what the store has without one is used where it ended within the limit.
#[test]
fn a_limit_takes_what_ended_within_it() {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::default().store(crate::store::Store::at(folder.path()));
    let free = small();
    let whole = free.run_on_in(&data(), &session).unwrap();
    for (most, files) in [(free.steps + 1, 1), (free.steps, 2)] {
        let limited = Drift { most_gradients: Some(most), ..free.clone() };
        assert_eq!(limited.run_on_in(&data(), &session).unwrap().cells, whole.cells);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), files);
    }
}
