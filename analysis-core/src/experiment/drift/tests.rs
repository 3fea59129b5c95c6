#![allow(clippy::unwrap_used)]
use std::time::Duration;

use ndarray::{Array1, Array2, Axis, concatenate};

use super::*;
use crate::data::TrainTestView;
use crate::error::Error;
use crate::network::{Initialisation, Parameters, Stopping, Trainer, Training};
use crate::shard::Shard;
use crate::store::Store;

/// Six rows in R⁹, three outputs, four test rows: fewer rows than inputs, so that the descent works in their span.
pub(super) fn data() -> DriftData {
    DriftData {
        x: Array2::from_shape_fn((6, 9), |(i, j)| ((7 * i + 3 * j) as f64).sin()),
        y: Array2::from_shape_fn((6, 3), |(i, o)| f64::from(i % 3 == o)),
        z: Array2::from_shape_fn((4, 9), |(i, j)| ((5 * i + 2 * j + 1) as f64).cos()),
    }
}

pub(super) fn small() -> Drift {
    Drift {
        activation: Activation::Tanh,
        widths: vec![8],
        depths: vec![2],
        sigma_w2: vec![1.5],
        sigma_b2: vec![0.3],
        rate: 0.02,
        steps: 400,
        looks: vec![30, 100],
        spectra: true,
        ..Drift::default()
    }
}

pub(super) fn run(grid: &Drift) -> DriftResult {
    grid.run_on(&data()).unwrap()
}

/// ∂f_o(x_i)/∂p by central differences, a row an (i, o).
fn jacobian(network: &Network, at: &Parameters, x: &Array2<f64>) -> Array2<f64> {
    let step = 1e-5;
    let mut rows = Vec::new();
    for array in 0..at.slices().len() {
        for place in 0..at.slices()[array].len() {
            let outputs = |sign: f64| {
                let mut moved = at.clone();
                moved.slices_mut()[array][place] += sign * step;
                network.outputs(&moved, x.view()).unwrap()
            };
            let difference = (outputs(1.0) - outputs(-1.0)) / (2.0 * step);
            rows.push(difference.iter().copied().collect::<Array1<f64>>().insert_axis(Axis(1)));
        }
    }
    let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
    concatenate(Axis(1), &views).unwrap()
}

