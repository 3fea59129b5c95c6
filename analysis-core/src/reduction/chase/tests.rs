use ndarray::{Array1, Array2};
use ndarray_linalg::{EigValsh, Eigh, UPLO};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use super::*;

fn normal(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(&mut rng))
}

fn random(size: usize, width: usize, seed: u64) -> Band {
    let mut values = normal(size, width + 1, seed);
    for ((j, i), value) in values.indexed_iter_mut() {
        if i + j >= size {
            *value = 0.0;
        }
    }
    Band { width, values }
}

fn dense(band: &Band) -> Array2<f64> {
    let size = band.values.nrows();
    let mut a = Array2::zeros((size, size));
    for ((j, i), &value) in band.values.indexed_iter() {
        if i + j < size {
            a[[i + j, j]] = value;
            a[[j, i + j]] = value;
        }
    }
    a
}

fn matrix(t: &Tridiagonal) -> Array2<f64> {
    let mut a = Array2::from_diag(&Array1::from(t.diagonal.clone()));
    for (j, &value) in t.off_diagonal.iter().enumerate() {
        a[[j + 1, j]] = value;
        a[[j, j + 1]] = value;
    }
    a
}

fn largest(a: &Array2<f64>) -> f64 {
    a.iter().fold(0.0, |largest, value| if value.is_nan() { f64::NAN } else { value.abs().max(largest) })
}

/// ‖QᵀAQ − T‖/(nε‖A‖) and ‖QᵀQ − I‖/(nε), as LAPACK tests `dsytrd`.
fn ratios(band: Band, told: &(dyn Fn(f64) + Sync)) -> (f64, f64) {
    let (size, a) = (band.values.nrows(), dense(&band));
    let mut z = Array2::eye(size);
    let t = matrix(&chase(band, &mut z, told));
    let unit = size as f64 * f64::EPSILON;
    // Scaled, so that the products of huge and tiny numbers are numbers.
    let scale = largest(&a).max(f64::MIN_POSITIVE);
    let (a, t) = (a / scale, t / scale);
    let norm = a.dot(&a).diag().sum().sqrt().max(f64::MIN_POSITIVE);
    let residual = largest(&(z.dot(&a).dot(&z.t()) - t)) / (unit * norm);
    (residual, largest(&(z.dot(&z.t()) - Array2::<f64>::eye(size))) / unit)
}

fn assert_reduced(band: Band, name: &str) {
    let (residual, orthogonality) = ratios(band, &|_| ());
    assert!(residual < 10.0 && orthogonality < 10.0, "{name}: {residual} {orthogonality}");
}

const SIZES: [usize; 8] = [1, 2, 3, 5, 17, 64, 100, 257];
const WIDTHS: [usize; 9] = [0, 1, 2, 3, 8, 16, 31, 64, 300];

#[test]
fn eigenvalues_stay() {
    for size in SIZES {
        for width in WIDTHS {
            let band = random(size, width, (1000 * size + width) as u64);
            let expected = dense(&band).eigvalsh(UPLO::Lower).unwrap();
            let t = chase(band, &mut Array2::zeros((size, 0)), &|_| ());
            assert_eq!((t.diagonal.len(), t.off_diagonal.len()), (size, size - 1));
            let (values, _) = matrix(&t).eigh(UPLO::Lower).unwrap();
            let norm = expected.iter().fold(0.0f64, |a, b| a.max(b.abs()));
            let error = largest(&(&values - &expected).insert_axis(ndarray::Axis(1)));
            assert!(error <= 10.0 * size as f64 * f64::EPSILON * norm, "n {size} b {width}: {error}");
        }
    }
}

#[test]
fn z_becomes_q_transposed_z() {
    for size in SIZES {
        for width in WIDTHS {
            assert_reduced(random(size, width, (size + 7 * width) as u64), &format!("n {size} b {width}"));
        }
    }
    for width in [40, 96, 128] {
        assert_reduced(random(500, width, width as u64), &format!("b {width}"));
    }
}

