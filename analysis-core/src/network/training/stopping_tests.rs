//! How a training ends: the oracle, rows held out, a plateau, a divergence.
#![allow(clippy::unwrap_used)]

use ndarray::Array2;

use super::tests::{Task, small, watched};
use super::*;
use crate::architecture::{Activation, Parametrisation};
use crate::data::TrainTestView;
use crate::error::Error;
use crate::network::{Initialisation, Network};

#[test]
fn the_oracle_takes_the_least_of_all_epochs() {
    let task = Task::new(12);
    let mut errors = Vec::new();
    let training = Training { curve_points: 5, ..small() };
    let mut trainer = Trainer::start(&training, task.data()).unwrap();
    loop {
        let p = trainer.progress();
        errors.push((p.test_error.unwrap(), p.loss, trainer.test_outputs().to_owned()));
        if trainer.finished() {
            break;
        }
        trainer.advance().unwrap();
    }
    let result = trainer.result();
    assert_eq!(result, task.run(&training).unwrap());
    assert_eq!(errors.len(), 41);
    let least = errors.iter().map(|e| e.0).fold(f64::INFINITY, f64::min);
    let (error, loss, outputs) = &errors[result.best.epoch];
    assert_eq!((Some(least), *loss), (result.best.test_error, result.best.loss));
    assert_eq!((least, outputs), (*error, &result.best.test_outputs));
    let by_hand = (&result.best.test_outputs - &task.truth).mapv(|e| e * e).mean().unwrap();
    assert!((by_hand / least - 1.0).abs() < 1e-13);
    let by_hand = 0.5 * (&result.best.train_outputs - &task.y).mapv(|e| e * e).mean().unwrap();
    assert!((by_hand / result.best.loss - 1.0).abs() < 1e-13);
    // The thinned curve is a part of the whole.
    let expected: Vec<f64> = result.curve.epoch.iter().map(|e| errors[*e].0).collect();
    assert_eq!(result.curve.test_error, expected);
    assert!(result.curve.epoch.len() <= 6 && result.curve.epoch.last() == Some(&40));
    assert_eq!(task.run(&Training { stopping: Stopping::Never, ..training }).unwrap().best.epoch, 40);
}

#[test]
fn held_out_rows_are_not_trained_on_and_stop_it() {
    let task = Task::new(20);
    let stopping = Stopping::HoldOut { fraction: 0.25, patience: 3 };
    let training = Training { stopping, epochs: 4000, rate: 0.6, ..small() };
    let result = task.run(&training).unwrap();
    assert_eq!(result.last.epoch, result.best.epoch + 3, "patience");
    assert!(result.last.epoch < 4000, "it would have ended anyway");
    // The same rows alone, with the held-out ones as the test.
    let split = hold_out::HoldOut::new(stopping, 20, training.seed);
    assert_eq!((split.trained.len(), split.held.len()), (15, 5));
    let part = |a: &Array2<f64>, rows: &[usize]| a.select(ndarray::Axis(0), rows);
    let alone = Training { stopping: Stopping::Never, epochs: result.best.epoch, ..training };
    let (x, y) = (part(&task.x, &split.trained), part(&task.y, &split.trained));
    let (z, truth) = (part(&task.x, &split.held), part(&task.y, &split.held));
    let expected =
        alone.run(TrainTestView { x: x.view(), y: y.view(), z: z.view(), truth: truth.view() }).unwrap().last;
    assert_eq!(
        (Some(result.best.loss), result.best.hold_out_error),
        (Some(expected.loss), expected.test_error)
    );
    assert_eq!(part(&result.best.train_outputs, &split.trained), expected.train_outputs);
    assert_eq!(part(&result.best.train_outputs, &split.held), expected.test_outputs);
}

