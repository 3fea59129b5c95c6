//! Interrupted anywhere, resumed, equal.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::Duration;

use super::tests::{Task, small, watched};
use super::trainer::Kept;
use super::*;
use crate::checkpoint::Checkpoint;
use crate::data::TrainTestView;
use crate::error::Error;
use crate::network::{Initialisation, Network, Optimiser, Precision, UpdateRule};
use crate::origin::Origin;
use crate::progress::{Epoch, Event};
use crate::session::{Cancellation, Session};
use crate::shard::Shard;

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
            let path = folder.path().join("c");
            // As a killed process leaves it: whatever was written last.
            let mut trainer = Trainer::begin(&training, task.data(), false).unwrap();
            (0..stop).for_each(|_| trainer.advance().unwrap());
            trainer.save(&Checkpoint::at(&path)).unwrap();
            drop(trainer);
            let (session, seen) = watched();
            let session = session.checkpoint(&path).checkpoint_every(Duration::ZERO);
            let resumed = training.run_in(task.data(), &session).unwrap();
            let seen = seen.lock().unwrap().iter().map(|e| e.epoch).collect::<Vec<_>>();
            assert_eq!(seen, (stop + 1..=epochs).collect::<Vec<_>>());
            assert_eq!(serde_json::to_string(&resumed).unwrap(), serde_json::to_string(&expected).unwrap());
        }
    }
}

/// What another program began names both; what it finished names it alone.
#[test]
fn a_resumed_training_names_every_program_that_computed_it() {
    let (task, training) = (Task::new(6), Training { epochs: 4, ..small() });
    let other = Origin { revision: "0123".into(), ..Origin::now() };
    for (stop, programs) in [(0, 2), (2, 2), (4, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        let mut trainer = Trainer::begin(&training, task.data(), false).unwrap();
        (0..stop).for_each(|_| trainer.advance().unwrap());
        trainer.computed_by = other.clone().into();
        trainer.save(&Checkpoint::at(&path)).unwrap();
        let ended = training.run_in(task.data(), &Session::default().checkpoint(&path)).unwrap();
        assert_eq!(ended.computed_by.iter().count(), programs, "after {stop} epochs");
        assert!(ended.computed_by.iter().any(|origin| *origin == other));
    }
}

#[test]
fn another_trainings_file_and_a_damaged_one_are_refused() {
    let task = Task::new(5);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let session = Session::default().checkpoint(&path);
    let training = Training { epochs: 2, network: Network { width: 4, ..Network::default() }, ..small() };
    let y = task.y.view();
    let run = |training: &Training, y: ndarray::ArrayView2<f64>| {
        training.run_in(TrainTestView { y, ..task.data() }, &session)
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
    let nowhere = session.checkpoint(folder.path().join("no/such/file"));
    assert!(matches!(training.run_in(task.data(), &nowhere), Err(Error::Io { .. })));
}

/// A wish to stop ends a training with a checkpoint at once; it goes on from there to the same end.
#[test]
fn a_cancelled_training_goes_on_from_its_checkpoint() {
    let task = Task::new(10);
    let training = small();
    let folder = tempfile::tempdir().unwrap();
    let cancellation = Cancellation::new();
    let stop = cancellation.clone();
    let session = Session::default()
        .checkpoint(folder.path().join("c"))
        .cancellation(&cancellation)
        .observer(move |event| {
            if let Event::Epoch(Epoch { epoch: 7, .. }) = event {
                stop.cancel();
            }
        });
    assert_eq!(training.run_in(task.data(), &session), Err(Error::Cancelled));
    let (session, seen) = watched();
    let resumed = training.run_in(task.data(), &session.checkpoint(folder.path().join("c"))).unwrap();
    assert_eq!(seen.lock().unwrap()[0].epoch, 8);
    assert_eq!(resumed, task.run(&training).unwrap());
}

/// Steps of another number of networks than there are would leave some of them as they began.
#[test]
fn a_checkpoint_with_the_steps_of_fewer_networks_is_damaged() {
    let task = Task::new(5);
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = Checkpoint::at(folder.path().join("c"));
    let training = Training { initialisation: Initialisation::Mirrored, ..small() };
    let mut trainer = Trainer::begin(&training, task.data(), false).unwrap();
    trainer.advance().unwrap();
    trainer.save(&checkpoint).unwrap();
    let count: usize = trainer.model().copies.iter().map(|copy| copy.count()).sum();
    let mut numbers = vec![0.0; count];
    let mut kept: Kept = checkpoint.read(&trainer.key, vec![&mut numbers]).unwrap().unwrap();
    assert!(trainer.resume(&checkpoint).unwrap());
    assert_eq!(kept.steps.len(), 2);
    kept.steps.pop();
    checkpoint.write(&trainer.key, &kept, &[&numbers]).unwrap();
    assert!(matches!(trainer.resume(&checkpoint), Err(Error::Format { .. })));
}

#[test]
fn a_shard_of_a_training_is_refused() {
    let session = Session::default().shard(Shard { index: 0, of: 2 });
    let refused = small().run_in(Task::new(5).data(), &session);
    assert!(matches!(refused, Err(Error::Parameter { name, .. }) if name == "shard"));
}
