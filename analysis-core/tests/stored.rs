//! What is kept on disk belongs to what it is kept for: every stored computation, with a function that changes its mind.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use analysis_core::data::TrainTestView;
use analysis_core::error::Error;
use analysis_core::experiment::{Acceleration, Calibration, Design, DriftData, TrainedNetworks};
use analysis_core::ndarray::{Array2, array};
use analysis_core::polars::df;
use analysis_core::prelude::*;

/// What a computation does with an activation, as JSON; it keeps what it may in the store.
type Computation = (&'static str, fn(Activation, &Store) -> String);

/// Every stored computation that can meet a function of the user's own. `KEYS` below says which there are.
const COMPUTATIONS: [Computation; 8] = [
    ("decay-curves", smoothness),
    ("decay-curves, draws", draws),
    ("dispersion", |activation, store| dispersion(activation, None, store)),
    ("dispersion, two inputs", |activation, store| dispersion(activation, Some(0.3), store)),
    ("drift", |activation, store| drift(activation, Acceleration::Steps(1), store)),
    ("drift-flow", |activation, store| drift(activation, Acceleration::flow(1e-3), store)),
    ("output-variance", output_variance),
    ("calibration-sample", calibration),
];

/// Every name that a key is made with, and whether it is in `COMPUTATIONS`, and if not, why it need not be.
const KEYS: [(&str, &str); 21] = [
    ("calibration-sample", "above"),
    ("decay-curves", "above"),
    ("dispersion", "above"),
    ("drift", "above"),
    ("drift-flow", "above"),
    ("output-variance", "above"),
    ("forecast-error", "needs a published set; its key holds the kernel"),
    ("forecast-reading", "the same"),
    ("initial-function", "needs a published set: with the table, in tests/project/resume.rs"),
    ("labels-against-f0", "needs a published set; its kernels are ReLU's"),
    ("whole-set", "needs a published set; its parameters hold the kernel"),
    ("whole-subset", "the same"),
    ("wide-function", "within these two; its key holds the network"),
    ("spectrum-head", "checkpoints only: its key holds the kernel"),
    ("training", "checkpoints: a test of their own"),
    ("reduction", "checkpoints only: its key holds what the matrix came from"),
    ("distributed-reduction", "checkpoints of a command, which takes no function of the user's own"),
    ("coverage", "refuses what has no exact moments, a test below"),
    ("learning-curve-trial", "its networks are of ReLU"),
    ("width-gap", "its networks are of ReLU"),
    ("sphere-oracle", "its exact spectra are of ReLU: levels beyond the table are refused for others"),
];

fn text<T: serde::Serialize>(result: &T) -> String {
    serde_json::to_string(result).unwrap()
}

fn kernel(activation: Activation) -> Smoothness {
    let kernel = Kernel { activation, ..Kernel::default() };
    Smoothness { kernel, window: "1..=10".parse().unwrap(), ..Smoothness::default() }
}

fn numbers(n: usize) -> Samples {
    let column = |k: f64| (1..=n).map(|i| (k * i as f64).sin()).collect::<Vec<f64>>();
    let frame = df!("u" => column(0.7), "v" => column(1.3), "y" => column(0.2)).unwrap();
    Dataset::from_frame(&frame, &Columns::target("y")).unwrap()
}

fn smoothness(activation: Activation, store: &Store) -> String {
    let data = numbers(40).prepare(Scaling::UnitNorm, Target::Numeric).unwrap();
    text(&kernel(activation).run_in(&data, &Session::default().store(store.clone())).unwrap())
}

fn draws(activation: Activation, store: &Store) -> String {
    let smoothness = kernel(activation);
    let draws =
        SmoothnessDraws { n: 20, draws: 2, target: Target::Numeric, smoothness, ..Default::default() };
    text(&draws.run_in(&numbers(50), &Session::default().store(store.clone())).unwrap())
}

fn dispersion(activation: Activation, cosine: Option<f64>, store: &Store) -> String {
    let grid = Dispersion {
        activation,
        widths: vec![8],
        depths: vec![1, 2],
        sigma_w2: vec![1.5],
        initialisations: 10,
        cosine,
        ..Default::default()
    };
    text(&grid.run_in(&Session::default().store(store.clone())).unwrap())
}

fn drift(activation: Activation, acceleration: Acceleration, store: &Store) -> String {
    let data = DriftData {
        x: Array2::from_shape_fn((6, 9), |(i, j)| ((7 * i + 3 * j) as f64).sin()),
        y: Array2::from_shape_fn((6, 3), |(i, o)| f64::from(u8::from(i % 3 == o))),
        z: Array2::from_shape_fn((4, 9), |(i, j)| ((5 * i + 2 * j + 1) as f64).cos()),
    };
    let grid = Drift {
        activation,
        acceleration,
        widths: vec![8],
        depths: vec![2],
        sigma_w2: vec![1.5],
        sigma_b2: vec![0.3],
        rate: 0.02,
        steps: 50,
        ..Default::default()
    };
    // So that there is a cell under way on disk, where there may be.
    let session = Session::default().store(store.clone()).checkpoint_every(Duration::ZERO);
    text(&grid.run_on_in(&data, &session).unwrap())
}

fn output_variance(activation: Activation, store: &Store) -> String {
    let grid = OutputVariance {
        activation,
        sigma_w2: vec![1.5],
        depths: vec![1],
        cosines: vec![0.5],
        samples: 3,
        test_points: 2,
        networks: Some(TrainedNetworks { widths: vec![12], count: 10, time: 5.0, step: 0.5, descent: true }),
        ..Default::default()
    };
    text(&grid.run_in(&Session::default().store(store.clone())).unwrap())
}

fn calibration(activation: Activation, store: &Store) -> String {
    let calibration = Calibration {
        designs: vec![Design::Sphere(3)],
        sizes: vec![200],
        r: vec![0.4],
        noise: vec![0.0],
        draws: 1,
        targets: 1,
        kernel: Kernel { activation, ..Kernel::default() },
        ..Default::default()
    };
    text(&calibration.run_in(&Session::default().store(store.clone())).unwrap())
}

fn mine(function: fn(f64) -> f64, derivative: fn(f64) -> f64) -> Activation {
    Activation::Custom { name: "mine".into(), function, derivative: Some(derivative), kinks: vec![] }
}

fn first() -> Activation {
    mine(f64::tanh, |x| 1.0 / x.cosh().powi(2))
}

fn second() -> Activation {
    mine(f64::sin, f64::cos)
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).into_iter().flatten().count()
}

