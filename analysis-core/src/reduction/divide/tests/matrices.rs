//! LAPACK's tridiagonal test matrices, and columns to carry.

use super::super::Tridiagonal;
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(super) fn random(n: usize, seed: u64) -> Tridiagonal {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |n: usize| (0..n).map(|_| 2.0 * stream.random::<f64>() - 1.0).collect::<Vec<f64>>();
    Tridiagonal { diagonal: draw(n), off_diagonal: draw(n - 1) }
}

pub(super) fn targets(n: usize, k: usize) -> Array2<f64> {
    let mut stream = ChaCha8Rng::seed_from_u64(77);
    Array2::from_shape_fn((n, k), |_| stream.random::<f64>() - 0.5)
}

/// T = QΛQᵀ for a random orthogonal Q, from LAPACK's reduction of (HΛH) with two random reflections H.
pub(super) fn with_spectrum(spectrum: &[f64]) -> Tridiagonal {
    let n = spectrum.len();
    let mut a = Array2::from_diag(&ndarray::arr1(spectrum));
    for seed in 0..2 {
        let u = targets(n, 3).column(seed).to_owned();
        let h = Array2::eye(n)
            - &u.view().insert_axis(ndarray::Axis(1)).dot(&u.view().insert_axis(ndarray::Axis(0)))
                * (2.0 / u.dot(&u));
        a = h.dot(&a).dot(&h);
    }
    reduced(a)
}

/// LAPACK's dsytrd.
fn reduced(mut a: Array2<f64>) -> Tridiagonal {
    let n = a.nrows();
    let (mut d, mut e, mut tau) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let (size, length, mut info) = (n as i32, 64 * n as i32, 0);
    let mut work = vec![0.0; 64 * n];
    unsafe {
        lapack_sys::dsytrd_(
            c"L".as_ptr(),
            &size,
            a.as_mut_ptr(),
            &size,
            d.as_mut_ptr(),
            e.as_mut_ptr(),
            tau.as_mut_ptr(),
            work.as_mut_ptr(),
            &length,
            &mut info,
        );
    }
    assert_eq!(info, 0);
    e.truncate(n - 1);
    Tridiagonal { diagonal: d, off_diagonal: e }
}

fn geometric(n: usize, condition: f64) -> Vec<f64> {
    (0..n).map(|i| condition.powf(-(i as f64) / (n.max(2) - 1) as f64)).collect()
}

/// LAPACK's types of tridiagonal test matrices (dchkst), and some more.
pub(super) fn types(n: usize) -> Vec<(&'static str, Tridiagonal)> {
    let plain = |d: f64, e: f64| Tridiagonal { diagonal: vec![d; n], off_diagonal: vec![e; n - 1] };
    let alternating = |mut values: Vec<f64>| {
        values.iter_mut().skip(1).step_by(2).for_each(|x| *x = -*x);
        values
    };
    let ulp = f64::EPSILON;
    let mut clustered_low = vec![ulp; n];
    clustered_low[0] = 1.0;
    let mut clustered_high = vec![1.0; n];
    clustered_high[n - 1] = ulp;
    let arithmetic = (0..n).map(|i| 1.0 - i as f64 / n as f64 * (1.0 - ulp)).collect::<Vec<_>>();
    let wilkinson = |n: usize, i: usize| ((n as f64 - 1.0) / 2.0 - i as f64).abs();
    let glued = Tridiagonal {
        diagonal: (0..n).map(|i| wilkinson(21, i % 21)).collect(),
        off_diagonal: (1..n).map(|i| if i % 21 == 0 { 1e-8 } else { 1.0 }).collect(),
    };
    let mut zeros = random(n, 3);
    zeros
        .off_diagonal
        .iter_mut()
        .enumerate()
        .for_each(|(i, e)| *e *= f64::from(u8::from(i % 3 == 0 || i % 17 < 9)));
    let graded = |rate: f64| {
        let mut t = random(n, 4);
        t.diagonal.iter_mut().enumerate().for_each(|(i, d)| *d = rate.powi(-(i as i32)));
        t.off_diagonal.iter_mut().enumerate().for_each(|(i, e)| *e *= 0.5 * rate.powi(-(i as i32)));
        t
    };
    let mut types = vec![
        ("zero", plain(0.0, 0.0)),
        ("identity", plain(1.0, 0.0)),
        ("1-2-1", plain(2.0, 1.0)),
        ("-1 2 -1", plain(2.0, -1.0)),
        ("0-1", plain(0.0, 1.0)),
        (
            "wilkinson",
            Tridiagonal {
                diagonal: (0..n).map(|i| wilkinson(n, i)).collect(),
                off_diagonal: vec![1.0; n - 1],
            },
        ),
        ("glued wilkinson", glued),
        ("random", random(n, 1)),
        ("random tiny", scaled(random(n, 1), 1e-290)),
        ("random huge", scaled(random(n, 1), 1e290)),
        ("subnormal", scaled(random(n, 1), 1e-318)),
        ("zeros", zeros),
        ("equal, nearly", plain(1.0, 1e-15)),
        ("equal, off 1e-9", plain(1.0, 1e-9)),
        ("graded", graded(1.1)),
        ("graded steeply", graded(3.0)),
        ("graded upwards", {
            let mut t = graded(1.1);
            t.diagonal.reverse();
            t.off_diagonal.reverse();
            t
        }),
    ];
    if n > 1 {
        types.extend([
            ("geometric", with_spectrum(&geometric(n, 1e16))),
            ("geometric ±", with_spectrum(&alternating(geometric(n, 1e16)))),
            ("geometric 100", with_spectrum(&alternating(geometric(n, 100.0)))),
            ("arithmetic", with_spectrum(&arithmetic)),
            ("arithmetic ±", with_spectrum(&alternating(arithmetic.clone()))),
            ("clustered low", with_spectrum(&clustered_low)),
            ("clustered high", with_spectrum(&alternating(clustered_high))),
            ("kernel-like", with_spectrum(&(1..=n).map(|i| (i as f64).powf(-1.5)).collect::<Vec<_>>())),
            ("arithmetic tiny", scaled(with_spectrum(&arithmetic), 1e-290)),
            ("arithmetic huge", scaled(with_spectrum(&arithmetic), 1e290)),
        ]);
    }
    types
}

fn scaled(mut t: Tridiagonal, by: f64) -> Tridiagonal {
    t.diagonal.iter_mut().chain(&mut t.off_diagonal).for_each(|x| *x *= by);
    t
}
