//! The loop: rules against their formulas, stopping, divergence, threads.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use ndarray::Array2;

use super::*;
use crate::architecture::{Activation, Parametrisation};
use crate::data::{SphereQuadratic, TrainTestView, quadratic};
use crate::error::{Error, Result};
use crate::network::{Initialisation, Model, Network, Optimiser, Parameters, Precision, UpdateRule};
use crate::progress::{Epoch, Event};
use crate::seed::Seed;
use crate::session::Session;

pub(super) struct Task {
    pub(super) x: Array2<f64>,
    pub(super) y: Array2<f64>,
    pub(super) z: Array2<f64>,
    pub(super) truth: Array2<f64>,
}

impl Task {
    pub(super) fn new(n: usize) -> Self {
        let train = SphereQuadratic { n, seed: Seed(1), ..Default::default() }.run().unwrap();
        let test = SphereQuadratic { n: 30, noise: 0.0, seed: Seed(2), ..Default::default() }.run().unwrap();
        let truth = quadratic(test.x.view());
        Task { x: train.x, y: train.y, z: test.x, truth }
    }

    pub(super) fn data(&self) -> TrainTestView<'_> {
        TrainTestView { x: self.x.view(), y: self.y.view(), z: self.z.view(), truth: self.truth.view() }
    }

    pub(super) fn run(&self, training: &Training) -> Result<TrainingResult> {
        training.run(self.data())
    }
}

pub(super) fn small() -> Training {
    Training {
        network: Network { width: 64, ..Network::default() },
        epochs: 40,
        rate: 0.3,
        ..Training::default()
    }
}

/// A session, and the epochs of which its observer has been told.
pub(super) fn watched() -> (Session, Arc<Mutex<Vec<Epoch>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let session = Session::default().observer(move |event| {
        if let Event::Epoch(epoch) = event {
            told.lock().unwrap().push(*epoch);
        }
    });
    (session, seen)
}

/// Every rule, full and in batches, against its formula on the gradients of one copy, written out again here.
#[test]
fn steps_are_those_of_the_formulas() {
    let task = Task::new(11);
    let rules = [UpdateRule::Plain, UpdateRule::Momentum { momentum: 0.8 }, UpdateRule::ADAM];
    for (rule, batch) in
        rules.into_iter().flat_map(|rule| [None, Some(4), Some(11)].map(|batch| (rule, batch)))
    {
        let rate = if rule == UpdateRule::ADAM { 0.01 } else { 0.2 };
        let network =
            Network { hidden_layers: 2, width: 16, activation: Activation::Tanh, ..Network::default() };
        let optimiser = Optimiser { rule, batch };
        let training = Training { network, optimiser, rate, epochs: 3, seed: Seed(5), ..small() };
        let mut trainer = Trainer::begin(&training, task.data(), false).unwrap();
        let mut p = training.network.draw(Seed(5)).unwrap();
        let (mut first, mut second) = (vec![0.0; p.count()], vec![0.0; p.count()]);
        let mut steps = 0;
        for epoch in 1..=3 {
            trainer.advance().unwrap();
            let mut order: Vec<usize> = (0..11).collect();
            if batch == Some(4) {
                rand::seq::SliceRandom::shuffle(&mut order[..], &mut Seed(5).stream("shuffle", epoch));
            }
            for rows in order.chunks(batch.unwrap_or(11)) {
                let (x, y) = (task.x.select(ndarray::Axis(0), rows), task.y.select(ndarray::Axis(0), rows));
                let f = training.network.outputs(&p, x.view()).unwrap();
                let force = (f - y) / rows.len() as f64;
                let gradient =
                    training.network.gradient(&p, x.view(), force.view()).unwrap().slices().concat();
                steps += 1;
                let entries = p.slices_mut().into_iter().flatten();
                for (i, (p, g)) in entries.zip(gradient).enumerate() {
                    *p -= match rule {
                        UpdateRule::Plain => rate * g,
                        UpdateRule::Momentum { momentum } => {
                            first[i] = momentum * first[i] + g;
                            rate * first[i]
                        }
                        UpdateRule::Adam { beta1, beta2, epsilon } => {
                            first[i] = beta1 * first[i] + (1.0 - beta1) * g;
                            second[i] = beta2 * second[i] + (1.0 - beta2) * g * g;
                            let (a, b) =
                                (first[i] / (1.0 - beta1.powi(steps)), second[i] / (1.0 - beta2.powi(steps)));
                            rate * a / (b.sqrt() + epsilon)
                        }
                    };
                }
            }
        }
        // Parameters of order 1 after 9 steps; Adam divides by |g|, which may be small: its ε = 10⁻⁸ bounds what rounding
        // of 10⁻¹⁷ in g does by 10⁻⁹ of a step of 0.01.
        let bound = if rule == UpdateRule::ADAM { 1e-10 } else { 1e-14 };
        let difference = |a: &Parameters, b: &Parameters| {
            let (a, b) = (a.slices().concat(), b.slices().concat());
            a.iter().zip(b).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()))
        };
        let gap = difference(&trainer.model().copies[0], &p);
        assert!(gap <= bound, "{rule} {batch:?}: {gap:e}");
    }
}

