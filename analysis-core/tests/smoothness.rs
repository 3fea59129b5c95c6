//! The estimator on matrices whose answer is known, what it refuses, and what the store may and may not give back.

use analysis_core::kernel::{Activation, Kernel, KernelKind};
use analysis_core::ndarray::{Array1, Array2};
use analysis_core::prelude::*;

const N: usize = 200;

fn diagonal(values: impl Fn(f64) -> f64) -> Gram {
    Gram::from_array(Array2::from_diag(&Array1::from_shape_fn(N, |i| values(i as f64 + 1.0)))).unwrap()
}

fn column(values: impl Fn(f64) -> f64) -> Array2<f64> {
    Array2::from_shape_fn((N, 1), |(i, _)| values(i as f64 + 1.0))
}

fn within(window: &str) -> Smoothness {
    Smoothness { window: window.parse().unwrap(), ..Default::default() }
}

fn data(seed: u64) -> Dataset {
    let x = analysis_core::data::sphere_points(N, 4, &mut Seed(seed).stream("x", 0));
    let y = x.map_axis(analysis_core::ndarray::Axis(1), |row| row[0] * row[1]);
    Dataset::from_arrays(x, y.insert_axis(analysis_core::ndarray::Axis(1))).unwrap()
}

#[test]
fn planted_exponents_come_back_exactly() {
    // A diagonal K is its own eigenbasis: λ_i = i^−1.3/n, c_i² = tail_i − tail_{i+1}, tail_i = i^−0.7.
    let tail = |i: f64| if i > N as f64 { 0.0 } else { i.powf(-0.7) };
    let y = column(|i| ((tail(i) - tail(i + 1.0)) * N as f64).sqrt());
    let result = within("1..=100").run((&diagonal(|i| i.powf(-1.3)), y.view())).unwrap();
    // 200 terms summed, each rounded once: 200·ε relative, over Σ(ln i − mean)² of order 80.
    assert!((result.r() - 0.7).abs() < 1e-12, "{}", result.r());
    assert!((result.beta() - 1.3).abs() < 1e-12, "{}", result.beta());
    assert!((result.s() - 0.7 / 1.3).abs() < 1e-12);
    assert!((result.curves.tail[0] - 1.0).abs() < 200.0 * f64::EPSILON);
}

#[test]
fn a_refit_equals_a_run() {
    let data = data(1);
    let refit = within("1..=60").run(&data).unwrap().refit("first:0.2".parse().unwrap(), Spacing::EveryIndex);
    assert_eq!(refit.unwrap(), within("first:0.2").run(&data).unwrap());
}

#[test]
fn several_columns_are_the_sum_of_each() {
    let gram = diagonal(|i| i.powf(-1.5));
    let (a, b) = (column(|i| i.powf(-1.0)), column(f64::sin));
    let both =
        analysis_core::ndarray::concatenate(analysis_core::ndarray::Axis(1), &[a.view(), b.view()]).unwrap();
    let tails = [&a, &b, &both].map(|y| within("1..=60").run((&gram, y.view())).unwrap().curves.tail);
    for ((a, b), both) in tails[0].iter().zip(&tails[1]).zip(&tails[2]) {
        assert!((a + b - both).abs() <= 2.0 * N as f64 * f64::EPSILON * both);
    }
}

#[test]
fn the_null_of_structureless_labels_covers_them() {
    // Labels that are noise are exchangeable with their permutations: the rank of their slope among 20 + 1 is uniform,
    // so in 40 draws it falls outside the extremes 40·2/21 = 3.8 times on average; 12 or more has probability 2.4e-4.
    let gram = diagonal(|i| i.powf(-1.5));
    let outside = (0..40)
        .filter(|draw| {
            use analysis_core::rand::RngExt;
            let mut stream = Seed(*draw).stream("labels", 0);
            let y = Array2::from_shape_simple_fn((N, 1), || stream.random::<f64>());
            let smoothness = Smoothness { seed: Seed(*draw), ..within("1..=60") };
            let result = smoothness.run((&gram, y.view())).unwrap();
            let slopes = &result.null_band.slopes;
            let slope = result.fit.line.slope;
            slopes.iter().all(|s| *s < slope) || slopes.iter().all(|s| *s > slope)
        })
        .count();
    assert!(outside < 12, "{outside} of 40");
}

