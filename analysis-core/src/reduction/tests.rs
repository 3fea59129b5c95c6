//! The three steps together, against LAPACK with eigenvectors.
#![allow(clippy::unwrap_used)]

use ndarray::{Array1, Array2, Axis, s};
use rand::RngExt;
use rand_distr::StandardNormal;

use super::band::Band;
use super::*;
use crate::error::Error;
use crate::linalg::symmetric_eigen;
use crate::seed::Seed;
use crate::session::Cancellation;
use crate::store::Key;

/// A symmetric matrix of order n.
fn random(n: usize, seed: u64) -> Array2<f64> {
    let mut stream = Seed(seed).stream("matrix", 0);
    let a = Array2::from_shape_fn((n, n), |_| stream.sample::<f64, _>(StandardNormal));
    (&a + &a.t()) * 0.5
}

fn tiles<T: Real>(a: &Array2<f64>, side: usize) -> Result<Tiles<T>> {
    Tiles::fill(a.nrows(), side, |rows, columns, mut tile| {
        tile.assign(&a.slice(s![rows, columns]).mapv(T::of));
        Ok(())
    })
}

/// As [`reduce`], with tiles and a band of any size.
fn reduced<T: Real>(a: &Array2<f64>, side: usize, width: usize, y: Array2<f64>) -> (Band, Reduced) {
    let one = OneThread::new();
    let tiles = tiles::<T>(a, side).unwrap();
    let sums = Sums::of(&one, &tiles, y.view());
    let mut state = ToBand::new(tiles, width, y);
    while state.step(&one) {}
    let (band, mut z) = (state.band, state.z);
    let tridiagonal = chase::chase(band.clone(), &mut z, &|_| ());
    let values = divide::eigenvalues(tridiagonal, &mut z, &|_| ()).unwrap();
    (band, Reduced { values, targets: z, sums })
}

/// With y = I the columns are Uᵀ, so that LAPACK's own ratios can be taken: ‖A − UΛUᵀ‖/(n·ε·‖A‖) and ‖I − UᵀU‖/(n·ε).
#[test]
fn lapacks_ratios_hold_for_tiles_and_bands_of_every_size() {
    for (n, side, width) in [
        (1, 4, 2),
        (2, 4, 2),
        (3, 2, 1),
        (17, 4, 3),
        (17, 32, 5),
        (40, 8, 8),
        (64, 16, 5),
        (65, 16, 16),
        (65, 16, 24),
        (90, 7, 11),
        (150, 32, 80),
    ] {
        let a = random(n, n as u64);
        let (_, Reduced { values, targets, .. }) = reduced::<f64>(&a, side, width, Array2::eye(n));
        let back = (&targets.t() * &Array1::from(values.clone()).insert_axis(Axis(0))).dot(&targets);
        let norm = a.iter().map(|v| v * v).sum::<f64>().sqrt();
        let largest = |m: Array2<f64>| m.iter().fold(0.0f64, |most, v| most.max(v.abs()));
        let unit = n as f64 * f64::EPSILON;
        assert!(largest(&back - &a) <= 20.0 * unit * norm, "n = {n}, side {side}, width {width}");
        assert!(largest(targets.t().dot(&targets) - Array2::<f64>::eye(n)) <= 20.0 * unit, "n = {n}");
        let other = symmetric_eigen(a).unwrap();
        for (ours, theirs) in values.iter().zip(&other.values) {
            assert!((ours - theirs).abs() <= 20.0 * unit * norm, "n = {n}: {ours} {theirs}");
        }
    }
}

#[test]
fn below_the_band_nothing_is_left() {
    let a = random(60, 1);
    let (band, _) = reduced::<f64>(&a, 16, 7, Array2::eye(60));
    let mut full = Array2::<f64>::zeros((60, 60));
    for ((j, i), value) in band.values.indexed_iter().filter(|((j, i), _)| j + i < 60) {
        full[[j + i, j]] = *value;
        full[[j, j + i]] = *value;
    }
    let (ours, theirs) = (symmetric_eigen(full).unwrap(), symmetric_eigen(a).unwrap());
    assert!((&ours.values - &theirs.values).iter().all(|d| d.abs() < 1e-12));
}

