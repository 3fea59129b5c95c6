use std::sync::Mutex;

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};
use rand::RngExt;

use super::*;
use crate::data::SphereQuadratic;
use crate::kernel::Gram;
use crate::progress::Event;
use crate::session::Cancellation;
use crate::spectrum::SphereSpectrum;

fn random(rows: usize, columns: usize, index: u64) -> Array2<f64> {
    let mut stream = Seed(10).stream("head", index);
    Array2::from_shape_simple_fn((rows, columns), || stream.random::<f64>() - 0.5)
}

/// Rows on the sphere; a quadratic, noise, and a constant as targets.
fn data(n: usize, d: usize) -> (Array2<f64>, Array2<f64>) {
    let data = SphereQuadratic { n, d, ..Default::default() }.run().unwrap();
    let y = concatenate![Axis(1), data.y, random(n, 1, n as u64), Array2::ones((n, 1))];
    (data.x, y)
}

/// The widest relative half distance of the bounds of the first `count`, eigenvalues and tails.
fn widest(head: &SpectrumHeadResult, count: usize) -> (f64, f64) {
    let half = |lower: f64, upper: f64, value: f64| 0.5 * (upper - lower) / value.abs().max(1e-300);
    let eigenvalues = (0..count)
        .map(|i| half(head.eigenvalue_lower[i], head.eigenvalue_upper[i], head.eigenvalues[i]))
        .fold(0.0, f64::max);
    let tails = (0..count)
        .flat_map(|i| head.targets.iter().map(move |t| half(t.tail_lower[i], t.tail_upper[i], t.tail[i])))
        .fold(0.0, f64::max);
    (eigenvalues, tails)
}

/// Every eigenvalue and every tail of the whole decomposition is between its bounds, to the decomposition's own rounding.
fn holds(head: &SpectrumHeadResult, k: ArrayView2<f64>, y: ArrayView2<f64>, what: &str) {
    let n = head.n as f64;
    let measure = Gram::from_array(&k * n).unwrap().measure(y).unwrap();
    let rounding = n * f64::EPSILON * measure.eigenvalues[0];
    for (i, value) in measure.eigenvalues.iter().take(head.components()).enumerate() {
        let (lower, upper) = (head.eigenvalue_lower[i] - rounding, head.eigenvalue_upper[i] + rounding);
        assert!((lower..=upper).contains(value), "{what}: λ_{} = {value:e} in [{lower:e}, {upper:e}]", i + 1);
        assert!((lower..=upper).contains(&head.eigenvalues[i]));
        let near =
            measure.eigenvalues.iter().map(|v| (v - head.eigenvalues[i]).abs()).fold(f64::INFINITY, f64::min);
        assert!(near <= head.residuals[i] + head.rounding + rounding, "{what}: residual {}", i + 1);
    }
    for j in 0..y.ncols() {
        let whole = y.column(j).dot(&y.column(j)) / n;
        let mut tail = whole;
        for i in 0..=head.components() {
            let slack = 1e-13 * whole + 1e-300;
            let (lower, upper) =
                (head.targets[j].tail_lower[i] - slack, head.targets[j].tail_upper[i] + slack);
            assert!(
                (lower..=upper).contains(&tail),
                "{what}: tail {} of {j}: {tail:e} in [{lower:e}, {upper:e}]",
                i + 1
            );
            if i < measure.n() {
                tail -= measure.coefficients[[i, j]].powi(2);
            }
        }
    }
    assert!((head.trace / measure.eigenvalues.sum() - 1.0).abs() < 1e-12);
}

fn of_matrix(parameters: &SpectrumHead, k: &Array2<f64>, y: &Array2<f64>) -> SpectrumHeadResult {
    parameters.check().unwrap();
    let scaled = k * k.nrows() as f64;
    let key = Key::new("spectrum-head", REVISION, &()).unwrap();
    run::run(parameters, &scaled, y.view(), &key, &Session::default()).unwrap()
}