/// A whole cell computed again without any of its parts: [`Trainer`] on all d inputs, Θ from finite differences, the
/// linearised network by gradient descent on its parameters. Central differences at 10⁻⁵ leave 10⁻¹⁰ of the Jacobian; changes
/// of the kernel and gaps are of order 10⁻¹ to 10⁻³.
#[test]
fn a_cell_is_what_trainer_and_finite_differences_say() {
    let (grid, data) = (small(), data());
    let cell = run(&grid).cells.remove(0);
    assert_eq!((cell.ending, cell.steps, cell.taken, cell.acceleration), (Ending::Steps, 400, 400, 1));
    let place = grid.places()[0];
    let network = grid.network(place, 9, 3);
    let rate = 2.0 * grid.rate / 3.0;
    let training = Training {
        network: network.clone(),
        initialisation: Initialisation::Standard,
        rate,
        epochs: 400,
        stopping: Stopping::Never,
        seed: grid.cell_seed(place),
        ..Training::default()
    };
    let (x, y, z) = (&data.x, &data.y, &data.z);
    let mut trainer = Trainer::start(&training, TrainTestView::untested(x.view(), y.view())).unwrap();
    let start = trainer.model().copies.remove(0);
    let (j, j_test) = (jacobian(&network, &start, x), jacobian(&network, &start, z));
    let theta = j.dot(&j.t());
    let flat = |a: &Array2<f64>| a.iter().copied().collect::<Array1<f64>>();
    let outputs = |p: &Parameters, x: &Array2<f64>| flat(&network.outputs(p, x.view()).unwrap());
    let (f, f_test, target) = (outputs(&start, x), outputs(&start, z), flat(y));
    let rms = |a: &Array1<f64>| (a.dot(a) / a.len() as f64).sqrt();
    let near = |name: &str, ours: f64, theirs: f64| {
        assert!((ours - theirs).abs() < 1e-7 * theirs.abs().max(1e-2), "{name}: {ours}, {theirs}");
    };
    let mut change = Array1::<f64>::zeros(j.ncols());
    let mut looks = cell.looks.iter();
    for step in 0..=400 {
        if [0, 30, 100, 400].contains(&step) {
            let look = looks.next().unwrap();
            let now = trainer.model().copies.remove(0);
            let j_now = jacobian(&network, &now, x);
            let theta_now = j_now.dot(&j_now.t());
            let norm = |a: &Array2<f64>| a.iter().map(|v| v * v).sum::<f64>().sqrt();
            assert_eq!(look.step, step);
            near("loss", look.loss, 2.0 / 3.0 * trainer.progress().loss);
            near("drift", look.full.drift, norm(&(&theta_now - &theta)) / norm(&theta));
            let inner = theta_now.iter().zip(&theta).map(|(a, b)| a * b).sum::<f64>();
            near("alignment", look.full.alignment, inner / norm(&theta) / norm(&theta_now));
            let trace = |t: &Array2<f64>| {
                Array2::from_shape_fn((6, 6), |(a, b)| (0..3).map(|o| t[[3 * a + o, 3 * b + o]]).sum::<f64>())
            };
            near(
                "trace",
                look.trace.drift,
                norm(&(trace(&theta_now) - trace(&theta))) / norm(&trace(&theta)),
            );
            let one = |t: &Array2<f64>| Array2::from_shape_fn((6, 6), |(a, b)| t[[3 * a, 3 * b]]);
            near("one", look.one.drift, norm(&(one(&theta_now) - one(&theta))) / norm(&one(&theta)));
            let (k, yy) = (trace(&theta_now), y.dot(&y.t()));
            let inner = k.iter().zip(&yy).map(|(a, b)| a * b).sum::<f64>();
            near("target", look.target_alignment, inner / norm(&k) / norm(&yy));
            near("sum", look.eigenvalue_sum, k.diag().sum() / 6.0);
            near("rank", look.effective_rank, (k.diag().sum() / norm(&k)).powi(2));
            near("squares", look.eigenvalues.iter().map(|v| v * v).sum::<f64>().sqrt(), norm(&k) / 6.0);
            assert_eq!(look.largest_eigenvalue, look.eigenvalues[0]);
            let (now, now_test) = (outputs(&now, x), outputs(&now, z));
            near("moved", look.moved, rms(&(&now - &f)));
            near("test moved", look.test_moved.unwrap(), rms(&(&now_test - &f_test)));
            near("gap", look.gap.unwrap(), rms(&(&now - &f - j.dot(&change))));
            near("test gap", look.test_gap.unwrap(), rms(&(&now_test - &f_test - j_test.dot(&change))));
        }
        let residual = &f + &j.dot(&change) - &target;
        change.scaled_add(-rate / 6.0, &j.t().dot(&residual));
        trainer.advance().unwrap();
    }
    assert!(looks.next().is_none() && cell.looks[3].full.drift > 0.05, "{:?}", cell.looks[3]);
    let full = (training.stable_rate(x.view()).unwrap() - 2.0 * cell.stable_rate / 3.0).abs();
    assert!(full < 1e-8 * training.stable_rate(x.view()).unwrap());
}

/// The plateau rule stops where [`Stopping::Plateau`] does, its fall translated.
#[test]
fn the_plateau_is_the_trainers() {
    let grid = Drift { steps: 100_000, plateau_fall: 1e-5, plateau_steps: 50, ..small() };
    let cell = run(&grid).cells.remove(0);
    let place = grid.places()[0];
    let training = Training {
        network: grid.network(place, 9, 3),
        initialisation: Initialisation::Standard,
        rate: 2.0 * grid.rate / 3.0,
        epochs: 100_000,
        stopping: Stopping::Plateau { fall: 1.5e-5, epochs: 50 },
        seed: grid.cell_seed(place),
        ..Training::default()
    };
    let data = data();
    let none = ndarray::s![..0, ..];
    let (x, y) = (data.x.view(), data.y.view());
    let rows = TrainTestView { x, y, z: data.z.slice(none), truth: data.y.slice(none) };
    let theirs = training.run(rows).unwrap();
    assert_eq!(theirs, training.run(TrainTestView::untested(x, y)).unwrap());
    assert_eq!((cell.ending, cell.steps), (Ending::Plateau, theirs.last.epoch));
    assert!(cell.steps < 100_000);
    let end = cell.end().unwrap();
    assert!((end.loss - 2.0 / 3.0 * theirs.last.loss).abs() < 1e-10 * end.loss);
    assert_eq!((cell.smallest_loss, cell.loss_rises), (end.loss, 0));
    // A step after the end, and one between looks.
    assert_eq!((cell.at(1_000_000).unwrap().step, cell.at(99).unwrap().step), (cell.steps, 30));
}