#[test]
fn a_plateau_ends_it() {
    let task = Task::new(10);
    let (session, seen) = watched();
    let stopping = Stopping::Plateau { fall: 1e-4, epochs: 7 };
    let training = Training { stopping, epochs: 100_000, ..small() };
    let result = training.run_in(task.data(), &session).unwrap();
    let losses: Vec<f64> = seen.lock().unwrap().iter().map(|e| e.loss).collect();
    // Again, from the losses alone.
    let (mut fall, mut end) = ((0, losses[0]), 0);
    while end - fall.0 < 7 {
        end += 1;
        if losses[end] < fall.1 - 1e-4 {
            fall = (end, losses[end]);
        }
    }
    assert_eq!((result.last.epoch, losses.len()), (end, end + 1));
}

/// Below 2/λ_max the loss falls at every epoch; well beyond it the training is given up, and says the rate.
#[test]
fn divergence_is_said_with_the_stable_rate() {
    let task = Task::new(15);
    let wide = Training { network: Network { width: 2000, ..Network::default() }, epochs: 300, ..small() };
    for initialisation in [Initialisation::Standard, Initialisation::Mirrored] {
        let training = Training { initialisation, ..wide.clone() };
        let stable = training.stable_rate(task.x.view()).unwrap();
        let below = task.run(&Training { rate: 0.9 * stable, ..training.clone() }).unwrap();
        assert_eq!(below.diagnostics.loss_rises, 0);
        let error = task.run(&Training { rate: 8.0 * stable, ..training.clone() }).unwrap_err();
        let Error::Diverged { epoch, rate, stable_rate, .. } = error else { panic!("{error}") };
        assert!((1..100).contains(&epoch) && rate == 8.0 * stable);
        assert_eq!(stable_rate, Some(stable));
        assert!(error.to_string().contains("2/λ_max"), "{error}");
    }
}

/// After a divergence everything that a trainer says is of the epoch where it was.
#[test]
fn a_diverged_trainer_is_at_the_epoch_of_the_error() {
    let task = Task::new(15);
    let wide = Training { network: Network { width: 2000, ..Network::default() }, epochs: 300, ..small() };
    let training = Training { rate: 8.0 * wide.stable_rate(task.x.view()).unwrap(), ..wide };
    let mut trainer = Trainer::start(&training, task.data()).unwrap();
    let error = loop {
        match trainer.advance() {
            Ok(()) => assert!(!trainer.finished()),
            Err(error) => break error,
        }
    };
    let Error::Diverged { epoch, loss, .. } = error else { panic!("{error}") };
    let progress = trainer.progress();
    assert_eq!((progress.epoch, progress.loss.to_bits()), (epoch, loss.to_bits()));
    let last = trainer.result().last;
    assert_eq!((last.epoch, last.loss.to_bits()), (epoch, loss.to_bits()));
    assert_eq!(last.test_error.map(f64::to_bits), progress.test_error.map(f64::to_bits));
}

/// A slope of 10²⁰⁰ twice overflows the first layer's gradient alone: its weights become infinite, its units saturate, and
/// loss and outputs stay finite. That is a divergence.
#[test]
fn a_gradient_that_overflows_in_the_lower_layers_only_is_a_divergence() {
    let steep = Activation::Custom {
        name: "steep".into(),
        function: |h| h.clamp(-1.0, 1.0),
        derivative: Some(|_| 1e200),
        kinks: vec![-1.0, 1.0],
    };
    let training = Training {
        network: Network {
            inputs: 1,
            hidden_layers: 2,
            width: 4,
            outputs: 1,
            activation: steep,
            parametrisation: Parametrisation::EveryLayerNtk { sigma_w2: 1.0, sigma_b2: 0.0 },
        },
        initialisation: Initialisation::Standard,
        rate: 1e-2,
        epochs: 3,
        stopping: Stopping::Never,
        ..Training::default()
    };
    let (x, y) = (ndarray::array![[1.0], [2.0]], ndarray::array![[0.5], [0.25]]);
    let result = training.run(TrainTestView::untested(x.view(), y.view()));
    let Error::Diverged { epoch, loss, .. } = result.unwrap_err() else { panic!("another error") };
    assert!(epoch == 1 && loss.is_finite(), "{epoch} {loss}");
}
