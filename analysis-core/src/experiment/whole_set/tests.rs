#![allow(clippy::unwrap_used)]

use ndarray::{Array1, Array2, Axis, concatenate};
use polars::df;

use super::function::{initial_function, memory};
use super::tails::fit_kept;
use super::*;
use crate::data::{Columns, Dataset, Samples, Scaling, SphereQuadratic, Target};
use crate::error::Error;
use crate::flow::Start;
use crate::kernel::{Activation, Kernel, KernelKind, Parametrisation};
use crate::regression::{MeanSd, Spacing, Window, fit_decay, permuted_targets};
use crate::report::Report;
use crate::seed::Seed;
use crate::session::Session;
use crate::spectrum::{SpectralMeasure, tail_sums};
use crate::store::Store;

/// Rows with a label 0, 1, 3 or 4 each, in unequal numbers.
pub(super) fn samples(n: usize) -> Samples {
    let column = |k: f64| (0..n).map(|i| (k * (i as f64 + 0.5)).sin()).collect::<Vec<f64>>();
    let (u, v) = (column(0.7), column(1.3));
    let label = |(u, v): (&f64, &f64)| match u + 0.5 * v {
        s if s < -0.8 => 0,
        s if s < 0.1 => 1,
        s if s < 0.5 => 3,
        _ => 4,
    };
    let label: Vec<i64> = u.iter().zip(&v).map(label).collect();
    let frame = df!("u" => u, "v" => v, "w" => column(2.1), "label" => label).unwrap();
    Dataset::from_frame(&frame, &Columns::target("label")).unwrap()
}

fn small(n: usize) -> WholeSet {
    WholeSet {
        rows: (0..n).into(),
        permutations: 2,
        functions: 2,
        function_width: 64,
        windows: vec!["1..=20".parse().unwrap(), "first:0.167".parse().unwrap()],
        seed: Seed(5),
        ..WholeSet::default()
    }
}

fn tail_of(measure: &SpectralMeasure) -> Vec<f64> {
    tail_sums(&measure.energy()).to_vec()
}

/// Every target against a measure of its own. Coefficients follow to some roundings of ‖y‖ each, and a tail is a sum of up to n
/// squares.
#[test]
fn every_target_equals_its_own_measure() {
    let (n, set) = (300, small(300));
    let data = set.prepared(samples(400)).unwrap();
    let measured = set.measured(&data, &Session::default()).unwrap();
    let gram = set.kernel.gram(data.x.view()).unwrap();
    let network = set.network(3);
    let encoded = |encoding: LabelEncoding| {
        let target = match encoding {
            LabelEncoding::Integer => Target::Integer,
            LabelEncoding::CentredInteger => Target::CentredInteger,
            LabelEncoding::OneHot | LabelEncoding::CentredOneHot => Target::OneHot,
            LabelEncoding::Parity => Target::Parity,
        };
        let y = samples(400).rows(0..n).unwrap().prepare(Scaling::UnitNorm, target).unwrap().y;
        match encoding {
            LabelEncoding::CentredOneHot => &y - &y.mean_axis(Axis(0)).unwrap(),
            _ => y,
        }
    };
    assert_eq!(measured.tails.len(), 5 + 1 + 2 * 5 + 2);
    for (target, tail) in &measured.tails {
        let y = match *target {
            WholeTarget::Labels(encoding) => encoded(encoding),
            WholeTarget::Constant => Array2::ones((n, 1)),
            WholeTarget::Permuted { permutation, encoding } => {
                let y = encoded(encoding);
                let k = y.ncols();
                let all = permuted_targets(y.view(), 2, Seed(5)).unwrap();
                all.slice(ndarray::s![.., k * (permutation + 1)..k * (permutation + 2)]).to_owned()
            }
            WholeTarget::Function { function } => {
                let seed = Seed(5).child("initial-function", function as u64);
                let f = initial_function(&network, data.x.view(), seed, &Session::default()).unwrap();
                f.insert_axis(Axis(1))
            }
        };
        let own = gram.measure(y.view()).unwrap();
        let expected = tail_of(&own);
        let bound = 1e-11 * expected[0].max(1e-3);
        for (i, (found, expected)) in tail.iter().zip(&expected).enumerate() {
            assert!((found - expected).abs() <= bound, "{target} at {}: {found:e} {expected:e}", i + 1);
        }
        assert_eq!(measured.eigenvalues, own.eigenvalues.to_vec());
    }
}