/// Euler's method is of first order: the error is the integral of min(cap, s/10) times something, so doubling the cap at most
/// doubles what it adds. It is small, and no look is missed.
#[test]
fn accelerated_steps_follow_the_same_flow() {
    let fine =
        Drift { rate: 1e-4, steps: 40_000, looks: vec![10, 1000, 10_000], plateau_fall: 0.0, ..small() };
    let at = |most: usize| run(&Drift { acceleration: most.into(), ..fine.clone() }).cells.remove(0);
    let [exact, low, middle, large] = [1, 25, 50, 100].map(at);
    assert_eq!((exact.taken, low.acceleration, large.acceleration), (40_000, 25, 100));
    assert!(large.taken < 600, "{}", large.taken);
    for (place, look) in exact.looks.iter().enumerate() {
        let drift = |cell: &DriftCell| cell.looks[place].full.drift;
        assert_eq!(look.step, large.looks[place].step);
        let error = (drift(&large) - drift(&exact)).abs();
        // Step 10 is reached by plain steps.
        if look.step <= 10 {
            assert_eq!(error, 0.0);
        } else {
            assert!(error < 0.02 * drift(&exact), "step {}: {error} of {}", look.step, drift(&exact));
        }
        if look.step >= 10_000 {
            let ratio = (drift(&large) - drift(&middle)) / (drift(&middle) - drift(&low));
            assert!((1.1..2.5).contains(&ratio), "step {}: {ratio}", look.step);
        }
    }
    // Never beyond a quarter of the stable rate.
    let stable = exact.stable_rate;
    let near = Drift { rate: stable / 40.0, steps: 100, acceleration: 100.into(), ..small() };
    assert_eq!(run(&near).cells[0].acceleration, 10);
}

/// At a fixed η M (time in units of Θ) the gap to the linearisation falls with M: like M^{−1/2} at most by the general bounds, like
/// 1/M for a smooth φ (Dyer and Gur-Ari 2020). Found with eight networks a width: exponents −0.9 (tanh) and −0.5 (ReLU).
#[test]
fn the_gap_to_the_linearisation_falls_with_the_width() {
    let mut slopes = Vec::new();
    for activation in [Activation::Relu, Activation::Tanh] {
        let mut means = Vec::new();
        for width in [32, 128, 512] {
            let grid = Drift {
                activation: activation.clone(),
                widths: vec![width],
                trials: 8,
                rate: 0.2 / width as f64,
                steps: 100,
                looks: Vec::new(),
                ..small()
            };
            let cells = run(&grid).cells;
            let logs = cells.iter().map(|cell| cell.end().unwrap().relative_gap().unwrap().ln());
            means.push(logs.sum::<f64>() / 8.0);
        }
        let slope = (means[2] - means[0]) / 16f64.ln();
        println!("{activation}: {means:?}, slope {slope}");
        slopes.push(slope);
    }
    assert!(slopes.iter().all(|slope| (-1.3..-0.35).contains(slope)), "{slopes:?}");
}