#[test]
fn what_means_nothing_is_refused() {
    let y = column(|i| i.powf(-0.5));
    let run = |gram: &Gram, smoothness: &Smoothness| smoothness.run((gram, y.view()));
    // Rank 50: λ_51 is zero or rounding, of either sign.
    let low_rank = diagonal(|i| if i <= 50.0 { 1.0 / i } else { 0.0 });
    assert!(run(&low_rank, &within("1..=50")).is_ok());
    let refused = |result: Result<SmoothnessResult>| match result {
        Err(Error::NonPositiveEigenvalue { index, .. } | Error::EigenvalueVanished { index, .. }) => index,
        other => panic!("{:?}", other.map(|r| r.r())),
    };
    assert_eq!(refused(run(&low_rank, &within("1..=60"))), 51);
    // The tail's window counts too: its eigenvectors are arbitrary there.
    let eigenvalues_only =
        Smoothness { eigenvalue_window: Some("1..=40".parse().unwrap()), ..within("1..=60") };
    assert_eq!(refused(run(&low_rank, &eigenvalues_only)), 51);
    // λ_i falling below n·ε·λ_1 without reaching zero.
    let steep = diagonal(|i| 10f64.powf(-i / 2.0));
    assert!(matches!(run(&steep, &within("1..=60")), Err(Error::EigenvalueVanished { .. })));
    // Eigenvalues that do not decay leave s = r/0.
    assert!(matches!(run(&diagonal(|_| 2.0), &within("1..=60")), Err(Error::Window { .. })));
    let gram = diagonal(|i| 1.0 / i);
    let constant = within("1..=60").run((&gram, Array2::ones((N, 1)).view()));
    assert!(matches!(constant, Err(Error::Parameter { .. })));
    let few = Smoothness { permutations: 19, ..within("1..=60") };
    assert!(matches!(run(&gram, &few), Err(Error::Parameter { .. })));
    let endless = Smoothness { permutations: usize::MAX, ..within("1..=60") };
    assert!(matches!(run(&gram, &endless), Err(Error::Memory { .. })));
}

#[test]
fn a_tail_that_is_rounding_is_refused() {
    // A target on the first eigenvectors of a kernel matrix: its tail beyond is rounding, its permutations' are not.
    let gram = diagonal(|i| 1.0 / i);
    let y = column(|i| if i <= 30.0 { 1.0 } else { 0.0 });
    let error = within("1..=60").run((&gram, y.view())).unwrap_err();
    assert!(matches!(error, Error::TailVanished { index: 60, .. }), "{error}");
}

#[test]
fn single_precision_is_judged_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.npy");
    let y = column(|i| i.powf(-0.5));
    // λ_60/λ_1 = 10^−6: far above double precision's rounding, below n·2⁻²³ = 2.4e-5 of single precision's.
    let k = diagonal(|i| 10f64.powf(-i / 10.0));
    assert!(within("1..=60").run((&k, y.view())).is_ok());
    ndarray_npy::write_npy(&path, &k.view().mapv(|v| v as f32)).unwrap();
    let single = Gram::read_npy(&path).unwrap();
    let error = within("1..=60").run((&single, y.view())).unwrap_err();
    assert!(matches!(error, Error::EigenvalueVanished { index: 47 | 48, .. }), "{error}");
}