/// Both copies of a mirrored network by hand: the second goes against the force.
#[test]
fn mirrored_copies_are_both_trained() {
    let task = Task::new(8);
    let training = Training { initialisation: Initialisation::Mirrored, epochs: 5, ..small() };
    let result = task.run(&training).unwrap();
    let mut p = training.network.draw(training.seed).unwrap();
    let mut q = p.clone();
    let outputs = |p: &Parameters, q: &Parameters| {
        let f = |p| training.network.outputs(p, task.x.view()).unwrap();
        (f(p) - f(q)) * 0.5_f64.sqrt()
    };
    assert!(result.curve.loss[0] == 0.5 * task.y.iter().map(|y| y * y).sum::<f64>() / 8.0);
    for _ in 0..5 {
        let force = (outputs(&p, &q) - &task.y) / 8.0 * 0.5_f64.sqrt();
        for (copy, sign) in [(&mut p, 1.0), (&mut q, -1.0)] {
            let g = training.network.gradient(copy, task.x.view(), force.view()).unwrap();
            copy.weights.iter_mut().zip(&g.weights).for_each(|(w, g)| w.scaled_add(-0.3 * sign, g));
        }
    }
    let gap = &outputs(&p, &q) - &result.last.train_outputs;
    assert!(gap.iter().all(|e| e.abs() < 1e-12), "{gap}");
}

/// Centred training on y is standard training on y + f₀, shifted; scaled by 1 is standard, by 0 centred, to the bit.
#[test]
fn subtracting_the_start_is_shifting_the_target() {
    let task = Task::new(9);
    let run = |initialisation, y: &Array2<f64>| {
        let training = Training { initialisation, stopping: Stopping::Never, ..small() };
        training.run(TrainTestView { y: y.view(), ..task.data() }).unwrap().last
    };
    let f0 = Model::draw(&small().network, Initialisation::Standard, Seed(0))
        .unwrap()
        .outputs(task.x.view())
        .unwrap();
    let centred = run(Initialisation::Centred, &task.y);
    let shifted = run(Initialisation::Standard, &(&task.y + &f0));
    let gap = &centred.train_outputs + &f0 - &shifted.train_outputs;
    assert!(gap.iter().all(|e| e.abs() < 1e-12), "{gap}");
    assert_eq!(run(Initialisation::Scaled(0.0), &task.y), centred);
    assert_eq!(run(Initialisation::Scaled(1.0), &task.y), run(Initialisation::Standard, &task.y));
}

/// The fused engine against matrix products: the same training, its sums in another order. Descent below the stable rate
/// does not enlarge differences but by kinks crossed at another epoch; 40 epochs of sums of 64 units in double precision
/// leave 10⁻¹², in single precision 10⁻⁷ per step and sum.
#[test]
fn both_engines_train_the_same_network() {
    let task = Task::new(25);
    for (initialisation, bias) in [
        (Initialisation::Standard, false),
        (Initialisation::Mirrored, true),
        (Initialisation::MirroredHalf, false),
        (Initialisation::Scaled(0.5), true),
    ] {
        let network =
            Network { parametrisation: Parametrisation::FirstLayerBias { bias }, ..small().network };
        let training = Training { network, initialisation, stopping: Stopping::Never, ..small() };
        let run = |training: &Training, general| {
            let mut trainer = Trainer::begin(training, task.data(), general).unwrap();
            while !trainer.finished() {
                trainer.advance().unwrap();
            }
            trainer.result()
        };
        let (fused, general) = (run(&training, false), run(&training, true));
        assert_eq!((&fused.diagnostics.engine[..], &general.diagnostics.engine[..]), ("fused", "general"));
        assert_eq!(fused.diagnostics.trained, general.diagnostics.trained);
        let single = run(&Training { precision: Precision::Single, ..training }, false);
        for (other, bound) in [(&general, 1e-12), (&single, 1e-5)] {
            let gap = |a: &Array2<f64>, b: &Array2<f64>| (a - b).iter().fold(0.0_f64, |m, e| m.max(e.abs()));
            let gap = gap(&fused.last.train_outputs, &other.last.train_outputs)
                .max(gap(&fused.last.test_outputs, &other.last.test_outputs));
            assert!(gap < bound, "{initialisation} {bias}: {gap:e}");
        }
        assert_ne!(single.last.test_outputs, fused.last.test_outputs);
    }
}

