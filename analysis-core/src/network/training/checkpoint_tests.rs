//! Interrupted anywhere, resumed, equal.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::Duration;

use super::tests::{Task, small};
use super::*;
use crate::checkpoint::Checkpoint;
use crate::data::TrainTestView;
use crate::error::Error;
use crate::network::{Initialisation, Network, Optimiser, Precision, UpdateRule};

fn trainings() -> Vec<Training> {
    let deep = Network { hidden_layers: 2, width: 12, outputs: 1, ..Network::default() };
    let rule = |rule, batch| Optimiser { rule, batch };
    vec![
        Training { initialisation: Initialisation::Mirrored, ..small() },
        Training { precision: Precision::Single, ..small() },
        Training { stopping: Stopping::HoldOut { fraction: 0.3, patience: 4 }, epochs: 400, ..small() },
        Training {
            network: deep.clone(),
            optimiser: rule(UpdateRule::ADAM, Some(3)),
            initialisation: Initialisation::Centred,
            rate: 0.01,
            ..small()
        },
        Training {
            network: deep,
            optimiser: rule(UpdateRule::Momentum { momentum: 0.7 }, None),
            stopping: Stopping::Plateau { fall: 1e-3, epochs: 3 },
            curve_points: 6,
            rate: 0.1,
            ..small()
        },
    ]
}

#[test]
fn a_resumed_training_ends_with_the_same_bytes() {
    let task = Task::new(10);
    for training in trainings() {
        let expected = task.run(&training).unwrap();
        let epochs = expected.last.epoch;
        for stop in [0, 1, epochs / 2, epochs - 1, epochs] {
            let folder = tempfile::tempdir().unwrap();
            let checkpoint = Checkpoint { every: Duration::ZERO, ..Checkpoint::at(folder.path().join("c")) };
            // As a killed process leaves it: whatever was written last.
            let mut trainer = Trainer::begin(&training, task.data(), false).unwrap();
            (0..stop).for_each(|_| trainer.advance().unwrap());
            trainer.save(&checkpoint).unwrap();
            drop(trainer);
            let mut seen = Vec::new();
            let mut observe = |p: &Progress| seen.push(p.epoch);
            let resumed = training.run_observed(task.data(), Some(&checkpoint), &mut observe).unwrap();
            assert_eq!(seen, (stop + 1..=epochs).collect::<Vec<_>>());
            assert_eq!(serde_json::to_string(&resumed).unwrap(), serde_json::to_string(&expected).unwrap());
        }
    }
}

#[test]
fn another_trainings_file_and_a_damaged_one_are_refused() {
    let task = Task::new(5);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let checkpoint = Checkpoint::at(&path);
    let training = Training { epochs: 2, network: Network { width: 4, ..Network::default() }, ..small() };
    let y = task.y.view();
    let run = |training: &Training, y: ndarray::ArrayView2<f64>| {
        training.run_observed(TrainTestView { y, ..task.data() }, Some(&checkpoint), &mut |_| ())
    };
    let expected = run(&training, y).unwrap();
    let whole = fs::read(&path).unwrap();
    let other = run(&Training { rate: 0.31, ..training.clone() }, y).unwrap_err();
    assert!(matches!(other, Error::Parameter { .. }), "{other}");
    let doubled = &task.y * 2.0;
    assert!(matches!(run(&training, doubled.view()), Err(Error::Parameter { .. })));
    assert_eq!(fs::read(&path).unwrap(), whole, "left alone");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(run(&training, y), Err(Error::Format { .. })), "cut at {length}");
    }
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 16;
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(run(&training, y), Err(Error::Format { .. })), "byte {place}");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(run(&Training { threads: 2, ..training.clone() }, y).unwrap().curve, expected.curve);
    // A folder that is not there.
    let nowhere = Checkpoint::at(folder.path().join("no/such/file"));
    assert!(matches!(training.run_observed(task.data(), Some(&nowhere), &mut |_| ()), Err(Error::Io { .. })));
}