#[test]
fn the_store_never_gives_another_datas_result() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let smoothness = within("1..=60");
    let mut changed = data(2);
    let before = smoothness.run_in(&changed, &Session::default().store(store.clone())).unwrap();
    assert_eq!(smoothness.run_in(&changed, &Session::default().store(store.clone())).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // Fields are public: numbers changed in a cell are other numbers.
    changed.y[[0, 0]] += 1.0;
    assert_ne!(
        smoothness.run_in(&changed, &Session::default().store(store.clone())).unwrap().curves.tail,
        before.curves.tail
    );
    let nngp =
        Smoothness { kernel: Kernel { kind: KernelKind::Nngp, ..Kernel::default() }, ..within("1..=60") };
    assert_ne!(
        nngp.run_in(&changed, &Session::default().store(store.clone())).unwrap().curves.eigenvalues,
        before.curves.eigenvalues
    );
}

#[test]
fn an_activation_of_ones_own_is_never_taken_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let data = data(3);
    let with = |function: fn(f64) -> f64| {
        let activation =
            Activation::Custom { name: "mine".into(), function, derivative: None, kinks: vec![] };
        let kernel = Kernel { activation, ..Kernel::default() };
        Smoothness { kernel, ..within("1..=10") }
            .run_in(&data, &Session::default().store(store.clone()))
            .unwrap()
            .curves
            .eigenvalues
    };
    assert_ne!(with(f64::tanh), with(f64::sin), "the same name, another function");
}

#[test]
fn results_survive_json_to_the_bit() {
    let result = within("1..=60").run(&data(4)).unwrap();
    let text = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<SmoothnessResult>(&text).unwrap(), result);
}

#[test]
fn figures_and_tables_of_a_result_are_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    // A tail that ends in exact zeros has no logarithm there, and is drawn up to there.
    let y = column(|i| if i <= 150.0 { i.powf(-0.5) } else { 0.0 });
    let result = within("1..=60").run((&diagonal(|i| 1.0 / i), y.view())).unwrap();
    let exported = result.export_as(&Style::neurips(), folder.path(), "own").unwrap();
    assert!(exported.files.iter().all(|file| file.is_file()) && exported.files.len() > 10);
    let again = Figure::read(folder.path(), "own").unwrap();
    assert_eq!(
        again.svg(&Style::neurips()).unwrap(),
        result.decay_plot().unwrap().svg(&Style::neurips()).unwrap()
    );
    let manifest = std::fs::read_to_string(folder.path().join("own.json")).unwrap();
    assert!(!manifest.contains("hidden_layers"), "K came as it is: no kernel of ours made it");
    let frame = result.frame().unwrap();
    assert_eq!(frame.shape(), (N, 6));
}

#[test]
fn a_spectral_measure_is_written_for_python() {
    let folder = tempfile::tempdir().unwrap();
    let y = column(|i| 1.0 / i);
    let measure = diagonal(|i| 1.0 / i).measure(y.view()).unwrap();
    measure.write_npy(folder.path(), "m").unwrap();
    let back = analysis_core::npy::NpyArray::read(folder.path().join("m.coefficients.npy")).unwrap();
    assert_eq!(back.values, measure.coefficients);
    measure.write_parquet(&folder.path().join("m.parquet")).unwrap();
    let columns = Columns::target("tail").features(["eigenvalue"]);
    let read = Dataset::from_parquet(folder.path().join("m.parquet"), &columns).unwrap();
    let read = read.prepare(Scaling::None, Target::Numeric).unwrap();
    assert_eq!(read.y.column(0), measure.tail());
}

#[test]
fn the_table_refuses_what_would_mislead() {
    let twice = SmoothnessTable { sources: vec![Source::Mnist, Source::Mnist], ..Default::default() };
    assert!(matches!(twice.check(), Err(Error::Parameter { .. })));
    assert!(SmoothnessTable { draws: 1, ..Default::default() }.check().is_err());
    assert!(SmoothnessTable { sources: vec![], ..Default::default() }.check().is_err());
    assert!(
        SmoothnessTable { n: 500, ..Default::default() }.check().is_err(),
        "the default window needs n ≥ 1002"
    );
}