/// The same bytes for any number of threads, whatever the engine.
#[test]
fn threads_do_not_change_a_bit() {
    let task = Task::new(40);
    let deep = Network { hidden_layers: 3, width: 150, activation: Activation::Gelu, ..Network::default() };
    let adam = Optimiser { rule: UpdateRule::ADAM, batch: Some(16) };
    let wide = Network { width: 3000, ..Network::default() };
    for training in [
        Training { network: wide, initialisation: Initialisation::Mirrored, ..small() },
        Training { precision: Precision::Single, ..small() },
        Training { network: deep, optimiser: adam, rate: 0.01, epochs: 5, ..small() },
    ] {
        let [one, two, three] = [1, 2, 3].map(|threads| {
            let result = task.run(&Training { threads, ..training.clone() }).unwrap();
            serde_json::to_string(&result).unwrap()
        });
        assert!(one == two && two == three);
    }
}

#[test]
fn results_come_back_from_json() {
    let task = Task::new(6);
    for stopping in [Stopping::Oracle, Stopping::HoldOut { fraction: 0.5, patience: 2 }] {
        let result = task.run(&Training { stopping, epochs: 3, ..small() }).unwrap();
        let json = serde_json::to_string(&result).unwrap();
        assert!(!json.contains("null"), "{json}");
        assert_eq!(serde_json::from_str::<TrainingResult>(&json).unwrap(), result);
    }
}

#[test]
fn mistakes_are_refused() {
    let task = Task::new(6);
    let adam = |beta1, epsilon| UpdateRule::Adam { beta1, beta2: 0.9, epsilon };
    let rule = |rule| Training { optimiser: Optimiser { rule, batch: None }, ..small() };
    let stopping = |stopping| Training { stopping, ..small() };
    for bad in [
        Training { rate: 0.0, ..small() },
        Training { rate: f64::NAN, ..small() },
        Training { curve_points: 2, ..small() },
        Training { threads: 1025, ..small() },
        Training { optimiser: Optimiser { batch: Some(0), ..Optimiser::default() }, ..small() },
        rule(UpdateRule::Momentum { momentum: 1.0 }),
        rule(adam(-0.1, 1e-8)),
        rule(adam(0.9, 0.0)),
        stopping(Stopping::HoldOut { fraction: 1.0, patience: 3 }),
        stopping(Stopping::HoldOut { fraction: 0.5, patience: 0 }),
        stopping(Stopping::Plateau { fall: f64::NAN, epochs: 1 }),
        Training { initialisation: Initialisation::Scaled(f64::NAN), ..small() },
        Training {
            precision: Precision::Single,
            network: Network { hidden_layers: 2, ..small().network },
            ..small()
        },
        Training { network: Network { activation: Activation::ReluPower(0), ..small().network }, ..small() },
    ] {
        assert!(matches!(task.run(&bad), Err(Error::Parameter { .. })), "{bad:?}");
    }
    let rows = task.data();
    let untested = TrainTestView::untested(rows.x, rows.y);
    let untrained = TrainTestView { x: untested.z, y: untested.truth, ..rows };
    for bad in [TrainTestView { y: rows.z, ..rows }, untrained] {
        assert!(matches!(small().run(bad), Err(Error::Shape { .. })));
    }
    assert!(matches!(small().run(untested), Err(Error::Parameter { .. })));
    let without = Training { stopping: Stopping::Never, epochs: 2, ..small() };
    let result = without.run(untested).unwrap();
    assert!(result.best.test_error.is_none() && result.curve.test_error.is_empty());
    let none = ndarray::s![..0, ..];
    let cut = TrainTestView { z: rows.z.slice(none), truth: rows.truth.slice(none), ..rows };
    assert_eq!(without.run(cut).unwrap(), result);
    let mut nan = task.y.clone();
    nan[[3, 0]] = f64::INFINITY;
    assert!(matches!(
        small().run(TrainTestView { y: nan.view(), ..rows }),
        Err(Error::NotFinite { row: 3, .. })
    ));
    for text in ["", "oracle:1", "hold-out:0.5", "hold-out:2:3", "plateau:1e-7:0"] {
        assert!(text.parse::<Stopping>().is_err(), "{text}");
    }
    for text in ["", "gd:1", "momentum", "momentum:x", "adam:0.9", "sgd"] {
        assert!(text.parse::<UpdateRule>().is_err(), "{text}");
    }
}