/// Columns that lie one after another, as ndarray's `concatenate` leaves them.
#[test]
fn columns_may_lie_either_way() {
    let a = random(90, 6);
    let y = Array2::from_shape_fn((90, 3), |(i, j)| ((i * (j + 2)) as f64).sin());
    let reduce = |y| reduce::<f64>(|| tiles(&a, 32), y, None, &Session::default()).unwrap();
    let turned = y.t().as_standard_layout().into_owned().reversed_axes();
    assert!(!turned.is_standard_layout());
    assert_eq!(reduce(y).targets, reduce(turned).targets);
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let a = random(700, 2);
    let y = Array2::from_shape_fn((700, 3), |(i, j)| ((i * (j + 2)) as f64).sin());
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let reduced =
            pool.install(|| reduce::<f64>(|| tiles(&a, 64), y.clone(), None, &Session::default()).unwrap());
        (reduced.values, reduced.targets, reduced.sums)
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(3));
}

/// Single precision: eigenvalues to n·2⁻²³·‖A‖ (Weyl, with a constant that the first step's few roundings an entry explain).
#[test]
fn single_precision_is_right_to_its_rounding() {
    let a = random(300, 3);
    let y = Array2::from_elem((300, 1), 1.0);
    let (_, single) = reduced::<f32>(&a, 64, 24, y.clone());
    let (_, double) = reduced::<f64>(&a, 64, 24, y);
    let norm = double.values.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    let worst = single.values.iter().zip(&double.values).fold(0.0f64, |most, (a, b)| most.max((a - b).abs()));
    assert!(worst > 1e-9 * norm && worst < 300.0 * f64::from(f32::EPSILON) * norm, "{worst:e}");
}

/// Stopped at every panel and gone on with: the same bytes as without a stop.
#[test]
fn a_reduction_that_is_stopped_goes_on() {
    fn check<T: Real>(n: usize) {
        let folder = tempfile::tempdir().unwrap();
        let a = random(n, 4);
        let y = Array2::from_shape_fn((n, 2), |(i, j)| ((i * (j + 2)) as f64).cos());
        let key = || Key::new("reduction-test", 1, &n).unwrap();
        let saving = Saving::new(folder.path(), key(), std::time::Duration::ZERO).unwrap();
        let whole = reduce::<T>(|| tiles(&a, 40), y.clone(), None, &Session::default()).unwrap();
        let mut stops = 0;
        let result = loop {
            let cancellation = Cancellation::new();
            let stop = cancellation.clone();
            let session = Session::default().cancellation(&cancellation).observer(move |_| stop.cancel());
            let make = || {
                assert_eq!(stops, 0, "the matrix is made once");
                tiles(&a, 40)
            };
            match reduce::<T>(make, y.clone(), Some(&saving), &session) {
                Err(Error::Cancelled) => stops += 1,
                other => break other.unwrap(),
            }
            if stops > 20 {
                // What is after the panels is not kept; let it end.
                break reduce::<T>(|| unreachable!(), y.clone(), Some(&saving), &Session::default()).unwrap();
            }
        };
        assert!(stops > 3);
        assert_eq!((result.values, result.targets, result.sums), (whole.values, whole.targets, whole.sums));
        let other = Saving::new(folder.path(), key(), std::time::Duration::ZERO).unwrap();
        assert!(other.read::<T>((n, 3)).is_err(), "another number of columns");
    }
    check::<f64>(215);
    check::<f32>(215);
}

#[test]
fn the_sums_are_those_of_the_matrix() {
    let a = random(50, 5);
    let y = Array2::from_shape_fn((50, 2), |(i, j)| (i + j) as f64);
    let sums = Sums::of(&OneThread::new(), &tiles::<f64>(&a, 16).unwrap(), y.view());
    let close = |x: f64, y: f64| (x - y).abs() <= 1e-11 * y.abs().max(1.0);
    assert!(close(sums.trace, a.diag().sum()) && close(sums.squares, a.iter().map(|v| v * v).sum()));
    let ay = a.dot(&y);
    for j in 0..2 {
        assert!(close(sums.energy[j], y.column(j).dot(&y.column(j))));
        assert!(close(sums.first[j], y.column(j).dot(&ay.column(j))));
        assert!(close(sums.second[j], ay.column(j).dot(&ay.column(j))));
    }
}