/// The same name, another function: other numbers, those of an empty store. The named activation shows that each of them
/// would have been served from the store.
#[test]
fn a_function_that_changed_is_computed_again() {
    for (name, run) in COMPUTATIONS {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let (before, after) = (run(first(), &store), run(second(), &store));
        assert_ne!(before, after, "{name}: the same name, another function");
        assert_eq!(before, run(first(), &Store::none()), "{name}");
        assert_eq!(after, run(second(), &Store::none()), "{name}");
        assert_eq!(files(folder.path()), 0, "{name}: nothing is kept");
        let named = run(Activation::Tanh, &store);
        let kept = files(folder.path());
        assert!(kept > 0, "{name}: a named activation is kept");
        // Other numbers in the files, and they are believed: so the store is asked.
        let changed = changed(folder.path());
        assert_ne!(run(Activation::Tanh, &store), named, "{name}: {changed} numbers changed in its files");
        assert_eq!(files(folder.path()), kept, "{name}");
    }
}

/// Doubles the numbers of every result in a store, which are between 1e-3 and 1.
fn changed(folder: &Path) -> usize {
    fn double(value: &mut serde_json::Value) -> usize {
        match value {
            serde_json::Value::Array(items) => items.iter_mut().map(double).sum(),
            serde_json::Value::Object(fields) => fields.values_mut().map(double).sum(),
            serde_json::Value::Number(number) => match number.as_f64() {
                Some(old) if number.is_f64() && (1e-3..1.0).contains(&old.abs()) => {
                    *value = (2.0 * old).into();
                    1
                }
                _ => 0,
            },
            _ => 0,
        }
    }
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut envelope: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        count += double(&mut envelope["result"]);
        fs::write(&path, envelope.to_string()).unwrap();
    }
    count
}

/// An explicit checkpoint of a custom activation is an error before the first epoch, whatever lies there; without one it
/// trains.
#[test]
fn a_checkpoint_of_a_function_of_ones_own_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("training.bin");
    let (x, y) = (array![[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], array![[1.0], [-1.0], [0.5]]);
    let run = |activation: Activation, session: &Session| {
        let network = Network { inputs: 2, width: 6, activation, ..Network::default() };
        let training = Training { network, epochs: 3, stopping: Stopping::Never, ..Training::default() };
        training.run_in(TrainTestView::untested(x.view(), y.view()), session)
    };
    let (checkpoint, none) = (Session::default().checkpoint(&path), Session::default());
    let refused = |activation: Activation| {
        let error = run(activation, &checkpoint).unwrap_err();
        assert!(matches!(&error, Error::Parameter { name, .. } if name == "checkpoint"), "{error}");
        assert!(error.to_string().contains("custom:mine is a custom function"), "{error}");
    };
    refused(first());
    assert_eq!(files(folder.path()), 0);
    assert_ne!(run(first(), &none).unwrap().last, run(second(), &none).unwrap().last);
    let kept = run(Activation::Tanh, &checkpoint).unwrap();
    let bytes = fs::read(&path).unwrap();
    refused(second());
    assert_eq!(fs::read(&path).unwrap(), bytes, "another training's file is not touched");
    assert_eq!(run(Activation::Tanh, &checkpoint).unwrap(), kept);
    // Other rows, and the same numbers in another order.
    let other = run(Activation::Relu, &checkpoint).unwrap_err().to_string();
    assert!(other.contains("another computation"), "{other}");
}