/// Whatever the number of passes and the size of the blocks: bounds are bounds, and more passes make them narrow.
#[test]
fn every_true_value_is_within_its_bounds() {
    for (n, d, depth) in [(700, 3, 1), (900, 8, 2)] {
        let (x, y) = data(n, d);
        let kernel = Kernel { hidden_layers: depth, ..Default::default() };
        let k = kernel.gram(x.view()).unwrap().into_array() / n as f64;
        let mut last = f64::INFINITY;
        for (block, passes) in [(6, 3), (12, 2), (24, 4), (24, 7), (64, 5)] {
            let parameters = SpectrumHead {
                kernel: kernel.clone(),
                components: 12,
                block,
                passes,
                tolerance: 1e-300,
                seed: Seed(1),
            };
            let head = parameters.run(x.view(), y.view()).unwrap();
            let what = format!("n = {n}, block {block}, {passes} passes");
            holds(&head, k.view(), y.view(), &what);
            assert_eq!((head.passes, head.vectors), (passes, passes * block));
            let (eigenvalues, tails) = widest(&head, 9);
            println!("{what}: λ to {eigenvalues:.1e}, tails to {tails:.1e}, outside {:.1e}", head.outside);
            if block == 24 {
                assert!(tails <= last);
                last = tails;
            }
        }
        assert!(last < 1e-3, "24 vectors and 7 passes: {last:e}");
    }
}

/// It stops as soon as the tolerance is met, before the last pass; and says how far it came where it is not met.
#[test]
fn it_stops_when_the_tails_are_known() {
    let (x, y) = data(800, 4);
    let few = SpectrumHead { components: 10, block: 24, passes: 20, tolerance: 0.01, ..Default::default() };
    let head = few.run(x.view(), y.view()).unwrap();
    assert!(head.passes < 10 && head.known == 11, "{} passes, {}", head.passes, head.known);
    let (_, tails) = widest(&head, 11.min(head.components()));
    assert!(tails <= 0.01);
    let one = SpectrumHead { passes: 1, ..few }.run(x.view(), y.view()).unwrap();
    assert!(one.passes == 1 && one.known < 11);
    assert_eq!(one.frame().unwrap().shape(), (11, 5 + 4 * 3));
}

/// A basis of the whole space: everything to rounding.
#[test]
fn the_whole_space_is_exact() {
    let (x, y) = data(90, 3);
    let kernel = Kernel::default();
    let k = kernel.gram(x.view()).unwrap().into_array() / 90.0;
    let all = SpectrumHead { components: 80, block: 32, passes: 9, tolerance: 1e-300, ..Default::default() };
    let head = all.run(x.view(), y.view()).unwrap();
    assert_eq!((head.vectors, head.passes), (90, 3));
    holds(&head, k.view(), y.view(), "whole");
    assert!(head.outside < 1e-11);
    let (eigenvalues, tails) = widest(&head, 9);
    assert!(eigenvalues < 1e-10 && tails < 1e-7, "{eigenvalues:e} {tails:e}");
}

/// The eigenvalues k^-1.3 each `times`-fold, in a random basis.
fn planted(n: usize, times: usize) -> Array2<f64> {
    let q = basis::orthonormal(&[], random(n, n, 77), 1e-12).unwrap();
    let values = Array1::from_shape_fn(n, |i| ((i / times + 1) as f64).powf(-1.3));
    (&q * &values).dot(&q.t())
}