#[test]
fn nothing_and_one_number() {
    let empty = Band { width: 4, values: Array2::zeros((0, 5)) };
    let t = chase(empty, &mut Array2::zeros((0, 3)), &|_| ());
    assert!(t.diagonal.is_empty() && t.off_diagonal.is_empty());
    let mut z = normal(1, 3, 5);
    let before = z.clone();
    let t = chase(Band { width: 2, values: ndarray::array![[3.0, 0.0, 0.0]] }, &mut z, &|_| ());
    assert_eq!((t.diagonal, t.off_diagonal, z), (vec![3.0], vec![], before));
}

#[test]
fn what_is_tridiagonal_stays_as_it_is() {
    for (name, entries) in
        [("zero", [0.0, 0.0]), ("identity", [1.0, 0.0]), ("second difference", [2.0, -1.0])]
    {
        let mut values = Array2::zeros((100, 17));
        values.column_mut(0).fill(entries[0]);
        values.slice_mut(ndarray::s![..99, 1]).fill(entries[1]);
        let mut z = normal(100, 9, 3);
        let before = z.clone();
        let t = chase(Band { width: 16, values }, &mut z, &|_| ());
        assert!(t.diagonal.iter().all(|&x| x == entries[0]), "{name}");
        assert!(t.off_diagonal.iter().all(|&x| x == entries[1]), "{name}");
        assert_eq!(z, before, "{name}");
    }
}

#[test]
fn huge_and_tiny_numbers() {
    for scale in [1e-300, 1e-280, 1e-150, 1e150, 1e280] {
        let mut band = random(100, 16, 11);
        band.values *= scale;
        assert_reduced(band, &format!("{scale}"));
    }
    // From 1 to 1e-280 along the diagonal.
    let mut band = random(100, 16, 12);
    for (j, mut column) in band.values.outer_iter_mut().enumerate() {
        column *= 10f64.powf(-2.8 * j as f64);
    }
    assert_reduced(band, "graded");
    // Low rank: most columns vanish but for rounding.
    let mut band = random(100, 16, 13);
    band.values.slice_mut(ndarray::s![10.., ..]).fill(0.0);
    assert_reduced(band, "mostly zero");
}

#[test]
fn nan_ends_as_nan() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut band = random(100, 16, 14);
        band.values[[50, 3]] = bad;
        let t = chase(band, &mut normal(100, 3, 1), &|_| ());
        assert!(t.diagonal.iter().any(|x| x.is_nan()));
    }
}

fn bits(t: &Tridiagonal, z: &Array2<f64>) -> Vec<u64> {
    t.diagonal.iter().chain(&t.off_diagonal).chain(z).map(|x| x.to_bits()).collect()
}

#[test]
fn threads_and_groups_change_no_bit() {
    for (size, width, columns) in [(257, 8, 1), (300, 13, 21), (400, 16, 9), (501, 32, 37), (70, 64, 4)] {
        let run = |threads: usize, group| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut z = normal(size, columns, 2);
            let t = pool.install(|| {
                chase_with(random(size, width, 1), &mut z, &|_| (), InstructionSet::available()[0], group)
            });
            bits(&t, &z)
        };
        let expected = run(1, None);
        for threads in [1, 2, 3, 5] {
            for group in [None, Some(1), Some(2), Some(7), Some(1000)] {
                assert!(run(threads, group) == expected, "n {size} b {width} on {threads}, {group:?}");
            }
        }
    }
}

#[test]
fn instruction_sets_agree_in_every_bit() {
    for (size, width) in [(200, 16), (150, 31), (300, 64), (400, 128), (200, 40)] {
        let run = |set| {
            let mut z = normal(size, 21, 2);
            let t = chase_with(random(size, width, 1), &mut z, &|_| (), set, None);
            bits(&t, &z)
        };
        let expected = run(InstructionSet::Portable);
        for set in InstructionSet::available() {
            assert!(run(set) == expected, "n {size} b {width} {set:?}");
        }
    }
}

#[test]
fn progress_is_told() {
    let told = std::sync::Mutex::new(Vec::new());
    assert!(ratios(random(257, 16, 1), &|fraction| told.lock().unwrap().push(fraction)).0 < 10.0);
    let mut told = told.into_inner().unwrap();
    told.sort_by(f64::total_cmp);
    assert!(told.len() > 2 && told[0] > 0.0 && told.last() == Some(&1.0));
}

#[test]
fn a_panic_ends_all_threads() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let run = || pool.install(|| chase(random(300, 8, 1), &mut normal(300, 1, 1), &|_| panic!("told")));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
}