#[test]
fn a_coverage_of_a_function_of_ones_own_is_refused() {
    let networks = RandomNetworks { activation: first(), ..RandomNetworks::square(16) };
    let coverage = Coverage { networks, ..Coverage::default() };
    assert!(matches!(coverage.check(), Err(Error::Parameter { .. })));
}

/// A Gram matrix of other rows of the same number and length is refused: its curves would be served as these data's.
#[test]
fn a_gram_matrix_of_other_rows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let smoothness = kernel(Activation::Relu);
    let data = numbers(40).prepare(Scaling::UnitNorm, Target::Numeric).unwrap();
    let session = Session::default().store(store);
    let mut other = data.clone();
    other.x.swap([3, 0], [4, 0]);
    let foreign = smoothness.kernel.gram(other.x.view()).unwrap();
    let refused = smoothness.run_in((&data, &foreign), &session).unwrap_err();
    assert!(matches!(&refused, Error::Parameter { name, .. } if name == "gram"), "{refused}");
    let nngp = Kernel { kind: KernelKind::Nngp, ..smoothness.kernel.clone() };
    assert!(smoothness.run_in((&data, &nngp.gram(data.x.view()).unwrap()), &session).is_err());
    assert_eq!(files(folder.path()), 0);
    let own = smoothness.kernel.gram(data.x.view()).unwrap();
    let given = smoothness.run_in((&data, &own), &session).unwrap();
    assert_eq!(given, smoothness.run(&data).unwrap());
    assert_eq!(given, smoothness.run_in(&data, &session).unwrap());
    assert_eq!(files(folder.path()), 1);
}

/// Origins of Gram matrices as they were written before they had a checksum.
#[test]
fn older_origins_are_read() {
    use analysis_core::kernel::GramOrigin;
    let origin = Kernel::default().gram(array![[1.0, 0.0]].view()).unwrap().origin().clone();
    let mut json = serde_json::to_value(&origin).unwrap();
    assert_eq!(serde_json::from_value::<GramOrigin>(json.clone()).unwrap(), origin);
    let sha256 = json["kernel"].as_object_mut().unwrap().remove("x_sha256").unwrap();
    // numpy: hashlib.sha256(array([1, 2], '<u8').tobytes() + array([1., 0.], '<f8').tobytes()).hexdigest()
    assert_eq!(sha256, "3d1007c80f326e440c0469fbac2e545fb4fe98aca2539bc477dc56bbd8a53431");
    let old: GramOrigin = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&old).unwrap(), json, "written as it was read");
    assert_ne!(old, origin);
}

/// The code of this crate without comments, doc comments and tests, by file.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.contains("tests") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("\nmod tests {").next().unwrap_or_default();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.push((name, lines.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    assert!(found.len() > 150, "the sources are there: {}", found.len());
    found
}

/// A new stored computation comes into the lists above, or this fails.
#[test]
fn every_key_is_in_the_list() {
    let found: BTreeSet<String> = sources()
        .iter()
        .flat_map(|(_, code)| code.split("Key::new(").skip(1))
        .map(|rest| rest.split('"').nth(1).expect("a key's computation is a literal").to_string())
        .collect();
    assert_eq!(found, KEYS.map(|(name, _)| name.to_string()).into());
    for (name, why) in KEYS {
        let tested = COMPUTATIONS.iter().any(|(computation, _)| computation.split(',').next() == Some(name));
        assert_eq!(tested, why == "above", "{name}");
    }
}

/// Whatever this crate writes goes through these files. A result that is kept to be read again goes through `store.rs`,
/// where what has no identity cannot be kept; a new place that writes anything else says here what.
#[test]
fn only_these_files_write() {
    let known = [
        ("atomic.rs", "the one that does it"),
        ("checkpoint.rs", "a training or a cell under way, known by a key"),
        ("bin/ntk/output.rs", "whether a folder can be written, before anything is computed"),
        ("data/cache.rs", "published data, known by checksums"),
        ("data/fetch/download.rs", "published data, known by checksums"),
        ("data/fetch/mod.rs", "the lock of a data folder"),
        ("data/fetch/packages.rs", "published data, known by checksums"),
        ("data/fetch/place.rs", "published data, known by checksums"),
        ("kernel/gram.rs", "a user's export"),
        ("npy.rs", "a user's export"),
        ("report/export.rs", "a user's export"),
        ("report/whole_set.rs", "a user's export"),
        ("spectrum/measure.rs", "a user's export"),
        ("store.rs", "what this is about"),
    ];
    let writes = ["atomic::write", "fs::write", "File::create", "File::options", "OpenOptions", "npy::write"];
    let found: BTreeSet<String> = sources()
        .into_iter()
        .filter(|(_, code)| writes.iter().any(|write| code.contains(write)))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(found, known.map(|(name, _)| name.to_string()).into());
}