/// Eigenspaces of fewer dimensions than a block has random vectors are found whole, and have the tails of their ends. One of
/// more is found by and by, and as long as it is not, the bound on the outside says that something is missing.
#[test]
fn multiplicities_are_found_or_shown() {
    let n = 300;
    let y = random(n, 2, 3);
    for (times, passes, whole) in [(2, 8, true), (5, 8, true), (14, 14, true), (40, 3, false), (40, 6, false)]
    {
        let k = planted(n, times);
        let k = (&k + &k.t()) / 2.0;
        let parameters = SpectrumHead {
            components: 2 * times,
            block: 16,
            passes,
            tolerance: 1e-300,
            ..Default::default()
        };
        let parameters = SpectrumHead { components: parameters.components.min(16 * passes), ..parameters };
        let head = of_matrix(&parameters, &k, &y);
        holds(&head, k.view(), y.view(), &format!("{times}-fold, {passes} passes"));
        if whole {
            let (eigenvalues, _) = widest(&head, 2 * times);
            assert!(eigenvalues < 1e-3, "{times}: {eigenvalues:e}");
            let target = &head.targets[0];
            assert!(
                target.tail_upper[times] - target.tail_lower[times] < 1e-3 * target.tail[times],
                "{times}"
            );
        } else if passes == 3 {
            assert!(
                head.outside >= 1.0,
                "the first eigenvalue has more vectors than were found: {}",
                head.outside
            );
        }
    }
}

/// Equally spaced points on a circle: λ_0, then pairs, those of the sphere's integral operator up to the aliases beyond n/2.
#[test]
fn a_circle_has_the_known_eigenvalues() {
    let n = 2000;
    let x = Array2::from_shape_fn((n, 2), |(i, j)| {
        let (sin, cos) = (std::f64::consts::TAU * i as f64 / n as f64).sin_cos();
        if j == 0 { cos } else { sin }
    });
    let y = Array2::from_shape_fn((n, 1), |(i, _)| if i < n / 3 { 1.0 } else { 0.0 });
    let head = SpectrumHead { components: 21, block: 24, passes: 6, tolerance: 1e-300, ..Default::default() };
    let head = head.run(x.view(), y.view()).unwrap();
    let known = SphereSpectrum { d: 2, max_degree: 30, ..Default::default() }.run().unwrap();
    let mut values: Vec<f64> =
        (0..30).flat_map(|k| std::iter::repeat_n(known.eigenvalues[k], if k == 0 { 1 } else { 2 })).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    // λ_k ~ k^−2: the aliases n ± k, 2n ± k, … add less than 4 λ_{n/2}.
    let aliases = 20.0 / (n as f64 / 2.0).powi(2);
    for (i, value) in values.iter().take(21).enumerate() {
        let (lower, upper) = (head.eigenvalue_lower[i] - aliases, head.eigenvalue_upper[i]);
        assert!((lower..=upper + 1e-12).contains(value), "{}: {value:e} in [{lower:e}, {upper:e}]", i + 1);
        assert!(head.eigenvalue_upper[i] - head.eigenvalue_lower[i] < 1e-4 * value, "{}", i + 1);
    }
}

/// Targets that are zero, dependent, or in the head altogether; a K of low rank.
#[test]
fn degenerate_targets_and_matrices() {
    let n = 200;
    let low = random(n, 6, 5);
    let k = low.dot(&low.t()) / n as f64;
    let first = random(n, 1, 6);
    let y =
        concatenate![Axis(1), Array2::zeros((n, 1)), first, &first * -2.0, low.slice(ndarray::s![.., ..1])];
    for passes in [2, 4, 13] {
        let parameters =
            SpectrumHead { components: 10, block: 16, passes, tolerance: 1e-300, ..Default::default() };
        let head = of_matrix(&parameters, &k, &y);
        holds(&head, k.view(), y.view(), &format!("rank 6, {passes} passes"));
        assert!(head.eigenvalue_upper.iter().skip(6).all(|v| *v < 1e-6), "{:?}", head.eigenvalue_upper);
        assert!(head.targets.iter().all(|t| t.tail_upper.iter().all(|v| v.is_finite())));
        assert!(head.targets[0].tail_upper.iter().all(|v| *v == 0.0));
        assert!(
            head.targets[3].tail_upper[6] < 1e-9,
            "in the range of K: {:e}",
            head.targets[3].tail_upper[6]
        );
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let (x, y) = data(900, 5);
    let head = SpectrumHead { components: 30, block: 20, passes: 3, ..Default::default() };
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| head.run(x.view(), y.view())).unwrap()
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
    assert_eq!(one, head.run(x.view(), y.view()).unwrap());
}