#[test]
fn grids_shards_and_the_store_agree() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let grid = Drift { depths: vec![1, 2], sigma_w2: vec![1.0, 2.0], trials: 2, steps: 60, ..small() };
    let whole = run(&grid);
    assert_eq!(whole.cells.len(), 8);
    let shard = |index: usize| {
        let session = Session::default().store(store.clone()).shard(Shard { index, of: 3 });
        grid.run_on_in(&data(), &session.checkpoint_every(Duration::ZERO)).unwrap()
    };
    let shards = [shard(2), shard(0), shard(1)];
    assert!(DriftResult::merge(&shards).unwrap() == whole);
    let part = DriftResult::merge(&shards[..2]).unwrap();
    assert_eq!((part.cells.len(), part.missing()), (5, 3));
    assert!(
        DriftResult::merge(&[part, shards[2].clone(), shards[0].clone()]).unwrap() == whole,
        "equal cells may be doubled"
    );
    let mut odd = shards[0].clone();
    odd.cells[0].smallest_loss *= 2.0;
    let refused = DriftResult::merge(&[shards[0].clone(), odd.clone()]).unwrap_err().to_string();
    assert!(refused.contains("H = ") && refused.contains("different numbers"), "{refused}");
    odd.cells[0].depth = 3;
    assert!(DriftResult::merge(&[odd]).unwrap_err().to_string().contains("none of the grid"));
    // Which kernel is shown is no number.
    let shown =
        DriftResult { parameters: Drift { kernel: KernelForm::Full, ..grid.clone() }, ..shards[0].clone() };
    assert!(DriftResult::merge(&[shards[1].clone(), shown]).is_ok());
    assert!(DriftResult::merge(&[]).is_err());
    let other = DriftResult { parameters: Drift { rate: 1.0, ..grid.clone() }, ..shards[0].clone() };
    assert!(DriftResult::merge(&[shards[0].clone(), other]).is_err());
    // Everything is in the store now, and nothing else.
    assert!(grid.run_on_in(&data(), &Session::default().store(store.clone())).unwrap() == whole);
    // Data of one's own are known by their numbers: results on others do not belong together.
    assert_eq!(whole.own_data.as_ref().map(String::len), Some(64));
    let elsewhere = DriftResult { own_data: None, ..shards[0].clone() };
    assert!(DriftResult::merge(&[shards[0].clone(), elsewhere]).is_err());
    let names = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(names.len() == 8 && names.iter().all(|name| name.ends_with(".json")), "{names:?}");
    // A cell's numbers are its own.
    let alone = Drift { depths: vec![2], sigma_w2: vec![2.0], trials: 1, ..grid };
    assert!(whole.cells.contains(&run(&alone).cells[0]));
    assert_eq!(whole.frame().unwrap().shape(), (16 + 8, 28));
}

#[test]
fn what_means_nothing_is_refused() {
    for (bad, named) in [
        (Drift { widths: vec![], ..small() }, "widths"),
        (Drift { depths: vec![3, 3], ..small() }, "depths"),
        (Drift { depths: vec![0], ..small() }, "hidden_layers"),
        (Drift { sigma_w2: vec![2.0, 1.0], ..small() }, "sigma_w2"),
        (Drift { sigma_w2: vec![0.0], ..small() }, "sigma_w2"),
        (Drift { sigma_b2: vec![f64::NAN], ..small() }, "sigma_b2"),
        (Drift { trials: 0, ..small() }, "trials"),
        (Drift { images: 0, ..small() }, "images"),
        (Drift { looks: vec![0, 5], ..small() }, "looks"),
        (Drift { looks: vec![5, 5], ..small() }, "looks"),
        (Drift { rate: 0.0, ..small() }, "rate"),
        (Drift { input_factor: Some(f64::INFINITY), ..small() }, "input_factor"),
        (Drift { plateau_fall: -1.0, ..small() }, "plateau_fall"),
        (Drift { most_gradients: Some(0), ..small() }, "most_gradients"),
        (Drift { acceleration: 0.into(), ..small() }, "acceleration"),
        (Drift { acceleration: 101.into(), ..small() }, "acceleration"),
        (Drift { acceleration: Acceleration::flow(0.0), ..small() }, "acceleration"),
        (Drift { acceleration: Acceleration::flow(f64::NAN), ..small() }, "acceleration"),
        (Drift { activation: Activation::ReluPower(0), ..small() }, "activation"),
    ] {
        let error = bad.check().unwrap_err();
        assert!(matches!(&error, Error::Parameter { name, .. } if name == named), "{named}: {error}");
    }
    let DriftData { x, y, z } = data();
    let mut infinite = x.clone();
    infinite[[1, 2]] = f64::INFINITY;
    for bad in [
        DriftData { x: Array2::zeros((0, 9)), y: y.clone(), z: z.clone() },
        DriftData { x: x.clone(), y: Array2::zeros((5, 3)), z: z.clone() },
        DriftData { x: x.clone(), y: y.clone(), z: Array2::zeros((4, 8)) },
        DriftData { x: infinite, y: y.clone(), z: z.clone() },
    ] {
        assert!(small().run_on(&bad).is_err());
    }
    // Without test rows, and with more rows than inputs.
    let bare = DriftData { z: Array2::zeros((0, 9)), x: x.clone(), y: y.clone() };
    let cell = small().run_on(&bare).unwrap().cells.remove(0);
    assert!(cell.looks[1].test_gap.is_none() && cell.looks[1].gap.is_some());
    let few = |a: &Array2<f64>| a.slice(ndarray::s![.., ..4]).to_owned();
    let tall = DriftData { x: few(&x), y, z: few(&z) };
    assert!(small().run_on(&tall).unwrap().cells[0].looks[3].gap.unwrap() > 0.0);
}