#[test]
fn what_is_written_is_read_back() {
    let set = small(300);
    let data = set.prepared(samples(300)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let session = Session::default().store(Store::at(folder.path().join("store")));
    let result = set.of(&data, &session).unwrap();
    result.write(folder.path(), "whole-set-mnist").unwrap();
    let path = folder.path().join("whole-set-mnist.json");
    let read = WholeSetResult::read(&path).unwrap();
    assert_eq!(read, result);
    assert!(std::fs::metadata(&path).unwrap().len() < 100_000);
    // The same numbers are the same JSON; how long they took stands in the file.
    assert!(result.seconds.is_some() && result.json(1.0).unwrap()["result"].get("seconds").is_none());
    // With the functions from the store it is the same but for the time.
    let again = WholeSetResult { seconds: result.seconds, ..set.of(&data, &session).unwrap() };
    assert_eq!(again, result);
    // A file of another set's tails is refused, and a missing one named.
    std::fs::remove_file(folder.path().join("whole-set-mnist-tails.parquet")).unwrap();
    let error = WholeSetResult::read(&path).unwrap_err().to_string();
    assert!(error.contains("whole-set-mnist-tails.parquet"), "{error}");
    let other = small(200).of(&small(200).prepared(samples(300)).unwrap(), &session).unwrap();
    other.write(folder.path(), "other").unwrap();
    for part in ["tails", "eigenvalues"] {
        std::fs::copy(
            folder.path().join(format!("other-{part}.parquet")),
            folder.path().join(format!("whole-set-mnist-{part}.parquet")),
        )
        .unwrap();
    }
    assert!(matches!(WholeSetResult::read(&path), Err(Error::Shape { .. })));
}

#[test]
fn lines_through_kept_tails() {
    let set = small(300);
    let data = set.prepared(samples(300)).unwrap();
    let result = set.of(&data, &Session::default()).unwrap();
    let measured = set.measured(&data, &Session::default()).unwrap();
    let (target, tail) = &measured.tails[0];
    for window in ["1..=20", "first:0.167", "3..=77"] {
        let window: Window = window.parse().unwrap();
        for spacing in [Spacing::EveryIndex, Spacing::LogSpaced { points: 9 }] {
            let whole = fit_decay(tail, window, spacing).unwrap();
            assert_eq!(result.fit(*target, window, spacing).unwrap(), whole);
            assert_eq!(
                result.eigenvalue_fit(window, spacing).unwrap(),
                fit_decay(&measured.eigenvalues, window, spacing).unwrap()
            );
        }
        if let Some(r) = result.reading.r(*target, window) {
            assert_eq!(r, -fit_decay(tail, window, Spacing::EveryIndex).unwrap().line.slope);
        }
    }
    assert!(
        result.fit(WholeTarget::Function { function: 9 }, Window::default(), Spacing::EveryIndex).is_err()
    );
    let local = result.local_slopes(*target, 2.0).unwrap();
    assert_eq!((local[0].from, local[0].to, local[1].to), (1, 2, 4));
    assert!((local[1].slope + (tail[3] / tail[1]).ln() / 2f64.ln()).abs() < 1e-12);
    assert!(result.local_slopes(*target, 1.0).is_err());
}

/// Of a power law, whose local slope is the same everywhere: which indices enter changes nothing but what the last rounding does.
#[test]
fn kept_tails_are_thinned_without_interpolation() {
    let n = 5000;
    let tail: Vec<f64> = (1..=n).map(|i| (i as f64).powf(-0.7)).collect();
    let indices = stored_indices(n, 50, 100);
    assert!(indices.windows(2).all(|pair| pair[0] < pair[1]) && indices.len() == 150);
    assert_eq!((indices[0], indices[49], indices[149]), (1, 50, 5000));
    let kept: Vec<f64> = indices.iter().map(|i| tail[i - 1]).collect();
    let every = |window: &str| fit_kept(n, &indices, &kept, window.parse().unwrap(), Spacing::EveryIndex);
    assert_eq!(
        every("2..=50").unwrap(),
        fit_decay(&tail, "2..=50".parse().unwrap(), Spacing::EveryIndex).unwrap()
    );
    let error = every("1..=51").unwrap_err().to_string();
    assert!(error.contains("up to i = 50") || error.contains("i = 51"), "{error}");
    let error = every("40..=900").unwrap_err().to_string();
    assert!(error.contains("up to i = 50 only") && error.contains("log-spaced"), "{error}");
    let spaced =
        fit_kept(n, &indices, &kept, "10..=900".parse().unwrap(), Spacing::LogSpaced { points: 60 }).unwrap();
    assert!((spaced.line.slope + 0.7).abs() < 1e-12 && spaced.line.points > 40);
}

#[test]
fn bad_rows_and_parameters_are_refused() {
    let with = |change: fn(&mut WholeSet)| {
        let mut set = small(300);
        change(&mut set);
        set.check().unwrap_err().to_string()
    };
    assert!(with(|set| set.rows = (0..60_001).into()).contains("60000 training rows"));
    assert!(with(|set| set.rows = (5..5).into()).contains("no row"));
    assert!(with(|set| set.windows = vec![]).contains("windows"));
    assert!(with(|set| set.windows = vec![Window::Log10Below(2.7)]).contains("log10<2.7"));
    assert!(with(|set| set.function_width = 0).contains("function_width"));
    let deep = with(|set| (set.kernel.hidden_layers, set.function_width) = (3, 16_384));
    assert!(deep.contains("4096") && deep.contains("3 hidden layers"), "{deep}");
    assert!(matches!(
        Subsets { sizes: vec![3000, 3000], ..Subsets::default() }.check(),
        Err(Error::Parameter { .. })
    ));
    assert!(Subsets { sizes: vec![60_001], ..Subsets::default() }.check().is_err());
    assert!(matches!(Subsets { sizes: vec![8], ..Subsets::default() }.check(), Err(Error::Window { .. })));
    assert!(Subsets::default().check().is_ok());
    let half = Subsets::default().subset(30_000, 1).unwrap();
    assert_eq!(half.rows, (30_000..60_000).into());
    for text in ["permuted:x:integer", "permuted:1", "function:", "integers", ""] {
        assert!(text.parse::<WholeTarget>().is_err(), "{text:?}");
    }
    for target in WholeTarget::all(2, 2) {
        assert_eq!(target.to_string().parse::<WholeTarget>().unwrap(), target);
    }
}

/// Kernels whose networks differ: bias or none, both parametrisations, one layer and three.
fn kernels() -> [Kernel; 4] {
    let bias = Parametrisation::FirstLayerBias { bias: true };
    let every = Parametrisation::EveryLayer { sigma_w2: 1.5, sigma_b2: 0.3 };
    [
        Kernel::default(),
        Kernel { parametrisation: bias, ..Kernel::default() },
        Kernel { activation: Activation::Tanh, parametrisation: every, ..Kernel::default() },
        Kernel { hidden_layers: 3, parametrisation: bias, ..Kernel::default() },
    ]
}

/// Products f₀(x)f₀(x') average to the NNGP kernel: as z-scores, 21 of each kernel. With one hidden layer that is exact at any
/// width; with three the kernel of 400 units is a few per mille off, a tenth of the standard error.
#[test]
fn the_covariance_is_the_nngp_kernel() {
    let x = SphereQuadratic { n: 6, d: 4, seed: Seed(3), ..Default::default() }.run().unwrap().x;
    for (kernel, width, draws) in kernels()
        .into_iter()
        .zip([(20, 20_000), (20, 20_000), (20, 20_000), (400, 1500)])
        .map(|(kernel, (width, draws))| (kernel, width, draws))
    {
        let set = WholeSet { kernel, function_width: width, ..small(300) };
        let network = set.network(4);
        let nngp = Kernel { kind: KernelKind::Nngp, ..set.kernel.clone() }.gram(x.view()).unwrap();
        let (mut sum, mut squares) = (Array2::<f64>::zeros((6, 6)), Array2::<f64>::zeros((6, 6)));
        for draw in 0..draws {
            let f = initial_function(&network, x.view(), Seed(draw), &Session::default()).unwrap();
            let product = Array2::from_shape_fn((6, 6), |(i, j)| f[i] * f[j]);
            squares += &product.mapv(|p| p * p);
            sum += &product;
        }
        let count = draws as f64;
        for ((i, j), sum) in sum.indexed_iter() {
            let mean = sum / count;
            let error = ((squares[[i, j]] / count - mean * mean) / count).sqrt();
            let z = (mean - nngp.view()[[i, j]]) / error;
            assert!(z.abs() < 4.5, "{:?}: ({i}, {j}) z = {z:.2}", set.kernel);
        }
    }
}

/// r of wide networks' functions is that of GP(0, NNGP): means over 12 each, 4 standard errors of their difference.
#[test]
fn functions_read_as_draws_of_the_gaussian_process() {
    let set = WholeSet { functions: 12, function_width: 2000, permutations: 0, ..small(1000) };
    let data = set.prepared(samples(1000)).unwrap();
    let window = set.windows[1];
    let reading = set.measured(&data, &Session::default()).unwrap().reading(&set);
    let wide = MeanSd::of(&reading.all_r(window, WholeTarget::is_function)).unwrap();
    let starts: Vec<Start> = (0..12).map(|index| Start::Draw { seed: Seed(8), index }).collect();
    let nowhere = Array2::zeros((0, 3));
    let exact = Start::values(&starts, &set.kernel, data.x.view(), nowhere.view()).unwrap().train;
    let measure = set.kernel.gram(data.x.view()).unwrap().measure(exact.view()).unwrap();
    let r = |j: usize| {
        let tail = tail_sums(&measure.energies().column(j).to_owned()).to_vec();
        -fit_decay(&tail, window, Spacing::EveryIndex).unwrap().line.slope
    };
    let exact = MeanSd::of(&(0..12).map(r).collect::<Vec<_>>()).unwrap();
    let error = ((wide.sd.powi(2) + exact.sd.powi(2)) / 12.0).sqrt();
    assert!((wide.mean - exact.mean).abs() < 4.0 * error, "{wide} {exact}");
    assert!(wide.sd > 0.2 * exact.sd && wide.sd < 5.0 * exact.sd, "{wide} {exact}");
}

/// More than one block of units and of rows, and a last one that is not whole.
#[test]
fn functions_do_not_depend_on_threads() {
    let x = SphereQuadratic { n: 1100, d: 3, ..Default::default() }.run().unwrap().x;
    for (kernel, width) in [(Kernel::default(), 1500), (Kernel { hidden_layers: 3, ..Kernel::default() }, 70)]
    {
        let network = WholeSet { kernel, function_width: width, ..small(300) }.network(3);
        assert!(memory(&network).0 > 0);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| initial_function(&network, x.view(), Seed(2), &Session::default()).unwrap())
        };
        let one: Array1<f64> = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(3));
        let other = initial_function(&network, x.view(), Seed(3), &Session::default()).unwrap();
        assert_ne!(one, other);
        // A row's value is its own, to the rounding of a product of another shape.
        let twice = concatenate![Axis(0), x.slice(ndarray::s![7..9, ..]), x];
        let again = initial_function(&network, twice.view(), Seed(2), &Session::default()).unwrap();
        assert!((again[0] - one[7]).abs() < 1e-12 && (again[2] - one[0]).abs() < 1e-12);
    }
}