/// Stopped after the second pass and begun again: the first two come from their files, the result has the same bytes, and no
/// file is left. Another computation's files are refused.
#[test]
fn a_stopped_run_goes_on_to_the_same_bytes() {
    let (x, y) = data(600, 5);
    let head = SpectrumHead { components: 30, block: 12, passes: 4, tolerance: 1e-300, ..Default::default() };
    let whole = head.run(x.view(), y.view()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("head");
    let stop = Cancellation::new();
    let stopping = stop.clone();
    let session = Session::default().checkpoint(&file).cancellation(&stop).observer(move |event| {
        if let Event::Note(text) = event
            && text.starts_with("pass 2 ")
        {
            stopping.cancel();
        }
    });
    assert_eq!(head.run_in(x.view(), y.view(), &session), Err(Error::Cancelled));
    let other = SpectrumHead { seed: Seed(3), ..head.clone() };
    let session = Session::default().checkpoint(&file);
    let refused = other.run_in(x.view(), y.view(), &session).unwrap_err().to_string();
    assert!(refused.contains("another computation"), "{refused}");
    let computed = std::sync::Arc::new(Mutex::new(1.0f64));
    let least = std::sync::Arc::clone(&computed);
    let session = session.observer(move |event| {
        if let Event::Step(crate::progress::Step::Passes { done }) = event {
            let mut least = least.lock().unwrap();
            *least = least.min(*done);
        }
    });
    assert_eq!(head.run_in(x.view(), y.view(), &session).unwrap(), whole);
    assert!(*computed.lock().unwrap() > 0.5, "two of four passes were read");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn bad_input_is_one_clear_error() {
    let (x, y) = data(50, 3);
    let good = SpectrumHead { components: 5, block: 8, passes: 3, ..Default::default() };
    let said = |head: SpectrumHead, y: ArrayView2<f64>| head.run(x.view(), y).unwrap_err().to_string();
    for (head, word) in [
        (SpectrumHead { components: 0, ..good.clone() }, "components = 0"),
        (SpectrumHead { components: 25, ..good.clone() }, "components = 25"),
        (SpectrumHead { passes: 0, ..good.clone() }, "passes = 0"),
        (SpectrumHead { block: 0, ..good.clone() }, "block = 0"),
        (
            SpectrumHead { block: 5, ..good.clone() },
            "block = 5: must be at least twice the number of targets, 3",
        ),
        (SpectrumHead { tolerance: f64::NAN, ..good.clone() }, "tolerance = NaN"),
    ] {
        let error = said(head, y.view());
        assert!(error.contains(word), "{error}");
    }
    assert!(said(good.clone(), y.slice(ndarray::s![1.., ..])).contains("targets y"));
    let mut bad = y.clone();
    bad[[3, 1]] = f64::INFINITY;
    assert!(said(good.clone(), bad.view()).contains("target y"));
    let mut bad = x.clone();
    bad.row_mut(7).fill(0.0);
    assert!(matches!(good.run(bad.view(), y.view()), Err(Error::ZeroRow { row: 7, .. })));
}

/// The memory it says, refused where it is not there, before anything is computed.
#[test]
fn memory_is_said_and_refused() {
    let head = SpectrumHead::default();
    assert!((7.0e9..11.0e9).contains(&(head.memory(200_000, 784).0 as f64)));
    crate::memory::limited("spectrum::head::tests::memory_is_said_and_refused", "30M", || {
        let (x, y) = data(3000, 3);
        let error = SpectrumHead::default().run(x.view(), y.view()).unwrap_err();
        assert!(matches!(error, Error::Memory { .. }), "{error}");
    });
}