/// λ_i = i^{−β} of K/n at three sizes: the sums are those of a power, up to i^β beside ∫.
#[test]
fn the_trace_of_the_inverse_has_the_exponent_of_the_eigenvalues() {
    let reading = |n: usize| {
        let values: Vec<f64> = (1..=n).map(|i| (i as f64).powf(-1.2)).collect();
        let none: [(WholeTarget, &[f64]); 0] = [];
        WholeReading::of((0..n).into(), &values, f64::EPSILON, &["1..=20".parse().unwrap()], none.into_iter())
    };
    let readings = [1000, 2000, 4000].map(reading);
    let line = inverse_trace_line(&readings).unwrap();
    // Σ i^1.2/n = n^1.2/2.2·(1 + 1.1/n + …): a slope off by 1.1/(1000 ln 4) at most.
    assert!((line.slope + 1.2).abs() < 1e-3, "{line:?}");
    assert!((readings[0].beta("1..=20".parse().unwrap()).unwrap() - 1.2).abs() < 1e-12);
    let singular = WholeReading { inverse_trace: None, ..readings[0].clone() };
    assert!(inverse_trace_line(&[singular, readings[1].clone(), readings[2].clone()]).is_err());
    // In single precision n·ε·λ_1 is above most of these.
    let values: Vec<f64> = (1..=1000).map(|i| (i as f64).powf(-1.2)).collect();
    let single = f64::from(f32::EPSILON);
    let none: [(WholeTarget, &[f64]); 0] = [];
    let windows = ["1..=20", "1..=900", "900..=1000"].map(|window| window.parse().unwrap());
    let reading = WholeReading::of((0..1000).into(), &values, 10.0 * single, &windows, none.into_iter());
    assert_eq!((reading.eigenvalues.len(), reading.refused.len(), reading.inverse_trace), (1, 2, None));
    // Rows that are equal leave no inverse, which is said by its absence.
    let mut values: Vec<f64> = (1..=100).map(|i| 1.0 / f64::from(i)).collect();
    values[99] = -1e-18;
    let none: [(WholeTarget, &[f64]); 0] = [];
    let window: Window = "1..=100".parse().unwrap();
    let reading = WholeReading::of((0..100).into(), &values, f64::EPSILON, &[window], none.into_iter());
    assert_eq!(reading.inverse_trace, None);
    assert!(reading.refused.len() == 1 && reading.refused[0].contains("100"), "{:?}", reading.refused);
}
